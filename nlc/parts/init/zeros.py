"""Nothing yet."""

from __future__ import annotations

from typing import ClassVar

from nlc.parts.part import Init


class Zeros(Init):
    """The first state is zero."""

    name: ClassVar[str] = "zeros"
