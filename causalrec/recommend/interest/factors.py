"""Matrix factorisation: a few numbers a user and as many an item, whose product says how well they go together.

Alternating least squares, exact in every step: users are solved for with the items held fixed, then items with the
users held fixed.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from causalrec.errors import DataError
from causalrec.recommend.interest.calibration import Method
from causalrec.recommend.interest.clicks import (
    FOLDS,
    NumberedScore,
    PairScore,
    item_numbers,
    part_of,
    warm_items,
    where_clicked,
    without_itself,
)
from causalrec.recommend.interest.interface import (
    Calibrated,
    calibrated,
    fit_probability,
    interest_target,
    learnable_target,
    predicted,
)
from causalrec.shop.log import Log
from causalrec.types import Array

# The spread of the items' first factors. So small that the first sweep turns them to where the values pull most.
FIRST = 0.01
# Numbers that one batch may hold, so that it stays in a processor's cache.
BATCH = 400_000
# What is known of a pair before it can be browsed, and the least chance of being browsed that a weight divides by.
BEFORE = ("score", "popularity", "activity")
LEAST_CHANCE = 0.05
# What a cell counts of which a log with browsing says nothing: it pulls its product weakly towards the mean click.
UNSEEN = 0.2


@dataclass(frozen=True, repr=False, eq=False)
class Factors:
    """The factors of users, (users, factors), and of items, (items, factors)."""

    users: Array
    items: Array

    def score(self, user: Array, item: Array) -> Array:
        """The products p_u · q_i of pairs of a user's and an item's number, shape (pairs,)."""
        return np.einsum("ij,ij->i", self.users[user], self.items[item])

    def __repr__(self) -> str:
        """How many of what."""
        return f"Factors({self.users.shape[1]} factors of {len(self.users)} users and {len(self.items)} items)"


def factorise(
    values: Any,
    weights: Any = None,
    *,
    factors: int,
    ridge: float,
    sweeps: int,
    rng: np.random.Generator,
    background: float = 0.0,
    threads: int | None = None,
) -> Factors:
    """The factors that make Σ_ui w_ui (r_ui - p_u·q_i)² + ridge (Σ_u |p_u|² + Σ_i |q_i|²) small, by alternation.

    `values` r and `weights` w are sparse (scipy, csr) of shape (users, items) and name the same cells, 0 among their
    values being a value; without `weights` each counts 1. Every other cell has r = 0 and w = `background`: 0 leaves it
    out (ratings), 1 with higher weights elsewhere is the implicit feedback of Hu, Koren & Volinsky. Each sweep solves
    for all users, then for all items, so that the sum never rises. Values of float32 are computed with as float32,
    all others as float64; the result is the same for every number of `threads` (None: one a core).

    Raises: DataError for weights that name other cells or are negative, a value that is not finite, a setting out of
    range, or a ridge so small beside the weights that rounding is seen to win. Source: Hu, Koren & Volinsky (2008),
    "Collaborative filtering for implicit feedback datasets", ICDM, section 4; with inverse propensities as weights:
    Schnabel et al. (2016), "Recommendations as treatments", ICML, section 5. First taught: lesson 4b.
    """
    if factors < 1 or sweeps < 1 or ridge <= 0 or background < 0:
        raise DataError(
            f"factors is {factors}, sweeps {sweeps}, ridge {ridge} and background {background}; take at least 1 factor "
            "and sweep, a ridge above 0 and a background of 0 or more"
        )
    values, weights = _cells(values, weights)
    rows = _batches(values, weights, background, factors), _batches(values.T, weights.T, background, factors)
    users = np.zeros((values.shape[0], factors), values.dtype)
    items = (FIRST * rng.standard_normal((values.shape[1], factors))).astype(values.dtype)
    # Threads share out the batches: inside one, whose matrices are small, BLAS would only wait for its own threads.
    with threadpool_limits(limits=1), ThreadPoolExecutor(threads or os.cpu_count()) as pool:
        for _ in range(sweeps):
            users = _half_sweep(rows[0], items, len(users), ridge, background, pool)
            items = _half_sweep(rows[1], users, len(items), ridge, background, pool)
    return Factors(users, items)


def _cells(values: Any, weights: Any) -> tuple[Any, Any]:
    """Values and weights as csr with the same cells in the same order."""
    from scipy.sparse import csr_matrix

    values = csr_matrix(values, copy=True)
    values = values if values.dtype == np.float32 else values.astype(float)
    values.sum_duplicates()
    if weights is None:
        weights = values.copy()
        weights.data[:] = 1
    weights = csr_matrix(weights, dtype=values.dtype, copy=True)
    weights.sum_duplicates()
    same = values.shape == weights.shape and np.array_equal(values.indptr, weights.indptr)
    if not (same and np.array_equal(values.indices, weights.indices)):
        raise DataError(
            f"values name {values.nnz} cells of {values.shape} and weights {weights.nnz} of {weights.shape}, not the "
            "same ones; give each value its weight"
        )
    if not (np.isfinite(values.data).all() and np.isfinite(weights.data).all() and (weights.data >= 0).all()):
        raise DataError("a value or weight is not finite, or a weight is negative; correct it, or leave that cell out")
    return values, weights


@dataclass(frozen=True, repr=False, eq=False)
class _Batch:
    """Rows with about as many cells, n at most: `cells` their columns, `extra` w - background, `pull` w r; (rows, n).

    Where a row has fewer, column 0 with nothing extra and no pull fills it up, which changes no sum.
    """

    rows: Array
    cells: Array
    extra: Array
    pull: Array


def _batches(values: Any, weights: Any, background: float, factors: int) -> list[_Batch]:
    """The rows that have cells, fewest first, in batches that differ by an eighth in their number."""
    values, weights = values.tocsr(), weights.tocsr()
    extra, pull = weights.data - values.dtype.type(background), weights.data * values.data
    order = np.argsort(np.diff(values.indptr), kind="stable")
    count = np.diff(values.indptr)[order]
    batches, start = [], int(np.searchsorted(count, 1))
    while start < len(order):
        alike = int(np.searchsorted(count, 1.125 * count[start] + 1, side="right"))
        wide = int(count[alike - 1])
        stop = min(alike, start + max(1, BATCH // (wide * factors + min(wide, factors) ** 2)))
        rows, n = order[start:stop], count[start:stop, None]
        place = np.arange(int(n.max()))
        inside = place < n  # (rows, n)
        cell = np.where(inside, values.indptr[rows][:, None] + place, 0)
        batches.append(
            _Batch(rows, *(np.where(inside, each[cell], each.dtype.type(0)) for each in (values.indices, extra, pull)))
        )
        start = stop
    return batches


def _half_sweep(
    batches: list[_Batch], other: Array, rows: int, ridge: float, background: float, pool: ThreadPoolExecutor
) -> Array:
    """The best factors of all rows given those of the `other` side, shape (rows, factors); 0 for a row without cells.

    With Q the other side's factors, L L' = background Q'Q + ridge I and Y = Q L'^-1, the normal equations of a row are
    (I + Y' D Y) z = Y' w r and p = L'^-1 z, D = diag(w - background) over its cells. With few cells the same
    z = Y' (I + D Y Y')^-1 w r needs a smaller solution.
    """
    gram = background * (other.T @ other).astype(float) + ridge * np.eye(other.shape[1])
    inverse = np.linalg.inv(np.linalg.cholesky(gram)).astype(other.dtype)  # L^-1
    whitened = other @ inverse.T
    solution = np.zeros((rows, other.shape[1]), other.dtype)

    def solve(batch: _Batch) -> None:
        solution[batch.rows] = _solved(batch, whitened.take(batch.cells, axis=0))

    for _ in pool.map(solve, batches):
        pass
    return np.asarray(solution @ inverse)


def _solved(batch: _Batch, y: Array) -> Array:
    """The z of each row of a batch, shape (rows, factors), from its cells' whitened factors (rows, n, factors)."""
    from scipy.linalg import get_lapack_funcs

    n, factors = y.shape[1:]
    turned, pull = y.transpose(0, 2, 1), batch.pull[:, :, None]
    if 4 * n <= 3 * factors:  # from there on it costs more than what it saves
        kernel = (y @ turned) * batch.extra[:, :, None]
        kernel[:, np.arange(n), np.arange(n)] += 1
        return np.asarray((np.linalg.solve(kernel, pull).transpose(0, 2, 1) @ y)[:, 0])
    root, sign = np.sqrt(np.abs(batch.extra))[:, :, None], np.sign(batch.extra)[:, :, None]
    half, z = y * root, (turned @ pull)[:, :, 0]
    # numpy computes half of Y' D Y where both sides are one array
    normal = half.transpose(0, 2, 1) @ (half if (sign >= 0).all() else half * sign)
    normal[:, np.arange(factors), np.arange(factors)] += 1
    (posv,) = get_lapack_funcs(("posv",), (normal,))  # by Cholesky: half the work of what numpy has for a batch
    for row, matrix in enumerate(normal):
        _, z[row], failed = posv(matrix.T, z[row], lower=True, overwrite_a=True)  # symmetric; .T is as LAPACK wants it
        if failed:
            raise DataError("the ridge is too small beside the weights to compute with; take a larger one, or float64")
    return np.asarray(z)


def fit_factors(
    log: Log,
    factors: int = 16,
    *,
    rng: np.random.Generator,
    weighting: Literal["plain", "ips"] = "plain",
    weight: float = 5.0,
    ridge: float = 3.0,
    sweeps: int = 15,
    method: Method = "platt",
    threads: int | None = None,
) -> Calibrated:
    """Interest as the product of a user's and an item's factors; of a cold item, or a user without clicks, the base.

    "plain": implicit feedback. A click of the history counts 1 + `weight`, every cell without one counts 1.
    "ips": the clicks, 1 or 0, of the log's browsed pairs count 1 / P(browsed | score, popularity, activity), on average
    1, so that what was seldom seen counts for more. The history's clicks, of which nothing says how they came to be
    seen, count 1, and all other cells `UNSEEN`, as if the click there were the mean one; without that, a user whose
    clicks are known and whose refusals are not, as all held-out users, is hardly told from another. Each pair of the
    log is scored by factors that were fitted without it.

    `threads` as in `factorise`.

    Raises: EstimationError where the target never varies, DataError for "ips" without a column 'browsed', and as
    `factorise` does. Source: Hu, Koren & Volinsky (2008), ICDM, section 4; Schnabel et al. (2016), ICML, section 5.
    First taught: lesson 4b.
    """
    if weighting not in ("plain", "ips"):
        raise DataError(f"weighting is {weighting!r}; choose 'plain' or 'ips'")
    learnable_target(log)
    settings: dict[str, Any] = {"factors": factors, "ridge": ridge, "sweeps": sweeps, "rng": rng, "threads": threads}
    if weighting == "ips":
        return calibrated("IPS-weighted MF", log, _ips_score(log, settings), method)

    def fit(clicks: Any) -> NumberedScore:
        fitted = factorise(clicks, clicks * (1 + weight), background=1.0, **settings)
        return where_clicked(clicks, fitted.score)

    return calibrated("weighted MF", log, without_itself(log, fit, warm_items(log)), method)


def _ips_score(log: Log, settings: dict[str, Any]) -> PairScore:
    """The score of `fit_factors` with "ips": a fit for each part of the log's pairs, to all but that part."""
    from scipy.sparse import csr_matrix

    rows, clicked, _ = interest_target(log.pairs)
    weight = 1 / browsing_chance(log)[log.pairs["browsed"].to_numpy() == 1]
    weight = weight / weight.mean()
    items = pd.Index(log.catalogue.items["item_id"])
    past = log.history.drop_duplicates(["user_id", "item_id"])
    users = pd.Index(np.unique(np.concatenate([rows["user_id"].to_numpy(object), past["user_id"].to_numpy(object)])))
    both = pd.concat([rows[["user_id", "item_id"]], past[["user_id", "item_id"]]])
    user, item = users.get_indexer(both["user_id"]), item_numbers(items, both["item_id"])
    weight = np.concatenate([weight, np.ones(len(past))])
    value = np.concatenate([clicked, np.ones(len(past))]) - np.average(clicked, weights=weight[: len(rows)])
    part = np.append(part_of(user[: len(rows)], item[: len(rows)]), np.full(len(past), -1))

    def fits() -> Iterator[NumberedScore]:
        for number in range(FOLDS):
            kept = part != number
            cells, shape = (user[kept], item[kept]), (len(users), len(items))
            weights = csr_matrix((weight[kept], cells), shape=shape)  # a pair that stands twice counts with both,
            values = csr_matrix((weight[kept] * value[kept], cells), shape=shape)
            values.data /= weights.data  # and its value is their mean
            yield where_clicked(values, factorise(values, weights, background=UNSEEN, **settings).score)

    return PairScore(users, items, warm_items(log), tuple(fits()))


def browsing_chance(log: Log) -> Array:
    """P(browsed | score, popularity, activity) of each of the log's pairs, as far as it has them; shape (pairs,).

    A quadratic logistic model; an empty cell counts as its column's mean. None is put below `LEAST_CHANCE`, since a
    pair's weight is one over it. Raises: DataError where the log has no column 'browsed'.
    """
    if "browsed" not in log.pairs:
        raise DataError("the log has no column 'browsed', so nothing says which clicks could be; use weighting='plain'")
    browsed = log.pairs["browsed"].to_numpy()
    if browsed.all():
        return np.ones(len(browsed))
    told = log.pairs[[name for name in BEFORE if name in log.pairs]].dropna(axis=1, how="all")
    x = told.fillna(told.mean()).assign(same=0.0).to_numpy(float)  # the last says something where nothing else is told
    return np.maximum(predicted(fit_probability(x, browsed, name="column 'browsed'"), x), LEAST_CHANCE)
