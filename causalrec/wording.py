"""How names and arrows are written in sentences: in one place, so that all of them read alike."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches


def listed(names: Iterable[object], word: str = "and") -> str:
    """Names in a sentence: "a", "a and b", "a, b and c"; with another word, "a, b or c"."""
    *first, last = [*map(str, names)] or [""]
    return f"{', '.join(first)} {word} {last}" if first else last


def arrowed(text: object) -> str:
    """Graphs and paths with typographic arrows: "X -> Y <-> Z" becomes "X → Y ↔ Z"."""
    return str(text).replace("<->", "↔").replace("->", "→").replace("<-", "←")


def quoted(name: str) -> str:
    """A name as graphs and queries write it: in double quotes where it holds more than letters, digits and "_"."""
    return name if re.fullmatch(r"\w+", name) else f'"{name}"'


def near_miss(name: object, names: Iterable[str]) -> str:
    """The question "did you mean 'browsed'?" with a blank before it, where one of the names is like the one given."""
    by_small = {known.lower(): known for known in names}
    near = get_close_matches(str(name).lower(), by_small, 1)
    return f" did you mean {by_small[near[0]]!r}?" if near else ""
