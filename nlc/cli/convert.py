"""`nlc convert`: a spec in the other spelling, comments carried along."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nlc.cli import options
from nlc.report import Report

if TYPE_CHECKING:
    from nlc.source import Source
    from nlc.write.convert import Spelling

Target = Annotated[
    Path | None, typer.Argument(metavar="TARGET", help="Where to write it; without one, it is printed.")
]


def convert(
    spec: options.Spec,
    target: Target = None,
    to: Annotated[str | None, typer.Option(metavar="nl|yaml", help="The spelling to print.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite a target that is there.")] = False,
    as_json: options.Json = False,
) -> None:
    """Write a spec in the other spelling: .nl as YAML, YAML as .nl, comments carried along."""
    from nlc.read.uses import load

    with options.told(as_json):
        source = load(spec, str(spec))
        spelling = _spelling(spec, target, to)
        if target is not None:
            _check_target(spec, source, target, force)
        text = _converted(source, spelling)
        options.warn(Report())
    if target is not None:
        from nlc.run.disk import replace

        target.parent.mkdir(parents=True, exist_ok=True)
        replace(target, text.encode())
    if as_json:
        options.print_json({"from": str(spec), "to": str(target) if target else None, "text": text})
    elif target is None:
        options.put(text, None)
    else:
        options.say(f"wrote {target}")


def _spelling(spec: Path, target: Path | None, to: str | None) -> Spelling:
    """What the target's ending says, or `--to`; the other one if neither is there."""
    from nlc.write.convert import ENDINGS

    named = to.lower().removeprefix(".") if to else None
    if named is not None and f".{named}" not in ENDINGS:
        raise typer.BadParameter(f"`{to}` is no spelling: write `nl` or `yaml`", param_hint="--to")
    ending = target.suffix.lower() if target else f".{named}" if named else None
    if ending is None:
        return "yaml" if ENDINGS.get(spec.suffix, "nl") == "nl" else "nl"
    if ending not in ENDINGS:
        raise typer.BadParameter(f"`{target}` ends in neither .nl, .yaml nor .yml", param_hint="TARGET")
    if named is not None and ENDINGS[ending] != ENDINGS[f".{named}"]:
        raise typer.BadParameter(f"`{target}` is no {named}", param_hint="--to")
    return ENDINGS[ending]


def _check_target(spec: Path, source: Source, target: Path, force: bool) -> None:
    """Nothing is overwritten unasked, and what the spec uses is found from where it is written."""
    from nlc.read import parse_any

    if target.exists() and target.resolve() == spec.resolve():
        raise typer.BadParameter(
            f"`{target}` is the spec itself; `nlc fmt` sets its style", param_hint="TARGET"
        )
    if target.exists() and not force:
        message = f"`{target}` is there already; --force overwrites it"
        raise typer.BadParameter(message, param_hint="TARGET")
    own = [use.path for use in parse_any(source).uses() if not use.path.startswith("std/")]
    if own and target.resolve().parent != spec.resolve().parent:
        message = f"the spec uses `{own[0]}`, which is found from its own folder; write the target there"
        raise typer.BadParameter(message, param_hint="TARGET")


def _converted(source: Source, spelling: Spelling) -> str:
    """The text, read again to be sure that it says the same."""
    from nlc.lock import schedule_hash, semantic_hash
    from nlc.read import parse_any
    from nlc.source import Source
    from nlc.write.convert import convert

    text = convert(source, spelling)
    before, after = parse_any(source), parse_any(Source(f"{source.name} as spec.{spelling}", text))
    if (semantic_hash(before), schedule_hash(before)) != (semantic_hash(after), schedule_hash(after)):
        raise RuntimeError("the other spelling would say something else")
    return text
