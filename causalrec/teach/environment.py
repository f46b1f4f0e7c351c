"""Whether this machine has what the lessons need: Python, packages, language model, the shop's files, the same draws.

Nothing heavy is loaded: packages are asked for their versions, files for their hashes. The answer is the same text on
every machine on which all is well, so that a notebook that shows it can be compared word for word.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from html import escape
from importlib import metadata
from pathlib import Path

from causalrec.errors import DataError
from causalrec.recommend.text.bert_files import PACKAGED, PACKAGED_SUMS, find_bert
from causalrec.shop.sources.datasets import bundled

DISTRIBUTION = "causalrec-course"
FILES = ("catalogue.csv", "history.csv", "ecommerce_log_raw.csv", "ecommerce_data.csv")
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


@dataclass(frozen=True, repr=False)
class Machine:
    """What `environment_check` found, need by need."""

    findings: tuple[Finding, ...]

    @property
    def ready(self) -> bool:
        """Whether nothing is wrong."""
        return not any(finding.wrong for finding in self.findings)

    @property
    def heading(self) -> str:
        """The verdict in words."""
        return "This machine is ready." if self.ready else f"This machine is not ready yet. {REMEDY}"

    def __repr__(self) -> str:
        """The verdict and one line a need."""
        return "\n".join([self.heading, *map(str, self.findings)])

    def _repr_html_(self) -> str:
        lines = "".join(f"<li>{_marked(str(finding))}</li>" for finding in self.findings)
        return f"<p><strong>{_marked(self.heading)}</strong></p><ul>{lines}</ul>"


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
    return Machine(tuple(Finding(needed, check()) for needed, check in checks.items()))


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
        try:
            version = metadata.version(one.name)
        except metadata.PackageNotFoundError:
            troubles.append(f"{one.name} is missing")
            continue
        if not one.specifier.contains(version, prereleases=True):
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
