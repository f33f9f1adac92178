"""What interpreted kernels compute with: Triton's own numpy operations, mended where they are wrong.

The stock interpreter keeps bfloat16 as bit patterns in uint16 and does integer arithmetic on them, cuts
where it should round, and takes no notice of a dot's precision. Here every bfloat16 operation is done in
float32 and rounded once, as a GPU does it, and a dot may see what a tensor core sees of float32.

Importing this module needs Triton.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from nlc.run.kernels.library import library
from nlc.run.kernels.numbers import bf16, single, tf32
from nlc.run.kernels.watch import Watcher

_tl, _stock = library("triton.language"), library("triton.runtime.interpreter")
_TF32 = library("triton._C.libtriton").ir.INPUT_PRECISION.TF32
_Base: Any = _stock.InterpreterBuilder
_Handle: Any = _stock.TensorHandle


def _is_bf16(value: Any) -> bool:
    """Asked at every operation, so what is quick to ask comes first."""
    return isinstance(value, _Handle) and value.data.dtype == np.uint16 and value.dtype.scalar == _tl.bfloat16


def _wide(value: Any) -> Any:
    """A bfloat16 handle as one of float32; any other value as it is."""
    return _Handle(single(value.data), _tl.float32) if _is_bf16(value) else value


def _in_float32(name: str) -> Callable[..., Any]:
    """An operation of the stock builder, done in float32 when any of its operands is bfloat16."""
    operation = getattr(_Base, name)

    def done(self: Any, *operands: Any) -> Any:
        out = operation(self, *map(_wide, operands))
        if not any(map(_is_bf16, operands)):
            return out
        narrow = out.data if out.data.dtype == np.bool_ else bf16(out.data)  # a comparison is no number
        return _Handle(narrow, _tl.bfloat16)

    return done


class Builder(_Base):
    """The operations of one scope of interpretation.

    With `round_dots` a dot of precision tf32 loses what a GPU loses; `watcher` is told of loads and stores.
    """

    def __init__(self, round_dots: bool, watcher: Watcher | None) -> None:
        _Base.__init__(self)
        self.round_dots, self.watcher = round_dots, watcher

    binary_op = _in_float32("binary_op")
    unary_op = _in_float32("unary_op")
    create_clampf = _in_float32("create_clampf")
    create_fma = _in_float32("create_fma")
    create_erf = _in_float32("create_erf")
    create_rsqrt = _in_float32("create_rsqrt")

    def cast_impl(self, src: Any, dst_type: Any) -> Any:
        source, target = src.dtype.scalar, dst_type.scalar
        if source == target:
            return src
        if source == _tl.bfloat16:
            return self.cast_impl(_wide(src), dst_type)
        if target == _tl.bfloat16:
            return _Handle(bf16(self.cast_impl(src, _tl.float32).data), _tl.bfloat16)
        return _Base.cast_impl(self, src, dst_type)

    def create_fp_to_fp(self, src: Any, dst_type: Any, rounding_mode: Any) -> Any:
        if {src.dtype.scalar, dst_type.scalar} == {_tl.bfloat16, _tl.float32}:
            return self.cast_impl(src, dst_type)
        return _Base.create_fp_to_fp(self, src, dst_type, rounding_mode)

    def create_dot(self, a: Any, b: Any, d: Any, input_precision: Any, max_num_imprecise_acc: Any) -> Any:
        cut = self.round_dots and input_precision == _TF32

        def operand(value: Any) -> Any:
            return _Handle(tf32(value.data), _tl.float32) if cut and _is_float32(value) else _wide(value)

        return _Base.create_dot(self, operand(a), operand(b), d, input_precision, max_num_imprecise_acc)

    def create_atomic_rmw(self, rmwOp: Any, ptr: Any, val: Any, mask: Any, sem: Any, scope: Any) -> Any:
        if _is_bf16(val):
            raise NotImplementedError("atomic operations on bfloat16 are not interpreted")
        return _Base.create_atomic_rmw(self, rmwOp, ptr, val, mask, sem, scope)

    def create_masked_load(self, ptrs: Any, mask: Any, *rest: Any) -> Any:
        self._tell(False, ptrs, mask)
        return _Base.create_masked_load(self, ptrs, mask, *rest)

    def create_masked_store(self, ptrs: Any, value: Any, mask: Any, *rest: Any) -> Any:
        self._tell(True, ptrs, mask)
        return _Base.create_masked_store(self, ptrs, value, mask, *rest)

    def _tell(self, store: bool, ptrs: Any, mask: Any) -> None:
        if self.watcher is not None:
            through = np.broadcast_to(mask.data, ptrs.data.shape)
            size = max(1, ptrs.get_element_ty().primitive_bitwidth // 8)
            self.watcher.access(store, ptrs.data[through], size)


def _is_float32(value: Any) -> bool:
    return value.dtype.scalar == _tl.float32


def in_float32(apply: Callable[..., Any]) -> Callable[..., Any]:
    """A reduction or a scan of the interpreter that takes bfloat16 as float32 and rounds the result once."""

    def converted(value: Any, data: NDArray[Any], dtype: Any) -> Any:
        kind = _tl.block_type(dtype, list(value.shape)) if value.shape else dtype
        return _tl.tensor(_Handle(data, dtype), kind)

    def widened(value: Any) -> Any:
        return converted(value, single(value.handle.data), _tl.float32)

    def narrowed(value: Any) -> Any:
        return converted(value, bf16(value.handle.data), _tl.bfloat16)

    def applied(self: Any, inputs: tuple[Any, ...]) -> Any:
        was = [_is_bf16(value.handle) for value in inputs]  # the place of a maximum is an input beside it
        pairs = zip(inputs, was, strict=True)
        out = apply(self, tuple(widened(value) if narrow else value for value, narrow in pairs))
        several = cast("tuple[Any, ...]", out if isinstance(out, list | tuple) else (out,))
        return tuple(
            narrowed(value) if narrow else value for value, narrow in zip(several, was, strict=False)
        )

    return applied
