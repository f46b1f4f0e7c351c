"""Causal graphs: who may cause whom, and which variables that lets us tell apart.

An arrow ``X -> Y`` says that X may cause Y directly. A bidirected edge ``X <-> Y`` says that something hidden may cause
both. What is *not* drawn is the assumption: no arrow, no direct cause; no bidirected edge, no hidden common cause.

First taught: lesson 2a (graphs and surgery), lesson 2b (paths and d-separation).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from heapq import heappop, heappush
from itertools import permutations

from causalrec.causal.graphs.paths import (
    Links,
    Paths,
    Separation,
    every_path,
    minimal_separators,
    shortest_open_path,
)
from causalrec.causal.graphs.separation import separated
from causalrec.errors import GraphError
from causalrec.types import Names
from causalrec.wording import arrowed

_EDGE = re.compile(r"\s*(<->|->|<-)\s*")
_NAME = re.compile(r"\w+")


@dataclass(frozen=True, eq=False, repr=False)
class CausalGraph:
    """A directed acyclic graph whose hidden common causes are bidirected edges.

    Two graphs are equal when they have the same nodes and edges, in whatever order the nodes were named. The order
    is kept all the same: it decides ties and how a graph is printed.

    Attributes:
        nodes: the observed variables, by name.
        arrows: pairs (cause, effect).
        confounded: pairs of nodes that share a hidden cause.

    Raises:
        GraphError: a name twice or unusable, an edge to a node that is not there, a self loop, a cycle.

    Source: Pearl 2009, Causality, §1.2 (graphs), §3.3 (bidirected edges). First taught: lesson 2a.
    """

    nodes: tuple[str, ...]
    arrows: frozenset[tuple[str, str]] = frozenset()
    confounded: frozenset[frozenset[str]] = frozenset()

    def __post_init__(self) -> None:
        """Accept any collections, keep immutable ones, and refuse what is no causal graph."""
        object.__setattr__(self, "nodes", tuple(self.nodes))
        object.__setattr__(self, "arrows", frozenset((cause, effect) for cause, effect in self.arrows))
        object.__setattr__(self, "confounded", frozenset(frozenset(pair) for pair in self.confounded))
        for name in self.nodes:
            if not (isinstance(name, str) and _NAME.fullmatch(name)):
                raise GraphError(f"{name!r} is not a usable node name; use letters, digits and underscores.")
        if repeated := [name for name, times in Counter(self.nodes).items() if times > 1]:
            raise GraphError(f"node {repeated[0]!r} is given twice; name every node once.")
        for edge in (*self.arrows, *self.confounded):
            self._known(edge)
            if len(set(edge)) == 1:
                raise GraphError(f"an edge joins node {min(edge)!r} to itself; remove it, nothing is its own cause.")
            if len(edge) != 2:
                raise GraphError(f"an edge joins two nodes, but one was given as {', '.join(sorted(edge))}; split it.")
        _ = self.order  # raises on a cycle

    # ---- one text form -------------------------------------------------------------------------------------------

    @classmethod
    def parse(cls, text: str) -> CausalGraph:
        """The graph that a text describes: ``"Z -> X -> Y; X <-> Y"``.

        Statements are separated by ``;`` or line ends. Each is a node alone or a chain of nodes joined by ``->``,
        ``<-`` or ``<->``. Nodes come in the order of their first mention; `str` of a graph writes this form back.

        Raises:
            GraphError: text that cannot be read so, or that describes no causal graph.

        First taught: lesson 2a.
        """
        nodes: dict[str, None] = {}
        arrows: set[tuple[str, str]] = set()
        confounded: set[frozenset[str]] = set()
        for statement in filter(None, map(str.strip, re.split(r"[;\n]", text))):
            parts = _EDGE.split(statement)  # node, edge, node, edge, …, node
            names, edges = parts[::2], parts[1::2]
            for name in names:
                if not _NAME.fullmatch(name):
                    raise GraphError(f"cannot read {name!r} in {statement!r} as a node; write chains such as "
                                     "'Z -> X -> Y' or 'X <-> Y' and separate them by ';'.")
            nodes.update(dict.fromkeys(names))
            for left, edge, right in zip(names, edges, names[1:], strict=False):
                if edge == "<->":
                    confounded.add(frozenset((left, right)))
                else:
                    arrows.add((left, right) if edge == "->" else (right, left))
        return cls(tuple(nodes), frozenset(arrows), frozenset(confounded))

    def __str__(self) -> str:
        """The text form, which `parse` reads back, the order of the nodes included."""
        statements = self._statements()
        for declared in range(len(self.nodes) + 1):
            # Where chains alone would mention the nodes in another order, as many nodes as needed are named first.
            text = "; ".join((*self.nodes[:declared], *statements))
            if tuple(dict.fromkeys(_NAME.findall(text))) == self.nodes:
                break
        return text

    def _statements(self) -> list[str]:
        """Chains and bidirected edges that together mention every edge once, and every node."""
        left, statements = set(self.arrows), []
        for position, start in enumerate(self.nodes):
            while (chain := self._chain(start, left))[1:]:
                left -= set(zip(chain, chain[1:], strict=False))
                statements.append(" -> ".join(chain))
            statements += [f"{start} <-> {other}" for other in self.in_order(self.siblings_of[start])
                           if other in self.nodes[position:]]
            if not (self.parents_of[start] or self.children_of[start] or self.siblings_of[start]):
                statements.append(start)
        return statements

    def _chain(self, start: str, left: set[tuple[str, str]]) -> list[str]:
        chain = [start]
        while onward := [child for child in self.nodes if (chain[-1], child) in left]:
            chain.append(onward[0])
        return chain

    def __repr__(self) -> str:
        """A short form that can be run."""
        return f"CausalGraph.parse({str(self)!r})"

    def _repr_markdown_(self) -> str:
        return f"**Causal graph** {arrowed(self)}"

    def _repr_html_(self) -> str:
        return f"<p><b>Causal graph</b> {arrowed(self)}</p>"

    # ---- equality ------------------------------------------------------------------------------------------------

    @cached_property
    def node_set(self) -> frozenset[str]:
        """The nodes as a set."""
        return frozenset(self.nodes)

    def __eq__(self, other: object) -> bool:
        """Whether both have the same nodes and edges."""
        if not isinstance(other, CausalGraph):
            return NotImplemented
        return (self.node_set, self.arrows, self.confounded) == (other.node_set, other.arrows, other.confounded)

    def __hash__(self) -> int:
        """A hash that agrees with equality."""
        return self._hash

    @cached_property
    def _hash(self) -> int:
        return hash((self.node_set, self.arrows, self.confounded))

    # ---- relatives -----------------------------------------------------------------------------------------------

    @cached_property
    def parents_of(self) -> Mapping[str, frozenset[str]]:
        """Per node its direct causes: `parents` for algorithms that ask thousands of times."""
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

    def _known(self, nodes: Names) -> frozenset[str]:
        """The nodes asked for, as a set, or a GraphError where one is not in the graph."""
        asked = frozenset((nodes,)) if isinstance(nodes, str) else frozenset(nodes)
        if not asked <= self.node_set:
            raise GraphError(f"the graph has no node {min(asked - self.node_set)!r}; it has "
                             f"{', '.join(self.nodes) or 'none at all'}.")
        return asked

    def in_order(self, nodes: Names) -> tuple[str, ...]:
        """The given nodes in the order in which the graph names them. First taught: lesson 2b."""
        asked = self._known(nodes)
        return tuple([node for node in self.nodes if node in asked])

    def in_causal_order(self, nodes: Names) -> tuple[str, ...]:
        """The given nodes with every cause before its effects, as in `order`."""
        asked = self._known(nodes)
        return tuple([node for node in self.order if node in asked])

    def parents(self, nodes: Names) -> frozenset[str]:
        """The direct causes of a node, or of any of several. First taught: lesson 2a."""
        return frozenset().union(*(self.parents_of[node] for node in self._known(nodes)))

    def children(self, nodes: Names) -> frozenset[str]:
        """What a node, or any of several, causes directly. First taught: lesson 2a."""
        return frozenset().union(*(self.children_of[node] for node in self._known(nodes)))

    def ancestors(self, nodes: Names, *, within: Names | None = None, cut: Names = ()) -> frozenset[str]:
        """All causes of a node, or of several, direct or not; **the nodes themselves included**.

        Args:
            nodes: the node or nodes.
            within: where given, the subgraph on these nodes alone is looked at, and `nodes` outside it are left out.
            cut: nodes into which arrows are taken as cut.

        Source: Pearl 2009 leaves the node out in places; Shpitser & Pearl 2006 include it, and so does this kit.
        First taught: lesson 2b.
        """
        return self._reach(nodes, self.parents_of, within, self._known(cut))

    def descendants(self, nodes: Names, *, within: Names | None = None) -> frozenset[str]:
        """All that a node, or several, may change, directly or not; **the nodes themselves included**.

        First taught: lesson 2b.
        """
        return self._reach(nodes, self.children_of, within)

    @cached_property
    def districts(self) -> tuple[frozenset[str], ...]:
        """The parts that bidirected edges hold together (c-components, Tian & Pearl 2002). First taught: lesson 3c."""
        return tuple(dict.fromkeys(self.district(node) for node in self.nodes))

    def district(self, node: str, *, within: Names | None = None) -> frozenset[str]:
        """The node and all that a path of bidirected edges alone joins to it. First taught: lesson 3c.

        `within`: where given, the subgraph on these nodes alone is looked at.
        """
        return self._reach((node,), self.siblings_of, within)

    def districts_within(self, nodes: Names) -> tuple[frozenset[str], ...]:
        """The districts of the subgraph on these nodes, in the causal order of the last node of each."""
        left, found = set(self._known(nodes)), list[frozenset[str]]()
        for node in reversed(self.order):
            if node in left:
                found.append(self._reach((node,), self.siblings_of, left))
                left -= found[-1]
        return tuple(found[::-1])

    def _reach(
        self, start: Names, near: Mapping[str, frozenset[str]], within: Names | None, cut: Collection[str] = ()
    ) -> frozenset[str]:
        """All that can be come to from the start, itself included, without leaving `within` or going on from `cut`."""
        inside = self.node_set if within is None else self._known(within)
        found = set(self._known(start) & inside)
        waiting = list(found)
        while waiting:
            if (node := waiting.pop()) not in cut:
                fresh = (near[node] & inside) - found
                found |= fresh
                waiting += fresh
        return frozenset(found)

    @cached_property
    def order(self) -> tuple[str, ...]:
        """The nodes with every cause before its effects; where that leaves a choice, in the order they were named.

        Raises:
            GraphError: the arrows make a cycle, which is named.

        First taught: lesson 2a.
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
            walk.append(next(node for node in self.nodes if node in self.parents_of[walk[-1]] and node not in placed))
        return walk[walk.index(walk[-1]):][::-1]

    # ---- surgery -------------------------------------------------------------------------------------------------

    def do(self, nodes: Names) -> CausalGraph:
        """The graph after the nodes are set from outside, as `without_arrows_into`. First taught: lesson 2a."""
        return self.without_arrows_into(nodes)

    def with_parents(self, node: str, parents: Names) -> CausalGraph:
        """The graph after a policy decides the node by looking at `parents`, and at nothing else.

        What caused the node before does no longer, hidden causes included: `do`, then an arrow from every parent.

        Raises:
            GraphError: an unknown node, or a policy that looks at the node itself or at one of its effects.

        Source: Pearl 2009, Causality, §4.2 (plans that look at what was observed). First taught: lesson 2a.
        """
        after, seen, effects = self.do((node,)), self._known(parents), self.descendants((node,))
        if late := self.in_order(seen & effects):
            raise GraphError(f"a policy for {node!r} cannot look at {late[0]!r}, itself or its effect; choose others.")
        return CausalGraph(self.nodes, after.arrows | {(parent, node) for parent in seen}, after.confounded)

    def without_arrows_into(self, nodes: Names) -> CausalGraph:
        """The graph after an intervention on the nodes, G with a bar over X: nothing causes them any more.

        Arrows into the nodes go, and so do the bidirected edges at them, which are arrows from a hidden cause.

        Source: Pearl 1995 (notation of the do-calculus). First taught: lesson 2a.
        """
        cut = self._known(nodes)
        arrows = [arrow for arrow in self.arrows if arrow[1] not in cut]
        return self.part(self.nodes, arrows, [pair for pair in self.confounded if pair.isdisjoint(cut)])

    def without_arrows_out_of(self, nodes: Names) -> CausalGraph:
        """The graph in which the nodes cause nothing, G with a bar under X; hidden common causes stay.

        Source: Pearl 1995 (notation of the do-calculus). First taught: lesson 3a.
        """
        cut = self._known(nodes)
        return self.part(self.nodes, [arrow for arrow in self.arrows if arrow[0] not in cut], self.confounded)

    def induced(self, nodes: Names) -> CausalGraph:
        """The subgraph on some of the nodes, with all edges between them."""
        kept = self._known(nodes)
        arrows = [arrow for arrow in self.arrows if kept.issuperset(arrow)]
        return self.part(self.in_order(kept), arrows, [pair for pair in self.confounded if pair <= kept])

    def part(
        self, nodes: Iterable[str], arrows: Iterable[tuple[str, str]], confounded: Iterable[frozenset[str]]
    ) -> CausalGraph:
        """The graph of some of this one's nodes and edges; as this one was checked, nothing is checked again."""
        part = object.__new__(CausalGraph)
        part.__dict__.update(nodes=tuple(nodes), arrows=frozenset(arrows), confounded=frozenset(confounded))
        return part

    # ---- separation ----------------------------------------------------------------------------------------------

    @cached_property
    def _links(self) -> Links:
        """Per node the edges by which it can be left, in the order of the neighbours, an arrow before ``<->``."""
        kinds = (("->", self.children_of), ("<-", self.parents_of), ("<->", self.siblings_of))
        place = {node: position for position, node in enumerate(self.nodes)}
        links = {node: [(mark, other) for mark, near in kinds for other in near[node]] for node in self.nodes}
        return {node: tuple(sorted(links[node], key=lambda link: place[link[1]])) for node in self.nodes}

    def _question(self, x: Names, y: Names, given: Names = (), several: bool = True) -> tuple[frozenset[str], ...]:
        """The three sets of a question about separation, refused where they overlap or are no single nodes."""
        starts, ends, fixed = self._known(x), self._known(y), self._known(given)
        asked_and_fixed = (starts | ends, fixed, "both asked about and held fixed")
        for one, other, what in (asked_and_fixed, (starts, ends, "on both sides")):
            if shared := one & other:
                raise GraphError(f"node {min(shared)!r} is {what}; put every node in one place only.")
        for side in (starts, ends):
            if not several and len(side) != 1:
                asked = ", ".join(self.in_order(side)) or "none"
                raise GraphError(f"one node is asked for on each side, not {asked}; `separation` takes several.")
        return starts, ends, fixed

    def d_separated(self, x: Names, y: Names, given: Names = (), *, into: Names = (), out_of: Names = ()) -> bool:
        """Whether holding `given` fixed blocks every path between `x` and `y`, each of these one node or several.

        A path is blocked when it passes
          a chain ``-> v ->`` or a fork ``<- v ->`` whose middle v is held fixed, or
          a collider ``-> v <-`` of which neither v nor any descendant is held fixed.
        A bidirected edge counts as ``<- hidden ->``: it has an arrowhead at both ends.

        Args:
            x: the nodes on one side.
            y: those on the other.
            given: the nodes held fixed.
            into: nodes whose arrowheads are taken as cut, as in `without_arrows_into`.
            out_of: nodes whose outgoing arrows are taken as cut, as in `without_arrows_out_of`.

        Raises:
            GraphError: an unknown node, or one that is both asked about and held fixed, or in x and in y.

        Source: Pearl 2009, Causality, definition 1.2.3. First taught: lesson 2b.
        """
        starts, ends, fixed = self._question(x, y, given)
        return separated(self, starts, ends, fixed, self._known(into), self._known(out_of))

    def separation(self, x: Names, y: Names, given: Names = ()) -> Separation:
        """Whether `given` d-separates x and y, with an open path between them, a shortest one, where it does not.

        Raises:
            GraphError: as `d_separated`.

        Source: Pearl 2009, Causality, definition 1.2.3. First taught: lesson 2b.
        """
        starts, ends, fixed = map(self.in_order, self._question(x, y, given))
        path = shortest_open_path(self._links, starts, frozenset(ends), fixed, self.ancestors(fixed))
        return Separation(starts, ends, fixed, path)

    def paths(self, x: str, y: str, given: Names = ()) -> Paths:
        """All paths from x to y over arrows and bidirected edges, each open or blocked, by which node and why.

        A path meets no node twice; an arrow and a bidirected edge between one pair make two paths.

        Raises:
            GraphError: as `d_separated`, several nodes on a side, or more paths than can be listed.

        Source: Pearl 2009, Causality, definition 1.2.3. First taught: lesson 2b.
        """
        (start,), (end,), fixed = map(self.in_order, self._question(x, y, given, several=False))
        return every_path(self._links, start, end, fixed)

    def minimal_separators(self, x: str, y: str) -> tuple[tuple[str, ...], ...]:
        """All sets of nodes that d-separate x and y while no part of them does, smallest first, then in order.

        ``()`` when no set separates them, ``((),)`` when nothing need be held fixed.

        Raises:
            GraphError: an unknown node, x = y, several nodes on a side, or more sets than can be listed.

        Source: Tian, Paz & Pearl 1998. First taught: lesson 2b.
        """
        (start,), (end,), _ = map(self.in_order, self._question(x, y, several=False))
        return minimal_separators(self._links, start, end)
