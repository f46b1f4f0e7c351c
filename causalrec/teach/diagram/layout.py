"""Where the nodes of a small causal graph stand when it is drawn: in layers, causes left, the same on every run."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

Arrow = tuple[str, str]
Point = tuple[float, float]
Place = str | tuple[str, str, int]
"""A node, or the place that an arrow keeps free in a layer it passes."""

_BENDS = (0.0, -0.15, 0.15, -0.25, 0.25, -0.35, 0.35, -0.5, 0.5, -0.7, 0.7)
"""How far an arrow may bow, as a share of its length, in the order tried; negative bows to its left."""
_APART = 0.1
"""Inches that two arrows should keep between them."""


def layered(nodes: Sequence[str], arrows: Iterable[Arrow]) -> dict[str, Point]:
    """The place of every node as (layer, height): layers count from 0 at the left, heights are centred on 0, up is +.

    A node stands one layer behind its last cause; an arrow over several layers keeps a free place in each of them, so
    that other nodes stand aside (Sugiyama, Tagawa and Toda 1981, with a few sweeps in place of their optimisation).
    """
    arrows = tuple(arrows)
    depth = _depths(nodes, arrows)
    layers: list[list[Place]] = [[] for _ in range(max(depth.values(), default=-1) + 1)]
    for node in nodes:
        layers[depth[node]].append(node)
    links: list[tuple[Place, Place]] = []
    for cause, effect in arrows:
        chain: list[Place] = [cause]
        for layer in range(depth[cause] + 1, depth[effect]):
            chain.append((cause, effect, layer))  # a free place for the arrow to pass
            layers[layer].append(chain[-1])
        links += zip(chain, [*chain[1:], effect], strict=True)
    for _ in range(4):
        layers = _by_neighbours(layers, links)
        layers = _by_neighbours(layers[::-1], [(effect, cause) for cause, effect in links])[::-1]
    return {
        place: (float(column), (len(layer) - 1) / 2 - row)
        for column, layer in enumerate(layers)
        for row, place in enumerate(layer)
        if isinstance(place, str)
    }


def clear_path(
    start: Point,
    end: Point,
    boxes: Sequence[tuple[Point, Point]],
    earlier: Sequence[NDArray[np.float64]],
    *,
    straight: bool = True,
) -> tuple[float, NDArray[np.float64]]:
    """The bend and the points of an arrow from start to end that passes the boxes and keeps off the earlier paths.

    Boxes are given as (centre, half size). The bend is matplotlib's `arc3` radius; without `straight` an arrow bows by
    half an inch or so at least. The first bend that meets nothing is taken, or the one that meets the least.
    """
    centres, sizes = np.array(boxes).reshape(-1, 2, 1, 2).swapaxes(0, 1)  # each (boxes, 1, 2)
    drawn = np.concatenate(earlier) if len(earlier) else np.empty((0, 2))

    def met(bend: float) -> tuple[int, int]:
        path = curve(start, end, bend)
        inside = np.abs(path - centres) <= sizes  # (boxes, points, 2)
        inner = path[4:-4]  # arrows may meet at their ends
        near = np.linalg.norm(inner[:, np.newaxis] - drawn, axis=2) < _APART  # (points, points drawn)
        return int(inside.all(axis=2).any(axis=1).sum()), int(near.any(axis=1).sum())

    least = 0.0 if straight else min(0.45, 0.9 / float(np.hypot(end[0] - start[0], end[1] - start[1])))
    bends = [bend for bend in (-least, least, *_BENDS) if abs(bend) >= least]
    best, fewest = bends[0], met(bends[0])
    for bend in bends[1:]:
        if fewest > (0, 0) and (now := met(bend)) < fewest:
            best, fewest = bend, now
    return best, curve(start, end, best)


def curve(start: Point, end: Point, bend: float) -> NDArray[np.float64]:
    """Points on the arrow's path, a quadratic curve as matplotlib's `arc3` draws it; shape (41, 2)."""
    (x0, y0), (x1, y1) = start, end
    middle = np.array([(x0 + x1) / 2 + bend * (y1 - y0), (y0 + y1) / 2 - bend * (x1 - x0)])
    t = np.linspace(0, 1, 41)[:, np.newaxis]
    return (1 - t) ** 2 * np.asarray(start) + 2 * t * (1 - t) * middle + t**2 * np.asarray(end)


def _depths(nodes: Sequence[str], arrows: Sequence[Arrow]) -> dict[str, int]:
    """The layer of every node; a node without causes moves up to just before its first effect."""
    depth = dict.fromkeys(nodes, 0)
    for _ in nodes:  # the longest chain has fewer arrows than there are nodes
        for cause, effect in arrows:
            depth[effect] = max(depth[effect], depth[cause] + 1)
    caused = {effect for _, effect in arrows}
    for node in nodes:
        effects = [depth[effect] for cause, effect in arrows if cause == node]
        if node not in caused and effects:
            depth[node] = min(effects) - 1
    return depth


def _by_neighbours(layers: Sequence[Sequence[Place]], links: Sequence[tuple[Place, Place]]) -> list[list[Place]]:
    """Each layer ordered by the mean place of its neighbours in the layer before; without any, by its own place."""
    ordered: list[list[Place]] = []
    before: dict[Place, float] = {}
    for layer in layers:
        wanted = _centred(layer)
        for item in layer:
            if near := [before[first] for first, second in links if second == item and first in before]:
                wanted[item] = float(np.mean(near))
        ordered.append(sorted(layer, key=wanted.__getitem__))
        before = _centred(ordered[-1])
    return ordered


def _centred(layer: Sequence[Place]) -> dict[Place, float]:
    return {item: row - (len(layer) - 1) / 2 for row, item in enumerate(layer)}
