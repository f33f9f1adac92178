"""Style sheets of pictures: colours on light ground, and on dark where the reader prefers it."""

from __future__ import annotations

from collections.abc import Iterable

from nlc.level.palette import CARD, FAINT, GROUND, INK, LEVELS, TRANSFERS, Colour

MONO = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace"
SANS = "system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif"

Paint = tuple[str, str, Colour]
"""A selector, the properties that take the colour, and the colour on either ground."""


def sheet(shapes: str, paints: Iterable[Paint]) -> str:
    """A `style` element: what does not depend on the ground, then every colour for both grounds."""
    paints = list(paints)
    return f"""<style>
text {{ font-family: {SANS}; font-size: 11px }}
.title {{ font-size: 16px; font-weight: 600 }}
{shapes}
{_painted(paints, 0)}
@media (prefers-color-scheme: dark) {{
{_painted(paints, 1)}
}}
</style>"""


def levels(*properties: str) -> list[Paint]:
    """`.f0`, `.s0`, …: the colour of each level as a fill, as a stroke."""
    named = [(name[0], name) for name in properties]
    return [(f".{letter}{n}", name, colour) for n, colour in enumerate(LEVELS) for letter, name in named]


def _painted(paints: Iterable[Paint], ground: int) -> str:
    return "\n".join(
        f"{what} {{ " + "; ".join(f"{name}: {colour[ground]}" for name in properties.split()) + " }"
        for what, properties, colour in paints
    )


SHAPES = f""".name {{ font-family: {MONO}; font-size: 13px; font-weight: 600 }}
.path, .rule {{ font-family: {MONO} }}
.period {{ font-size: 14px; font-weight: 600 }}
.band {{ fill-opacity: 0.09 }}
.card {{ stroke-width: 1.2 }}
.wire {{ fill: none; stroke-width: 1.5 }}
.delayed {{ stroke-dasharray: 5 3.5 }}"""


def style() -> str:
    """The style sheet of a level graph."""
    paints = [
        (".ground", "fill", GROUND),
        (".card", "fill", CARD),
        ("text", "fill", INK),
        (".path, .rule, .note", "fill", FAINT),
        (".goal", "stroke", FAINT),
        *levels("fill", "stroke"),
    ]
    for kind, colour in TRANSFERS.items():
        paints += [(f".{kind}", "stroke", colour), (f".{kind}-tip", "fill", colour)]
    return sheet(SHAPES, paints)
