"""GPT-2: Radford et al. 2019. Its products are stored (inputs, outputs), queries, keys and values as one."""

from __future__ import annotations

import re
from collections.abc import Sequence, Set

from nlc.run.hub.family import Family, Values
from nlc.run.hub.keys import Keys
from nlc.run.hub.tensors import Piece

WORDS = ("summary_type", "summary_use_proj", "summary_activation", "summary_proj_to_labels")
"""Of another head than the one that makes scores."""


def values(keys: Keys) -> Values:
    d = keys.size("n_embd")
    keys.only("activation_function", "gelu_new", "gelu_pytorch_tanh", why="the spec's is gelu_tanh")
    keys.only("scale_attn_weights", True, why="the spec's attention divides by the root of a head's size")
    for name in ("scale_attn_by_inverse_layer_idx", "reorder_and_upcast_attn", "add_cross_attention"):
        keys.only(name, False, why="the spec's attention has no such thing")
    keys.harmless("n_ctx", "predict_special_tokens", "summary_first_dropout", *WORDS)
    keys.dropouts("resid_pdrop", "embd_pdrop", "attn_pdrop")
    return {
        "vocab": keys.size("vocab_size"),
        "d": d,
        "hidden": keys.size("n_inner", 4 * d),
        "layers": keys.size("n_layer"),
        "heads": keys.size("n_head"),
        "positions": keys.size("n_positions"),
        "eps": keys.number("layer_norm_epsilon", 1e-5),
        "tied": keys.flag("tie_word_embeddings", True),
    }


def pieces(values: Values, places: Sequence[str], names: Set[str]) -> list[Piece]:
    # Models without a head were saved without the first word; the published GPT-2 is one of them.
    head = "" if "wte.weight" in names else "transformer."
    found = [
        Piece("x_embed.weight", f"{head}wte.weight"),
        Piece("x_position.weight", f"{head}wpe.weight"),
        *(Piece(f"out_layernorm.{kind}", f"{head}ln_f.{kind}") for kind in ("weight", "bias")),
    ]
    if not values["tied"]:
        found.append(Piece("out_unembed.weight", "lm_head.weight"))
    elif "lm_head.weight" in names:
        found.append(Piece("x_embed.weight", "lm_head.weight"))
    for number, place in enumerate(places):
        found += [
            Piece(f"{place}.{ours}", f"{head}h.{number}.{theirs}", turned) for ours, theirs, turned in LAYER
        ]
    return found


LAYER = (
    *(
        (f"{ours}.{kind}", f"{theirs}.{kind}", turned)
        for ours, theirs, turned in (
            ("u_layernorm", "ln_1", False),
            ("attn.queries_linear", "attn.c_attn", True),
            ("attn.keys_linear", "attn.c_attn", True),
            ("attn.values_linear", "attn.c_attn", True),
            ("a_linear", "attn.c_proj", True),
            ("out_layernorm", "ln_2", False),
        )
        for kind in ("weight", "bias")
    ),
    ("ffn.init1", "mlp.c_fc.weight", True),
    ("ffn.bias1", "mlp.c_fc.bias", True),
    ("ffn.init2", "mlp.c_proj.weight", True),
    ("ffn.bias2", "mlp.c_proj.bias", True),
)
"""A parameter of a layer, the tensor that holds it there, and whether that is turned."""

GPT2 = Family(
    "gpt2", "GPT2LMHeadModel", values, pieces, re.compile(r"(transformer\.)?h\.\d+\.attn\.(masked_)?bias")
)
