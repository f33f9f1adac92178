"""The list of commands, and what each kind of failure means to the shell.

0 fine, 1 the spec is wrong (or what it describes broke down), 2 wrong usage, 3 a bug in nlc.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from typing import Annotated, Any, cast

import typer

from nlc.cli import answer
from nlc.cli.check import check
from nlc.cli.compile import compile as compile_
from nlc.cli.convert import convert
from nlc.cli.demo import demo
from nlc.cli.diff import diff
from nlc.cli.doctor import doctor
from nlc.cli.explain import explain
from nlc.cli.fmt import fmt
from nlc.cli.graph import graph
from nlc.cli.import_ import import_
from nlc.cli.init import init
from nlc.cli.kernels import kernels
from nlc.cli.parts import parts
from nlc.cli.plan import plan
from nlc.cli.sample import sample
from nlc.cli.schema import schema
from nlc.cli.show import show
from nlc.cli.sweep import sweep
from nlc.cli.trace import trace
from nlc.cli.train import train
from nlc.failure import Failure

TRACEBACK = "NLC_TRACEBACK"
COMPLETION = "_NLC_COMPLETE"
WRONG_USAGE, BUG, INTERRUPTED = 2, 3, 130

app = typer.Typer(
    name="nlc",
    help="The nested learning compiler: from a graph of associative memories to runnable PyTorch.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain help needs no rich: twice as fast, and the same in a pipe
)
for command in (
    init,
    check,
    fmt,
    convert,
    graph,
    plan,
    compile_,
    kernels,
    show,
    diff,
    parts,
    explain,
    schema,
    train,
    sample,
    trace,
    sweep,
    demo,
    import_,
    doctor,
):
    app.command(name=command.__name__.rstrip("_"))(command)


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
    words = sys.argv[1:] if arguments is None else arguments
    answer.begin("--json" in words)
    try:
        code = obey(words)
    except BrokenPipeError:  # who reads the result wants no more of it
        code = 0
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except BrokenPipeError:
            answer.silence(stream)
    sys.exit(code)


def obey(words: list[str]) -> int:
    """Run one command line; its exit code."""
    try:
        if COMPLETION in os.environ:  # the shell asks for completions
            app(prog_name="nlc")
        with typer.main.get_command(app).make_context("nlc", list(words)) as context:
            context.command.invoke(context)
    except typer.Exit as end:
        return end.exit_code
    except typer.TyperException as wrong:
        return _usage(wrong)
    except KeyboardInterrupt as interrupt:
        answer.fail(INTERRUPTED, str(interrupt) or "interrupted")
        return INTERRUPTED
    except BrokenPipeError:
        raise
    except Exception as error:
        if os.environ.get(TRACEBACK):
            raise
        code, text, facts = verdict(error)
        answer.fail(code, text, facts)
        return code
    return 0


def _usage(wrong: typer.TyperException) -> int:
    wrong.message = plain(wrong.message)
    if answer.current().as_json and wrong.format_message():
        answer.fail(WRONG_USAGE, wrong.format_message())
    else:
        try:
            cast(Any, wrong).show()  # with the command's usage line
        except BrokenPipeError:
            answer.silence(sys.stderr)
    return wrong.exit_code


LIBRARY = (
    (r"Value error, ", ""),
    (r"Input should be greater than or equal to (\S+)", r"it is at least \1"),
    (r"Input should be less than or equal to (\S+)", r"it is at most \1"),
    (r"Input should be greater than (\S+)", r"it is more than \1"),
    (r"Input should be less than (\S+)", r"it is less than \1"),
    (r"Input should be a valid integer.*", "it is a whole number"),
    (r"Input should be a valid number.*", "it is a number"),
)
"""What the library that reads the command line says, and the same in plain words."""


def plain(message: str) -> str:
    """A message about an option, without the library's own phrases."""
    for phrase, words in LIBRARY:
        message = re.sub(phrase, words, message)
    return message


def verdict(error: Exception) -> tuple[int, str, Mapping[str, Any]]:
    """The exit code, the one message that an exception deserves, and what else a program may know."""
    if isinstance(error, OSError):
        return WRONG_USAGE, f"{error.filename or 'output'}: {error.strerror or error}", {}
    if isinstance(error, Failure):
        return error.code, str(error), error.facts
    words = " ".join(str(error).split())
    return (
        BUG,
        f"this is a bug in nlc, not in your spec: {type(error).__name__}: {words[:200]}\n"
        f"set {TRACEBACK}=1 to see where it happened",
        {},
    )
