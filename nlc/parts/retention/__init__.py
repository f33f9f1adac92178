"""What is kept of the old state."""
