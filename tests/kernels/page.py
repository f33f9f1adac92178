"""Tables of docs/kernels.md that commands write: what stands between `<!-- NAME -->` and `<!-- end -->`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "kernels.md"


def table(head: Sequence[str], rows: Iterable[Sequence[str]], words: Iterable[int]) -> str:
    """As Markdown; columns of `words` to the left, numbers to the right."""
    lines = [head, tuple("---" if n in set(words) else "--:" for n in range(len(head))), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def put(name: str, text: str) -> None:
    """In place of what stands under that name; LookupError where there is none."""
    place = re.compile(rf"(?<=<!-- {name} -->\n).*?(?=<!-- end -->)", re.S)
    page, times = place.subn(lambda _: text, PAGE.read_text(encoding="utf-8"), count=1)
    if not times:
        raise LookupError(f"{PAGE.name} has no place for {name}")
    PAGE.write_text(page, encoding="utf-8")
