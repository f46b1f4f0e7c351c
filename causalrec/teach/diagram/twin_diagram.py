"""Figure of a twin network: the world as it is and the world as it would be, joined by their noise."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from causalrec.teach.canvas import GUIDE, blank, described, style, text_width
from causalrec.teach.diagram.boxes import (
    MARGIN,
    Drawable,
    Plan,
    draw,
    edges_in_words,
    from_left,
    intervened,
    known,
    places,
    routed,
    sorted_arrows,
)
from causalrec.teach.diagram.layout import Point, layered
from causalrec.wording import listed

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_APART, _HEADING = 0.85, 0.4
"""Inches between the noise and the nearest boxes of either world, and for a heading."""


def twin_network(
    graph: Drawable,
    do: str | Iterable[str] | Mapping[str, Any],
    *,
    actual: Mapping[str, Any] | None = None,
    otherwise: Mapping[str, Any] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Two worlds of one unit: as it is, above; as it would be under `do`, below, each node with a star; noise between.

    Every node V has its noise U_V, which reaches both copies: what a unit is does not change with what is done to it.
    Nodes that are set listen to nothing in the world below, their noise included. A hidden common cause is a dashed arc
    between two noises. `actual` and `otherwise` give nodes the values to write into the boxes of either world.

    Raises:
        GraphError: `do` is empty, or it, `actual` or `otherwise` names a node that the graph has not.

    Source: Balke and Pearl 1994; Pearl 2009, Causality, §7.1.4. First taught: lesson 2c.
    """
    targets, action = intervened(graph, do, "a twin network")
    values = dict(actual or {}), {**(otherwise or {}), **(do if isinstance(do, Mapping) else {})}
    known(graph, [*values[0], *values[1]])
    labels = [
        {node: f"{node}{star} = {given[node]}" if node in given else node + star for node in graph.nodes}
        for star, given in zip(("", "*"), values, strict=True)
    ]
    plan, noise = _twin_plan(graph, targets, *labels)
    with style():
        (left, bottom), (right, top) = plan.extent
        headings = ("as it is", f"as it would be under {action}")
        right = max(right, left + 1.15 * max(map(text_width, headings)) + 2 * MARGIN)  # bold is wider
        ax = blank(ax, (left, bottom - _HEADING), (right, top + _HEADING))
        looks = dict.fromkeys(noise.values(), "noise") | {labels[1][node]: "marked" for node in targets}
        draw(ax, plan, looks, {pair: "faint" for pair in plan.edges[: plan.arrows] if pair[0] in noise.values()})
        for y, heading in zip((top + _HEADING / 2, bottom - _HEADING / 2), headings, strict=True):
            ax.text(left + MARGIN, y, heading, va="center", weight="bold")
        ax.hlines([-0.45, 0.45], left, right, color=GUIDE, linestyle=":", linewidth=1, zorder=1)
    return described(ax, _in_words(graph, targets, labels, noise, action))


def _twin_plan(
    graph: Drawable, targets: Sequence[str], fact: Mapping[str, str], copy: Mapping[str, str]
) -> tuple[Plan, dict[str, str]]:
    """Places and edges of both worlds and of the noise between them, at height 0, whose names are returned too."""
    nodes, arrows = tuple(graph.nodes), sorted_arrows(graph)
    prefix = "U_"
    while any(prefix + node in nodes for node in nodes):
        prefix = "U" + prefix
    noise = {node: prefix + node for node in nodes}
    every = (*fact.values(), *copy.values(), *noise.values())
    half = {name: (text_width(name) / 2 + 0.14, 0.19) for name in every}
    layers = layered(nodes, arrows)
    mates = {node: [other for other in nodes if layers[other][0] == layers[node][0]] for node in nodes}
    mates = {node: sorted(column, key=lambda name: -layers[name][1]) for node, column in mates.items()}
    widths = {node: sum(2 * half[noise[mate]][0] + 0.15 for mate in mates[node]) for node in nodes}
    room = {node: (max(half[fact[node]][0], half[copy[node]][0], widths[node] / 2), 0.19) for node in nodes}
    above = places(layers, room)
    lowest, highest = min(y for _, y in above.values()), max(y for _, y in above.values())
    place: dict[str, Point] = {}
    for node, (x, y) in above.items():  # the noises of a column stand side by side
        before = mates[node][: mates[node].index(node)]
        along = sum(2 * half[noise[mate]][0] + 0.15 for mate in before) + half[noise[node]][0] + 0.075
        place[fact[node]] = (x, y - lowest + _APART)
        place[copy[node]] = (x, y - highest - _APART)
        place[noise[node]] = (x - widths[node] / 2 + along, 0.0)
    edges = [(fact[cause], fact[effect]) for cause, effect in arrows]
    edges += [(copy[cause], copy[effect]) for cause, effect in arrows if effect not in targets]
    edges += [(noise[node], fact[node]) for node in nodes]
    edges += [(noise[node], copy[node]) for node in nodes if node not in targets]
    hidden = from_left(([noise[node] for node in pair] for pair in graph.confounded), place)
    return routed(every, edges, hidden, place, half), noise


def _in_words(
    graph: Drawable,
    targets: Sequence[str],
    labels: Sequence[Mapping[str, str]],
    noise: Mapping[str, str],
    action: str,
) -> str:
    nodes, arrows = tuple(graph.nodes), sorted_arrows(graph)
    moved = set(targets)
    for _ in nodes:  # the longest chain has fewer arrows than there are nodes
        moved |= {effect for cause, effect in arrows if cause in moved}
    below = [(f"{cause}*", f"{effect}*") for cause, effect in arrows if effect not in targets]
    shared = [noise[node] for node in nodes if node not in targets]
    pairs = sorted(sorted(pair, key=nodes.index) for pair in graph.confounded)
    written = [label for world in labels for node, label in world.items() if label.rstrip("*") != node]
    same = [f"{node}* is {node}" for node in nodes if node not in moved]
    words = (
        f"The twin network of {len(nodes)} nodes under {action}, two worlds of one unit. As it is: "
        f"{edges_in_words(nodes, arrows, ())} As it would be: {edges_in_words([f'{n}*' for n in nodes], below, ())} "
        f"{listed(f'{node}*' for node in targets)} {'is' if len(targets) == 1 else 'are'} set from outside. "
    )
    words += f"Noise shared by both worlds: {listed(shared)}. " if shared else "No noise is shared. "
    words += f"Reaching only the world as it is: {listed(noise[node] for node in targets)}."
    if pairs:
        words += f" With a hidden common cause: {'; '.join(listed(noise[node] for node in pair) for pair in pairs)}."
    words += f" Not touched by the change: {listed(same)}." if same else ""
    return words + (f" Values: {', '.join(written)}." if written else "")
