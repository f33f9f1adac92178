"""`nlc kernels`: what the Triton kernels of a spec take of a GPU, which need not be here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from nlc.cli import options

if TYPE_CHECKING:
    from nlc.lower.records import Key, Record

Dtype = Literal["bfloat16", "float16", "float32"]
COLUMNS = (
    "",
    "kernel",
    "warps",
    "registers",
    "stack",
    "spills",
    "shared",
    "mma",
    "loads",
    "stores",
    "bytes a token",
)


def kernels(
    spec: options.Spec,
    target: Annotated[
        str, typer.Option("--target", metavar="GPU", help="sm_80, sm_90, sm_100, gfx942 and others.")
    ] = "sm_90",
    dtype: Annotated[Dtype, typer.Option("--dtype", help="What keys and values come as.")] = "bfloat16",
    tune: Annotated[
        bool, typer.Option("--tune", help="First choose how they are launched, and keep that for this GPU.")
    ] = False,
    settings: options.Set = None,
    root: options.Root = None,
    budget: options.Budgets = None,
    parts: options.Parts = None,
    as_json: options.Json = False,
) -> None:
    """Compile the kernels of a spec for a GPU, and say what they take of it and what they move."""
    with options.told(as_json):
        made = options.stages(spec, settings, root, budget, backend="triton")
        options.warn(made.system.report)
        _ = made.files
    if tune:
        from nlc.run.kernels.remember import tune as choose

        for place in choose(made, target, dtype, lambda key, record: options.say(line(key, record))):
            options.say(f"kept in {place}")
        made = options.stages(spec, settings, root, budget, backend="triton")
    from nlc.run.kernels.report import report

    found = report(made, target, dtype)
    if as_json:
        options.print_json(found)
    else:
        options.put(text(found), None)
    rows = (*found["memories"], *found["chains"])
    if any(kernel["problem"] for row in rows for kernel in row["kernels"]):
        raise typer.Exit(1)


def line(key: Key, record: Record) -> str:
    """What was chosen for a shape: the stack that its kernels take."""
    stack = ", ".join(f"{name} {launch.stack}" for name, launch in record.kernels.items())
    return f"{key.shape} {key.variant}, {key.target}: {record.tokens} tokens a chunk, bytes of stack: {stack}"


def text(found: Mapping[str, Any]) -> str:
    """A paragraph a memory: a line about it, then a line a kernel."""
    lines = [f"{found['target']}, {found['dtype']}: of one layer and one sequence, all heads"]
    for memory in found["memories"]:
        times = f" ×{memory['count']}" if memory["count"] > 1 else ""
        lines += ["", f"{memory['name']}{times}  {memory['family']}: {memory['why']}"]
        if memory["kernels"]:
            lines += _memory(memory)
    for block in found["chains"]:
        times = f" ×{block['count']}" if block["count"] > 1 else ""
        lines += ["", f"{block['name']}{times}  lines that are one launch each"]
        lines += [f"  {chain['name']} = {chain['computes']}" for chain in block["chains"]]
        lines += _memory(block)
    return "\n".join(lines)


def _memory(memory: Mapping[str, Any]) -> list[str]:
    table = [COLUMNS, *(_cells(kernel) for kernel in memory["kernels"])]
    widths = [max(len(row[n]) for row in table) for n in range(len(COLUMNS))]
    lines = ["  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)) for row in table]
    counted: Mapping[str, float] = memory["bytes_per_token"] or {}
    moved = {phase: f", {each:,} bytes a token" for phase, each in counted.items()}
    totals = [
        f"{phase}: {count} launches{moved.get(phase, '')}" for phase, count in memory["launches"].items()
    ]
    problems = [f"{kernel['name']}: {kernel['problem']}" for kernel in memory["kernels"] if kernel["problem"]]
    return [f"  {line.rstrip()}" for line in [*lines, *totals, *problems]]


def _cells(kernel: Mapping[str, Any]) -> tuple[str, ...]:
    times = f" ×{kernel['launches']}" if kernel["launches"] != 1 else ""
    head = kernel["phase"], f"{kernel['name']}{times}", str(kernel["schedule"]["num_warps"])
    bytes_each = kernel["bytes_per_token"]
    moved = "–" if bytes_each is None else f"{bytes_each:,}"
    if "registers" not in kernel:
        return (*head, *("–" for _ in range(7)), moved)
    return (
        *head,
        str(kernel["registers"]),
        str(kernel["stack_bytes"]),
        str(kernel["spills"]),
        f"{kernel['shared_bytes'] / 1024:.4g} of {kernel['shared_limit'] / 1024:.4g} KiB",
        _products(kernel),
        _accesses(kernel["loads"]),
        _accesses(kernel["stores"]),
        moved,
    )


def _products(kernel: Mapping[str, Any]) -> str:
    """How many matrix products, and how many of them by a warp group or in tensor memory."""
    kinds = [f"{kernel[name]} {name}" for name in ("wgmma", "tcgen05") if kernel[name]]
    return f"{kernel['mma']}{f' ({kinds[0]})' if kinds else ''}"


def _accesses(widths: Mapping[str, int]) -> str:
    """`4 of 16, 1 of 4`: instructions, and bytes that each thread moves by one."""
    order = sorted(widths.items(), key=lambda item: -int(item[0]) if item[0].isdigit() else -1000)
    return (
        ", ".join(f"{count} of {width}" if width != "tma" else f"{count} tma" for width, count in order)
        or "–"
    )
