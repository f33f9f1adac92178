"""`nlc diff`: changed mathematics, a changed schedule, mere spelling."""

import json
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TITANS = (ROOT / "examples" / "titans.nl").read_text(encoding="utf-8")


@pytest.fixture
def diff(nlc, tmp_path):
    def call(before, after, *words, names=("a.nl", "b.nl")):
        for name, text in zip(names, (before, after), strict=True):
            (tmp_path / name).write_text(text, encoding="utf-8")
        return nlc("diff", *names, *words)

    return call


def changed(*pairs, text=TITANS):
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    return text


def test_nothing_changed(diff):
    assert diff(TITANS, TITANS, "--exit-code") == (0, "no difference\n", "")


def test_all_groups(diff, golden):
    text = changed(
        ("objective: l2", "objective: huber(delta=0.5)"),
        ("(1 - beta) * ", ""),
        ("beta=beta", "beta=0.9"),
        ("    beta = linear(x, heads) |> sigmoid\n", ""),
        ("return a + swiglu(norm(a))", "b = norm(a)\n  return a + swiglu(b)"),
        ("d = 128", "d = 64"),
        ("in {4, 8, 16, 32, 64}", "in {8, 16}"),
    )
    code, out, err = diff(TITANS, text + "\nschedule torch { titans.ltm: tile(tokens=32) }\n# new\n")
    assert (code, err) == (0, "")
    golden(out)


def test_spelling_only(diff):
    text = changed(
        ("    objective: l2\n", ""),
        ("    init:      learned\n", "    init: learned\n    objective: l2 # mine\n"),
    )
    code, out, _ = diff(TITANS, text, "--exit-code")
    assert (code, out) == (0, "only spelling\n    comments\n")
    code, out, _ = diff(TITANS, text.replace(" # mine", ""), "--exit-code")
    assert (code, out) == (0, "only spelling\n    order or layout\n")
    yaml = (ROOT / "examples" / "titans.yaml").read_text(encoding="utf-8")
    code, out, _ = diff(TITANS, yaml, "--exit-code", names=("a.nl", "b.yaml"))
    assert (code, out) == (0, "only spelling\n    order or layout\n")


def test_a_default_that_is_written_out_is_no_mathematics(diff):
    text = changed(("to=target)", "to=target, first=false)"))
    code, out, _ = diff(TITANS, text, "--json", "--exit-code")
    found = json.loads(out)
    assert code == 0 and found["same"] and found["consequences"] == {}
    assert found["semantic_hash"][0] != found["semantic_hash"][1]
    assert [change["group"] for change in found["changes"]] == ["spelling"]
    assert "the hash counts it" in found["changes"][0]["what"]


def test_exit_code_and_json(diff):
    text = changed(("objective: l2", "objective: dot"))
    assert diff(TITANS, text)[0] == 0
    code, out, _ = diff(TITANS, text, "--exit-code", "--json")
    assert code == 1
    assert json.loads(out)["changes"] == [
        {"group": "mathematics", "place": "titans.ltm", "what": "objective", "before": "l2", "after": "dot"}
    ]


def test_only_the_schedule(diff):
    schedule = "\nschedule torch {{ titans.ltm: tile(tokens={}) }}\n"
    code, out, _ = diff(TITANS + schedule.format(32), TITANS + schedule.format(64), "--exit-code")
    assert code == 1
    assert out == ("schedule\n  ~ schedule torch  titans.ltm  tile(tokens=32) → tile(tokens=64)\n")


def test_families_are_unrolled(diff):
    cms = (ROOT / "examples" / "cms.nl").read_text(encoding="utf-8")
    text = changed(
        ("c in fast, middle, slow", "c in fast, slow"), ("param middle = 64 in {16, 64, 128}\n", ""), text=cms
    )
    _, out, _ = diff(cms, text)
    assert "  - hope_attention.band.64  mlp · task · sgd · every 64 tokens\n" in out
    assert "band.32" not in out and "  - param middle" in out
    assert "levels" in out.partition("consequences")[2]


def test_settings_are_for_both(diff):
    text = changed(("param chunk  = 16", "param chunk  = 32"))
    _, out, _ = diff(TITANS, text)
    assert "~ param chunk" in out
    assert "every 16 tokens → every 32 tokens" in out
    code, out, _ = diff(TITANS, text, "--set", "chunk=8", "--exit-code")
    assert code == 0 and "mathematics" not in out


def test_a_renamed_line_counts_as_the_hash_says(diff):
    text = changed(("  u = norm(x)", "  w = norm(x)"), ("ltm(u)", "ltm(w)"), ("(linear(u)", "(linear(w)"))
    code, out, _ = diff(TITANS, text, "--exit-code")
    assert code == 1 and "-u = norm(x, eps=1e-6)" in out and "+w = norm(x, eps=1e-6)" in out


def test_errors_of_both_are_told(diff):
    code, out, err = diff("nl 1\nblock f(x: [T 4]) { return y }\n", "nl 1\nblock f(x: [T 4]) { return z }\n")
    assert (code, out) == (1, "") and "a.nl:2" in err and "b.nl:2" in err
