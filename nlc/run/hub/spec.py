"""The spec of a checkpoint: its family's, with the config's sizes, and feed-forward layers as levels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nlc.data import grammar
from nlc.failure import Failure
from nlc.read import parse
from nlc.run.hub.family import Values
from nlc.source import Source, Span
from nlc.spec.file import Dim, File, Form
from nlc.write.nl import format_nl


class TooManyLevels(Failure):
    """There are fewer layers than periods."""


@dataclass(frozen=True)
class Levels:
    """Which feed-forward layers learn in the sequence: `periods` of tokens, first layers first.

    Layers are shared out in their order, so that each period has a run of neighbours (the paper's
    level i is the pretrained layer i); what is left over goes to the first ones.
    """

    periods: tuple[int, ...]
    rate: float

    def groups(self, layers: int) -> list[tuple[int, int]]:
        """(period, how many layers), in the order of the layers."""
        if len(self.periods) > layers:
            raise TooManyLevels(
                f"{len(self.periods)} levels need as many layers, and this model has {layers}"
            )
        each, more = divmod(layers, len(self.periods))
        return [(period, each + (i < more)) for i, period in enumerate(self.periods)]


def template(family: str) -> Source:
    return Source(f"{family}.nl", grammar(f"hub/{family}.nl"))


def text(family: str, values: Values, levels: Levels | None) -> str:
    """The spec as `.nl`, in the one style."""
    source = template(family)
    file = parse(source)
    edits = [(item.value.span, _word(values[item.name])) for item in (*file.dims(), *file.params())]
    if levels is not None:
        edits = [edit for edit in edits if edit[0] != _layers(file).value.span]
        edits += _levels(file, levels, int(values["layers"]))
    new = Source(source.name, _edited(source.text, edits))
    return format_nl(new, parse(new))


def _levels(file: File, levels: Levels, layers: int) -> list[tuple[Span, str]]:
    """What changes in a template so that its `ffn` is a level: when it learns, and by which rule."""
    block, model = file.forms()
    ffn = next(form for form in block.forms("memory") if form.name == "ffn")
    update = ffn.get("update")
    assert update is not None
    groups = list(enumerate(levels.groups(layers), 1))
    rows = [f"repeat({block.name}(c={period}), layers{i})" for i, (period, _) in groups]
    return [
        (_layers(file).span, ", ".join(f"layers{i} = {count}" for i, (_, count) in groups)),
        (_behind(file.params()[-1].span), f"\nparam rate = {_word(levels.rate)}"),
        (_behind(block.inputs[0].span), ", c=1"),
        (update.span, "optimizer: sgd(lr=rate)\nupdate: every c tokens\ninit: learned"),
        (_repeat(model, block.name), " |> ".join(rows)),
    ]


def _layers(file: File) -> Dim:
    return next(dim for dim in file.dims() if dim.name == "layers")


def _repeat(model: Form, block: str) -> Span:
    """Where the model says how many layers there are."""
    source, words = model.span.source, f"repeat({block}, layers)"
    start = source.text.index(words, model.span.start)
    return Span(source, start, start + len(words))


def _behind(span: Span) -> Span:
    return Span(span.source, span.end, span.end)


def _word(value: int | float | bool) -> str:
    return str(value).lower() if isinstance(value, bool) else repr(value)


def _edited(old: str, edits: Sequence[tuple[Span, str]]) -> str:
    for span, new in sorted(edits, key=lambda edit: edit[0].start, reverse=True):
        old = old[: span.start] + new + old[span.end :]
    return old
