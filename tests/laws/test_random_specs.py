"""The laws, for 550 specs that nobody wrote; `make fuzz` draws others for as long as it is told."""

import pytest
from drawn import REGRESS, assert_laws, some
from hypothesis import given
from specs import (
    levels,
    one_memory,
    orthogonal_writes,
    richer_writes,
    rounds,
    self_modifying,
    several_memories,
)

pytestmark = pytest.mark.timeout(900)  # hundreds of specs a test: two minutes in all, alone on two cores


@given(one_memory())
@some(290)
def test_one_memory(text):
    assert_laws(text, "one_memory")


@given(richer_writes())
@some(36)
def test_richer_writes(text):
    assert_laws(text, "richer_writes")


@given(orthogonal_writes())
@some(20)
def test_orthogonal_writes(text):
    assert_laws(text, "orthogonal_writes")


@given(rounds())
@some(25)
def test_rounds(text):
    assert_laws(text, "rounds")


@given(several_memories())
@some(100)
def test_several_memories(text):
    assert_laws(text, "several_memories")


@given(self_modifying())
@some(70)
def test_self_modifying(text):
    assert_laws(text, "self_modifying")


@given(levels())
@some(40)
def test_levels(text):
    assert_laws(text, "levels")


@pytest.mark.parametrize("path", sorted(REGRESS.glob("*.nl")), ids=lambda path: path.stem)
def test_specs_that_once_broke_a_law(path):
    assert_laws(path.read_text(encoding="utf-8"), path.stem)
