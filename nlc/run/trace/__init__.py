"""A text goes through a model, and it is seen what every memory did at every token."""
