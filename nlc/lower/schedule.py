"""The schedule forms: how, never what. Tokens a tile of the torch backend, and how kernels are launched."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from nlc.check.constants import evaluate
from nlc.ir.system import System
from nlc.spec.expr import Call, Expr, Name, Pipe
from nlc.spec.file import Form
from nlc.spec.time import Every, Quantity, Renewed

NAMES: Mapping[tuple[str, str], str] = {
    ("tile", "tokens"): "tokens",
    ("warps", "count"): "warps",
    ("stages", "count"): "stages",
}
"""What a word and its argument set."""


@dataclass(frozen=True)
class Said:
    """What schedules say of one memory: `torch` of its tiles, `launch` of its kernels on a GPU."""

    torch: Mapping[str, int] = field(default_factory=dict[str, int])
    launch: Mapping[str, int] = field(default_factory=dict[str, int])


def said(system: System) -> dict[str, Said]:
    """By `block.memory`; a field for every memory of that name gives way to one for this memory."""
    torch, triton = (_fields(system.schedules.get(name), system) for name in ("torch", "triton"))
    return {
        f"{block.name}.{memory.name}": Said(
            *(
                {**words.get(memory.name, {}), **words.get(f"{block.name}.{memory.name}", {})}
                for words in (torch, triton)
            )
        )
        for block in system.blocks
        for memory in block.memories
    }


def _fields(form: Form | None, system: System) -> dict[str, dict[str, int]]:
    """What each field sets, such as `deltanet.delta: tile(tokens=32) |> warps(4)`."""
    return {
        entry.name: dict(_numbers(entry.value, system))
        for entry in (form.fields() if form else ())
        if not isinstance(entry.value, Every | Renewed | Quantity)
    }


def _numbers(expr: Expr, system: System) -> Iterator[tuple[str, int]]:
    match expr:
        case Pipe(value=value, stage=stage):
            yield from _numbers(value, system)
            yield from _numbers(stage, system)
        case Call(function=Name(text=word), named=named):
            for argument, value in named:
                number = evaluate(value, system.settings)
                if (word, argument) in NAMES and isinstance(number, int):
                    yield NAMES[word, argument], number
        case _:
            return
