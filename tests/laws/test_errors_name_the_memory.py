"""An error inside a package says which memory of which layer it is from, and where the spec says so."""

import re

import pytest
import torch
from compiled import compiled, example

from nlc.run.blame import blame

HEAD = """nl 1
dim d = 8
block inner(x: [T d]) {
  memory deep(x) {
    structure: matrix
    keys:      linear(x) |> l2norm
    objective: l2
    optimizer: sgd(lr=0.5)
    update:    every 4 tokens
  }
  y = deep.read(x)
  deep.write(x)
  return linear(x) + y
}
block layer(x: [T d]) {
  return inner(x)
}
"""


def notes(error):
    return getattr(error.value, "__notes__", [])


def test_a_kernel_that_fails():
    package = example("titans")
    module, ids = package.module(), package.inputs(1, 9)
    module.layers[1].ltm.init1.data = torch.zeros(2, 3, 8, dtype=torch.float64)
    with pytest.raises(RuntimeError) as error:
        module(ids)
    (place,) = {memory.span.place for block in package.system.blocks for memory in block.memories}
    assert place.startswith("titans.nl:")
    assert notes(error) == [f"in memory layers.1.ltm ({place})"]


def test_a_field_of_a_memory_that_fails():
    module, x = compiled(HEAD).module(), compiled(HEAD).inputs(1, 3)
    module.inner.deep.keys_linear.weight.data = torch.zeros(3, 3, dtype=torch.float64)
    with pytest.raises(RuntimeError) as error:
        module(x)
    assert notes(error) == ["in memory inner.deep (spec.nl:4)"]


def test_a_state_of_another_shape_and_an_op_beside_the_memories():
    package = compiled(HEAD)
    module, x = package.module(), package.inputs(1, 3)
    state = module.begin(1)
    state.memories["inner"]["deep"]["visible1"] = torch.zeros(1, 1, 3, 3, dtype=torch.float64)
    with pytest.raises(RuntimeError) as error:
        module.carry(x, state)
    assert notes(error) == ["in memory inner.deep (spec.nl:4)"]
    module.inner.out_linear.weight.data = torch.zeros(3, 3, dtype=torch.float64)
    with pytest.raises(RuntimeError) as error:
        module(x)
    assert notes(error) == ["in inner.out_linear"]


def test_what_is_wrong_with_the_call_itself_blames_no_memory():
    package = example("titans")
    with pytest.raises(ValueError) as error:
        package.module()(torch.zeros(1, 4))
    assert notes(error) == []


def test_a_state_that_is_no_number_names_the_memory():
    package = example("titans")
    module, ids = package.module(), package.inputs(2, 9)
    module.layers[1].ltm.rate_linear.weight.data.fill_(torch.nan)
    said = blame(module, ids, 3, {"layers[0..1].ltm": "1, every 1 token"}).text
    assert re.fullmatch(
        r"step 3: memory layers\.1\.ltm\.layer1 \(titans\.nl:\d+, level 1, every 1 token\) "
        r"is not finite at token 0 of row 0",
        said,
    )


def test_compiled_whole_all_the_same():
    package = example("deltanet")
    module, ids = package.module(), package.inputs(1, 5)
    whole = torch.compile(module, fullgraph=True, backend="eager")
    torch.testing.assert_close(whole(ids)[0], module(ids)[0])
