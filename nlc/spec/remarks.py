"""What a file says beside its meaning: comments and empty lines, each at its place in the tree."""

from __future__ import annotations

from dataclasses import dataclass, field

from nlc.spec.expr import Node


@dataclass(frozen=True)
class Remark:
    """What stands around one item or entry; both spellings have these places.

    lead    the lines above it: comments, and "" for an empty line
    trail   the comment on its line; of a form, on the line of its head
    last    of a form: the comments below its last entry
    close   of a form in `.nl`: the comment behind its `}`
    """

    lead: tuple[str, ...] = ()
    trail: str = ""
    last: tuple[str, ...] = ()
    close: str = ""


@dataclass
class Remarks:
    """The remarks of one file, by where each node's text begins.

    `version` is for the line of the version, and its `last` is the end of the file. A dim that is
    `joined` shares the line of the dim before it; a form that is `short` was written on one line.
    """

    version: Remark = field(default_factory=Remark)
    places: dict[int, Remark] = field(default_factory=dict[int, Remark])
    joined: set[int] = field(default_factory=set[int])
    short: set[int] = field(default_factory=set[int])

    def of(self, node: Node) -> Remark:
        return self.places.get(node.span.start, _NOTHING)


_NOTHING = Remark()
