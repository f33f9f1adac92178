"""Where the first state comes from."""
