"""How far the kernels are from the recurrence, by precision and by how alike the keys are.

`make precision` writes the table into docs/kernels.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import page
import torch
from served import Served, gap, served, worst
from torch import Tensor
from torch.overrides import TorchFunctionMode

SPEC = """nl 1
dim d = 64, heads = 2
block f(x: [T d]) {
  memory m(x) {
    structure: matrix(heads=heads)
    keys:      linear(x) |> l2norm
    values:    linear(x)
    queries:   linear(x) |> l2norm
    objective: l2
    optimizer: sgd(lr=linear(x, heads) |> sigmoid)
    retention: keep(linear(x, heads, bias=4.0) |> sigmoid, first=true)
    update:    every token
  }
  return m(x)
}
"""
TOKENS, HEADS, SIZE = 150, 2, 32
CORRELATIONS = (0.0, 0.5, 0.9)
PRECISIONS = ("fp32", "tf32", "bf16")
BOUNDS = {"fp32": 1e-5, "tf32": 2e-3, "bf16": 2e-2}
MOST = 1e-1
"""At a cosine of 0.9 rounded products may be off twice as far as torch's that are rounded alike, to this."""


@dataclass(frozen=True)
class Errors:
    """Of outputs and of gradients, relative: the kernels', and those of torch's chunks, rounded alike."""

    output: float
    gradient: float
    torch_output: float
    torch_gradient: float


def layer() -> Served:
    return served(SPEC)


def streams(correlation: float) -> list[Tensor]:
    """queries, keys, values, rate, keep in float64; two keys have this cosine in the mean."""
    draw = torch.Generator().manual_seed(7)

    def normal(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=draw, dtype=torch.float64)

    shared = normal(1, 1, HEADS, SIZE)
    keys = correlation**0.5 * shared + (1 - correlation) ** 0.5 * normal(1, TOKENS, HEADS, SIZE)
    keys = torch.nn.functional.normalize(keys, dim=-1)
    queries = torch.nn.functional.normalize(normal(1, TOKENS, HEADS, SIZE), dim=-1)
    rate = 0.5 + 0.5 * torch.rand(1, TOKENS, HEADS, generator=draw, dtype=torch.float64)
    keep = 1 - 0.05 * torch.rand(1, TOKENS, HEADS, generator=draw, dtype=torch.float64)
    return [queries, keys, normal(1, TOKENS, HEADS, SIZE), rate, keep]


def recurrence(queries: Tensor, keys: Tensor, values: Tensor, rate: Tensor, keep: Tensor) -> Tensor:
    """W ← a W − η (a W k − v) kᵀ, then W q: token by token."""
    state = torch.zeros(1, HEADS, SIZE, SIZE, dtype=keys.dtype)
    out = []
    for q, k, v, r, a in zip(*(x.unbind(1) for x in (queries, keys, values, rate, keep)), strict=True):
        state = a[..., None, None] * state
        error = (state @ k[..., None])[..., 0] - v
        state = state - (r[..., None] * error)[..., None] * k[..., None, :]
        out.append((state @ q[..., None])[..., 0])
    return torch.stack(out, dim=1)


def measure(found: Served, precision: str, correlation: float) -> Errors:
    """Both against the recurrence in float64, at the same rounded inputs."""
    dtype = torch.bfloat16 if precision == "bf16" else torch.float32
    *given, rate, keep = streams(correlation)
    inputs = [*(x.to(dtype) for x in given), rate.float(), keep.float()]
    wanted = _run(recurrence, [x.double() for x in inputs])
    memory = found.module().m
    state = memory.start(1)
    clock = found.file("clock").Clock(0, TOKENS)
    kernels = found.file("kernels_f_m").apply

    def served(q: Tensor, k: Tensor, v: Tensor, r: Tensor, a: Tensor) -> Tensor:
        return kernels(memory, state, clock, k, v, q, r, a)[0]

    def chunks(q: Tensor, k: Tensor, v: Tensor, r: Tensor, a: Tensor) -> Tensor:
        return memory.apply(state, clock, k.float(), v.float(), q.float(), r, a)[0]

    with found.launched(tf32=precision == "tf32"):
        ours = _run(served, inputs)
    with Rounded(precision):
        theirs = _run(chunks, inputs)
    return Errors(
        gap(ours[0], wanted[0]),
        worst(ours[1:], wanted[1:]),
        gap(theirs[0], wanted[0]),
        worst(theirs[1:], wanted[1:]),
    )


def _run(function: Any, inputs: list[Tensor]) -> list[Tensor]:
    """What it gives, and gradients by its inputs of a number made of that."""
    leaves = [x.clone().requires_grad_() for x in inputs]
    out = function(*leaves)
    weigh = torch.randn(out.shape, generator=torch.Generator().manual_seed(3), dtype=torch.float64)
    (out * weigh.to(out.dtype)).sum().backward()
    return [out.detach(), *(leaf.grad for leaf in leaves if leaf.grad is not None)]


class Rounded(TorchFunctionMode):
    """Torch's matrix products with their operands rounded, forward and backward."""

    def __init__(self, precision: str) -> None:
        super().__init__()
        self.precision = precision

    def __torch_function__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if (
            function in (torch.matmul, torch.Tensor.matmul, torch.Tensor.__matmul__)
            and self.precision != "fp32"
        ):
            return _Product.apply(self.precision, *args)
        return function(*args, **(kwargs or {}))


class _Product(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, precision: str, a: Tensor, b: Tensor) -> Tensor:
        ctx.precision = precision
        ctx.save_for_backward(a, b)
        return rounded(a, precision) @ rounded(b, precision)

    @staticmethod
    def backward(ctx: Any, d: Tensor) -> tuple[None, Tensor, Tensor]:
        a, b = ctx.saved_tensors
        d = rounded(d, ctx.precision)
        left = d @ rounded(b, ctx.precision).mT
        right = rounded(a, ctx.precision).mT @ d
        return None, left.sum_to_size(a.shape), right.sum_to_size(b.shape)


def rounded(x: Tensor, precision: str) -> Tensor:
    """To the nearest number with as many bits as bfloat16 or tf32 has; the dtype stays."""
    if precision == "bf16":
        return x.bfloat16().to(x.dtype)
    bits = x.float().contiguous().view(torch.int32)
    return ((bits + 0xFFF + ((bits >> 13) & 1)) & ~0x1FFF).view(torch.float32).to(x.dtype)


HEAD = (
    "precision",
    "cosine of keys",
    "output",
    "gradient",
    "torch, rounded alike: output",
    "gradient",
)


def table() -> str:
    """Every precision and correlation, as Markdown."""
    found = layer()
    rows: list[tuple[str, ...]] = []
    for precision in PRECISIONS:
        for correlation in CORRELATIONS:
            e = measure(found, precision, correlation)
            numbers = (e.output, e.gradient, e.torch_output, e.torch_gradient)
            rows.append((precision, str(correlation), *(f"{n:.1e}" for n in numbers)))
    return page.table(HEAD, rows, words=[0])


def main() -> None:
    """Print the table, and write it into docs/kernels.md."""
    found = table()
    print(found, end="")
    page.put("precision", found)


if __name__ == "__main__":
    main()
