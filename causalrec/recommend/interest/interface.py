"""Interest: P(click | browsed, user, text), and the models of it that know ids and clicks alone.

Interest is not the chance of being shown and not the effect of showing. It is a *covariate*: what text and history
say of a pair before anything is recommended. Every model of it has the one interface `InterestModel`; most are a score
that sorts pairs, made a probability by `calibrated`. First taught: lesson 5b; in full: lesson 4b.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np
import pandas as pd

from causalrec.causal.estimation.outcome_models import quadratic_logistic
from causalrec.errors import DataError, EstimationError
from causalrec.recommend.interest.calibration import Calibration, Platt, isotonic, platt
from causalrec.shop.log import Log
from causalrec.types import Array

Score = Callable[[pd.DataFrame], Array]
NumberedScore = Callable[[Array, Array], Array]

# Parts into which users, or pairs, are dealt where clicks are history and target at once.
FOLDS = 5
# No interest is certain: predictions stay this far from 0 and from 1.
DOUBT = 1e-6


class InterestModel(Protocol):
    """What predicts interest: a value that was fitted on a log."""

    @property
    def meaning(self) -> str:
        """What is predicted, such as P(click | browsed, text)."""
        ...

    def predict(self, pairs: pd.DataFrame) -> Array:
        """Interest of each row of `pairs` (user_id, item_id), shape (pairs,), strictly between 0 and 1."""
        ...


@dataclass(frozen=True, repr=False, eq=False)
class Calibrated:
    """A score of pairs and the curve that makes it a probability: an `InterestModel`. First taught: lesson 4b.

    `score` gives a real number a pair, NaN where the model knows nothing of it (a cold item for a model of ids, a user
    without history); such a pair is predicted `base`, the mean of the target.
    """

    name: str
    meaning: str
    score: Score
    calibration: Calibration
    base: float

    def predict(self, pairs: pd.DataFrame) -> Array:
        """Interest of each row of `pairs` (user_id, item_id), shape (pairs,), strictly between 0 and 1."""
        score = np.asarray(self.score(pairs), dtype=float)
        known = np.isfinite(score)
        interest = np.full(len(pairs), self.base)
        interest[known] = self.calibration(score[known])
        return np.clip(interest, DOUBT, 1 - DOUBT)

    def __repr__(self) -> str:
        """The model's name, what it predicts, the curve, and what stands in where it knows nothing."""
        return f"Calibrated({self.name}, {self.meaning}, {self.calibration!r}, base {self.base:.4g})"


def calibrated(name: str, log: Log, score: Score, method: Literal["platt", "isotonic"] = "platt") -> Calibrated:
    """The score as an interest model: its curve is fitted to `interest_target` where the score is finite.

    Where the score is nowhere finite, or the target never varies there, the mean of the target stands for every pair.

    Raises: EstimationError where the target never varies, DataError for an unknown method.
    """
    if method not in ("platt", "isotonic"):
        raise DataError(f"method is {method!r}; choose 'platt' or 'isotonic'")
    rows, target, meaning = interest_target(log.pairs)
    refuse_constant(target, np.ones(len(target)), target_name(meaning))
    base, values = float(target.mean()), np.asarray(score(rows), dtype=float)
    known = np.isfinite(values)
    calibration: Calibration = Platt(0.0, float(np.log(base / (1 - base))))
    if len(np.unique(target[known])) == 2:
        calibration = (platt if method == "platt" else isotonic)(values[known], target[known])
    return Calibrated(name, meaning, score, calibration, base)


def fit_popularity(log: Log, method: Literal["platt", "isotonic"] = "platt") -> Calibrated:
    """Interest as the item's popularity alone, log(1 + users who clicked it before); the same for every user.

    Raises: EstimationError where the target never varies. First taught: lesson 4b.
    """

    def fit(clicks: Any) -> NumberedScore:
        popularity = np.log1p(np.asarray(clicks.sum(axis=0)).ravel())
        return lambda user, item: popularity[item]

    return calibrated("popularity", log, without_itself(log, fit, warm_items(log)), method)


def fit_item_knn(
    log: Log, neighbours: int = 10, shrink: float = 10.0, method: Literal["platt", "isotonic"] = "platt"
) -> Calibrated:
    """Interest as what a user clicked of the items nearest to this one: the sum of their similarities.

    Items i and j are similar as n_ij / (√(n_i n_j) + shrink), n counting the users who clicked one or both: the cosine
    of their columns of clicks if `shrink` is 0. Of each item the `neighbours` most similar others count. A cold item
    or a user without history has the base.

    Raises: EstimationError where the target never varies, DataError for fewer than one neighbour or a negative shrink.
    Source: Deshpande & Karypis (2004), "Item-based top-N recommendation algorithms", ACM TOIS 22. First taught: 4b.
    """
    if neighbours < 1 or shrink < 0:
        raise DataError(f"neighbours is {neighbours} and shrink {shrink}; take at least 1 and at least 0")

    def fit(clicks: Any) -> NumberedScore:
        near, history = item_neighbours(clicks, neighbours, shrink), np.diff(clicks.indptr)

        def score(user: Array, item: Array) -> Array:
            known = user >= 0
            known[known] = history[user[known]] > 0
            values = np.full(len(user), np.nan)
            values[known] = np.asarray(near[item[known]].multiply(clicks[user[known]]).sum(axis=1)).ravel()
            return values

        return score

    return calibrated("item-kNN", log, without_itself(log, fit, warm_items(log)), method)


def item_neighbours(clicks: Any, neighbours: int, shrink: float) -> Any:
    """The similarity of each item to its `neighbours` nearest others, sparse (items, items); ties by catalogue order.

    `clicks` is sparse 0/1 of shape (users, items). Nobody is near an item that was never clicked with another.
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


@dataclass(frozen=True, repr=False, eq=False)
class Clicks:
    """Who clicked what: `matrix` is sparse (scipy, csr) and 0/1, of shape (users, items), labelled by both."""

    users: pd.Index[str]
    items: pd.Index[str]
    matrix: Any

    def __repr__(self) -> str:
        """Its size."""
        return f"Clicks({len(self.users)} users, {len(self.items)} items, {self.matrix.nnz} clicks)"


def click_matrix(log: Log) -> Clicks:
    """The clicks of the history; where that is empty, the log's own clicks or purchases.

    Rows: the users who clicked, held-out ones too, in the order of their names; columns: all items of the catalogue.
    A click that stands more than once counts once. Raises: DataError for an item that is not in the catalogue.
    """
    from scipy.sparse import csr_matrix

    past = log.history
    if past.empty:
        rows, target, _ = interest_target(log.pairs)
        past = rows[target == 1]
    items = pd.Index(log.catalogue.items["item_id"])
    users = pd.Index(np.unique(past["user_id"].to_numpy(object)))
    cells = users.get_indexer(past["user_id"]), item_numbers(items, past["item_id"])
    matrix = csr_matrix((np.ones(len(past)), cells), shape=(len(users), len(items)))
    matrix.data[:] = 1.0  # building it has added up the repeats
    return Clicks(users, items, matrix)


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
        user, item = self.users.get_indexer(pairs["user_id"]), item_numbers(self.items, pairs["item_id"])
        part, score = part_of(user, item, len(self.parts)), np.full(len(pairs), np.nan)
        for number, score_of in enumerate(self.parts):
            rows = (part == number) & self.known[item]
            score[rows] = score_of(user[rows], item[rows])
        return score


def part_of(user: Array, item: Array, parts: int = FOLDS) -> Array:
    """The part to which a pair is dealt, by its numbers: each part has its share of every user and of every item."""
    return np.asarray((user + item) % parts)


def without_itself(log: Log, fit: Callable[[Any], NumberedScore], known: Array) -> PairScore:
    """The score that `fit` makes of the clicks, sparse (users, items), so made that no pair explains itself.

    A history was before the log, so one fit does. Where the log's own clicks stand in for it, pairs are dealt into
    `FOLDS` parts, and each is scored by a fit to the clicks outside its part.
    """
    clicks = click_matrix(log)
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


def interest_target(pairs: pd.DataFrame) -> tuple[pd.DataFrame, Array, str]:
    """The rows from which interest is learned, their 0/1 target, shape (rows,), and what interest then means.

    Clicked among the browsed pairs; without browsing, clicked among all; without clicks either, purchased.
    """
    if {"browsed", "clicked"} <= set(pairs):
        rows = pairs[pairs["browsed"] == 1]
        return rows, rows["clicked"].to_numpy(), "P(click | browsed, text)"
    if "clicked" in pairs:
        return pairs, pairs["clicked"].to_numpy(), "P(click | text)"
    return pairs, pairs["purchased"].to_numpy(), "P(purchase | text)"


def target_name(meaning: str) -> str:
    """The target in words, for complaints."""
    name = "column 'clicked'" if "click" in meaning else "column 'purchased'"
    return name + (" of the browsed pairs" if "browsed" in meaning else "")


def refuse_constant(outcome: Array, weights: Array, name: str) -> None:
    """Refuses a 0/1 outcome that is the same wherever `weights` are not 0; `name` is for the complaint.

    Raises: EstimationError where it is.
    """
    if not 0 < float(outcome @ weights) < weights.sum():
        seen = outcome[weights > 0]
        told = f"{name} is {seen[0]:g} in all {len(seen)} rows" if len(seen) else f"{name} has no rows to learn from"
        raise EstimationError(f"{told}, so nothing can be predicted: take a longer period, or another outcome")


def fit_probability(columns: Array, outcome: Array, weights: Array | None = None, name: str = "the outcome") -> Any:
    """A quadratic logistic model of a 0/1 outcome; `weights` counts rows, `name` is for complaints.

    Raises: EstimationError where the outcome never varies.
    """
    weights = np.ones(len(outcome)) if weights is None else weights
    refuse_constant(outcome, weights, name)
    with warnings.catch_warnings():
        # Where no column tells anything the solver may start at the answer; it then finds no better step and says so.
        warnings.filterwarnings("ignore", message="Line search of Newton solver")
        return quadratic_logistic().fit(columns, outcome, logistic__sample_weight=weights)


def predicted(model: Any, columns: Array) -> Array:
    """What a fitted model of a 0/1 outcome predicts of each row of `columns`, strictly between 0 and 1."""
    return np.clip(model.predict_proba(columns)[:, 1], DOUBT, 1 - DOUBT)
