"""Data: what may be said — the grammar, the error pages, the standard blocks."""
