"""What nlc import refuses, by name: keys that change what is computed, tensors that do not fit, and files
that a stranger might have made. Nothing is written then.
"""

import json
import os
import pickle

import folders
import pytest
import torch
from safetensors.torch import save_file

KEYS = {
    "rope_scaling": {"rope_type": "llama3", "factor": 8.0},
    "rope_parameters": {"rope_type": "yarn", "rope_theta": 500000.0},
    "attention_bias": True,
    "mlp_bias": True,
    "hidden_act": "gelu",
    "sliding_window": 4096,
    "layer_types": ["sliding_attention", "full_attention"],
    "head_dim": 8,
    "pretraining_tp": 2,
    "rope_interleaved": True,
    "tie_word_embeddings": "yes",
    "quantization_config": {"bits": 4},
    "attention_multiplier": 0.5,
    "num_local_experts": 8,
    "auto_map": {"AutoModelForCausalLM": "modeling.Other"},
    "architectures": ["LlamaForSequenceClassification"],
    "rms_norm_eps": -1.0,
    "rope_theta": 10**400,
    "vocab_size": 2.5,
    "num_hidden_layers": True,
    "hidden_size": None,
}
GPT2 = {
    "activation_function": "relu",
    "scale_attn_weights": False,
    "scale_attn_by_inverse_layer_idx": True,
    "reorder_and_upcast_attn": True,
    "add_cross_attention": True,
    "pruned_heads": {"0": [1]},
}


def refused(nlc, folder, *words, code=2):
    """What is said of a folder that is not imported."""
    out = folder.parent / "out"
    found, said, err = nlc("import", folder, "-o", out, *words)
    assert (found, said) == (code, "")
    assert not out.exists()
    return err


@pytest.mark.parametrize("key", KEYS)
def test_a_key_of_llama(nlc, tmp_path, key):
    config = folders.LLAMA | {key: KEYS[key]}
    folder = folders.write(tmp_path / "theirs", config, folders.tensors(folders.llama_shapes(folders.LLAMA)))
    assert f"\n  {key}" in refused(nlc, folder)


@pytest.mark.parametrize("key", GPT2)
def test_a_key_of_gpt2(nlc, tmp_path, key):
    assert f"\n  {key} = {json.dumps(GPT2[key])}: " in refused(
        nlc, folders.gpt2(tmp_path / "theirs", **{key: GPT2[key]})
    )


def test_all_keys_are_named_at_once_and_for_programs(nlc, tmp_path):
    folder = folders.llama(tmp_path / "theirs", attention_bias=True, logit_scale=3.0)
    err = refused(nlc, folder)
    assert "attention_bias = true" in err and "logit_scale = 3.0" in err
    code, out, _ = nlc("import", folder, "--json")
    assert (code, len(json.loads(out)["error"]["keys"])) == (2, 2)


def test_two_bases_that_differ(nlc, tmp_path):
    assert "says otherwise" in refused(
        nlc, folders.llama(tmp_path / "theirs", rope_parameters={"rope_theta": 10000.0})
    )


def test_another_family(nlc, tmp_path):
    assert "`model_type` mamba; nlc imports llama and gpt2" in refused(
        nlc, folders.llama(tmp_path / "theirs", model_type="mamba")
    )


def test_what_is_dropped_in_training_is_told(nlc, tmp_path):
    code, _, err = nlc("import", folders.llama(tmp_path / "theirs", attention_dropout=0.1), "-o", "run")
    assert code == 0 and "attention_dropout = 0.1 is left out" in err


def changed(folder, change):
    """A folder whose tensors were changed."""
    weights = folders.tensors(folders.llama_shapes(folders.LLAMA))
    change(weights)
    return folders.write(folder, folders.LLAMA, weights)


NORM = "model.norm.weight"
CHANGES = {
    f"missing: `{NORM}`": lambda w: w.pop(NORM),
    "not in this model: `model.layers.2.mlp.up_proj.weight`": lambda w: w.update(
        {"model.layers.2.mlp.up_proj.weight": torch.zeros(2)}
    ),
    f"`{NORM}` is (17,), the config asks for (16,)": lambda w: w.update({NORM: torch.zeros(17)}),
    f"`{NORM}` is of type F64": lambda w: w.update({NORM: torch.zeros(16, dtype=torch.float64)}),
    "not in this model: `model.layers.0.self_attn.q_proj.bias`": lambda w: w.update(
        {"model.layers.0.self_attn.q_proj.bias": torch.zeros(16)}
    ),
}


@pytest.mark.parametrize("words", CHANGES)
def test_tensors_that_are_not_those_of_the_config(nlc, tmp_path, words):
    assert words in refused(nlc, changed(tmp_path / "theirs", CHANGES[words]))


def test_a_model_that_is_too_large_is_refused_before_anything_is_made(nlc, tmp_path):
    folder = folders.llama(tmp_path / "theirs")
    config = folders.LLAMA | {"hidden_size": 2**20, "intermediate_size": 2**22}
    (folder / "config.json").write_text(json.dumps(config))
    assert "over the budget" in refused(nlc, folder, code=1)


# Files.


def test_a_link_out_of_the_folder(nlc, tmp_path):
    other = folders.llama(tmp_path / "other")
    for name in ("model.safetensors", "config.json"):
        folder = folders.llama(tmp_path / name.split(".")[0])
        (folder / name).unlink()
        (folder / name).symlink_to(other / name)
        assert "is a link out of its folder" in refused(nlc, folder)


def test_a_link_within_the_folder_is_fine(nlc, tmp_path):
    folder = folders.llama(tmp_path / "theirs")
    (folder / "model.safetensors").rename(folder / "weights")
    (folder / "model.safetensors").symlink_to(folder / "weights")
    assert nlc("import", folder, "-o", "run")[0] == 0


@pytest.mark.parametrize(
    "name", ["../other/model.safetensors", "/etc/passwd", "a/b.safetensors", "..", "", "a\0b"]
)
def test_an_index_that_names_files_elsewhere(nlc, tmp_path, name):
    folders.llama(tmp_path / "other")
    weights = folders.tensors(folders.llama_shapes(folders.LLAMA))
    folder = folders.write(tmp_path / "theirs", folders.LLAMA, weights, shards=2)
    index = folder / "model.safetensors.index.json"
    listed = json.loads(index.read_text())["weight_map"]
    index.write_text(json.dumps({"weight_map": listed | {NORM: name}}))
    assert "no file of its folder" in refused(nlc, folder)


def test_an_index_that_is_not_true(nlc, tmp_path):
    weights = folders.tensors(folders.llama_shapes(folders.LLAMA))
    folder = folders.write(tmp_path / "theirs", folders.LLAMA, weights, shards=2)
    index = folder / "model.safetensors.index.json"
    listed = json.loads(index.read_text())["weight_map"]
    (other,) = set(listed.values()) - {listed[NORM]}
    for wrong in (
        listed | {NORM: other},
        listed | {"more": other},
        {n: f for n, f in listed.items() if n != NORM},
    ):
        index.write_text(json.dumps({"weight_map": wrong}))
        assert "is not true of its files" in refused(nlc, folder)
    for text in ("[]", "{}", '{"weight_map": 3}', '{"weight_map": {"a": 1}}', "{", "[" * 100_000):
        index.write_text(text)
        refused(nlc, folder)


class Runs:
    def __reduce__(self):
        return os.mkdir, ("it_ran",)


def test_pickled_weights_are_not_read(nlc, tmp_path):
    folder = folders.llama(tmp_path / "theirs")
    (folder / "model.safetensors").unlink()
    (folder / "pytorch_model.bin").write_bytes(pickle.dumps(Runs()))
    assert "Pickled weights can run code" in refused(nlc, folder)
    (folder / "pytorch_model.bin").rename(folder / "model.safetensors")
    assert "no safetensors file" in refused(nlc, folder)
    assert not (tmp_path / "it_ran").exists()


def test_damaged_and_odd_files(nlc, tmp_path):
    folder = folders.llama(tmp_path / "theirs")
    whole = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(whole[: len(whole) // 2])
    assert "damaged" in refused(nlc, folder)
    (folder / "model.safetensors").unlink()
    os.mkfifo(folder / "model.safetensors")
    assert "there is no file" in refused(nlc, folder)
    (folder / "model.safetensors").unlink()
    assert "neither model.safetensors nor" in refused(nlc, folder)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b" " * (2**20 + 1), "longer than"),
        (b"\xff\xfe", "no UTF-8"),
        (b"{", "no JSON"),
        (b"[" * 100_000, "no JSON"),
        (b"[]", "no table"),
        (b'{"vocab_size": 1e999}', "`model_type` nothing"),
        (b'{"model_type": "\\u001b[31mred"}', "\N{REPLACEMENT CHARACTER}[31mred"),
        (b'{"model_type": ["llama"]}', "nlc imports"),
    ],
)
def test_a_config_that_is_none(nlc, tmp_path, data, words):
    folder = folders.llama(tmp_path / "theirs")
    (folder / "config.json").write_bytes(data)
    assert words in refused(nlc, folder)


def test_a_hostile_name_gives_a_terminal_no_orders(nlc, tmp_path):
    folder = folders.llama(tmp_path / "theirs", **{"\x1b[2J": 1})
    assert "\x1b" not in refused(nlc, folder)
    weights = folders.tensors(folders.llama_shapes(folders.LLAMA)) | {"\x1b[2J": torch.zeros(1)}
    save_file(weights, (folder / "model.safetensors"))
    (folder / "config.json").write_text(json.dumps(folders.LLAMA))
    assert "\x1b" not in refused(nlc, folder)


def test_a_folder_without_a_config(nlc, tmp_path):
    (tmp_path / "theirs").mkdir()
    assert "no checkpoint's folder" in refused(nlc, tmp_path / "theirs")


def test_usage(nlc, tmp_path):
    folder = folders.llama(tmp_path / "theirs")
    for words in (["--levels", "a"], ["--levels", "0"], ["--levels", ""], ["--rate", "0.1"], ["--back"]):
        assert nlc("import", folder, *words)[0] == 2
    assert "3 levels need as many layers" in refused(nlc, folder, "--levels", "4,8,16")
    assert "error[E" in refused(nlc, folder, "--levels", "4,6", code=1)
