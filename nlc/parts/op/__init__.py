"""Slow computation: what expressions call."""
