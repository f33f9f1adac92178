"""Long statements are broken as `ruff format` breaks them, so that formatting changes nothing."""

from __future__ import annotations

from collections.abc import Sequence

from nlc.source import Span

LIMIT = 110
MARK = "  # "
"""Between a statement and the place in the spec that it comes from."""
PAIRS = {")": "(", "]": "[", "}": "{"}


def marked(statement: str, span: Span) -> str:
    """The statement with the place in the spec that it comes from, which tracebacks show with it."""
    return f"{statement}{MARK}{span.place}" if span.place else statement


def wrap(statement: str, indent: int) -> list[str]:
    """The statement as lines (without the indent), broken at its last bracket pair where it is too long.

    Its place stands behind it, or above it where that leaves no room.
    """
    code, mark, place = statement.partition(MARK)
    lines = _broken(code, indent)
    if mark and indent + len(lines[-1] + mark + place) > LIMIT:
        return [f"# {place}", *lines]
    return [*lines[:-1], lines[-1] + mark + place]


def _broken(statement: str, indent: int) -> list[str]:
    if indent + len(statement) <= LIMIT:
        return [statement]
    found = _last_pair(statement)
    if found is None:
        return [statement]
    start, end = found
    head, body, tail = statement[: start + 1], statement[start + 1 : end], statement[end:]
    name, equals, value = statement.partition(" = ")
    if " " in tail and equals and indent + 4 + len(value) <= LIMIT:  # an operator stands behind the pair
        return [f"{name} = (", f"    {value}", ")"]
    if indent + 4 + len(body) <= LIMIT:
        return [head, "    " + body, tail]
    return [head, *(f"    {part}," for part in split(body)), tail]


def assign(names: Sequence[str], call: str, indent: int) -> list[str]:
    """`(names), state = call`, the targets a line each where they leave no room for the call's name."""
    inner = ", ".join(names) + ("," if len(names) == 1 else "")
    if indent + len(f"({inner}), state = {call[: call.index('(') + 1]}") <= LIMIT:
        return [f"({inner}), state = {call}"]
    targets = ["    (", *(f"        {name}," for name in names), "    ),"]
    if indent + 4 + len(f"({inner}),") <= LIMIT:
        targets = [f"    ({inner}),"]
    return ["(", *targets, "    state,", f") = {call}"]


def give(names: Sequence[str], indent: int) -> list[str]:
    """`return [names], state`, broken to a line each where it is too long for one."""
    inner = ", ".join(names)
    if indent + len(f"return [{inner}], state") <= LIMIT:
        return [f"return [{inner}], state"]
    if indent + 4 + len(f"[{inner}],") <= LIMIT:
        return ["return (", f"    [{inner}],", "    state,", ")"]
    return ["return (", "    [", *(f"        {name}," for name in names), "    ],", "    state,", ")"]


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
