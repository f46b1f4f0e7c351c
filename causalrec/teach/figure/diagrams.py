"""Figures of boxes and arrows: the pipeline, and causal graphs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from causalrec.errors import CausalrecError
from causalrec.teach.figure.canvas import BLUE, INK, PURPLE, SMALL, described, listed, new_axes, style
from causalrec.teach.figure.layout import Arrow, Point, clear_path, layered

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
_MARGIN = 0.12  # inches around a graph


class Drawable(Protocol):
    """What `graph` draws."""

    @property
    def nodes(self) -> Iterable[str]:
        """The nodes, in the order that decides ties."""

    @property
    def arrows(self) -> Iterable[Arrow]:
        """Pairs (cause, effect)."""

    @property
    def confounded(self) -> Iterable[Collection[str]]:
        """Pairs of nodes with a hidden common cause."""


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
        ax = _blank(ax, (-0.9, -1.25), (4 * step + 0.9, 0.58))
        for place, (name, caption) in enumerate(_STAGES):
            _box(ax, (step * place, 0.0), half, marked=name == highlight)
            ax.text(step * place, 0.22, name, ha="center", va="center", weight="bold", zorder=4)
            ax.text(step * place, -0.17, caption, ha="center", va="center", size=SMALL, zorder=4)
            if place:
                _arrow(ax, (step * (place - 1) + half[0], 0.0), (step * place - half[0], 0.0))
        _arrow(ax, (0.0, -half[1]), (3 * step, -half[1]), bend=0.2)
        ground = {"facecolor": "white", "edgecolor": "none", "pad": 2.0}
        ax.text(1.5 * step, -1.06, _ACROSS, ha="center", va="center", size=SMALL, zorder=4, bbox=ground)
    steps = ", ".join(f"{name} ({' '.join(caption.split())})" for name, caption in _STAGES)
    here = f" Highlighted: {highlight}." if highlight else ""
    return described(
        ax,
        f"The pipeline, five boxes joined by arrows from left to right: {steps}. A second arrow leads from {names[0]} "
        f"straight to {names[3]}: {_ACROSS}.{here}",
    )


def graph(causal_graph: Drawable, *, highlight: Collection[str | Arrow] = (), ax: Axes | None = None) -> Axes:
    """A causal graph in layers, causes to the left; hidden common causes are dashed arcs with two heads.

    `highlight` holds nodes, and arrows as pairs (cause, effect), to set off by colour and a thicker line.

    First taught: lesson 2a.
    """
    nodes = tuple(causal_graph.nodes)
    rank = {node: place for place, node in enumerate(nodes)}
    arrows = sorted(causal_graph.arrows, key=lambda pair: (rank[pair[0]], rank[pair[1]]))
    with style():
        half = {node: (_text_width(node) / 2 + 0.14, 0.19) for node in nodes}
        place = _places(layered(nodes, arrows), half)
        hidden = _from_left(causal_graph.confounded, place)
        bends, paths = _bends(arrows, hidden, place, half)
        low, high = _extent(place, half, paths)
        ax = _blank(ax, low, high)
        boxes = {node: _box(ax, place[node], half[node], marked=node in highlight) for node in nodes}
        for node in nodes:
            ax.text(*place[node], node, ha="center", va="center", zorder=4)
        kinds = ["marked" if pair in highlight else "plain" for pair in arrows] + ["hidden"] * len(hidden)
        for (one, other), bend, kind in zip([*arrows, *hidden], bends, kinds, strict=True):
            _arrow(ax, place[one], place[other], bend, kind, patchA=boxes[one], patchB=boxes[other])
    return described(ax, _in_words(nodes, arrows, hidden, highlight))


def _in_words(
    nodes: Sequence[str], arrows: Sequence[Arrow], hidden: Sequence[Arrow], highlight: Collection[str | Arrow]
) -> str:
    """The graph as sentences: a clause for each node's effects, one for each hidden common cause."""
    effects = {node: [effect for cause, effect in arrows if cause == node] for node in nodes}
    clauses = [f"{node} points to {listed(pointed)}" for node, pointed in effects.items() if pointed]
    alone = [node for node in nodes if not any(node in pair for pair in (*arrows, *hidden))]
    words = f"A causal graph of {len(nodes)} node{'' if len(nodes) == 1 else 's'}: {'; '.join(clauses) or 'no arrows'}."
    if hidden:
        words += f" Hidden common causes, dashed: of {'; of '.join(listed(pair) for pair in hidden)}."
    if alone:
        words += f" Without any arrow: {listed(alone)}."
    marked = [node for node in nodes if node in highlight]
    marked += [f"the arrow from {cause} to {effect}" for cause, effect in arrows if (cause, effect) in highlight]
    return words + (f" Highlighted: {listed(marked)}." if marked else "")


def _from_left(confounded: Iterable[Collection[str]], place: Mapping[str, Point]) -> list[Arrow]:
    """The pairs with a hidden common cause, ordered from left to right, so that their arcs bow upwards."""
    pairs = [sorted(pair, key=place.__getitem__) for pair in confounded]
    return sorted(((one, other) for one, other in pairs), key=lambda pair: (place[pair[0]], place[pair[1]]))


def _places(layers: Mapping[str, Point], half: Mapping[str, Point]) -> dict[str, Point]:
    """Inches in place of layers and heights: columns as wide as their widest box, with room for arrows between."""
    widest: dict[float, float] = {}
    for node, (column, _) in layers.items():
        widest[column] = max(widest.get(column, 0.0), 2 * half[node][0])
    left, centre = 0.0, {}
    for column in sorted(widest):
        centre[column] = left + widest[column] / 2
        left += widest[column] + 0.65
    return {node: (centre[column], 0.95 * height) for node, (column, height) in layers.items()}


def _bends(
    arrows: Sequence[Arrow], hidden: Sequence[Arrow], place: Mapping[str, Point], half: Mapping[str, Point]
) -> tuple[list[float], list[NDArray[np.float64]]]:
    """How far each arrow bows to pass the boxes, each hidden arc to keep off earlier paths too; and the paths."""
    around = {node: (place[node], (half[node][0] + 0.06, half[node][1] + 0.06)) for node in place}
    bends: list[float] = []
    paths: list[NDArray[np.float64]] = []
    for one, other in (*arrows, *hidden):
        boxes = [box for node, box in around.items() if node not in (one, other)]
        arc = len(bends) >= len(arrows)
        bend, path = clear_path(place[one], place[other], boxes, paths if arc else (), straight=not arc)
        bends.append(bend)
        paths.append(path)
    return bends, paths


def _extent(
    place: Mapping[str, Point], half: Mapping[str, Point], paths: Sequence[NDArray[np.float64]]
) -> tuple[Point, Point]:
    """The lower left and upper right corner around all boxes and arrows, with a margin."""
    boxes = np.array([(place[node], half[node]) for node in place]).reshape(-1, 2, 2)  # (nodes, centre or half, 2)
    every = np.concatenate([boxes[:, 0] - boxes[:, 1], boxes[:, 0] + boxes[:, 1], *paths])
    (left, bottom), (right, top) = every.min(axis=0) - _MARGIN, every.max(axis=0) + _MARGIN
    return (float(left), float(bottom)), (float(right), float(top))


def _blank(ax: Axes | None, low: Point, high: Point) -> Axes:
    """Axes without frame or ticks; new ones fill a figure of the extent's size, so that a unit is an inch."""
    ax = ax or new_axes(high[0] - low[0], high[1] - low[1], bare=True)
    ax.set_axis_off()
    ax.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]))
    ax.set_aspect("equal")
    return ax


def _box(ax: Axes, centre: Point, half: Point, *, marked: bool) -> Any:
    from matplotlib.patches import FancyBboxPatch

    corner = (centre[0] - half[0], centre[1] - half[1])
    box = FancyBboxPatch(
        corner, 2 * half[0], 2 * half[1],
        boxstyle="round,pad=0,rounding_size=0.09",
        facecolor="#dcebf5" if marked else "#f7f7f7",
        edgecolor=BLUE if marked else "#666666",
        linewidth=2.6 if marked else 1.2,
        zorder=3,
    )  # fmt: skip
    return ax.add_patch(box)


def _arrow(ax: Axes, start: Point, end: Point, bend: float = 0.0, kind: str = "plain", **ends: Any) -> None:
    """Draw an arrow: "plain", "marked", or "hidden" for a hidden common cause; `ends` are the boxes it stops at."""
    from matplotlib.patches import FancyArrowPatch

    arrow = FancyArrowPatch(
        start, end,
        arrowstyle="<|-|>" if kind == "hidden" else "-|>",
        connectionstyle=f"arc3,rad={bend}",
        linestyle=(0, (5, 3)) if kind == "hidden" else "solid",
        color={"plain": INK, "marked": BLUE, "hidden": PURPLE}[kind],
        linewidth={"plain": 1.5, "marked": 2.8, "hidden": 1.8}[kind],
        mutation_scale=14,
        shrinkA=1, shrinkB=1,
        zorder=2,
        **ends,
    )  # fmt: skip
    ax.add_patch(arrow)


def _text_width(text: str) -> float:
    """The width of a text in inches, in the style's font and size."""
    from matplotlib.textpath import TextPath

    return float(TextPath((0, 0), text, size=11.0).get_extents().width) / 72
