"""Rules of the language, each with the smallest spec that shows it."""

import pytest

from nlc.check import Budget, check
from nlc.ir.system import Block, System
from nlc.read import read_text
from nlc.read.uses import standard_names
from nlc.report import SpecError
from nlc.write.expr import print_expr

HEAD = "nl 1\ndim d = 64, heads = 4\n"
FIELDS = "structure: matrix(heads=heads) objective: l2 optimizer: sgd(lr=0.1)"
MEMORY = f"memory m(x) {{ {FIELDS} update: every token }}\n"
SLOW = f"memory m(x) {{ {FIELDS} update: every 16 tokens }}\n"
FAMILY = f"memory m[r in one, two](x) {{ {FIELDS} update: every 16 tokens values: m[r].read(x) }}\n"


def made(text: str, budget: Budget | None = None, **settings: str) -> System:
    return check(read_text(text), settings, budget)


def block(body: str, head: str = HEAD) -> Block:
    return made(f"{head}block f(x: [T d]) {{\n{body}\n}}").outermost


def codes(text: str, budget: Budget | None = None, **settings: str) -> list[str]:
    with pytest.raises(SpecError) as wrong:
        made(text, budget, **settings)
    return [found.code for found in wrong.value.report.sorted()]


def body(text: str) -> list[str]:
    return codes(f"{HEAD}block f(x: [T d]) {{\n{text}\n}}")


def ops(found: Block) -> list[str]:
    return [value.op for value in found.values]


# -- families


@pytest.mark.parametrize("line", ["m.write(x)", "m(x)"])
def test_a_family_is_written_at_once(line: str):
    """The fields of all members are evaluated before any of them is written."""
    found = block(FAMILY + line + "\nreturn x + m.one.read(x) + m.two.read(x)")
    kinds = ops(found)
    writes = [index for index, kind in enumerate(kinds) if kind == "write"]
    assert [found.values[index].target for index in writes] == ["m.one", "m.two"]
    assert writes[1] == writes[0] + 1


def test_a_family_has_many_answers():
    assert body(FAMILY + "return x + m(x)") == ["E0411"]
    assert body(FAMILY + "return x + m.three.read(x)") == ["E0404"]


def test_labels_name_modules():
    text = "memory m_one(x) { " + FIELDS + " update: every token }\n"
    assert body(text + FAMILY + "return m_one(x)") == ["E0406"]
    assert body(FAMILY.replace("one, two", "one, one") + "return x") == ["E0406"]
    assert body(FAMILY.replace("one, two", "1e30") + "return x") == ["E0407"]


# -- a memory's own lines


def test_own_lines_are_shared_by_the_fields():
    found = block(
        "memory m(x) { dt = linear(x, 1) |> softplus structure: matrix objective: l2 "
        "optimizer: sgd(lr=dt) retention: keep(1 - 0.1 * dt) update: every token }\nreturn m(x)"
    )
    assert [value.owner for value in found.values if value.op == "linear"] == ["m.dt_linear"]


def test_an_own_line_is_no_field():
    text = MEMORY.replace("update", "keys = linear(x) update")
    assert body(text + "return m(x)") == ["E0101"]


def test_uses_of_a_field_share_its_parameters():
    text = SLOW.replace("update", "queries: linear(x) update")
    found = block(text + "m.write(x)\nreturn m.read(x) + m.read(norm(x))")
    assert {value.owner for value in found.values if value.op == "linear"} == {"m.queries_linear"}


def test_equations_own_their_parameters():
    """Even where a name of the spec is the name that `return` or a write would have taken."""
    found = block(
        SLOW + "out = linear(x)\nm.write(linear(x))\nm.write(linear(x))\nreturn m.read(linear(out))"
    )
    owners = [value.owner for value in found.values if value.op == "linear"]
    assert len(owners) == len(set(owners)) == 4


def test_a_memory_takes_one_size():
    assert body(MEMORY + "return linear(x, 32) * linear(m(linear(x, 32)), 32) + linear(m(x), 32)") == [
        "E0301"
    ]


def test_heads_come_together_where_a_memory_reads_them():
    text = SLOW.replace("update", "values: m.read(m.read(x) |> l2norm) update")
    assert "merge" in ops(block(text + "m.write(x)\nreturn m.read(x)"))


# -- names and follow-up errors


def test_one_mistake_is_said_once():
    assert body("a = lineer(x)\nb = a + a\nreturn b + norm(a)") == ["E0404"]
    assert body(MEMORY.replace("l2", "l3") + "y = m(x)\nz = m(y)\nreturn z") == ["E0401"]


def test_all_mistakes_are_said():
    text = MEMORY.replace("l2", "l3").replace("lr=0.1", "rate=0.1").replace("token ", "0 tokens ")
    text = text.replace("update", "keys: linaer(x) update")
    assert sorted(body(text + "a = foo(x) + bar(x)\nreturn m(x) + a")) == sorted(
        ["E0401", "E0403", "E0201", "E0404", "E0404", "E0404"]
    )


def test_the_model_and_its_blocks_are_looked_at_together():
    model = "model lm(ids: [T]) { optimizer: adamw(lrr=1) return embed(ids, d) |> f }"
    assert codes(f"{HEAD}block f(x: [T d]) {{ return y }}\n{model}") == ["E0404", "E0410", "E0403"]


@pytest.mark.parametrize(
    "text",
    [
        "memory repeat(x) { " + FIELDS + " update: every token }\nreturn x",
        "d = norm(x)\nreturn d",
        "x = x\nreturn x",
    ],
)
def test_names_are_bound_once(text: str):
    assert body(text) == ["E0406"]


def test_used_names_and_own_names():
    text = 'nl 1\nuse "std/swiglu.nl" (swiglu)\ndim d = 8\nblock swiglu(x: [T d]) { return x }'
    assert codes(text) == ["E0406"]


def test_forms_in_wrong_places():
    assert codes(f"{HEAD}{MEMORY}block f(x: [T d]) {{ return x }}") == ["E0402"]
    assert body("block g(x) { return x }\nreturn x") == ["E0402"]
    assert body("objective: l2\nreturn x") == ["E0402"]
    model = "model {}(ids: [T]) {{ objective: next_token return embed(ids, d) |> unembed }}\n"
    assert codes(HEAD + model.format("a") + model.format("b")) == ["E0406"]


def test_a_write_has_no_value():
    assert body(SLOW + "a = m.write(x)\nreturn m.read(x)") == ["E0411"]
    assert body(SLOW + "m.read(x)\nm.write(x)\nreturn m.read(x)") == ["E0418"]


def test_what_is_not_built_is_said():
    assert body(
        SLOW.replace("update", "init: n update") + MEMORY.replace("m(x)", "n(x)") + "return m.read(x)"
    )[:1] == ["E0419"]
    assert body(SLOW.replace("lr=0.1", "lr=0.1, batched=true") + "m.write(x)\nreturn m.read(x)") == ["E0419"]
    assert body(MEMORY.replace("matrix(heads=heads)", "tensor") + "return m(x)") == ["E0419"]


# -- objectives of one's own


def test_a_loss_may_mention_streams():
    found = block(
        MEMORY.replace("l2", "minimize(delta * log(cosh(p - v)))") + "delta = linear(x)\nreturn m(x)"
    )
    (use,) = [value for value in found.values if value.op == "apply"]
    assert "loss.delta" in use.roles


def test_p_and_v_are_the_prediction_and_the_value():
    found = block(MEMORY.replace("l2", "minimize((p - v) * p)") + "p = linear(x)\nreturn m(p)")
    (use,) = [value for value in found.values if value.op == "apply"]
    assert set(use.roles) == {"keys", "values", "queries"}


@pytest.mark.parametrize(
    ("loss", "code"),
    [
        ("lgo(p - v)", "E0404"),
        ("p - w", "E0404"),
        ("linear(p)", "E0422"),
        ("m.read(p)", "E0422"),
        ("v * v", "E0422"),
        ("clamp(p, -1)", "E0403"),
        ("tanh(p, v)", "E0403"),
        ("p, v", "E0405"),
    ],
)
def test_wrong_losses(loss: str, code: str):
    assert body(MEMORY.replace("l2", f"minimize({loss})") + "return m(x)") == [code]


def test_a_loss_may_have_pipes_and_constants():
    text = MEMORY.replace("l2", "minimize((p - v) |> clamp(-heads, heads))")
    (memory,) = block(text + "return m(x)").memories
    assert memory.loss is not None
    assert print_expr(memory.loss) == "clamp(p - v, -4, 4)"


# -- warnings


def test_a_family_that_is_not_used_is_said_once():
    report = made(f"{HEAD}block f(x: [T d]) {{ {FAMILY} return x }}").report
    assert [found.message for found in report.diagnostics] == ["`m` is never used"]


# -- blocks as values


CHOICE = HEAD + (
    "block a(x: [T d]) { return linear(x) }\nblock b(x: [T d], n=1) { return n * x }\n"
    "param mixer = a in {a, b, b(n=3)}\n"
)


@pytest.mark.parametrize("how", ["x |> mixer", "mixer(x)", "x |> repeat(mixer, 2)"])
@pytest.mark.parametrize("which", ["a", "b", "b(n=3)"])
def test_a_param_may_stand_for_a_block(how: str, which: str):
    found = made(f"{CHOICE}block f(x: [T d]) {{ return {how} }}", mixer=which)
    (use,) = [value for value in found.outermost.values if value.op == "call"]
    assert found.block(use.target).form.name == which[0]


def test_a_waiting_call_has_arguments():
    found = made(CHOICE + "block f(x: [T d]) { return x |> repeat(b(n=3), 2) }")
    number = next(value for value in found.blocks[0].values if value.op == "number")
    assert number.attributes["value"] == 3


def test_standard_blocks_take_any_size():
    use = 'nl 1\nuse "std/swiglu.nl" (swiglu)\n'
    text = "block f(x: [T 24], y: [T 40]) { return concat(swiglu(x), swiglu(y)) }"
    assert made(use + text).outermost.values[-1].shape == (64,)


@pytest.mark.parametrize("file", sorted(standard_names()))
def test_standard_blocks_stand_alone(file: str):
    form = dict(read_text(f'nl 1\nuse "std/{file}" (x)\n').used)[f"std/{file}"].forms()
    for name in (each.name for each in form if each.kind == "block"):
        text = f'nl 1\nuse "std/{file}" ({name})\nmodel lm(ids: [T]) {{ objective: next_token '
        found = made(f"{text} return embed(ids, 48) |> {name} |> unembed }}")
        assert found.report.text() == ""
        assert found.blocks[0].inputs == (("x", (48,)),)


def test_parts_go_into_blocks_but_streams_do_not():
    head = HEAD + "block g(x: [T d], how=l2) { " + MEMORY.replace("l2", "how") + "return m(x) }\n"
    found = made(head + "param inner = huber(delta=2.0)\nblock f(x: [T d]) { return g(x, how=inner) }")
    assert found.blocks[0].memories[0].objective.name == "huber"
    assert codes(head + "block f(x: [T d]) { return g(x, how=linear(x)) }") == ["E0407"]


def test_a_block_that_nobody_calls_is_checked_where_its_sizes_are_known():
    last = "block f(x: [T d]) { return x }"
    assert codes(f"{HEAD}block g(x: [T d]) {{ return y }}\n{last}") == ["E0404"]
    made(f"{HEAD}block g(x) {{ return y }}\n{last}")
    made(f"{HEAD}block g(x: [T e]) {{ return y }}\n{last}")


# -- schedules


def scheduled(line: str, backend: str = "torch") -> str:
    return f"{HEAD}block f(x: [T d]) {{ {MEMORY} return m(x) }}\nschedule {backend} {{ {line} }}"


@pytest.mark.parametrize(
    "line", ["f.m: tile(tokens=32, heads=2) |> warps(4) |> stages(2)", "m: tile(tokens=d)"]
)
def test_schedules(line: str):
    assert "torch" in made(scheduled(line)).schedules


def test_a_schedule_has_numbers_and_names():
    found = made(scheduled("m: tile(d / 2) |> warps(heads)"), heads="2").schedules["torch"]
    assert print_expr(found.fields()[0].value) == "tile(tokens=32) |> warps(count=2)"


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("f.n: tile(tokens=32)", "E0421"),
        ("m: tiles(tokens=32)", "E0421"),
        ("m: tile(rows=32)", "E0403"),
        ("m: tile(tokens=0)", "E0407"),
        ("m: warps(1, 2)", "E0403"),
        ("m: warps(2) m: warps(2)", "E0406"),
        ("m: every 2 tokens", "E0407"),
        ("m: 32", "E0421"),
    ],
)
def test_wrong_schedules(line: str, code: str):
    assert codes(scheduled(line)) == [code]
    assert code in codes(scheduled(line, "triton"))


@pytest.mark.parametrize("line", ["tile(tokens=24)", "tile(8)", "warps(3)", "tile(32) |> stages(count=9)"])
def test_a_kernel_is_launched_with_numbers_that_a_gpu_takes(line: str):
    assert codes(scheduled(f"m: {line}", "triton")) == ["E0407"]
    made(scheduled(f"m: {line}"))


def test_each_backend_has_a_schedule_of_its_own():
    text = scheduled("m: tile(32)") + "\nschedule triton { f.m: tile(64) |> warps(8) }"
    assert sorted(made(text).schedules) == ["torch", "triton"]


# -- the budget


def test_the_budget_can_be_raised():
    text = HEAD + "block f(x: [T d]) { return linear(x, 1000) }"
    assert codes(text, Budget(parameters=1000)) == ["E0416"]
    made(text, Budget.of("parameters=1e6"))
    with pytest.raises(ValueError, match="no budget"):
        Budget.of("parms=1")


def test_the_deepest_nesting_that_is_allowed():
    text = HEAD + "".join(f"block b{i}(x: [T d]) {{ return b{i + 1}(norm(x)) |> norm }}\n" for i in range(62))
    made(text + "block b62(x: [T d]) { return x }\nblock f(x: [T d]) { return b0(x) }")


# -- optimizer forms


def test_an_optimizer_form_is_checked():
    form = (
        "optimizer o(g: [m n], lr=2e-2) {{ otherwise: adamw(lr=lr) memory fast(g) {{ structure: tensor "
        "values: g objective: dot optimizer: sgd(lr=1) update: every step }}\nreturn lr * {}(fast(g)) }}\n"
    )
    last = HEAD + "block f(x: [T d]) { return x }\n"
    made(last + form.format("orthogonalize"))
    assert codes(last + form.format("orthogonalise")) == ["E0404"]
    model = "model lm(ids: [T]) { objective: next_token optimizer: o return embed(ids, d) |> unembed }"
    assert codes(HEAD + form.format("orthogonalize") + model) == ["E0419"]


def test_a_function_of_a_constant_is_refused_unless_it_makes_scales():
    """It would be a Python number in the package, which has no `silu`."""
    text = "nl 1\nparam free = 4.0\nblock f(x: [T 8]) { return x * sqrt(free) / exp(-log(free)) }\n"
    found = check(read_text(text, "spec.nl")).outermost.values
    scales = [value.attributes["value"] for value in found if value.op == "number"]
    assert scales == pytest.approx([2.0, 0.25])
    text = "nl 1\nparam free = 0.5\nblock f(x: [T 8]) { return x * silu(free) }\n"
    with pytest.raises(SpecError, match=r"E0407.*`silu` is for streams, and this is a number"):
        check(read_text(text, "spec.nl"))
