"""How names and arrows are written in sentences: in one place, so that all of them read alike."""

from __future__ import annotations

from collections.abc import Iterable


def listed(names: Iterable[object], word: str = "and") -> str:
    """Names in a sentence: "a", "a and b", "a, b and c"; with another word, "a, b or c"."""
    *first, last = [*map(str, names)] or [""]
    return f"{', '.join(first)} {word} {last}" if first else last


def arrowed(text: object) -> str:
    """Graphs and paths with typographic arrows: "X -> Y <-> Z" becomes "X → Y ↔ Z"."""
    return str(text).replace("<->", "↔").replace("->", "→").replace("<-", "←")
