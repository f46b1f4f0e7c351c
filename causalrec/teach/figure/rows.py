"""Figures of rows beneath one another: rankings, ranges, models side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from causalrec.errors import DataError
from causalrec.teach.canvas import BLUE, GUIDE, REFERENCE, SERIES, SMALL, VERMILLION, described, new_axes, style
from causalrec.teach.marks import legend_above, name_rows, require_columns, two, written
from causalrec.wording import listed

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

def scoreboard(
    table: pd.DataFrame,
    *,
    best: float | None = 1.0,
    label: str = "G: gain over random, as a share of the best possible gain",
    ax: Axes | None = None,
) -> Axes:
    """Rankings as dots with intervals, best on top, beside random (0) and the best possible.

    `table` has columns ranking, value, low, high, in any order of rows; low and high may be missing values.

    Raises:
        DataError: a column is missing, there is no row, or a value is missing.

    First taught: lesson 5b.
    """
    columns = ["ranking", "value", "low", "high"]
    require_columns(table, columns, "the scoreboard lacks")
    if not len(table) or table["value"].isna().any():
        raise DataError("the scoreboard has no rows or a missing value; give every ranking a value.")
    rows = table[columns].sort_values("value", ascending=False, kind="stable")
    scores = list(rows.itertuples(index=False, name=None))
    with style():
        ax = ax or new_axes(7.4, 0.42 * len(rows) + 1.2)
        for height, (_, value, low, high) in enumerate(scores):
            colour, marker = (BLUE, "o") if value >= 0 else (VERMILLION, "s")
            ax.hlines(height, low, high, color=colour, linewidth=2.5)
            ax.plot(value, height, marker, color=colour, markersize=8)
        name_rows(ax, [str(name) for name in rows["ranking"]], [two(value) for value in rows["value"]])
        ax.set_xlabel(label)
        _reference(ax, 0.0, "random", "--")
        if best is not None:
            _reference(ax, best, "best possible", ":")
    each = "; ".join(
        f"{name} {two(value)}" + (f" ({two(low)} to {two(high)})" if np.isfinite([low, high]).all() else "")
        for name, value, low, high in scores
    )
    below = [str(name) for name, value, _, _ in scores if value < 0]
    end = f" Worse than random: {listed(below)}." if below else ""
    top = "" if best is None else f", the best possible {two(best)}"
    return described(ax, f"Scoreboard of {len(rows)} rankings, best first: {each}. Random is 0{top}.{end}")


def ranges(
    table: pd.DataFrame, *, truth: float | None = None, label: str = "effect", ax: Axes | None = None
) -> Axes:
    """Ranges below one another, none more likely in its middle than at its ends, beside zero and, if given, the truth.

    `table` has columns name, low, high, in the order in which they are drawn; a row whose ends are the same is a point.

    Raises:
        DataError: a column is missing, there is no row, an end is missing, or a low end lies above its high end.

    First taught: lesson 3c.
    """
    columns = ["name", "low", "high"]
    require_columns(table, columns, "the ranges lack")
    if not len(table) or not (table["low"] <= table["high"]).all():
        raise DataError("the ranges have no rows, a missing end, or a low end above its high end; correct the table.")
    rows = list(table[columns].itertuples(index=False, name=None))
    with style():
        ax = ax or new_axes(7.4, 0.5 * len(rows) + 1.3)
        for height, (_, low, high) in enumerate(rows):
            if low == high:
                ax.plot(low, height, "o", color=BLUE, markersize=8)
            else:
                ax.hlines(height, low, high, color=BLUE, linewidth=6, alpha=0.6)
                ax.plot([low, high], [height, height], "|", color=BLUE, markersize=16, markeredgewidth=2)
        name_rows(ax, [str(name) for name, _, _ in rows], [_ends(low, high) for _, low, high in rows])
        ax.set_xlabel(label)
        _reference(ax, 0.0, "no effect", "--")
        if truth is not None:
            _reference(ax, truth, "truth", ":")
    listing = "; ".join(
        f"{name} {_ends(low, high)}" + (f", width {written(high - low, 3)}" if high > low else "")
        for name, low, high in rows
    )
    without_zero = [str(name) for name, low, high in rows if not low <= 0 <= high]
    zero = f" Zero lies outside: {listed(without_zero)}." if without_zero else " Zero lies inside all of them."
    held = [str(name) for name, low, high in rows if truth is not None and low <= truth <= high]
    true = "" if truth is None else f" The truth, {written(truth, 3)}, lies inside: {listed(held) if held else 'none'}."
    return described(ax, f"Ranges of the {label}: {listing}.{zero}{true}")


def dots(
    table: pd.DataFrame,
    *,
    reference: float | None = None,
    reference_name: str = "a coin",
    label: str = "AUC",
    ax: Axes | None = None,
) -> Axes:
    """Rows below one another in their order, each with a dot a column, joined by a line; beside them a reference.

    `table` has a row per model and a column per place (up to four); the values are written at the right, in the order
    of the columns.

    Raises:
        DataError: no rows, no columns, more than four columns, or missing values.

    First taught: lesson 4a.
    """
    places, models = [str(name) for name in table.columns], [str(name) for name in table.index]
    if not models or not 1 <= len(places) <= len(SERIES) or table.isna().to_numpy().any():
        raise DataError(f"dots needs rows, 1 to {len(SERIES)} columns and no missing values; got shape {table.shape}.")
    values = table.to_numpy(dtype=float)  # (models, places)
    heights = np.arange(len(models))
    with style():
        ax = ax or new_axes(7.4, 0.46 * len(models) + 1.5)
        ax.hlines(heights, values.min(axis=1), values.max(axis=1), color=GUIDE, linewidth=1.6, zorder=1)
        for column, (name, (colour, marker, _)) in enumerate(zip(places, SERIES, strict=False)):
            ax.plot(values[:, column], heights, marker, color=colour, markersize=9, label=name)
        if reference is not None:
            ax.axvline(reference, color=REFERENCE, linestyle="--", linewidth=1.5, label=reference_name)
        name_rows(ax, models, [" / ".join(map(two, row)) for row in values], SMALL)
        ax.set(xlabel=label, ylabel=str(table.index.name or ""))
        legend_above(ax, len(places) + 1)
    words = f"{label} of {len(models)} models: {_dots_in_words(places, models, values)}."
    if reference is not None:
        low = [f"{models[row]} ({places[column]})" for row, column in np.argwhere(values.round(2) <= reference)]
        words += f" No higher than {reference_name}, {two(reference)}: {listed(low) if low else 'none'}."
    return described(ax, words)


def _dots_in_words(places: list[str], models: list[str], values: NDArray[np.float64]) -> str:
    """The values model by model, and the highest of each place."""
    rows = "; ".join(
        f"{model} " + ", ".join(f"{place} {two(value)}" for place, value in zip(places, row, strict=True))
        for model, row in zip(models, values, strict=True)
    )
    best = "; ".join(f"{place} {models[row]}" for place, row in zip(places, values.argmax(axis=0), strict=True))
    return f"{rows}. Highest: {best}"


def _ends(low: float, high: float) -> str:
    """A range as text; a point as one number."""
    return written(low, 3) if low == high else f"{written(low, 3)} to {written(high, 3)}"


def _reference(ax: Axes, value: float, name: str, dash: str) -> None:
    """A vertical line with its name above the axes."""
    ax.axvline(value, color=REFERENCE, linestyle=dash, linewidth=1.5)
    ax.text(value, 1.01, name, transform=ax.get_xaxis_transform(), ha="center", va="bottom", size=SMALL)
