"""`like:` and `self`, and domains whose words are checked where they are used."""

import time

import pytest

from nlc.check import Budget, check
from nlc.read import read_text
from nlc.report import SpecError

SPEC = """nl 1
dim d = 8, heads = 2, layers = 2
param erase = layers in {layers, last, none}
param inner = l2 in {l2, dot}
block layer(u: [T d]) {
  memory make[r in key, value](u) {
    structure: mlp(depth=2, heads=heads)
    keys:      make.key.read(u) |> l2norm
    values:    self.read(make.value.read(u))
    objective: inner
    optimizer: dgd(lr=pace, erase=erase)
    update:    every 8 tokens
    init:      learned
    pace = linear(u, heads) |> sigmoid
  }
  memory main(u) {
    like:   make
    update: every 4 tokens
  }
  y = main.read(u)
  make.write(u)
  main.write(u)
  return u + linear(linear(y, layers), d)
}
"""


def errors(text, **settings):
    with pytest.raises(SpecError) as wrong:
        check(read_text(text, "spec.nl"), settings)
    return [(found.code, found.label.span.text) for found in wrong.value.report.errors]


def test_what_a_memory_takes_over():
    block = check(read_text(SPEC, "spec.nl")).outermost
    key, value, main = block.memories
    assert main.optimizer == key.optimizer == value.optimizer
    assert (main.update.count, key.update.count) == (4, 8)
    assert [field.name for field in main.form.fields()] == [field.name for field in key.form.fields()]
    for memory in block.memories:
        write = next(v for v in block.values if v.op == "write" and v.target == memory.name)
        read = block.values[write.args[write.roles.index("values")]]
        assert (read.op, read.target) == ("read", memory.name), "self is the memory whose field it is"


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("like: mak", [("E0404", "mak")]),
        ("like: main", [("E0417", "main")]),
        ("like: make(2)", [("E0407", "make(2)")]),
    ],
)
def test_like_names_another_memory(line, found):
    assert errors(SPEC.replace("like:   make", line)) == found


def chain(count):
    """Memories each of which is like the one before it."""
    fields = "structure: matrix\nobjective: l2\noptimizer: sgd(lr=0.1)\nupdate: every token"
    first = f"memory m0(x) {{\n{fields}\n}}\n"
    more = "".join(f"memory m{i}(x) {{ like: m{i - 1} }}\n" for i in range(1, count))
    lines = "y0 = m0(x)\n" + "".join(f"y{i} = y{i - 1} + m{i}(x)\n" for i in range(1, count))
    return f"nl 1\ndim d = 4\nblock layer(x: [T d]) {{\n{first}{more}{lines}return y{count - 1}\n}}\n"


def test_a_chain_is_as_long_as_specs_are_deep():
    assert len(check(read_text(chain(64), "spec.nl")).outermost.memories) == 64
    assert errors(chain(66)) == [("E0416", "m64")]
    longer = check(read_text(chain(66), "spec.nl"), budget=Budget(nesting=128))
    assert len(longer.outermost.memories) == 66


def test_a_long_chain_is_refused_soon():
    begun = time.process_time()
    assert {code for code, _ in errors(chain(2000))} == {"E0416"}
    assert time.process_time() - begun < 10


def test_inputs_have_the_same_names():
    assert errors(SPEC.replace("memory main(u)", "memory main(z)")) == [("E0404", "make")]


def test_a_word_beside_a_size_of_the_same_name():
    for word in ("layers", "last", "none"):
        system = check(read_text(SPEC, "spec.nl"), {"erase": word})
        assert {memory.optimizer.erase for memory in system.outermost.memories} == {word}


def test_all_words_of_a_domain_are_checked_where_they_are_used():
    assert errors(SPEC.replace("{layers, last, none}", "{layers, first, none}")) == [("E0409", "first")]
    assert errors(SPEC.replace("{l2, dot}", "{l2, mlp}")) == [("E0409", "mlp")]


def test_words_are_checked_through_a_block_that_takes_them():
    deep = SPEC.replace("layer(u: [T d])", "deep(u: [T d], how=none)").replace("erase=erase", "erase=how")
    text = deep.replace("{layers, last, none}", "{layers, first}")
    outer = "block outer(u: [T d]) { return deep(u, how=erase) }\n"
    assert errors(text + outer) == [("E0409", "first")]


def test_a_structure_that_waits_for_its_heads():
    text = SPEC.replace("param inner", "param holds = mlp(depth=2) in {matrix, mlp(depth=2)}\nparam inner")
    text = text.replace("structure: mlp(depth=2, heads=heads)", "structure: holds(heads=heads)")
    for holds in ("matrix", "mlp(depth=2)"):
        made = check(read_text(text, "spec.nl"), {"holds": holds}).outermost.memories[0].structure
        assert (made.name, made.heads) == (holds.split("(")[0], 2)


LEVEL = """nl 1
dim vocab = 8, d = 8
block layer(x: [T d]) {
  memory band(x) {
    structure: mlp(residual=true)
    objective: task
    optimizer: sgd(lr=0.1)
    update:    every 4 tokens
    init:      learned every 8 tokens
  }
  return band(x)
}
model lm(ids: [T]) {
  objective: next_token
  return embed(ids, d) |> layer |> unembed
}
"""


@pytest.mark.parametrize("init", ["learned every 4 tokens", "learned every 6 tokens"])
def test_a_level_starts_again_after_several_periods(init):
    check(read_text(LEVEL, "spec.nl"))
    assert errors(LEVEL.replace("learned every 8 tokens", init)) == [("E0415", init)]
