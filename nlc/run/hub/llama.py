"""Llama: arXiv:2302.13971, with shared heads of keys (arXiv:2305.13245)."""

from __future__ import annotations

import re
from collections.abc import Sequence, Set

from nlc.run.hub.family import Family, Values
from nlc.run.hub.keys import Keys
from nlc.run.hub.tensors import Piece


def values(keys: Keys) -> Values:
    d, heads = keys.size("hidden_size"), keys.size("num_attention_heads")
    keys.only("head_dim", d // heads, why="a head here is the hidden size by the number of heads")
    keys.only("hidden_act", "silu", "swish", why="the spec's layers are gated by silu")
    for bias in ("attention_bias", "mlp_bias"):
        keys.only(bias, False, why="the spec's layers have no bias")
    keys.only("pretraining_tp", 1, why="the spec's products are not cut into parts")
    keys.only("rope_interleaved", False, why="the spec turns a head's first half with its second")
    for window in ("sliding_window", "use_sliding_window", "layer_types"):
        keys.only(window, None, False, why="the spec's attention sees all tokens before")
    keys.harmless("max_position_embeddings", "max_sequence_length", "is_llama_config")
    keys.dropouts("attention_dropout")
    return {
        "vocab": keys.size("vocab_size"),
        "d": d,
        "hidden": keys.size("intermediate_size"),
        "layers": keys.size("num_hidden_layers"),
        "heads": heads,
        "kv_heads": keys.size("num_key_value_heads", heads),
        "eps": keys.number("rms_norm_eps", 1e-6),
        "base": _base(keys),
        "tied": keys.flag("tie_word_embeddings", False),
    }


def _base(keys: Keys) -> float:
    """How positions turn: said by `rope_theta` or, since transformers 5, in `rope_parameters`."""
    keys.only("rope_scaling", None, why="the spec turns positions by the base alone")
    below = keys.table("rope_parameters")
    below.only("rope_type", "default", why="the spec turns positions by the base alone")
    inner = below.take("rope_theta")
    below.end()
    base = keys.number("rope_theta", 10000.0 if inner is None else inner)
    if inner not in (None, base):
        keys.wrong.append(f"rope_theta = {base:g}: rope_parameters.rope_theta says otherwise")
    return base


def pieces(values: Values, places: Sequence[str], names: Set[str]) -> list[Piece]:
    found = [
        Piece("out_embed.weight", "model.embed_tokens.weight"),
        Piece("out_norm.weight", "model.norm.weight"),
    ]
    if not values["tied"]:
        found.append(Piece("out_unembed.weight", "lm_head.weight"))
    elif "lm_head.weight" in names:
        found.append(Piece("out_embed.weight", "lm_head.weight"))
    for number, place in enumerate(places):
        found += [
            Piece(f"{place}.{ours}", f"model.layers.{number}.{theirs}.weight") for ours, theirs in LAYER
        ]
    return found


LAYER = (
    ("u_norm.weight", "input_layernorm"),
    ("attn.queries_linear.weight", "self_attn.q_proj"),
    ("attn.keys_linear.weight", "self_attn.k_proj"),
    ("attn.values_linear.weight", "self_attn.v_proj"),
    ("a_linear.weight", "self_attn.o_proj"),
    ("out_norm.weight", "post_attention_layernorm"),
    ("ffn.init1", "mlp.gate_proj"),
    ("ffn.init2", "mlp.up_proj"),
    ("ffn.init3", "mlp.down_proj"),
)
"""A parameter of a layer, and the module that holds it there."""

LLAMA = Family(
    "llama",
    "LlamaForCausalLM",
    values,
    pieces,
    re.compile(r"model\.layers\.\d+\.self_attn\.rotary_emb\.inv_freq"),
)
