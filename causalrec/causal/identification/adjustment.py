"""Which variables to hold fixed: the back-door criterion, why a set does not satisfy it, and its minimal sets.

First taught: lesson 3a.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from math import comb

from causalrec.causal.graphs.graph import CausalGraph
from causalrec.causal.graphs.paths import Path
from causalrec.causal.graphs.separation import Nodes, separated
from causalrec.causal.identification.criterion import (
    Condition,
    Criterion,
    as_given,
    directed_path,
    fixed,
    roles,
    said,
)
from causalrec.causal.identification.steps import braced
from causalrec.types import Names

MOST_SETS = 2_000
"""Sets of one size that are tried before a smallest set is given up for a minimal one."""


def is_back_door_set(graph: CausalGraph, treatment: Names, outcome: Names, covariates: Names = ()) -> bool:
    """Whether holding the covariates fixed removes all confounding of treatment and outcome: the back-door criterion.

    Z satisfies it for (X, Y) when
      no node of Z is a descendant of X, and
      Z blocks every path between X and the outcome Y that begins with an arrow into X: in the graph without the
         arrows out of X, where only such paths are left, Z d-separates X and Y.
    Then P(y | do(x)) = Σ_z P(y | x, z) P(z). X and Y may be several nodes each; paths that leave some treatment along
    an arrow then count as causal and need not be blocked.

    Raises:
        GraphError: an unknown node, or treatment and outcome the same or among the covariates.

    Source: Pearl 2009, Causality, definition 3.3.1 and theorem 3.3.2; for several treatments the second condition is
    that of rule 2 of the do-calculus. First taught: lesson 3a.
    """
    x, y, held = map(frozenset, roles(graph, treatment, outcome, covariates, several=True))
    return not held & graph.descendants(x) and separated(graph, x, y, held, out_of=x)


@dataclass(frozen=True, repr=False)
class BackDoor(Criterion):
    """Whether a set satisfies the back-door criterion; true where it does.

    Attributes:
        given: the set asked about.
        descendants: those of its nodes that the treatment may change.

    First taught: lesson 3a.
    """

    given: tuple[str, ...]
    descendants: tuple[str, ...]

    @property
    def path(self) -> Path | None:
        """A back-door path that the set leaves or makes open, a shortest one; None where all are blocked."""
        return self.conditions[1].path

    @property
    def verdict(self) -> str:
        """The verdict without its reasons."""
        pair = f"{said(self.treatment)} and {said(self.outcome)}"
        return f"{braced(self.given)} is {'a' if self else 'no'} back-door set for {pair}"


def back_door(graph: CausalGraph, treatment: Names, outcome: Names, given: Names = ()) -> BackDoor:
    """Whether holding `given` fixed removes all confounding, and if not, why: the back-door criterion with its reasons.

    It has two conditions, as in `is_back_door_set`: no node held is a descendant of the treatment, and no path that
    enters the treatment through an arrowhead is open. The open path shown is one of the graph without the arrows out of
    the treatment, so that what is opened by holding a descendant fixed is counted once, as the first condition.
    Treatments and outcomes may be several.

    Raises:
        GraphError: an unknown node, or treatment and outcome the same or among the nodes held.

    Source: Pearl 2009, Causality, definition 3.3.1. First taught: lesson 3a.
    """
    x, y, held = roles(graph, treatment, outcome, given, several=True)
    late, what = graph.in_order(graph.descendants(x) & set(held)), said(as_given(x))
    routes = [directed_path(graph, x, node) for node in late]
    path = graph.without_arrows_out_of(x).separation(x, y, held).path
    may = f"{what} may change {braced(late)}, by {' and '.join(map(str, routes))}, so they must be left alone"
    none = f"{what} {'change' if x[1:] else 'changes'} no node of {braced(held)}" if held else (
        f"no node is held that {what} may change")
    open_path = f"{fixed(held)} the back-door path {path} is open, for {path.why}" if path else ""
    return BackDoor(as_given(x), as_given(y), (
        Condition("leave alone", not late, may if late else none, routes[0] if routes else None),
        Condition("block", path is None, open_path or f"{fixed(held)} every back-door path is blocked", path),
    ), held, late)


def back_door_sets(graph: CausalGraph, treatment: Names, outcome: Names) -> tuple[tuple[str, ...], ...]:
    """All back-door sets of which no part is one already: smallest first, ties by the order of the graph's nodes.

    ``((),)`` means that nothing has to be held fixed; ``()`` that no set will do. The time grows as 2 to the number of
    nodes that may, but need not, be in such a set. Treatments and outcomes may be several.

    Raises:
        GraphError: an unknown node, or treatment and outcome the same.

    First taught: lesson 3a.
    """
    x, y, _ = map(frozenset, roles(graph, treatment, outcome, several=True))
    return tuple(map(graph.in_order, _minimal_sets(graph, x, y)))


def smallest_back_door_set(
    graph: CausalGraph, x: Nodes, y: Nodes, given: Nodes = frozenset()
) -> tuple[str, ...] | None:
    """A smallest set that makes a back-door set together with what is given, ties by the order of the graph's nodes.

    A minimal one where there are too many to try; None where no set will do. Treatments and outcomes may be several.
    """
    found = next(_minimal_sets(graph, x, y, given, patient=False), None)
    return None if found is None else graph.in_order(found)


def _minimal_sets(
    graph: CausalGraph, x: Nodes, y: Nodes, given: Nodes = frozenset(), patient: bool = True
) -> Iterator[Nodes]:
    """Minimal sets that make a back-door set with what is given, smallest first; the impatient search ends in any."""

    def blocks(held: Nodes) -> bool:
        return separated(graph, x, y, held, out_of=x)

    late = graph.descendants(x)
    if late & given:
        return
    if blocks(given):
        yield frozenset()
        return
    # Only ancestors of x, y or what is given, once the arrows out of x are cut, can be needed: any other node could be
    # left out. Source: van der Zander, Liśkiewicz & Textor 2019, Artificial Intelligence 270, whose argument this is.
    candidates = (graph.ancestors(x) | graph.ancestors(y | given, within=graph.node_set - x)) - (late | y)
    if not blocks(candidates | given):  # if any set will do, then all candidates together do
        return
    optional = [node for node in graph.in_order(candidates - given) if blocks((candidates | given) - {node})]
    needed = (candidates | given).difference(optional)
    found: list[Nodes] = []
    for size in range(len(optional) + 1):
        if not patient and comb(len(optional), size) > MOST_SETS:
            held = candidates | given
            for node in reversed(optional):  # left out, the last ones first, while the others still block
                held = held - {node} if blocks(held - {node}) else held
            yield held - given
            return
        for chosen in combinations(optional, size):
            held = needed.union(chosen)
            if not any(smaller <= held for smaller in found) and blocks(held):
                found.append(held)
                yield held - given
