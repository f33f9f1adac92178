"""What the names of one file mean: its constants and the blocks it defines or uses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from nlc.check.constants import Constants, constants
from nlc.check.problem import problem, unknown
from nlc.report import Label, Report
from nlc.spec.expr import Expr
from nlc.spec.file import File, Form, Project


@dataclass
class Scope:
    """One file's names. `blocks` maps a name to its form and to the scope it was written in."""

    file: File
    constants: Constants
    blocks: dict[str, tuple[Form, Scope]] = field(default_factory=dict[str, "tuple[Form, Scope]"])


def scopes(project: Project, settings: Mapping[str, Expr], report: Report) -> Scope:
    """The main file's scope; files it uses are read into scopes of their own, each once."""
    made: dict[str, Scope] = {}

    def enter(file: File, given: Mapping[str, Expr]) -> Scope:
        scope = Scope(file, constants(file, given, report))
        for form in file.forms():
            if form.kind != "block":
                continue
            if form.name in scope.blocks:
                first = Label(scope.blocks[form.name][0].name_span.span, "first defined here")
                problem(
                    report,
                    "E0406",
                    f"block `{form.name}` is defined twice",
                    form.name_span.span,
                    "again",
                    also=[first],
                )
            scope.blocks[form.name] = (form, scope)
        for use in file.uses():
            if use.path not in made:
                made[use.path] = enter(project.file(use.path), {})
            for name in use.names:
                if name not in made[use.path].blocks:
                    unknown(report, "E0414", f"block of `{use.path}`", name, made[use.path].blocks, use.span)
                else:
                    scope.blocks[name] = made[use.path].blocks[name]
        return scope

    return enter(project.main, settings)
