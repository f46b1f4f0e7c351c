"""How good is a ranking? By what its showing causes, and by how well it sorts.

With the sealed truth a ranking is judged by the purchases that it *adds*: V = the mean over users of the summed
uplift of the items in the top slots; G puts V on a scale from random (0) to the best possible (1).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from causalrec.errors import DataError, EstimationError
from causalrec.recommend.interest.calibration import checked_outcome
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
    added = pd.Series(found).groupby(shown["user_id"].to_numpy()).sum()
    return added.reindex(ranking.users, fill_value=0.0).to_numpy()


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
        of_ranked = pd.Series(incremental_purchases(ranking, truth), index=ranking.users)
        added = of_ranked.reindex(users, fill_value=0.0).to_numpy()
        gains = (draws @ (added - base)) / (draws @ (best - base))
        low, high = np.percentile(gains, [tails, 100 - tails])
        value = (added - base).mean() / (best - base).mean()
        rows.append({"ranking": name, "purchases": added.mean(), "value": value, "low": low, "high": high})
    return pd.DataFrame(rows).sort_values("value", ascending=False, kind="stable", ignore_index=True)


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


def user_auc(pairs: pd.DataFrame, outcome: ArrayLike, score: ArrayLike) -> UserAuc:
    """How well a score sorts each user's own pairs: their mean area under the ROC curve, and how many users it is of.

    A user's area is the chance that a random pair with outcome 1 scores higher than one with 0, ties counting half; it
    exists for users with both outcomes. `pairs` has user_id, one row each of `outcome` and `score`. Which users click
    more is no merit here. (Over all rows alike: scikit-learn's `roc_auc_score`.)

    Raises: EstimationError where no user has both outcomes, DataError for another outcome than 0 and 1, or a score
    that is not a number. Source: Hanley & McNeil (1982), Radiology 143. First taught: lesson 4a.
    """
    score, outcome = checked_outcome(np.asarray(score), np.asarray(outcome), "score")
    if np.isnan(score).any():
        raise DataError(f"the score of row {int(np.isnan(score).argmax())} is no number; give every row one")
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
