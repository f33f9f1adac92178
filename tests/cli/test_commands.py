"""The commands as a shell sees them."""

import json
import subprocess
import sys
import time

import pytest

from nlc.cli import main
from nlc.report import Report

DELTANET = "examples/deltanet.nl"


@pytest.fixture
def nlc(nlc, monkeypatch, request):
    monkeypatch.chdir(request.config.rootpath)
    return nlc


@pytest.fixture
def wrong(tmp_path):
    path = tmp_path / "wrong.nl"
    path.write_text("nl 1\n\nmemory m {\n  update: every 64\n}\n")
    return path


def test_help_lists_every_command_fast(nlc):
    code, out, _ = nlc("--help")
    assert code == 0
    commands = ["check", "fmt", "graph", "plan", "compile", "show", "train", "sample", "demo"]
    assert all(f"\n  {name}" in out for name in commands)


def test_help_imports_nothing_heavy():
    code = (
        "import sys; sys.argv = ['nlc', '--help']\n"
        "from nlc.cli.main import run\n"
        "try: run()\nexcept SystemExit: pass\n"
        "heavy = {'torch', 'numpy', 'sympy', 'jinja2', 'networkx', 'lark', 'pydantic', 'rich'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
    )
    begun = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
    assert time.perf_counter() - begun < 2


@pytest.mark.parametrize(
    "command", ["check", "fmt --diff", "graph", "graph --format svg", "plan", "compile -o OUT"]
)
def test_spec_commands_never_import_torch(command, request, tmp_path):
    words = [str(tmp_path / "out") if word == "OUT" else word for word in command.split()]
    light = {"torch"} | ({"sympy", "jinja2"} if words[0] in ("check", "fmt", "graph") else set())
    code = (
        f"import sys; sys.argv = ['nlc', {words[0]!r}, {DELTANET!r}, *{words[1:]!r}]\n"
        "from nlc.cli.main import run\n"
        "try: run()\nexcept SystemExit as end: assert end.code in (None, 0, 1), end.code\n"
        f"assert not {light} & set(sys.modules), {light} & set(sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=request.config.rootpath, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def test_a_good_spec_is_fine(nlc):
    code, out, err = nlc("check", DELTANET)
    assert (code, out) == (0, "")
    assert "fine" in err
    code, out, err = nlc("check", "--json", DELTANET)
    assert (code, err) == (0, "")
    assert json.loads(out) == {"diagnostics": [], "specs": [DELTANET], "errors": 0}


def test_a_wrong_spec_ends_with_one_and_tells_where(nlc, wrong):
    code, out, err = nlc("check", wrong)
    assert (code, out) == (1, "")
    assert "error[E" in err and "wrong.nl:4" in err and "\x1b" not in err


@pytest.mark.parametrize(
    "arguments",
    [
        ["check", "nowhere.nl"],
        ["check"],
        ["mend", DELTANET],
        ["check", DELTANET, "--set", "chunk"],
        ["check", DELTANET, "--budget", "hope=3"],
        ["graph", DELTANET, "--format", "png"],
        ["compile", DELTANET],
        ["sample", "nowhere"],
        ["sample", "examples"],
        ["train", DELTANET, "--data", "nowhere.txt", "--steps", "1"],
    ],
)
def test_wrong_usage_ends_with_two(nlc, arguments):
    code, out, err = nlc(*arguments)
    assert (code, out) == (2, "")
    assert err and "Traceback" not in err


def test_a_bug_says_that_it_is_one(nlc, monkeypatch):
    def broken(*_, **__):
        raise RuntimeError("inner\nworkings")

    monkeypatch.setattr("nlc.read.read", broken)
    code, _, err = nlc("check", DELTANET)
    assert code == 3
    assert "bug in nlc" in err and "NLC_TRACEBACK=1" in err and "Traceback" not in err
    monkeypatch.setenv("NLC_TRACEBACK", "1")
    with pytest.raises(RuntimeError):
        main.run(["check", DELTANET])


def test_graphs_come_in_every_form(nlc, tmp_path):
    for form, start in (("text", ""), ("mermaid", ""), ("dot", "digraph"), ("svg", "<svg")):
        code, out, _ = nlc("graph", DELTANET, "--format", form)
        assert code == 0 and out.startswith(start) and len(out) > 40
    code, out, _ = nlc("graph", DELTANET, "--format", "svg", "-o", tmp_path / "g.svg")
    assert (code, out) == (0, "") and (tmp_path / "g.svg").read_text().startswith("<svg")
    assert isinstance(json.loads(nlc("graph", DELTANET, "--json")[1]), dict)


def test_fmt_checks_shows_and_writes(nlc, tmp_path):
    path = tmp_path / "a.nl"
    path.write_text("nl 1\n\ndim   D=4   # wide\n\nblock f(x: [D]) {\n  return   x\n}\n")
    ugly = path.read_text()
    code, out, err = nlc("fmt", "--check", path)
    assert code == 1 and "would format" in err and path.read_text() == ugly
    code, out, err = nlc("fmt", "--diff", path)
    assert code == 1 and out.startswith("--- ") and path.read_text() == ugly
    assert nlc("fmt", path)[0] == 0 and path.read_text() != ugly and "# wide" in path.read_text()
    assert nlc("fmt", "--check", path)[0] == 0


def test_fmt_tells_what_it_cannot_read_and_leaves_it(nlc, wrong):
    before = wrong.read_text()
    code, _, err = nlc("fmt", wrong)
    assert code == 1 and "error[E" in err and wrong.read_text() == before


def test_compile_writes_and_plan_says_so_before(nlc, tmp_path):
    folder = tmp_path / "package"
    code, out, _ = nlc("plan", DELTANET, "-o", folder)
    assert code == 0 and "new" in out and not folder.exists()
    assert nlc("compile", DELTANET, "-o", folder)[0] == 0
    assert (folder / "__init__.py").exists()
    found = json.loads(nlc("plan", DELTANET, "-o", folder, "--json")[1])
    assert set(found["files"].values()) == {"unchanged"}


@pytest.mark.parametrize("stage", ["read", "check", "level", "plan"])
def test_compile_stops_where_told(nlc, stage):
    code, out, _ = nlc("compile", DELTANET, "--stop-after", stage)
    assert code == 0 and "lm" in out


def test_settings_reach_the_check(nlc):
    code, _, err = nlc("check", DELTANET, "--set", "no_such_name=3")
    assert code == 1 and "no_such_name" in err


def test_a_summary_counts():
    from nlc.cli.options import summary

    assert summary([Report()]) == "fine"


LINES = (
    "nl 1",
    "dim d = 64",
    'use "part.yaml" (inner)',
    "block f(x: [T d]) {",
    "  return inner(Linear(x)) |> Norm",
    "}",
)
SLIPS = "\r\n".join((*LINES, ""))
PART = "nl: 1\nblock: {inner: {in: {x: }, body: [return Sigmoid(x)]}}\n"


def test_fix_writes_what_is_safe_and_tells_what_is_left(nlc, tmp_path):
    path, part = tmp_path / "a.nl", tmp_path / "part.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + SLIPS.encode())
    part.write_text(PART)
    code, out, err = nlc("check", "--fix", path)
    assert (code, out) == (0, "") and "3 fixes made" in err and "`Linear` → `linear`" in err
    mended = SLIPS.replace("Linear", "linear").replace("Norm", "norm")
    assert path.read_bytes() == b"\xef\xbb\xbf" + mended.encode()
    assert part.read_text() == PART.replace("Sigmoid", "sigmoid")
    path.write_text("nl 1\ndim d = 64\nblock f(x: [T d]) { y = Linear(x) return y + zzz }\n")
    code, out, _ = nlc("check", "--fix", "--json", path)
    found = json.loads(out)
    assert code == 1 and [each["text"] for each in found["fixed"]] == ["linear"]
    assert [each["message"] for each in found["diagnostics"]] == ["unknown name `zzz`"]


def test_fix_writes_nothing_outside_the_project(nlc, tmp_path):
    inside, outside = tmp_path / "project", tmp_path / "other.nl"
    inside.mkdir()
    outside.write_text("nl 1\ndim d = 4\nblock f(x: [T d]) { return Linear(x) }\n")
    (inside / "link.nl").symlink_to(outside)
    before = outside.read_bytes()
    for spec in (inside / "link.nl", outside):
        assert nlc("check", "--fix", "--root", inside, spec)[0] == 1
        assert outside.read_bytes() == before
