"""What charts share besides their canvas: numbers as text, rows with names, legends, and the columns of a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from causalrec.errors import DataError
from causalrec.wording import listed

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


def two(value: float) -> str:
    """A number with two decimals and a true minus sign, which is read out as one; never minus zero."""
    return written(value, 2)


def written(value: float, decimals: int) -> str:
    """A number with that many decimals and a true minus sign; never minus zero."""
    return f"{round(float(value), decimals) + 0.0:.{decimals}f}".replace("-", "\N{MINUS SIGN}")


def legend_above(ax: Axes, columns: int, **entries: Any) -> Any:
    """A legend on top of the axes, where it hides no point."""
    return ax.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=columns, borderaxespad=0.2, **entries)


def name_rows(ax: Axes, names: Sequence[str], values: Sequence[str], size: float = 11.0) -> None:
    """Rows beneath one another, the first on top: a name at the left of each, its value in words at the right."""
    for height, value in enumerate(values):
        ax.text(1.02, height, value, transform=ax.get_yaxis_transform(), va="center", size=size)
    ax.set_yticks(range(len(names)), names)
    ax.set_ylim(len(names) - 0.5, -0.5)
    ax.grid(axis="y", visible=False)


def require_columns(table: pd.DataFrame, columns: Sequence[str], lacking: str) -> None:
    """Refuse a table without one of the columns; `lacking` opens the sentence: "the scoreboard lacks".

    Raises:
        DataError: a column is missing.
    """
    if absent := [name for name in columns if name not in table]:
        raise DataError(f"{lacking} the column {absent[0]}; give {listed(columns)}.")
