"""What a part's own model refuses, said in the words of the language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from nlc.check.problem import Stopped, problem
from nlc.parts.part import Part
from nlc.report import Fix, Report
from nlc.source import Span
from nlc.spec.expr import Expr
from nlc.suggest import nearest, same

LIMITS = {
    "greater_than": ("gt", "it must be more than {}"),
    "greater_than_equal": ("ge", "it must be at least {}"),
    "less_than": ("lt", "it must be less than {}"),
    "less_than_equal": ("le", "it is at most {}"),
}
KINDS = {
    "int_type": "a whole number belongs here",
    "int_from_float": "a whole number belongs here",
    "float_type": "a number belongs here",
    "bool_type": "`true` or `false` belongs here",
    "string_type": "a stream belongs here",
}


@dataclass
class Refusal:
    """One use of a part that its model refused; `span` is the part's name."""

    found: type[Part]
    given: Mapping[str, Expr]
    report: Report
    span: Span

    def say(self, wrong: ValidationError) -> Stopped:
        """One diagnostic for each argument that is wrong."""
        said: set[str] = set()
        for error in wrong.errors():
            name = str(error["loc"][0]) if error["loc"] else ""
            if name not in said:
                said.add(name)
                self._one(name, dict(error))
        return Stopped(self.found.name)

    def _one(self, name: str, error: dict[str, Any]) -> None:
        title = f"`{name}` of `{self.found.name}`"
        if error["type"] == "missing":
            problem(self.report, "E0405", f"`{self.found.name}` needs `{name}`", self.span, f"add `{name}=…`")
            return
        place = self.given[name].span if name in self.given else self.span
        shown = str(error["input"]).lower() if isinstance(error["input"], bool) else str(error["input"])
        message = f"{title} cannot be `{shown}`"
        fix = None
        if error["type"] == "literal_error":
            words = str(error["ctx"]["expected"]).replace("'", "`")
            close = nearest(shown, words.replace("`", "").replace(" or ", ", ").split(", "))
            fix = Fix(f"write `{close}`", place, close) if close and same(shown, close) else None
            label = f"it is {words}"
        else:
            label = _why(error)
        problem(self.report, "E0407", message, place, label, fix=fix)


def _why(error: dict[str, Any]) -> str:
    kind = str(error["type"])
    if kind in LIMITS:
        key, text = LIMITS[kind]
        return text.format(error["ctx"][key])
    if kind in KINDS:
        return KINDS[kind]
    return str(error["msg"]).removeprefix("Value error, ").lower()
