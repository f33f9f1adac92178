"""The picture's own style sheet: the colours of levels, light, and dark where the reader prefers it."""

from __future__ import annotations

from nlc.level.draw.style import MONO, SANS
from nlc.level.palette import FAINT, GROUND, INK, LEVELS, TRANSFERS, Colour


def style() -> str:
    return f"""<style>
text {{ font-family: {SANS}; font-size: 11px }}
.title {{ font-size: 16px; font-weight: 600 }}
.key {{ font-size: 12px; font-weight: 600 }}
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
.point {{ stroke-width: 1.2 }}
{_rules(0)}
@media (prefers-color-scheme: dark) {{
{_rules(1)}
}}
</style>"""


def _rules(ground: int) -> str:
    def rule(what: str, properties: str, colour: Colour) -> str:
        return f"{what} {{ " + "; ".join(f"{name}: {colour[ground]}" for name in properties.split()) + " }"

    out = [
        rule(".ground", "fill", GROUND),
        rule("text", "fill", INK),
        rule(".note", "fill", FAINT),
        rule(".label, .point", "stroke", GROUND),
        rule(".rule, .base, .leader", "stroke", FAINT),
        rule(".strip, .plain", "fill", FAINT),
        rule(".front", "stroke", TRANSFERS["direct"]),
    ]
    for index, colour in enumerate(LEVELS):
        out.append(rule(f".f{index}", "fill", colour))
        out.append(rule(f".s{index}", "stroke", colour))
    return "\n".join(out)
