"""S ← S diag(w) − S κ (a ⊙ κ)ᵀ + v k̃ᵀ, y = S r, with κ = kₖ ⊙ k made unit and k̃ = k ⊙ (1 + (a − 1) ⊙ kₐ)."""

import torch
from pieces import Weights, apply, heads, outer

SYSTEM = "RWKV-7"
FAMILY = "linear memories"
PAPER = "Peng et al., arXiv:2503.14456, eq. 3 to 22; RWKV-LM, rwkv_v7_demo.py"
SIZES = {"vocab": 24, "d": 16, "heads": 2, "layers": 2, "rank": 3}
LEAVES_OUT = "the values of the first layer mixed into later ones (a block sees no other block's values)"
TOKENS = 37


def formula(w: Weights, ids: torch.Tensor) -> torch.Tensor:
    x = layernorm(w["out_embed.weight"][ids], w.of("out_layernorm"))
    for part in w.layers("rwkv7"):
        x = x + time_mix(part, layernorm(x, part.of("u_layernorm")))
        x = x + channel_mix(part, layernorm(x, part.of("c_layernorm")))
    return layernorm(x, w.of("out_layernorm2")) @ w["out_unembed.weight"].T


def time_mix(w: Weights, x: torch.Tensor) -> torch.Tensor:
    def mixed(name: str) -> torch.Tensor:
        return x + (before(x) - x) * w[f"{name}_weight.weight"]

    def line(name: str, y: torch.Tensor) -> torch.Tensor:
        return y @ w[f"{name}.weight"].T

    r, k, v = (line(f"{name}_linear", mixed(name)) for name in "rkv")
    a = (line("rate_linear2", line("rate_linear", mixed("rate"))) + w["rate_linear2.bias"]).sigmoid()
    g = line("open_linear2", line("open_linear", mixed("open")).sigmoid())
    d = line("fade_linear2", line("fade_linear", mixed("fade")).tanh()) + w["fade_linear2.bias"]
    decay = (-(torch.tensor(-0.5).double().exp()) * d.sigmoid()).exp()
    kappa = heads(k * w["wkv.erase_keys_weight.weight"], SIZES["heads"])
    kappa = kappa / kappa.square().sum(-1, keepdim=True).sqrt().clamp(min=1e-12)
    k = k * (1 + (a - 1) * w["written_weight.weight"])
    r, k, v, a, decay = (heads(y, SIZES["heads"]) for y in (r, k, v, a, decay))
    rho = heads(w["bonus_weight.weight"], SIZES["heads"])
    state, out = x.new_zeros(*v.shape[:1], *v.shape[2:], k.shape[-1]), []
    for t in range(x.shape[1]):
        gone = outer(apply(state, kappa[:, t]), a[:, t] * kappa[:, t])
        state = state * decay[:, t, :, None] - gone + outer(v[:, t], k[:, t])
        out.append(apply(state, r[:, t]))
    y = groupnorm(torch.stack(out, 1)).flatten(2) * w["a_groupnorm.weight"] + w["a_groupnorm.bias"]
    bonus = (r * rho * k).sum(-1, keepdim=True) * v
    return line("a_linear", (y + bonus.flatten(2)) * g)


def channel_mix(w: Weights, x: torch.Tensor) -> torch.Tensor:
    mixed = x + (before(x) - x) * w["h_weight.weight"]
    return (mixed @ w["h_linear.weight"].T).clamp(min=0).square() @ w["out_linear.weight"].T


def before(x: torch.Tensor) -> torch.Tensor:
    return torch.cat([torch.zeros_like(x[:, :1]), x[:, :-1]], 1)


def groupnorm(x: torch.Tensor, eps: float = 64e-5) -> torch.Tensor:
    centred = x - x.mean(-1, keepdim=True)
    return centred / (centred.square().mean(-1, keepdim=True) + eps).sqrt()


def layernorm(x: torch.Tensor, w: Weights) -> torch.Tensor:
    return groupnorm(x, 1e-5) * w["weight"] + w["bias"]
