"""Average effects from a log by weights: `naive`, `ipw` and `aipw`.

`naive` compares the arms as they are, `ipw` weights every row by one over the probability of what happened to it,
`aipw` adds models of the outcome and stays right when either model is. All take arrays and return an `Estimate`; rows
that belong together, such as those of one user, are named by `cluster`. What they need is predicted by
`outcome_models`.

Everywhere T is the treatment (0 or 1), Y the outcome, e = P(T=1 | covariates) the propensity, and rows are counted
from 0. First taught: lesson 3a.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from causalrec.causal.estimation.balance import balanced_rows
from causalrec.causal.estimation.columns import check_arms, checked_propensity, read_columns
from causalrec.causal.estimation.estimate import Estimate, estimate_from_influence
from causalrec.types import Array


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

    First taught: lesson 5b.
    """
    y, t = read_columns(outcome=outcome, treatment=treatment)
    check_arms(t)
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
    First taught: lesson 3a.
    """
    y, t, e = read_columns(outcome=outcome, treatment=treatment, propensity=propensity)
    check_arms(t)
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
    First taught: lesson 3a.
    """
    y, t, e, m0, m1 = read_columns(outcome=outcome, treatment=treatment, propensity=propensity,
                                   outcome_untreated=outcome_untreated, outcome_treated=outcome_treated)
    check_arms(t)
    e = checked_propensity(e)
    # φ = m₁ − m₀ + T (Y − m₁)/e − (1 − T)(Y − m₀)/(1 − e)
    scores = m1 - m0 + t * (y - m1) / e - (1 - t) * (y - m0) / (1 - e)
    value = scores.mean()
    effective_n = balanced_rows(_inverse_probability(t, e), t)
    return estimate_from_influence(value, scores - value, cluster, level, "AIPW", "ATE", effective_n)


def _weighted_difference(y: Array, t: Array, w: Array, cluster: ArrayLike | None, level: float, method: str,
                         estimand: str) -> Estimate:
    w1, w0 = w * t / (w * t).sum(), w * (1 - t) / (w * (1 - t)).sum()  # each sums to one
    mean1, mean0 = w1 @ y, w0 @ y
    influence = len(y) * (w1 * (y - mean1) - w0 * (y - mean0))
    return estimate_from_influence(mean1 - mean0, influence, cluster, level, method, estimand, balanced_rows(w, t))


def _inverse_probability(t: Array, e: Array) -> Array:
    return np.where(t == 1, 1 / e, 1 / (1 - e))  # one over the probability of what happened
