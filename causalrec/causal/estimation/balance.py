"""Are the arms alike, and how many rows are weighted rows worth?"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from causalrec.causal.estimation.columns import check_arms, read_columns
from causalrec.errors import EstimationError
from causalrec.types import Array


def effective_sample_size(weights: ArrayLike) -> float:
    """How many equally weighted rows the weighted ones are worth: ESS = (Σ w)² / Σ w².

    It equals the number of rows when all weights are equal and 1 when one row carries all the weight.

    Raises:
        EstimationError: no weights, a missing or negative one, or all zero.

    Source: Kish 1965, Survey Sampling.
    """
    (w,) = read_columns(weights=weights)
    if (w < 0).any() or not w.any():
        raise EstimationError("weights have a negative value or are all zero; give weights of 0 or more, some above 0.")
    w = w / w.max()  # leaves the ratio as it is, and squares of huge or tiny weights within range
    return float(w.sum() ** 2 / (w**2).sum())


def standardised_difference(x: ArrayLike, treatment: ArrayLike, weights: ArrayLike | None = None) -> float:
    """How far apart the arms are in a covariate, in standard deviations: (x̄₁ − x̄₀) / √((s₁² + s₀²) / 2).

    The usual sign of balance is a value below 0.1 either way. With weights the means are weighted; the standard
    deviations are not, so that a smaller value means nearer arms and not a larger denominator.

    Args:
        x: one covariate, shape (rows,).
        treatment: T, shape (rows,).
        weights: a weight per row, shape (rows,), or None.

    Raises:
        EstimationError: as for `naive`; an arm without weight; arms that differ although x varies in neither.

    Source: Austin 2009, Statistics in Medicine 28.
    """
    values, t = read_columns(x=x, treatment=treatment)
    check_arms(t)
    w = np.ones(len(t)) if weights is None else read_columns(x=x, weights=weights)[1]
    arms = [t == 1, t == 0]
    if (w < 0).any() or not all(w[arm].any() for arm in arms):
        raise EstimationError("weights have a negative value or are all zero in an arm; give weights of 0 or more, "
                              "some above 0 in each arm.")
    treated, untreated = (np.average(values[arm], weights=w[arm]) for arm in arms)
    spread = np.sqrt(np.mean([values[arm].var(ddof=1) for arm in arms]))
    if spread == 0 and treated != untreated:
        raise EstimationError(f"x is {treated:g} in every treated row and {untreated:g} in every other, so the arms "
                              "share no value; leave out this covariate or do not compare these arms.")
    return float((treated - untreated) / spread) if spread else 0.0


def balanced_rows(w: Array, t: Array) -> float:
    """Rows of a balanced comparison without weights that are worth as much: 4 / (1/ESS₁ + 1/ESS₀)."""
    return 4 / sum(1 / effective_sample_size(w[t == arm]) for arm in (0, 1))
