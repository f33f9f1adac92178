"""Every case is one spec in two spellings."""

from pathlib import Path

import pytest

from nlc.lock import normal, normal_form, schedule_hash, semantic_hash
from nlc.read import parse, parse_any, parse_yaml
from nlc.source import Source
from nlc.spec.expr import Name, Number, walk
from nlc.spec.file import Field, File, Form, Let
from nlc.spec.time import Every
from nlc.write.nl import format_nl, print_nl
from nlc.write.yaml import print_yaml

CASES = Path(__file__).parent / "cases"
NAMES = sorted(path.stem for path in CASES.glob("*.nl"))


def source(name: str) -> Source:
    return Source(name, (CASES / name).read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", NAMES)
def test_both_spellings_are_one_spec(name: str):
    nl, yaml = parse(source(f"{name}.nl")), parse_yaml(source(f"{name}.yaml"))
    assert normal(nl) == normal(yaml)
    assert normal_form(nl) == normal_form(yaml)
    assert semantic_hash(nl) == semantic_hash(yaml)
    assert schedule_hash(nl) == schedule_hash(yaml)


@pytest.mark.parametrize("name", [name for name in NAMES if name != "hope"])
def test_spellings_in_one_order_are_equal_files(name: str):
    assert parse(source(f"{name}.nl")) == parse_yaml(source(f"{name}.yaml"))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("spelled", [True, False])
def test_printing_and_reading_again(name: str, spelled: bool):
    file = parse(source(f"{name}.nl"))
    assert parse(Source("again.nl", print_nl(file, spelled=spelled))) == file
    assert normal(parse_yaml(Source("again.yaml", print_yaml(file, spelled=spelled)))) == normal(file)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("suffix", ["nl", "yaml"])
def test_spans_say_where(name: str, suffix: str):
    src = source(f"{name}.{suffix}")
    for form in _forms(parse_any(src)):
        assert form.name_span.span.text == form.name
        for entry in form.entries:
            if isinstance(entry, Field):
                assert entry.name_span.span.text == entry.name
            if isinstance(entry, Field | Let) and not isinstance(entry.value, Every):
                assert entry.value.span.text.strip() in src.text
            if isinstance(entry, Let):
                _check_words(entry)


def _check_words(entry: Let):
    for expr in walk(entry.value):
        if isinstance(expr, Name):
            assert expr.span.text == expr.text
        if isinstance(expr, Number):
            assert float(expr.span.text) == expr.value


def _forms(file: File) -> list[Form]:
    found = list(file.forms())
    for form in found:
        found += [entry for entry in form.entries if isinstance(entry, Form)]
    return found


def test_hash_ignores_what_does_not_matter():
    text = source("titans_mac.nl").text
    file = parse(Source("a.nl", text))
    lines = text.replace("    structure: mlp(depth=2, expansion=1)\n", "")
    moved = lines.replace(
        "    init:      learned\n",
        "    init: learned\n    # why\n    structure: mlp(depth=2,\n expansion=1)\n",
    )
    other = parse(Source("b.nl", moved.replace("warps(4)", "warps(8)")))
    assert semantic_hash(other) == semantic_hash(file)
    assert schedule_hash(other) != schedule_hash(file)
    for old, new in (("to=init", "to=zero"), ("ltm", "memo"), ("128 in", "64 in"), ("512", "256")):
        assert semantic_hash(parse(Source("c.nl", text.replace(old, new)))) != semantic_hash(file)


def test_settings_put_values_in():
    text = source("titans_mac.nl").text
    set_by_hand = parse(
        Source("a.nl", text.replace("d = 512", "d = 64").replace("chunk   = 32", "chunk = 16"))
    )
    settings = {"d": Number(64), "chunk": Number(16)}
    assert semantic_hash(parse(Source("b.nl", text)), settings) == semantic_hash(set_by_hand)


def test_formatting_keeps_the_hash():
    src = source("hope.nl")
    again = parse(Source("again.nl", format_nl(src, parse(src))))
    assert semantic_hash(again) == semantic_hash(parse(src))
