"""A token by itself, interpreted: steps in a row are a run over all tokens; states are kept unless told."""

import pytest
import torch

pytest.importorskip("triton", reason="Triton is not installed")

from linear import CASES, GATE, spec
from served import Served, gap, served, worst

from nlc.run.kernels.ahead import recording

TOKENS = 40
OTHERS = ("another slope, and a stream of its own",)
"""What torch serves."""
STEPPED = [name for name in CASES if name not in OTHERS]


PAIRS = "sgd(lr=linear(x) |> sigmoid, steps=2)"
SEVERAL = {
    "several pairs": {"optimizer": PAIRS},
    "several, forgotten first": {"optimizer": PAIRS, "retention": f"keep({GATE}, first=true)"},
    "several, nothing forgotten": {"optimizer": PAIRS, "retention": "keep"},
    "several sums": {"optimizer": "sgd(lr=0.3, steps=3)", "objective": "dot"},
    "erased at its own keys": {
        "objective": "dot",
        "optimizer": "dgd(lr=0.5, erase_keys=linear(x), erase_rate=0.1 * linear(x), erase_axis=keys)",
    },
    "erased by a number, each channel kept": {
        "objective": "dot",
        "optimizer": "dgd(lr=1, erase_rate=0.5)",
        "retention": "keep(linear(x, 16, bias=3.0) |> sigmoid, axis=keys)",
    },
    "several before": {"optimizer": PAIRS, "line": CASES["read before"]["line"]},
}


class Counted:
    """A kernel that knows how often it was launched."""

    def __init__(self, kernel):
        self.kernel, self.launches = kernel, 0

    def __getitem__(self, grid):
        self.launches += 1
        return self.kernel[grid]


@pytest.fixture
def counted(monkeypatch):
    """The step of a package, from now on counted."""

    def count(found: Served) -> Counted:
        file = found.file("step_layer_m")
        monkeypatch.setattr(file, "step", Counted(file.step))
        return file.step

    return count


def pair(found: Served):
    """A layer in float32, and the same in float64."""
    layer, exact = found.module(), found.module().double()
    exact.load_state_dict(layer.state_dict())
    return layer, exact


@torch.no_grad()
def chained(layer, x, state=None):
    pieces = []
    for token in x.split(1, dim=1):
        y, state = layer.carry(token, state)
        pieces.append(y)
    return torch.cat(pieces, dim=1), state


def numbers(state):
    return [t for name, t in sorted(state.tensors().items()) if t.is_floating_point()]


@pytest.mark.parametrize("name", [*STEPPED, *SEVERAL])
def test_steps_are_the_definition(name: str, counted):
    found = served(spec("as it is", **SEVERAL[name]) if name in SEVERAL else spec(name))
    layer, exact = pair(found)
    count = counted(found)
    x = torch.randn(2, TOKENS, 16)
    wanted, after = found.file("reference").run(exact, x.double())
    with found.launched():
        y, state = chained(layer, x)
    assert count.launches == TOKENS
    assert gap(y, wanted) < 1e-5
    assert worst(numbers(state), numbers(after)) < 1e-5


@pytest.mark.parametrize("name", OTHERS)
def test_torch_serves_others(name: str):
    assert not served(spec(name)).steps


@pytest.mark.parametrize("sizes", [{"value": 32}, {"value": 128, "d": 256}])
def test_several_programs_a_head(sizes):
    found = served(spec("forgotten first", **sizes))
    layer, _ = pair(found)
    x = torch.randn(3, 5, sizes.get("d", 16))
    wanted, after = layer.carry(x)
    with found.launched():
        y, state = chained(layer, x)
    assert gap(y, wanted) < 1e-5
    assert worst(numbers(state), numbers(after)) < 1e-5


@pytest.mark.parametrize("name", ["forgotten first", "erased, and momentum", "each channel of a key"])
@torch.no_grad()
def test_streams_of_bfloat16(name: str):
    """Against the recurrence in float64 from the same rounded streams; gates and state are float32."""
    found = served(spec(name))
    layer, exact = pair(found)
    given, rule = [], exact.m._token
    exact.m._token = lambda state, *streams: (given.append(streams), rule(state, *streams))[1]
    chained(exact, torch.randn(2, TOKENS, 16, dtype=torch.float64))
    start, step = found.file("clock").Clock(0, 1), found.file("step_layer_m").apply
    before, state = exact.m.start(2), layer.m.start(2)
    for streams in given:
        rounded = [*(x.bfloat16() for x in streams[:3]), *(x.float() for x in streams[3:])]
        wanted, before = rule(before, *(x.double() for x in rounded))
        with found.launched():
            y, state = step(layer.m, state, start, *rounded)
        assert y.dtype == torch.bfloat16
        assert gap(y, wanted) < 2e-2
        assert worst(list(state.values()), list(before.values())) < 1e-5


def test_a_state_is_kept_unless_it_may_go():
    found = served(spec("momentum"))
    layer, _ = pair(found)
    x = torch.randn(2, 6, 16)
    with found.launched(), torch.no_grad():
        _, old = chained(layer, x[:, :4])
        known = {name: t.clone() for name, t in old.tensors().items()}
        wanted, _ = chained(layer, x[:, 4:], old)
        assert all(t.equal(known[name]) for name, t in old.tensors().items())
        with found.file("alone").overwriting():
            y, new = chained(layer, x[:, 4:], old)
    assert y.equal(wanted)
    for name in ("layer1", "momentum1"):
        assert new.memories["m"][name] is old.memories["m"][name]


@pytest.mark.parametrize("name", ["to its anchor", "read twice"])
def test_what_others_read_is_never_overwritten(name: str):
    """An anchor is the state of then, and a moment's reads see it as it was before its writes."""
    text = spec("as it is", line="return concat(m(x), m.read(x))") if name == "read twice" else spec(name)
    found = served(text)
    layer, _ = pair(found)
    x = torch.randn(2, 7, 16)
    wanted, _ = layer.carry(x)
    with found.launched(), torch.no_grad(), found.file("alone").overwriting():
        y, _ = chained(layer, x)
    assert gap(y, wanted) < 1e-5


@pytest.mark.parametrize(("name", "tensors"), [("forgotten first", 1), ("all to its start", 3)])
@torch.no_grad()
def test_compiled_for_a_gpu(name: str, tensors: int, monkeypatch):
    """One launch; registers hold its part of 64 by 64 numbers, which are moved 16 bytes at a time."""
    found = served(spec(name, d=128, value=64))
    layer, _ = pair(found)
    monkeypatch.setattr(found.file("device"), "serves", lambda tensor: True)
    with recording("sm_90") as launches:
        layer.carry(torch.randn(2, 1, 128))
    (step,) = (launch for launch in launches if "step_" in launch.module)
    assert step.grid == (4, 4)
    assert step.resources.stack_bytes == 0
    lines = 16 * 64 * 4 // (2 * 32 * 16)  # of 16 bytes a thread, for a part of a tensor
    assert step.resources.loads["16"] >= tensors * lines
    assert step.resources.stores["16"] >= (1 + (tensors > 1)) * lines


def test_gradients_go_by_the_scan(counted):
    found = served(spec("as it is", value=16))
    layer, _ = pair(found)
    count = counted(found)
    x = torch.randn(1, 1, 16)
    with found.launched():
        layer.carry(x)[0].sum().backward()
    assert count.launches == 0
    assert layer.m.keys_linear.weight.grad.abs().sum() > 0
