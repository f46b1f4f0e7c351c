"""Claims: sentences about results that are measured, not typed, and that come with a world in which they break.

A claim stands beside its measurement, `CLAIMS` in `notebooks/claims/lesson_5b.py`. `claim("5b.uplift_beats_article")`
measures it and returns the sentence with the numbers in it and whether it holds; `where_it_breaks` does so in the
world that refutes it.
"""

from __future__ import annotations

import math
import string
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any

from causalrec.errors import ExerciseError
from causalrec.teach.answer import boxed
from causalrec.teach.shelf import item, items, lesson_names

__all__ = ["Claim", "Verdict", "all_claims", "claim", "where_it_breaks"]

Figures = Mapping[str, float]
Measure = Callable[[Any], Figures]

_HOLDS, _BREAKS = "#009E73", "#D55E00"  # Okabe-Ito green and vermillion; the words say the same


@dataclass(frozen=True, repr=False)
class Verdict:
    """A claim's sentence with the measured numbers in it, and whether it holds."""

    sentence: str
    holds: bool
    remark: str
    """The margin that had to be kept, or why it breaks in this world."""
    figures: Figures

    @property
    def heading(self) -> str:
        """The verdict in words."""
        return "Holds" if self.holds else "Does not hold"

    def __repr__(self) -> str:
        """Verdict, sentence and remark as one line of text."""
        return f"{self.heading}. {self.sentence} {self.remark}"

    def _repr_html_(self) -> str:
        return boxed(self.heading, f"{self.sentence} {self.remark}", _HOLDS if self.holds else _BREAKS)


@dataclass(frozen=True, repr=False)
class Claim:
    """A statement about the shop, its measurement, the margin it must keep, and a world in which it breaks.

    `sentence` names the figures as a format string: "Uplift sells {uplift:.2f} a user, the article's score
    {article:.2f}." `measure` takes a world (any hashable value: the name of a preset, a preset with a seed) and
    returns the figures by name. `holds` says whether the figures bear the sentence out, by the `margin` that is
    stated in words. In the world `breaks_in` it does not, and `breaks_because` says why in one sentence, which may
    name figures too.
    """

    id: str
    sentence: str
    measure: Measure
    holds: Callable[[Figures], bool]
    margin: str
    world: Hashable
    breaks_in: Hashable
    breaks_because: str

    def __repr__(self) -> str:
        """The id and the sentence, not measured."""
        return f"Claim({self.id}: {self.sentence})"

    def verdict(self, world: Hashable) -> Verdict:
        """The claim measured in a world; a measurement is made once for each world, whichever claims share it.

        Raises:
            ExerciseError: the measurement lacks a figure of the sentence, or one is not a finite number.
        """
        figures = _measured(self.measure, world)
        remark = self.breaks_because if world == self.breaks_in else f"Margin: {self.margin}"
        named = {name for _, name, _, _ in string.Formatter().parse(self.sentence + remark) if name}
        if missing := ", ".join(sorted(named - set(figures))):
            given = ", ".join(figures)
            raise ExerciseError(f"claim {self.id} names {missing}, but its measurement gives {given}; let them agree.")
        if broken := ", ".join(sorted(name for name, value in figures.items() if not math.isfinite(value))):
            raise ExerciseError(f"claim {self.id} measured {broken} as nan or infinite; mend its measurement.")
        holds = bool(self.holds(figures))
        return Verdict(self.sentence.format(**figures), holds, remark.format(**figures), figures)


def claim(identifier: str) -> Verdict:
    """The claim with this id, measured in its own world.

    Raises:
        ExerciseError: there is no such claim, or it was measured wrongly.

    First taught: lesson 0.
    """
    found: Claim = item("claims", identifier)
    return found.verdict(found.world)


def where_it_breaks(identifier: str) -> Verdict:
    """The claim with this id, measured in the world that refutes it, and why it breaks there.

    Raises:
        ExerciseError: there is no such claim, or it was measured wrongly.

    First taught: lesson 0.
    """
    found: Claim = item("claims", identifier)
    return found.verdict(found.breaks_in)


def all_claims() -> tuple[Claim, ...]:
    """All claims of all lessons, in the lessons' order."""
    return tuple(found for name in lesson_names() for found in items("claims", name))


@cache
def _measured(measure: Measure, world: Hashable) -> Figures:
    """A measurement, kept and read-only: two claims of a lesson may share an expensive one."""
    return MappingProxyType({name: float(value) for name, value in measure(world).items()})
