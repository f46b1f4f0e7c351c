"""The table of rooms in docs/architecture.md, printed from the tree, with what is still to come."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from causalrec.course.size import PACKAGE, Room, rooms

PAGE = PACKAGE.parent / "docs" / "architecture.md"
MARK = "<!-- From here on printed by `python -m causalrec.course house --write`. -->\n"

LATER: Mapping[str, tuple[str, str]] = {
    "causalrec.causal.estimation": (
        "", "matching outcome_models two_stage plug_in at_scale time_series sensitivity cross_check"
    ),
    "causalrec.commands": ("A file a command of `python -m causalrec`.", "effect evaluate experiment plan classroom"),
    "causalrec.course": ("", "site worlds exam classroom"),
    "causalrec.recommend.value": ("", "policy_value uplift_curves experiment batches report"),
    "causalrec.teach": ("", "misconceptions"),
    "causalrec.teach.widget": ("Graphs and numbers that a learner can touch.", "graph instruments"),
}
"""By room what it will be for, where it is not there yet, and the modules that are to come."""


def table(found: Iterable[Room] = ()) -> str:
    """The rooms as a Markdown table: what each is for, its modules, its lines of code up to the next hundred."""
    here = {room.name: room for room in found or rooms()}
    lines = ["| room | what it is for | modules | lines of code, at most |", "|---|---|---|---:|"]
    for name in sorted(here.keys() | LATER.keys()):
        room, (purpose, planned) = here.get(name), LATER.get(name, ("", ""))
        modules = room.modules if room else ()
        to_come = [module for module in planned.split() if module not in modules]
        told = [" ".join(f"`{module}`" for module in modules)] if modules else []
        told += [f"*later: {' '.join(to_come)}*"] if to_come else []
        size = f"{-room.code // 100 * -100:,}" if room else "later"
        lines.append(f"| `{name}` | {room.purpose if room else purpose} | {'; '.join(told)} | {size} |")
    return "\n".join(lines) + "\n"


def page() -> str:
    """The page of the architecture as it should be: its own words, then the table."""
    words, mark, _ = PAGE.read_text("utf-8").partition(MARK)
    return f"{words}{mark}\n{table()}"
