import dataclasses
import json
import os
import shutil
import signal
import subprocess
import sys
import textwrap
from io import StringIO
from pathlib import Path

import pytest
import torch

from nlc.run import checkpoint
from nlc.run.blame import level_of
from nlc.run.folder import Folder, NoRun
from nlc.run.load import NoPackage, load
from nlc.run.outer import Outer, factor
from nlc.run.progress import Lines
from nlc.run.text import Text
from nlc.run.train import Run, Settings, Stopped

STUB = Path(__file__).parent / "stub"
TEXT = Text("words", b"the quick brown fox jumps over the lazy dog. " * 60)
SETTINGS = Settings(steps=10, batch=4, length=24, validate_every=5, save_every=100, validate_bytes=200)


def folder(path, settings=SETTINGS):
    made = Folder(path)
    made.begin("stub.nl", "nl 1\n", {"levels": {"gru": "1 token"}, **dataclasses.asdict(settings)})
    shutil.copytree(STUB, made.package, ignore=shutil.ignore_patterns("__pycache__"))
    return made


def quiet():
    return Lines(StringIO())


def whole(made):
    found = checkpoint.read(made.checkpoint)
    return dict(found.tensors), found.facts


def same(one, other):
    assert one.keys() == other.keys()
    return [name for name in one if not torch.equal(one[name], other[name])]


@pytest.mark.parametrize("cut", [0, 1, 4, 10])
def test_a_resumed_run_is_the_run_in_one_go_to_the_bit(tmp_path, cut):
    straight = folder(tmp_path / "straight")
    Run(straight, TEXT, SETTINGS).advance(quiet())
    broken = folder(tmp_path / "broken")
    Run(broken, TEXT, SETTINGS).advance(quiet(), until=cut)
    torch.manual_seed(99)  # nothing may depend on the generator of the process
    again = Run(broken, TEXT, SETTINGS)
    assert again.resume() == []
    again.advance(quiet())
    assert same(whole(straight)[0], whole(broken)[0]) == []
    losses = [[record["loss"] for record in made.records()] for made in (straight, broken)]
    assert losses[0] == losses[1] and len(losses[0]) == 10


def test_training_leaves_the_generator_of_the_process_alone(tmp_path):
    before = torch.get_rng_state()
    Run(folder(tmp_path / "run"), TEXT, SETTINGS).advance(quiet(), until=2)
    assert torch.equal(before, torch.get_rng_state())


def test_the_loss_falls_and_metrics_are_lines(tmp_path):
    made = folder(tmp_path / "run")
    Run(made, TEXT, dataclasses.replace(SETTINGS, steps=60)).advance(quiet())
    records = list(made.records())
    assert records[-1]["loss"] < 0.6 * records[0]["loss"]
    assert {"step", "loss", "lr", "grad_norm", "tokens_per_s"} <= records[0].keys()
    assert "val_bits_per_byte" in records[4]


def test_another_thread_count_is_told(tmp_path):
    made = folder(tmp_path / "run")
    Run(made, TEXT, SETTINGS).advance(quiet(), until=1)
    threads = torch.get_num_threads()
    torch.set_num_threads(threads + 1)
    try:
        told = Run(made, TEXT, SETTINGS).resume()
    finally:
        torch.set_num_threads(threads)
    assert "threads was" in told[0]


def test_another_run_is_not_resumed(tmp_path):
    made = folder(tmp_path / "run")
    Run(made, TEXT, SETTINGS).advance(quiet(), until=1)
    with pytest.raises(NoRun, match="batch was 4, now 5"):
        Run(made, TEXT, dataclasses.replace(SETTINGS, batch=5)).resume()


def test_a_broken_state_stops_the_run_and_is_named(tmp_path):
    made = folder(tmp_path / "run")
    run = Run(made, TEXT, SETTINGS)
    run.advance(quiet(), until=3)
    good = checkpoint.read(made.checkpoint)
    with torch.no_grad():
        run.model.embed.weight[ord("q")] = float("nan")
    with pytest.raises(Stopped) as stopped:
        run.advance(quiet())
    where = stopped.value.where
    assert (where.step, where.memory, where.level) == (4, "gru.hidden", "1 token")
    assert where.token is not None and "step 3 is kept" in str(stopped.value)
    assert same(good.tensors, whole(made)[0]) == []


def test_a_slow_group_moves_by_the_sum_of_its_gradients():
    weight = torch.nn.Parameter(torch.zeros(2))
    outer = Outer(torch.optim.SGD([{"params": [weight], "lr": 1.0, "every": 3}]), clip=1e9)
    for number in (1, 2, 3):
        assert not weight.any()
        weight.grad = torch.tensor([1.0, 2.0]) * number
        outer.step(number, 1.0)
    assert torch.equal(weight.detach(), torch.tensor([-6.0, -12.0]))


def test_clipping_scales_to_the_norm():
    weight = torch.nn.Parameter(torch.zeros(2))
    weight.grad = torch.tensor([3.0, 4.0])
    outer = Outer(torch.optim.SGD([weight], lr=1.0), clip=1.0)
    assert outer.clip_gradients() == 5.0
    assert torch.allclose(weight.grad, torch.tensor([0.6, 0.8]))


def test_the_schedule_rises_and_falls():
    assert factor(0.025, 0.05) == 0.5
    assert factor(0.05, 0.05) == 1.0
    assert factor(1.0, 0.05) == pytest.approx(0.1)


def test_a_checkpoint_that_cannot_be_written_leaves_the_old_one(tmp_path, monkeypatch):
    path = tmp_path / "c.safetensors"
    checkpoint.write(path, checkpoint.Checkpoint({"a": torch.ones(3)}, {"steps": 1}))
    before = path.read_bytes()

    def full(number):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        checkpoint.write(path, checkpoint.Checkpoint({"a": torch.zeros(3)}, {"steps": 2}))
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_the_mode_follows_the_umask_and_stale_temporaries_go(tmp_path):
    path = tmp_path / "c.safetensors"
    (tmp_path / ".c.safetensors.1.tmp").write_bytes(b"half")
    before = os.umask(0o027)
    try:
        checkpoint.write(path, checkpoint.Checkpoint({"a": torch.ones(3)}, {}))
    finally:
        os.umask(before)
    assert path.stat().st_mode & 0o777 == 0o640
    assert len(list(tmp_path.iterdir())) == 1


def test_a_kill_leaves_a_readable_checkpoint(tmp_path):
    path = tmp_path / "c.safetensors"
    code = f"""
        import torch; from pathlib import Path; from nlc.run.checkpoint import *
        tensors = {{str(i): torch.ones(100_000) for i in range(10)}}
        print("on", flush=True)
        while True: write(Path({str(path)!r}), Checkpoint(tensors, {{}}))
    """
    child = subprocess.Popen([sys.executable, "-c", textwrap.dedent(code)], stdout=subprocess.PIPE)
    with child:
        child.stdout.readline()
        while not path.exists():
            pass
        child.send_signal(signal.SIGKILL)
    assert len(checkpoint.read(path).tensors) == 10


def test_damaged_checkpoints_are_refused(tmp_path):
    path = tmp_path / "c.safetensors"
    checkpoint.write(path, checkpoint.Checkpoint({"a": torch.ones(3)}, {}))
    data = path.read_bytes()
    for size in range(0, len(data), 17):
        path.write_bytes(data[:size])
        with pytest.raises(checkpoint.NoCheckpoint):
            checkpoint.read(path)
    with pytest.raises(checkpoint.NoCheckpoint, match="does not fit"):
        checkpoint.fit({"a": torch.ones(3)}, {"a": torch.ones(4)}, "model")


def test_a_folder_without_a_package_is_refused(tmp_path):
    with pytest.raises(NoPackage, match="holds no compiled package"):
        load(tmp_path)
    (tmp_path / "__init__.py").write_text("x = 1\n")
    with pytest.raises(NoPackage, match="SPEC"):
        load(tmp_path)


def test_loading_leaves_no_trace_on_the_path(tmp_path):
    shutil.copytree(STUB, tmp_path / "p", ignore=shutil.ignore_patterns("__pycache__"))
    path = list(sys.path)
    one, other = load(tmp_path / "p"), load(tmp_path / "p")
    assert sys.path == path and one.module is not other.module
    assert not (tmp_path / "p" / "__pycache__").exists()


def test_a_package_is_found_anew_wherever_it_lies(tmp_path, monkeypatch):
    for name in ("one", "two"):
        shutil.copytree(STUB, tmp_path / name / "p", ignore=shutil.ignore_patterns("__pycache__"))
        (tmp_path / name / "p" / f"{name}.py").write_text("")
        init = tmp_path / name / "p" / "__init__.py"
        init.write_text(f"{init.read_text()}\nfrom . import {name}\n")
        monkeypatch.chdir(tmp_path / name)
        assert hasattr(load(Path("p")).module, name)


def test_a_torn_line_of_metrics_is_passed_over(tmp_path):
    made = folder(tmp_path / "run")
    made.metrics.write_text(json.dumps({"step": 1}) + "\n" + json.dumps({"step": 2}) + '\n{"step": 3, "lo')
    made.keep_records(1)
    assert [record["step"] for record in made.records()] == [1]


def test_a_tensor_finds_the_level_of_its_memory():
    levels = {
        "layers.cms.band.64": "3",
        "layers.cms.band.256": "4",
        "layers.cms": "5",
        "layers[0..1].main": "1",
    }
    assert level_of("layers.1.cms.band_256.w1", levels) == "4"
    assert level_of("layers.0.main.state.0", levels) == "1"
    assert level_of("position", levels) == ""
