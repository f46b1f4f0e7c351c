"""The lessons' files are found beside the package or where they are said to be, and only there."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from causalrec.errors import ExerciseError
from causalrec.teach import check, claim
from causalrec.teach.shelf import VARIABLE, lesson_names, lesson_of, lessons_folder, opened

ROOT = Path(__file__).resolve().parent.parent.parent
EXERCISES = """
from notebooks.claims.worlds import WORLD
EXERCISES = ()
NAME = "{}" + WORLD
"""


def edition(folder: Path, world: str) -> Path:
    """A folder of one lesson, whose exercises import from beside its claims."""
    for name in ("exercises", "claims"):
        (folder / name).mkdir(parents=True)
    (folder / "exercises" / "lesson_5z.py").write_text(EXERCISES.format(folder.name), "utf-8")
    (folder / "claims" / "worlds.py").write_text(f"WORLD = {world!r}\n", "utf-8")
    return folder


def test_the_lessons_stand_beside_the_package(monkeypatch):
    monkeypatch.delenv(VARIABLE, raising=False)
    assert lessons_folder() == ROOT / "notebooks"
    assert {"0", "1a", "5b"} <= set(lesson_names())
    assert "worlds" not in lesson_names()
    lesson = opened("claims", "5b")
    assert lesson is not None
    assert (lesson.__name__, lesson.__file__) == (
        "notebooks.claims.lesson_5b", str(ROOT / "notebooks" / "claims" / "lesson_5b.py")
    )
    assert opened("claims", "5b") is lesson


def test_each_edition_gets_its_own_files_whatever_was_open_before(tmp_path, monkeypatch):
    for name, world in (("first", "A"), ("second", "B")):
        edition(tmp_path / name, world)
    for name, said in (("first", "firstA"), ("second", "secondB"), ("first", "firstA")):
        monkeypatch.setenv(VARIABLE, str(tmp_path / name))
        assert lesson_names() == ("5z",)
        lesson = opened("exercises", "5z")
        assert lesson is not None
        assert said == lesson.NAME


def test_what_is_missing_is_one_sentence(tmp_path, monkeypatch):
    monkeypatch.setenv(VARIABLE, str(edition(tmp_path / "mine", "A")))
    assert opened("claims", "5z") is None
    assert opened("exercises", "9z") is None
    with pytest.raises(ExerciseError, match="^there is no lesson '9z', which '9z.1' belongs to; choose from 5z.$"):
        lesson_of("9z.1")
    with pytest.raises(ExerciseError, match="^there is no exercise 5z.1; its lesson has no exercises yet.$"):
        check("5z.1", 1)
    with pytest.raises(ExerciseError, match="^there is no claim 5z.x; its lesson has no claims yet.$"):
        claim("5z.x")
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    with pytest.raises(ExerciseError, match=f"no folder exercises/ or claims/; set {VARIABLE} to the folder"):
        lesson_names()


def test_a_kernel_in_any_folder_finds_them(tmp_path):
    (tmp_path / "notebooks").mkdir()  # a namesake in the folder where Python was started
    code = "import notebooks; from causalrec.teach import check; print(check('0.1', ...))"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.stdout.startswith("Not attempted"), done.stderr
