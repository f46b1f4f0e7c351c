"""Figures of predicted chances: whether they came true, and what showing changes of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from causalrec.errors import DataError
from causalrec.teach.canvas import BLUE, GREEN, PURPLE, REFERENCE, SERIES, SMALL, VERMILLION, described, new_axes, style
from causalrec.teach.marks import legend_above, two
from causalrec.wording import listed

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

_REGIONS = (
    ("persuadables", GREEN, "^"),
    ("sure things", BLUE, "o"),
    ("lost causes", PURPLE, "D"),
    ("do-not-disturbs", VERMILLION, "s"),
)


def quadrants(
    mu0: ArrayLike,
    uplift: ArrayLike,
    *,
    change: float = 0.02,
    likely: float | None = None,
    names: Sequence[str] = (),
    ax: Axes | None = None,
) -> Axes:
    """Pairs by what happens without showing (μ₀) and by what showing changes (uplift), in four regions.

    Uplift above `change` makes a persuadable, below minus `change` a do-not-disturb; between them a pair whose μ₀ is at
    least `likely` (the median, unless given) is a sure thing and any other a lost cause. `names` labels the points,
    where they are few.

    Raises:
        DataError: no pairs, unequal lengths, or missing values.

    First taught: lesson 5b.
    """
    without, gain = _columns(mu0=mu0, uplift=uplift)
    split = float(np.median(without)) if likely is None else likely
    still = np.abs(gain) <= change
    members = (gain > change, still & (without >= split), still & (without < split), gain < -change)
    right = 1.08 * max(float(without.max()), split, 1e-9)
    low, high = (side * max(1.2 * float((side * gain).max()), 3 * change) for side in (-1, 1))
    named = list(zip(names, without, gain, strict=False))
    with style():
        ax = ax or new_axes(7.4, 4.6)
        ax.set(xlim=(-0.02 * right, right), ylim=(low, high))
        _tint_regions(ax, split, change)
        for (name, colour, marker), here in zip(_REGIONS, members, strict=True):
            look: dict[str, Any] = {"color": colour, "alpha": 0.9 if len(gain) <= 50 else 0.5, "markeredgewidth": 0}
            size = 9 if len(gain) <= 50 else 5
            ax.plot(without[here], gain[here], marker, markersize=size, label=f"{name} ({here.sum():,})", **look)
        for name, x, y in named:
            shift, side = (9, "left") if x < right / 2 else (-9, "right")
            ax.annotate(name, (x, y), (shift, 0), textcoords="offset points", ha=side, va="center", size=SMALL)
        ax.set(xlabel="μ₀: chance of a purchase if not shown", ylabel="uplift: what showing adds to it")
        legend_above(ax, 2)
    counts = "; ".join(
        f"{name} {here.sum():,} ({here.mean():.0%})" for (name, _, _), here in zip(_REGIONS, members, strict=True)
    )
    points = "; ".join(f"{name} at μ₀ {two(x)}, uplift {two(y)}" for name, x, y in named)
    return described(
        ax,
        f"{len(gain):,} pairs by their chance of a purchase if not shown and by their uplift: {counts}. The chance "
        f"runs from {two(without.min())} to {two(without.max())}, the uplift from {two(gain.min())} to "
        f"{two(gain.max())}. "
        f"Within {two(change)} of 0 the uplift counts as none; there sure things and lost causes part at a chance of "
        f"{two(split)}.{f' Named: {points}.' if points else ''}",
    )


def _tint_regions(ax: Axes, split: float, change: float) -> None:
    """The four regions as faint grounds, parted by lines."""
    (left, right), (low, high) = ax.get_xlim(), ax.get_ylim()
    areas = ((left, right, change, high), (split, right, -change, change), (left, split, -change, change))
    for (_, colour, _), (x0, x1, y0, y1) in zip(_REGIONS, (*areas, (left, right, low, -change)), strict=True):
        ax.fill_between([x0, x1], y0, y1, color=colour, alpha=0.1, linewidth=0, zorder=0)
    ax.hlines([-change, change], left, right, color=REFERENCE, linewidth=1)
    ax.vlines(split, -change, change, color=REFERENCE, linewidth=1.5)


def calibration(
    predicted: ArrayLike, observed: ArrayLike, *, bins: int = 10, label: str = "click", ax: Axes | None = None
) -> Axes:
    """The share observed against the mean prediction, in bins with equally many rows; on the diagonal the two agree.

    `predicted` holds probabilities, `observed` zeros and ones; the bars are ± 2 standard errors of a share.

    Raises:
        DataError: no rows, unequal lengths, or missing values.

    First taught: lesson 2c.
    """
    chance, happened = _columns(predicted=predicted, observed=observed)
    groups = [part for part in np.array_split(np.argsort(chance, kind="stable"), bins) if len(part)]
    x = np.array([chance[part].mean() for part in groups])
    y = np.array([happened[part].mean() for part in groups])
    error = 2 * np.sqrt(y * (1 - y) / np.array([len(part) for part in groups]))
    top = 1.05 * max(float(x.max()), float((y + error).max()), 1e-9)
    with style():
        ax = ax or new_axes(5.4, 4.6)
        ax.plot([0, top], [0, top], color=REFERENCE, linestyle="--", linewidth=1.5, label="agreement")
        ax.errorbar(x, y, error, color=BLUE, marker="o", linestyle="", capsize=3, linewidth=1.8, label="bins, ± 2 SE")
        ax.set(xlim=(0, top), ylim=(0, top), xlabel=f"predicted chance of a {label}", ylabel=f"share with a {label}")
        ax.legend(loc="upper left")
    worst = int(np.argmax(np.abs(y - x)))
    return described(
        ax,
        f"Predicted against observed in {len(groups)} bins of about {len(groups[0]):,} rows: predictions run from "
        f"{two(x[0])} to {two(x[-1])}, what was observed from {two(y[0])} to {two(y[-1])}. The largest gap: "
        f"{two(x[worst])} predicted, {two(y[worst])} observed. Over all rows: {two(chance.mean())} predicted, "
        f"{two(happened.mean())} observed.",
    )


def _columns(**columns: ArrayLike) -> list[NDArray[np.float64]]:
    """The named columns as numbers, once they are equally long and complete."""
    arrays = [np.asarray(values, dtype=float) for values in columns.values()]
    if len({array.shape for array in arrays}) > 1 or arrays[0].ndim != 1 or not arrays[0].size:
        shapes = " and ".join(f"{name} {array.shape}" for name, array in zip(columns, arrays, strict=True))
        raise DataError(f"the columns have shapes {shapes}; give equally long columns with at least one row.")
    for name, array in zip(columns, arrays, strict=True):
        if not np.all(np.isfinite(array)):
            raise DataError(f"{name} has missing or infinite values; drop those rows first.")
    return arrays


_COLUMNS = ("n", "predicted", "observed", "low", "high")
# Points squared: a marker's area in the smallest and in the largest bin.
_AREAS = (20.0, 160.0)


def reliability(tables: Mapping[str, pd.DataFrame], *, label: str = "click", ax: Axes | None = None) -> Axes:
    """What came true against what was predicted, a mark a bin with its interval; on the diagonal the two agree.

    Each of `tables` (up to four, by model) comes from `causalrec.recommend.reliability`: columns n, predicted,
    observed, low, high, a row a bin. A mark is the larger the more rows its bin has.

    Raises:
        DataError: no table, more than four, a column or a value is missing, or a table without rows.

    First taught: lesson 4b.
    """
    if not 1 <= len(tables) <= len(SERIES):
        raise DataError(f"a reliability diagram needs 1 to {len(SERIES)} tables by model; got {len(tables)}.")
    for name, table in tables.items():
        sound = set(_COLUMNS) <= set(table) and len(table) and not table[list(_COLUMNS)].isna().to_numpy().any()
        if not sound:
            raise DataError(f"the table of {name} needs {listed(_COLUMNS)} in every row, and a row at least.")
    largest = max(float(table["n"].max()) for table in tables.values())
    with style():
        ax = ax or new_axes(5.8, 5.2)
        ax.plot([0, 1], [0, 1], color=REFERENCE, linestyle=":", linewidth=1.5, label="agreement")
        for (name, table), (colour, marker, _) in zip(tables.items(), SERIES, strict=False):
            x, y = table["predicted"].to_numpy(float), table["observed"].to_numpy(float)
            ends = np.clip([y - table["low"], table["high"] - y], 0, None)
            ax.errorbar(x, y, ends, color=colour, linestyle="--", linewidth=1.2, elinewidth=1.8, capsize=3)
            area = _AREAS[0] + (_AREAS[1] - _AREAS[0]) * table["n"].to_numpy(float) / largest
            ax.scatter(x, y, area, color=colour, marker=marker, label=name, zorder=3)
        ax.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02))
        ax.set(xlabel=f"predicted chance of a {label}", ylabel=f"share with a {label}")
        for handle in legend_above(ax, 2).legend_handles[1:]:
            handle.set_sizes([70.0])
    return described(ax, f"Predicted against observed shares with a {label}: {_words(tables)}")


def _words(tables: Mapping[str, pd.DataFrame]) -> str:
    """Of each model the means over all rows, the bin that is furthest off, and how many intervals miss the diagonal."""
    parts = []
    for name, table in tables.items():
        n, x, y = (table[column].to_numpy(float) for column in ("n", "predicted", "observed"))
        worst = int(np.argmax(np.abs(y - x)))
        missed = int(((table["low"] > table["predicted"]) | (table["high"] < table["predicted"])).sum())
        parts.append(
            f"{name} predicts {two(np.average(x, weights=n))} where {two(np.average(y, weights=n))} came true, over "
            f"{int(n.sum()):,} rows; furthest off {two(x[worst])} where {two(y[worst])} came true; the intervals of "
            f"{missed} of {len(table)} bins miss the diagonal."
        )
    return " ".join(part[0].upper() + part[1:] for part in parts)
