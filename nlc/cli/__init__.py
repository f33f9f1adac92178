"""The commands: one file each, and everything heavy imported inside them."""
