"""The level graph as a table of levels and a list of transfers, for a terminal."""

from __future__ import annotations

from itertools import groupby

from nlc.ir.levels import TRANSFERS, LevelGraph
from nlc.level.draw.cards import Card, Net, cards, nets

HEAD = ("level", "period", "memories", "rule")


def text(graph: LevelGraph) -> str:
    """Levels fast to slow, then what passes between them; delayed edges are marked `⇢`."""
    made = cards(graph)
    inner = [node for node in graph.nodes if node.kind == "memory"]
    learned = len([node for node in graph.nodes if node.kind in ("parameter", "init")])
    head = f"{graph.name}  {_plural(graph.depth, 'level')} · {_plural(len(inner), 'memory')} · "
    head += f"{_plural(learned, 'parameter')} and starts as memories of their own"
    return "\n".join([head, "", *_table(_rows(made)), "", *_transfers(made, nets(graph, made))]) + "\n"


def _plural(count: int, noun: str) -> str:
    if count == 1:
        return f"1 {noun}"
    return f"{count} {noun[:-1]}ies" if noun.endswith("y") else f"{count} {noun}s"


def _rows(made: list[Card]) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = [HEAD]
    for level, group in groupby((card for card in made if card.level), key=lambda card: card.level):
        said = (f"{level:>3}  ", str(next(c for c in made if c.level == level).period))
        for card in group:
            times = card.nodes[0].count
            name = f"{card.full}  ×{times}" if times > 1 else card.full
            detail = card.rule if card.detail == card.rule else f"{card.rule}: {card.detail}"
            rows.append((*said, name, detail))
            said = ("", "")
    return rows


def _table(rows: list[tuple[str, ...]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip() for row in rows]


def _transfers(made: list[Card], found: list[Net]) -> list[str]:
    by_key = {card.key: card for card in made}

    def ends(net: Net) -> str:
        path = by_key[net.source].path
        return ", ".join(c.title if c.path == path else c.full for c in map(by_key.__getitem__, net.targets))

    out = ["transfer         → within the moment   ⇢ delayed: the state before this moment's writes"]
    for kind in TRANSFERS:
        lines = [
            (by_key[net.source].full, f"{'⇢' if net.delayed else '→'} {ends(net)}")
            for net in found
            if net.kind == kind
        ]
        width = max((len(source) for source, _ in lines), default=0)
        said = kind
        for source, rest in lines:
            out.append(f"  {said:<15}{source:<{width}} {rest}")
            said = ""
    return out
