"""Whether the text of an own part makes sense: it reads, and names only what is there."""

from __future__ import annotations

from collections.abc import Iterable

from nlc.parts.meaning import STREAM, called, inlined, is_large, mentioned, parse
from nlc.parts.part import Objective, Part, Pointwise
from nlc.parts.registry import find, names
from nlc.report import SpecError
from nlc.spec.expr import Call, Expr, Name
from nlc.suggest import nearest


def what_is_wrong(part: type[Part]) -> str:
    """What is wrong with the text of an own part; empty when nothing is."""
    attribute, text = "means", part.means or None
    if not part.means and issubclass(part, Objective):
        try:
            attribute, text = "loss", _loss(part)
        except Exception as error:  # what it runs is the person's own
            return f"its loss ends in {type(error).__name__}: {error}"
    if text is None:
        return ""
    try:
        written = parse(text)
    except SpecError as wrong:
        return f"`{attribute} = {text!r}` cannot be read: {wrong.report.diagnostics[0].message}"
    if attribute == "loss":
        why = _pointwise(written, ("p", "v"), "p")
    elif issubclass(part, Pointwise):
        why = _pointwise(written, (STREAM, *part.model_fields), STREAM)
    else:
        why = _call(part, written)
    why = why or _circle(part, written) or ("it grows too large" if is_large(inlined(written)) else "")
    return f"`{attribute} = {text!r}`: {why}" if why else ""


def _loss(part: type[Objective]) -> str | None:
    """The loss with the default arguments; None where an argument has no default."""
    plain = part.plain()
    return plain.expression() if plain else None


def _pointwise(written: Expr, known: Iterable[str], needed: str) -> str:
    """An expression in these names: arithmetic and pointwise ops, in which the needed name stands."""
    own = set(mentioned(written))
    if strange := sorted(own - set(known)):
        return f"`{strange[0]}` is none of {_listed(known)}"
    if needed not in own:
        return f"`{needed}` does not stand in it"
    for name in called(written):
        op = find("op", name.text)
        if op is None:
            return f"there is no op `{name.text}`{_meant(name.text, names('op'))}"
        if not getattr(op, "pointwise", False) and not (needed == "p" and getattr(op, "in_losses", False)):
            return f"`{name.text}` is not pointwise"
    return ""


def _call(part: type[Part], written: Expr) -> str:
    """A part of the same kind, with arguments that it has."""
    function = written.function if isinstance(written, Call) else written
    if not isinstance(function, Name):
        return f"write a {part.kind}, as a spec does"
    target = find(part.kind, function.text)
    if target is None:
        return f"there is no {part.kind} `{function.text}`{_meant(function.text, names(part.kind))}"
    for name, _ in written.named if isinstance(written, Call) else ():
        if name not in target.model_fields:
            return f"`{target.name}` has no argument `{name}`{_meant(name, target.model_fields)}"
    return ""


def _circle(part: type[Part], written: Expr, below: frozenset[str] = frozenset()) -> str:
    """What one stands for may not be made of itself."""
    names = list(called(written)) or ([written] if isinstance(written, Name) else [])
    for name in names:
        if name.text in below | {part.name}:
            return f"`{name.text}` would mean itself"
        found = find(part.kind, name.text)
        if found and found.means and (why := _circle(part, parse(found.means), below | {name.text})):
            return why
    return ""


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _meant(name: str, known: Iterable[str]) -> str:
    close = nearest(name, known)
    return f"; did you mean `{close}`?" if close else ""
