"""Imitated processors: which there are, that their settings take, and that a lesson is compared under them strictly."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from causalrec.course import processors
from causalrec.course.processors import (
    Processor,
    family_of,
    features_beyond_the_baseline,
    left_out,
    processors_to_imitate,
    run_lesson,
    run_lessons,
)

ROOT = Path(__file__).resolve().parents[2]
HERE = family_of(platform.machine())
IMITABLE = [one for one in processors_to_imitate() if one.family in ("", HERE)]
PLAIN = Processor("plain", "this one", {})


def test_the_three_are_those_that_lessons_are_held_to():
    old, middle, one = processors_to_imitate()
    assert dict(old.settings) == {
        "MKL_CBWR": "COMPATIBLE", "OPENBLAS_CORETYPE": "Prescott", "ATEN_CPU_CAPABILITY": "default",
        "NPY_DISABLE_CPU_FEATURES": " ".join(features_beyond_the_baseline()),
    }
    newer = " ".join(name for name in features_beyond_the_baseline() if name.startswith("AVX512"))
    assert dict(middle.settings) == {
        "MKL_CBWR": "AVX2", "OPENBLAS_CORETYPE": "Haswell", "ATEN_CPU_CAPABILITY": "avx2",
        "NPY_DISABLE_CPU_FEATURES": newer,
    }
    assert dict(one.settings) == {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    assert [one.name for one in (old, middle, one)] == ["old", "middle", "one thread"]


PROBE = """
import json, warnings
warnings.simplefilter("error")  # numpy warns of a feature that it cannot disable
import numpy, torch
from numpy._core._multiarray_umath import __cpu_dispatch__, __cpu_features__
from threadpoolctl import threadpool_info
blas = [one for one in threadpool_info() if one["internal_api"] == "openblas"]
print(json.dumps({
    "numpy": [name for name in __cpu_dispatch__ if __cpu_features__[name]],
    "openblas": blas[0]["architecture"], "threads": [one["num_threads"] for one in blas] + [torch.get_num_threads()],
    "torch": torch.backends.cpu.get_cpu_capability(),
}))
"""


@pytest.mark.parametrize("one", IMITABLE, ids=lambda one: one.name)
def test_numpy_openblas_and_pytorch_obey_the_settings(one):
    environment = {**os.environ, **one.settings}
    done = subprocess.run([sys.executable, "-c", PROBE], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    if one.name == "old":
        assert (found["numpy"], found["torch"]) == ([], "DEFAULT")
        assert found["openblas"] in ("Prescott", "Katmai")  # one code for both; OpenBLAS gives the name it finds first
    if one.name == "middle":
        assert (found["openblas"], found["torch"]) == ("Haswell", "AVX2")
        assert not any(name.startswith("AVX512") for name in found["numpy"])
    if one.name == "one thread":
        assert set(found["threads"]) == {1}


@pytest.mark.parametrize(("machine", "family"), [
    ("x86_64", "x86-64"), ("AMD64", "x86-64"), ("aarch64", "aarch64"), ("arm64", "arm64"),
])
def test_two_systems_have_one_name_for_a_processor(machine, family):
    assert family_of(machine) == family


def test_elsewhere_a_sentence_says_which_processors_make_no_sense(monkeypatch):
    assert left_out("x86_64") == left_out("AMD64") == ""
    assert left_out("arm64") == "old and middle: x86-64 processors, which arm64 cannot imitate; left out."
    monkeypatch.setattr(processors.platform, "machine", lambda: "aarch64")
    monkeypatch.setattr(processors, "run_lesson", lambda one, lesson: (one.name, lesson))
    assert list(run_lessons([Path("a"), Path("b")])) == [("one thread", Path("a")), ("one thread", Path("b"))]


def test_no_lessons_are_no_runs():
    assert list(run_lessons([])) == []


def test_every_lesson_runs_on_every_processor_whatever_a_worker_does(monkeypatch):
    monkeypatch.setattr(processors, "run_lesson", lambda one, lesson: (one.name, lesson.name))
    found = list(run_lessons([Path("a"), Path("b"), Path("c")]))
    assert found == [(name, lesson) for name in [one.name for one in IMITABLE] for lesson in "abc"]


def lesson(folder: Path, source: str, saved: str) -> Path:
    """A notebook of one executed cell whose output is saved."""
    output = new_output("stream", name="stdout", text=saved)
    cell = new_code_cell(source, execution_count=1, outputs=[output])
    nbformat.write(new_notebook(cells=[cell]), folder / "0z_made_up.ipynb")
    return folder / "0z_made_up.ipynb"


def test_a_saved_output_that_comes_out_passes_and_another_fails(tmp_path):
    run = run_lesson(PLAIN, lesson(tmp_path, "print(1 + 1)", "2\n"))
    assert run.passed, run.text
    assert str(run).split() == ["plain", "0z_made_up", "ok", f"{run.seconds:.0f}", "s"]
    run = run_lesson(PLAIN, lesson(tmp_path, "print(1 + 1)", "3\n"))
    assert not run.passed
    assert "FAILED" in str(run)
    assert "1 failed" in run.text
    assert "\x1b" not in run.text


def test_a_lesson_sees_the_settings_an_empty_cache_and_the_data_that_are_here(tmp_path, monkeypatch):
    monkeypatch.setenv("CAUSALREC_CACHE", str(tmp_path / "mine"))
    monkeypatch.setenv("CAUSALREC_DATA", str(tmp_path / "given"))
    for folder in (tmp_path / "given", tmp_path / "mine" / "data"):
        (folder / "made_up").mkdir(parents=True)
        (folder / "made_up" / f"{folder.name}.csv").write_bytes(b"x\n")
    source = """import hashlib, os
from causalrec.files import default_cache
from causalrec.shop.sources.datasets import find
from causalrec.shop.sources.source import Download, Source

sums = dict.fromkeys(["given.csv", "data.csv"], hashlib.sha256(b"x\\n").hexdigest())
made_up = Source("made_up", sums, "", "", "", Download("https://example.org"))
print(os.environ["SETTING"], os.environ["HF_HUB_OFFLINE"], list(default_cache().iterdir()))
print(*[find(made_up, name, download=False).name for name in sums])"""
    run = run_lesson(Processor("p", "", {"SETTING": "on"}), lesson(tmp_path, source, "on 1 []\ngiven.csv data.csv\n"))
    assert run.passed, run.text
