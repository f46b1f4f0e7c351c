from __future__ import annotations

import hashlib
import subprocess
import sys
from importlib import metadata

import pytest

from causalrec.errors import DataError
from causalrec.teach import environment
from causalrec.teach.environment import (
    FILES,
    Finding,
    Machine,
    environment_check,
    wrong_bert,
    wrong_draws,
    wrong_files,
    wrong_packages,
    wrong_python,
)


def test_here_python_packages_bert_and_draws_are_right():
    assert (wrong_python(), wrong_packages(), wrong_bert(), wrong_draws()) == ("", "", "", "")


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
    monkeypatch.setattr(environment, "DISTRIBUTION", "no-such-distribution")
    assert "not installed" in wrong_packages()


def test_a_damaged_bert_is_said(monkeypatch):
    def damaged(_):
        raise DataError("The packaged BERT is not installed; run this.")

    monkeypatch.setattr(environment, "find_bert", damaged)
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
    assert repr(Machine((good,))) == "This machine is ready.\nTea: yes"
    machine = Machine((good, bad))
    assert not machine.ready
    assert repr(machine).endswith("Tea: yes\nMilk: no. It is <sour>.")
    assert "start.py doctor" in machine.heading
    assert "<li>Milk: no. It is &lt;sour&gt;.</li>" in machine._repr_html_()


def test_it_loads_nothing_heavy():
    code = (
        "import sys; from causalrec.teach.environment import environment_check; environment_check(); "
        "heavy = {'torch', 'transformers', 'matplotlib', 'sklearn', 'dowhy', 'scipy', 'statsmodels'}; "
        "sys.exit(str(sorted(heavy & set(sys.modules))) if heavy & set(sys.modules) else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
