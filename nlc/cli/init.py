"""`nlc init`: one commented spec to begin with."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Literal

import typer

from nlc.cli import options

Template = Literal["titans", "hope", "deltanet", "transformer", "cms", "blank"]
MODEL = "model lm("
"""What each template calls its model; the spec's own name is put in."""
SCHEMA = "nl.schema.json"


def init(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What the model is called; a path is fine.")],
    template: Annotated[Template, typer.Option("--from", help="What it begins as.")] = "titans",
    yaml: Annotated[bool, typer.Option("--yaml", help="In YAML, with its schema for editors.")] = False,
    as_json: options.Json = False,
) -> None:
    """Write one commented spec; nothing is ever overwritten."""
    path = _path(name, yaml)
    texts = _texts(path, template)
    for place in texts:
        if place.exists() and place.name != SCHEMA:
            raise typer.BadParameter(f"`{place}` is there already, and init overwrites nothing")
    path.parent.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    for place, text in texts.items():
        if place.exists():  # a schema: it may be of other parts
            continue
        with place.open("x", encoding="utf-8") as file:
            file.write(text)
        written.append(place)
    steps = [f"nlc check {path}", f"nlc graph {path}", f"nlc train {path} --minutes 2 --length 128"]
    if as_json:
        options.print_json({"written": [str(place) for place in written], "next": steps})
        return
    for place in written:
        options.say(f"wrote {place}")
    options.put("\n".join(["next:", *(f"  {step}" for step in steps)]), None)


def _path(name: str, yaml: bool) -> Path:
    """The file for a name, or for a path with or without an ending."""
    from nlc.read.words import why_no_name

    path = Path(name)
    if path.suffix not in ("", ".nl", ".yaml", ".yml"):
        raise typer.BadParameter(f"`{path.name}` ends in neither .nl nor .yaml", param_hint="NAME")
    stem = path.name.removesuffix(path.suffix)
    why = why_no_name(stem)
    if why:
        raise typer.BadParameter(f"a model cannot be called `{stem[:40]}`: {why}", param_hint="NAME")
    if yaml and path.suffix == ".nl":
        raise typer.BadParameter(f"`{path.name}` is no YAML", param_hint="--yaml")
    return path if path.suffix else path.with_name(f"{stem}{'.yaml' if yaml else '.nl'}")


def _texts(path: Path, template: Template) -> dict[Path, str]:
    """The files to be written."""
    from nlc.data import grammar

    text = grammar(f"init/{template}.nl").replace(MODEL, f"model {path.stem}(")
    if path.suffix == ".nl":
        return {path: text}
    from nlc.parts.schema import schema
    from nlc.source import Source
    from nlc.write.convert import convert

    modeline = f"# yaml-language-server: $schema=./{SCHEMA}\n"
    return {
        path: modeline + convert(Source(f"{template}.nl", text), "yaml"),
        path.with_name(SCHEMA): json.dumps(schema(), indent=2, ensure_ascii=False) + "\n",
    }
