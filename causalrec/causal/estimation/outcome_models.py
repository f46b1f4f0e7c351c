"""Propensities and outcomes predicted for each row by a model that has not seen it (cross-fitting).

First taught: lesson 3a.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from causalrec.causal.estimation.columns import check_arms, cluster_codes, read_columns, read_matrix
from causalrec.errors import EstimationError
from causalrec.types import Array


def quadratic_logistic() -> Any:
    """A scikit-learn pipeline, not yet fitted: P(1 | x) = σ(quadratic in the standardised columns), weak L2 penalty.

    Columns are standardised, all squares and products of two are added, then a logistic regression is fitted. Weights
    are passed to `fit` as ``logistic__sample_weight``. First taught: lesson 5b.
    """
    from sklearn.linear_model import LogisticRegression

    return _quadratic(logistic=LogisticRegression(C=10.0, solver="newton-cholesky", max_iter=200))


def fit_propensity(covariates: ArrayLike, treatment: ArrayLike, cluster: ArrayLike | None = None, folds: int = 5, *,
                   rng: np.random.Generator, model: Any = None) -> Array:
    """The predicted P(T=1 | covariates) of every row, by a model fitted to the other folds; shape (rows,).

    Args:
        covariates: measured before the treatment, shape (rows, columns).
        treatment: T, shape (rows,).
        cluster: rows that must stay in one fold, shape (rows,); every row for itself if None.
        folds: into how many parts the clusters are dealt.
        rng: deals the clusters.
        model: an unfitted scikit-learn classifier; `quadratic_logistic` if None.

    Raises:
        EstimationError: as for `naive`; fewer clusters than folds; a fold without which treatment never varies.
    """
    (t,) = read_columns(treatment=treatment)
    check_arms(t)
    x, predicted = read_matrix(covariates, len(t)), np.empty(len(t))
    model = quadratic_logistic() if model is None else model
    for fold, (fitting, held_out) in enumerate(_folds(len(t), cluster, folds, rng)):
        predicted[held_out] = _fit_predict(model, x, t, fitting, held_out, "treatment", fold)
    return predicted


def fit_outcomes(covariates: ArrayLike, treatment: ArrayLike, outcome: ArrayLike, cluster: ArrayLike | None = None,
                 folds: int = 5, *, rng: np.random.Generator, model: Any = None) -> tuple[Array, Array]:
    """The predicted outcome of every row untreated and treated, (m₀, m₁), by models fitted to the other folds.

    Per arm one model: m_t(x) = E[Y | x, T=t]. Each array has shape (rows,).

    Takes what `fit_propensity` takes, and `outcome`: Y, shape (rows,). `model` may be an unfitted scikit-learn
    classifier or regressor; if None it is `quadratic_logistic` for an outcome of 0 and 1, a quadratic ridge regression
    for any other.

    Raises:
        EstimationError: as for `fit_propensity`; a fold without which an arm's 0/1 outcome never varies.

    First taught: lesson 3a.
    """
    from sklearn.linear_model import Ridge

    t, y = read_columns(treatment=treatment, outcome=outcome)
    check_arms(t)
    x, predicted = read_matrix(covariates, len(t)), np.empty((2, len(t)))  # (untreated and treated, rows)
    if model is None:
        model = quadratic_logistic() if np.isin(y, (0, 1)).all() else _quadratic(ridge=Ridge(alpha=0.1))
    for fold, (fitting, held_out) in enumerate(_folds(len(t), cluster, folds, rng)):
        for arm, what in enumerate(("outcome of untreated rows", "outcome of treated rows")):
            predicted[arm, held_out] = _fit_predict(model, x, y, fitting & (t == arm), held_out, what, fold)
    return predicted[0], predicted[1]


def _quadratic(**regression: Any) -> Any:
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import PolynomialFeatures, StandardScaler

    square = PolynomialFeatures(2, include_bias=False)
    return Pipeline([("standardise", StandardScaler()), ("square", square), *regression.items()])


def _folds(n: int, cluster: ArrayLike | None, folds: int, rng: np.random.Generator) -> Iterator[tuple[Array, Array]]:
    """Per fold, which rows to fit and which to predict; the clusters are dealt to the folds at random."""
    codes = np.arange(n) if cluster is None else cluster_codes(cluster, n)
    groups = int(codes.max()) + 1
    if not 2 <= folds <= groups:
        raise EstimationError(f"{groups} clusters cannot be dealt into {folds} folds; take 2 to {groups} folds.")
    fold_of_row = (rng.permutation(groups) % folds)[codes]
    for fold in range(folds):
        yield fold_of_row != fold, fold_of_row == fold


def _fit_predict(model: Any, x: Array, y: Array, fitting: Array, held_out: Array, what: str, fold: int) -> Array:
    from sklearn.base import clone, is_classifier

    if not fitting.any() or (is_classifier(model) and np.ptp(y[fitting]) == 0):
        raise EstimationError(f"without fold {fold} the {what} never varies ({int(fitting.sum())} rows), so no model "
                              "can be fitted; take more rows or fewer folds.")
    fitted = clone(model).fit(x[fitting], y[fitting])
    return fitted.predict_proba(x[held_out])[:, 1] if is_classifier(model) else fitted.predict(x[held_out])
