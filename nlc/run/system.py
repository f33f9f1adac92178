"""A checked spec as a Python user holds it: the results that the commands print, as values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from nlc.ir.levels import LevelGraph
    from nlc.ir.plan import Plan
    from nlc.ir.system import System as Checked
    from nlc.report import Report

BACKENDS = ("auto", "torch", "triton")
"""What `backend` may be; `auto` takes the best that there is for this machine, today torch."""

Format = Literal["text", "mermaid", "dot", "svg", "json"]


class Result(Mapping[str, Any]):
    """What a command says: the fields of its `--json`, and its text where it is printed."""

    def __init__(self, fields: Mapping[str, Any], text: str) -> None:
        self._fields, self._text = fields, text

    def __getitem__(self, name: str) -> Any:
        return self._fields[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)

    def __repr__(self) -> str:
        return self._text.rstrip("\n")


class Drawing(str):
    """A drawing of the levels: text that prints as it is, and a picture in a notebook."""

    def __repr__(self) -> str:
        return self.rstrip("\n")

    def _repr_html_(self) -> str | None:
        from nlc.run.notebook import picture

        return picture(self) if self.startswith("<svg") else None


@dataclass(frozen=True, repr=False, eq=False)
class System:
    """A spec whose names, shapes and periods are known to be right: what `nlc.load` gives.

    Its results are made when they are first asked for, and are those of the commands.
    """

    checked: Checked

    @property
    def name(self) -> str:
        return self.checked.name

    @property
    def kind(self) -> str:
        """`model` or, for a file that ends in a block, `block`."""
        return self.checked.kind

    @property
    def semantic_hash(self) -> str:
        """Changes when the mathematics or a name changes, and with nothing else."""
        return self.checked.semantic_hash

    @property
    def report(self) -> Report:
        """The warnings; `print(system.report.text())` shows them."""
        return self.checked.report

    @cached_property
    def levels(self) -> Result:
        """What `nlc graph` says: `levels["memories"]` fastest first, and the `edges` between them."""
        from nlc.level.draw import text
        from nlc.level.draw.json import tree

        return Result(tree(self._graph), text(self._graph))

    def graph(self, format: Format = "text") -> Drawing:
        """The levels drawn: `text`, `mermaid`, `dot`, `svg`, or `json`."""
        from nlc.level.draw import FORMATS

        if format not in FORMATS:
            raise ValueError(f"levels are drawn as {_list(FORMATS)}, not as `{format}`")
        return Drawing(FORMATS[format](self._graph))

    def plan(self, backend: str = "auto", *, length: int = 0) -> Result:
        """What `nlc plan` says: `parameters`, `state_bytes`, `flops_per_token`, and a row for each memory.

        `length` is the tokens of a sequence (0: the spec's own `dim T`); a cache grows with it.
        """
        from nlc.lower import show

        known(backend)
        plan = self._plan(length)
        return Result(show.json(plan), show.text(plan))

    def files(self, backend: str = "auto") -> dict[str, str]:
        """What `nlc compile` writes: file name to text."""
        from nlc.emit import emit

        known(backend)
        return emit(self._plan(0), chosen(backend))

    def __repr__(self) -> str:
        head = " ".join(repr(self.levels).partition("\n")[0].split())
        return f"<{self.kind} {head}, spec {self.semantic_hash[:16]}>"

    def _repr_html_(self) -> str:
        from nlc.run.notebook import system

        return system(self)

    @cached_property
    def _graph(self) -> LevelGraph:
        from nlc.level import level

        return level(self.checked)

    def _plan(self, length: int) -> Plan:
        from nlc.lower import lower

        return lower(self.checked, length)


def chosen(backend: str) -> str:
    """What `auto` stands for: kernels where there is a GPU for them."""
    if backend != "auto":
        return backend
    import torch

    return "triton" if torch.cuda.is_available() and find_spec("triton") else "torch"


def known(backend: str) -> None:
    """Raise ValueError unless there is such a backend."""
    if backend not in BACKENDS:
        raise ValueError(f"there is no backend `{backend}`; there are {_list(BACKENDS)}")


def _list(names: Any) -> str:
    *most, last = (f"`{name}`" for name in names)
    return f"{', '.join(most)} and {last}"
