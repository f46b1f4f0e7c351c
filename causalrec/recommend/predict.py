"""Interest: P(click | browsed, user, text), from what an item says and what a user clicked before.

Interest is not the chance of being shown and not the effect of showing. It is a *covariate*: what text and history
say of a pair before anything is recommended. First taught: lesson 5b; in full: lesson 4b.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pandas as pd

from causalrec.causal.estimate import quadratic_logistic
from causalrec.errors import DataError, EstimationError
from causalrec.shop.log import Log

Array = np.ndarray[Any, Any]

# Co-clicks that are added to the expected ones before dividing, so that rare pairs do not shout.
PRIOR_CO_CLICKS = 5.0
# Clicks that are added to a user's own before averaging, so that one click is not a character.
PRIOR_CLICKS = 2.0
RIDGE = 1.0
# Parts into which users are dealt where clicks are history and target at once.
FOLDS = 5


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
        return _probability(self.head, self.features_of(pairs))

    def features_of(self, pairs: pd.DataFrame) -> Array:
        """What the head sees of each pair, shape (pairs, 2): mean similarity to the clicked items, log(1 + clicks)."""
        user, item = self.users.get_indexer(pairs["user_id"]), _item_numbers(self.items, pairs["item_id"])
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
    if np.shape(vectors)[:1] != (len(log.catalogue),) or np.ndim(vectors) != 2 or not np.isfinite(vectors).all():
        raise DataError(
            f"vectors of shape {np.shape(vectors)} are not finite numbers, one row for each of the "
            f"{len(log.catalogue)} items: pass TextEncoder().encode(log.catalogue.texts)"
        )
    clicks, users, items = _clicks(log)
    user_weights = np.ones(len(users)) if weights is None else weights.reindex(users, fill_value=0).to_numpy(float)
    similarity = learned_similarity(clicks, vectors, user_weights)
    if log.history.empty:
        features = _features_from_others(clicks, vectors, user_weights)
    else:
        features = _features(clicks, similarity)
    rows, target, meaning = _target(log.pairs)
    unfitted = TextInterest(users, items, clicks, similarity, features, None, meaning)
    counts = None if weights is None else rows["user_id"].map(weights).fillna(0).to_numpy(float)
    name = "column 'clicked'" if "click" in meaning else "column 'purchased'"
    name += " of the browsed pairs" if "browsed" in meaning else ""
    head = fit_probability(unfitted.features_of(rows), target, counts, name)
    return TextInterest(users, items, clicks, similarity, unfitted.features, head, meaning)


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


def fit_probability(columns: Array, outcome: Array, weights: Array | None = None, name: str = "the outcome") -> Any:
    """A quadratic logistic model of a 0/1 outcome; `weights` counts rows, `name` is for complaints.

    Raises: EstimationError where the outcome never varies.
    """
    weights = np.ones(len(outcome)) if weights is None else weights
    if not 0 < float(outcome @ weights) < weights.sum():
        seen = outcome[weights > 0]
        told = f"{name} is {seen[0]:g} in all {len(seen)} rows" if len(seen) else f"{name} has no rows to learn from"
        raise EstimationError(f"{told}, so nothing can be predicted: take a longer period, or another outcome")
    with warnings.catch_warnings():
        # Where no column tells anything the solver may start at the answer; it then finds no better step and says so.
        warnings.filterwarnings("ignore", message="Line search of Newton solver")
        return quadratic_logistic().fit(columns, outcome, logistic__sample_weight=weights)


def _probability(model: Any, columns: Array) -> Array:
    return np.clip(model.predict_proba(columns)[:, 1], 1e-6, 1 - 1e-6)


def _clicks(log: Log) -> tuple[Array, pd.Index[str], pd.Index[str]]:
    """Who clicked what, 0/1 of shape (users, items), with the users and the catalogue's items as its labels."""
    past = log.history
    if past.empty:
        rows, target, _ = _target(log.pairs)
        past = rows[target == 1]
    items = pd.Index(log.catalogue.items["item_id"])
    users = pd.Index(np.unique(past["user_id"].to_numpy(object)))
    clicks = np.zeros((len(users), len(items)))
    clicks[users.get_indexer(past["user_id"]), _item_numbers(items, past["item_id"])] = 1.0
    return clicks, users, items


def _item_numbers(items: pd.Index[str], wanted: pd.Series) -> Array:
    """The place of each wanted item in the catalogue. Raises: DataError for one that is not in it."""
    numbers = items.get_indexer(wanted)
    if (numbers < 0).any():
        raise DataError(
            f"item {wanted.iloc[int((numbers < 0).argmax())]!r} is not in the catalogue: add it there, or drop its rows"
        )
    return numbers


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


def _target(pairs: pd.DataFrame) -> tuple[pd.DataFrame, Array, str]:
    """The rows, their 0/1 target and what interest then means."""
    if {"browsed", "clicked"} <= set(pairs):
        rows = pairs[pairs["browsed"] == 1]
        return rows, rows["clicked"].to_numpy(), "P(click | browsed, text)"
    if "clicked" in pairs:
        return pairs, pairs["clicked"].to_numpy(), "P(click | text)"
    return pairs, pairs["purchased"].to_numpy(), "P(purchase | text)"
