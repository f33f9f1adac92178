"""`docs/commands.md` lists every command with its options, as the program has them.

`--update-golden` writes the lists anew; what stands above them is written by hand.
"""

from pathlib import Path

import pytest
import typer

from nlc.cli.main import app

PAGE = Path(__file__).parents[2] / "docs" / "commands.md"
MARK = "<!-- below: made by `pytest tests/cli/test_page.py --update-golden` -->\n"
SHARED = ("--set", "--root", "--budget", "--parts", "--json", "--help")
"""Options that are the same wherever they are: told once, by the first command that has them."""

CONTEXT = typer.main.get_command(app).make_context("nlc", ["check"], resilient_parsing=True)


def lists() -> str:
    commands = typer.main.get_command(app).commands
    lines = ["", "| command | what it does |", "|---|---|"]
    lines += [f"| [`{usage(command)}`](#nlc-{name}) | {command.help} |" for name, command in commands.items()]
    shared = {}
    for command in commands.values():
        shared |= {p.opts[0]: p for p in options(command) if p.opts[0] in SHARED and p.opts[0] not in shared}
    lines += ["", "## Options of many commands", "", *table(shared.values())]
    for name, command in commands.items():
        lines += ["", f"## nlc {name}", "", f"`{usage(command)}`", ""]
        lines += [f"{one_line(command.help)}", ""]
        arguments = [p for p in command.params if p.param_type_name == "argument" and p.help]
        lines += [f"* `{label(p)}`: {p.help}" for p in arguments]
        own = [p for p in options(command) if p.opts[0] not in SHARED]
        also = [f"`{p.opts[0]}`" for p in options(command) if p.opts[0] in SHARED]
        lines += ["", *table(own)] if own else []
        lines += ["", f"And {', '.join(also)}."]
    return "\n".join(lines) + "\n"


def options(command):
    return [p for p in command.params if p.param_type_name == "option"]


def usage(command) -> str:
    arguments = [p for p in command.params if p.param_type_name == "argument"]
    words = [label(p) if p.required else f"[{label(p)}]" for p in arguments]
    return " ".join(["nlc", command.name, *words])


def label(parameter) -> str:
    return (parameter.metavar or parameter.name.upper()).strip("{}[]")


def table(parameters) -> list[str]:
    return ["| option | what it does |", "|---|---|", *(row(p) for p in parameters)]


def row(parameter) -> str:
    names, words = parameter.get_help_record(CONTEXT)
    return f"| `{one_line(names)}` | {one_line(words)} |"


def one_line(text) -> str:
    return " ".join((text or "").split()).replace("|", "\\|")


def test_the_page_of_commands_is_true(update_golden):
    head, mark, found = PAGE.read_text(encoding="utf-8").partition(MARK)
    assert mark
    if update_golden:
        PAGE.write_text(head + mark + lists(), encoding="utf-8")
    else:
        assert found == lists(), "if this is meant: pytest --update-golden"


@pytest.mark.parametrize("name", typer.main.get_command(app).commands)
def test_every_option_says_what_it_does(name):
    command = typer.main.get_command(app).commands[name]
    assert all(
        (p.help and p.help.endswith((".", ")", "…"))) or p.opts[0] == "--help" for p in options(command)
    )
