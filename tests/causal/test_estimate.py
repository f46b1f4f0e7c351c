"""Estimators: cases by hand, refusals, then bias and coverage over many draws of a design whose truth is computed."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression

from causalrec.causal.estimation.balance import effective_sample_size, standardised_difference
from causalrec.causal.estimation.columns import checked_propensity
from causalrec.causal.estimation.estimate import Estimate
from causalrec.causal.estimation.outcome_models import fit_outcomes, fit_propensity, quadratic_logistic
from causalrec.causal.estimation.weighting import aipw, ipw, naive
from causalrec.errors import EstimationError

Y, T, E = [1, 0, 1, 0], [1, 1, 0, 0], [0.5, 0.25, 0.5, 0.2]
Z95 = 1.959963984540054


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


# ---- by hand -------------------------------------------------------------------------------------------------------


def test_estimate_prints_on_one_line():
    estimate = Estimate(0.05234, 0.04099, 0.06333, "IPW", "ATE", 36000, 9120.4, 0.0057)
    assert repr(estimate) == "IPW: ATE 0.052 [0.041, 0.063], n = 36000, effective n = 9120"
    assert estimate._repr_html_() == "<p><b>IPW</b> ATE 0.052 [0.041, 0.063], n = 36000, effective n = 9120</p>"
    assert repr(Estimate(-0.004, -5.1, 5.1, "naive", "a < b", 4, 4, 2.6)).startswith("naive: a < b 0.0 [-5.1, 5.1]")
    assert "a &lt; b" in Estimate(1, 0, 2, "naive", "a < b", 4, 4, 0.5)._repr_html_()
    assert repr(Estimate(12345.6, 11000.2, 13691.0, "IPW", "ATE", 4, 4, 1)).startswith("IPW: ATE 12346 [11000, 13691]")
    assert repr(Estimate(1.0, 1.0, 1.0, "IPW", "ATE", 4, 4, 0)).startswith("IPW: ATE 1.000 [1.000, 1.000]")


def test_naive_by_hand():
    """Arms (1, 0) and (1, 0, 0): ½ − ⅓. ψ/n = ±¼ twice, then −(2/9, −1/9, −1/9); SE² = 5/4 (2/16 + 6/81)."""
    estimate = naive([1, 0, 1, 0, 0], [1, 1, 0, 0, 0])
    assert estimate.value == pytest.approx(1 / 6)
    assert estimate.standard_error == pytest.approx(np.sqrt(5 / 4 * (2 / 16 + 6 / 81)))
    assert estimate.high - estimate.value == pytest.approx(Z95 * estimate.standard_error)
    assert estimate.value - estimate.low == pytest.approx(Z95 * estimate.standard_error)
    assert (estimate.n, estimate.method) == (5, "naive")
    assert estimate.effective_n == pytest.approx(4 / (1 / 2 + 1 / 3))


def test_ipw_by_hand():
    """Weights 2, 4 | 2, 1.25. μ₁ = 2/6, μ₀ = 2/3.25."""
    estimate = ipw(Y, T, E)
    mean1, mean0 = 1 / 3, 2 / 3.25
    parts = [2 / 6 * (1 - mean1), 4 / 6 * (0 - mean1), -2 / 3.25 * (1 - mean0), 1.25 / 3.25 * mean0]  # ψ/n
    assert estimate.value == pytest.approx(mean1 - mean0)
    assert estimate.standard_error == pytest.approx(np.sqrt(4 / 3 * np.sum(np.square(parts))))
    assert estimate.effective_n == pytest.approx(4 / (20 / 36 + (4 + 1.25**2) / 3.25**2))
    clustered = ipw(Y, T, E, cluster=["a", "b", "a", "b"])
    sums = [parts[0] + parts[2], parts[1] + parts[3]]
    assert clustered.value == estimate.value
    assert clustered.standard_error == pytest.approx(np.sqrt(2 / 1 * np.sum(np.square(sums))))


def test_aipw_by_hand():
    """φ = .2 + .4/.5, .2 − .6/.25, .2 − .6/.5, .2 + .4/.8 with m₁ = .6 and m₀ = .4 throughout."""
    estimate = aipw(Y, T, E, [0.4] * 4, [0.6] * 4, level=0.9)
    scores = np.array([1.0, -2.2, -1.0, 0.7])
    assert estimate.value == pytest.approx(scores.mean())
    assert estimate.standard_error == pytest.approx(scores.std(ddof=1) / 2)
    assert estimate.high - estimate.value == pytest.approx(1.6448536269514722 * estimate.standard_error)
    assert estimate.effective_n == ipw(Y, T, E).effective_n
    sums = [scores[[0, 1, 3]].sum() - 3 * scores.mean(), scores[2] - scores.mean()]
    clustered = aipw(Y, T, E, [0.4] * 4, [0.6] * 4, cluster=[7, 7, 3, 7])
    assert clustered.standard_error == pytest.approx(np.sqrt(2 * np.sum(np.square(sums))) / 4)


def test_a_cluster_for_every_row_changes_nothing():
    assert ipw(Y, T, E, cluster=[5, 6, 7, 8]) == ipw(Y, T, E)


def test_series_lists_and_booleans_are_taken_alike():
    as_series = ipw(pd.Series(Y, index=[9, 8, 7, 6]), pd.Series([True, True, False, False]), pd.Series(E),
                    cluster=pd.Series(["a", "b", "a", "b"]))
    assert as_series == ipw(Y, T, E, cluster=["a", "b", "a", "b"])
    assert all(type(getattr(as_series, field)) is float for field in ("value", "low", "high", "standard_error"))


def test_equal_weights_make_ipw_naive():
    rng = np.random.default_rng(0)
    y, t = rng.standard_normal(50), rng.permutation([0, 1] * 25)
    weighted, plain = ipw(y, t, np.full(50, 0.5)), naive(y, t)
    assert weighted.value == pytest.approx(plain.value)
    assert weighted.standard_error == pytest.approx(plain.standard_error)
    assert weighted.effective_n == pytest.approx(50)


def test_effective_sample_size_by_hand():
    assert effective_sample_size([1, 1, 1, 1]) == 4
    assert effective_sample_size([1, 3]) == pytest.approx(1.6)
    assert effective_sample_size([5, 0, 0]) == 1
    assert effective_sample_size([1e-200, 3e-200]) == pytest.approx(1.6)


@settings(deadline=None)
@given(st.lists(st.floats(1e-3, 1e3), min_size=1, max_size=30), st.floats(1e-3, 1e3))
def test_effective_sample_size_is_between_one_and_n_whatever_the_scale(weights, scale):
    size = effective_sample_size(weights)
    assert 1 - 1e-9 <= size <= len(weights) + 1e-9
    assert effective_sample_size(np.array(weights) * scale) == pytest.approx(size)


def test_standardised_difference_by_hand():
    """Means 4 and 1, variances 2 and 2."""
    x, t = [3, 5, 0, 2], [1, 1, 0, 0]
    assert standardised_difference(x, t) == pytest.approx(3 / np.sqrt(2))
    assert standardised_difference(x, t, weights=[3, 1, 0, 1]) == pytest.approx((3.5 - 2) / np.sqrt(2))
    assert standardised_difference(x, [0, 0, 1, 1]) == pytest.approx(-3 / np.sqrt(2))
    assert standardised_difference([7, 7, 7, 7], t) == 0


def test_weighting_by_the_propensity_balances_the_arms():
    x, t, e, _, _, _ = drawn(np.random.default_rng(8), 20_000)
    assert abs(standardised_difference(x[:, 0], t)) > 0.5
    assert abs(standardised_difference(x[:, 0], t, weights=np.where(t == 1, 1 / e, 1 / (1 - e)))) < 0.05


# ---- refusals ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("change", "said"), [
    ({"treatment": [1, 1, 1, 1]}, "treatment never varies: it is 1 in all 4 rows"),
    ({"treatment": [0, 0, 0, 0]}, "treatment never varies: it is 0"),
    ({"treatment": [1, 0, 2, 0]}, "treatment is 2 in row 2, but it must be 0 or 1"),
    ({"treatment": [1, 0, 0, 0]}, "an arm has a single row"),
    ({"propensity": [0.5, 0.0, 1.0, 0.5]}, r"2 values outside \(0, 1\) \(first: row 1, 0.0\); clip the policy or drop"),
    ({"propensity": [0.5, 0.5, 0.5, 1.0]}, r"1 value outside \(0, 1\) \(first: row 3, 1.0\)"),
    ({"propensity": [0.5, np.nan, 0.5, np.nan]}, r"propensity has 2 missing or infinite values \(first: row 1\)"),
    ({"outcome": [1, 0, np.inf, 0]}, r"outcome has 1 missing or infinite values \(first: row 2\)"),
    ({"outcome": [1, 0, 1]}, "outcome has 3 rows, treatment has 4"),
    ({"outcome": [], "treatment": [], "propensity": []}, r"outcome has shape \(0,\)"),
    ({"outcome": [[1, 0, 1, 0]]}, r"outcome has shape \(1, 4\)"),
    ({"outcome": ["yes", "no", "yes", "no"]}, "outcome has entries that are not numbers"),
    ({"cluster": ["a", "b", "a"]}, r"cluster has shape \(3,\), but one label for each of the 4 rows"),
    ({"cluster": ["a", None, "a", "b"]}, r"cluster has 1 missing values \(first: row 1\)"),
    ({"cluster": ["a"] * 4}, "all rows are in one cluster"),
    ({"level": 95}, r"level is 95, but .* \(0, 1\); try 0.95"),
])
def test_data_without_an_estimate_is_refused(change, said):
    arguments = {"outcome": Y, "treatment": T, "propensity": E, **change}
    with pytest.raises(EstimationError, match=said):
        ipw(**arguments)
    with pytest.raises(EstimationError, match=said):
        aipw(**arguments, outcome_untreated=np.zeros(len(arguments["outcome"])), outcome_treated=arguments["outcome"])
    if "propensity" not in change:
        arguments.pop("propensity")
        with pytest.raises(EstimationError, match=said):
            naive(**arguments)


def test_propensity_of_one_is_allowed_on_request_only():
    assert checked_propensity([0.2, 1.0], one_allowed=True).tolist() == [0.2, 1.0]
    with pytest.raises(EstimationError, match=r"1 value outside \(0, 1\] \(first: row 0, 1.5\)"):
        checked_propensity([1.5, 1.0], one_allowed=True)
    with pytest.raises(EstimationError, match=r"2 values outside \(0, 1\] \(first: row 0, 0.0\)"):
        checked_propensity([0.0, -1.0], one_allowed=True)


def test_weights_and_covariates_without_sense_are_refused():
    for weights in ([0, 0], [1, -1]):
        with pytest.raises(EstimationError, match="negative value or are all zero"):
            effective_sample_size(weights)
    with pytest.raises(EstimationError, match=r"weights has shape \(0,\)"):
        effective_sample_size([])
    with pytest.raises(EstimationError, match="all zero in an arm"):
        standardised_difference([1, 2, 3, 4], T, weights=[1, 1, 0, 0])
    with pytest.raises(EstimationError, match="x is 1 in every treated row and 0 in every other"):
        standardised_difference([1, 1, 0, 0], T)


def test_what_cannot_be_fitted_is_refused():
    rng, x, t = np.random.default_rng(0), np.arange(8.0), [0, 1] * 4
    with pytest.raises(EstimationError, match="4 clusters cannot be dealt into 5 folds; take 2 to 4 folds"):
        fit_propensity(x, t, cluster=[0, 0, 1, 1, 2, 2, 3, 3], rng=rng)
    with pytest.raises(EstimationError, match="8 clusters cannot be dealt into 1 folds"):
        fit_propensity(x, t, folds=1, rng=rng)
    with pytest.raises(EstimationError, match=r"without fold \d the treatment never varies"):
        fit_propensity(x, [0] * 4 + [1] * 4, cluster=[0] * 4 + [1] * 4, folds=2, rng=rng)
    with pytest.raises(EstimationError, match=r"without fold 0 the outcome of untreated rows never varies"):
        fit_outcomes(x, t, t, folds=2, rng=rng)
    with pytest.raises(EstimationError, match=r"covariates have shape \(7, 1\), but 8 rows"):
        fit_propensity(x[:7], t, rng=rng)
    with pytest.raises(EstimationError, match=r"covariates has 1 missing .* \(first: row 1, column 0\)"):
        fit_propensity(pd.DataFrame({"a": [1, None, *range(6)]}), t, rng=rng)


# ---- over many draws -----------------------------------------------------------------------------------------------


def drawn(rng: np.random.Generator, n: int):
    """The textbook design: one row a unit, .1 <= e <= .9, both nuisances logistic."""
    x = rng.uniform(-1, 1, (n, 2))
    e = sigmoid(1.2 * x[:, 0] + 0.9 * x[:, 1])
    m0, m1 = outcome_means(x)
    t = (rng.random(n) < e).astype(int)
    y = (rng.random(n) < np.where(t == 1, m1, m0)).astype(int)
    return x, t, e, y, m0, m1


def outcome_means(x):
    index = -0.8 + 1.2 * x[:, 0] - 0.5 * x[:, 1]
    return sigmoid(index), sigmoid(index + 0.5 + 0.4 * x[:, 1])


@cache
def truth() -> float:
    middle = (np.arange(400) + 0.5) / 200 - 1  # midpoints of a fine grid over the square
    m0, m1 = outcome_means(np.array(np.meshgrid(middle, middle)).reshape(2, -1).T)
    return float((m1 - m0).mean())


def assert_sound(estimates: list[Estimate], target: float) -> None:
    """Unbiased within Monte Carlo error, coverage at least .93, mean standard error near the empirical one."""
    values = np.array([estimate.value for estimate in estimates])
    spread = values.std(ddof=1)
    assert abs(values.mean() - target) < 4 * spread / np.sqrt(len(values))
    assert np.mean([estimate.low <= target <= estimate.high for estimate in estimates]) >= 0.93
    assert 0.9 <= np.mean([estimate.standard_error for estimate in estimates]) / spread <= 1.15


def test_ipw_with_the_true_propensity_is_sound_and_naive_is_not():
    rng, weighted, plain = np.random.default_rng(1), [], []
    for _ in range(2000):
        _, t, e, y, _, _ = drawn(rng, 500)
        weighted.append(ipw(y, t, e))
        plain.append(naive(y, t))
    assert_sound(weighted, truth())
    assert np.mean([estimate.value for estimate in plain]) > truth() + 0.05
    assert np.mean([estimate.low <= truth() <= estimate.high for estimate in plain]) < 0.8


def test_aipw_with_fitted_nuisances_is_sound():
    rng, estimates = np.random.default_rng(2), []
    model = LogisticRegression(C=10.0, solver="newton-cholesky")
    for _ in range(300):
        x, t, _, y, _, _ = drawn(rng, 600)
        e = fit_propensity(x, t, folds=2, rng=rng, model=model)
        estimates.append(aipw(y, t, e, *fit_outcomes(x, t, y, folds=2, rng=rng, model=model)))
    assert_sound(estimates, truth())


def test_aipw_needs_only_one_right_nuisance():
    rng = np.random.default_rng(3)
    values: dict[str, list[float]] = {"right": [], "wrong outcomes": [], "wrong propensity": [], "both wrong": []}
    for _ in range(800):
        _, t, e, y, m0, m1 = drawn(rng, 500)
        half, wrong = np.full(500, 0.5), np.full(500, 0.3)
        values["right"].append(aipw(y, t, e, m0, m1).value)
        values["wrong outcomes"].append(aipw(y, t, e, wrong, wrong).value)
        values["wrong propensity"].append(aipw(y, t, half, m0, m1).value)
        values["both wrong"].append(aipw(y, t, half, wrong, wrong).value)
    off = {name: (np.mean(found) - truth()) / (np.std(found) / np.sqrt(800)) for name, found in values.items()}
    assert max(abs(off[name]) for name in ("right", "wrong outcomes", "wrong propensity")) < 4
    assert off["both wrong"] > 20


def test_rows_of_one_user_need_a_clustered_error():
    """100 users in each of 500 draws, 8 rows each; a user is treated or not, and users differ in level. Effect: 1."""
    rng, clustered, rows_alone = np.random.default_rng(4), [], []
    users = np.repeat(np.arange(100), 8)
    for _ in range(500):
        e = rng.uniform(0.3, 0.7, 100)
        t = (rng.random(100) < e).astype(int)
        y = (t + 2 * e + rng.standard_normal(100))[users] + rng.standard_normal(800)
        clustered.append(ipw(y, t[users], e[users], cluster=users))
        rows_alone.append(ipw(y, t[users], e[users]))
    assert_sound(clustered, 1.0)
    spread = np.std([estimate.value for estimate in rows_alone])
    assert np.mean([estimate.standard_error for estimate in rows_alone]) < 0.6 * spread
    assert np.mean([estimate.low <= 1 <= estimate.high for estimate in rows_alone]) < 0.8


# ---- cross-fitting -------------------------------------------------------------------------------------------------


class Recorder(LogisticRegression):
    """A classifier that notes which rows it was fitted to and asked about; the first column numbers the rows."""

    notes: list[tuple[set[float], set[float]]] = []

    def fit(self, x, y, sample_weight=None):
        self.seen_ = set(x[:, 0])
        return super().fit(x, y)

    def predict_proba(self, x):
        self.notes.append((self.seen_, set(x[:, 0])))
        return super().predict_proba(x)


def test_no_cluster_is_in_two_folds_and_every_row_is_predicted_by_others():
    rng = np.random.default_rng(5)
    cluster = rng.integers(0, 40, 300)
    t, y = rng.integers(0, 2, 300), rng.integers(0, 2, 300)
    x = np.column_stack([np.arange(300.0), rng.standard_normal(300)])
    model = Recorder(solver="newton-cholesky")
    for fit in (lambda: fit_propensity(x, t, cluster, rng=rng, model=model),
                lambda: fit_outcomes(x, t, y, cluster, rng=rng, model=model)):
        Recorder.notes.clear()
        fit()
        rows = [sorted(map(int, asked)) for _, asked in Recorder.notes]
        assert sorted(set().union(*rows)) == list(range(300))
        for (fitted, _), asked in zip(Recorder.notes, rows, strict=True):
            assert not {cluster[int(row)] for row in fitted} & {cluster[row] for row in asked}
        sizes = [len({cluster[row] for row in asked}) for asked in rows]
        assert max(sizes) - min(sizes) <= 1


def test_fits_are_near_the_truth_and_repeatable():
    x, t, e, y, m0, m1 = drawn(np.random.default_rng(6), 20_000)
    frame = pd.DataFrame(x, columns=["a", "b"])
    fitted = fit_propensity(frame, t, rng=np.random.default_rng(0))
    untreated, treated = fit_outcomes(frame, t, y, rng=np.random.default_rng(0))
    assert np.abs(fitted - e).mean() < 0.02
    assert np.abs(untreated - m0).mean() < 0.02
    assert np.abs(treated - m1).mean() < 0.02
    assert (fitted == fit_propensity(x, t, rng=np.random.default_rng(0))).all()


def test_an_outcome_that_is_no_yes_or_no_gets_a_regression():
    rng = np.random.default_rng(7)
    x, t = rng.standard_normal((2000, 2)), rng.integers(0, 2, 2000)
    untreated, treated = fit_outcomes(x, t, x[:, 0] ** 2 + 3 * t * x[:, 1], rng=rng)
    assert np.abs(untreated - x[:, 0] ** 2).max() < 0.05
    assert np.abs(treated - untreated - 3 * x[:, 1]).max() < 0.05


def test_quadratic_logistic_takes_weights():
    rng = np.random.default_rng(9)
    x = rng.standard_normal((400, 2))
    y = (rng.random(400) < sigmoid(x[:, 0] * x[:, 1])).astype(int)
    weights = rng.integers(0, 3, 400)
    weighted = quadratic_logistic().fit(x, y, standardise__sample_weight=weights, logistic__sample_weight=weights)
    repeated = quadratic_logistic().fit(np.repeat(x, weights, axis=0), np.repeat(y, weights))
    assert weighted.predict_proba(x) == pytest.approx(repeated.predict_proba(x), abs=1e-4)
    corner = quadratic_logistic().fit(x, y).predict_proba(np.array([[2.0, 2.0], [2.0, -2.0]]))[:, 1]
    assert corner[0] > 0.8 > 0.2 > corner[1]  # a product of two columns is within its reach
