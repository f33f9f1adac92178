"""The levels of a system: its memories, what passes between them, and which are faster.

`nodes` and `edges` are plain values; `network` shows the same as a networkx graph, made when it is
first asked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import TYPE_CHECKING, Literal

from nlc.ir.system import Shape
from nlc.spec.time import Period

if TYPE_CHECKING:
    from networkx import DiGraph

NodeKind = Literal["memory", "parameter", "init", "objective"]
Transfer = Literal["direct", "generation", "initialisation", "backprop"]
TRANSFERS: tuple[Transfer, ...] = ("direct", "generation", "initialisation", "backprop")
Time = Literal["now", "held", "earlier", "next", "after"]


@dataclass(frozen=True)
class Node:
    """One memory of one block. `name` is its path from the outermost block.

    kind     parameter: what an op owns; init: a learned start; objective: the model's own, which
             holds nothing and is on no level (0)
    block    the path of its block ("" is the outermost); `count` is how often that block stands
             in a row: one node stands for all of them
    shapes   of its parameters or of its state, heads first; empty if nothing is known
    """

    name: str
    kind: NodeKind
    block: str
    period: Period
    rule: str
    op: str = ""
    count: int = 1
    shapes: tuple[Shape, ...] = ()
    level: int = 0


@dataclass(frozen=True)
class Edge:
    """What one memory gives another.

    roles    what it is to the receiver: keys, values, rate, …, queries, input, init, gradient
    time     now      the state after this moment's write (a token sees itself)
             held     a state that no write of this moment changes: parameters and other task memories
             earlier  the state before this moment's writes: a delayed edge
             next     the same block's next repetition
             after    a gradient, which lands when the moment is over
    within   the receiver's state at this moment needs the giver's state at this moment; these edges
             form a DAG, and they alone order memories of one frequency
    """

    source: str
    target: str
    kind: Transfer
    time: Time
    roles: tuple[str, ...] = ()
    within: bool = False

    @property
    def delayed(self) -> bool:
        return self.time == "earlier"


@dataclass(frozen=True)
class LevelGraph:
    """All memories, fastest level first, and the edges between them in the order of the text."""

    name: str
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]

    def node(self, name: str) -> Node:
        return self._by_name[name]

    @cached_property
    def _by_name(self) -> dict[str, Node]:
        return {node.name: node for node in self.nodes}

    def levels(self) -> Iterator[tuple[int, tuple[Node, ...]]]:
        """Each level with its memories, 1 (fastest) first."""
        placed = [node for node in self.nodes if node.level]
        for level, nodes in groupby(placed, key=lambda node: node.level):
            yield level, tuple(nodes)

    @property
    def depth(self) -> int:
        """How many levels there are."""
        return max((node.level for node in self.nodes), default=0)

    @cached_property
    def network(self) -> DiGraph[str]:
        """The same as a networkx graph; node and edge data are the fields of Node and Edge."""
        from networkx import DiGraph

        graph: DiGraph[str] = DiGraph(name=self.name)
        for node in self.nodes:
            graph.add_node(node.name, **vars(node))
        for edge in self.edges:
            graph.add_edge(edge.source, edge.target, **vars(edge), delayed=edge.delayed)
        return graph

    @property
    def moment(self) -> DiGraph[str]:
        """The edges within one moment: a DAG over all memories."""
        from networkx import DiGraph

        graph: DiGraph[str] = DiGraph()
        graph.add_nodes_from(self.network.nodes(data=True))
        graph.add_edges_from(edge for edge in self.network.edges(data=True) if edge[2]["within"])
        return graph
