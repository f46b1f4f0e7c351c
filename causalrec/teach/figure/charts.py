"""Figures with axes: rankings, kinds of shoppers, sampling error, the logistic curve, calibration, bars, ranges."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from causalrec.errors import DataError
from causalrec.teach.figure.canvas import (
    BLUE,
    GREEN,
    GUIDE,
    PURPLE,
    REFERENCE,
    SERIES,
    SMALL,
    VERMILLION,
    described,
    new_axes,
    style,
    two,
    written,
)
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
    if absent := [name for name in columns if name not in table]:
        raise DataError(f"the scoreboard lacks the column {absent[0]}; give ranking, value, low and high.")
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
            ax.text(1.02, height, two(value), transform=ax.get_yaxis_transform(), va="center")
        ax.set_yticks(range(len(rows)), [str(name) for name in rows["ranking"]])
        ax.set_ylim(len(rows) - 0.5, -0.5)
        ax.set_xlabel(label)
        _reference(ax, 0.0, "random", "--")
        if best is not None:
            _reference(ax, best, "best possible", ":")
        ax.grid(axis="y", visible=False)
    written = "; ".join(
        f"{name} {two(value)}" + (f" ({two(low)} to {two(high)})" if np.isfinite([low, high]).all() else "")
        for name, value, low, high in scores
    )
    below = [str(name) for name, value, _, _ in scores if value < 0]
    end = f" Worse than random: {listed(below)}." if below else ""
    top = "" if best is None else f", the best possible {two(best)}"
    return described(ax, f"Scoreboard of {len(rows)} rankings, best first: {written}. Random is 0{top}.{end}")


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

    First taught: lesson 5a.
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
        _legend_above(ax, columns=2)
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


def sampling_error(
    estimates_by_n: Mapping[int, ArrayLike], truth: float, *, label: str = "estimate", ax: Axes | None = None
) -> Axes:
    """Estimates from many samples of each size n, beside the truth: how their spread shrinks with n.

    `estimates_by_n` maps a sample size to the estimates from samples of that size; beside them stands their mean ± 1
    SD.

    Raises:
        DataError: no sizes, or a size with fewer than two estimates.

    First taught: lesson 0.
    """
    estimates = {n: np.asarray(values, dtype=float) for n, values in sorted(estimates_by_n.items())}
    if not estimates or any(len(values) < 2 for values in estimates.values()):
        raise DataError("each sample size needs at least two estimates to have a spread; draw more samples.")
    spread = {n: float(values.std(ddof=1)) for n, values in estimates.items()}
    with style():
        ax = ax or new_axes(7.4, 3.8)
        for place, (n, values) in enumerate(estimates.items()):
            across = place + np.linspace(-0.3, 0.18, len(values))
            dots = ax.plot(across, values, "o", color=BLUE, markersize=4, alpha=0.4, markeredgewidth=0)
            bar = ax.errorbar(place + 0.3, values.mean(), spread[n], color=VERMILLION, marker="s", capsize=5, lw=2)
        ax.axhline(truth, color=REFERENCE, linestyle="--", linewidth=1.5)
        ax.text(1.01, truth, f"truth\n{two(truth)}", transform=ax.get_yaxis_transform(), va="center", size=SMALL)
        ax.set_xticks(range(len(estimates)), [f"{n:,}" for n in estimates])
        ax.set(xlabel="sample size n (rows)", ylabel=label)
        _legend_above(ax, columns=2, handles=[*dots, bar], labels=["one sample's estimate", "their mean ± 1 SD"])
        ax.grid(axis="x", visible=False)
    spreads = ", ".join(f"{value:.3f} at n = {n:,}" for n, value in spread.items())
    words = f"Estimates from samples of {len(spread)} sizes, around the truth of {two(truth)}: SD {spreads}."
    smallest, largest = min(spread), max(spread)
    if smallest < largest and spread[largest] > 0:
        times, root = spread[smallest] / spread[largest], (largest / smallest) ** 0.5
        words += f" From the smallest n to the largest it shrinks {times:.1f} times; √n grows {root:.1f} times."
    return described(ax, words)


def logistic_curve(at: Sequence[float] = (-2.0, 0.0, 2.0), *, ax: Axes | None = None) -> Axes:
    """The logistic function σ(x) = 1 / (1 + exp(−x)), with the points in `at` marked.

    First taught: lesson 0.
    """
    reach = max([6.0, *(abs(x) + 1 for x in at)])
    x = np.linspace(-reach, reach, 241)
    marks = [(float(point), float(1 / (1 + np.exp(-point)))) for point in at]
    with style():
        ax = ax or new_axes(6.4, 3.4)
        ax.plot(x, 1 / (1 + np.exp(-x)), color=BLUE, linewidth=2.5)
        for point, chance in marks:
            ax.plot([point, point, -reach], [0, chance, chance], color=GUIDE, linestyle=":", linewidth=1.4)
            ax.plot(point, chance, "s", color=VERMILLION, markersize=8)
            ax.annotate(two(chance), (point, chance), (9, -13), textcoords="offset points")
        ax.set(xlim=(-reach, reach), ylim=(0, 1.03), xlabel="x: any number (log-odds)", ylabel="σ(x): a probability")
    points = ", ".join(f"{chance:.2f} at {point:g}" for point, chance in marks).replace("-", "\N{MINUS SIGN}")
    return described(ax, "The logistic curve, an S that rises from 0 to 1" + (f": {points}." if points else "."))


def calibration(
    predicted: ArrayLike, observed: ArrayLike, *, bins: int = 10, label: str = "click", ax: Axes | None = None
) -> Axes:
    """The share observed against the mean prediction, in bins with equally many rows; on the diagonal the two agree.

    `predicted` holds probabilities, `observed` zeros and ones; the bars are ± 2 standard errors of a share.

    Raises:
        DataError: no rows, unequal lengths, or missing values.

    First taught: lesson 4b.
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


def bars(table: pd.DataFrame, *, label: str = "share", digits: bool = True, ax: Axes | None = None) -> Axes:
    """Groups side by side in each stratum: `table` has a row per stratum and a column per group (up to four).

    Without `digits` the description says where each group is highest and lowest instead of its values: for values
    whose digits differ between processors, such as those of a trained network.

    Raises:
        DataError: no rows, no columns, more than four columns, or missing values.

    First taught: lesson 2b.
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
        _legend_above(ax, columns=len(groups))
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
    if absent := [name for name in columns if name not in table]:
        raise DataError(f"the ranges lack the column {absent[0]}; give name, low and high.")
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
            ax.text(1.02, height, _ends(low, high), transform=ax.get_yaxis_transform(), va="center")
        ax.set_yticks(range(len(rows)), [str(name) for name, _, _ in rows])
        ax.set_ylim(len(rows) - 0.5, -0.5)
        ax.set_xlabel(label)
        _reference(ax, 0.0, "no effect", "--")
        if truth is not None:
            _reference(ax, truth, "truth", ":")
        ax.grid(axis="y", visible=False)
    listing = "; ".join(
        f"{name} {_ends(low, high)}" + (f", width {written(high - low, 3)}" if high > low else "")
        for name, low, high in rows
    )
    without_zero = [str(name) for name, low, high in rows if not low <= 0 <= high]
    zero = f" Zero lies outside: {listed(without_zero)}." if without_zero else " Zero lies inside all of them."
    held = [str(name) for name, low, high in rows if truth is not None and low <= truth <= high]
    true = "" if truth is None else f" The truth, {written(truth, 3)}, lies inside: {listed(held) if held else 'none'}."
    return described(ax, f"Ranges of the {label}: {listing}.{zero}{true}")


def _ends(low: float, high: float) -> str:
    """A range as text; a point as one number."""
    return written(low, 3) if low == high else f"{written(low, 3)} to {written(high, 3)}"


def _reference(ax: Axes, value: float, name: str, dash: str) -> None:
    """A vertical line with its name above the axes."""
    ax.axvline(value, color=REFERENCE, linestyle=dash, linewidth=1.5)
    ax.text(value, 1.01, name, transform=ax.get_xaxis_transform(), ha="center", va="bottom", size=SMALL)


def _tint_regions(ax: Axes, split: float, change: float) -> None:
    """The four regions as faint grounds, parted by lines."""
    (left, right), (low, high) = ax.get_xlim(), ax.get_ylim()
    areas = ((left, right, change, high), (split, right, -change, change), (left, split, -change, change))
    for (_, colour, _), (x0, x1, y0, y1) in zip(_REGIONS, (*areas, (left, right, low, -change)), strict=True):
        ax.fill_between([x0, x1], y0, y1, color=colour, alpha=0.1, linewidth=0, zorder=0)
    ax.hlines([-change, change], left, right, color=REFERENCE, linewidth=1)
    ax.vlines(split, -change, change, color=REFERENCE, linewidth=1.5)


def _legend_above(ax: Axes, columns: int, **entries: Any) -> None:
    """A legend on top of the axes, where it hides no point."""
    ax.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=columns, borderaxespad=0.2, **entries)


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
