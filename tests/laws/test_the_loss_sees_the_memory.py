"""The loss that trains a model is the loss of the run that writes its memories."""

import pytest
import torch
import torch.nn.functional as F
from compiled import RECURRENT, SIZES, assert_close, example, in_pieces

LATE = 300
"""Tokens after which the first one must still be felt: no convolution reaches so far."""


@pytest.mark.parametrize("name", RECURRENT)
def test_the_loss_sees_the_memory(name):
    """Another token 0 gives other scores hundreds of tokens later, at default rates and gates."""
    package = example(name)
    module, x = package.module(spread=0.0), package.inputs(1, LATE + 10)
    changed = x.clone()
    changed[:, 0] = (changed[:, 0] + 1) % package.system.vocab
    with torch.no_grad():
        scores, other = package.run(module, x)[0], package.run(module, changed)[0]
    late = (other - scores)[:, LATE:]
    assert late.norm() / scores[:, LATE:].norm() > 1e-9, "rounding alone is near 1e-15"
    assert late.abs().amax(-1).gt(0).all(), "every late token feels it"


@pytest.mark.parametrize("name", SIZES)
def test_the_loss_is_that_of_the_run_that_writes(name):
    package = example(name)
    module, x = package.module(), package.inputs(2, 70)
    loss = module.loss(x)
    scores, _ = module(x)
    own = F.cross_entropy(scores[:, :-1].flatten(0, 1), x[:, 1:].flatten())
    assert_close(loss, own, 1e-12, "loss")
    streamed, _ = in_pieces(package, module, x, [1] * 70)
    later = F.cross_entropy(streamed[:, :-1].flatten(0, 1), x[:, 1:].flatten())
    assert_close(loss, later, 1e-9, "the loss of the stream that carries its memories")


@pytest.mark.parametrize("name", RECURRENT)
def test_the_late_loss_trains_what_wrote_early(name):
    """The gradient of the last token's loss reaches the embedding of token 0, through the state."""
    package = example(name)
    module, x = package.module(spread=0.0), package.inputs(1, 100)
    x = x.clamp(min=1)
    x[:, 0] = 0
    scores, _ = module(x)
    F.cross_entropy(scores[:, -2], x[:, -1]).backward()
    embedding = next(p for n, p in module.named_parameters() if "embed" in n and "un" not in n)
    assert embedding.grad[0].norm() > 1e-9 * embedding.grad.norm()


@pytest.mark.parametrize("name", RECURRENT)
def test_a_state_taken_away_changes_the_scores(name):
    """What was read before matters: going on differs from beginning anew."""
    package = example(name)
    module, x = package.module(spread=0.0), package.inputs(1, 80)
    with torch.no_grad():
        _, state = package.run(module, x[:, :60])
        went_on, _ = package.run(module, x[:, 60:], state)
        anew, _ = package.run(module, x[:, 60:])
    assert (went_on - anew)[:, 8:].norm() > 1e-4 * anew.norm()
