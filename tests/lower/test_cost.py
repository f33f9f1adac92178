"""What the plan says of parameters, state and FLOPs is what the compiled model has and does."""

import importlib.util
import sys
from pathlib import Path

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from nlc.check import check
from nlc.emit import emit, write
from nlc.lower import lower
from nlc.read import read

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*.nl"))


def load(plan, folder, name):
    write(emit(plan), folder)
    spec = importlib.util.spec_from_file_location(
        name, folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def longest_forward(system):
    """Tokens that one forward pass takes without learning in between: the counter sees no more."""
    return lower(system, 1).level_period or 192


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_parameters_and_state_bytes_are_exact(path, tmp_path):
    system = check(read(path))
    for length in (1, 50, 131):
        plan = lower(system, length)
        model = load(plan, tmp_path / f"m{length}", f"cost_{path.stem}_{length}").build()
        assert plan.parameters == sum(parameter.numel() for parameter in model.parameters())
        with torch.no_grad():
            _, state = model(torch.randint(0, 256, (1, length)))
        held = sum(tensor.numel() * tensor.element_size() for tensor in state.tensors().values())
        assert plan.state_bytes == held


def calls(system, name):
    """How many times a block runs for one token of the outermost."""
    if system.outermost.name == name:
        return 1
    return sum(
        value.attributes["count"] * calls(system, block.name)
        for block in system.blocks
        for value in block.values
        if value.op == "call" and value.target == name
    )


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_flops_are_those_that_torch_counts(path, tmp_path):
    system = check(read(path))
    length = longest_forward(system)
    plan = lower(system, length)
    model = load(plan, tmp_path / "m", f"flops_{path.stem}").build().requires_grad_(False)
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        model(torch.randint(0, 256, (1, length)))
    # Torch's counter does not know the attention kernel of the CPU, so that part is left out.
    unseen = sum(
        memory.flops * calls(system, block.name)
        for block in plan.blocks
        for memory in block.memories
        if memory.family == "attention"
    )
    assert plan.flops - unseen == pytest.approx(counter.get_total_flops() / length, rel=0.05)


def test_a_layer_of_a_million_tokens_is_planned_in_an_instant():
    system = check(read(next(path for path in EXAMPLES if path.stem == "transformer")))
    assert lower(system, 1_000_000).state_bytes > lower(system, 1_000).state_bytes
