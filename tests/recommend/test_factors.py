"""Matrix factorisation: half-steps against dense normal equations, the sum it minimises, weights, inverse chances."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix

from causalrec.errors import DataError
from causalrec.recommend.interest.factors import (
    FIRST,
    LEAST_CHANCE,
    UNSEEN,
    Factors,
    browsing_chance,
    factorise,
    fit_factors,
)
from causalrec.shop.catalogue import Catalogue
from causalrec.shop.log import Log

pytestmark = pytest.mark.filterwarnings("error")
Array = np.ndarray[Any, Any]


def observed(seed: int, users: int = 25, items: int = 18, share: float = 0.4) -> tuple[Array, Array, Array]:
    """Values, weights and which cells there are, dense; some values are 0, one user and one item have no cell."""
    rng = np.random.default_rng(seed)
    there = rng.random((users, items)) < share
    there[3], there[:, 5] = False, False
    values = there * rng.integers(0, 4, (users, items)).astype(float)
    return values, there * rng.uniform(0.5, 4, (users, items)), there


def sparse(dense: Array, there: Array, dtype: type = float) -> csr_matrix:
    """The cells that there are, 0 among their values kept."""
    return csr_matrix((dense[there].astype(dtype), there.nonzero()), shape=dense.shape)


def whole(values: Array, weights: Array, there: Array, background: float) -> tuple[Array, Array]:
    """r and w of all cells."""
    return np.where(there, values, 0), np.where(there, weights, background)


def total(r: Array, w: Array, p: Array, q: Array, ridge: float) -> float:
    """What is minimised, over all cells, as it is written."""
    return float((w * (r - p @ q.T) ** 2).sum() + ridge * ((p**2).sum() + (q**2).sum()))


def rows_solved(r: Array, w: Array, other: Array, ridge: float) -> Array:
    """The best factors of every row by its normal equations (Q' W Q + ridge I) p = Q' W r, a dense row at a time."""
    k = other.shape[1]
    return np.stack([np.linalg.solve(other.T @ np.diag(line) @ other + ridge * np.eye(k), other.T @ (line * r[i]))
                     for i, line in enumerate(w)])  # fmt: skip


# Against dense solutions.


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from([0.0, 0.7, 1.0]), st.integers(1, 12))
def test_each_half_step_solves_the_dense_normal_equations(seed: int, background: float, k: int) -> None:
    # k factors below, among and above the numbers of cells that rows have: both ways to solve are taken
    values, weights, there = observed(seed)
    r, w = whole(values, weights, there, background)
    q = FIRST * np.random.default_rng(seed).standard_normal((18, k))
    for sweeps in (1, 2, 3):
        fitted = factorise(
            sparse(values, there), sparse(weights, there), factors=k, ridge=0.3, sweeps=sweeps,
            rng=np.random.default_rng(seed), background=background,
        )  # fmt: skip
        p = rows_solved(r, w, q, 0.3)
        q = rows_solved(r.T, w.T, p, 0.3)
        assert fitted.users == pytest.approx(p, rel=1e-7, abs=1e-9)
        assert fitted.items == pytest.approx(q, rel=1e-7, abs=1e-9)
    assert not fitted.users[3].any()
    assert not fitted.items[5].any()


@pytest.mark.parametrize("background", [0.0, 1.0])
def test_after_many_sweeps_the_sum_is_stationary(background: float) -> None:
    values, weights, there = observed(1)
    r, w = whole(values, weights, there, background)
    fitted = factorise(
        sparse(values, there), sparse(weights, there), factors=4, ridge=1.0, sweeps=3000,
        rng=np.random.default_rng(0), background=background,
    )  # fmt: skip
    p, q = fitted.users, fitted.items
    of_users = -2 * (w * (r - p @ q.T)) @ q + 2 * p
    of_items = -2 * (w * (r - p @ q.T)).T @ p + 2 * q
    assert np.abs(of_users).max() < 1e-6
    assert np.abs(of_items).max() < 1e-6
    assert total(r, w, p, q, 1.0) < 0.7 * total(r, w, 0 * p, 0 * q, 1.0)  # and not the stationary point 0


@pytest.mark.parametrize("background", [0.0, 1.0])
def test_the_sum_never_rises(background: float) -> None:
    values, weights, there = observed(2)
    r, w = whole(values, weights, there, background)
    sums = []
    for sweeps in range(1, 12):
        fitted = factorise(
            sparse(values, there), sparse(weights, there), factors=3, ridge=0.5, sweeps=sweeps,
            rng=np.random.default_rng(4), background=background,
        )  # fmt: skip
        sums.append(total(r, w, fitted.users, fitted.items, 0.5))
    assert (np.diff(sums) <= 1e-9 * sums[0]).all()
    assert sums[-1] < 0.99 * sums[0]


def test_with_equal_weights_it_is_the_truncated_svd() -> None:
    # w = 1 everywhere: the least sum takes the largest singular values less the ridge (Srebro, Rennie & Jaakkola 2004)
    r = np.random.default_rng(0).normal(size=(12, 9))
    fitted = factorise(csr_matrix(r), factors=3, ridge=0.4, sweeps=3000, rng=np.random.default_rng(0))
    u, s, vt = np.linalg.svd(r)
    best = u[:, :3] @ np.diag(s[:3] - 0.4) @ vt[:3]
    assert fitted.users @ fitted.items.T == pytest.approx(best, abs=1e-4)


def test_ratings_are_found_again() -> None:
    rng = np.random.default_rng(5)
    truth = rng.normal(size=(80, 2)) @ rng.normal(size=(60, 2)).T
    there = rng.random(truth.shape) < 0.5
    fitted = factorise(sparse(truth, there), factors=2, ridge=1e-3, sweeps=300, rng=rng)
    user, item = (~there).nonzero()
    assert fitted.score(user, item) == pytest.approx(truth[user, item], abs=0.02)


def test_float32_is_kept_and_close() -> None:
    values, weights, there = observed(6, users=200, items=150, share=0.2)
    double, single = (
        factorise(sparse(values, there, kind), sparse(weights, there, kind), factors=8, ridge=2.0, sweeps=10,
                  rng=np.random.default_rng(0), background=0.5)
        for kind in (float, np.float32)
    )  # fmt: skip
    assert single.users.dtype == single.items.dtype == np.float32
    r, w = whole(values, weights, there, 0.5)
    sums = [total(r, w, *(side.astype(float) for side in (one.users, one.items)), 2.0) for one in (double, single)]
    assert sums[1] == pytest.approx(sums[0], rel=1e-5)


def test_every_number_of_threads_gives_the_same_bits() -> None:
    values, weights, there = observed(7, users=300, items=200)
    one, two, three = (
        factorise(sparse(values, there, np.float32), sparse(weights, there, np.float32), factors=6, ridge=0.1,
                  sweeps=4, rng=np.random.default_rng(0), background=1.0, threads=threads)
        for threads in (1, 2, 3)
    )  # fmt: skip
    assert np.array_equal(one.users, two.users)
    assert np.array_equal(one.items, three.items)


def test_what_was_given_is_not_changed_and_order_does_not_matter() -> None:
    values, weights, there = observed(8)
    given, counts = sparse(values, there), sparse(weights, there)
    before = given.copy()
    fitted = factorise(given, counts, factors=3, ridge=1.0, sweeps=2, rng=np.random.default_rng(0))
    assert np.array_equal(before.data, given.data)
    turned = given.copy()
    for row in range(len(values)):  # the cells of a row, last first
        cells = slice(*turned.indptr[row : row + 2])
        turned.indices[cells], turned.data[cells] = turned.indices[cells][::-1].copy(), turned.data[cells][::-1].copy()
    turned.has_sorted_indices = False
    again = factorise(turned, counts, factors=3, ridge=1.0, sweeps=2, rng=np.random.default_rng(0))
    assert np.array_equal(fitted.users, again.users)
    assert repr(fitted) == "Factors(3 factors of 25 users and 18 items)"
    assert fitted.score(np.array([0, 1]), np.array([2, 2])) == pytest.approx(fitted.users[:2] @ fitted.items[2])


def test_a_ridge_that_rounding_swallows_is_refused() -> None:
    rng = np.random.default_rng(0)
    values = csr_matrix(np.outer(np.ones(30), rng.normal(size=20)).astype(np.float32))
    with pytest.raises(DataError, match=r"the ridge is too small beside the weights.*float64"):
        factorise(values, factors=6, ridge=1e-12, sweeps=20, rng=rng)


def test_no_cells_give_no_factors() -> None:
    fitted = factorise(csr_matrix((4, 3)), factors=2, ridge=1.0, sweeps=2, rng=np.random.default_rng(0), background=1.0)
    assert not fitted.users.any()
    assert not fitted.items.any()


def test_what_is_refused() -> None:
    values, weights, there = observed(9)
    good: dict[str, Any] = {"factors": 2, "ridge": 1.0, "sweeps": 1, "rng": np.random.default_rng(0)}
    for wrong in ({"factors": 0}, {"ridge": 0.0}, {"sweeps": 0}, {"background": -1.0}):
        with pytest.raises(DataError, match=r"take at least 1 factor"):
            factorise(sparse(values, there), **(good | wrong))
    other = there.copy()
    other[0] = ~other[0]
    for count in (sparse(weights, other), sparse(weights[:5], there[:5])):
        with pytest.raises(DataError, match=r"not the same ones; give each value its weight"):
            factorise(sparse(values, there), count, **good)
    endless = np.where(there, np.inf, 0)
    for value, count in ((endless, weights), (values, -weights), (values, endless)):
        with pytest.raises(DataError, match=r"not finite, or a weight is negative"):
            factorise(sparse(value, there), sparse(count, there), **good)


# Inverse chances of being browsed.


def biased_log(seed: int = 0, users: int = 300, items: int = 30) -> tuple[Log, Array]:
    """A log whose users browse mostly what has a high score, and the chance of each pair being browsed."""
    rng = np.random.default_rng(seed)
    user, item = np.divmod(np.arange(users * items), items)
    score = rng.normal(size=len(user))
    chance = 1 / (1 + np.exp(-(1.5 * score - 0.5)))
    browsed = rng.random(len(user)) < chance
    clicked = browsed & (rng.random(len(user)) < 1 / (1 + np.exp(-score)))
    pairs = pd.DataFrame({"user_id": [f"u{u}" for u in user], "item_id": [f"i{i}" for i in item], "score": score})
    pairs = pairs.assign(recommended=0, browsed=browsed.astype(int), clicked=clicked.astype(int), purchased=0)
    catalogue = Catalogue(pd.DataFrame({"item_id": [f"i{i}" for i in range(items)], "title": "a"}))
    empty = pd.DataFrame(columns=["week", "user_id", "item_id"])
    return Log(pairs, catalogue, empty, empty), chance


def test_the_chance_of_being_browsed_is_estimated_and_weighs_back_to_all_pairs() -> None:
    log, chance = biased_log()
    estimated = browsing_chance(log)
    assert estimated == pytest.approx(np.maximum(chance, LEAST_CHANCE), abs=0.05)
    rows = log.pairs["browsed"] == 1
    plain, weighed = (np.average(log.pairs.loc[rows, "score"], weights=w) for w in (None, 1 / estimated[rows]))
    assert plain > 0.4
    assert weighed == pytest.approx(log.pairs["score"].mean(), abs=0.05)


def test_the_chance_where_nothing_or_everything_is_known() -> None:
    log, _ = biased_log()
    share = log.pairs["browsed"].mean()
    assert browsing_chance(replace(log, pairs=log.pairs.drop(columns="score"))) == pytest.approx(share, abs=1e-4)
    assert browsing_chance(replace(log, pairs=log.pairs.assign(score=np.nan))) == pytest.approx(share, abs=1e-4)
    assert (browsing_chance(replace(log, pairs=log.pairs.assign(browsed=1))) == 1).all()
    blind = replace(log, pairs=log.pairs.drop(columns="browsed"))
    with pytest.raises(DataError, match=r"no column 'browsed'.*weighting='plain'"):
        fit_factors(blind, rng=np.random.default_rng(0), weighting="ips")
    with pytest.raises(DataError, match=r"'snips'; choose 'plain' or 'ips'"):
        fit_factors(log, rng=np.random.default_rng(0), weighting="snips")  # type: ignore[arg-type]


def test_ips_factors_are_those_of_a_dense_solution_with_these_weights() -> None:
    # One factor, no history: of the pairs of part 0 the score is p q fitted to all other browsed pairs.
    from causalrec.recommend.interest.clicks import FOLDS

    log, _ = biased_log(users=40, items=12)
    model = fit_factors(log, 1, rng=np.random.default_rng(0), weighting="ips", ridge=0.2, sweeps=30)
    rows = log.pairs["browsed"].to_numpy() == 1
    weight = 1 / browsing_chance(log)[rows]
    weight = weight / weight.mean()
    seen = log.pairs[rows]
    names = np.unique(seen["user_id"].to_numpy(object))
    user, item = np.searchsorted(names, seen["user_id"].to_numpy(object)), seen["item_id"].str[1:].astype(int)
    w, r = np.full((len(names), 12), UNSEEN), np.zeros((len(names), 12))
    kept = (user + item) % FOLDS != 0
    w[user[kept], item[kept]] = weight[kept]
    r[user[kept], item[kept]] = (seen["clicked"] - np.average(seen["clicked"], weights=weight))[kept]
    q = FIRST * np.random.default_rng(0).standard_normal((12, 1))
    for _ in range(30):
        p = rows_solved(r, w, q, 0.2)
        q = rows_solved(r.T, w.T, p, 0.2)
    asked = seen[~kept.to_numpy()]
    expected = (p @ q.T)[user[~kept], item[~kept]]
    assert np.abs(expected).max() > 0.01
    assert model.score(asked) == pytest.approx(expected, abs=1e-6)


def test_a_pair_that_stands_in_two_weeks_counts_with_both() -> None:
    log, _ = biased_log(users=30, items=10)
    twice = pd.concat([log.pairs.assign(week=5), log.pairs.assign(week=6)], ignore_index=True)
    model = fit_factors(replace(log, pairs=twice), 2, rng=np.random.default_rng(0), weighting="ips")
    once = fit_factors(log, 2, rng=np.random.default_rng(0), weighting="ips")
    assert np.isfinite(model.predict(twice)).all()
    assert not np.array_equal(model.score(log.pairs), once.score(log.pairs))  # they weigh double beside the ridge


def test_factors_repr_says_their_size() -> None:
    assert repr(Factors(np.zeros((3, 2)), np.zeros((4, 2)))) == "Factors(2 factors of 3 users and 4 items)"
