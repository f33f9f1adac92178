"""A state that went through a file goes on as the live one does, to the bit."""

import pytest
import torch
from compiled import SIZES, assert_same_state, example
from safetensors.torch import load_file, save_file


def through_a_file(package, state, folder):
    """Written and read again; a file holds no two names for one memory, so each gets its own."""
    save_file({k: t.clone() for k, t in state.tensors().items()}, folder / "state.safetensors")
    return package.package.State.of(load_file(folder / "state.safetensors"))


@pytest.mark.parametrize("tokens", [0, 5, 20, 70])
@pytest.mark.parametrize("name", SIZES)
def test_saved_is_live(name, tokens, tmp_path):
    package = example(name)
    module, x = package.module(torch.float32), package.inputs(2, tokens + 20)
    with torch.no_grad():
        state = package.run(module, x[:, :tokens])[1] if tokens else module.begin(2)
        loaded = through_a_file(package, state, tmp_path)
        assert_same_state(loaded, state, 0.0)
        y, after = package.run(module, x[:, tokens:], state)
        again, other = package.run(module, x[:, tokens:], loaded)
    assert again.equal(y)
    assert_same_state(other, after, 0.0)


def test_a_state_is_never_changed_in_place():
    """Going on twice from one state gives the same twice."""
    for name in SIZES:
        package = example(name)
        module, x = package.module(), package.inputs(1, 40)
        with torch.no_grad():
            _, state = package.run(module, x[:, :20])
            before = {k: t.clone() for k, t in state.tensors().items()}
            y, _ = package.run(module, x[:, 20:], state)
            assert all(t.equal(before[k]) for k, t in state.tensors().items()), name
            assert package.run(module, x[:, 20:], state)[0].equal(y), name


def test_many_layers_come_back_in_their_order(tmp_path):
    """A file sorts names as text, where layer 10 comes before layer 2."""
    package = example("linear_attention", layers="12")
    module, x = package.module(), package.inputs(1, 10)
    with torch.no_grad():
        _, state = package.run(module, x)
        loaded = through_a_file(package, state, tmp_path)
        assert package.run(module, x, loaded)[0].equal(package.run(module, x, state)[0])


def test_a_state_moves_whole():
    """Positions and ids too; a dtype alone moves nothing and leaves integers as they are."""
    for name in ("titans", "cms"):
        package = example(name)
        with torch.no_grad():
            _, state = package.run(package.module(torch.float32), package.inputs(2, 20))
        assert {t.device.type for t in state.to("meta").tensors().values()} == {"meta"}, name
        kinds = {t.dtype for t in state.to(torch.float64).tensors().values()}
        assert kinds == {torch.float64, torch.int64}, name
