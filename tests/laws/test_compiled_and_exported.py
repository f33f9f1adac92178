"""torch.compile, torch.export and autocast compute what eager code in float32 computes."""

import pytest
import torch
from compiled import RECURRENT, SIZES, assert_close, assert_same_state, distance, example, gradients
from torch.export import Dim
from torch.utils._pytree import tree_map

from nlc.lower import show

PLAIN = ["transformer", *(name for name in RECURRENT if name != "hope")]
"""The examples in which nothing learns by autograd while it reads; `nlc plan` names the others."""
ONE = {"layers": "1"}
pytestmark = pytest.mark.filterwarnings("ignore")  # torch's compilers warn of themselves


@pytest.mark.parametrize("name", PLAIN)
def test_one_graph(name):
    """Forward and backward, another length, and a step of a state."""
    package = example(name, **ONE)
    module, x = package.module(), package.inputs(2, 19)
    torch._dynamo.reset()
    fast = torch.compile(module, fullgraph=True, backend="eager")
    y, wanted = fast(x)[0], module(x)[0]
    found = gradients(y.square().mean(), module)
    for path, gradient in gradients(wanted.square().mean(), module).items():
        assert_close(found[path], gradient, 1e-9, path)
    state = None
    with torch.no_grad():
        for tokens in (6, 1, 12) if name == "titans" else (6, 1):
            x = package.inputs(2, tokens, seed=tokens)
            y, after = fast(x, state)
            wanted, state = module(x, state)
            assert_close(y, wanted, 1e-12, "outputs")
            assert_same_state(after, state, 1e-12)


@pytest.mark.parametrize("name", PLAIN)
@torch.no_grad()
def test_any_length_from_one_export(name, tmp_path):
    """Exported at 11 tokens; run at fewer and more than a chunk has, and from a file."""
    package = example(name, **ONE)
    module = package.module()
    program = torch.export.export(
        module, (package.inputs(2, 11),), dynamic_shapes=({1: Dim("tokens", min=2)},)
    )
    if name == "titans":
        torch.export.save(program, tmp_path / "titans.pt2")
        program = torch.export.load(tmp_path / "titans.pt2")
    exported = program.module()
    for tokens in (3, 16, 75):
        x = package.inputs(2, tokens)
        (y, state), (wanted, other) = exported(x), module(x)
        assert_close(y, wanted, 1e-9, f"{tokens} tokens")
        assert_same_state(state, other)


@pytest.mark.parametrize("name", ["titans", "gated_deltanet"])
@torch.no_grad()
def test_an_exported_program_goes_on(name):
    """A step of one token, and pieces of any length, for sequences at different positions."""
    package = example(name, **ONE)
    module, x = package.module(), package.inputs(2, 60)
    _, state = module(x[:, :21], lengths=[21, 13])
    fixed = [None, tree_map(lambda _: None, state.memories)]  # the state's tensors keep their shapes
    for first, shapes, calls in ((1, None, (1, 1)), (7, ({1: Dim.DYNAMIC}, fixed), (5, 23))):
        program = torch.export.export(module, (x[:, :first], state), dynamic_shapes=shapes)
        for tokens in calls:
            new = package.inputs(2, tokens, seed=tokens)
            y, after = program.module(check_guards=False)(new, state)
            wanted, state = module(new, state)
            assert_close(y, wanted, 1e-9, f"{tokens} tokens")
            assert_same_state(after, state)


def test_the_plan_names_what_cannot_be_one_graph():
    named = {name for name in SIZES if show.json(example(name).plan)["no_graph"]}
    assert named == SIZES.keys() - set(PLAIN)
    package = example("cms")
    with pytest.raises(torch._dynamo.exc.TorchDynamoException):
        torch.compile(package.module(), fullgraph=True, backend="eager")(package.inputs(1, 40))


def learned(module, ids):
    """(scores, the gradient of all parameters in one vector, state)."""
    scores, state = module(ids)
    found = torch.autograd.grad(module.loss(ids), list(module.parameters()))
    return scores.float(), torch.cat([g.float().flatten() for g in found]), state


@pytest.mark.parametrize("name", SIZES)
def test_autocast_keeps_states_whole(name):
    """As near as parameters that are rounded to bfloat16 come; states and gates stay float32."""
    package = example(name)
    module, ids = package.module(torch.float32, spread=0.0), package.inputs(2, 70)
    scores, gradient, _ = learned(module, ids)
    gates = []
    hooks = [
        m.register_forward_hook(lambda *a: gates.append(a[2].dtype))
        for m in module.modules()
        if type(m).__name__ == "Gate"
    ]
    with torch.autocast("cpu", torch.bfloat16):
        found = learned(module, ids)
    assert set(gates) <= {torch.float32}
    assert gates or name in ("transformer", "linear_attention", "cms", "hope")
    for hook in hooks:
        hook.remove()
    tensors = found[2].tensors()
    assert {t.dtype for t in tensors.values()} == {torch.float32, torch.int64}
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.copy_(parameter.bfloat16())
    rounded = learned(module, ids)
    for near, far, exact in zip(found, rounded, (scores, gradient), strict=False):
        assert near.isfinite().all()
        assert distance(near, exact) < 4 * distance(far, exact) + 0.01
    assert distance(found[0], scores) < 0.04


def test_a_gate_near_one_is_no_one():
    """Kept fractions of 0.9995, for 64 tokens: in bfloat16 they would all be 1."""
    package = example("gated_deltanet", **ONE)
    module, ids = package.module(torch.float32, spread=0.0), package.inputs(1, 64)
    memory = next(m for m in module.modules() if hasattr(m, "keep_linear"))
    with torch.no_grad():
        memory.keep_linear.weight.zero_()
        memory.keep_linear.bias.fill_(7.6)
    kept = []
    memory.keep_linear.register_forward_hook(lambda *a: kept.append(a[2].sigmoid()))
    with torch.autocast("cpu", torch.bfloat16):
        module(ids)
    assert 0.9994 < float(kept[0].min()) <= float(kept[0].max()) < 0.9996


def test_levels_are_no_graph():
    """torch.compile leaves such a model as it is, and an export says why there is none."""
    package = example("cms", **ONE)
    module, ids = package.module(), package.inputs(2, 40)
    assert torch.equal(torch.compile(module, backend="eager")(ids)[0], module(ids)[0])
    with pytest.raises(RuntimeError, match="no exported graph can hold that"):
        torch.export.export(module, (ids,))


@pytest.mark.parametrize("name", ["titans", "transformer"])
@torch.no_grad()
def test_any_batch_from_one_export(name):
    package = example(name, **ONE)
    module = package.module()
    # DYNAMIC: torch's scan takes a batch as large as the number of heads for a case of its own.
    shapes = ({0: Dim.DYNAMIC, 1: Dim("tokens", min=2)},)
    exported = torch.export.export(module, (package.inputs(3, 11),), dynamic_shapes=shapes).module()
    x = package.inputs(5, 30)
    assert_close(exported(x)[0], module(x)[0], 1e-9, "another batch")
