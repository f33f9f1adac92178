"""One memory or one field used several times in a moment: each use means what it means alone."""

import pytest
import torch
from compiled import EXAMPLES, SMALL, assert_close, assert_same_gradients, compiled, gradients, in_pieces

LAYER = """nl 1
dim d = 8
block layer(x: [T d]) {
  memory m(x) {
    structure: matrix(heads=2)
    keys:      linear(x) |> conv(3) |> l2norm
    values:    linear(x)
    queries:   linear(x) |> conv(3)
    objective: l2
    optimizer: sgd(lr=0.5)
    update:    every token
    anchor:    every 4 tokens
    init:      learned
  }
%s
}
"""
USES = {
    "called and read": "  return m(x) + m.read(tanh(x))",
    "read twice": "  m.write(x)\n  return m.read(x) + m.read(tanh(x))",
    "written twice": "  m.write(x)\n  m.write(tanh(x))\n  return m.read(x)",
    "called twice": "  a = m(x)\n  return a + m(tanh(x))",
}


@pytest.mark.parametrize("lines", USES.values(), ids=USES)
def test_the_same_wherever_it_is_cut(lines):
    package = compiled(LAYER % lines)
    module, x = package.module(), package.inputs(2, 13)
    y, _ = package.run(module, x)
    y_ref, _ = package.reference(module, x)
    assert_close(y, y_ref, 1e-9, "outputs")
    assert_close(in_pieces(package, module, x, [3, 1, 1, 8])[0], y, 1e-9, "outputs in pieces")
    assert_same_gradients(gradients(y.square().sum(), module), gradients(y_ref.square().sum(), module))


def test_a_call_sees_itself_whoever_else_reads():
    """m(x) + m.read(x) is m(x) alone plus m.read(x) alone."""
    both, called, read = (
        compiled(LAYER % lines)
        for lines in ("  return m(x) + m.read(x)", "  return m(x)", "  m.write(x)\n  return m.read(x)")
    )
    module, x = both.module(), both.inputs(2, 13)
    parts = []
    for package in (called, read):
        other = package.module()
        other.load_state_dict(module.state_dict())
        parts.append(package.run(other, x)[0])
    assert_close(both.run(module, x)[0], parts[0] + parts[1], 1e-9, "the sum")


def test_second_order_goes_through_attention_of_later_layers():
    text = (EXAMPLES / "cms.nl").read_text(encoding="utf-8")
    text = text.replace("objective: task", "objective: task(outer=second_order)")
    package = compiled(text, **SMALL, layers="2", fast="16", rate="0.05")
    module, x = package.module(), package.inputs(1, 40)
    w = torch.randn(1, 40, 24, dtype=torch.float64)
    fast = gradients((package.run(module, x)[0] * w).sum(), module)
    assert_same_gradients(fast, gradients((package.reference(module, x)[0] * w).sum(), module))


def test_shared_heads_can_be_turned():
    compiled(
        """nl 1
dim d = 8
block layer(x: [T d]) {
  memory attn(x) {
    structure: cache(heads=2, kv_heads=1)
    keys:      linear(x) |> rope
    values:    linear(x)
    queries:   linear(x) |> rope
    objective: softmax
    optimizer: closed_form
    update:    every token
  }
  return attn(x)
}
"""
    )
