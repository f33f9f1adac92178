"""Drawings: what they say, that nothing in a picture lies over anything else, and their form."""

import json
import re
import subprocess
import sys
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from level_specs import SPECS, graph

from nlc.ir.levels import LevelGraph, Node
from nlc.level import draw
from nlc.level.draw.place import LARGE, NAME, SMALL, text_width
from nlc.spec.time import Period

SIZES = {"name": NAME, "period": LARGE, "title": 16}
Rect = tuple[float, float, float, float]


def numbers(element: ElementTree.Element, *names: str) -> list[float]:
    return [float(element.get(name, "0")) for name in names]


def tag(root: ElementTree.Element, name: str) -> list[ElementTree.Element]:
    return list(root.iter("{http://www.w3.org/2000/svg}" + name))


def cards(root: ElementTree.Element) -> list[Rect]:
    found = [r for r in tag(root, "rect") if (r.get("class") or "").startswith("card")]
    return [(x, y, x + w, y + h) for x, y, w, h in (numbers(r, "x", "y", "width", "height") for r in found)]


def texts(root: ElementTree.Element) -> list[Rect]:
    out: list[Rect] = []
    for element in tag(root, "text"):
        size = SIZES.get(element.get("class") or "", SMALL)
        (x, y), width = numbers(element, "x", "y"), text_width(element.text or "", size)
        left = x - width / 2 if element.get("text-anchor") == "middle" else x
        out.append((left, y - 0.75 * size, left + width, y + 0.2 * size))
    return out


def segments(root: ElementTree.Element) -> list[Rect]:
    out: list[Rect] = []
    for path in tag(root, "path"):
        if "wire" not in (path.get("class") or ""):
            continue
        for branch in re.split("(?=M)", path.get("d", ""))[1:]:
            points = [tuple(map(float, pair)) for pair in re.findall(r"(-?[\d.]+) (-?[\d.]+)", branch)]
            for (a, b), (c, d) in pairwise(points):
                out.append((min(a, c), min(b, d), max(a, c), max(b, d)))
    return out


def meet(a: Rect, b: Rect) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def crosses(segment: Rect, rect: Rect) -> bool:
    """Whether a line runs inside a rectangle; touching its border is no crossing."""
    x0, y0, x1, y1 = segment
    return x0 < rect[2] and rect[0] < x1 + 0.01 and y0 < rect[3] and rect[1] < y1 and x1 > rect[0]


@pytest.mark.parametrize("name", SPECS)
def test_nothing_lies_over_anything_else(name: str):
    root = ElementTree.fromstring(draw.svg(graph(SPECS[name])))
    boxes, words, lines = cards(root), texts(root), segments(root)
    width, height = numbers(root, "width", "height")
    assert boxes and lines
    for i, box in enumerate(boxes):
        assert not any(meet(box, other) for other in boxes[i + 1 :])
        assert not any(crosses(line, box) for line in lines)
    for i, word in enumerate(words):
        assert not any(meet(word, other) for other in words[i + 1 :])
        assert not any(crosses(line, word) for line in lines)
        assert all(not meet(word, box) or (box[0] <= word[0] and word[2] <= box[2]) for box in boxes)
    for x0, y0, x1, y1 in [*boxes, *words, *lines]:
        assert 0 <= x0 <= x1 <= width and 0 <= y0 <= y1 <= height


@pytest.mark.parametrize("name", SPECS)
def test_bands_run_from_fast_to_slow(name: str):
    found = graph(SPECS[name])
    root = ElementTree.fromstring(draw.svg(found))
    said = [e.text for e in tag(root, "text") if e.get("class") == "period"]
    assert said == list(
        dict.fromkeys(str(node.period) for node in sorted(found.nodes, key=lambda n: n.period))
    )


def test_the_picture_has_words_and_both_grounds():
    root = ElementTree.fromstring(text := draw.svg(graph(SPECS["hope"])))
    assert root.get("role") == "img"
    assert tag(root, "title")[0].text == "lm: levels by update frequency"
    assert "every 8 tokens: layers[0..2].main" in (tag(root, "desc")[0].text or "")
    assert "prefers-color-scheme: dark" in text and "http://www.w3.org/2000/svg" in text
    assert text.count("http") == 1


def test_names_are_escaped():
    node = Node('a"<b>&', "memory", "", Period.of(1, "token"), "r", level=1)
    found = LevelGraph("<script>", (node,), ())
    assert "<script>" not in draw.svg(found) and ElementTree.fromstring(draw.svg(found)) is not None
    assert '"a\\"<b>&"' in draw.dot(found)
    assert "<b>" not in draw.mermaid(found)


@pytest.mark.parametrize("form", draw.FORMATS)
@pytest.mark.parametrize("name", SPECS)
def test_drawings_are_the_same_every_time(name: str, form: str):
    assert draw.FORMATS[form](graph(SPECS[name])) == draw.FORMATS[form](graph(SPECS[name]))


@pytest.mark.parametrize("form", ["text", "mermaid", "dot", "svg", "json"])
def test_hope(form: str, golden):
    golden(draw.FORMATS[form](graph(SPECS["hope"])), f"hope.{form}")


def test_text_says_levels_and_delays():
    said = draw.text(graph(SPECS["hope"]))
    assert re.search(r"^  1 +every 8 tokens +layers\[0\.\.2\]\.main  ×3 +dgd · l2 · keep$", said, re.M)
    assert re.search(r"generation +layers\[0\.\.2\]\.make\.key +⇢ main, make\.key, make\.value", said)


def test_a_large_family_stands_together():
    assert "m (9)" in draw.text(graph(SPECS["chained"]))


def test_json_has_every_memory_and_edge():
    found = graph(SPECS["cms"])
    tree = json.loads(draw.json(found))
    assert [m["name"] for m in tree["memories"]] == [n.name for n in found.nodes]
    assert len(tree["edges"]) == len(found.edges)
    assert tree["memories"][0]["shapes"] == [[1, 64, 16], [1, 16, 64]]


def test_a_graph_of_nothing_can_be_drawn():
    for write in draw.FORMATS.values():
        assert write(LevelGraph("empty", (), ()))


def test_text_needs_no_networkx():
    code = (
        "import sys, nlc.level, nlc.level.draw; sys.exit('networkx' in sys.modules or 'torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
