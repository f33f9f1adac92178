"""The nouns of the language: what a file says, before any name in it means anything."""
