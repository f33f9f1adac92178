"""The middle: what the checker hands to the levels, and what lowering hands to emission."""
