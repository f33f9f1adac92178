"""Whether a launch is part of a forward or of a backward pass."""

from __future__ import annotations

from typing import Any, Literal, cast

import torch

Phase = Literal["forward", "backward", "fused", "step"]
"""A report says `fused` of a forward pass that keeps states on the chip, `step` of one token by itself."""


def phase() -> Phase:
    """Backward where autograd is at work, which a forward that is computed again for it is part of."""
    core = cast(Any, torch)._C
    return "forward" if core._current_graph_task_id() < 0 else "backward"
