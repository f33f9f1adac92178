"""Which values each param takes, and the grid of them: from domains, or from what was asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import cast

from nlc.check.constants import constants
from nlc.check.evaluation import Constant, evaluate
from nlc.check.settings import LONGEST, read_settings
from nlc.failure import Failure
from nlc.read.nl import parse_piece
from nlc.report import Report
from nlc.source import Source
from nlc.spec.expr import Expr, Number
from nlc.spec.file import Choices, Domain, File, Range
from nlc.suggest import nearest
from nlc.write.expr import print_expr, print_number


class NoWalk(Failure):
    """What was asked for names nothing that can be walked."""


@dataclass(frozen=True)
class Walk:
    """One param (or dim) and its values, written as `--set` takes them."""

    name: str
    values: tuple[str, ...]


def walks(
    file: File,
    fixed: Mapping[str, str],
    points: int,
    only: Sequence[str] = (),
    given: Mapping[str, str] | None = None,
) -> list[Walk]:
    """What is walked, in the order of the text.

    Every param with a domain is, or those of `only`; `fixed` ones are not. `given` has other values,
    `a, b` or a domain, for params and for dims, which are walked whatever `only` says. Ranges give
    `points` values, both ends among them.
    Raises SpecError where `fixed` or `given` cannot be read, NoWalk where nothing can be walked.
    """
    given = given or {}
    report = Report()
    settings = read_settings(fixed, file, report)
    wanted = {name: _domain(name, text, report) for name, text in given.items()}
    report.stop()
    domains: dict[str, Domain | None] = {param.name: param.domain for param in file.params()}
    known = [*domains, *(dim.name for dim in file.dims())]
    for name in (*only, *given):
        _refuse(name, known, fixed)
    domains |= wanted
    walked = [name for name in known if domains.get(name) and name not in fixed]
    if only:
        without = [name for name in only if not domains.get(name)]
        if without:
            raise NoWalk(f"`{without[0]}` has no domain: give its values with --param {without[0]}=V1,V2")
        walked = [name for name in walked if name in only or name in given]
    if not walked:
        raise NoWalk("no param has a domain to walk: give values with --param NAME=V1,V2")
    # What else is wrong with the spec is said of each point.
    values = constants(file, settings, Report()).values
    return [Walk(name, _values(name, cast(Domain, domains[name]), values, points)) for name in walked]


def count(found: Sequence[Walk]) -> int:
    """How many points the grid has."""
    return prod(len(walk.values) for walk in found)


def grid(found: Sequence[Walk]) -> Iterator[dict[str, str]]:
    """Every choice of values; the last param changes fastest."""
    names = [walk.name for walk in found]
    for values in product(*(walk.values for walk in found)):
        yield dict(zip(names, values, strict=True))


def _refuse(name: str, known: Sequence[str], fixed: Mapping[str, str]) -> None:
    if name in fixed:
        raise NoWalk(f"`{name}` is fixed by --set, so it is not walked")
    if name not in known:
        close = nearest(name, known)
        way_on = f"did you mean `{close}`?" if close else f"there are {', '.join(known) or 'none'}"
        raise NoWalk(f"the spec has no param or dim `{name}`: {way_on}")


def _domain(name: str, text: str, report: Report) -> Domain | None:
    """`a, b` is short for the set of them."""
    whole = text.startswith(("{", "log(")) or ".." in text
    source = Source("--param", f"{name}={text if whole else '{' + text + '}'}"[:LONGEST])
    return parse_piece(source, "domain", len(name) + 1, len(source.text), report)


def _values(name: str, domain: Domain, known: Mapping[str, Constant], points: int) -> tuple[str, ...]:
    if isinstance(domain, Choices):
        return tuple(dict.fromkeys(print_expr(item, spelled=True) for item in domain.items))
    ends = (domain.low, domain.high) if isinstance(domain, Range) else domain.args
    low, high = _ends(name, ends, known)
    if isinstance(domain, Range):
        numbers = [low + (high - low) * n / (points - 1) for n in range(points)]
    elif low > 0:
        numbers = [low * (high / low) ** (n / (points - 1)) for n in range(points)]
    else:
        raise NoWalk(f"the domain of `{name}` is walked by its logarithm, so it begins above 0")
    whole = isinstance(low, int) and isinstance(high, int)
    inner = [round(number) if whole else float(f"{number:.3g}") for number in numbers[1:-1]]
    # Rounding leaves the domain at no point: its ends are taken as they stand.
    kept = [low, *(min(max(number, low), high) for number in inner), high]
    return tuple(dict.fromkeys(print_number(Number(number)) for number in kept))


def _ends(name: str, ends: Sequence[Expr], known: Mapping[str, Constant]) -> tuple[float, float]:
    numbers = [evaluate(end, known) for end in ends]
    match numbers:
        case [int() | float() as low, int() | float() as high] if low <= high:
            return low, high
        case _:
            raise NoWalk(f"the domain of `{name}` has no two ends, the lower one first")
