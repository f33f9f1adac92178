"""Names alone: what an expression mentions, for expressions whose shapes cannot be known."""

from __future__ import annotations

from collections.abc import Collection

from nlc.check.problem import unknown
from nlc.report import Report
from nlc.spec.expr import Call, Expr, Name, Pipe, walk


def check_names(
    expr: Expr,
    names: Collection[str],
    functions: Collection[str],
    report: Report,
    own: Collection[str] = (),
) -> None:
    """Every name in it is one of the names or of its `own`, every function one of the functions."""
    called: set[int] = set()
    for node in walk(expr):
        if isinstance(node, Call):
            called.add(id(node.function))
        elif isinstance(node, Pipe):
            called.add(id(node.stage))
    for node in walk(expr):
        if not isinstance(node, Name):
            continue
        if id(node) in called:
            if node.text not in functions and node.text not in names and node.text not in own:
                unknown(report, "E0404", "op, block or memory", node.text, functions, node.span)
        elif node.text not in names and node.text not in own:
            unknown(report, "E0404", "name", node.text, (*names, *own), node.span)
