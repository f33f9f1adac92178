"""`nlc compile`: a spec to a package of PyTorch that stands alone."""

from __future__ import annotations

import re
from collections.abc import Mapping
from keyword import iskeyword
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from nlc.cli import options
from nlc.cli.show import picture
from nlc.report import Report
from nlc.run.stages import Stages

if TYPE_CHECKING:
    from nlc.emit.lockfile import Lock

Stop = Literal["read", "check", "level", "plan"]
Backend = Literal["torch", "triton"]
WORDS = {
    "edited": "edited since nlc wrote it: stops compile",
    "foreign": "not written by nlc: stops compile",
    "kept": "no longer of the package, but edited: kept",
}
"""How a change is told where its name is not enough."""


def compile(
    spec: options.Spec,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="The package's folder.")] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Replace files that nlc did not write or that were edited since.")
    ] = False,
    locked: Annotated[
        bool,
        typer.Option(
            "--locked",
            help="Make the package that DIR/nl.lock describes, with its settings, or none (exit 1).",
        ),
    ] = False,
    backend: Annotated[
        Backend | None,
        typer.Option("--backend", help="triton: with kernels for a GPU beside the torch code (torch)."),
    ] = None,
    stop: Annotated[
        Stop | None, typer.Option("--stop-after", help="Print the result of this stage instead.")
    ] = None,
    settings: options.Set = None,
    root: options.Root = None,
    budget: options.Budgets = None,
    parts: options.Parts = None,
    as_json: options.Json = False,
) -> None:
    """Write the package: readable PyTorch that never imports nlc."""
    if force and locked:
        raise typer.BadParameter("--locked changes nothing that lies there, --force does: say one of them")
    if (output is None) == (stop is None):
        raise typer.BadParameter("say where to write (-o DIR), or where to stop (--stop-after STAGE)")
    if stop is not None and (force or locked):
        raise typer.BadParameter("--force and --locked are about writing: they go with -o")
    with options.told(as_json):
        if locked and output is not None:
            settings = settings or options.chosen(output)
            backend = backend or _backend(output)
        made = options.stages(spec, settings, root, budget, backend=backend or "torch")
        if output is None:
            text = picture(made, stop or "check")
            options.warn(made.system.report if stop != "read" else Report())
        else:
            text = ""
            _ = made.files
            options.warn(made.system.report)
    if output is None:
        if as_json:
            options.print_json({"stage": stop, "text": text})
        else:
            options.put(text, None)
        return
    _write(made, output, force, locked, as_json)


def _backend(package: Path) -> Backend | None:
    """That of the package's lock."""
    from nlc.emit import lock_of

    found = lock_of(package)
    return "triton" if found and found.backend == "triton" else None


def _write(made: Stages, output: Path, force: bool, locked: bool, as_json: bool) -> None:
    from nlc.emit import lock_of, write, write_locked

    if why := why_no_import(output):
        options.remark(why)
    old = lock_of(output)
    found = write_locked(made.files, output) if locked else write(made.files, output, force=force)
    result = {"folder": str(output), "files": found, **compared(old, made)}
    if as_json:
        options.print_json(result)
        return
    options.put(table(result), None)
    options.say(f"{output} is as its nl.lock says" if locked else f"wrote {output}")


def compared(old: Lock | None, made: Stages) -> dict[str, str]:
    """What `nl.lock` says of the new package beside the old one."""
    from nlc.emit import compared, parse

    new = parse(made.files["nl.lock"])
    assert new is not None
    return {"lock": compared(old, new) if old else "new"}


def table(result: Mapping[str, Any]) -> str:
    """A line a file, and what the lock says."""
    files = result["files"]
    width = max(map(len, files))
    lines = [f"{name:<{width}}  {WORDS.get(change, change)}" for name, change in files.items()]
    return "\n".join([*lines, f"nl.lock: {result['lock']}"] if result["lock"] != "new" else lines)


def why_no_import(folder: Path) -> str:
    """Why Python cannot import a folder of this name; empty if it can."""
    name = folder.resolve().name
    if name.isidentifier() and not iskeyword(name):
        return ""
    better = re.sub(r"\W", "_", name, flags=re.ASCII).strip("_") or "package"
    better = f"{better}_" if iskeyword(better) else f"_{better}" if better[0].isdigit() else better
    return f"Python cannot import a folder named `{name}`: `-o {folder.with_name(better)}` would do"
