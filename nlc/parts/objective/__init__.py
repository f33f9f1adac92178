"""What a write improves."""
