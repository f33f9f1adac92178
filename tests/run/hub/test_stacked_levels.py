"""Ad-hoc level stacking: an imported Transformer's feed-forward layers learn while it reads."""

import json
from pathlib import Path

import folders
import pytest
import torch

import nlc as package

EXAMPLES = Path(__file__).parents[3] / "examples"
IDS = torch.randint(0, 40, (2, 45), generator=torch.Generator().manual_seed(3))
FOLDERS = {
    "llama": (folders.llama, {"num_hidden_layers": 3}),
    "gpt2": (folders.gpt2, {"n_layer": 3, "n_positions": 256}),
}


@pytest.fixture(params=FOLDERS)
def stacked(request, nlc, tmp_path):
    """`stacked(rate)` gives the model with levels; `stacked(None)` the imported one."""
    make_folder, changes = FOLDERS[request.param]
    theirs = make_folder(tmp_path / "theirs", **changes)

    def make(rate):
        words = [] if rate is None else ["--levels", "4,16", "--rate", rate]
        assert nlc("import", theirs, "-o", tmp_path / str(rate), *words)[0] == 0
        return package.trained(tmp_path / str(rate))

    return make


@pytest.mark.parametrize(("dtype", "within"), [(torch.float32, 1e-6), (torch.float64, 1e-12)])
def test_at_rate_zero_it_is_the_imported_model(stacked, dtype, within):
    plain, levels = stacked(None).to(dtype), stacked(0.0).to(dtype)
    with torch.no_grad():
        wanted, found = plain(IDS)[0], levels(IDS)[0]
    assert float((found - wanted).norm() / wanted.norm()) <= within
    apart = levels.loss(IDS) - plain.loss(IDS)
    assert float(apart.detach().abs()) <= within * float(plain.loss(IDS).detach())


def test_with_a_rate_it_learns_from_what_it_reads(stacked):
    """A text that repeats itself: what was read makes what comes better known, and only by the levels."""
    text = IDS[:1, :24].repeat(1, 8)
    losses = {}
    for rate in (0.0, 0.02):
        model = stacked(rate)
        with torch.no_grad():
            scores = model(text)[0]
        each = torch.nn.functional.cross_entropy(scores[0, :-1], text[0, 1:], reduction="none")
        losses[rate] = float(each[:24].mean()), float(each[-48:].mean())
    assert losses[0.02][1] < 0.92 * losses[0.02][0]
    assert losses[0.02][1] < 0.92 * losses[0.0][1]


def test_the_spec_says_which_layers_learn_when(nlc, tmp_path):
    theirs = folders.llama(tmp_path / "theirs", num_hidden_layers=5)
    code, out, _ = nlc("import", theirs, "-o", "run", "--levels", "4,16", "--json")
    assert code == 0
    assert json.loads(out)["levels"] == [{"layers": 3, "tokens": 4}, {"layers": 2, "tokens": 16}]
    _, out, _ = nlc("graph", "run/spec.nl", "--json")
    periods = {node["name"]: node["period"]["count"] for node in json.loads(out)["memories"]}
    assert (periods["layers[0..2].ffn"], periods["layers2[0..1].ffn"]) == (4, 16)
    assert nlc("fmt", "--check", "run/spec.nl")[0] == 0
    assert "warning" not in nlc("check", "run/spec.nl")[2]


def test_levels_do_not_go_back(nlc, tmp_path):
    nlc("import", folders.llama(tmp_path / "theirs"), "-o", "run", "--levels", "8")
    code, _, err = nlc("import", "--back", "run", "-o", "back")
    assert code == 2 and "learn in the sequence" in err
    assert not (tmp_path / "back").exists()


def test_the_example_is_what_import_writes(nlc, tmp_path):
    theirs = folders.llama(tmp_path / "theirs", num_hidden_layers=3)
    assert nlc("import", theirs, "-o", "run", "--levels", "8,32", "--rate", 0.02)[0] == 0
    imported = package.trained("run")
    sizes = {"vocab": 40, "d": 16, "hidden": 24, "heads": 4, "kv_heads": 2, "layers1": 2, "layers2": 1}
    sizes |= {"base": 500000.0, "eps": 1e-5, "fast": 8, "slow": 32, "rate": 0.02}
    example = package.compile(package.load(EXAMPLES / "hope_from_transformer.nl", **sizes))
    weights = {name.replace("out_embed", "x_embed"): w for name, w in imported.state_dict().items()}
    example.load_state_dict(weights)
    with torch.no_grad():
        assert example(IDS)[0].equal(imported(IDS)[0])
