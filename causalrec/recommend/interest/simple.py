"""The simplest models of interest: an item's popularity, and its neighbours by common clicks. Both know ids alone."""

from __future__ import annotations

from typing import Any

import numpy as np

from causalrec.errors import DataError
from causalrec.recommend.interest.calibration import Method
from causalrec.recommend.interest.clicks import NumberedScore, warm_items, where_clicked, without_itself
from causalrec.recommend.interest.interface import Calibrated, calibrated
from causalrec.shop.log import Log


def fit_popularity(log: Log, method: Method = "platt") -> Calibrated:
    """Interest as the item's popularity alone, log(1 + users who clicked it before); the same for every user.

    Raises: EstimationError where the target never varies. First taught: lesson 4b.
    """

    def fit(clicks: Any) -> NumberedScore:
        popularity = np.log1p(np.asarray(clicks.sum(axis=0)).ravel())
        return lambda user, item: popularity[item]

    return calibrated("popularity", log, without_itself(log, fit, warm_items(log)), method)


def fit_item_knn(log: Log, neighbours: int = 10, shrink: float = 10.0, method: Method = "platt") -> Calibrated:
    """Interest as what a user clicked of the items nearest to this one: the sum of their similarities.

    Items i and j are similar as n_ij / (√(n_i n_j) + shrink), n counting the users who clicked one or both: the cosine
    of their columns of clicks if `shrink` is 0. Of each item the `neighbours` most similar others count. A cold item
    or a user without history has the base.

    Raises: EstimationError where the target never varies, DataError for fewer than one neighbour or a negative shrink.
    Source: Deshpande & Karypis (2004), "Item-based top-N recommendation algorithms", ACM TOIS 22.
    First taught: lesson 4b.
    """
    if neighbours < 1 or shrink < 0:
        raise DataError(f"neighbours is {neighbours} and shrink {shrink}; take at least 1 and at least 0")

    def fit(clicks: Any) -> NumberedScore:
        near = item_neighbours(clicks, neighbours, shrink)
        return where_clicked(
            clicks, lambda user, item: np.asarray(near[item].multiply(clicks[user]).sum(axis=1)).ravel()
        )

    return calibrated("item-kNN", log, without_itself(log, fit, warm_items(log)), method)


def item_neighbours(clicks: Any, neighbours: int, shrink: float) -> Any:
    """The similarity of each item to its `neighbours` nearest others, sparse (items, items); ties by catalogue order.

    `clicks` is sparse 0/1 of shape (users, items). Nobody is near an item that was never clicked with another.
    First taught: lesson 4b.
    """
    from scipy.sparse import csr_matrix

    both = (clicks.T @ clicks).tocoo()
    size = np.sqrt(np.asarray(clicks.sum(axis=0)).ravel())
    apart = (both.row != both.col) & (both.data > 0)
    row, column = both.row[apart], both.col[apart]
    value = both.data[apart] / (size[row] * size[column] + shrink)
    order = np.lexsort((column, -value, row))
    row, column, value = row[order], column[order], value[order]
    place = np.arange(len(row)) - np.searchsorted(row, row)  # in the row, the nearest first
    near = place < neighbours
    return csr_matrix((value[near], (row[near], column[near])), shape=both.shape)
