"""What cannot be done, where the spec is not to blame and nlc has no bug."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar


class Failure(Exception):
    """Its text is for the person who asked: the fact, the place, the way on.

    `code` is the exit code of a command that ends so: 2, something else has to be asked for; 1, what the
    spec describes broke down. `facts` tell a program more than the text does.
    """

    code: ClassVar[int] = 2

    def __init__(self, text: str, facts: Mapping[str, Any] | None = None) -> None:
        super().__init__(text)
        self.facts = dict(facts or {})
