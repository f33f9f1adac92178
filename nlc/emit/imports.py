"""Import lines for a text: only what it uses, in the order that linters want."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

SHORT = 88
"""The width that linters sort imports to unless they are told."""

GLOBAL = {
    "import math": r"math\.",
    "import torch": r"torch\.",
    "import torch.nn.functional as F": r"F\.",
    "from torch import nn": r"nn\.",
}


def uses(name: str, text: str) -> bool:
    return re.search(rf"\b{name}\b", text) is not None


def called(names: Iterable[str], text: str) -> list[str]:
    """What the text uses of `names`, docstrings aside; as linters sort: constants, classes, functions."""
    code = re.sub(r'"""[\s\S]*?"""', "", text)
    found = {name for name in names if re.search(rf"\b{name}\(|@{name}\b", code)}
    return sorted(found, key=lambda name: (not name[0].isupper(), name))


def header(text: str, own: Mapping[str, Iterable[str]], whole: Iterable[str] = ()) -> str:
    """Lines for torch, then for `own`: module of the package to the names that may be called.

    `whole` are modules of the package that are named with a dot.
    """
    standard = [
        line for line, pattern in GLOBAL.items() if "torch" not in line and re.search(rf"\b{pattern}", text)
    ]
    torch = [line for line, pattern in GLOBAL.items() if "torch" in line and re.search(rf"\b{pattern}", text)]
    local = [f"from . import {module}" for module in whole if re.search(rf"\b{module}\.", text)]
    local += [line for module, names in own.items() if (line := _line(module, called(names, text)))]
    return "\n\n".join("\n".join(group) for group in (standard, torch, local) if group) + "\n"


def _line(module: str, names: list[str]) -> str:
    if not names:
        return ""
    line = f"from .{module} import {', '.join(names)}"
    if len(line) <= SHORT:
        return line
    return f"from .{module} import (\n" + "".join(f"    {name},\n" for name in names) + ")"
