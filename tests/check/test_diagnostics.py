"""What a wrong spec is told: all errors at once, as text and as JSON from the same values."""

from nlc.check import check
from nlc.read import read_text
from nlc.report import SpecError

SPEC = """nl 1
dim d = 64
block f(x: [T d]) {
  memory m(x) {
    structure: matrix(heds=4)
    objective: l2
    optimizer: sgd(lr=-0.1)
    update: every 0 tokens
  }
  y = lineer(x)
  return m(x) + y
}
"""


def report(text: str):
    try:
        return check(read_text(text, "spec.nl")).report
    except SpecError as wrong:
        return wrong.report


def test_json():
    assert [
        {key: found[key] for key in ("code", "severity", "message", "file", "line", "column")}
        | {"fix": found["fix"] and found["fix"]["title"]}
        for found in report(SPEC).json()
    ] == [
        {
            "code": "E0403",
            "severity": "error",
            "message": "unknown argument `heds` of `matrix`",
            "file": "spec.nl",
            "line": 5,
            "column": 23,
            "fix": "did you mean `heads`?",
        },
        {
            "code": "E0407",
            "severity": "error",
            "message": "`lr` of `sgd` cannot be `-0.1`",
            "file": "spec.nl",
            "line": 7,
            "column": 23,
            "fix": None,
        },
        {
            "code": "E0201",
            "severity": "error",
            "message": "a period is a positive whole number",
            "file": "spec.nl",
            "line": 8,
            "column": 19,
            "fix": None,
        },
        {
            "code": "E0404",
            "severity": "error",
            "message": "unknown op, block or memory `lineer`",
            "file": "spec.nl",
            "line": 10,
            "column": 7,
            "fix": None,
        },
    ]


def test_warnings_do_not_stop():
    text = SPEC.replace("heds", "heads").replace("-0.1", "0.1").replace("every 0 tokens", "every token")
    text = text.replace("lineer", "linear").replace("m(x) + y", "y")
    found = report(text)
    assert [each.code for each in found.diagnostics] == ["W0403"]
    assert found.json()[0]["severity"] == "warning"
