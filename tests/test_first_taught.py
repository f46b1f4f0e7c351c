"""Where a docstring says "First taught: lesson X", lesson X has that name in its code, or what gives such a result."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TAUGHT = re.compile(r"First taught: (lessons? [^.]*)")
Documented = ast.Module | ast.ClassDef | ast.FunctionDef


@cache
def words_of(lesson: str) -> frozenset[str]:
    """All names in the code of a lesson's source, commented calls of hint and solution left out."""
    sources = list((ROOT / "notebooks" / "source").glob(f"{lesson}_*.py"))
    code = [line for path in sources for line in path.read_text("utf-8").splitlines() if not line.startswith("#")]
    return frozenset(re.findall(r"[A-Za-z_]\w*", "\n".join(code)))


def documented(path: Path) -> Iterator[tuple[str, Documented]]:
    """The modules, classes, functions and methods of a file by name, each with its node."""
    tree = ast.parse(path.read_text("utf-8"))
    yield path.stem, tree
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            yield node.name, node


NODES = [(path, name, node) for path in sorted((ROOT / "causalrec").rglob("*.py")) for name, node in documented(path)]


def names_in(annotation: ast.expr | None) -> set[str]:
    """The names that an annotation holds."""
    return set(re.findall(r"\w+", ast.unparse(annotation))) if annotation else set()


@cache
def givers() -> dict[str, set[str]]:
    """By class, the functions and methods that say they return it."""
    found = defaultdict(set)
    for _, name, node in NODES:
        if isinstance(node, ast.FunctionDef):
            for given in names_in(node.returns):
                found[given].add(name)
    return found


@cache
def parts() -> dict[str, set[str]]:
    """By class, what its fields and methods hold and give, what it is a kind of, and its own kinds."""
    found = {name: set() for _, name, node in NODES if isinstance(node, ast.ClassDef)}
    for _, name, node in NODES:
        if isinstance(node, ast.ClassDef):
            fields = [one.annotation for one in node.body if isinstance(one, ast.AnnAssign)]
            given = [one.returns for one in node.body if isinstance(one, ast.FunctionDef)]
            bases = set().union(*map(names_in, node.bases))
            found[name] |= set().union(*map(names_in, [*fields, *given])) | bases
            for base in bases & found.keys():
                found[base].add(name)
    return found


@cache
def classes_of(lesson: str) -> frozenset[str]:
    """The classes of what a lesson's code handles: named there, given by what is named there, or a part of such."""
    words = words_of(lesson)
    found, new = set(), {name for name in parts() if name in words or givers()[name] & words}
    while new:
        found |= new
        new = {one for name in new for one in parts()[name] if one in parts()} - found
    return frozenset(found)


def is_taught(name: str, node: Documented, lesson: str) -> bool:
    """Whether a lesson's code has the name, or handles such a class; for a module, whether it has a name of it."""
    if isinstance(node, ast.ClassDef):
        return name in classes_of(lesson)
    if isinstance(node, ast.Module):
        return any(is_taught(one.name, one, lesson) for one in node.body
                   if isinstance(one, ast.ClassDef | ast.FunctionDef))
    return name in words_of(lesson)


def test_what_is_said_to_be_taught_is_taught_there():
    wrong = []
    for path, name, node in NODES:
        for said in TAUGHT.findall(ast.get_docstring(node) or ""):
            for lesson in re.findall(r"\blessons? (\d[a-z]?)\b", said):
                if not is_taught(name, node, lesson):
                    wrong.append(f"{path.relative_to(ROOT)}: {name} is said to be taught first in lesson {lesson}")
    assert wrong == []


def test_by_hand():
    check = next(node for path, name, node in NODES if (path.stem, name) == ("exercise", "check"))
    feedback = next(node for _, name, node in NODES if name == "Feedback")
    assert is_taught("check", check, "0")
    assert is_taught("Feedback", feedback, "0")  # check gives it
    assert {"Path", "Passage"} <= classes_of("2b")  # paths of a graph, and what they pass
    assert not is_taught("check", check, "9z")
    assert "Pmf" in words_of("1a")
    assert words_of("9z") == frozenset()
