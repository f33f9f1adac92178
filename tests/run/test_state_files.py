"""A state in a file: it goes on as the live one, and a file that does not fit is refused whole."""

import json
import os
import random
import subprocess
import sys
import textwrap
from functools import cache
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

import nlc
from nlc.run import disk, tensorfile

EXAMPLES = Path(__file__).parents[2] / "examples"
SMALL = {"vocab": 24, "d": 16, "heads": 2}
SIZES = {
    "transformer": {},
    "linear_attention": {},
    "deltanet": {},
    "gated_deltanet": {},
    "titans": {"chunk": 8},
    "cms": {"fast": 16, "layers": 1},
    "hope": {"chunk": 8, "slow": 16, "layers": 1},
}


@cache
def model(name: str, **settings: int) -> torch.nn.Module:
    torch.manual_seed(0)
    return nlc.compile(nlc.load(EXAMPLES / f"{name}.nl", **(SMALL | SIZES[name] | settings)))


def state_of(name: str, tokens: int, batch: int = 2, **settings: int):
    torch.manual_seed(1)
    ids = torch.randint(0, 24, (batch, tokens))
    with torch.no_grad():
        return model(name, **settings)(ids)[1] if tokens else model(name, **settings).begin(batch)


def same(a, b) -> bool:
    left, right = a.tensors(), b.tensors()
    return left.keys() == right.keys() and all(tensor.equal(right[name]) for name, tensor in left.items())


@pytest.mark.parametrize("tokens", [0, 21])
@pytest.mark.parametrize("name", SIZES)
def test_a_saved_state_goes_on_as_the_live_one(name: str, tokens: int, tmp_path: Path):
    state = state_of(name, tokens)
    nlc.save_state(state, tmp_path / "a.safetensors")
    loaded = nlc.load_state(tmp_path / "a.safetensors", model(name))
    assert same(loaded, state) and type(loaded) is type(state)
    more = torch.randint(0, 24, (2, 15))
    with torch.no_grad():
        (y, after), (again, other) = model(name)(more, state), model(name)(more, loaded)
    assert again.equal(y) and same(other, after)


@pytest.mark.parametrize("name", SIZES)
def test_sequences_at_different_positions_come_back(name: str, tmp_path: Path):
    more = torch.randint(0, 24, (3, 15))
    with torch.no_grad():
        _, state = model(name)(torch.randint(0, 24, (3, 21)), lengths=[21, 4, 0])
        nlc.save_state(state, tmp_path / "a")
        loaded = nlc.load_state(tmp_path / "a", model(name))
        assert loaded.position.tolist() == [21, 4, 0] and same(loaded, state)
        assert model(name)(more, loaded)[0].equal(model(name)(more, state)[0])


def test_a_state_with_gradients_is_saved_without(tmp_path: Path):
    scores, state = model("titans")(torch.randint(0, 24, (2, 9)))
    nlc.save_state(state, str(tmp_path / "a.safetensors"))
    loaded = nlc.load_state(str(tmp_path / "a.safetensors"), model("titans"))
    assert same(loaded, state) and not any(t.requires_grad for t in loaded.tensors().values())
    scores.sum().backward()


@pytest.mark.parametrize("name", ["deltanet", "cms"])
def test_no_changed_or_missing_byte_is_taken(name: str, tmp_path: Path):
    path = tmp_path / "a.safetensors"
    state = state_of(name, 5, batch=1, d=8, heads=1, layers=1)
    target = model(name, d=8, heads=1, layers=1)
    nlc.save_state(state, path)
    data = path.read_bytes()
    draw = random.Random(0)
    tried = 0
    for place in {*range(0, len(data), 97), *range(0, min(len(data), 2000), 7), len(data) - 1}:
        flipped = bytearray(data)
        flipped[place] ^= 1 << draw.randrange(8)
        for broken in (bytes(flipped), data[:place]):
            tried += 1
            path.write_bytes(broken)
            with pytest.raises(nlc.StateError):
                nlc.load_state(path, target)
    assert tried > 300
    for longer in (data + b"\0", data + data):
        path.write_bytes(longer)
        with pytest.raises(nlc.StateError):
            nlc.load_state(path, target)
    path.write_bytes(data)
    assert same(nlc.load_state(path, target), state)


def test_a_state_of_another_spec_is_refused(tmp_path: Path):
    path = tmp_path / "a.safetensors"
    nlc.save_state(state_of("deltanet", 5), path)
    for other in (model("gated_deltanet"), model("deltanet", layers=1)):
        with pytest.raises(
            nlc.StateError, match=r"a\.safetensors belongs to another spec: .* with [0-9a-f]{16}"
        ):
            nlc.load_state(path, other)
    assert nlc.load_state(path, model("deltanet")).position.tolist() == [5, 5]


def _dtype(tensors):
    name = next(name for name in tensors if name.endswith("layer1"))
    return tensors | {name: tensors[name].double()}


def _shape(tensors):
    name = next(name for name in tensors if name.endswith("layer1"))
    return tensors | {name: tensors[name][..., :-1]}


def _batch(tensors):
    return tensors | {"position": tensors["position"][:1]}


def _unknown(tensors):
    return tensors | {"memories.extra": torch.zeros(2, 3)}


def _missing(tensors):
    return {name: t for name, t in tensors.items() if not name.endswith("layer1")}


def _no_position(tensors):
    return {name: t for name, t in tensors.items() if name != "position"}


def _before(tensors):
    return tensors | {"position": torch.tensor([-1, -1])}


MISFITS = {
    _dtype: r"layer1` is torch\.float64, the model needs torch\.float32",
    _shape: r"layer1` is \(2, .*\), the model needs \(2, ",
    _batch: r"the model needs \(1, ",
    _unknown: "the model has no `memories.extra`",
    _missing: "layer1` is missing",
    _no_position: "it has no `position`",
    _before: "before its first token",
}


@pytest.mark.parametrize("change", MISFITS)
def test_a_state_that_does_not_fit_is_refused(change, tmp_path: Path):
    """A whole file of the right spec, with one thing other than the model needs it."""
    state = state_of("deltanet", 5)
    path = tmp_path / "a.safetensors"
    tensorfile.write(path, "nlc state 1", change(state.tensors()), {"spec": state.spec})
    with pytest.raises(nlc.StateError, match=rf"a\.safetensors does not fit this model: .*{MISFITS[change]}"):
        nlc.load_state(path, model("deltanet"))


def test_a_started_sequence_has_its_open_segment(tmp_path: Path):
    state = state_of("cms", 5)
    tensors = {name: t for name, t in state.tensors().items() if not name.startswith("segment")}
    tensorfile.write(tmp_path / "a", "nlc state 1", tensors, {"spec": state.spec})
    with pytest.raises(nlc.StateError, match=r"`segment\.ids` is missing"):
        nlc.load_state(tmp_path / "a", model("cms"))


def test_what_is_no_state_file_is_refused(tmp_path: Path):
    with pytest.raises(nlc.StateError, match="there is no file"):
        nlc.load_state(tmp_path / "absent", model("deltanet"))
    with pytest.raises(nlc.StateError, match="cannot be read as a state"):
        nlc.load_state(tmp_path, model("deltanet"))
    (tmp_path / "text").write_text(json.dumps({"a": 1}))
    with pytest.raises(nlc.StateError, match="cannot be read as a state"):
        nlc.load_state(tmp_path / "text", model("deltanet"))
    tensorfile.write(tmp_path / "other", "nlc checkpoint 2", {"a": torch.ones(1)}, {})
    with pytest.raises(nlc.StateError, match=r"was not written by nlc\.save_state"):
        nlc.load_state(tmp_path / "other", model("deltanet"))


@pytest.mark.parametrize("facts", ["[" * 100_000, "[]", "{", '{"spec": []}', None])
def test_a_file_that_tells_nonsense_of_itself_is_refused(facts: str | None, tmp_path: Path):
    """A digest shows damage, not who wrote the file."""
    said = {"format": "nlc state 1"} | ({"facts": facts} if facts else {})
    tensors = {"position": torch.zeros(1, dtype=torch.int64)}
    save_file(tensors, tmp_path / "a", {**said, "sha256": tensorfile.digest(tensors, said)})
    with pytest.raises(nlc.StateError):
        nlc.load_state(tmp_path / "a", model("deltanet"))


def test_only_states_are_saved_and_only_into_models(tmp_path: Path):
    nlc.save_state(state_of("deltanet", 5), tmp_path / "a")
    with pytest.raises(TypeError, match="no compiled model"):
        nlc.load_state(tmp_path / "a", torch.nn.Linear(2, 2))
    with pytest.raises(TypeError, match="no state"):
        nlc.save_state({"a": torch.ones(2)}, tmp_path / "b")
    assert not (tmp_path / "b").exists()


def test_a_file_lies_on_the_disk_before_it_takes_the_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    done: list[str] = []
    sync, rename = os.fsync, Path.replace

    def synced(descriptor: int) -> None:
        done.append("folder" if os.path.isdir(f"/proc/self/fd/{descriptor}") else "file")  # noqa: PTH112
        sync(descriptor)

    def renamed(path: Path, target: Path) -> Path:
        done.append("rename")
        return rename(path, target)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(Path, "replace", renamed)
    nlc.save_state(state_of("deltanet", 5), tmp_path / "a")
    assert done == ["file", "rename", "folder"]


def test_the_mode_follows_the_umask_and_a_full_disk_leaves_the_old(tmp_path: Path, monkeypatch):
    path = tmp_path / "[a].safetensors"
    before = os.umask(0o027)
    try:
        nlc.save_state(state_of("deltanet", 5), path)
    finally:
        os.umask(before)
    assert path.stat().st_mode & 0o777 == 0o640

    def no_room(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    old = path.read_bytes()
    monkeypatch.setattr(os, "fsync", no_room)
    with pytest.raises(OSError, match="No space left"):
        nlc.save_state(state_of("deltanet", 6), path)
    assert path.read_bytes() == old and list(tmp_path.iterdir()) == [path]


def test_leftovers_of_the_dead_go_and_those_of_the_living_stay(tmp_path: Path):
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    dead, living = tmp_path / f".a.{ended.pid}.0.tmp", tmp_path / f".a.{os.getpid()}.99999.tmp"
    dead.touch()
    living.touch()
    disk.replace(tmp_path / "a", b"new")
    assert {path.name for path in tmp_path.iterdir()} == {"a", living.name}


KILLS = """
    import os, random, signal, sys, time
    from pathlib import Path
    import torch
    torch.set_num_threads(1)
    import nlc
    folder = Path(sys.argv[1])
    model = nlc.compile(nlc.load(sys.argv[2], vocab=24, d=16, heads=2, layers=1))
    states = [model(torch.randint(0, 24, (64, n)))[1] for n in (3, 7)]
    nlc.save_state(states[0], folder / "a")
    draw, begun, kills = random.Random(0), time.monotonic(), 0
    while time.monotonic() - begun < 2:
        child = os.fork()
        if not child:
            while True:
                for state in states:
                    nlc.save_state(state, folder / "a")
        time.sleep(draw.uniform(0.01, 0.06))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        kills += 1
        loaded = nlc.load_state(folder / "a", model)
        wanted = next(state for state in states if state.position.equal(loaded.position)).tensors()
        assert all(tensor.equal(wanted[name]) for name, tensor in loaded.tensors().items())
    left = len(list(folder.iterdir()))
    nlc.save_state(states[0], folder / "a")
    assert [path.name for path in folder.iterdir()] == ["a"]
    print(kills, left)
"""


def test_a_kill_at_any_moment_leaves_a_whole_state(tmp_path: Path):
    arguments = [sys.executable, "-c", textwrap.dedent(KILLS), str(tmp_path), str(EXAMPLES / "deltanet.nl")]
    done = subprocess.run(arguments, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout.split()[0]) > 5
