"""Ranking: from scored pairs to what each user is shown.

What to rank by follows from the objective. If every sale counts that follows a recommendation, rank by mu1; if only
sales count that would not have happened otherwise, rank by uplift, mu1 - mu0.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from causalrec.article import score_as_printed, score_charitable
from causalrec.errors import DataError
from causalrec.types import Array

if TYPE_CHECKING:  # pandas takes half a second to load: only once there is something to rank
    import pandas as pd


def _printed(scored: pd.DataFrame) -> Any:
    """The article's score as printed: p E[Y_{1,M}] + mu1 - (f(1, M) - f(0, M)).

    The article's equation is buy = f(browse, click, price): recommended is not in it, so with browse and click at
    their natural values E[Y_{1,M}] is what the log's own policy brings, and the difference f(1, M) - f(0, M) is zero.
    """
    return score_as_printed(scored["interest"], scored["natural"], scored["mu1"], 0.0)


SCORES: Mapping[str, Callable[[pd.DataFrame], Any]] = {
    "uplift": lambda scored: scored["uplift"],
    "interest": lambda scored: scored["interest"],
    "mu1": lambda scored: scored["mu1"],
    "article": lambda scored: score_charitable(scored["interest"], scored["mu0"], scored["mu1"]),
    "article-printed": _printed,
}


@dataclass(frozen=True, repr=False, eq=False)
class Ranking:
    """What each user is shown, best first: `users` (users,), `items` and `scores` (users, slots).

    A user with fewer candidates than slots has empty slots: item "" with score nan.
    """

    users: Array
    items: Array
    scores: Array

    def __len__(self) -> int:
        """The number of users."""
        return len(self.users)

    def __repr__(self) -> str:
        """The size, in one line."""
        return f"Ranking({len(self.users)} users, {self.items.shape[1]} slots)"

    def frame(self) -> pd.DataFrame:
        """One row a filled slot: user_id, slot from 1, item_id, score."""
        import pandas as pd

        filled = self.items != ""
        user, slot = np.nonzero(filled)
        return pd.DataFrame(
            {"user_id": self.users[user], "slot": slot + 1, "item_id": self.items[filled], "score": self.scores[filled]}
        )


def rank(scored: pd.DataFrame, score: str | Array, top: int = 10) -> Ranking:
    """The `top` candidates of each user by `score`: a name in `SCORES`, or one number a row, higher is better.

    `scored` has user_id and item_id, and for the named scores the columns interest, mu0, mu1, natural, uplift. An
    item that stands twice for a user is kept once, at its better score; equal scores are ordered by item_id; rows
    without a score are not shown.

    Raises: DataError for an unknown score name, one whose columns are not there, or a `top` below 1.
    """
    import pandas as pd

    if isinstance(score, str):
        if score not in SCORES:
            raise DataError(f"no score is called {score!r}; choose {', '.join(SCORES)}, or pass one number a row")
        try:
            score = np.asarray(SCORES[score](scored), dtype=float)
        except KeyError as error:
            missing = f"score {score!r} needs a column {error.args[0]!r}"
            raise DataError(f"{missing}: fit it, or choose another score") from None
    if len(score) != len(scored):
        raise DataError(f"there are {len(score)} scores for {len(scored)} rows; pass one number a row")
    if top < 1:
        raise DataError(f"top is {top}; ask for 1 item or more")
    table = pd.DataFrame(
        {"user": scored["user_id"].to_numpy(object), "item": scored["item_id"].to_numpy(object), "score": score}
    )
    table = table.dropna(subset="score").sort_values(
        ["user", "score", "item"], ascending=[True, False, True], kind="stable"
    )
    table = table.drop_duplicates(["user", "item"])
    table = table.assign(slot=table.groupby("user").cumcount())
    table = table[table["slot"] < top]
    users, row = np.unique(table["user"].to_numpy(object), return_inverse=True)
    items = np.full((len(users), top), "", dtype=object)
    scores = np.full((len(users), top), np.nan)
    items[row, table["slot"]] = table["item"]
    scores[row, table["slot"]] = table["score"]
    return Ranking(users, items, scores)
