"""From a score to a probability, and how far a probability can be believed.

A score sorts pairs; it need not say how often a pair ends in a click. *Calibration* maps scores to probabilities that
come true as often as they say. First taught: lesson 4b.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
import pandas as pd

from causalrec.errors import DataError, EstimationError
from causalrec.types import Array

# Standard normal quantile of a two-sided 95 % interval.
Z95 = 1.959963984540054


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
        return _sigmoid(self.slope * np.asarray(score, dtype=float) + self.intercept)

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
    Source: Platt (1999), "Probabilistic outputs for support vector machines", section 2; by Newton's method with
    halved steps as in Lin, Lin & Weng (2007), Machine Learning 68. First taught: lesson 4b.
    """
    score, outcome = _checked(score, outcome)
    ones = outcome.sum()
    target = np.where(outcome == 1, (ones + 1) / (ones + 2), 1 / (len(outcome) - ones + 2))
    centre, scale = score.mean(), score.std()
    if scale <= 1e-12 * max(1.0, abs(centre)):
        return Platt(0.0, float(np.log(target.mean() / (1 - target.mean()))))
    x = np.stack([(score - centre) / scale, np.ones(len(score))], axis=1)  # (n, 2)
    beta = np.array([0.0, np.log(target.mean() / (1 - target.mean()))])
    loss = _logistic_loss(x @ beta, target)
    for _ in range(100):
        p = _sigmoid(x @ beta)
        gradient, curvature = x.T @ (p - target), (x * (p * (1 - p))[:, None]).T @ x
        step = np.linalg.solve(curvature + 1e-12 * np.eye(2), gradient)
        tried, length = loss, 1.0
        while length > 1e-10 and (tried := _logistic_loss(x @ (beta - length * step), target)) > loss:
            length /= 2
        beta = beta - length * step
        if loss - tried <= 1e-13 * loss:
            break
        loss = tried
    return Platt(float(beta[0] / scale), float(beta[1] - beta[0] * centre / scale))


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


def reliability(
    probability: Array, outcome: Array, bins: int = 10, strategy: Literal["uniform", "quantile"] = "uniform"
) -> pd.DataFrame:
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
    low, high = wilson(table["observed"].to_numpy(), table["n"].to_numpy())
    names = [f"{edges[k]:.3g} to {edges[k + 1]:.3g}" for k in table.index]
    table = table.assign(low=low, high=high).reset_index(drop=True)
    table.insert(0, "bin", names)
    return table


def wilson(share: Array, n: Array) -> tuple[Array, Array]:
    """The ends of the 95 % interval of a share seen among `n`, each of the shape of `share`.

    (p + z²/2n ± z √(p(1 - p)/n + z²/4n²)) / (1 + z²/n), z = 1.96. Source: Wilson (1927), JASA 22.
    """
    middle, spread = share + Z95**2 / (2 * n), Z95 * np.sqrt(share * (1 - share) / n + Z95**2 / (4 * n**2))
    return np.maximum((middle - spread) / (1 + Z95**2 / n), 0.0), np.minimum((middle + spread) / (1 + Z95**2 / n), 1.0)


def calibration_error(
    probability: Array, outcome: Array, bins: int = 10, strategy: Literal["uniform", "quantile"] = "uniform"
) -> float:
    """The expected calibration error Σ_bins n_b/n |observed_b - predicted_b|: 0 is best, 1 the worst.

    By chance alone it is above 0. Raises: as `reliability`. Source: Naeini, Cooper & Hauskrecht (2015), AAAI; Guo,
    Pleiss, Sun & Weinberger (2017), ICML, section 2. First taught: lesson 4b.
    """
    table = reliability(probability, outcome, bins, strategy)
    return float((table["n"] * (table["observed"] - table["predicted"]).abs()).sum() / table["n"].sum())


def log_loss(probability: Array, outcome: Array) -> float:
    """The mean of -log of the probability of what happened, in nats: 0 is best, infinite where what was ruled out did.

    Raises: DataError for a probability outside [0, 1] or an outcome other than 0 and 1. First taught: lesson 4b.
    """
    probability, outcome = _probabilities(probability, outcome)
    with np.errstate(divide="ignore"):
        return float(-np.log(np.where(outcome == 1, probability, 1 - probability)).mean())


def brier(probability: Array, outcome: Array) -> float:
    """The mean squared distance of probability and outcome: 0 is best, 1 the worst.

    Raises: DataError for a probability outside [0, 1] or an outcome other than 0 and 1.
    Source: Brier (1950), Monthly Weather Review 78. First taught: lesson 4b.
    """
    probability, outcome = _probabilities(probability, outcome)
    return float(((probability - outcome) ** 2).mean())


def _sigmoid(x: Array) -> Array:
    with np.errstate(over="ignore"):
        return np.asarray(1 / (1 + np.exp(-x)))


def _logistic_loss(x: Array, target: Array) -> float:
    return float((np.logaddexp(0, x) - target * x).sum())


def _pair(first: Array, second: Array, name: str) -> tuple[Array, Array]:
    """Both as floats of one shape (n,), the second of 0 and 1."""
    first, second = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
    if first.ndim != 1 or first.shape != second.shape:
        raise DataError(f"{name} of shape {first.shape} and outcome of shape {second.shape}; give one of each a row")
    if not np.isin(second, (0, 1)).all():
        raise DataError(f"the outcome holds {second[~np.isin(second, (0, 1))][0]:g}; it must be 0 or 1 in every row")
    return first, second


def _probabilities(probability: Array, outcome: Array) -> tuple[Array, Array]:
    probability, outcome = _pair(probability, outcome, "probability")
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
    score, outcome = _pair(score, outcome, "score")
    if not np.isfinite(score).all():
        raise DataError(f"the score is {score[~np.isfinite(score)][0]} in places; leave those rows out of calibration")
    if len(np.unique(outcome)) < 2:
        told = f"the outcome is {outcome[0]:g} in all {len(outcome)} rows" if len(outcome) else "there are no rows"
        raise EstimationError(f"{told}, so no score can be calibrated to it: take a longer period, or another outcome")
    return score, outcome
