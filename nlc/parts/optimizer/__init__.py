"""How a write is made."""
