"""Llama of `transformers` and the model that `nlc import` makes of its checkpoint: the same numbers."""

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
