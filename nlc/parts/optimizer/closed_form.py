"""The minimiser itself."""

from __future__ import annotations

from typing import ClassVar

from nlc.parts.part import Optimizer


class ClosedForm(Optimizer):
    """The minimiser of the objective itself, without steps: softmax attention."""

    name: ClassVar[str] = "closed_form"
