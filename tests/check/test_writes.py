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
    anchor: {anchor}
    keys: {keys}
    values: linear(x)
  }}
  return x + m(x)
}}
"""
ERASE = "dgd(lr=0.1, erase_keys=linear(x))"
STEPS = {"optimizer": "sgd(lr=0.1, steps=2)"}
PLAIN = {
    "structure": "matrix",
    "objective": "dot",
    "optimizer": "sgd(lr=0.1)",
    "retention": "keep(0.9)",
    "anchor": "every token",
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
    (STEPS | {"anchor": "every 4 tokens"}, "E0415", "`anchor: every token`"),
    (STEPS | {"objective": "huber"}, "E0601", "affine"),
    (STEPS | {"keys": "x"}, "E0301", "2 heads of 8"),
    ({"optimizer": "sgd(lr=0.1, steps=0)"}, "E0407", "at least 1"),
]


@pytest.mark.parametrize(("fields", "code", "says"), WRONG)
def test_what_is_refused(fields: dict[str, str], code: str, says: str):
    with pytest.raises(SpecError) as wrong:
        lower(check(read_text(FORM.format(**PLAIN | fields), "spec.nl")))
    (found,) = wrong.value.report.sorted()
    assert found.code == code
    assert says in f"{found.message} {found.label.text}"
