"""Where an expression stands: the names it sees, and what owns the parameters of its ops."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from nlc.check.evaluation import Constant
from nlc.spec.expr import Expr


@dataclass(frozen=True)
class Line:
    """A value of the block, by its index."""

    index: int


@dataclass(frozen=True)
class Failed:
    """A name whose line is wrong: that was said there, so its uses are silent."""


Result = int | float | Line
Bound = Result | Failed
FAILED = Failed()


@dataclass
class Context:
    """`names` and `lets` are looked up first, then `outer`. `heads` > 0 in the fields of a memory.

    `owned` counts the modules of one place. All equations of a block share one, for each op in the
    text owns its own parameters; each use of a memory's field starts anew, so uses share them.
    """

    owner: str
    names: dict[str, Bound]
    lets: Mapping[str, Expr] = field(default_factory=dict[str, Expr])
    constants: Mapping[str, Constant] = field(default_factory=dict[str, Constant])
    outer: Context | None = None
    memory: str = ""
    heads: int = 0
    owned: dict[str, int] = field(default_factory=dict[str, int])
    closed: bool = False
    """What an own part means: its calls are ops, whatever a spec calls so."""

    def own(self, op: str) -> str:
        """The path of the module that owns the next op of this kind: named by place and order."""
        stem = f"{self.owner}_{op}" if self.owner else op
        return take(stem, self.owned)

    def streams(self, name: str) -> bool:
        """Whether a name is a stream here."""
        here: Context | None = self
        while here is not None:
            if name in here.names or name in here.lets:
                return True
            here = here.outer
        return False

    def known(self) -> list[str]:
        """All names that an expression here sees."""
        out: list[str] = [*self.constants]
        here: Context | None = self
        while here is not None:
            out.extend((*here.names, *here.lets))
            here = here.outer
        return out


def take(stem: str, taken: dict[str, int]) -> str:
    """The stem, or the stem with the first number that makes a new name; `taken` counts by stem."""
    count = taken.get(stem, 0)
    name = stem if count == 0 else f"{stem}{count + 1}"
    while name in taken:
        count += 1
        name = f"{stem}{count + 1}"
    taken[stem] = count + 1
    taken.setdefault(name, 1)
    return name
