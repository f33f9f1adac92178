"""What holds a memory's state."""
