"""The list of commands, and what each kind of failure means to the shell.

0 fine, 1 the spec is wrong (or what it describes broke down), 2 wrong usage, 3 a bug in nlc.
"""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from nlc.cli.check import check
from nlc.cli.compile import compile as compile_
from nlc.cli.demo import demo
from nlc.cli.fmt import fmt
from nlc.cli.graph import graph
from nlc.cli.plan import plan
from nlc.cli.sample import sample
from nlc.cli.show import show
from nlc.cli.train import train

TRACEBACK = "NLC_TRACEBACK"
WRONG_SPEC, WRONG_USAGE, BUG, INTERRUPTED = 1, 2, 3, 130

app = typer.Typer(
    name="nlc",
    help="The nested learning compiler: from a graph of associative memories to runnable PyTorch.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain help needs no rich: twice as fast, and the same in a pipe
)
for command in (check, fmt, graph, plan, compile_, show, train, sample, demo):
    app.command(name=command.__name__)(command)


@app.callback(invoke_without_command=True)
def start(
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    if version:
        from importlib.metadata import version as installed

        print(f"nlc {installed('nlc')}")
        raise typer.Exit


def run(arguments: list[str] | None = None) -> None:
    """The program `nlc`; ends by SystemExit."""
    try:
        app(args=arguments)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        # The reader has seen enough; Python must not complain again when it closes.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except Exception as error:
        if os.environ.get(TRACEBACK):
            raise
        code, text = verdict(error)
        print(text, file=sys.stderr)
        sys.exit(code)


def verdict(error: Exception) -> tuple[int, str]:
    """The exit code and the one message that an exception deserves."""
    if isinstance(error, OSError):
        return WRONG_USAGE, f"error: {error.filename or 'output'}: {error.strerror}"
    # By name: asking for the classes here would import torch for every failure.
    kind = type(error).__name__ if type(error).__module__.startswith("nlc.run.") else ""
    if kind in ("Stopped", "NotFinite"):
        return WRONG_SPEC, f"error: {error}"
    if type(error).__name__ == "PartError":
        return WRONG_USAGE, f"error: {error}"
    if kind in ("NoRun", "NoText", "NoPackage", "NoCheckpoint"):
        return WRONG_USAGE, f"error: {error}"
    words = " ".join(str(error).split())
    return BUG, (
        f"this is a bug in nlc, not in your spec: {type(error).__name__}: {words[:200]}\n"
        f"set {TRACEBACK}=1 to see where it happened"
    )
