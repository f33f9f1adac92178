"""What tests against `transformers` share: it is there or they are skipped, and what is compared.

Models are made from small configs with random weights. Nothing is fetched.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch
from compiled import EXAMPLES, compiled
from torch import nn

os.environ["HF_HUB_OFFLINE"] = "1"


def transformers() -> ModuleType:
    """The peer; without it, and beside `fla`, which it would bind by name, the module is skipped."""
    if find_spec("fla"):
        pytest.skip("transformers would run fla's kernels: never both", allow_module_level=True)
    why = "transformers is not installed: pip install -e '.[peers]'"
    return pytest.importorskip("transformers", reason=why)


def shaken(model: nn.Module, spread: float = 0.1) -> nn.Module:
    """Random numbers everywhere, so that a weight of one and a bias of zero are not mistaken."""
    torch.manual_seed(0)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(spread * torch.randn_like(parameter))
    return model.eval()


class _Wide:
    """torch, where float32 is float64."""

    float32 = float = torch.float64

    def __getattr__(self, name: str) -> Any:
        return getattr(torch, name)


@contextmanager
def widened(*modules: ModuleType) -> Iterator[None]:
    """A peer computes norms, angles and its loss in float32 whatever the type of its model, so it would
    never be nearer than 1e-7. Here the code of these modules, and `.float()`, says float64 for float32.
    """
    with pytest.MonkeyPatch.context() as patch:
        for module in modules:
            patch.setattr(module, "torch", _Wide())
        patch.setattr(torch.Tensor, "float", torch.Tensor.double)
        yield


def assert_same(ours: Any, theirs: nn.Module, ids: torch.Tensor, within: float) -> None:
    """The same scores, the same loss, the same norm of all gradients, relative to their size."""
    found, wanted = ours(ids)[0], theirs(ids, labels=ids)
    assert_near(found, wanted.logits, within, "scores")
    loss = ours.loss(ids)
    assert_near(loss, wanted.loss, within, "loss")
    assert_near(norm(loss, ours), norm(wanted.loss, theirs), within, "norm of the gradient")


def assert_near(found: torch.Tensor, wanted: torch.Tensor, within: float, what: str) -> None:
    """The largest deviation, relative to the largest number."""
    assert found.shape == wanted.shape
    apart = float((found - wanted).detach().abs().max() / wanted.detach().abs().max())
    assert apart <= within, f"{what}: {apart:.1e} apart"


def norm(number: torch.Tensor, model: nn.Module) -> torch.Tensor:
    """The norm of the gradient by all parameters together."""
    gradients = torch.autograd.grad(number, list(model.parameters()), retain_graph=True)
    return torch.stack([g.square().sum() for g in gradients]).sum().sqrt()


def imported(nlc: Callable[..., tuple[object, str, str]], model: Any, folder: Path) -> nn.Module:
    """The model as `nlc import` makes it of the folder that the peer writes."""
    import nlc as package

    model.save_pretrained(folder / "theirs")
    code, _, err = nlc("import", folder / "theirs", "-o", folder / "ours")
    assert code == 0, err
    return package.trained(folder / "ours")


def example(name: str, sizes: Mapping[str, float]) -> nn.Module:
    """One of the examples, at these sizes."""
    text = (EXAMPLES / f"{name}.nl").read_text(encoding="utf-8")
    return compiled(text, **{size: str(value) for size, value in sizes.items()}).package.build()
