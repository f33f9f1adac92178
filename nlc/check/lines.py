"""The lines of one block while it is being checked: a growing list of values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from nlc.check.problem import problem
from nlc.ir.system import Attribute, Shape, Value
from nlc.parts.part import Op, ShapeError
from nlc.report import Label, Report
from nlc.source import Span
from nlc.spec.expr import Expr

if TYPE_CHECKING:
    from nlc.check.constants import Constant


@dataclass(frozen=True)
class Line:
    """A value of the block, by its index."""

    index: int


Result = int | float | Line
UNSHARED = ("input", "write", "apply", "call")


@dataclass
class Context:
    """Where an expression stands: the names it sees, and what owns the parameters of its ops.

    `names` and `lets` are looked up first, then `outer`. `heads` > 0 in the fields of a memory.
    """

    owner: str
    names: dict[str, Result]
    lets: Mapping[str, Expr] = field(default_factory=dict[str, Expr])
    constants: Mapping[str, Constant] = field(default_factory=dict[str, "Constant"])
    outer: Context | None = None
    memory: str = ""
    heads: int = 0
    owned: dict[str, int] = field(default_factory=dict[str, int])

    def own(self, op: str) -> str:
        """The path of the module that owns the next op of this kind: named by place and order."""
        count = self.owned[op] = self.owned.get(op, 0) + 1
        stem = f"{self.owner}_{op}" if self.owner else op
        return stem if count == 1 else f"{stem}{count}"


class Lines:
    """Values in the order of the text; each op's shape is inferred as it is added."""

    def __init__(self, report: Report, limit: int) -> None:
        self.report = report
        self.values: list[Value] = []
        self.limit = limit
        self._known: dict[object, Line] = {}

    def shape(self, line: Line) -> Shape:
        return self.values[line.index].shape

    def span(self, line: Line) -> Span:
        return self.values[line.index].span

    def add(
        self,
        op: str,
        args: tuple[Line, ...],
        shape: Shape,
        span: Span,
        attributes: Mapping[str, Attribute] | None = None,
        **rest: object,
    ) -> Line:
        """Append a value and say where it is; one that is there already is not made again.

        Reads may be shared too: all reads of one moment see the state before its writes.
        """
        key = (
            op,
            args,
            shape,
            tuple((attributes or {}).items()),
            tuple(sorted((k, v) for k, v in rest.items() if k != "memory")),
        )
        if op not in UNSHARED and key in self._known:
            return self._known[key]
        line = self._known[key] = Line(len(self.values))
        index = line.index
        if index >= self.limit:
            raise problem(
                self.report,
                "E0416",
                "the spec unrolls to too many lines",
                span,
                f"more than {self.limit} in one block",
            )
        indices = tuple(arg.index for arg in args)
        self.values.append(Value(index, op, indices, shape, dict(attributes or {}), span=span, **rest))  # type: ignore[arg-type]
        return line

    def number(self, value: Result, span: Span) -> Line:
        """A line for a result that may still be a number."""
        return value if isinstance(value, Line) else self.add("number", (), (), span, {"value": value})

    def apply(self, op: Op, args: tuple[Line, ...], want: Shape | None, span: Span, context: Context) -> Line:
        """An op part applied to lines."""
        inputs = tuple(self.shape(arg) for arg in args)
        try:
            op = op.settle(inputs, want)
            shape = op.shape(inputs)
        except ShapeError as wrong:
            raise self.misfit(f"`{op.name}` does not fit here: {wrong}", span, args) from None
        owner = context.own(op.name) if op.owns or op.buffers(inputs) else ""
        attributes = {key: value for key, value in op.model_dump().items() if value is not None}
        return self.add(op.name, args, shape, span, attributes, owner=owner, memory=context.memory)

    def misfit(self, message: str, span: Span, args: tuple[Line, ...]) -> Exception:
        """Shapes that do not fit: both shown, and where each came from."""
        also = [
            Label(self.span(arg), f"this is {show(self.shape(arg))}")
            for arg in args
            if self.span(arg) != span
        ]
        return problem(self.report, "E0301", message, span, "shapes do not fit", also=also)

    def combine(self, op: str, left: Line, right: Line, span: Span) -> Line:
        """Arithmetic of two lines: equal shapes, or one number beside a vector."""
        a, b = self.shape(left), self.shape(right)
        shape = broadcast(a, b)
        if shape is None:
            sign = {"add": "+", "sub": "-", "mul": "*", "div": "/"}[op]
            raise self.misfit(f"`{sign}` of {show(a)} and {show(b)}", span, (left, right))
        return self.add(op, (left, right), shape, span)

    def fit(self, line: Line, want: Shape, what: str, span: Span) -> Line:
        """The line in the shape that a memory's role wants: split by heads, or one number for each."""
        shape = self.shape(line)
        if shape == want:
            return line
        if len(want) == 2 and shape == (want[0] * want[1],):
            return self.add("split", (line,), want, span, {"heads": want[0]})
        if shape in ((), (1,)) and len(want) == 1:
            return self.add("expand", (line,), want, span, {"size": want[0], "scalar": shape == ()})
        raise self.misfit(f"{what} should be {show(want)}, not {show(shape)}", span, (line,))


def broadcast(a: Shape, b: Shape) -> Shape | None:
    """The shape of an element-wise result, or None."""
    if a == b or b in ((), (1,)):
        return a if a else b
    if a in ((), (1,)):
        return b
    if len(a) == len(b) == 2 and a[0] == b[0] and 1 in (a[1], b[1]):
        return (a[0], max(a[1], b[1]))
    return None


def show(shape: Shape) -> str:
    """A shape as messages write it."""
    match shape:
        case ():
            return "one number a token"
        case (size,):
            return f"a vector of {size}"
        case (heads, size):
            return f"{heads} heads of {size}"
        case _:
            return "×".join(map(str, shape))
