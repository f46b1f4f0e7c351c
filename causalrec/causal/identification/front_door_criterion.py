"""The front-door criterion: all three conditions with their reasons, and all minimal sets.

First taught: lesson 3b.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from math import comb

from causalrec.causal.graphs.graph import CausalGraph
from causalrec.causal.graphs.separation import Nodes, separated
from causalrec.causal.identification.criterion import Condition, Criterion, directed_path, roles
from causalrec.causal.identification.steps import braced
from causalrec.errors import GraphError
from causalrec.types import Names

MOST_TRIED = 100_000
"""Sets after which listing all of them gives up, for their number doubles with every node."""

MOST_OF_A_SIZE = 10_000
"""Sets of one size among which a smallest is sought; all of up to three among 40 nodes."""


@dataclass(frozen=True, repr=False)
class FrontDoor(Criterion):
    """Whether a set satisfies the front-door criterion; true where all three conditions hold.

    Attributes:
        through: the set asked about.

    First taught: lesson 3b.
    """

    through: tuple[str, ...]

    @property
    def verdict(self) -> str:
        """The verdict without its reasons."""
        article = "a" if self else "no"
        return f"{braced(self.through)} is {article} front-door set for {self.treatment} and {self.outcome}"


def front_door(graph: CausalGraph, treatment: str, outcome: str, through: Names) -> FrontDoor:
    """Whether the effect can be found through these nodes, with each condition's verdict, reason and deciding path.

    Z satisfies the front-door criterion for (X, Y) when
      (i) "intercept": Z meets every directed path from X to Y,
      (ii) "first step": no back-door path from X to Z is open, and
      (iii) "second step": X blocks every back-door path from Z to Y.
    Then P(y | do(x)) = Σ_z P(z | x) Σ_x' P(y | x', z) P(x'), provided that P(x, z) > 0.

    The paths shown are those of the graph that the condition looks at: (ii) without the arrows out of X, (iii) without
    those out of Z.

    Raises:
        GraphError: an unknown node, or treatment and outcome the same or in `through`.

    Source: Pearl 2009, Causality, definition 3.3.3 and theorem 3.3.4. First taught: lesson 3b.
    """
    (treatment,), (outcome,), z = roles(graph, treatment, outcome, through, "on the way")
    past = directed_path(graph, treatment, outcome, avoiding=z)
    first = graph.without_arrows_out_of(treatment).separation(treatment, z).path
    second = graph.without_arrows_out_of(z).separation(z, outcome, treatment).path
    return FrontDoor(treatment, outcome, (
        Condition("intercept", past is None, f"{past} goes past {braced(z)}" if past else
                  f"every directed path from {treatment} to {outcome} meets {braced(z)}", past),
        Condition("first step", first is None, f"the back-door path {first} is open, for {first.why}" if first else
                  f"no back-door path from {treatment} to {braced(z)} is open", first),
        Condition("second step", second is None, f"the back-door path {second} is open although {treatment} is held "
                  f"fixed, for {second.why}" if second else
                  f"{treatment} blocks every back-door path from {braced(z)} to {outcome}", second),
    ), z)


def front_door_sets(graph: CausalGraph, treatment: str, outcome: str) -> tuple[tuple[str, ...], ...]:
    """All front-door sets of which no part is one already: smallest first, ties by the order of the graph's nodes.

    ``()`` when no set will do. ``((),)`` when the treatment has no directed path to the outcome: the formula is then
    P(y), which is right. The time grows as 2 to the number of nodes that can be in such a set.

    Raises:
        GraphError: an unknown node, treatment and outcome the same, or more sets than can be tried.

    Source: Pearl 2009, Causality, definition 3.3.3; that a largest set exists is from Jeong, Tian & Bareinboim 2022.
    """
    (treatment,), (outcome,), _ = roles(graph, treatment, outcome)
    x, y = frozenset([treatment]), frozenset([outcome])
    candidates = graph.in_order(largest_front_door_set(graph, x, y))
    if not through_front_door(graph, x, y, frozenset(candidates)):
        return ()
    if 2 ** len(candidates) > MOST_TRIED:
        raise GraphError(f"{len(candidates)} nodes can be in a front-door set for {treatment} and {outcome}, too many "
                         "to try all sets; ask `front_door` about one.")
    found: list[tuple[str, ...]] = []
    for size in range(len(candidates) + 1):
        for chosen in combinations(candidates, size):
            smaller = any(set(one) <= set(chosen) for one in found)
            if not smaller and through_front_door(graph, x, y, frozenset(chosen)):
                found.append(chosen)
    return tuple(found)


def largest_front_door_set(graph: CausalGraph, x: Nodes, y: Nodes) -> Nodes:
    """All ancestors of y that satisfy conditions (ii) and (iii) together; every set of them that does is part of it.

    A node with an open back-door path to y, although the arrows out of all candidates are cut, has that path in every
    smaller set too, where fewer arrows are cut: so it can be dropped, until nothing is left to drop. No minimal
    front-door set has other nodes: one that leads neither to y nor, as (ii) forbids, to x cannot lie on an open path.
    """
    able = frozenset(z for z in graph.ancestors(y) - (x | y) if separated(graph, x, frozenset([z]), _NOTHING, out_of=x))
    while True:
        kept = frozenset(z for z in able if separated(graph, frozenset([z]), y, x, out_of=able))
        if kept == able:
            return able
        able = kept


def front_door_set(graph: CausalGraph, treatment: str, outcome: str) -> tuple[str, ...] | None:
    """A smallest set of one to three nodes that satisfies the front-door criterion, ties by the graph's order; or None.

    Names off the directed paths are tried too: {Z, C} in ``X -> Z -> Y; X <-> Y; Z <- C -> Y``. None also where there
    are too many sets of a size to try, as with more than 40 candidates.

    Source: Pearl 2009, Causality, definition 3.3.3.
    """
    x, y = frozenset([treatment]), frozenset([outcome])
    if outcome in graph.children_of[treatment] or _intercepts(graph, x, y, _NOTHING):  # none to intercept, or no path
        return None
    candidates = graph.in_order(largest_front_door_set(graph, x, y))
    if not _intercepts(graph, x, y, frozenset(candidates)):
        return None
    for size in range(1, 4):
        if comb(len(candidates), size) > MOST_OF_A_SIZE:
            return None
        for chosen in combinations(candidates, size):
            if through_front_door(graph, x, y, frozenset(chosen)):
                return chosen
    return None


def through_front_door(graph: CausalGraph, x: Nodes, y: Nodes, z: Nodes) -> bool:
    """The front-door criterion: z intercepts all directed paths, and neither step is confounded.

    (i) every directed path from x to y passes z; (ii) no back-door path from x to z is open; (iii) x blocks every
    back-door path from z to y.
    """
    return (_intercepts(graph, x, y, z) and separated(graph, x, z, _NOTHING, out_of=x)
            and separated(graph, z, y, x, out_of=z))


def _intercepts(graph: CausalGraph, x: Nodes, y: Nodes, z: Nodes) -> bool:
    """Whether every directed path from x to y passes z."""
    return not x & graph.ancestors(y, within=graph.node_set - z)


_NOTHING: Nodes = frozenset()
