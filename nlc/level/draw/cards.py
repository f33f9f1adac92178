"""What a drawing shows: one card for each memory, one for the parameters of a block, and nets.

A drawing of every projection would show nothing. The graph keeps them apart; here they stand
together, and of the edges into them only the gradient's is drawn.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import groupby

from nlc.ir.levels import TRANSFERS, LevelGraph, Node, Transfer
from nlc.spec.time import Period

FAMILY, MANY = 6, 24
"""More members of a family, or memories of a block, on one level than this stand on one card."""

TOGETHER = {"parameter": "projections", "init": "starts", "memory": "memories", "objective": "objective"}


@dataclass(frozen=True)
class Card:
    """One box: `title` is short, `path` is the block's, `detail` the rule or what is in it."""

    key: str
    title: str
    path: str
    detail: str
    kind: str
    level: int
    period: Period
    rule: str
    nodes: tuple[Node, ...]

    @property
    def full(self) -> str:
        """Its name with the path."""
        return f"{self.path}{': ' if len(self.nodes) > 1 else '.'}{self.title}" if self.path else self.title


@dataclass(frozen=True)
class Net:
    """All edges of one kind that leave one card: one line with several ends."""

    source: str
    targets: tuple[str, ...]
    kind: Transfer
    delayed: bool


def cards(graph: LevelGraph) -> list[Card]:
    """The cards, fastest level first; within a level in the order of the text, memories first."""
    memories = [node for node in graph.nodes if node.kind == "memory"]
    of_block = Counter((node.level, node.block) for node in memories)
    of_family = Counter((node.level, _family(node)) for node in memories)
    groups: dict[tuple[object, ...], list[Node]] = {}
    for node in graph.nodes:
        key: tuple[object, ...] = (node.level, node.block, node.kind)
        if node.kind == "memory" and of_family[node.level, _family(node)] > FAMILY:
            key = (node.level, _family(node))
        elif node.kind == "memory" and of_block[node.level, node.block] <= MANY:
            key = (node.name,)
        groups.setdefault(key, []).append(node)
    made = [_card(nodes, graph.name) for nodes in groups.values()]
    order = {"memory": 0, "parameter": 1, "init": 2, "objective": 3}
    return sorted(made, key=lambda card: (card.level or graph.depth + 1, order[card.kind]))


def _family(node: Node) -> str:
    """The memory's name without its family's label, if it has one; a block's path has no bearing."""
    own = node.name.removeprefix(f"{node.block}.") if node.block else node.name
    return f"{node.block}.{own.rpartition('.')[0] or own}"


def _card(nodes: list[Node], system: str) -> Card:
    first = nodes[0]
    path, title = first.block, first.name.removeprefix(f"{first.block}.") if first.block else first.name
    detail = first.rule
    if len(nodes) > 1:
        path = path or system
        families = {_family(node) for node in nodes} if first.kind == "memory" else set[str]()
        one = families.pop().rpartition(".")[2] if len(families) == 1 else TOGETHER[first.kind]
        title = f"{one} ({len(nodes)})"
        detail = _contents(nodes) if first.kind == "parameter" else _rules(nodes)
    return Card(
        first.name, title, path, detail, first.kind, first.level, first.period, first.rule, tuple(nodes)
    )


def _rules(nodes: list[Node]) -> str:
    rules = dict.fromkeys(node.rule for node in nodes)
    return next(iter(rules)) + (", …" if len(rules) > 1 else "")


def _contents(nodes: list[Node]) -> str:
    """`linear ×5, norm, conv`."""
    counted = Counter(node.op for node in nodes).most_common()
    said = [f"{op} ×{n}" if n > 1 else op for op, n in counted]
    return ", ".join(said[:3]) + (", …" if len(said) > 3 else "")


def nets(graph: LevelGraph, made: list[Card]) -> list[Net]:
    """What is drawn of the edges; those to a block's next repetition are not."""
    card_of = {node.name: card for card in made for node in card.nodes}
    found: dict[tuple[str, Transfer, bool], dict[str, None]] = {}
    for edge in graph.edges:
        source, target = card_of[edge.source], card_of[edge.target]
        if edge.time == "next" or (target.kind == "parameter" and edge.kind != "backprop"):
            continue
        found.setdefault((source.key, edge.kind, edge.delayed), {})[target.key] = None
    place = {card.key: i for i, card in enumerate(made)}
    made_nets = [
        Net(source, tuple(sorted(targets, key=place.__getitem__)), kind, delayed)
        for (source, kind, delayed), targets in found.items()
    ]
    return sorted(made_nets, key=lambda net: (TRANSFERS.index(net.kind), place[net.source], net.delayed))


def bands(made: list[Card]) -> list[tuple[Period, list[Card]]]:
    """The cards by frequency, fast first; the model's objective stands in the band of its period."""
    ordered = sorted(made, key=lambda card: card.period)
    return [(period, list(group)) for period, group in groupby(ordered, key=lambda card: card.period)]
