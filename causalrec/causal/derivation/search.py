"""Derivations found: from a question to its formula by the three rules and the laws of probability.

The way is that of ID (`identification.id`), translated: each of its lines is a rule of the do-calculus or a law of
probability, used in the world that the line works in. What has a shorter way, by rules or by adjusting, takes that.

Source: Shpitser & Pearl 2006, who prove each line by the rules; Pearl 2009, Causality, §3.4.3, for the form.
First taught: lesson 3b.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import combinations
from math import comb
from typing import NamedTuple

from causalrec.causal.derivation.derivation import Derivation, DerivationStep
from causalrec.causal.derivation.rules import Move, between, largest, turned, without_do
from causalrec.causal.formulas import algebra
from causalrec.causal.formulas.algebra import contains, probabilities
from causalrec.causal.formulas.expression import Expression, P, Sum
from causalrec.causal.graphs.graph import CausalGraph
from causalrec.causal.identification.identifier import identify
from causalrec.causal.identification.query import Identified, NotIdentified, Query
from causalrec.causal.identification.steps import without
from causalrec.errors import IdentificationError

MOST_SETS = 60
"""Sets of one size that are tried for adjusting before the way of the algorithm is taken."""


def derive(query: Query, graph: CausalGraph) -> Derivation | NotIdentified:
    """A derivation of the formula that answers the question, or the hedge that proves that there is none.

    Its last formula holds no do(). It is the estimand of `identify`, or equal to it in value: then nothing in it sums
    out or cancels by the laws of probability, and no condition is idle by rule 1.

    Raises GraphError and IdentificationError as `identify`. First taught: lesson 3b.
    """
    start = Derivation.start(query, graph)
    answer = identify(query, graph)
    if isinstance(answer, NotIdentified):
        return answer
    found = _textbook(start, answer) or _solved(start, start.question)
    for _ in graph.nodes:  # a step for one place may have rewritten another, which is then still to do
        if found is not None and not found.concludes:
            found = _solved(found, next(term for term in probabilities(found.formula) if term.do))
    if found is None or not found.concludes:
        raise IdentificationError(f"{query} is identified, but no derivation was found; use the formula of `identify`.")
    return finished(shortened(found), answer.estimand)


# ---- short ways ------------------------------------------------------------------------------------------------------


def taken(d: Derivation, term: P, moves: Iterable[Move]) -> tuple[Derivation, P]:
    """The derivation after the moves, and what the probability has become; a step may have taken it along before."""
    for number, z in moves:
        if not contains(d.formula, term):
            break
        d, term = d.rule(number, z, of=term), turned(number, term, z)
    return d, term


def by_rules(d: Derivation, term: P) -> Derivation | None:
    """By the three rules alone."""
    moves = without_do(d.graph, term)
    return None if moves is None else taken(d, term, moves)[0]


def parts_of_total(term: P, z: tuple[str, ...]) -> tuple[P, P]:
    """P(y | z, ·) and P(z | ·), of which total probability over z is made."""
    return P(term.outcome, given=term.given + z, do=term.do), P(z, given=term.given, do=term.do)


def adjusted(d: Derivation, term: P, z: tuple[str, ...]) -> Derivation | None:
    """By total probability over z, if the rules alone finish both parts."""
    outcome, covariates = parts_of_total(term, z)
    first, second = without_do(d.graph, covariates), without_do(d.graph, outcome)
    if first is None or second is None:
        return None
    d, _ = taken(d.total(z, of=term), covariates, first)
    return taken(d, outcome, second)[0]


def front_door(d: Derivation, term: P, z: tuple[str, ...]) -> Derivation | None:
    """The front door through z, also among cases with the same values of what is given; None where it is shut.

    Source: Pearl 2009, Causality, §3.4.3.
    """
    (last, first), onward = parts_of_total(term, z), P(term.outcome, given=term.given, do=z)
    seen, moved = between(d.graph, first, turned(2, first, term.do)), between(d.graph, last, onward)
    if seen is None or moved is None or None in map(partial(without_do, d.graph), parts_of_total(onward, term.do)):
        return None
    d, _ = taken(d.total(z, of=term), first, seen)  # P(z | x, w)
    return adjusted(*taken(d, last, moved), term.do)  # P(y | do(z), w)


def _textbook(d: Derivation, answer: Identified) -> Derivation | None:
    """The derivation by the back or the front door, for the set by which `identify` went; None for other answers.

    Where `identify` had neither, the front door is tried among the cases with the same values of one covariate.
    """
    term = d.question
    if answer.method == "back door" and isinstance(answer.estimand, Sum):
        return by_rules(d, term) or adjusted(d, term, answer.estimand.over)
    if answer.method == "front door" and isinstance(answer.estimand, Sum):
        return front_door(d, term, answer.estimand.over)
    if answer.method == "ID" and len(term.do) == len(term.outcome) == 1:
        return _front_door_given(d, term)
    return None


def _front_door_given(d: Derivation, term: P) -> Derivation | None:
    """P(y | do(x)) = Σ_w P(y | do(x), w) P(w) with the first part by the front door; w is no effect of x."""
    graph = d.graph
    (x,), (y,) = term.do, term.outcome
    above, below = graph.ancestors(y), graph.descendants(x)
    between_them = graph.in_order((above & below) - {x, y})
    for w in graph.in_order(above - below - {y}):
        after, (part, covariate) = d.total(w, of=term), parts_of_total(term, (w,))
        for z in between_them:
            if (found := front_door(after, part, (z,))) is not None:
                return taken(found, covariate, [(3, term.do)])[0]
    return None


def _by_adjusting(d: Derivation, term: P) -> Derivation | None:
    """By total probability over one to three variables that are causes of what the probability speaks of."""
    candidates = [name for name in d.graph.in_order(d.graph.ancestors(term.free)) if name not in term.free]
    for count in (1, 2, 3):
        if comb(len(candidates), count) > MOST_SETS:
            break
        for z in combinations(candidates, count):
            if (found := adjusted(d, term, z)) is not None:
                return found
    return None


def _quickly(d: Derivation, term: P) -> Derivation | None:
    """As it is where no do() is left or another step took it along, else by a short way if there is one."""
    return by_rules(d, term) or _by_adjusting(d, term) if term.do and contains(d.formula, term) else d


# ---- the lines of ID -------------------------------------------------------------------------------------------------


def _solved(d: Derivation, term: P) -> Derivation | None:
    """The derivation with a formula without do() in the place of the probability, or None."""
    if (found := _quickly(d, term)) is not None:
        return found
    if not term.given:
        return _by_districts(d, term)
    if z := largest(2, d.graph, term, term.given):  # IDC, line 1: what is given and may as well be set
        return _solved(*taken(d, term, [(2, z)]))
    return _by_chain(d, term) or _divided(d, term)  # IDC, line 2


def _all(way: Callable[[Derivation, P], Derivation | None], d: Derivation, terms: Iterable[P]) -> Derivation | None:
    """One probability after the other, each by the same way; None where one fails."""
    found: Derivation | None = d
    for term in terms:
        if found is not None:
            found = way(found, term)
    return found


def _by_chain(d: Derivation, term: P) -> Derivation | None:
    """P(a, b | ·) = P(a | b, ·) P(b | ·), if both factors have a short way; what is given then needs no fraction."""
    for name in term.outcome if len(term.outcome) > 1 else ():
        factors = parts_of_total(P(name, given=term.given, do=term.do), without(term.outcome, (name,)))
        if (found := _all(_quickly, d.chain(name, of=term), factors)) is not None:
            return found
    return None


def _divided(d: Derivation, term: P) -> Derivation | None:
    """By P(y | w, ·) = P(y, w | ·) / P(w | ·), the denominator found by itself or as Σ_y of the numerator.

    The shorter formula is taken, and of two equally short ones the shorter derivation.
    """
    after, (below, above) = _conditioned(d, term)
    alone, summed = _all(_solved, after, (below, above)), _solved(after.sum(term.outcome, of=below), above)
    found = [finished(way) for way in (alone, summed) if way is not None and way.concludes]
    return min(found, key=lambda way: (algebra.size(way.formula), len(way.steps)), default=None)


def _conditioned(d: Derivation, term: P) -> tuple[Derivation, tuple[P, P]]:
    """The derivation after the definition of conditional probability, with denominator and numerator."""
    return d.condition(of=term), (P(term.given, do=term.do), P(term.outcome + term.given, do=term.do))


def _by_districts(d: Derivation, term: P) -> Derivation | None:
    """Lines 2 to 7 for P(y | do(x)): a product of one factor a district of the ancestors of y, each found alone."""
    graph = d.graph
    if z := largest(3, graph, term, term.do):  # line 2: what does not reach y
        d, term = taken(d, term, [(3, z)])
        if (found := _quickly(d, term)) is not None:
            return found
    y, x = term.outcome, term.do
    relevant = graph.ancestors(y, cut=x).difference(x)
    districts = graph.districts_within(relevant)
    if len(districts) == 1:  # no product, but the sum
        if rest := graph.in_order(relevant - set(y)):
            d, term = d.sum(rest, of=term), P(y + rest, do=x)
        return _in_district(d, term)
    singles = dict(_factors(graph, term, relevant))
    easy = frozenset().union(*[district for district in districts if None not in [
        without_do(graph, singles[name]) for name in district]])
    d, factors = _spread(d, term, relevant, easy)  # line 4
    for factor in factors:
        if set(factor.outcome) <= easy:  # line 6
            d = by_rules(d, factor) or d
    hard: list[P] = []
    for district in districts:
        if not district <= easy:
            mine = [factor for factor in factors if set(factor.outcome) & district]
            if (alone := _alone(d, mine, district, frozenset(x) | relevant - district)) is None:
                return None
            d, one = alone
            hard.append(one)
    return _all(_in_district, d, hard)  # line 7


def _factors(graph: CausalGraph, term: P, nodes: Collection[str]) -> Iterator[tuple[str, P]]:
    """By the chain rule each node given those before it, causes before effects, and what the probability is given."""
    before = term.given
    for name in (name for name in graph.order if name in nodes):
        yield name, P(name, given=before, do=term.do)
        before = (name, *before)


def _spread(d: Derivation, term: P, nodes: Collection[str], easy: Collection[str]) -> tuple[Derivation, list[P]]:
    """P(y | ·) as a sum of a product over the nodes, causes before effects, and the factors in that order.

    Neighbours that are easy stay together while the rules alone finish their factor.
    """
    factors: list[P] = []
    for name, factor in _factors(d.graph, term, nodes):
        if factors and {*factors[-1].outcome, name} <= set(easy):
            wider = P((*factors[-1].outcome, name), given=factors[-1].given, do=term.do)
            if None not in (without_do(d.graph, factors[-1]), without_do(d.graph, factor), without_do(d.graph, wider)):
                factors[-1] = wider
                continue
        factors.append(factor)
    rest = tuple(name for factor in factors for name in factor.outcome if name not in term.outcome)
    if rest and len(factors) == 2 and set(factors[-1].outcome) == set(term.outcome):
        return d.total(factors[0].outcome, of=term), factors
    whole = P(term.outcome + rest, given=term.given, do=term.do)
    if rest:
        d = d.sum(rest, of=term)
    if len(factors) == 1:
        return d, [whole]
    return d.chain(*(factor.outcome for factor in reversed(factors)), of=whole), factors


def _alone(
    d: Derivation, factors: Sequence[P], district: frozenset[str], others: frozenset[str]
) -> tuple[Derivation, P] | None:
    """The factors of one district as one probability, P(district | do(its parents)) or do(all others)."""
    graph = d.graph
    parents = graph.parents(district) & others
    for outside in (graph.in_order(parents), graph.in_order(others)):
        targets = [P(f.outcome, given=tuple(n for n in f.given if n in district), do=outside) for f in factors]
        moves = [between(graph, factor, target) for factor, target in zip(factors, targets, strict=True)]
        if None in moves:
            continue
        for factor, way in zip(factors, moves, strict=True):
            d, _ = taken(d, factor, way or ())
        return d.join(*targets) if len(targets) > 1 else d, algebra.joint(targets) or targets[0]
    return None


# ---- inside a district -----------------------------------------------------------------------------------------------


class World(NamedTuple):
    """Where line 7 goes on: a district of the graph on some nodes, with everything else that was there set."""

    nodes: frozenset[str]
    among: frozenset[str]
    fixed: frozenset[str]


def _worlds(graph: CausalGraph, district: frozenset[str]) -> list[World] | None:
    """The worlds that lines 7 and 2 lead through to the factor of these nodes, the log's first; None at a hedge."""
    found: list[World] = []
    among, fixed = graph.ancestors(district), frozenset[str]()
    while True:
        nodes = graph.district(district, within=among)  # line 7
        fixed |= among - nodes
        found.append(World(nodes, among, fixed))
        above = graph.ancestors(district, within=nodes)  # line 2
        if above in (district, nodes):
            return found if above == district else None  # line 5
        among = above


def _in_district(d: Derivation, term: P) -> Derivation | None:
    """P(district | do(its parents)), whose district is larger in the graph as a whole."""
    worlds = _worlds(d.graph, frozenset(term.outcome))
    return None if worlds is None else _known(d, term, worlds)


def _known(d: Derivation, term: P, worlds: list[World]) -> Derivation | None:
    """A probability of nodes in the innermost world, found from the world around it, and so on out to the log."""
    if (found := _quickly(d, term)) is not None:
        return found
    nodes, among, _ = worlds[-1]
    here = (*term.outcome, *term.given)
    needed = nodes & d.graph.ancestors(here, within=among)
    if needed != set(here):
        if term.given:
            return _all(partial(_known, worlds=worlds), *_conditioned(d, term))
        return _summed(d, term, needed, worlds)
    if (found := _lifted(d, term, worlds)) is not None:
        return found
    if len(term.outcome) == 1:
        return None
    return _all(partial(_known, worlds=worlds), *_spread(d, term, term.outcome, ()))


def _summed(d: Derivation, term: P, needed: frozenset[str], worlds: list[World]) -> Derivation | None:
    """Line 1 or 2: the sum over what the world around ties to the nodes, with as much set as that takes."""
    fixed = worlds[-1].fixed
    for more in (frozenset[str](), fixed & d.graph.ancestors(needed), fixed):
        now, wide = d, term
        if extra := d.graph.in_order(more - set(term.do)):
            wide = P(term.outcome, do=term.do + extra)
            if (moves := between(d.graph, term, wide)) is None:
                continue
            now, wide = taken(d, term, moves)
        now, factors = _spread(now, wide, needed, needed)
        if (found := _all(partial(_known, worlds=worlds), now, factors)) is not None:
            return found
    return None


def _lifted(d: Derivation, term: P, worlds: list[World]) -> Derivation | None:
    """Line 6 or 7: the same probability in the world around, where what is set here is seen, or not yet there."""
    nodes, among, _ = worlds[-1]
    outer = worlds[-2].fixed if len(worlds) > 1 else frozenset[str]()
    seen = d.graph.ancestors((*term.outcome, *term.given), within=among) - nodes
    for given, do in ((seen & set(term.do), outer & set(term.do)), (seen, outer & set(term.do)), (seen, outer)):
        target = P(term.outcome, given=d.graph.in_order(given) + term.given, do=d.graph.in_order(do))
        if (moves := between(d.graph, term, target)) is None:
            continue
        now, target = taken(d, term, moves)
        if (found := now if not target.do else _known(now, target, worlds[:-1])) is not None:
            return found
    return None


# ---- shorter ---------------------------------------------------------------------------------------------------------


def finished(d: Derivation, estimand: Expression | None = None) -> Derivation:
    """The derivation, its last formula made shorter until it is the estimand or there is nothing left to do.

    The laws of probability come first, then rule 1.
    """
    while True:
        if estimand is not None and d.formula.key == estimand.key:
            return d
        if algebra.applied(algebra.collapsed, d.formula):
            d = d.collapse()
        elif algebra.applied(algebra.cancelled, d.formula):
            d = d.cancel()
        else:
            idle = ((term, largest(1, d.graph, term, term.given)) for term in probabilities(d.formula) if term.given)
            term, z = next(((term, z) for term, z in idle if z), (d.question, ()))
            if not z:
                return d
            d = d.rule(1, z, of=term)


def shortened(d: Derivation) -> Derivation:
    """The same derivation without steps that a later one repeats: one step may rewrite several places at once."""
    for place in reversed(range(len(d.steps))):
        sides, *later = ((step.before.key, step.after.key) for step in d.steps[place:])
        shorter = _replayed(d, d.steps[:place] + d.steps[place + 1:]) if sides in later else None
        if shorter is not None and shorter.formula.key == d.formula.key:
            d = shorter
    return d


def _replayed(d: Derivation, steps: Sequence[DerivationStep]) -> Derivation | None:
    """The derivation made of these steps, or None where one does not find what it rewrites."""
    now = replace(d, steps=())
    for step in steps:
        try:
            formula = algebra.replaced(now.formula, step.before, step.after)
        except IdentificationError:
            return None
        now = replace(now, steps=(*now.steps, replace(step, formula=formula)))
    return now
