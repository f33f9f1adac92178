"""`nlc doctor`: what is installed here, and which backends run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import typer

from nlc.cli import options


def doctor(as_json: options.Json = False) -> None:
    """Say what is installed, which backends run here and why others do not."""
    from nlc.run.doctor import examine

    found = examine()
    if as_json:
        options.print_json(found)
    else:
        options.put(text(found), None)
    if not any(why is None for why in found["backends"].values()):
        raise typer.Exit(1)


def text(found: Mapping[str, Any]) -> str:
    """A line a fact."""
    torch, compiler, cache = found["torch"], found["compiler"], found["cache"]
    if torch["version"] is None:
        about = torch["error"]
    else:
        threads = f"{torch['threads']} thread{'s' * (torch['threads'] != 1)}"
        about = f"{torch['version']}  {threads}, {'CUDA ' + torch['cuda'] if torch['cuda'] else 'no CUDA'}"
    rows = [
        ("python", found["python"]),
        ("nlc", found["nlc"]),
        ("torch", about),
        ("numpy", found["numpy"] or "not installed"),
        ("triton", found["triton"] or "not installed"),
        ("compiler", f"{compiler['path']}  {compiler['version']}" if compiler else "no C++ compiler found"),
        ("gpu", ", ".join(found["gpus"]) or "none"),
        *((f"backend {name}", why or "runs") for name, why in found["backends"].items()),
        ("cache", f"{cache['folder'] or cache['error']}  {_held(cache)}"),
    ]
    width = max(len(name) for name, _ in rows)
    return "\n".join(f"{name:<{width}}  {value}" for name, value in rows)


def _held(cache: Mapping[str, Any]) -> str:
    entries = f"{cache['entries']} package{'s' * (cache['entries'] != 1)}"
    room = "writable" if cache["writable"] else "not writable: packages are built in a temporary folder"
    return f"{entries}, {cache['bytes'] / 2**20:.1f} MiB, {room}"
