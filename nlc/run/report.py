"""One HTML file that tells of a run: it loads nothing, runs nothing, and escapes all that it shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape

from nlc.run.curve import Point, curve
from nlc.run.notebook import picture

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
"""Even a script that slipped through would not run."""

STYLE = """
:root { color-scheme: light dark; --ink: #1f2328; --dim: #59636e; --line: #d1d9e0; --ground: #ffffff;
  --panel: #f6f8fa; --own: #0969da; --other: #8b949e; --valid: #bc4c00; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --dim: #9198a1; --line: #3d444d;
  --ground: #0d1117; --panel: #151b23; --own: #4493f8; --other: #656c76; --valid: #f0883e; } }
body { margin: 2rem auto; max-width: 60rem; padding: 0 1rem; color: var(--ink); background: var(--ground);
  font: 16px/1.5 system-ui, sans-serif; }
h1 { margin-bottom: 0; } h1 + p { margin-top: 0; color: var(--dim); } h2 { margin-top: 2.5rem; }
table { border-collapse: collapse; width: 100%; } td, th { padding: .3rem .6rem; text-align: left; }
tr + tr { border-top: 1px solid var(--line); } .number { text-align: right;
  font-variant-numeric: tabular-nums; }
.bar { width: 55%; } .bar svg { display: block; width: 100%; height: 14px; }
.bar rect { fill: var(--other); } .own rect { fill: var(--own); } .own { font-weight: 600; }
pre { background: var(--panel); border: 1px solid var(--line); border-radius: 6px; padding: 1rem;
  overflow: auto; font: 13px/1.45 ui-monospace, monospace; }
.sample { white-space: pre-wrap; overflow-wrap: anywhere; } .prompt { color: var(--own); }
.curve { width: 100%; height: auto; }
.curve text { fill: var(--dim); font: 12px system-ui, sans-serif; } .curve .down { text-anchor: end; }
.curve .along, .curve .name { text-anchor: middle; } .curve polyline { fill: none; stroke-width: 1.6; }
.curve .rule { stroke: var(--line); } .curve .tick { stroke: var(--dim); }
.curve .train { stroke: var(--own); } .curve .valid { stroke: var(--valid); stroke-width: 2; }
.curve circle.valid { fill: var(--valid); stroke: none; }
"""


@dataclass(frozen=True)
class Page:
    """All that the report shows."""

    title: str
    line: str
    figures: Sequence[tuple[str, float]]
    """Names and bits per byte, the model's own first."""
    diagram: str
    train: Sequence[Point]
    valid: Sequence[Point]
    prompt: str
    sample: str
    spec: str
    facts: Mapping[str, str] = field(default_factory=dict[str, str])
    trace: str = ""
    """What the memories write on a piece of the validation text, drawn; `traced` is that in words."""
    traced: str = ""

    def html(self) -> str:
        sections = [
            f"<h1>{escape(self.title)}</h1>\n<p>{escape(self.line)}</p>",
            section("Bits per byte on text that was held out", bars(self.figures)),
            section("Levels", picture(self.diagram)) if self.diagram else "",
            section("Learning", curve(self.train, self.valid)),
            section("What the memories write, token by token", picture(self.trace, self.traced))
            if self.trace
            else "",
            section(
                "A continuation",
                f'<pre class="sample"><span class="prompt">{escape(self.prompt)}</span>'
                f"{escape(self.sample)}</pre>",
            ),
            section("The spec", f"<pre>{escape(self.spec)}</pre>"),
            section("Surroundings", pairs(self.facts)),
        ]
        return (
            '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
            f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            f"<title>{escape(self.title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
            + "\n".join(sections)
            + "\n</body>\n</html>\n"
        )


def section(title: str, body: str) -> str:
    return f"<section>\n<h2>{escape(title)}</h2>\n{body}\n</section>"


def bars(figures: Sequence[tuple[str, float]]) -> str:
    """A table of numbers with a bar beside each; the first row is the model."""
    top = max((value for _, value in figures), default=1.0)
    rows: list[str] = []
    for index, (name, value) in enumerate(figures):
        bar = (
            '<svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">'
            f'<rect width="{100 * value / top:.2f}" height="10"/></svg>'
        )
        kind = ' class="own"' if index == 0 else ""
        number = f'<td class="number">{value:.3f}</td>'
        rows.append(f'<tr{kind}><td>{escape(name)}</td>{number}<td class="bar">{bar}</td></tr>')
    return "<table>\n" + "\n".join(rows) + "\n</table>"


def pairs(facts: Mapping[str, str]) -> str:
    rows = [f"<tr><th>{escape(name)}</th><td>{escape(value)}</td></tr>" for name, value in facts.items()]
    return "<table>\n" + "\n".join(rows) + "\n</table>"
