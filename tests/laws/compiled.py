"""A spec compiled and imported as its own package, once a run, and what every law compares."""

from __future__ import annotations

import atexit
import importlib.util
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType

import torch

from nlc.check import check
from nlc.emit import emit, write
from nlc.ir.plan import Plan
from nlc.ir.system import System
from nlc.lower import lower
from nlc.read import read, read_text
from nlc.run.sources import bring

torch.set_num_threads(1)
EXAMPLES = Path(__file__).parents[2] / "examples"
FOLDER = Path(tempfile.mkdtemp(prefix="nlc-laws-"))
atexit.register(shutil.rmtree, FOLDER, ignore_errors=True)

SMALL = {"vocab": "24", "d": "16", "heads": "2"}
SIZES: dict[str, dict[str, str]] = {
    "transformer": SMALL,
    "linear_attention": SMALL,
    "deltanet": SMALL,
    "gated_deltanet": SMALL,
    "titans": SMALL | {"chunk": "8"},
    "cms": SMALL | {"fast": "16", "rate": "0.05", "layers": "1"},
    "hope": SMALL | {"chunk": "8", "slow": "16", "layers": "1"},
}
"""The examples, at sizes that tests can afford."""
RECURRENT = [name for name in SIZES if name not in ("transformer", "cms")]


@dataclass(frozen=True, eq=False)
class Compiled:
    """An emitted package, and what the compiler knew when it wrote it."""

    name: str
    system: System
    plan: Plan
    files: dict[str, str]
    package: ModuleType

    def module(self, dtype: torch.dtype = torch.float64, *, seed: int = 0, spread: float = 0.1):
        """The layer or model with random parameters: `spread` moves those that start as constants."""
        torch.manual_seed(seed)
        module = self.package.build()
        with torch.no_grad():
            for parameter in module.parameters():
                parameter.add_(spread * torch.randn_like(parameter))
        return module.to(dtype)

    def inputs(self, batch: int, tokens: int, dtype: torch.dtype = torch.float64, seed: int = 1):
        """Tokens for a model, vectors for a layer."""
        random = torch.Generator().manual_seed(seed)
        if self.system.kind == "model":
            return torch.randint(0, self.system.vocab, (batch, tokens), generator=random)
        size = self.system.outermost.inputs[0][1][-1]
        return torch.randn(batch, tokens, size, generator=random, dtype=torch.float64).to(dtype)

    def run(self, module, x, state=None, lengths=None):
        """The fast path: (outputs, state)."""
        run = module if self.system.kind == "model" else module.carry
        return run(x, state, lengths)

    def reference(self, module, x, state=None):
        """The definition: (outputs, state)."""
        return self.package.reference.run(module, x, state)


def compiled(text: str, **settings: str) -> Compiled:
    """The package of a spec given as text, made once."""
    return _compiled(text, tuple(settings.items()), yaml=False)


def compiled_yaml(text: str, **settings: str) -> Compiled:
    """The package of a spec given as YAML."""
    return _compiled(text, tuple(settings.items()), yaml=True)


@cache
def _compiled(text: str, settings: tuple[tuple[str, str], ...], *, yaml: bool) -> Compiled:
    return _load(check(read_text(text, "spec.yaml" if yaml else "spec.nl"), dict(settings)))


@cache
def example(name: str, **settings: str) -> Compiled:
    """One of the examples at its small size."""
    return _load(check(read(EXAMPLES / f"{name}.nl"), SIZES.get(name, SMALL) | settings))


@contextmanager
def passing(text: str) -> Iterator[Compiled]:
    """A package without files, forgotten afterwards: for specs that are drawn by hundreds."""
    system = check(read_text(text, "spec.nl"))
    plan = lower(system)
    files, name = emit(plan), "nlc_law_passing"
    package = bring(name, Path(name), {file: code.encode() for file, code in files.items()})
    importlib.import_module(f"{name}.reference")
    try:
        yield Compiled(name, system, plan, files, package)
    finally:
        for known in [key for key in sys.modules if key.partition(".")[0] == name]:
            del sys.modules[known]


def _load(system: System) -> Compiled:
    plan = lower(system)
    files = emit(plan)
    name = f"nlc_law_{len(list(FOLDER.iterdir()))}"
    write(files, FOLDER / name)
    place = importlib.util.spec_from_file_location(
        name, FOLDER / name / "__init__.py", submodule_search_locations=[str(FOLDER / name)]
    )
    assert place is not None
    assert place.loader is not None
    package = importlib.util.module_from_spec(place)
    sys.modules[name] = package
    place.loader.exec_module(package)
    importlib.import_module(f"{name}.reference")
    return Compiled(name, system, plan, files, package)


def distance(a: torch.Tensor, b: torch.Tensor, floor: float = 0.0) -> float:
    """‖a − b‖ / ‖b‖, where `floor` is the least size that counts as one."""
    assert a.shape == b.shape
    a, b = a.detach(), b.detach()
    gap = float((a.double() - b.double()).norm())
    size = max(float(b.double().norm()), floor)
    return gap / size if size > 0 else gap


def assert_close(a: torch.Tensor, b: torch.Tensor, within: float, what: str, floor: float = 0.0) -> None:
    found = distance(a, b, floor)
    assert found <= within, f"{what}: {found:.2e} apart, {within:.0e} allowed"


def assert_same_state(a, b, within: float = 1e-9) -> None:
    """The same tensors by the same names."""
    left, right = a.tensors(), b.tensors()
    assert left.keys() == right.keys()
    for name, tensor in right.items():
        assert left[name].dtype == tensor.dtype, name
        assert_close(left[name], tensor, within, f"state {name}", floor=1e-9)


def weighted(outputs: torch.Tensor, state, seed: int = 2) -> torch.Tensor:
    """One number that depends on every output and on every part of the state."""
    random = torch.Generator().manual_seed(seed)
    total = torch.zeros((), dtype=outputs.dtype)
    for x in [outputs, *(t for t in state.tensors().values() if t.is_floating_point())]:
        total = total + (x * torch.randn(x.shape, generator=random, dtype=torch.float64).to(x.dtype)).sum()
    return total


def gradients(number: torch.Tensor, module) -> dict[str, torch.Tensor | None]:
    """∂number by each parameter, by name."""
    names, parameters = zip(*module.named_parameters(), strict=True)
    found = torch.autograd.grad(number, parameters, allow_unused=True)
    return dict(zip(names, found, strict=True))


def assert_same_gradients(a, b, within: float = 1e-9, floor: float = 1e-6) -> None:
    """Per parameter; a gradient below `floor` of all of them together is compared with that."""
    whole = sum(float(g.double().square().sum()) for g in b.values() if g is not None) ** 0.5
    for name, g in b.items():
        if g is None or a[name] is None:
            rest = [x for x in (g, a[name]) if x is not None]
            assert all(float(x.norm()) <= within * floor for x in rest), (
                f"only one of the two has a gradient by {name}"
            )
        else:
            assert_close(a[name], g, within, f"gradient by {name}", floor=floor * whole)


def in_pieces(package: Compiled, module, x, sizes, state=None):
    """Outputs and state where the tokens come in pieces of these sizes."""
    assert sum(sizes) == x.shape[1]
    out, start = [], 0
    for size in sizes:
        y, state = package.run(module, x[:, start : start + size], state)
        out.append(y)
        start += size
    return torch.cat(out, dim=1), state
