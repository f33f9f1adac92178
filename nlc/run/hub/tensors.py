"""Which parameter of a model is which tensor of a checkpoint, both ways and to the bit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from nlc.failure import Failure


class Untied(Failure):
    """Two tensors of a checkpoint that should be one parameter differ."""


@dataclass(frozen=True)
class Piece:
    """One parameter, and the tensor that holds it.

    Several parameters may share a tensor: they stand in it one below the other, in the order of the
    pieces. `turned`: the tensor is (inputs, outputs), a parameter is (outputs, inputs).
    """

    ours: str
    theirs: str
    turned: bool = False


def grouped(pieces: Iterable[Piece]) -> dict[str, list[Piece]]:
    """The pieces of each tensor."""
    found: dict[str, list[Piece]] = {}
    for piece in pieces:
        found.setdefault(piece.theirs, []).append(piece)
    return found


def shapes(pieces: Iterable[Piece], ours: Mapping[str, torch.Size]) -> dict[str, tuple[int, ...]]:
    """The shape that each tensor must have, for parameters of these shapes."""
    found: dict[str, tuple[int, ...]] = {}
    for theirs, parts in grouped(pieces).items():
        rows = sum(ours[part.ours][0] for part in parts)
        shape = (rows, *ours[parts[0].ours][1:])
        found[theirs] = shape[::-1] if parts[0].turned else shape
    return found


def into_ours(
    pieces: Iterable[Piece], ours: Mapping[str, torch.Size], read: Callable[[str], Tensor]
) -> dict[str, Tensor]:
    """The parameters in float32, which holds every number of the smaller types exactly."""
    found: dict[str, Tensor] = {}
    for theirs, parts in grouped(pieces).items():
        tensor = read(theirs).to(torch.float32)
        tensor = tensor.mT if parts[0].turned and tensor.dim() == 2 else tensor
        begin = 0
        for part in parts:
            rows = tensor[begin : begin + ours[part.ours][0]].contiguous()
            begin += len(rows)
            if not _same_bits(found.setdefault(part.ours, rows), rows):
                raise Untied(f"`{theirs}` has other numbers than the tensor that it is tied to")
    return found


def _same_bits(a: Tensor, b: Tensor) -> bool:
    return a is b or a.view(torch.int32).equal(b.view(torch.int32))


def into_theirs(
    pieces: Iterable[Piece], ours: Mapping[str, Tensor], types: Mapping[str, torch.dtype]
) -> dict[str, Tensor]:
    """The tensors, each in the type that it came in."""
    found: dict[str, Tensor] = {}
    for theirs, parts in grouped(pieces).items():
        tensor = torch.cat([ours[part.ours] for part in parts])
        tensor = tensor.mT if parts[0].turned and tensor.dim() == 2 else tensor
        found[theirs] = tensor.to(types[theirs]).contiguous()
    return found
