"""Lessons as notebooks: made from their sources, executed, compared with their sources; and what this machine lacks."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jupytext
import nbformat
import psutil
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from traitlets.config import Config

from causalrec.errors import DataError
from causalrec.shop.sources.datasets import find
from causalrec.shop.sources.source import SOURCES
from causalrec.teach.shelf import lessons_folder, opened

SKIPPED = 5
"""The exit code of a lesson that was not executed, because its data are not on this machine."""


@dataclass(frozen=True)
class Execution:
    """One lesson's execution: how long it took, the peak of its kernel's memory, and the error that ended it."""

    seconds: float
    gigabytes: float
    error: str


def execute(source: Path, target: Path, timeout: int = 180) -> Execution:
    """Execute a notebook as Lab would, in its own folder, and write it with its outputs, whole or not at all."""
    notebook = nbformat.read(source, as_version=4)
    client = NotebookClient(
        notebook,
        timeout=timeout,
        kernel_name="python3",
        record_timing=False,
        coalesce_streams=True,  # else a stream's pieces depend on when the kernel happened to flush
        resources={"metadata": {"path": str(source.resolve().parent)}},
        config=Config({"KernelManager": {"transport_encryption": "auto"}}),  # else the kernel warns of plain text
    )
    error, started = "", time.monotonic()
    with peak_memory_of_children() as peak:
        try:
            client.execute()
        except (CellExecutionError, CellTimeoutError, DeadKernelError) as problem:
            number = client.code_cells_executed + (not isinstance(problem, CellExecutionError))
            lines = re.sub(r"\x1b\[[\d;]*m", "", str(problem)).strip().splitlines() or [type(problem).__name__]
            error = f"in code cell {number}: {lines[-1]}"
    seconds = time.monotonic() - started
    part = target.with_suffix(".part")
    nbformat.write(notebook, part)
    part.replace(target)
    return Execution(seconds, max(peak) / 1e9, error)


@contextlib.contextmanager
def peak_memory_of_children() -> Iterator[list[int]]:
    """Yield a list that grows by the memory, in bytes, of all child processes, ten times a second."""
    seen, done = [0], threading.Event()

    def watch() -> None:
        while not done.wait(0.1):
            with contextlib.suppress(psutil.Error):
                seen.append(sum(child.memory_info().rss for child in psutil.Process().children(recursive=True)))

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield seen
    finally:
        done.set()
        watcher.join()


def lacking(stem: str) -> str:
    """What to do to get the data that a lesson needs and this machine has not; nothing where it has them.

    A lesson that needs real data names their sources: `NEEDS = ("reviews",)` in notebooks/exercises/lesson_7d.py.
    """
    for name in getattr(opened("exercises", stem.partition("_")[0]), "NEEDS", ()):
        for file in SOURCES[name].files:
            try:
                find(SOURCES[name], file, download=False)
            except DataError as error:
                return str(error)
    return ""


def cells(notebook: Any) -> list[tuple[str, str, tuple[str, ...]]]:
    """What a notebook and its source must share: type, text and tags of each cell."""
    return [(cell.cell_type, cell.source, tuple(cell.metadata.get("tags", []))) for cell in notebook.cells]


def differing_pairs(notebooks: Path | None = None) -> list[str]:
    """Complaints: a notebook without its source, a source without its notebook, a cell that differs."""
    notebooks = notebooks or lessons_folder()
    found = {path.stem: path for path in sorted(notebooks.glob("*.ipynb"))}
    sources = {path.stem: path for path in sorted((notebooks / "source").glob("*.py"))}
    complaints = [f"{stem}: no notebooks/source/{stem}.py" for stem in found if stem not in sources]
    complaints += [f"{stem}: no notebooks/{stem}.ipynb" for stem in sources if stem not in found]
    for stem in found.keys() & sources.keys():
        saved, written = cells(nbformat.read(found[stem], as_version=4)), cells(jupytext.read(sources[stem]))
        if saved != written:
            same = os.path.commonprefix([saved, written])
            complaints.append(f"{stem}: cell {len(same)} of the notebook and of its source differ")
    return sorted(complaints)


def make(stem: str) -> Execution:
    """Bring a lesson's source into its notebook and execute it there; ids of unchanged cells stay."""
    source, target = lessons_folder() / "source" / f"{stem}.py", lessons_folder() / f"{stem}.ipynb"
    command = ["jupytext", "--quiet", "--to", "ipynb", "--update", "--output", str(target), str(source)]
    subprocess.run([sys.executable, "-m", *command], check=True)
    return execute(target, target)


def present() -> list[Path]:
    """The notebooks that lack no data on this machine."""
    return [path for path in sorted(lessons_folder().glob("*.ipynb")) if not lacking(path.stem)]


def examine() -> int:
    """Print what only .venv can tell; how much of it is wrong."""
    check = subprocess.run([sys.executable, "-m", "pip", "check"], capture_output=True, text=True, check=False)
    findings = {"packages": (check.returncode == 0, (check.stdout + check.stderr).strip().splitlines()[-1])}
    try:
        from causalrec.recommend.text.bert_files import PACKAGED, PACKAGED_SUMS, find_bert

        find_bert(PACKAGED).refuse_damaged(PACKAGED_SUMS)
        findings["BERT"] = (True, f"{PACKAGED}, hashes as expected")
    except (ImportError, ValueError) as error:
        findings["BERT"] = (False, str(error))
    pairs = differing_pairs()
    findings["lessons"] = (not pairs, "; ".join(pairs) or "each notebook and its source hold the same cells")
    memory = psutil.virtual_memory()
    said = f"{memory.available / 1e9:.1f} of {memory.total / 1e9:.1f} GB free; a lesson takes up to 1.5 GB"
    findings["memory"] = (memory.available > 1.5e9, said)
    threads = os.environ.get("OMP_NUM_THREADS")
    findings["threads"] = (True, f"{os.cpu_count()} processors" + (f", OMP_NUM_THREADS={threads}" if threads else ""))
    browser = chromium()
    findings["Chromium"] = (True, browser or "not found; only the browser test uses it, and is skipped")
    for name, (right, said) in findings.items():
        print(f"{'ok   ' if right else 'WRONG'}  {name:9} {said}")
    return sum(not right for right, _ in findings.values())


def chromium() -> str | None:
    """The path of a Chromium or Chrome of the system, if there is one."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return next((path for name in names if (path := shutil.which(name))), None)


def report(stem: str, execution: Execution) -> int:
    """Print a lesson's line; 1 where it failed."""
    verdict = f"FAILED {execution.error}" if execution.error else "ok"
    print(f"{stem:34} {execution.seconds:6.1f} s {execution.gigabytes:6.2f} GB  {verdict}", flush=True)
    return int(bool(execution.error))
