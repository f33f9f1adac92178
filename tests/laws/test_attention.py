"""What attention may see: windows, first tokens, learned pairs, several writes of a moment, new starts."""

import pytest
import torch
from compiled import (
    assert_close,
    assert_same_gradients,
    assert_same_state,
    compiled,
    gradients,
    in_pieces,
    weighted,
)

BOTH = "attn.write(h)\n  y = attn(x)"
LINES = {
    "one": "y = attn(x)",
    "both": BOTH,
    "answer before the other write": "y = attn(x)\n  attn.write(h)",
    "read before two writes": "attn.write(h)\n  attn.write(x)\n  y = attn.read(x)",
    "two answers": "y = attn(h) + attn(x)",
    "a write of the answer": "y = attn(x)\n  attn.write(tanh(y))",
}
STARTS = ("", "learned", "learned every 6 tokens", "zeros every 5 tokens")


def spec(structure="heads=2", lines="y = attn(x)", start="", more=""):
    return f"""nl 1
dim d = 8, T = 150
block layer(x: [T d]) {{
  memory attn(x) {{
    structure: cache({structure})
    keys:      linear(x) |> rope
    values:    linear(x)
    queries:   linear(x) |> rope
    objective: softmax
    optimizer: closed_form
    update:    every token
    {f"init: {start}" if start else ""}
  }}
{more}{"  h = tanh(linear(x))" if "(h)" in lines and "h =" not in lines else ""}
  {lines}
  return x + linear(y)
}}
"""


CASES = [
    ("heads=2, window=4, sinks=2", "one", ""),
    ("heads=2, kv_heads=1, window=3, sinks=3", "both", ""),
    ("heads=2, slots=3", "one", "learned"),
    ("heads=2, window=4, sinks=2, slots=3", "both", "learned"),
    ("heads=2, slots=2", "both", "learned every 6 tokens"),
    ("heads=2", "both", "zeros every 5 tokens"),
    ("heads=2, window=4", "one", "zeros every 6 tokens"),
    ("heads=4, kv_heads=2, window=5", "answer before the other write", ""),
    ("heads=2, window=4, sinks=1", "read before two writes", ""),
    ("heads=2", "two answers", ""),
    ("heads=2, window=3, sinks=3, slots=1", "a write of the answer", "learned"),
]


def case(*fields):
    structure, lines, start = fields
    return compiled(spec(structure, LINES[lines], start))


@pytest.mark.parametrize("fields", CASES, ids=" · ".join)
def test_every_law_of_a_cache(fields):
    package = case(*fields)
    module, x = package.module(), package.inputs(2, 17)
    y, state = package.run(module, x)
    y_ref, state_ref = package.reference(module, x)
    assert_close(y, y_ref, 1e-10, "outputs")
    assert_same_state(state, state_ref)
    assert_same_gradients(
        gradients(weighted(y, state), module), gradients(weighted(y_ref, state_ref), module)
    )
    with torch.no_grad():
        cut, after = in_pieces(package, module, x, [1, 5, 2, 9])
        assert_close(cut, y, 1e-10, "in pieces")
        assert_same_state(after, state)
        ragged, state = package.run(module, x, None, torch.tensor([6, 17]))
        alone, _ = package.run(module, x[:1, :6])
        more, state = package.run(module, x, state, torch.tensor([9, 2]))
        whole, _ = package.run(module, torch.cat([x[:1, :6], x[:1, :9]], 1))
    assert_close(ragged[:1, :6], alone, 1e-10, "ragged")
    assert_close(more[:1, :9], whole[:, 6:], 1e-10, "after ragged")
    assert package.plan.state_bytes == 8 + sum(
        4 * t[0].numel() for name, t in grown(package).tensors().items() if name != "position"
    )
    assert package.plan.parameters == sum(p.numel() for p in module.parameters())


def grown(package):
    """The state after as many tokens as the plan counts."""
    module = package.module(torch.float32)
    with torch.no_grad():
        return package.run(module, torch.zeros(1, package.plan.length, 8))[1]


def attend(package, module, answers):
    """The block's formula, with what `answers` gives for the token's list of (key, value)."""
    w = dict(module.named_parameters())

    def turn(x, t):
        angle = t * 10000.0 ** (-torch.arange(2, dtype=x.dtype) / 2)
        a, b = x.unflatten(-1, (2, 4)).chunk(2, -1)
        cos, sin = angle.cos(), angle.sin()
        return torch.cat([a * cos - b * sin, a * sin + b * cos], -1)

    def pair(x, t):
        return turn(x @ w["attn.keys_linear.weight"].T, t), (x @ w["attn.values_linear.weight"].T).unflatten(
            -1, (2, 4)
        )

    def answer(x, t, pairs):
        query = turn(x @ w["attn.queries_linear.weight"].T, t)
        keys, values = (torch.stack(each, 1) for each in zip(*pairs, strict=True))
        scores = (query[:, None] * keys).sum(-1) / 4**0.5
        return (scores.softmax(1)[..., None] * values).sum(1).flatten(1)

    def run(xs):
        out = []
        for t in range(xs.shape[1]):
            y = answer(xs[:, t], t, answers(w, pair, xs, t))
            out.append(xs[:, t] + y @ w["out_linear.weight"].T)
        return torch.stack(out, 1)

    return run


def learned(w, batch):
    keys, values = w["attn.slot_keys"].transpose(0, 1), w["attn.slot_values"].transpose(0, 1)
    return [(k.expand(batch, -1, -1), v.expand(batch, -1, -1)) for k, v in zip(keys, values, strict=True)]


def test_two_writes_of_a_moment_and_learned_pairs_segment_by_segment():
    """Titans MAC: token t sees the learned pairs, and of its segment h_j and x_j with j ≤ t."""

    def seen(w, pair, xs, t):
        out = learned(w, len(xs))
        for j in range(t // 6 * 6, t + 1):
            out += [pair((xs[:, j] @ w["h_linear.weight"].T).tanh(), j), pair(xs[:, j], j)]
        return out

    package = case("heads=2, slots=2", "both", "learned every 6 tokens")
    module, x = package.module(), package.inputs(2, 17)
    assert_close(package.run(module, x)[0], attend(package, module, seen)(x), 1e-10, "outputs")


def test_an_answer_sees_the_writes_that_stand_before_it():
    def seen(w, pair, xs, t):
        out = [pair(xs[:, j], j) for j in range(t + 1)]
        return out + [pair((xs[:, j] @ w["h_linear.weight"].T).tanh(), j) for j in range(t)]

    package = case("heads=2", "answer before the other write", "")
    module, x = package.module(), package.inputs(2, 9)
    assert_close(package.run(module, x)[0], attend(package, module, seen)(x), 1e-10, "outputs")
    assert not [stage for stage in package.plan.blocks[-1].stages if hasattr(stage, "periods")]


RECALL = """  memory past(x) {
    structure: matrix(heads=2)
    keys:      linear(x) |> l2norm
    objective: l2
    optimizer: sgd(lr=0.5)
    update:    every 4 tokens
  }
"""


def test_a_circle_of_attention_and_a_memory_goes_segment_by_segment():
    """What is recalled is attended to, and what attention says is written: four tokens at a time."""
    lines = "h = past.read(x)\n  attn.write(h)\n  y = attn(x)\n  past.write(y)"
    package = compiled(spec("heads=2, slots=1", lines, "learned every 4 tokens", RECALL))
    module, x = package.module(), package.inputs(2, 11)
    y, state = package.run(module, x)
    y_ref, state_ref = package.reference(module, x)
    assert_close(y, y_ref, 1e-10, "outputs")
    assert_same_state(state, state_ref)
    assert_same_gradients(
        gradients(weighted(y, state), module), gradients(weighted(y_ref, state_ref), module)
    )
    with torch.no_grad():
        cut, after = in_pieces(package, module, x, [3, 2, 6])
        ragged, _ = package.run(module, x, None, torch.tensor([6, 11]))
    assert_close(cut, y, 1e-10, "in pieces")
    assert_same_state(after, state)
    assert_close(ragged[0, :6], y[0, :6], 1e-10, "ragged")
    periods = [getattr(stage, "periods", ()) for stage in package.plan.blocks[-1].stages]
    assert (4,) in periods and (1,) not in periods


@pytest.mark.parametrize("window", [17, 40])
def test_a_window_of_the_whole_sequence_is_full_attention(window):
    """window = T ≡ full attention."""
    full, near = compiled(spec()), compiled(spec(f"heads=2, window={window}"))
    module, same = full.module(), near.module()
    same.load_state_dict(module.state_dict())
    x = full.inputs(2, 17)
    assert_close(near.run(same, x)[0], full.run(module, x)[0], 1e-12, "outputs")
    shorter = compiled(spec("heads=2, window=16"))
    same = shorter.module()
    same.load_state_dict(module.state_dict())
    assert (shorter.run(same, x)[0] - full.run(module, x)[0])[:, -1].abs().max() > 1e-6


@pytest.mark.filterwarnings("ignore")  # torch's compilers warn of themselves
@torch.no_grad()
def test_one_graph_and_one_export():
    """A window's export takes any length from the window's on."""
    package = case("heads=2, window=4, sinks=2, slots=3", "both", "learned")
    module, x = package.module(), package.inputs(2, 12)
    torch._dynamo.reset()
    fast = torch.compile(module, fullgraph=True, backend="eager")
    exported = torch.export.export(module, (x,), dynamic_shapes=({1: torch.export.Dim("tokens", min=4)},))
    for tokens in (5, 150):
        x = package.inputs(2, tokens)
        for found in (fast, exported.module()):
            assert_close(found(x), module(x), 1e-9, f"{tokens} tokens")
