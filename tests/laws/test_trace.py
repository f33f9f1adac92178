"""What a trace says is what the memories did: by hand formulas, by the state's own changes, in any cut."""

import pytest
import torch
import torch.nn.functional as F
from compiled import SIZES, assert_close, compiled, example
from hypothesis import given
from specs import levels, one_memory, self_modifying, several_memories
from test_formulas import MATRIX, streams
from test_random_specs import some

NUMBERS = ("loss", "rate", "keep", "write")
KINDS = (*NUMBERS, "landed")
TOKENS = {"cms": 36, "hope": 34}
"""Enough for levels of 16 tokens to land twice."""


def matrix(*fields):
    package = compiled(MATRIX % "\n".join(f"    {field}" for field in fields))
    module, x = package.module(), package.inputs(2, 9)
    keys, values, _ = streams(module, x)
    return module.trace(x)["m"], keys, values


def norm(x):
    return torch.linalg.vector_norm(x, dim=-1)


def column(row, name, t):
    return row[name][:, t]


def test_delta_rule():
    """Loss ½‖Wk − v‖², write rate·‖v − Wk‖·‖k‖."""
    row, keys, values = matrix("objective: l2", "optimizer: sgd(lr=0.5)", "update: every token")
    w = torch.zeros(2, 2, 4, 4, dtype=torch.float64)
    for t in range(9):
        k, v = keys[:, :, t], values[:, :, t]
        gap = v - (w @ k[..., None])[..., 0]
        assert_close(column(row, "loss", t), 0.5 * norm(gap).square(), 1e-9, "loss")
        assert_close(column(row, "write", t), 0.5 * norm(gap) * norm(k), 1e-9, "write")
        w = w + 0.5 * gap[..., None] * k[..., None, :]
    assert torch.equal(row["rate"], torch.full((2, 9, 2), 0.5, dtype=torch.float64))
    assert torch.equal(row["keep"], torch.ones(2, 9, 2, dtype=torch.float64))


def test_linear_attention_with_decay():
    """Loss −v·Wk, write ‖v‖‖k‖, whatever is kept."""
    row, keys, values = matrix(
        "objective: dot",
        "optimizer: sgd(lr=1)",
        "retention: keep(linear(x, 2) |> sigmoid)",
        "update: every token",
    )
    w = torch.zeros(2, 2, 4, 4, dtype=torch.float64)
    for t in range(9):
        k, v = keys[:, :, t], values[:, :, t]
        answer = (w @ k[..., None])[..., 0]
        assert_close(column(row, "loss", t), -(v * answer).sum(-1), 1e-9, "loss")
        assert_close(column(row, "write", t), norm(v) * norm(k), 1e-9, "write")
        w = column(row, "keep", t)[..., None, None] * w + v[..., None] * k[..., None, :]
    assert float(row["keep"].std()) > 0


def test_momentum_at_an_older_anchor():
    """S ← βS − rate·g, with g at the state of the last multiple of 4; the write is S."""
    row, keys, values = matrix(
        "objective: l2",
        "optimizer: momentum(lr=0.3, beta=0.6)",
        "update: every token",
        "anchor: every 4 tokens",
    )
    w = s = at = torch.zeros(2, 2, 4, 4, dtype=torch.float64)
    for t in range(9):
        at = w if t % 4 == 0 else at
        k, v = keys[:, :, t], values[:, :, t]
        gap = (at @ k[..., None])[..., 0] - v
        s = 0.6 * s - 0.3 * gap[..., None] * k[..., None, :]
        w = w + s
        assert_close(column(row, "loss", t), 0.5 * norm(gap).square(), 1e-9, "loss")
        assert_close(column(row, "write", t), norm(s.flatten(-2)), 1e-9, "write")


def test_a_cache_writes_the_pair():
    package = example("transformer")
    module, ids = package.module(), package.inputs(2, 6)
    _, state = package.reference(module, ids)
    for layer in range(2):
        row = module.trace(ids)[f"layers.{layer}.attention.attn"]
        pair = state.memories["layers"][layer]["attention"]["attn"]
        size = (pair["keys"].square().sum(-1) + pair["values"].square().sum(-1)).sqrt().transpose(1, 2)
        assert_close(row["write"], size, 1e-9, "write")
        assert row["rate"].eq(1).all()
        assert row["keep"].eq(1).all()
        assert row["loss"].eq(0).all()


def test_a_level_has_the_loss_of_its_tokens_and_steps_where_it_lands():
    package = example("cms")
    module, ids = package.module(), package.inputs(2, 34)
    found = module.trace(ids)
    with torch.no_grad():
        scores, state = package.reference(module, ids)
    losses = F.cross_entropy(scores[:, :-1].flatten(0, 1), ids[:, 1:].flatten(), reduction="none").view(2, -1)
    quick, slow = found["hope_attention.band.16"], found["hope_attention.band.64"]
    for row in (quick, slow):
        assert_close(row["loss"][:, 16, 0], losses[:, :16].sum(1), 1e-9, "the first segment's loss")
        assert_close(row["loss"][:, 32, 0], losses[:, 16:32].sum(1), 1e-9, "the second segment's loss")
        assert row["loss"].count_nonzero() == 4
    with torch.no_grad():
        _, before = package.reference(module, ids[:, :17])
    steps = [
        state.memories["hope_attention"]["band_16"][name] - before.memories["hope_attention"]["band_16"][name]
        for name in ("difference1", "difference2")
    ]
    size = sum(step.flatten(1).square().sum(1) for step in steps).sqrt()
    assert_close(quick["write"][:, 32, 0], size, 1e-9, "the second step")
    assert quick["write"].count_nonzero() == 4
    assert quick["rate"][:, [16, 32]].eq(0.05).all()
    assert quick["rate"].count_nonzero() == 4
    assert not slow["write"].any()


@pytest.mark.parametrize("name", SIZES)
def test_examples(name):
    package = example(name)
    tokens = TOKENS.get(name, 11)
    module, ids = package.module(), package.inputs(2, tokens)
    before, _ = package.reference(module, ids)
    found = module.trace(ids)
    after, _ = package.reference(module, ids)
    assert torch.equal(before, after)
    assert all(parameter.grad is None for parameter in module.parameters())

    memories = {
        (b.name, m.name): m for b in package.plan.blocks for m in b.memories if m.family != "parameter"
    }
    assert len(found) == len(memories) * int(SIZES[name].get("layers", 2))
    times = torch.arange(tokens).expand(2, -1)
    for path, row in found.items():
        (memory,) = {m.update for (_, own), m in memories.items() if path.endswith(own)}
        assert tuple(row) == KINDS
        assert row["landed"].dtype == torch.bool
        assert torch.equal(row["landed"].cumsum(1), times // memory), "token t sees t // update landings"
        for kind in NUMBERS:
            assert row[kind].shape[:2] == (2, tokens)
            assert row[kind].isfinite().all()
            assert not row[kind].requires_grad
        assert float(row["write"].sum()) > 0 or memory > tokens


def test_readers_see_a_new_state_exactly_where_it_landed():
    spec = (MATRIX % "    objective: l2\n    optimizer: sgd(lr=0.5)\n    update: every 3 tokens").replace(
        "  return m(x)", "  m.write(x)\n  return m.read(x)"
    )
    package = compiled(spec)
    module, x = package.module(), package.inputs(1, 10)
    landed = module.trace(x)["m"]["landed"][0]
    state = module.begin(1)
    for t in range(10):
        seen = state.memories["m"]["visible1"]
        _, state = package.run(module, x[:, t : t + 1], state)
        if t < 9:
            assert bool(landed[t + 1]) == (not torch.equal(seen, state.memories["m"]["visible1"]))


def test_several_writes_of_one_moment_have_rows_of_their_own():
    spec = (MATRIX % "    objective: l2\n    optimizer: sgd(lr=0.5)\n    update: every token").replace(
        "  return m(x)", "  m.write(x)\n  m.write(tanh(x))\n  return m.read(x)"
    )
    package = compiled(spec)
    module, x = package.module(), package.inputs(2, 5)
    found = module.trace(x)
    assert list(found) == ["m", "m#2"]
    assert not torch.equal(found["m"]["write"], found["m#2"]["write"])


def test_sequences_of_different_positions_are_traced_apart():
    package = example("deltanet")
    module, ids = package.module(), package.inputs(2, 3)
    state = module.begin(2)
    state.position[1] = 5
    with pytest.raises(ValueError, match="different positions"):
        module.trace(ids, state)


def assert_traced(text, tokens):
    """Finite, and the same in two pieces: the second goes on from the state of the first."""
    package = compiled(text)
    module, x = package.module(), package.inputs(2, tokens)
    whole = module.trace(x)
    with torch.no_grad():
        _, state = package.run(module, x[:, :7])
    first, second = module.trace(x[:, :7]), module.trace(x[:, 7:], state)
    assert whole
    for path, row in whole.items():
        for kind in KINDS:
            assert row[kind].isfinite().all()
            pieces = torch.cat([first[path][kind], second[path][kind]], 1)
            assert_close(pieces, row[kind], 1e-9, f"{kind} of {path}", floor=1e-9)


@given(one_memory())
@some(6)
def test_one_memory(text):
    assert_traced(text, 13)


@given(several_memories())
@some(4)
def test_several_memories(text):
    assert_traced(text, 13)


@given(self_modifying())
@some(2)
def test_self_modifying(text):
    assert_traced(text, 13)


@given(levels())
@some(3)
def test_levels(text):
    assert_traced(text, 17)
