"""The templates of a backend, from nlc's own data."""

from __future__ import annotations

from functools import cache
from typing import Any

from jinja2 import BaseLoader, Environment, TemplateNotFound

from nlc import data


class _Loader(BaseLoader):
    def __init__(self, name: str) -> None:
        self.name = name

    def get_source(self, environment: Environment, template: str) -> tuple[str, None, None]:
        try:
            return data.backend(f"{self.name}/{template}"), None, None
        except FileNotFoundError:
            raise TemplateNotFound(template) from None


@cache
def _environment(name: str) -> Environment:
    # Values reach templates as vetted identifiers and literals only; there is no HTML here.
    environment = Environment(
        loader=_Loader(name),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )
    environment.filters["outdent"] = _outdent
    return environment


def _outdent(text: str) -> str:
    """Lines four columns to the left: those of a loop's body, where there is no loop."""
    return "".join(line.removeprefix("    ") for line in text.splitlines(keepends=True))


def render(template: str, **values: Any) -> str:
    """A template of the torch backend, filled."""
    return _environment("torch").get_template(template).render(**values)


def render_triton(template: str, **values: Any) -> str:
    """A template of the triton backend, filled."""
    return _environment("triton").get_template(template).render(**values)
