"""The fields of one memory at one use, evaluated with its inputs bound: the arguments of a verb."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

from nlc.check.context import Bound, Context, Line, Result
from nlc.check.draft import Draft
from nlc.check.problem import Stopped, problem
from nlc.check.shapes import show
from nlc.ir.system import EXTRA, Memory, Shape
from nlc.parts.op.count import Count
from nlc.report import Label
from nlc.source import Span
from nlc.spec.expr import Call, Expr, Name, walk

if TYPE_CHECKING:
    from nlc.check.block import Builder

OWN = ("p", "v")
"""What a user's own objective calls the prediction and the value."""
ASKED = ("ridge",)
"""What comes with a read, besides its queries."""
STEPPED = ("keys", "values", "rate")
"""What each step of a token has for itself."""


class Roles:
    """One use of a memory."""

    def __init__(self, b: Builder, draft: Draft, memory: Memory, lines: tuple[Line, ...]) -> None:
        self.b, self.draft, self.memory = b, draft, memory
        inputs = zip((item.name for item in draft.form.inputs), lines, strict=True)
        self.names: dict[str, Bound] = dict(inputs)
        self.first = lines[0]

    def read(self) -> dict[str, Line]:
        given = self.draft.streams
        asked = {role: self._role(role, given[role], self._wanted(role)) for role in ASKED if role in given}
        return {"queries": self._shared("queries"), **asked}

    def query(self, want: Shape) -> Line:
        return self._role("queries", self.draft.expression("queries"), want)

    def write(self) -> dict[str, Line]:
        m = self.memory
        heads = _parts(m, "values")
        roles = {
            "keys": self._shared("keys"),
            "values": self._role("values", self.draft.expression("values"), (heads, m.sizes[-1])),
        }
        for role, expr in self.draft.streams.items():
            if role.startswith(EXTRA):
                roles[role] = self._aside(expr, role.removeprefix(EXTRA))
            elif role not in ASKED:
                roles[role] = self._role(role, expr, self._wanted(role))
        # Prefixed: a stream may be called `rate`, and is no rate.
        return roles | {f"{EXTRA}{name}": line for name, line in self._extras().items()}

    def _shared(self, role: str) -> Line:
        """Keys or queries: where a structure shares them, its heads in a row have the same.

        A cache shares keys by itself.
        """
        m = self.memory
        heads, want = _parts(m, role), (m.heads * _steps(m, role), m.sizes[0])
        found = self._role(role, self.draft.expression(role), (heads, m.sizes[0]))
        if heads == want[0] or m.structure.holds == "cache":
            return found
        place = self.b.lines.span(found)
        return self.b.lines.add("share", (found,), want, place, {"times": want[0] // heads})

    def _context(self, role: str) -> Context:
        m = self.memory
        lets, constants = self.draft.lets, self.draft.constants
        # A line of the memory's own may be called `rate`, and is not all that the rate is made of.
        owner = f"{m.identifier}.{role}_role" if role in lets else f"{m.identifier}.{role}"
        return Context(owner, self.names, lets, constants, self.b.body, m.name, _parts(m, role))

    def _role(self, role: str, expr: Expr | None, want: Shape) -> Line:
        place = expr.span if expr else self.draft.form.name_span.span
        with self.b.entered(f"{self.memory.name}.{role}", place):
            found = self.first if expr is None else self.b.infer(expr, self._context(role), want)
            found = self._stream(found, prod(want), place, self._context(role))
        if expr is None and prod(self.b.lines.shape(found)) != prod(want):
            raise self._left_out(role, found, want)
        return self.b.lines.fit(found, want, f"`{role}` of `{self.memory.name}`", place)

    def _left_out(self, role: str, found: Line, want: Shape) -> Stopped:
        """Keys, values and queries that are not said are the input as it comes, if it fits."""
        m, lines = self.memory, self.b.lines
        message = f"`{role}` of `{m.name}` should be {show(want)}, not {show(lines.shape(found))}"
        label = f"without `{role}:` they are the input as it comes: add one, as `{role}: linear(x)`"
        also = [Label(lines.span(found), f"this is {show(lines.shape(found))}")]
        return problem(self.b.report, "E0301", message, self.draft.form.name_span.span, label, also=also)

    def _stream(self, found: Result, size: int, place: Span, context: Context) -> Line:
        """A number becomes a vector of it, the same at every token."""
        lines = self.b.lines
        if not isinstance(found, Line):
            return lines.apply(Count(size=size, start=found, step=0), (), None, place, context)
        if not lines.is_number(found):
            return found
        zeros = lines.apply(Count(size=size, step=0), (), None, place, context)
        return lines.combine("add", zeros, found, place)

    def _wanted(self, role: str) -> Shape:
        m = self.memory
        axis = getattr(m.retention, "axis", None)
        if role == "keep" and axis:
            return (m.heads, m.sizes[0] if axis == "keys" else m.sizes[-1])
        if role in ("erase_keys", "ridge") or (role == "erase" and getattr(m.optimizer, "erase_axis", None)):
            return (m.heads, m.sizes[0])
        return (m.heads * _steps(m, role),)

    def _extras(self) -> dict[str, Line]:
        """Streams that the user's own objective mentions."""
        found: dict[str, Line] = {}
        loss = self.memory.loss
        if loss is None:
            return found
        called = {id(node.function) for node in walk(loss) if isinstance(node, Call)}
        for node in walk(loss):
            if isinstance(node, Name) and id(node) not in called and node.text not in (*OWN, *found):
                found[node.text] = self._aside(node, "objective")
        return found

    def _aside(self, expr: Expr, role: str) -> Line:
        """A stream that a loss names: as wide as the value, or one number a head."""
        m, lines, what = self.memory, self.b.lines, f"`{expr.span.text}`"
        context = self._context(role)
        line = self._stream(self.b.infer(expr, context), 1, expr.span, context)
        if lines.shape(line) not in ((), (1,), (m.heads,)):
            return lines.fit(line, (m.heads, m.sizes[-1]), what, expr.span)
        line = lines.fit(line, (m.heads,), what, expr.span)
        return lines.add("unsqueeze", (line,), (m.heads, 1), expr.span)


def _parts(m: Memory, role: str) -> int:
    """How many parts a role's stream has: a cache shares keys and values between heads, a matrix keys and
    queries; with several steps a token, each has its own."""
    shared = {"keys": ("kv_heads", "key_heads"), "values": ("kv_heads",), "queries": ("key_heads",)}
    found = (getattr(m.structure, name, None) for name in shared.get(role, ()))
    return next((heads for heads in found if heads), m.heads) * _steps(m, role)


def _steps(m: Memory, role: str) -> int:
    """How many of a role a token has."""
    return m.steps if role in STEPPED else 1
