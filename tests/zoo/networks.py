"""Networks that learn while they read, one token after another: their gradients are written by hand.

A network is its matrices, (batch, heads, out, in) each: one is a matrix memory M(k) = W k, two are
M(k) = k + W₂ s(W₁ k) with s = gelu.
"""

from __future__ import annotations

from math import pi

import torch
from pieces import Weights, apply, heads, outer, silu, unit
from torch import Tensor

Tree = dict[str, object]
Network = list[Tensor]


def gelu(x: Tensor) -> Tensor:
    return x * normal(x)


def gelu_slope(x: Tensor) -> Tensor:
    return normal(x) + x * (-x * x / 2).exp() / (2 * pi) ** 0.5


def normal(x: Tensor) -> Tensor:
    """The distribution function of the normal distribution."""
    return (1 + torch.erf(x / 2**0.5)) / 2


def begun(w: Weights, name: str, batch: int) -> Network:
    """The learned start of a network, for every sequence."""
    names = [f"{name}.init{n}" for n in (1, 2) if f"{name}.init{n}" in w]
    return [w[each].expand(batch, *w[each].shape) for each in names]


def answer(net: Network, k: Tensor) -> Tensor:
    """M(k), keys (batch, heads, size)."""
    return apply(net[0], k) if len(net) == 1 else k + apply(net[1], gelu(apply(net[0], k)))


def errors(net: Network, k: Tensor, v: Tensor, inner: str) -> list[tuple[Tensor, Tensor]]:
    """(∂loss/∂(W x), x) of every layer, for ½‖M(k) − v‖² (`l2`) or −⟨M(k), v⟩ (`dot`)."""
    last = answer(net, k) - v if inner == "l2" else -v
    if len(net) == 1:
        return [(last, k)]
    z = apply(net[0], k)
    return [(apply(net[1].mT, last) * gelu_slope(z), k), (last, gelu(z))]


def column(x: Tensor | float) -> Tensor | float:
    """A number a head beside its matrix."""
    return x[..., None, None] if isinstance(x, Tensor) else x


def written(
    net: Network,
    momentum: Network,
    at: Network,
    start: Network,
    key: Tensor,
    value: Tensor,
    *,
    rate: Tensor,
    keep: Tensor,
    beta: Tensor | float = 0.0,
    target: str = "init",
    inner: str = "l2",
    erase: str = "none",
) -> tuple[Network, Network]:
    """S ← β S − η ∇loss(at), W ← a W + (1 − a) W₀ + S − η W x xᵀ: the network and its momentum after it."""
    new, pushed = [], []
    for n, (error, x) in enumerate(errors(at, key, value, inner)):
        push = column(beta) * momentum[n] - column(rate) * outer(error, x)
        after = column(keep) * net[n] + push
        if target == "init":
            after = after + (1 - column(keep)) * start[n]
        if erase == "layers" or (erase == "last" and n == len(net) - 1):
            x = x if n == 0 else unit(x)
            after = after - column(rate) * outer(apply(net[n], x), x)
        new.append(after)
        pushed.append(push)
    return new, pushed


def shifted(x: Tensor, past: list[Tensor], weight: Tensor) -> tuple[Tensor, list[Tensor]]:
    """A causal convolution at one token: (what comes out, the inputs that the next one sees)."""
    seen = [*past, x]
    out = sum(part * row for part, row in zip(reversed(seen), reversed(weight), strict=False))
    return out, seen[-(len(weight) - 1) :]


def titans_start(w: Weights, name: str, batch: int) -> Tree:
    """A long-term memory before the first token."""
    net = begun(w, name, batch)
    return {
        "net": net,
        "momentum": [torch.zeros_like(part) for part in net],
        "anchor": net,
        "recalled": net,
        **{role: [] for role in ("keys", "values", "queries", "asked")},
    }


def stream(m: Weights, role: str, x: Tensor, past: Tree, slot: str) -> tuple[Tensor, Tree]:
    """linear |> conv |> silu, as Titans makes keys, values and queries."""
    out, seen = shifted(x @ m[f"{role}_linear.weight"].T, past[slot], m[f"{role}_conv.weight"])
    return silu(out), past | {slot: seen}


def recall(m: Weights, x: Tensor, state: Tree, count: int) -> tuple[Tensor, Tree]:
    """What the memory answers as it stood at the segment's start."""
    query, state = stream(m, "queries", x, state, "asked")
    return answer(state["recalled"], unit(heads1(query, count))).flatten(1), state


def heads1(x: Tensor, count: int) -> Tensor:
    """(batch, size) to (batch, heads, size of one)."""
    return heads(x, count)


def titans(
    m: Weights, x: Tensor, state: Tree, t: int, count: int, chunk: int, target: str = "init"
) -> tuple[Tensor, Tree]:
    """Titans' write of a token, then its read; gradients at the state of the chunk's start."""
    if t % chunk == 0:
        state = state | {"anchor": state["net"]}
    key, state = stream(m, "keys", x, state, "keys")
    value, state = stream(m, "values", x, state, "values")
    query, state = stream(m, "queries", x, state, "queries")
    beta = (x @ m["beta_linear.weight"].T).sigmoid()
    net, momentum = written(
        state["net"],
        state["momentum"],
        state["anchor"],
        [m[f"init{n}"] for n in (1, 2) if f"init{n}" in m],
        unit(heads1(key, count)),
        heads1(value, count),
        rate=0.5 / chunk * (1 - beta) * (x @ m["rate_linear.weight"].T).sigmoid(),
        beta=beta,
        keep=(x @ m["keep_linear.weight"].T + m["keep_linear.bias"]).sigmoid(),
        target=target,
    )
    return answer(net, unit(heads1(query, count))).flatten(1), state | {"net": net, "momentum": momentum}


MADE = ("key", "value", "rate", "keep", "query")


def modifying_start(w: Weights, batch: int) -> Tree:
    """The memories of a self-modifying block before the first token, and the past of its convolution."""
    nets = {name: begun(w, f"make_{name}", batch) for name in MADE if f"make_{name}.init1" in w}
    nets["main"] = begun(w, "main", batch)
    return {
        "nets": nets,
        "seen": nets,
        "momenta": {name: [torch.zeros_like(part) for part in net] for name, net in nets.items()},
        "conv": [],
    }


def modifying(w: Weights, u: Tensor, state: Tree, t: int, s: Tree, asks: str) -> tuple[Tensor, Tree]:
    """Eq. 83 to 93 at one token; every memory is seen as it last landed, also where gradients are taken."""
    count = s["heads"]
    period = {name: s["chunk" if name == "main" else "slow"] for name in state["nets"]}
    seen = {name: state["seen" if t % period[name] else "nets"][name] for name in period}
    made = {name: answer(seen[name], heads(u, count)) for name in seen if name != "main"}
    key, value = unit(made["key"]), unit(made["value"])
    rate = s["fast"] * (made["rate"].flatten(1) @ w["rate_linear.weight"].T).sigmoid()
    keep = (made["keep"].flatten(1) @ w["kept_linear.weight"].T + 6.0).sigmoid()
    query = u @ w[asks].T
    if s.get("adaptive"):
        query = made["query"].flatten(1)
    out = answer(seen["main"], unit(heads(query, count)))
    nets, momenta = {}, {}
    for name, net in state["nets"].items():
        wanted = answer(seen[name], unit(value) if name == "main" else value)
        start = "main" if name == "main" else f"make_{name}"
        nets[name], momenta[name] = written(
            net,
            state["momenta"][name],
            seen[name],
            [w[f"{start}.init{n}"] for n in (1, 2)],
            key,
            wanted,
            rate=rate,
            keep=keep,
            beta=s["beta"],
            target=s["target"],
            inner=s["inner"],
            erase=s["erase"],
        )
    return out.flatten(1), state | {"nets": nets, "seen": seen, "momenta": momenta}
