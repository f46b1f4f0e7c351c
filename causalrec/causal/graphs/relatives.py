"""The relatives of a node in a causal graph: parents and children, ancestors and descendants, districts, causal order.

What `CausalGraph` knows of itself before any surgery or question about separation. Everything is kept once it has been
found, so that an algorithm may ask thousands of times.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from heapq import heappop, heappush
from itertools import permutations

from causalrec.causal.graphs.text import MARKS, usable
from causalrec.errors import GraphError
from causalrec.types import Names
from causalrec.wording import near_miss

Links = Mapping[str, tuple[tuple[str, str], ...]]
"""Per node the pairs (mark, neighbour), nodes and neighbours in the graph's order."""


@dataclass(frozen=True, eq=False, repr=False)
class Relatives:
    """Nodes and edges, checked to make a causal graph, and who is whose relative; see `CausalGraph`."""

    nodes: tuple[str, ...]
    arrows: frozenset[tuple[str, str]] = frozenset()
    confounded: frozenset[frozenset[str]] = frozenset()

    def __post_init__(self) -> None:
        """Accept any collections, keep immutable ones, and refuse what is no causal graph."""
        for given in (self.nodes, self.arrows, self.confounded):
            if isinstance(given, str) or not isinstance(given, Iterable):
                raise GraphError(f"nodes and edges are given as collections, ('X', 'Y') and [('X', 'Y')], and not as "
                                 f"{given!r}; use CausalGraph.parse to read a text.")
        object.__setattr__(self, "nodes", tuple(self.nodes))
        for name in self.nodes:
            if not usable(name):
                raise GraphError(f"{name!r} is not a usable node name; use letters, digits, underscores, single blanks "
                                 f"and {' '.join(MARKS)}.")
        if repeated := [name for name, times in Counter(self.nodes).items() if times > 1]:
            raise GraphError(f"node {repeated[0]!r} is given twice; name every node once.")
        arrows, confounded = tuple(self.arrows), tuple(self.confounded)
        for edge in (*arrows, *confounded):
            if len(self.known(edge)) == 1:
                raise GraphError(f"an edge joins node {min(edge)!r} to itself; remove it, nothing is its own cause.")
            if len(edge) != 2:
                raise GraphError(f"an edge joins two nodes, but one was given as {', '.join(sorted(edge))}; split it.")
        object.__setattr__(self, "arrows", frozenset((cause, effect) for cause, effect in arrows))
        object.__setattr__(self, "confounded", frozenset(map(frozenset, confounded)))
        _ = self.order  # raises on a cycle

    @cached_property
    def node_set(self) -> frozenset[str]:
        """The nodes as a set."""
        return frozenset(self.nodes)

    @cached_property
    def parents_of(self) -> Mapping[str, frozenset[str]]:
        """Per node its direct causes: `parents` for algorithms, which ask thousands of times."""
        return self._neighbours((effect, cause) for cause, effect in self.arrows)

    @cached_property
    def children_of(self) -> Mapping[str, frozenset[str]]:
        """Per node what it causes directly."""
        return self._neighbours(self.arrows)

    @cached_property
    def siblings_of(self) -> Mapping[str, frozenset[str]]:
        """Per node those that share a hidden cause with it."""
        return self._neighbours(ordered for pair in self.confounded for ordered in permutations(pair))

    def _neighbours(self, pairs: Iterable[tuple[str, ...]]) -> dict[str, frozenset[str]]:
        found: dict[str, set[str]] = {node: set() for node in self.nodes}
        for node, neighbour in pairs:
            found[node].add(neighbour)
        return {node: frozenset(neighbours) for node, neighbours in found.items()}

    @cached_property
    def links(self) -> Links:
        """Per node the edges by which it can be left, in the order of the neighbours, an arrow before ``<->``."""
        kinds = (("->", self.children_of), ("<-", self.parents_of), ("<->", self.siblings_of))
        place = {node: position for position, node in enumerate(self.nodes)}
        found = {node: [(mark, other) for mark, near in kinds for other in near[node]] for node in self.nodes}
        return {node: tuple(sorted(found[node], key=lambda link: place[link[1]])) for node in self.nodes}

    def known(self, nodes: Names) -> frozenset[str]:
        """The nodes asked for, as a set.

        Raises:
            GraphError: one is not in the graph, or what was given is no name and no collection of names.
        """
        try:
            asked = frozenset((nodes,) if isinstance(nodes, str) else nodes)
        except TypeError:  # a number, or a list inside a list
            raise GraphError(f"a node's name, or several, as in ('X', 'Y'), is asked for and not {nodes!r}.") from None
        if not asked <= self.node_set:
            unknown = min(asked - self.node_set, key=str)
            there = f"it has {', '.join(self.nodes) or 'none at all'}."
            if near := near_miss(unknown, self.nodes):
                there = f"{near.strip()} I{there[1:]}"
            raise GraphError(f"the graph has no node {unknown!r}; {there}")
        return asked

    def in_order(self, nodes: Names) -> tuple[str, ...]:
        """The given nodes in the order in which the graph names them."""
        asked = self.known(nodes)
        return tuple([node for node in self.nodes if node in asked])

    def in_causal_order(self, nodes: Names) -> tuple[str, ...]:
        """The given nodes with every cause before its effects, as in `order`."""
        return tuple(sorted(self.known(nodes), key=self.place.__getitem__))

    @cached_property
    def place(self) -> Mapping[str, int]:
        """Per node its place in the causal order."""
        return {node: place for place, node in enumerate(self.order)}

    def parents(self, nodes: Names) -> frozenset[str]:
        """The direct causes of a node, or of any of several. First taught: lesson 2a."""
        return frozenset().union(*(self.parents_of[node] for node in self.known(nodes)))

    def children(self, nodes: Names) -> frozenset[str]:
        """What a node, or any of several, causes directly."""
        return frozenset().union(*(self.children_of[node] for node in self.known(nodes)))

    def ancestors(self, nodes: Names, *, within: Names | None = None, cut: Names = ()) -> frozenset[str]:
        """All causes of a node, or of several, direct or not; **the nodes themselves included**.

        Args:
            nodes: the node or nodes.
            within: where given, the subgraph on these nodes alone is looked at, and `nodes` outside it are left out.
            cut: nodes into which arrows are taken as cut.

        Source: Pearl 2009 leaves the node out in places; Shpitser & Pearl 2006 include it, and so does this kit.
        First taught: lesson 3b.
        """
        return self._reached(nodes, self.parents_of, within, cut)

    def descendants(self, nodes: Names, *, within: Names | None = None) -> frozenset[str]:
        """All that a node, or several, may change, directly or not; **the nodes themselves included**.

        First taught: lesson 2b.
        """
        return self._reached(nodes, self.children_of, within)

    def district(self, node: Names, *, within: Names | None = None) -> frozenset[str]:
        """The node and all that a path of bidirected edges alone joins to it. First taught: lesson 3c."""
        return self._reached(node, self.siblings_of, within)

    @cached_property
    def districts(self) -> tuple[frozenset[str], ...]:
        """The parts that bidirected edges hold together (c-components, Tian & Pearl 2002). First taught: lesson 3c."""
        return tuple(dict.fromkeys(self.district(node) for node in self.nodes))

    def districts_within(self, nodes: Names) -> tuple[frozenset[str], ...]:
        """The districts of the subgraph on these nodes, in the causal order of the last node of each."""
        left, found = self.known(nodes), list[frozenset[str]]()
        for node in self.in_causal_order(left)[::-1]:
            if node in left:
                found.append(reach((node,), self.siblings_of, left))
                left -= found[-1]
        return tuple(found[::-1])

    def _reached(
        self, start: Names, near: Mapping[str, frozenset[str]], within: Names | None, cut: Names = ()
    ) -> frozenset[str]:
        inside = self.node_set if within is None else self.known(within)
        return reach(self.known(start) & inside, near, inside, self.known(cut))

    @cached_property
    def order(self) -> tuple[str, ...]:
        """The nodes with every cause before its effects; where that leaves a choice, in the order they were named.

        Raises:
            GraphError: the arrows make a cycle, which is named.
        """
        rank = {node: position for position, node in enumerate(self.nodes)}
        missing = {node: len(parents) for node, parents in self.parents_of.items()}  # causes not yet placed
        ready, placed = [rank[node] for node in self.nodes if not missing[node]], []
        while ready:
            placed.append(self.nodes[heappop(ready)])
            for child in self.children_of[placed[-1]]:
                missing[child] -= 1
                if not missing[child]:
                    heappush(ready, rank[child])
        if len(placed) < len(self.nodes):
            raise GraphError(f"the arrows make a cycle: {' -> '.join(self._cycle(frozenset(placed)))}; nothing can be "
                             "its own cause, so remove an arrow or draw a hidden common cause with <-> instead.")
        return tuple(placed)

    def _cycle(self, placed: frozenset[str]) -> list[str]:
        """A cycle among the nodes that could not be placed: each has a parent there, so walking up must return."""
        walk = [next(node for node in self.nodes if node not in placed)]
        while walk[-1] not in walk[:-1]:
            walk.append(next(node for node in self.in_order(self.parents_of[walk[-1]]) if node not in placed))
        return walk[walk.index(walk[-1]):][::-1]


def reach(
    start: Collection[str], near: Mapping[str, frozenset[str]], inside: Collection[str], cut: Collection[str] = ()
) -> frozenset[str]:
    """All that can be come to from the start, itself included, by going to neighbours inside, and not on from a cut.

    The start must be inside; nothing is checked.
    """
    waiting, found = list(start), set(start)
    for node in waiting:  # which grows on the way; node by node is twice as fast as set by set, for sets are small
        if node not in cut:
            for other in near[node]:
                if other in inside and other not in found:
                    found.add(other)
                    waiting.append(other)
    return frozenset(found)
