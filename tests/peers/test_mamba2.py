"""Mamba2 of `transformers` and `examples/mamba2.nl`: the same numbers.

Mamba2 keeps one product for gate, values, keys, queries and rates, and one convolution for the three in the
middle. They are taken apart here; nothing else differs.
"""

from contextlib import nullcontext

import peers
import pytest
import torch

transformers = peers.transformers()
from transformers.models.mamba2 import modeling_mamba2  # noqa: E402

D, HEADS, STATE, LAYERS, VOCAB = 16, 4, 6, 2, 48
WIDE = 2 * D
IDS = torch.randint(0, VOCAB, (2, 37), generator=torch.Generator().manual_seed(1))


def mamba2(groups):
    config = transformers.Mamba2Config(
        vocab_size=VOCAB,
        hidden_size=D,
        num_heads=HEADS,
        head_dim=WIDE // HEADS,
        state_size=STATE,
        n_groups=groups,
        num_hidden_layers=LAYERS,
        chunk_size=16,
        residual_in_fp32=False,
    )
    return peers.shaken(modeling_mamba2.Mamba2ForCausalLM(config))


def ours(theirs, groups):
    """The example with the peer's weights."""
    weights = theirs.state_dict()
    found = {
        "out_embed.weight": weights["backbone.embeddings.weight"],
        "out_norm.weight": weights["backbone.norm_f.weight"],
        "out_unembed.weight": weights["lm_head.weight"],
    }
    for i in range(LAYERS):
        start = f"backbone.layers.{i}."
        layer = {n.removeprefix(start): w for n, w in weights.items() if n.startswith(start)}
        found |= {f"layers.{i}.{name}": tensor for name, tensor in taken_apart(layer, groups * STATE).items()}
    sizes = {"vocab": VOCAB, "d": D, "heads": HEADS, "groups": groups, "state": STATE, "layers": LAYERS}
    module = peers.example("mamba2", sizes).to(found["out_norm.weight"].dtype)
    module.load_state_dict(found)
    return module


def taken_apart(layer, keys):
    """One layer; `keys` is the size of all keys together."""
    gate, value, key, query, rate = layer["mixer.in_proj.weight"].split([WIDE, WIDE, keys, keys, HEADS])
    found = {
        "u_norm.weight": layer["norm.weight"],
        "v_linear.weight": value,
        "ssm.keys_linear.weight": key,
        "ssm.queries_linear.weight": query,
        "ssm.dt_linear.weight": rate,
        "ssm.dt_linear.bias": layer["mixer.dt_bias"],
        "ssm.keep_weight.weight": layer["mixer.A_log"],
        "y_weight.weight": layer["mixer.D"],
        "z_linear.weight": gate,
        "out_weight.weight": layer["mixer.norm.weight"],
        "out_linear.weight": layer["mixer.out_proj.weight"],
    }
    places = ("v", "ssm.keys", "ssm.queries")
    convs = layer["mixer.conv1d.weight"][:, 0].split([WIDE, keys, keys])
    biases = layer["mixer.conv1d.bias"].split([WIDE, keys, keys])
    for place, weight, bias in zip(places, convs, biases, strict=True):
        found |= {f"{place}_conv.weight": weight.T, f"{place}_conv.bias": bias}
    return found


@pytest.mark.parametrize("groups", [1, 2])
@pytest.mark.parametrize(("dtype", "within"), [(torch.float32, 1e-5), (torch.float64, 1e-10)])
def test_mamba2(dtype, within, groups):
    """37 tokens are three of its chunks."""
    with peers.widened(modeling_mamba2) if dtype == torch.float64 else nullcontext():
        theirs = mamba2(groups).to(dtype)
        peers.assert_same(ours(theirs, groups), theirs, IDS, within)
