"""A compiled model goes on with a text, byte by byte, by its state: the past is never read again."""

from __future__ import annotations

import codecs
from collections.abc import Iterator

import torch
from torch import Tensor

from nlc.run.evaluate import judging
from nlc.run.load import Model
from nlc.run.reach import longest


def sample(
    model: Model, prompt: bytes, count: int, temperature: float = 0.8, top_k: int = 0, seed: int = 0
) -> Iterator[int]:
    """`count` bytes after the prompt (a line break if it is empty). Temperature 0 takes the likeliest.

    A model whose positions end reads the second half of what there is anew, each time that it is there.
    """
    generator, end = torch.Generator().manual_seed(seed), longest(model)
    past, state = list(prompt or b"\n")[-(end or 0) :], None
    ids = torch.tensor([past])
    with judging(model):
        for _ in range(count):
            logits, state = model(ids, state)
            state = state.detach()
            choice = draw(logits[0, -1, :256].float(), temperature, top_k, generator)
            yield choice
            past.append(choice)
            ids = torch.tensor([[choice]])
            if end and len(past) > end:
                past = past[-(end // 2 + 1) :]
                ids, state = torch.tensor([past]), None


def draw(logits: Tensor, temperature: float, top_k: int, generator: torch.Generator) -> int:
    if temperature <= 0:
        return int(logits.argmax())
    if 0 < top_k < len(logits):
        least = logits.topk(top_k).values[-1]
        logits = logits.masked_fill(logits < least, -torch.inf)
    chances = torch.softmax(logits / temperature, dim=0)
    return int(torch.multinomial(chances, 1, generator=generator))


def text(values: Iterator[int]) -> Iterator[str]:
    """Bytes as they come, as text that is safe on a terminal: no control character passes."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    for value in values:
        yield plain(decoder.decode(bytes([value])))
    yield plain(decoder.decode(b"", final=True))


def plain(piece: str) -> str:
    return "".join(c if c in "\n\t" or c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in piece)
