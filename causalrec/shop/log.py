"""What a shop sees, and what only the simulator knows: `Log` and `Truth`, two types that share no column of outcomes.

The log holds one row for each pair of a user and a candidate item: what was known beforehand, whether the pair was
recommended, and what followed. The truth holds, for the same rows in the same order, what would have followed
otherwise.
"""

from __future__ import annotations

from dataclasses import InitVar, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from causalrec.errors import DataError
from causalrec.shop.catalogue import Catalogue, read_catalogue
from causalrec.shop.table import Rule, numbers, read_table, refuse_repeats, refuse_unknown, require, texts

_FLAG = Rule("0 or 1", "write 1 for yes and 0 for no", lambda values: np.isin(values, (0, 1)), "int64")
_WEEK = Rule(
    "a whole number",
    "number the weeks 1, 2, 3, or leave the column out",
    lambda values: np.isfinite(values) & (values == np.floor(values)),
    "int64",
)
_MEASURED = Rule("a finite number", "correct it, or leave the cell empty", np.isfinite, may_be_empty=True)
RULES = {
    "week": _WEEK,
    "score": _MEASURED,
    "popularity": _MEASURED,
    "activity": Rule("a finite number", "fill it in for every row, or leave the column out", np.isfinite),
    "nudge": _FLAG,
    "propensity": Rule(
        "a probability above 0 and at most 1",
        "correct it, leave the cell empty, or drop the rows that could not have been recommended",
        lambda values: (values > 0) & (values <= 1),
        may_be_empty=True,
    ),
    "recommended": _FLAG,
    "position": Rule(
        "a slot number from 1",
        "number the slots 1, 2, 3, or leave the cell empty",
        lambda values: np.isfinite(values) & (values >= 1) & (values == np.floor(values)),
        "Int64",
        may_be_empty=True,
    ),
    "browsed": _FLAG,
    "clicked": _FLAG,
    "purchased": _FLAG,
}
LOG_COLUMNS = ("user_id", "item_id", *RULES)
REQUIRED_COLUMNS = ("user_id", "item_id", "recommended", "purchased")
HISTORY_COLUMNS = ("week", "user_id", "item_id")
CANDIDATE_COLUMNS = ("user_id", "item_id", "week", "score", "popularity", "activity", "nudge")
OUTCOMES = ("browsed", "clicked", "purchased")
TRUTH_COLUMNS = (
    *("user_id", "item_id", "affinity", "quality", "need", "propensity"),
    *(f"{name}{arm}" for name in OUTCOMES for arm in (0, 1)),
    *("mu0", "mu1", "uplift"),
)
# What follows when a stranger's log lacks an optional column.
CONSEQUENCES = {
    "week": "pairs are told apart by user and item alone, and nothing can be said about time",
    "score": "what the old recommender thought of a pair cannot be held fixed, except as far as interest shows it",
    "popularity": "popular items were recommended more and sell more anyway: this confounding cannot be held fixed",
    "activity": "active users see more recommendations and buy more anyway: this confounding cannot be held fixed",
    "nudge": "there is no instrument, so nothing can be said where a hidden cause is feared",
    "propensity": "the chance of being recommended is estimated: right only if the columns used decided it alone",
    "position": "every slot of the recommendations counts alike",
    "browsed": "interest means P(click | text), which mixes what people like with what they get to see",
    "clicked": "interest means P(purchase | text) instead of P(click | browsed, text), a rarer and noisier sign",
    "history": "interest rests on the log alone, and there is nothing to say of users who are not in it",
}


@dataclass(frozen=True, repr=False, eq=False)
class Log:
    """What a shop sees; it holds no truth. First taught: lesson 0.

    `pairs`: `LOG_COLUMNS`, one row a user and candidate item. `catalogue`: the items. `history`: `HISTORY_COLUMNS`, the
    clicks of the weeks before. `candidates`: `CANDIDATE_COLUMNS`, the pairs of held-out users that are to be ranked,
    without outcomes. Either of the last two may have no rows.
    """

    pairs: pd.DataFrame
    catalogue: Catalogue
    history: pd.DataFrame
    candidates: pd.DataFrame

    @property
    def missing_columns(self) -> tuple[str, ...]:
        """The optional columns of `pairs` that are not there, or hold no value in any row."""
        optional = [name for name in LOG_COLUMNS if name not in REQUIRED_COLUMNS]
        return tuple(name for name in optional if name not in self.pairs or self.pairs[name].isna().all())

    @property
    def absent(self) -> dict[str, str]:
        """What the log lacks, each with what follows from it in words; an empty history is called "history"."""
        names = self.missing_columns if len(self.history) else (*self.missing_columns, "history")
        return {name: CONSEQUENCES[name] for name in names}

    def __len__(self) -> int:
        """The number of pairs."""
        return len(self.pairs)

    def __repr__(self) -> str:
        """The log's size, in one line."""
        users = self.pairs["user_id"].nunique()
        parts = [f"{len(self.pairs)} pairs of {users} users and {self.pairs['item_id'].nunique()} items"]
        if len(self.candidates):
            parts.append(f"{len(self.candidates)} candidates of {self.candidates['user_id'].nunique()} held-out users")
        parts.append(f"{len(self.history)} clicks of history")
        return f"Log({', '.join(parts)})"

    def _repr_html_(self) -> str:
        table = self.pairs.head(5).to_html(index=False, border=0)
        return f"<p>{self!r}; the first {min(5, len(self))} pairs:</p>{table}"


@dataclass(frozen=True, repr=False, eq=False)
class OpenTruth:
    """The truth, opened: `pairs` and `candidates` row by row beside the log's, and `model`, the SCM they come from.

    `mu0` and `mu1` are P(purchase | do(recommended = 0 or 1)) given everything but the coins, `uplift` is their
    difference; `purchased0` and `purchased1` are the potential outcomes that the coins gave.
    """

    pairs: pd.DataFrame
    candidates: pd.DataFrame
    model: Any

    def __repr__(self) -> str:
        """The truth's size, in one line."""
        return f"OpenTruth({len(self.pairs)} pairs, {len(self.candidates)} candidates)"


@dataclass(frozen=True, repr=False, eq=False)
class Truth:
    """The sealed half of a simulated shop: it shows its size and nothing else until `open` is called.

    Whoever reads a lesson can so find the one line in which the truth is looked at. First taught: lesson 2a.

    Raises:
        DataError: `pairs` or `candidates` lacks one of `TRUTH_COLUMNS`.
    """

    pairs: InitVar[pd.DataFrame]
    candidates: InitVar[pd.DataFrame]
    model: InitVar[Any]
    _inside: OpenTruth = field(init=False)

    def __post_init__(self, pairs: pd.DataFrame, candidates: pd.DataFrame, model: Any) -> None:
        """Put the three under seal."""
        for name, frame in (("pairs", pairs), ("candidates", candidates)):
            missing = [column for column in TRUTH_COLUMNS if column not in frame]
            if missing:
                raise DataError(f"the truth's {name} lack {', '.join(missing)}; they need {', '.join(TRUTH_COLUMNS)}.")
        object.__setattr__(self, "_inside", OpenTruth(pairs, candidates, model))

    def open(self) -> OpenTruth:
        """The truth itself: `pairs`, `candidates` and `model`. Open it once every estimate stands."""
        return self._inside

    def __getattr__(self, name: str) -> Any:
        """Nothing: a name that is under seal, or not there at all, is refused."""
        if name in ("pairs", "candidates", "model"):
            raise AttributeError(f"the truth is sealed; `truth.open().{name}` opens it")
        raise AttributeError(f"Truth has no attribute {name!r}; it offers open()")

    def __repr__(self) -> str:
        """The truth's size, and no more."""
        return f"Truth(sealed: {len(self._inside.pairs)} pairs, {len(self._inside.candidates)} candidates)"


def check_pairs(frame: pd.DataFrame, where: str = "the log", catalogue: Catalogue | None = None) -> pd.DataFrame:
    """The pairs of a log: the known columns that are there, in the order of `LOG_COLUMNS` and in their types.

    user_id, item_id, recommended and purchased must be there. Other columns than `LOG_COLUMNS` are left out, and so is
    an optional column without any value, unless its cells may be empty (score, popularity, propensity, position).

    Raises:
        DataError: a column is missing, a cell breaks its column's rule, a pair stands twice (in a week, where there are
            weeks), an item is not in the catalogue, or recommended is the same in every row.
    """
    require(frame, REQUIRED_COLUMNS, where)
    columns: dict[str, pd.Series] = {}
    for name in LOG_COLUMNS:
        if name in ("user_id", "item_id"):
            columns[name] = texts(frame, name, where)
        elif name in frame and (name in REQUIRED_COLUMNS or RULES[name].may_be_empty or _has_values(frame[name])):
            columns[name] = numbers(frame, name, where, RULES[name])
    pairs = pd.DataFrame(columns).reset_index(drop=True)
    key = [name for name in ("user_id", "item_id", "week") if name in pairs]
    refuse_repeats(pairs, key, where, "keep one row a pair" + (" and week" if "week" in pairs else ""))
    if catalogue is not None:
        refuse_unknown(pairs, "item_id", catalogue.items["item_id"], where)
    if pairs["recommended"].nunique() == 1:
        value = pairs["recommended"].iloc[0]
        raise DataError(
            f"{where}: column 'recommended' is {value} in all {len(pairs)} rows, so what recommending changes cannot be"
            f" learned from it; log pairs that were{' not' if value else ''} recommended as well."
        )
    return pairs


def _has_values(values: pd.Series) -> bool:
    return bool((values.notna() & (values.astype(str).str.strip() != "")).any())


def check_history(frame: pd.DataFrame, where: str = "the history", catalogue: Catalogue | None = None) -> pd.DataFrame:
    """The clicks of a history: `HISTORY_COLUMNS` in their order and types; the same click may stand more than once.

    Raises:
        DataError: a column is missing, a cell is blank or no week, or an item is not in the catalogue.
    """
    require(frame, HISTORY_COLUMNS, where)
    week = numbers(frame, "week", where, _WEEK)
    history = pd.DataFrame({"week": week, **{name: texts(frame, name, where) for name in HISTORY_COLUMNS[1:]}})
    if catalogue is not None:
        refuse_unknown(history, "item_id", catalogue.items["item_id"], where)
    return history.reset_index(drop=True)


def read_log(log: str | Path, catalogue: str | Path, history: str | Path | None = None) -> Log:
    """The log in three CSV files; without a history file, a log with an empty history. It has no candidates.

    Raises:
        DataError: a file is missing, empty, not UTF-8 or no table, or breaks a rule of `check_pairs`, `check_catalogue`
            or `check_history`.
    """
    items = read_catalogue(catalogue)
    pairs = check_pairs(read_table(log), str(log), items)
    clicks = _no_rows(HISTORY_COLUMNS)
    if history is not None:
        clicks = check_history(read_table(history), str(history), items)
    return Log(pairs, items, clicks, _no_rows(CANDIDATE_COLUMNS))


def _no_rows(columns: tuple[str, ...]) -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(dtype=RULES[name].dtype if name in RULES else "str") for name in columns})
