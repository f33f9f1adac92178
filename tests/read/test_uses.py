"""Files that use files: what may be opened, and what is said about the rest."""

from pathlib import Path

import pytest

from nlc.read import read, read_text
from nlc.report import SpecError

BLOCK = "nl 1\nblock {name}(x: [T d]) {{ return x }}\n"


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def refused(path: Path, **options: Path) -> list[str]:
    with pytest.raises(SpecError) as caught:
        read(path, **options)
    return [found.code for found in caught.value.report.sorted()]


def test_paths_are_relative_to_the_using_file_and_become_canonical(tmp_path: Path):
    main = write(tmp_path / "main.nl", 'nl 1\nuse "parts/./a.nl" (a)\nuse "parts/b.yaml" (b)\n')
    write(tmp_path / "parts/a.nl", 'nl 1\nuse "b.yaml" (b)\n' + BLOCK.format(name="a")[5:])
    write(tmp_path / "parts/b.yaml", "nl: 1\nblock:\n  b:\n    in: {x: T d}\n    body: [return x]\n")
    project = read(main)
    assert [use.path for use in project.main.uses()] == ["parts/a.nl", "parts/b.yaml"]
    assert [path for path, _ in project.used] == ["parts/a.nl", "parts/b.yaml"]
    assert project.file("parts/a.nl").uses()[0].path == "parts/b.yaml"
    assert project.file("parts/b.yaml").forms()[0].name == "b"


@pytest.mark.parametrize(
    "path", ["../secret.nl", "/etc/hosts", "https://host/a.nl", "~/a.nl", "a\\\\b.nl", "x/../../s.nl"]
)
def test_nothing_outside_is_opened(tmp_path: Path, path: str):
    write(tmp_path / "secret.nl", BLOCK.format(name="x"))
    write(tmp_path / "s.nl", BLOCK.format(name="x"))
    main = write(tmp_path / "project/main.nl", f'nl 1\nuse "{path}" (x)\n')
    assert refused(main) == ["E0131"]


def test_links_are_followed_before_the_rule_is_asked(tmp_path: Path):
    write(tmp_path / "secret.nl", BLOCK.format(name="x"))
    main = write(tmp_path / "project/main.nl", 'nl 1\nuse "link.nl" (x)\n')
    (tmp_path / "project/link.nl").symlink_to(tmp_path / "secret.nl")
    assert refused(main) == ["E0131"]
    assert read(main, root=tmp_path).used[0][0] == "secret.nl"
    (tmp_path / "project/link.nl").unlink()
    (tmp_path / "project/link.nl").symlink_to("link.nl")
    assert refused(main) in (["E0130"], ["E0131"])


def test_a_main_file_outside_the_root(tmp_path: Path):
    main = write(tmp_path / "main.nl", "nl 1\n")
    (tmp_path / "root").mkdir()
    assert refused(main, root=tmp_path / "root") == ["E0131"]


def test_circles(tmp_path: Path):
    main = write(tmp_path / "a.nl", 'nl 1\nuse "b.nl" (b)\n')
    write(tmp_path / "b.nl", 'nl 1\nuse "a.nl" (a)\n')
    with pytest.raises(SpecError, match=r"a\.nl → b\.nl → a\.nl"):
        read(main)


def test_depth(tmp_path: Path):
    for index in range(20):
        write(tmp_path / f"f{index}.nl", f'nl 1\nuse "f{index + 1}.nl" (x)\n')
    assert refused(tmp_path / "f0.nl") == ["E0133"]


def test_nearest_file(tmp_path: Path):
    main = write(tmp_path / "main.nl", 'nl 1\nuse "parts/cmss.nl" (x)\n')
    write(tmp_path / "parts/cms.nl", "nl 1\n")
    with pytest.raises(SpecError, match=r"did you mean `parts/cms\.nl`\?"):
        read(main)


def test_errors_of_all_files_come_at_once(tmp_path: Path):
    main = write(tmp_path / "main.nl", 'nl 1\nuse "a.nl" (a)\nuse "b.nl" (b)\n')
    write(tmp_path / "a.nl", "nl 1\ndim d = \n")
    write(tmp_path / "b.nl", "dim d = 1\n")
    assert refused(main) == ["E0104", "E0106"]


def test_not_text_and_too_large(tmp_path: Path):
    main = tmp_path / "main.nl"
    main.write_bytes(b"nl 1\n\xff\xfe")
    assert refused(main) == ["E0112"]
    main.write_bytes(b"#" * (2**20 + 1))
    assert refused(main) == ["E0111"]
    main.write_bytes("\ufeffnl 1\r\ndim d = 1\r\n".encode())
    assert read(main).main.dims()[0].name == "d"


def test_text_without_a_file_uses_std_only():
    with pytest.raises(SpecError, match="E0131"):
        read_text('nl 1\nuse "a.nl" (a)\n')
    with pytest.raises(SpecError, match="E0130"):
        read_text('nl 1\nuse "std/nothing.nl" (a)\n')
    with pytest.raises(SpecError, match="E0130"):
        read_text('nl 1\nuse "std/../nl.lark" (a)\n')
