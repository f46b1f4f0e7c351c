"""Interest read off texts: what the head sees, what texts teach about clicks, which question it answers; profiles."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from causalrec.errors import DataError, EstimationError
from causalrec.recommend.interest.text_interest import (
    TextInterest,
    _features,
    fit_interest,
    fit_profile,
    learned_similarity,
)
from causalrec.shop.catalogue import Catalogue
from causalrec.shop.log import Log

ITEMS = ["a1", "a2", "b1", "b2", "new"]
VECTORS = np.array([[1.0, 0], [1, 0], [0, 1], [0, 1], [1, 0]])  # "new" has a text like those of the group a


def log_of(pairs: pd.DataFrame, history: list[tuple[str, str]] | None = None, items: list[str] | None = None) -> Log:
    """A log of these pairs; history as (user, item)."""
    clicks = pd.DataFrame(history or [], columns=["user_id", "item_id"]).assign(week=1)
    catalogue = Catalogue(pd.DataFrame({"item_id": items or ITEMS, "title": items or ITEMS}))
    return Log(pairs, catalogue, clicks, pd.DataFrame(columns=["user_id", "item_id"]))


def two_groups(users: int = 20) -> np.ndarray:
    """Clicks (users, items): half of the users on both items of the group a, half on both of b."""
    return np.repeat([[1.0, 1, 0, 0, 0], [0, 0, 1, 1, 0]], users, axis=0)


def random_world(seed: int = 0, users: int = 60, items: int = 12) -> tuple[Log, np.ndarray]:
    """A log with everything, in which texts say what users like, and its vectors."""
    rng = np.random.default_rng(seed)
    taste, vectors = rng.normal(size=(users, 4)), rng.normal(size=(items, 4))
    likes = 1 / (1 + np.exp(-taste @ vectors.T))  # (users, items)
    user, item = np.divmod(np.arange(users * items), items)
    names = [f"u{number}" for number in user], [f"i{number}" for number in item]
    browsed = rng.random(len(user)) < 0.6
    clicked = browsed & (rng.random(len(user)) < likes[user, item])
    bought = clicked & (rng.random(len(user)) < 0.5)
    pairs = pd.DataFrame({"user_id": names[0], "item_id": names[1], "recommended": rng.integers(0, 2, len(user))})
    pairs = pairs.assign(browsed=browsed.astype(int), clicked=clicked.astype(int), purchased=bought.astype(int))
    past = np.argwhere(rng.random((users, items)) < 0.5 * likes)
    return log_of(pairs, [(f"u{u}", f"i{i}") for u, i in past], [f"i{i}" for i in range(items)]), vectors


# What the texts teach.


def test_learned_similarity_by_hand() -> None:
    # n: 20 within a group, 0 across; each item has a quarter of the clicks, so e = 1/16 of the 80 joint ones = 5;
    # lift (20 - 5)/10 = 1.5 within, (0 - 5)/10 = -.5 across, 0 on the diagonal. Centred and normalised, the texts are
    # +-s, H = s s'/(1 + 4), S = s_i s_j (s'Ls)/25, and s'Ls = 4 x 1.5 + 8 x .5 = 10: .4 within, -.4 across.
    sign = np.array([1, 1, -1, -1, 1])
    assert learned_similarity(two_groups(), VECTORS, np.ones(40)) == pytest.approx(0.4 * np.outer(sign, sign))


def test_a_new_item_is_read_off_its_text() -> None:
    half_way = np.vstack([VECTORS, [[0.5, 0.5]]])  # the mean of the clicked texts says nothing
    similarity = learned_similarity(np.hstack([two_groups(), np.zeros((40, 1))]), half_way, np.ones(40))
    assert similarity[4] == pytest.approx(similarity[0])
    assert similarity[5] == pytest.approx(0)


def test_similarity_without_two_clicked_items_is_none_at_all() -> None:
    for clicks in (np.zeros((0, 5)), np.zeros((3, 5)), np.eye(5)[[0, 0, 0]]):
        assert not learned_similarity(clicks, VECTORS, np.ones(len(clicks))).any()
    one_each = learned_similarity(np.eye(5)[:4], VECTORS, np.ones(4))  # nobody clicked two things
    assert one_each == pytest.approx(np.zeros((5, 5)))


def test_weights_are_users_who_stand_there_more_than_once_or_not_at_all() -> None:
    rng = np.random.default_rng(4)
    clicks, vectors, times = (rng.random((30, 8)) < 0.3).astype(float), rng.normal(size=(8, 5)), rng.integers(0, 4, 30)
    clicks[:, 7] = np.arange(30) == 3  # an item that one user alone clicked ...
    times[3] = 0  # ... who is not drawn
    weighted = learned_similarity(clicks, vectors, times.astype(float))
    again = learned_similarity(np.repeat(clicks, times, axis=0), vectors, np.ones(times.sum()))
    assert weighted == pytest.approx(again)


def test_similarity_is_the_same_both_ways_and_finds_what_users_share() -> None:
    log, vectors = random_world()
    model = fit_interest(log, vectors)
    assert model.similarity == pytest.approx(model.similarity.T)
    likeness = vectors @ vectors.T
    apart = ~np.eye(len(vectors), dtype=bool)
    assert np.corrcoef(model.similarity[apart], likeness[apart])[0, 1] > 0.5


# What the head sees.


def test_features_by_hand() -> None:
    similarity = np.array([[9.0, 2, 3], [2, 9, 5], [3, 5, 9]])
    features = _features(np.array([[1.0, 1, 0]]), similarity)
    # of item 0: one other click, which speaks 2, plus two clicks of caution; of item 2: two clicks, 3 + 5
    assert features[0, :, 0] == pytest.approx([2 / 3, 2 / 3, 8 / 4])
    assert features[0, :, 1] == pytest.approx(np.log([2, 2, 3]))


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_a_pairs_own_click_does_not_move_its_features(seed: int) -> None:
    rng = np.random.default_rng(seed)
    users, items = rng.integers(1, 6), rng.integers(2, 7)
    clicks, similarity = rng.integers(0, 2, (users, items)).astype(float), rng.normal(size=(items, items))
    user, item = rng.integers(users), rng.integers(items)
    flipped = clicks.copy()
    flipped[user, item] = 1 - clicks[user, item]
    before, after = _features(clicks, similarity), _features(flipped, similarity)
    assert after[user, item] == pytest.approx(before[user, item])
    others = np.arange(items) != item
    assert (after[user, others, 1] != before[user, others, 1]).all()  # for the user's other items it counts
    elsewhere = np.arange(users) != user
    assert np.array_equal(after[elsewhere], before[elsewhere])


def test_a_user_without_history_is_one_who_has_no_click_to_go_by() -> None:
    log, vectors = random_world()
    model = fit_interest(replace(log, history=pd.concat([log.history, _click("once", "i3")])), vectors)
    pairs = pd.DataFrame({"user_id": ["once", "stranger", "stranger"], "item_id": ["i3", "i3", "i5"]})
    assert (model.features_of(pairs) == 0).all()
    assert len(set(model.predict(pairs))) == 1
    known = model.predict(pd.DataFrame({"user_id": "once", "item_id": ["i4"]}))
    assert known[0] != model.predict(pairs)[0]


def _click(user: str, item: str) -> pd.DataFrame:
    return pd.DataFrame({"week": [1], "user_id": [user], "item_id": [item]})


def test_interest_follows_taste_on_pairs_it_has_not_seen() -> None:
    log, vectors = random_world(users=400, items=30)
    held_out = log.pairs["user_id"].str.slice(1).astype(int).to_numpy() >= 200
    model = fit_interest(replace(log, pairs=log.pairs[~held_out]), vectors)
    browsed = log.pairs[held_out & (log.pairs["browsed"] == 1)]
    interest, clicked = model.predict(browsed), browsed["clicked"].to_numpy() == 1
    assert np.mean(interest[clicked][:, None] > interest[~clicked]) > 0.65  # the area under the curve; chance is .5
    assert interest.mean() == pytest.approx(clicked.mean(), abs=0.05)


def test_clicks_on_the_same_item_count_once_and_the_item_itself_is_left_out() -> None:
    log, vectors = random_world()
    twice = replace(log, history=pd.concat([log.history, log.history.assign(week=2)]))
    assert np.array_equal(fit_interest(twice, vectors).clicks, fit_interest(log, vectors).clicks)


# Which question is answered.


def test_three_targets_each_predicted_right_on_average() -> None:
    log, vectors = random_world()
    pairs = log.pairs
    browsed = pairs[pairs["browsed"] == 1]
    cases = (
        (pairs, "P(click | browsed, text)", browsed, "clicked"),
        (pairs.drop(columns="browsed"), "P(click | text)", pairs, "clicked"),
        (pairs.drop(columns=["browsed", "clicked"]), "P(purchase | text)", pairs, "purchased"),
        (pairs.drop(columns="clicked"), "P(purchase | text)", pairs, "purchased"),
    )
    for seen, meaning, rows, target in cases:
        model = fit_interest(replace(log, pairs=seen), vectors)
        assert model.meaning == meaning
        assert meaning in repr(model)
        # a logistic regression with an intercept has the mean of its target
        assert model.predict(rows).mean() == pytest.approx(rows[target].mean(), abs=1e-4)


def test_without_history_the_logs_own_clicks_stand_in() -> None:
    log, vectors = random_world()
    bare = replace(log, history=log.history[:0])
    model = fit_interest(bare, vectors)
    clicked = log.pairs[log.pairs["clicked"] == 1]
    assert model.clicks.sum() == len(clicked)
    bought = fit_interest(replace(bare, pairs=log.pairs.drop(columns=["browsed", "clicked"])), vectors)
    assert bought.clicks.sum() == log.pairs["purchased"].sum()


def test_without_history_a_choice_does_not_give_itself_away() -> None:
    # Everyone buys exactly one of ten: who has no other purchase must have made this one. Interest may not know that.
    rng = np.random.default_rng(0)
    user, item = np.divmod(np.arange(3000), 10)
    bought = item == rng.integers(0, 10, 300)[user]
    pairs = pd.DataFrame({"user_id": [f"u{u}" for u in user], "item_id": [f"i{i}" for i in item]})
    log = log_of(pairs.assign(recommended=0, purchased=bought.astype(int)), items=[f"i{i}" for i in range(10)])
    interest = fit_interest(log, rng.normal(size=(10, 4))).predict(log.pairs)
    assert interest == pytest.approx(0.1, abs=0.02)


def test_without_history_clicks_that_follow_no_taste_are_not_explained() -> None:
    # Clicks at random: no text says anything. A similarity that a user's own clicks had taught would explain them.
    rng = np.random.default_rng(1)
    user, item = np.divmod(np.arange(60 * 40), 40)
    clicked = rng.integers(0, 4, len(user)) == 0
    pairs = pd.DataFrame({"user_id": [f"u{u}" for u in user], "item_id": [f"i{i}" for i in item], "clicked": clicked})
    log = log_of(pairs.assign(clicked=clicked.astype(int)), items=[f"i{i}" for i in range(40)])
    interest = fit_interest(log, rng.normal(size=(40, 20))).predict(log.pairs)
    assert np.mean(interest[clicked][:, None] > interest[~clicked]) == pytest.approx(0.5, abs=0.05)


def test_interest_lies_strictly_between_0_and_1_even_where_texts_tell_all() -> None:
    rows = [(f"u{u}", item, int((u % 2 == 0) == (item[0] == "a"))) for u in range(200) for item in ITEMS[:4]]
    pairs = pd.DataFrame(rows, columns=["user_id", "item_id", "clicked"])
    history = [(f"u{u}", item) for u in range(200) for item in (("a1", "a2") if u % 2 == 0 else ("b1", "b2"))]
    model = fit_interest(log_of(pairs, history), 1000 * VECTORS)
    interest = model.predict(pairs)
    assert interest[pairs["clicked"] == 1].min() > 0.95
    assert interest[pairs["clicked"] == 0].max() < 0.05
    assert ((interest > 0) & (interest < 1)).all()
    for certain in (_Certain(0.0), _Certain(1.0)):
        clipped = replace(model, head=certain).predict(pairs)
        assert ((clipped > 0) & (clipped < 1)).all()


class _Certain:
    """A head that has no doubt."""

    def __init__(self, chance: float) -> None:
        self.chance = chance

    def predict_proba(self, columns: np.ndarray) -> np.ndarray:
        return np.tile([1 - self.chance, self.chance], (len(columns), 1))


# Weights.


def test_weights_of_one_are_no_weights() -> None:
    log, vectors = random_world()
    everyone = np.unique(log.pairs["user_id"])
    plain, weighted = fit_interest(log, vectors), fit_interest(log, vectors, pd.Series(1, index=everyone))
    assert weighted.predict(log.pairs) == pytest.approx(plain.predict(log.pairs), abs=1e-9)


def test_whole_weights_are_users_who_stand_there_more_than_once() -> None:
    log, vectors = random_world(3)
    times = pd.Series({f"u{u}": u % 3 for u in range(60)})
    copies = [(user, f"{user} again {copy}") for user, count in times.items() for copy in range(count)]
    names = pd.DataFrame(copies, columns=["user_id", "copy"])

    def repeated(frame: pd.DataFrame) -> pd.DataFrame:
        return names.merge(frame, on="user_id").drop(columns="user_id").rename(columns={"copy": "user_id"})

    again = fit_interest(replace(log, pairs=repeated(log.pairs), history=repeated(log.history)), vectors)
    weighted = fit_interest(log, vectors, times)
    assert weighted.similarity == pytest.approx(again.similarity)
    here = log.pairs[log.pairs["user_id"].map(times) > 0]
    there = here.assign(user_id=here["user_id"] + " again 0")
    # the head's columns are standardised without weights, which its weak penalty feels a little
    assert weighted.predict(here) == pytest.approx(again.predict(there), abs=2e-3)
    unweighted = fit_interest(log, vectors).predict(here)
    assert np.abs(unweighted - again.predict(there)).max() > 0.02


def test_users_that_the_weights_do_not_name_are_not_drawn() -> None:
    log, vectors = random_world()
    some = pd.Series({f"u{u}": 1 + u % 2 for u in range(40)})
    zeros = pd.concat([some, pd.Series({f"u{u}": 0 for u in range(40, 60)})])
    left, right = (fit_interest(log, vectors, weights).predict(log.pairs) for weights in (some, zeros))
    assert np.array_equal(left, right)


# The nearest of what was chosen before.


def test_nearest_by_hand() -> None:
    pairs = pd.DataFrame({"user_id": ["x", "x"], "item_id": ["a1", "b1"], "clicked": [1, 0]})
    similarity = np.array(
        [[9, 5, -1, 2, 0], [5, 9, 4, 1, 0], [-1, 4, 9, -2, 0], [2, 1, -2, 9, 0], [0, 0, 0, 0, 9]], dtype=float
    )
    clicks = np.array([[1.0, 1, 0, 1, 0], [0, 0, 0, 1, 0]])
    users, items = pd.Index(["x", "y"]), pd.Index(ITEMS)
    model = TextInterest(users, items, clicks, similarity, _features(clicks, similarity), None, "")
    assert model.nearest("x", "a1") == "a2"  # not itself, though it was clicked and is like itself
    assert model.nearest("x", "b1") == "a2"
    assert model.nearest("x", "b2") == "a1"
    assert model.nearest("y", "b1") is None  # what was clicked speaks against it
    assert model.nearest("y", "b2") is None  # nothing but itself
    assert model.nearest("x", "new") is None  # nothing speaks either way
    assert model.nearest("stranger", "a1") is None
    assert model.nearest("x", "no such item") is None
    assert fit_interest(log_of(pairs, [("x", "a1")]), VECTORS).nearest("x", "b1") is None


# What is refused.


def test_a_target_that_never_varies() -> None:
    log, vectors = random_world()
    for pairs, words in (
        (log.pairs.assign(clicked=0), r"'clicked' of the browsed pairs is 0 in all \d+ rows"),
        (log.pairs.assign(clicked=log.pairs["browsed"]), r"'clicked' of the browsed pairs is 1 in all"),
        (log.pairs.assign(browsed=0), r"has no rows to learn from"),
        (log.pairs[["user_id", "item_id"]].assign(purchased=0), r"'purchased' is 0 in all 720 rows"),
    ):
        for history in (log.history, log.history[:0]):
            with pytest.raises(EstimationError, match=words):
                fit_interest(replace(log, pairs=pairs, history=history), vectors)
    with pytest.raises(EstimationError, match=r"never|cannot|nothing can be predicted"):
        fit_interest(log, vectors, pd.Series(0, index=np.unique(log.pairs["user_id"])))


def test_vectors_that_are_not_one_an_item() -> None:
    log, vectors = random_world()
    for wrong in (vectors[:5], np.vstack([vectors, vectors]), vectors[0], vectors[:, :, None]):
        with pytest.raises(DataError, match=r"vectors .*12 items.*encode"):
            fit_interest(log, wrong)
    with pytest.raises(DataError, match=r"not finite"):
        fit_interest(log, np.where(vectors > 2, np.nan, vectors))


def test_an_item_that_is_not_in_the_catalogue() -> None:
    log, vectors = random_world()
    pairs = pd.DataFrame({"user_id": ["u1", "stranger"], "item_id": ["i1", "i99"]})
    with pytest.raises(DataError, match=r"'i99' is not in the catalogue"):
        fit_interest(log, vectors).predict(pairs)
    with pytest.raises(DataError, match=r"'i99' is not in the catalogue"):
        fit_interest(replace(log, history=_click("u1", "i99")), vectors)


# The profile.


def test_a_profile_by_hand() -> None:
    vectors = np.array([[2.0, 0], [0, 3], [1, 1], [-1, 0], [0, 0]])
    pairs = pd.DataFrame([("u", "a1", 1), ("u", "b1", 0), ("v", "a1", 1), ("v", "a2", 0)])
    log = log_of(pairs.set_axis(["user_id", "item_id", "clicked"], axis=1), [("u", "a1"), ("v", "a1"), ("v", "a2")])
    asked = pd.DataFrame({"user_id": list("uuuuuvw"), "item_id": [*ITEMS, "b1", "a1"]})
    score = fit_profile(log, vectors).score(asked)
    # u's mean is (2, 0); v's is (1, 1.5), at arccos of 2.5 / (sqrt(3.25) sqrt(2)) to b1; a text without words and a
    # user without history have no angle
    assert score == pytest.approx([1, 0, 0.5**0.5, -1, np.nan, 2.5 / 6.5**0.5, np.nan], nan_ok=True)


def test_a_profile_is_scikit_learns_cosine_and_sorts_pairs_it_has_not_seen() -> None:
    from sklearn.metrics.pairwise import cosine_similarity

    log, vectors = random_world(users=200, items=30)
    model = fit_profile(log, vectors)
    clicked = np.zeros((200, 30))
    clicked[log.history["user_id"].str[1:].astype(int), log.history["item_id"].str[1:].astype(int)] = 1
    user, item = log.pairs["user_id"].str[1:].astype(int), log.pairs["item_id"].str[1:].astype(int)
    sums = clicked.sum(1, keepdims=True)
    expected = cosine_similarity(clicked @ vectors / np.maximum(sums, 1), vectors)[user, item]
    there = sums[user, 0] > 0
    assert model.score(log.pairs)[there] == pytest.approx(expected[there])
    browsed = log.pairs[log.pairs["browsed"] == 1]
    assert roc_auc_score(browsed["clicked"], model.predict(browsed)) > 0.6


def test_a_profile_knows_cold_items_and_does_not_know_strangers() -> None:
    log, vectors = random_world()
    pairs = log.pairs[log.pairs["item_id"] != "i3"]
    cold = replace(log, pairs=pairs, history=log.history[log.history["item_id"] != "i3"])
    asked = pd.DataFrame({"user_id": ["u1", "stranger"], "item_id": ["i3", "i3"]})
    model = fit_profile(cold, vectors, "category")
    known, unknown = model.predict(asked)
    assert unknown == pytest.approx(pairs.loc[pairs["browsed"] == 1, "clicked"].mean())
    assert known != unknown
    assert repr(model).startswith("Calibrated(category, P(click | browsed, text), Platt(")


def test_a_profile_without_history_leaves_a_pairs_own_click_out() -> None:
    # At random, with vectors of one's own: the own click alone would make an item like the profile.
    rng = np.random.default_rng(2)
    user, item = np.divmod(np.arange(100 * 40), 40)
    pairs = pd.DataFrame({"user_id": [f"u{u}" for u in user], "item_id": [f"i{i}" for i in item]})
    pairs = pairs.assign(clicked=(rng.random(len(user)) < 0.1).astype(int))
    log = log_of(pairs, items=[f"i{i}" for i in range(40)])
    score = fit_profile(log, np.eye(40)).score(pairs)
    assert np.nanmax(np.abs(score)) == 0  # no other item is like it
    random = fit_profile(log, rng.normal(size=(40, 20))).score(pairs)
    there = np.isfinite(random)
    assert roc_auc_score(pairs["clicked"][there], random[there]) == pytest.approx(0.5, abs=0.05)


def test_a_profile_refuses_what_the_text_interest_refuses() -> None:
    log, vectors = random_world()
    with pytest.raises(DataError, match=r"vectors .*12 items"):
        fit_profile(log, vectors[:5])
    with pytest.raises(EstimationError, match=r"'clicked' of the browsed pairs is 0 in all"):
        fit_profile(replace(log, pairs=log.pairs.assign(clicked=0)), vectors)
    with pytest.raises(DataError, match=r"'i99' is not in the catalogue"):
        fit_profile(log, vectors).predict(pd.DataFrame({"user_id": ["u1"], "item_id": ["i99"]}))
