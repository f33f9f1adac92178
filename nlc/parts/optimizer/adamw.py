"""Adam with decoupled weight decay."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from nlc.parts.part import Optimizer


class Adamw(Optimizer):
    """Adam with decoupled weight decay, for a model's slow parameters. arXiv:1711.05101."""

    name: ClassVar[str] = "adamw"
    lr: Annotated[float, Field(gt=0)] = 1e-3
    decay: Annotated[float, Field(ge=0)] = 0.0
    beta1: Annotated[float, Field(ge=0, lt=1)] = 0.9
    beta2: Annotated[float, Field(ge=0, lt=1)] = 0.95
    eps: Annotated[float, Field(gt=0)] = 1e-8
