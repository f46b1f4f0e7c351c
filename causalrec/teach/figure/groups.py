"""Figures of groups side by side: bars, and rates within strata and over all, where Simpson's paradox is seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from causalrec.errors import DataError
from causalrec.teach.canvas import REFERENCE, SERIES, SMALL, described, new_axes, style
from causalrec.teach.marks import legend_above, two
from causalrec.wording import listed

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

def bars(table: pd.DataFrame, *, label: str = "share", digits: bool = True, ax: Axes | None = None) -> Axes:
    """Groups side by side in each stratum: `table` has a row per stratum and a column per group (up to four).

    Without `digits` the description says where each group is highest and lowest instead of its values: for values
    whose digits differ between processors, such as those of a trained network.

    Raises:
        DataError: no rows, no columns, more than four columns, or missing values.

    First taught: lesson 1a.
    """
    groups, strata = [str(name) for name in table.columns], [str(name) for name in table.index]
    if not strata or not 1 <= len(groups) <= len(SERIES) or table.isna().to_numpy().any():
        raise DataError(f"bars needs rows, 1 to {len(SERIES)} columns and no missing values; got shape {table.shape}.")
    values = table.to_numpy(dtype=float)  # (strata, groups)
    width = 0.8 / len(groups)
    with style():
        room = 1.2 + len(strata) * (0.5 * len(groups) + 0.45)
        ax = ax or new_axes(min(max(4.8, room), 9.4), 3.6)
        for column, (name, (colour, _, hatch)) in enumerate(zip(groups, SERIES, strict=False)):
            across = np.arange(len(strata)) + (column - (len(groups) - 1) / 2) * width
            drawn = ax.bar(across, values[:, column], 0.92 * width, color=colour, hatch=hatch, label=name)
            ax.bar_label(drawn, [two(value) for value in values[:, column]], padding=2, size=SMALL)
        ax.axhline(0, color=REFERENCE, linewidth=1)
        ax.set_xticks(range(len(strata)), strata)
        ax.set(xlabel=str(table.index.name or ""), ylabel=label)
        ax.margins(y=0.12)
        ax.grid(axis="x", visible=False)
        legend_above(ax, len(groups))
    rows = "; ".join(
        f"{stratum}: " + ", ".join(f"{name} {two(value)}" for name, value in zip(groups, row, strict=True))
        for stratum, row in zip(strata, values, strict=True)
    )
    if not digits:
        ends = zip(groups, values.argmax(axis=0), values.argmin(axis=0), strict=True)
        rows = "; ".join(f"{name}: highest at {strata[high]}, lowest at {strata[low]}" for name, high, low in ends)
    highest = [groups[column] for column in np.argmax(values, axis=1)]
    end = f" Highest everywhere: {highest[0]}." if len(set(highest)) == 1 else f" Highest in turn: {listed(highest)}."
    by = f", by {table.index.name}" if table.index.name else ""
    return described(ax, f"Bars of {label} for {listed(groups)}{by}. {rows}.{end if len(groups) > 1 else ''}")


_ALL = "over all"
_SAME = 5e-4
"""Rates nearer to each other than this count as equal."""


@dataclass(frozen=True)
class _Rates:
    """Rates and sizes of every group; the last row is over all strata, nan where a group is empty."""

    strata: tuple[str, ...]
    treatments: tuple[str, ...]
    rate: NDArray[np.float64]  # (strata + 1, treatments)
    size: NDArray[np.float64]  # (strata + 1, treatments)

    def told(self, row: int, column: int) -> str:
        """A group's rate and size: "0.78 (n = 1,198)", or "0.78 (weight 0.25)" where sizes are shares of a whole."""
        size = self.size[row, column]
        if not size:
            return "no cases"
        whole = np.all(self.size == np.round(self.size))
        return f"{two(self.rate[row, column])} ({f'n = {size:,.0f}' if whole else f'weight {two(size)}'})"


def stratified_bars(
    frame: pd.DataFrame, *, treatment: str, outcome: str, stratum: str, count: str = "count", ax: Axes | None = None
) -> Axes:
    """The rate of an outcome by treatment, within each stratum and over all, with the size of every group at its bar.

    A row of `frame` is a case with an outcome of 0 or 1; or, where it has the column `count`, that many cases, whose
    outcome may then also be a rate. Groups come in the order of the frame, numbers by size. The rate of a group is
    Σ count · outcome / Σ count.

    Raises:
        DataError: a column is missing, there is no row, a missing value, an outcome outside 0 … 1, a negative count, or
            not 2 to 4 treatments.

    Source: Simpson 1951; Pearl 2009, Causality, §6.1. First taught: lesson 2b.
    """
    rates = _rates(frame, treatment, outcome, stratum, count)
    rows, groups = rates.rate.shape
    height = 0.8 / groups
    with style():
        ax = ax or new_axes(7.4, 0.3 * rows * groups + 0.12 * rows + 1.1)
        for column, (name, (colour, _, hatch)) in enumerate(zip(rates.treatments, SERIES, strict=False)):
            place = np.arange(rows) + 0.25 * (np.arange(rows) == rows - 1) + (column - (groups - 1) / 2) * height
            drawn = np.nan_to_num(rates.rate[:, column])
            ax.barh(place, drawn, 0.9 * height, color=colour, hatch=hatch, label=f"{treatment} {name}")
            for row in range(rows):
                end = (drawn[row], place[row])
                ax.annotate(rates.told(row, column), end, (5, 0), textcoords="offset points", va="center", size=SMALL)
        ax.axhline(rows - 1.375, color=REFERENCE, linewidth=1)
        ax.set_yticks([*range(rows - 1), rows - 0.75], [*(f"{stratum} {name}" for name in rates.strata), _ALL])
        ax.set_ylim(rows - 0.25, -0.55)
        reach = 1.32 * float(np.nanmax(rates.rate)) or 1.0  # room for what is written at the longest bar
        ax.set_xlim(0, reach)
        ax.set_xticks([tick for tick in ax.get_xticks() if tick <= min(reach, 1.0)])
        ax.set_xlabel(f"rate of {outcome}")
        ax.grid(axis="y", visible=False)
        legend_above(ax, groups)
    return described(ax, _rates_in_words(rates, treatment, outcome, stratum))


def _rates(frame: pd.DataFrame, treatment: str, outcome: str, stratum: str, count: str) -> _Rates:
    given = [treatment, outcome, stratum] + ([] if count == "count" and count not in frame else [count])
    if absent := [name for name in given if name not in frame]:
        raise DataError(f"the frame has no column {absent[0]!r}; it has {', '.join(map(str, frame.columns))}.")
    if not len(frame) or frame[given].isna().any(axis=None):
        raise DataError("the frame has no rows or a missing value; fill the gaps or drop those rows first.")
    happened = _numbers(frame[outcome], f"the outcome {outcome!r}", "write it as 0 and 1, or as a rate", top=1.0)
    weight = np.ones(len(frame)) if count not in given else _numbers(frame[count], f"{count!r}", "give how many cases")
    strata, treatments = _groups(frame[stratum]), _groups(frame[treatment])
    if not 2 <= len(treatments) <= len(SERIES):
        raise DataError(f"{treatment!r} has {len(treatments)} values; bars compare 2 to {len(SERIES)} treatments.")
    size = np.zeros((len(strata) + 1, len(treatments)))
    total = np.zeros_like(size)
    rows, columns = (
        np.array([values.index(value) for value in frame[name]])
        for values, name in ((strata, stratum), (treatments, treatment))
    )
    np.add.at(size, (rows, columns), weight)
    np.add.at(total, (rows, columns), weight * happened)
    size[-1], total[-1] = size.sum(axis=0), total.sum(axis=0)
    if not size[-1].all():
        raise DataError(f"{treatment} {treatments[int(np.argmin(size[-1]))]} has no cases; leave it out.")
    rate = np.divide(total, size, out=np.full_like(size, np.nan), where=size > 0)
    return _Rates(tuple(map(str, strata)), tuple(map(str, treatments)), rate, size)


def _groups(column: pd.Series) -> list[Any]:
    """The distinct values of a column: numbers by size, others as they first come."""
    values = column.drop_duplicates().tolist()
    return sorted(values) if all(isinstance(value, int | float) for value in values) else values


def _numbers(column: pd.Series, what: str, remedy: str, top: float = np.inf) -> NDArray[np.float64]:
    """A column as numbers from 0 to `top`."""
    for row, value in column.items():
        if not isinstance(value, int | float | np.number | np.bool_) or not 0 <= float(value) <= top:
            reach = "0 or more" if top == np.inf else f"from 0 to {top:g}"
            raise DataError(f"{what} is {value!r} in row {row}, but must be {reach}; {remedy}.")
    return column.to_numpy(dtype=float)


def _rates_in_words(rates: _Rates, treatment: str, outcome: str, stratum: str) -> str:
    """Every rate and size, then what the strata say of the treatments beside what all cases together say."""
    names = [*(f"{stratum} {name}" for name in rates.strata), _ALL]
    clauses = [
        f"{name}: "
        + ", ".join(f"{group} {rates.told(row, column)}" for column, group in enumerate(rates.treatments))
        for row, name in enumerate(names)
    ]
    words = f"Rate of {outcome} by {treatment}, within each {stratum} and over all: {'; '.join(clauses)}."
    if len(rates.treatments) > 2 or not rates.size.all():
        return words
    signs = [0 if abs(first - second) < _SAME else int(np.sign(first - second)) for first, second in rates.rate]
    within, over = set(signs[:-1]), signs[-1]
    ahead = {1: f"higher for {rates.treatments[0]}", -1: f"higher for {rates.treatments[1]}", 0: "equal for both"}
    if len(within) > 1:
        where = {sign: [name for name, one in zip(names, signs[:-1], strict=False) if one == sign] for sign in signs}
        told = "; ".join(f"{ahead[sign]} in {listed(where[sign])}" for sign in (1, -1, 0) if where.get(sign))
        return f"{words} The strata disagree: the rate is {told}. Over all it is {ahead[over]}."
    same = signs[0]
    words += f" The rate is {ahead[same]} in every {stratum}"
    if same == over:
        return f"{words} and over all: the sign stays."
    what = "the sign turns round (Simpson's paradox)" if same == -over else "the sum hides what the strata show"
    words += f", but over all it is {ahead[over]}: {what}."
    share = rates.size[:-1] / rates.size[-1]  # (strata, treatments)
    row = int(np.argmax(np.abs(share[:, 0] - share[:, 1])))
    mixed = listed(f"{share[row, k]:.0%} for {name}" for k, name in enumerate(rates.treatments))
    return f"{words} The groups are mixed differently: {names[row]} makes up {mixed}."
