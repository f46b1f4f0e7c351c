"""What authors do with lessons and with the house, and what `start.py` asks of the inside of .venv.

python -m causalrec.course make 5b [...]      notebooks/source/5b_….py → notebooks/5b_….ipynb, executed
python -m causalrec.course execute IN OUT     execute one notebook, print seconds and peak memory
python -m causalrec.course pairs              say whether every notebook and its source hold the same cells
python -m causalrec.course present            list the notebooks that lack no data on this machine, one a line
python -m causalrec.course examine            say what `start.py doctor` says of the inside of .venv
python -m causalrec.course lint [5b ...]      say what lessons break of the rules
python -m causalrec.course minutes [5b ...]   print each lesson's minutes and what they are made of
python -m causalrec.course size               count the lines of code of every room
python -m causalrec.course house [--write]    print the table of docs/architecture.md, or write it there
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from causalrec.course import house, lints, notebooks, size
from causalrec.course.checks import find_lessons
from causalrec.errors import CausalrecError


def executed(stem: str, execution: notebooks.Execution) -> int:
    """1 where a lesson failed, else 0, once its line is printed."""
    verdict = f"FAILED {execution.error}" if execution.error else "ok"
    print(f"{stem:34} {execution.seconds:6.1f} s {execution.gigabytes:6.2f} GB  {verdict}", flush=True)
    return int(bool(execution.error))


def linted(path: Path) -> int:
    """1 where a lesson breaks a rule, else 0, once its complaints are printed."""
    complaints = lints.complaints(lints.Lesson.read(path))
    print("\n".join([f"{path.stem}: {len(complaints)} complaints", *complaints]), flush=True)
    return int(bool(complaints))


def minutes(path: Path) -> str:
    """A lesson's minutes and what they are made of, in a line."""
    lesson = lints.Lesson.read(path)
    parts = f"{lesson.words} words, {len(lesson.code)} code cells, {len(lesson.exercises)} exercises"
    return f"{lesson.name:34} {lesson.minutes:3} minutes  ({parts})"


def do(words: Sequence[str]) -> int:
    """Do what the words say; the exit code.

    Raises:
        CausalrecError: they name something that is not there.
    """
    match words:
        case ["make", *names] if names:
            return max(executed(path.stem, notebooks.make(path.stem)) for path in find_lessons(names, "source/*.py"))
        case ["execute", source, _] if why := notebooks.lacking(Path(source).stem):
            print(f"{Path(source).stem:34} skipped: {why}", flush=True)
            return notebooks.SKIPPED
        case ["execute", source, target]:
            return executed(Path(source).stem, notebooks.execute(Path(source), Path(target)))
        case ["pairs"]:
            complaints = notebooks.differing_pairs()
            print("\n".join(complaints) or "each notebook and its source hold the same cells")
            return int(bool(complaints))
        case ["present"]:
            print("\n".join(map(str, notebooks.present())))
            return 0
        case ["examine"]:
            return notebooks.examine()
        case ["lint", *names]:
            return max(map(linted, find_lessons(names)), default=0)
        case ["minutes", *names]:
            print("\n".join(map(minutes, find_lessons(names))))
            return 0
        case ["size"]:
            print(size.report(size.rooms()))
            return 0
        case ["house"]:
            print(house.table(), end="")
            return 0
        case ["house", "--write"]:
            house.PAGE.write_bytes(house.page().encode())
            return 0
    print(__doc__)
    return 2


def main(words: Sequence[str]) -> int:
    """The exit code of what the words say; where they name what is not there, one sentence and 2."""
    try:
        return do(words)
    except CausalrecError as error:
        print(error, file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
