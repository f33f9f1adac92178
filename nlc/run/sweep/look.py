"""The style sheet of a sweep's picture."""

from __future__ import annotations

from nlc.level.draw.style import MONO, levels, sheet
from nlc.level.palette import FAINT, GROUND, INK, TRANSFERS

SHAPES = f""".key {{ font-size: 12px; font-weight: 600 }}
.label {{ font-family: {MONO}; font-size: 10.5px }}
.label {{ stroke-width: 3; paint-order: stroke; stroke-linejoin: round }}
.end {{ text-anchor: end }}
.middle {{ text-anchor: middle }}
.rule {{ stroke-opacity: 0.18 }}
.strip {{ fill-opacity: 0.08 }}
.base, .front, .whisker, .lost, .leader {{ fill: none }}
.front {{ stroke-width: 1.5; stroke-dasharray: 5 3.5 }}
.whisker, .lost {{ stroke-width: 1.6 }}
.lost {{ stroke-width: 2.2; stroke-linecap: round }}
.leader {{ stroke-width: 0.8; stroke-opacity: 0.7 }}
.point {{ stroke-width: 1.2 }}"""


def style() -> str:
    paints = [
        (".ground", "fill", GROUND),
        ("text", "fill", INK),
        (".note", "fill", FAINT),
        (".label, .point", "stroke", GROUND),
        (".rule, .base, .leader", "stroke", FAINT),
        (".strip, .plain", "fill", FAINT),
        (".front", "stroke", TRANSFERS["direct"]),
    ]
    return sheet(SHAPES, [*paints, *levels("fill", "stroke")])
