"""Bits per byte on text that was not learned from, with the state carried over all of it."""

from __future__ import annotations

import math
from collections.abc import Generator
from contextlib import contextmanager

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from nlc.failure import Failure
from nlc.run.load import Carried, Model
from nlc.run.reach import longest


class NotFinite(Failure):
    """The loss, or the named tensor of the state, is no number any more on the text that judges."""

    code = 1

    def __init__(self, memory: str) -> None:
        super().__init__(f"{memory or 'the loss'} is not finite on the validation text")
        self.memory = memory


def evaluate(model: Model, data: bytes, lanes: int = 8, length: int = 512) -> float:
    """Bits per byte of every byte of `data` but the first.

    The bytes are cut into `lanes` contiguous runs that are read side by side; each run begins with a
    fresh state, one byte early so that no byte goes unjudged, and carries it to its end. A model whose
    positions end begins anew there.
    """
    ids, judged = cut(data, lanes)
    bits, end = 0.0, longest(model)
    length = min(length, end or length)
    state: Carried | None = None
    with judging(model):
        for start in range(0, ids.shape[1] - 1, length):
            piece = ids[:, start : start + length + 1]
            if end and start // length % (end // length) == 0:
                state = None
            logits, state = model(piece[:, :-1], state)
            state = state.detach()
            weights = judged[:, start : start + length]
            losses = cross_entropy(logits.float().flatten(0, 1), piece[:, 1:].flatten(), reduction="none")
            bits += float((losses.view(weights.shape) * weights).sum(dtype=torch.float64)) / math.log(2)
    broken = not_finite(state) if state is not None else ""
    if broken or not math.isfinite(bits):
        raise NotFinite(broken)
    return bits / float(judged.sum())


def cut(data: bytes, lanes: int) -> tuple[Tensor, Tensor]:
    """Rows of bytes that overlap by one, (lanes, n + 1), and which of their n targets count, (lanes, n)."""
    targets = len(data) - 1
    if targets < 1:
        raise ValueError("a text of one byte cannot be judged")
    lanes = min(lanes, targets)
    width = math.ceil(targets / lanes)
    values = torch.zeros(lanes * width + 1, dtype=torch.int64)
    values[: len(data)] = torch.frombuffer(bytearray(data), dtype=torch.uint8)
    rows = values.unfold(0, width + 1, width).contiguous()
    counts = (torch.arange(lanes * width) < targets).view(lanes, width)
    return rows, counts.float()


def not_finite(state: Carried) -> str:
    """The name of the first tensor of the state that holds something else than numbers, or nothing."""
    tensors = state.tensors().items()
    return next((name for name, tensor in tensors if not bool(torch.isfinite(tensor).all())), "")


@contextmanager
def judging(model: Model) -> Generator[None]:
    """The model in eval mode without gradients of its own; its mode is put back."""
    before = model.training
    model.train(False)
    try:
        with torch.no_grad():
            yield
    finally:
        model.train(before)
