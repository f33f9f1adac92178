"""`nlc train` and `--resume` as a shell sees them."""

import json
from functools import partial

import pytest

SPEC = """nl 1
dim vocab = 256, d = 8
model lm(ids: [T]) {
  objective: next_token
  optimizer: adamw(lr=1e-3)
  update: every step
  return embed(ids, d) |> norm |> unembed
}
"""


@pytest.fixture
def nlc(nlc, tmp_path):
    (tmp_path / "lm.nl").write_text(SPEC)
    (tmp_path / "text.txt").write_text("so it goes, " * 200)
    return partial(nlc, "train", "lm.nl", "--out", "run")


def test_a_run_goes_on_as_it_was_asked_for(nlc, tmp_path):
    begun = ["--batch", "2", "--length", "16", "--seed", "3", "--data", "text.txt", "--set", "d=4"]
    code, out, err = nlc(*begun, "--steps", "2")
    assert code == 0 and "on all of the validation text after 2 steps" in out
    assert "beginning of the validation text" in err
    code, out, err = nlc("--resume", "--steps", "4", "--json")
    assert (code, err, json.loads(out)["steps"]) == (0, "", 4)
    before = (tmp_path / "run" / "checkpoint.safetensors").read_bytes()
    for words in ([], ["--steps", "4"], ["--steps", "3"]):
        code, out, err = nlc("--resume", *words)
        assert (code, out) == (0, "") and "is at step 4 already" in err
    assert (tmp_path / "run" / "checkpoint.safetensors").read_bytes() == before
    code, _, err = nlc("--resume", "--steps", "5", "--batch", "3")
    assert code == 2 and "batch was 2, now 3" in err


def test_there_must_be_a_run(nlc):
    code, out, err = nlc("--resume")
    assert (code, out) == (2, "") and "holds no run" in err
