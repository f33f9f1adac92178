"""The laws of `nlc parts --test`, for every part that nlc has; and that each of them can be broken."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, ClassVar

import pytest
from pydantic import Field, field_validator

from nlc.cli import main
from nlc.parts import registry
from nlc.parts.describe import describe
from nlc.parts.part import Objective, Optimizer, Part, Pointwise
from nlc.parts.registry import KINDS, find, names
from nlc.run import laws

pytestmark = pytest.mark.usefixtures("clean")

PARTS = [(kind, name) for kind in KINDS for name in names(kind)]


@pytest.mark.parametrize(("kind", "name"), PARTS)
def test_every_part_keeps_the_laws(kind: str, name: str):
    part = find(kind, name)
    assert part is not None
    assert describe(part).equation
    outcomes = {outcome.law: outcome for outcome in laws.judge(part)}
    assert [outcome.found for outcome in outcomes.values() if not outcome.holds] == []
    assert {"words", "arguments", "printing"} <= set(outcomes)
    if getattr(part, "pointwise", False) or name in ("l2", "dot", "huber"):
        assert {"gradient", "use"} <= set(outcomes)


def broken(part: type[Part]) -> dict[str, str]:
    return {outcome.law: outcome.found for outcome in laws.judge(part) if not outcome.holds}


class Silent(Objective):
    """No source."""

    name: ClassVar[str] = "silent"
    loss: ClassVar[str | None] = "0.5 * (p - v) * (p - v)"
    width: float = 1.0


class Undescribed(Objective):
    """An argument without a word.

    Source: here.
    """

    name: ClassVar[str] = "undescribed"
    loss: ClassVar[str | None] = "0.5 * (p - v) * (p - v)"
    width: float = 1.0


class Wayward(Objective):
    """A gradient that is not the loss's.

    Source: here.
    """

    name: ClassVar[str] = "wayward"
    loss: ClassVar[str | None] = "0.5 * (p - v) * (p - v)"

    def residual(self) -> str:
        return "1.001 * (p - v)"


class Flat(Objective):
    """A loss whose gradient is a number.

    Source: here.
    """

    name: ClassVar[str] = "flat"
    loss: ClassVar[str | None] = "p"


class Lax(Objective):
    """A bound that is said and not kept.

    Source: here.
    """

    name: ClassVar[str] = "lax"
    loss: ClassVar[str | None] = "0.5 * (p - v) * (p - v)"
    width: Annotated[float, Field(gt=0, description="how wide")] = 1.0

    @field_validator("width", mode="wrap")
    @classmethod
    def _any(cls, value: object, _: object) -> object:
        return value


class Outside(Objective):
    """A default that it does not allow itself.

    Source: here.
    """

    name: ClassVar[str] = "outside"
    loss: ClassVar[str | None] = "0.5 * (p - v) * (p - v)"
    width: Annotated[float, Field(gt=0, description="how wide")] = -1.0


class Needy(Optimizer):
    """An argument for which nothing is found.

    Source: here.
    """

    name: ClassVar[str] = "needy"
    means: ClassVar[str] = "sgd(lr=0.1)"
    width: Annotated[float, Field(gt=100, description="how wide")]


class Failing(Objective):
    """Code that ends in an error.

    Source: here.
    """

    name: ClassVar[str] = "failing"

    def expression(self) -> str:
        raise ZeroDivisionError("no width")


class Infinite(Pointwise):
    """No number anywhere.

    Source: here.
    """

    name: ClassVar[str] = "infinite"
    means: ClassVar[str] = "log(-(x * x))"


BROKEN: list[tuple[type[Part], str, str]] = [
    (Silent, "words", "names no source"),
    (Undescribed, "words", "`width` is not described"),
    (Wayward, "gradient", "away from autograd"),
    (Flat, "gradient", "it has no derivative"),
    (Lax, "arguments", "`width` may be"),
    (Outside, "arguments", "a default is not allowed"),
    (Needy, "arguments", "no allowed arguments"),
    (Failing, "gradient", "its loss ends in ZeroDivisionError: no width"),
    (Failing, "use", "`failing` cannot be used"),
    (Infinite, "gradient", "finite at 0 of 64 points only"),
]


@pytest.mark.parametrize(("part", "law", "says"), BROKEN, ids=lambda word: getattr(word, "name", ""))
def test_each_law_can_be_broken(part: type[Part], law: str, says: str):
    registry._own[part.kind, part.name] = registry.Own(part, "here", "here", "")
    registry._forget()
    assert says in broken(part)[law]


def test_a_wrong_derivative_of_an_op_is_found(monkeypatch: pytest.MonkeyPatch):
    tanh = find("op", "tanh")
    assert tanh is not None and broken(tanh) == {}
    monkeypatch.setattr(tanh, "derivative", "1 - tanh(x)")
    assert "away from autograd" in broken(tanh)["gradient"]


def test_a_reference_that_differs_is_found(monkeypatch: pytest.MonkeyPatch):
    l2 = find("objective", "l2")
    assert l2 is not None
    real = laws.trial.__globals__["emit"]

    def wrong(plan):
        files = dict(real(plan))
        files["reference.py"] = files["reference.py"].replace("0.5 *", "0.4 *")
        return files

    monkeypatch.setitem(laws.trial.__globals__, "emit", wrong)
    assert "away from the reference" in broken(l2)["use"]


GOOD = '''
from typing import Annotated

from pydantic import Field

from nlc.parts.part import Objective


class Cauchy(Objective):
    """Outliers write less and less.

    Source: robust regression.
    """

    name = "cauchy"
    equation = "½ log(1 + ‖M(k) − v‖²)"
    loss = "0.5 * log(1 + (p - v) * (p - v))"
'''


@pytest.fixture
def nlc(capsys: pytest.CaptureFixture[str]):
    def call(*arguments: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main.run([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        return int(ended.value.code or 0), out, err

    return call


def test_the_command_judges_a_file(nlc, tmp_path: Path):
    path = tmp_path / "mine.py"
    path.write_text(GOOD, encoding="utf-8")
    code, out, err = nlc("parts", "--test", path)
    assert (code, err) == (0, "all laws hold\n")
    assert [line[17:].split()[:2] for line in out.splitlines()] == [[law, "holds"] for law in laws.LAWS]
    assert len(json.loads(nlc("parts", "--test", path, "--json")[1])["laws"]) == len(laws.LAWS)


def test_a_broken_law_ends_with_one(nlc, tmp_path: Path):
    path = tmp_path / "mine.py"
    path.write_text(GOOD.replace("Source: robust regression.", "See the book."), encoding="utf-8")
    code, out, err = nlc("parts", "--test", path)
    assert (code, err) == (1, "1 of 5 laws are broken\n")
    assert "words      broken  the docstring names no source" in out
    assert json.loads(nlc("parts", "--test", path, "--json")[1])["broken"] == 1
