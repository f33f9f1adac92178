"""Landings are counted: floor(tokens / period) of them a level, however the stream is cut."""

from collections import Counter

import pytest
import torch
from compiled import example, in_pieces

CUTS = {
    "whole": [150],
    "token by token": [1] * 150,
    "sevens": [7] * 21 + [3],
    "before and after": [15, 1, 1, 46, 1, 64, 1, 21],
}


@pytest.mark.parametrize("sizes", CUTS.values(), ids=CUTS)
def test_update_counts_are_exact(sizes, monkeypatch):
    """Levels of 16, 64 and 128 tokens: a landing is due when the token after its period is here."""
    package = example("cms")
    module, x = package.module(), package.inputs(1, 151)
    counts = Counter()
    for level, _ in module.levels(module.begin(1).memories):
        step = type(level).step

        def counted(self, state, step=step):
            counts[self.period] += 1
            return step(self, state)

        monkeypatch.setattr(type(level), "step", counted)
    with torch.no_grad():
        in_pieces(package, module, x, [*sizes, 1])
    assert counts == {period: 150 // period for period in (16, 64, 128)}


@pytest.mark.parametrize("sizes", CUTS.values(), ids=CUTS)
def test_tokens_left_over_are_carried(sizes):
    """What did not complete a period waits in the state, neither counted nor dropped."""
    package = example("cms")
    module, x = package.module(), package.inputs(1, 150)
    with torch.no_grad():
        _, state = in_pieces(package, module, x, sizes)
    tensors = state.tensors()
    assert state.position.tolist() == [150]
    assert tensors["segment.ids"].equal(x[:, 144:])
    for period in (16, 64, 128):
        gradient = tensors[f"memories.hope_attention.band_{period}.gradient1"]
        assert bool(gradient.any()) == (period != 16), "9 segments of 16: 0 of 16, 1 of 64, 1 of 128 are open"


@pytest.mark.parametrize(("name", "copies"), [
    ("hope", {"main.visible": 8, "make_key.visible": 16, "make_keep.visible": 16}),
    ("titans", {"ltm.anchor": 8}),
])  # fmt: skip
def test_copies_are_refreshed_when_due(name, copies):
    """Readers and gradients see a state that changes at multiples of its period, and then alone."""
    package = example(name)
    module, x = package.module(), package.inputs(1, 50)
    with torch.no_grad():
        state, changed = module.begin(1), {copy: [] for copy in copies}
        for t in range(50):
            before = state.tensors()
            _, state = module(x[:, t : t + 1], state)
            after = state.tensors()
            for copy, times in changed.items():
                own = [key for key in after if f"{copy}1" in key and not key.startswith("segment")]
                assert own
                if any(not after[key].equal(before[key]) for key in own):
                    times.append(t + 1)
    assert changed == {copy: list(range(period, 51, period)) for copy, period in copies.items()}
