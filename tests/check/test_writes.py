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
  }}
  return x + m(x)
}}
"""
ERASE = "dgd(lr=0.1, erase_keys=linear(x))"
WRONG = [
    ({"optimizer": ERASE, "structure": "mlp(depth=1)"}, "E0415", "each layer of a network"),
    ({"optimizer": ERASE, "objective": "l2"}, "E0601", "`dot`"),
    ({"optimizer": "dgd(lr=0.1, beta=0.5, erase_keys=linear(x))"}, "E0419", "momentum"),
    ({"optimizer": ERASE, "retention": "keep(0.9, to=anchor)"}, "E0419", "`to`"),
    ({"optimizer": "dgd(lr=0.1)", "retention": "keep(0.9, axis=values)"}, "E0419", "`axis=values`"),
    ({"optimizer": "dgd(lr=0.1, erase_keys=0.5)"}, "E0407", "a stream belongs here"),
]


@pytest.mark.parametrize(("fields", "code", "says"), WRONG)
def test_what_is_refused(fields: dict[str, str], code: str, says: str):
    plain = {"structure": "matrix", "objective": "dot", "optimizer": "sgd(lr=0.1)", "retention": "keep(0.9)"}
    with pytest.raises(SpecError) as wrong:
        lower(check(read_text(FORM.format(**plain | fields), "spec.nl")))
    (found,) = wrong.value.report.sorted()
    assert found.code == code
    assert says in f"{found.message} {found.label.text}"
