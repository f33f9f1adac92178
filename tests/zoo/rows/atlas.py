"""S_t = θ_t S_{t−1} − Σ_{i=t−c+1..t} γ_i ∇½‖M(k_i) − v_i‖² at the chunk's start,
W_t = α W_{t−1} + (1 − α) W_0 + η_t NS₅(S_t), M(z) = z + W₂ gelu(W₁ z)."""

import torch
from pieces import Weights, conv, heads, model, rmsnorm, silu, swiglu, unit

SYSTEM = "Atlas"
FAMILY = "atlas"
PAPER = "Behrouz et al., arXiv:2505.23735, eq. 9, 32 and 33, with the sign of its appendix D.4"
SIZES = {"vocab": 24, "d": 16, "heads": 2, "layers": 2, "span": 3, "chunk": 4}
LEAVES_OUT = "polynomial features beside the residual; forgetting goes to the learned start, not to zero"
TOKENS = 13
SPAN, CHUNK = 3, 4


def formula(w: Weights, ids: torch.Tensor) -> torch.Tensor:
    return model(w, ids, "atlas", layer)


def layer(w: Weights, x: torch.Tensor) -> torch.Tensor:
    u = rmsnorm(x, w["u_norm.weight"])
    y = rmsnorm(memory(w.of("ltm"), u), w["a_rmsnorm.weight"])
    a = x + (y * silu(u @ w["a_linear.weight"].T)) @ w["a_linear2.weight"].T
    return a + swiglu(w.of("swiglu"), rmsnorm(a, w["out_norm.weight"]))


def network(first: torch.Tensor, second: torch.Tensor, z: torch.Tensor) -> torch.Tensor:
    """z (batch, heads, size) through z + W₂ gelu(W₁ z)."""
    inner = (first @ z.unsqueeze(-1)).squeeze(-1)
    hidden = inner * 0.5 * (1 + torch.erf(inner / 2**0.5))
    return z + (second @ hidden.unsqueeze(-1)).squeeze(-1)


def newton_schulz(s: torch.Tensor) -> torch.Tensor:
    """Five steps of the quintic, on the side that is shorter."""
    if s.shape[-2] > s.shape[-1]:
        return newton_schulz(s.mT).mT
    x = s / (s.square().sum((-2, -1), keepdim=True).sqrt() + 1e-7)
    for _ in range(5):
        gram = x @ x.mT
        x = 3.4445 * x - 4.7750 * (gram @ x) + 2.0315 * (gram @ gram @ x)
    return x


def memory(m: Weights, u: torch.Tensor) -> torch.Tensor:
    key, value, query = (
        heads(silu(conv(u @ m[f"{role}_linear.weight"].T, m[f"{role}_conv.weight"])), SIZES["heads"])
        for role in ("keys", "values", "queries")
    )
    key, query = unit(key), unit(query)
    share, theta = ((u @ m[f"{role}_linear.weight"].T).sigmoid() for role in ("counts", "beta"))
    rate = 0.5 / CHUNK * (u @ m["rate_linear.weight"].T).sigmoid()
    kept = (u @ m["keep_linear.weight"].T + m["keep_linear.bias"]).sigmoid()
    start = [m[name].expand(len(u), -1, -1, -1) for name in ("init1", "init2")]
    state, speed, out = start, [torch.zeros_like(w) for w in start], []
    for t in range(u.shape[1]):
        if t % CHUNK == 0:
            anchor = [w + 0 for w in state]
        loss = u.new_zeros(())
        for i in range(max(0, t - SPAN + 1), t + 1):
            error = network(*anchor, key[:, i]) - value[:, i]
            loss = loss + (share[:, i] * 0.5 * error.square().sum(-1)).sum()
        slopes = torch.autograd.grad(loss, anchor, create_graph=True)
        a, b, c = (x[:, t, :, None, None] for x in (kept, rate, theta))
        speed = [c * s - g for s, g in zip(speed, slopes, strict=True)]
        moved = zip(state, start, speed, strict=True)
        state = [a * w + (1 - a) * w0 + b * newton_schulz(s) for w, w0, s in moved]
        out.append(network(*state, query[:, t]))
    return torch.stack(out, 1).flatten(2)
