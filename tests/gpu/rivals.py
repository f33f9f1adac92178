"""What computes a gated delta rule, or stands beside it: each from streams (batch, T, H, D) to outputs.

Nothing is installed: what is absent says so.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import torch
from torch import Tensor

import nlc
from nlc.run.load import build

SPEC = """nl 1
dim d = {d}, heads = {heads}
block f(x: [T d]) {{
  memory m(x) {{
    structure: matrix(heads=heads)
    keys:      linear(x)
    values:    linear(x)
    queries:   linear(x)
    objective: l2
    optimizer: sgd(lr=linear(x, heads) |> sigmoid)
    retention: keep(linear(x, heads, bias=4.0) |> sigmoid, first=true)
    update:    every token
  }}
  return m(x)
}}
"""
Run = Callable[..., Tensor]


class Absent(Exception):
    """Why somebody does not take part."""


@dataclass(frozen=True)
class Rival:
    """`make(heads, size, device)` is the function to time: (queries, keys, values, rate, keep) to outputs."""

    name: str
    same: bool
    """Whether it computes the same numbers; else it stands there as a measure."""
    make: Callable[[int, int, str], Run]


def _nlc(backend: str, heads: int, size: int, device: str) -> Run:
    package = build(nlc.loads(SPEC.format(d=heads * size, heads=heads)).files(backend))
    memory: Any = package.build().to(device).m
    clock = importlib.import_module(f"{package.module.__name__}.clock").Clock

    def run(queries: Tensor, keys: Tensor, values: Tensor, rate: Tensor, keep: Tensor) -> Tensor:
        batch, length = keys.shape[:2]
        return memory.apply(memory.start(batch), clock(0, length), keys, values, queries, rate, keep)[0]

    return run


def _torch(heads: int, size: int, device: str) -> Run:
    """In float32, as the package has it without kernels."""
    run = _nlc("torch", heads, size, device)
    return lambda q, k, v, rate, keep: run(q.float(), k.float(), v.float(), rate, keep)


def _compiled(heads: int, size: int, device: str) -> Run:
    if device == "cpu":
        raise Absent("torch.compile is timed on a GPU only")
    return torch.compile(_torch(heads, size, device))


def _kernels(heads: int, size: int, device: str) -> Run:
    if device == "cpu":
        raise Absent("interpreted kernels are not timed")
    if find_spec("triton") is None:
        raise Absent("Triton is not installed")
    return _nlc("triton", heads, size, device)


def _fla(heads: int, size: int, device: str) -> Run:
    if device == "cpu":
        raise Absent("its kernels need a GPU")
    try:
        rule = importlib.import_module("fla.ops.gated_delta_rule").chunk_gated_delta_rule
    except ImportError as error:
        raise Absent("fla-core is not installed") from error
    return lambda q, k, v, rate, keep: rule(q, k, v, g=keep.log(), beta=rate.to(q.dtype), scale=1.0)[0]


def _titans(heads: int, size: int, device: str) -> Run:
    try:
        made = importlib.import_module("titans_pytorch").NeuralMemory
    except ImportError as error:
        raise Absent("titans-pytorch is not installed") from error
    memory: Any = made(dim=heads * size, heads=heads, dim_head=size, chunk_size=64).to(device)
    return lambda q, k, v, rate, keep: memory(v.flatten(2).float())[0]


def _attention(heads: int, size: int, device: str) -> Run:
    attend = torch.nn.functional.scaled_dot_product_attention

    def run(queries: Tensor, keys: Tensor, values: Tensor, rate: Tensor, keep: Tensor) -> Tensor:
        return attend(*(x.transpose(1, 2) for x in (queries, keys, values)), is_causal=True).transpose(1, 2)

    return run


RIVALS = (
    Rival("nlc, kernels", True, _kernels),
    Rival("nlc, torch", True, _torch),
    Rival("nlc, torch.compile", True, _compiled),
    Rival("flash-linear-attention", True, _fla),
    Rival("titans-pytorch (deep, with its projections)", False, _titans),
    Rival("scaled dot product attention", False, _attention),
)
