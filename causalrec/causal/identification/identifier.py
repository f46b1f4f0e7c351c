"""Identification: may a log answer a causal question at all, and by which formula?

`identify` takes a `Query` and a graph and returns either the formula, with the steps that led to it in words, or the
proof that there is none. It is complete: where it says no, two models with the same log answer differently.

First taught: lesson 3a (back door), lesson 3b (front door), lesson 3c (in general).
"""

from __future__ import annotations

from collections.abc import Iterable
from math import comb
from typing import Literal

from causalrec.causal.formulas.expression import Expression, P, Product, Sum
from causalrec.causal.graphs.graph import CausalGraph
from causalrec.causal.identification.adjustment import MOST_SETS, smallest_back_door_set
from causalrec.causal.identification.front_door_criterion import front_door_set
from causalrec.causal.identification.id import Hedged, Line, conditional, hedge
from causalrec.causal.identification.instrument import local_effect
from causalrec.causal.identification.query import Identified, NotIdentified, Query, Step, check_question
from causalrec.causal.identification.steps import back_door_steps, front_door_steps, id_steps
from causalrec.errors import IdentificationError


def identify(
    query: Query,
    graph: CausalGraph,
    *,
    method: Literal["textbook", "ID"] = "textbook",
    assume: str | Iterable[str] = (),
) -> Identified | NotIdentified:
    """The formula by which a log answers the question, or the hedge that proves that none does.

    Every node of the graph counts as logged. The textbook's formula is given where there is one. By the back door, that
    is by a smallest Z that makes a back-door set together with the conditions W, it is

        P(y | do(x), w) = Σ_z P(y | x, z, w) P(z | w),

    for any number of treatments and outcomes; else, for one of each and no condition, by the front door
    Σ_z P(z | x) Σ_x' P(y | x', z) P(x'). In all other cases, and for all with ``method="ID"``, it is the formula of the
    algorithms ID and IDC, which are complete.

    Args:
        query: any outcomes, treatments and conditions.
        graph: the assumptions.
        method: "textbook" or "ID".
        assume: what is assumed beyond the graph. "monotone": an instrument moves nobody's treatment against its
            direction. Where the graph alone gives no answer and has such an instrument, a `LocalEffect` comes back:
            the mean effect in the compliers, which is less than was asked for.

    Raises:
        GraphError: no graph, or a variable of the query is not in it.
        IdentificationError: no query; an assumption or a method that is not known.

    Source: Shpitser & Pearl 2006; Pearl 2009, Causality, §3.3; Imbens & Angrist 1994 ("monotone").
    First taught: lesson 3a.
    """
    check_question(query, graph)
    assumed = {assume} if isinstance(assume, str) else set(assume)
    if unknown := sorted(assumed - {"monotone"}):
        raise IdentificationError(f"{unknown[0]!r} is no assumption known here; leave it out or use 'monotone'.")
    if method not in ("textbook", "ID"):
        raise IdentificationError(f"there is no method {method!r}; use 'textbook' or 'ID'.")
    if not query.do:
        read_off = P(query.outcome, given=query.conditions)
        return Identified(query, read_off, "log", lambda: (
            Step("read off", f"nothing is set, so {read_off} is what the log holds already.", graph),))
    if method == "textbook" and (found := _back_door(query, graph) or _front_door(query, graph)):
        return found
    lines: list[Line] = []
    y, x, w = map(frozenset, (query.outcome, query.treatments, query.conditions))
    try:
        estimand = conditional(graph, y, x, w, lines)
    except Hedged as no:
        if assumed and len(query.outcome) == len(query.do) == 1 and not query.given:
            if (local := local_effect(query, graph)) is not None:
                return local
        return NotIdentified(query, hedge(graph, no.outer, no.inner), lambda: id_steps(graph, lines))
    return Identified(query, estimand, "IDC" if w else "ID", lambda: id_steps(graph, lines))


def _back_door(query: Query, graph: CausalGraph) -> Identified | None:
    """P(y | do(x), w) = Σ_z P(y | x, z, w) P(z | w), where Z and W together are a back-door set; else None.

    By rule 2, P(y | do(x), z, w) = P(y | x, z, w), which is the second condition of the criterion. By rule 3,
    P(z | do(x), w) = P(z | w): where nothing enters X, every path from X to a node that X cannot change meets a
    collider that X changes, and neither Z nor W contains what X changes.
    """
    names = map(frozenset, (query.treatments, query.outcome, query.conditions))
    if (z := smallest_back_door_set(graph, *names)) is None:
        return None
    fewer = sum(comb(len(graph.nodes), size) for size in range(len(z)))
    estimand: Expression = P(query.outcome, given=(*query.treatments, *z, *query.conditions))
    if z:
        estimand = Sum(z, Product((estimand, P(z, given=query.conditions))))
    return Identified(query, estimand, "back door", lambda: back_door_steps(query, graph, z, fewer <= MOST_SETS))


def _front_door(query: Query, graph: CausalGraph) -> Identified | None:
    """P(y | do(x)) = Σ_z P(z | x) Σ_x' P(y | x', z) P(x') for one treatment and one outcome, by the front door."""
    if query.given or len(query.do) != 1 or len(query.outcome) != 1:
        return None
    (treatment,), (outcome,) = query.treatments, query.outcome
    if (z := front_door_set(graph, treatment, outcome)) is None:
        return None
    second = Sum(treatment, Product((P(outcome, given=(treatment, *z)), P(treatment))))
    estimand = Sum(z, Product((P(z, given=treatment), second)))
    return Identified(query, estimand, "front door", lambda: front_door_steps(graph, treatment, outcome, z))
