"""`nlc parts` and `nlc explain`: every word of the language has a page, and every wrong one a suggestion."""

import json
import re
from pathlib import Path

import pytest

from nlc.check import draft, optimizers, training
from nlc.cli import main
from nlc.data import errors
from nlc.parts import language, registry, standard
from nlc.parts.fields import keys
from nlc.read import words, yaml

HOPE = "examples/hope.nl"


@pytest.fixture
def nlc(capsys, monkeypatch, request):
    monkeypatch.chdir(request.config.rootpath)

    def call(*arguments):
        with pytest.raises(SystemExit) as ended:
            main.run([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        return ended.value.code or 0, out, " ".join(err.split())

    return call


def test_parts_are_listed_a_line_each(nlc):
    code, out, err = nlc("parts")
    assert (code, err) == (0, "")
    lines = out.splitlines()
    said = [tuple(line.replace("(", " ").split()[:2]) for line in lines]
    assert said == [(kind, name) for kind in registry.KINDS for name in registry.names(kind)]
    assert "objective  huber(delta: number|stream = 1.0, by: number|norm|switch = number)" in out
    assert nlc("parts", "init")[1].count("\n") == len(registry.names("init"))


def test_parts_as_json_say_the_same(nlc):
    text, data = nlc("parts", "optimizer")[1], json.loads(nlc("parts", "optimizer", "--json")[1])["parts"]
    for line, part in zip(text.splitlines(), data, strict=True):
        assert line.startswith(f"{part['kind']}  {part['signature']}")
        assert line.endswith(part["summary"])
    adamw = data[0]["arguments"][0]
    assert (adamw["name"], adamw["type"], adamw["range"], adamw["default"]) == (
        "lr",
        "number",
        "> 0",
        "0.001",
    )


def test_a_kind_misspelt_is_suggested(nlc):
    code, out, err = nlc("parts", "objectiv")
    assert (code, out) == (2, "")
    assert "did you mean `objective`?" in err


@pytest.mark.parametrize(("kind", "name"), [(k, n) for k in registry.KINDS for n in registry.names(k)])
def test_every_part_has_a_page(nlc, kind, name):
    code, out, _ = nlc("explain", f"{kind}.{name}")
    assert code == 0
    assert out.startswith(f"{kind} {name}\n")
    assert f"\nfile    nlc/parts/{kind}/{name}" in out
    assert "\nsource  " in out and "not said" not in out


def test_a_name_of_several_kinds_shows_all(nlc):
    pages = json.loads(nlc("explain", "softmax", "--json")[1])["pages"]
    assert [(page["kind"], page["name"]) for page in pages] == [("objective", "softmax"), ("op", "softmax")]


TRAITS = {"l2": (True, True), "dot": (False, True), "huber": (True, False)}


@pytest.mark.parametrize("name", TRAITS)
def test_an_objective_shows_its_traits(nlc, name):
    page = json.loads(nlc("explain", name, "--json")[1])["pages"][0]
    assert (page["traits"]["reads_prediction"], page["traits"]["affine"]) == TRAITS[name]
    assert f"∂loss/∂p  {page['traits']['residual']}" in nlc("explain", name)[1]


def test_objectives_of_other_kinds_have_no_traits(nlc):
    for name in ("task", "minimize", "next_token"):
        assert json.loads(nlc("explain", name, "--json")[1])["pages"][0]["traits"] is None


def test_every_code_has_a_page(nlc):
    for code in errors():
        out = nlc("explain", code.lower())[1]
        assert out.startswith(f"{code}: ")
        assert "```" not in out and "\n#" not in out


def test_the_keys_are_those_that_the_checker_knows():
    found = {place: list(names) for place, names in keys().items()}
    assert found["memory"] == list(draft.FIELDS)
    assert found["model"] == list(training.FIELDS)
    assert found["optimizer"] == ["otherwise"]
    assert {*found["file"], "memory"} == set(yaml._TOP)
    for key in found["memory"]:
        assert (keys()["memory"][key].part != "") == (key in optimizers.PARTS)


def test_every_field_has_a_page(nlc):
    for field in draft.FIELDS:
        out = nlc("explain", field)[1]
        assert f"{field}, field of a memory\n" in out
        assert "\ndefault  " in out
    assert "parts    keep, norm, shrink, simplex\n" in nlc("explain", "retention")[1]


@pytest.mark.parametrize(
    "words",
    [
        ("examples/titans.nl.ltm",),
        ("examples/titans.ltm",),
        ("examples/titans.nl.titans.ltm",),
        ("examples/titans.nl", "ltm"),
        ("examples/titans", "titans.ltm"),
        ("examples/titans.nl", "layers[0..1].ltm"),
        ("examples/titans.yaml.ltm",),
    ],
)
def test_a_memory_has_a_page_by_any_of_its_names(nlc, words):
    page = json.loads(nlc("explain", *words, "--json")[1])["pages"][0]
    assert (page["memory"], page["kernel"], page["level"]) == ("layers[0..1].ltm", "dual", 1)
    assert (page["period"], page["anchor"]) == ("every token", "every 16 tokens")


def test_the_page_of_a_memory(nlc):
    code, out, err = nlc("explain", "examples/titans.nl.ltm")
    assert (code, err) == (0, "")
    for piece in (
        "    S ← βₜ S − ηₜ g\n",
        "\nkernel     dual: the structure is not linear",
        "\nobjective  ∂loss/∂p = p - v: reads the prediction, affine in it\n",
        "\nstate      192.00 KiB a sequence",
        "  ← generation, held still within the moment: ltm.keys_conv (keys)",
        "\nexamples/titans.nl:19\n    memory ltm(x) {\n      structure: holds(",
    ):
        assert piece in out
    assert "outer" not in out


def test_a_level_says_its_order(nlc, tmp_path):
    assert "\nouter      first_order: its" in nlc("explain", "examples/cms.nl", "band.64")[1]
    text = Path("examples/cms.nl").read_text().replace("objective: task", "objective: task(second_order)")
    (tmp_path / "cms.nl").write_text(text)
    assert "\nouter      second_order: the" in nlc("explain", tmp_path / "cms.nl", "band.64")[1]


def test_a_family_shows_all_members_and_a_spec_all_memories(nlc):
    members = json.loads(nlc("explain", HOPE, "make", "--json")[1])["pages"]
    assert [page["name"] for page in members] == ["make.key", "make.value", "make.rate", "make.keep"]
    choices, *whole = json.loads(nlc("explain", HOPE, "--json")[1])["pages"]
    assert [choice["name"] for choice in choices["choices"]][:3] == ["chunk", "slow", "inner"]
    planned = json.loads(nlc("plan", HOPE, "--json")[1])["memories"]
    assert sorted(page["memory"] for page in whole) == sorted(row["memory"] for row in planned)
    states = {row["memory"]: row["state_bytes"] for row in planned}
    assert {page["memory"]: page["state_bytes"] for page in whole} == states


def test_a_spec_tells_its_choices(nlc):
    """By the name of an example too; value, domain, comment, and every place of use, `like` followed."""
    out = nlc("explain", "hope", "--set", "erase=last")[1]
    assert out == nlc("explain", HOPE, "--set", "erase=last")[1]
    (page,) = (each for each in out.split("\n\n\n")[0].split("\n\n") if each.startswith("erase"))
    head, why, *uses = page.split("\n")
    assert head == "erase = last, not layers   of {layers, last, none}"
    assert "is not said" in why
    assert re.fullmatch(
        r" +→ hope\.make: optimizer \(line (\d+)\); hope\.main: optimizer \(line \1\)", " ".join(uses)
    )
    assert nlc("explain", "cms")[1].startswith("block cms"), "a word comes before a file of that name"


UNKNOWN = {
    ("hubber",): "there is no word `hubber`: did you mean `huber`?",
    ("anchr",): "did you mean `anchor`?",
    ("E0205x",): "did you mean `E0205`?",
    (HOPE, "man"): "there is no memory in examples/hope.nl `man`: did you mean `main`?",
    ("examples/hope.nl.man",): "did you mean `main`?",
    ("examples/hop.nl",): "there is no file `examples/hop.nl`",
}


@pytest.mark.parametrize("words", UNKNOWN, ids=" ".join)
def test_unknown_words_are_suggested(nlc, words):
    code, out, err = nlc("explain", *words)
    assert (code, out) == (2, "")
    assert UNKNOWN[words] in err


def test_own_parts_are_marked_with_their_owner(nlc, tmp_path, clean):
    path = tmp_path / "mine.py"
    path.write_text(
        "from nlc.parts.part import Objective\n\n\nclass Cubic(Objective):\n"
        '    """Cubic.\n\n    Source: own.\n    """\n\n'
        '    name = "cubic"\n    loss = "abs(p - v) * (p - v) * (p - v)"\n'
    )
    out = nlc("parts", "objective", "--parts", path)[1]
    assert next(line for line in out.splitlines() if "cubic" in line).endswith(f"[{path}]")
    page = nlc("explain", "cubic", "--parts", path)[1]
    assert f"owner   {path}" in page and "affine in it?          no" in page


BLOCKS = ("attention", "window_attention", "swiglu", "cms")


@pytest.mark.parametrize("name", BLOCKS)
def test_every_block_of_std_has_a_page_with_its_source(nlc, name):
    code, out, _ = nlc("explain", name)
    page = json.loads(nlc("explain", name, "--json")[1])["pages"][-1]
    assert code == 0 and f'use "{page["file"]}" ({name})' in out and page["about"] in out
    assert (
        page["source"].startswith(f"block {name}(")
        and page["source"] in Path("grammar", page["file"]).read_text()
    )
    assert set(page["arguments"]) and all(f"{key}=" in page["source"] for key in page["arguments"])


def test_no_block_of_std_is_left_out():
    assert set(standard.blocks()) == set(BLOCKS)


@pytest.mark.parametrize(
    "word",
    [*language.words(), "use", "dim", "param", "model", "block", "memory"],
)
def test_every_word_of_the_language_has_a_page(nlc, word):
    code, out, _ = nlc("explain", word)
    assert code == 0 and f"{word}, " in out


def test_a_word_is_told_in_one_place():
    named = {name for found in keys().values() for name in found}
    assert named & set(language.words()) == {"in"}  # of YAML a key: a form's inputs
    assert words.LANGUAGE - {"true", "false"} <= named | set(language.words())


def test_an_argument_has_a_page(nlc):
    for what in ("mlp.depth", "structure.mlp.depth"):
        (page,) = json.loads(nlc("explain", what, "--json")[1])["pages"]
        assert (page["kind"], page["of"], page["default"]) == ("argument", "structure.mlp", "2")
    assert nlc("explain", "sgd.lr")[1].startswith("lr, argument of optimizer sgd\n")


def test_a_code_that_is_not_lists_those_that_are(nlc):
    code, _, err = nlc("explain", "e9999")
    assert code == 2 and "no code `E9999`" in err and all(each in err for each in errors())


def test_a_list_that_is_cut_says_so(nlc):
    assert "…" in nlc("explain", "qqqqqqqq")[2]
