"""ℓ = ½‖k + LN(Wk + b) − v‖²;  Wₜ = Ŵ − tokₜ Σᵢ≤ₜ ηᵢ ∇ℓ(Ŵ; kᵢ, vᵢ), b too;  y = q + LN(Wₜq + bₜ).

Ŵ is W where the mini-batch began; the last Wₜ of a mini-batch is the Ŵ of the next.
"""

import torch
from mini_batches import Network, trained
from pieces import Weights, apply, layernorm, model, outer, rmsnorm, swiglu

SYSTEM = "TTT-Linear"
FAMILY = "test-time training"
PAPER = "arXiv:2407.04620; ttt.py of test-time-training/ttt-lm-pytorch"
SIZES = {"vocab": 24, "d": 12, "layers": 2, "heads": 2, "chunk": 16, "base": 2.0}
TOKENS = 40
LEAVES_OUT = (
    "the Mamba backbone's shared, convolved keys and queries and its gate (this is the Transformer's); "
    "max(0, ·) around the learned factor tokₜ, which begins at 1/t"
)


def formula(w: Weights, ids: torch.Tensor) -> torch.Tensor:
    return model(w, ids, "ttt", block)


def block(w: Weights, x: torch.Tensor) -> torch.Tensor:
    start = (w["fast.init1"], w["fast.bias1"])
    count = SIZES["heads"]
    chunk = len(w["factor_weight.weight"])
    u = rmsnorm(x, w["a_norm.weight"])
    y = trained(w, u, Network(forward, backward), start, base=SIZES["base"], chunk=chunk, count=count)
    a = x + layernorm(y, w.of("a_layernorm"), 1e-6) @ w["a_linear.weight"].T
    return a + swiglu(w.of("swiglu"), rmsnorm(a, w["out_norm.weight"]))


def forward(p: tuple[torch.Tensor, ...], x: torch.Tensor) -> torch.Tensor:
    weight, bias = p
    return apply(weight, x) + bias


def backward(p: tuple[torch.Tensor, ...], x: torch.Tensor, z: torch.Tensor) -> tuple[torch.Tensor, ...]:
    return outer(z, x), z
