"""Number formats that numpy does not have, as a GPU computes in them: bfloat16 and TF32."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Single = NDArray[np.float32]
Bits = NDArray[np.uint16]


def bf16(values: NDArray[Any]) -> Bits:
    """The bit patterns of the nearest bfloat16 numbers, ties to even; one NaN for all of them."""
    single = np.asarray(values, dtype=np.float32)
    bits = single.view(np.uint32)
    rounded = (bits + np.uint32(0x7FFF) + ((bits >> np.uint32(16)) & np.uint32(1))) >> np.uint32(16)
    return np.where(np.isnan(single), np.uint16(0x7FC0), rounded.astype(np.uint16))


def single(bits: Bits) -> Single:
    """The numbers that bit patterns of bfloat16 stand for, exactly."""
    return (np.asarray(bits).astype(np.uint32) << np.uint32(16)).view(np.float32)


def tf32(values: NDArray[Any]) -> Single:
    """What a tensor core sees of float32 operands: the 13 low bits of each are dropped.

    Triton passes the operands of `input_precision="tf32"` as they are (its PTX has no `cvt.rna.tf32`),
    so nothing rounds them, and the error is twice that of rounding to the nearest.
    """
    single = np.asarray(values, dtype=np.float32)
    cut = (single.view(np.uint32) & np.uint32(0xFFFFE000)).view(np.float32)
    return np.where(np.isnan(single), single, cut)
