"""Which variables to hold fixed: the back-door criterion, why a set does not satisfy it, and its minimal sets.

First taught: lesson 3a.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from math import comb

from causalrec.causal.graphs.bits import Bits
from causalrec.causal.graphs.graph import CausalGraph
from causalrec.causal.graphs.paths import Path
from causalrec.causal.identification.criterion import Condition, Criterion, apart, directed_path, fixed
from causalrec.causal.identification.steps import braced
from causalrec.types import Names

MOST_SETS = 2_000
"""Sets of one size that are tried before a smallest set is given up for a minimal one."""


def is_back_door_set(graph: CausalGraph, treatment: str, outcome: str, covariates: Names = ()) -> bool:
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
        return f"{braced(self.given)} is {'a' if self else 'no'} back-door set for {self.treatment} and {self.outcome}"


def back_door(graph: CausalGraph, treatment: str, outcome: str, given: Names = ()) -> BackDoor:
    """Whether holding `given` fixed removes all confounding, and if not, why: the back-door criterion with its reasons.

    It has two conditions, as in `is_back_door_set`: no node held is a descendant of the treatment, and no path that
    enters the treatment through an arrowhead is open. The open path shown is one of the graph without the arrows out of
    the treatment, so that what is opened by holding a descendant fixed is counted once, as the first condition.

    Raises:
        GraphError: an unknown node, or treatment and outcome the same or among the nodes held.

    Source: Pearl 2009, Causality, definition 3.3.1. First taught: lesson 3a.
    """
    held = graph.in_order(given)
    apart(graph, treatment, outcome, held)
    late = graph.in_order(graph.descendants(treatment) & set(held))
    routes = [directed_path(graph, treatment, node) for node in late]
    path = graph.without_arrows_out_of(treatment).separation(treatment, outcome, held).path
    may = f"{treatment} may change {braced(late)}, by {' and '.join(map(str, routes))}, so they must be left alone"
    open_path = f"{fixed(held)} the back-door path {path} is open, for {path.why}" if path else ""
    return BackDoor(treatment, outcome, (
        Condition("leave alone", not late, may if late else f"{treatment} changes no node of {braced(held)}"
                  if held else f"no node is held that {treatment} may change", routes[0] if routes else None),
        Condition("block", path is None, open_path or f"{fixed(held)} every back-door path is blocked", path),
    ), held, late)


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


def smallest_back_door_set(bits: Bits, graph: CausalGraph, x: int, y: int, given: int = 0) -> int | None:
    """A smallest set that makes a back-door set together with what is given, ties by the order of the graph's nodes.

    A minimal one where there are too many to try; None where no set will do. Treatments and outcomes may be several.
    """
    return next(_minimal_sets(bits, graph, x, y, given, patient=False), None)


def admissible(bits: Bits, x: int, y: int, held: int) -> bool:
    """The back-door criterion in bits."""
    return not held & bits.descendants(x) and _blocks(bits, x, y, held)


def _minimal_sets(
    bits: Bits, graph: CausalGraph, x: int, y: int, given: int = 0, patient: bool = True
) -> Iterator[int]:
    """Minimal sets that make a back-door set with what is given, smallest first; the impatient search ends in any."""
    late = bits.descendants(x)
    if late & given:
        return
    if _blocks(bits, x, y, given):
        yield 0
        return
    # Only ancestors of x, y or what is given, once the arrows out of x are cut, can be needed: any other node could be
    # left out. Source: van der Zander, Liśkiewicz & Textor 2019, Artificial Intelligence 270, whose argument this is.
    candidates = (bits.ancestors(x, bits.all) | bits.ancestors(y | given, bits.all & ~x)) & ~(late | y | given)
    if not _blocks(bits, x, y, candidates | given):  # if any set will do, then all candidates together do
        return
    order = [1 << bits.names.index(name) for name in graph.in_order(bits.named(candidates))]
    optional = [node for node in order if _blocks(bits, x, y, candidates & ~node | given)]
    needed = candidates & ~sum(optional) | given
    found: list[int] = []
    for size in range(len(optional) + 1):
        if not patient and comb(len(optional), size) > MOST_SETS:
            yield _thinned(bits, x, y, candidates | given, optional) & ~given
            return
        for chosen in combinations(optional, size):
            held = needed | sum(chosen)
            if not any(smaller & held == smaller for smaller in found) and _blocks(bits, x, y, held):
                found.append(held)
                yield held & ~given


def _blocks(bits: Bits, x: int, y: int, held: int) -> bool:
    """Whether every back-door path is blocked."""
    return bits.separated(x, y, held, out_of=x)


def _thinned(bits: Bits, x: int, y: int, held: int, optional: list[int]) -> int:
    """A minimal set inside `held` that blocks: nodes are left out, the last ones first, while it still does."""
    for node in reversed(optional):
        if _blocks(bits, x, y, held & ~node):
            held &= ~node
    return held
