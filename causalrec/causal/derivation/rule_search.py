"""Short ways by the three rules: to a probability without do() or to a given other one, by back door and front door.

The search asks in bits (`graphs.bits`) whether a rule is licensed, since it asks thousands of times; every
step that goes into a derivation is checked again by `check_rule`, which shows its reason.

First used: lesson 3b.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import permutations

from causalrec.causal.derivation.derivation import Derivation
from causalrec.causal.derivation.rules import licensed, place_of, turned_to
from causalrec.causal.formulas.algebra import contains
from causalrec.causal.formulas.expression import P
from causalrec.causal.graphs.graph import CausalGraph

Move = tuple[int, tuple[str, ...]]
"""A rule and what it changes; where that stands in the probability decides which way the rule is read."""


def largest(graph: CausalGraph, number: int, term: P) -> tuple[str, ...]:
    """As many variables as the rule takes at once: given ones to drop (1), set ones to see instead (2) or to drop (3).

    All together where that is licensed, else one after the other.
    """
    candidates = term.given if number == 1 else term.do
    if not candidates or licensed(number, graph, term, candidates):
        return candidates
    taken: tuple[str, ...] = ()
    for name in candidates:
        if licensed(number, graph, term, (*taken, name)):
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
            if len(best) == 1:
                break
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
            if place_of(now, z) == "several" or not licensed(number, graph, now, z):
                break
            now = turned_to(number, now, z)
        else:
            return list(order)
    return None


# ---- steps taken -----------------------------------------------------------------------------------------------------


def settled(d: Derivation, term: P) -> bool:
    """Whether nothing is left to do for a probability: it has no do(), or another step took it along."""
    return not term.do or not contains(d.formula, term)


def taken(d: Derivation, term: P, moves: Iterable[Move]) -> tuple[Derivation, P]:
    """The derivation after the moves, and what the probability has become; a step may have taken it along before."""
    for number, z in moves:
        if not contains(d.formula, term):
            break
        d = d.rule(number, z, of=term)
        after = d.steps[-1].after
        assert isinstance(after, P)
        term = after
    return d, term


def total(d: Derivation, term: P, z: tuple[str, ...]) -> tuple[Derivation, tuple[P, P]]:
    """The derivation after total probability over z, and the two new probabilities."""
    return d.total(z, of=term), parts_of_total(term, z)


def parts_of_total(term: P, z: tuple[str, ...]) -> tuple[P, P]:
    """P(y | z, ·) and P(z | ·), of which total probability over z is made."""
    return P(term.outcome, given=term.given + z, do=term.do), P(z, given=term.given, do=term.do)


def by_rules(d: Derivation, term: P) -> Derivation | None:
    """By the three rules alone."""
    moves = without_do(d.graph, term)
    return None if moves is None else taken(d, term, moves)[0]


def adjusted(d: Derivation, term: P, z: tuple[str, ...]) -> Derivation | None:
    """By total probability over z, if the rules alone finish both parts."""
    after, (outcome, covariates) = total(d, term, z)
    first, second = without_do(d.graph, covariates), without_do(d.graph, outcome)
    if first is None or second is None:
        return None
    return taken(taken(after, covariates, first)[0], outcome, second)[0]


def front_door(d: Derivation, term: P, z: tuple[str, ...]) -> Derivation | None:
    """The front door through z, also among cases with the same values of what is given; None where it is shut.

    Source: Pearl 2009, Causality, §3.4.3.
    """
    x, (last, first) = term.do, parts_of_total(term, z)
    onward = P(last.outcome, given=term.given, do=z)  # P(y | do(z), w)
    outcome, treatment = parts_of_total(onward, x)
    if not (
        licensed(2, d.graph, first, x)
        and licensed(2, d.graph, last, z)
        and licensed(3, d.graph, turned_to(2, last, z), x)
        and without_do(d.graph, treatment) is not None
        and without_do(d.graph, outcome) is not None
    ):
        return None
    d, _ = total(d, term, z)
    d, _ = taken(d, first, [(2, x)])
    d, last = taken(d, last, [(2, z), (3, x)])
    return adjusted(d, last, x)
