"""Packages from source texts in memory: what was looked at is what runs, and no file is read again."""

from __future__ import annotations

import linecache
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from importlib.abc import MetaPathFinder, SourceLoader
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any


class Sources(SourceLoader):
    """The modules of one flat package. Their names on disk are for people: tracebacks, debuggers."""

    def __init__(self, folder: Path, files: Mapping[str, bytes]) -> None:
        self.files = {str(folder / name): data for name, data in files.items() if name.endswith(".py")}
        self.folder = folder

    def get_filename(self, fullname: str) -> str:
        return str(self.folder / f"{fullname.partition('.')[2] or '__init__'}.py")

    def get_data(self, path: str | bytes) -> bytes:
        if not isinstance(path, str) or path not in self.files:
            raise OSError(f"{path!r} is no part of this package")
        return self.files[path]

    def spec(self, fullname: str) -> ModuleSpec | None:
        path = self.get_filename(fullname)
        if path not in self.files:
            return None
        inner = list[str]() if "." not in fullname else None
        spec = spec_from_file_location(fullname, path, loader=self, submodule_search_locations=inner)
        if spec and inner is not None:
            spec.submodule_search_locations = []  # what is not among the texts is not there
        return spec

    def show_lines(self) -> None:
        """Tracebacks print the lines that run, whatever stands in the files by now."""
        for path, data in self.files.items():
            lines = data.decode(errors="replace").splitlines(keepends=True)
            linecache.cache[path] = (len(data), None, lines, path)


class _Finder(MetaPathFinder):
    """Finds the modules of the packages that `bring` brought in."""

    def __init__(self) -> None:
        self.packages: dict[str, Sources] = {}

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: Any = None
    ) -> ModuleSpec | None:
        sources = self.packages.get(fullname.partition(".")[0])
        return sources.spec(fullname) if sources else None


_finder = _Finder()
sys.meta_path.insert(0, _finder)


def bring(name: str, folder: Path, files: Mapping[str, bytes]) -> ModuleType:
    """The package of these texts, imported as `name`; it is as if they stood in `folder`."""
    sources = _finder.packages[name] = Sources(folder, files)
    sources.show_lines()
    try:
        return import_module(name)
    except BaseException:
        del _finder.packages[name]
        for known in [key for key in sys.modules if key == name or key.startswith(f"{name}.")]:
            del sys.modules[known]
        raise
