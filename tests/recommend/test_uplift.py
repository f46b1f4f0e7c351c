"""The T- and the DR-learner against worlds whose mu0 and mu1 are known for every row."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

from causalrec.errors import EstimationError
from causalrec.recommend.value.uplift import DRLearner, TLearner, dr_learner, quadratic_ridge, t_learner

pytestmark = pytest.mark.filterwarnings("error")
SLOPE = 0.6  # how z follows x in the world


def sigmoid(values: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-values))


def mu(arm: int, x: np.ndarray, z: np.ndarray) -> np.ndarray:
    """P(Y = 1 | do(R = arm), x, z): logistic and quadratic, which is what the T-learner fits."""
    if arm:
        return sigmoid(-0.6 + 0.5 * x + 0.7 * z - 0.3 * x * z)
    return sigmoid(-1.2 + 0.3 * x + 0.9 * z - 0.25 * x**2)


@dataclass(frozen=True)
class World:
    """Rows of two columns, z confounding: it drives both what is shown and what is bought."""

    columns: pd.DataFrame
    treatment: np.ndarray
    outcome: np.ndarray
    propensity: np.ndarray
    mu0: np.ndarray
    mu1: np.ndarray

    @property
    def uplift(self) -> np.ndarray:
        return self.mu1 - self.mu0


def world(n: int, seed: int = 0) -> World:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n)
    z = SLOPE * x + np.sqrt(1 - SLOPE**2) * rng.normal(size=n)
    e = sigmoid(-0.3 + 0.3 * x + 1.0 * z)
    shown, mus = (rng.random(n) < e).astype(int), [mu(arm, x, z) for arm in (0, 1)]
    bought = (rng.random(n) < np.where(shown, mus[1], mus[0])).astype(int)
    return World(pd.DataFrame({"x": x, "z": z}), shown, bought, e, *mus)


@pytest.fixture(scope="module")
def big() -> World:
    return world(40_000)


@pytest.fixture(scope="module")
def fitted(big: World) -> TLearner:
    return t_learner(big.columns, big.treatment, big.outcome)


def rmse(values: pd.Series | np.ndarray, truth: np.ndarray) -> float:
    return float(np.sqrt(np.mean((np.asarray(values) - truth) ** 2)))


# The T-learner.


def test_it_recovers_mu0_and_mu1_as_well_as_that_many_rows_allow(big: World, fitted: TLearner) -> None:
    # Six coefficients an arm from about 18,000 rows: the mean variance of a fitted chance is about 6 x .2 / 18,000.
    expected = np.sqrt(6 * 0.2 / min(big.treatment.sum(), (1 - big.treatment).sum()))
    values = fitted.predict(big.columns)
    assert rmse(values["mu0"], big.mu0) < 2 * expected
    assert rmse(values["mu1"], big.mu1) < 2 * expected
    assert values["uplift"].mean() == pytest.approx(big.uplift.mean(), abs=4 * 2 * np.sqrt(0.2 / 20_000))
    assert np.array_equal(values["uplift"], values["mu1"] - values["mu0"])
    small = world(2_500, seed=1)
    less = t_learner(small.columns, small.treatment, small.outcome).predict(big.columns)
    assert rmse(less["uplift"], big.uplift) > 2 * rmse(values["uplift"], big.uplift)  # 16 times the rows, 4 expected


def test_natural_is_what_the_logs_policy_brings(big: World, fitted: TLearner) -> None:
    truth = big.propensity * big.mu1 + (1 - big.propensity) * big.mu0
    natural = fitted.predict(big.columns)["natural"]
    assert rmse(natural, truth) < 0.02
    assert natural.mean() == pytest.approx(big.outcome.mean(), abs=1e-4)
    without = t_learner(big.columns, big.treatment, big.outcome, natural=False)
    assert list(without.predict(big.columns[:3])) == ["mu0", "mu1", "uplift"]
    assert without.predict(big.columns[:3]).equals(fitted.predict(big.columns[:3])[["mu0", "mu1", "uplift"]])


def test_weights_are_rows_that_stand_there_more_than_once() -> None:
    w = world(3_000)
    times = np.random.default_rng(1).integers(0, 4, 3_000)
    rows = np.repeat(np.arange(3_000), times)
    weighted = t_learner(w.columns, w.treatment, w.outcome, times).predict(w.columns)
    again = t_learner(w.columns.iloc[rows], w.treatment[rows], w.outcome[rows]).predict(w.columns)
    # columns are standardised without weights, which the weak penalty feels a little
    assert weighted.to_numpy() == pytest.approx(again.to_numpy(), abs=2e-3)
    plain = t_learner(w.columns, w.treatment, w.outcome).predict(w.columns)
    assert np.abs(plain["uplift"] - again["uplift"]).max() > 0.02
    ones = t_learner(w.columns, w.treatment, w.outcome, np.ones(3_000)).predict(w.columns)
    assert np.array_equal(ones, plain)


def test_weights_reach_the_average_over_what_is_missing() -> None:
    w = world(3_000)
    times = (w.columns["z"] > 0).astype(int).to_numpy()  # only rows with a large z are drawn
    learner = t_learner(w.columns, w.treatment, w.outcome, times)
    nothing = pd.DataFrame({"x": [np.nan], "z": [np.nan]})
    assert learner.predict(nothing)["mu1"][0] == pytest.approx(w.mu1[times == 1].mean(), abs=0.04)
    assert w.mu1[times == 1].mean() - w.mu1.mean() > 0.1
    often = np.where(w.columns["z"] > 0, 5, 1)  # and so it is where a column is known
    rows, grid = np.repeat(np.arange(3_000), often), pd.DataFrame({"x": [-1.0, 0.0, 1.0], "z": np.nan})
    weighted = t_learner(w.columns, w.treatment, w.outcome, often).predict(grid)
    again = t_learner(w.columns.iloc[rows], w.treatment[rows], w.outcome[rows]).predict(grid)
    assert weighted.to_numpy() == pytest.approx(again.to_numpy(), abs=2e-3)


def test_a_missing_column_is_averaged_over(big: World, fitted: TLearner) -> None:
    # z given x is N(SLOPE x, 1 - SLOPE^2): E[mu_r(x, z) | x] by Gauss-Hermite quadrature
    grid = np.linspace(-1.5, 1.5, 13)
    nodes, weights = np.polynomial.hermite_e.hermegauss(40)
    z = SLOPE * grid[:, None] + np.sqrt(1 - SLOPE**2) * nodes
    truth = [(mu(arm, grid[:, None], z) @ weights) / weights.sum() for arm in (0, 1)]
    values = fitted.predict(pd.DataFrame({"x": grid, "z": np.nan}))
    # E[mu | x] runs from .2 to .6 and is no parabola: the quadratic regression itself is off by up to .025
    assert np.ptp(truth[1]) > 0.2
    assert np.abs(values["mu0"] - truth[0]).max() < 0.035
    assert np.abs(values["mu1"] - truth[1]).max() < 0.035
    # over all rows it is right: the mean is that of the whole models, but for averages cut off at 0
    averaged, whole = fitted.predict(big.columns.assign(z=np.nan)), fitted.predict(big.columns)
    assert averaged["uplift"].mean() == pytest.approx(whole["uplift"].mean(), abs=1e-3)


def test_averaging_over_a_confounder_is_right_where_leaving_it_out_is_not(big: World, fitted: TLearner) -> None:
    truth = big.uplift.mean()
    averaged = fitted.predict(big.columns.assign(z=np.nan))["uplift"].mean()
    left_out = t_learner(big.columns[["x"]], big.treatment, big.outcome).predict(big.columns)["uplift"].mean()
    assert truth == pytest.approx(0.118, abs=0.002)
    assert averaged == pytest.approx(0.118, abs=0.012)
    assert left_out == pytest.approx(0.197, abs=0.012)  # the shown are those with a large z, who buy more anyway


def test_rows_that_lack_different_columns_are_each_done_by_themselves(fitted: TLearner) -> None:
    mixed = pd.DataFrame(
        {"z": [0.5, np.nan, 0.5, np.nan], "x": [1.0, 1.0, np.nan, np.nan], "other": 9.0}, index=["d", "c", "b", "a"]
    )
    together = fitted.predict(mixed)
    assert together.index.tolist() == ["d", "c", "b", "a"]
    alone = pd.concat([fitted.predict(mixed.iloc[[row]]) for row in range(4)])
    assert together.to_numpy() == pytest.approx(alone.to_numpy())
    assert together["mu1"].nunique() == 4
    assert together.loc["d", "mu1"] == pytest.approx(mu(1, np.array(1.0), np.array(0.5)), abs=0.03)
    whole = np.average(fitted.in_log, axis=0)
    assert together.loc["a", ["mu0", "mu1"]].tolist() == pytest.approx(whole[:2])
    assert fitted.predict(mixed[:0]).shape == (0, 4)


def test_averages_stay_chances() -> None:
    w = world(3_000)
    values = t_learner(w.columns, w.treatment, w.outcome).predict(pd.DataFrame({"x": [-9.0, 9.0], "z": np.nan}))
    assert values[["mu0", "mu1", "natural"]].ge(0).all(axis=None)
    assert values[["mu0", "mu1", "natural"]].le(1).all(axis=None)


def test_twice_the_same_column_does_no_harm(big: World, fitted: TLearner) -> None:
    some = big.columns[:4_000]
    twice = some.assign(copy=some["z"], constant=3.0)
    learner = t_learner(twice, big.treatment[:4_000], big.outcome[:4_000])
    once = t_learner(some, big.treatment[:4_000], big.outcome[:4_000])
    assert learner.predict(twice)["uplift"].to_numpy() == pytest.approx(once.predict(some)["uplift"], abs=0.01)
    assert "x, z, copy, constant; 4000 pairs" in repr(learner)


def test_a_learner_does_not_change_what_it_is_given() -> None:
    w = world(500)
    columns, weights = w.columns.copy(), np.arange(500.0) % 3
    learner = t_learner(columns, w.treatment, w.outcome, weights)
    learner.predict(columns.assign(z=np.nan))
    assert columns.equals(w.columns)
    assert np.array_equal(weights, np.arange(500.0) % 3)


@pytest.mark.parametrize(
    ("treatment", "outcome", "weights", "words"),
    [
        ([1] * 8, [0, 1] * 4, None, r"0 of the 0 pairs with recommended = 0"),
        ([0] * 8, [0, 1] * 4, None, r"0 of the 0 pairs with recommended = 1"),
        ([0, 0, 0, 0, 1, 1, 1, 1], [0, 1, 0, 1, 0, 0, 0, 0], None, r"0 of the 4 pairs with recommended = 1 were"),
        ([0, 0, 0, 0, 1, 1, 1, 1], [1, 1, 1, 1, 0, 1, 0, 1], None, r"4 of the 4 pairs with recommended = 0 were"),
        ([0, 1] * 4, [0, 0, 1, 1] * 2, [1, 1, 0, 0] * 2, r"0 of the 2 pairs with recommended = 0 were bought"),
        ([0, 1] * 4, [0, 0, 1, 1] * 2, [0] * 8, r"0 of the 0 pairs"),
    ],
)
def test_an_arm_that_is_empty_or_never_varies(
    treatment: list[int], outcome: list[int], weights: list[int] | None, words: str
) -> None:
    columns = pd.DataFrame({"x": np.arange(8.0)})
    with pytest.raises(EstimationError, match=words):
        t_learner(columns, np.array(treatment), np.array(outcome), None if weights is None else np.array(weights))


# The DR-learner.


@pytest.fixture(scope="module")
def half_blind(big: World) -> tuple[World, pd.DataFrame, pd.Series]:
    """A world, the columns without the confounder z, and clusters of 20 rows: the outcome models must be wrong."""
    return big, big.columns[["x"]], pd.Series(np.arange(len(big.columns)) // 20)


def test_the_dr_learner_is_right_on_average_though_its_outcome_models_are_wrong(
    half_blind: tuple[World, pd.DataFrame, pd.Series],
) -> None:
    w, x, cluster = half_blind
    learner = dr_learner(x, w.treatment, w.outcome, w.propensity, cluster, np.random.default_rng(0))
    error = learner.pseudo_outcome.std() / np.sqrt(len(x))
    mean = learner.predict(x).mean()
    assert mean == pytest.approx(w.uplift.mean(), abs=3 * error)
    wrong = t_learner(x, w.treatment, w.outcome).predict(x)["uplift"].mean()
    assert wrong - w.uplift.mean() > 8 * error
    # with a wrong propensity too, nothing is right
    flat = np.full(len(x), w.treatment.mean())
    both = dr_learner(x, w.treatment, w.outcome, flat, cluster, np.random.default_rng(0)).predict(x).mean()
    assert both - w.uplift.mean() > 8 * error


def test_with_right_outcome_models_a_wrong_propensity_does_no_harm(big: World) -> None:
    flat, cluster = np.full(len(big.columns), big.treatment.mean()), np.arange(len(big.columns))
    learner = dr_learner(big.columns, big.treatment, big.outcome, flat, cluster, np.random.default_rng(0))
    error = learner.pseudo_outcome.std() / np.sqrt(len(big.columns))
    assert learner.predict(big.columns).mean() == pytest.approx(big.uplift.mean(), abs=4 * error)


def test_the_dr_learner_finds_who_gains(big: World) -> None:
    cluster = np.arange(len(big.columns)) // 20
    learner = dr_learner(big.columns, big.treatment, big.outcome, big.propensity, cluster, np.random.default_rng(0))
    uplift = learner.predict(big.columns)
    assert uplift.name == "uplift"
    assert np.corrcoef(uplift, big.uplift)[0, 1] > 0.7
    missing = learner.predict(big.columns.assign(z=np.nan))
    assert missing.mean() == pytest.approx(learner.pseudo_outcome.mean(), abs=1e-6)
    nothing = learner.predict(pd.DataFrame({"x": [np.nan], "z": np.nan}, index=["row"]))
    assert nothing["row"] == pytest.approx(learner.pseudo_outcome.mean())
    assert "x, z; 40000 pairs" in repr(learner)


def test_the_pseudo_outcome_by_hand() -> None:
    # Both models are cross-fitted constants here: columns that never vary leave nothing to fit but the arm's mean.
    columns = pd.DataFrame({"x": np.zeros(400)})
    treatment, outcome = np.tile([0, 0, 1, 1], 100), np.tile([0, 1, 1, 1], 100)
    outcome[3::8] = 0
    learner = dr_learner(columns, treatment, outcome, np.full(400, 0.25), np.arange(400), np.random.default_rng(0))
    # mu0 about 1/2, mu1 about 3/4; shown and bought: 1/4 + (1 - 3/4) / .25; unseen and bought: 1/4 - (1 - 1/2) / .75
    shown, unseen = (treatment == 1) & (outcome == 1), (treatment == 0) & (outcome == 1)
    assert learner.pseudo_outcome[shown].mean() == pytest.approx(1.25, abs=0.1)
    assert learner.pseudo_outcome[unseen].mean() == pytest.approx(0.25 - 2 / 3, abs=0.1)


@pytest.mark.parametrize("bad", [0.0, 1.0, 1.2, np.nan])
def test_a_propensity_that_is_none(bad: float) -> None:
    w = world(400)
    propensity = w.propensity.copy()
    propensity[17] = bad
    with pytest.raises(EstimationError, match=r"propensity has 1 (value|missing)"):
        dr_learner(w.columns, w.treatment, w.outcome, propensity, np.arange(400), np.random.default_rng(0))
    with pytest.raises(EstimationError, match=r"treatment never varies"):
        dr_learner(w.columns, np.ones(400), w.outcome, w.propensity, np.arange(400), np.random.default_rng(0))


def test_quadratic_ridge_fits_a_parabola_and_shrinks_with_its_penalty() -> None:
    x = np.linspace(-2, 2, 50)[:, None]
    y = 1 + x[:, 0] - 2 * x[:, 0] ** 2
    assert quadratic_ridge(1e-9).fit(x, y).predict(x) == pytest.approx(y, abs=1e-6)
    assert np.ptp(quadratic_ridge(1e9).fit(x, y).predict(x)) < 1e-3
    assert isinstance(DRLearner(pd.DataFrame({"x": x[:, 0]}), y).predict(pd.DataFrame({"x": [0.0]})), pd.Series)
