"""How large an experiment must be to decide what the log left open.

First taught: lesson 3c.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, sqrt
from statistics import NormalDist

from causalrec.causal.bounds.worst_case import Bounds
from causalrec.errors import EstimationError


@dataclass(frozen=True, repr=False)
class ExperimentSize:
    """How many rows an experiment needs.

    Attributes:
        rows: of all arms together.
        arms: 2 where half of the rows are treated, 1 where all are set to the same value.
        tells: what it tells apart, in words.
        power: the chance to do so.
        level: the chance to claim it wrongly, on both sides together.

    First taught: lesson 3c.
    """

    rows: int
    arms: int
    tells: str
    power: float
    level: float

    def __int__(self) -> int:
        """The rows."""
        return self.rows

    def __repr__(self) -> str:
        """The rows and what they buy."""
        how = "half of them treated" if self.arms == 2 else "all set to the same value"
        return f"{self.rows:,} rows, {how}, tell {self.tells} with power {self.power:g} at level {self.level:g}"


def experiment_size(effect: float | Bounds, *, p0: float | None = None, power: float = 0.8,
                    level: float = 0.05) -> ExperimentSize:
    """The rows of a fair experiment that tells a difference from zero, or one end of bounds from the other.

    For a difference d = p₁ − p₀ between two arms of n rows each, by a two-sided test at `level` α,
      n = (z_{1−α/2} √(2 p̄ (1 − p̄)) + z_power √(p₀ (1 − p₀) + p₁ (1 − p₁)))² / d²,   p̄ = (p₀ + p₁) / 2.
    For bounds, d is their width, and n is so large that whichever end is the truth, the other is rejected:
      n = (z_{1−α/2} σ(one end) + z_power σ(other end))² / width², the larger of the two orders,
    with σ² = p₀ (1 − p₀) + p₁ (1 − p₁) for a difference and p (1 − p) for one level, where one arm is enough.

    Args:
        effect: a difference of probabilities, or bounds.
        p0: the outcome's probability without treatment; if not given, the one that needs most rows.
        power: chance that the experiment decides.
        level: chance of a wrong claim.

    Raises:
        EstimationError: nothing to tell apart; chances outside (0, 1); a p0 that does not go with the effect.

    Outcomes that are no 0 or 1 are taken on the scale of their limits, where a 0/1 outcome varies most, so the rows are
    enough for them too. The formulas rest on the normal distribution, and are rough below some thirty rows an arm or
    where an end is near 0 or 1.
    Source: Fleiss, Levin & Paik 2003, Statistical Methods for Rates and Proportions, chapter 4, without continuity
    correction. First taught: lesson 3c.
    """
    for name, chance in (("power", power), ("level", level)):
        if not 0 < chance < 1:
            raise EstimationError(f"{name} is {chance:g} but must lie between 0 and 1; 0.8 and 0.05 are usual.")
    if isinstance(effect, Bounds):
        if not effect.difference and p0 is not None:
            raise EstimationError(f"p0 was given, but {effect.query} is one level and needs none; leave it out.")
        return _between_ends(effect, p0, power, level)
    try:
        difference = float(effect)
    except (TypeError, ValueError):
        raise EstimationError(f"a difference or bounds are asked for, such as 0.02, and not {effect!r}.") from None
    _within(difference, p0)
    if difference == 0:
        raise EstimationError("the difference is 0, and no experiment tells that from 0; ask about one worth finding.")
    base = 0.5 - difference / 2 if p0 is None else p0  # where the two arms vary most
    middle = base + difference / 2
    rows = 2 * _rows(sqrt(2 * middle * (1 - middle)), _spread(difference, p0), difference, power, level)
    return ExperimentSize(rows, 2, f"a difference of {difference:.4g} from 0", power, level)


def _between_ends(bounds: Bounds, p0: float | None, power: float, level: float) -> ExperimentSize:
    """The rows that tell the ends apart, on the scale on which the outcome goes from 0 to 1."""
    least, most = bounds.limits
    shift = 0.0 if bounds.difference else least
    low, high = ((end - shift) / (most - least) for end in (bounds.low, bounds.high))
    if high - low <= 0:
        raise EstimationError(f"both ends of {bounds} are the same, so nothing is open; no experiment is needed.")
    if bounds.difference:
        _within(low, p0)
        _within(high, p0)
        one, other, arms = _spread(low, p0), _spread(high, p0), 2
    else:
        one, other, arms = sqrt(max(low * (1 - low), 0.0)), sqrt(max(high * (1 - high), 0.0)), 1
    rows = max(_rows(a, b, high - low, power, level) for a, b in ((one, other), (other, one)))
    tells = f"{bounds.low:.4g} from {bounds.high:.4g} for {bounds.query}"
    return ExperimentSize(arms * rows, arms, tells, power, level)


def _rows(under_null: float, under_truth: float, difference: float, power: float, level: float) -> int:
    """Rows of one arm; the spreads are those of one row an arm."""
    quantile = NormalDist().inv_cdf
    distance = quantile(1 - level / 2) * under_null + quantile(power) * under_truth
    return max(1, ceil((distance / difference) ** 2 - 1e-9))


def _spread(difference: float, p0: float | None) -> float:
    """√(p₀(1 − p₀) + p₁(1 − p₁)), p₁ = p₀ + difference; where p₀ is unknown, at its largest, (1 − difference) / 2."""
    base = (1 - difference) / 2 if p0 is None else p0
    other = base + difference
    return sqrt(max(base * (1 - base) + other * (1 - other), 0.0))


def _within(difference: float, p0: float | None) -> None:
    base = (1 - difference) / 2 if p0 is None else p0
    if not (-1 <= difference <= 1 and 0 <= base <= 1 and -1e-12 <= base + difference <= 1 + 1e-12):
        known = "" if p0 is None else f" and p0 = {p0:g}"
        raise EstimationError(f"a difference of {difference:g}{known} cannot be, for both probabilities must lie "
                              "between 0 and 1; give others.")
