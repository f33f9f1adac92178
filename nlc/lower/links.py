"""Lines of a block as the expressions of a chain."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from nlc.ir.system import Value
from nlc.lower.chain import CONV, RESULT, Chain, Conv, Kind, Norm, Spread, Weight
from nlc.spec.expr import Binary, Call, Expr, Name, Negative, Number

Sign = Literal["+", "-", "*", "/"]
SIGNS: Mapping[str, Sign] = {"add": "+", "sub": "-", "mul": "*", "div": "/"}
PASSED = ("split", "merge", "unsqueeze")
"""What changes how numbers lie side by side, and no number."""
NORMS: Mapping[str, Kind] = {
    "l2norm": "length",
    "norm": "square",
    "rmsnorm": "square",
    "layernorm": "deviation",
    "groupnorm": "deviation",
}
STREAMS = ("x", "y", "z", "u", "v", "k")
"""Names of streams, of at most so many: a program holds all of them."""
SEVERAL = {"log_cosh": 6, "step": 2, "l2norm": 3, **dict.fromkeys(PASSED, 0)}
"""Launches of the torch code of a line, where they are not one."""


def launches(members: Sequence[Value]) -> int:
    """Of the torch code, forward."""
    return sum(_launches(value) for value in members)


def _launches(value: Value) -> int:
    if value.op == "conv":  # joined to the past, multiplied and added tap by tap
        return 1 + 2 * int(value.attributes["width"]) + ("bias" in value.attributes)
    return SEVERAL.get(value.op, 1) + 2 * bool(value.attributes.get("inside"))


def constant(values: Sequence[Value], index: int) -> int | float | None:
    """A line that is one number known now; None where it is made of a block's `layer`."""
    value = values[index]
    args = [constant(values, arg) for arg in value.args]
    if value.op == "number":
        number = value.attributes["value"]
        return number if isinstance(number, int | float) else None
    if value.op == "layer" or any(arg is None for arg in args):
        return None
    known = [arg for arg in args if arg is not None]
    match value.op, known:
        case "neg", [x]:
            return -x
        case "add", [x, y]:
            return x + y
        case "sub", [x, y]:
            return x - y
        case "mul", [x, y]:
            return x * y
        case "div", [x, y]:
            return x / y
        case _:
            return float(getattr(math, value.op)(*known))


class Links:
    """The lines of one chain, the last of which is its result."""

    def __init__(self, values: Sequence[Value], numbers: frozenset[int], members: Sequence[Value]) -> None:
        self.values, self.numbers, self.members = values, numbers, members
        self.weights: dict[tuple[str, str, Spread], Weight] = {}
        self.streams: dict[int, str] = {}

    def chain(self, name: str, straight: bool) -> Chain | None:
        """The chain of that name; None where nothing comes in, or too much."""
        end, lines = self.members[-1], self.members
        conv = next((line for line in lines if line.op == "conv"), None)
        norm = next((line for line in lines if line.op in NORMS), None)
        if conv is not None:
            self._weight(conv.owner, "weight", "taps")
        inside = self.numbers | {line.index for line in lines}
        given = sorted({arg for line in lines if line.op != "conv" for arg in line.args} - inside)
        streams = [*(() if conv is None else conv.args), *(arg for arg in given if not self._weighs(arg))]
        if not 0 < len(streams) <= len(STREAMS):
            return None
        named = dict(zip(STREAMS, streams, strict=False))
        self.streams = {arg: name for name, arg in named.items() if conv is None or name != STREAMS[0]}
        before = None if norm is None else self._expr(norm.args[0])
        after = self._expr(end.index)
        return Chain(
            name=name,
            straight=straight,
            end=end.index,
            shape=end.shape,
            members=tuple(line.index for line in lines),
            streams=tuple(streams),
            names=tuple(named),
            weights=tuple(self.weights.values()),
            conv=conv and Conv(conv.index, conv.owner, int(conv.attributes["width"])),
            norm=norm and _norm(norm),
            before=before,
            after=after,
            said=self._said(end.index),
            instead=launches(lines),
        )

    def _expr(self, index: int) -> Expr:
        """The line in streams, weights, CONV and RESULT."""
        value = self.values[index]
        if (number := self._number(index)) is not None:
            return number
        if index in self.streams:
            return Name(self.streams[index])
        if value.op == "conv":
            bias = [self._weight(value.owner, "bias", "each")] if "bias" in value.attributes else []
            return _folded("+", [Name(CONV), *bias])
        if value.op == "weight":
            return self._weight(value.owner, "weight", "each")
        if value.op == "unsqueeze":
            return self._weight(self.values[value.args[0]].owner, "weight", "head", value.shape[0])
        if value.op in NORMS:
            return self._scaled(value)
        return self._applied(value, [self._expr(arg) for arg in value.args])

    def _scaled(self, norm: Value) -> Expr:
        """What comes of a norm, with its weights."""
        spread: Spread = "within" if len(norm.shape) == 2 and norm.op != "groupnorm" else "each"
        if norm.op == "l2norm":
            return Name(RESULT)
        scaled = Binary("*", self._weight(norm.owner, "weight", spread), Name(RESULT))
        if NORMS[norm.op] != "deviation":
            return scaled
        return Binary("+", scaled, self._weight(norm.owner, "bias", spread))

    def _said(self, index: int) -> Expr:
        """The line as the spec has it."""
        value = self.values[index]
        if (number := self._number(index)) is not None:
            return number
        if index in self.streams:
            return Name(self.streams[index])
        if value.op == "weight":
            return Name(value.owner.rpartition(".")[2])
        if value.op == "conv":
            return Call(Name("conv"), (Name(STREAMS[0]), Number(int(value.attributes["width"]))))
        return self._applied(value, [self._said(arg) for arg in value.args])

    def _applied(self, value: Value, args: list[Expr]) -> Expr:
        if value.op in PASSED:
            return args[0]
        if value.op in SIGNS:
            return _folded(SIGNS[value.op], args)
        if value.op == "neg":
            return Negative(args[0])
        bounds = [_written(float(value.attributes[name])) for name in ("low", "high") if value.op == "clamp"]
        return Call(Name(value.op), (*args, *bounds))

    def _number(self, index: int) -> Expr | None:
        known = constant(self.values, index) if index in self.numbers else None
        return None if known is None else _written(known)

    def _weighs(self, index: int) -> bool:
        """Whether the line is a parameter, seen by head or as it is."""
        value = self.values[index]
        return value.op == "weight" or (value.op == "unsqueeze" and self._weighs(value.args[0]))

    def _weight(self, owner: str, leaf: Literal["weight", "bias"], spread: Spread, size: int = 0) -> Name:
        name = "w" if spread == "taps" else f"p{len(self.weights) + 1 - any(self._taps())}"
        return Name(
            self.weights.setdefault((owner, leaf, spread), Weight(name, owner, leaf, spread, size)).name
        )

    def _taps(self) -> Iterator[bool]:
        return (spread == "taps" for _, _, spread in self.weights)


def _norm(value: Value) -> Norm:
    kind = "length inside" if value.attributes.get("inside") else NORMS[value.op]
    size = value.shape[-1] // int(value.attributes.get("groups", 1))
    return Norm(kind, float(value.attributes["eps"]), size)


def _folded(sign: Sign, args: list[Expr]) -> Expr:
    return args[0] if len(args) == 1 else Binary(sign, args[0], args[1])


def _written(number: int | float) -> Expr:
    return Number(number) if number >= 0 else Negative(Number(-number))
