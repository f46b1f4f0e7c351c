"""What every lesson must keep, as functions from a lesson to complaints (an empty list: all is well)."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import nbformat

MOST_CODE_CELLS, MOST_WORDS = 40, 2500
MOST_LINES, MOST_LINES_FIGURE, MOST_LINES_FUNCTION = 12, 18, 8
EXERCISES = {"0": (1, 6)}  # by the lesson's number; all others: 3 to 6
WORDS_A_MINUTE, MINUTES_A_CODE_CELL, MINUTES_AN_EXERCISE = 200, 0.5, 4.0


@dataclass(frozen=True)
class Lesson:
    """A notebook as the lints see it."""

    name: str
    cells: tuple[Any, ...]

    @classmethod
    def read(cls, path: Path) -> Lesson:
        """The lesson that a notebook file holds."""
        return cls(path.stem, tuple(nbformat.read(path, as_version=4).cells))

    @cached_property
    def number(self) -> str:
        """The lesson's number: "5b" of "5b_combined_ranking"."""
        return self.name.split("_")[0]

    @cached_property
    def code(self) -> tuple[Any, ...]:
        """The code cells."""
        return tuple(cell for cell in self.cells if cell.cell_type == "code")

    @cached_property
    def prose(self) -> tuple[Any, ...]:
        """The Markdown cells."""
        return tuple(cell for cell in self.cells if cell.cell_type == "markdown")

    @cached_property
    def words(self) -> int:
        """How many words of prose there are; a formula or a stretch of code counts as one."""
        text = "\n".join(without_fences(cell.source) for cell in self.prose)
        text = re.sub(r"\$\$.*?\$\$|\$[^$\n]+\$|`[^`\n]+`", " formula ", text, flags=re.S)
        return len(re.findall(r"\w[\w'’.,-]*", re.sub(r"\]\([^)]*\)|<[^>]+>", " ", text)))

    @cached_property
    def exercises(self) -> tuple[str, ...]:
        """The exercises' ids, in order of their checks; a guess (5b.guess) is none: it has no hint and no solution."""
        pattern = re.compile(r"^[^#\n]*\bcheck\(\s*[\"']([^\"']+)", re.M)
        found = dict.fromkeys(name for cell in self.code for name in pattern.findall(cell.source))
        return tuple(name for name in found if not name.endswith(".guess"))

    @cached_property
    def minutes(self) -> int:
        """Minutes for a reader: prose at 200 words a minute, half a minute a code cell, four an exercise; in fives."""
        reading, running = self.words / WORDS_A_MINUTE, MINUTES_A_CODE_CELL * len(self.code)
        return max(5, 5 * round((reading + running + MINUTES_AN_EXERCISE * len(self.exercises)) / 5))


def without_fences(text: str) -> str:
    """Markdown without its fenced code and its comments."""
    return re.sub(r"^```.*?^```|<!--.*?-->", "", text, flags=re.S | re.M)


def where(lesson: Lesson, cell: Any) -> str:
    """A cell's place, for complaints."""
    return f"cell {lesson.cells.index(cell)}"


def tree(cell: Any) -> ast.Module:
    """The syntax tree of a code cell, magics left out; empty where it does not parse (learners' cells always do)."""
    try:
        return ast.parse(re.sub(r"^\s*[%!].*$", "", cell.source, flags=re.M))
    except SyntaxError:
        return ast.Module([], [])


def has_image(cell: Any) -> bool:
    """Whether a code cell shows a figure."""
    return any(kind.startswith("image/") for output in cell.outputs for kind in output.get("data", {}))


def printed(cell: Any) -> str:
    """All text that a code cell's outputs hold."""
    texts = []
    for output in cell.outputs:
        data = output.get("data", {})
        texts += [output.get("text", ""), data.get("text/plain", "")]
        texts += [re.sub(r"<[^>]+>", " ", "".join(data.get(kind, ""))) for kind in ("text/html", "text/markdown")]
    return "\n".join("".join(text) for text in texts)


def tags(cell: Any) -> set[str]:
    """A cell's tags."""
    return set(cell.metadata.get("tags", []))


# ------------------------------------------------------------------------------------------------------ the outputs


def executed(lesson: Lesson) -> list[str]:
    """Every code cell was executed, in order: nbval does not compare the others."""
    counts = [cell.execution_count for cell in lesson.code]
    wanted = list(range(1, len(counts) + 1))
    return [] if counts == wanted else [f"code cells are not executed 1..{len(counts)}: {counts}"]


def compared(lesson: Lesson) -> list[str]:
    """No cell ends in a semicolon, and what is not compared says why in a comment `# not compared: ...`."""
    complaints = []
    for cell in lesson.code:
        if cell.source.rstrip().endswith(";"):
            complaints.append(f"{where(lesson, cell)}: ends in `;`, so nbval compares nothing; write `_ = ...`")
        ignored = tags(cell) & {"nbval-ignore-output", "nbval-skip"} or "NBVAL_" in cell.source
        if ignored and not re.search(r"^# not compared: \w", cell.source, re.M):
            complaints.append(f"{where(lesson, cell)}: nbval ignores it; say why in a comment `# not compared: ...`")
    return complaints


def without_errors(lesson: Lesson) -> list[str]:
    """No saved error without the tag raises-exception, and nothing on the error stream."""
    complaints = []
    for cell in lesson.code:
        errors = [output.ename for output in cell.outputs if output.output_type == "error"]
        if errors and "raises-exception" not in tags(cell):
            complaints.append(f"{where(lesson, cell)}: saved with {errors[0]} but not tagged raises-exception")
        if any(output.get("name") == "stderr" for output in cell.outputs):
            complaints.append(f"{where(lesson, cell)}: prints a warning; silence it at its source, in the package")
    return complaints


def lasting_outputs(lesson: Lesson) -> list[str]:
    """No output that differs on another machine: addresses, paths, bare numpy scalars."""
    rot = r"\bat 0x[0-9a-f]{6,}|/tmp/|/home/|/root/|/Users/|[A-Z]:\\\\|ipykernel_\d|np\.(?:float|int|bool|str)\w*\("
    found = ((cell, re.search(rot, printed(cell))) for cell in lesson.code)
    return [f"{where(lesson, cell)}: prints {hit.group()!r}, which differs elsewhere" for cell, hit in found if hit]


def described_figures(lesson: Lesson) -> list[str]:
    """Each figure carries alt text, and its description is shown as text beside it."""
    complaints = []
    for cell in lesson.code:
        images = [o for o in cell.outputs if any(kind.startswith("image/") for kind in o.get("data", {}))]
        if any('"alt"' not in re.sub(r"'", '"', str(image.get("metadata", {}))) for image in images):
            complaints.append(f"{where(lesson, cell)}: a figure without alt text; display(fig, metadata=...)")
        shown = re.sub(r"<Figure size [^>]*>", "", printed(cell))
        if images and len(re.findall(r"\w+", shown)) < 6:
            complaints.append(f"{where(lesson, cell)}: a figure without its description in words")
    return complaints


# --------------------------------------------------------------------------------------------------------- the form


def sizes(lesson: Lesson) -> list[str]:
    """At most 40 code cells, 12 lines a cell (18 with a figure; hints and solutions in comments apart), 2,500 words."""
    complaints = []
    if len(lesson.code) > MOST_CODE_CELLS:
        complaints.append(f"{len(lesson.code)} code cells, {MOST_CODE_CELLS} allowed")
    if lesson.words > MOST_WORDS:
        complaints.append(f"{lesson.words} words, {MOST_WORDS} allowed")
    for cell in lesson.code:
        aside = re.compile(r"\s*$|# ?(hint|solution)\(")
        lines = [line for line in cell.source.splitlines() if not aside.match(line)]
        most = MOST_LINES_FIGURE if has_image(cell) else MOST_LINES
        if len(lines) > most:
            complaints.append(f"{where(lesson, cell)}: {len(lines)} lines of code, {most} allowed")
    return complaints


def headings(lesson: Lesson) -> list[str]:
    """One H1, at the top, a question; no level skipped; links that say where they lead."""
    texts = [without_fences(cell.source) for cell in lesson.prose]
    found = [hit for text in texts for hit in re.findall(r"^(#{1,6}) +(.+?)\s*#*$", text, re.M)]
    levels = [len(marks) for marks, _ in found]
    complaints = []
    if levels.count(1) != 1 or not lesson.cells[0].source.startswith("# "):
        complaints.append("there must be one H1, and it opens the first cell")
    elif not found[0][1].endswith("?"):
        complaints.append(f"the title is not a question: {found[0][1]!r}")
    pairs = zip(levels, levels[1:], found[1:], strict=False)
    complaints += [f"heading {title!r} skips a level" for before, level, (_, title) in pairs if level > before + 1]
    for cell in lesson.prose:
        vague = re.findall(r"(?<!!)\[(here|this|link|click here|this link|see)\]\(", cell.source, re.I)
        complaints += [f"{where(lesson, cell)}: the link {text!r} does not say where it leads" for text in vague]
    return complaints


def closing(lesson: Lesson) -> list[str]:
    """A lesson of the course proper says what can go wrong, sums up and gives its references."""
    text = "\n".join(line for cell in lesson.prose for line in cell.source.splitlines() if line.startswith("#"))
    needed = {"go wrong": "What can go wrong", "summary|three lines": "Summary", "references": "References"}
    missing = [title for pattern, title in needed.items() if not re.search(pattern, text, re.I)]
    return [] if lesson.number == "0" else [f"no heading {title!r}" for title in missing]


def stated_minutes(lesson: Lesson) -> list[str]:
    """The minutes in the first cell are those of the formula."""
    stated = [int(number) for number in re.findall(r"(\d+)\s+minutes", lesson.cells[0].source)]
    return [] if stated == [lesson.minutes] else [f"the first cell says {stated} minutes, the formula {lesson.minutes}"]


def file_name(lesson: Lesson) -> list[str]:
    """Named as in the course: 0_start_here, 5b_combined_ranking."""
    good = re.fullmatch(r"\d[a-z]?_[a-z][a-z0-9_]*", lesson.name)
    return [] if good else [f"{lesson.name!r} is not named like 5b_combined_ranking"]


# --------------------------------------------------------------------------------------------------------- the code


def imports(lesson: Lesson) -> list[str]:
    """Imports stand in the first code cell, by name; later only from causalrec, what was just written by hand."""
    complaints = []
    for number, cell in enumerate(lesson.code):
        for node in ast.walk(tree(cell)):
            if isinstance(node, ast.ImportFrom) and any(name.name == "*" for name in node.names):
                complaints.append(f"{where(lesson, cell)}: `import *`")
            ours = isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "causalrec"
            if number and isinstance(node, ast.Import | ast.ImportFrom) and not ours:
                complaints.append(f"{where(lesson, cell)}: imports outside the import cell")
            if isinstance(node, ast.Import) and any(name.name.split(".")[0] == "causalrec" for name in node.names):
                complaints.append(f"{where(lesson, cell)}: import from causalrec by name")
    first = lesson.code[0].source if lesson.code else ""
    uses = any(re.search(r"\brng\b", cell.source) for cell in lesson.code)
    if uses and not re.search(r"rng = .*default_rng\(\d+\)", first):
        complaints.append("the import cell must make the seeded generator: rng = np.random.default_rng(7)")
    return complaints


FORBIDDEN = {
    r"\bsys\.path\b|\bos\.chdir\b": "a path trick",
    r"\bwarnings\b": "a warning filter; silence it at its source, in the package",
    r"\b(?:np\.random|random|torch)\.(?:manual_)?seed\(": "a global seed; pass a Generator",
    r"^\s*[!%]": "a magic or a shell command",
    r"\burlretrieve\b|\burlopen\b|\brequests\.get\b": "a download",
    r"\bmatplotlib\b|\bplt\.": "a figure built here; call a figure function of causalrec.teach",
    r"\binteract(?:ive)?\(": "interact, which nbclient can hang on",
    r"^\s*(?:async )?class |^\s*class ": "a class; it belongs in the package",
}


def allowed_code(lesson: Lesson) -> list[str]:
    """Calls, small arithmetic and short teaching definitions only."""
    complaints = []
    for cell in lesson.code:
        source = re.sub(r"#.*$", "", cell.source, flags=re.M)
        at = where(lesson, cell)
        complaints += [f"{at}: {what}" for bad, what in FORBIDDEN.items() if re.search(bad, source, re.M)]
        for node in ast.walk(tree(cell)):
            if isinstance(node, ast.FunctionDef):
                body = node.body[1:] if ast.get_docstring(node) else node.body
                length = sum((part.end_lineno or 0) - part.lineno + 1 for part in body)
                if length > MOST_LINES_FUNCTION:
                    complaints.append(f"{at}: {node.name} has {length} lines, {MOST_LINES_FUNCTION} allowed")
                used = [c for c in lesson.code if re.search(rf"\b{node.name}\(", c.source)]
                if len(used) > 3:  # its own cell, its trial and the comparison with the package's
                    complaints.append(f"{at}: {node.name} is used in {len(used)} cells; put it in the package")
    return complaints


def exercises(lesson: Lesson) -> list[str]:
    """3 to 6 exercises with the lesson's own ids, answers left open, hint and solution commented below."""
    fewest, most = EXERCISES.get(lesson.number, (3, 6))
    complaints = []
    if not fewest <= len(lesson.exercises) <= most:
        complaints.append(f"{len(lesson.exercises)} exercises, {fewest} to {most} expected")
    for name in lesson.exercises:
        if not name.startswith(f"{lesson.number}."):
            complaints.append(f"exercise {name!r} does not carry the number of lesson {lesson.number}")
        own = re.compile(rf"\bcheck\(\s*[\"']{re.escape(name)}[\"']")
        at = next(n for n, cell in enumerate(lesson.code) if own.search(cell.source))
        if not re.search(r"(= *|return *|^ *)\.\.\.", lesson.code[at].source, re.M):
            complaints.append(f"exercise {name!r}: no `answer = ...` in the cell of its check")
        below = "\n".join(cell.source for cell in lesson.code[at : at + 2])
        for helper in ("hint", "solution"):
            if not re.search(rf"^# ?{helper}\([\"']{re.escape(name)}[\"']", below, re.M):
                complaints.append(f"exercise {name!r}: no commented {helper} below")
    return complaints


def guess_first(lesson: Lesson) -> list[str]:
    """The reader commits to a guess before the first third of the code cells is over."""
    early = lesson.code[: max(3, len(lesson.code) // 3)]
    guesses = any(re.search(r"^guess\w* = \.\.\.", cell.source, re.M) for cell in early)
    return [] if guesses or lesson.number == "0" else ["no `guess = ...` with its check near the beginning"]


# -------------------------------------------------------------------------------------------------------- the prose

NUMBER = re.compile(
    r"(?P<percent>(?<![\w.])\d+(?:\.\d+)? ?(?:%|percent\b|per cent\b))"
    r"|(?P<times>(?<![\w.])\d+(?:\.\d+)?(?: times\b|-fold\b))"
    r"|(?P<words>\b(?:two|three|four|five|six|seven|eight|nine|ten|twenty|a hundred) times"
    r" (?:as|more|less|higher|larger|too)\b)"
    r"|(?P<decimal>(?<![\w.\"'])\d*\.\d+(?!\d|\.\d|[\"']))"
)
NAMED = re.compile(r"(?:exercises?|lessons?|sections?|§+|chapters?|ch\.|fig(?:ure|\.)|tables?|eq(?:uation|\.)|theorem"
                   r"|definition|python|version|parts?|pages?|pp?\.|CC BY)\s*\(?$", re.I)
CITATION = re.compile(r"[A-Z][\w.'’-]+(?:[^.!?]|al\.){0,80}?\(?\b(?:19|20)\d\d\b|\]\(https?://|\bdoi\b|\barXiv\b")


def sentences(text: str) -> Iterator[str]:
    """The sentences of a Markdown text; a list item, a heading or a row of a table begins a new one."""
    text = re.sub(r"\{([.,])\}", r"\1", without_fences(text)).replace("\\%", "%")
    for block in re.split(r"\n\s*\n|\n(?=\s*(?:[-*+|>#]|\d+\.)\s)|(?<=\|)\n", text):
        yield from re.split(r"(?<=[a-z)*\]$][.!?]) +(?=[A-Z*$`“\"\[])", " ".join(block.split()))


def is_printed(number: str, above: str) -> bool:
    """Whether a number, with its % or "times", stands in what the cells above print."""
    parts = re.fullmatch(r"(\S+?) ?(%|percent|per cent| times|-fold|times .*)?", number)
    value, unit = parts.groups() if parts else (number, None)
    shares = ("%", "percent", "per cent")
    ending = " ?(?:%|percent|per cent)" if unit in shares else f" ?{unit}" if unit else ""
    return re.search(rf"(?<![\d.])0?{re.escape(value.lstrip('0') or '0')}{ending}(?!\d)", above) is not None


def numbers_in_prose(lesson: Lesson) -> list[str]:
    """No decimal, percentage or "n times" in prose unless a cell above prints it or the sentence cites its source.

    The level of an interval ("a 95 % interval") is a convention, not a result.
    """
    complaints, above = [], ""
    for cell in lesson.cells:
        if cell.cell_type == "code":
            above += "\n" + printed(cell)
        elif not re.match(r"#+ +references", cell.source, re.I):
            for sentence in sentences(re.sub(r"(?<!\]\()https?://\S+", "", cell.source)):
                for hit in NUMBER.finditer(sentence):
                    level = re.match(r"[ -](?:confidence |credible )?(?:interval|level)", sentence[hit.end() :])
                    free = level or NAMED.search(sentence[: hit.start()]) or CITATION.search(sentence)
                    if not free and not is_printed(hit.group(), above):
                        complaints.append(f"{where(lesson, cell)}: {hit.group()!r} in {sentence[:80]!r}")
    return complaints


def plain_prose(lesson: Lesson) -> list[str]:
    """No emoji, no filler."""
    filler = r"let'?s dive|\bdive in\b|\bobviously\b|\bof course\b|\bneedless to say|\bexciting\b|\bpowerful\b"
    emoji = r"[\U0001F300-\U0001FAFF\u2600-\u27BF\u2B50\uFE0F]"
    found = ((cell, re.search(f"{filler}|{emoji}", cell.source, re.I)) for cell in lesson.prose)
    return [f"{where(lesson, cell)}: {hit.group()!r}" for cell, hit in found if hit]


Lint = Callable[[Lesson], list[str]]
LINTS: tuple[Lint, ...] = (
    file_name, executed, compared, without_errors, lasting_outputs, described_figures, sizes, headings, closing,
    stated_minutes, imports, allowed_code, exercises, guess_first, numbers_in_prose, plain_prose,
)


def all_lints() -> tuple[Lint, ...]:
    """Every lint of lessons: those of this file, and those of portable numbers where that module is present."""
    if find_spec("causalrec.course.portability") is None:
        return LINTS
    portable: tuple[Lint, ...] = import_module("causalrec.course.portability").LINTS
    return LINTS + portable


def complaints(lesson: Lesson) -> list[str]:
    """What all lints say of a lesson, each behind the name of its lint."""
    return [f"{lint.__name__}: {complaint}" for lint in all_lints() for complaint in lint(lesson)]
