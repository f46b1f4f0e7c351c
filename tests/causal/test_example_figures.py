"""What the sources of the catalogue say of their figures: verdicts, formulas, hedges, and features of the graphs.

Verdicts are typed from the sources; formulas, published ones and the package's, are checked on exact random models.
"""

from __future__ import annotations

import itertools
import re

import numpy as np
import pytest
from causal.exact_truth import drawn, spread
from causal.hedge_checker import hedge_faults, moved_conditions
from causal.same_log import twin

from causalrec.causal.examples.graphs import EXAMPLES, Example, example
from causalrec.causal.formulas.expression import Expression, Fraction, P, Product, Sum
from causalrec.causal.formulas.table import Table
from causalrec.causal.graphs.graph import CausalGraph
from causalrec.causal.identification.adjustment import back_door_sets
from causalrec.causal.identification.identifier import Identified, Query, identify
from causalrec.errors import GraphError


def assert_is_do(formula: Expression, graph: CausalGraph, query: Query, seed: int = 1) -> None:
    """The formula's value on an exact random log is what do() gives there, to 1e-9."""
    model = drawn(graph, np.random.default_rng(seed))
    said = formula.evaluate(Table(graph.nodes, ((0, 1),) * len(graph.nodes), model.law(graph.nodes)))
    asked = (*query.outcome, *query.treatments, *query.conditions)
    axes = (*asked, *(name for name in said.variables if name not in asked))
    truth = spread(model.answer(query.outcome, query.treatments, query.conditions), asked, axes)
    np.testing.assert_allclose(*np.broadcast_arrays(spread(said.probabilities, said.variables, axes), truth), atol=1e-9)


@pytest.mark.parametrize("one", EXAMPLES.values(), ids=lambda one: one.name)
def test_every_example_is_answered_as_do_or_refused_with_a_hedge_and_two_worlds(one: Example):
    answer = identify(one.query, one.graph)
    assert isinstance(answer, Identified) is one.identifiable
    if isinstance(answer, Identified):
        assert_is_do(answer.estimand, one.graph, one.query)
        return
    y, x, w = (set(part) for part in (one.query.outcome, one.query.treatments, one.query.conditions))
    moved = moved_conditions(one.graph, y, x, w)
    assert hedge_faults(answer.hedge, one.graph, x | moved, y | w - moved) == []
    question = (one.query.outcome, one.query.treatments, one.query.conditions)
    first, second = twin(one.graph, question, np.random.default_rng(2))
    np.testing.assert_allclose(first.law(one.graph.nodes), second.law(one.graph.nodes), rtol=0, atol=1e-12)
    assert np.abs(first.answer(*question) - second.answer(*question)).max() > 1e-6


def given(outcome: str, *names: str) -> P:
    return P(outcome, given=names)


def total(over: str, *factors: Expression) -> Sum:
    """The factors multiplied and summed over some variables."""
    return Sum(over.split(), Product(factors))


PUBLISHED = {
    # Pearl 2009, equations 3.48 and 3.49; in the latter Z3 is not needed: a front door within each value of Z2
    "two_mediators": total("Z1 Z2", given("Y", "Z1", "Z2", "X"), given("Z1", "X"),
                           total("X", given("Z2", "Z1", "X"), P("X"))),
    "three_covariates": total("Z1 Z2", given("Z1", "X", "Z2"), P("Z2"),
                              total("X", given("Y", "Z1", "Z2", "X"), given("X", "Z2"))),
    # Tian & Pearl 2002, as quoted by Tikka & Karvanen 2017, section 5.2
    "four_outcomes": Product((given("Z1", "X", "Z2"),
                              total("X", P(("Y", "Z3"), given=("X", "Z1", "Z2")), P(("X", "Z2"))))),
    # Tikka & Karvanen 2017, sections 2, 5.1 and 5.3
    "conditional_front_door": total("W Z", given("Z", "W", "X"), P("W"),
                                    total("X", given("Y", "W", "X", "Z"), given("X", "W"))),
    "first_step_given": given("Z", "W", "X"),
    "set_both": given("Y", "X", "W"),
    # Shpitser & Pearl 2006, on conditional effects
    "given_mediator": given("Y", "Z"),
    # Pearl 2009, sections 3.5 (equation 3.47), 3.5.1 and 4.4 (equations 4.3 and 4.7)
    "bowless_both": total("Z1", given("Y", "Z1", "X", "Z2"), given("Z1", "X")),
    "direct": given("Y", "X"),
    "confounded_mediator": given("Y", "X"),
    "covariate_of_outcome": total("Z", given("Y", "X", "Z"), P("Z")),
    "confounded_covariate": total("Z", given("Y", "X", "Z"), P("Z")),
    "plan": total("Z", given("Y", "Z", "X1", "X2"), given("Z", "X1")),
    "plan_second_action": given("Y", "Z", "X1", "X2"),
    "plan_unordered": total("Z", given("Y", "Z", "X1", "X2"), given("Z", "X1")),
    # The napkin as a ratio of two effects of Z, each by its back door W
    "napkin": Fraction(total("W", P(("X", "Y"), given=("Z", "W")), P("W")), total("W", given("X", "Z", "W"), P("W"))),
    "pruned_napkin": Fraction(total("Z2", P(("X", "Y"), given=("Z1", "Z2")), P("Z2")),
                              total("Z2", given("X", "Z1", "Z2"), P("Z2"))),
    # Pearl, Glymour & Jewell 2016, equations 3.5 and 3.16, sections 3.3, 3.5 (rule 2) and 3.7
    "primer_gender": total("gender", given("recovered", "drug", "gender"), P("gender")),
    "smoking_tar": total("tar", given("tar", "smoking"),
                         total("smoking", given("cancer", "smoking", "tar"), P("smoking"))),
    "primer_weight": total("W", given("Y", "X", "W"), P("W")),
    "primer_w_specific": given("Y", "X", "W"),
    "primer_collider_held": total("E Z", given("Y", "X", "E", "Z"), P(("E", "Z"))),
    "primer_c_specific": total("Z", given("Y", "X", "Z", "C"), given("Z", "C")),
    "primer_hiring_alone": given("hired", "gender", "qualification"),
    "primer_two_treatments": total("Z", given("Y", "D", "W", "Z"), P("Z")),
    "primer_hiring": total("income", given("hired", "gender", "qualification", "income"), P("income")),
    # Pearl 1995, section 1
    "eelworms": total("Z1 Z2 Z3", given("Y", "Z2", "Z3", "X"), given("Z2", "Z1", "X"),
                      total("X", given("Z3", "Z1", "Z2", "X"), P(("Z1", "X")))),
    # the front door, which needs neither D nor Z
    "front_door_and_chain": total("W", given("W", "X"), total("X", given("Y", "X", "W"), P("X"))),
}


def test_the_catalogue_writes_the_published_formulas():
    written = {one.name: one.formula for one in EXAMPLES.values() if one.formula}
    assert written == {name: str(formula) for name, formula in PUBLISHED.items()}


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_formulas_are_do(name):
    one = example(name)
    for seed in range(3):
        assert_is_do(PUBLISHED[name], one.graph, one.query, seed)


def test_a_formula_that_is_not_do_is_noticed():
    for name, wrong in {"napkin": given("Y", "X"), "three_covariates": given("Y", "X"), "plan": given("Y", "X1", "X2"),
                        "primer_weight": given("Y", "X"), "bowless_both": given("Y", "X", "Z2"),
                        "primer_collider_held": total("Z", given("Y", "X", "Z"), P("Z"))}.items():
        with pytest.raises(AssertionError):
            assert_is_do(wrong, example(name).graph, example(name).query)


# Cinelli, Forney & Pearl 2024: of model 10, where nothing held fixed would do, Z is a bad control all the same
CONTROLS = {"good": (1, 2, 3, 4, 5, 6), "neutral": (8, 9, 13, 14, 15), "bad": (7, 10, 11, 12, 16, 17, 18)}


@pytest.mark.parametrize(("kind", "number"), [(kind, number) for kind, models in CONTROLS.items() for number in models])
def test_good_neutral_and_bad_controls(kind, number):
    """Whether P(y | x), alone and averaged over Z, is do() on a random model: what the paper says of each control."""
    one = example(f"control_{number}")

    def is_do(formula: Expression) -> bool:
        try:
            assert_is_do(formula, one.graph, one.query)
        except AssertionError:
            return False
        return True

    alone, held = is_do(given("Y", "X")), is_do(total("Z", given("Y", "X", "Z"), P("Z")))
    assert (alone, held) == {"good": (False, True), "neutral": (True, True), "bad": (number != 10, False)}[kind]
    assert one.story.startswith(f"A {kind} control")


def test_a_neutral_control_that_a_selected_log_needs():
    """Model 15: among cases with one value of W, an X that does nothing still goes with Y, unless Z is held fixed."""
    drawn_as = example("control_15").graph
    idle = CausalGraph(drawn_as.nodes, drawn_as.arrows - {("X", "Y")}, drawn_as.confounded)
    assert not idle.d_separated("X", "Y", "W")
    assert idle.d_separated("X", "Y", ("W", "Z"))


def test_the_hedges_that_the_papers_name():
    """Tikka & Karvanen 2017, sections 3.3 and 5.1; Shpitser & Pearl 2008: the whole graph, with and without X."""
    for name, outer, inner in (("covariate_hedge", "Z1 X Z2", "Z2"),
                               ("two_outcomes_hedge", "W1 W2 X Y1 Y2", "W1 W2 Y1 Y2"), ("bow", "X Y", "Y")):
        found = identify(example(name).query, example(name).graph).hedge
        assert [set(forest.nodes) for forest in found] == [set(outer.split()), set(inner.split())]


# ------------------------------------------------------------------------------------------ Causality's figures

# Causality, §3.5.1: "the effect of X on Y is identifiable"; §3.5.2: it is not. In the order of the letters.
IDENTIFIABLE = dict(zip("abcdefg", (
    "direct", "confounded_mediator", "covariate_of_outcome", "confounded_covariate", "smoking_tar", "two_mediators",
    "three_covariates"), strict=True))
NOT_IDENTIFIABLE = dict(zip("abcdefgh", (
    "bow", "bow_before_mediator", "bow_beside_mediator", "surrogate_beside", "surrogate", "bow_after_mediator",
    "bowless", "covariate_hedge"), strict=True))


def answered(graph: CausalGraph, outcome: str, treatment: str) -> bool:
    """Whether the effect on some variables, named with spaces between them, has a formula."""
    return isinstance(identify(Query(outcome.split(), do=treatment.split()), graph), Identified)


def asked(name: str) -> tuple[CausalGraph, str, str]:
    """Graph, outcome and treatment of an example."""
    one = example(name)
    return one.graph, str(one.outcome), str(one.treatment)


def less(graph: CausalGraph) -> list[CausalGraph]:
    """The graphs with one edge taken away."""
    arrows = [CausalGraph(graph.nodes, graph.arrows - {arrow}, graph.confounded) for arrow in graph.arrows]
    return arrows + [CausalGraph(graph.nodes, graph.arrows, graph.confounded - {pair}) for pair in graph.confounded]


def more(graph: CausalGraph) -> dict[str, CausalGraph]:
    """The graphs with one edge put in, by that edge: an arc, or an arrow where there is none either way."""
    found = {}
    for pair in itertools.combinations(graph.nodes, 2):
        if frozenset(pair) not in graph.confounded:
            found["{} <-> {}".format(*pair)] = CausalGraph(
                graph.nodes, graph.arrows, graph.confounded | {frozenset(pair)})
        for arrow in () if {pair, pair[::-1]} & graph.arrows else (pair, pair[::-1]):
            try:
                found["{} -> {}".format(*arrow)] = CausalGraph(graph.nodes, graph.arrows | {arrow}, graph.confounded)
            except GraphError:  # a cycle
                continue
    return found


@pytest.mark.parametrize(("figure", "names", "verdict"), [
    ("3.8", IDENTIFIABLE, True), ("3.9", NOT_IDENTIFIABLE, False),
])
def test_verdicts_of_pearls_figures(figure, names, verdict):
    for letter, name in names.items():
        one = example(name)
        assert one.identifiable is verdict
        assert re.search(rf"Causality.*{re.escape(figure)}\({letter}\)", one.source)
        assert re.search(rf"Shpitser & Pearl 2008.*figure {2 if verdict else 1}\({letter}\)", one.source)
        assert answered(*asked(name)) is verdict
    assert len({example(name).graph for name in names.values()}) == len(names)


@pytest.mark.parametrize("letter", IDENTIFIABLE)
def test_an_edge_less_can_only_help_and_one_more_is_one_too_many(letter):
    """Causality, §3.5.1, remarks 1 and 2.

    As drawn here, which gives equation 3.49, figure 3.8(g) bears any one of six edges more, five of them at Z3, which
    that formula does without: of this one graph the second remark does not hold.
    """
    graph, outcome, treatment = asked(IDENTIFIABLE[letter])
    assert all(answered(part, outcome, treatment) for part in less(graph))
    harmless = {edge for edge, larger in more(graph).items() if answered(larger, outcome, treatment)}
    borne = {"Z2 -> Y", "Z2 <-> Z3", "Z3 -> X", "Z1 -> Z3", "Z3 -> Z1", "Y <-> Z3"}
    assert harmless == (borne if letter == "g" else set())


def test_which_back_doors_can_be_shut():
    """Causality, §3.5.1, remarks 4 and 6, and §3.5.2, remark 1."""
    def shut(name: str) -> list[set[str]]:
        graph, outcome, treatment = asked(name)
        return [set(held) for held in back_door_sets(graph, treatment, outcome)]

    assert {letter: shut(name) for letter, name in IDENTIFIABLE.items()} == {
        "a": [set()], "b": [set()], "c": [{"Z"}], "d": [{"Z"}], "e": [], "f": [], "g": []}
    assert not any(shut(name) for name in NOT_IDENTIFIABLE.values())


def test_parents_of_the_outcome_whose_own_effect_is_lost():
    """Causality, §3.5.1, remark 7: in (b), (c) and (f) one has a bow with the outcome, and the effect of X is had."""
    bows = {letter: [cause for cause, effect in graph.arrows
                     if effect == outcome and frozenset((cause, effect)) in graph.confounded]
            for letter, name in IDENTIFIABLE.items() for graph, outcome, _ in [asked(name)]}
    assert {letter: causes for letter, causes in bows.items() if causes} == {"b": ["Z"], "c": ["Z"], "f": ["Z1"]}
    assert not any(answered(example(IDENTIFIABLE[letter]).graph, "Y", cause)
                   for letter, causes in bows.items() for cause in causes)


def test_a_hidden_cause_of_the_treatment_and_its_child_on_the_way():
    """Causality, §3.5.1, remark 3, and §3.5.2, remark 2: so in 3.9 (a), (b) and (c), and nowhere in 3.8."""
    def bow(name: str) -> bool:
        graph, outcome, treatment = asked(name)
        return any(frozenset((treatment, child)) in graph.confounded and child in graph.ancestors(outcome)
                   for cause, child in graph.arrows if cause == treatment)

    assert {letter for letter, name in NOT_IDENTIFIABLE.items() if bow(name)} == set("abc")
    assert not any(bow(name) for name in IDENTIFIABLE.values())


def test_the_graph_without_a_bow():
    """Causality, §3.5, on figure 3.7(c), and §3.5.2, remark 3: each link can be had, the whole cannot."""
    graph = example("bowless").graph
    for outcome, treatment in (("Z1", "X"), ("Z2", "X"), ("Y", "Z1"), ("Y", "Z2"), ("Y", "X Z1"), ("Y", "X Z2")):
        assert answered(graph, outcome, treatment)
    assert not answered(graph, "Y", "X")
    assert not answered(graph, "Z1 Z2", "X")


def test_one_more_arrow_in_the_figure_of_the_two_outcomes():
    """Shpitser & Pearl 2008, figure 3: (b) has the arrow from W1 to W2 that (a) has not."""
    hedgeless, hedge = example("two_outcomes").graph, example("two_outcomes_hedge").graph
    assert hedge.arrows - hedgeless.arrows == {("W1", "W2")}
    assert hedge.confounded == hedgeless.confounded
    assert hedgeless.arrows <= hedge.arrows


def test_the_plan_and_its_parts():
    """Causality, §4.4: what the text says of figure 4.4, and how figure 4.8 comes of it."""
    plan = example("plan").graph
    without = plan.arrows - {("X1", "X2"), ("X1", "Z")}
    assert example("plan_unordered").graph.arrows == without
    assert example("plan_unordered").graph.confounded == plan.confounded
    assert frozenset(("X1", "Z")) in plan.confounded  # "a bow pattern around the link"
    assert not answered(plan, "Y", "X1")
    assert ("Z", "Y") not in plan.arrows  # no direct effect on survival


def test_the_primers_figure_3_11_is_3_12_without_income():
    """Primer, §3.7; and in 3.1 the treatment is no cause of the outcome at all."""
    hiring = example("primer_hiring").graph
    assert example("primer_hiring_alone").graph.arrows == {arrow for arrow in hiring.arrows if "income" not in arrow}
    ice_cream = example("primer_ice_cream").graph
    assert "ice_cream" not in ice_cream.ancestors("crime")


def test_the_primers_collider_that_must_be_held():
    """Primer, §3.3, figure 3.7: four back doors, all of them through Z, which is a collider on E -> Z <- A."""
    graph = example("primer_collider_held").graph
    doors = list(graph.without_arrows_out_of("X").paths("X", "Y"))
    assert len(doors) == 4
    assert all("Z" in path.nodes for path in doors)
    assert {("E", "Z"), ("A", "Z")} <= graph.arrows
