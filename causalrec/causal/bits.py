"""Causal graphs in bits: sets of nodes as integers, so that ancestors, districts and separations take microseconds.

Bit i stands for the i-th node in causal order. `CausalGraph` is what one reads and draws; this is what algorithms of
identification compute with, since they ask about hundreds of subgraphs of one graph. First used: lesson 3c.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from causalrec.causal.graph import CausalGraph


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
        place = {name: i for i, name in enumerate(names)}
        parents, children, siblings = ([0] * len(names) for _ in range(3))
        for cause, effect in graph.arrows:
            parents[place[effect]] |= 1 << place[cause]
            children[place[cause]] |= 1 << place[effect]
        for pair in graph.confounded:
            one, other = (place[name] for name in pair)
            siblings[one] |= 1 << other
            siblings[other] |= 1 << one
        return cls(names, tuple(parents), tuple(children), tuple(siblings))

    @property
    def all(self) -> int:
        """All nodes."""
        return (1 << len(self.names)) - 1

    def mask(self, names: Iterable[str]) -> int:
        """The nodes with these names, as a set."""
        return sum(1 << self.names.index(name) for name in set(names))

    def named(self, mask: int) -> tuple[str, ...]:
        """The names of a set's nodes, in causal order."""
        return tuple(self.names[i] for i in members(mask))

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
        steps = [(i, False) for i in members(x)]  # (node, whether the walk came in through an arrowhead)
        seen = [0, 0]
        while steps:
            i, through_head = steps.pop()
            if seen[through_head] >> i & 1:
                continue
            seen[through_head] |= 1 << i
            if y >> i & 1:
                return False
            held = given >> i & 1
            if not held and not out_of >> i & 1:  # chain -> v -> and fork <- v ->
                steps += [(j, True) for j in members(self.children[i] & ~into)]
            if (held if through_head else not held) and not into >> i & 1:  # collider -> v <- and chain <- v <-
                steps += [(j, False) for j in members(self.parents[i] & ~out_of)]
                steps += [(j, True) for j in members(self.siblings[i] & ~into)]
        return True


def members(mask: int) -> Iterator[int]:
    """The positions in a set, in causal order."""
    while mask:
        lowest = mask & -mask
        yield lowest.bit_length() - 1
        mask ^= lowest
