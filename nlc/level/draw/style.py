"""The SVG's own style sheet: light, and dark where the reader prefers it."""

from __future__ import annotations

from nlc.level.palette import CARD, FAINT, GROUND, INK, LEVELS, TRANSFERS, Colour

MONO = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace"
SANS = "system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif"


def style() -> str:
    light = "\n".join(_rules(0))
    dark = "\n".join(_rules(1))
    return f"""<style>
text {{ font-family: {SANS}; font-size: 11px }}
.name {{ font-family: {MONO}; font-size: 13px; font-weight: 600 }}
.path, .rule {{ font-family: {MONO} }}
.period {{ font-size: 14px; font-weight: 600 }}
.title {{ font-size: 16px; font-weight: 600 }}
.band {{ fill-opacity: 0.09 }}
.card {{ stroke-width: 1.2 }}
.wire {{ fill: none; stroke-width: 1.5 }}
.delayed {{ stroke-dasharray: 5 3.5 }}
{light}
@media (prefers-color-scheme: dark) {{
{dark}
}}
</style>"""


def _rules(ground: int) -> list[str]:
    def rule(what: str, properties: str, colour: Colour) -> str:
        said = "; ".join(f"{name}: {colour[ground]}" for name in properties.split())
        return f"{what} {{ {said} }}"

    out = [
        rule(".ground", "fill", GROUND),
        rule(".card", "fill", CARD),
        rule("text", "fill", INK),
        rule(".path, .rule, .note", "fill", FAINT),
        rule(".goal", "stroke", FAINT),
    ]
    for i, colour in enumerate(LEVELS):
        out.append(rule(f".f{i}", "fill", colour))
        out.append(rule(f".s{i}", "stroke", colour))
    for kind, colour in TRANSFERS.items():
        out.append(rule(f".{kind}", "stroke", colour))
        out.append(rule(f".{kind}-tip", "fill", colour))
    return out
