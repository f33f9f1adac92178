"""The level graph as JSON: every memory and every edge, nothing put together."""

from __future__ import annotations

from json import dumps
from typing import Any

from nlc.ir.levels import Edge, LevelGraph, Node


def json(graph: LevelGraph) -> str:
    return dumps(tree(graph), indent=2, ensure_ascii=False) + "\n"


def tree(graph: LevelGraph) -> dict[str, Any]:
    """The same as plain dictionaries and lists."""
    return {
        "name": graph.name,
        "levels": graph.depth,
        "memories": [_node(node) for node in graph.nodes],
        "edges": [_edge(edge) for edge in graph.edges],
    }


def _node(node: Node) -> dict[str, Any]:
    period = {"count": node.period.count, "unit": node.period.unit}
    shapes = [list(shape) for shape in node.shapes]
    return {**vars(node), "period": period, "shapes": shapes, "level": node.level or None}


def _edge(edge: Edge) -> dict[str, Any]:
    return {**vars(edge), "roles": list(edge.roles), "delayed": edge.delayed}
