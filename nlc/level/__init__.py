"""System to levels: which memories are faster, which need one another, and what passes between them."""

from nlc.level.derive import level

__all__ = ["level"]
