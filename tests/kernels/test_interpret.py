"""Triton kernels interpreted in this process: the arithmetic of a GPU, and nothing left behind."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest
import torch

from nlc.run.kernels import library as installed
from nlc.run.kernels.interpret import interpreting
from nlc.run.kernels.library import NoTriton, library
from nlc.run.kernels.patch import patched

triton = pytest.importorskip("triton")
tl = pytest.importorskip("triton.language")
torch.manual_seed(0)


@pytest.fixture(autouse=True)
def _same_numbers():
    torch.manual_seed(0)


@triton.jit
def squared_norm(x):
    return tl.sum(x * x, 1) + tl.max(x, 1)


@triton.jit
def gram(X, Y, Z, n, N: tl.constexpr, PRECISION: tl.constexpr):
    """Y = sigmoid of n times X Xᵀ, summed down; Z by a helper of that sum."""
    i = tl.arange(0, N)
    total = tl.zeros((N, N), tl.float32)
    for _ in range(n):
        x = tl.load(X + i[:, None] * N + i[None, :])
        total = tl.dot(x, tl.trans(x), total, input_precision=PRECISION)
    total = tl.cumsum(total, 0)
    tl.store(Y + i[:, None] * N + i[None, :], tl.sigmoid(total))
    tl.store(Z + i, squared_norm(total))


def run_gram(x: torch.Tensor, precision: str = "ieee") -> torch.Tensor:
    """The relative error of Z against float64."""
    y, z = torch.empty(32, 32), torch.empty(32)
    gram[lambda meta: (triton.cdiv(meta["N"], 32),)](x, y, z, 3, N=32, PRECISION=precision, num_warps=2)
    total = (3 * x.double() @ x.double().T).cumsum(0)
    assert (y - total.sigmoid()).abs().max() < 1e-1  # a sum of size 100 is off by 0.1 in TF32
    right = total.square().sum(1) + total.max(1).values
    return ((z - right) / right).abs().max()


def test_dots_loops_helpers_and_a_grid_of_the_arguments():
    x = torch.randn(32, 32)
    with interpreting():
        assert run_gram(x) < 2e-6
        assert run_gram(x.bfloat16()) < 2e-6  # products of bfloat16 are exact in float32


def test_tf32_where_it_is_asked_for():
    x = torch.randn(32, 32)
    with interpreting(tf32=True):
        assert 1e-5 < run_gram(x, "tf32") < 4e-3
        assert run_gram(x, "ieee") < 2e-6
        assert run_gram(x, "tf32x3") < 2e-6
    with interpreting():
        assert run_gram(x, "tf32") < 2e-6


@triton.jit
def mixed(X, Y, OUT, N: tl.constexpr):
    i = tl.arange(0, N)
    x, y = tl.load(X + i), tl.load(Y + i)
    tl.store(OUT + i, x + y)
    tl.store(OUT + N + i, x * y)
    tl.store(OUT + 2 * N + i, tl.where(x > y, x, -y))
    tl.store(OUT + 3 * N + i, tl.load(Y + i).to(tl.float32) * 1.001)  # the store rounds
    tl.store(OUT + 4 * N + i, tl.abs(x))
    tl.store(OUT + 5 * N + i, tl.clamp(x, -0.5, 0.5))
    tl.store(OUT + 6 * N + i, tl.zeros((N,), tl.bfloat16) + tl.max(x))
    tl.store(OUT + 7 * N + i, tl.zeros((N,), tl.bfloat16) + x.sum(0))
    tl.store(OUT + 8 * N + i, i.to(tl.bfloat16) / 3)


def test_bfloat16_is_rounded_to_the_nearest():
    count = 64
    x, y = torch.randn(2, count).bfloat16()
    x[:2], y[:2] = torch.tensor([float("inf"), 3e38]), torch.tensor([1.0, 3e38])
    finite = torch.isfinite(x)
    out = torch.empty(9, count, dtype=torch.bfloat16)
    with interpreting():
        mixed[(1,)](x, y, out, N=count)
    index = torch.arange(count).bfloat16()
    rows = (
        x + y,
        x * y,
        torch.where(x > y, x, -y),
        (y.float() * 1.001).bfloat16(),
        x.abs(),
        x.clamp(-0.5, 0.5),
        x.max().expand(count),
        x.float().sum().bfloat16().expand(count),
        index / 3,
    )
    for found, right in zip(out, rows, strict=True):
        assert torch.equal(found, right)
    assert not finite.all()


def test_a_nan_stays_one():
    x = torch.tensor([float("nan")] * 64).bfloat16()
    out = torch.empty(9, 64, dtype=torch.bfloat16)
    with interpreting():
        mixed[(1,)](x, x, out, N=64)
    assert out[:2].isnan().all()


EMITTED = '''
from __future__ import annotations

import torch
import triton
import triton.language as tl


@triton.jit
def scale(x, factor):
    return x * factor


def kernel_of(FACTOR):
    """A kernel that closes over a number and another kernel."""

    @triton.jit
    def double(x):
        return scale(x, 2.0)

    @triton.jit
    def kernel(X, Y, T, C: tl.constexpr):
        start = tl.program_id(0).to(tl.int64) * C
        for step in tl.range(0, 2, num_stages=2):
            at = start + step.to(tl.int64) * (C // 2) + tl.arange(0, C // 2)
            x = tl.load(X + at, mask=at < T, other=0.0)
            tl.store(Y + at, double(x) * FACTOR, mask=at < T)

    return kernel


kernel = kernel_of(tl.constexpr(3.0))


class Six(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        y = torch.empty_like(x)
        kernel[(triton.cdiv(len(x), 8),)](x, y, len(x), C=8)
        return y

    @staticmethod
    def backward(ctx, dy):
        dx = torch.empty_like(dy)
        kernel[(triton.cdiv(len(dy), 8),)](dy, dx, len(dy), C=8, num_stages=3)
        return dx
'''


@pytest.fixture
def emitted(tmp_path: Path):
    """A module from a real file that no import finds."""
    path = tmp_path / "kernels_block_memory.py"
    path.write_text(EMITTED, encoding="utf-8")
    spec = importlib.util.spec_from_file_location("_nlc_test_kernels", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


def test_kernels_of_a_file_inside_autograd(emitted):
    x = torch.randn(21, requires_grad=True)
    known = dict(vars(emitted))
    with interpreting():
        y = emitted.Six.apply(x)
        y.backward(torch.ones(21))
    assert torch.equal(y, 6 * x)
    assert torch.equal(x.grad, torch.full((21,), 6.0))
    assert vars(emitted) == known  # the rewriting of kernels adds no names to their module


def compiled(kernel, signature, constants):
    from triton.backends.compiler import GPUTarget
    from triton.compiler import ASTSource, compile

    source = ASTSource(kernel, signature=signature, constexprs=constants)
    return compile(source, target=GPUTarget("cuda", 90, 32), options={"enable_fp_fusion": True})


def test_afterwards_kernels_compile():
    with interpreting():
        run_gram(torch.randn(32, 32))
    constants = {"N": 64, "PRECISION": "tf32"}
    signature = {"X": "*bf16", "Y": "*fp32", "Z": "*fp32", "n": "i32"}
    signature |= dict.fromkeys(constants, "constexpr")
    made = compiled(gram, signature, constants)
    assert "wgmma" in made.asm["ptx"]
    with interpreting():
        assert run_gram(torch.randn(32, 32)) < 2e-6


def test_nothing_of_triton_is_other_than_before():
    from triton.runtime import autotuner, interpreter, jit

    owners = (
        tl, tl.core, tl.math, tl.standard, tl.tensor, tl.dtype, tl.condition, jit, jit.JITFunction,
        interpreter, interpreter.interpreter_semantic, interpreter.ReduceOps, interpreter.ScanOps,
        autotuner.Autotuner,
    )  # fmt: skip
    before = [dict(vars(owner)) for owner in owners]
    with interpreting(tf32=True):
        run_gram(torch.randn(32, 32))
        with pytest.raises(interpreter.InterpreterError):
            gram[(1,)](torch.randn(32, 32), None, None, 3, N=32, PRECISION="ieee")
    assert [dict(vars(owner)) for owner in owners] == before


@triton.autotune([triton.Config({"N": 32}), triton.Config({"N": 16})], key=[])
@triton.jit
def tuned(X, N: tl.constexpr):
    tl.store(X + tl.arange(0, N), tl.full((N,), 1.0, tl.float32))


def test_an_autotuner_takes_its_first_configuration():
    x = torch.zeros(40)
    with interpreting():
        tuned[lambda meta: (meta["N"] // 32,)](x)
    assert x.sum() == 32


def test_outside_of_it_a_launch_needs_a_gpu():
    if torch.cuda.is_available():
        pytest.skip("here is a GPU")
    with pytest.raises(RuntimeError, match="active drivers"):
        gram[(1,)](torch.randn(32, 32), torch.empty(32, 32), torch.empty(32), 3, N=32, PRECISION="ieee")


def test_the_names_that_are_leant_on_are_there():
    """Fails where a new version of Triton moved one; then read its interpreter.py and launch path again."""
    names = {
        "triton.runtime.interpreter": (
            "InterpreterBuilder.cast_impl InterpreterBuilder.create_fp_to_fp InterpreterBuilder.create_dot "
            "InterpreterBuilder.create_atomic_rmw InterpreterBuilder.create_masked_load "
            "InterpreterBuilder.create_masked_store InterpreterBuilder.binary_op InterpreterBuilder.unary_op "
            "InterpreterBuilder.create_clampf InterpreterBuilder.create_fma InterpreterBuilder.create_erf "
            "InterpreterBuilder.create_rsqrt ReduceOps.apply_impl ScanOps.apply_impl TensorHandle "
            "GridExecutor.__call__ FunctionRewriter.rewrite_ast interpreter_builder "
            "interpreter_semantic.builder _patch_lang _implicit_cvt"
        ),
        "triton.runtime.jit": "JITFunction.run JITFunction.__call__ _triton_jit_function_registry",
        "triton.runtime.autotuner": "Autotuner.run Autotuner.prune_configs",
        "triton.language": "core.tensor_descriptor_base condition dtype tensor math range",
        "triton._C.libtriton": "ir.INPUT_PRECISION.TF32",
    }
    missing = []
    for module, paths in names.items():
        for path in paths.split():
            place = library(module)
            for name in path.split("."):
                place = getattr(place, name, None)
            if place is None:
                missing.append(f"{module}.{path}")
    assert not missing


@pytest.mark.parametrize("version", ["3.6.0", "3.10.0", "4.0.0+git1"])
def test_a_version_that_does_not_serve_is_named(version: str):
    installed._approve.cache_clear()
    with patched(installed, version=lambda name: version), pytest.raises(NoTriton) as said:
        library()
    assert version in str(said.value) and "triton>=3.7,<3.10" in str(said.value)


def test_the_range_of_versions_is_the_package_s():
    text = (Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8")
    since, before = (".".join(map(str, part)) for part in (installed.SINCE, installed.BEFORE))
    assert f'triton = ["triton>={since},<{before}' in text
