"""What `model.trace` gives, as rows of numbers: by level, fast first, with words for a terminal."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from nlc.run.load import Model
from nlc.run.reach import within

MOST = 256
"""Tokens of one trace: the reference is slow, and a picture has only so much room."""


@dataclass(frozen=True)
class Row:
    """One memory in one layer: a number a token, heads taken together, of the first sequence."""

    name: str
    level: int
    period: str
    loss: Sequence[float]
    rate: Sequence[float]
    keep: Sequence[float]
    write: Sequence[float]
    landed: Sequence[bool]
    cache: bool = False
    """It keeps the pairs themselves: it has no loss, no rate, and forgets no fraction."""

    @property
    def lands(self) -> Sequence[int]:
        """The tokens that are the first to read a new state; none where every token is."""
        return [] if all(self.landed[1:]) else [t for t, landed in enumerate(self.landed) if landed]

    @property
    def said(self) -> str:
        """How large the writes are."""
        low, high = self.range()
        if not high:
            return "no write yet"
        return f"{high:.2g}" if f"{low:.2g}" == f"{high:.2g}" else f"{low:.2g} … {high:.2g}"

    def range(self) -> tuple[float, float]:
        """The least and the largest write, of those that are no zero; 0 and 0 where all are."""
        written = [size for size in self.write if size > 0]
        return (min(written), max(written)) if written else (0.0, 0.0)


@dataclass(frozen=True)
class Trace:
    """`text` is empty where the tokens are no bytes."""

    title: str
    tokens: int
    text: bytes
    rows: Sequence[Row]

    def levels(self) -> Iterator[tuple[int, str, list[Row]]]:
        """(level, its period, its rows) from fast to slow; layers of one memory side by side."""
        order = list(dict.fromkeys(without_layers(row.name) for row in self.rows))
        for level in sorted({row.level for row in self.rows}):
            rows = [row for row in self.rows if row.level == level]
            yield level, rows[0].period, sorted(rows, key=lambda row: order.index(without_layers(row.name)))

    def lines(self) -> list[str]:
        """A table for a terminal."""
        width = max([len("memory"), *(len(row.name) for row in self.rows)])
        out = [
            f"{'memory':<{width}}  {'loss':>9}  {'rate':>9}  {'kept':>9}  {'least write':>11}  {'largest':>9}"
        ]
        for level, period, rows in self.levels():
            out.append(f"level {level}, {period}")
            for row in rows:
                low, high = row.range()
                kinds = (None,) * 3 if row.cache else (row.loss, row.rate, row.keep)
                means = "  ".join(f"{'–' if x is None else f'{sum(x) / len(x):.4g}':>9}" for x in kinds)
                out.append(f"{row.name:<{width}}  {means}  {low:>11.4g}  {high:>9.4g}")
        return [*out, f"{self.tokens} tokens; loss, rate and kept fraction are means over them"]


def trace(model: Model, ids: Tensor, levels: Mapping[str, str], title: str, text: bytes = b"") -> Trace:
    """The trace of one sequence, (1, tokens) or (1, tokens, size); `levels` as a run's folder has them."""
    rows: list[Row] = []
    kept = caches(model)
    within(model, min(ids.shape[1], MOST))
    for name, found in model.trace(ids[:, :MOST]).items():
        level, period = level_of(name, levels)
        one = {kind: numbers[0] for kind, numbers in found.items()}
        rows.append(
            Row(
                name,
                level,
                period,
                loss=numbers(one["loss"].sum(-1)),
                rate=numbers(one["rate"].mean(-1)),
                keep=numbers(one["keep"].mean(-1)),
                write=numbers(one["write"].square().sum(-1).sqrt()),
                landed=[bool(landed) for landed in one["landed"]],
                cache=plain(name) in kept,
            )
        )
    return Trace(title, min(ids.shape[1], MOST), text[:MOST], rows)


def caches(model: Model) -> set[str]:
    """The memories whose state is the pairs themselves, by their plain names."""
    return {
        plain(path)
        for path, module in model.named_modules()
        if (start := getattr(module, "start", None)) and {"keys", "values"} <= start(1).keys()
    }


def plain(name: str) -> str:
    """One name for a row (`layers.0.make.key#2`) and for its module (`layers.0.make_key`)."""
    return name.partition("#")[0].replace(".", "_")


def numbers(line: Tensor) -> list[float]:
    return [float(number) for number in line]


def level_of(name: str, levels: Mapping[str, str]) -> tuple[int, str]:
    """(level, period) of a row: levels are told of `layers[0..1].ltm`, rows of `layers.0.ltm`."""
    name = name.partition("#")[0]
    for memory, said in levels.items():
        if re.fullmatch(re.sub(r"\\\[\d+\\?\.\\?\.\d+\\\]", r"\\.\\d+", re.escape(memory)), name):
            level, _, period = said.partition(", ")
            return int(level), period.replace("every 1 ", "every ")
    return 0, ""


def without_layers(name: str) -> str:
    """`layers.ltm` of `layers.0.ltm`: the same in every layer."""
    return re.sub(r"\.\d+(?=\.)", "", name)


def json(made: Trace) -> dict[str, Any]:
    """By memory, a number a token; null for what a cache has not."""
    rows = {
        row.name: {
            "level": row.level,
            "period": row.period,
            **{kind: None if row.cache else list(getattr(row, kind)) for kind in ("loss", "rate", "keep")},
            "write": list(row.write),
            "landed": list(row.landed),
        }
        for row in made.rows
    }
    return {
        "title": made.title,
        "tokens": made.tokens,
        "text": made.text.decode("utf-8", "replace"),
        "rows": rows,
    }
