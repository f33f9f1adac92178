"""The references against formulas written down from the papers, by other means than theirs."""

import pytest
import torch
import torch.nn.functional as F
from compiled import assert_close, assert_same_gradients, compiled, gradients

HEADS = 2

MATRIX = """nl 1
dim d = 8
block layer(x: [T d]) {
  memory m(x) {
    structure: matrix(heads=2)
    keys:      linear(x) |> l2norm
    values:    linear(x)
    queries:   linear(x)
%s
  }
  return m(x)
}
"""


def matrix(*fields):
    return compiled(MATRIX % "\n".join(f"    {field}" for field in fields))


def by_head(module, x, role):
    """What a role's learned matrix gives, a head apart: (batch, heads, tokens, size)."""
    y = F.linear(x, getattr(module.m, f"{role}_linear").weight)
    return y.unflatten(-1, (HEADS, -1)).transpose(1, 2)


def unit(x):
    return x / (x.norm(dim=-1, keepdim=True) + 1e-6)


def streams(module, x):
    return unit(by_head(module, x, "keys")), by_head(module, x, "values"), by_head(module, x, "queries")


def gate(module, x, role):
    return by_head(module, x, role).sigmoid()


def together(y):
    """(batch, heads, tokens, size) as what a layer gives out."""
    return y.transpose(1, 2).flatten(2)


def assert_agrees(package, formula, tokens=11):
    """Outputs, and gradients by every parameter."""
    module, x = package.module(), package.inputs(2, tokens)
    y, _ = package.reference(module, x)
    expected = formula(module, x)
    assert_close(y, expected, 1e-9, "outputs")
    w = torch.randn(y.shape, dtype=y.dtype)
    assert_same_gradients(gradients((y * w).sum(), module), gradients((expected * w).sum(), module))


def test_linear_attention():
    """y = (tril(Q Kᵀ)) V: attention without the softmax."""

    def formula(module, x):
        k, v, q = streams(module, x)
        return together((q @ k.mT).tril() @ v)

    assert_agrees(matrix("objective: dot", "optimizer: sgd(lr=1.0)", "update: every token"), formula)


def test_retention_of_linear_attention():
    """RetNet: y = (Q Kᵀ ⊙ γ^(t − i)) V."""

    def formula(module, x):
        k, v, q = streams(module, x)
        time = torch.arange(x.shape[1], dtype=x.dtype)
        fade = (0.9 ** (time[:, None] - time)).tril()
        return together((q @ k.mT * fade) @ v)

    fields = "objective: dot", "optimizer: sgd(lr=1.0)", "retention: keep(0.9)", "update: every token"
    assert_agrees(matrix(*fields), formula)


def test_deltanet():
    """T = (1 + tril(diag(β) K Kᵀ, −1))⁻¹ diag(β); y = tril(Q Kᵀ) T V."""

    def formula(module, x):
        k, v, q = streams(module, x)
        beta = gate(module, x, "rate")
        eye = torch.eye(x.shape[1], dtype=x.dtype)
        writes = torch.linalg.inv(eye + (beta * (k @ k.mT)).tril(-1)) @ (beta * v)
        return together((q @ k.mT).tril() @ writes)

    fields = "objective: l2", "optimizer: sgd(lr=linear(x, 2) |> sigmoid)", "update: every token"
    assert_agrees(matrix(*fields), formula)


def test_gated_deltanet():
    """S ← α (S − β k kᵀ S) + β k vᵀ."""

    def formula(module, x):
        k, v, q = streams(module, x)
        alpha, beta = gate(module, x, "keep"), gate(module, x, "rate")
        state, out = x.new_zeros(2, HEADS, 4, 4), []
        for t in range(x.shape[1]):
            a, b, key, value = (s[:, :, t, :, None] for s in (alpha, beta, k, v))
            state = a * (state - b * key @ (key.mT @ state)) + b * key @ value.mT
            out.append(state.mT @ q[:, :, t, :, None])
        return together(torch.stack(out, 2).squeeze(-1))

    fields = (
        "objective: l2",
        "optimizer: sgd(lr=linear(x, 2) |> sigmoid)",
        "retention: keep(linear(x, 2) |> sigmoid, first=true)",
        "update: every token",
    )
    assert_agrees(matrix(*fields), formula)


def test_titans_of_a_matrix():
    """The closed form of both scans, gradients at the chunk's start: M = a₀ M₀ + f S₀ − Σ G u."""

    def formula(module, x):
        k, v, q = streams(module, x)
        theta, eta, keep = (gate(module, x, role)[..., 0] for role in ("rate", "beta", "keep"))
        state = surprise = x.new_zeros(2, HEADS, 4, 4)
        out = []
        for start in range(0, x.shape[1], 4):
            chunk = range(start, min(start + 4, x.shape[1]))
            u = {
                i: ((state @ k[:, :, i, :, None])[..., 0] - v[:, :, i])[..., None] * k[:, :, i, None]
                for i in chunk
            }

            def product(gates, first, last):
                return gates[:, :, first : last + 1].prod(-1)[..., None, None]

            for t in chunk:
                after = product(keep, start, t) * state
                for j in range(start, t + 1):
                    from_start = product(keep, j + 1, t) * product(eta, start, j)
                    after = after + from_start * surprise
                    for i in range(start, j + 1):
                        share = product(keep, j + 1, t) * product(eta, i + 1, j) * theta[:, :, i, None, None]
                        after = after - share * u[i]
                out.append((after @ q[:, :, t, :, None])[..., 0])
            last = chunk[-1]
            surprise = product(eta, start, last) * surprise - sum(
                product(eta, i + 1, last) * theta[:, :, i, None, None] * u[i] for i in chunk
            )
            state = after
        return together(torch.stack(out, 2))

    fields = (
        "objective: l2",
        "optimizer: momentum(lr=linear(x, 2) |> sigmoid, beta=linear(x, 2) |> sigmoid)",
        "retention: keep(linear(x, 2) |> sigmoid)",
        "update: every token",
        "anchor: every 4 tokens",
    )
    assert_agrees(matrix(*fields), formula, tokens=10)


def gelu_slope(z):
    return torch.special.ndtr(z) + z * torch.exp(-z * z / 2) / (2 * torch.pi) ** 0.5


def through(first, second, rows):
    """M(z) = z + W₂ s(W₁ z), or without its shortcut where the answer has another size."""
    answer = F.gelu(rows @ first.mT) @ second.mT
    return rows + answer if answer.shape == rows.shape else answer


DEEP = """nl 1
dim d = 8
block layer(x: [T d]) {
  memory m(x) {
    structure: mlp(depth=2, expansion=2, residual=true, heads=2)
    keys:      linear(x) |> l2norm
    values:    linear(x)
    queries:   linear(x)
    objective: l2
    optimizer: momentum(lr=0.2 * sigmoid(linear(x, 2)), beta=linear(x, 2) |> sigmoid)
    retention: keep(linear(x, 2) |> sigmoid, to=init)
    update:    every token
    anchor:    every 4 tokens
    init:      learned
  }
  return m(x)
}
"""


def test_titans_of_a_network():
    """S ← η S − θ ∇ℓ(M at the chunk's start); M ← a M + (1 − a) M₀ + S, gradients by hand."""

    def formula(module, x):
        k, v, q = streams(module, x)
        theta, eta, keep = (gate(module, x, role)[..., None] for role in ("rate", "beta", "keep"))
        starts = [w.expand(2, *w.shape) for w in (module.m.init1, module.m.init2)]
        weights, momenta, out = list(starts), [torch.zeros_like(w) for w in starts], []
        for t in range(x.shape[1]):
            if t % 4 == 0:
                anchor = list(weights)
            key, value = k[:, :, t, None], v[:, :, t, None]
            z = key @ anchor[0].mT
            e = through(*anchor, key) - value
            back = (e @ anchor[1]) * gelu_slope(z)
            for n, g in enumerate((back.mT @ key, e.mT @ F.gelu(z))):
                momenta[n] = eta[:, :, t] * momenta[n] - 0.2 * theta[:, :, t] * g
                weights[n] = keep[:, :, t] * weights[n] + (1 - keep[:, :, t]) * starts[n] + momenta[n]
            out.append(through(*weights, q[:, :, t, None])[:, :, 0])
        return together(torch.stack(out, 2))

    assert_agrees(compiled(DEEP), formula, tokens=10)


HOPE = """nl 1
dim d = 6
block layer(x: [T d]) {
  u = norm(x) |> conv(4)
  memory make[r in key, value](u) {
    structure: mlp(depth=2, expansion=2, residual=true)
    keys:      make.key.read(u) |> l2norm
    values:    make[r].read(make.value.read(u))
    objective: l2
    optimizer: dgd(lr=0.5 * sigmoid(gate.rate.read(u)))
    retention: keep(sigmoid(gate.keep.read(u) + 2.0))
    update:    every 8 tokens
    init:      learned
  }
  memory gate[r in rate, keep](u) {
    structure: mlp(depth=2, expansion=1, out=1)
    keys:      make.key.read(u) |> l2norm
    values:    gate[r].read(make.value.read(u))
    objective: l2
    optimizer: dgd(lr=0.5 * sigmoid(gate.rate.read(u)))
    retention: keep(sigmoid(gate.keep.read(u) + 2.0))
    update:    every 8 tokens
    init:      learned
  }
  memory main(u) {
    structure: mlp(depth=2, expansion=2, residual=true)
    keys:      make.key.read(u) |> l2norm
    values:    main.read(make.value.read(u))
    objective: l2
    optimizer: dgd(lr=0.5 * sigmoid(gate.rate.read(u)))
    retention: keep(sigmoid(gate.keep.read(u) + 2.0))
    update:    every 8 tokens
    init:      learned
  }
  y = main.read(linear(u) |> l2norm)
  make.key.write(u)
  make.value.write(u)
  gate.rate.write(u)
  gate.keep.write(u)
  main.write(u)
  return y
}
"""
NAMES = ("make_key", "make_value", "gate_rate", "gate_keep", "main")


def end_of_chunk(weight, keys, writes, rate, keep):
    """The triangular form of W ← W (α − η k kᵀ) + w kᵀ over rows of keys and writes."""
    reach = keep.squeeze(-1).log().cumsum(-1)
    share = torch.exp(reach[:, :, None] - reach[:, None, :])
    before = F.pad(reach, (1, -1)).exp()[..., None]
    strict = torch.exp(F.pad(reach, (1, -1))[:, :, None] - reach[:, None, :]).tril(-1) * (keys @ keys.mT)
    eye = torch.eye(keys.shape[1], dtype=keys.dtype)
    z = torch.linalg.solve(eye + rate * strict, writes - rate * before * (keys @ weight.mT))
    return reach[:, -1].exp()[:, None, None] * weight + (share[:, -1, :, None] * z).mT @ keys


def hope(module, x):
    """Two chunks of equations.md's reading: all is made, read and anchored at the chunk's start."""
    u = x / (x.square().mean(-1, keepdim=True) + 1e-6).sqrt() * module.u_norm.weight
    padded = F.pad(u, (0, 0, 3, 0))
    u = sum(padded[:, i : i + x.shape[1]] * module.u_conv.weight[i] for i in range(4))
    memories = {}
    for name in NAMES:
        memory = getattr(module, name)
        memories[name] = [w[0].expand(len(x), *w.shape[1:]) for w in (memory.init1, memory.init2)]
    out = []
    for start in range(0, x.shape[1], 8):
        row = u[:, start : start + 8]
        read = {name: through(*weights, row) for name, weights in memories.items()}
        k, v = unit(read["make_key"]), read["make_value"]
        rate, keep = 0.5 * read["gate_rate"].sigmoid(), (read["gate_keep"] + 2).sigmoid()
        out.append(through(*memories["main"], unit(F.linear(row, module.y_linear.weight))))
        after = {}
        for name, (first, second) in memories.items():
            z = k @ first.mT
            h = F.gelu(z)
            e = through(first, second, k) - through(first, second, v)
            size = h.norm(dim=-1, keepdim=True)
            direction = h / (size + 1e-6)
            after[name] = (
                end_of_chunk(first, k, -rate * (e @ second) * gelu_slope(z), rate, keep),
                end_of_chunk(second, direction, -rate * (size + 1e-6) * e, rate, keep),
            )
        memories = after
    return torch.cat(out, 1), memories


def test_a_hope_chunk():
    """Self-modification with delta gradient descent, layer by layer, over three chunks."""
    package = compiled(HOPE)
    module, x = package.module(), package.inputs(2, 24)
    y, state = package.reference(module, x)
    expected, memories = hope(module, x)
    assert_close(y, expected, 1e-9, "outputs")
    for name, weights in memories.items():
        for n, weight in enumerate(weights, 1):
            assert_close(state.tensors()[f"memories.{name}.layer{n}"][:, 0], weight, 1e-9, f"{name} {n}")
    w = torch.randn(y.shape, dtype=y.dtype)
    assert_same_gradients(gradients((y * w).sum(), module), gradients((expected * w).sum(), module))


@pytest.mark.parametrize("text", [DEEP, HOPE], ids=["titans", "hope"])
def test_their_fast_paths_agree(text):
    package = compiled(text)
    module, x = package.module(), package.inputs(2, 24)
    assert_close(package.run(module, x)[0], package.reference(module, x)[0], 1e-9, "outputs")
