"""The minimiser itself."""

from __future__ import annotations

from typing import ClassVar

from nlc.parts.part import Optimizer


class ClosedForm(Optimizer):
    """The minimiser of the objective itself, without steps: softmax attention.

    Source: Nested Learning, arXiv:2512.24695, eq. 62.
    """

    name: ClassVar[str] = "closed_form"
    equation: ClassVar[str] = "W = argmin loss"
