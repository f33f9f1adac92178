"""Half-typed and hostile specs: an answer in time, never a traceback."""

import gc
import random
import re
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import nlc
from nlc.check import check
from nlc.read import read_text
from nlc.report import SpecError

EXAMPLES = sorted((Path(nlc.__file__).parents[1] / "examples").glob("*.nl"))
TEXTS = [path.read_text(encoding="utf-8") for path in EXAMPLES]
TOKEN = re.compile(r"[A-Za-z_]\w*|\d+(?:\.\d+)?(?:e-?\d+)?|\|>|[^\s\w]")
WORDS = sorted({word for text in TEXTS for word in TOKEN.findall(text)} | {"T", "state", "0", "-1", "1e9"})
SLOW = 1.0


def answer(text: str) -> str:
    """The rendered report; every error has a place that can be rendered."""
    start = time.process_time()
    try:
        said = check(read_text(text)).report.text()
    except SpecError as wrong:
        assert wrong.report.errors
        said = wrong.report.text()
    assert time.process_time() - start < SLOW
    return said


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(TEXTS), st.randoms(use_true_random=False), st.integers(1, 4))
def test_mutated_tokens(text: str, chance: random.Random, times: int):
    for _ in range(times):
        found = list(TOKEN.finditer(text))
        if not found:
            break
        one, other = chance.choice(found), chance.choice(found)
        new = chance.choice([chance.choice(WORDS), "", other.group(), f"{one.group()} {other.group()}"])
        text = text[: one.start()] + new + text[one.end() :]
    answer(text)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(TEXTS), st.randoms(use_true_random=False))
def test_moved_lines(text: str, chance: random.Random):
    lines = text.splitlines()
    for _ in range(chance.randint(1, 3)):
        at, to = chance.randrange(len(lines)), chance.randrange(len(lines))
        match chance.randrange(3):
            case 0:
                lines.insert(to, lines[at])
            case 1:
                lines[at], lines[to] = lines[to], lines[at]
            case _:
                lines[at] = ""
    answer("\n".join(lines))


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(TEXTS), st.randoms(use_true_random=False))
def test_swapped_names(text: str, chance: random.Random):
    names = sorted(set(re.findall(r"[A-Za-z_]\w*", text)))
    one, other = chance.sample(names, 2)
    answer(re.sub(rf"\b{one}\b", other, text))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_truncated(path: Path):
    text = path.read_text(encoding="utf-8")
    for end in range(0, len(text), 17):
        answer(text[:end])


BLOCK = "nl 1\ndim d = 64\n"
DEEP = "".join(f"block b{i}(x: [T d]) {{ return x |> repeat(b{i + 1}, 64) }}\n" for i in range(10))
WIDE = "".join(
    f"block b{i}(x: [T d], h=1) {{ return b{i + 1}(x, h=2*h) + b{i + 1}(x, h=2*h+1) }}\n" for i in range(40)
)
LADDER = "".join(f"block b{i}(x: [T d]) {{ return b{i + 1}(norm(x)) }}\n" for i in range(200))
MEMORY = (
    "memory m[c in {}](x) {{ structure: matrix objective: l2 optimizer: sgd(lr=0.1) update: every token }}"
)
HUGE = {
    "wide": "nl 1\ndim d = 1000000000\nblock f(x: [T d]) { return linear(x) }",
    "repeated": BLOCK + "block g(x: [T d]) { return linear(x) }\nblock f(x: [T d]) "
    "{ return x |> repeat(g, 1000000) }",
    "family": BLOCK + "block f(x: [T d]) { " + MEMORY.format("1..100000") + " return chain(m, x) }",
    "families": BLOCK
    + "".join(
        f"block f{i}(x: [T d]) {{ {MEMORY.format('1..9000')} return chain(m, x) }}\n" for i in range(20)
    ),
    "multiplied": BLOCK
    + DEEP
    + "block b10(x: [T d]) { return linear(x) }\nblock f(x: [T d]) { return b0(x) }",
    "spread": BLOCK + WIDE + "block b40(x: [T d], h=1) { return x + h }\nblock f(x: [T d]) { return b0(x) }",
    "nested": BLOCK + LADDER + "block b200(x: [T d]) { return x }\nblock f(x: [T d]) { return b0(x) }",
    "lines": BLOCK
    + "block f(x: [T d]) {\n"
    + "".join(f"a{i} = norm(x)\n" for i in range(20000))
    + "return x }",
    "cache": BLOCK + "block f(x: [T d]) { memory m(x) { structure: cache objective: softmax "
    "optimizer: closed_form update: every token } return m(x) }\ndim T = 1000000000",
}


@pytest.mark.parametrize("name", HUGE)
def test_huge_meaning_is_refused_before_it_is_built(name: str):
    start = time.process_time()
    with pytest.raises(SpecError) as wrong:
        project = read_text(HUGE[name])
        start = time.process_time()
        check(project)
    assert time.process_time() - start < SLOW
    assert "E0416" in {found.code for found in wrong.value.report.diagnostics}


MISTAKES = BLOCK + "block f(x: [T d]) {\n" + "".join(f"a{i} = y{i}\n" for i in range(5000)) + "return x }"


def test_thousands_of_mistakes_end_early():
    assert answer(MISTAKES).count("error[") <= 100


CIRCLES = {
    "itself": "param a = a",
    "later": "param a = b\nparam b = a",
    "sum": "param a = a + 1",
    "call": "param f = f(1)",
    "calls": "param f = g(1)\nparam g = f(2)",
    "dims": "dim a = b, b = a",
}


@pytest.mark.parametrize("name", CIRCLES)
def test_names_that_stand_for_themselves(name: str):
    used = "f" if "call" in name else "a"
    said = answer(f"nl 1\n{CIRCLES[name]}\ndim d = 8\nblock l(x: [T d]) {{ return {used} * {used}(x) }}")
    assert "error[E0404]" in said


ONE = "structure: matrix objective: l2 optimizer: sgd(lr=0.1) update: every token"
MANY = {
    "calls": "block g(x: [T d], how=l2) { return x }\nblock f(x: [T d]) {\n"
    + "".join(f"a{i} = g(x, how=l{i})\n" for i in range(3000))
    + "return x }",
    "forms": "".join(f"block g{i}(x: [T d]) {{ return x }}\n" for i in range(9000))
    + "block f(x: [T d]) { return x }",
    "memories": "block f(x: [T d]) { "
    + "".join(f"memory m{i}(x) {{ {ONE} }}\n" for i in range(4000))
    + "return x }",
    "writes": f"block f(x: [T d]) {{ memory m(x) {{ {ONE} }}\n"
    + "m.write(linear(x))\n" * 3000
    + "return m.read(x) }",
    "params": "param p0 = 1\n"
    + "".join(f"param p{i} = p{i - 1}\n" for i in range(1, 9000))
    + "block f(x: [T d]) { return x * p8999 }",
}


@pytest.mark.parametrize("name", MANY)
def test_much_of_one_kind_takes_no_more_than_its_share(name: str):
    """Work grows with the text, not with its square."""
    project = read_text(BLOCK + MANY[name])
    gc.collect()
    gc.disable()  # what other tests left behind is not this one's work
    try:
        start = time.process_time()
        check(project)
        assert time.process_time() - start < 2 * SLOW
    finally:
        gc.enable()
