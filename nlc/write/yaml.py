"""The syntax tree as YAML."""

from __future__ import annotations

import re
from collections.abc import Iterable

from nlc.spec.expr import Expr
from nlc.spec.file import Choices, Dim, Effect, Field, File, Form, Let, Param, Return, Use
from nlc.write.expr import (
    print_domain,
    print_expr,
    print_label,
    print_shape,
    print_value,
)

_SPLITS = re.compile(r"[,\[\]{}]")


def print_yaml(file: File, *, spelled: bool = False) -> str:
    """A file as YAML, from the tree alone; forms of one kind come together."""
    return _Printer(spelled).file(file)


class _Printer:
    def __init__(self, spelled: bool) -> None:
        self.spelled = spelled

    def file(self, file: File) -> str:
        parts = [["nl: 1", *self.uses(file.uses())], self.sizes(file.dims(), file.params())]
        parts += self.kinds(file.forms(), "")
        return "\n\n".join("\n".join(part) for part in parts if part) + "\n"

    def uses(self, uses: list[Use]) -> list[str]:
        entries = [f"{use.path}: [{', '.join(use.names)}]" for use in uses]
        return [f"use: {{{entries[0]}}}"] if len(entries) == 1 else self.under("use", entries)

    def sizes(self, dims: list[Dim], params: list[Param]) -> list[str]:
        inside = ", ".join(f"{dim.name}: {self.flow(dim.value)}" for dim in dims)
        lines = [f"dim: {{{inside}}}"] if dims else []
        return lines + self.under("param", [f"{param.name}: {self.param(param)}" for param in params])

    def param(self, param: Param) -> str:
        match param.domain:
            case None:
                return self.expr(param.value)
            case Choices(items=items):
                domain = f"[{', '.join(self.flow(item) for item in items)}]"
            case other:
                domain = quoted(print_domain(other, spelled=self.spelled))
        return f"{{default: {self.flow(param.value)}, in: {domain}}}"

    def kinds(self, forms: list[Form], indent: str) -> list[list[str]]:
        """One part for each kind, in the order in which they first come."""
        parts: dict[str, list[str]] = {}
        for form in forms:
            lines = parts.setdefault(form.kind, [f"{indent}{form.kind}:"])
            lines.append(f"{indent}  {form.name}:")
            lines += [f"{indent}    {line}" for line in self.form(form)]
        return list(parts.values())

    def form(self, form: Form) -> list[str]:
        lines: list[str] = []
        if form.family:
            labels = ", ".join(
                quoted(print_label(label, spelled=self.spelled)) for label in form.family.labels
            )
            lines.append(f"for: {{{form.family.name}: [{labels}]}}")
        shapes = [f"{i.name}: {print_shape(i.shape or ())}" for i in form.inputs if i.default is None]
        if shapes:
            lines.append(f"in: {{{', '.join(shapes)}}}")
        defaults = [f"{i.name}: {self.flow(i.default)}" for i in form.inputs if i.default is not None]
        if defaults:
            lines.append(f"with: {{{', '.join(defaults)}}}")
        fields = [entry for entry in form.entries if isinstance(entry, Field)]
        lines += [f"{field.name}: {print_value(field.value, spelled=self.spelled)}" for field in fields]
        inner = [entry for entry in form.entries if isinstance(entry, Form)]
        for part in self.kinds(inner, ""):
            lines += part
        body = [entry for entry in form.entries if isinstance(entry, Let | Return | Effect)]
        return lines + self.under("body", [f"- {self.entry(entry)}" for entry in body])

    def entry(self, entry: Let | Return | Effect) -> str:
        match entry:
            case Let(name=name, value=value):
                return f"{name} = {self.expr(value)}"
            case Return(value=value):
                return f"return {self.expr(value)}"
            case Effect(call=call):
                return self.expr(call)

    def under(self, key: str, lines: Iterable[str]) -> list[str]:
        inside = [f"  {line}" for line in lines]
        return [f"{key}:", *inside] if inside else []

    def expr(self, expr: Expr) -> str:
        return print_expr(expr, spelled=self.spelled)

    def flow(self, expr: Expr) -> str:
        """Within `{…}` and `[…]`."""
        return quoted(self.expr(expr))


def quoted(text: str) -> str:
    """In quotes if YAML would cut it within `{…}` or `[…]`."""
    return f'"{text}"' if _SPLITS.search(text) else text
