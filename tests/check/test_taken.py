"""Names of the spec never hide names of the generated text."""

import importlib

import torch

from nlc.check import check
from nlc.check.taken import MODULE
from nlc.emit import emit, write
from nlc.lower import lower
from nlc.read import read_text
from nlc.run.load import load

SPEC = """nl 1
dim d = 8
block linear_(self: [T d]) {
  torch = linear(self) |> silu
  state = torch + self
  memory Read(position) {
    structure: matrix
    objective: l2
    optimizer: sgd(lr=0.1 * sigmoid(linear(position, 1)))
    update:    every token
  }
  linear__Read_read = Read(state |> l2norm)
  return linear__Read_read + state + torch
}
block Linear(before: [T d]) {
  return linear_(before) + linear_(before)
}
"""


def test_every_name_of_a_torch_module_is_taken():
    assert {name for name in dir(torch.nn.Module) if not name.startswith("_")} <= MODULE


def test_names_that_look_like_the_generated_text_still_compile(tmp_path):
    write(emit(lower(check(read_text(SPEC)))), tmp_path / "layer")
    package = load(tmp_path / "layer")
    layer = package.build().double()
    reference = importlib.import_module(f"{package.module.__name__}.reference")
    x = torch.randn(2, 9, 8, dtype=torch.float64)
    torch.testing.assert_close(layer.carry(x)[0], reference.run(layer, x)[0])
