"""What models learn from more and more labels: a curve a model, each point with its interval."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from causalrec.errors import DataError
from causalrec.teach.figure.canvas import REFERENCE, SERIES, described, new_axes, style, two
from causalrec.wording import listed

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

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
    if absent := [name for name in _COLUMNS if name not in table]:
        raise DataError(f"the learning curves lack the column {absent[0]}; give {listed(_COLUMNS)}.")
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
        ax.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=len(curves) + 1, borderaxespad=0.2)
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
