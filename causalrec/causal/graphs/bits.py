"""Causal graphs in bits: sets of nodes as integers, so that ancestors, districts and separations take microseconds.

Bit i stands for the i-th node in causal order. `CausalGraph` is what one reads and draws; this is what algorithms of
identification compute with, since they ask about hundreds of subgraphs of one graph. First used: lesson 3c.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from causalrec.causal.graphs.graph import CausalGraph


class Bits(NamedTuple):
    """A causal graph: its nodes in causal order, and for each its parents, children and siblings as sets of bits."""

    names: tuple[str, ...]
    parents: tuple[int, ...]
    children: tuple[int, ...]
    siblings: tuple[int, ...]

    @classmethod
    def of(cls, graph: CausalGraph) -> Bits:
        """The graph in bits."""
        names = graph.order
        bit = {name: 1 << i for i, name in enumerate(names)}
        parents, children, siblings = (dict.fromkeys(names, 0) for _ in range(3))
        for cause, effect in graph.arrows:
            parents[effect] |= bit[cause]
            children[cause] |= bit[effect]
        for one, other in graph.confounded:
            siblings[one] |= bit[other]
            siblings[other] |= bit[one]
        return cls(names, tuple(parents.values()), tuple(children.values()), tuple(siblings.values()))

    @property
    def all(self) -> int:
        """All nodes."""
        return (1 << len(self.names)) - 1

    def mask(self, names: Iterable[str]) -> int:
        """The nodes with these names, as a set."""
        found = 0
        for name in names:
            found |= 1 << self.names.index(name)
        return found

    def named(self, mask: int) -> tuple[str, ...]:
        """The names of a set's nodes, in causal order."""
        return tuple([self.names[i] for i in members(mask)])

    def ancestors(self, nodes: int, within: int, cut: int = 0) -> int:
        """An(nodes), themselves included, in the subgraph on `within`, without the arrows into `cut`."""
        found = todo = nodes & within
        while todo:
            i = todo.bit_length() - 1
            todo ^= 1 << i
            if not cut >> i & 1:
                fresh = self.parents[i] & within & ~found
                found |= fresh
                todo |= fresh
        return found

    def descendants(self, nodes: int) -> int:
        """De(nodes), themselves included."""
        found = todo = nodes
        while todo:
            i = todo.bit_length() - 1
            todo ^= 1 << i
            fresh = self.children[i] & ~found
            found |= fresh
            todo |= fresh
        return found

    def district(self, node: int, within: int) -> int:
        """The nodes that bidirected edges inside `within` join to this one, itself included."""
        found = todo = 1 << node
        while todo:
            i = todo.bit_length() - 1
            todo ^= 1 << i
            fresh = self.siblings[i] & within & ~found
            found |= fresh
            todo |= fresh
        return found

    def districts(self, within: int) -> list[int]:
        """C(within): its parts that bidirected edges hold together, in the order of their last nodes."""
        found = []
        while within:
            found.append(self.district(within.bit_length() - 1, within))
            within &= ~found[-1]
        return found[::-1]

    def separated(self, x: int, y: int, given: int, into: int = 0, out_of: int = 0) -> bool:
        """Whether `given` d-separates x and y once the arrows into `into` and out of `out_of` are cut.

        The walk is that of `CausalGraph.d_separated`.
        """
        waiting, seen = [x, 0], [x, 0]  # the nodes the walk has come to, by whether it came in through an arrowhead
        while waiting[0] | waiting[1]:
            if (waiting[0] | waiting[1]) & y:
                return False
            through_head = not waiting[0]
            i = waiting[through_head].bit_length() - 1
            waiting[through_head] ^= 1 << i
            held, to_tails, to_heads = bool(given >> i & 1), 0, 0
            if not held and not out_of >> i & 1:  # chain -> v -> and fork <- v ->
                to_heads = self.children[i] & ~into
            if held == through_head and not into >> i & 1:  # collider -> v <- and chain <- v <-
                to_tails = self.parents[i] & ~out_of
                to_heads |= self.siblings[i] & ~into
            for kind, fresh in enumerate((to_tails & ~seen[0], to_heads & ~seen[1])):
                seen[kind] |= fresh
                waiting[kind] |= fresh
        return True


def members(mask: int) -> list[int]:
    """The positions in a set, in causal order."""
    found = []
    while mask:
        lowest = mask & -mask
        found.append(lowest.bit_length() - 1)
        mask ^= lowest
    return found
