import math
from pathlib import Path

import pytest
import torch

from nlc.check import check
from nlc.emit import emit
from nlc.lower import lower
from nlc.read import read_text
from nlc.run.evaluate import NotFinite, cut, evaluate
from nlc.run.load import build, load
from nlc.run.reach import TooLong, within
from nlc.run.sample import plain, sample, text

STUB = Path(__file__).parent / "stub"


@pytest.fixture
def model():
    torch.manual_seed(0)
    return load(STUB).build()


def test_every_byte_but_the_first_is_judged_once():
    data = bytes(range(1, 24))
    ids, counts = cut(data, 4)
    targets = ids[:, 1:][counts.bool()].tolist()
    assert targets == list(data[1:])


def test_one_lane_is_the_loss_of_one_long_sequence_and_pieces_change_nothing(model):
    data = bytes(i * 7 % 256 for i in range(300))
    model.eval()
    expected = float(model.loss(torch.tensor([list(data)])).detach()) / math.log(2)
    model.train()
    for length in (1000, 64, 7):
        assert evaluate(model, data, lanes=1, length=length) == pytest.approx(expected, rel=1e-5)
    assert model.training


def test_a_broken_state_is_told(model):
    with torch.no_grad():
        model.embed.weight[5] = float("nan")
    with pytest.raises(NotFinite, match=r"gru\.hidden"):
        evaluate(model, bytes([1, 5, 1, 2]), lanes=1)


def test_sampling_reads_each_token_once(model, monkeypatch):
    seen = []
    forward = type(model).forward

    def watched(self, ids, state=None):
        seen.append(ids.shape[1])
        return forward(self, ids, state)

    monkeypatch.setattr(type(model), "forward", watched)
    out = list(sample(model, b"hello", 6, seed=3))
    assert seen == [5, 1, 1, 1, 1, 1]
    assert out == list(sample(model, b"hello", 6, seed=3))
    assert out != list(sample(model, b"hello", 6, seed=4))


def test_cold_sampling_takes_the_likeliest(model):
    one = list(sample(model, b"x", 5, temperature=0.0))
    assert one == list(sample(model, b"x", 5, temperature=1.0, top_k=1, seed=9))


def test_sampled_text_is_safe_on_a_terminal():
    assert "".join(text(iter("é\x1b[2J".encode()))) == "é�[2J"
    assert "".join(text(iter(b"a\xff"))) == "a�"
    assert plain("\t\n\x07") == "\t\n�"


PLACES = """nl 1
dim vocab = 256, d = 8
model lm(ids: [T]) {
  objective: next_token
  x = embed(ids, d) + position(d, length=12)
  return x |> gelu_tanh |> unembed(tied=true)
}
"""


def test_a_model_whose_positions_end_begins_anew_there():
    torch.manual_seed(0)
    model = build(emit(lower(check(read_text(PLACES, "places.nl"))))).build()
    data = bytes(i * 7 % 256 for i in range(25))
    ids = torch.tensor([list(data)])
    found = evaluate(model, data[:24], lanes=1)
    with torch.no_grad():
        scores = torch.cat([model(ids[:, :12])[0], model(ids[:, 12:23])[0]], 1)[0]
    expected = torch.nn.functional.cross_entropy(scores, ids[0, 1:24]) / math.log(2)
    assert found == pytest.approx(float(expected), rel=1e-5)
    assert len(list(sample(model, data[:20], 30, temperature=0))) == 30
    within(model, 12)
    with pytest.raises(TooLong, match="13 tokens, and the model has positions for 12"):
        within(model, 13)
