"""Uplift: what showing an item to a user changes, mu1 - mu0, learned from logged columns and interest.

The *T-learner* fits one model to the pairs that were shown and one to those that were not; the *DR-learner* regresses a
doubly robust pseudo-outcome. Both are right only if the columns hold all that decided both what was shown and what
was bought.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from causalrec.causal.estimation.columns import checked_propensity
from causalrec.causal.estimation.outcome_models import fit_outcomes, quadratic_logistic
from causalrec.errors import EstimationError
from causalrec.recommend.interest.interface import fit_probability
from causalrec.types import Array


@dataclass(frozen=True, repr=False, eq=False)
class TLearner:
    """Two outcome models, mu_r(x) = P(Y = 1 | R = r, x), and natural(x) = P(Y = 1 | x) under the policy of the log.

    Source: Kuenzel, Sekhon, Bickel & Yu (2019), "Metalearners for estimating heterogeneous treatment effects", eq. 2-3.
    """

    columns: pd.DataFrame
    models: dict[str, Any]
    weights: Array

    def __repr__(self) -> str:
        """The columns it uses and the pairs it has seen."""
        return f"TLearner({', '.join(self.columns)}; {len(self.columns)} pairs)"

    def predict(self, columns: pd.DataFrame) -> pd.DataFrame:
        """mu0, mu1, natural and uplift = mu1 - mu0 of each row, with the index of `columns`.

        A row in which a column is empty (a new item has no popularity yet) gets E[mu_r(x) | the columns it has]: the
        models' values for the log's pairs, regressed on those columns. Leaving the column out of the models instead
        would leave its confounding in.
        """

        def fill(known: list[str], rows: pd.DataFrame) -> Array:
            return self._complete(rows) if len(known) == len(self.columns.columns) else self._averaged(known, rows)

        values = _by_pattern(columns[list(self.columns)], fill, len(self.models))
        frame = pd.DataFrame(values, index=columns.index, columns=list(self.models))
        return frame.assign(uplift=frame["mu1"] - frame["mu0"])

    @cached_property
    def in_log(self) -> Array:
        """The models' values for the log's own pairs, shape (pairs, models)."""
        return self._complete(self.columns)

    def _complete(self, rows: pd.DataFrame) -> Array:
        x = rows.to_numpy(float)
        return np.stack([model.predict_proba(x)[:, 1] for model in self.models.values()], axis=1)

    def _averaged(self, known: list[str], rows: pd.DataFrame) -> Array:
        """E[mu_r(x) | known columns] for rows that have no others: a quadratic regression over the log's pairs."""
        if not known:
            return np.tile(np.average(self.in_log, axis=0, weights=self.weights), (len(rows), 1))
        model = quadratic_ridge(penalty=1e-3).fit(
            self.columns[known].to_numpy(float), self.in_log, ridge__sample_weight=self.weights
        )
        return np.clip(model.predict(rows[known].to_numpy(float)), 0.0, 1.0)


def t_learner(
    columns: pd.DataFrame, treatment: Array, outcome: Array, weights: Array | None = None, *, natural: bool = True
) -> TLearner:
    """The T-learner with one quadratic logistic model an arm, fitted on complete `columns`, shape (pairs, columns).

    `treatment` and `outcome` are 0/1 of shape (pairs,); `weights` counts rows (a bootstrap). Without `natural` that
    third model, which the uplift does without, is not fitted.

    Raises: EstimationError where an arm is empty or its outcome never varies.
    """
    treatment, outcome = np.asarray(treatment), np.asarray(outcome)
    weights = np.ones(len(outcome)) if weights is None else np.asarray(weights)
    if not weights.all():  # a bootstrap draws about a third of the users not at all: their rows only cost time
        drawn = weights > 0
        columns, treatment, outcome, weights = columns[drawn], treatment[drawn], outcome[drawn], weights[drawn]
    arms = {"mu0": treatment == 0, "mu1": treatment == 1} | ({"natural": treatment >= 0} if natural else {})
    x = columns.to_numpy(float)
    models = {}
    for name, arm in arms.items():
        if outcome[arm].sum() in (0, arm.sum()):
            raise EstimationError(
                f"{int(outcome[arm].sum())} of the {int(arm.sum())} pairs with recommended = {int(name == 'mu1')} were "
                "bought: an effect needs both bought and not bought there, so take a longer log"
            )
        models[name] = fit_probability(x[arm], outcome[arm], weights[arm])
    return TLearner(columns, models, weights)


@dataclass(frozen=True, repr=False, eq=False)
class DRLearner:
    """A regression of the doubly robust pseudo-outcome: right on average if propensity *or* outcome model is.

    psi = mu1(x) - mu0(x) + R (Y - mu1(x)) / e(x) - (1 - R)(Y - mu0(x)) / (1 - e(x)).
    Source: Kennedy (2023), "Towards optimal doubly robust estimation of heterogeneous causal effects", algorithm 1.
    """

    columns: pd.DataFrame
    pseudo_outcome: Array

    def __repr__(self) -> str:
        """The columns it uses and the pairs it has seen."""
        return f"DRLearner({', '.join(self.columns)}; {len(self.columns)} pairs)"

    def predict(self, columns: pd.DataFrame) -> pd.Series:
        """The uplift of each row; columns that are empty in a row are left out of its regression."""

        def fill(known: list[str], rows: pd.DataFrame) -> Array:
            if not known:
                return np.full((len(rows), 1), self.pseudo_outcome.mean())
            # The penalty is firm because a pseudo-outcome is mostly noise.
            model = quadratic_ridge(penalty=100.0).fit(self.columns[known].to_numpy(float), self.pseudo_outcome)
            return np.asarray(model.predict(rows[known].to_numpy(float)))[:, None]

        values = _by_pattern(columns[list(self.columns)], fill, 1)[:, 0]
        return pd.Series(values, index=columns.index, name="uplift")


def dr_learner(
    columns: pd.DataFrame, treatment: Array, outcome: Array, propensity: Array, cluster: Array, rng: np.random.Generator
) -> DRLearner:
    """The DR-learner on complete `columns`, with outcome models cross-fitted by `cluster` (the user of each pair).

    Raises: EstimationError for a propensity that is empty or outside (0, 1), and as `fit_outcomes` does.
    """
    treatment, outcome = np.asarray(treatment, dtype=float), np.asarray(outcome, dtype=float)
    e = checked_propensity(propensity)
    mu0, mu1 = fit_outcomes(columns.to_numpy(float), treatment, outcome, cluster=cluster, rng=rng)
    psi = mu1 - mu0 + treatment * (outcome - mu1) / e - (1 - treatment) * (outcome - mu0) / (1 - e)
    return DRLearner(columns, psi)


def quadratic_ridge(penalty: float) -> Any:
    """An unfitted scikit-learn pipeline: least squares with an L2 penalty, quadratic in the standardised columns."""
    from sklearn.linear_model import Ridge
    from sklearn.pipeline import Pipeline

    return Pipeline([*quadratic_logistic().steps[:-1], ("ridge", Ridge(alpha=penalty))])


def _by_pattern(columns: pd.DataFrame, fill: Callable[[list[str], pd.DataFrame], Array], width: int) -> Array:
    """`fill(known columns, rows)` for every group of rows in which the same columns are known; shape (rows, width)."""
    values = np.empty((len(columns), width))
    known = columns.notna().to_numpy()
    for pattern in np.unique(known, axis=0):
        rows = (known == pattern).all(axis=1)
        values[rows] = fill([name for name, there in zip(columns, pattern, strict=True) if there], columns[rows])
    return values
