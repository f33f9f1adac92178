"""Parts of a person's own: one Python file named on the command line, or an installed entry point.

A spec never names a file of code. What a part file says is run, so it is the person's own word.
"""

from __future__ import annotations

import hashlib
import sys
import traceback
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import ModuleType

from nlc.failure import Failure
from nlc.parts import part as kinds
from nlc.parts.part import Objective, Part, Pointwise
from nlc.read.words import why_no_name

GROUP = "nlc.parts"
BASES: tuple[type[Part], ...] = (
    kinds.Structure,
    kinds.Objective,
    kinds.Optimizer,
    kinds.Retention,
    kinds.Init,
    kinds.Pointwise,
)
"""What a part of one's own derives from."""


class PartError(Failure):
    """A part file that cannot be used; the text says which, why, and the way on."""


@dataclass(frozen=True)
class Own:
    """A part that is not nlc's: `owner` is its file as it was named, or its distribution."""

    part: type[Part]
    owner: str
    file: str
    digest: str
    """SHA-256 of the file: it is part of what a spec means that uses the part."""


def from_file(path: Path) -> list[Own]:
    """The parts of a file, which is run."""
    text = path.read_bytes()
    digest = hashlib.sha256(text).hexdigest()
    module = ModuleType(f"nlc_own_{digest[:16]}")
    module.__file__ = str(path)
    sys.modules[module.__name__] = module  # where pydantic looks up what annotations mean
    try:
        exec(compile(text, str(path), "exec"), module.__dict__)
    except Exception as error:
        raise PartError(_broken(path, error)) from error
    return _parts(module, str(path), path, digest)


def installed() -> list[Own]:
    """The parts of every installed distribution that offers some: each entry point is a module."""
    return [own for entry in entry_points(group=GROUP) for own in _of_entry(entry)]


def _of_entry(entry: EntryPoint) -> list[Own]:
    owner = entry.dist.name if entry.dist else entry.name
    try:
        module: ModuleType = entry.load()
        path = Path(str(module.__file__))
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
    except Exception as error:
        way = f"mend it, or take the distribution out (pip uninstall {owner})"
        raise PartError(
            f"`{entry.value}` of the installed distribution {owner} cannot be loaded: {error}; {way}"
        ) from error
    return _parts(module, owner, path, digest)


def _parts(module: ModuleType, owner: str, path: Path, digest: str) -> list[Own]:
    found = [
        value
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, Part) and value.__module__ == module.__name__
    ]
    if not found:
        bases = ", ".join(base.__name__ for base in BASES)
        raise PartError(f"{owner}: no part in it; a part is a class that derives from one of {bases}")
    for part in found:
        if wrong := _wrong(part):
            raise PartError(f"{owner}: class {part.__name__}: {wrong}")
    return [Own(part, owner, str(path.resolve()), digest) for part in found]


def _wrong(part: type[Part]) -> str:
    """What the part lacks; empty when it is whole."""
    if not issubclass(part, BASES):
        return (
            "an op of one's own is a `Pointwise` with `means`; what has parameters or looks along a vector "
            "is a block, written in the language"
        )
    name = getattr(part, "name", None)
    if not isinstance(name, str):
        return 'it has no name; write `name = "…"`'
    if why := why_no_name(name):
        return f"`{name}` cannot be a name: {why}"
    if not (part.__dict__.get("__doc__") or "").strip():
        return "it has no docstring; say what it does, and where it comes from"
    if part.means:
        return ""
    if issubclass(part, Objective):
        loss = 'it has no loss; write `loss = "…"` in `p` and `v`, or `means = "…"`'
        return "" if part.gives_loss() else loss
    example = "x * tanh(softplus(x))" if issubclass(part, Pointwise) else f"a {part.kind} that is there"
    return f'it does not say what it means; write `means = "…"`: {example}'


def _broken(path: Path, error: Exception) -> str:
    """What went wrong while the file was run, and in which line of it."""
    if isinstance(error, SyntaxError):
        return f"{path}:{error.lineno}: {error.msg}"
    lines = [
        frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)
    ]
    words = " ".join(str(error).split()) or type(error).__name__
    return f"{path}:{lines[-1] if lines else 1}: {type(error).__name__}: {words[:300]}"
