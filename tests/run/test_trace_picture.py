"""The picture of a trace: every number in its place, words for those who cannot see it, nothing unescaped."""

import json
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from typer.testing import CliRunner

from nlc.cli.main import app
from nlc.run.text import read_text
from nlc.run.trace.frame import SHADES, characters
from nlc.run.trace.picture import describe, shade, svg
from nlc.run.trace.rows import Row, Trace, level_of

EXAMPLES = Path(__file__).parents[2] / "examples"
SVG = "{http://www.w3.org/2000/svg}"
LEVELS = {
    "layers[0..1].make.key": "2, every 64 tokens",
    "layers[0..1].make.key.init": "3, every 1 step",
    "m": "1, every 1 token",
}


def row(name="layers.0.ltm", level=1, write=(0.0, 1.0, 1.0, 4.0), landed=(False, False, True, False)):
    zero = [0.0] * len(write)
    return Row(name, level, "every 2 tokens", zero, zero, zero, write, landed)


def made(*rows, text=b"abcd"):
    return Trace("spec", 4, text, rows or (row(),))


def cells(picture):
    """(shade's opacity, first token, tokens) of every piece."""
    out = []
    for path in ElementTree.fromstring(picture).iter(f"{SVG}path"):
        for start, length in re.findall(r"M(\d+) 0h(\d+)v1", path.get("d")):
            out.append((float(path.get("fill-opacity")), int(start), int(length)))
    return sorted(out, key=lambda piece: piece[1])


def test_neighbours_of_one_shade_are_one_piece_and_nothing_written_is_none():
    found = cells(svg(made()))
    assert [(start, length) for _, start, length in found] == [(1, 2), (3, 1)]
    assert found[0][0] < found[1][0] == 1.0


def test_shades_go_by_the_logarithm():
    assert [shade(size, 1, 1024) for size in (0, 1, 32, 1024)] == [0, 1, 1 + SHADES // 2, SHADES]
    assert shade(float("nan"), 1, 2) == 0
    assert shade(0.99, 0.99, 1) > SHADES // 2, "what differs little looks alike"


def test_landings_are_ticks_where_they_are_worth_one():
    picture = svg(made())
    assert picture.count('<path class="lands"') == 2, "in the row and in the legend"
    every = row(landed=(False, True, True, True))
    assert svg(made(every)).count('<path class="lands"') == 1


def test_fast_levels_stand_on_top_and_layers_side_by_side():
    rows = [
        row("layers.0.slow", 2),
        row("layers.0.a"),
        row("layers.0.b"),
        row("layers.1.a"),
        row("layers.1.b"),
    ]
    names = re.findall(r'class="name end"[^>]*>([^<]*)<', svg(made(*rows)))
    assert names == ["layers.0.a", "layers.1.a", "layers.0.b", "layers.1.b", "layers.0.slow"]


def test_words_for_the_picture():
    said = describe(made(row(), row(level=2, write=(0.0,) * 4)))
    assert said == (
        "4 tokens from left to right. level 1, every 2 tokens: 1 row, writes of 1 to 4; "
        "level 2, every 2 tokens: 1 row, no write yet."
    )
    assert said in svg(made(row(), row(level=2, write=(0.0,) * 4)))


def test_text_is_escaped_and_every_byte_has_a_sign():
    text = "<a>&\n\u202eé".encode() + b"\xff\x00"
    picture = svg(
        Trace("<script>\x00", len(text), text, [row(write=(1.0,) * len(text), landed=(False,) * len(text))])
    )
    assert "<script" not in picture
    assert "\x00" not in picture
    ElementTree.fromstring(picture)
    assert characters(text) == [
        "<",
        "a",
        ">",
        "&",
        "↵",
        "·",
        " ",
        " ",
        "é",
        " ",
        "·",
        "·",
    ]


def test_rows_find_their_level():
    assert level_of("layers.1.make.key#2", LEVELS) == (2, "every 64 tokens")
    assert level_of("m", LEVELS) == (1, "every token")
    assert level_of("layers.x.make.key", LEVELS) == (0, "")


@pytest.fixture
def small(tmp_path):
    spec = (EXAMPLES / "cms.nl").read_text().replace("{8, 16, 32, 64}", "{4, 32}")
    path = tmp_path / "small.nl"
    path.write_text(spec)
    choose = ["d=16", "heads=2", "layers=2", "fast=4"]
    return [str(path), *(word for setting in choose for word in ("--set", setting))]


def test_the_command_says_draws_and_gives_the_same_numbers(small, tmp_path):
    run = CliRunner().invoke
    said = run(app, ["trace", *small, "--text", "so it goes", "-o", str(tmp_path / "t.svg"), "--json"])
    assert said.exit_code == 0, said.output
    found = json.loads(said.stdout)
    assert (found["tokens"], found["text"]) == (10, "so it goes")
    row = found["rows"]["layers.1.band.4"]
    assert [t for t, write in enumerate(row["write"]) if write] == [4, 8]
    assert [t for t, landed in enumerate(row["landed"]) if landed] == [4, 8]
    assert (row["level"], row["period"]) == (2, "every 4 tokens")
    ElementTree.fromstring((tmp_path / "t.svg").read_text())
    table = run(app, ["trace", *small, "--text", "so it goes"]).stdout
    assert re.search(rf"^layers\.1\.band\.4 .* {max(row['write']):.4g}$", table, re.M)


def test_a_layer_reads_random_vectors(tmp_path):
    path = tmp_path / "layer.nl"
    path.write_text((EXAMPLES / "deltanet.nl").read_text().partition("model lm")[0])
    said = CliRunner().invoke(app, ["trace", str(path), "--tokens", "5", "--set", "d=16", "--json"])
    assert said.exit_code == 0, said.output
    found = json.loads(said.stdout)
    assert found["text"] == ""
    assert len(found["rows"]["delta"]["write"]) == 5


MIXED = """nl 1
dim d = 8
block layer(x: [T d]) {
  memory pairs(x) { structure: cache  objective: softmax  optimizer: closed_form  update: every token }
  memory sums(x) { structure: matrix  objective: dot  optimizer: sgd(lr=1)  update: every token }
  return pairs(x) + sums(x)
}
"""


def test_a_cache_has_no_loss_rate_or_kept_fraction(tmp_path):
    path = tmp_path / "mixed.nl"
    path.write_text(MIXED)
    said = CliRunner().invoke(app, ["trace", str(path), "--tokens", "4", "--json"])
    assert said.exit_code == 0, said.output
    rows = json.loads(said.stdout)["rows"]
    assert [rows["pairs"][kind] for kind in ("loss", "rate", "keep")] == [None] * 3
    assert len(rows["pairs"]["write"]) == len(rows["sums"]["rate"]) == 4
    table = CliRunner().invoke(app, ["trace", str(path), "--tokens", "4"]).stdout
    assert re.search(r"^pairs +– +– +– ", table, re.M) and re.search(r"^sums +\S+ +1 +1 ", table, re.M)


def test_a_fresh_model_reads_what_a_run_is_judged_by(small):
    said = CliRunner().invoke(app, ["trace", *small, "--tokens", "20", "--json"])
    assert said.exit_code == 0, said.output
    assert json.loads(said.stdout)["text"].encode() == read_text().valid[:20]
