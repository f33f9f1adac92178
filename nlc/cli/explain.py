"""`nlc explain`: any word that a spec may hold, a diagnostic, or a memory, in a page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from nlc.cli import completion, options

Page = tuple[dict[str, Any], str]
"""The same as a value and as text."""
SUFFIXES = ("", ".nl", ".yaml", ".yml")
EXAMPLES = "examples"
"""Where a name alone may stand for a spec too: `hope` is examples/hope.nl in a checkout."""


def explain(
    what: Annotated[
        str,
        typer.Argument(
            metavar="WHAT",
            autocompletion=completion.words,
            help="A part, its argument, a field, a word, a block of std, a code, a spec, or SPEC.MEMORY.",
        ),
    ],
    memory: Annotated[
        str | None, typer.Argument(help="The memory, where WHAT is a spec.", metavar="MEMORY")
    ] = None,
    settings: options.Set = None,
    root: options.Root = None,
    budget: options.Budgets = None,
    parts: options.Parts = None,
    as_json: options.Json = False,
) -> None:
    """Explain a part (huber, mlp.depth), a word, a code, a spec's choices, a memory (SPEC.MEMORY)."""
    spec, name = _spec(what, memory)
    if spec is not None:
        with options.told(as_json):
            made = options.stages(spec, settings, root, budget)
            found = _choices(made, spec) if name is None else []
            found += _memories(made.plan, made.graph, name, spec)
            options.warn(made.system.report)
    else:
        found = list(_words(what))
        if not found:
            raise typer.BadParameter(_unknown(what), param_hint="WHAT")
    if as_json:
        options.print_json({"pages": [value for value, _ in found]})
    else:
        options.put("\n\n\n".join(text for _, text in found), None)


def _spec(what: str, memory: str | None) -> tuple[Path | None, str | None]:
    """The spec that is meant, if one is, and the memory: `hope.nl main`, `hope.nl.main` or `hope.main`."""
    if memory is not None:
        return _file(what) or Path(what), memory
    if Path(what).is_file():
        return Path(what), None
    if "." not in what and "/" not in what and (path := _file(what)) and not any(_words(what)):
        return path, None
    head = what
    while "." in head:
        head, _, _ = head.rpartition(".")
        if path := _file(head):
            return path, what[len(head) + 1 :]
    return None, None


def _file(name: str) -> Path | None:
    places = (Path(folder, name + suffix) for folder in ("", EXAMPLES) for suffix in SUFFIXES)
    return next((path for path in places if path.is_file()), None)


def _choices(made: Any, spec: Path) -> list[Page]:
    """What the spec decides by its params; nothing for one without."""
    from nlc.check.decided import choices, page

    found = choices(made.project, made.system)
    return [page(found, made.system.name, spec.name)] if found else []


def _memories(plan: Any, graph: Any, name: str | None, spec: Path) -> list[Page]:
    from nlc.lower.explain import known, pages, text

    if name is None:
        rows = [row for each in dict.fromkeys(known(plan)) for row in pages(plan, graph, each)]
        unique = {row["memory"]: row for row in rows}
        return [(row, text(row)) for row in unique.values()]
    found = pages(plan, graph, name)
    if not found:
        message = options.no_such(f"memory in {spec}", name, known(plan))
        raise typer.BadParameter(message, param_hint="MEMORY")
    return [(row, text(row)) for row in found]


def _words(what: str) -> Iterator[Page]:
    """All that the word means: parts of several kinds, and keys."""
    from nlc.data import errors, grammar
    from nlc.parts.describe import describe, page
    from nlc.parts.fields import keys
    from nlc.parts.fields import page as key_page
    from nlc.parts.registry import KINDS, find

    if what.upper() in errors():
        text = grammar(f"errors/{what.upper()}.md")
        yield {"code": what.upper(), "text": text}, _plain(text)
        return
    kind, _, name = what.rpartition(".")
    for each in KINDS:
        if part := find(each, name) if kind in ("", each) else None:
            described = describe(part)
            more, lines = _traits(part)
            yield {**described.json(), **more}, page(described) + lines
    for place, found in keys().items():
        if name in found and kind in ("", place):
            yield found[name].json(), key_page(found[name])
    yield from _others(what)
    yield from _arguments(kind, name)


def _others(what: str) -> Iterator[Page]:
    """Words of the language itself, and nlc's own blocks."""
    from nlc.parts import language, standard

    if word := language.words().get(what):
        yield word.json(), language.page(word)
    if block := standard.blocks().get(what.removeprefix("std.")):
        yield block.json(), standard.page(block)


def _arguments(part: str, name: str) -> Iterator[Page]:
    """`mlp.depth` or `structure.mlp.depth`: one argument of a part."""
    from nlc.parts.describe import argument_page, describe
    from nlc.parts.registry import KINDS, find

    kind, _, part = part.rpartition(".")
    for each in KINDS:
        found = find(each, part) if kind in ("", each) and part else None
        described = describe(found) if found else None
        for argument in described.arguments if described else ():
            if argument.name == name and described:
                value = {"kind": "argument", "of": f"{each}.{part}", **asdict(argument)}
                yield value, argument_page(described, argument)


def _plain(page: str) -> str:
    """A page of Markdown for a terminal: no signs before headings, code indented."""
    lines: list[str] = []
    code = False
    for line in page.rstrip("\n").split("\n"):
        if line.startswith("```"):
            code = not code
        else:
            lines.append(f"    {line}".rstrip() if code else line.lstrip("# "))
    return "\n".join(lines)


def _traits(part: Any) -> tuple[dict[str, Any], str]:
    """What nlc derives from an objective's loss, with its default arguments."""
    from nlc.parts.part import Objective

    if not issubclass(part, Objective):
        return {}, ""
    plain = part.plain()
    if plain is None or plain.means:
        return {"traits": None}, ""
    from nlc.lower.traits import text, traits

    found = traits(plain)
    return {"traits": found}, "\n\n" + text(found) if found else ""


def _unknown(what: str) -> str:
    """What to say of a word that nothing is known of."""
    from nlc.data import errors

    if "/" in what or what.endswith(SUFFIXES[1:]):
        return f"there is no file `{what}`"
    if re.fullmatch(r"[EeWw]\d+", what):
        return f"there is no code `{what.upper()}`: there is {', '.join(errors())}"
    return options.no_such("word", what, _known())


def _known() -> list[str]:
    from nlc.data import errors
    from nlc.parts import language, standard
    from nlc.parts.fields import keys
    from nlc.parts.registry import KINDS, names

    words = [name for kind in KINDS for name in names(kind)]
    words += [name for found in keys().values() for name in found]
    return [*dict.fromkeys(words), *language.words(), *standard.blocks(), *errors()]
