"""Names of a user's own: in objectives, as Python words, and as twins of other memories."""

import importlib

import pytest
import torch

from nlc.check import check
from nlc.emit import emit, write
from nlc.lower import lower
from nlc.read import read_text
from nlc.report import SpecError
from nlc.run.load import load

OBJECTIVE = """nl 1
dim d = 6
block f(x: [T d]) {{
  {name} = linear(x, 1) |> softplus
  memory m(x) {{
    structure: mlp(depth=2, expansion=2)
    keys:      linear(x) |> l2norm
    values:    linear(x)
    objective: minimize({name} * log_cosh(p - v))
    optimizer: sgd(lr=0.1)
    update:    every 4 tokens
    init:      learned
  }}
  y = m.read(x)
  m.write(x)
  return y + {name}
}}
"""

PERIODS = """nl 1
dim d = 8, vocab = 256
block slow(x: [T d]) {
  memory w(x) { structure: matrix  objective: task  update: every 8 steps }
  return w(x)
}
block quick(x: [T d]) {
  memory w(x) { structure: matrix  objective: task  update: every step }
  return w(x)
}
model m(ids: [T]) {
  objective: next_token
  optimizer: adamw(lr=1e-3, decay=0.1)
  definite = embed(ids, d)
  embedded = linear(definite)
  return slow(embedded) + quick(embedded) |> unembed
}
""".replace("slow(embedded) + quick(embedded) |> unembed", "unembed(slow(embedded) + quick(embedded))")


def package(spec, folder):
    write(emit(lower(check(read_text(spec)))), folder)
    return load(folder)


@pytest.mark.parametrize(
    "name", ["h1", "z1", "weights", "second", "key", "torch", "zip", "dict", "unit", "n"]
)
def test_a_stream_of_an_objective_may_have_any_name(name, tmp_path):
    made = package(OBJECTIVE.format(name=name), tmp_path / "layer")
    layer = made.build().double()
    reference = importlib.import_module(f"{made.module.__name__}.reference")
    x = torch.randn(2, 11, 6, dtype=torch.float64)
    torch.testing.assert_close(layer.carry(x)[0], reference.run(layer, x)[0])


def test_groups_follow_modules_not_names(tmp_path):
    made = package(PERIODS, tmp_path / "model")
    model = made.build()
    names = {id(parameter): name for name, parameter in model.named_parameters()}
    groups = made.optimizer(model).param_groups
    every = {names[id(p)]: group["every"] for group in groups for p in group["params"]}
    decay = {names[id(p)]: group["weight_decay"] for group in groups for p in group["params"]}
    assert every["slow.w.init1"] == 8
    assert every["quick.w.init1"] == 1
    assert decay["definite_embed.weight"] == 0.0
    assert decay["embedded_linear.weight"] == decay["slow.w.init1"] == 0.1


@pytest.mark.parametrize("loss", ["p * p / p", "sqrt(0 - 1) * p", "p * p / (1 - 1)", " + ".join(["p"] * 80)])
def test_objectives_without_a_finite_derivative_are_refused(loss):
    spec = OBJECTIVE.format(name="w").replace("w * log_cosh(p - v)", loss)
    with pytest.raises(SpecError):
        lower(check(read_text(spec)))


LOCALS = (
    "before",
    "range",
    "F",
    "len",
    "first",
    "out",
    "y",
    "now",
    "position",
    "ids",
    "segment",
    "t",
    "batch",
    "lengths",
    "WHOLE",
)


@pytest.mark.parametrize("name", LOCALS)
def test_forms_named_like_locals(name, tmp_path):
    """A model and a block of any name that the checker lets pass run, fast and by the reference."""
    lines = "{ objective: next_token  return embed(ids, 4) |> %s |> unembed }\n"
    model = f"model {name}(ids: [T]) {lines % 'silu'}"
    block = f"block {name}(x: [T 4]) {{ return linear(x) }}\n"
    for number, forms in enumerate((model, f"{block}model lm(ids: [T]) {lines % name}", block)):
        try:
            made = package(f"nl 1\ndim vocab = 8\n{forms}", tmp_path / str(number))
        except SpecError as refused:
            assert all(found.code == "E0423" for found in refused.report.errors)
            continue
        given = torch.randn(1, 3, 4) if forms == block else torch.randint(0, 8, (1, 3))
        network = made.build()
        fast = network(given) if forms == block else network(given)[0]
        reference = importlib.import_module(f"{made.module.__name__}.reference")
        assert torch.allclose(fast, reference.run(network, given)[0], atol=1e-6)


def test_a_stream_may_be_called_like_a_role(tmp_path):
    """`rate` in an objective is that stream; the rate is the optimizer's."""
    text = OBJECTIVE.replace("{name} *", "{name} * 1.0 *").replace("lr=0.1", "lr=linear(x, 1) |> sigmoid")
    for name in ("rate", "keys", "keep"):
        torch.manual_seed(0)
        made = package(text.format(name=name).replace("{{", "{").replace("}}", "}"), tmp_path / name)
        network, x = made.build(), torch.randn(1, 9, 6)
        reference = importlib.import_module(f"{made.module.__name__}.reference")
        assert torch.allclose(network(x), reference.run(network, x)[0], atol=1e-5)


def test_a_memory_may_be_called_like_a_convolution_of_another(tmp_path):
    rule = "objective: l2  optimizer: sgd(lr=0.1)  update: every 4 tokens"
    memory = f"memory {{}}(x) {{{{ structure: matrix  {{}}  {rule} }}}}"
    first = memory.format("m", "keys: linear(x) |> conv(3)")
    text = f"nl 1\nblock f(x: [T 4]) {{ {first}\n {memory.format('m_keys_conv', '')}\n"
    text += " y = m.read(x) + m_keys_conv.read(x)\n m.write(x)\n m_keys_conv.write(x)\n return y }\n"
    made = package(text, tmp_path / "f")
    network, x = made.build(), torch.randn(1, 9, 4)
    reference = importlib.import_module(f"{made.module.__name__}.reference")
    assert torch.allclose(network(x), reference.run(network, x)[0], atol=1e-5)
