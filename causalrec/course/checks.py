"""Every check of the course, one after another, whatever fails on the way; then how many passed.

python -m causalrec.course.checks test [--processors]   as `python3 start.py test`
python -m causalrec.course.checks run [5b ...]          as `python3 start.py run`
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from causalrec.course.lab import raise_loopback
from causalrec.course.processors import NBVAL, OFFLINE, left_out, run_lessons
from causalrec.errors import CausalrecError, MachineError
from causalrec.teach.shelf import lessons_folder

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build"
TOOLS = [sys.executable, "-m", "causalrec.course"]
ENDS = ("passed", "failed", "skipped")
SKIPPED = 5  # the exit code of a lesson whose data are not here


def ask(command: Sequence[str], quiet: bool = False) -> tuple[int, str]:
    """The exit code and the text of a command without input, which is shown as it comes unless it is to be quiet."""
    process = subprocess.Popen(
        command, cwd=ROOT, env={**os.environ, **OFFLINE}, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, encoding="utf-8", errors="replace",
    )
    text = []
    for line in process.stdout or ():
        text.append(line)
        if not quiet:
            print(line, end="", flush=True)
    return process.wait(), "".join(text)


def count(code: int, text: str) -> Counter[str]:
    """How many passed, failed and were skipped, by a tool's last line, or one by its exit code alone."""
    last = (text.strip().splitlines() or [""])[-1]
    found = Counter({word: int(number) for number, word in re.findall(r"(\d+) (passed|failed|skipped|error)", last)})
    failed = found["failed"] + found.pop("error", 0) or int(code != 0)
    return Counter({"passed": int(code == 0), **found, "failed": failed})


def compare_processors(lessons: Iterable[Path]) -> Counter[str]:
    """How many lessons passed and failed on imitated processors, a line printed for each, and why where one failed."""
    if why := left_out():
        print(why, flush=True)
    total = Counter[str]()
    for run in run_lessons(list(lessons)):
        print(run, flush=True)
        if not run.passed:
            print("\n".join(run.text.splitlines()[-60:]), flush=True)
        total["passed" if run.passed else "failed"] += 1
    return total


def run_checks(processors: bool = False) -> int:
    """1 where any check failed, otherwise 0: style, types, tests, lessons, and these on other `processors` if asked."""
    raise_loopback()
    pytest = ["pytest", "-n", "2", "--dist", "loadfile"]  # a file's tests, and a lesson's cells, stay together
    code, text = ask([*TOOLS, "present"], quiet=True)  # those whose data are here; a test names the others
    present = [str(path) for path in find_lessons() if code or path.name in text]
    stages = {
        "style": ["ruff", "check", "."],
        "types": ["mypy"],
        "tests": [*pytest, "-rs", "tests"],
        **({"lessons": [*pytest, *NBVAL, *present]} if present else {}),
        **({"processors": []} if processors else {}),
    }
    total, lines = Counter[str](), []
    for name, words in stages.items():
        print(f"--- {name}", flush=True)
        started = time.monotonic()
        found = count(*ask([sys.executable, "-m", *words])) if words else compare_processors(map(Path, present))
        total.update(found)
        lines.append(f"{name:10} {'FAILED' if found['failed'] else 'ok':6} {time.monotonic() - started:5.0f} s")
    print("\n" + "\n".join(lines) + "\n" + ", ".join(f"{total[end]} {end}" for end in ENDS), flush=True)
    return int(total["failed"] > 0)


def find_lessons(names: Sequence[str] = (), pattern: str = "*.ipynb") -> list[Path]:
    """The lessons' files meant by names such as "5b" or "5b_combined_ranking"; all of them where none is given.

    Raises:
        CausalrecError: there is no lesson of such a name.
    """
    found = {path: {path.stem, path.stem.split("_")[0]} for path in sorted(lessons_folder().glob(pattern))}
    if unknown := [name for name in names if not any(name in called for called in found.values())]:
        there = ", ".join(path.stem.split("_")[0] for path in found) or "none yet"
        raise CausalrecError(f"there is no lesson {unknown[0]!r}; there are: {there}.")
    return [path for path, called in found.items() if not names or called & set(names)]


def execute_lessons(names: Sequence[str] = ()) -> int:
    """1 where any lesson failed, otherwise 0: each is executed into build/, one after another, with a line for it."""
    chosen = find_lessons(names)
    raise_loopback()
    BUILD.mkdir(exist_ok=True)
    codes = [ask([*TOOLS, "execute", str(path), str(BUILD / path.name)])[0] for path in chosen]
    ends = Counter({0: "passed", SKIPPED: "skipped"}.get(code, "failed") for code in codes)
    print(", ".join(f"{ends[end]} {end}" for end in ENDS) + f"; see {BUILD}", flush=True)
    return int(ends["failed"] > 0)


def main(words: Sequence[str]) -> int:
    """Do what the words say; the exit code."""
    try:
        match words:
            case ["test"] | ["test", "--processors"]:
                return run_checks(words[1:] == ["--processors"])
            case ["run", *names]:
                return execute_lessons(names)
        print(__doc__)
    except CausalrecError as error:
        print(f"start.py: {error}", file=sys.stderr, flush=True)
        return 1 if isinstance(error, MachineError) else 2
    except KeyboardInterrupt:
        print("\nStopped.", flush=True)
        return 130
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
