"""What nlc knows of one kind of published checkpoint."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass

from nlc.run.hub.keys import Keys
from nlc.run.hub.tensors import Piece

Values = Mapping[str, int | float | bool]
"""Dims and params of the family's spec, by name."""


@dataclass(frozen=True)
class Family:
    """`grammar/hub/NAME.nl` is its spec; NAME is also the config's `model_type`.

    architecture  the one class whose scores are meant
    values        what a config says, in the spec's words; what it cannot say goes to `Keys.wrong`
    pieces        which tensor is which parameter, for the layers' places in the model and the names found
    spare         tensors that hold nothing that was learned; they are kept, and not used
    """

    name: str
    architecture: str
    values: Callable[[Keys], Values]
    pieces: Callable[[Values, Sequence[str], Set[str]], list[Piece]]
    spare: re.Pattern[str]
