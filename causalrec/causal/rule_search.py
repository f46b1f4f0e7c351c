"""Short ways by the three rules alone: from a probability to one without do(), or to a given other one.

The search asks in bits (`causalrec.causal.bits`) whether a rule is licensed, since it asks thousands of times; every
step that goes into a derivation is checked again by `check_rule`, which shows its reason.

First used: lesson 3b.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import permutations

from causalrec.causal.bits import Bits
from causalrec.causal.do_calculus import place_of, turned_to, without
from causalrec.causal.expression import P
from causalrec.causal.graph import CausalGraph

Move = tuple[int, tuple[str, ...]]
"""A rule and what it changes; where that stands in the probability decides which way the rule is read."""


@lru_cache(maxsize=64)
def _bits(graph: CausalGraph) -> Bits:
    return Bits.of(graph)


def licensed(graph: CausalGraph, number: int, term: P, z: tuple[str, ...]) -> bool:
    """Whether the rule may change z in the probability: the condition of `check_rule`, in bits."""
    bits = _bits(graph)
    y, x, w = (bits.mask(names) for names in (term.outcome, without(term.do, z), without(term.given, z)))
    changed = bits.mask(z)
    into, out_of = x, changed if number == 2 else 0
    if number == 3:  # Z(W)
        into |= changed & ~bits.ancestors(w, bits.all, cut=x)
    return bits.separated(changed, y, x | w, into, out_of)


def largest(graph: CausalGraph, number: int, term: P) -> tuple[str, ...]:
    """As many variables as the rule takes at once: given ones to drop (1), set ones to see instead (2) or to drop (3).

    All together where that is licensed, else one after the other.
    """
    candidates = term.given if number == 1 else term.do
    if not candidates or licensed(graph, number, term, candidates):
        return candidates
    taken: tuple[str, ...] = ()
    for name in candidates:
        if licensed(graph, number, term, (*taken, name)):
            taken += (name,)
    return taken


def without_do(graph: CausalGraph, term: P) -> list[Move] | None:
    """The fewest moves that leave no do(): each rule at most once, on as many variables as it takes.

    None where that does not do it.
    """
    best: list[Move] | None = None
    for order in permutations((3, 2, 1)):
        now, moves = term, list[Move]()
        for number in order:
            if now.do and (z := largest(graph, number, now)):
                now = turned_to(number, now, z)
                moves.append((number, z))
        if not now.do and (best is None or len(moves) < len(best)):
            best = moves
    return best


def between(graph: CausalGraph, term: P, target: P) -> list[Move] | None:
    """Moves from one probability of an outcome to another: each kind of change at once, in an order that is licensed.

    None where no order is.
    """
    do, given, new_do, new_given = (set(names) for names in (term.do, term.given, target.do, target.given))
    changes: list[tuple[int, set[str]]] = [
        (3, new_do - do - given), (1, new_given - given - do), (2, do & new_given), (2, given & new_do),
        (3, do - new_do - new_given), (1, given - new_given - new_do),
    ]
    kinds: list[Move] = [(number, graph.in_order(z)) for number, z in changes if z]
    for order in permutations(kinds):
        now = term
        for number, z in order:
            if place_of(now, z) == "several" or not licensed(graph, number, now, z):
                break
            now = turned_to(number, now, z)
        else:
            return list(order)
    return None
