"""Instruments: what moves the treatment and reaches the outcome through it alone.

A graph with an instrument does not tell the effect in everybody. If besides nobody is moved the other way
(*monotonicity*), it tells the mean effect in those who are moved, the *compliers*: LATE.

First taught: lesson 3c.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

from causalrec.causal.formulas.expectation import Difference, E, WaldRatio
from causalrec.causal.formulas.expression import Expression, P, Product, Sum, capital
from causalrec.causal.graphs.graph import CausalGraph
from causalrec.causal.graphs.separation import separated
from causalrec.causal.identification.adjustment import smallest_back_door_set
from causalrec.causal.identification.criterion import Condition, Criterion, directed_path, fixed, roles, single
from causalrec.causal.identification.front_door_criterion import MOST_TRIED
from causalrec.causal.identification.query import Identified, Query, Step
from causalrec.causal.identification.steps import braced
from causalrec.errors import GraphError
from causalrec.types import Names


@dataclass(frozen=True, repr=False)
class Instrument(Criterion):
    """Whether a node is an instrument for a treatment and an outcome, given others; true where it is.

    Attributes:
        node: the node asked about.
        given: the nodes held fixed.
        as_if_random: whether it is more than that: a cause of the treatment that might have been drawn by lot among
            cases alike in `given`. The effect in the compliers needs this; a companion of such a cause will not do.

    First taught: lesson 3c.
    """

    node: str
    given: tuple[str, ...]
    as_if_random: Condition

    @property
    def verdict(self) -> str:
        """The verdict without its reasons."""
        among = f" given {', '.join(self.given)}" if self.given else ""
        return f"{self.node} is {'an' if self else 'no'} instrument for {self.treatment} and {self.outcome}{among}"


def is_instrument(graph: CausalGraph, instrument: str, treatment: str, outcome: str, given: Names = ()) -> Instrument:
    """Whether a node is an instrument for the effect of treatment on outcome given others, with the reason.

    Z is an instrument for (X, Y) given W when
      "unaffected": neither Z nor a node of W is a descendant of X or Y,
      "relevant": W does not separate Z from X, and
      "exclusion": W separates Z from Y once the arrows out of X are cut, so that what joins Z to Y passes X.
    As Z and W are no descendants of X, cutting the arrows into X instead gives the same.

    Args:
        graph: the assumptions.
        instrument: Z.
        treatment: X.
        outcome: Y.
        given: W.

    Raises:
        GraphError: an unknown node, or a node in two roles.

    Source: Pearl 2009, Causality, definition 7.4.1 (graphical criterion); Brito & Pearl 2002.
    """
    instrument, held = single(graph, instrument, "instrument"), graph.in_order(given)
    (treatment,), (outcome,), _ = roles(graph, treatment, outcome, (instrument, *held), "an instrument or held")
    roles(graph, instrument, outcome, held, "held")
    late = graph.in_order((graph.descendants(treatment) | graph.descendants(outcome)) & {instrument, *held})
    routes = [directed_path(graph, treatment, node) or directed_path(graph, outcome, node) for node in late]
    works = graph.separation(instrument, treatment, held).path
    leak = graph.without_arrows_out_of(treatment).separation(instrument, outcome, held).path
    return Instrument(treatment, outcome, (
        Condition("unaffected", not late, f"{braced(late)} may be changed, by {' and '.join(map(str, routes))}" if late
                  else f"{treatment} and {outcome} change no node of {braced((instrument, *held))}",
                  routes[0] if routes else None),
        Condition("relevant", works is not None, f"{fixed(held)} {instrument} moves with {treatment} along {works}"
                  if works else f"{fixed(held)} {instrument} tells nothing of {treatment}", works),
        Condition("exclusion", leak is None, f"{fixed(held)} {instrument} is tied to {outcome} past {treatment}, by "
                  f"{leak}" if leak else f"{fixed(held)} {instrument} is tied to {outcome} through {treatment} alone",
                  leak),
    ), instrument, held, _as_if_random(graph, instrument, treatment, outcome, held))


def _as_if_random(graph: CausalGraph, z: str, x: str, y: str, held: tuple[str, ...]) -> Condition:
    """Whether z causes x, and among cases alike in `held` goes with x and y only by what it causes."""
    late = graph.in_order(graph.descendants(z) & set(held))
    through = directed_path(graph, z, x)
    back = graph.without_arrows_out_of(z).separation(z, (x, y), held).path
    if late:
        words = f"{z} may change {braced(late)}, which must not be held"
    elif through is None:
        words = f"{z} does not cause {x}, it only goes with it"
    elif back:
        words = f"{fixed(held)} {z} shares a cause with {back.nodes[-1]}: {back}"
    else:
        words = f"{z} causes {x}, {through}, and {fixed(held)} shares no cause with {x} or {y}"
    return Condition("as if random", through is not None and not late and back is None, words, back)


def instruments(graph: CausalGraph, treatment: str, outcome: str) -> tuple[Instrument, ...]:
    """All instruments of a graph, each with every set to hold fixed of which no part will do for it.

    Those that need fewest held come first, ties by the order of the graph's nodes. The time grows as 2 to the number of
    nodes that treatment and outcome cannot change.

    Raises:
        GraphError: an unknown node, treatment and outcome the same, or more sets than can be tried.

    Source: as `is_instrument`. First taught: lesson 3c.
    """
    (treatment,), (outcome,), _ = roles(graph, treatment, outcome)
    x, y = frozenset([treatment]), frozenset([outcome])
    able = graph.in_order(graph.node_set - graph.descendants(x | y))
    if len(able) * 2 ** (len(able) - 1) > MOST_TRIED:
        raise GraphError(f"{len(able)} nodes can be instruments for {treatment} and {outcome} or held fixed, too many "
                         "to try all sets; ask `is_instrument` about one.")
    found: list[tuple[str, tuple[str, ...]]] = []
    for size in range(len(able)):
        for node in able:
            for held in combinations([other for other in able if other != node], size):
                if any(node == one and set(smaller) <= set(held) for one, smaller in found):
                    continue
                z, given = frozenset([node]), frozenset(held)
                if separated(graph, z, y, given, out_of=x) and not separated(graph, z, x, given):
                    found.append((node, held))
    return tuple(is_instrument(graph, node, treatment, outcome, held) for node, held in found)


@dataclass(frozen=True, eq=False, repr=False)
class LocalEffect(Identified):
    """An answer for part of the cases: the mean effect in the compliers, those whom the instrument moves.

    The estimand is E[Y₁ − Y₀ | compliers]. It is not the answer to the query, P(y | do(x)), which the graph leaves
    open: the effect in cases that the instrument does not move may be any other.

    Attributes:
        instrument: the instrument used, with its reasons.

    First taught: lesson 3c.
    """

    instrument: Instrument

    @property
    def effect(self) -> str:
        """What the estimand is, in symbols."""
        (treatment,), (outcome,) = self.query.treatments, self.query.outcome
        return f"E[{outcome}_{{{treatment}=1}} − {outcome}_{{{treatment}=0}} | compliers]"

    def __repr__(self) -> str:
        """The effect and its formula."""
        return f"Identified among compliers: {self.effect} = {self.estimand}"

    def _repr_markdown_(self) -> str:
        steps = "\n".join(f"{number}. *{step.rule}*: {step.words}" for number, step in enumerate(self.steps, start=1))
        y, x = capital(self.query.outcome[0]), capital(self.query.treatments[0])
        asked = rf"E[{y}_{{{x}=1}} - {y}_{{{x}=0}} \mid \text{{compliers}}]"
        return f"**Identified among compliers only**\n\n$${asked} = {self.estimand.latex()}$$\n\n{steps}"


def local_effect(query: Query, graph: CausalGraph) -> LocalEffect | None:
    """The mean effect in the compliers by an instrument that might have been drawn by lot, under monotonicity; or None.

    LATE = Σ_w P(w) (E[Y | z=1, w] − E[Y | z=0, w]) / Σ_w P(w) (E[X | z=1, w] − E[X | z=0, w])
    for X, Z in {0, 1}. The instrument that needs fewest nodes held is taken, ties by the order of the graph.

    Source: Imbens & Angrist 1994, Econometrica 62 (without W); Frölich 2007, Journal of Econometrics 139 (with W).
    """
    (treatment,), (outcome,) = query.treatments, query.outcome
    past = graph.ancestors(outcome, within=graph.node_set - {treatment})  # what reaches the outcome without it
    able: list[tuple[str, tuple[str, ...]]] = []
    for node in graph.in_order(graph.ancestors(treatment) - past - {treatment}):
        held = smallest_back_door_set(graph, frozenset([node]), frozenset([treatment, outcome]))
        able += [] if held is None else [(node, held)]
    if not able:
        return None
    node, held_names = min(able, key=lambda one: len(one[1]))
    used = is_instrument(graph, node, treatment, outcome, held_names)
    estimand = wald_ratio(node, treatment, outcome, held_names)
    return LocalEffect(query, estimand, "instrument", lambda: _steps(graph, used, estimand), used)


def wald_ratio(instrument: str, treatment: str, outcome: str, given: Names = ()) -> WaldRatio:
    """What an instrument in {0, 1} does to the outcome over what it does to the treatment, averaged over `given`.

    Source: as `local_effect`.
    """
    held = (given,) if isinstance(given, str) else tuple(given)

    def moved(variable: str) -> Expression:
        by = Difference(*(E(variable, given=held, at={instrument: value}) for value in (1, 0)))
        return Sum(held, Product((P(held), by))) if held else by

    return WaldRatio(moved(outcome), moved(treatment))


def _steps(graph: CausalGraph, used: Instrument, estimand: WaldRatio) -> tuple[Step, ...]:
    """Why the ratio is the mean effect in the compliers."""
    z, x, y = used.node, used.treatment, used.outcome
    _, relevant, exclusion = used.conditions
    return (
        Step("as if random", f"{used.as_if_random.words}.", graph.without_arrows_out_of(z)),
        Step("relevant", f"{relevant.words}.", graph),
        Step("exclusion", f"{exclusion.words}.", graph.without_arrows_out_of(x)),
        Step("monotone", f"assumed, not drawn in the graph: {z} moves nobody's {x} against its direction, so there are "
             f"no defiers. {x} and {z} are 0 or 1.", graph),
        Step("divide", f"{z} changes {y} by {estimand.numerator}, all of it in the compliers, whose share is "
             f"{estimand.denominator}; the ratio is the mean effect of {x} on {y} in them, and says nothing of others.",
             graph),
    )
