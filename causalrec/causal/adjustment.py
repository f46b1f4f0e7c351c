"""Which variables to hold fixed: the back-door and the front-door criterion, and their minimal sets.

First taught: lesson 3a (back door), lesson 3b (front door).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from math import comb

from causalrec.causal.bits import Bits
from causalrec.causal.graph import CausalGraph, Nodes
from causalrec.errors import GraphError

MOST_SETS = 2_000
"""Sets of one size that are tried before a smallest set is given up for a minimal one."""


def is_back_door_set(graph: CausalGraph, treatment: str, outcome: str, covariates: Nodes = ()) -> bool:
    """Whether holding the covariates fixed removes all confounding of treatment and outcome: the back-door criterion.

    Z satisfies it for (X, Y) when
      no node of Z is a descendant of X, and
      Z blocks every path between X and the outcome Y that begins with an arrow into X: in the graph without the
         arrows out of X, where only such paths are left, Z d-separates X and Y.
    Then P(y | do(x)) = Σ_z P(y | x, z) P(z).

    Raises:
        GraphError: an unknown node, or treatment and outcome the same or among the covariates.

    Source: Pearl 2009, Causality, definition 3.3.1 and theorem 3.3.2. First taught: lesson 3a.
    """
    held = graph.in_order(covariates)
    apart(graph, treatment, outcome, held)
    bits = Bits.of(graph)
    return admissible(bits, bits.mask([treatment]), bits.mask([outcome]), bits.mask(held))


def back_door_sets(graph: CausalGraph, treatment: str, outcome: str) -> tuple[tuple[str, ...], ...]:
    """All back-door sets of which no part is one already: smallest first, ties by the order of the graph's nodes.

    ``((),)`` means that nothing has to be held fixed; ``()`` that no set will do. The time grows as 2 to the number of
    nodes that may, but need not, be in such a set.

    Raises:
        GraphError: an unknown node, or treatment and outcome the same.

    First taught: lesson 3a.
    """
    apart(graph, treatment, outcome, ())
    bits = Bits.of(graph)
    x, y = bits.mask([treatment]), bits.mask([outcome])
    return tuple(graph.in_order(bits.named(held)) for held in _minimal_sets(bits, graph, x, y))


def smallest_back_door_set(bits: Bits, graph: CausalGraph, x: int, y: int) -> int | None:
    """A smallest back-door set, ties by the order of the graph's nodes; a minimal one where there are too many to try.

    None where no set will do.
    """
    return next(_minimal_sets(bits, graph, x, y, patient=False), None)


def admissible(bits: Bits, x: int, y: int, held: int) -> bool:
    """The back-door criterion in bits."""
    return not held & bits.descendants(x) and bits.separated(x, y, held, out_of=x)


def _minimal_sets(bits: Bits, graph: CausalGraph, x: int, y: int, patient: bool = True) -> Iterator[int]:
    """Minimal back-door sets, smallest first; the impatient search ends in any minimal one."""
    # Only ancestors of x or y, once the arrows out of x are cut, can be needed: any other node could be left out.
    # Source: van der Zander, Liśkiewicz & Textor 2019, Artificial Intelligence 270, whose argument this is.
    uncut = bits.all & ~bits.descendants(x) & ~y
    candidates = (bits.ancestors(x, bits.all) | bits.ancestors(y, bits.all & ~x)) & uncut
    if not admissible(bits, x, y, candidates):  # if any set will do, then all candidates together do
        return
    order = [1 << bits.names.index(name) for name in graph.nodes]
    needed = sum(node for node in order if node & candidates and not admissible(bits, x, y, candidates & ~node))
    optional = [node for node in order if node & candidates & ~needed]
    found: list[int] = []
    for size in range(len(optional) + 1):
        if not patient and comb(len(optional), size) > MOST_SETS:
            yield _thinned(bits, x, y, candidates, optional)
            return
        for chosen in combinations(optional, size):
            held = needed | sum(chosen)
            if not any(smaller & held == smaller for smaller in found) and admissible(bits, x, y, held):
                found.append(held)
                yield held


def _thinned(bits: Bits, x: int, y: int, held: int, optional: list[int]) -> int:
    """A minimal back-door set inside `held`: nodes are left out, the last ones first, while the criterion holds."""
    for node in reversed(optional):
        if admissible(bits, x, y, held & ~node):
            held &= ~node
    return held


def front_door_set(bits: Bits, graph: CausalGraph, x: int, y: int) -> int | None:
    """A smallest set of one to three nodes that satisfies the front-door criterion, ties by the graph's order; or None.

    Source: Pearl 2009, Causality, definition 3.3.3.
    """
    between = bits.descendants(x) & bits.ancestors(y, bits.all) & ~(x | y)
    order = [1 << bits.names.index(name) for name in graph.nodes]
    candidates = [node for node in order if node & between and bits.separated(x, node, 0, out_of=x)]
    for size in range(1, 4):
        if comb(len(candidates), size) > MOST_SETS:
            return None
        for chosen in combinations(candidates, size):
            if through_front_door(bits, x, y, sum(chosen)):
                return sum(chosen)
    return None


def through_front_door(bits: Bits, x: int, y: int, z: int) -> bool:
    """The front-door criterion in bits: z intercepts all directed paths, and neither step is confounded.

    (i) every directed path from x to y passes z; (ii) no back-door path from x to z is open; (iii) x blocks every
    back-door path from z to y.
    """
    intercepted = not bits.ancestors(y, bits.all & ~z) & x
    return intercepted and bits.separated(x, z, 0, out_of=x) and bits.separated(z, y, x, out_of=z)


def apart(graph: CausalGraph, treatment: str, outcome: str, held: tuple[str, ...]) -> None:
    """Refuse unknown nodes, and a node in two roles.

    Raises:
        GraphError: as said.
    """
    graph.in_order((treatment, outcome))
    if treatment == outcome or {treatment, outcome} & set(held):
        raise GraphError(f"treatment {treatment!r} and outcome {outcome!r} must differ and cannot be covariates; "
                         "hold other variables fixed.")
