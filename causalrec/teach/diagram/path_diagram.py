"""Figure of the paths between two nodes of a causal graph: which are open, which are blocked, and where."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from causalrec.teach.canvas import BLUE, INK, SMALL, VERMILLION, blank, described, style, text_width
from causalrec.teach.diagram.boxes import MARGIN, Edge, Plan, draw, planned
from causalrec.teach.diagram.layout import Point
from causalrec.wording import arrowed, listed

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from causalrec.causal.graphs.graph import CausalGraph
    from causalrec.causal.graphs.paths import Path

_MOST_ROWS = 8
"""Paths that are written beneath the graph; the words list all."""
_ROW = 0.26
"""Inches from one written path to the next."""
_BAR, _OFF = 0.13, 0.17
"""Inches: half the length of a bar across a blocked path, and how far from the blocking node it stands at least."""


def paths(graph: CausalGraph, x: str, y: str, given: str | Iterable[str] = (), *, ax: Axes | None = None) -> Axes:
    """All paths between two nodes: open ones thick and blue, blocked ones with a bar at the node that blocks them.

    Nodes held fixed are shaded and have square corners and a double outline; edges on no path are faint. Beneath the
    graph stands every path with its state, open ones first (the first eight of many; the words list them all).

    Raises:
        GraphError: an unknown node, one that is both asked about and held fixed, or x and y the same.

    Source: Pearl 2009, Causality, definition 1.2.3. First taught: lesson 2b.
    """
    found = graph.paths(x, y, given)
    ordered = sorted(found, key=lambda path: not path.open)
    fixed = graph.in_order(given)
    plan = planned(graph)
    number = {plan.name(edge): edge for edge in range(len(plan.edges))}
    rows = [(path.open, arrowed(path), _state(path)) for path in ordered[:_MOST_ROWS]]
    held = f"held fixed (double outline): {', '.join(fixed)}" if fixed else "held fixed: nothing"
    more = f"and {len(ordered) - _MOST_ROWS} more" if len(ordered) > _MOST_ROWS else ""
    with style():
        wide = max([text_width(text, SMALL) for _, text, _ in rows], default=0.0)
        lines = [0.7 + wide + text_width(state, SMALL) for *_, state in rows] + [text_width(held, SMALL)]
        (left, bottom), (right, top) = plan.extent
        edge = max(right, left + max(lines) + 2 * MARGIN + 0.1)
        ax = blank(ax, (left, bottom - _ROW * (len(rows) + 1 + bool(more)) - 0.2), (edge, top))
        plan = plan.moved((edge - right) / 2, 0)
        draw(ax, plan, {x: "marked", y: "marked"} | dict.fromkeys(fixed, "fixed"), _looks(plan, ordered))
        for ends in _bars(plan, number, ordered):
            ax.plot(*ends, color="white", linewidth=7, solid_capstyle="butt", zorder=4)
            ax.plot(*ends, color=VERMILLION, linewidth=4.5, solid_capstyle="butt", zorder=5)
        _write(ax, (left + MARGIN, bottom - 0.1), held, rows, wide, more)
    return described(ax, _in_words(x, y, fixed, ordered))


def _edges(path: Path) -> list[Edge]:
    """The edges of a path by the nodes they join."""
    return [
        frozenset((one, other)) if mark == "<->" else (one, other) if mark == "->" else (other, one)
        for one, mark, other in zip(path.nodes, path.marks, path.nodes[1:], strict=False)
    ]


def _looks(plan: Plan, found: Iterable[Path]) -> dict[Edge, str]:
    """Edges on an open path are marked, on none faint."""
    found = list(found)
    used = {edge for path in found if path.open for edge in _edges(path)}
    on = {edge for path in found for edge in _edges(path)}
    every = map(plan.name, range(len(plan.edges)))
    return {edge: "marked" if edge in used else "faint" for edge in every if edge in used or edge not in on}


def _bars(plan: Plan, number: Mapping[Edge, int], found: Iterable[Path]) -> list[tuple[list[float], list[float]]]:
    """The ends of every bar, across and up, one for each node that blocks a path and edge by which the path meets it.

    A bar stands on the edge by which the path comes to the node, or on the next one where an open path uses the first.
    Where open paths use both it would seem to block those: then none is drawn, and the rows beneath tell.
    """
    found = list(found)
    used = {edge for path in found if path.open for edge in _edges(path)}
    bars: dict[tuple[str, Edge], None] = {}
    for path in found:
        edges = _edges(path)
        for passage, *pair in zip(path.passages, edges, edges[1:], strict=False):
            if not passage.open and (free := [edge for edge in pair if edge not in used]):
                bars[passage.node, free[0]] = None
    return [_bar(plan, number[edge], node) for node, edge in bars]


def _bar(plan: Plan, edge: int, node: str) -> tuple[list[float], list[float]]:
    """The ends of a bar across an edge, as near to the node as it can stand off its box."""
    points = plan.visible(edge)
    if plan.edges[edge][1] == node:
        points = points[::-1]
    direction = np.gradient(points, axis=0)
    across = _BAR * np.column_stack([-direction[:, 1], direction[:, 0]]) / np.linalg.norm(direction, axis=1)[:, None]
    box = np.asarray(plan.half[node]) + 0.08
    off = [np.abs(end - plan.place[node]) > box for end in (points - across, points, points + across)]
    clear = np.all([outside.any(axis=1) for outside in off], axis=0)
    clear &= np.linalg.norm(points - points[0], axis=1) > _OFF  # leaves an arrowhead to be seen
    at = int(np.argmax(clear)) if clear.any() else len(points) // 2
    (x, y), (dx, dy) = points[at].tolist(), across[at].tolist()
    return [x - dx, x + dx], [y - dy, y + dy]


def _write(ax: Axes, corner: Point, held: str, rows: Iterable[tuple[bool, str, str]], wide: float, more: str) -> None:
    """The paths as rows beneath the graph: how their line looks, the path, its state."""
    left, y = corner[0], corner[1] - _ROW / 2
    ax.text(left, y, held, va="center", size=SMALL)
    for is_open, text, state in rows:
        y -= _ROW
        look = (BLUE, 2.8) if is_open else (INK, 1.5)
        ax.plot([left, left + 0.3], [y, y], color=look[0], linewidth=look[1], solid_capstyle="butt")
        if not is_open:
            ax.plot([left + 0.15] * 2, [y - 0.09, y + 0.09], color=VERMILLION, linewidth=4.5, solid_capstyle="butt")
        ax.text(left + 0.4, y, text, va="center", size=SMALL)
        ax.text(left + 0.65 + wide, y, state, va="center", size=SMALL, weight="bold" if is_open else "normal")
    if more:
        ax.text(left + 0.4, y - _ROW, more, va="center", size=SMALL)


def _state(path: Path) -> str:
    return "open" if path.open else f"blocked at {listed(path.blocked_by)}"


def _in_words(x: str, y: str, fixed: Iterable[str], ordered: list[Path]) -> str:
    """How many paths are open, then each with its state and the reason, then what that says of x and y."""
    held = f" with {listed(fixed)} held fixed" if (fixed := tuple(fixed)) else " with nothing held fixed"
    if not ordered:
        return f"A causal graph without any path between {x} and {y}{held}: they are d-separated."
    count = sum(path.open for path in ordered)
    if len(ordered) == 1:
        opening = f"The one path between {x} and {y} is {'open' if count else 'blocked'}{held}"
    else:
        opening = f"Of {len(ordered)} paths between {x} and {y}, {count} {'is' if count == 1 else 'are'} open{held}"
    each = " ".join(f"{arrowed(path)} is {_state(path)}: {path.why}." for path in ordered)
    return f"{opening}: {each} So {x} and {y} {'may depend on each other' if count else 'are d-separated'}{held}."
