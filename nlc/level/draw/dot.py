"""The level graph as DOT text for Graphviz."""

from __future__ import annotations

from nlc.ir.levels import LevelGraph
from nlc.level.draw.cards import bands, cards, nets
from nlc.level.palette import TRANSFERS, level_colour


def dot(graph: LevelGraph) -> str:
    made = cards(graph)
    out = [
        f"digraph {_quote(graph.name)} {{",
        "  rankdir=TB; compound=true; fontname=sans;",
        "  node [shape=box, style=rounded, fontname=monospace, fontsize=10];",
        "  edge [fontname=sans, fontsize=9];",
    ]
    for i, (period, group) in enumerate(bands(made)):
        out.append(f"  subgraph cluster_{i} {{")
        out.append(f"    label={_quote(str(period))}; labeljust=l;")
        for card in group:
            label = _quote(f"{card.full}\n{card.detail}")
            look = f", color={_quote(level_colour(card.level).light)}" if card.level else ", shape=oval"
            out.append(f"    {_quote(card.key)} [label={label}{look}];")
        out.append("  }")
    for net in nets(graph, made):
        look = f"color={_quote(TRANSFERS[net.kind].light)}, tooltip={_quote(net.kind)}"
        look += ", style=dashed, constraint=false" if net.delayed or net.kind == "backprop" else ""
        out.extend(f"  {_quote(net.source)} -> {_quote(target)} [{look}];" for target in net.targets)
    return "\n".join([*out, "}"]) + "\n"


def _quote(name: str) -> str:
    text = name.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{text}"'
