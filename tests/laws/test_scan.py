"""`scan: n tokens`: a read sees the segment's start, `m(x)` goes token by token."""

import pytest
import torch
import torch.nn.functional as F
from compiled import assert_close, compiled

from nlc.report import SpecError

BLOCK = """nl 1
dim d = 6
block layer(x: [T d]) {
  scan: 5 tokens
  memory m(x) {
    structure: matrix
    keys:      linear(x) |> l2norm
    objective: l2
    optimizer: sgd(lr=0.5)
    retention: keep(0.9)
    update:    every token
  }
  past = m.read(x)
  return concat(past, m(x + past))
}
"""


def test_a_read_sees_the_start_of_the_segment():
    """By hand: W ← 0.9 W − ½ (W k − v) kᵀ at every token, and what is recalled is W of the last start."""
    package = compiled(BLOCK)
    module, x = package.module(), package.inputs(2, 13)
    project = dict(module.named_parameters())["m.keys_linear.weight"]
    state = start = x.new_zeros(2, 6, 6)
    out = []
    for t in range(13):
        start = state if t % 5 == 0 else start
        past = torch.einsum("boi,bi->bo", start, x[:, t])
        value = x[:, t] + past
        key = F.linear(value, project)
        key = key / (key.norm(dim=-1, keepdim=True) + 1e-6)
        wrong = torch.einsum("boi,bi->bo", state, key) - value
        state = 0.9 * state - 0.5 * torch.einsum("bo,bi->boi", wrong, key)
        out.append(torch.cat([past, torch.einsum("boi,bi->bo", state, value)], -1))
    assert_close(package.run(module, x)[0], torch.stack(out, 1), 1e-12, "outputs")


def test_where_only_reads_ask_a_segment_is_an_update():
    apart = BLOCK.replace("return concat(past, m(x + past))", "m.write(x + past)\n  return past")
    later = apart.replace("  scan: 5 tokens\n", "").replace(
        "update:    every token", "update: every 5 tokens\n    anchor: every token"
    )
    one, other = compiled(apart), compiled(later)
    x = one.inputs(2, 13)
    module, same = one.module(), other.module()
    same.load_state_dict(module.state_dict())
    assert_close(one.run(module, x)[0], other.run(same, x)[0], 1e-12, "outputs")


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("scan: 5", "E0201"),
        ("scan: every 5 tokens", "E0201"),
        ("scan: 0 tokens", "E0201"),
        ("scan: many tokens", "E0201"),
        ("scan: 5 steps", "E0202"),
        ("scan: 5 tokens\n  scan: 5 tokens", "E0406"),
    ],
)
def test_what_is_no_segment(line, code):
    with pytest.raises(SpecError) as wrong:
        compiled(BLOCK.replace("scan: 5 tokens", line))
    assert [found.code for found in wrong.value.report.errors] == [code]
