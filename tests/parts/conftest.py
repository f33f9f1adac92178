"""Parts of one's own belong to the process: each test here begins and ends without any."""

from collections.abc import Iterator

import pytest

from nlc.parts import registry


@pytest.fixture
def clean(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(registry, "_own", {})
    monkeypatch.setattr(registry, "_begun", [True])
    registry._forget()  # pyright: ignore[reportPrivateUsage]
    yield
    monkeypatch.undo()
    registry._forget()  # pyright: ignore[reportPrivateUsage]
