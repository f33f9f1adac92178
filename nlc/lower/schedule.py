"""The schedule form: how, never what. Here it sets the tokens a tile of the torch backend."""

from __future__ import annotations

from nlc.check.constants import evaluate
from nlc.ir.system import System
from nlc.spec.expr import Call, Expr, Name, Pipe
from nlc.spec.time import Every, Quantity, Renewed


def tiles(system: System) -> dict[str, int]:
    """Tokens a tile by `block.memory`, from fields such as `deltanet.delta: tile(tokens=32)`."""
    out: dict[str, int] = {}
    for entry in system.schedule.fields() if system.schedule else ():
        if isinstance(entry.value, Every | Renewed | Quantity):
            continue
        for call in _calls(entry.value):
            tokens = dict(call.named).get("tokens")
            number = evaluate(tokens, system.settings) if tokens else None
            if isinstance(call.function, Name) and call.function.text == "tile" and isinstance(number, int):
                out[entry.name] = number
    return out


def _calls(expr: Expr) -> list[Call]:
    match expr:
        case Pipe(value=value, stage=stage):
            return [*_calls(value), *_calls(stage)]
        case Call():
            return [expr]
        case _:
            return []
