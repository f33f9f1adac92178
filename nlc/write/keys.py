"""What `.nl` can say and YAML cannot: in YAML names are keys, so each stands once."""

from __future__ import annotations

from nlc.report import Diagnostic, Label, Report
from nlc.spec.expr import Node
from nlc.spec.file import KINDS, File, Form

WORDS = ("in", "with", "for", "body", *KINDS)
"""Keys of a form that are no fields."""


def check_keys(file: File) -> None:
    """Raises SpecError where a name would be the same key twice."""
    report = Report()
    _check(report, [(use.path, use) for use in file.uses()], "is used")
    _check(report, [(dim.name, dim) for dim in file.dims()], "is bound")
    _check(report, [(param.name, param) for param in file.params()], "is bound")
    _check_forms(report, file.forms())
    report.stop()


def _check_forms(report: Report, forms: list[Form]) -> None:
    _check(report, [(f"{form.kind} {form.name}", form.name_span) for form in forms], "is written")
    for form in forms:
        inner = [entry for entry in form.entries if isinstance(entry, Form)]
        kinds = {entry.kind for entry in inner}
        for field in form.fields():
            if field.name in WORDS and (field.name not in KINDS or field.name in kinds):
                label = Label(field.name_span.span, "YAML has another meaning for this key")
                report.add(Diagnostic("E0140", f"YAML cannot say the field `{field.name}`", label))
        _check(report, [(field.name, field.name_span) for field in form.fields()], "is given")
        _check(report, [(item.name, item) for item in form.inputs], "is given")
        _check_forms(report, inner)


def _check(report: Report, named: list[tuple[str, Node]], verb: str) -> None:
    first: dict[str, Node] = {}
    for name, node in named:
        if name in first:
            also = (Label(first[name].span, "first here"),)
            label = Label(node.span, "in YAML this name is a key, and a key stands once")
            report.add(Diagnostic("E0140", f"`{name}` {verb} twice", label, also))
        first.setdefault(name, node)
