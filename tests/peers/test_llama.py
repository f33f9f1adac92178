"""Llama of `transformers`, the model that `nlc import` makes of its checkpoint, and `examples/llama.nl`."""

import peers
import pytest
import torch

transformers = peers.transformers()
from transformers.models.llama import modeling_llama  # noqa: E402

SIZES = {"vocab_size": 64, "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2}
CASES = {
    "shared heads": {"num_attention_heads": 4, "num_key_value_heads": 2},
    "tied": {"num_attention_heads": 4, "num_key_value_heads": 1, "tie_word_embeddings": True},
    "another base and eps": {"num_attention_heads": 2, "rope_theta": 5e5, "rms_norm_eps": 1e-3},
    "one layer": {"num_attention_heads": 2, "num_hidden_layers": 1},
}
IDS = torch.randint(0, 64, (2, 37), generator=torch.Generator().manual_seed(1))


def llama(case: str):
    return peers.shaken(modeling_llama.LlamaForCausalLM(transformers.LlamaConfig(**SIZES | CASES[case])))


@pytest.mark.parametrize("case", CASES)
def test_llama_in_float32(case, nlc, tmp_path):
    theirs = llama(case)
    peers.assert_same(peers.imported(nlc, theirs, tmp_path), theirs, IDS, within=1e-5)


@pytest.mark.parametrize("case", CASES)
def test_llama_in_float64_where_its_norms_and_angles_are_too(case, nlc, tmp_path):
    with peers.widened(modeling_llama):
        theirs = llama(case)
        ours = peers.imported(nlc, theirs, tmp_path)
        peers.assert_same(ours.double(), theirs.double(), IDS, within=1e-10)


NAMES = {
    "input_norm": "input_layernorm",
    "attn.queries_linear": "self_attn.q_proj",
    "attn.keys_linear": "self_attn.k_proj",
    "attn.values_linear": "self_attn.v_proj",
    "o_linear": "self_attn.o_proj",
    "post_norm": "post_attention_layernorm",
    "gate_linear": "mlp.gate_proj",
    "up_linear": "mlp.up_proj",
    "down_linear": "mlp.down_proj",
}


def test_the_example():
    """Name by name, as its comment says."""
    theirs = llama("shared heads")
    sizes = {"vocab": 64, "d": 32, "hidden": 48, "layers": 2, "heads": 4, "kv_heads": 2, "eps": 1e-6}
    ours = peers.example("llama", sizes)
    weights = theirs.state_dict()
    found = {
        f"layers.{i}.{our}.weight": weights[f"model.layers.{i}.{their}.weight"]
        for i in range(2)
        for our, their in NAMES.items()
    }
    ends = {"out_embed": "model.embed_tokens", "out_norm": "model.norm", "out_unembed": "lm_head"}
    found |= {f"{our}.weight": weights[f"{their}.weight"] for our, their in ends.items()}
    ours.load_state_dict(found)
    peers.assert_same(ours, theirs, IDS, within=1e-5)
