"""Whether this machine has what the lessons need, and whether their numbers were checked on a machine of its kind.

Nothing heavy is loaded: packages are asked for their versions, files for their hashes. What was checked is a list of
kinds of machines, `checked.csv`: on each, every lesson printed what is saved in it. How the last digits of a sum are
rounded depends on the processor's vectors, the number of threads and the versions of libraries, so a kind is all of
these.
"""

from __future__ import annotations

import csv
import os
import platform
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from html import escape
from importlib import metadata
from pathlib import Path
from typing import Any

from causalrec.errors import DataError
from causalrec.recommend.text.bert_files import PACKAGED, PACKAGED_SUMS, find_bert
from causalrec.shop.sources.datasets import bundled
from causalrec.wording import listed

DISTRIBUTION = "causalrec-course"
FILES = ("catalogue.csv", "history.csv", "ecommerce_log_raw.csv", "ecommerce_data.csv")
CHECKED = Path(__file__).with_name("checked.csv")
PINS = Path(__file__).resolve().parents[2] / "constraints.txt"
OLDEST, NEWEST = (3, 11), (3, 13)
REMEDY = "`python3 start.py doctor` in a terminal says what to do."
# The first draws of numpy.random.default_rng(2026): numpy changes its generators seldom, but does not promise never to.
SEED, WHOLE, NORMAL = 2026, (851852, 178934, 26417), (-1.896326, 1.395772)


@dataclass(frozen=True)
class Finding:
    """Something the lessons need, and what is wrong with it here; nothing, if `wrong` is empty."""

    needed: str
    wrong: str = ""

    def __str__(self) -> str:
        """The need and "yes", or "no" and why."""
        return f"{self.needed}: " + (f"no. {self.wrong}" if self.wrong else "yes")


@dataclass(frozen=True)
class MachineKind:
    """What decides how numbers are rounded, besides the versions of packages: a row of `checked.csv`."""

    system: str
    processor: str
    vectors: str
    threads: str
    python: str

    @classmethod
    def here(cls) -> MachineKind:
        """The kind of this machine."""
        import numpy as np

        simd: Any = np.show_config("dicts")
        there = {"AVX512F": "AVX-512", "AVX2": "AVX2", "SVE": "SVE"}
        found = [there[name] for name in there if name in simd["SIMD Extensions"].get("found", ())]
        return cls(
            {"Darwin": "macOS"}.get(platform.system(), platform.system()),
            "x86-64" if platform.machine().lower() in ("x86_64", "amd64") else platform.machine(),
            found[0] if found else "baseline",
            os.environ.get("OMP_NUM_THREADS") or str(os.cpu_count()),
            "{}.{}".format(*sys.version_info),
        )

    def __str__(self) -> str:
        """As it is said in a sentence: "Linux, x86-64 with AVX2, 2 threads, Python 3.11"."""
        return f"{self.system}, {self.processor} with {self.vectors}, {self.threads} threads, Python {self.python}"


@dataclass(frozen=True, repr=False)
class Machine:
    """What `environment_check` found, need by need, and why its numbers may differ; empty where they were checked."""

    findings: tuple[Finding, ...]
    unchecked: str = ""

    @property
    def ready(self) -> bool:
        """Whether nothing is wrong."""
        return not any(finding.wrong for finding in self.findings)

    @property
    def heading(self) -> str:
        """The verdict in words."""
        return "This machine is ready." if self.ready else f"This machine is not ready yet. {REMEDY}"

    @property
    def numbers(self) -> str:
        """Whether the lessons' numbers come out here as they are printed: only where that was checked."""
        if self.unchecked:
            why = f"was not checked: {self.unchecked}. A last digit may differ."
            return f"Whether all numbers come out here as on ours {why}"
        return "All numbers come out here as on ours: this was checked on machines of this kind."

    def __repr__(self) -> str:
        """The verdict, one line a need, and what is known of the numbers."""
        return "\n".join([self.heading, *map(str, self.findings), self.numbers])

    def _repr_html_(self) -> str:
        lines = "".join(f"<li>{_marked(str(finding))}</li>" for finding in self.findings)
        return f"<p><strong>{_marked(self.heading)}</strong></p><ul>{lines}</ul><p>{_marked(self.numbers)}</p>"


def _marked(text: str) -> str:
    """The text as HTML; what stands between backticks becomes code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text, quote=False))


def environment_check() -> Machine:
    """What the lessons need, and whether this machine has it, need by need; it never raises, and asks no network.

    First taught: lesson 0.
    """
    checks: Mapping[str, Callable[[], str]] = {
        "Python 3.11, 3.12 or 3.13": wrong_python,
        "Every package is here, in a version the course was made for": wrong_packages,
        "BERT, the packaged language model, is here and its hash is right": wrong_bert,
        "The shop's data files are here and their hashes are right": wrong_files,
        "A seeded random generator draws the same numbers as everywhere": wrong_draws,
    }
    findings = tuple(Finding(needed, check()) for needed, check in checks.items())
    return Machine(findings, not_checked(MachineKind.here()))


def not_checked(kind: MachineKind, pins: Path = PINS) -> str:
    """Why it is not known whether the lessons' numbers come out the same on this kind of machine; empty if it is."""
    with CHECKED.open(encoding="utf-8", newline="") as file:
        if asdict(kind) not in csv.DictReader(file):
            return f"this is {kind}"
    if not pins.is_file():
        return "constraints.txt is missing, which says the versions that were checked"
    pairs = (line.split("==") for line in pins.read_text("utf-8").splitlines() if line[:1] not in ("", "#"))
    found = [(name, _version(name), pin) for name, pin in pairs]
    return listed(f"{name} is {there or 'missing'}, not {pin}" for name, there, pin in found if there != pin)


def _version(name: str) -> str:
    """The public version of an installed package, without "+cpu"; empty where it is not installed."""
    try:
        return metadata.version(name).partition("+")[0]
    except metadata.PackageNotFoundError:
        return ""


def wrong_python(version: tuple[int, int] = (sys.version_info.major, sys.version_info.minor)) -> str:
    """What is wrong with this Python's version; empty if nothing."""
    if OLDEST <= version <= NEWEST:
        return ""
    return f"This is Python {version[0]}.{version[1]}: open the course with `python3 start.py`, which knows what to do."


def wrong_packages(requirements: Iterable[str] | None = None) -> str:
    """Which packages are missing or of another version; empty if none. By default: what the course itself requires."""
    try:
        from packaging.requirements import Requirement

        needed = metadata.requires(DISTRIBUTION) if requirements is None else requirements
    except (ImportError, metadata.PackageNotFoundError):
        return "The course is not installed in this Python: open it with `python3 start.py`."
    troubles = []
    for one in map(Requirement, needed or ()):
        if one.marker is not None and not one.marker.evaluate({"extra": ""}):
            continue  # belongs to the tools around the lessons, not to the lessons
        version = _version(one.name)
        if not version:
            troubles.append(f"{one.name} is missing")
        elif not one.specifier.contains(version, prereleases=True):
            troubles.append(f"{one.name} is {version}, needed is {one.specifier}")
    return "; ".join(troubles) + ": `python3 start.py` puts it right." if troubles else ""


def wrong_bert() -> str:
    """What is wrong with the packaged language model, whose files are hashed; empty if nothing."""
    try:
        find_bert(PACKAGED).refuse_damaged(PACKAGED_SUMS)
    except DataError as error:
        return str(error)
    return ""


def wrong_files(folder: Path | None = None) -> str:
    """What is wrong with the data files of the checkout, which are hashed; empty if nothing."""
    try:
        for name in FILES:
            bundled(name, verify=True, folder=folder)
    except (DataError, OSError) as error:
        return str(error)
    return ""


def wrong_draws(seed: int = SEED) -> str:
    """How a seeded generator's first draws differ from those of the machine that wrote the lessons; empty if not."""
    import numpy as np

    rng = np.random.default_rng(seed)
    whole = tuple(rng.integers(1_000_000, size=len(WHOLE)).tolist())
    normal = tuple(np.round(rng.standard_normal(len(NORMAL)), 6).tolist())
    if (whole, normal) == (WHOLE, NORMAL):
        return ""
    return f"numpy {np.__version__} draws others: your figures will differ from the printed ones, though not by much."
