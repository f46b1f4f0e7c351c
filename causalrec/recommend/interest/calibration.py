"""From a score to a probability, and how far a probability can be believed.

A score sorts pairs; it need not say how often a pair ends in a click. *Calibration* maps scores to probabilities that
come true as often as they say. First taught: lesson 4b.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from causalrec.causal.belief.proportion import wilson_interval
from causalrec.errors import DataError, EstimationError
from causalrec.types import Array

Method = Literal["platt", "isotonic"]
Bins = Literal["uniform", "quantile"]


class Calibration(Protocol):
    """A map from scores to probabilities, shape (n,) to (n,), that never falls as the score rises or never rises."""

    def __call__(self, score: Array) -> Array:
        """The probability of each score; NaN for NaN."""
        ...


@dataclass(frozen=True)
class Platt:
    """The probability 1 / (1 + exp(-(slope · score + intercept)))."""

    slope: float
    intercept: float

    def __call__(self, score: Array) -> Array:
        """The probability of each score, shape (n,); NaN for NaN."""
        with np.errstate(over="ignore"):
            return np.asarray(1 / (1 + np.exp(-(self.slope * np.asarray(score, dtype=float) + self.intercept))))

    def __repr__(self) -> str:
        """The curve, to four digits."""
        return f"Platt(slope {self.slope:.4g}, intercept {self.intercept:.4g})"


@dataclass(frozen=True, repr=False, eq=False)
class Isotonic:
    """A rising line through (`scores`, `probabilities`), level outside of them; both of shape (knots,)."""

    scores: Array
    probabilities: Array

    def __call__(self, score: Array) -> Array:
        """The probability of each score, shape (n,); NaN for NaN."""
        return np.asarray(np.interp(np.asarray(score, dtype=float), self.scores, self.probabilities))

    def __repr__(self) -> str:
        """From where to where it rises."""
        low, high = self.probabilities[0], self.probabilities[-1]
        return f"Isotonic({low:.4g} to {high:.4g} in {len(np.unique(self.probabilities))} steps)"


def platt(score: Array, outcome: Array) -> Platt:
    """The logistic curve of a 0/1 `outcome` on a real `score`, both of shape (n,).

    The likelihood is maximised for targets (n1 + 1)/(n1 + 2) and 1/(n0 + 2) instead of 1 and 0, n1 and n0 counting
    them, so that the curve stays finite where the score sorts perfectly. A score that never varies has slope 0.

    Raises: EstimationError for an outcome that never varies or no rows, DataError for a score that is not finite.
    Source: Platt (1999), "Probabilistic outputs for support vector machines", section 2.
    """
    from sklearn.linear_model import LogisticRegression

    score, outcome = _checked(score, outcome)
    ones = outcome.sum()
    target = np.where(outcome == 1, (ones + 1) / (ones + 2), 1 / (len(outcome) - ones + 2))
    centre, scale = score.mean(), score.std()
    if scale <= 1e-12 * max(1.0, abs(centre)):
        return Platt(0.0, float(np.log(target.mean() / (1 - target.mean()))))
    # Each row stands there twice, as a 1 that counts as much as its target and as a 0 that counts the rest.
    x, y = np.tile((score - centre) / scale, 2)[:, None], np.repeat([1, 0], len(score))
    curve = LogisticRegression(C=np.inf, solver="newton-cholesky", tol=1e-9)
    curve.fit(x, y, sample_weight=np.concatenate([target, 1 - target]))
    slope = float(curve.coef_[0, 0] / scale)
    return Platt(slope, float(curve.intercept_[0] - slope * centre))


def isotonic(score: Array, outcome: Array) -> Isotonic:
    """The rising curve that comes closest to a 0/1 `outcome` in squares, both of shape (n,); it may take any form.

    It needs more rows than `platt`, and says 0 or 1 at its ends where the lowest or highest scores all ended alike.

    Raises: as `platt`. Source: Zadrozny & Elkan (2002), "Transforming classifier scores into accurate multiclass
    probability estimates", section 3; scikit-learn's pool-adjacent-violators. First taught: lesson 4b.
    """
    from sklearn.isotonic import IsotonicRegression

    score, outcome = _checked(score, outcome)
    fitted = IsotonicRegression(out_of_bounds="clip").fit(score, outcome)
    return Isotonic(np.asarray(fitted.X_thresholds_), np.asarray(fitted.y_thresholds_))


def reliability(probability: Array, outcome: Array, bins: int = 10, strategy: Bins = "uniform") -> pd.DataFrame:
    """What was predicted beside what came true, one row a bin that holds a prediction.

    Columns: bin ("0.1 to 0.2"), n, predicted and observed (means), low and high (Wilson's 95 % interval of observed).
    "uniform" cuts [0, 1] into bins of one width, "quantile" the predictions into bins of about one size.

    Raises: DataError for a probability outside [0, 1], an outcome other than 0 and 1, or fewer than one bin.
    Source: Niculescu-Mizil & Caruana (2005), ICML, section 4; Wilson (1927), JASA 22. First taught: lesson 4b.
    """
    probability, outcome = _probabilities(probability, outcome)
    if bins < 1:
        raise DataError(f"bins is {bins}; take 1 or more, such as 10")
    edges = np.linspace(0, 1, bins + 1)
    if strategy == "quantile":
        edges = np.unique(np.quantile(probability, edges))
        edges = edges if len(edges) > 1 else np.repeat(edges, 2)
    place = np.searchsorted(edges[1:-1], probability)  # a value on an edge belongs to the bin below it
    frame = pd.DataFrame({"place": place, "predicted": probability, "observed": outcome})
    table = frame.groupby("place").agg(
        n=("observed", "size"), predicted=("predicted", "mean"), observed=("observed", "mean")
    )
    low, high = wilson_interval(table["n"] * table["observed"], table["n"])
    names = [f"{edges[k]:.3g} to {edges[k + 1]:.3g}" for k in table.index]
    table = table.assign(low=low, high=high).reset_index(drop=True)
    table.insert(0, "bin", names)
    return table


def calibration_error(probability: Array, outcome: Array, bins: int = 10, strategy: Bins = "uniform") -> float:
    """The expected calibration error Σ_bins n_b/n |observed_b - predicted_b|: 0 is best, 1 the worst.

    By chance alone it is above 0. Raises: as `reliability`. Source: Naeini, Cooper & Hauskrecht (2015), AAAI; Guo,
    Pleiss, Sun & Weinberger (2017), ICML, section 2. First taught: lesson 4b.
    """
    table = reliability(probability, outcome, bins, strategy)
    return float((table["n"] * (table["observed"] - table["predicted"]).abs()).sum() / table["n"].sum())


def checked_outcome(values: ArrayLike, outcome: ArrayLike, name: str) -> tuple[Array, Array]:
    """Both as floats, one of each a row; `name` says in complaints what the values are.

    Raises: DataError where the shapes differ or are not (n,), or an outcome is neither 0 nor 1.
    """
    values, outcome = np.asarray(values, dtype=float), np.asarray(outcome, dtype=float)
    if values.ndim != 1 or values.shape != outcome.shape:
        raise DataError(f"{name} of shape {values.shape} and outcome of shape {outcome.shape}; give one of each a row")
    if not np.isin(outcome, (0, 1)).all():
        raise DataError(f"the outcome holds {outcome[~np.isin(outcome, (0, 1))][0]:g}; it must be 0 or 1 in every row")
    return values, outcome


def _probabilities(probability: Array, outcome: Array) -> tuple[Array, Array]:
    probability, outcome = checked_outcome(probability, outcome, "probability")
    if not len(outcome):
        raise DataError("there are no rows to judge; give one probability and one outcome a pair")
    wrong = ~((probability >= 0) & (probability <= 1))
    if wrong.any():
        raise DataError(
            f"probability is {probability[wrong][0]:g} in row {int(wrong.argmax())}; it must lie in [0, 1]: calibrate "
            "a score before it is judged as a probability"
        )
    return probability, outcome


def _checked(score: Array, outcome: Array) -> tuple[Array, Array]:
    score, outcome = checked_outcome(score, outcome, "score")
    if not np.isfinite(score).all():
        raise DataError(f"the score is {score[~np.isfinite(score)][0]} in places; leave those rows out of calibration")
    if len(np.unique(outcome)) < 2:
        told = f"the outcome is {outcome[0]:g} in all {len(outcome)} rows" if len(outcome) else "there are no rows"
        raise EstimationError(f"{told}, so no score can be calibrated to it: take a longer period, or another outcome")
    return score, outcome
