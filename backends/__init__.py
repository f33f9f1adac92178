"""Data: what is written — the templates and op tables of each backend."""
