"""What a ranking is worth: worked cases, the ends of the scale, scikit-learn's NDCG, and the shop's own coins."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from causalrec.causal.models.scm import SCM
from causalrec.errors import DataError, EstimationError
from causalrec.recommend.value.evaluation import (
    gain,
    incremental_purchases,
    ndcg,
    random_value,
    scoreboard,
    user_auc,
)
from causalrec.recommend.value.ranking import Ranking, rank
from causalrec.shop.model import preset_named, shop_model
from causalrec.shop.simulator import _potential

pytestmark = pytest.mark.filterwarnings("error")

TRUTH = pd.DataFrame(
    {
        "user_id": ["a", "a", "a", "b", "b", "b"],
        "item_id": ["x", "y", "z", "x", "y", "z"],
        "uplift": [0.3, 0.0, -0.1, 0.1, 0.2, 0.3],
    }
)


def random_truth(users: int = 200, items: int = 30, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    user, item = np.divmod(np.arange(users * items), items)
    ids = {"user_id": [f"u{u:03d}" for u in user], "item_id": [f"i{i:02d}" for i in item]}
    return pd.DataFrame(ids).assign(uplift=rng.normal(0.03, 0.05, users * items))


def by(truth: pd.DataFrame, score: np.ndarray, top: int = 10) -> Ranking:
    return rank(truth, np.asarray(score, dtype=float), top)


# Worked cases.


def test_incremental_purchases_by_hand() -> None:
    ranking = by(TRUTH, np.array([1, 2, 3, 3, 2, 1]), top=2)  # a: z, y; b: x, y
    assert incremental_purchases(ranking, TRUTH) == pytest.approx([-0.1, 0.3])
    assert incremental_purchases(by(TRUTH, TRUTH["uplift"], top=1), TRUTH) == pytest.approx([0.3, 0.3])
    shuffled = TRUTH.sample(frac=1, random_state=1)
    assert incremental_purchases(ranking, shuffled) == pytest.approx([-0.1, 0.3])


def test_a_random_slot_adds_the_mean() -> None:
    assert random_value(TRUTH, 2) == pytest.approx([2 * 0.2 / 3, 2 * 0.2])
    assert random_value(TRUTH, 7) == pytest.approx([0.2, 0.6])  # there are three candidates only


def test_gain_by_hand() -> None:
    # top 1: V* = .3 + .3, random .2/3 + .2; the ranking z, x adds -.1 + .1
    ranking = by(TRUTH, np.array([1, 2, 3, 3, 2, 1]), top=1)
    assert gain(ranking, TRUTH) == pytest.approx((0 - 0.8 / 3) / (0.6 - 0.8 / 3))


def test_empty_slots_add_nothing_and_users_without_a_row_count() -> None:
    score = np.array([1.0, np.nan, np.nan, np.nan, np.nan, np.nan])
    ranking = by(TRUTH, score, top=2)
    assert incremental_purchases(ranking, TRUTH) == pytest.approx([0.3])
    best, base = 0.3 + 0.5, 2 * 0.2 / 3 + 0.4
    assert gain(ranking, TRUTH) == pytest.approx((0.3 - base) / (best - base))
    board = scoreboard({"some": ranking}, TRUTH, np.random.default_rng(0), replicates=20)
    assert board["value"][0] == pytest.approx((0.3 - base) / (best - base))
    assert board["purchases"][0] == pytest.approx(0.15)
    nothing = by(TRUTH, np.full(6, np.nan), top=2)
    assert incremental_purchases(nothing, TRUTH).shape == (0,)
    assert gain(nothing, TRUTH) == pytest.approx((0 - base) / (best - base))


# The ends of the scale.


def test_the_oracle_is_1_the_reverse_below_0_and_random_about_0() -> None:
    truth, rng = random_truth(), np.random.default_rng(1)
    assert gain(by(truth, truth["uplift"]), truth) == pytest.approx(1)
    assert gain(by(truth, -truth["uplift"]), truth) < -0.9
    randoms = [gain(by(truth, rng.random(len(truth))), truth) for _ in range(20)]
    assert np.mean(randoms) == pytest.approx(0, abs=4 * np.std(randoms) / np.sqrt(20))
    assert np.std(randoms) < 0.1
    noisy = gain(by(truth, truth["uplift"] + rng.normal(0, 0.05, len(truth))), truth)
    assert 0.4 < noisy < 0.9


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 5))
def test_no_ranking_is_above_1(seed: int, top: int) -> None:
    rng = np.random.default_rng(seed)
    truth = random_truth(4, 6, seed)
    assert gain(by(truth, rng.random(24), top), truth) <= 1 + 1e-9
    assert gain(by(truth, truth["uplift"], top), truth) == pytest.approx(1)


def test_where_no_order_is_better_than_another_there_is_no_gain() -> None:
    level = TRUTH.assign(uplift=0.1)
    for truth, top in ((TRUTH, 3), (TRUTH, 9), (level, 1)):
        ranking = by(truth, np.arange(6.0), top)
        with pytest.raises(DataError, match=r"no order .* better"):
            gain(ranking, truth)
        with pytest.raises(DataError, match=r"no order .* better"):
            scoreboard({"one": ranking}, truth, np.random.default_rng(0), replicates=5)


def test_what_the_truth_does_not_cover() -> None:
    ranking = rank(pd.DataFrame({"user_id": ["a", "c"], "item_id": ["x", "y"]}), np.ones(2), top=1)
    for measure in (incremental_purchases, gain):
        with pytest.raises(DataError, match=r"no row for c and y: rank only candidates"):
            measure(ranking, TRUTH)


# NDCG.


def test_ndcg_by_hand() -> None:
    relevance = TRUTH.assign(clicked=[1, 0, 1, 0, 0, 0])
    ranking = by(TRUTH, np.array([1, 3, 2, 1, 2, 3]), top=2)  # a: y, z; b has nothing relevant
    assert ndcg(ranking, relevance, "clicked") == pytest.approx((1 / np.log2(3)) / (1 + 1 / np.log2(3)))
    assert ndcg(by(TRUTH, np.array([3, 1, 2, 0, 0, 0]), top=2), relevance, "clicked") == pytest.approx(1)
    assert ndcg(by(TRUTH, np.array([1, 3, 1, 0, 0, 0]), top=1), relevance, "clicked") == 0


def test_ndcg_is_scikit_learns() -> None:
    from sklearn.metrics import ndcg_score

    rng = np.random.default_rng(2)
    truth = random_truth(40, 12).assign(stars=rng.integers(0, 5, 480))
    score = rng.permutation(480).astype(float)
    for top in (1, 5, 12, 20):
        expected = ndcg_score(truth["stars"].to_numpy().reshape(40, 12), score.reshape(40, 12), k=top)
        assert ndcg(by(truth, score, top), truth, "stars") == pytest.approx(expected)


def test_ndcg_of_rows_in_any_order_of_pairs_that_stand_twice_and_of_strange_pairs() -> None:
    relevance = TRUTH.assign(clicked=[1, 0, 1, 0, 1, 0])
    ranking = by(TRUTH, np.array([1, 3, 2, 1, 2, 3]), top=2)
    expected = ndcg(ranking, relevance, "clicked")
    assert ndcg(ranking, relevance.sample(frac=1, random_state=3), "clicked") == pytest.approx(expected)
    again = pd.concat([relevance, relevance.assign(clicked=0), relevance])  # weeks of the same pair
    assert ndcg(ranking, again, "clicked") == pytest.approx(expected)
    other = rank(pd.DataFrame({"user_id": ["a"], "item_id": ["unheard of"]}), np.ones(1), top=2)
    assert ndcg(other, relevance, "clicked") == 0


def test_ndcg_needs_something_relevant_and_nothing_negative() -> None:
    ranking = by(TRUTH, np.arange(6.0), top=2)
    with pytest.raises(DataError, match=r"'clicked' is 0 for every candidate"):
        ndcg(ranking, TRUTH.assign(clicked=0), "clicked")
    with pytest.raises(DataError, match=r"'uplift' is negative"):
        ndcg(ranking, TRUTH, "uplift")


# The scoreboard.


def test_the_scoreboard_is_sorted_and_its_rows_are_what_gain_says() -> None:
    truth, rng = random_truth(), np.random.default_rng(3)
    noise = rng.normal(0, 0.05, len(truth))
    rankings = {
        "random": by(truth, rng.random(len(truth))),
        "oracle": by(truth, truth["uplift"]),
        "noisy": by(truth, truth["uplift"] + noise),
    }
    board = scoreboard(rankings, truth, np.random.default_rng(0), replicates=200)
    assert board["ranking"].tolist() == ["oracle", "noisy", "random"]
    assert list(board) == ["ranking", "purchases", "value", "low", "high"]
    for row in board.itertuples():
        assert row.value == pytest.approx(gain(rankings[row.ranking], truth))
        assert row.purchases == pytest.approx(incremental_purchases(rankings[row.ranking], truth).mean())
        assert row.low <= row.value <= row.high
    assert board.loc[0, ["low", "high"]].tolist() == pytest.approx([1, 1])
    again = scoreboard(dict(reversed(rankings.items())), truth, np.random.default_rng(0), replicates=200)
    pd.testing.assert_frame_equal(again, board)
    narrow = scoreboard(rankings, truth, np.random.default_rng(0), replicates=200, level=0.5)
    assert (narrow["high"] - narrow["low"])[1:].lt((board["high"] - board["low"])[1:]).all()


def test_rows_compare_because_the_draws_are_the_same() -> None:
    truth = random_truth()
    same, other = by(truth, truth["uplift"] ** 3), by(truth, truth["uplift"] * (truth["item_id"] > "i05"))
    board = scoreboard({"a": same, "b": other, "a again": same}, truth, np.random.default_rng(5), replicates=50)
    twins = board.set_index("ranking").loc[["a", "a again"]]
    assert twins.iloc[0].equals(twins.iloc[1])


def test_intervals_cover_the_gain_of_the_whole_population() -> None:
    # Users are drawn from a population of 3,000; its own G must lie in 95 % of the intervals: in 80 of them, 71 or more
    population, rng = random_truth(3_000, 12, seed=8), np.random.default_rng(9)
    score = population["uplift"].to_numpy() + rng.normal(0, 0.06, len(population))
    whole, held = gain(by(population, score, 4), population), 0
    blocks = population.assign(score=score, number=np.repeat(np.arange(3_000), 12))
    for _ in range(80):
        users = rng.choice(3_000, 60, replace=False)
        sample = blocks[np.isin(blocks["number"], users)]
        (row,) = scoreboard({"x": by(sample, sample["score"], 4)}, sample, rng, replicates=100).itertuples()
        held += row.low <= whole <= row.high
    assert 71 <= held <= 80


# Against the coins.


def test_added_purchases_are_those_that_the_coins_bring() -> None:
    # One world of 40 users and 6 items: V, from mu1 - mu0, against purchased1 - purchased0 over many coins.
    preset = preset_named("course")
    model, rng = shop_model(preset), np.random.default_rng(6)
    noise, draws = model.draw_noise(240, rng), 3_000
    mus = [_potential(model, preset, noise, arm)["mu"] for arm in (0, 1)]
    user, item = np.divmod(np.arange(240), 6)
    truth = pd.DataFrame({"user_id": [f"u{u:02d}" for u in user], "item_id": [f"i{i}" for i in item]})
    truth = truth.assign(uplift=mus[1] - mus[0])
    ranking = by(truth, truth["uplift"] + rng.normal(0, 0.05, 240), top=2)
    shown = set(ranking.frame()[["user_id", "item_id"]].itertuples(index=False, name=None))
    rows = [row for row, pair in enumerate(zip(truth["user_id"], truth["item_id"], strict=True)) if pair in shown]
    added = _added(model, {name: values[rows] for name, values in noise.items()}, draws, rng)  # (draws,)
    value = incremental_purchases(ranking, truth).sum()
    assert added.mean() == pytest.approx(value, abs=4 * added.std() / np.sqrt(draws))
    assert value > 20 * added.std() / np.sqrt(draws)  # so precise that the test can fail


def _added(model: SCM, noise: dict[str, np.ndarray], draws: int, rng: np.random.Generator) -> np.ndarray:
    """The purchases that showing these pairs adds, for each draw of the coins of browsing, clicking and buying."""
    pairs = len(noise["browsed"])
    units = {name: np.tile(values, draws) for name, values in noise.items()}
    units |= {name: rng.random(pairs * draws) for name in ("browsed", "clicked", "purchased")}
    bought = [model.do(recommended=arm).evaluate(units, only=("purchased",))["purchased"] for arm in (0, 1)]
    return (bought[1].astype(int) - bought[0]).reshape(draws, pairs).sum(1)


# The area under the curve.


def one_user(outcome: list[int]) -> pd.DataFrame:
    """The pairs of a single user, as many as outcomes."""
    return pd.DataFrame({"user_id": ["a"] * len(outcome)})


def test_the_area_of_one_user_by_hand() -> None:
    # ones at 2 and 3, zeros at 1, 2, 4: of six pairs (2, 1) and (3, 1), (3, 2) are won and (2, 2) is tied
    outcome, score = [1, 1, 0, 0, 0], [2, 3, 1, 2, 4]
    assert user_auc(one_user(outcome), outcome, score) == pytest.approx((3.5 / 6, 1))
    assert user_auc(one_user([0, 1]), [0, 1], [0, np.inf]) == (1, 1)
    assert user_auc(one_user([0, 1]), [0, 1], [5, 5]) == (0.5, 1)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(2, 40))
def test_the_area_of_one_user_is_scikit_learns(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    outcome, score = rng.integers(0, 2, n), rng.integers(0, 8, n) / 7
    outcome[:2] = 0, 1
    area = user_auc(one_user(outcome), outcome, score).mean
    assert area == pytest.approx(roc_auc_score(outcome, score))
    assert user_auc(one_user(outcome), outcome, -score).mean == pytest.approx(1 - area)


def test_user_auc_is_the_mean_of_the_users_with_both() -> None:
    rng = np.random.default_rng(0)
    user, outcome, score = rng.integers(0, 40, 300), rng.integers(0, 2, 300), rng.integers(0, 9, 300).astype(float)
    outcome[user < 3] = 1
    pairs = pd.DataFrame({"user_id": [f"u{u}" for u in user]}, index=rng.permutation(300))
    each = [roc_auc_score(outcome[user == u], score[user == u]) for u in range(40) if len(set(outcome[user == u])) == 2]
    mean, users = user_auc(pairs, outcome, score)
    assert mean == pytest.approx(np.mean(each))
    assert users == len(each) <= 37
    # that some users click more is no merit within users
    moved = user_auc(pairs, outcome, score + 100 * user)
    assert moved == pytest.approx((mean, users))


def test_an_area_needs_two_kinds_of_rows() -> None:
    pairs = pd.DataFrame({"user_id": ["a", "a", "b"]})
    for outcome in ([0, 0, 0], [1, 1, 1], [0, 0, 1]):
        with pytest.raises(EstimationError, match=r"none of the 2 users has both a 1 and a 0"):
            user_auc(pairs, outcome, [1, 2, 3])
    with pytest.raises(EstimationError, match=r"none of the 0 users"):
        user_auc(pairs[:0], [], [])
    with pytest.raises(DataError, match=r"holds 2"):
        user_auc(pairs[:2], [0, 2], [1, 2])
    with pytest.raises(DataError, match=r"row 1 is no number"):
        user_auc(pairs, [0, 1, 1], [1, np.nan, 2])
    with pytest.raises(DataError, match=r"shape"):
        user_auc(pairs, [0, 1], [1, 2, 3])
    with pytest.raises(DataError, match=r"3 pairs and 2 outcomes"):
        user_auc(pairs, [0, 1], [1, 2])
