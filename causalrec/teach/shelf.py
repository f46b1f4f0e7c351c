"""Where the lessons' own Python files stand: `exercises/` and `claims/` in the folder of notebooks, a file a lesson.

A lesson's content is no part of the package, and only this module reads it. The folder is `notebooks/` beside the
package, or the one that the environment variable CAUSALREC_LESSONS names: a student edition, an author's own course.
Whatever the folder is called, its files are loaded as `notebooks.exercises.lesson_5b` and `notebooks.claims.lesson_5b`,
so that one may import from another: `from notebooks.claims.worlds import preset`.
"""

from __future__ import annotations

import os
import re
import sys
from importlib import import_module, invalidate_caches
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

from causalrec.errors import ExerciseError

__all__ = ["KINDS", "VARIABLE", "item", "items", "lesson_names", "lesson_of", "lessons_folder", "opened"]

Kind = Literal["exercises", "claims"]

VARIABLE = "CAUSALREC_LESSONS"
"""The environment variable that names a folder of lessons other than `notebooks/` beside the package."""

KINDS: tuple[Kind, Kind] = ("exercises", "claims")
_NAME = "notebooks"


def lessons_folder() -> Path:
    """The folder whose `exercises/` and `claims/` are read.

    Raises:
        ExerciseError: it has neither.
    """
    named = os.environ.get(VARIABLE)
    folder = Path(named).resolve() if named else Path(__file__).resolve().parents[2] / _NAME
    if not any((folder / kind).is_dir() for kind in KINDS):
        raise ExerciseError(
            f"{folder} has no folder exercises/ or claims/; set {VARIABLE} to the folder of notebooks that has them."
        )
    return folder


def lesson_names() -> tuple[str, ...]:
    """The lessons that have exercises or claims, in order, such as ("0", "5b").

    Raises:
        ExerciseError: there is no folder of lessons.
    """
    files = (path.stem for kind in KINDS for path in (lessons_folder() / kind).glob("lesson_*.py"))
    return tuple(sorted({stem.removeprefix("lesson_") for stem in files}))


def lesson_of(identifier: str) -> str:
    """The lesson that an id such as "5b.2" belongs to: "5b".

    Raises:
        ExerciseError: the id is not of that form, or there is no such lesson.
    """
    match = re.fullmatch(r"(\d+[a-z]?)\.\w+", identifier) if isinstance(identifier, str) else None
    if match is None:
        raise ExerciseError(f'{identifier!r} is not an id; give lesson, dot and name in quotes first, such as "5b.2".')
    if match[1] not in lesson_names():
        there = ", ".join(lesson_names())
        raise ExerciseError(f"there is no lesson {match[1]!r}, which {identifier!r} belongs to; choose from {there}.")
    return match[1]


def opened(kind: Kind, lesson: str) -> ModuleType | None:
    """The module of a lesson's exercises or claims, loaded once; None where the lesson has no such file.

    Raises:
        ExerciseError: there is no folder of lessons.
    """
    folder = lessons_folder()
    if not (folder / kind / f"lesson_{lesson}.py").is_file():
        return None
    _take(folder)
    return import_module(f"{_NAME}.{kind}.lesson_{lesson}")


def items(kind: Kind, lesson: str) -> tuple[Any, ...]:
    """A lesson's `EXERCISES` or `CLAIMS`, in their order; none where it has no such file."""
    return tuple(getattr(opened(kind, lesson), kind.upper(), ()))


def item(kind: Kind, identifier: str) -> Any:
    """The exercise or the claim with this id.

    Raises:
        ExerciseError: there is none.
    """
    beside = items(kind, lesson_of(identifier))
    for one in beside:
        if one.id == identifier:
            return one
    there = ", ".join(one.id for one in beside) or f"no {kind} yet"
    raise ExerciseError(f"there is no {kind.removesuffix('s')} {identifier}; its lesson has {there}.")


def _take(folder: Path) -> None:
    """Let the package `notebooks` be this folder; what was loaded from a different one is forgotten."""
    if list(getattr(sys.modules.get(_NAME), "__path__", ())) == [str(folder)]:
        return
    for name in [name for name in sys.modules if name == _NAME or name.startswith(f"{_NAME}.")]:
        del sys.modules[name]
    package = ModuleType(_NAME, "The folder of lessons that is open; see `causalrec.teach.shelf`.")
    package.__path__ = [str(folder)]
    sys.modules[_NAME] = package
    invalidate_caches()
