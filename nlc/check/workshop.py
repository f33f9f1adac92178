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
    uses: dict[str, int] = field(default_factory=dict[str, int])
    forms: set[int] = field(default_factory=set[int])
    failed: set[str] = field(default_factory=set[str])
    """Blocks without a result: that was said there, so their calls are silent."""
    open: list[Form] = field(default_factory=list[Form])
    sites: dict[str, Span] = field(default_factory=dict[str, Span])
    """Where the user asked for each block first."""

    def name(self, form: Form) -> str:
        """A name for one more use of a form with other sizes."""
        count = self.uses.get(form.name, 0) + 1
        while (name := form.name if count == 1 else f"{form.name}_{count}") in self.blocks:
            count += 1
        self.uses[form.name] = count
        return name

    def has(self, form: Form) -> bool:
        """Whether any use of the form was checked."""
        return id(form) in self.forms

    @contextmanager
    def opened(self, form: Form, span: Span) -> Generator[None]:
        """While a form is being made it cannot be asked for again: nothing would end that."""
        chain = " → ".join(inner.name for inner in (*self.open, form))
        if any(inner is form for inner in self.open):
            raise problem(self.report, "E0417", "a block cannot contain itself", span, chain)
        if len(self.open) >= self.nesting:
            raise too_deep(self.report, span, self.nesting)
        self.forms.add(id(form))
        self.open.append(form)
        try:
            with self.report.asked_for(span):
                yield
        finally:
            self.open.pop()


def too_deep(report: Report, span: Span, nesting: int) -> Exception:
    label = f"more than {nesting} levels"
    note = f"raise the limit with `--budget nesting={nesting * 2}`"
    return problem(report, "E0416", "the spec is nested too deep", span, label, notes=[note])
