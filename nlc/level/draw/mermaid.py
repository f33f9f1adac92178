"""The level graph as mermaid text, which GitHub and many editors draw."""

from __future__ import annotations

from html import escape

from nlc.ir.levels import LevelGraph
from nlc.level.draw.cards import bands, cards, nets
from nlc.level.palette import TRANSFERS, level_colour


def mermaid(graph: LevelGraph) -> str:
    made = cards(graph)
    ids = {card.key: f"n{i}" for i, card in enumerate(made)}
    out = [f"%% {graph.name.splitlines()[0] if graph.name else ''}: levels, fast to slow", "flowchart TB"]
    for i, (period, group) in enumerate(bands(made)):
        out.append(f'  subgraph band{i}["{period}"]')
        out.append("    direction LR")
        for card in group:
            lines = "<br/>".join(escape(part) for part in (card.full, card.detail))
            edges = ('(["', '"])') if card.kind == "objective" else ('["', '"]')
            out.append(f"    {ids[card.key]}{edges[0]}{lines}{edges[1]}")
        out.append("  end")
    styles: list[str] = []
    count = 0
    for net in nets(graph, made):
        arrow = "-.->" if net.delayed else "-->"
        first = count
        for target in net.targets:
            out.append(f"  {ids[net.source]} {arrow}|{net.kind}| {ids[target]}")
            count += 1
        which = ",".join(map(str, range(first, count)))
        styles.append(f"  linkStyle {which} stroke:{TRANSFERS[net.kind].light}")
    styles.extend(
        f"  style {ids[card.key]} stroke:{level_colour(card.level).light},stroke-width:2px"
        for card in made
        if card.level
    )
    return "\n".join([*out, *styles]) + "\n"
