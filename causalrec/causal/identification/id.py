"""The ID algorithm: whether a log and a graph determine P(y | do(x)), and by which formula; and the hedge where not.

Every line that is taken is recorded; the record is what a reader sees, so it cannot differ from what was done.

Source: Shpitser & Pearl 2006, Identification of joint interventional distributions, figure 3, and Identification of
conditional interventional distributions, figure 4; Tian & Pearl 2002 for the factors of a district.
First taught: lesson 3c.
"""

from __future__ import annotations

from typing import NamedTuple

from causalrec.causal.formulas.algebra import divided, flat, joined, summed
from causalrec.causal.formulas.expression import Expression, P
from causalrec.causal.graphs.graph import CausalGraph
from causalrec.causal.graphs.relatives import reach
from causalrec.causal.graphs.separation import Nodes, separated


class Line(NamedTuple):
    """A line of the algorithm that was taken, with the sets it was taken for."""

    number: int
    """1 to 7 of ID; 8 and 9 are the two of IDC, whose `nodes` are the conditions."""
    outcome: Nodes
    do: Nodes
    nodes: Nodes
    found: tuple[Nodes, ...] = ()
    """Ancestors (2), further nodes to set (3), districts (4), the hedge (5), the district (6, 7), the condition (8)."""


class Hedged(Exception):
    """Line 5: no formula exists. `outer` and `inner` are the nodes of the hedge's two forests."""

    def __init__(self, outer: Nodes, inner: Nodes) -> None:
        """Keep the two sets."""
        super().__init__()
        self.outer, self.inner = outer, inner


class Law(NamedTuple):
    """A distribution over some nodes of a graph by its chain rule: P(v) = Π_i P(v_i | v_1, …, v_{i-1}).

    Its factors stand in causal order. None: the log's own distribution of an ancestral set, whose factors are known.
    """

    graph: CausalGraph
    nodes: Nodes
    factors: dict[str, Expression] | None = None

    def part(self, nodes: Nodes) -> Law:
        """The product of some of its factors: Π_{i ∈ nodes} P(v_i | v_1, …, v_{i-1})."""
        if self.factors is not None:
            return Law(self.graph, nodes, {i: factor for i, factor in self.factors.items() if i in nodes})
        found, before = dict[str, Expression](), set[str]()
        for i in self.graph.in_causal_order(self.nodes):
            before.add(i)
            if i in nodes:
                found[i] = self._log_factor(i, before)
        return Law(self.graph, nodes, found)

    def _log_factor(self, i: str, before: set[str]) -> P:
        """P(i | those before it), for which its district among them matters alone, with that district's parents.

        Source: Tian & Pearl 2002.
        """
        graph = self.graph
        district = reach({i}, graph.siblings_of, before)
        names = district.union(*[graph.parents_of[j] for j in district])
        return P.of(outcome=(i,), given=graph.in_causal_order(names - {i}), do=(), names=names)

    def total(self, over: Nodes) -> Expression:
        """Σ_over P(v)."""
        if self.factors is None:
            left = self.nodes - over
            return P.of(outcome=self.graph.in_causal_order(left), given=(), do=(), names=left)
        return total(self.factors, over)

    def margin(self, kept: Nodes) -> Law:
        """The sum over the other nodes, again by the chain rule: P(i | kept before i) = Σ P(… i) / Σ P(… before i)."""
        if self.factors is None:
            return Law(self.graph, kept)
        found, before, over = dict[str, Expression](), dict[str, Expression](), self.nodes - kept
        for i, factor in self.factors.items():
            before[i] = factor
            if i in kept:
                tied = _tied(i, before, over)
                below = {j: other for j, other in tied.items() if j != i}
                found[i] = divided([total(tied, over)], [total(below, over)]) if below else factor
        return Law(self.graph, kept, found)


def _tied(i: str, factors: dict[str, Expression], over: Nodes) -> dict[str, Expression]:
    """The factors that nodes summed over tie to i's; the others are the same above and below, and cancel."""
    found, waiting = {i}, [i]
    for j in waiting:  # which grows on the way
        shared = factors[j].names & over
        fresh = [other for other in factors if other not in found and not factors[other].names.isdisjoint(shared)]
        found.update(fresh)
        waiting += fresh
    return {j: factor for j, factor in factors.items() if j in found}


def total(factors: dict[str, Expression], over: Nodes) -> Expression:
    """Σ_over of the product. A node that no other factor mentions sums to one with its own factor, and both go."""
    left = dict(factors)
    for i in reversed(factors):  # a factor mentions only nodes before its own: later ones go first
        if i in over and not any(i in factor.names for j, factor in left.items() if j != i):
            del left[i]
    return summed([i for i in left if i in over], left.values())


def identified(law: Law, y: Nodes, x: Nodes, lines: list[Line]) -> Expression:
    """P(y | do(x)) from the law over the nodes v of a graph G, or `Hedged`; every line taken is added to `lines`.

    The comments are the lines of Shpitser & Pearl 2006, figure 3.
    """
    graph, v = law.graph, law.nodes
    # 1. if x = ∅, return Σ_{v \ y} P(v)
    if not x:
        lines.append(Line(1, y, x, v))
        return law.total(v - y)
    # 2. if v ≠ An(y)_G, return ID(y, x ∩ An(y), Σ_{v \ An(y)} P, G_An(y))
    above = reach(y, graph.parents_of, v)
    if v != above:
        lines.append(Line(2, y, x, v, (above,)))
        return identified(law.margin(above), y, x & above, lines)
    # 3. let w = (v \ x) \ An(y)_{G_x̄}; if w ≠ ∅, return ID(y, x ∪ w, P, G)
    if (w := v - x - y) and (w := w - reach(y, graph.parents_of, v, x)):  # y are ancestors of their own
        lines.append(Line(3, y, x, v, (w,)))
        return identified(law, y, x | w, lines)
    # 4. if C(G \ x) = {s₁, …, s_k}, return Σ_{v \ (y ∪ x)} Π_i ID(s_i, v \ s_i, P, G)
    s = reach(tuple(v - x)[:1], graph.siblings_of, v - x)  # the district of any one node
    if s != v - x:
        districts = graph.districts_within(v - x)
        lines.append(Line(4, y, x, v, districts))
        return summed(graph.in_causal_order(v - y - x), [identified(law, s, v - s, lines) for s in districts])
    # 5. if C(G) = {G}, fail: G and s make a hedge
    district = reach(s, graph.siblings_of, v)
    if district == v:
        lines.append(Line(5, y, x, v, (v, s)))
        raise Hedged(v, s)
    # 6. if s ∈ C(G), return Σ_{s \ y} Π_{i ∈ s} P(v_i | v_1, …, v_{i-1})
    if district == s:
        lines.append(Line(6, y, x, v, (s,)))
        return law.part(s).total(s - y)
    # 7. if s ⊂ s' ∈ C(G), return ID(y, x ∩ s', Π_{i ∈ s'} P(v_i | v_1, …, v_{i-1}), G_s')
    lines.append(Line(7, y, x, v, (district, s)))
    return identified(law.part(district), y, x & district, lines)


def conditional(graph: CausalGraph, y: Nodes, x: Nodes, w: Nodes, lines: list[Line]) -> Expression:
    """P(y | do(x), w) from the log, or `Hedged`.

    Source: Shpitser & Pearl 2006 (conditional), figure 4, the algorithm IDC.
    """
    # 1. if (Y ⊥ Z | X, W \ Z) in G_X̄,Z̲ for some Z ∈ W, return IDC(y, x ∪ z, w \ z): rule 2
    for z in map(frozenset, zip(graph.in_causal_order(w))):
        if separated(graph, y, z, x | w - z, into=x, out_of=z):
            lines.append(Line(8, y, x, w, (z,)))
            return conditional(graph, y, x | z, w - z, lines)
    # 2. else let P' = ID(y ∪ w, x); return P' / Σ_y P'
    if w:
        lines.append(Line(9, y, x, w))
    both = identified(Law(graph, graph.node_set), y | w, x, lines)
    return given(graph, both, y) if w else both


def given(graph: CausalGraph, joint: Expression, y: Nodes) -> Expression:
    """P' / Σ_y P', without the factors that y has no part in."""
    above = joined([factor for factor in flat([joint]) if not factor.names.isdisjoint(y)])
    found = divided(above, [summed(graph.in_causal_order(y), above)])
    return P(found.outcome, given=graph.in_causal_order(found.given)) if isinstance(found, P) else found


# ---- where there is no formula ---------------------------------------------------------------------------------------


def hedge(graph: CausalGraph, outer: Nodes, inner: Nodes) -> tuple[CausalGraph, CausalGraph]:
    """The two forests F and F′ on the nodes that line 5 of ID failed with.

    Both have the same roots, the nodes of `inner` without children there. Every other node keeps one child, so that it
    leads to a root; of the bidirected edges a tree is kept that holds all nodes together.

    Source: Shpitser & Pearl 2006, definitions 5 and 6.
    """
    arrows = [(i, below[0]) for i in outer  # any child will do; the first in causal order
              if (below := graph.in_causal_order(graph.children_of[i] & (inner if i in inner else outer)))]
    ties, reached = list[frozenset[str]](), {graph.in_causal_order(inner)[0]}
    for nodes in (inner, outer):  # a tree of `inner` first, and then the rest of `outer` joined to it
        waiting = list(graph.in_causal_order(reached))
        for i in waiting:
            for j in graph.in_causal_order(graph.siblings_of[i] & nodes - reached):
                ties.append(frozenset((i, j)))
                reached.add(j)
                waiting.append(j)

    def forest(nodes: Nodes) -> CausalGraph:
        return graph.part(graph.in_order(nodes), [arrow for arrow in arrows if nodes.issuperset(arrow)],
                          [pair for pair in ties if pair <= nodes])

    return forest(outer), forest(inner)
