"""The table of `identify.py --sweep`: how many questions, what was answered, what was wrong, how fast."""

from __future__ import annotations

import os
import platform
from collections import Counter
from pathlib import Path
from textwrap import fill

from benchmarks.sweep import A_GRAPH, EXACT, MODELS, MOST_HIDDEN, SIZES, done, engine_key

METHODS, ENDS = ("back door", "front door", "ID", "IDC"), ("refused", "wrong")
QUESTIONS, CORES, HOURS = 10_000_000, 2, 3.0
LISTED = 50


def report(state: Path) -> str:
    """The committed Markdown, of the chunks that the present engine has finished."""
    chunks = done(state).values()
    counts: dict[str, Counter[str]] = {}
    for chunk in chunks:
        for row, kinds in chunk["counts"].items():
            counts.setdefault(row, Counter()).update(kinds)
    faults = [{**one, "chunk": chunk["chunk"]} for chunk in chunks for one in chunk["faults"]]
    asked, seconds, cpu = (sum(chunk[what] for chunk in chunks) for what in ("questions", "seconds", "cpu"))
    nodes = {row: kinds for row, kinds in counts.items() if row.endswith("nodes")}
    shapes = {row: kinds for row, kinds in counts.items() if row not in nodes}
    wrong = sum(kinds["wrong"] for kinds in shapes.values())
    lines = [
        "# Random questions to identification, every answer checked", "",
        f"`python benchmarks/identify.py --sweep {QUESTIONS} --table`", "",
        f"**{asked:,} questions, {wrong:,} wrong.**", "",
        wrapped("Each question is asked twice, for the textbook's formula and for that of ID alone. It is about a "
                f"random graph of {min(SIZES)} to {max(SIZES)} nodes with up to {MOST_HIDDEN} bidirected edges, "
                f"{A_GRAPH} questions a graph. A formula is right if it is within {EXACT:g} of do() on {MODELS} random "
                "models of the graph, at all values of all variables; a refusal, if its hedge is one by definition. "
                "A question is wrong if one of the two answers is, if an error is raised, or if one method refuses "
                "and the other does not. The columns say by what the textbook's method answered."), "",
        *table("questions", shapes), "", *table("graphs", nodes), "", pace(asked, seconds, cpu), "",
    ]
    if faults:
        listed = [f"| {one['chunk']} | `{one['graph']}` | `{barred(one['query'])}` | {barred(one['what'])} |"
                  for one in faults[:LISTED]]
        lines += [f"At most {LISTED} of what is wrong, with the number of the chunk that it was drawn in:", "",
                  "| chunk | graph | question | what |", "|---|---|---|---|", *listed, ""]
    return "\n".join(lines)


def table(what: str, counts: dict[str, Counter[str]]) -> list[str]:
    """Lines of a table, a row a kind of question."""
    columns = [*METHODS, *sorted(set().union(*counts.values()) - {*METHODS, *ENDS}), *ENDS]
    rows = [f"| {row} | {kinds.total():,} | " + " | ".join(f"{kinds[column]:,}" for column in columns) + " |"
            for row, kinds in sorted(counts.items())]
    return [f"| {what} | number | " + " | ".join(columns) + " |", "|---|" + "---|" * (1 + len(columns)), *rows]


def pace(asked: int, seconds: float, cpu: float) -> str:
    """How fast it went, whether the goal is met, and on what machine."""
    if not asked:
        return "Nothing was asked yet."
    hours = QUESTIONS * cpu / asked / CORES / 3600
    verdict = "met" if hours <= HOURS else "NOT MET"
    return wrapped(
        f"{asked / cpu:,.0f} questions a second of a core, models and checks included, so {QUESTIONS:,} take "
        f"{hours:.1f} hours on {CORES} cores; the goal is at most {HOURS:g}: {verdict}. (With what "
        f"else the machine did, a process took {seconds / cpu:.1f} times as long.) {os.cpu_count()} cores, "
        f"{platform.system()} {platform.machine()}, Python {platform.python_version()}; engine {engine_key()}.")


def barred(text: str) -> str:
    """The text in one line, with bars that a Markdown table takes."""
    return " ".join(text.split()).replace("|", "\\|")


def wrapped(text: str) -> str:
    """A paragraph in lines of 120 characters."""
    return fill(text, 120, break_long_words=False, break_on_hyphens=False)
