"""Small pictures of causal graphs, for a cell of a table: nodes in a row, causes first, arrows as arcs between them.

What was cut stays visible as a dotted trace, so that graphs of one derivation look alike and differ by what is cut.
Larger figures, with other layouts, are those of `causalrec.teach.figure`; this one needs no plotting library.

First used: lesson 3b.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Collection
from html import escape

from causalrec.causal.graphs.graph import CausalGraph
from causalrec.causal.graphs.paths import Path

_LETTER, _TALL, _GAP, _RISE = 7.6, 22, 34, 17
"""Pixels: a letter's width, a box's height, between two boxes, and what an arc rises for each node it passes."""
_INK, _TRACE, _OPEN, _HELD = "#1b1b1b", "#a8a8a8", "#d55e00", "#cfcfcf"
_EDGES = {"kept": f'stroke="{_INK}" stroke-width="1.5"', "cut": f'stroke="{_TRACE}" stroke-width="1.2"',
          "open": f'stroke="{_OPEN}" stroke-width="3"'}


def sketch(graph: CausalGraph, after: CausalGraph | None = None, held: Collection[str] = (),
           path: Path | None = None) -> str:
    """A picture of a graph as an HTML image, with its description as alternative text.

    Args:
        graph: the graph as it was.
        after: the same with some arrows cut; they are dotted. Without it nothing is.
        held: nodes held fixed, in grey boxes.
        path: an open path, set off by colour and thickness.

    First used: lesson 3b.
    """
    after = after or graph
    drawn = _svg(graph, after, held, path)
    source = b64encode(drawn.encode()).decode()
    return f'<img alt="{escape(_described(graph, after, held, path))}" src="data:image/svg+xml;base64,{source}">'


def _described(graph: CausalGraph, after: CausalGraph, held: Collection[str], path: Path | None) -> str:
    """The picture in words."""
    gone = [*(f"{one} -> {other}" for one, other in sorted(graph.arrows - after.arrows)),
            *(" <-> ".join(graph.in_order(pair)) for pair in sorted(graph.confounded - after.confounded, key=sorted))]
    words = [f"Graph {after}", f"cut: {', '.join(gone)}" if gone else "nothing is cut"]
    words += [f"held fixed: {', '.join(graph.in_order(held))}"] if held else []
    words += [f"open path: {path}"] if path else []
    return "; ".join(words) + "."


def _svg(graph: CausalGraph, after: CausalGraph, held: Collection[str], path: Path | None) -> str:
    centres, halves, left = {}, {}, 6.0
    for node in graph.order:
        halves[node] = (len(node) * _LETTER + 14) / 2
        centres[node] = left + halves[node]
        left += 2 * halves[node] + _GAP
    on_path = set() if path is None else {
        (frozenset(pair), mark == "<->") for *pair, mark in zip(path.nodes, path.nodes[1:], path.marks, strict=False)
    }
    above = below = 0.0
    lines: list[tuple[int, str]] = []
    place = {node: number for number, node in enumerate(graph.order)}
    edges = [(cause, effect, False) for cause, effect in graph.arrows]
    edges += [(*sorted(pair, key=place.__getitem__), True) for pair in graph.confounded]  # type: ignore[misc]
    for one, other, hidden in sorted(edges, key=lambda edge: (edge[2], place[edge[0]], place[edge[1]])):
        passed = place[other] - place[one] - 1
        rise = _RISE * (passed + 1) ** 0.75 if hidden else _RISE * (passed + 0.4) ** 0.75 if passed else 0.0
        above, below = (above, max(below, rise)) if hidden else (max(above, rise), below)
        kept = frozenset((one, other)) in after.confounded if hidden else (one, other) in after.arrows
        state = "cut" if not kept else "open" if (frozenset((one, other)), hidden) in on_path else "kept"
        lines.append((_ORDER[state], _edge((centres[one], halves[one]), (centres[other], halves[other]), rise, hidden,
                                           state)))
    top, bottom = -_TALL / 2 - above - 8, _TALL / 2 + below + 8
    boxes = "".join(
        f'<rect x="{centres[node] - halves[node]:.1f}" y="{-_TALL / 2}" width="{2 * halves[node]:.1f}" '
        f'height="{_TALL}" rx="4" fill="{_HELD if node in held else "#ffffff"}" stroke="{_INK}"/>'
        f'<text x="{centres[node]:.1f}" y="4.5" text-anchor="middle">{node}</text>' for node in graph.order
    )
    width, height = left - _GAP + 6, bottom - top
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="0 {top:.1f} {width:.1f} {height:.1f}" font-family="monospace" font-size="12.5" fill="{_INK}">'
        f'<rect x="0" y="{top:.1f}" width="{width:.1f}" height="{height:.1f}" rx="6" fill="#ffffff"/>'
        f'{"".join(line for _, line in sorted(lines, key=lambda line: line[0]))}{boxes}</svg>'
    )


_ORDER = {"cut": 0, "kept": 1, "open": 2}
"""What is drawn later lies on top."""


def _edge(one: tuple[float, float], other: tuple[float, float], rise: float, hidden: bool, state: str) -> str:
    """An arrow, straight or as an arc above the boxes; a bidirected edge as a dashed arc below them."""
    (x0, half0), (x1, half1) = one, other
    edge = _TALL / 2 * (1 if hidden else -1)
    if rise:
        start, end = (x0 + half0 * 0.4, edge), (x1 - half1 * 0.4, edge)
        bend = edge + (rise if hidden else -rise) * 4 / 3  # a cubic reaches three quarters of its handles' height
        shift = min(24.0, (end[0] - start[0]) / 4)
        first, last = (start[0] + shift, bend), (end[0] - shift, bend)
    else:
        start, end = (x0 + half0, 0.0), (x1 - half1, 0.0)
        first, last = start, end
    dash = ' stroke-dasharray="1.5 4"' if state == "cut" else ' stroke-dasharray="6 4"' if hidden else ""
    curve = (f'<path d="M{start[0]:.1f} {start[1]:.1f} C{first[0]:.1f} {first[1]:.1f} {last[0]:.1f} {last[1]:.1f} '
             f'{end[0]:.1f} {end[1]:.1f}" fill="none" {_EDGES[state]}{dash}/>')
    heads = _head(last if rise else start, end, state) + (_head(first, start, state) if hidden else "")
    return curve + heads


def _head(behind: tuple[float, float], tip: tuple[float, float], state: str) -> str:
    """An arrowhead at the tip, seen from behind it."""
    along = (tip[0] - behind[0], tip[1] - behind[1])
    length = max((along[0] ** 2 + along[1] ** 2) ** 0.5, 1e-9)
    u, v = along[0] / length, along[1] / length
    size = 8.0 if state != "open" else 10.0
    corners = [tip, *((tip[0] - size * u + side * size * 0.4 * v, tip[1] - size * v - side * size * 0.4 * u)
                      for side in (1, -1))]
    colour = {"kept": _INK, "cut": _TRACE, "open": _OPEN}[state]
    return f'<polygon points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in corners)}" fill="{colour}"/>'
