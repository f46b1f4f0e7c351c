"""The lessons keep the rules: their lints, their sources, README's table, the data they need."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import nbformat
import pytest

from causalrec.course import lints, notebooks
from causalrec.course.lints import Lesson

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
LESSONS = {path.stem: Lesson.read(path) for path in NOTEBOOKS}


@pytest.mark.parametrize("lint", lints.all_lints(), ids=lambda lint: lint.__name__)
@pytest.mark.parametrize("name", LESSONS)
def test_lesson_keeps(name, lint):
    assert lint(LESSONS[name]) == []


def test_every_notebook_and_its_source_hold_the_same_cells():
    assert notebooks.differing_pairs() == []


@pytest.mark.parametrize("name", LESSONS)
def test_readme_names_the_lesson_with_its_minutes(name):
    lines = (ROOT / "README.md").read_text("utf-8").splitlines()
    rows = [line for line in lines if line.startswith("|") and f"notebooks/{name}.ipynb" in line]
    assert len(rows) == 1, f"README's table of lessons has no row that links to notebooks/{name}.ipynb"
    assert str(LESSONS[name].minutes) in re.findall(r"\b\d+\b", rows[0].rsplit("]", 1)[-1])


@pytest.mark.parametrize("name", LESSONS)
def test_the_data_that_a_lesson_needs_are_here(name):
    if why := notebooks.lacking(name):
        pytest.skip(f"{name}: its saved outputs are not compared: {why}")


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_saved_streams_are_in_one_piece(path):
    outputs = [cell.outputs for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    pieces = [(one.get("name"), other.get("name")) for cell in outputs for one, other in itertools.pairwise(cell)]
    assert [pair for pair in pieces if pair[0] is not None and pair[0] == pair[1]] == []
