"""Hedges: the shape in a graph that makes a question unanswerable.

First taught: lesson 3c.
"""

from __future__ import annotations

from causalrec.causal.graphs.bits import Bits, members
from causalrec.causal.graphs.graph import CausalGraph


def hedge(graph: CausalGraph, bits: Bits, outer: int, inner: int) -> tuple[CausalGraph, CausalGraph]:
    """The two forests F and F′ on the nodes that line 5 of ID failed with.

    Both have the same roots, the nodes of `inner` without children there. Every other node keeps one child, so that it
    leads to a root; of the bidirected edges a tree is kept that holds all nodes together.

    Source: Shpitser & Pearl 2006, definitions 5 and 6.
    """
    arrows: dict[int, int] = {}
    for i in sorted(members(outer), reverse=True):  # effects first
        within = inner if inner >> i & 1 else outer
        if below := bits.children[i] & within:
            arrows[i] = (below & -below).bit_length() - 1  # any child will do; the first in causal order
    ties = _tree(bits, outer, inner)

    def forest(nodes: int) -> CausalGraph:
        return graph.part(
            graph.in_order(bits.named(nodes)),
            [(bits.names[i], bits.names[j]) for i, j in arrows.items() if nodes >> i & 1],
            [frozenset((bits.names[i], bits.names[j])) for i, j in ties if nodes >> i & nodes >> j & 1],
        )

    return forest(outer), forest(inner)


def _tree(bits: Bits, outer: int, inner: int) -> list[tuple[int, int]]:
    """Bidirected edges that join `inner` into one tree, and then the rest of `outer` to it."""
    ties: list[tuple[int, int]] = []
    reached = inner & -inner
    for nodes in (inner, outer):
        grown = True
        while grown:
            grown = False
            for i in members(reached):
                for j in members(bits.siblings[i] & nodes & ~reached):
                    ties.append((i, j))
                    reached |= 1 << j
                    grown = True
    return ties
