"""The vocabulary: one idea, one file; the folder says its kind and the file its name."""
