"""Calibration: known curves found again, scikit-learn's figures, worked cases, what is refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from causalrec.errors import DataError, EstimationError
from causalrec.recommend.interest.calibration import (
    Platt,
    calibration_error,
    isotonic,
    platt,
    reliability,
)

pytestmark = pytest.mark.filterwarnings("error")


def simulated(seed: int, n: int, curve: object = None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Scores, the true probability of each, and outcomes; by default the logistic curve of slope 2 and intercept -1."""
    rng = np.random.default_rng(seed)
    score = rng.normal(size=n)
    p = 1 / (1 + np.exp(-(2 * score - 1))) if curve is None else curve(score)  # type: ignore[operator]
    return score, p, (rng.random(n) < p).astype(int)


# Platt.


@pytest.mark.parametrize("seed", range(5))
def test_platt_finds_slope_and_intercept_again_on_every_scale(seed: int) -> None:
    n = 40_000
    score, p, outcome = simulated(seed, n)
    fitted = platt(score, outcome)
    # five standard errors, by the Fisher information at the truth
    x = np.stack([score, np.ones(n)], axis=1)
    error = 5 * np.sqrt(np.diag(np.linalg.inv((x * (p * (1 - p))[:, None]).T @ x)))
    assert abs(fitted.slope - 2) < error[0] < 0.2
    assert abs(fitted.intercept + 1) < error[1] < 0.2
    assert fitted(score) == pytest.approx(p, abs=0.03)
    distorted = platt(1e5 - 300 * score, outcome)
    assert distorted.slope == pytest.approx(-fitted.slope / 300)
    assert distorted(1e5 - 300 * score) == pytest.approx(fitted(score), abs=1e-9)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(4, 60))
def test_platt_is_scikit_learns_sigmoid(seed: int, n: int) -> None:
    from sklearn.calibration import _SigmoidCalibration

    rng = np.random.default_rng(seed)
    score, outcome = 3 * rng.normal(size=n), rng.integers(0, 2, n)
    outcome[:2] = 0, 1
    theirs = _SigmoidCalibration().fit(score, outcome).predict(score)
    assert platt(score, outcome)(score) == pytest.approx(theirs, abs=2e-3)  # as far as their solver goes


def test_platt_solves_its_two_equations_even_where_the_score_sorts_perfectly() -> None:
    score, outcome = np.array([1.0, 2, 3, 10, 11]), np.array([0, 0, 0, 1, 1])
    fitted = platt(score, outcome)
    target = np.where(outcome == 1, 3 / 4, 1 / 5)
    assert fitted(score).sum() == pytest.approx(target.sum(), rel=1e-6)
    assert fitted(score) @ score == pytest.approx(target @ score, rel=1e-6)
    assert 0 < fitted.slope < 5


def test_a_score_that_says_nothing_has_the_mean_target() -> None:
    fitted = platt(np.full(8, 7.0), np.array([0, 0, 0, 0, 0, 1, 1, 1]))
    assert fitted.slope == 0
    assert fitted(np.array([-1e9, 7, np.nan])) == pytest.approx([(3 * 4 / 5 + 5 / 7) / 8] * 2 + [np.nan], nan_ok=True)
    assert repr(Platt(2, -1 / 3)) == "Platt(slope 2, intercept -0.3333)"


def test_extreme_scores_overflow_nowhere() -> None:
    assert Platt(1.0, 0.0)(np.array([-1e4, 1e4])).tolist() == [0, 1]


# Isotonic.


@pytest.mark.parametrize(
    "curve",
    [
        lambda s: np.where(s < 0, 0.2, 0.7),
        lambda s: 0.1 + 0.8 * np.clip(s + 0.5, 0, 1) ** 2,
        lambda s: 0.5 + np.arctan(3 * s) / 4,
    ],
)
def test_isotonic_finds_any_rising_curve_again_where_platt_does_not(curve: object) -> None:
    score, p, outcome = simulated(3, 40_000, curve)
    fitted = isotonic(score, outcome)
    grid = np.linspace(-4, 4, 500)
    assert (np.diff(fitted(grid)) >= 0).all()
    distance = np.abs(fitted(score) - p).mean()
    assert distance < 0.02
    assert distance < 0.7 * np.abs(platt(score, outcome)(score) - p).mean()


def test_isotonic_by_hand() -> None:
    # 1 stands before 0 once: the two are pooled at one half
    fitted = isotonic(np.array([1.0, 2, 3, 4]), np.array([0, 1, 0, 1]))
    assert fitted(np.array([0, 1, 2, 2.5, 3, 3.5, 4, 9])) == pytest.approx([0, 0, 0.5, 0.5, 0.5, 0.75, 1, 1])
    assert np.isnan(fitted(np.array([np.nan])))
    assert repr(fitted) == "Isotonic(0 to 1 in 3 steps)"
    level = isotonic(np.array([1.0, 1, 1]), np.array([0, 1, 1]))
    assert level(np.array([0.0, 1, 2])) == pytest.approx(2 / 3)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(2, 40))
def test_isotonic_never_falls_and_keeps_the_mean(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    score, outcome = rng.integers(0, 10, n).astype(float), rng.integers(0, 2, n)
    outcome[:2] = 0, 1
    fitted = isotonic(score, outcome)
    assert (np.diff(fitted(np.sort(score))) >= 0).all()
    assert fitted(score).mean() == pytest.approx(outcome.mean())


# How far a probability can be believed.


def test_reliability_by_hand() -> None:
    table = reliability(np.array([0.05, 0.1, 0.15, 0.95, 0.85]), np.array([0, 1, 0, 1, 1]))
    assert table["bin"].tolist() == ["0 to 0.1", "0.1 to 0.2", "0.8 to 0.9", "0.9 to 1"]
    assert table["n"].tolist() == [2, 1, 1, 1]
    assert table["predicted"].to_numpy() == pytest.approx([0.075, 0.15, 0.85, 0.95])
    assert table["observed"].to_numpy() == pytest.approx([0.5, 0, 1, 1])
    error = (2 * 0.425 + 0.15 + 0.15 + 0.05) / 5
    assert calibration_error(np.array([0.05, 0.1, 0.15, 0.95, 0.85]), np.array([0, 1, 0, 1, 1])) == pytest.approx(error)


@pytest.mark.parametrize("strategy", ["uniform", "quantile"])
@pytest.mark.parametrize("bins", [1, 5, 10])
def test_reliability_is_scikit_learns(strategy: str, bins: int) -> None:
    from sklearn.calibration import calibration_curve

    _, p, outcome = simulated(4, 3000)
    table = reliability(p, outcome, bins, strategy)  # type: ignore[arg-type]
    observed, predicted = calibration_curve(outcome, p, n_bins=bins, strategy=strategy)
    assert table["observed"].to_numpy() == pytest.approx(observed)
    assert table["predicted"].to_numpy() == pytest.approx(predicted)
    assert table["n"].sum() == 3000


def test_reliability_of_the_truth_lies_in_its_intervals_and_of_a_distortion_does_not() -> None:
    _, p, outcome = simulated(5, 20_000)
    table = reliability(p, outcome)
    inside = (table["low"] <= table["predicted"]) & (table["predicted"] <= table["high"])
    assert inside.sum() >= 8
    assert calibration_error(p, outcome) < 0.02
    assert calibration_error(p**2, outcome) > 0.05
    constant = reliability(np.full(50, 0.3), np.repeat([0, 1], 25), strategy="quantile")
    assert (constant["n"].tolist(), constant["observed"].tolist()) == ([50], [0.5])


# What is refused.


@pytest.mark.parametrize("fit", [platt, isotonic])
def test_what_cannot_be_calibrated(fit: object) -> None:
    for outcome in (np.zeros(4), np.ones(4)):
        with pytest.raises(EstimationError, match=rf"the outcome is {outcome[0]:g} in all 4 rows"):
            fit(np.arange(4.0), outcome)  # type: ignore[operator]
    with pytest.raises(EstimationError, match=r"there are no rows"):
        fit(np.array([]), np.array([]))  # type: ignore[operator]
    for bad in (np.nan, np.inf):
        with pytest.raises(DataError, match=rf"the score is {bad} in places"):
            fit(np.array([0, 1, bad]), np.array([0, 1, 1]))  # type: ignore[operator]
    with pytest.raises(DataError, match=r"the outcome holds 2; it must be 0 or 1"):
        fit(np.arange(3.0), np.array([0, 1, 2]))  # type: ignore[operator]
    with pytest.raises(DataError, match=r"shape \(3,\).*shape \(2,\)"):
        fit(np.arange(3.0), np.array([0, 1]))  # type: ignore[operator]


@pytest.mark.parametrize("judge", [reliability, calibration_error])
def test_what_cannot_be_judged(judge: object) -> None:
    for bad in (-0.1, 1.5, np.nan):
        with pytest.raises(DataError, match=rf"probability is {bad:g} in row 1; it must lie in \[0, 1\]"):
            judge(np.array([0.5, bad]), np.array([0, 1]))  # type: ignore[operator]
    with pytest.raises(DataError, match=r"no rows to judge"):
        judge(np.array([]), np.array([]))  # type: ignore[operator]
    with pytest.raises(DataError, match=r"bins is 0"):
        reliability(np.array([0.5]), np.array([1]), 0)
