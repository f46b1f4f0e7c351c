"""Worse logs: fewer clicks, false clicks, and nothing else changed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from causalrec.errors import DataError
from causalrec.shop.log import Log
from causalrec.shop.raw.degrade import noisy, sparse
from causalrec.shop.simulator import simulate


@pytest.fixture(scope="module")
def log() -> Log:
    return simulate("course", 5, users=200, candidates=20)[0]


def with_history(log: Log, clicks: list[tuple[str, str]]) -> Log:
    rows = [(1, user, item) for user, item in clicks]
    return replace(log, history=pd.DataFrame(rows, columns=["week", "user_id", "item_id"]))


def same_but_history(one: Log, other: Log) -> bool:
    return one.pairs is other.pairs and one.catalogue is other.catalogue and one.candidates is other.candidates


def rows(frame: pd.DataFrame) -> set[tuple[int, str, str]]:
    return set(frame.itertuples(index=False, name=None))


# Fewer clicks.


@pytest.mark.parametrize(("keep", "left"), [(1.0, (5, 2, 1)), (0.5, (3, 1, 1)), (0.3, (2, 1, 1)), (0.01, (1, 1, 1))])
def test_a_share_of_each_users_clicks_stays(tiny_log: Log, keep: float, left: tuple[int, ...]) -> None:
    clicks = [*(("a", f"I{i}") for i in range(5)), ("b", "I0"), ("c", "I1"), ("b", "I2")]
    before = with_history(tiny_log, clicks)
    after = sparse(before, keep, np.random.default_rng(0))
    assert after.history.groupby("user_id").size().tolist() == list(left)
    assert rows(after.history) <= rows(before.history)
    assert after.history.index.tolist() == list(range(sum(left)))
    assert same_but_history(before, after)


def test_nothing_stays_of_none(tiny_log: Log) -> None:
    assert sparse(tiny_log, 0, np.random.default_rng(0)).history.empty


def test_everything_stays_of_all(log: Log) -> None:
    assert sparse(log, 1, np.random.default_rng(0)).history.equals(log.history)


def test_which_clicks_stay_is_chance_and_the_same_for_the_same_seed(tiny_log: Log) -> None:
    before = with_history(tiny_log, [("a", f"I{i}") for i in range(4)])
    draws = [sparse(before, 0.5, np.random.default_rng(seed)).history["item_id"] for seed in range(400)]
    share = pd.concat(draws).value_counts() / 400
    assert (share - 0.5).abs().max() < 4 * np.sqrt(0.25 / 400)
    assert draws[3].equals(sparse(before, 0.5, np.random.default_rng(3)).history["item_id"])


def test_weeks_stay_in_order(log: Log) -> None:
    after = sparse(log, 0.2, np.random.default_rng(1))
    assert after.history["week"].is_monotonic_increasing
    assert set(after.history["user_id"]) == set(log.history["user_id"])


# False clicks.


@pytest.mark.parametrize("share", [0.0, 0.25, 1.0])
def test_a_share_of_the_clicks_moves_to_warm_items_without_a_click_of_the_user(log: Log, share: float) -> None:
    before = log.history.copy()
    after = noisy(log, share, np.random.default_rng(2))
    moved = (after.history["item_id"] != before["item_id"]).to_numpy()
    assert moved.sum() == int(share * len(before) + 0.5)
    assert after.history[["week", "user_id"]].equals(before[["week", "user_id"]])
    assert after.history["item_id"].dtype == before["item_id"].dtype
    assert not after.history.duplicated(["user_id", "item_id"]).any()
    clicked = set(zip(before["user_id"], before["item_id"], strict=True))
    new = set(zip(after.history["user_id"][moved], after.history["item_id"][moved], strict=True))
    assert not new & clicked
    assert {item for _, item in new} <= set(log.pairs["item_id"])  # no newly listed one
    assert same_but_history(log, after)
    assert log.history.equals(before)


def test_where_they_move_to_is_chance_and_the_same_for_the_same_seed(tiny_log: Log) -> None:
    before = with_history(tiny_log, [("a", "I001")])  # warm are I001 to I003, of the pairs
    draws = [noisy(before, 1, np.random.default_rng(seed)).history["item_id"][0] for seed in range(400)]
    assert set(draws) == {"I002", "I003"}
    assert draws.count("I002") / 400 == pytest.approx(0.5, abs=4 * np.sqrt(0.25 / 400))
    assert draws[3] == noisy(before, 1, np.random.default_rng(3)).history["item_id"][0]


def test_who_clicked_everything_stays(tiny_log: Log) -> None:
    before = with_history(tiny_log, [("a", "I001"), ("a", "I002"), ("a", "I003"), ("b", "I001"), ("b", "I002")])
    after = noisy(before, 1, np.random.default_rng(0)).history
    assert after["item_id"].tolist()[:3] == ["I001", "I002", "I003"]
    assert sorted(after["item_id"][3:]) in (["I001", "I003"], ["I002", "I003"])


# What is refused.


@pytest.mark.parametrize("make", [sparse, noisy])
@pytest.mark.parametrize("share", [-0.1, 1.5, float("nan")])
def test_what_is_no_share_is_refused(make: object, share: float, tiny_log: Log) -> None:
    with pytest.raises(DataError, match=rf"^(keep|share) is {share}; give a share between 0 and 1\.$"):
        make(tiny_log, share, np.random.default_rng(0))  # type: ignore[operator]


@pytest.mark.parametrize("make", [sparse, noisy])
def test_a_log_without_history_is_refused(make: object, tiny_log: Log) -> None:
    with pytest.raises(DataError, match="the log has no history to be made worse"):
        make(replace(tiny_log, history=tiny_log.history.head(0)), 0.5, np.random.default_rng(0))  # type: ignore[operator]
