"""What people call parts and arguments elsewhere, and what they are called here."""

from __future__ import annotations

from collections.abc import Iterable

from nlc.spec.expr import Call, Expr

PARTS = {
    "linear": "matrix",
    "attention": "cache",
    "mse": "l2",
    "adam": "adamw",
    "cross_entropy": "next_token",
    "decay": "keep",
    "forget": "keep",
    "zero": "zeros",
}
OPS = {"swish": "silu"}
"""One and the same function by another name."""
STD = {"attn": "attention", "self_attention": "attention", "mha": "attention", "swi_glu": "swiglu"}
"""Blocks of std by names that say about the same."""
ARGUMENTS = {
    "learning_rate": "lr",
    "rate": "lr",
    "weight_decay": "decay",
    "momentum": "beta",
    "b1": "beta1",
    "b2": "beta2",
    "epsilon": "eps",
    "n_heads": "heads",
    "num_heads": "heads",
    "layers": "depth",
    "hidden": "expansion",
    "window_size": "window",
    "alpha": "fraction",
}


def argument(name: str, known: Iterable[str]) -> str | None:
    """What an argument is called here, if the part has it."""
    meant = ARGUMENTS.get(name)
    return meant if meant in set(known) else None


def translated(name: str, expr: Expr, known: Iterable[str]) -> str | None:
    """The same call in words of the language; None where an argument has no counterpart."""
    if not isinstance(expr, Call):
        return name
    known = set(known)
    out = [arg.span.text for arg in expr.args]
    for given, value in expr.named:
        own = given if given in known else argument(given, known)
        if own is None:
            return None
        out.append(f"{own}={value.span.text}")
    return f"{name}({', '.join(out)})"
