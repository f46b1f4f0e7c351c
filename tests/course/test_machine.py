from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from dataclasses import replace
from importlib import metadata
from pathlib import Path

import nbformat
import pytest

from causalrec.course import machine as here
from causalrec.course.machine import (
    FILES,
    Finding,
    Machine,
    MachineKind,
    environment_check,
    not_checked,
    wrong_bert,
    wrong_draws,
    wrong_files,
    wrong_packages,
    wrong_python,
)
from causalrec.errors import DataError
from causalrec.teach.shelf import lessons_folder


def test_here_python_packages_bert_files_and_draws_are_right():
    assert (wrong_python(), wrong_packages(), wrong_bert(), wrong_files(), wrong_draws()) == ("", "", "", "", "")


def test_the_check_asks_five_things_and_says_the_same_twice():
    machine = environment_check()
    assert len(machine.findings) == 5
    assert repr(machine) == repr(environment_check())
    assert machine.ready == (repr(machine).count(": yes") == 5)


@pytest.mark.parametrize("version", [(3, 10), (3, 14), (2, 7)])
def test_another_python_is_named_with_its_remedy(version):
    assert f"Python {version[0]}.{version[1]}: open" in wrong_python(version)


@pytest.mark.parametrize("version", [(3, 11), (3, 12), (3, 13)])
def test_three_pythons_will_do(version):
    assert wrong_python(version) == ""


def test_packages_missing_or_of_another_version_are_named():
    numpy = metadata.version("numpy")
    told = wrong_packages(["numpy>=99", "no-such-package>=1", "pandas>=1"])
    assert told == f"numpy is {numpy}, needed is >=99; no-such-package is missing: `python3 start.py` puts it right."
    assert wrong_packages(['no-such-package>=1; extra == "lab"']) == ""


def test_a_course_that_is_not_installed_is_said(monkeypatch):
    monkeypatch.setattr(here, "DISTRIBUTION", "no-such-distribution")
    assert "not installed" in wrong_packages()


def test_a_damaged_bert_is_said(monkeypatch):
    def damaged(_):
        raise DataError("The packaged BERT is not installed; run this.")

    monkeypatch.setattr(here, "find_bert", damaged)
    assert wrong_bert() == "The packaged BERT is not installed; run this."


def test_files_are_missing_changed_or_right(tmp_path):
    assert wrong_files(tmp_path).startswith("data/catalogue.csv is not in this checkout")
    for name in FILES:
        (tmp_path / name).write_text(name)
    sums = [f"{hashlib.sha256(name.encode()).hexdigest()}  {name}" for name in FILES]
    (tmp_path / "SHA256SUMS").write_text("\n".join(sums) + "\n")
    assert wrong_files(tmp_path) == ""
    (tmp_path / "history.csv").write_text("other")
    assert "history.csv has changed" in wrong_files(tmp_path)


def test_other_draws_are_said():
    assert "your figures will differ" in wrong_draws(seed=1)


def test_a_machine_in_words_and_in_html():
    good, bad = Finding("Tea"), Finding("Milk", "It is <sour>.")
    assert repr(Machine((good,))) == (
        "This machine is ready.\nTea: yes\n"
        "All numbers come out here as on ours: this was checked on machines of this kind."
    )
    machine = Machine((good, bad), "this is a <kettle>")
    assert not machine.ready
    assert repr(machine).endswith(
        "Tea: yes\nMilk: no. It is <sour>.\n"
        "Whether all numbers come out here as on ours was not checked: this is a <kettle>. A last digit may differ."
    )
    assert "start.py doctor" in machine.heading
    assert "<li>Milk: no. It is &lt;sour&gt;.</li>" in machine._repr_html_()
    assert "this is a &lt;kettle&gt;" in machine._repr_html_()


def test_lesson_0_is_saved_with_what_a_checked_machine_says():
    """nbval does not compare that cell, because it says something else where nothing was checked."""
    cells = nbformat.read(lessons_folder() / "0_start_here.ipynb", as_version=4).cells
    (output,) = next(cell.outputs for cell in cells if cell.source.endswith("environment_check()"))
    good = Machine(tuple(replace(finding, wrong="") for finding in environment_check().findings))
    assert output.data["text/plain"] == repr(good)
    assert output.data["text/html"] == good._repr_html_()


def pins(folder: Path, **versions: str) -> Path:
    """A file of pins: what is installed, but for the versions given."""
    pinned = {name: metadata.version(name).partition("+")[0] for name in ("numpy", "torch")} | versions
    lines = ["# What was measured.", "", *(f"{name}=={version}" for name, version in pinned.items())]
    (folder / "constraints.txt").write_text("\n".join(lines) + "\n", "utf-8")
    return folder / "constraints.txt"


@pytest.mark.parametrize("kind", [
    MachineKind("Linux", "x86-64", "AVX-512", "2", "3.11"), MachineKind("Linux", "x86-64", "AVX2", "2", "3.11"),
    MachineKind("Linux", "x86-64", "baseline", "2", "3.11"), MachineKind("Linux", "x86-64", "AVX-512", "1", "3.11"),
])
def test_only_kinds_of_machines_on_the_list_were_checked(kind, tmp_path):
    assert not_checked(kind, pins(tmp_path)) == ""
    for change in ({"system": "macOS"}, {"processor": "arm64"}, {"vectors": "SVE"}, {"threads": "64"}):
        other = replace(kind, **change)
        assert not_checked(other, pins(tmp_path)) == f"this is {other}"
    assert str(kind).startswith("Linux, x86-64 with ")


def test_other_versions_of_packages_were_not_checked(tmp_path):
    kind, numpy = MachineKind("Linux", "x86-64", "AVX2", "2", "3.11"), metadata.version("numpy")
    told = not_checked(kind, pins(tmp_path, numpy="1.0.0", **{"no-such-package": "2"}))
    assert told == f"numpy is {numpy}, not 1.0.0 and no-such-package is missing, not 2"
    assert "constraints.txt is missing" in not_checked(kind, tmp_path / "none.txt")


def test_this_machine_is_of_a_kind(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    kind = MachineKind.here()
    assert kind.threads == "3"
    assert kind.python == "{}.{}".format(*sys.version_info)
    assert kind.vectors in ("AVX-512", "AVX2", "SVE", "baseline")


def test_an_older_processor_is_another_kind():
    from numpy._core._multiarray_umath import __cpu_dispatch__, __cpu_features__

    features = [name for name in __cpu_dispatch__ if __cpu_features__[name]]
    code = "from causalrec.course.machine import MachineKind; print(MachineKind.here().vectors)"
    env = {**os.environ, "NPY_DISABLE_CPU_FEATURES": " ".join(features)}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
    assert done.stdout == "baseline\n"


def test_it_loads_nothing_heavy():
    code = (
        "import sys; from causalrec.course.machine import environment_check; environment_check(); "
        "heavy = {'torch', 'transformers', 'matplotlib', 'sklearn', 'dowhy', 'scipy', 'statsmodels'}; "
        "sys.exit(str(sorted(heavy & set(sys.modules))) if heavy & set(sys.modules) else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
