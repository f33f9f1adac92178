"""Adam with decoupled weight decay."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from nlc.parts.part import Optimizer


class Adamw(Optimizer):
    """Adam with decoupled weight decay, for a model's slow parameters.

    Source: arXiv:1711.05101.
    """

    name: ClassVar[str] = "adamw"
    equation: ClassVar[str] = "W ← W − η m / (√v + ε) − η d W"
    lr: Annotated[float, Field(gt=0, description="the rate η")] = 1e-3
    decay: Annotated[float, Field(ge=0, description="weight decay d, of matrices")] = 0.0
    beta1: Annotated[float, Field(ge=0, lt=1, description="what the mean m of gradients keeps")] = 0.9
    beta2: Annotated[float, Field(ge=0, lt=1, description="what the mean v of their squares keeps")] = 0.95
    eps: Annotated[float, Field(gt=0, description="ε, added to the root")] = 1e-8
