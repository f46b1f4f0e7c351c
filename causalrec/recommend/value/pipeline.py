"""From a log and a catalogue to ranked lists with reasons: the whole way in one place.

texts -> vectors -> interest -> T-learner on logged columns and interest -> ranking -> a sentence for every item. This
is what `python -m causalrec recommend` runs and what lesson 5b takes apart.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from causalrec.errors import DataError, EstimationError
from causalrec.recommend.interest.interface import InterestModel
from causalrec.recommend.interest.text_interest import TextInterest, fit_interest
from causalrec.recommend.value.ranking import rank
from causalrec.recommend.value.uplift import TLearner, t_learner
from causalrec.shop.log import CANDIDATE_COLUMNS, Log
from causalrec.types import Array

FitInterest = Callable[[Log, Array, pd.Series | None], InterestModel]
Progress = Callable[[Iterable[int]], Iterable[int]]

# What `recommend` gives, one row a slot.
ROW = ("user_id", "slot", "item_id", "title", "score", "interest", "mu0", "mu1", "uplift", "low", "high", "why")

# Logged columns that may decide both what was shown and what was bought. The nudge is not among them: it moves only
# what was shown, so holding it fixed would cost precision and remove no confounding.
LOGGED = ("score", "popularity", "activity")
# Empty cells of a logged column, in number and in share, from which on it can be learned what being empty means.
MANY_EMPTY, MUCH_EMPTY = 100, 0.05


@dataclass(frozen=True, repr=False, eq=False)
class Recommender:
    """A fitted way from pairs to interest, potential outcomes and uplift."""

    log: Log
    interest: InterestModel
    learner: TLearner

    def __repr__(self) -> str:
        """What it was fitted on."""
        return f"Recommender({self.learner!r} of {self.log!r})"

    @threadpool_limits.wrap(limits=1)
    def score(self, candidates: pd.DataFrame) -> pd.DataFrame:
        """Interest, mu0, mu1, uplift and (where it was fitted) natural of each candidate, beside its ids.

        Logged columns that a candidate lacks, or has empty, are averaged over.
        """
        interest = self.interest.predict(candidates)
        columns = learner_columns(self.log, candidates, interest).reindex(columns=list(self.learner.columns))
        return candidates[["user_id", "item_id"]].assign(interest=interest, **self.learner.predict(columns))


# One thread: the numbers are then the same for every number of cores, and fits of this size are faster for it.
@threadpool_limits.wrap(limits=1)
def fit_recommender(
    log: Log,
    vectors: Array,
    weights: pd.Series | None = None,
    fit_interest: FitInterest = fit_interest,
    *,
    item_weights: pd.Series | None = None,
    natural: bool = True,
) -> Recommender:
    """The recommender fitted on a log; `vectors` is (items, hidden) in the order of the catalogue.

    `weights` counts users and `item_weights` items (a bootstrap), who and what is not named counting 0; in the outcome
    models a pair counts as often as its user times its item. `natural` as in `t_learner`. Raises: EstimationError
    where what is to be learned never varies.
    """
    interest = fit_interest(log, vectors, weights)
    columns = learner_columns(log, log.pairs, interest.predict(log.pairs))
    columns = columns.loc[:, (columns.nunique() > 1) | (columns.columns == "interest")].fillna(columns.mean())
    counts = None if weights is None else log.pairs["user_id"].map(weights).fillna(0).to_numpy(float)
    if item_weights is not None:
        of_item = log.pairs["item_id"].map(item_weights).fillna(0).to_numpy(float)
        counts = of_item if counts is None else counts * of_item
    treatment, outcome = log.pairs["recommended"].to_numpy(), log.pairs["purchased"].to_numpy()
    learner = t_learner(columns, treatment, outcome, counts, natural=natural)
    return Recommender(log, interest, learner)


def learner_columns(log: Log, pairs: pd.DataFrame, interest: Array) -> pd.DataFrame:
    """What the learners see of each pair: the logged columns, the log price, and interest as log-odds.

    Where the log itself has many empty cells in a column, the mean stands in and a column `<name>_empty` says so. A
    few stay empty, as do those that only `pairs` lacks: too few rows would decide what being empty means.
    """
    columns: dict[str, Any] = {}
    for name in LOGGED:
        if name not in log.pairs or log.pairs[name].isna().all():
            continue
        values = pairs[name] if name in pairs else pd.Series(np.nan, index=pairs.index)
        if log.pairs[name].isna().sum() >= max(MANY_EMPTY, MUCH_EMPTY * len(log.pairs)):
            columns[f"{name}_empty"] = values.isna().astype(float)
            values = values.fillna(log.pairs[name].mean())
        columns[name] = values
    items = log.catalogue.items
    if "price" in items and items["price"].notna().all() and (items["price"] > 0).all():
        columns["log_price"] = pairs["item_id"].map(np.log(items.set_index("item_id")["price"]))
    return pd.DataFrame(columns, index=pairs.index).assign(interest=np.log(interest / (1 - interest))).astype(float)


def check_users(log: Log, users: Iterable[str] | None = None, where: str = "the log") -> list[str]:
    """The users, each once, in the order given; of None, everyone in the log, its history or its candidates, sorted.

    Raises: DataError for a user who is in none of them.
    """
    known = set(log.pairs["user_id"]) | set(log.history["user_id"]) | set(log.candidates["user_id"])
    users = sorted(known) if users is None else list(dict.fromkeys(users))
    if unknown := [user for user in users if user not in known]:
        raise DataError(
            f"user {unknown[0]!r} is neither in {where} nor in its history; users are named like {min(known)!r}, "
            "and capitals and zeros count"
        )
    return users


def candidates_for(log: Log, users: Iterable[str]) -> pd.DataFrame:
    """Every item of the catalogue that each user has not bought, with what the log knows beforehand of the pair.

    A pair's score where the log has that pair; a user's latest activity; an item's latest popularity; else empty.
    Raises: DataError for a user who is neither in the log nor in its history.
    """
    users = check_users(log, users)
    pairs = log.pairs.sort_values("week", kind="stable") if "week" in log.pairs else log.pairs
    every = pd.MultiIndex.from_product([users, log.catalogue.items["item_id"]], names=["user_id", "item_id"])
    bought = pd.MultiIndex.from_frame(pairs.loc[pairs["purchased"] == 1, ["user_id", "item_id"]])
    table = every.difference(bought, sort=False).to_frame(index=False)
    for name, key in (("score", ["user_id", "item_id"]), ("popularity", ["item_id"]), ("activity", ["user_id"])):
        if name in pairs:
            latest = pairs.dropna(subset=name).drop_duplicates(key, keep="last")[[*key, name]]
            table = table.merge(latest, on=key, how="left")
    return table[[name for name in CANDIDATE_COLUMNS if name in table]]


def uplift_intervals(
    log: Log,
    vectors: Array,
    candidates: pd.DataFrame,
    rng: np.random.Generator,
    *,
    replicates: int = 50,
    level: float = 0.95,
    fit_interest: FitInterest = fit_interest,
    progress: Progress = iter,
) -> pd.DataFrame:
    """Columns low and high of each candidate's uplift: percentiles over a bootstrap of the whole fit.

    Everything that is learned (similarity, interest, both outcome models) is learned anew from each draw of the users;
    the outcome models from a draw of the log's items as well, for pairs of one item have its hidden quality in common
    as those of one user have the user (Owen 2007, "The pigeonhole bootstrap", Annals of Applied Statistics 1). A draw
    in which an arm has no purchase cannot be fitted and is left out. `progress` is what the draws are walked through
    with, such as tqdm.

    Raises: EstimationError where more than half of the draws cannot be fitted, or the log has a single user.
    """
    if log.pairs["user_id"].nunique() < 2:
        raise EstimationError("the log has pairs of 1 user, so nothing shows how much users differ: log more of them")
    users = np.unique(np.concatenate([log.pairs["user_id"].to_numpy(object), log.history["user_id"].to_numpy(object)]))
    items = np.unique(log.pairs["item_id"].to_numpy(object))
    draws = []
    for _ in progress(range(replicates)):
        of_user, of_item = resampled(users, rng), resampled(items, rng)
        try:
            drawn = fit_recommender(log, vectors, of_user, fit_interest, item_weights=of_item, natural=False)
            draws.append(drawn.score(candidates)["uplift"].to_numpy())
        except EstimationError:
            continue
    if len(draws) < max(1, replicates / 2):
        raise EstimationError(
            f"only {len(draws)} of {replicates} bootstrap draws could be fitted: the log is too short for intervals; "
            "take a longer one"
        )
    low, high = np.percentile(draws, [50 * (1 - level), 50 * (1 + level)], axis=0)
    return pd.DataFrame({"low": low, "high": high}, index=candidates.index)


def resampled(ids: Array, rng: np.random.Generator) -> pd.Series:
    """How often each of the ids comes up in as many draws with replacement as there are ids, indexed by id."""
    return pd.Series(rng.multinomial(len(ids), np.full(len(ids), 1 / len(ids))), index=ids)


def recommend(
    log: Log,
    vectors: Array,
    users: Iterable[str],
    rng: np.random.Generator,
    *,
    score: str = "uplift",
    top: int = 10,
    replicates: int = 50,
    fitted: Recommender | None = None,
    progress: Progress = iter,
) -> pd.DataFrame:
    """The ranked items of each user with their reasons, one row a slot.

    Columns: `ROW`. `fitted`: what `fit_recommender(log, vectors)` gave, where it is at hand. A user who bought every
    item has no row.
    """
    fitted = fitted or fit_recommender(log, vectors)
    candidates = candidates_for(log, users)
    if candidates.empty:
        return pd.DataFrame(columns=list(ROW))
    scored = fitted.score(candidates)
    table = rank(scored, score, top).frame().merge(scored, on=["user_id", "item_id"], how="left")
    shown = table[["user_id", "item_id"]].merge(candidates, on=["user_id", "item_id"], how="left")
    table = table.join(uplift_intervals(log, vectors, shown, rng, replicates=replicates, progress=progress))
    titles = log.catalogue.items.set_index("item_id")["title"]
    table.insert(3, "title", table["item_id"].map(titles))
    reasons = [reason(row, fitted.interest, titles) for row in table.to_dict("records")]
    return table.assign(why=reasons)[list(ROW)]


def reason(row: dict[str, Any], interest: InterestModel, titles: pd.Series) -> str:
    """Why an item stands where it does: what showing it changes, how sure that is, and what its text says."""
    mu0, mu1, low, high = (100 * row[name] for name in ("mu0", "mu1", "low", "high"))
    effect = f"Of 100 such visits {mu1:.1f} end in a purchase if it is shown and {mu0:.1f} if not"
    if low > 0:
        verdict = f"showing it adds {mu1 - mu0:.1f} (95 % interval {low:.1f} to {high:.1f})"
    elif high < 0:
        verdict = f"showing it costs {mu0 - mu1:.1f} (95 % interval {-high:.1f} to {-low:.1f})"
    else:
        verdict = f"the log cannot tell whether showing it helps (95 % interval {low:.1f} to {high:.1f})"
    near = interest.nearest(row["user_id"], row["item_id"]) if isinstance(interest, TextInterest) else None
    because = f" Its text is closest to what this user chose before: {titles[near]}." if near else ""
    return f"{effect}: {verdict}.{because}"
