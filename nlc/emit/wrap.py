"""Long statements are broken as `ruff format` breaks them, so that formatting changes nothing."""

from __future__ import annotations

LIMIT = 110
PAIRS = {")": "(", "]": "[", "}": "{"}


def wrap(statement: str, indent: int) -> list[str]:
    """The statement as lines (without the indent), broken at its last bracket pair where it is too long."""
    if indent + len(statement) <= LIMIT:
        return [statement]
    found = _last_pair(statement)
    if found is None:
        return [statement]
    start, end = found
    head, body, tail = statement[: start + 1], statement[start + 1 : end], statement[end:]
    if indent + 4 + len(body) <= LIMIT:
        return [head, "    " + body, tail]
    return [head, *(f"    {part}," for part in split(body)), tail]


def _last_pair(statement: str) -> tuple[int, int] | None:
    """Where the last bracket pair opens and closes."""
    end = max(statement.rfind(bracket) for bracket in PAIRS)
    if end < 0:
        return None
    depth = 0
    for index in range(end, -1, -1):
        depth += (statement[index] in PAIRS) - (statement[index] in PAIRS.values())
        if depth == 0:
            return index, end
    return None


def split(body: str) -> list[str]:
    """The parts between the commas that stand outside of any bracket."""
    parts, depth, start = [""], 0, 0
    for index, character in enumerate(body):
        depth += (character in PAIRS.values()) - (character in PAIRS)
        if character == "," and depth == 0:
            parts[-1] = body[start:index].strip()
            parts.append("")
            start = index + 1
    parts[-1] = body[start:].strip()
    return [part for part in parts if part]
