"""Interest: P(click | browsed, user, text), the one interface of all its models.

Interest is not the chance of being shown and not the effect of showing. It is a *covariate*: what text and history
say of a pair before anything is recommended. Every model of it is an `InterestModel`; most are a score that sorts
pairs, made a probability by `calibrated`.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pandas as pd

from causalrec.causal.estimation.outcome_models import quadratic_logistic
from causalrec.errors import DataError, EstimationError
from causalrec.recommend.interest.calibration import Calibration, Method, Platt, isotonic, platt
from causalrec.shop.log import Log
from causalrec.types import Array

Score = Callable[[pd.DataFrame], Array]

# No interest is certain: predictions stay this far from 0 and from 1.
DOUBT = 1e-6


class InterestModel(Protocol):
    """What predicts interest: a value that was fitted on a log."""

    @property
    def meaning(self) -> str:
        """What is predicted, such as P(click | browsed, text)."""
        ...

    def predict(self, pairs: pd.DataFrame) -> Array:
        """Interest of each row of `pairs` (user_id, item_id), shape (pairs,), strictly between 0 and 1."""
        ...


@dataclass(frozen=True, repr=False, eq=False)
class Calibrated:
    """A score of pairs and the curve that makes it a probability: an `InterestModel`.

    `score` gives a real number a pair, NaN where the model knows nothing of it (a cold item for a model of ids, a user
    without history); such a pair is predicted `base`, the mean of the target.
    """

    name: str
    meaning: str
    score: Score
    calibration: Calibration
    base: float

    def predict(self, pairs: pd.DataFrame) -> Array:
        """Interest of each row of `pairs` (user_id, item_id), shape (pairs,), strictly between 0 and 1."""
        score = np.asarray(self.score(pairs), dtype=float)
        known = np.isfinite(score)
        interest = np.full(len(pairs), self.base)
        interest[known] = self.calibration(score[known])
        return np.clip(interest, DOUBT, 1 - DOUBT)

    def __repr__(self) -> str:
        """The model's name, what it predicts, the curve, and what stands in where it knows nothing."""
        return f"Calibrated({self.name}, {self.meaning}, {self.calibration!r}, base {self.base:.4g})"


def calibrated(name: str, log: Log, score: Score, method: Method = "platt") -> Calibrated:
    """The score as an interest model: its curve is fitted to `interest_target` where the score is finite.

    Where the score is nowhere finite, or the target never varies there, the mean of the target stands for every pair.

    Raises: EstimationError where the target never varies, DataError for an unknown method.
    """
    if method not in ("platt", "isotonic"):
        raise DataError(f"method is {method!r}; choose 'platt' or 'isotonic'")
    rows, target, meaning = learnable_target(log)
    base, values = float(target.mean()), np.asarray(score(rows), dtype=float)
    known = np.isfinite(values)
    calibration: Calibration = Platt(0.0, float(np.log(base / (1 - base))))
    if len(np.unique(target[known])) == 2:
        calibration = (platt if method == "platt" else isotonic)(values[known], target[known])
    return Calibrated(name, meaning, score, calibration, base)


def interest_target(pairs: pd.DataFrame) -> tuple[pd.DataFrame, Array, str]:
    """The rows from which interest is learned, their 0/1 target, shape (rows,), and what interest then means.

    Clicked among the browsed pairs; without browsing, clicked among all; without clicks either, purchased.
    """
    if {"browsed", "clicked"} <= set(pairs):
        rows = pairs[pairs["browsed"] == 1]
        return rows, rows["clicked"].to_numpy(), "P(click | browsed, text)"
    if "clicked" in pairs:
        return pairs, pairs["clicked"].to_numpy(), "P(click | text)"
    return pairs, pairs["purchased"].to_numpy(), "P(purchase | text)"


def learnable_target(log: Log) -> tuple[pd.DataFrame, Array, str]:
    """`interest_target` of the log's pairs. Raises: EstimationError where it never varies."""
    rows, target, meaning = interest_target(log.pairs)
    refuse_constant(target, np.ones(len(target)), target_name(meaning))
    return rows, target, meaning


def target_name(meaning: str) -> str:
    """The target in words, for complaints."""
    name = "column 'clicked'" if "click" in meaning else "column 'purchased'"
    return name + (" of the browsed pairs" if "browsed" in meaning else "")


def refuse_constant(outcome: Array, weights: Array, name: str) -> None:
    """Refuses a 0/1 outcome that is the same wherever `weights` are not 0; `name` is for the complaint.

    Raises: EstimationError where it is.
    """
    if not 0 < float(outcome @ weights) < weights.sum():
        seen = outcome[weights > 0]
        told = f"{name} is {seen[0]:g} in all {len(seen)} rows" if len(seen) else f"{name} has no rows to learn from"
        raise EstimationError(f"{told}, so nothing can be predicted: take a longer period, or another outcome")


def refuse_other_vectors(log: Log, vectors: Array) -> None:
    """Nothing, if `vectors` are finite, a row for each item of the catalogue. Raises: DataError where they are not."""
    if np.shape(vectors)[:1] != (len(log.catalogue),) or np.ndim(vectors) != 2 or not np.isfinite(vectors).all():
        raise DataError(
            f"vectors of shape {np.shape(vectors)} are not finite numbers, one row for each of "
            f"{len(log.catalogue)} items: pass TextEncoder().encode(log.catalogue.texts)"
        )


def fit_probability(columns: Array, outcome: Array, weights: Array | None = None, name: str = "the outcome") -> Any:
    """A quadratic logistic model of a 0/1 outcome; `weights` counts rows, `name` is for complaints.

    Raises: EstimationError where the outcome never varies.
    """
    weights = np.ones(len(outcome)) if weights is None else weights
    refuse_constant(outcome, weights, name)
    with warnings.catch_warnings():
        # Where no column tells anything the solver may start at the answer; it then finds no better step and says so.
        warnings.filterwarnings("ignore", message="Line search of Newton solver")
        return quadratic_logistic().fit(columns, outcome, logistic__sample_weight=weights)


def predicted(model: Any, columns: Array) -> Array:
    """What a fitted model of a 0/1 outcome predicts of each row of `columns`, strictly between 0 and 1."""
    return np.clip(model.predict_proba(columns)[:, 1], DOUBT, 1 - DOUBT)
