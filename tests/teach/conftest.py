"""A tiny lesson of its own for the tests of exercises and claims, in a folder of lessons of its own."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from causalrec.teach import shelf


@pytest.fixture
def lesson(monkeypatch):
    """What the fake lesson's two files hold, with nothing measured yet."""
    monkeypatch.setenv(shelf.VARIABLE, str(Path(__file__).parent / "fake_lessons"))
    both = [shelf.opened(kind, "0z") for kind in shelf.KINDS]
    both[1].MEASURED.clear()
    return SimpleNamespace(**vars(both[0]) | vars(both[1]))
