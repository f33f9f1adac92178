"""Laws of every part: one file, one name, one sentence, one source; arguments that are looked at."""

import inspect
from pathlib import Path

import pytest
from arithmetic import FUNCTIONS, parse, value
from pydantic import ValidationError

from nlc.parts.objective.l2 import L2
from nlc.parts.part import Op, Part, Pointwise, ShapeError, Structure
from nlc.parts.registry import KINDS, find, names

PARTS = [(kind, name) for kind in KINDS for name in names(kind)]
POINTS = (-2.3, -0.7, -0.01, 0.4, 1.9)
POSITIVE = ("log", "sqrt")
NEEDED: dict[str, dict[str, object]] = {
    "window": {"objective": L2(), "length": 3},
    "clamp": {"low": -1.0, "high": 1.0},
    "embed": {"size": 8},
    "position": {"size": 8, "length": 16},
    "phase": {"period": 4},
    "sgd": {"lr": 0.1},
    "momentum": {"lr": 0.1},
    "dgd": {"lr": 0.1},
    "muon": {"lr": 0.1},
    "count": {"size": 4},
    "split": {"heads": 2},
}


def part(kind: str, name: str) -> type[Part]:
    found = find(kind, name)
    assert found is not None
    return found


def pointwise() -> list[type[Pointwise]]:
    found = [part("op", name) for name in names("op")]
    return [each for each in found if issubclass(each, Pointwise)]


@pytest.mark.parametrize(("kind", "name"), PARTS)
def test_file_name_and_words(kind: str, name: str):
    found = part(kind, name)
    file = Path(inspect.getfile(found))
    assert file.stem.rstrip("_") == found.name == name
    assert file.parent.name == found.kind == kind
    assert found.__name__.lower() == name.replace("_", "")
    assert found.__doc__ and found.__doc__.strip()[0].isprintable()
    module = inspect.getmodule(found)
    assert module is not None
    assert module.__doc__ and module.__doc__.rstrip().endswith(".")


@pytest.mark.parametrize(("kind", "name"), PARTS)
def test_arguments_are_closed_and_frozen(kind: str, name: str):
    found = part(kind, name)
    made = found(**NEEDED.get(name, {}))
    with pytest.raises(ValidationError):
        found(**NEEDED.get(name, {}), nonsense=1)
    for field in found.model_fields:
        with pytest.raises(ValidationError):
            setattr(made, field, 1)


WRONG = [
    ("structure", "matrix", {"heads": 0}),
    ("structure", "matrix", {"heads": 2.0}),
    ("structure", "matrix", {"heads": True}),
    ("structure", "matrix", {"key": -1}),
    ("structure", "mlp", {"depth": 4}),
    ("structure", "mlp", {"residual": 1}),
    ("structure", "mlp", {"activation": "swish"}),
    ("structure", "mlp", {"expansion": 0}),
    ("structure", "cache", {"window": 0}),
    ("objective", "huber", {"delta": 0}),
    ("objective", "huber", {"by": "much"}),
    ("objective", "task", {"outer": "third_order"}),
    ("objective", "window", {"objective": "l2", "length": 3}),
    ("objective", "window", {"objective": L2(), "length": 0}),
    ("optimizer", "sgd", {}),
    ("optimizer", "sgd", {"lr": True}),
    ("optimizer", "sgd", {"lr": -1.0}),
    ("optimizer", "momentum", {"lr": 0.1, "beta": 1.5}),
    ("optimizer", "dgd", {"lr": 0.1, "erase": "all"}),
    ("optimizer", "dgd", {"lr": 0.1, "erase_rate": -0.1}),
    ("optimizer", "adamw", {"lr": 0}),
    ("optimizer", "adamw", {"beta1": 1.0}),
    ("retention", "keep", {"fraction": 1.1}),
    ("retention", "keep", {"to": "nowhere"}),
    ("retention", "keep", {"first": 1}),
    ("op", "conv", {"width": 1}),
    ("op", "linear", {"out": 0}),
    ("op", "linear", {"bias": "yes"}),
    ("op", "embed", {}),
    ("op", "norm", {"eps": 0.0}),
    ("op", "layernorm", {"eps": -1.0}),
    ("op", "position", {"size": 8}),
    ("op", "phase", {"period": 0}),
    ("op", "rope", {"base": 1}),
    ("op", "clamp", {"low": 0.0}),
    ("op", "clamp", {"low": 1.0, "high": 0.0}),
]


@pytest.mark.parametrize(("kind", "name", "arguments"), WRONG)
def test_wrong_arguments(kind: str, name: str, arguments: dict[str, object]):
    with pytest.raises(ValidationError):
        part(kind, name)(**arguments)


@pytest.mark.parametrize("found", pointwise(), ids=lambda found: found.name)
def test_derivatives(found: type[Pointwise]):
    """The text is the slope of the function, by central differences."""
    slope, function, step = parse(found.derivative), FUNCTIONS[found.name], 1e-5
    for point in POINTS:
        x = abs(point) if found.name in POSITIVE else point
        numerical = (function(x + step) - function(x - step)) / (2 * step)
        assert value(slope, {"x": x}) == pytest.approx(numerical, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("name", names("objective"))
def test_losses_are_expressions(name: str):
    text = part("objective", name)(**NEEDED.get(name, {})).expression()  # type: ignore[attr-defined]
    if text is None:
        assert name in ("minimize", "next_token", "softmax", "task")
        return
    loss = parse(text)
    here = value(loss, {"p": 0.3, "v": 0.3})
    assert value(loss, {"p": 0.3 if name != "dot" else 0.4, "v": 0.3}) <= here
    if name != "dot":
        assert here == pytest.approx(0, abs=1e-8)
        assert value(loss, {"p": 2.3, "v": 0.3}) > value(loss, {"p": 0.8, "v": 0.3}) > 0


def test_huber_is_quadratic_and_then_linear():
    huber = part("objective", "huber")(delta=0.5)
    loss = parse(huber.expression())  # type: ignore[attr-defined]
    assert value(loss, {"p": 0.4, "v": 0.0}) == pytest.approx(0.08)
    assert value(loss, {"p": 3.0, "v": 0.0}) == pytest.approx(0.5 * (3.0 - 0.25))


@pytest.mark.parametrize("name", names("structure"))
def test_sizes_are_shared_by_heads(name: str):
    found = part("structure", name)
    if name == "tensor":
        return
    made = found(heads=4)
    assert isinstance(made, Structure)
    sizes = made.sizes(32)
    assert (sizes[0], sizes[-1]) == (8, 8)
    with pytest.raises(ShapeError):
        made.sizes(30)


@pytest.mark.parametrize("name", names("op"))
def test_ops_know_their_shapes(name: str):
    found = part("op", name)(**NEEDED.get(name, {}))
    assert isinstance(found, Op)
    inputs: tuple[tuple[int, ...], ...] = ((8,),) * found.inputs
    if name == "embed":
        inputs = ((),)
    op = found.settle(inputs, None)
    shape = op.shape(inputs)
    assert all(size > 0 for size in shape)
    if op.preserves:
        assert shape == inputs[0]
    learns = op.owns and name != "count"  # which owns numbers that nothing learns
    assert bool(op.parameters(inputs)) == learns
    assert op.flops(inputs) >= 0


@pytest.mark.parametrize("name", ["linear", "conv", "shift", "unembed", "norm", "rope", "concat"])
def test_ops_refuse_shapes(name: str):
    found = part("op", name)()
    assert isinstance(found, Op)
    with pytest.raises(ShapeError):
        found.settle(((),) * found.inputs, None).shape(((),) * found.inputs)


def test_wanted_shapes_reach_linear():
    linear = part("op", "linear")()
    assert isinstance(linear, Op)
    assert linear.settle(((8,),), (4, 6)).shape(((8,),)) == (24,)
