"""GPT-2 of `transformers`, the model that `nlc import` makes of its checkpoint, and `examples/gpt2.nl`."""

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
NAMES = {
    "ln_1_layernorm": "ln_1",
    "proj_linear": "attn.c_proj",
    "ln_2_layernorm": "ln_2",
    "fc_linear": "mlp.c_fc",
    "mlp_linear": "mlp.c_proj",
}


def gpt2(case):
    config = transformers.GPT2Config(**SIZES | WORDS | CASES[case])
    return peers.shaken(transformers.GPT2LMHeadModel(config))


@pytest.mark.parametrize("case", CASES)
def test_gpt2(case, nlc, tmp_path):
    """In float32, and in float64, which all of the peer but its loss is computed in then."""
    theirs = gpt2(case)
    ours = peers.imported(nlc, theirs, tmp_path)
    peers.assert_same(ours, theirs, IDS, within=1e-5)
    with peers.widened():
        peers.assert_same(ours.double(), theirs.double(), IDS, within=1e-10)


def test_the_example():
    """Name by name; the peer's products are (inputs, outputs), with queries, keys and values in one."""
    theirs = gpt2("as published")
    ours = peers.example("gpt2", {"vocab": 64, "d": 32, "layers": 2, "heads": 4, "length": 48})
    stored = theirs.transformer.state_dict()
    weights = {name: tensor.mT if tensor.dim() == 2 else tensor for name, tensor in stored.items()}
    found = {"x_embed.weight": stored["wte.weight"], "x_position.weight": stored["wpe.weight"]}
    for kind in ("weight", "bias"):
        found[f"out_layernorm.{kind}"] = weights[f"ln_f.{kind}"]
        for i in range(2):
            parts = weights[f"h.{i}.attn.c_attn.{kind}"].chunk(3)
            for role, part in zip(("queries", "keys", "values"), parts, strict=True):
                found[f"layers.{i}.attn.{role}_linear.{kind}"] = part
            for our, their in NAMES.items():
                found[f"layers.{i}.{our}.{kind}"] = weights[f"h.{i}.{their}.{kind}"]
    ours.load_state_dict(found)
    peers.assert_same(ours, theirs, IDS, within=1e-5)
