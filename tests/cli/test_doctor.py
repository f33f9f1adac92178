"""`nlc doctor`: it says what is, and changes nothing."""

import builtins
import json
import sys
from functools import partial

import pytest
import torch

from nlc.cli.doctor import text
from nlc.run.doctor import examine


@pytest.fixture
def doctor(nlc, monkeypatch, tmp_path):
    monkeypatch.setenv("NLC_CACHE", str(tmp_path / "cache"))
    return partial(nlc, "doctor")


def test_text_and_json_say_the_same(doctor, tmp_path):
    code, out, err = doctor("--json")
    found = json.loads(out)
    assert (code, err) == (0, "")
    assert found["torch"]["version"] == torch.__version__
    assert found["torch"]["threads"] == torch.get_num_threads()
    assert found["backends"]["torch"] is None
    assert "torch sees no GPU" in found["backends"]["triton"] or torch.cuda.is_available()
    assert found["cache"] == {
        "folder": str(tmp_path / "cache" / "built"),
        "entries": 0,
        "bytes": 0,
        "writable": True,
    }
    assert not (tmp_path / "cache").exists(), "looking makes nothing"
    assert doctor()[1].rstrip("\n") == text(found)


def test_the_cache_is_measured(doctor, tmp_path):
    entry = tmp_path / "cache" / "built" / "a"
    entry.mkdir(parents=True)
    (entry / "model.py").write_bytes(b"x" * 2**20)
    found = json.loads(doctor("--json")[1])["cache"]
    assert (found["entries"], found["bytes"]) == (1, 2**20)
    assert "1 package, 1.0 MiB, writable" in doctor()[1]


def test_a_compiler_is_looked_for_where_it_is_said_to_be(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CXX", raising=False)
    assert examine()["compiler"] is None
    compiler = tmp_path / "own++"
    compiler.write_text("#!/bin/sh\necho own 1.0\necho more\n")
    compiler.chmod(0o755)
    monkeypatch.setenv("CXX", str(compiler))
    assert examine()["compiler"] == {"path": str(compiler), "version": "own 1.0"}


def test_without_torch_nothing_runs_and_that_is_said(doctor, monkeypatch):
    whole = builtins.__import__

    def broken(name, *rest):
        if name == "torch":
            raise ImportError("libtorch.so is gone")
        return whole(name, *rest)

    monkeypatch.delitem(sys.modules, "torch")
    monkeypatch.setattr(builtins, "__import__", broken)
    code, out, err = doctor()
    assert code == 1 and "libtorch.so is gone" in out and "Traceback" not in err
    assert "torch cannot be imported" in json.loads(doctor("--json")[1])["backends"]["torch"]
