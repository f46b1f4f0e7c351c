"""How large the house is: lines of code, without docstrings, comments and blanks, per file and per room."""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent
_SILENT = {
    tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER,
}  # fmt: skip


def lines_of_code(source: str) -> int:
    """How many lines hold code; a text that stands alone, such as a docstring, is none."""
    texts = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Expr)
             and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)]
    spoken = [token for token in tokenize.generate_tokens(io.StringIO(source).readline) if token.type not in _SILENT]
    held = {line for token in spoken for line in range(token.start[0], token.end[0] + 1)}
    return len(held - {line for text in texts for line in range(text.lineno, (text.end_lineno or 0) + 1)})


@dataclass(frozen=True)
class Room:
    """A folder of the package, with the Python files that stand in it and not in a folder of its own.

    Attributes:
        name: where it is, with points: "causalrec.causal.graphs".
        files: its files, in order.
    """

    name: str
    files: tuple[Path, ...]

    @property
    def modules(self) -> tuple[str, ...]:
        """The names of its modules, in order."""
        return tuple(path.stem for path in self.files if path.stem != "__init__")

    @property
    def purpose(self) -> str:
        """What it is for: the first line of its docstring; nothing where it has none."""
        texts = (path.read_text("utf-8") for path in self.files if path.stem == "__init__")
        return "".join((ast.get_docstring(ast.parse(text)) or "").partition("\n")[0] for text in texts)

    @cached_property
    def code(self) -> int:
        """Its lines of code."""
        return sum(lines_of_code(path.read_text("utf-8")) for path in self.files)


def rooms(package: Path = PACKAGE) -> tuple[Room, ...]:
    """The rooms of a package, each before those within it."""
    folders = [package, *sorted(path for path in package.rglob("*") if path.is_dir())]
    named = ((".".join(folder.relative_to(package.parent).parts), sorted(folder.glob("*.py"))) for folder in folders)
    return tuple(Room(name, tuple(files)) for name, files in named if files)


def report(found: Iterable[Room]) -> str:
    """The rooms with their files and lines of code, one a line, and the sum."""
    found = list(found)
    lines = [f"{room.code:6,}  {len(room.files):3}  {room.name}" for room in found]
    whole = f"{sum(room.code for room in found):6,}  {sum(len(room.files) for room in found):3}  in all"
    return "\n".join([" lines files", *lines, whole])
