"""Models side by side as dots: one row a model, one kind of dot for each place in which it was measured."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from causalrec.errors import DataError
from causalrec.teach.figure.canvas import (
    GUIDE,
    REFERENCE,
    SERIES,
    SMALL,
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
        for height, row in enumerate(values):
            numbers = " / ".join(two(value) for value in row)
            ax.text(1.02, height, numbers, transform=ax.get_yaxis_transform(), va="center", size=SMALL)
        ax.set_yticks(heights, models)
        ax.set_ylim(len(models) - 0.5, -0.5)
        ax.set(xlabel=label, ylabel=str(table.index.name or ""))
        ax.grid(axis="y", visible=False)
        ax.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=len(places) + 1, borderaxespad=0.2)
    return described(ax, _words(places, models, values, reference, reference_name, label))


def _words(
    places: list[str],
    models: list[str],
    values: np.ndarray,
    reference: float | None,
    reference_name: str,
    label: str,
) -> str:
    """The values model by model, the highest of each place, and what lies no higher than the reference."""
    rows = "; ".join(
        f"{model} " + ", ".join(f"{place} {two(value)}" for place, value in zip(places, row, strict=True))
        for model, row in zip(models, values, strict=True)
    )
    best = "; ".join(f"{place} {models[row]}" for place, row in zip(places, values.argmax(axis=0), strict=True))
    words = f"{label} of {len(models)} models: {rows}. Highest: {best}."
    if reference is None:
        return words
    low = [
        f"{model} ({place})"
        for model, row in zip(models, values, strict=True)
        for place, value in zip(places, row, strict=True)
        if round(value, 2) <= reference
    ]
    return f"{words} No higher than {reference_name}, {written(reference, 2)}: {listed(low) if low else 'none'}."
