"""Processors that this machine can imitate, and the lessons run on each: their saved numbers must be the same there.

Libraries choose their arithmetic by the processor they find: wider registers add in another order, and so round in
another way. Settings make them choose as they would on an older processor, or on one with a single core.
"""

from __future__ import annotations

import os
import platform
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from causalrec.files import default_cache
from causalrec.wording import listed

ROOT = Path(__file__).resolve().parents[2]
NBVAL = ("--nbval", "--nbval-current-env", "--nbval-cell-timeout=180")
"""pytest's options that compare every saved output of a lesson, strictly."""
OFFLINE = {"HF_HUB_OFFLINE": "1", "PYTHONHASHSEED": "0"}
"""The settings under which all is checked: no model by network, and sets in one order."""


@dataclass(frozen=True)
class Processor:
    """A processor to imitate: what it is, and the settings that make numpy, MKL, OpenBLAS and PyTorch compute as on it.

    `family` is the kind of processor on which the settings have a meaning: "x86-64", or nothing where it is any.
    """

    name: str
    about: str
    settings: Mapping[str, str]
    family: str = ""


OLD = {"MKL_CBWR": "COMPATIBLE", "OPENBLAS_CORETYPE": "Prescott", "ATEN_CPU_CAPABILITY": "default"}
MIDDLE = {"MKL_CBWR": "AVX2", "OPENBLAS_CORETYPE": "Haswell", "ATEN_CPU_CAPABILITY": "avx2"}
ONE = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


def processors_to_imitate() -> tuple[Processor, ...]:
    """The three of them, whether or not this machine can imitate each: old, middle, one thread."""
    features = features_beyond_the_baseline()
    old = {**OLD, "NPY_DISABLE_CPU_FEATURES": " ".join(features)}
    middle = {**MIDDLE, "NPY_DISABLE_CPU_FEATURES": " ".join(name for name in features if name.startswith("AVX512"))}
    return (
        Processor("old", "an x86-64 processor of 2004, without AVX", old, "x86-64"),
        Processor("middle", "an x86-64 processor of 2013, with AVX2 but without AVX-512", middle, "x86-64"),
        Processor("one thread", "this processor with a single core", ONE),
    )


def features_beyond_the_baseline() -> list[str]:
    """The features of this processor for which numpy has code of its own, such as AVX2; numpy refuses other names."""
    from numpy._core._multiarray_umath import __cpu_dispatch__, __cpu_features__

    return [feature for feature in __cpu_dispatch__ if __cpu_features__[feature]]


def family_of(machine: str) -> str:
    """The kind of processor, "x86-64" or what else `platform.machine()` says."""
    return "x86-64" if machine.lower() in ("x86_64", "amd64") else machine


@dataclass(frozen=True)
class LessonRun:
    """A lesson, run strictly on an imitated processor: whether all its saved outputs came out, and what pytest said."""

    processor: str
    lesson: str
    passed: bool
    seconds: float
    text: str

    def __str__(self) -> str:
        """Processor, lesson, verdict and seconds, in a line."""
        return f"{self.processor:11} {self.lesson:34} {'ok' if self.passed else 'FAILED':6} {self.seconds:5.0f} s"


def run_lesson(processor: Processor, lesson: Path) -> LessonRun:
    """The lesson's run on that processor, in a process of its own that has no cached vectors but finds fetched data."""
    started = time.monotonic()
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *NBVAL, str(lesson)]
    with tempfile.TemporaryDirectory(prefix="causalrec-", ignore_cleanup_errors=True) as cache:
        data = os.pathsep.join(filter(None, [os.environ.get("CAUSALREC_DATA"), str(default_cache() / "data")]))
        folders = {"CAUSALREC_CACHE": cache, "CAUSALREC_DATA": data}
        done = subprocess.run(
            command, cwd=ROOT, env={**os.environ, **OFFLINE, **folders, **processor.settings}, check=False,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8",
            errors="replace",
        )
    text = re.sub(r"\x1b\[[\d;]*m", "", done.stdout)  # nbval colours what it says, whoever listens
    return LessonRun(processor.name, lesson.stem, done.returncode == 0, time.monotonic() - started, text)


def run_lessons(lessons: Sequence[Path], workers: int = 2) -> Iterator[LessonRun]:
    """Each lesson's run on each processor that this machine can imitate, as they end; two at once, each one whole."""
    here = family_of(platform.machine())
    jobs = [(one, lesson) for one in processors_to_imitate() if one.family in ("", here) for lesson in lessons]
    with ThreadPoolExecutor(workers) as pool:
        try:
            yield from pool.map(run_lesson, *zip(*jobs, strict=True)) if jobs else ()
        finally:
            pool.shutdown(cancel_futures=True)  # where the caller stops, so does what has not begun


def left_out(machine: str = "") -> str:
    """A sentence that names the processors which cannot be imitated here; nothing where all can be."""
    here = family_of(machine or platform.machine())
    names = [one.name for one in processors_to_imitate() if one.family not in ("", here)]
    return f"{listed(names)}: x86-64 processors, which {here} cannot imitate; left out." if names else ""
