"""Plan to files: a package that stands alone, and how it reaches a folder."""

from __future__ import annotations

from nlc.emit.locked import write_locked
from nlc.emit.lockfile import compared, parse
from nlc.emit.package import package
from nlc.emit.write import changes, lock_of, write
from nlc.ir.plan import Plan


def emit(plan: Plan, backend: str = "torch") -> dict[str, str]:
    """File name to text. Backend `triton` adds kernels to what `torch` has."""
    return package(plan, backend)


__all__ = ["changes", "compared", "emit", "lock_of", "parse", "write", "write_locked"]
