"""From text to the syntax tree: `.nl` and YAML, one file or all that it uses."""

from nlc.read.nl import parse
from nlc.read.uses import parse_any, read, read_text
from nlc.read.yaml import parse_yaml

__all__ = ["parse", "parse_any", "parse_yaml", "read", "read_text"]
