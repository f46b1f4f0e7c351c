"""Figures of curves: the logistic function, sampling error, what models learn from more labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from causalrec.errors import DataError
from causalrec.teach.canvas import BLUE, GUIDE, REFERENCE, SERIES, SMALL, VERMILLION, described, new_axes, style
from causalrec.teach.marks import legend_above, require_columns, two
from causalrec.wording import listed

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

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
        legend_above(ax, 2, handles=[*dots, bar], labels=["one sample's estimate", "their mean ± 1 SD"])
        ax.grid(axis="x", visible=False)
    spreads = ", ".join(f"{value:.3f} at n = {n:,}" for n, value in spread.items())
    words = f"Estimates from samples of {len(spread)} sizes, around the truth of {two(truth)}: SD {spreads}."
    smallest, largest = min(spread), max(spread)
    if smallest < largest and spread[largest] > 0:
        times, root = spread[smallest] / spread[largest], (largest / smallest) ** 0.5
        words += f" From the smallest n to the largest it shrinks {times:.1f} times; √n grows {root:.1f} times."
    return described(ax, words)


_COLUMNS = ("model", "labels", "value", "low", "high")


def learning_curves(
    table: pd.DataFrame,
    *,
    reference: float | None = 0.5,
    reference_name: str = "a coin",
    label: str = "AUC",
    ax: Axes | None = None,
) -> Axes:
    """A measure of each model against the number of labels it learned from, on a logarithmic scale, with intervals.

    `table` has columns model, labels, value, low, high; models (up to four) are drawn in the order of their first rows,
    a little beside one another.

    Raises:
        DataError: a column or a value is missing, there is no row, more than four models, or a number of labels below
            1.

    First taught: lesson 7d.
    """
    require_columns(table, _COLUMNS, "the learning curves lack")
    models = list(dict.fromkeys(table["model"]))
    sound = not table[list(_COLUMNS)].isna().to_numpy().any() and bool((table["labels"] >= 1).all())
    if not 1 <= len(models) <= len(SERIES) or not sound:
        raise DataError(f"learning curves need 1 to {len(SERIES)} models, no missing values and labels from 1 on.")
    curves = {str(model): table[table["model"] == model].sort_values("labels", kind="stable") for model in models}
    with style():
        ax = ax or new_axes(7.4, 4.0)
        for place, ((name, curve), (colour, marker, _)) in enumerate(zip(curves.items(), SERIES, strict=False)):
            labels, value = curve["labels"].to_numpy(float), curve["value"].to_numpy(float)
            beside = labels * 1.05 ** (place - (len(curves) - 1) / 2)  # so that the intervals do not hide one another
            ends = np.clip([value - curve["low"], curve["high"] - value], 0, None)
            look = {"color": colour, "marker": marker, "linestyle": "-" if place == 0 else "--", "capsize": 4}
            ax.errorbar(beside, value, ends, label=name, linewidth=2, markersize=8, **look)
        if reference is not None:
            ax.axhline(reference, color=REFERENCE, linestyle=":", linewidth=1.5, label=reference_name)
        ticks = sorted(set(table["labels"]))
        ax.set_xscale("log")
        ax.set_xticks(ticks, [f"{tick:,}" for tick in ticks])
        ax.minorticks_off()
        ax.set(xlabel="labels learned from", ylabel=label)
        legend_above(ax, len(curves) + 1)
    return described(ax, _words(curves, reference, reference_name, label))


def _words(curves: dict[str, pd.DataFrame], reference: float | None, reference_name: str, label: str) -> str:
    """Every point with its interval, and which model is highest at each number of labels."""
    points = "; ".join(
        f"{name}: " + ", ".join(f"{two(v)} ({two(low)} to {two(high)}) at {n:,}" for n, v, low, high in rows)
        for name, curve in curves.items()
        for rows in [curve[["labels", "value", "low", "high"]].itertuples(index=False, name=None)]
    )
    pairs = [curve[["value", "labels"]].assign(model=name) for name, curve in curves.items()]
    rows = [row for pair in pairs for row in pair.itertuples(index=False, name=None)]
    best = [f"{max(row for row in rows if row[1] == n)[2]} at {n:,}" for n in sorted({row[1] for row in rows})]
    highest = f" Highest: {listed(best)}." if len(curves) > 1 else ""
    beside = "" if reference is None else f" {reference_name.capitalize()} has {two(reference)}."
    return f"{label} by number of labels. {points}.{highest}{beside}"
