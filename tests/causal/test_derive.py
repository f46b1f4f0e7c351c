"""Derivations found by the kit: for every identified example and random graphs, each step checked on exact models."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from causalrec.causal import CausalGraph, Derivation, Identified, NotIdentified, Query, derive, identify, random_model
from causalrec.causal import value as exact_value
from causalrec.causal.examples import EXAMPLES
from causalrec.causal.expression import P

IDENTIFIED = [one for one in EXAMPLES.values() if one.identifiable]


def assert_derived(query: Query, graph: CausalGraph, seed: int) -> Derivation:
    """The derivation, once it ends without do(), every step is true, and its formula equals the question."""
    found = derive(query, graph)
    assert isinstance(found, Derivation)
    assert found.concludes
    assert found.verify(np.random.default_rng(seed), models=2)
    model = random_model(graph, np.random.default_rng(seed + 1))
    asked, answer = exact_value(found.question, model), exact_value(found.formula, model)
    for values in np.ndindex(*(2,) * len(asked.variables)):
        at = dict(zip(asked.variables, values, strict=True))
        known = answer.at({name: at[name] for name in answer.variables if name in at}).probabilities
        assert known == pytest.approx(asked.probability(at), abs=1e-9)  # at any value of what is left free
    return found


@pytest.mark.parametrize("name", [one.name for one in IDENTIFIED])
def test_every_identified_example_is_derived(name: str) -> None:
    assert_derived(EXAMPLES[name].query, EXAMPLES[name].graph, 3)


@pytest.mark.parametrize("name", [one.name for one in EXAMPLES.values() if not one.identifiable])
def test_what_is_not_identified_is_not_derived(name: str) -> None:
    assert isinstance(derive(EXAMPLES[name].query, EXAMPLES[name].graph), NotIdentified)


@pytest.mark.parametrize("name", [one.name for one in IDENTIFIED])
def test_other_names_and_an_irrelevant_node_do_no_harm(name: str) -> None:
    graph, query = EXAMPLES[name].graph, EXAMPLES[name].query
    new = {node: f"N{place}" for place, node in enumerate(reversed(graph.nodes))}
    other = CausalGraph(
        ("idle", *sorted(new.values())),
        frozenset((new[cause], new[effect]) for cause, effect in graph.arrows),
        frozenset(frozenset(new[node] for node in pair) for pair in graph.confounded),
    )
    renamed = Query([new[n] for n in query.outcome], do=[new[n] for n in query.treatments],
                    given=[new[n] for n in query.conditions])
    assert_derived(renamed, other, 4)


def test_random_graphs() -> None:
    rng, derived = np.random.default_rng(8), 0
    for _ in range(100):
        nodes = [f"V{i}" for i in range(int(rng.integers(3, 6)))]
        pairs = list(combinations(nodes, 2))
        graph = CausalGraph(tuple(nodes), frozenset(pair for pair in pairs if rng.random() < 0.5),
                            frozenset(frozenset(pair) for pair in pairs if rng.random() < 0.25))
        y, x, *rest = rng.permutation(nodes).tolist()
        query = Query(y, do=x, given=rest[:1] if rng.random() < 0.3 else ())
        if isinstance(identify(query, graph), Identified):
            derived += 1
            assert_derived(query, graph, int(rng.integers(1000)))
        else:
            assert isinstance(derive(query, graph), NotIdentified)
    assert 30 < derived < 95


def test_the_front_door_is_derived_as_in_the_book() -> None:
    # Pearl 2009, Causality, §3.4.3, task 3: total probability; rule 2; rules 2 and 3, and the back-door step.
    found = assert_derived(Query("Y", do="X"), CausalGraph.parse("X -> Z -> Y; X <-> Y"), 5)
    assert len(found.steps) <= 8
    assert {"rule 2", "rule 3", "total probability"} <= {step.rule for step in found.steps}


def test_a_false_step_is_found() -> None:
    found = derive(Query("Y", do="X"), CausalGraph.parse("Z -> X -> Y; Z -> Y"))
    assert isinstance(found, Derivation)
    wrong = replace(found.steps[-1], before=found.question, after=P("Y", given="X"), formula=P("Y", given="X"))
    verdict = replace(found, steps=(*found.steps[:-1], wrong)).verify(np.random.default_rng(0))
    assert not verdict
    assert verdict.false_step == len(found.steps)
