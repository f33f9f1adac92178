"""Who wants to know what interpreted kernels do to global memory, and of which programs."""

from __future__ import annotations

from typing import Any, Protocol

from numpy.typing import NDArray


class Watcher(Protocol):
    """Told of every launch, and of every load and store of the programs that it lets run."""

    def launch(self, kernel: str, module: str, grid: tuple[int, ...]) -> None:
        """A launch begins."""
        ...

    def runs(self, place: tuple[int, int, int]) -> bool:
        """Whether the program at this place of the grid is run at all."""
        ...

    def access(self, store: bool, addresses: NDArray[Any], size: int) -> None:
        """One load or store of one program: the addresses its mask lets through, `size` bytes at each."""
        ...
