"""Lints for numbers that must come out alike on every processor: sorts that can tie, and what training makes.

Two processors add in different orders, so the last bits of a sum differ. A sort that is not stable puts ties in an
order of its own, and a training of many steps carries the last bits into the digits that are printed. Each lint has an
escape: a comment that gives the reason, on a line of the call or alone on the line above it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from causalrec.course.lints import Lesson

Found = list[tuple[int, str]]
"""Complaints, each with the line that it is about."""

SORTS = ("argsort", "sort_values")
"""Sorts that are stable where they are told so."""
CHOICES = ("argpartition", "nlargest", "nsmallest")
"""Sorts that cannot be told; which of two ties comes first is up to them."""
NO_TIES = "# no ties: "
"""What opens the comment that says why a sort cannot tie."""

TRAINED = ("fit_ncf", "fit_head", "fit_fine_tuned")
"""What trains a network, in thousands of steps. (Ridge regressions and logistic ones are convex: they end alike.)"""
HOLDS = "# holds on every machine: "
"""What opens the comment that says why digits that come from training are safe."""
GROWING = ("append", "extend", "insert", "update")
"""Methods that put what they are given into the object that they belong to."""


def complaints(root: Path) -> list[str]:
    """What both lints say of a checkout: of sorts in the package and the lessons, and of digits in the lessons."""
    folders = [root / "causalrec", *(root / "notebooks" / name for name in ("source", "exercises", "claims"))]
    sources = sorted((root / "notebooks" / "source").glob("*.py"))
    said = [line for folder in folders for path in sorted(folder.rglob("*.py")) for line in unstable_sorts(path)]
    return said + [line for path in sources for line in trained_digits(path)]


def unstable_sorts(source_path: Path) -> list[str]:
    """The sorts of one file that can tie: `argsort` and `sort_values` not told to be stable, `nlargest` and its kin.

    A literal list of two or more columns is well: pandas sorts by several columns stably. So are `sorted` and a list's
    `sort`; and in `np.sort` ties are equal values, whose order nobody sees.
    """
    return _of_file(_unstable_sorts, source_path)


def trained_digits(source_path: Path) -> list[str]:
    """The digits of one lesson that come from a trained network: formatted, rounded, or handed to a figure.

    What derives from a call in `TRAINED` is followed by its names through assignments, loops and functions. Print a
    comparison with a margin instead ("beats a coin by more than 0.1: True").
    """
    return _of_file(_trained_digits, source_path)


def stable_sorts(lesson: Lesson) -> list[str]:
    """What `unstable_sorts` says of a lesson's cells."""
    return _of_lesson(_unstable_sorts, lesson)


def portable_digits(lesson: Lesson) -> list[str]:
    """What `trained_digits` says of a lesson's cells."""
    return _of_lesson(_trained_digits, lesson)


LINTS = (stable_sorts, portable_digits)
"""The lints of a lesson, for `causalrec.course.lints`."""


def _of_file(lint: Callable[[str], Found], path: Path) -> list[str]:
    return [f"{path}:{line}: {said}" for line, said in lint(path.read_text("utf-8"))]


def _of_lesson(lint: Callable[[str], Found], lesson: Lesson) -> list[str]:
    """The complaints about a lesson's code as one program, each with the place of its cell."""
    place = [number for number, cell in enumerate(lesson.cells) if cell.cell_type == "code"]
    cell_of = [at for at, cell in zip(place, lesson.code, strict=True) for _ in cell.source.split("\n")]
    return [f"cell {cell_of[line - 1]}: {said}" for line, said in lint("\n".join(cell.source for cell in lesson.code))]


def _unstable_sorts(text: str) -> Found:
    found = []
    for call in (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)):
        name = _called(call)
        told = name in SORTS and (_is_told(call) or name == "sort_values" and _has_several_keys(call))
        if name in SORTS + CHOICES and not told and not _excused(call, text, NO_TIES):
            remedy = 'say kind="stable"' if name in SORTS else "use a stable sort"
            found.append((call.lineno, f"{name} can tie; {remedy}, or why not in a comment `{NO_TIES}...`"))
    return sorted(found)


def _called(node: ast.AST) -> str:
    """The last name of what a call calls, "argsort" in `np.argsort(x)`; nothing where there is none."""
    match node:
        case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name)):
            return name
    return ""


def _is_told(call: ast.Call) -> bool:
    """Whether a call asks for a stable sort, in the words of numpy and pandas or in torch's."""
    said = [(word.arg, word.value.value) for word in call.keywords if isinstance(word.value, ast.Constant)]
    return any(words in said for words in (("kind", "stable"), ("kind", "mergesort"), ("stable", True)))


def _has_several_keys(call: ast.Call) -> bool:
    """Whether a call sorts by a literal list of two or more columns."""
    keys = [*call.args[:1], *(word.value for word in call.keywords if word.arg == "by")]
    return any(isinstance(key, ast.List) and len(key.elts) > 1 for key in keys)


def _excused(node: ast.expr, text: str, opening: str) -> bool:
    """Whether a comment opens so and gives a reason, on a line of the node or alone on the line above it."""
    lines = text.split("\n")
    above = [line for line in lines[max(node.lineno - 2, 0) : node.lineno - 1] if line.lstrip().startswith("#")]
    return any(re.search(rf"{re.escape(opening)}\w", line) for line in above + lines[node.lineno - 1 : node.end_lineno])


def _trained_digits(text: str) -> Found:
    trained: set[str] = set()
    found = []
    for statement in ast.parse(text).body:
        _follow(statement, trained)
        for sink, value in _sinks(statement):
            if _derives(value, trained) and not _excused(sink, text, HOLDS):
                remedy = f"print a verdict with a margin, or say in a comment `{HOLDS}...` why they are safe"
                found.append((sink.lineno, f"digits of a trained network; {remedy}"))
    return sorted(set(found))


def _derives(node: ast.AST, trained: set[str]) -> bool:
    """Whether an expression trains a network, or uses a name that derives from one."""
    return any(_called(part) in TRAINED or isinstance(part, ast.Name) and part.id in trained for part in ast.walk(node))


def _follow(statement: ast.stmt, trained: set[str]) -> None:
    """Add to `trained` each name that a statement binds to what derives from it; take off a name bound to another."""
    if isinstance(statement, ast.Assign) and not _derives(statement.value, trained):
        trained -= {target.id for target in statement.targets if isinstance(target, ast.Name)}
    before = -1
    while before < len(trained):  # a loop's first lines may use what its last ones bind
        before = len(trained)
        for target, value in _bindings(statement):
            if _derives(value, trained):
                trained.update(_bound(target))


def _bindings(statement: ast.stmt) -> Iterator[tuple[ast.AST, ast.AST]]:
    """Each thing that a statement or a part of it binds, with what it is bound to."""
    for node in ast.walk(statement):
        match node:
            case ast.Assign(targets=targets, value=value):
                yield from ((target, value) for target in targets)
            case ast.AugAssign(target=target, value=value) | ast.NamedExpr(target=target, value=value):
                yield target, value
            case ast.For(target=target, iter=value) | ast.comprehension(target=target, iter=value):
                yield target, value
            case ast.FunctionDef(name=name):
                yield ast.Name(name), node
            case ast.Call(func=ast.Attribute(value=grown, attr=method)) if method in GROWING:
                yield grown, node


def _bound(target: ast.AST) -> list[str]:
    """The names that binding a target changes: `models` in `models["NCF"] = ...`, both in `name, model = ...`."""
    match target:
        case ast.Name(id=name):
            return [name]
        case ast.Tuple(elts=parts) | ast.List(elts=parts):
            return [name for part in parts for name in _bound(part)]
        case ast.Subscript(value=part) | ast.Attribute(value=part) | ast.Starred(value=part):
            return _bound(part)
    return []


def _sinks(statement: ast.stmt) -> Iterator[tuple[ast.expr, ast.AST]]:
    """Where numbers become digits: a format with a precision, a rounding, a figure; each with what goes into it."""
    for node in ast.walk(statement):
        match node:
            case ast.FormattedValue(value=value, format_spec=ast.JoinedStr() as form) if ".{" in ast.unparse(form) or (
                re.search(r"\.\d", ast.unparse(form))
            ):
                yield node, value
            case ast.Call(func=ast.Attribute(attr="round") | ast.Name(id="round")):
                yield node, node
            case ast.Call(func=ast.Attribute(value=ast.Name(id="figure"), attr=kind)) if kind != "show":
                yield node, node
