"""The lines of one block while it is being checked: a growing list of values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from nlc.check.context import Context, Line, Result
from nlc.check.problem import Enough, problem
from nlc.check.shapes import broadcast, show
from nlc.ir.numbers import is_number
from nlc.ir.system import Attribute, Shape, Value
from nlc.parts.part import Op, ShapeError
from nlc.report import Label, Report
from nlc.source import Span

UNSHARED = ("input", "write", "apply", "call")
SIGNS = {"add": "+", "sub": "-", "mul": "*", "div": "/"}


@dataclass
class Allowance:
    """How many lines and memories all blocks of one system may still unroll to."""

    left: int
    limit: int

    def spend(self, report: Report, span: Span, count: int = 1) -> None:
        self.left -= count
        if self.left < 0:
            label = f"more than {self.limit:,} memories and ops"
            note = f"raise the limit with `--budget items={self.limit * 2}`"
            problem(report, "E0416", "the spec unrolls to too much", span, label, notes=[note])
            raise Enough


class Lines:
    """Values in the order of the text; each op's shape is inferred as it is added."""

    def __init__(self, report: Report, allowance: Allowance) -> None:
        self.report = report
        self.values: list[Value] = []
        self.allowance = allowance
        self._known: dict[object, Line] = {}
        self._numbers: set[int] = set()

    def shape(self, line: Line) -> Shape:
        return self.values[line.index].shape

    def span(self, line: Line) -> Span:
        return self.values[line.index].span

    def is_number(self, line: Line) -> bool:
        """Whether a line is one number, the same at every token: written out, or counted by `repeat`."""
        return line.index in self._numbers

    def name(self, line: Line, name: str) -> None:
        """A line keeps the first name that it is given."""
        value = self.values[line.index]
        if not value.name:
            self.values[line.index] = replace(value, name=name)

    def add(
        self,
        op: str,
        args: tuple[Line, ...],
        shape: Shape,
        span: Span,
        attributes: Mapping[str, Attribute] | None = None,
        *,
        roles: tuple[str, ...] = (),
        target: str = "",
        owner: str = "",
        name: str = "",
        memory: str = "",
    ) -> Line:
        """Append a value and say where it is; one that is there already is not made again.

        Reads may be shared too: all reads of one moment see the state before its writes.
        """
        attributes = dict(attributes or {})
        key = (op, args, shape, tuple(attributes.items()), roles, target, owner, name)
        if op not in UNSHARED and key in self._known:
            return self._known[key]
        self.allowance.spend(self.report, span)
        line = self._known[key] = Line(len(self.values))
        indices = tuple(arg.index for arg in args)
        value = Value(line.index, op, indices, shape, attributes, roles, target, owner, name, memory, span)
        self.values.append(value)
        if is_number(value, self._numbers):
            self._numbers.add(line.index)
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

    def misfit(
        self, message: str, span: Span, args: tuple[Line, ...], *, declared: Span | None = None
    ) -> Exception:
        """Shapes that do not fit: both shown, and where each came from."""
        also = {
            self.span(arg): Label(self.span(arg), f"this is {show(self.shape(arg))}")
            for arg in args
            if self.span(arg) != span
        }
        more = [Label(declared, "declared here")] if declared else []
        return problem(self.report, "E0301", message, span, "shapes do not fit", also=[*also.values(), *more])

    def combine(self, op: str, left: Line, right: Line, span: Span, heads: int = 0) -> Line:
        """Arithmetic of two lines: equal shapes, or one number beside a vector.

        Beside vectors a head, a vector of all heads is seen head by head, and one of a number a head
        goes over each head's numbers. In a memory's fields (`heads`) that holds for two vectors too.
        """
        left, right = self._beside(left, right, heads), self._beside(right, left, heads)
        a, b = self.shape(left), self.shape(right)
        shape = broadcast(a, b)
        if shape is None:
            message = f"`{SIGNS[op]}` joins {show(a)} and {show(b)}"
            raise self.misfit(message, span, (left, right))
        return self.add(op, (left, right), shape, span)

    def _beside(self, line: Line, other: Line, heads: int) -> Line:
        """The line in the shape in which it goes with the other; as it is where it goes in none."""
        shape, beside = self.shape(line), self.shape(other)
        if shape == () and beside and not self.is_number(line):
            return self._beside(self.add("unsqueeze", (line,), (1,), self.span(line)), other, heads)
        if len(shape) != 1:
            return line
        if len(beside) == 1 and heads > 1 and (heads,) in (shape, beside) and shape != beside:
            whole = max(shape[0], beside[0])
            beside = (heads, whole // heads) if 1 not in (*shape, *beside) and whole % heads == 0 else ()
        if len(beside) != 2:
            return line
        if shape == (beside[0] * beside[1],) and beside[1] > 1:
            return self.fit(line, beside, "", self.span(line))
        if shape[0] in (1, beside[0]):
            return self.add("unsqueeze", (line,), (*shape, 1), self.span(line))
        return line

    def merged(self, line: Line) -> Line:
        """Vectors of all heads, end to end; what is one vector stays as it is."""
        shape = self.shape(line)
        if len(shape) != 2:
            return line
        return self.add("merge", (line,), (shape[0] * shape[1],), self.span(line))

    def fit(self, line: Line, want: Shape, what: str, span: Span) -> Line:
        """The line in the shape that a memory's role wants: split by heads, or one number for each."""
        shape = self.shape(line)
        if shape == want:
            return line
        if len(want) == 2 and shape == (want[0] * want[1],):
            value = self.values[line.index]
            if value.op == "merge" and self.values[value.args[0]].shape == want:
                return Line(value.args[0])  # what was joined a moment ago
            return self.add("split", (line,), want, span, {"heads": want[0]})
        if shape == () and len(want) == 1 and not self.is_number(line):
            return self.fit(self.add("unsqueeze", (line,), (1,), span), want, what, span)
        if shape == (1,) and len(want) == 1:
            return self.add("expand", (line,), want, span, {"size": want[0]})
        raise self.misfit(f"{what} should be {show(want)}, not {show(shape)}", span, (line,))
