"""Over two thousand tokens of text, at default sizes and rates, no memory fades or bursts."""

from pydoc_data.topics import topics

import pytest
import torch
from compiled import EXAMPLES, SIZES, compiled

TEXT = " ".join(topics.values()).encode()
PIECE, PIECES = 128, 16
GROWS = ("attn", "sum", "past", "position", "segment", "gradient")
"""Caches, sums without retention, windows of inputs, and open sums: these need only be finite."""


def weights(module, state):
    """Norms of all that a stream holds, by name; a level's weights are its start and its difference."""
    tensors = {k: t for k, t in state.tensors().items() if t.is_floating_point()}
    starts = dict(module.named_parameters())
    for name in [name for name in tensors if "difference" in name]:
        start = starts[name.removeprefix("memories.").replace("difference", "init")]
        tensors[name.replace("difference", "weight")] = start + tensors[name]
        del tensors[name]
    return tensors


def assert_alive(name, now, start, early):
    assert now.isfinite().all(), name
    if any(word in name.split(".") or word in name for word in GROWS):
        return
    tiny = torch.finfo(now.dtype).tiny
    assert ((now != 0) & (now.abs() < tiny)).double().mean() < 0.01, f"{name} is made of denormals"
    reference = start.norm() if start is not None and start.any() else early.norm()
    if reference > 0:
        assert 0.05 <= now.norm() / reference <= 20, f"{name}: {now.norm():.3g} was {reference:.3g}"


@pytest.mark.parametrize("name", SIZES)
def test_memories_live(name):
    package = compiled((EXAMPLES / f"{name}.nl").read_text(encoding="utf-8"))
    module = package.module(torch.float32, spread=0.0)
    ids = torch.tensor(list(TEXT[: PIECE * PIECES]))[None]
    with torch.no_grad():
        state = module.begin(1)
        start = weights(module, state)
        early = None
        for i in range(PIECES):
            scores, state = module(ids[:, i * PIECE : (i + 1) * PIECE], state)
            assert scores.isfinite().all()
            now = weights(module, state)
            early = early or now
            for path, tensor in now.items():
                assert_alive(path, tensor, start.get(path), early[path])
