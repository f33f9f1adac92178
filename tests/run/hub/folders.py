"""Checkpoint folders as the Hugging Face hub has them, small and with random weights."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file

LLAMA: dict[str, Any] = {
    "architectures": ["LlamaForCausalLM"],
    "model_type": "llama",
    "vocab_size": 40,
    "hidden_size": 16,
    "intermediate_size": 24,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "rms_norm_eps": 1e-5,
    "rope_theta": 500000.0,
    "hidden_act": "silu",
    "tie_word_embeddings": False,
    "torch_dtype": "float32",
    "bos_token_id": 1,
    "max_position_embeddings": 128,
}
GPT2: dict[str, Any] = {
    "architectures": ["GPT2LMHeadModel"],
    "model_type": "gpt2",
    "vocab_size": 40,
    "n_embd": 16,
    "n_layer": 2,
    "n_head": 2,
    "n_positions": 64,
    "layer_norm_epsilon": 1e-5,
    "activation_function": "gelu_new",
    "attn_pdrop": 0.0,
}


def llama_shapes(c: dict[str, Any]) -> dict[str, tuple[int, ...]]:
    """As `transformers` names them."""
    d, hidden, vocab = c["hidden_size"], c["intermediate_size"], c["vocab_size"]
    narrow = d * c["num_key_value_heads"] // c["num_attention_heads"]
    found = {"model.embed_tokens.weight": (vocab, d), "model.norm.weight": (d,)}
    if not c["tie_word_embeddings"]:
        found["lm_head.weight"] = (vocab, d)
    for i in range(c["num_hidden_layers"]):
        layer = {
            "input_layernorm": (d,),
            "post_attention_layernorm": (d,),
            "self_attn.q_proj": (d, d),
            "self_attn.k_proj": (narrow, d),
            "self_attn.v_proj": (narrow, d),
            "self_attn.o_proj": (d, d),
            "mlp.gate_proj": (hidden, d),
            "mlp.up_proj": (hidden, d),
            "mlp.down_proj": (d, hidden),
        }
        found |= {f"model.layers.{i}.{name}.weight": shape for name, shape in layer.items()}
    return found


def gpt2_shapes(c: dict[str, Any]) -> dict[str, tuple[int, ...]]:
    """As the published GPT-2 has them: without a first word."""
    d = c["n_embd"]
    found = {"wte.weight": (c["vocab_size"], d), "wpe.weight": (c["n_positions"], d)}
    found |= {"ln_f.weight": (d,), "ln_f.bias": (d,)}
    for i in range(c["n_layer"]):
        matrices = {"attn.c_attn": 3 * d, "attn.c_proj": d, "mlp.c_fc": 4 * d}
        for name, size in matrices.items():
            found |= {f"h.{i}.{name}.weight": (d, size), f"h.{i}.{name}.bias": (size,)}
        found |= {f"h.{i}.mlp.c_proj.weight": (4 * d, d), f"h.{i}.mlp.c_proj.bias": (d,)}
        for name in ("ln_1", "ln_2"):
            found |= {f"h.{i}.{name}.weight": (d,), f"h.{i}.{name}.bias": (d,)}
    return found


def tensors(shapes: dict[str, tuple[int, ...]], dtype: torch.dtype = torch.float32):
    """Random weights; those of norms are around one."""
    random = torch.Generator().manual_seed(0)
    found: dict[str, torch.Tensor] = {}
    for name, shape in shapes.items():
        middle = 1.0 if "norm.weight" in name or ".ln_" in name else 0.0
        found[name] = (middle + 0.3 * torch.randn(shape, generator=random)).to(dtype)
    return found


def write(folder: Path, config: dict[str, Any], weights: dict[str, torch.Tensor], shards: int = 1) -> Path:
    """A folder; with more than one shard the tensors are dealt out and listed in an index."""
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps(config, indent=1), encoding="utf-8")
    if shards == 1:
        save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
        return folder
    files = [f"model-{i + 1:05}-of-{shards:05}.safetensors" for i in range(shards)]
    place = {name: files[i % shards] for i, name in enumerate(weights)}
    for file in files:
        save_file({n: t for n, t in weights.items() if place[n] == file}, folder / file)
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": place}), encoding="utf-8")
    return folder


def llama(folder: Path, **changes: Any) -> Path:
    """A Llama whose config says something else."""
    return write(folder, LLAMA | changes, tensors(llama_shapes(LLAMA | changes)))


def gpt2(folder: Path, **changes: Any) -> Path:
    return write(folder, GPT2 | changes, tensors(gpt2_shapes(GPT2 | changes)))
