"""Reading and writing memories: fields are evaluated at each use, with the memory's inputs bound."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nlc.check.constants import evaluate
from nlc.check.draft import STREAMS, Draft
from nlc.check.lines import Context, Line, Result
from nlc.check.problem import problem, unknown
from nlc.ir.system import Memory, Shape
from nlc.parts.registry import names as part_names
from nlc.report import Fix
from nlc.source import Span
from nlc.spec.expr import Call, Expr, Get, Name, Number, Pick, walk

if TYPE_CHECKING:
    from nlc.check.block import Builder


def member(b: Builder, expr: Expr, context: Context) -> Draft:
    """The memory that `m`, `m.key` or `m[r]` names."""
    match expr:
        case Name(text=text) if text in b.drafts:
            return b.drafts[text]
        case Name(text=text) if text in b.families:
            labels = ", ".join(f"{text}.{label}" for label in b.families[text])
            raise problem(b.report, "E0411", f"`{text}` is a family", expr.span, f"name a member: {labels}")
        case Get(base=Name(text=family), name=label) if family in b.families:
            if label in b.families[family]:
                return b.drafts[f"{family}.{label}"]
            raise unknown(b.report, "E0404", f"member of `{family}`", label, b.families[family], expr.span)
        case Pick(base=Name(text=family), index=index) if family in b.families:
            label = _label(index, context)
            if label in b.families[family]:
                return b.drafts[f"{family}.{label}"]
            raise unknown(b.report, "E0404", f"member of `{family}`", label, b.families[family], expr.span)
        case Name(text=text):
            raise unknown(b.report, "E0404", "memory", text, [*b.drafts, *b.families], expr.span)
        case Get(base=Name(text=text), name=name) if text in b.drafts:
            raise unknown(b.report, "E0411", "verb of a memory", name, ("read", "write"), expr.span)
        case _:
            raise problem(b.report, "E0404", "this names no memory", expr.span, "not a memory of this block")


def _label(index: Expr, context: Context) -> str:
    if isinstance(index, Name):
        bound = context.constants.get(index.text)
        if isinstance(bound, Name):
            return bound.text
    number = evaluate(index, context.constants)
    return str(number) if number is not None else index.span.text


def verb(b: Builder, draft: Draft, how: str, args: tuple[Expr, ...], span: Span, context: Context) -> Result:
    """`m.read(x)`, `m.write(x)` or `m(x)`: lines for the fields it needs, then the verb itself."""
    lines = tuple(b.lines.number(b.infer(arg, context), arg.span) for arg in args)
    expected = len(draft.form.inputs)
    if len(lines) != expected:
        raise problem(
            b.report, "E0403", f"`{draft.name}` takes {expected} input(s)", span, f"{len(lines)} given here"
        )
    shape = b.lines.shape(lines[0])
    if len(shape) != 1:
        raise b.lines.misfit(f"`{draft.name}` takes a vector a token", span, lines)
    memory = draft.settle(shape[0])
    if memory.is_task:
        return _task(b, draft, memory, how, lines, span)
    if how == "apply" and not memory.update.is_every_token:
        raise _slow_apply(b, draft, memory, args, span)
    fields = _Fields(b, draft, memory, lines, context)
    roles = (
        fields.read()
        if how == "read"
        else fields.write()
        if how == "write"
        else {**fields.write(), **fields.read()}
    )
    draft.uses.add(how)
    out = b.verb_line(how, memory, roles, span)
    if how == "write":
        return out
    value = b.lines.shape(out)
    return b.lines.add("merge", (out,), (value[0] * value[1],), span, {"heads": value[0]})


def _slow_apply(b: Builder, draft: Draft, memory: Memory, args: tuple[Expr, ...], span: Span) -> Exception:
    text = ", ".join(arg.span.text for arg in args)
    fix = Fix(
        f"write `{draft.name}.read({text})` and `{draft.name}.write({text})`",
        span,
        f"{draft.name}.read({text})",
    )
    return problem(
        b.report,
        "E0203",
        f"`{draft.name}(…)` writes and reads at once, but what is written lands `{memory.update}`",
        span,
        "a token cannot see itself here",
        fix=fix,
    )


def _task(b: Builder, draft: Draft, memory: Memory, how: str, lines: tuple[Line, ...], span: Span) -> Line:
    """A task memory is written by the model's objective; using it is reading it."""
    if how == "write":
        raise problem(
            b.report,
            "E0411",
            f"`{draft.name}` is written by the model's objective",
            span,
            "it cannot be written here",
        )
    if memory.heads != 1:
        raise problem(b.report, "E0415", "a task memory has one head", span, "give it `heads=1`")
    draft.uses |= {"read", "write"}
    query = lines[0]
    if (expr := draft.expression("queries")) is not None:
        context = _Fields(b, draft, memory, lines, b.body).context("queries")
        query = b.lines.number(b.infer(expr, context, (memory.sizes[0],)), expr.span)
    query = b.lines.fit(query, (memory.sizes[0],), f"the query of `{draft.name}`", span)
    return b.lines.add("read", (query,), (memory.sizes[-1],), span, roles=("queries",), target=draft.name)


class _Fields:
    """The fields of one memory at one use."""

    def __init__(
        self, b: Builder, draft: Draft, memory: Memory, lines: tuple[Line, ...], context: Context
    ) -> None:
        self.b, self.draft, self.memory = b, draft, memory
        inputs = dict(zip((i.name for i in draft.form.inputs), lines, strict=True))
        self.names: dict[str, Result] = dict(inputs)
        self.first = lines[0]

    def context(self, role: str) -> Context:
        owner = f"{self.memory.identifier}.{role}"
        return Context(
            owner,
            self.names,
            self.draft.lets,
            self.draft.constants,
            self.b.body,
            self.memory.name,
            self.memory.heads,
        )

    def _role(self, role: str, expr: Expr | None, want: Shape) -> Line:
        place = expr.span if expr else self.draft.form.name_span.span
        self.b.enter(f"{self.memory.name}.{role}", place)
        found = self.first if expr is None else self.b.infer(expr, self.context(role), want)
        self.b.leave()
        line = self.b.lines.number(found, place)
        return self.b.lines.fit(line, want, f"`{role}` of `{self.memory.name}`", place)

    def read(self) -> dict[str, Line]:
        m = self.memory
        return {"queries": self._role("queries", self.draft.expression("queries"), (m.heads, m.sizes[0]))}

    def write(self) -> dict[str, Line]:
        m = self.memory
        heads = getattr(m.structure, "kv_heads", None) or m.heads
        roles = {
            "keys": self._role("keys", self.draft.expression("keys"), (heads, m.sizes[0])),
            "values": self._role("values", self.draft.expression("values"), (heads, m.sizes[-1])),
        }
        for role, expr in self.draft.streams.items():
            roles[role] = self._role(role, expr, self._wanted(role))
        return roles | self._extras()

    def _wanted(self, role: str) -> Shape:
        m = self.memory
        axis = getattr(m.retention, "axis", None)
        if role == "keep" and axis:
            return (m.heads, m.sizes[0] if axis == "keys" else m.sizes[-1])
        return (m.heads,)

    def _extras(self) -> dict[str, Line]:
        """Streams that the user's own objective mentions."""
        m = self.memory
        found: dict[str, Line] = {}
        if m.loss is None:
            return found
        called = {id(node.function) for node in walk(m.loss) if isinstance(node, Call)}
        for node in walk(m.loss):
            if (
                not isinstance(node, Name)
                or id(node) in called
                or node.text in ("p", "v")
                or node.text in found
            ):
                continue
            line = self.b.lines.number(self.b.infer(node, self.context("objective")), node.span)
            shape = self.b.lines.shape(line)
            want = (m.heads, 1) if shape in ((), (1,)) else (m.heads, m.sizes[-1])
            if want[1] == 1:
                line = self.b.lines.fit(line, (m.heads,), f"`{node.text}`", node.span)
                found[node.text] = self.b.lines.add("unsqueeze", (line,), want, node.span)
            else:
                found[node.text] = self.b.lines.fit(line, want, f"`{node.text}`", node.span)
        return found


def read_all(b: Builder, how: str, args: tuple[Expr, ...], call: Call, context: Context) -> Result:
    """`chain(family, x)`: one member after the other; `combine(family, x, weights=w)`: their sum."""
    families = [arg for arg in args if isinstance(arg, Name) and arg.text in b.families]
    rest = [arg for arg in args if arg not in families]
    if len(families) != 1 or len(rest) != 1:
        place = call.span
        raise problem(
            b.report, "E0403", f"`{how}` takes a family and a stream", place, f"write `{how}(family, x)`"
        )
    members = [b.drafts[f"{families[0].text}.{label}"] for label in b.families[families[0].text]]
    line = b.lines.number(b.infer(rest[0], context), rest[0].span)
    if how == "chain":
        for draft in members:
            line = b.lines.number(_read(b, draft, line, call.span), call.span)
        return line
    answers = [b.lines.number(_read(b, draft, line, call.span), call.span) for draft in members]
    return _weighted(b, answers, call, context)


def _read(b: Builder, draft: Draft, line: Line, span: Span) -> Result:
    name = "\0" + draft.name
    inner = Context("", {name: line}, outer=b.body)
    return verb(b, draft, "read", (Name(name, span=span),), span, inner)


def _weighted(b: Builder, answers: list[Line], call: Call, context: Context) -> Line:
    named = dict(call.named)
    if "weights" in named:
        weights = b.lines.number(b.infer(named["weights"], context, (len(answers),)), named["weights"].span)
        weights = b.lines.fit(weights, (len(answers),), "the weights", call.span)
        parts = [
            b.lines.add("component", (weights,), (1,), call.span, {"index": i}) for i in range(len(answers))
        ]
        answers = [b.lines.combine("mul", p, a, call.span) for p, a in zip(parts, answers, strict=True)]
    total = answers[0]
    for answer in answers[1:]:
        total = b.lines.combine("add", total, answer, call.span)
    return total


__all__ = ["STREAMS", "Fix", "Number", "member", "part_names", "read_all", "verb"]
