"""Sequences behind one another in one row: to a batch of their own, and back."""

import torch
from torch.nn.utils.rnn import pad_sequence, unpad_sequence


def unpacked(row, offsets, lengths, state):
    """The sequences of a row (1, tokens, …) as (batch, longest, …), padded with zeros, and their lengths."""
    if lengths is not None:
        raise ValueError("cu_seqlens says how long each sequence is: leave lengths out")
    if state is not None:
        raise ValueError("sequences in cu_seqlens begin anew: leave the state out, or go on with lengths")
    if row.dim() < 2 or row.shape[0] != 1:
        raise ValueError(f"with cu_seqlens all sequences are one row, (1, tokens, …), got {tuple(row.shape)}")
    offsets, tokens = torch.as_tensor(offsets, device=row.device), row.shape[1]
    if offsets.dim() != 1 or offsets.is_floating_point() or offsets.dtype == torch.bool:
        shape = tuple(offsets.shape)
        raise ValueError(f"expected cu_seqlens of one axis, integers, got {shape} of {offsets.dtype}")
    ends = offsets.tolist()
    if len(ends) < 2 or ends[0] != 0 or ends[-1] != tokens or ends != sorted(ends):
        raise ValueError(f"expected cu_seqlens that rise from 0 to {tokens}, got {ends}")
    lengths = offsets.long().diff()
    return pad_sequence(row[0].split(lengths.tolist()), batch_first=True), lengths


def packed(padded, lengths):
    """The sequences (batch, tokens, …) as one row (1, their tokens, …), without what stands beyond them."""
    return torch.cat(unpad_sequence(padded, lengths, batch_first=True)).unsqueeze(0)
