"""What every estimator returns, and how it comes of an influence function: value, interval, effective number of rows.

First taught: lesson 3a.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from math import floor, log10
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike

from causalrec.causal.estimation.columns import cluster_codes
from causalrec.errors import EstimationError
from causalrec.types import Array


@dataclass(frozen=True, repr=False)
class Estimate:
    """An estimated effect with its confidence interval.

    Attributes:
        value: the estimate, in units of the outcome; `low` and `high` are the ends of its interval.
        method: how it was estimated; `estimand`: what is estimated; `n`: the rows used.
        effective_n: rows of a balanced comparison without weights that would be as precise if all rows were equally
            noisy: 4 / (1/ESS₁ + 1/ESS₀), ESS the `effective_sample_size` of an arm's weights. Clusters lower it
            further; the standard error knows of them, this number does not.
        standard_error: the standard error behind the interval.

    First taught: lesson 3a.
    """

    value: float
    low: float
    high: float
    method: str
    estimand: str
    n: int
    effective_n: float
    standard_error: float

    def __repr__(self) -> str:
        """One line, with as many decimals as the interval's width deserves."""
        return f"{self.method}: {self.estimand} {self._numbers()}"

    def _repr_html_(self) -> str:
        return f"<p><b>{escape(self.method)}</b> {escape(self.estimand)} {self._numbers()}</p>"

    def _numbers(self) -> str:
        half = (self.high - self.low) / 2
        digits = min(max(1 - floor(log10(half)), 0), 8) if half > 0 else 3  # two significant digits of the half-width
        value, low, high = (f"{number:z.{digits}f}" for number in (self.value, self.low, self.high))
        return f"{value} [{low}, {high}], n = {self.n}, effective n = {self.effective_n:.0f}"


def estimate_from_influence(value: float, influence: Array, cluster: ArrayLike | None, level: float, method: str,
                            estimand: str, effective_n: float) -> Estimate:
    """The estimate with its interval, by the influence ψᵢ of each row on it, shape (rows,).

    SE² = G/(G − 1) Σ_g (Σ_{i in g} ψᵢ)² / n², over G clusters g; the interval's quantiles are the normal ones.

    Raises:
        EstimationError: a level outside (0, 1), or fewer than two clusters.

    Source: Liang & Zeger 1986, Biometrika 73.
    """
    if not 0 < level < 1:
        raise EstimationError(f"level is {level}, but the confidence of an interval lies within (0, 1); try 0.95.")
    n = len(influence)
    sums = influence if cluster is None else np.bincount(cluster_codes(cluster, n), weights=influence)
    if (groups := len(sums)) < 2:
        raise EstimationError("all rows are in one cluster, so nothing shows how much clusters differ; use finer ones.")
    error = float(np.sqrt(groups / (groups - 1) * (sums**2).sum()) / n)
    half = NormalDist().inv_cdf((1 + level) / 2) * error
    return Estimate(float(value), float(value - half), float(value + half), method, estimand, n, effective_n, error)
