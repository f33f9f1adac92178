"""Level graph to something a person or another program reads: text, mermaid, dot, svg, json."""

from nlc.level.draw.dot import dot
from nlc.level.draw.json import json
from nlc.level.draw.mermaid import mermaid
from nlc.level.draw.svg import svg
from nlc.level.draw.text import text

FORMATS = {"text": text, "mermaid": mermaid, "dot": dot, "svg": svg, "json": json}
"""What `nlc graph --format` takes."""

__all__ = ["FORMATS", "dot", "json", "mermaid", "svg", "text"]
