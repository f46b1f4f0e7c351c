"""Estimates of an average effect from a log, each with an interval and its effective number of rows.

`naive` compares the arms as they are, `ipw` weights every row by one over the probability of what happened to it,
`aipw` adds models of the outcome and stays right when either model is. All take arrays and return an `Estimate`; rows
that belong together, such as those of one user, are named by `cluster`. `fit_propensity` and `fit_outcomes` predict
what they need, for each row by a model that has not seen it.

Everywhere T is the treatment (0 or 1), Y the outcome, e = P(T=1 | covariates) the propensity, and rows are counted
from 0. First taught: lesson 3d; first met in lesson 5b.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from math import floor, log10
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

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

    First taught: lesson 3d.
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


def naive(outcome: ArrayLike, treatment: ArrayLike, cluster: ArrayLike | None = None, level: float = 0.95) -> Estimate:
    """The difference of the two arms' means, with its interval: an effect only where treatment was given at random.

    Ȳ₁ − Ȳ₀; influence of row i: ψᵢ = n (Tᵢ (Yᵢ − Ȳ₁) / n₁ − (1 − Tᵢ) (Yᵢ − Ȳ₀) / n₀).

    Args:
        outcome: Y, shape (rows,).
        treatment: T, shape (rows,).
        cluster: which rows belong together, shape (rows,); every row for itself if None. With few clusters, below
            about 30, the interval is too short.
        level: the interval's confidence.

    Raises:
        EstimationError: empty, missing or unequally long columns; a treatment that is not 0/1 or never varies.

    First taught: lesson 3d.
    """
    y, t = _columns(outcome=outcome, treatment=treatment)
    _check_arms(t)
    return _weighted_difference(y, t, np.ones(len(y)), cluster, level, "naive", "difference of means")


def ipw(outcome: ArrayLike, treatment: ArrayLike, propensity: ArrayLike, cluster: ArrayLike | None = None,
        level: float = 0.95) -> Estimate:
    """The average treatment effect by inverse probability weighting, with its interval.

    μ̂₁ = Σ wᵢ Tᵢ Yᵢ / Σ wᵢ Tᵢ with w = 1/e, μ̂₀ = Σ wᵢ (1 − Tᵢ) Yᵢ / Σ wᵢ (1 − Tᵢ) with w = 1/(1 − e), ATE = μ̂₁ − μ̂₀:
    the weights of each arm are normalised to sum to one (Hájek), which costs a bias of order 1/n and saves variance.
    The standard error takes e as known, as a logged one is. Fitting e moves the error in ways that it does not see:
    use `aipw` then.

    Takes what `naive` takes, and `propensity`: e, shape (rows,), each within (0, 1).

    Raises:
        EstimationError: as for `naive`; a propensity outside (0, 1).

    Source: Lunceford & Davidian 2004, Statistics in Medicine 23, where this is the second of three IPW estimators.
    First taught: lesson 3d.
    """
    y, t, e = _columns(outcome=outcome, treatment=treatment, propensity=propensity)
    _check_arms(t)
    e = checked_propensity(e)
    return _weighted_difference(y, t, _inverse_probability(t, e), cluster, level, "IPW", "ATE")


def aipw(outcome: ArrayLike, treatment: ArrayLike, propensity: ArrayLike, outcome_untreated: ArrayLike,
         outcome_treated: ArrayLike, cluster: ArrayLike | None = None, level: float = 0.95) -> Estimate:
    """The average treatment effect by augmented inverse probability weighting, with its interval.

    φᵢ = m₁ᵢ − m₀ᵢ + Tᵢ (Yᵢ − m₁ᵢ) / eᵢ − (1 − Tᵢ) (Yᵢ − m₀ᵢ) / (1 − eᵢ), ATE = mean of φ, influence ψᵢ = φᵢ − ATE.
    The estimate is right on average in large samples if the propensity is right *or* the outcome models are; the
    interval is right if both are estimated well enough and cross-fitted, as `fit_propensity` and `fit_outcomes` do.

    Takes what `ipw` takes, and `outcome_untreated` and `outcome_treated`: m₀ and m₁, every row's predicted outcome in
    either arm, shape (rows,) each.

    Raises:
        EstimationError: as for `ipw`.

    Source: Robins, Rotnitzky & Zhao 1994, JASA 89; cross-fitting: Chernozhukov et al. 2018, Econometrics Journal 21.
    First taught: lesson 3d.
    """
    y, t, e, m0, m1 = _columns(outcome=outcome, treatment=treatment, propensity=propensity,
                               outcome_untreated=outcome_untreated, outcome_treated=outcome_treated)
    _check_arms(t)
    e = checked_propensity(e)
    # φ = m₁ − m₀ + T (Y − m₁)/e − (1 − T)(Y − m₀)/(1 − e)
    scores = m1 - m0 + t * (y - m1) / e - (1 - t) * (y - m0) / (1 - e)
    value = scores.mean()
    effective_n = _balanced_rows(_inverse_probability(t, e), t)
    return _estimate(value, scores - value, cluster, level, "AIPW", "ATE", effective_n)


def effective_sample_size(weights: ArrayLike) -> float:
    """How many equally weighted rows the weighted ones are worth: ESS = (Σ w)² / Σ w².

    It equals the number of rows when all weights are equal and 1 when one row carries all the weight.

    Raises:
        EstimationError: no weights, a missing or negative one, or all zero.

    Source: Kish 1965, Survey Sampling. First taught: lesson 3d.
    """
    (w,) = _columns(weights=weights)
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

    Source: Austin 2009, Statistics in Medicine 28. First taught: lesson 3d.
    """
    values, t = _columns(x=x, treatment=treatment)
    _check_arms(t)
    w = np.ones(len(t)) if weights is None else _columns(x=x, weights=weights)[1]
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


def checked_propensity(propensity: ArrayLike, one_allowed: bool = False) -> Array:
    """The propensities as an array, once each lies within (0, 1), or (0, 1] if one is allowed.

    One may be allowed where only the probability of what *did* happen is divided by, as for a logged policy.

    Raises:
        EstimationError: some do not; says how many, the first one, and what to do.

    First taught: lesson 3d (positivity in lesson 2a).
    """
    (e,) = _columns(propensity=propensity)
    outside = (e <= 0) | ((e > 1) if one_allowed else (e >= 1))
    if outside.any():
        count, row = int(outside.sum()), int(outside.argmax())
        values = f"{count} value{'s' if count > 1 else ''} outside {'(0, 1]' if one_allowed else '(0, 1)'}"
        raise EstimationError(f"propensity has {values} (first: row {row}, {e[row]}); clip the policy or drop the rows "
                              "whose treatment was certain.")
    return e


def quadratic_logistic() -> Any:
    """A scikit-learn pipeline, not yet fitted: P(1 | x) = σ(quadratic in the standardised columns), weak L2 penalty.

    Columns are standardised, all squares and products of two are added, then a logistic regression is fitted. Weights
    are passed to `fit` as ``logistic__sample_weight``. First taught: lesson 3d.
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

    First taught: lesson 3d.
    """
    (t,) = _columns(treatment=treatment)
    _check_arms(t)
    x, predicted = _matrix(covariates, len(t)), np.empty(len(t))
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

    First taught: lesson 3d.
    """
    from sklearn.linear_model import Ridge

    t, y = _columns(treatment=treatment, outcome=outcome)
    _check_arms(t)
    x, predicted = _matrix(covariates, len(t)), np.empty((2, len(t)))  # (untreated and treated, rows)
    if model is None:
        model = quadratic_logistic() if np.isin(y, (0, 1)).all() else _quadratic(ridge=Ridge(alpha=0.1))
    for fold, (fitting, held_out) in enumerate(_folds(len(t), cluster, folds, rng)):
        for arm, what in enumerate(("outcome of untreated rows", "outcome of treated rows")):
            predicted[arm, held_out] = _fit_predict(model, x, y, fitting & (t == arm), held_out, what, fold)
    return predicted[0], predicted[1]


def _weighted_difference(y: Array, t: Array, w: Array, cluster: ArrayLike | None, level: float, method: str,
                         estimand: str) -> Estimate:
    w1, w0 = w * t / (w * t).sum(), w * (1 - t) / (w * (1 - t)).sum()  # each sums to one
    mean1, mean0 = w1 @ y, w0 @ y
    influence = len(y) * (w1 * (y - mean1) - w0 * (y - mean0))
    return _estimate(mean1 - mean0, influence, cluster, level, method, estimand, _balanced_rows(w, t))


def _estimate(value: float, influence: Array, cluster: ArrayLike | None, level: float, method: str, estimand: str,
              effective_n: float) -> Estimate:
    """SE² = G/(G − 1) Σ_g (Σ_{i in g} ψᵢ)² / n², over G clusters g (Liang & Zeger 1986); normal quantiles."""
    if not 0 < level < 1:
        raise EstimationError(f"level is {level}, but the confidence of an interval lies within (0, 1); try 0.95.")
    n = len(influence)
    sums = influence if cluster is None else np.bincount(_codes(cluster, n), weights=influence)
    if (groups := len(sums)) < 2:
        raise EstimationError("all rows are in one cluster, so nothing shows how much clusters differ; use finer ones.")
    error = float(np.sqrt(groups / (groups - 1) * (sums**2).sum()) / n)
    half = NormalDist().inv_cdf((1 + level) / 2) * error
    return Estimate(float(value), float(value - half), float(value + half), method, estimand, n, effective_n, error)


def _inverse_probability(t: Array, e: Array) -> Array:
    return np.where(t == 1, 1 / e, 1 / (1 - e))  # one over the probability of what happened


def _balanced_rows(w: Array, t: Array) -> float:
    return 4 / sum(1 / effective_sample_size(w[t == arm]) for arm in (0, 1))


def _quadratic(**regression: Any) -> Any:
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import PolynomialFeatures, StandardScaler

    square = PolynomialFeatures(2, include_bias=False)
    return Pipeline([("standardise", StandardScaler()), ("square", square), *regression.items()])


def _folds(n: int, cluster: ArrayLike | None, folds: int, rng: np.random.Generator) -> Iterator[tuple[Array, Array]]:
    """Per fold, which rows to fit and which to predict; the clusters are dealt to the folds at random."""
    codes = np.arange(n) if cluster is None else _codes(cluster, n)
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


def _columns(**columns: ArrayLike) -> list[Array]:
    """The columns as arrays of numbers, shape (rows,) each, once they are whole and equally long."""
    arrays = {name: _numbers(name, values) for name, values in columns.items()}
    (first, start), *others = arrays.items()
    for name, array in arrays.items():
        if array.ndim != 1 or not len(array):
            raise EstimationError(f"{name} has shape {array.shape}, but one number a row is needed; give one column.")
    for name, array in others:
        if len(array) != len(start):
            raise EstimationError(f"{first} has {len(start)} rows, {name} has {len(array)}; give columns of one table.")
    return list(arrays.values())


def _matrix(covariates: ArrayLike, rows: int) -> Array:
    x = _numbers("covariates", covariates)
    x = x[:, np.newaxis] if x.ndim == 1 else x
    if x.ndim != 2 or len(x) != rows or not x.shape[1]:
        raise EstimationError(f"covariates have shape {x.shape}, but {rows} rows and at least one column are needed.")
    return x


def _numbers(name: str, values: ArrayLike) -> Array:
    try:
        array = np.asarray(values, dtype=float)
    except (TypeError, ValueError):
        raise EstimationError(f"{name} has entries that are not numbers; convert or drop them.") from None
    if not (whole := np.isfinite(array)).all():
        position = np.argwhere(~whole)[0]
        where = f"row {position[0]}" + (f", column {position[1]}" if len(position) > 1 else "")
        raise EstimationError(f"{name} has {int((~whole).sum())} missing or infinite values (first: {where}); drop "
                              "those rows or fill them in.")
    return array


def _check_arms(t: Array) -> None:
    if not (known := np.isin(t, (0, 1))).all():
        row = int((~known).argmax())
        raise EstimationError(f"treatment is {t[row]:g} in row {row}, but it must be 0 or 1 everywhere; recode it.")
    treated = int(t.sum())
    if treated in (0, len(t)):
        raise EstimationError(f"treatment never varies: it is {t[0]:g} in all {len(t)} rows, so there is nothing to "
                              "compare; use a log in which some were treated and some not.")
    if min(treated, len(t) - treated) < 2:
        raise EstimationError("an arm has a single row, so its spread is unknown; take at least 2 rows in each arm.")


def _codes(cluster: ArrayLike, rows: int) -> Array:
    """The clusters numbered from 0, a number a row."""
    import pandas as pd

    labels = np.asarray(cluster)
    if labels.shape != (rows,):
        raise EstimationError(f"cluster has shape {labels.shape}, but one label for each of the {rows} rows is needed.")
    codes, _ = pd.factorize(labels)
    if (missing := codes < 0).any():
        raise EstimationError(f"cluster has {int(missing.sum())} missing values (first: row {int(missing.argmax())}); "
                              "name the cluster of every row.")
    return codes
