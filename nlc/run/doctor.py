"""What is installed here, and what of nlc runs with it."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from nlc.data import backends
from nlc.home import home
from nlc.run import cache

COMPILERS = ("g++", "clang++", "c++")


def examine() -> dict[str, Any]:
    """Versions, devices, backends and the cache folder; imports torch, and changes nothing."""
    torch = _torch()
    return {
        "python": platform.python_version(),
        "nlc": version("nlc"),
        "torch": torch,
        "numpy": _installed("numpy"),
        "triton": _installed("triton"),
        "compiler": _compiler(),
        "gpus": torch.get("gpus", []),
        "backends": {name: _why_not(name, torch) for name in backends()},
        "cache": _cache(),
    }


def _torch() -> dict[str, Any]:
    try:
        import torch

        return {
            "version": str(torch.__version__),
            "threads": torch.get_num_threads(),
            "cuda": torch.version.cuda,
            "gpus": [torch.cuda.get_device_name(n) for n in range(torch.cuda.device_count())],
        }
    except Exception as error:  # a broken installation may raise anything
        words = " ".join(str(error).split())[:200]
        return {"version": None, "error": f"{type(error).__name__}: {words}"}


def _why_not(name: str, torch: dict[str, Any]) -> str | None:
    """Why a backend does not run here; None where it does."""
    if torch["version"] is None:
        return f"torch cannot be imported: {torch['error']}"
    if name != "triton":
        return None
    missing = [] if _installed("triton") else ["Triton is not installed"]
    missing += [] if torch["gpus"] else ["torch sees no GPU"]
    return f"{' and '.join(missing)}: packages with kernels run their torch code" if missing else None


def _installed(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _compiler() -> dict[str, str] | None:
    """The C++ compiler: `$CXX`, or the first that is found."""
    for name in (os.environ.get("CXX", ""), *COMPILERS):
        path = shutil.which(name) if name else None
        if path is None:
            continue
        try:
            said = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=10, check=True)
        except (OSError, subprocess.SubprocessError):
            continue
        return {"path": path, "version": said.stdout.partition("\n")[0]}
    return None


def _cache() -> dict[str, Any]:
    """The folder of built packages; it need not be there yet."""
    try:
        folder = home(cache.BUILT)
    except RuntimeError as error:  # there is no home folder
        return {"folder": None, "entries": 0, "bytes": 0, "writable": False, "error": str(error)}
    files = [path for path in folder.rglob("*") if path.is_file()] if folder.is_dir() else []
    place = next(path for path in (folder, *folder.parents) if path.exists())
    return {
        "folder": str(folder),
        "entries": len(_entries(folder)),
        "bytes": sum(path.stat().st_size for path in files),
        "writable": place.is_dir() and os.access(place, os.W_OK | os.X_OK),
    }


def _entries(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if not path.name.startswith(".")] if folder.is_dir() else []
