"""The style sheet of a trace: the colours of levels, on light and on dark ground."""

from __future__ import annotations

from nlc.level.draw.style import MONO, SANS
from nlc.level.palette import FAINT, GROUND, INK, LEVELS, Colour


def style() -> str:
    return f"""<style>
text {{ font-family: {SANS}; font-size: 11px }}
.title {{ font-size: 16px; font-weight: 600 }}
.period {{ font-size: 12px; font-weight: 600 }}
.name, .char {{ font-family: {MONO} }}
.char, .mark {{ font-size: 10px; text-anchor: middle }}
.end {{ text-anchor: end }}
.cells {{ shape-rendering: crispEdges }}
.lands {{ fill: none; stroke-width: 1.4 }}
.rule {{ stroke-opacity: 0.35; stroke-width: 1 }}
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
        rule("text, .ink", "fill", INK),
        rule(".note, .mark, .plain", "fill", FAINT),
        rule(".lands", "stroke", INK),
        rule(".rule, .frame", "stroke", FAINT),
    ]
    out += [rule(f".f{index}", "fill", colour) for index, colour in enumerate(LEVELS)]
    return "\n".join(out)
