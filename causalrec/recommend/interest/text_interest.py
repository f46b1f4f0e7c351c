"""Interest read off texts: what clicks on some items say of others, by their words.

`fit_interest` learns which texts are clicked together and needs a log; `fit_profile` compares an item's text with
what a user clicked and learns only how often that likeness ends in a click.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from causalrec.recommend.interest.calibration import Method
from causalrec.recommend.interest.clicks import (
    FOLDS,
    NumberedScore,
    click_matrix,
    item_numbers,
    where_clicked,
    without_itself,
)
from causalrec.recommend.interest.interface import (
    Calibrated,
    calibrated,
    fit_probability,
    interest_target,
    predicted,
    refuse_other_vectors,
    target_name,
)
from causalrec.shop.log import Log
from causalrec.types import Array

# Co-clicks that are added to the expected ones before dividing, so that rare pairs do not shout.
PRIOR_CO_CLICKS = 5.0
# Clicks that are added to a user's own before averaging, so that one click is not a character.
PRIOR_CLICKS = 2.0
RIDGE = 1.0


@dataclass(frozen=True, repr=False, eq=False)
class TextInterest:
    """A head on frozen text vectors: a learned similarity of items, averaged over a user's clicks.

    `similarity` is (items, items), `features` (users, items, 2); both in the order of `users` and `items`.
    """

    users: pd.Index[str]
    items: pd.Index[str]
    clicks: Array
    similarity: Array
    features: Array
    head: Any
    meaning: str

    def __repr__(self) -> str:
        """What is predicted and from how much."""
        sizes = f"{len(self.users)} users with {int(self.clicks.sum())} clicks, {len(self.items)} items"
        return f"TextInterest({self.meaning}, {sizes})"

    def predict(self, pairs: pd.DataFrame) -> Array:
        """Interest of each pair, shape (pairs,); of a user without history: that of someone with no clicks to go by.

        Raises: DataError for an item that is not in the catalogue.
        """
        return predicted(self.head, self.features_of(pairs))

    def features_of(self, pairs: pd.DataFrame) -> Array:
        """What the head sees of each pair, shape (pairs, 2): mean similarity to the clicked items, log(1 + clicks)."""
        user, item = self.users.get_indexer(pairs["user_id"]), item_numbers(self.items, pairs["item_id"])
        known = user >= 0
        features = np.zeros((len(pairs), 2))
        features[known] = self.features[user[known], item[known]]
        return features

    def nearest(self, user_id: str, item_id: str) -> str | None:
        """The item among the user's clicks that speaks most for this one; None where there is no such click."""
        user, item = self.users.get_indexer([user_id])[0], self.items.get_indexer([item_id])[0]
        if user < 0 or item < 0:
            return None
        speaks = np.where(self.clicks[user] > 0, self.similarity[item], -np.inf)
        speaks[item] = -np.inf
        return str(self.items[speaks.argmax()]) if speaks.max() > 0 else None


def fit_interest(log: Log, vectors: Array, weights: pd.Series | None = None) -> TextInterest:
    """The text interest fitted on a log; `vectors` is (items, hidden) in the order of the catalogue.

    Target: clicked among the browsed pairs; where the log has no browsing, clicked among all; where it has no clicks
    either, purchased. History: `log.history`, and where that is empty the log's own clicks or purchases, each left
    out of the features of its own pair; so that a target does not explain itself, the similarity then comes from
    other users, and how many clicks a user has is no feature (where everyone buys one thing, who bought nothing else
    bought this). `weights` counts users (a bootstrap), indexed by user_id; who is not named counts 0.

    Raises: EstimationError where the target never varies, DataError where `vectors` are not one an item.
    """
    refuse_other_vectors(log, vectors)
    history = click_matrix(log)
    users, items, clicks = history.users, history.items, history.matrix.toarray()
    user_weights = np.ones(len(users)) if weights is None else weights.reindex(users, fill_value=0).to_numpy(float)
    similarity = learned_similarity(clicks, vectors, user_weights)
    if log.history.empty:
        features = _features_from_others(clicks, vectors, user_weights)
    else:
        features = _features(clicks, similarity)
    rows, target, meaning = interest_target(log.pairs)
    unfitted = TextInterest(users, items, clicks, similarity, features, None, meaning)
    counts = None if weights is None else rows["user_id"].map(weights).fillna(0).to_numpy(float)
    head = fit_probability(unfitted.features_of(rows), target, counts, target_name(meaning))
    return TextInterest(users, items, clicks, similarity, unfitted.features, head, meaning)


def fit_profile(log: Log, vectors: Array, name: str = "BERT profile", method: Method = "platt") -> Calibrated:
    """Interest as likeness: the cosine of an item's vector and the mean of the vectors of what the user clicked.

    `vectors` is (items, hidden) in the order of the catalogue: of BERT, of TF-IDF, or the category as 0 and 1. A user
    without history, or an item whose vector is 0, has the base. Where the log has no history its own clicks stand in,
    as in `without_itself`.

    Raises: EstimationError where the target never varies, DataError where `vectors` are not one an item.
    Source: Pazzani & Billsus (2007), "Content-based recommendation systems", The Adaptive Web. First taught: lesson 4a.
    """
    refuse_other_vectors(log, vectors)
    of_item = _unit(np.asarray(vectors, dtype=float))

    def fit(clicks: Any) -> NumberedScore:
        of_user = _unit(clicks @ vectors)  # (users, hidden); a sum points where the mean does

        def score(user: Array, item: Array) -> Array:
            parts = np.array_split(np.arange(len(user)), 1 + len(user) // 10_000)
            return np.concatenate([(of_user[user[rows]] * of_item[item[rows]]).sum(axis=1) for rows in parts])

        return where_clicked(clicks, score)

    return calibrated(name, log, without_itself(log, fit), method)


def learned_similarity(clicks: Array, vectors: Array, user_weights: Array) -> Array:
    """How much a click on one item says about a click on another, read off their texts; (items, items).

    Two items' lift is (n_ij - e_ij) / (e_ij + prior), n_ij users who clicked both, e_ij as many as their popularity
    alone would give. A ridge regression on both sides, S = H L H' with H = X X_c' (X_c X_c' + ridge I)^-1 and X_c the
    text vectors of the clicked items, carries it over to items that nobody has clicked yet.
    """
    known = np.flatnonzero(user_weights @ clicks > 0)
    if len(known) < 2:
        return np.zeros((len(vectors), len(vectors)))
    centred = vectors - vectors[known].mean(0)
    x = centred / np.maximum(np.linalg.norm(centred, axis=1, keepdims=True), 1e-12)  # (items, hidden)
    m = clicks[:, known]
    both = (m * user_weights[:, None]).T @ m
    share = np.diag(both) / max(np.trace(both), 1e-12)
    expected = np.outer(share, share) * (both.sum() - np.trace(both))
    lift = (both - expected) / (expected + PRIOR_CO_CLICKS)
    np.fill_diagonal(lift, 0.0)
    gram = x[known] @ x[known].T
    h = np.linalg.solve(gram + RIDGE * np.eye(len(known)), x[known] @ x.T).T  # (items, clicked items)
    return np.asarray(h @ lift @ h.T)


def _features(clicks: Array, similarity: Array) -> Array:
    """(users, items, 2); an item's own click is left out of both, so that a pair never explains itself."""
    others = clicks.sum(1, keepdims=True) - clicks  # (users, items)
    speaking = clicks @ similarity - clicks * np.diag(similarity)
    return np.stack([speaking / (others + PRIOR_CLICKS), np.log1p(others)], axis=-1)


def _features_from_others(clicks: Array, vectors: Array, user_weights: Array) -> Array:
    """`_features` without the count, each user's by a similarity that this user's part of the users did not teach."""
    fold, features = np.arange(len(clicks)) % FOLDS, np.zeros((*clicks.shape, 2))
    for part in range(FOLDS):
        similarity = learned_similarity(clicks, vectors, user_weights * (fold != part))
        features[fold == part, :, 0] = _features(clicks[fold == part], similarity)[..., 0]
    return features


def _unit(vectors: Array) -> Array:
    """The vectors with length 1; NaN where the length is 0."""
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.divide(vectors, length, out=np.full_like(vectors, np.nan), where=length > 0)
