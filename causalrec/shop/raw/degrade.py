"""Worse logs: with fewer clicks in the history, or with false ones.

First taught: lesson 4b.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from causalrec.errors import DataError
from causalrec.shop.log import Log


def sparse(log: Log, keep: float, rng: np.random.Generator) -> Log:
    """The log with only a share `keep` of each user's clicks in the history, random ones; all else as it was.

    Of n clicks round(keep n) stay, half rounded up, and at least one if `keep` is above 0.

    Raises:
        DataError: `keep` is outside [0, 1], or the log has no history.
    """
    _refuse(log, keep, "keep")
    users = log.history.groupby("user_id", sort=False)["item_id"]
    stay = np.floor(keep * users.transform("size").to_numpy() + 0.5).clip(min=1 if keep > 0 else 0)
    place = pd.Series(rng.random(len(log.history))).groupby(log.history["user_id"].to_numpy()).rank(method="first")
    return replace(log, history=log.history[place.to_numpy() <= stay].reset_index(drop=True))


def noisy(log: Log, share: float, rng: np.random.Generator) -> Log:
    """The log with a share of the history's clicks moved to random warm items; all else as it was.

    Of n clicks round(share n), half rounded up, are drawn from all alike; each moves to an item in which its user did
    not click. An item is warm if it is in the history or among the log's pairs. Where a user has clicked nearly every
    warm item, and none is left to move to, clicks stay.

    Raises:
        DataError: `share` is outside [0, 1], or the log has no history.
    """
    _refuse(log, share, "share")
    history = log.history
    warm = np.unique(np.concatenate([history["item_id"].to_numpy(object), log.pairs["item_id"].to_numpy(object)]))
    user, item = history["user_id"].to_numpy(object), history["item_id"].to_numpy(object, copy=True)
    moved = rng.permutation(len(history))[: int(share * len(history) + 0.5)]
    clicked = history.groupby("user_id")["item_id"].agg(set)
    for name, rows in pd.Series(moved).groupby(user[moved]):
        others = rng.permutation([one for one in warm if one not in clicked[name]])[: len(rows)]
        item[rows.to_numpy()[: len(others)]] = others
    return replace(log, history=history.assign(item_id=pd.Series(item, dtype=history["item_id"].dtype)))


def _refuse(log: Log, value: float, name: str) -> None:
    if not 0 <= value <= 1:
        raise DataError(f"{name} is {value}; give a share between 0 and 1.")
    if log.history.empty:
        raise DataError("the log has no history to be made worse; read it with its history.csv.")
