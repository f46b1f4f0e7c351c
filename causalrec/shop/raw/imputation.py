"""Missing cells: filled by rules that are learned on the training rows alone, each with a sign that it was missing.

pandas is imported inside functions only. First taught: lesson 4a.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from causalrec.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

METHODS = ("mean", "median", "most frequent")
FIXED = "fill with "
_BY = " by "


@dataclass(frozen=True, repr=False, eq=False)
class Filling:
    """How one column is filled: `value`, or in the groups of column `by` the group's own, where it has one.

    `missing` of the `rows` it was learned from had no value.
    """

    column: str
    rule: str
    value: Any
    by: str | None
    groups: Mapping[Any, Any]
    missing: int
    rows: int


@dataclass(frozen=True, repr=False, eq=False)
class Imputer:
    """What is put into empty cells, column by column; learned once, and then the same for every frame."""

    fillings: tuple[Filling, ...]

    def fill(self, frame: pd.DataFrame) -> pd.DataFrame:
        """A copy of the frame without missing cells in its columns, and a column `<name>_missing` (0 or 1) for each.

        Missing is what pandas counts so, and in a column of texts also a blank text. Whole numbers become floats where
        a mean or median is put in. The frame itself stays as it is.

        Raises:
            DataError: a column that is to be filled, or to group by, is not there, or `<name>_missing` is already.
        """
        filled, signs = frame.copy(), {}
        for filling in self.fillings:
            empty = _missing(frame, filling.column)
            sign = f"{filling.column}_missing"
            if sign in frame:
                raise DataError(f"the frame has a column {sign!r} already; fill a frame once, or rename that column.")
            filled[filling.column] = _filled(frame, filling, empty)
            signs[sign] = empty.astype("int64")
        return filled.assign(**signs)

    def report(self, frame: pd.DataFrame) -> pd.DataFrame:
        """What `fill` does to this frame, one row a column: column, rule, rows (how many are filled), of (how many)."""
        import pandas as pd

        rows = [(f.column, f.rule, int(_missing(frame, f.column).sum()), len(frame)) for f in self.fillings]
        return pd.DataFrame(rows, columns=["column", "rule", "rows", "of"])

    @property
    def table(self) -> pd.DataFrame:
        """What was learned, one row a value: column, rule, group ("" for all others), value, missing, of.

        The last two say how many training rows had no value, and of how many; they belong to the column.
        """
        import pandas as pd

        rows = []
        for f in self.fillings:
            values = [*((str(group), value) for group, value in f.groups.items()), ("", f.value)]
            rows += [(f.column, f.rule, group, value, f.missing, f.rows) for group, value in values]
        return pd.DataFrame(rows, columns=["column", "rule", "group", "value", "missing", "of"])

    def __repr__(self) -> str:
        """The rules."""
        return f"Imputer({', '.join(f'{f.column}: {f.rule!r}' for f in self.fillings)})"

    def _repr_html_(self) -> str:
        return self.table.to_html(index=False, border=0)


def fit_imputer(frame: pd.DataFrame, rules: Mapping[str, Any]) -> Imputer:
    """What to put into the empty cells of each column in `rules`, learned from the rows of `frame` and no others.

    A rule is "mean", "median" or "most frequent" (of equally frequent values the least), each also with " by " and the
    name of another column: then within its groups, and over all rows for a group that has no value here. "" puts in an
    empty text, "fill with x" the text x, and a number itself: {"price": "median by category", "description": ""}.

    Learn on the training rows only: a value that knows the rows on which you judge tells of what it cannot know. Filled
    in means shrink the spread, and neither they nor the indicator make up for a cause of missingness that also moves
    the outcome; for prediction they serve.

    Raises:
        DataError: a column is not there, a rule cannot be read, a column has no value to learn from, or a mean or
            median is asked of what is not a finite number.

    Source: Little & Rubin 2019, chapters 1 and 4 (kinds of missingness; means); Jones 1996 (what indicators do not do).
    First taught: lesson 4a.
    """
    return Imputer(tuple(_learned(frame, column, rule) for column, rule in rules.items()))


def _learned(frame: pd.DataFrame, column: str, rule: Any) -> Filling:
    """The filling of one column."""
    empty = _missing(frame, column)
    counts = (int(empty.sum()), len(frame))
    if not isinstance(rule, str):
        return Filling(column, f"{FIXED}{rule}", rule, None, {}, *counts)
    if rule == "" or rule.startswith(FIXED):
        return Filling(column, rule, rule.removeprefix(FIXED), None, {}, *counts)
    method, _, by = rule.partition(_BY)
    if method not in METHODS or (_BY in rule and not by):
        known = ", ".join(repr(name) for name in METHODS)
        raise DataError(f"the rule for {column!r} is {rule!r}; choose {known}, each also with ' by ' and a column, "
                        f"'{FIXED}' and a text, '' or a number.")  # fmt: skip
    values = frame.loc[~empty, column]
    if values.empty:
        raise DataError(f"column {column!r} has no value in these {len(frame)} rows to learn a {method} from; "
                        "give a text or number to fill in.")  # fmt: skip
    if method != "most frequent":
        _refuse_what_is_no_number(values, column, method)
    groups = {}
    if by:
        _missing(frame, by)  # says so where the column is not there
        groups = {group: _summary(own, method) for group, own in values.groupby(frame.loc[values.index, by])}
    return Filling(column, rule, _summary(values, method), by or None, groups, *counts)


def _summary(values: pd.Series, method: str) -> Any:
    """The mean, the median, or the most frequent value."""
    if method == "most frequent":
        return values.mode().iloc[0]
    return float(values.mean() if method == "mean" else values.median())


def _refuse_what_is_no_number(values: pd.Series, column: str, method: str) -> None:
    numbers = values.to_numpy()
    if numbers.dtype.kind not in "iufb" or not np.isfinite(numbers.astype(float)).all():
        raise DataError(f"column {column!r} holds something other than finite numbers, so it has no {method}; "
                        "correct it, or take 'most frequent'.")  # fmt: skip


def _missing(frame: pd.DataFrame, column: str) -> pd.Series:
    """Where the column has no value: empty cells, and blank ones among texts; bool, (rows,)."""
    if column not in frame:
        raise DataError(f"there is no column {column!r}; the frame has {', '.join(map(str, frame.columns))}.")
    values = frame[column]
    empty = values.isna()
    if values.dtype.kind not in "iufbmM":
        empty |= values.map(lambda value: isinstance(value, str) and not value.strip()).astype(bool)
    return empty


def _filled(frame: pd.DataFrame, filling: Filling, empty: pd.Series) -> pd.Series:
    """The column with its empty cells filled."""
    import pandas as pd

    values = frame[filling.column]
    if not empty.any():
        return values
    given = pd.Series([filling.value] * len(frame), index=frame.index)
    if filling.by is not None:
        _missing(frame, filling.by)
        own = [filling.groups.get(group, filling.value) for group in frame[filling.by]]
        given = pd.Series(own, index=frame.index)
    if values.isna().all():
        values = values.astype(given.dtype)
    return values.where(~empty, given)
