"""GPT-2 of `transformers` and the model that `nlc import` makes of its checkpoint: the same numbers."""

import peers
import pytest
import torch

transformers = peers.transformers()

SIZES = {"vocab_size": 64, "n_embd": 32, "n_layer": 2, "n_head": 4, "n_positions": 48}
WORDS = {"bos_token_id": 0, "eos_token_id": 0}
CASES = {
    "as published": {},
    "untied, another width and eps": {
        "tie_word_embeddings": False,
        "n_inner": 40,
        "layer_norm_epsilon": 1e-3,
    },
}
IDS = torch.randint(0, 64, (2, 37), generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("case", CASES)
def test_gpt2(case, nlc, tmp_path):
    """In float32, and in float64, which all of the peer but its loss is computed in then."""
    theirs = peers.shaken(
        transformers.GPT2LMHeadModel(transformers.GPT2Config(**SIZES | WORDS | CASES[case]))
    )
    ours = peers.imported(nlc, theirs, tmp_path)
    peers.assert_same(ours, theirs, IDS, within=1e-5)
    with peers.widened():
        peers.assert_same(ours.double(), theirs.double(), IDS, within=1e-10)
