"""Can probabilities be believed? What was predicted beside what came true, one curve a model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from causalrec.errors import DataError
from causalrec.teach.figure.canvas import REFERENCE, SERIES, described, new_axes, style, two
from causalrec.wording import listed

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

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
        legend = ax.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2, borderaxespad=0.2)
        for handle in legend.legend_handles[1:]:
            handle.set_sizes([70.0])  # type: ignore[union-attr]
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
