"""Who wants to know what interpreted kernels do to global memory."""

from __future__ import annotations

from typing import Any, Protocol

from numpy.typing import NDArray


class Watcher(Protocol):
    """Told of every launch, and of every load and store in it."""

    def launch(self, kernel: str, grid: tuple[int, ...]) -> None:
        """A launch begins."""
        ...

    def access(self, store: bool, addresses: NDArray[Any], size: int) -> None:
        """One load or store of one program: the addresses its mask lets through, `size` bytes at each."""
        ...
