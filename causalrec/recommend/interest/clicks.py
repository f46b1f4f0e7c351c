"""Clicks by number: who clicked what, and scores of pairs so made that no pair explains itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from causalrec.errors import DataError
from causalrec.recommend.interest.interface import interest_target
from causalrec.shop.log import Log
from causalrec.types import Array

NumberedScore = Callable[[Array, Array], Array]

# Parts into which users, or pairs, are dealt where clicks are history and target at once.
FOLDS = 5


@dataclass(frozen=True, repr=False, eq=False)
class Clicks:
    """Who clicked what: `matrix` is sparse (scipy, csr) and 0/1, of shape (users, items), labelled by both."""

    users: pd.Index[str]
    items: pd.Index[str]
    matrix: Any

    def __repr__(self) -> str:
        """Its size."""
        return f"Clicks({len(self.users)} users, {len(self.items)} items, {self.matrix.nnz} clicks)"


def past_clicks(log: Log) -> pd.DataFrame:
    """The clicks of the history, one a row; where that is empty, the log's own clicks or purchases."""
    if len(log.history):
        return log.history
    rows, target, _ = interest_target(log.pairs)
    return rows[target == 1]


def click_matrix(log: Log) -> Clicks:
    """The `past_clicks` as a matrix.

    Rows: the users who clicked, held-out ones too, in the order of their names; columns: all items of the catalogue.
    A click that stands more than once counts once. Raises: DataError for an item that is not in the catalogue.
    """
    from scipy.sparse import csr_matrix

    past = past_clicks(log)
    items = pd.Index(log.catalogue.items["item_id"])
    users = pd.Index(np.unique(past["user_id"].to_numpy(object)))
    cells = users.get_indexer(past["user_id"]), item_numbers(items, past["item_id"])
    matrix = csr_matrix((np.ones(len(past)), cells), shape=(len(users), len(items)))
    matrix.data[:] = 1.0  # building it has added up the repeats
    return Clicks(users, items, matrix)


def recent_items(log: Log) -> list[Array]:
    """The items of each user in `click_matrix`, by number, the last week's first; of a week, the log's last row's."""
    past = past_clicks(log)
    if "week" in past:
        past = past.sort_values("week", kind="stable")
    last, clicks = past[::-1].drop_duplicates(["user_id", "item_id"]), click_matrix(log)
    user, item = clicks.users.get_indexer(last["user_id"]), item_numbers(clicks.items, last["item_id"])
    order = np.argsort(user, kind="stable")
    return np.split(item[order], np.flatnonzero(np.diff(user[order])) + 1)


def last_clicked(clicks: Any, recent: Sequence[Array], user: int, item: int, most: int) -> list[int]:
    """At most so many items that a user clicked other than this one, the last first; none for user -1, a stranger.

    `clicks` is sparse (users, items); of the `recent_items` only those count that it holds.
    """
    if user < 0:
        return []
    clicked = set(clicks[user].indices) - {item}
    return [one for one in recent[user] if one in clicked][:most]


@dataclass(frozen=True, repr=False, eq=False)
class PairScore:
    """A score of pairs by their numbers in `users` and `items`; NaN where the item is not one of `known`, (items,).

    Each of `parts` scores the pairs that `part_of` deals to it, given user numbers (-1: not among `users`) and items.
    """

    users: pd.Index[str]
    items: pd.Index[str]
    known: Array
    parts: tuple[NumberedScore, ...]

    def __call__(self, pairs: pd.DataFrame) -> Array:
        """The score of each pair, shape (pairs,). Raises: DataError for an item that is not in the catalogue."""
        known = self.known[item_numbers(self.items, pairs["item_id"])]
        return np.where(known, self.made_of(pairs).astype(float), np.nan)

    def made_of(self, pairs: pd.DataFrame) -> Array:
        """What the parts make of the pairs that are dealt to them, known or not: scores, or such as a profile each."""
        user, item = self.users.get_indexer(pairs["user_id"]), item_numbers(self.items, pairs["item_id"])
        part = part_of(user, item, len(self.parts))
        order = np.argsort(part, kind="stable")
        found = np.concatenate([make(user[part == one], item[part == one]) for one, make in enumerate(self.parts)])
        result = np.empty_like(found)
        result[order] = found
        return result

    def then(self, made: Callable[[NumberedScore], NumberedScore]) -> PairScore:
        """The same with something `made` of each part."""
        return replace(self, parts=tuple(made(part) for part in self.parts))


def part_of(user: Array, item: Array, parts: int = FOLDS) -> Array:
    """The part to which a pair is dealt, by its numbers: each part has its share of every user and of every item."""
    return np.asarray((user + item) % parts)


def without_itself(log: Log, fit: Callable[[Any], NumberedScore], known: Array | None = None) -> PairScore:
    """The score that `fit` makes of the clicks, sparse (users, items), so made that no pair explains itself.

    A history was before the log, so one fit does. Where the log's own clicks stand in for it, pairs are dealt into
    `FOLDS` parts, and each is scored by a fit to the clicks outside its part. `known`: of which items it can say
    something, (items,); of all of them if None.
    """
    clicks = click_matrix(log)
    known = np.ones(len(clicks.items), dtype=bool) if known is None else known
    if len(log.history):
        return PairScore(clicks.users, clicks.items, known, (fit(clicks.matrix),))
    cells = clicks.matrix.tocoo()
    part = part_of(cells.row, cells.col)
    parts = []
    for number in range(FOLDS):
        others = clicks.matrix.copy()
        others.data = (part != number).astype(float)  # csr and coo name the cells in the same order
        others.eliminate_zeros()
        parts.append(fit(others))
    return PairScore(clicks.users, clicks.items, known, tuple(parts))


def where_clicked(cells: Any, score: NumberedScore) -> NumberedScore:
    """The score for users who have a cell in a sparse (users, items), NaN for all others, strangers among them."""
    clicked = np.append(np.diff(cells.indptr) > 0, False)  # the last is user -1's

    def score_of(user: Array, item: Array) -> Array:
        values, known = np.full(len(user), np.nan), clicked[user]
        if known.any():
            values[known] = score(user[known], item[known])
        return values

    return score_of


def warm_items(log: Log) -> Array:
    """Which items of the catalogue are warm, shape (items,): in the history or among the log's pairs.

    Of a cold item nobody could have clicked, so its clicks, being none, say nothing of it.
    """
    items = log.catalogue.items["item_id"]
    return (items.isin(log.history["item_id"]) | items.isin(log.pairs["item_id"])).to_numpy()


def item_numbers(items: pd.Index[str], wanted: pd.Series) -> Array:
    """The place of each wanted item in the catalogue. Raises: DataError for one that is not in it."""
    numbers = items.get_indexer(wanted)
    if (numbers < 0).any():
        raise DataError(
            f"item {wanted.iloc[int((numbers < 0).argmax())]!r} is not in the catalogue: add it there, or drop its rows"
        )
    return numbers
