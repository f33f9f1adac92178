"""Every page in grammar/errors is a test: its spec fails with exactly its message, and is cured."""

import ast
import re
from dataclasses import dataclass
from pathlib import Path

import pytest

import nlc
from nlc.fix import fixed
from nlc.read import read, read_text
from nlc.report import Report, SpecError
from nlc.spec.file import Project

ROOT = Path(nlc.__file__).parents[1]
PAGES = sorted((ROOT / "grammar" / "errors").glob("*.md"))
FENCE = re.compile(r"^```(\w+)[ \t]*([^\n]*)\n(.*?)^```$", re.M | re.S)
SECTIONS = ["What", "Why", "Failing", "Message", "Cured"]


@dataclass
class Fence:
    """A fenced text: `name=…` makes it a file, `repeat=…` repeats its last line so often."""

    language: str
    options: dict[str, str]
    body: str

    @property
    def text(self) -> str:
        *before, last, _ = self.body.split("\n")
        return "\n".join([*before, *[last] * int(self.options.get("repeat", "1")), ""])


def sections(path: Path) -> dict[str, str]:
    parts = re.split(r"^## (.+)\n", path.read_text(encoding="utf-8"), flags=re.M)
    return {name.strip(): body for name, body in zip(parts[1::2], parts[2::2], strict=True)}


def fences(body: str) -> list[Fence]:
    return [
        Fence(language, dict(option.split("=", 1) for option in options.split()), text)
        for language, options, text in FENCE.findall(body)
    ]


def load(specs: list[Fence], folder: Path) -> Project:
    if "name" not in specs[0].options:
        return read_text(specs[0].text, f"spec.{specs[0].language}")
    for spec in specs:
        path = folder / spec.options["name"]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(spec.text, encoding="utf-8")
    return read(specs[0].options["name"])


def diagnose(code: str, specs: list[Fence], folder: Path) -> Report:
    """What reading says, and for the codes of later stages what checking says."""
    try:
        project = load(specs, folder)
        if code == "E0140":
            from nlc.write.convert import convert

            convert(project.main.span.source, "yaml")
        if code.startswith("E01"):
            return Report()
        from nlc.check import check

        system = check(project)
        if code.startswith("E06"):
            from nlc.lower import lower

            lower(system)
        return system.report
    except SpecError as error:
        return error.report


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_page(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, update_golden: bool):
    text, parts, code = path.read_text(encoding="utf-8"), sections(path), path.stem
    assert text.startswith(f"# {code}: ")
    assert list(parts) == SECTIONS
    monkeypatch.chdir(tmp_path)
    report = diagnose(code, fences(parts["Failing"]), tmp_path)
    assert code in {found.code for found in report.diagnostics}
    if update_golden:
        message = f"\n```text\n{report.text()}\n```\n\n"
        path.write_text(text.replace(parts["Message"], message), encoding="utf-8")
    else:
        assert report.text() + "\n" == fences(parts["Message"])[0].body
    cured = diagnose(code, fences(parts["Cured"]), tmp_path)
    assert cured.text() == ""


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_fixes_of_a_page_remove_what_they_are_for(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    specs, code = fences(sections(path)["Failing"]), path.stem
    report = diagnose(code, specs, tmp_path)
    cured = [found for found in report.diagnostics if found.fix]
    texts = {found.fix.span.source for found in cured if found.fix}
    for number, spec in enumerate(specs):
        for source in texts:
            if source.text == spec.text:
                text, _ = fixed(source, (found.fix for found in cured if found.fix))
                specs[number] = Fence(spec.language, spec.options | {"repeat": "1"}, text)
    left = {(found.code, found.message) for found in diagnose(code, specs, tmp_path).diagnostics}
    assert left.isdisjoint((found.code, found.message) for found in cured)


def test_every_code_has_a_page_and_every_page_a_code():
    said: set[str] = set()
    for path in (ROOT / "nlc").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                said.update(re.findall(r"^[EW]\d{4}$", node.value))
    assert said == {path.stem for path in PAGES}
