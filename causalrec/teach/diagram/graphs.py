"""Figures of a causal graph: as it is, and before and after surgery."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from causalrec.errors import GraphError
from causalrec.teach.canvas import VERMILLION, blank, described, style, text_width
from causalrec.teach.diagram.boxes import Drawable, Plan, draw, edges_in_words, intervened, known, planned
from causalrec.teach.diagram.layout import Arrow, Point
from causalrec.wording import listed

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_WIDEST = 9.4
"""Inches; two graphs that together are wider stand one above the other."""
_BETWEEN, _HEADING = 0.5, 0.42
"""Inches between two graphs, and above each for its heading."""


def graph(causal_graph: Drawable, *, highlight: Collection[str | Arrow] = (), ax: Axes | None = None) -> Axes:
    """A causal graph in layers, causes to the left; hidden common causes are dashed arcs with two heads.

    `highlight` holds nodes, and arrows as pairs (cause, effect), to set off by colour and a thicker line.

    Raises:
        GraphError: `highlight` holds something that is neither a node nor an arrow of the graph.

    First taught: lesson 2a.
    """
    marked = (highlight,) if isinstance(highlight, str) else tuple(highlight)
    known(causal_graph, [name for name in marked if isinstance(name, str)])
    plan = planned(causal_graph)
    arrows, hidden = plan.edges[: plan.arrows], plan.edges[plan.arrows :]
    if absent := [pair for pair in marked if not isinstance(pair, str) and pair not in arrows]:
        raise GraphError(f"the graph has no arrow {' -> '.join(absent[0])} to highlight; give pairs (cause, effect).")
    with style():
        ax = blank(ax, *plan.extent)
        boxes = {node: "marked" for node in plan.nodes if node in marked}
        draw(ax, plan, boxes, {pair: "marked" for pair in arrows if pair in marked})
    count = len(plan.nodes)
    words = f"A causal graph of {count} node{'' if count == 1 else 's'}: {edges_in_words(plan.nodes, arrows, hidden)}"
    named = [node for node in plan.nodes if node in marked]
    named += [f"the arrow from {cause} to {effect}" for cause, effect in arrows if (cause, effect) in marked]
    return described(ax, words + (f" Highlighted: {listed(named)}." if named else ""))


def surgery(causal_graph: Drawable, do: str | Iterable[str] | Mapping[str, Any], *, ax: Axes | None = None) -> Axes:
    """A causal graph before and after an intervention, side by side, or one above the other where it is wide.

    After `do` nothing points to the nodes that were set, and they are set off: the arrows into them, and the dashed
    arcs at them, are dotted and crossed out. `do` is a node, several, or a mapping of nodes to what they are set to.

    Raises:
        GraphError: `do` is empty or names a node that the graph has not.

    Source: Pearl 2009, Causality, §1.3.1 and §3.2.1. First taught: lesson 2a.
    """
    targets, action = intervened(causal_graph, do, "surgery")
    plan = planned(causal_graph)
    cut = [number for number in range(len(plan.edges)) if _listens(plan, number, targets)]
    headings = ("before", f"after {action}")
    with style():
        before, after, low, high = _beside(plan, headings)
        ax = blank(ax, low, high)
        draw(ax, before, {}, {})
        draw(ax, after, dict.fromkeys(targets, "marked"), {plan.name(number): "cut" for number in cut})
        for number in cut:
            curve = after.visible(number)
            ax.plot(*curve[len(curve) // 2], "x", color=VERMILLION, markersize=10, markeredgewidth=2.6, zorder=5)
        for panel, heading in zip((before, after), headings, strict=True):
            (left, _), (right, top) = panel.extent
            ax.text((left + right) / 2, top + _HEADING / 2, heading, ha="center", va="center", weight="bold")
    return described(ax, _surgery_in_words(plan, action, targets, cut))


def _listens(plan: Plan, number: int, targets: Collection[str]) -> bool:
    """Whether an edge tells one of the targets what to be: an arrow into it, or a hidden cause at it."""
    one, other = plan.edges[number]
    return other in targets or (number >= plan.arrows and one in targets)


def _surgery_in_words(plan: Plan, action: str, targets: Collection[str], cut: Collection[int]) -> str:
    arrows, hidden = plan.edges[: plan.arrows], plan.edges[plan.arrows :]
    kept = [number for number in range(len(plan.edges)) if number not in cut]
    gone = [
        "the dashed arc between {} and {}".format(*plan.edges[number]) if number >= plan.arrows
        else "the arrow from {} to {}".format(*plan.edges[number])
        for number in cut
    ]  # fmt: skip
    left = [plan.edges[number] for number in kept if number < plan.arrows]
    stays = edges_in_words(plan.nodes, left, [plan.edges[number] for number in kept if number >= plan.arrows])
    verb = "is" if len(targets) == 1 else "are"
    what = f"Cut: {listed(gone)}." if gone else f"Nothing is cut, for nothing pointed to {listed(targets)}."
    return (
        f"The surgery {action} on a causal graph of {len(plan.nodes)} nodes, before and after. "
        f"Before: {edges_in_words(plan.nodes, arrows, hidden)} {listed(targets)} {verb} set from outside. {what} "
        f"What stays: {stays}"
    )


def _beside(plan: Plan, headings: tuple[str, str]) -> tuple[Plan, Plan, Point, Point]:
    """The plan twice, with room for a heading above each; and the corners around both."""
    (left, bottom), (right, top) = plan.extent
    wide = max(right - left, *(text_width(heading) * 1.15 + 0.2 for heading in headings))  # bold is wider
    tall = top - bottom + _HEADING
    first = plan.moved(-left + (wide - right + left) / 2, -bottom)
    if 2 * wide + _BETWEEN <= _WIDEST:
        return first, first.moved(wide + _BETWEEN, 0), (0.0, 0.0), (2 * wide + _BETWEEN, tall)
    return first, first.moved(0, -tall), (0.0, -tall), (wide, tall)
