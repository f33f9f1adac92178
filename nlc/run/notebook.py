"""What a notebook shows of a system or a model: the level picture and what it costs. No scripts."""

from __future__ import annotations

from base64 import b64encode
from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import nn

    from nlc.run.system import System


def picture(svg: str, said: str = "The levels") -> str:
    """The drawing as an image of its own: its styles and names do not meet those of the page."""
    data = b64encode(svg.encode()).decode()
    source = f"data:image/svg+xml;base64,{data}"
    return f'<img alt="{escape(said)}" style="max-width:100%;height:auto" src="{source}">'


def system(shown: System) -> str:
    """A line of figures, the picture, and the warnings."""
    return _page(shown, shown.kind)


def model(shown: System, module: nn.Module) -> str:
    """The same for a compiled module, and where its parameters lie."""
    tensors = list(module.parameters())
    places = {f"{str(tensor.dtype).removeprefix('torch.')} on {tensor.device}" for tensor in tensors}
    return _page(shown, ", ".join([f"compiled {shown.kind}", *sorted(places)]))


def shown(module: nn.Module, of: System) -> nn.Module:
    """The module; a notebook that prints it shows `of` as a picture."""

    def html(self: nn.Module) -> str:
        return model(of, self)

    kind: Any = type(module)
    kind._repr_html_ = html  # the emitted class itself knows nothing of nlc
    return module


def _page(shown: System, what: str) -> str:
    from nlc.lower.show import count, size

    plan = shown.plan()
    figures = [
        f"{count(plan['parameters'])} parameters",
        f"{size(plan['state_bytes'])} of state a sequence after {plan['length']:,} tokens",
        f"{count(plan['flops_per_token'])} forward matrix FLOPs a token",
    ]
    warnings = shown.report.text()
    return "\n".join(
        [
            "<div>",
            f'<p style="margin:.5em 0"><strong>{escape(shown.name)}</strong> ({escape(what)})'
            f"<br>{escape(' · '.join(figures))}</p>",
            picture(shown.graph("svg"), repr(shown.levels).partition("\n")[0]),
            f"<pre>{escape(warnings)}</pre>" if warnings else "",
            "</div>",
        ]
    )
