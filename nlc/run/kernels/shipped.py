"""`make tuned`: the records that nlc brings, of memories as the examples have them, written anew.

`python -m nlc.run.kernels.shipped dual --target sm_90` is for that template and GPU; what is known of others
is kept.
"""

from __future__ import annotations

import argparse
import sys
from importlib.metadata import version
from itertools import product
from pathlib import Path

import nlc
from nlc.emit import emit
from nlc.lower import lower
from nlc.lower.records import Key, Record, shipped, text
from nlc.run.kernels.exercise import DTYPES
from nlc.run.kernels.tune import tuned
from nlc.run.load import build

SPEC = """nl 1
block f(x: [T {size}]) {{
  memory m(x) {{
    structure: {structure}
    keys:      linear(x) |> l2norm
    values:    linear(x)
    queries:   linear(x) |> l2norm
    objective: {objective}
    optimizer: {optimizer}
    retention: {retention}
    update:    every token
    {more}
  }}
  return m(x)
}}
"""
RATE = "linear(x, 1) |> sigmoid"
TARGETS = ("sm_80", "sm_90", "sm_100", "gfx942")
FOLDER = Path(__file__).parents[3] / "backends" / "triton" / "tuned"


CHANNELS = "linear(x, {key}) |> sigmoid, axis=keys"


def scan(gates: str) -> list[str]:
    """Linear memories that forget so."""
    shapes = ((64, 64), (128, 128), (32, 64), (32, 32))
    return [
        SPEC.format(
            size=key,
            structure=f"matrix(heads=1, value={value})",
            objective=objective,
            optimizer=f"sgd(lr={RATE})",
            retention=f"keep({gates.format(key=key)})",
            more="",
        )
        for (key, value), objective in product(shapes, ("l2", "dot"))
    ]


def erase() -> list[str]:
    """Linear memories that erase at keys of their own, as RWKV-7 does."""
    return [
        SPEC.format(
            size=size,
            structure="matrix(heads=1)",
            objective="dot",
            optimizer="dgd(lr=1, erase_keys=linear(x), erase_rate=linear(x) |> sigmoid, erase_axis=keys)",
            retention=f"keep({CHANNELS.format(key=size)})",
            more="",
        )
        for size in (64, 32)
    ]


def momentum() -> list[str]:
    """Linear memories with momentum and exact gradients, as Titans would have them at every token."""
    return [
        SPEC.format(
            size=size,
            structure="matrix(heads=1)",
            objective=objective,
            optimizer=f"momentum(lr={RATE}, beta={RATE})",
            retention=f"keep({RATE})",
            more="",
        )
        for size, objective in product((64, 32), ("l2", "dot"))
    ]


def thin() -> list[str]:
    """Memories of a number a head, under keys that all heads share, as Mamba and Longhorn have them."""
    return [
        SPEC.format(
            size=size,
            structure=f"matrix(heads={size}, key_heads=1, key={size}, value=1)",
            objective="dot",
            optimizer=f"sgd(lr=linear(x, {size}) |> sigmoid)",
            retention=f"keep({CHANNELS.format(key=size * size)})",
            more="",
        )
        for size in (16, 32, 64)
    ]


def dual() -> list[str]:
    """Memories with anchors, as Titans, TTT and Yaad have them: networks of two layers, and of one."""
    momentum, sgd = f"momentum(lr={RATE}, beta={RATE})", f"sgd(lr={RATE})"
    kinds = (
        (momentum, "init", "residual=true", (1, 2)),
        (sgd, "anchor", "bias=true, residual=true, norm=learned", (1, 4)),
        (sgd, "init", "residual=true, norm=true", (1, 4)),
    )
    texts: list[str] = []
    for size, (optimizer, home, structure, widths) in product((32, 64), kinds):
        layers = [f"mlp(expansion={width}, {structure})" for width in widths]
        layers.append(f"mlp(depth=1, {structure})" if "norm" in structure else "matrix()")
        texts += [
            SPEC.format(
                size=size,
                structure=layer,
                objective="l2",
                optimizer=optimizer,
                retention=f"keep(linear(x, 1, bias=4.0) |> sigmoid, to={home})",
                more="anchor:    every 16 tokens\n    init:      learned",
            )
            for layer in layers
        ]
    return texts


def states() -> list[str]:
    """Memories of which a map is seen, or whose steps are mapped, as Moneta, Memora and Atlas have them."""
    gate = "linear(x, 1, bias=4.0) |> sigmoid, to=init"
    miras, sgd = "mlp(expansion=4, residual=true, norm=true)", f"sgd(lr={RATE})"
    window, muon = f"window(l2, 4, weights={RATE})", f"muon(lr={RATE}, beta={RATE})"
    kinds = (
        (miras, "lp(p=3)", sgd, f"norm({gate}, q=4)"),
        (miras, "l2", sgd, f"simplex({gate})"),
        ("mlp(expansion=2, residual=true)", window, muon, f"keep({gate})"),
    )
    return [
        SPEC.format(
            size=size,
            structure=structure,
            objective=objective,
            optimizer=optimizer,
            retention=retention,
            more="anchor:    every 16 tokens\n    init:      learned",
        )
        for size, (structure, objective, optimizer, retention) in product((32, 64), kinds)
    ]


PERIOD = """nl 1
block f(x: [T {size}]) {{
  memory m(x) {{
    structure: mlp(expansion=2, residual=true)
    keys:      linear(x) |> l2norm
    values:    self.read(linear(x) |> l2norm)
    objective: l2
    optimizer: dgd(lr={rate})
    retention: keep(linear(x, 1, bias=4.0) |> sigmoid, to=init)
    update:    every {tokens} tokens
    init:      learned
  }}
  y = m.read(linear(x) |> l2norm)
  m.write(x)
  return y
}}
"""


def period() -> list[str]:
    """Memories that read themselves and erase, as Hope's do."""
    return [
        PERIOD.format(size=size, rate=RATE, tokens=tokens) for size, tokens in product((32, 64), (32, 64))
    ]


SPECS = {
    "scan": lambda: scan(RATE),
    "channel": lambda: scan(CHANNELS),
    "erase": erase,
    "momentum": momentum,
    "thin": thin,
    "dual": dual,
    "states": states,
    "period": period,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("templates", nargs="*", help=f"of {', '.join(SPECS)}; all if none is given")
    parser.add_argument("--target", action="append", help="a GPU; repeatable")
    parser.add_argument("--dtype", default="bfloat16", choices=DTYPES, help="what keys and values come as")
    given = parser.parse_args()
    for template in given.templates or SPECS:
        known = shipped(template)
        for spec, target in product(SPECS[template](), given.target or TARGETS):
            plan = lower(nlc.loads(spec).checked, 0)
            package = build(emit(plan, "triton"))
            known |= tuned(package, plan, target, DTYPES[given.dtype], _tell)[template]
            # After each, so that what was found is not lost where this is stopped.
            (FOLDER / f"{template}.toml").write_text(text(known, version("triton")), encoding="utf-8")


def _tell(key: Key, record: Record) -> None:
    stack = ", ".join(f"{name} {launch.stack}" for name, launch in record.kernels.items())
    print(*key, f"{record.tokens} tokens, bytes of stack: {stack}", sep="  ", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
