"""Bounds: what a log can say of an effect that it does not identify.

`manski` assumes nothing, or that the treatment or its choice works one way. Bounds from an instrument are in
`instrument_bounds`, and how large an experiment decides between the ends in `experiment`.

First taught: lesson 3c.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from causalrec.causal.formulas.expression import P
from causalrec.causal.formulas.table import Table
from causalrec.errors import IdentificationError, ModelError
from causalrec.types import Array
from causalrec.wording import instead

ROUNDING = 1e-9
"""By how much an inequality may be missed through rounding."""


@dataclass(frozen=True, repr=False)
class Bounds:
    """The two ends between which an effect must lie, given the log and what was assumed.

    Attributes:
        low: the lower end.
        high: the upper end.
        query: what is bounded, in symbols.
        method: by what, and under which assumptions.
        difference: whether it is a difference of two levels, and not one level.
        limits: the least and the greatest value of the outcome.

    First taught: lesson 3c.
    """

    low: float
    high: float
    query: str
    method: str
    difference: bool = False
    limits: tuple[float, float] = (0.0, 1.0)

    @property
    def width(self) -> float:
        """How far apart the ends are: what the log leaves open."""
        return self.high - self.low

    @property
    def nearest(self) -> float:
        """The end nearer to zero, or 0 where zero lies between the ends: the least effect the log leaves possible."""
        return max(self.low, 0.0) if self.low > 0 else min(self.high, 0.0)

    def __contains__(self, value: float) -> bool:
        """Whether a value lies between the ends, but for rounding."""
        return self.low - ROUNDING <= value <= self.high + ROUNDING

    def __repr__(self) -> str:
        """The ends around what they bound."""
        low, high = (f"{end + 0.0:.4g}" for end in (round(self.low, 12), round(self.high, 12)))
        return f"{low} ≤ {self.query} ≤ {high} ({self.method})"


def manski(table: Table, treatment: str, outcome: str, *, do: Any = None, limits: tuple[float, float] | None = None,
           assume: str | Iterable[str] = ()) -> Bounds:
    """The bounds on an effect from treatment and outcome alone, whatever hidden causes they share.

    Cases with another treatment than t may have had any outcome at t, between the least and the greatest:
      Σ_s P(s) l_s ≤ E[Y | do(t)] ≤ Σ_s P(s) u_s,   l_t = u_t = E[Y | t],   l_s, u_s the limits for s ≠ t.
    "monotone response" (Y_s ≤ Y_t for s < t) and "monotone selection" (E[Y_t | s] grows with s) make l_s and u_s
    sharper, by outcomes that were seen.

    Args:
        table: a joint distribution of treatment and outcome, others are summed out.
        treatment: its values are put in order where something is assumed.
        outcome: numbers.
        do: the value set, or a pair (from, to) for the difference; without it the difference between the two values.
        limits: the least and greatest outcome; those of its values if not given.
        assume: "monotone response", "monotone selection" or both.

    Raises:
        ModelError: a variable or value that the table lacks; an outcome beyond the limits; a treatment with more than
            two values and no `do`.
        IdentificationError: the table is no distribution, contradicts the assumptions, or an assumption is not known.

    The bounds on a level are sharp; so are those on a difference for a treatment of two values.
    Source: Manski 1990, American Economic Review 80; Manski & Pepper 2000, Econometrica 68. First taught: lesson 3c.
    """
    check_distribution(table, treatment, outcome)
    assumed = {assume} if isinstance(assume, str) else set(assume)
    if unknown := sorted(assumed - {"monotone response", "monotone selection"}):
        raise IdentificationError(f"{unknown[0]!r} is no assumption known here; use 'monotone response', 'monotone "
                                  "selection' or both.")
    if treatment == outcome:
        raise ModelError(f"{treatment} is both treatment and outcome; name two variables.")
    joint = table.marginal((treatment, outcome))
    ends = _limits(joint, outcome, limits)
    strata = _Strata.of(joint, treatment, outcome, ends, assumed)
    method = f"Manski, {' and '.join(sorted(assumed))}" if assumed else "Manski"
    start, end = _asked(joint, treatment, do)
    low, high = strata.level(joint.position(treatment, end))
    if start is None:
        return Bounds(low, high, f"E[{outcome} | do({treatment}={end})]", method, False, ends)
    least, most = strata.level(joint.position(treatment, start))
    down, up = low - most, high - least
    if "monotone response" in assumed:
        down, up = (max(down, 0.0), up) if float(end) > float(start) else (down, min(up, 0.0))
    return Bounds(down, up, effect_in_symbols(outcome, treatment, start, end), method, True, ends)


@dataclass(frozen=True)
class _Strata:
    """Cases by treatment: their shares, their mean outcomes, and what is assumed of the outcomes not seen."""

    shares: Array
    means: Array  # NaN where a treatment never occurs
    place: Array  # of each treatment in their order
    limits: tuple[float, float]
    assumed: frozenset[str]

    @classmethod
    def of(cls, joint: Table, treatment: str, outcome: str, limits: tuple[float, float], assumed: set[str]) -> _Strata:
        shares = joint.probabilities.sum(axis=1)
        sums = joint.probabilities @ joint.numbers(outcome)
        means = np.divide(sums, shares, out=np.full(shares.shape, np.nan), where=shares > 0)
        place = joint.numbers(treatment) if assumed else np.arange(len(shares))
        return cls(shares, means, place, limits, frozenset(assumed))

    def level(self, at: int) -> tuple[float, float]:
        """The ends of E[Y | do(t)] for the treatment at a position."""
        ends = [self.unseen(at, s) for s in range(len(self.shares))]
        low, high = (float(self.shares @ np.array(side)) for side in zip(*ends, strict=True))
        return low, high

    def unseen(self, at: int, s: int) -> tuple[float, float]:
        """The ends of E[Y_t | s], the mean that cases with treatment s would have had with treatment t."""
        place, (low, high) = self.place, self.limits
        if self.assumed == {"monotone response", "monotone selection"}:
            below, above = place <= min(place[s], place[at]), place >= max(place[s], place[at])
        else:  # what bounds from below, and from above
            known = at if self.assumed == {"monotone selection"} else s
            other = s + at - known
            within = (np.arange(len(place)) == known) & (bool(self.assumed) or s == at)
            below, above = within & (place <= place[other]), within & (place >= place[other])
        least = np.nanmax(np.array([low, *self.means[below]]))
        most = np.nanmin(np.array([high, *self.means[above]]))
        if self.shares[s] > 0 and least > most + ROUNDING:
            raise IdentificationError(f"a treatment with a greater value has the smaller mean outcome, {most:.4g} "
                                      f"after {least:.4g}, which no model with monotone response and selection gives; "
                                      "drop one of the two.")
        return float(least), float(most)


def _limits(joint: Table, outcome: str, limits: tuple[float, float] | None) -> tuple[float, float]:
    seen = joint.numbers(outcome)
    low, high = limits or (float(seen.min()), float(seen.max()))
    if not low < high or seen.min() < low or seen.max() > high:
        raise ModelError(f"{outcome} takes values from {seen.min():g} to {seen.max():g}, beyond the limits {low:g} and "
                         f"{high:g}; give its least and its greatest possible value.")
    return low, high


def _asked(joint: Table, treatment: str, do: Any) -> tuple[Any, Any]:
    """The treatment from which and to which the difference is taken; from None where a level is asked for."""
    if isinstance(do, tuple) and len(do) == 2:
        return do[0], do[1]
    if do is not None:
        return None, do
    values = joint.domain(treatment)
    if len(values) != 2:
        raise ModelError(f"{treatment} takes {len(values)} values, {', '.join(map(repr, values))}; say which "
                         "difference is asked for, as do=(from, to).")
    start, end = sorted(values) if all(isinstance(value, int | float) for value in values) else values
    return start, end


def check_distribution(table: object, *variables: object) -> None:
    """Nothing, if this is a joint distribution of these variables, perhaps of others too; else an error that says why.

    Raises:
        ModelError: no `Table`; a variable that it lacks.
        IdentificationError: probabilities that do not sum to 1.
    """
    if not isinstance(table, Table):
        raise ModelError(f"a Table of probabilities is asked for, such as SCM.table() gives, and not a "
                         f"{type(table).__name__}.")
    for name in variables:
        if name not in table.variables:
            raise ModelError(f"the table has no variable {name!r}; {instead(name, table.variables)}")
    P(table.variables).evaluate(table)  # refuses what does not sum to 1


def effect_in_symbols(outcome: str, treatment: str, start: Any, end: Any) -> str:
    """A difference of two levels as a formula."""
    return f"E[{outcome} | do({treatment}={end})] − E[{outcome} | do({treatment}={start})]"
