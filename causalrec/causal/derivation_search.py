"""Derivations found: from a question to its formula by the three rules and the laws of probability.

The way is that of the ID algorithm (`id_algorithm`), translated: each of its lines is a rule of the do-calculus or a
law of probability, used in the world that the line works in. What has a shorter way, by the rules alone or by adjusting
for one or two variables, takes that.

Source: Shpitser & Pearl 2006, who prove each line by the rules; Pearl 2009, Causality, §3.4.3, for the form.
First taught: lesson 3b.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import combinations
from math import comb
from typing import NamedTuple

from causalrec.causal.derivation import Derivation, DerivationStep
from causalrec.causal.do_calculus import without
from causalrec.causal.expression import P, Sum
from causalrec.causal.graph import CausalGraph
from causalrec.causal.identification_steps import induced
from causalrec.causal.identify import identify
from causalrec.causal.query import Identified, NotIdentified, Query
from causalrec.causal.rule_search import Move, between, largest, without_do
from causalrec.causal.terms import contains, key, probabilities, replaced
from causalrec.errors import IdentificationError

Way = Callable[[Derivation, P], Derivation | None]
"""What leads on from a derivation for one of its probabilities, or gives up."""

MOST_SETS = 60
"""Sets of one size that are tried for adjusting before the way of the algorithm is taken."""


def derive(query: Query, graph: CausalGraph) -> Derivation | NotIdentified:
    """A derivation of the formula that answers the question, or the hedge that proves that there is none.

    Its last formula holds no do(). It may differ in form from the estimand of `identify`; both have the same value.

    Raises:
        GraphError: a variable of the query is not in the graph.

    First taught: lesson 3b.
    """
    answer = identify(query, graph)
    if isinstance(answer, NotIdentified):
        return answer
    start = Derivation.start(query, graph)
    found = _textbook(start, answer) or _solved(start, start.question)
    for _ in graph.nodes:  # a step for one place may have rewritten another, which is then still to do
        if found is not None and not found.concludes:
            found = _solved(found, next(term for term in probabilities(found.formula) if term.do))
    if found is None or not found.concludes:
        raise IdentificationError(f"{query} is identified, but no derivation was found; use the formula of `identify`.")
    return shortened(found)


# ---- short ways ------------------------------------------------------------------------------------------------------


def _textbook(d: Derivation, answer: Identified) -> Derivation | None:
    """The derivation by the back or the front door, for the set by which `identify` went; None for other answers."""
    if not isinstance(answer.estimand, Sum):
        return None
    term, z = d.question, answer.estimand.over
    if answer.method == "back door":
        return _by_rules(d, term) or _adjusted(d, term, z)
    if answer.method == "front door":
        d, (last, first) = _total(d, term, z)
        d, _ = _taken(d, first, [(2, term.do)])
        d, last = _taken(d, last, [(2, z), (3, term.do)])
        return _adjusted(d, last, term.do)
    return None


def _settled(d: Derivation, term: P) -> bool:
    """Whether nothing is left to do for a probability: it has no do(), or another step took it along."""
    return not term.do or not contains(d.formula, term)


def _taken(d: Derivation, term: P, moves: Iterable[Move]) -> tuple[Derivation, P]:
    """The derivation after the moves, and what the probability has become; a step may have taken it along before."""
    for number, z in moves:
        if not contains(d.formula, term):
            break
        d = d.rule(number, z, of=term)
        after = d.steps[-1].after
        assert isinstance(after, P)
        term = after
    return d, term


def _total(d: Derivation, term: P, z: tuple[str, ...]) -> tuple[Derivation, tuple[P, P]]:
    """The derivation after total probability over z, and the two new probabilities."""
    return d.total(z, of=term), (P(term.outcome, given=term.given + z, do=term.do), P(z, given=term.given, do=term.do))


def _by_rules(d: Derivation, term: P) -> Derivation | None:
    """By the three rules alone."""
    moves = without_do(d.graph, term)
    return None if moves is None else _taken(d, term, moves)[0]


def _adjusted(d: Derivation, term: P, z: tuple[str, ...]) -> Derivation | None:
    """By total probability over z, if the rules alone finish both parts."""
    after, (outcome, covariates) = _total(d, term, z)
    first, second = without_do(d.graph, covariates), without_do(d.graph, outcome)
    if first is None or second is None:
        return None
    return _taken(_taken(after, covariates, first)[0], outcome, second)[0]


def _by_adjusting(d: Derivation, term: P) -> Derivation | None:
    """By total probability over one to three variables that are causes of what the probability speaks of."""
    candidates = [name for name in d.graph.in_order(d.graph.ancestors(term.free)) if name not in term.free]
    for size in (1, 2, 3):
        if comb(len(candidates), size) > MOST_SETS:
            break
        for z in combinations(candidates, size):
            if (found := _adjusted(d, term, z)) is not None:
                return found
    return None


def _quickly(d: Derivation, term: P) -> Derivation | None:
    """As it is where nothing is left to do, else by a short way if there is one."""
    return d if _settled(d, term) else _by_rules(d, term) or _by_adjusting(d, term)


# ---- the lines of ID -------------------------------------------------------------------------------------------------


def _solved(d: Derivation, term: P) -> Derivation | None:
    """The derivation with a formula without do() in the place of the probability, or None."""
    if (found := _quickly(d, term)) is not None:
        return found
    if not term.given:
        return _by_districts(d, term)
    if z := _settable(d.graph, term):  # IDC, line 1: rule 2
        return _solved(*_taken(d, term, [(2, z)]))
    return _all(_solved, *_conditioned(d, term))  # IDC, line 2


def _all(way: Way, d: Derivation, terms: Sequence[P]) -> Derivation | None:
    """One probability after the other, each by the same way; None where one fails."""
    found: Derivation | None = d
    for term in terms:
        if found is not None:
            found = way(found, term)
    return found


def _settable(graph: CausalGraph, term: P) -> tuple[str, ...]:
    """What is given and may as well be set."""
    taken: tuple[str, ...] = ()
    for name in term.given:
        wider = (*taken, name)
        if between(graph, term, P(term.outcome, given=without(term.given, wider), do=term.do + wider)):
            taken = wider
    return taken


def _conditioned(d: Derivation, term: P) -> tuple[Derivation, tuple[P, P]]:
    """The derivation after the definition of conditional probability, with denominator and numerator."""
    return d.condition(of=term), (P(term.given, do=term.do), P(term.outcome + term.given, do=term.do))


def _by_districts(d: Derivation, term: P) -> Derivation | None:
    """Lines 2 to 7 for P(y | do(x)): a product of one factor a district of the ancestors of y, each found alone."""
    graph = d.graph
    if z := largest(graph, 3, term):  # line 2: what does not reach y
        d, term = _taken(d, term, [(3, z)])
        if (found := _quickly(d, term)) is not None:
            return found
    y, x = term.outcome, term.do
    relevant = graph.without_arrows_into(x).ancestors(y) - set(x)
    districts = induced(graph, relevant).districts
    if len(districts) == 1:  # no product, but the sum
        if rest := graph.in_order(relevant - set(y)):
            d, term = d.sum(rest, of=term), P(y + rest, do=x)
        return _in_district(d, term)
    singles = dict(_factors(graph, term, relevant))
    easy = {name for district in districts for name in district
            if all(without_do(graph, singles[other]) is not None for other in district)}
    d, factors = _spread(d, term, relevant, easy)  # line 4
    for factor in factors:
        if set(factor.outcome) <= easy:  # line 6
            d = _by_rules(d, factor) or d
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
    joint = P(term.outcome + rest, given=term.given, do=term.do)
    if rest:
        d = d.sum(rest, of=term)
    if len(factors) == 1:
        return d, [joint]
    return d.chain(*(factor.outcome for factor in reversed(factors)), of=joint), factors


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
            d, _ = _taken(d, factor, way or ())
        if len(targets) > 1:
            d = d.join(*targets)
            joint = d.steps[-1].after
            assert isinstance(joint, P)
            return d, joint
        return d, targets[0]
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
        nodes = induced(graph, among).district(min(district))  # line 7
        fixed |= among - nodes
        found.append(World(nodes, among, fixed))
        above = induced(graph, nodes).ancestors(district)  # line 2
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
    needed = nodes & induced(d.graph, among).ancestors(here)
    if needed != set(here):
        if term.given:
            d, terms = _conditioned(d, term)
            return _each(d, terms, worlds)
        return _summed(d, term, needed, worlds)
    if (found := _lifted(d, term, worlds)) is not None:
        return found
    if len(term.outcome) == 1:
        return None
    return _each(*_spread(d, term, term.outcome, ()), worlds)


def _each(d: Derivation, terms: Sequence[P], worlds: list[World]) -> Derivation | None:
    return _all(lambda now, term: _known(now, term, worlds), d, terms)


def _summed(d: Derivation, term: P, needed: frozenset[str], worlds: list[World]) -> Derivation | None:
    """Line 1 or 2: the sum over what the world around ties to the nodes, with as much set as that takes."""
    fixed = worlds[-1].fixed
    for more in (frozenset[str](), fixed & d.graph.ancestors(needed), fixed):
        now, wide = d, term
        if extra := d.graph.in_order(more - set(term.do)):
            wide = P(term.outcome, do=term.do + extra)
            if (moves := between(d.graph, term, wide)) is None:
                continue
            now, wide = _taken(d, term, moves)
        now, factors = _spread(now, wide, needed, needed)
        if (found := _each(now, factors, worlds)) is not None:
            return found
    return None


def _lifted(d: Derivation, term: P, worlds: list[World]) -> Derivation | None:
    """Line 6 or 7: the same probability in the world around, where what is set here is seen, or not yet there."""
    nodes, among, _ = worlds[-1]
    outer = worlds[-2].fixed if len(worlds) > 1 else frozenset[str]()
    seen = induced(d.graph, among).ancestors((*term.outcome, *term.given)) - nodes
    for given, do in ((seen & set(term.do), outer & set(term.do)), (seen, outer & set(term.do)), (seen, outer)):
        target = P(term.outcome, given=d.graph.in_order(given) + term.given, do=d.graph.in_order(do))
        if (moves := between(d.graph, term, target)) is None:
            continue
        now, target = _taken(d, term, moves)
        if (found := now if not target.do else _known(now, target, worlds[:-1])) is not None:
            return found
    return None


# ---- shorter -------------------------------------------------------------------------------------------------------


def shortened(d: Derivation) -> Derivation:
    """The same derivation without steps that a later one repeats: one step may rewrite several places at once."""
    steps = list(d.steps)
    for place in range(len(steps) - 1, -1, -1):
        step = steps[place]
        sides = (key(step.before), key(step.after))
        if all((key(later.before), key(later.after)) != sides for later in steps[place + 1:]):
            continue
        shorter = _replayed(d, steps[:place] + steps[place + 1:])
        if shorter is not None and key(shorter.formula) == key(d.formula):
            d, steps = shorter, list(shorter.steps)
    return d


def _replayed(d: Derivation, steps: Sequence[DerivationStep]) -> Derivation | None:
    """The derivation made of these steps, or None where one does not find what it rewrites."""
    now = replace(d, steps=())
    for step in steps:
        if not contains(now.formula, step.before):
            return None
        try:
            formula = replaced(now.formula, step.before, step.after)
        except IdentificationError:
            return None
        now = replace(now, steps=(*now.steps, replace(step, formula=formula)))
    return now
