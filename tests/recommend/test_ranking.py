"""Rankings by hand: order, ties, doubles, scores that are missing, short lists, and what each named score is."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from causalrec.errors import DataError
from causalrec.recommend.value.ranking import SCORES, Ranking, rank


def scored(rows: list[tuple[str, str, float]]) -> tuple[pd.DataFrame, np.ndarray]:
    """Rows of (user, item, score) as the ids and the scores."""
    table = pd.DataFrame(rows, columns=["user_id", "item_id", "score"])
    return table[["user_id", "item_id"]], table["score"].to_numpy(float)


def listed(ranking: Ranking) -> dict[str, list[str]]:
    return {user: list(items) for user, items in zip(ranking.users, ranking.items, strict=True)}


def test_best_first_for_each_user() -> None:
    ids, score = scored([("b", "x", 1), ("a", "x", 3), ("b", "y", 2), ("a", "y", 1), ("a", "z", 2)])
    ranking = rank(ids, score, top=2)
    assert listed(ranking) == {"a": ["x", "z"], "b": ["y", "x"]}
    assert ranking.scores.tolist() == [[3, 2], [2, 1]]
    assert len(ranking) == 2
    assert repr(ranking) == "Ranking(2 users, 2 slots)"


def test_ties_go_by_the_items_name_whatever_the_order_of_the_rows() -> None:
    rows = [("u", "I010", 1.0), ("u", "I002", 1.0), ("u", "I001", 0.5), ("u", "I003", 1.0)]
    expected = {"u": ["I002", "I003", "I010"]}
    for order in (rows, rows[::-1], rows[2:] + rows[:2]):
        assert listed(rank(*scored(order), top=3)) == expected
    assert listed(rank(*scored([("u", "b", 0.0), ("u", "a", -0.0)]), top=2)) == {"u": ["a", "b"]}


def test_an_item_that_stands_twice_is_shown_once_at_its_better_score() -> None:
    ids, score = scored([("u", "x", 1), ("u", "y", 2), ("u", "x", 5), ("v", "x", 1), ("u", "x", np.nan)])
    ranking = rank(ids, score, top=3)
    assert listed(ranking) == {"u": ["x", "y", ""], "v": ["x", "", ""]}
    assert ranking.scores[0, :2].tolist() == [5, 2]


def test_short_lists_have_empty_slots() -> None:
    ranking = rank(*scored([("u", "x", 1), ("v", "x", 2), ("v", "y", 1)]), top=4)
    assert listed(ranking) == {"u": ["x", "", "", ""], "v": ["x", "y", "", ""]}
    assert np.isnan(ranking.scores).tolist() == [[False, True, True, True], [False, False, True, True]]
    frame = ranking.frame()
    assert list(frame) == ["user_id", "slot", "item_id", "score"]
    assert frame.to_numpy(object).tolist() == [["u", 1, "x", 1], ["v", 1, "x", 2], ["v", 2, "y", 1]]


def test_rows_without_a_score_are_not_shown_and_infinite_ones_are() -> None:
    ids, score = scored([("u", "x", np.nan), ("u", "y", -np.inf), ("u", "z", np.inf), ("v", "x", np.nan)])
    assert listed(rank(ids, score, top=3)) == {"u": ["z", "y", ""]}


def test_nothing_to_rank() -> None:
    empty = rank(*scored([]), top=3)
    assert len(empty) == 0
    assert empty.items.shape == empty.scores.shape == (0, 3)
    assert empty.frame().empty


def test_a_frames_index_does_not_matter_and_ids_may_be_odd_or_numbers() -> None:
    ids, score = scored([("u \u8336\n", "x,1", 1), ("u \u8336\n", "", 3), ("u \u8336\n", "%s", 2)])
    ids["item_id"] = ["x,1", "\u00e9\"'", "%s"]
    ids.index = [5, 5, 0]
    expected = {"u \u8336\n": ["\u00e9\"'", "%s", "x,1"]}
    assert listed(rank(ids, score, top=3)) == expected
    assert listed(rank(ids, pd.Series(score, index=[2, 1, 0]), top=3)) == expected  # by position, not by label
    numbers = pd.DataFrame({"user_id": [2, 2, 10], "item_id": [7, 30, 7]})
    assert rank(numbers, np.array([1.0, 1, 0]), top=2).items.tolist() == [[7, 30], [7, ""]]


ONE = {"interest": [0.5, 0.5], "mu0": [0.4, 0.05], "mu1": [0.4, 0.5], "natural": [0.4, 0.1], "uplift": [0.0, 0.45]}


@pytest.mark.parametrize(
    ("name", "scores"),
    [
        ("uplift", [0.0, 0.45]),
        ("interest", [0.5, 0.5]),
        ("mu1", [0.4, 0.5]),
        ("article", [0.6, -0.15]),  # 2 mu0 - (1 - p) mu1: the sure thing before the persuadable
        ("article-printed", [0.5 * 0.4 + 0.4, 0.5 * 0.1 + 0.5]),  # p E[Y_{1,M}] + mu1 - 0
    ],
)
def test_the_named_scores_by_hand(name: str, scores: list[float]) -> None:
    table = pd.DataFrame({"user_id": "u", "item_id": ["sure thing", "persuadable"], **ONE})
    assert np.asarray(SCORES[name](table), dtype=float) == pytest.approx(scores)
    ranking = rank(table, name, top=2)
    assert sorted(ranking.scores[0]) == pytest.approx(sorted(scores))
    best = "persuadable" if scores[1] >= scores[0] else "sure thing"
    assert ranking.items[0, 0] == best
    assert set(SCORES) == {"uplift", "interest", "mu1", "article", "article-printed"}


def test_what_cannot_be_ranked() -> None:
    table = pd.DataFrame({"user_id": ["u"], "item_id": ["x"], "uplift": [0.1], "mu1": [0.2]})
    with pytest.raises(DataError, match=r"no score is called 'popularity'; choose uplift, interest, mu1, article"):
        rank(table, "popularity")
    with pytest.raises(DataError, match=r"top is 0; ask for 1 item or more"):
        rank(table, "uplift", top=0)
    with pytest.raises(DataError, match=r"'article-printed' needs a column"):
        rank(table, "article-printed")
    with pytest.raises(DataError, match=r"2 scores for 1 rows"):
        rank(table, np.array([1.0, 2.0]))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from("uv"), st.sampled_from("abcde"), st.sampled_from([0.0, 1.0, 2.0, float("nan")])),
        max_size=20,
    ),
    st.integers(1, 6),
)
def test_nothing_better_is_left_out(rows: list[tuple[str, str, float]], top: int) -> None:
    ranking = rank(*scored(rows), top=top)
    best: dict[str, dict[str, float]] = {}
    for user, item, score in rows:
        if score == score:
            mine = best.setdefault(user, {})
            mine[item] = max(score, mine.get(item, score))
    assert set(ranking.users) == set(best)
    for user, items, scores in zip(ranking.users, ranking.items, ranking.scores, strict=True):
        expected = sorted(best[user].items(), key=lambda pair: (-pair[1], pair[0]))[:top]
        shown = [(item, score) for item, score in zip(items, scores, strict=True) if item]
        assert shown == expected
        assert all(item == "" and score != score for item, score in list(zip(items, scores, strict=True))[len(shown) :])
