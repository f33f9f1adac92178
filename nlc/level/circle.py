"""Circles within one moment: memories that wait for each other."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from itertools import pairwise
from typing import TypeVar

from nlc.report import Diagnostic, Label
from nlc.source import Span

Key = TypeVar("Key", bound=Hashable)


def find(edges: Iterable[tuple[Key, Key]]) -> list[Key]:
    """The first circle among the edges (giver, receiver), in their direction; empty if there is none."""
    after: dict[Key, list[Key]] = {}
    for source, target in edges:
        after.setdefault(source, []).append(target)
    return walk(after)[1]


def walk(after: Mapping[Key, Sequence[Key]]) -> tuple[list[Key], list[Key]]:
    """Nodes so that each stands before all that it leads to, and the first circle met (or nothing)."""
    done: list[Key] = []
    closed: set[Key] = set()
    for start in after:
        if start in closed:
            continue
        path = {start: iter(after[start])}
        while path:
            node = next(reversed(path))
            step = next((n for n in path[node] if n not in closed), None)
            if step is None:
                path.pop(node)
                closed.add(node)
                done.append(node)
            elif step in path:
                names = list(path)
                return [], names[names.index(step) :]
            else:
                path[step] = iter(after.get(step, ()))
    done.reverse()
    return done, []


def waiting(circle: Sequence[tuple[str, Span]]) -> Diagnostic:
    """E0501 for memories and the places at which their answers of this moment are asked for.

    Each memory's answer is needed to write the next one, the last one's to write the first.
    """
    ring = [*circle, circle[0]]
    said = "`{}` must be written before it is read here,\nand its answer is needed to write `{}`"
    labels = [Label(span, said.format(name, target)) for (name, span), (target, _) in pairwise(ring)]
    notes = [f"use `{name}.read(x)` to read its previous state" for name, _ in circle]
    message = "these memories wait for each other within one moment"
    return Diagnostic("E0501", message, labels[0], tuple(labels[1:]), tuple(dict.fromkeys(notes)))
