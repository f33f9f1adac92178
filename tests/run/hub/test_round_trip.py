"""A checkpoint's folder becomes a run and goes back: the same names, types and bits."""

import json

import folders
import pytest
import torch
from safetensors.torch import load_file

import nlc as package


def back(nlc, theirs, folder):
    """Through a run and back: the folder that comes out."""
    assert nlc("import", theirs, "-o", folder / "run")[0] == 0
    assert nlc("import", "--back", folder / "run", "-o", folder / "again")[0] == 0
    return folder / "again"


def assert_same_bits(found, wanted):
    assert found.keys() == wanted.keys()
    for name, tensor in wanted.items():
        assert found[name].dtype == tensor.dtype, name
        assert found[name].shape == tensor.shape, name
        assert found[name].view(torch.uint8).equal(tensor.view(torch.uint8)), name


@pytest.mark.parametrize("tied", [False, True])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
def test_llama(nlc, tmp_path, dtype, tied):
    config = folders.LLAMA | {"tie_word_embeddings": tied}
    weights = folders.tensors(folders.llama_shapes(config), dtype)
    theirs = folders.write(tmp_path / "theirs", config, weights)
    again = back(nlc, theirs, tmp_path)
    assert_same_bits(load_file(again / "model.safetensors"), weights)
    for file in ("config.json", "model.safetensors"):
        assert (again / file).read_bytes() == (theirs / file).read_bytes()


@pytest.mark.parametrize("tied", [True, False])
@pytest.mark.parametrize("first", ["", "transformer."])
def test_gpt2(nlc, tmp_path, first, tied):
    """As it was published, without a first word in names and with its mask beside the weights."""
    weights = folders.tensors(folders.gpt2_shapes(folders.GPT2))
    weights |= {f"h.{i}.attn.bias": torch.ones(64, 64, dtype=torch.uint8).tril() for i in range(2)}
    weights = {first + name: tensor for name, tensor in weights.items()}
    if not tied:
        weights["lm_head.weight"] = torch.rand(40, 16)
    config = folders.GPT2 | {"tie_word_embeddings": tied}
    theirs = folders.write(tmp_path / "theirs", config, weights)
    assert_same_bits(load_file(back(nlc, theirs, tmp_path) / "model.safetensors"), weights)


def test_types_may_differ_from_tensor_to_tensor(nlc, tmp_path):
    weights = folders.tensors(folders.llama_shapes(folders.LLAMA), torch.bfloat16)
    norms = {name: tensor.float() for name, tensor in weights.items() if "norm" in name}
    theirs = folders.write(tmp_path / "theirs", folders.LLAMA, weights | norms)
    assert_same_bits(load_file(back(nlc, theirs, tmp_path) / "model.safetensors"), weights | norms)


def test_numbers_that_are_none_are_kept_too(nlc, tmp_path):
    weights = folders.tensors(folders.llama_shapes(folders.LLAMA))
    weights["model.norm.weight"][0] = torch.nan
    weights["model.norm.weight"][1] = -torch.inf
    theirs = folders.write(tmp_path / "theirs", folders.LLAMA, weights)
    assert_same_bits(load_file(back(nlc, theirs, tmp_path) / "model.safetensors"), weights)


def test_shards_are_joined(nlc, tmp_path):
    weights = folders.tensors(folders.llama_shapes(folders.LLAMA))
    theirs = folders.write(tmp_path / "theirs", folders.LLAMA, weights, shards=3)
    assert_same_bits(load_file(back(nlc, theirs, tmp_path) / "model.safetensors"), weights)


def test_what_holds_nothing_learned_is_kept(nlc, tmp_path):
    weights = folders.tensors(folders.llama_shapes(folders.LLAMA))
    for i in range(2):
        weights[f"model.layers.{i}.self_attn.rotary_emb.inv_freq"] = torch.rand(2)
    theirs = folders.write(tmp_path / "theirs", folders.LLAMA, weights)
    assert_same_bits(load_file(back(nlc, theirs, tmp_path) / "model.safetensors"), weights)


def test_a_tied_table_may_be_stored_twice_if_it_is_the_same(nlc, tmp_path):
    config = folders.LLAMA | {"tie_word_embeddings": True}
    weights = folders.tensors(folders.llama_shapes(config))
    weights["lm_head.weight"] = weights["model.embed_tokens.weight"].clone()
    theirs = folders.write(tmp_path / "theirs", config, weights)
    assert_same_bits(load_file(back(nlc, theirs, tmp_path) / "model.safetensors"), weights)
    weights["lm_head.weight"][0, 0] += 1
    code, _, err = nlc("import", folders.write(tmp_path / "other", config, weights), "-o", tmp_path / "no")
    assert code == 2
    assert "`lm_head.weight` has other numbers" in err
    assert not (tmp_path / "no").exists()


def test_the_run_is_one_of_nlcs_own(nlc, tmp_path):
    """Its spec compiles to the same package, and its model has the numbers of the folder."""
    theirs = folders.llama(tmp_path / "theirs")
    code, out, _ = nlc("import", theirs, "-o", tmp_path / "run", "--json")
    told = json.loads(out)
    assert (code, told["family"], told["tensors"], told["levels"]) == (0, "llama", 21, [])
    assert told["values"]["base"] == 500000.0
    assert nlc("check", tmp_path / "run" / "spec.nl")[0] == 0
    assert nlc("fmt", "--check", tmp_path / "run" / "spec.nl")[0] == 0
    assert nlc("compile", tmp_path / "run" / "spec.nl", "-o", tmp_path / "package")[0] == 0
    files = {path.name for path in (tmp_path / "package").iterdir()} - {"nl.lock", "__pycache__"}
    for name in files:
        ours, again = (folder / name for folder in (tmp_path / "run" / "package", tmp_path / "package"))
        assert ours.read_text() == again.read_text(), name
    model = package.trained(tmp_path / "run")
    assert told["parameters"] == sum(parameter.numel() for parameter in model.parameters())
    weights = load_file(theirs / "model.safetensors")
    assert model.layers[1].ffn.init3.equal(weights["model.layers.1.mlp.down_proj.weight"])


def test_a_model_of_bytes_goes_on_with_a_text_and_another_one_is_refused(nlc, tmp_path):
    nlc("import", folders.llama(tmp_path / "a", vocab_size=256), "-o", tmp_path / "bytes")
    code, out, _ = nlc("sample", tmp_path / "bytes", "--bytes", 3, "--prompt", "ab")
    assert code == 0 and out.startswith("ab")
    assert nlc("trace", tmp_path / "bytes", "--tokens", 4)[0] == 0
    nlc("import", folders.llama(tmp_path / "b"), "-o", tmp_path / "tokens")
    for words in (["sample"], ["trace", "--text", "abc"]):
        code, _, err = nlc(words[0], tmp_path / "tokens", *words[1:])
        assert code == 2
        assert "the 40 tokens" in err and "nlc.trained" in err


def test_an_imported_run_is_not_gone_on_with(nlc, tmp_path):
    nlc("import", folders.llama(tmp_path / "theirs", vocab_size=256), "-o", tmp_path / "run")
    spec = tmp_path / "run" / "spec.nl"
    code, _, err = nlc("train", spec, "--out", tmp_path / "run", "--resume", "--steps", 1)
    assert code == 2 and "was imported" in err and "nlc.trained" in err
    assert nlc("import", tmp_path / "theirs", "-o", tmp_path / "run")[0] == 2


def test_only_what_was_imported_goes_back(nlc, tmp_path):
    assert nlc("init", "tiny", "--from", "deltanet")[0] == 0
    (tmp_path / "text").write_text("to and fro " * 100)
    words = ["--steps", 1, "--batch", 1, "--length", 8, "--data", "text", "--out", "run", "--set", "d=16"]
    assert nlc("train", "tiny.nl", *words)[0] == 0
    code, _, err = nlc("import", "--back", "run", "-o", "out")
    assert code == 2 and "was not imported" in err
    theirs = folders.llama(tmp_path / "theirs")
    assert nlc("import", theirs, "-o", "mine")[0] == 0
    code, _, err = nlc("import", "--back", theirs, "-o", "out")
    assert code == 2 and "is no run" in err
    code, _, err = nlc("import", "--back", "mine", "-o", theirs)
    assert code == 2 and "is there already" in err
