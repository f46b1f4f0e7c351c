"""Models of interest that know ids and clicks alone: the interface, cold items, strangers, popularity, neighbours."""

from __future__ import annotations

import warnings
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix
from sklearn.metrics import roc_auc_score

from causalrec.errors import DataError, EstimationError
from causalrec.recommend.interest.clicks import (
    FOLDS,
    click_matrix,
    last_clicked,
    part_of,
    warm_items,
    where_clicked,
    without_itself,
)
from causalrec.recommend.interest.factors import fit_factors
from causalrec.recommend.interest.interface import Calibrated, calibrated, fit_probability, interest_target
from causalrec.recommend.interest.simple import fit_item_knn, fit_popularity, item_neighbours
from causalrec.recommend.interest.text_interest import fit_profile
from causalrec.shop.catalogue import Catalogue
from causalrec.shop.log import Log


def log_of(pairs: pd.DataFrame, history: list[tuple[str, str]], items: list[str]) -> Log:
    clicks = pd.DataFrame(history, columns=["user_id", "item_id"]).assign(week=1)
    catalogue = Catalogue(pd.DataFrame({"item_id": items, "title": items}))
    return Log(pairs, catalogue, clicks, pd.DataFrame(columns=["user_id", "item_id"]))


def taste_world(seed: int = 0, users: int = 100, items: int = 20, cold: int = 2) -> Log:
    """A log with browsing, in which users share tastes; the last items are cold, and the last user has no history."""
    rng = np.random.default_rng(seed)
    likes = 1 / (1 + np.exp(-2 * rng.normal(size=(users, 2)) @ rng.normal(size=(items, 2)).T))
    user, item = np.divmod(np.arange(users * items), items)
    browsed = rng.random(len(user)) < 0.6
    clicked = browsed & (rng.random(len(user)) < likes[user, item])
    pairs = pd.DataFrame({"user_id": [f"u{u}" for u in user], "item_id": [f"i{i}" for i in item], "recommended": 0})
    pairs = pairs.assign(browsed=browsed.astype(int), clicked=clicked.astype(int), purchased=0)[item < items - cold]
    past = np.argwhere(rng.random((users, items)) < 0.5 * likes)
    past = past[(past[:, 0] < users - 1) & (past[:, 1] < items - cold)]
    return log_of(pairs, [(f"u{u}", f"i{i}") for u, i in past], [f"i{i}" for i in range(items)])


def dense(log: Log) -> np.ndarray:
    """Clicks of the history, users u0 ... and items i0 ... in the order of their numbers."""
    clicks = np.zeros((100, 20))
    clicks[log.history["user_id"].str[1:].astype(int), log.history["item_id"].str[1:].astype(int)] = 1
    return clicks


MODELS = {
    "popularity": fit_popularity,
    "item-kNN": lambda log: fit_item_knn(log, neighbours=3),
    "weighted MF": lambda log: fit_factors(log, 4, rng=np.random.default_rng(0)),
    "IPS-weighted MF": lambda log: fit_factors(log, 4, rng=np.random.default_rng(0), weighting="ips"),
    "profile": lambda log: fit_profile(log, np.random.default_rng(0).normal(size=(len(log.catalogue), 3)), "profile"),
}
OF_IDS = [name for name in MODELS if name != "profile"]


# The one interface.


@pytest.mark.parametrize("name", MODELS)
def test_a_model_is_an_interest_model_right_on_average_and_the_same_every_time(name: str) -> None:
    log = taste_world()
    model, again = MODELS[name](log), MODELS[name](log)
    assert model.meaning == "P(click | browsed, text)"
    assert repr(model) == repr(again)
    assert repr(model).startswith(f"Calibrated({name}, P(click | browsed, text), Platt(slope ")
    interest = model.predict(log.pairs)
    assert np.array_equal(interest, again.predict(log.pairs))
    assert ((interest > 0) & (interest < 1)).all()
    browsed = log.pairs["browsed"] == 1
    assert interest[browsed].mean() == pytest.approx(log.pairs.loc[browsed, "clicked"].mean(), abs=0.01)
    shuffled = log.pairs.sample(frac=1, random_state=0)
    assert model.predict(shuffled) == pytest.approx(pd.Series(interest, log.pairs.index)[shuffled.index].to_numpy())


@pytest.mark.parametrize("name", ["item-kNN", "weighted MF", "IPS-weighted MF"])
def test_a_model_that_knows_users_sorts_pairs_it_has_not_seen(name: str) -> None:
    log = taste_world(users=400)
    held_out = log.pairs["user_id"].str[1:].astype(int).to_numpy() >= 200
    model = MODELS[name](replace(log, pairs=log.pairs[~held_out]))
    browsed = log.pairs[held_out & (log.pairs["browsed"] == 1)]
    assert roc_auc_score(browsed["clicked"], model.predict(browsed)) > 0.6


@pytest.mark.parametrize("name", OF_IDS)
def test_a_cold_item_has_the_base(name: str) -> None:
    log = taste_world()
    browsed = log.pairs[log.pairs["browsed"] == 1]
    model = MODELS[name](log)
    asked = pd.DataFrame({"user_id": ["u0", "u0", "u0", "stranger"], "item_id": ["i18", "i19", "i0", "i18"]})
    assert np.isnan(model.score(asked)).tolist() == [True, True, False, True]
    assert model.predict(asked)[[0, 1, 3]] == pytest.approx(browsed["clicked"].mean())


@pytest.mark.parametrize("name", MODELS)
def test_a_user_without_history_has_the_base_or_what_all_users_have(name: str) -> None:
    log = taste_world()
    model, asked = MODELS[name](log), pd.DataFrame({"user_id": ["stranger", "u0"], "item_id": ["i0", "i0"]})
    expected = model.predict(asked)[1] if name == "popularity" else model.base
    assert model.predict(asked)[0] == expected


@pytest.mark.parametrize("name", OF_IDS)
def test_an_all_cold_catalogue_has_the_base_everywhere(name: str) -> None:
    log = taste_world()
    cold = Catalogue(pd.DataFrame({"item_id": ["n1", "n2"], "title": ["new", "newer"]}))
    candidates = pd.DataFrame({"user_id": ["u0", "u1"], "item_id": ["n1", "n2"]})
    both = Catalogue(pd.concat([log.catalogue.items, cold.items], ignore_index=True))
    model = MODELS[name](replace(log, catalogue=both))
    assert model.predict(candidates) == pytest.approx([model.base] * 2)


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("history", [True, False])
def test_a_target_of_one_class_is_refused_in_one_sentence(name: str, history: bool) -> None:
    log = taste_world()
    log = log if history else replace(log, history=log.history[:0])
    for pairs, words in (
        (log.pairs.assign(clicked=0), r"'clicked' of the browsed pairs is 0 in all \d+ rows, so nothing can"),
        (log.pairs.assign(clicked=log.pairs["browsed"]), r"'clicked' of the browsed pairs is 1 in all"),
        (log.pairs.assign(browsed=0), r"'clicked' of the browsed pairs has no rows to learn from"),
    ):
        with pytest.raises(EstimationError, match=words):
            MODELS[name](replace(log, pairs=pairs))


@pytest.mark.parametrize("name", MODELS)
def test_an_item_that_is_not_in_the_catalogue_is_refused(name: str) -> None:
    log = taste_world()
    asked = pd.DataFrame({"user_id": ["u1", "u1"], "item_id": ["i1", "i99"]})
    with pytest.raises(DataError, match=r"'i99' is not in the catalogue"):
        MODELS[name](log).predict(asked)
    history = pd.concat([log.history, pd.DataFrame({"week": [1], "user_id": ["u1"], "item_id": ["i99"]})])
    with pytest.raises(DataError, match=r"'i99' is not in the catalogue"):
        MODELS[name](replace(log, history=history))


@pytest.mark.parametrize("name", MODELS)
def test_without_history_clicks_at_random_are_not_explained(name: str) -> None:
    # A model that saw a pair's own click would sort these.
    rng = np.random.default_rng(3)
    user, item = np.divmod(np.arange(120 * 40), 40)
    pairs = pd.DataFrame({"user_id": [f"u{u}" for u in user], "item_id": [f"i{i}" for i in item], "recommended": 0})
    pairs = pairs.assign(browsed=1, clicked=rng.integers(0, 2, len(user)), purchased=0)
    model = MODELS[name](log_of(pairs, [], [f"i{i}" for i in range(40)]))
    known = np.isfinite(model.score(pairs))
    assert known.any()
    assert roc_auc_score(pairs["clicked"], model.predict(pairs)) == pytest.approx(0.5, abs=0.04)


def test_without_history_each_pair_is_scored_by_the_clicks_of_the_other_parts() -> None:
    log = taste_world()
    log = replace(log, history=log.history[:0])
    clicks = click_matrix(log)
    user, item = clicks.matrix.nonzero()
    part = part_of(user, item)
    counts = np.stack([np.bincount(item[part != number], minlength=20) for number in range(FOLDS)])
    asked = pd.DataFrame({"user_id": clicks.users[user], "item_id": clicks.items[item]})
    assert fit_popularity(log).score(asked) == pytest.approx(np.log1p(counts[part, item]))
    assert len(np.unique(part)) == FOLDS


# Calibrating.


def test_calibrated_by_hand() -> None:
    log = taste_world()
    rows, target, _ = interest_target(log.pairs)
    shown = pd.Series(np.where(np.arange(len(log.pairs)) % 3 == 0, np.nan, 1.0), index=log.pairs.index)
    model = calibrated("a constant", log, lambda pairs: shown[pairs.index].to_numpy())
    known = np.isfinite(shown[rows.index].to_numpy())
    seen = target[known]
    ones, zeros = seen.sum(), (1 - seen).sum()
    expected = (ones * (ones + 1) / (ones + 2) + zeros / (zeros + 2)) / len(seen)  # the mean of Platt's targets
    assert model.predict(rows)[known] == pytest.approx(expected)
    assert model.predict(rows)[~known] == pytest.approx(target.mean())
    assert target.mean() != pytest.approx(seen.mean(), abs=1e-4)


def test_where_a_score_knows_nothing_or_one_outcome_the_base_stands_everywhere() -> None:
    log = taste_world()
    _, target, _ = interest_target(log.pairs)
    base = pytest.approx(target.mean())
    assert calibrated("nothing", log, lambda pairs: np.full(len(pairs), np.nan)).predict(log.pairs) == base
    one = calibrated("one", log, lambda pairs: np.where(pairs["clicked"] == 1, np.arange(len(pairs)), np.nan))
    assert one.predict(log.pairs) == base


def test_interest_is_never_certain_and_the_method_is_one_of_two() -> None:
    log = taste_world()
    tells_all = calibrated("all", log, lambda pairs: pairs["clicked"].to_numpy(float), "isotonic")
    assert set(tells_all.predict(log.pairs)) == {1e-6, 1 - 1e-6}
    assert repr(tells_all).startswith("Calibrated(all, P(click | browsed, text), Isotonic(0 to 1 in 2 steps), base ")
    with pytest.raises(DataError, match=r"'beta'; choose 'platt' or 'isotonic'"):
        fit_popularity(log, method="beta")  # type: ignore[arg-type]


def test_three_targets() -> None:
    pairs = taste_world().pairs
    rows, target, meaning = interest_target(pairs)
    assert (rows["browsed"] == 1).all()
    assert (len(rows), meaning) == (pairs["browsed"].sum(), "P(click | browsed, text)")
    assert target.sum() == pairs["clicked"].sum()
    rows, _, meaning = interest_target(pairs.drop(columns="browsed"))
    assert (len(rows), meaning) == (len(pairs), "P(click | text)")
    _, target, meaning = interest_target(pairs.drop(columns="clicked"))
    assert (target.sum(), meaning) == (0, "P(purchase | text)")


# Clicks.


def test_click_matrix_by_hand() -> None:
    pairs = pd.DataFrame({"user_id": ["b", "b"], "item_id": ["x", "y"], "clicked": [0, 1]})
    log = log_of(pairs, [("c", "y"), ("a", "x"), ("c", "y"), ("a", "z")], ["z", "y", "x", "w"])
    clicks = click_matrix(log)
    assert list(clicks.users) == ["a", "c"]
    assert list(clicks.items) == ["z", "y", "x", "w"]
    assert clicks.matrix.toarray().tolist() == [[1, 0, 1, 0], [0, 1, 0, 0]]
    assert repr(clicks) == "Clicks(2 users, 4 items, 3 clicks)"
    assert warm_items(log).tolist() == [True, True, True, False]
    bare = click_matrix(replace(log, history=log.history[:0]))
    assert (list(bare.users), bare.matrix.toarray().tolist()) == (["b"], [[0, 1, 0, 0]])


def test_the_last_clicks_of_a_user_without_the_item_itself() -> None:
    clicks, recent = csr_matrix([[1, 1, 0, 1], [0, 0, 1, 0]]), [np.array([3, 0, 1]), np.array([2])]
    assert last_clicked(clicks, recent, 0, 2, most=2) == [3, 0]
    assert last_clicked(clicks, recent, 0, 3, most=2) == [0, 1]
    assert last_clicked(csr_matrix([[0, 1, 0, 0], [0, 0, 0, 0]]), recent, 0, 2, most=2) == [1]  # some clicks
    assert last_clicked(clicks, recent, 1, 2, most=2) == last_clicked(clicks, recent, -1, 0, most=2) == []


def test_only_users_with_clicks_are_scored() -> None:
    asked = []

    def score(user: np.ndarray, item: np.ndarray) -> np.ndarray:
        asked.append(user.tolist())
        return 10 * user + item

    known = where_clicked(csr_matrix([[0, 1], [0, 0], [1, 0]]), score)
    found = known(np.array([0, 1, -1, 2]), np.array([1, 1, 0, 0]))
    assert found == pytest.approx([1, np.nan, np.nan, 20], nan_ok=True)
    assert np.isnan(known(np.array([1, -1]), np.array([0, 0]))).all()
    assert asked == [[0, 2]]


def test_a_score_is_dealt_to_its_parts_and_knows_only_what_is_known() -> None:
    log = taste_world()
    log = replace(log, history=log.history[:0])
    known = np.arange(20) < 10
    numbers = iter(range(FOLDS))

    def its_number(part: int, user: np.ndarray, item: np.ndarray) -> np.ndarray:
        return np.full(len(user), part)

    scores = without_itself(log, lambda clicks: partial(its_number, next(numbers)), known)
    user, item = np.divmod(np.arange(60), 20)
    asked = pd.DataFrame({"user_id": scores.users[user], "item_id": scores.items[item]})
    assert scores.made_of(asked).tolist() == part_of(user, item).tolist()
    assert scores(asked) == pytest.approx(np.where(item < 10, part_of(user, item), np.nan), nan_ok=True)
    doubled = scores.then(lambda part: lambda user, item: 2 * part(user, item))
    assert doubled.made_of(asked).tolist() == (2 * part_of(user, item)).tolist()


# Popularity.


def test_popularity_by_hand() -> None:
    log = taste_world()
    counts = log.history["item_id"].value_counts()
    model = fit_popularity(log)
    asked = pd.DataFrame({"user_id": ["u0", "stranger"], "item_id": ["i0", "i5"]})
    assert model.score(asked) == pytest.approx(np.log1p([counts["i0"], counts["i5"]]))


# Neighbours.


def test_neighbours_by_hand() -> None:
    # x and y are clicked together by 2 of 3 and 2 users, x and z by 1 of 3 and 1, y and z never; w by nobody
    clicks = csr_matrix(np.array([[1.0, 1, 0, 0], [1, 1, 0, 0], [1, 0, 1, 0]]))
    assert item_neighbours(clicks, 2, 0.0).toarray() == pytest.approx(
        np.array([[0, 2 / 6**0.5, 1 / 3**0.5, 0], [2 / 6**0.5, 0, 0, 0], [1 / 3**0.5, 0, 0, 0], [0, 0, 0, 0]])
    )
    assert item_neighbours(clicks, 1, 1.0).toarray()[0] == pytest.approx([0, 2 / (6**0.5 + 1), 0, 0])


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 8))
def test_neighbours_are_the_largest_of_scikit_learns_cosines(seed: int, neighbours: int) -> None:
    from sklearn.metrics.pairwise import cosine_similarity

    rng = np.random.default_rng(seed)
    clicks = (rng.random((12, 7)) < 0.4).astype(float)
    cosine = cosine_similarity(clicks.T)
    np.fill_diagonal(cosine, 0)
    near = item_neighbours(csr_matrix(clicks), neighbours, 0.0).toarray()
    largest = -np.sort(-cosine, axis=1)[:, :neighbours]
    assert -np.sort(-near, axis=1)[:, :neighbours] == pytest.approx(largest)
    assert near[near > 0] == pytest.approx(cosine[near > 0])


def test_a_neighbours_score_is_the_sum_over_what_was_clicked() -> None:
    log = taste_world()
    from sklearn.metrics.pairwise import cosine_similarity

    clicks = dense(log)
    cosine = cosine_similarity(clicks.T)
    np.fill_diagonal(cosine, 0)
    user, item = log.pairs["user_id"].str[1:].astype(int), log.pairs["item_id"].str[1:].astype(int)
    score = fit_item_knn(log, neighbours=20, shrink=0).score(log.pairs)
    there = clicks.sum(axis=1)[user] > 0
    assert score[there] == pytest.approx((clicks @ cosine)[user, item][there])
    assert np.isnan(score[~there]).all()
    few = fit_item_knn(log, neighbours=3, shrink=0).score(log.pairs)
    kept = np.where(cosine >= -np.sort(-cosine, axis=1)[:, 2:3], cosine, 0)  # of each item the three nearest
    assert few[there] == pytest.approx((clicks @ kept.T)[user, item][there])


def test_neighbours_out_of_range() -> None:
    for wrong in ({"neighbours": 0}, {"shrink": -1.0}):
        with pytest.raises(DataError, match=r"take at least 1 and at least 0"):
            fit_item_knn(taste_world(), **wrong)


# Probability.


def test_where_there_is_nothing_to_fit_the_solver_keeps_quiet() -> None:
    weights = np.array([2.0, 1, 1, 1, 1])  # as many ones as zeros: the solver starts at the answer
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = fit_probability(np.zeros((5, 2)), np.array([0, 0, 1, 1, 1]), weights)
    assert model.predict_proba(np.zeros((1, 2)))[0, 1] == pytest.approx(0.5)


def test_fit_probability_knows_weights_of_zero() -> None:
    x, y = np.arange(6.0)[:, None], np.array([0, 0, 0, 1, 1, 1])
    with pytest.raises(EstimationError, match=r"the outcome .* nothing can be predicted"):
        fit_probability(x, y, np.array([1.0, 1, 1, 0, 0, 0]))
    assert fit_probability(x, y, np.array([1.0, 1, 1, 1, 0, 0])).predict_proba(x)[0, 1] < 0.5


def test_a_calibrated_model_is_made_of_its_parts() -> None:
    model = Calibrated("steps", "P(click | text)", lambda pairs: pairs["x"].to_numpy(), lambda score: score / 4, 0.25)
    assert model.predict(pd.DataFrame({"x": [1, np.nan, 4, -1, np.inf]})) == pytest.approx(
        [0.25, 0.25, 1 - 1e-6, 1e-6, 0.25]
    )
