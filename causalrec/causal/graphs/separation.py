"""D-separation: whether holding some nodes of a causal graph fixed blocks every path between others.

One walk decides it, for the graph as it is drawn or with some of its arrows cut: `separated`. Every question of this
kind ends here: `CausalGraph.d_separated`, the criteria, the three rules of the do-calculus, ID.

Source: Pearl 2009, Causality, definition 1.2.3. First taught: lesson 2b.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

Nodes = frozenset[str]


class Edges(Protocol):
    """A causal graph as an algorithm sees it: per node its parents, its children, and those that share a hidden cause.

    `CausalGraph` is one.
    """

    @property
    def parents_of(self) -> Mapping[str, Nodes]:
        """Per node its direct causes."""

    @property
    def children_of(self) -> Mapping[str, Nodes]:
        """Per node what it causes directly."""

    @property
    def siblings_of(self) -> Mapping[str, Nodes]:
        """Per node those that share a hidden cause with it."""


def separated(
    graph: Edges, x: Nodes, y: Nodes, given: Nodes, into: Nodes = frozenset(), out_of: Nodes = frozenset()
) -> bool:
    """Whether `given` blocks every path between x and y once the arrows into `into` and out of `out_of` are cut.

    The walk goes from x along open ways. All it must remember of a way is its last node and whether it came in through
    an arrowhead, `by_head`, or by a tail. A collider opened by a descendant needs no rule of its own: the walk goes
    down to that descendant, turns there and comes back up. It takes time in proportion to the edges. The sets must be
    nodes of the graph, `given` apart from x and y: nothing is checked here, `CausalGraph.d_separated` does that.

    Source: Shachter 1998, Bayes ball.
    """
    parents, children, siblings = graph.parents_of, graph.children_of, graph.siblings_of
    tails, heads = list(x), list[str]()  # where the walk has come to by a tail, and through an arrowhead
    by_tail, by_head = set(x | out_of), set(into)  # a cut node is never come to by the end that was cut
    while tails or heads:
        through_head = not tails
        node = (tails or heads).pop()
        if node in y:
            return False
        held = node in given
        if not held and node not in out_of:  # chain -> v -> and fork <- v ->
            fresh = children[node] - by_head
            by_head |= fresh
            heads += fresh
        if held is through_head and node not in into:  # collider -> v <- and chain <- v <-
            fresh = siblings[node] - by_head
            by_head |= fresh
            heads += fresh
            fresh = parents[node] - by_tail
            by_tail |= fresh
            tails += fresh
    return True
