"""A tiny lesson of its own for the tests of exercises and claims, found beside the real ones."""

import sys
from pathlib import Path

import pytest

from causalrec.teach import lessons

FAKE = "causalrec.teach.lessons.lesson_0z"


@pytest.fixture
def lesson(monkeypatch):
    """The fake lesson's module, with nothing measured yet."""
    monkeypatch.setattr(lessons, "__path__", [*lessons.__path__, str(Path(__file__).parent / "fake_lessons")])
    monkeypatch.delitem(sys.modules, FAKE, raising=False)
    import causalrec.teach.lessons.lesson_0z as module

    yield module
    sys.modules.pop(FAKE, None)
