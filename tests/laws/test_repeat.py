"""`repeat` of several blocks: rounds of them, each told which round it stands in."""

import math

import pytest
import torch
from compiled import (
    assert_close,
    assert_same_gradients,
    assert_same_state,
    compiled,
    gradients,
    in_pieces,
    weighted,
)

from nlc.check import check
from nlc.level import level
from nlc.read import read_text
from nlc.report import SpecError

FORMS = """nl 1
dim d = 8, rounds = 3
block mixer(x: [T d], width=3, layer=7, layers=1) {
  memory m(x) {
    structure: matrix(heads=2)
    keys:      linear(x) |> l2norm
    values:    linear(x) |> conv(width)
    objective: l2
    optimizer: sgd(lr=(1 + layer) / (1 + layers))
    update:    every token
  }
  return x + m(x) / (1 + layer) + layers
}
block gate(x: [T d]) {
  return x + linear(x) * sigmoid(linear(x))
}
"""
RETURN = "block whole(x: [T d]) {{\n{}\n}}\n"
ROUNDS = FORMS + RETURN.format("  return x |> repeat(mixer(width=2), gate, mixer, rounds)")
"""Rounds, and the same written out."""
OUT = "\n".join(
    f"  x{n + 1} = x{n} |> mixer(width=2, layer={n}, layers=3) |> gate |> mixer(layer={n}, layers=3)"
    for n in range(3)
)
WRITTEN_OUT = FORMS + RETURN.format(f"  x0 = 1 * x\n{OUT}\n  return x3")


def test_rounds_are_the_blocks_written_out():
    rounds, out = compiled(ROUNDS), compiled(WRITTEN_OUT)
    module, other, x = rounds.module(), out.module(), rounds.inputs(2, 21)
    with torch.no_grad():
        for mine, its in zip(other.parameters(), module.parameters(), strict=True):
            mine.copy_(its)
    (y, _), (expected, _) = rounds.run(module, x), out.run(other, x)
    assert_close(y, expected, 1e-12, "outputs")
    y_ref, state_ref = rounds.reference(module, x)
    y, state = rounds.run(module, x)
    assert_close(y, y_ref, 1e-9, "outputs")
    assert_same_state(state, state_ref)
    assert_same_gradients(
        gradients(weighted(y, state), module), gradients(weighted(y_ref, state_ref), module)
    )
    cut, after = in_pieces(rounds, module, x, [8, 1, 12])
    assert_close(cut, y, 1e-9, "outputs in pieces")
    assert_same_state(after, state)


def test_names_are_those_of_the_blocks():
    names = {name.rpartition(".")[0] for name, _ in compiled(ROUNDS).module().named_parameters()}
    assert names == {
        f"layers.{n}.{part}"
        for n in range(3)
        for part in (
            *(
                f"{m}.m.{op}"
                for m in ("mixer", "mixer2")
                for op in ("keys_linear", "values_linear", "values_conv")
            ),
            "gate.out_linear",
            "gate.out_linear2",
        )
    }
    found = level(check(read_text(ROUNDS, "spec.nl")))
    assert {"layers[0..2].mixer.m", "layers[0..2].mixer2.m"} <= {node.name for node in found.nodes}


def test_a_single_block_is_told_its_round_too():
    text = FORMS + RETURN.format("  return x |> repeat(mixer, 2)")
    out = FORMS + RETURN.format("  return x |> mixer(layer=0, layers=2) |> mixer(layer=1, layers=2)")
    package, other = compiled(text), compiled(out)
    module, written, x = package.module(), other.module(), package.inputs(1, 9)
    with torch.no_grad():
        for mine, its in zip(written.parameters(), module.parameters(), strict=True):
            mine.copy_(its)
    assert_close(package.run(module, x)[0], other.run(written, x)[0], 1e-12, "outputs")


NUMBERS = """nl 1
dim d = 8
block mixer(x: [T d], layer=0, layers=1) {
  share = exp(-0.3 * (1 + layer))
  memory maker(x) {
    structure: matrix(heads=2)
    keys:      linear(x) |> l2norm
    values:    main.read(x) * share
    objective: l2
    optimizer: sgd(lr=0.3 * sqrt(share))
    update:    every 2 tokens
  }
  memory main(x) {
    structure: matrix(heads=2)
    keys:      maker.read(x) |> l2norm
    values:    linear(x)
    objective: huber(delta=share)
    optimizer: sgd(lr=share / layers)
    update:    every 2 tokens
  }
  y = main.read(x) * share
  maker.write(x)
  main.write(x * share)
  return x + linear(y) * log(2 + layer)
}
block whole(x: [T d]) { return RETURN }
"""


def test_numbers_of_the_layer():
    """Also in blocks that run period by period, which are given streams in pieces."""
    package = compiled(NUMBERS.replace("RETURN", "x |> repeat(mixer, 3)"))
    module, x = package.module(), package.inputs(2, 11)
    y, state = package.run(module, x)
    y_ref, state_ref = package.reference(module, x)
    assert_close(y, y_ref, 1e-9, "outputs")
    found = gradients(weighted(y, state), module)
    assert_same_gradients(found, gradients(weighted(y_ref, state_ref), module))

    text = NUMBERS.replace("RETURN", "x |> mixer0 |> mixer1 |> mixer2")
    head, block = text.split("block mixer(x: [T d], layer=0, layers=1) {")
    body, end = block.split("block whole")
    for n in range(3):
        own = body.replace("exp(-0.3 * (1 + layer))", repr(math.exp(-0.3 * (1 + n))))
        own = own.replace("log(2 + layer)", repr(math.log(2 + n)))
        head += f"block mixer{n}(x: [T d]) {{{own.replace('layers', '3')}"
    plain = compiled(f"{head}block whole{end}")
    told = plain.package.build().double()
    with torch.no_grad():
        for mine, theirs in zip(told.parameters(), module.parameters(), strict=True):
            mine.copy_(theirs)
    assert_close(plain.run(told, x)[0], y, 1e-12, "numbers written out")


@pytest.mark.parametrize(
    "number",
    ["linear(x) / layer", "x * log(layer)", "x / (layer - 2)", "x * exp(999 * layer)", "sigmoid(layer) * x"],
)
def test_numbers_without_a_result_are_said(number):
    text = f"nl 1\ndim d = 4\nblock a(x: [T d], layer=0) {{ return {number} }}\n"
    text += "block b(x: [T d]) { return x |> repeat(a, 3) }\n"
    with pytest.raises(SpecError) as wrong:
        check(read_text(text, "spec.nl"))
    assert [found.code for found in wrong.value.report.errors] == ["E0407"]


def test_numbers_of_numbers_take_no_time_to_tell():
    squares = "".join(f"  a{n} = a{n - 1} * a{n - 1}\n" for n in range(1, 60))
    text = (
        f"nl 1\ndim d = 4\nblock a(x: [T d], layer=0) {{\n  a0 = 0.5 * layer\n{squares}  return x * a59\n}}\n"
    )
    check(read_text(text + "block b(x: [T d]) { return x |> repeat(a, 2) }\n", "spec.nl"))


def test_other_streams_go_to_every_round():
    text = """nl 1
dim d = 8
block stateless(x: [T d], c: [T d]) { return x + c * linear(x) }
block stateful(x: [T d], c: [T d]) { return conv(x, 2) + c }
block whole(x: [T d]) {
  c = tanh(x)
  return x |> repeat(stateless(c), 3) |> repeat(stateful(c), 2)
}
"""
    package = compiled(text)
    module, x = package.module(), package.inputs(2, 7)
    y = x
    for layer in module.layers:
        y = y + x.tanh() * (y @ layer.out_linear.weight.T)
    for layer in module.layers2:
        before = torch.cat([torch.zeros_like(y[:, :1]), y[:, :-1]], 1)
        y = before * layer.out_conv.weight[0] + y * layer.out_conv.weight[1] + x.tanh()
    assert_close(package.run(module, x)[0], y, 1e-12, "outputs")
    assert_close(package.reference(module, x)[0], y, 1e-12, "outputs of the reference")


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("x |> repeat(mixer, 0.5)", "E0407"),
        ("x |> repeat(mixer, mixr, 2)", "E0404"),
        ("x |> repeat(mixer, gate(x), 2)", "E0403"),
        ("x |> repeat(mixer(width=layer), gate, 2)", "E0407"),
        ("x |> repeat(mixer, half, 2)", "E0301"),
        ("x |> repeat(2)", "E0403"),
        ("x |> repeat(tanh, 2)", "E0403"),
    ],
)
def test_what_makes_no_rounds_is_said(line: str, code: str):
    text = FORMS + "block half(x: [T d]) { return linear(x, 4) }\n" + RETURN.format(f"  return {line}")
    with pytest.raises(SpecError) as wrong:
        check(read_text(text, "spec.nl"))
    assert code in {found.code for found in wrong.value.report.errors}
