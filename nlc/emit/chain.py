"""What the template of a chain's kernels is filled with: pointers, expressions, and sizes of a program."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from nlc.emit.table import literal
from nlc.lower.chain import CONV, RESULT, Chain, Weight, back
from nlc.spec.expr import Expr, Name, walk
from nlc.write.expr import print_expr

RUN, RUN_ALONE = 16, 4
"""Tokens of a run. With a convolution each run reads the tokens before it once more, which is less where runs
are longer; without one they only sum up gradients by weights."""
TILE, MOST_ROWS, A_WARP = 512, 32, 256
"""Numbers of a tile with few columns, its rows, and the numbers that a warp holds of it."""
WIDEST = 128
"""Columns of a tile where nothing is summed along them."""
NORMS = {
    "length": "{f} / (√(Σ {f}²) + {eps})",
    "length inside": "{f} / √(Σ {f}² + {eps})",
    "square": "{f} / √(mean {f}² + {eps})",
    "deviation": "({f} - mean {f}) / √(var {f} + {eps})",
}


def kind(chain: Chain) -> object:
    """What two chains have in common whose kernels are the same."""
    made = filled(chain)
    weights = tuple((weight["spread"], weight["place"]) for weight in made["weights"])
    normed = chain.norm and (chain.norm.kind, chain.norm.eps)
    return chain.names, weights, chain.lags, normed, chain.before, chain.after, made["ragged"]


def filled(chain: Chain) -> dict[str, Any]:
    """Of one chain. `reached`: the gradient at what its norm gives; `as_it_is`: what is normed, if a name."""
    names, lags, found = chain.names, chain.lags, back(chain)
    weights = [_weight(chain, weight) for weight in chain.weights]
    streams = [f"{name}s" for name in names]
    pasts = ["past"] if lags else []
    pointers = [*streams, *pasts, *(weight["pointer"] for weight in weights)]
    used = _used(chain, found.values())
    always = ["xs", "past", "weight"] if lags else []  # a convolution's own gradients are made of them
    tiles = {f"{name}s" for name in (*names, *(weight.name for weight in chain.weights)) if name in used}
    read = [pointer for pointer in pointers if pointer in tiles or pointer in always]
    return {
        "name": chain.name,
        "constant": f"{chain.name}_kernels",
        "lags": lags,
        "names": names,
        "others": names[1:] if lags else names,
        "weights": weights,
        "plain": [weight for weight in weights if weight["spread"] != "taps"],
        "convolved": " + ".join(f"w{lag} * x{lag}" for lag in range(lags + 1)).replace("x0", "x"),
        "reversed": " + ".join(f"w{lag} * dc{lags - lag}" for lag in range(lags + 1)).replace("dc0", "dc"),
        "older": {name: _older(name, lags) for name in ("x", "dc")},
        "pointers": pointers,
        "read": read,
        "again": [pointers.index(pointer) for pointer in read],
        "convolves": CONV in used,
        "gradients": [f"d_{name}" for name in pointers],
        "norm": chain.norm,
        "eps": literal(chain.norm.eps) if chain.norm else "",
        "before": chain.before,
        "as_it_is": chain.before.text if isinstance(chain.before, Name) else "",
        "after": chain.after,
        "back": found,
        "reached": "do" if found.get(RESULT) == Name("do") else "dr",
        "equation": equation(chain),
        "said": print_expr(chain.said),
        "arguments": [*names, *(["past", "clock"] if lags else [])],
        "given": [*names, *(['past["past"]'] if lags else []), *(_place(weight) for weight in chain.weights)],
        "seen": f".unflatten(-1, ({chain.shape[0]}, -1))" if len(chain.shape) == 2 else "",
        **_sizes(chain),
    }


def _used(chain: Chain, gradients: Iterable[Expr]) -> set[str]:
    """Names that the way back needs."""
    made = [*gradients, *([chain.before] if chain.before is not None else [])]
    return {inner.text for expr in made for inner in walk(expr) if isinstance(inner, Name)}


def _sizes(chain: Chain) -> dict[str, Any]:
    """Of a program's tiles: as few numbers for each thread, whatever is normed."""
    part = chain.norm.size if chain.norm else min(WIDEST, _power(chain.numbers))
    columns = _power(part)
    ragged = "n < N" if columns > part else "channel < D" if chain.numbers % part else ""
    room = TILE // 2 if chain.lags > 3 else TILE
    rows = max(1, min(MOST_ROWS, room // columns))
    warps = min(16, max(1, rows * columns // A_WARP))
    run = RUN if chain.lags else RUN_ALONE
    return {
        "numbers": chain.numbers,
        "part": part,
        "columns": columns,
        "ragged": ragged,
        "rows": rows,
        "run": run,
        "warps": warps,
    }


def _weight(chain: Chain, weight: Weight) -> dict[str, str]:
    """Its pointer, and where the numbers of a program's channels are."""
    places = {"head": f"channel // {chain.numbers // max(weight.size, 1)}", "within": "n"}
    place = places.get(weight.spread, "channel")
    pointer = "weight" if weight.spread == "taps" else f"{weight.name}s"
    return {"name": weight.name, "spread": weight.spread, "pointer": pointer, "place": place}


def _older(name: str, lags: int) -> str:
    """A token later, each is as old as the next."""
    names = [name, *(f"{name}{lag}" for lag in range(1, lags + 1))]
    return f"{', '.join(names[:0:-1])} = {', '.join(names[-2::-1])}"


def _place(weight: Weight) -> str:
    return f"block.{weight.owner}.{weight.leaf}"


def equation(chain: Chain) -> str:
    """What a chain computes, the last first."""
    lines = [f"o = {print_expr(chain.after)}"]
    if chain.norm is not None and chain.before is not None:
        f = print_expr(chain.before) if isinstance(chain.before, Name) else "f"
        lines.append(f"r = {NORMS[chain.norm.kind].format(f=f, eps=literal(chain.norm.eps))}")
        lines += [] if f != "f" else [f"f = {print_expr(chain.before)}"]
    if chain.lags:
        lines.append(f"c = w0 x + … + w{chain.lags} x{chain.lags}")
    return ", ".join(lines) + "."


def _power(size: int) -> int:
    """The least power of two that is not less."""
    return 1 << (size - 1).bit_length()
