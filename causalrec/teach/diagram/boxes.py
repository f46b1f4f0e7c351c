"""What figures of graphs share: a place for every box and arrow, drawing them, and a graph's edges as sentences."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from causalrec.errors import GraphError
from causalrec.teach.canvas import BLUE, GUIDE, INK, PURPLE, text_width
from causalrec.teach.diagram.layout import Arrow, Point, clear_path, layered
from causalrec.wording import listed

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Edge = Arrow | frozenset[str]
"""An arrow as its pair (cause, effect), or a hidden common cause as the set of the two it joins."""
MARGIN = 0.12
"""Inches around a graph."""

_BOXES: Mapping[str, tuple[str, str, float, float]] = {  # fill, edge, line width, rounding of the corners in inches
    "plain": ("#f7f7f7", "#666666", 1.2, 0.09),
    "marked": ("#dcebf5", BLUE, 2.6, 0.09),
    "fixed": ("#c4c4c4", INK, 1.2, 0.0),
    "noise": ("white", GUIDE, 1.2, 0.15),
}
_ARROWS: Mapping[str, tuple[str, float, Any]] = {  # colour, line width, dashes of a hidden cause's arc
    "plain": (INK, 1.5, (0, (5, 3))),
    "hidden": (PURPLE, 1.8, (0, (5, 3))),
    "marked": (BLUE, 2.8, (0, (4, 2))),
    "faint": ("#9a9a9a", 1.2, (0, (5, 3))),
    "cut": (GUIDE, 1.6, (0, (1, 1.6))),
}


class Drawable(Protocol):
    """What figures of graphs draw."""

    @property
    def nodes(self) -> Iterable[str]:
        """The nodes, in the order that decides ties."""

    @property
    def arrows(self) -> Iterable[Arrow]:
        """Pairs (cause, effect)."""

    @property
    def confounded(self) -> Iterable[Collection[str]]:
        """Pairs of nodes with a hidden common cause."""


@dataclass(frozen=True)
class Plan:
    """Where everything of a graph goes, in inches: the same for the same graph, in whatever order its sets come.

    Attributes:
        nodes: the nodes, in the graph's order.
        edges: the arrows by their nodes' order, then the pairs with a hidden common cause, from left to right.
        arrows: how many of the edges are arrows.
        place: the centre of every box.
        half: half its width and half its height.
        bends: how far each edge bows, matplotlib's `arc3` radius.
        curves: the points of each edge, centre to centre; each of shape (41, 2).
    """

    nodes: tuple[str, ...]
    edges: tuple[Arrow, ...]
    arrows: int
    place: Mapping[str, Point]
    half: Mapping[str, Point]
    bends: tuple[float, ...]
    curves: tuple[NDArray[np.float64], ...]

    @property
    def extent(self) -> tuple[Point, Point]:
        """The lower left and upper right corner around all boxes and arrows, with a margin."""
        boxes = np.array([(self.place[node], self.half[node]) for node in self.nodes]).reshape(-1, 2, 2)
        every = np.concatenate([boxes[:, 0] - boxes[:, 1], boxes[:, 0] + boxes[:, 1], *self.curves])
        (left, bottom), (right, top) = every.min(axis=0) - MARGIN, every.max(axis=0) + MARGIN
        return (float(left), float(bottom)), (float(right), float(top))

    def name(self, edge: int) -> Edge:
        """An edge by the nodes it joins: a pair for an arrow, a set for a hidden common cause."""
        return self.edges[edge] if edge < self.arrows else frozenset(self.edges[edge])

    def moved(self, right: float, up: float) -> Plan:
        """The same plan elsewhere on the page."""
        place = {node: (x + right, y + up) for node, (x, y) in self.place.items()}
        return replace(self, place=place, curves=tuple(curve + (right, up) for curve in self.curves))

    def visible(self, edge: int) -> NDArray[np.float64]:
        """Closely spaced points of an edge, those outside the two boxes it joins; shape (points, 2)."""
        (one, other), coarse = self.edges[edge], self.curves[edge]
        steps = np.arange(0, len(coarse) - 1 + 1e-9, 0.1)
        curve = np.column_stack([np.interp(steps, np.arange(len(coarse)), coarse[:, axis]) for axis in (0, 1)])
        hidden = np.zeros(len(curve), dtype=bool)
        for node in (one, other):
            hidden |= (np.abs(curve - self.place[node]) <= self.half[node]).all(axis=1)
        return curve[~hidden] if not hidden.all() else curve


def planned(graph: Drawable) -> Plan:
    """A plan for a graph: causes to the left, edges bowed around boxes, arcs of hidden causes off earlier edges.

    Raises:
        GraphError: the graph has no nodes.
    """
    nodes = tuple(graph.nodes)
    if not nodes:
        raise GraphError("the graph has no nodes to draw; give it at least one, as in 'X -> Y'.")
    arrows = sorted_arrows(graph)
    half = {node: (text_width(node) / 2 + 0.14, 0.19) for node in nodes}
    place = places(layered(nodes, arrows), half)
    return routed(nodes, arrows, from_left(graph.confounded, place), place, half)


def routed(
    nodes: Sequence[str],
    arrows: Sequence[Arrow],
    hidden: Sequence[Arrow],
    place: Mapping[str, Point],
    half: Mapping[str, Point],
) -> Plan:
    """A plan for nodes that have their places: each edge bows to pass the boxes, each arc to keep off earlier edges."""
    around = {node: (place[node], (half[node][0] + 0.06, half[node][1] + 0.06)) for node in place}
    edges = (*arrows, *hidden)
    bends: list[float] = []
    curves: list[NDArray[np.float64]] = []
    for one, other in edges:
        boxes = [box for node, box in around.items() if node not in (one, other)]
        arc = len(bends) >= len(arrows)
        bend, curve = clear_path(place[one], place[other], boxes, curves if arc else (), straight=not arc)
        bends.append(bend)
        curves.append(curve)
    return Plan(tuple(nodes), edges, len(arrows), place, half, tuple(bends), tuple(curves))


def draw(ax: Axes, plan: Plan, boxes: Mapping[str, str], edges: Mapping[Edge, str]) -> None:
    """Draw a plan: nodes and edges look "plain" but for those named.

    Looks of a node: plain, marked, noise, fixed (held fixed: square, shaded, with a double line).
    Looks of an edge: plain, marked, faint, cut.
    """
    shapes = {}
    for node in plan.nodes:
        shapes[node] = box(ax, plan.place[node], plan.half[node], boxes.get(node, "plain"))
        ax.text(*plan.place[node], node, ha="center", va="center", zorder=4)
    for number, (one, other) in enumerate(plan.edges):
        hidden = number >= plan.arrows
        look = edges.get(plan.name(number), "hidden" if hidden else "plain")
        ends = {"patchA": shapes[one], "patchB": shapes[other]}
        arrow(ax, plan.place[one], plan.place[other], plan.bends[number], look, hidden=hidden, **ends)


def box(ax: Axes, centre: Point, half: Point, look: str = "plain") -> Any:
    """A box around its centre; returns the outline that arrows stop at."""
    from matplotlib.patches import FancyBboxPatch

    fill, edge, width, rounding = _BOXES[look]

    def around(more: float) -> Any:
        corner = (centre[0] - half[0] - more, centre[1] - half[1] - more)
        style = f"round,pad=0,rounding_size={rounding}" if rounding else "square,pad=0"
        return FancyBboxPatch(corner, 2 * (half[0] + more), 2 * (half[1] + more), boxstyle=style, zorder=3)

    if look == "fixed":
        ring = ax.add_patch(around(0.03))
        ring.set(facecolor="white", edgecolor=edge, linewidth=width)
        ax.add_patch(around(-0.03)).set(facecolor=fill, edgecolor=edge, linewidth=width)
        return ring
    shape = ax.add_patch(around(0.0))
    shape.set(facecolor=fill, edgecolor=edge, linewidth=width)
    return shape


def arrow(
    ax: Axes, start: Point, end: Point, bend: float = 0.0, look: str = "plain", *, hidden: bool = False, **ends: Any
) -> None:
    """Draw an arrow, or the arc of a hidden common cause with two heads; `ends` are the boxes it stops at."""
    from matplotlib.patches import FancyArrowPatch

    colour, width, dashes = _ARROWS[look]
    patch = FancyArrowPatch(
        start, end,
        arrowstyle="<|-|>" if hidden else "-|>",
        connectionstyle=f"arc3,rad={bend}",
        linestyle=dashes if hidden or look == "cut" else "solid",
        color=colour,
        linewidth=width,
        mutation_scale=14,
        shrinkA=1, shrinkB=1,
        zorder=2,
        **ends,
    )  # fmt: skip
    ax.add_artist(patch)  # add_patch would measure it for the axes' limits, slowly and for nothing


def known(graph: Drawable, nodes: Iterable[str]) -> list[str]:
    """The nodes asked for, in the graph's order.

    Raises:
        GraphError: one of them is not in the graph.
    """
    asked, there = set(nodes), list(graph.nodes)
    if unknown := sorted(asked.difference(there)):
        raise GraphError(f"the graph has no node {unknown[0]!r}; it has {', '.join(there) or 'none at all'}.")
    return [node for node in there if node in asked]


def intervened(graph: Drawable, do: str | Iterable[str] | Mapping[str, Any], figure: str) -> tuple[list[str], str]:
    """The nodes that an intervention sets, in the graph's order, and how it is written: do(X = 1, Z).

    Raises:
        GraphError: it sets nothing, or a node that the graph has not.
    """
    values = do if isinstance(do, Mapping) else {}
    targets = known(graph, (do,) if isinstance(do, str) else do)
    if not targets:
        raise GraphError(f"{figure} needs a node to set, and none was given; name one, as in do='X'.")
    return targets, f"do({', '.join(f'{node} = {values[node]}' if node in values else node for node in targets)})"


def sorted_arrows(graph: Drawable) -> list[Arrow]:
    """The arrows of a graph, by the order of its nodes."""
    rank = {node: place for place, node in enumerate(graph.nodes)}
    return sorted(graph.arrows, key=lambda pair: (rank[pair[0]], rank[pair[1]]))


def edges_in_words(nodes: Sequence[str], arrows: Sequence[Arrow], hidden: Sequence[Arrow]) -> str:
    """A graph's edges as sentences: a clause for each node's effects, one for each hidden common cause.

    All of it in the order of the nodes, wherever these are drawn: so a graph before and after surgery reads alike.
    """
    position = {node: place for place, node in enumerate(nodes)}
    pairs = [sorted(pair, key=position.__getitem__) for pair in hidden]
    pairs.sort(key=lambda pair: [position[node] for node in pair])
    effects = {node: [effect for cause, effect in arrows if cause == node] for node in nodes}
    clauses = [f"{node} points to {listed(pointed)}" for node, pointed in effects.items() if pointed]
    words = f"{'; '.join(clauses) or 'no arrows'}."
    if pairs:
        words += f" Hidden common causes, dashed: of {'; of '.join(map(listed, pairs))}."
    alone = [node for node in nodes if not any(node in pair for pair in (*arrows, *hidden))]
    return words + (f" Without any arrow: {listed(alone)}." if alone else "")


def from_left(confounded: Iterable[Collection[str]], place: Mapping[str, Point]) -> list[Arrow]:
    """The pairs with a hidden common cause, ordered from left to right, so that their arcs bow upwards."""
    pairs = [sorted(pair, key=place.__getitem__) for pair in confounded]
    return sorted(((one, other) for one, other in pairs), key=lambda pair: (place[pair[0]], place[pair[1]]))


def places(layers: Mapping[str, Point], half: Mapping[str, Point]) -> dict[str, Point]:
    """Inches in place of layers and heights: columns as wide as their widest box, with room for arrows between."""
    widest: dict[float, float] = {}
    for node, (column, _) in layers.items():
        widest[column] = max(widest.get(column, 0.0), 2 * half[node][0])
    left, centre = 0.0, {}
    for column in sorted(widest):
        centre[column] = left + widest[column] / 2
        left += widest[column] + 0.65
    return {node: (centre[column], 0.95 * height) for node, (column, height) in layers.items()}
