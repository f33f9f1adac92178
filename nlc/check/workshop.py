"""What all blocks of one system share while they are checked."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field

from nlc.check.lines import Allowance
from nlc.check.problem import problem
from nlc.ir.system import Block
from nlc.report import Report
from nlc.source import Span
from nlc.spec.file import Form


@dataclass
class Workshop:
    """The report, the blocks made so far, the forms that are being made, the limits."""

    report: Report
    allowance: Allowance
    nesting: int
    blocks: dict[str, Block] = field(default_factory=dict[str, Block])
    made: dict[object, str] = field(default_factory=dict[object, str])
    failed: set[str] = field(default_factory=set[str])
    """Blocks without a result: that was said there, so their calls are silent."""
    open: list[Form] = field(default_factory=list[Form])

    def name(self, form: Form) -> str:
        """A name for one more use of a form with other sizes."""
        stem, count = form.name, 1
        while stem in self.blocks:
            count += 1
            stem = f"{form.name}_{count}"
        return stem

    def has(self, form: Form) -> bool:
        """Whether any use of the form was checked."""
        return any(block.form is form for block in self.blocks.values())

    @contextmanager
    def opened(self, form: Form, span: Span) -> Generator[None]:
        """While a form is being made it cannot be asked for again: nothing would end that."""
        chain = " → ".join(inner.name for inner in (*self.open, form))
        if any(inner is form for inner in self.open):
            raise problem(self.report, "E0417", "a block cannot contain itself", span, chain)
        if len(self.open) >= self.nesting:
            raise too_deep(self.report, span, self.nesting)
        self.open.append(form)
        try:
            yield
        finally:
            self.open.pop()


def too_deep(report: Report, span: Span, nesting: int) -> Exception:
    label = f"more than {nesting} levels"
    note = f"raise the limit with `--budget nesting={nesting * 2}`"
    return problem(report, "E0416", "the spec is nested too deep", span, label, notes=[note])
