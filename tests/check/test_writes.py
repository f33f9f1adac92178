"""Writes that have no meaning, or none that is built: where, and why."""

import pytest

from nlc.check import check
from nlc.lower import lower
from nlc.read import read_text
from nlc.report import SpecError

FORM = """nl 1
dim d = 8
block layer(x: [T d]) {{
  memory m(x) {{
    structure: {structure}
    objective: {objective}
    optimizer: {optimizer}
    retention: {retention}
    update: every token
    {anchor}
    keys: {keys}
    init: {init}
    values: linear(x)
  }}
  return x + m(x)
}}
"""
ERASE = "dgd(lr=0.1, erase_keys=linear(x))"
STEPS = {"optimizer": "sgd(lr=0.1, steps=2)"}
CLOSED = {"objective": "l2", "optimizer": "closed_form(ridge=1.0)"}
PLAIN = {
    "structure": "matrix",
    "objective": "dot",
    "optimizer": "sgd(lr=0.1)",
    "retention": "keep(0.9)",
    "anchor": "",
    "init": "zeros",
    "keys": "linear(x)",
}
WRONG = [
    ({"optimizer": ERASE, "structure": "mlp(depth=1)"}, "E0415", "each layer of a network"),
    ({"optimizer": ERASE, "objective": "l2"}, "E0601", "`dot`"),
    ({"optimizer": "dgd(lr=0.1, beta=0.5, erase_keys=linear(x))"}, "E0419", "momentum"),
    ({"optimizer": ERASE, "retention": "keep(0.9, to=anchor)"}, "E0419", "`to`"),
    ({"optimizer": "dgd(lr=0.1)", "retention": "keep(0.9, axis=values)"}, "E0419", "`axis=values`"),
    ({"optimizer": "dgd(lr=0.1, erase_keys=0.5)"}, "E0407", "a stream belongs here"),
    (STEPS | {"structure": "mlp(depth=1)"}, "E0419", "networks"),
    (STEPS | {"anchor": "anchor: every 4 tokens"}, "E0415", "`anchor: every token`"),
    (STEPS | {"retention": "norm(0.9)"}, "E0419", "write `keep`"),
    (CLOSED | {"retention": "norm(0.9)"}, "E0415", "write `keep`"),
    (STEPS | {"objective": "huber"}, "E0601", "affine"),
    (STEPS | {"keys": "x"}, "E0301", "2 heads of 8"),
    (CLOSED | {"optimizer": "closed_form"}, "E0415", "needs `ridge`"),
    (CLOSED | {"objective": "dot"}, "E0601", "`l2`"),
    (CLOSED | {"objective": "huber"}, "E0601", "`l2`"),
    (CLOSED | {"structure": "mlp(depth=1)"}, "E0415", "of a `cache` or a `matrix`"),
    ({"anchor": "anchor: every 3000000000 tokens"}, "E0201", "2,147,483,647 is the most"),
    ({"structure": "matrix(key=3)"}, "E0301", "without `queries:`"),
    (CLOSED | {"retention": "keep(0.9, first=true)"}, "E0415", "drop `first`"),
    (CLOSED | {"retention": "keep(linear(x), axis=keys)"}, "E0415", "drop `axis`"),
    (CLOSED | {"anchor": "anchor: every 4 tokens"}, "E0415", "no anchor"),
    (CLOSED | {"objective": "window(l2, 4)"}, "E0415", "without `window`"),
    (CLOSED | {"init": "learned"}, "E0415", "there are none"),
    (CLOSED | {"optimizer": "closed_form(ridge=0)"}, "E0407", "more than 0"),
    ({"optimizer": "sgd(lr=0.1, steps=0)"}, "E0407", "at least 1"),
]


@pytest.mark.parametrize(("fields", "code", "says"), WRONG)
def test_what_is_refused(fields: dict[str, str], code: str, says: str):
    with pytest.raises(SpecError) as wrong:
        lower(check(read_text(FORM.format(**PLAIN | fields), "spec.nl")))
    (found,) = wrong.value.report.sorted()
    assert found.code == code
    assert says in f"{found.message} {found.label.text}"
