"""The style sheet of a trace."""

from __future__ import annotations

from nlc.level.draw.style import MONO, levels, sheet
from nlc.level.palette import FAINT, GROUND, INK

SHAPES = f""".period {{ font-size: 12px; font-weight: 600 }}
.name, .char {{ font-family: {MONO} }}
.char, .mark {{ font-size: 10px; text-anchor: middle }}
.end {{ text-anchor: end }}
.cells {{ shape-rendering: crispEdges }}
.lands {{ fill: none; stroke-width: 1.4 }}
.rule {{ stroke-opacity: 0.35; stroke-width: 1 }}"""


def style() -> str:
    paints = [
        (".ground", "fill", GROUND),
        ("text, .ink", "fill", INK),
        (".note, .mark, .plain", "fill", FAINT),
        (".lands", "stroke", INK),
        (".rule, .frame", "stroke", FAINT),
    ]
    return sheet(SHAPES, [*paints, *levels("fill")])
