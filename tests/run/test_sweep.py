"""The walk over a spec's domains: values, prices, refusals, runs that are remembered, table and picture."""

import json
import signal
import subprocess
import sys
import time
from xml.etree import ElementTree

import pytest

from nlc.read import read_text
from nlc.run.progress import line
from nlc.run.stages import Stages
from nlc.run.sweep.asked import Asked
from nlc.run.sweep.axis import axis
from nlc.run.sweep.front import front
from nlc.run.sweep.labels import Box, place
from nlc.run.sweep.picture import picture
from nlc.run.sweep.price import price
from nlc.run.sweep.results import Result, Results, key
from nlc.run.sweep.table import markdown, outcome, text
from nlc.run.sweep.walk import NoWalk, count, grid, walks

SPEC = """nl 1
dim vocab = 256, d = 16, heads = 2
param rate = 0.1 in log(1e-3, 1.0)
param chunk = 8 in {4, 8, 16}
param inner = l2 in {l2, dot, huber(delta=1.0)}
param width = 2 in 1..9
param free = 0.5

block layer(x: [T d]) {
  memory m(x) {
    structure: matrix(heads=heads)
    keys:      linear(x) |> l2norm
    values:    linear(x) * free
    queries:   linear(x) |> l2norm
    objective: inner
    optimizer: sgd(lr=rate)
    update:    every token
    anchor:    every chunk tokens
  }
  return x + linear(m(norm(x)) |> conv(width))
}

model lm(ids: [T]) {
  objective: next_token
  optimizer: adamw(lr=1e-2)
  return embed(ids, d) |> layer |> norm |> unembed
}
"""
FILE = read_text(SPEC, "spec.nl").main
ASKED = Asked(steps=3, batch=2, length=16)


@pytest.fixture
def spec(tmp_path):
    path = tmp_path / "tiny.nl"
    path.write_text(SPEC)
    (tmp_path / "words.txt").write_text("the quick brown fox jumps over the lazy dog. " * 50)
    return path


QUICK = ["--steps", "3", "--batch", "2", "--length", "16", "--data", "words.txt"]


def values(found):
    return {walk.name: list(walk.values) for walk in found}


def test_what_param_names_is_walked_beside_what_only_names():
    assert values(walks(FILE, {}, 3, ["chunk"], {"d": "32, 64"})) == {
        "d": ["32", "64"],
        "chunk": ["4", "8", "16"],
    }


def test_domains_are_walked_in_the_order_of_the_text():
    assert values(walks(FILE, {}, 3)) == {
        "rate": ["0.001", "0.0316", "1.0"],
        "chunk": ["4", "8", "16"],
        "inner": ["l2", "dot", "huber(delta=1.0)"],
        "width": ["1", "5", "9"],
    }


def test_ranges_have_as_many_points_as_asked_and_keep_their_ends():
    found = values(walks(FILE, {}, 40, only=["rate", "width"]))
    assert found["width"] == [str(number) for number in range(1, 10)]
    assert len(found["rate"]) == 40 and (found["rate"][0], found["rate"][-1]) == ("0.001", "1.0")
    assert [float(value) for value in found["rate"]] == sorted(float(value) for value in found["rate"])


def test_only_set_and_param_choose_what_is_walked():
    assert list(values(walks(FILE, {"chunk": "4"}, 3))) == ["rate", "inner", "width"]
    assert list(values(walks(FILE, {}, 3, only=["width", "chunk"]))) == ["chunk", "width"]
    given = {"free": "0.25, 1.0", "d": "16,32", "width": "2..4", "rate": "log(16, 1024)"}
    found = values(walks(FILE, {}, 3, only=list(given), given=given))
    assert found == {
        "rate": ["16", "128", "1024"],  # whole ends give whole numbers
        "width": ["2", "3", "4"],
        "free": ["0.25", "1.0"],
        "d": ["16", "32"],
    }


def test_the_ends_of_a_range_may_be_constants():
    file = read_text(
        "nl 1\ndim d = 8\nparam a = 1 in 1..d\nblock f(x: [T d]) {\n  return x\n}\n", "s.nl"
    ).main
    assert values(walks(file, {}, 2)) == {"a": ["1", "8"]}
    assert values(walks(file, {"d": "4"}, 2)) == {"a": ["1", "4"]}


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"only": ["chunck"]}, "did you mean `chunk`"),
        ({"only": ["free"]}, "no domain"),
        ({"given": {"free": "log(0, 1)"}}, "above 0"),
        ({"given": {"free": "9..1"}}, "two ends"),
        ({"fixed": {"chunk": "4"}, "only": ["chunk"]}, "fixed by --set"),
    ],
)
def test_what_cannot_be_walked_is_said(asked, said):
    with pytest.raises(NoWalk, match=said):
        walks(FILE, asked.pop("fixed", {}), 3, **asked)


def test_a_grid_takes_every_choice_once():
    found = walks(FILE, {}, 3, only=["chunk", "inner"])
    points = list(grid(found))
    assert count(found) == len(points) == 9 == len({tuple(point.items()) for point in points})
    assert points[1] == {"chunk": "4", "inner": "dot"}


def test_points_are_priced_refused_and_found_equal(spec):
    points = price(Stages(spec, length=64), grid(walks(FILE, {}, 3, ["d"], {"d": "16, 15, 16.0, 32"})))
    assert [point.code for point in points] == ["", "E0302", "E0407", ""]
    assert [point.runs for point in points] == [True, False, False, True]
    assert points[3].parameters > points[0].parameters > 0
    assert points[3].flops > points[0].flops > 0 and points[0].state_bytes > 0
    points = price(Stages(spec), grid(walks(FILE, {}, 3, ["rate"], {"rate": "1e-3, 0.001, 0.1"})))
    assert [point.twin for point in points] == [None, {"rate": "1e-3"}, None]


def test_a_vocabulary_that_bytes_do_not_fit_is_refused(spec):
    (point,) = price(Stages(spec), [{"vocab": "100"}])
    assert point.refused and "vocabulary of 256" in point.message


def test_a_dry_run_needs_no_torch(spec):
    code = (
        "import sys\nfrom nlc.cli.main import run\n"
        f"try: run(['sweep', {str(spec)!r}, '--dry-run', '--only', 'chunk,inner'])\n"
        "except SystemExit as end: assert end.code in (None, 0), end.code\n"
        "assert 'torch' not in sys.modules and 'numpy' not in sys.modules\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=spec.parent, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("not run") == 9 and "9 runs to go: about" in done.stdout
    assert not (spec.parent / "runs").exists()


def test_two_points_are_trained_and_a_refused_one_is_shown(nlc, spec):
    arguments = ["sweep", spec, "--param", "heads=1,2,3", "--only", "heads", *QUICK]
    code, out, err = nlc(*arguments)
    assert code == 0, err
    *trained, refused = out.splitlines()[1:4]
    assert [row.split()[0] for row in trained] != ["3"] and refused.startswith("3 ")
    assert "refused" in refused and "E0302" in refused
    assert "state, FLOPs" in out and "run 1 of 2: heads=1" in err
    folder = spec.parent / "runs" / "sweep-tiny"
    assert sorted(file.name for file in folder.iterdir()) == ["results.jsonl", "sweep.svg", "table.md"]
    # The same again trains nothing, and tells the same.
    before = (folder / "results.jsonl").read_bytes()
    again, same, err = nlc(*arguments, "--json")
    assert (again, err) == (0, "")
    found = json.loads(same)
    assert [row["status"] for row in found["points"]] == ["trained", "trained", "refused"]
    assert found["points"][2]["code"] == "E0302" and text(found) in out
    assert (folder / "results.jsonl").read_bytes() == before
    # Other training settings are other runs; a kept run has its package and its checkpoint.
    code, _, err = nlc(*arguments, "--seed", "7", "--keep", "--set", "rate=0.2")
    assert code == 0 and "2 runs to do" in err
    assert len(list(folder.glob("points/*/checkpoint.safetensors"))) == 2


def test_a_run_that_bursts_is_marked_and_others_go_on(nlc, spec):
    spec.write_text(SPEC.replace("linear(x) * free", "linear(x) * free * free"))
    code, out, err = nlc("sweep", spec, "--param", "free=1e38,0.5", "--only", "free", "--seeds", "2", *QUICK)
    assert code == 0, err
    good, burst = out.splitlines()[1:3]
    assert good.startswith("0.5") and burst.startswith("1e38") and "diverged" in burst
    lines = (spec.parent / "runs" / "sweep-tiny" / "results.jsonl").read_text().splitlines()
    assert len(lines) == 3  # a point that diverged needs no second seed
    assert "diverged" in (spec.parent / "runs" / "sweep-tiny" / "sweep.svg").read_text()


def test_a_kill_loses_at_most_the_run_it_met(spec):
    arguments = ["sweep", str(spec), "--only", "chunk", "--seeds", "20", *QUICK]
    results = spec.parent / "runs" / "sweep-tiny" / "results.jsonl"
    command = [sys.executable, "-m", "nlc", *arguments]
    quiet = {"cwd": spec.parent, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, **quiet) as child:
        ends = time.monotonic() + 120
        while not (results.exists() and results.read_bytes().count(b"\n") >= 2):
            assert time.monotonic() < ends and child.poll() is None
            time.sleep(0.02)
        child.send_signal(signal.SIGKILL)
    before = results.read_bytes()
    results.write_bytes(before + b'{"key": "half of a li')
    point = next(iter(price(Stages(spec, length=16), [{"chunk": "4"}])))
    asked = Asked(steps=3, batch=2, length=16, seeds=20, data=(str(spec.parent / "words.txt"),))
    kept = Results(results)
    found = kept.get(point, asked, 0)
    assert found is not None and found.values == {"chunk": "4"} and found.bits is not None
    kept.add(Result("new", 0, {}, 1, 1.0, 1.0, 2.0))
    assert results.read_bytes().startswith(before) and len(Results(results).found) == before.count(b"\n") + 1


def test_a_key_changes_with_what_a_run_depends_on(spec):
    one, other = price(Stages(spec), [{"chunk": "4"}, {"chunk": "8"}])
    keys = [
        key(one, ASKED, 0),
        key(one, ASKED, 1),
        key(other, ASKED, 0),
        key(one, Asked(steps=4, batch=2, length=16), 0),
        key(one, Asked(steps=3, batch=2, length=16, data=("stdlib",)), 0),
    ]
    assert len(set(keys)) == len(keys)
    assert key(one, Asked(steps=3, batch=2, length=16, seeds=5), 0) == keys[0]


def test_the_limit_is_asked_for_before_anything_runs(nlc, spec):
    code, out, err = nlc("sweep", spec)
    assert (code, out) == (2, "") and "81 points" in err and "--limit 81" in err
    assert not (spec.parent / "runs").exists()
    assert nlc("sweep", spec, "--points", "2000", "--only", "rate", "--dry-run")[0] == 2


def test_a_folder_of_something_else_is_left_alone(nlc, spec):
    code, _, err = nlc("sweep", spec, "--only", "chunk", "--out", spec.parent, *QUICK)
    assert code == 2 and "not the folder of a sweep" in err


def test_all_refused_ends_with_one(nlc, spec):
    code, out, _ = nlc("sweep", spec, "--param", "heads=3,5", "--only", "heads", *QUICK)
    assert code == 1 and out.count("refused") == 2


def test_a_spec_that_is_wrong_at_every_value_is_told_as_check_tells_it(nlc, spec):
    spec.write_text(SPEC.replace("norm(x)", "nrm(x)"))
    code, out, err = nlc("sweep", spec, "--only", "chunk", "--dry-run")
    assert (code, out) == (1, "") and "error[E0404]" in err and "tiny.nl:" in err


def test_a_bug_at_one_point_costs_the_others_nothing(nlc, spec, monkeypatch):
    from nlc.run.sweep import trial

    real = trial.start

    def start(stages, folder, settings):
        if stages.settings["chunk"] == "4":
            raise RuntimeError("out of memory")
        real(stages, folder, settings)

    monkeypatch.setattr(trial, "start", start)
    code, out, _ = nlc("sweep", spec, "--param", "chunk=4,8", "--only", "chunk", *QUICK)
    rows = out.splitlines()[1:3]
    assert code == 3 and rows[0].startswith("8 ") and "failed" in rows[1] and "out of memory" in rows[1]
    assert len((spec.parent / "runs" / "sweep-tiny" / "results.jsonl").read_text().splitlines()) == 1


def test_an_interrupt_keeps_what_was_made(nlc, spec, monkeypatch):
    from nlc.run.sweep import trial

    real = trial.train

    def train(point, *rest):
        if point.values["chunk"] == "8":
            raise KeyboardInterrupt
        return real(point, *rest)

    monkeypatch.setattr(trial, "train", train)
    code, out, err = nlc("sweep", spec, "--only", "chunk", *QUICK)
    assert code == 130 and "the same command goes on" in err
    assert out.count("not run") == 2 and "2 runs to go" in out
    assert (spec.parent / "runs" / "sweep-tiny" / "table.md").exists()


def made(spec, bits):
    """The outcome of a sweep over `chunk` and a hostile name, with these bits per byte."""
    points = price(Stages(spec, length=16), [{"chunk": c, "inner": i} for c in "48" for i in ("l2", "dot")])
    results = Results(spec.parent / "none.jsonl")
    asked = Asked(steps=3, batch=2, length=16, seeds=2)
    for point, pair in zip(points, bits, strict=True):
        for seed, value in enumerate(pair):
            result = Result(
                key(point, asked, seed), seed, point.values, 3, 1.0, 1.0, value, "" if value else "<x>"
            )
            results.found[result.key] = result
    return outcome('a<b & "c"', points, asked, results, {})


def test_the_order_is_by_loss_then_by_the_grid(spec):
    value = made(spec, [(3.0, 3.2), (2.0, 2.0), (None,), (3.1, 3.1)])
    assert [list(row["values"].values()) for row in value["points"]] == [
        ["4", "dot"],
        ["4", "l2"],
        ["8", "dot"],
        ["8", "l2"],
    ]
    assert value["points"][1]["spread"] == pytest.approx(0.1414, abs=1e-3)
    assert "| 4 | l2 |" in markdown(value) and "2 seeds" in text(value)
    assert value["points"][0]["front"] and not value["points"][3]["front"]


def test_the_picture_is_well_formed_and_escapes_text(spec):
    drawn = picture(made(spec, [(3.0, 3.2), (2.0, 2.0), (None,), (3.1, 3.1)]))
    root = ElementTree.fromstring(drawn)
    said = [element.text for element in root.iter() if element.text]
    assert 'a<b & "c": loss against state and FLOPs' in said
    assert any("diverged: <x>" in title for title in said)
    assert "prefers-color-scheme: dark" in drawn and 'role="img"' in drawn
    assert drawn == picture(made(spec, [(3.0, 3.2), (2.0, 2.0), (None,), (3.1, 3.1)]))
    assert picture(made(spec, [(None,)] * 4)) == ""


def test_the_front_is_what_no_point_beats():
    points = [(1.0, 3.0), (1.0, 2.0), (2.0, 2.0), (3.0, 1.0), (4.0, 1.5)]
    assert front(points) == [1, 3]


def test_axes_hold_their_numbers_and_mark_round_ones():
    wide = axis([100.0, 90_000.0], 0, 400)
    assert wide.log and 0 < wide.place(100) < wide.place(90_000) < 400
    assert {1000, 10_000} <= set(wide.marks())
    flat = axis([5.0, 5.0], 0, 400)
    near = axis([2.897, 2.899], 0, 400, may_log=False, least=0.01)
    assert 0.02 < near.high - near.low < 0.04
    assert not flat.log and flat.place(5.0) == pytest.approx(200) and len(flat.marks()) >= 2


def test_labels_cover_nothing_while_there_is_room():
    points = [(200.0, 100.0 + 9 * number) for number in range(8)]
    marks = [Box(x - 6, y - 6, 12, 12) for x, y in points]
    boxes = [label.box for label in place(points, [60.0] * 8, Box(0, 0, 400, 300), marks)]
    pairs = [(a, b) for n, a in enumerate(boxes) for b in [*boxes[n + 1 :], *marks]]
    assert all(a.shared(b) == 0 for a, b in pairs)
    assert all(box.left >= 0 and box.left + box.width <= 400 for box in boxes)


def test_a_line_of_progress_tells_the_run_and_the_rest():
    record = {
        "step": 3,
        "bits_per_byte": 2.0,
        "tokens_per_s": 1000.0,
        "run": "run 2 of 8",
        "seconds_left": 240.0,
    }
    assert line(record) == "run 2 of 8  4 min left  step 3  2.000 bits/byte  1.0k tokens/s"
