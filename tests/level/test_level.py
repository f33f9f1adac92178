"""Which memories share a level, what passes between them, and what is refused."""

import networkx
import pytest
from level_specs import CHAINED, CMS, HOPE, SPECS, TRANSFORMER, graph, system

from nlc.level import level
from nlc.level.circle import find
from nlc.report import SpecError

IN = "layers[0..2]."


def levels(text: str) -> list[tuple[str, list[str]]]:
    return [(str(nodes[0].period), [n.name for n in nodes]) for _, nodes in graph(text).levels()]


def edges(text: str) -> dict[tuple[str, str], tuple[str, str]]:
    return {
        (e.source.removeprefix(IN), e.target.removeprefix(IN)): (e.kind, e.time) for e in graph(text).edges
    }


def test_frequency_orders_hope():
    found = levels(HOPE)
    assert [period for period, _ in found] == ["every 8 tokens", "every 16 tokens", "every step"]
    assert found[0][1] == [f"{IN}main"]
    assert found[1][1] == [f"{IN}{name}" for name in ("make.key", "make.value", "gate.rate", "gate.keep")]
    assert f"{IN}main.init" in found[2][1] and f"{IN}u_conv" in found[2][1] and "out_unembed" in found[2][1]


def test_bands_of_a_cms_are_levels():
    assert [period for period, _ in levels(CMS)] == [
        "every 16 tokens",
        "every 64 tokens",
        "every 256 tokens",
        "every step",
    ]


def test_dependency_orders_one_frequency():
    found = levels(CHAINED)
    assert found[0] == ("every token", ["first", "other"])
    assert found[1] == ("every token", ["last"])
    assert found[2] == ("every 4 tokens", ["middle"])


def test_a_need_leads_through_memories_of_other_frequencies():
    """`last` is written with a slower memory's answer to `first`: it needs `first`."""
    text = CHAINED.replace("memory last(y) {", "memory last(y) { keys: middle.read(first(x))")
    text = text.replace("last(linear(a))", "last(x)")
    found = levels(text)
    assert found[0] == ("every token", ["first", "other"])
    assert found[1] == ("every token", ["last"])
    assert edges(text)["middle", "last"] == ("generation", "earlier")
    assert edges(text)["first", "middle"] == ("direct", "now")


def test_kinds_of_transfer():
    found = edges(HOPE)
    assert found["make.key", "main"] == ("generation", "earlier")
    assert found["gate.rate", "make.value"] == ("generation", "earlier")
    assert found["make.key", "make.key"] == ("generation", "earlier")
    assert found["main.init", "main"] == ("initialisation", "held")
    assert found["objective", "main.init"] == ("backprop", "after")
    assert found["u_conv", "make.key"] == ("direct", "held")
    assert ("objective", "main") not in found
    found = edges(TRANSFORMER)
    assert found["attn.keys_linear", "attn"] == ("generation", "held")
    assert found["attn", "ffn"] == ("direct", "now")
    assert found["objective", "ffn"] == ("backprop", "after")


def test_a_row_of_blocks_is_one_node_and_feeds_itself():
    found = graph(CMS)
    assert found.node(f"{IN}band.16").count == 3
    assert edges(CMS)["band.256", "band.16"] == ("direct", "next")
    assert edges(CMS)["band.256", "objective"] == ("direct", "held")


@pytest.mark.parametrize("name", SPECS)
def test_edges_within_one_moment_form_a_dag(name: str):
    found = graph(SPECS[name])
    assert networkx.is_directed_acyclic_graph(found.moment)
    assert found.network.number_of_edges() == len(found.edges)
    for edge in found.edges:
        source, target = found.node(edge.source), found.node(edge.target)
        if edge.within and source.period == target.period:
            assert source.level < target.level
        assert found.network.edges[edge.source, edge.target]["kind"] == edge.kind


@pytest.mark.parametrize("name", SPECS)
def test_levels_run_from_fast_to_slow(name: str):
    found = [nodes for _, nodes in graph(SPECS[name]).levels()]
    periods = [nodes[0].period for nodes in found]
    assert periods == sorted(periods)
    assert all(node.period == nodes[0].period for nodes in found for node in nodes)


@pytest.mark.parametrize("name", SPECS)
def test_the_same_system_gives_the_same_graph(name: str):
    assert graph(SPECS[name]) == graph(SPECS[name])


CIRCLE = """nl 1
block circle(x: [T 16]) {
  memory a(x) { structure: matrix  objective: l2  optimizer: sgd(lr=0.1)  update: every token }
  memory b(x) { structure: matrix  objective: l2  optimizer: sgd(lr=0.1)  update: every token }
  y = a(x)
  z = b(linear(y))
  LINE
  return z
}
"""


def test_a_circle_of_writes_is_refused_with_all_its_places():
    with pytest.raises(SpecError) as wrong:
        level(system(CIRCLE.replace("LINE", "a.write(z)")))
    (found,) = wrong.value.report.diagnostics
    assert found.code == "E0501"
    assert [label.span.text for label in (found.label, *found.also)] == ["a(x)", "b(linear(y))"]
    assert "use `a.read(x)` to read its previous state" in found.notes


def test_a_memory_that_waits_for_itself_is_refused():
    with pytest.raises(SpecError, match="E0501"):
        level(system(CIRCLE.replace("LINE", "w = b(z)")))


def test_a_query_makes_no_circle():
    level(system(CIRCLE.replace("LINE", "w = a.read(z)")))


def test_find_gives_the_circle_or_nothing():
    assert find([("a", "b"), ("b", "c"), ("x", "a"), ("c", "a")]) in (["a", "b", "c"], ["b", "c", "a"])
    assert find([("a", "a")]) == ["a"]
    assert find([("a", "b"), ("a", "c"), ("b", "d"), ("c", "d")]) == []
    assert find([(i, i + 1) for i in range(20_000)]) == []


def test_one_block_used_with_other_constants_keeps_each_its_period():
    """The second use of `row` is called like the first use's block: they are not mixed up."""
    found = levels("""
nl 1
dim vocab = 16, d = 8
block row(x: [T d], c=4) {
  memory slow(x) {
    structure: mlp(depth=2, expansion=2)
    objective: task
    optimizer: sgd(lr=0.1)
    update:    every c tokens
  }
  return x + slow(norm(x))
}
model lm(ids: [T]) {
  objective: next_token
  return embed(ids, d) |> repeat(row(c=4), 2) |> repeat(row(c=8), 1) |> norm |> unembed
}
""")
    assert found[0] == ("every 4 tokens", ["layers[0..1].slow"])
    assert found[1] == ("every 8 tokens", ["row.slow"])
