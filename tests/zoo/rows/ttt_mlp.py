"""ℓ = ½‖k + LN(W₂ s(W₁k + b₁) + b₂) − v‖², s = gelu by tanh;  Wₜ = Ŵ − tokₜ Σᵢ≤ₜ ηᵢ ∇ℓ(Ŵ; kᵢ, vᵢ).

y = q + LN(W₂ s(W₁q + b₁) + b₂) at Wₜ, for all weights and biases. Ŵ is W where the mini-batch began.
"""

import torch
from mini_batches import Network, trained
from pieces import Weights, apply, layernorm, model, outer, rmsnorm, swiglu

ROOT = (2 / torch.pi) ** 0.5
SYSTEM = "TTT-MLP"
FAMILY = "test-time training"
PAPER = "arXiv:2407.04620; ttt.py of test-time-training/ttt-lm-pytorch"
SIZES = {"vocab": 24, "d": 12, "layers": 2, "heads": 2, "chunk": 16, "base": 0.5}
TOKENS = 40
LEAVES_OUT = (
    "the Mamba backbone's shared, convolved keys and queries and its gate (this is the Transformer's); "
    "max(0, ·) around the learned factor tokₜ, which begins at 1/t"
)


def formula(w: Weights, ids: torch.Tensor) -> torch.Tensor:
    return model(w, ids, "ttt", block)


def block(w: Weights, x: torch.Tensor) -> torch.Tensor:
    start = tuple(w[f"fast.{name}"] for name in ("init1", "bias1", "init2", "bias2"))
    count = SIZES["heads"]
    chunk = len(w["factor_weight.weight"])
    u = rmsnorm(x, w["a_norm.weight"])
    y = trained(w, u, Network(forward, backward), start, base=SIZES["base"], chunk=chunk, count=count)
    a = x + layernorm(y, w.of("a_layernorm"), 1e-6) @ w["a_linear.weight"].T
    return a + swiglu(w.of("swiglu"), rmsnorm(a, w["out_norm.weight"]))


def forward(p: tuple[torch.Tensor, ...], x: torch.Tensor) -> torch.Tensor:
    first, bias1, second, bias2 = p
    return apply(second, gelu(apply(first, x) + bias1)) + bias2


def backward(p: tuple[torch.Tensor, ...], x: torch.Tensor, z2: torch.Tensor) -> tuple[torch.Tensor, ...]:
    first, bias1, second, _ = p
    z = apply(first, x) + bias1
    z1 = apply(second.mT, z2) * slope(z)
    return outer(z1, x), z1, outer(z2, gelu(z)), z2


def gelu(z: torch.Tensor) -> torch.Tensor:
    return 0.5 * z * (1 + torch.tanh(ROOT * (z + 0.044715 * z**3)))


def slope(z: torch.Tensor) -> torch.Tensor:
    """`gelu_bwd` of ttt.py."""
    t = torch.tanh(ROOT * z * (1 + 0.044715 * z * z))
    return 0.5 * z * ((1 - t * t) * (ROOT + 3 * ROOT * 0.044715 * z * z)) + 0.5 * (1 + t)
