"""`chains.py`, and a file of Triton kernels for each block that has chains."""

from __future__ import annotations

from typing import Any

from nlc.emit.chain import filled, kind
from nlc.emit.facts import Package
from nlc.emit.kernels import broken
from nlc.emit.statements import stater
from nlc.emit.table import table
from nlc.emit.templates import render_triton
from nlc.ir.plan import BlockPlan
from nlc.lower.chain import Chain


def chain_module(block: BlockPlan) -> str:
    """The name of the file, without `.py`."""
    return f"chains_{block.name}"


def chain_files(package: Package) -> dict[str, str]:
    """File name to text."""
    files = {
        f"{chain_module(block)}.py": _text(package, block, found)
        for block in package.plan.blocks
        if (found := package.chains.get(block.name, ()))
    }
    shared = {f"{name}.py": render_triton(f"{name}.py.j2") for name in ("chains", "device")}
    return {**shared, **files} if files else {}


def _text(package: Package, block: BlockPlan, found: tuple[Chain, ...]) -> str:
    kinds: dict[object, dict[str, Any]] = {}
    chains: list[dict[str, Any]] = []
    for chain in found:
        made = filled(chain)
        chains.append(made | {"kind": kinds.setdefault(kind(chain), made)["name"]})
    text = render_triton(
        "chain_file.py.j2",
        class_name=block.class_name,
        head=package.head,
        legend=_legend(found),
        carries=any(chain.conv for chain in found),
        kinds=list(kinds.values()),
        chains=chains,
        statements=stater(table("triton")),
    )
    return broken(text)


def _legend(found: tuple[Chain, ...]) -> list[tuple[str, str]]:
    """Names of tiles, and what they are: those that these chains have."""
    streams = max((chain.names for chain in found), key=len)
    plain = max((len([w for w in chain.weights if w.spread != "taps"]) for chain in found), default=0)
    lags = max(chain.lags for chain in found)
    lines = [(", ".join(streams), "what comes in")]
    if lags:
        lines += [("x1, x2, …" if lags > 2 else "x1", "x of the tokens before")]
        lines += [("w0, w1, …", "the convolution's weights, (1, COLUMNS), by how many tokens ago")]
        lines += [("c", "what the convolution gives")]
    if any(chain.norm for chain in found):
        lines += [("f, s, r", "what is normed, the factor (ROWS, 1), and what comes of it")]
    if plain:
        lines += [("p1, …" if plain > 1 else "p1", "other weights, (1, COLUMNS)")]
    return [*lines, ("do, dx, …", "gradients; o is what comes out")]
