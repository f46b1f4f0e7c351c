"""The figure of the course: the way from a log to a ranking, in five boxes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from causalrec.errors import CausalrecError
from causalrec.teach.canvas import SMALL, blank, described, style
from causalrec.teach.diagram.boxes import arrow, box

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_STAGES = (
    ("behaviour data", "who saw, clicked,\nbought what"),
    ("language model", "BERT reads\nthe items' words"),
    ("interest", "chance of a click,\nonce seen"),
    ("causal inference", "what showing it\nwould change"),
    ("ranking", "what to show\nto whom"),
)
_ACROSS = "shown or not, bought or not"


def pipeline(highlight: str | None = None, *, ax: Axes | None = None) -> Axes:
    """The way from a log to a ranking, in five boxes; `highlight` names the box the reader is at.

    Raises:
        CausalrecError: `highlight` is none of the boxes.

    First taught: lesson 0.
    """
    names = [name for name, _ in _STAGES]
    if highlight is not None and highlight not in names:
        raise CausalrecError(f"there is no box {highlight!r} to highlight; choose from {', '.join(names)}.")
    step, half = 1.95, (0.8, 0.48)
    with style():
        ax = blank(ax, (-0.9, -1.25), (4 * step + 0.9, 0.58))
        for place, (name, caption) in enumerate(_STAGES):
            box(ax, (step * place, 0.0), half, "marked" if name == highlight else "plain")
            ax.text(step * place, 0.22, name, ha="center", va="center", weight="bold", zorder=4)
            ax.text(step * place, -0.17, caption, ha="center", va="center", size=SMALL, zorder=4)
            if place:
                arrow(ax, (step * (place - 1) + half[0], 0.0), (step * place - half[0], 0.0))
        arrow(ax, (0.0, -half[1]), (3 * step, -half[1]), bend=0.2)
        ground = {"facecolor": "white", "edgecolor": "none", "pad": 2.0}
        ax.text(1.5 * step, -1.06, _ACROSS, ha="center", va="center", size=SMALL, zorder=4, bbox=ground)
    steps = ", ".join(f"{name} ({' '.join(caption.split())})" for name, caption in _STAGES)
    here = f" Highlighted: {highlight}." if highlight else ""
    return described(
        ax,
        f"The pipeline, five boxes joined by arrows from left to right: {steps}. A second arrow leads from {names[0]} "
        f"straight to {names[3]}: {_ACROSS}.{here}",
    )
