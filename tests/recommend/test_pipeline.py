"""From a log to ranked lists: a stranger's few columns, empty cells, tiny and odd logs, intervals, threads."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from causalrec.errors import DataError, EstimationError
from causalrec.recommend.interest.text_interest import TextInterest
from causalrec.recommend.value.pipeline import (
    candidates_for,
    check_users,
    fit_recommender,
    learner_columns,
    reason,
    recommend,
    resampled,
    uplift_intervals,
)
from causalrec.recommend.value.ranking import SCORES
from causalrec.shop.catalogue import check_catalogue
from causalrec.shop.log import CANDIDATE_COLUMNS, HISTORY_COLUMNS, Log, check_pairs
from causalrec.shop.simulator import simulate

pytestmark = pytest.mark.filterwarnings("error")
ROOT = Path(__file__).resolve().parents[2]
ITEMS = 12
# Two groups of items and a bit of noise: what a language model would give for two kinds of texts.
VECTORS = np.repeat(np.eye(2), 6, axis=0) @ np.eye(2, 8) + np.random.default_rng(0).normal(scale=0.1, size=(ITEMS, 8))


def pairs_of(users: int = 60, seed: int = 0) -> pd.DataFrame:
    """A log of the minimum columns: even users like the first six items; showing adds .3 there and nothing else."""
    rng = np.random.default_rng(seed)
    user, item = np.divmod(np.arange(users * ITEMS), ITEMS)
    likes, shown = (user % 2 == 0) == (item < 6), rng.random(len(user)) < 0.5
    bought = rng.random(len(user)) < 0.1 + 0.2 * likes + 0.3 * likes * shown
    ids = {"user_id": [f"u{u}" for u in user], "item_id": [f"i{i}" for i in item]}
    return pd.DataFrame(ids).assign(recommended=shown.astype(int), purchased=bought.astype(int))


def items_of(count: int = ITEMS) -> pd.DataFrame:
    return pd.DataFrame({"item_id": [f"i{i}" for i in range(count)], "title": [f"Thing {i}" for i in range(count)]})


def log_of(pairs: pd.DataFrame, items: pd.DataFrame | None = None, history: pd.DataFrame | None = None) -> Log:
    catalogue = check_catalogue(items_of() if items is None else items)
    no_clicks = pd.DataFrame(columns=list(HISTORY_COLUMNS))
    pairs = check_pairs(pairs, catalogue=catalogue)
    no_candidates = pd.DataFrame(columns=list(CANDIDATE_COLUMNS))
    return Log(pairs, catalogue, no_clicks if history is None else history, no_candidates)


@pytest.fixture(scope="module")
def course() -> tuple[Log, np.ndarray]:
    """A small simulated shop, and vectors that say what the themes say, dimly."""
    from causalrec.shop.catalogue import read_items

    log, _ = simulate("course", 7, users=240, candidates=40)
    themes = read_items().themes
    return log, themes + np.random.default_rng(0).normal(scale=0.2, size=themes.shape)


# A stranger's log, end to end.


def test_a_strangers_minimum_columns_end_to_end() -> None:
    log = log_of(pairs_of(200))
    users = [f"u{number}" for number in range(40)]
    table = recommend(log, VECTORS, users, np.random.default_rng(0), top=2, replicates=15)
    assert list(table) == [
        *("user_id", "slot", "item_id", "title", "score", "interest", "mu0", "mu1", "uplift", "low", "high", "why")
    ]
    assert table["slot"].tolist() == [1, 2] * 40
    assert list(dict.fromkeys(table["user_id"])) == sorted(users)
    assert (table["title"] == "Thing " + table["item_id"].str.slice(1)).all()
    user, item = (table[name].str.slice(1).astype(int) for name in ("user_id", "item_id"))
    likes = (user % 2 == 0) == (item < 6)
    assert likes.mean() > 0.75  # each is shown what its group likes, for there showing helps
    assert table.loc[likes, "uplift"].mean() == pytest.approx(0.3, abs=0.12)
    assert table["uplift"].to_numpy() == pytest.approx((table["mu1"] - table["mu0"]).to_numpy())
    assert (table["score"] == table["uplift"]).all()
    assert ((table["low"] < table["uplift"]) & (table["uplift"] < table["high"])).mean() > 0.8
    assert not set(zip(table["user_id"], table["item_id"], strict=True)) & set(
        log.pairs.loc[log.pairs["purchased"] == 1, ["user_id", "item_id"]].itertuples(index=False, name=None)
    )


@pytest.mark.parametrize("score", SCORES)
def test_every_score_puts_its_best_first(score: str) -> None:
    log = log_of(pairs_of())
    table = recommend(log, VECTORS, ["u4"], np.random.default_rng(0), score=score, top=4, replicates=2)
    scored = fit_recommender(log, VECTORS).score(candidates_for(log, ["u4"]))
    best = np.sort(np.asarray(SCORES[score](scored), dtype=float))[::-1][:4]
    assert table["score"].to_numpy() == pytest.approx(best)


def test_columns_that_are_used_are_those_that_vary() -> None:
    pairs = pairs_of()
    rng = np.random.default_rng(0)
    extra = pairs.assign(score=rng.normal(size=len(pairs)), activity=1.0, popularity=np.nan, nudge=1, propensity=0.5)
    priced = items_of().assign(price=np.arange(ITEMS) + 1.0)
    assert list(fit_recommender(log_of(pairs), VECTORS).learner.columns) == ["interest"]
    assert list(fit_recommender(log_of(extra, priced), VECTORS).learner.columns) == ["score", "log_price", "interest"]
    for price in ([0.0, *range(1, ITEMS)], [np.nan, *range(1, ITEMS)], [2.0] * ITEMS):
        fitted = fit_recommender(log_of(pairs, items_of().assign(price=price)), VECTORS)
        assert list(fitted.learner.columns) == ["interest"]


def test_what_no_column_tells_apart_gets_the_difference_of_the_arms() -> None:
    # One row a user and no history: interest can say nothing, and the effect is one number for everyone.
    pairs = pairs_of(400).groupby("user_id").sample(1, random_state=0)
    log = log_of(pairs)
    scored = fit_recommender(log, VECTORS).score(candidates_for(log, ["u3"]))
    means = pairs.groupby("recommended")["purchased"].mean()
    assert scored["mu0"].to_numpy() == pytest.approx(means[0], abs=1e-4)
    assert scored["mu1"].to_numpy() == pytest.approx(means[1], abs=1e-4)
    others = pd.DataFrame({"week": 1, "user_id": ["a", "a", "b"], "item_id": ["i1", "i2", "i1"]})
    strange = fit_recommender(log_of(pairs, history=others), VECTORS)  # history of people who are not in the log
    assert strange.score(candidates_for(strange.log, ["u3"]))["mu1"].to_numpy() == pytest.approx(means[1], abs=1e-4)


# Empty cells in logged columns.


def test_one_empty_cell_does_not_decide_what_is_said_of_new_pairs(course: tuple[Log, np.ndarray]) -> None:
    log, vectors = course
    row = np.flatnonzero((log.pairs["recommended"] == 1) & (log.pairs["purchased"] == 1))[0]
    holed = replace(log, pairs=log.pairs.assign(score=log.pairs["score"].mask(np.arange(len(log)) == row)))
    users = check_users(log)[:30]
    candidates = candidates_for(log, users)
    new = candidates["score"].isna()
    assert 0.5 < new.mean() < 1
    whole, other = (fit_recommender(one, vectors).score(candidates) for one in (log, holed))
    change = (other["uplift"] - whole["uplift"]).abs()
    assert change[new].max() < 0.05
    assert change[new].mean() < 0.01
    assert change[~new].mean() < 0.01


def test_many_empty_cells_are_told_apart() -> None:
    # Where the score is empty everything sells twice as well and is shown half as often: a confounder by itself.
    rng, n = np.random.default_rng(2), 24_000
    user, item = np.divmod(np.arange(n), ITEMS)
    empty = rng.random(n) < 0.3
    score = rng.normal(size=n)
    shown = rng.random(n) < np.where(empty, 0.25, 0.5)
    bought = rng.random(n) < np.where(empty, 0.4, 0.2) + 0.1 * shown
    pairs = pd.DataFrame({"user_id": [f"u{u}" for u in user], "item_id": [f"i{i}" for i in item]})
    pairs = pairs.assign(score=np.where(empty, np.nan, score), recommended=shown * 1, purchased=bought * 1)
    fitted = fit_recommender(log_of(pairs), VECTORS)
    assert list(fitted.learner.columns) == ["score_empty", "score", "interest"]
    scored = fitted.score(fitted.log.pairs)
    assert scored["uplift"].mean() == pytest.approx(0.1, abs=0.02)
    assert scored.loc[empty, "mu0"].mean() == pytest.approx(0.4, abs=0.02)
    assert scored.loc[~empty, "mu0"].mean() == pytest.approx(0.2, abs=0.02)
    naive = bought[shown].mean() - bought[~shown].mean()
    assert naive < 0.075


def test_learner_columns_by_hand() -> None:
    rare = np.where(np.arange(720) < 99, np.nan, 1.0)  # too few to learn from
    pairs = pairs_of(60).assign(popularity=np.tile([np.nan, 2.0, 4.0, 3.0], 180), activity=1.5, score=rare)
    log = log_of(pairs, items_of().assign(price=np.e))
    wanted = pd.DataFrame({"user_id": ["u0"] * 2, "item_id": ["i0", "i1"], "popularity": [5.0, np.nan]}, index=[7, 3])
    columns = learner_columns(log, wanted, np.array([0.5, 0.9]))
    assert list(columns) == ["score", "popularity_empty", "popularity", "activity", "log_price", "interest"]
    assert columns.index.tolist() == [7, 3]
    assert columns["popularity"].tolist() == [5, 3]  # the mean of 2, 4 and 3 stands in
    assert columns["popularity_empty"].tolist() == [0, 1]
    assert columns[["score", "activity"]].isna().all(axis=None)  # the frame of the pairs has none
    assert columns["log_price"].tolist() == [1, 1]
    assert columns["interest"].tolist() == pytest.approx([0, np.log(9)])


# Candidates.


def test_candidates_leave_out_what_was_bought_and_take_the_latest_that_is_known() -> None:
    pairs = pd.DataFrame(
        [
            ("u1", "i0", 6, 0.6, 1.0, 0.1, 1, 0),
            ("u1", "i0", 5, 0.5, 2.0, 0.2, 0, 0),  # an earlier week, though a later row
            ("u1", "i1", 5, 0.4, 3.0, 0.2, 0, 1),
            ("u2", "i2", 7, np.nan, np.nan, 0.9, 1, 0),
        ],
        columns=["user_id", "item_id", "week", "score", "popularity", "activity", "recommended", "purchased"],
    )
    history = pd.DataFrame({"week": [1], "user_id": ["past"], "item_id": ["i3"]})
    log = log_of(pairs, items_of(4), history)
    table = candidates_for(log, ["u1", "past", "u1"])
    assert list(table) == ["user_id", "item_id", "score", "popularity", "activity"]
    assert table["user_id"].tolist() == ["u1"] * 3 + ["past"] * 4
    assert table["item_id"].tolist() == ["i0", "i2", "i3", "i0", "i1", "i2", "i3"]  # the catalogue's order
    assert table["score"].tolist() == pytest.approx([0.6, *[np.nan] * 6], nan_ok=True)
    assert table["popularity"].tolist() == pytest.approx([1, np.nan, np.nan, 1, 3, np.nan, np.nan], nan_ok=True)
    assert table["activity"].tolist() == pytest.approx([0.1] * 3 + [np.nan] * 4, nan_ok=True)


def test_who_is_asked_for() -> None:
    history = pd.DataFrame({"week": [1], "user_id": ["past"], "item_id": ["i3"]})
    log = log_of(pairs_of(2), history=history)
    assert check_users(log) == ["past", "u0", "u1"]
    assert check_users(log, ["u1", "past", "u1"]) == ["u1", "past"]
    with pytest.raises(DataError, match=r"user 'U1' is neither in the log nor in its history; .* like 'past'"):
        candidates_for(log, ["u1", "U1"])
    assert candidates_for(log, []).empty


def test_who_has_bought_everything_has_no_row_and_does_not_disturb_others() -> None:
    pairs = pairs_of()
    log = log_of(pairs.assign(purchased=pairs["purchased"].where(pairs["user_id"] != "u0", 1)))
    assert recommend(log, VECTORS, ["u0"], np.random.default_rng(0), replicates=2).empty
    table = recommend(log, VECTORS, ["u0", "u1"], np.random.default_rng(0), top=2, replicates=2)
    assert set(table["user_id"]) == {"u1"}


def test_a_user_without_any_past_is_ranked_and_told_no_tale() -> None:
    history = pd.DataFrame({"week": 1, "user_id": ["u0", "u0", "u1", "u1"], "item_id": ["i0", "i1", "i6", "i7"]})
    log = log_of(pairs_of(), history=history)
    table = recommend(log, VECTORS, ["u5"], np.random.default_rng(0), top=12, replicates=3)
    assert table["interest"].nunique() == 1
    assert not table["why"].str.contains("closest").any()


def test_two_items_and_equal_texts() -> None:
    pairs = pairs_of(80)
    log = log_of(pairs[pairs["item_id"].isin(["i0", "i1"])], items_of(2))
    for vectors in (VECTORS[:2], np.ones((2, 3))):
        table = recommend(log, vectors, check_users(log), np.random.default_rng(0), replicates=3)
        assert table["slot"].max() <= 2
        assert np.isfinite(table[["interest", "mu0", "mu1", "low", "high"]]).all(axis=None)
    same = recommend(log, np.ones((2, 3)), ["u1"], np.random.default_rng(0), replicates=3)
    assert same["item_id"].tolist() == sorted(same["item_id"])  # ties go by the item's name


def test_ids_of_any_shape() -> None:
    pairs = pairs_of()
    odd = {"user_id": "Zo\u00eb,\n \"O'" + pairs["user_id"], "item_id": "100 %s/{}\u8336" + pairs["item_id"]}
    log = log_of(pairs.assign(**odd), items_of().assign(item_id="100 %s/{}\u8336" + items_of()["item_id"]))
    plain = recommend(log_of(pairs), VECTORS, ["u3"], np.random.default_rng(0), replicates=3)
    table = recommend(log, VECTORS, ["Zo\u00eb,\n \"O'u3"], np.random.default_rng(0), replicates=3)
    assert table["item_id"].str.slice(-2).str.strip("\u8336").tolist() == plain["item_id"].str.slice(-2).tolist()
    assert table["uplift"].tolist() == plain["uplift"].tolist()


def test_a_recommender_without_the_natural_course() -> None:
    log = log_of(pairs_of())
    fitted = fit_recommender(log, VECTORS, natural=False)
    table = recommend(log, VECTORS, ["u1"], np.random.default_rng(0), replicates=2, fitted=fitted)
    assert "natural" not in table
    with pytest.raises(DataError, match=r"'article-printed' .*natural"):
        recommend(log, VECTORS, ["u1"], np.random.default_rng(0), score="article-printed", replicates=2, fitted=fitted)


# Reasons.


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [
        (0.05, 0.2, "showing it adds 10.0 (95 % interval 5.0 to 20.0)"),
        (-0.3, -0.002, "showing it costs 10.0 (95 % interval 0.2 to 30.0)"),
        (-0.01, 0.2, "the log cannot tell whether showing it helps (95 % interval -1.0 to 20.0)"),
        (0.0, 0.2, "the log cannot tell whether showing it helps (95 % interval 0.0 to 20.0)"),
    ],
)
def test_reasons_say_what_the_interval_allows(low: float, high: float, verdict: str) -> None:
    sign = -1 if high < 0 else 1
    row = {"user_id": "u1", "item_id": "i1", "mu0": 0.3, "mu1": 0.3 + 0.1 * sign, "low": low, "high": high}
    titles = pd.Series({"i0": "Tent", "i1": "Stove"})

    class Blind:
        meaning = "nothing"

    shown = f"Of 100 such visits {100 * row['mu1']:.1f} end in a purchase if it is shown and 30.0 if not"
    assert reason(row, Blind(), titles) == f"{shown}: {verdict}."
    clicks, similarity = np.array([[1.0, 0]]), np.array([[0, 1.0], [1, 0]])
    model = TextInterest(pd.Index(["u1"]), pd.Index(["i0", "i1"]), clicks, similarity, np.zeros((1, 2, 2)), None, "")
    because = " Its text is closest to what this user chose before: Tent."
    assert reason(row, model, titles) == f"{shown}: {verdict}.{because}"


def test_reasons_name_an_item_that_the_user_chose(course: tuple[Log, np.ndarray]) -> None:
    log, vectors = course
    user = log.history["user_id"].iloc[0]
    table = recommend(log, vectors, [user], np.random.default_rng(0), top=5, replicates=2)
    titles = log.catalogue.items.set_index("item_id")["title"]
    chosen = set(titles[log.history.loc[log.history["user_id"] == user, "item_id"]])
    named = table["why"].str.extract(r"chose before: (.*)\.$")[0].dropna()
    assert len(named)
    assert set(named) <= chosen


# Intervals.


def test_intervals_hold_the_estimate_and_shrink_with_more_users() -> None:
    widths = []
    for users in (60, 540):
        log = log_of(pairs_of(users))
        candidates = candidates_for(log, ["u0", "u1", "u2", "u3"])
        estimate = fit_recommender(log, VECTORS).score(candidates)["uplift"]
        interval = uplift_intervals(log, VECTORS, candidates, np.random.default_rng(1), replicates=20)
        assert interval.index.equals(candidates.index)
        assert ((interval["low"] <= estimate) & (estimate <= interval["high"])).mean() > 0.8
        widths.append((interval["high"] - interval["low"]).mean())
    assert widths[1] == pytest.approx(widths[0] / 3, rel=0.4)  # nine times the users, a third of the width


def test_intervals_go_by_level_and_seed() -> None:
    log = log_of(pairs_of())
    candidates = candidates_for(log, ["u0"])

    def width(seed: int, **options: float) -> pd.Series:
        interval = uplift_intervals(log, VECTORS, candidates, np.random.default_rng(seed), replicates=10, **options)
        return interval["high"] - interval["low"]

    assert width(0).equals(width(0))
    assert not width(0).equals(width(1))
    assert (width(0, level=0.5) < width(0)).all()
    rng, drawn = np.random.default_rng(0), []
    names = [np.unique(log.pairs[name].to_numpy(object)) for name in ("user_id", "item_id")]
    for _ in range(10):
        of_user, of_item = (resampled(ids, rng) for ids in names)
        drawn.append(fit_recommender(log, VECTORS, of_user, item_weights=of_item).score(candidates)["uplift"])
    by_hand = np.percentile(drawn, [2.5, 97.5], axis=0)
    assert width(0).to_numpy() == pytest.approx(by_hand[1] - by_hand[0])


def test_intervals_need_draws_that_can_be_fitted() -> None:
    log = log_of(pairs_of())
    candidates = candidates_for(log, ["u0"])
    with pytest.raises(EstimationError, match=r"only 0 of 0"):
        uplift_intervals(log, VECTORS, candidates, np.random.default_rng(0), replicates=0)
    one = log.pairs.assign(purchased=0)
    one.loc[[0, 60], "purchased"] = 1
    one.loc[[0, 60], "recommended"] = [0, 1]  # one purchase in each arm, of two users: few draws have both
    with pytest.raises(EstimationError, match=r"of 20 bootstrap draws could be fitted: the log is too short"):
        uplift_intervals(replace(log, pairs=one), VECTORS, candidates, np.random.default_rng(4), replicates=20)


def test_one_user_alone_is_no_ground_for_an_interval() -> None:
    pairs = pairs_of(1).assign(recommended=[0, 1] * 6, purchased=[0, 0, 1, 1] * 3)
    log = log_of(pairs)
    with pytest.raises(EstimationError, match=r"1 user"):
        recommend(log, VECTORS, ["u0"], np.random.default_rng(0), replicates=5)


def test_weights_name_users_and_who_is_not_named_is_not_drawn(course: tuple[Log, np.ndarray]) -> None:
    log, vectors = course
    half = check_users(log)[:80]
    candidates = log.candidates[:200]
    drawn = fit_recommender(log, vectors, pd.Series(1, index=half)).score(candidates)
    alone = replace(log, pairs=log.pairs[log.pairs["user_id"].isin(half)].reset_index(drop=True))
    again = fit_recommender(alone, vectors, pd.Series(1, index=half)).score(candidates)
    # what is left out without weights only shifts the constants by which columns are standardised
    assert drawn["uplift"].to_numpy() == pytest.approx(again["uplift"].to_numpy(), abs=2e-3)


# What is refused.


def test_item_weights_count_the_pairs_of_an_item(course: tuple[Log, np.ndarray]) -> None:
    log, vectors = course
    items = log.catalogue.items["item_id"]
    once = pd.Series(1, index=items)
    plain, same = fit_recommender(log, vectors), fit_recommender(log, vectors, item_weights=once)
    assert np.allclose(plain.score(log.candidates)["uplift"], same.score(log.candidates)["uplift"], atol=1e-9)
    some = pd.Series(0, index=items)
    some.iloc[::2] = 1
    half = fit_recommender(log, vectors, item_weights=some)
    assert len(half.learner.columns) == log.pairs["item_id"].isin(some.index[some > 0]).sum()
    assert not np.allclose(plain.score(log.candidates)["uplift"], half.score(log.candidates)["uplift"], atol=1e-3)


def test_as_many_are_drawn_as_there_are() -> None:
    draws = [resampled(np.array(list("abcdef")), np.random.default_rng(seed)) for seed in range(400)]
    assert {int(draw.sum()) for draw in draws} == {6}
    assert np.mean([draw["a"] == 0 for draw in draws]) == pytest.approx((5 / 6) ** 6, abs=0.07)


def test_intervals_know_that_pairs_of_one_item_share_what_is_hidden(course: tuple[Log, np.ndarray]) -> None:
    log, vectors = course
    candidates = log.candidates.dropna(subset="score").head(400)
    band = uplift_intervals(log, vectors, candidates, np.random.default_rng(0), replicates=24)
    rng, users = np.random.default_rng(0), np.unique(log.history["user_id"].to_numpy(object))
    alone = [fit_recommender(log, vectors, resampled(users, rng), natural=False).score(candidates) for _ in range(24)]
    low, high = np.percentile([draw["uplift"] for draw in alone], [2.5, 97.5], axis=0)
    assert (band["high"] - band["low"]).median() > 1.1 * np.median(high - low)


def test_a_log_from_which_nothing_can_be_learned() -> None:
    for pairs, words in (
        (pairs_of().assign(purchased=0), r"'purchased' is 0 in all 720 rows"),
        (pairs_of().assign(purchased=1), r"'purchased' is 1 in all 720 rows"),
        (pairs_of().assign(purchased=pairs_of()["recommended"]), r"0 of the \d+ pairs with recommended = 0"),
        (pairs_of().assign(purchased=1 - pairs_of()["recommended"]), r"recommended = 0|recommended = 1"),
        (pairs_of().assign(clicked=0), r"'clicked' is 0 in all"),
    ):
        with pytest.raises(EstimationError, match=words):
            fit_recommender(log_of(pairs), VECTORS)
    with pytest.raises(DataError, match=r"vectors"):
        fit_recommender(log_of(pairs_of()), VECTORS[:3])
    with pytest.raises(DataError, match=r"no score is called 'best'"):
        recommend(log_of(pairs_of()), VECTORS, ["u0"], np.random.default_rng(0), score="best", replicates=2)


# Threads.

SCRIPT = """
import hashlib
import numpy as np
from causalrec.recommend.value.evaluation import scoreboard
from causalrec.recommend.value.pipeline import fit_recommender, recommend
from causalrec.recommend.value.ranking import SCORES, rank
from causalrec.shop.simulator import simulate
log, sealed = simulate("course", 5, users=600)
vectors = np.random.default_rng(0).normal(size=(len(log.catalogue), 384)).astype(np.float32)
scored = fit_recommender(log, vectors).score(log.candidates)
table = recommend(log, vectors, ["U0001", "U0002"], np.random.default_rng(0), replicates=2)
truth = sealed.open()
board = scoreboard({name: rank(scored, name) for name in SCORES}, truth.candidates, np.random.default_rng(0))
parts = (log.pairs, truth.pairs, truth.candidates, scored, table, board)
print(hashlib.sha256("".join(part.to_csv() for part in parts).encode()).hexdigest())
"""


def test_one_thread_and_two_give_the_same_digits() -> None:
    told = []
    for threads in ("1", "2"):
        names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
        environment = {**os.environ, "PYTHONPATH": str(ROOT), **dict.fromkeys(names, threads)}
        command = [sys.executable, "-c", SCRIPT]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        told.append(done.stdout)
    assert len(told[0]) == 65
    assert told[0] == told[1]
