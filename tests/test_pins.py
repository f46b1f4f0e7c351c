"""pyproject.toml, constraints.txt, lock/ and environment.yml agree, and so does what is installed."""

from __future__ import annotations

import importlib.metadata
import re
import runpy
import tomllib
from functools import cache
from pathlib import Path

import pytest
import yaml
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parent.parent
# Pinned because a version of them was found to matter, but asked for by another package, not by us.
THROUGH = {"cvxpy": "dowhy", "numba": "dowhy"}
SYSTEMS = {
    "Linux x86-64": ("linux", "Linux", "x86_64", "posix"),
    "Linux arm64": ("linux", "Linux", "aarch64", "posix"),
    "macOS arm64": ("darwin", "Darwin", "arm64", "posix"),
    "Windows": ("win32", "Windows", "AMD64", "nt"),
}
PARTS = ("torch", "cuda", "packages")


def project() -> dict:
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


def required() -> dict[str, Requirement]:
    groups = [project()["dependencies"], *project()["optional-dependencies"].values()]
    found = [Requirement(text) for group in groups for text in group]
    return {canonicalize_name(one.name): one for one in found if one.name != project()["name"]}


def pinned() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    pins = [line.split("==") for line in lines if line.strip() and not line.startswith("#")]
    return {canonicalize_name(name): version for name, version in pins}


@cache
def locked(*parts: str) -> tuple[tuple[Requirement, tuple[str, ...]], ...]:
    """The requirements of these files of lock/, each with the hashes of its files."""
    text = "".join((ROOT / "lock" / f"{part}.txt").read_text("utf-8") for part in parts)
    entries = re.split(r"^(?=[^\s#])", text, flags=re.M)[1:]
    hashes = [tuple(re.findall(r"--hash=sha256:([0-9a-f]{64})\b", entry)) for entry in entries]
    requirements = [Requirement(entry.partition(" \\\n")[0]) for entry in entries]
    return tuple(zip(requirements, hashes, strict=True))


def locked_for(parts: tuple[str, ...], **settings: str) -> dict[str, str]:
    """Names and versions that these files of lock/ bring on a machine, by default this one."""
    machine = {**default_environment(), **settings}
    return {canonicalize_name(one.name): str(one.specifier).removeprefix("==")
            for one, _ in locked(*parts) if one.marker is None or one.marker.evaluate(machine)}


def minors() -> list[str]:
    return re.findall(r"Python :: (\d\.\d+)", "\n".join(project()["classifiers"]))


# ---------------------------------------------------------------------------------------------------- ranges and pins


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


def test_torch_is_pinned_without_a_local_version():
    assert Version(pinned()["torch"]).local is None


def test_all_brings_every_group():
    extras = project()["optional-dependencies"]
    (everything,) = [Requirement(text) for text in extras["all"]]
    assert everything.name == project()["name"]
    assert everything.extras == extras.keys() - {"all"}


def test_python_versions_agree():
    supported = SpecifierSet(project()["requires-python"])
    assert minors() == [minor for minor in ("3.9", "3.10", "3.11", "3.12", "3.13", "3.14") if supported.contains(minor)]
    start = (ROOT / "start.py").read_text("utf-8")
    assert f"SUPPORTED = ({', '.join('({}, {})'.format(*minor.split('.')) for minor in minors())})" in start


# ------------------------------------------------------------------------------------------------------------ the lock


def test_every_entry_of_the_lock_is_one_version_with_hashes_and_names_no_host():
    assert len(locked(*PARTS)) > 200
    for one, hashes in locked(*PARTS):
        assert [part.operator for part in one.specifier] == ["=="], str(one)
        assert hashes, f"{one} has no hash"
        assert len(set(hashes)) == len(hashes)
        assert one.url is None
    for part in PARTS:
        text = (ROOT / "lock" / f"{part}.txt").read_text("utf-8")
        assert not re.search(r"://|^\s*--(?!hash)|\.(org|com|io)\b", text, re.M)


@pytest.mark.parametrize("minor", minors())
@pytest.mark.parametrize("system", SYSTEMS)
def test_the_lock_has_every_pin_once_on_every_system_and_python(system, minor):
    platform, name, machine, os_name = SYSTEMS[system]
    settings = {"sys_platform": platform, "platform_system": name, "platform_machine": machine, "os_name": os_name,
                "python_version": minor, "python_full_version": f"{minor}.7"}
    found = locked_for(PARTS, **settings)
    assert {pin: found.get(pin) for pin in pinned()} == pinned()
    applying = [canonicalize_name(one.name) for one, _ in locked(*PARTS)
                if one.marker is None or one.marker.evaluate({**default_environment(), **settings})]
    assert len(applying) == len(set(applying))
    assert bool(locked_for(("cuda",), **settings)) == (platform == "linux")
    assert locked_for(("torch",), **settings).keys() == {"torch"}


def test_the_cuda_part_is_what_torch_alone_needs():
    names = {canonicalize_name(one.name) for one, _ in locked("cuda")}
    assert all(re.match(r"(nvidia|cuda|triton)\b", name) for name in names)
    assert not any(re.match(r"(nvidia|cuda|triton)\b", one.name) for one, _ in locked("packages"))
    via = re.split(r"^(?=[^\s#])", (ROOT / "lock" / "cuda.txt").read_text("utf-8"), flags=re.M)[1:]
    parents = {name for entry in via for name in re.findall(r"# +(?:via +)?([a-z][\w-]*)$", entry, re.M)} - {"via"}
    assert parents <= names | {"torch"}


def test_torch_may_be_the_default_build_or_the_cpu_build_of_every_python():
    script = runpy.run_path(str(ROOT / ".ci" / "lock.py"))
    ((one, hashes),) = locked("torch")
    assert str(one.specifier) == "==" + script["CPU_VERSION"]
    assert script["CPU_WHEELS"].keys() == {
        f"cp{minor.replace('.', '')} {machine}" for minor in minors() for machine in ("x86_64", "aarch64")
    }
    assert set(script["CPU_WHEELS"].values()) < set(hashes)


def test_the_lock_can_build_what_is_installed_from_here():
    build = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["build-system"]["requires"]
    for one in map(Requirement, build):
        assert one.specifier.contains(locked_for(("packages",))[one.name])


def test_everything_installed_is_locked_in_that_version_and_everything_locked_is_installed():
    """pip comes with the virtual environment, causalrec from here; CUDA's part depends on the build of torch."""
    installed = {canonicalize_name(one.name): Version(one.version).public for one in importlib.metadata.distributions()
                 if one.name != project()["name"] and canonicalize_name(one.name) != "pip"}
    everything = locked_for(PARTS)
    assert {name: version for name, version in installed.items() if everything.get(name) != version} == {}
    needed = locked_for(("torch", "packages"))
    assert needed.keys() - installed.keys() == set()


@pytest.mark.parametrize("name", sorted(pinned()))
def test_what_is_installed_is_what_is_pinned(name):
    assert Version(importlib.metadata.version(name)).public == pinned()[name]


def test_environment_yml_brings_python_and_the_lock_without_cuda():
    listed = yaml.safe_load((ROOT / "environment.yml").read_text("utf-8"))["dependencies"]
    python, pip, through_pip = listed
    assert SpecifierSet(project()["requires-python"]).contains(python.removeprefix("python="))
    assert pip == "pip"
    files = re.findall(r"--requirement (\S+)", "\n".join(through_pip["pip"]))
    assert files == ["lock/torch.txt", "lock/packages.txt"]
    start = (ROOT / "start.py").read_text("utf-8")
    (index,) = [line.split()[1] for line in through_pip["pip"] if line.startswith("--extra-index-url")]
    assert f'CPU_INDEX = "{index}"' in start
    assert "--no-deps --no-build-isolation --editable ." in (ROOT / "postBuild").read_text("utf-8")
