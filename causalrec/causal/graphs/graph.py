"""Causal graphs: who may cause whom, and which variables that lets us tell apart.

An arrow ``X -> Y`` says that X may cause Y directly. A bidirected edge ``X <-> Y`` says that something hidden may cause
both. What is *not* drawn is the assumption: no arrow, no direct cause; no bidirected edge, no hidden common cause.

First taught: lesson 2a (graphs and surgery), lesson 2b (paths and d-separation).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from causalrec.causal.graphs.paths import Paths, every_path
from causalrec.causal.graphs.relatives import Relatives
from causalrec.causal.graphs.separation import (
    Separation,
    implied_independences,
    minimal_separators,
    separated,
    shortest_open_path,
)
from causalrec.causal.graphs.text import edges, statements, written
from causalrec.errors import GraphError
from causalrec.types import Names
from causalrec.wording import arrowed


@dataclass(frozen=True, eq=False, repr=False)
class CausalGraph(Relatives):
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

    @classmethod
    def parse(cls, text: str) -> CausalGraph:
        """The graph that a text describes: ``"Z -> X -> Y; X <-> Y"``.

        Statements are parted by ``;`` or line ends. Each is a node, or nodes joined by ``->``, ``<-`` or ``<->``;
        ``{A B}`` stands for several nodes at once, and names with blanks stand in double quotes. Nodes come in the
        order of their first mention; `str` of a graph writes this form back.

        Raises:
            GraphError: text that cannot be read so, or that describes no causal graph.

        First taught: lesson 2a.
        """
        if not isinstance(text, str):
            raise GraphError(f"a graph is read from text such as 'Z -> X -> Y; X <-> Y', and not from {text!r}.")
        if not text.strip():
            raise GraphError("the text is empty, so it describes no graph; write one such as 'Z -> X -> Y; X <-> Y'.")
        nodes, arrows, confounded = edges(statements(text))
        return cls(nodes, frozenset(arrows), frozenset(confounded))

    def __str__(self) -> str:
        """The text form, which `parse` reads back, the order of the nodes included."""
        return written(self.nodes, self.arrows, self.confounded)

    def __repr__(self) -> str:
        """A short form that can be run."""
        return f"CausalGraph.parse({str(self)!r})" if self.nodes else "CausalGraph(())"

    def _repr_markdown_(self) -> str:
        return f"**Causal graph** {arrowed(self)}"

    def _repr_html_(self) -> str:
        return f"<p><b>Causal graph</b> {arrowed(self)}</p>"

    def __eq__(self, other: object) -> bool:
        """Whether both have the same nodes and edges."""
        return self._content == other._content if isinstance(other, CausalGraph) else NotImplemented

    def __hash__(self) -> int:
        """A hash that agrees with equality."""
        return hash(self._content)

    @cached_property
    def _content(self) -> tuple[frozenset[str], frozenset[tuple[str, str]], frozenset[frozenset[str]]]:
        return self.node_set, self.arrows, self.confounded

    # ---- surgery -------------------------------------------------------------------------------------------------

    def do(self, nodes: Names) -> CausalGraph:
        """The graph after the nodes are set from outside, as `without_arrows_into`. First taught: lesson 2a."""
        return self.without_arrows_into(nodes)

    def with_parents(self, node: str, parents: Names) -> CausalGraph:
        """The graph after a policy decides the node by looking at `parents`, and at nothing else.

        What caused the node before does no longer, hidden causes included: `do`, then an arrow from every parent.

        Raises:
            GraphError: an unknown node, or a policy that looks at the node itself or at one of its effects.

        Source: Pearl 2009, Causality, §4.2 (plans that look at what was observed).
        """
        after, seen, effects = self.do((node,)), self.known(parents), self.descendants((node,))
        if late := self.in_order(seen & effects):
            raise GraphError(f"a policy for {node!r} cannot look at {late[0]!r}, itself or its effect; choose others.")
        return CausalGraph(self.nodes, after.arrows | {(parent, node) for parent in seen}, after.confounded)

    def without_arrows_into(self, nodes: Names) -> CausalGraph:
        """The graph after an intervention on the nodes, G with a bar over X: nothing causes them any more.

        Arrows into the nodes go, and so do the bidirected edges at them, which are arrows from a hidden cause.

        Source: Pearl 1995 (notation of the do-calculus). First taught: lesson 3b.
        """
        cut = self.known(nodes)
        arrows = [arrow for arrow in self.arrows if arrow[1] not in cut]
        return self.part(self.nodes, arrows, [pair for pair in self.confounded if pair.isdisjoint(cut)])

    def without_arrows_out_of(self, nodes: Names) -> CausalGraph:
        """The graph in which the nodes cause nothing, G with a bar under X; hidden common causes stay.

        Source: Pearl 1995 (notation of the do-calculus). First taught: lesson 3a.
        """
        cut = self.known(nodes)
        return self.part(self.nodes, [arrow for arrow in self.arrows if arrow[0] not in cut], self.confounded)

    def induced(self, nodes: Names) -> CausalGraph:
        """The subgraph on some of the nodes, with all edges between them."""
        kept = self.known(nodes)
        arrows = [arrow for arrow in self.arrows if kept.issuperset(arrow)]
        return self.part(self.in_order(kept), arrows, [pair for pair in self.confounded if pair <= kept])

    def part(
        self, nodes: Iterable[str], arrows: Iterable[tuple[str, str]], confounded: Iterable[frozenset[str]]
    ) -> CausalGraph:
        """The graph of some of this one's nodes and edges; as this one was checked, nothing is checked again."""
        part = object.__new__(CausalGraph)
        part.__dict__.update(nodes=tuple(nodes), arrows=frozenset(arrows), confounded=frozenset(confounded))
        return part

    def hide(self, nodes: Names) -> CausalGraph:
        """The graph over the other nodes, once these are not observed any more: the latent projection.

        Node by node: a hidden cause of two nodes becomes a bidirected edge between them, and what causes a hidden node
        causes its effects. The other nodes are d-separated by the same sets as before.

        Source: Verma & Pearl 1990; Tian & Pearl 2002, §5.
        """
        arrows, confounded = set(self.arrows), set(self.confounded)
        for hidden in self.known(nodes):
            below = {effect for cause, effect in arrows if cause == hidden}
            above = {cause for cause, effect in arrows if effect == hidden}
            beside = frozenset().union(*(pair for pair in confounded if hidden in pair)) - {hidden}
            arrows |= {(cause, effect) for cause in above for effect in below}
            confounded |= {frozenset((one, other)) for one in below for other in below | beside if one != other}
            arrows = {arrow for arrow in arrows if hidden not in arrow}
            confounded = {pair for pair in confounded if hidden not in pair}
        return CausalGraph(self.in_order(self.node_set.difference(self.known(nodes))), frozenset(arrows),
                           frozenset(confounded))

    # ---- separation ----------------------------------------------------------------------------------------------

    def _question(self, x: Names, y: Names, given: Names = (), several: bool = True) -> tuple[frozenset[str], ...]:
        """The three sets of a question about separation, refused where they overlap or are no single nodes."""
        starts, ends, fixed = self.known(x), self.known(y), self.known(given)
        if shared := starts & ends or fixed.intersection(starts | ends):
            what = "both asked about and held fixed" if fixed & shared else "on both sides"
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

        Source: Pearl 2009, Causality, definition 1.2.3.
        """
        starts, ends, fixed = self._question(x, y, given)
        return separated(self, starts, ends, fixed, self.known(into), self.known(out_of))

    def separation(self, x: Names, y: Names, given: Names = ()) -> Separation:
        """Whether `given` d-separates x and y, with an open path between them, a shortest one, where it does not.

        Raises:
            GraphError: as `d_separated`.

        Source: Pearl 2009, Causality, definition 1.2.3. First taught: lesson 2b.
        """
        starts, ends, fixed = map(self.in_order, self._question(x, y, given))
        return Separation(starts, ends, fixed, shortest_open_path(self, starts, ends, fixed))

    def paths(self, x: str, y: str, given: Names = ()) -> Paths:
        """All paths from x to y over arrows and bidirected edges, each open or blocked, by which node and why.

        A path meets no node twice; an arrow and a bidirected edge between one pair make two paths.

        Raises:
            GraphError: as `d_separated`, several nodes on a side, or more paths than can be listed.

        Source: Pearl 2009, Causality, definition 1.2.3. First taught: lesson 2b.
        """
        (start,), (end,), fixed = map(self.in_order, self._question(x, y, given, several=False))
        return every_path(self, start, end, fixed)

    def minimal_separators(self, x: str, y: str) -> tuple[tuple[str, ...], ...]:
        """All sets of nodes that d-separate x and y while no part of them does, smallest first, then in order.

        ``()`` when no set separates them, ``((),)`` when nothing need be held fixed.

        Raises:
            GraphError: an unknown node, x = y, several nodes on a side, or more sets than can be listed.

        Source: Tian, Paz & Pearl 1998.
        """
        (start,), (end,), _ = map(self.in_order, self._question(x, y, several=False))
        return minimal_separators(self, start, end)

    def implied_independences(self) -> tuple[Separation, ...]:
        """What the graph says of a log: separations from which all others follow, node by node in causal order.

        Raises:
            GraphError: more than can be listed.

        Source: Pearl 2009, Causality, theorem 1.2.7; Richardson 2003 (bidirected edges): see `separation`.
        """
        return implied_independences(self)


def checked_graph(graph: object) -> CausalGraph:
    """The graph itself, or a GraphError that says what is expected where something else was given, such as a text."""
    if not isinstance(graph, CausalGraph):
        text = graph if isinstance(graph, str) else "X -> Y"
        raise GraphError(f"a CausalGraph is asked for, not {graph!r}; write CausalGraph.parse({text!r}).")
    return graph
