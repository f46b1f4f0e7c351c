"""How good is a ranking? By what its showing causes, and by how well it sorts.

With the sealed truth a ranking is judged by the purchases that it *adds*: V = the mean over users of the summed
uplift of the items in the top slots; G puts V on a scale from random (0) to the best possible (1). First taught:
lesson 5b; without the truth: lesson 5c.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from causalrec.errors import DataError, EstimationError
from causalrec.recommend.value.ranking import Ranking, rank
from causalrec.types import Array


def incremental_purchases(ranking: Ranking, truth: pd.DataFrame) -> Array:
    """The purchases that a ranking adds, per user, shape (users,): the true uplift summed over the filled slots.

    `truth` has user_id, item_id, uplift for every candidate. Raises: DataError where a ranked pair is not in it.
    """
    uplift = truth.set_index(["user_id", "item_id"])["uplift"]
    shown = ranking.frame()
    found = uplift.reindex(pd.MultiIndex.from_frame(shown[["user_id", "item_id"]])).to_numpy(float)
    if np.isnan(found).any():
        first = shown.iloc[int(np.isnan(found).argmax())]
        raise DataError(
            f"the truth has no row for {first['user_id']} and {first['item_id']}: rank only candidates that it covers"
        )
    return (
        shown.assign(uplift=found).groupby("user_id")["uplift"].sum().reindex(ranking.users, fill_value=0.0).to_numpy()
    )


def random_value(truth: pd.DataFrame, top: int) -> Array:
    """What `top` random candidates would add, per user in the order of user_id, shape (users,)."""
    by_user = truth.groupby("user_id")["uplift"]
    return np.asarray(by_user.mean() * np.minimum(by_user.size(), top))


def scoreboard(
    rankings: Mapping[str, Ranking],
    truth: pd.DataFrame,
    rng: np.random.Generator,
    *,
    replicates: int = 500,
    level: float = 0.95,
) -> pd.DataFrame:
    """V and G of each ranking, best first: columns ranking, purchases (V), value (G), low, high.

    G = (V - V_random) / (V* - V_random), V* ranking by the true uplift. low and high: percentiles of G over bootstrap
    draws of the users, the same draws for every ranking, so that rows compare. Raises: DataError as `gain` does.
    """
    top = max(ranking.items.shape[1] for ranking in rankings.values())
    users = np.unique(truth["user_id"].to_numpy(object))
    best, base = _ends(truth, top)
    draws = rng.multinomial(len(users), np.full(len(users), 1 / len(users)), size=replicates)  # (replicates, users)
    tails = 100 * (1 - level) / 2
    rows = []
    for name, ranking in rankings.items():
        added = (
            pd.Series(incremental_purchases(ranking, truth), index=ranking.users)
            .reindex(users, fill_value=0.0)
            .to_numpy()
        )
        gains = (draws @ (added - base)) / (draws @ (best - base))
        low, high = np.percentile(gains, [tails, 100 - tails])
        value = (added - base).mean() / (best - base).mean()
        rows.append({"ranking": name, "purchases": added.mean(), "value": value, "low": low, "high": high})
    return pd.DataFrame(rows).sort_values("value", ascending=False, ignore_index=True)


def gain(ranking: Ranking, truth: pd.DataFrame) -> float:
    """G = (V - V_random) / (V* - V_random): 0 is as good as random, 1 the best possible, below 0 worse than random.

    Raises: DataError where V* is no more than V_random, and as `incremental_purchases` does.
    """
    best, base = (value.sum() for value in _ends(truth, ranking.items.shape[1]))
    return float((incremental_purchases(ranking, truth).sum() - base) / (best - base))


def _ends(truth: pd.DataFrame, top: int) -> tuple[Array, Array]:
    """What the best and what random items add, per user in the order of user_id, shape (users,) each."""
    best = incremental_purchases(rank(truth, truth["uplift"].to_numpy(), top), truth)
    base = random_value(truth, top)
    if best.sum() - base.sum() <= 1e-12 * len(truth):
        raise DataError(
            f"no order of the candidates is better than another with {top} slots: give users more candidates than slots"
        )
    return best, base


def ndcg(ranking: Ranking, relevance: pd.DataFrame, column: str) -> float:
    """Normalised discounted cumulative gain at the ranking's depth, mean over users who have anything relevant.

    DCG = sum over slots k of relevance / log2(k + 1), divided by the DCG of the best order of that user's candidates.
    `relevance` has user_id, item_id and `column`, none of it negative; of a pair that stands twice the highest counts.
    Source: Jaervelin & Kekaelaeinen (2002), with the log2(k + 1) discount. Raises: DataError where a relevance is
    negative or nobody has anything relevant.
    """
    if (relevance[column] < 0).any():
        raise DataError(f"column {column!r} is negative in places, but relevance starts at 0: choose another column")
    relevance = relevance.groupby(["user_id", "item_id"], as_index=False)[column].max()
    depth = ranking.items.shape[1]
    discount = 1 / np.log2(np.arange(2, depth + 2))  # (slots,)
    shown = ranking.frame().merge(relevance[["user_id", "item_id", column]], on=["user_id", "item_id"], how="left")
    reached = (shown[column].fillna(0) * discount[shown["slot"] - 1]).groupby(shown["user_id"]).sum()
    ideal = relevance.sort_values(["user_id", column], ascending=[True, False], kind="stable")
    slot = ideal.groupby("user_id").cumcount()
    ideal, slot = ideal[slot < depth], slot[slot < depth]
    possible = (ideal[column] * discount[slot]).groupby(ideal["user_id"]).sum()
    possible = possible[possible > 0]
    if possible.empty:
        raise DataError(
            f"column {column!r} is 0 for every candidate, so no order is better than another; choose another column"
        )
    return float((reached.reindex(possible.index, fill_value=0.0) / possible).mean())


class UserAuc(NamedTuple):
    """The mean of the users' areas under the curve, over the `users` who have both outcomes."""

    mean: float
    users: int


def auc(outcome: ArrayLike, score: ArrayLike, weights: ArrayLike | None = None) -> float:
    """The area under the ROC curve: the chance that a random 1 scores higher than a random 0, ties counting half.

    Σ_ij w_i w_j [s_i > s_j] + ½ [s_i = s_j] over rows i with outcome 1 and j with 0, divided by Σ_ij w_i w_j; .5 is as
    good as random. All arguments are of shape (n,). Raises: EstimationError where one of the outcomes is missing,
    DataError for another outcome than 0 and 1 or a score that is not a number.
    Source: Hanley & McNeil (1982), Radiology 143. First taught: lesson 4b.
    """
    outcome, score = _outcome_and_score(outcome, score)
    weights = np.ones(len(outcome)) if weights is None else np.asarray(weights, dtype=float)
    level = np.unique(score, return_inverse=True)[1]  # scores in order, ties alike
    ones = np.bincount(level, weights * outcome, level.max(initial=0) + 1)
    zeros = np.bincount(level, weights * (1 - outcome), level.max(initial=0) + 1)
    if not (ones.sum() > 0 and zeros.sum() > 0):
        raise EstimationError(
            f"{int(outcome.sum())} of the {len(outcome)} outcomes are 1, or only weights of 0 speak for the others, so "
            "there are no two kinds of rows to tell apart: judge on more rows"
        )
    below = np.cumsum(zeros) - zeros
    return float(ones @ (below + zeros / 2) / (ones.sum() * zeros.sum()))


def user_auc(pairs: pd.DataFrame, outcome: ArrayLike, score: ArrayLike) -> UserAuc:
    """How well a score sorts each user's own pairs: the mean of `auc` over the users with both outcomes, and how many.

    `pairs` has user_id, one row each of `outcome` and `score`. Which users click more is no merit here. Raises:
    EstimationError where no user has both outcomes, and as `auc` does. First taught: lesson 4b.
    """
    outcome, score = _outcome_and_score(outcome, score)
    if len(pairs) != len(outcome):
        raise DataError(f"there are {len(pairs)} pairs and {len(outcome)} outcomes; give one of each a pair")
    user = pd.factorize(pairs["user_id"])[0]
    rank_in_user = pd.Series(score).groupby(user).rank().to_numpy()
    ones, n = np.bincount(user, outcome), np.bincount(user)
    both = (ones > 0) & (ones < n)
    if not both.any():
        raise EstimationError(
            f"none of the {len(n)} users has both a 1 and a 0, so no user's pairs can be told apart: judge on more rows"
        )
    above = np.bincount(user, rank_in_user * outcome) - ones * (ones + 1) / 2  # zeros below each one, ties half
    return UserAuc(float((above[both] / (ones * (n - ones))[both]).mean()), int(both.sum()))


def _outcome_and_score(outcome: ArrayLike, score: ArrayLike) -> tuple[Array, Array]:
    outcome, score = np.asarray(outcome, dtype=float), np.asarray(score, dtype=float)
    if outcome.shape != score.shape or outcome.ndim != 1:
        raise DataError(f"the outcome has shape {outcome.shape} and the score {score.shape}; give one of each a row")
    if not np.isin(outcome, (0, 1)).all():
        raise DataError(f"the outcome holds {outcome[~np.isin(outcome, (0, 1))][0]:g}; it must be 0 or 1 in every row")
    if np.isnan(score).any():
        raise DataError(f"the score of row {int(np.isnan(score).argmax())} is no number; give every row one")
    return outcome, score
