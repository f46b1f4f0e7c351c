"""Back-door identification: textbook verdicts, all minimal sets, and estimands against exact truth.

The enumerator below knows nothing of the package's formulas: it multiplies out a random binary model, hidden parents
included, once as it is and once with the treatment set.
"""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
from collections import defaultdict

import numpy as np
import pytest

from causalrec.causal.formulas.expression import P
from causalrec.causal.formulas.table import Table
from causalrec.causal.graphs.graph import CausalGraph
from causalrec.causal.identification.adjustment import back_door_sets, is_back_door_set
from causalrec.causal.identification.identifier import Identified, NotIdentified, Query, identify
from causalrec.errors import GraphError, IdentificationError

M_GRAPH = "A -> X; A -> M; B -> M; B -> Y; X -> Y"
PRIMER_3_8 = "B -> A -> X -> W -> Y; B -> Z; C -> Z; Z -> X; Z -> Y; C -> D -> Y"  # Pearl, Glymour & Jewell 2016


def drawn_model(graph: CausalGraph, rng: np.random.Generator):
    """Parents of every node, hidden ones too, and P(node = 1 | their values)."""
    parents: dict[str, list[str]] = {node: [a for a, b in sorted(graph.arrows) if b == node] for node in graph.nodes}
    for number, pair in enumerate(sorted(map(sorted, graph.confounded))):
        parents[f"hidden{number}"] = []
        for node in pair:
            parents[node].append(f"hidden{number}")
    chance = {
        node: {values: rng.uniform(0.1, 0.9) for values in itertools.product((0, 1), repeat=len(above))}
        for node, above in parents.items()
    }
    return parents, chance


def enumerated(model, keep: tuple[str, ...], do: dict[str, int]) -> dict[tuple[int, ...], float]:
    """The joint distribution of `keep`, summed case by case; nodes in `do` are set and contribute no factor."""
    parents, chance = model
    joint: dict[tuple[int, ...], float] = defaultdict(float)
    for values in itertools.product((0, 1), repeat=len(parents)):
        case = dict(zip(parents, values, strict=True))
        if any(case[node] != value for node, value in do.items()):
            continue
        weight = 1.0
        for node, above in parents.items():
            if node not in do:
                one = chance[node][tuple(case[other] for other in above)]
                weight *= one if case[node] else 1 - one
        joint[tuple(case[node] for node in keep)] += weight
    return joint


def observed(model, nodes: tuple[str, ...]) -> Table:
    joint = enumerated(model, nodes, {})
    entries = np.zeros((2,) * len(nodes))
    for case, weight in joint.items():
        entries[case] = weight
    return Table(nodes, ((0, 1),) * len(nodes), entries)


def random_graph(rng: np.random.Generator, size: int) -> CausalGraph:
    nodes = tuple(f"V{number}" for number in rng.permutation(size))
    pairs = list(itertools.combinations(nodes, 2))
    arrows = [pair for pair in pairs if rng.random() < 0.5]
    hidden = [pair for pair in pairs if rng.random() < 0.2][:3]
    return CausalGraph(tuple(rng.permutation(nodes).tolist()), frozenset(arrows), frozenset(map(frozenset, hidden)))


def assert_estimand_is_do(graph: CausalGraph, answer: Identified, rng: np.random.Generator) -> None:
    (treatment,), (outcome,) = answer.query.treatments, answer.query.outcome
    model = drawn_model(graph, rng)
    value = answer.estimand.evaluate(observed(model, graph.nodes))
    for x, y in itertools.product((0, 1), repeat=2):
        truth = enumerated(model, (outcome,), {treatment: x})[(y,)]
        given = {outcome: y, treatment: x}
        assert value.probability({name: given[name] for name in value.variables}) == pytest.approx(truth, abs=1e-9)


@pytest.mark.parametrize(("text", "sets"), [
    ("X -> Y", [()]),
    ("Z -> X -> Y; Z -> Y", [("Z",)]),
    ("X -> M -> Y", [()]),  # a mediator is left alone
    ("X -> C <- Y; X -> Y", [()]),  # and so is a collider
    ("Z -> X -> Y; Z <-> Y", [("Z",)]),
    ("A -> B -> X -> Y; A -> Y", [("A",), ("B",)]),
    ("A -> X -> Y; B -> X; A -> Y; B -> Y", [("A", "B")]),
    (M_GRAPH, [()]),
    (PRIMER_3_8, [("B", "Z"), ("A", "Z"), ("Z", "C"), ("Z", "D")]),
    ("X -> Y; X <-> Y", []),
    ("X -> Z -> Y; X <-> Y", []),
    ("Z -> X -> Y; X <-> Y", []),  # an instrument is no back-door set
])
def test_minimal_sets_by_hand(text, sets):
    graph = CausalGraph.parse(text)
    found = back_door_sets(graph, "X", "Y")
    assert sorted(map(sorted, found)) == sorted(map(sorted, sets))
    assert list(found) == sorted(found, key=lambda held: (len(held), [graph.nodes.index(node) for node in held]))


def test_criterion_by_hand():
    primer = CausalGraph.parse(PRIMER_3_8)
    assert not is_back_door_set(primer, "X", "Y", "Z")  # Z alone opens B -> Z <- C
    assert is_back_door_set(primer, "X", "Y", ("Z", "A"))
    assert not is_back_door_set(primer, "X", "Y", ("Z", "A", "W"))  # a descendant
    butterfly = CausalGraph.parse(M_GRAPH)
    assert is_back_door_set(butterfly, "X", "Y")
    assert not is_back_door_set(butterfly, "X", "Y", "M")
    assert is_back_door_set(butterfly, "X", "Y", ("M", "A"))
    assert not is_back_door_set(CausalGraph.parse("X -> Y -> D"), "X", "Y", "D")


def test_minimal_sets_agree_with_trying_all():
    rng = np.random.default_rng(3)
    sizes = set()
    for _ in range(150):
        graph = random_graph(rng, int(rng.integers(2, 7)))
        x, y = graph.nodes[:2]
        others = [node for node in graph.nodes if node not in (x, y)]
        subsets = [set(held) for size in range(len(others) + 1) for held in itertools.combinations(others, size)]
        good = [held for held in subsets if is_back_door_set(graph, x, y, held)]
        minimal = [held for held in good if not any(other < held for other in good)]
        found = back_door_sets(graph, x, y)
        assert sorted(map(sorted, found)) == sorted(map(sorted, minimal)), graph
        sizes.update(map(len, found))
    assert {0, 1, 2} <= sizes


def test_many_confounders_that_are_all_needed_take_no_time():
    graph = CausalGraph.parse("; ".join(["X -> Y", *(f"Z{i} -> X; Z{i} -> Y" for i in range(30))]))
    assert back_door_sets(graph, "X", "Y") == (tuple(f"Z{i}" for i in range(30)),)


def test_every_estimand_equals_do_on_random_models():
    rng = np.random.default_rng(11)
    answers = defaultdict(int)
    for _ in range(400):
        graph = random_graph(rng, int(rng.integers(3, 7)))
        x, y = graph.nodes[:2]
        sets = back_door_sets(graph, x, y)
        if not sets:
            answers["none"] += 1
            continue
        answer = identify(Query(y, do=x), graph)
        assert isinstance(answer, Identified)
        answers[len(sets[0])] += 1
        assert_estimand_is_do(graph, answer, rng)
    assert min(answers["none"], answers[0], answers[1], answers[2]) >= 10  # each kind was really met


@pytest.mark.parametrize("text", ["Z -> X -> Y; Z -> Y", M_GRAPH, "A -> B -> X -> Y; A -> Y", "X -> M -> Y; M -> C"])
def test_named_graphs_equal_do(text):
    graph = CausalGraph.parse(text)
    answer = identify(Query("Y", do={"X": 1}), graph)
    assert isinstance(answer, Identified)
    assert_estimand_is_do(graph, answer, np.random.default_rng(5))


def test_a_wrong_set_gives_a_wrong_number():
    """The exact check can fail: on the M-graph, adjusting for the collider differs from do()."""
    graph, rng = CausalGraph.parse(M_GRAPH), np.random.default_rng(2)
    adjusted = identify(Query("Y", do="X"), CausalGraph.parse("M -> X -> Y; M -> Y; A; B"))
    assert isinstance(adjusted, Identified)
    with pytest.raises(AssertionError):
        assert_estimand_is_do(graph, adjusted, rng)


def test_the_estimand_and_its_steps_in_words():
    answer = identify(Query("Y", do={"X": 1}), CausalGraph.parse("Z -> X -> Y; Z -> Y; X -> M"))
    assert repr(answer) == "Identified: P(Y | do(X=1)) = Σ_Z P(Y | X, Z) P(Z)"
    assert [step.rule for step in answer.steps] == ["leave alone", "cut", "hold fixed", "adjust"]
    assert str(answer.steps[0]).startswith("leave alone: {Y, M} may be changed by X")
    assert answer.steps[1].graph == CausalGraph.parse("Z -> X; Z -> Y; M")
    assert "a back-door path is open" in answer.steps[1].words
    assert "{Z} blocks every back-door path" in answer.steps[2].words
    assert r"$$P(y \mid \operatorname{do}(x)) = \sum_{z} P(y \mid x, z) \, P(z)$$" in answer._repr_markdown_()
    assert "\n4. *adjust*: " in answer._repr_markdown_()


def words_of(text: str, query: Query, method: str = "textbook") -> list[str]:
    return [str(step) for step in identify(query, CausalGraph.parse(text), method=method).steps]


def test_the_steps_say_what_is_given():
    text = "Z -> X -> Y; Z -> Y; W -> Y"
    assert words_of(text, Query("Y", do="X", given="W")) == [
        "leave alone: {Y} may be changed by X; {W}, which is given, is not among these; what the treatment may change "
        "must not be held fixed.",
        "cut: without the arrows out of X, only back-door paths are left between X and Y; with only {W} given a "
        "back-door path is open.",
        "hold fixed: {Z}, together with {W}, blocks every back-door path, and no smaller set does.",
        "adjust: average P(Y | X, Z, W) over how {Z} is distributed among cases with the same W, treated or not.",
    ]
    assert words_of(text, Query("Y", do="X", given=("Z", "W")))[2] == \
        "read off: nothing more has to be held fixed: setting X and seeing X say the same of Y among cases with the " \
        "same Z and W."


def test_the_steps_name_several_treatments():
    assert words_of("A -> X; A -> Y; X -> V -> Y", Query(("Y", "V"), do=("X", "A")))[0] == \
        "leave alone: {Y, V} may be changed by {X, A}; what the treatments may change must not be held fixed."
    assert words_of("X; A; Y", Query("Y", do=("X", "A")))[0].startswith("leave alone: {X, A} change no other variable")
    assert words_of("X; Y", Query("Y", do="X"))[0].startswith("leave alone: X changes no other variable")


def test_a_set_is_called_smallest_only_where_all_smaller_ones_were_tried():
    few, many = ("; ".join(["X -> Y", *(f"Z{i} -> X; Z{i} -> Y" for i in range(n))]) for n in (3, 30))
    assert words_of(few, Query("Y", do="X"))[2].endswith("blocks every back-door path, and no smaller set does.")
    assert words_of(many, Query("Y", do="X"))[2].endswith("blocks every back-door path, and no part of it does.")


def test_the_steps_of_a_front_door_with_a_node_off_the_paths():
    assert words_of("X -> Z -> Y; X <-> Y; Z <- C -> Y", Query("Y", do="X")) == [
        "intercept: every directed path from X to Y passes {Z}.",
        "first step: no back-door path from X to {Z, C} is open, so what X does to {Z, C} can be read off: "
        "P(Z, C | X).",
        "second step: X blocks every back-door path from {Z, C} to Y, so what {Z, C} does to Y is found by holding X "
        "fixed; without {C}, a back-door path from {Z} would be open.",
        "chain: put the two steps together: X moves {Z}, and {Z, C} moves Y.",
    ]


def test_the_lines_of_id_in_words_for_one_and_for_several():
    lines = words_of("W -> Z -> X -> Y; W <-> X; W <-> Y; Y -> D", Query("Y", do="X"))
    assert lines[:2] == [
        "ID line 2: {D} is not an ancestor of {Y} here, so it cannot matter to P(Y | do(X)). Sum it out.",
        "ID line 3: with {X} set, {W, Z} no longer reach {Y}; so set them too, to any value: P(Y | do(X)) stays the "
        "same.",
    ]
    assert words_of("nudge -> X -> Y; X <-> Y", Query("Y", do="X"))[0] == \
        "ID line 3: with {X} set, {nudge} no longer reaches {Y}; so set it too, to any value: P(Y | do(X)) stays the " \
        "same."


@pytest.mark.parametrize(("text", "query", "formula"), [
    ("A -> B -> Y; X -> Y", Query("Y", do="X"), "Σ_B P(B) P(Y | B, X)"),  # Σ_A P(A) P(B | A) is P(B)
    ("A -> B; A -> Y; B -> Y; X -> Y", Query("Y", do="X"), "Σ_{A, B} P(A) P(B | A) P(Y | A, B, X)"),  # no two alone
    ("X -> B -> Y", Query("Y", do="X"), "Σ_B P(B | X) P(Y | B)"),  # P(Y | B, X) is not what stands there
    ("X -> Y; X -> W; W <-> Y", Query("Y", do="X", given="W"), "P(Y | X, W)"),  # Bayes' rule takes the fraction away
])
def test_id_sums_by_the_probability_there_is(text, query, formula):
    assert str(identify(query, CausalGraph.parse(text), method="ID").estimand) == formula


def test_formula_and_hedge_do_not_depend_on_how_sets_are_kept():
    code = "from causalrec.causal import EXAMPLES, identify\n" \
           "for e in EXAMPLES.values():\n" \
           "    for method in ('textbook', 'ID'):\n" \
           "        answer = identify(e.query, e.graph, method=method)\n" \
           "        print(answer, *answer.steps)"
    runs = {subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True,
                           env={**os.environ, "PYTHONHASHSEED": seed}).stdout for seed in ("1", "2")}
    assert len(runs) == 1


def test_without_back_door_path_seeing_is_doing():
    answer = identify(Query("Y", do="X"), CausalGraph.parse("X -> M -> Y"))
    assert isinstance(answer, Identified)
    assert answer.estimand == P("Y", given="X")
    assert [step.rule for step in answer.steps] == ["leave alone", "cut", "read off"]


def test_the_smallest_set_is_taken_and_ties_go_by_order():
    answer = identify(Query("Y", do="X"), CausalGraph.parse("B; A -> B -> X -> Y; A -> Y"))
    assert str(answer.estimand) == "Σ_B P(Y | X, B) P(B)"
    longer = identify(Query("Y", do="X"), CausalGraph.parse("A -> X; B -> X; A -> C; B -> C; C -> Y; X -> Y"))
    assert str(longer.estimand) == "Σ_C P(Y | X, C) P(C)"


def test_the_bow_is_refused_with_its_hedge():
    answer = identify(Query("Y", do="X"), CausalGraph.parse("Z -> X -> Y; X <-> Y"))
    assert isinstance(answer, NotIdentified)
    assert answer.hedge == (CausalGraph.parse("X -> Y; X <-> Y"), CausalGraph.parse("Y"))
    assert repr(answer) == "NotIdentified: P(Y | do(X)), hedge F = {X -> Y; X <-> Y}, F′ = {Y}"
    assert "hedge F: X -&gt; Y; X &lt;-&gt; Y; F′: Y" in answer._repr_html_()


def test_the_bow_really_has_twin_worlds():
    """Two models of the bow with the same log and different do(): Y = X xor hidden, against Y = 0, X copies hidden."""
    parents = {"X": ["hidden"], "Y": ["X", "hidden"], "hidden": []}
    copies = {(0,): 0.0, (1,): 1.0}
    differs = {(x, h): float(x != h) for x, h in itertools.product((0, 1), repeat=2)}
    never = dict.fromkeys(differs, 0.0)
    one, other = ((parents, {"X": copies, "Y": rule, "hidden": {(): 0.5}}) for rule in (differs, never))
    assert enumerated(one, ("X", "Y"), {}) == enumerated(other, ("X", "Y"), {})
    assert enumerated(one, ("Y",), {"X": 1})[(1,)] == 0.5
    assert enumerated(other, ("Y",), {"X": 1})[(1,)] == 0.0


def test_query_is_a_value():
    query = Query("purchased", do={"recommended": 1}, given={"week": 5})
    assert repr(query) == "Query: P(purchased | do(recommended=1), week=5)"
    assert query == Query(("purchased",), {"recommended": 1}, {"week": 5})
    assert hash(query) == hash(Query(("purchased",), {"recommended": 1}, {"week": 5}))
    assert query != Query("purchased", do="recommended", given="week")
    assert (query.outcome, query.treatments, query.conditions) == (("purchased",), ("recommended",), ("week",))
    assert query.do == (("recommended", 1),)
    assert repr(Query(("Y", "W"), do=("X", "Z"))) == "Query: P(Y, W | do(X, Z))"
    assert query._repr_html_() == "<p><b>Query</b> P(purchased | do(recommended=1), week=5)</p>"


def test_questions_without_sense_are_refused():
    graph = CausalGraph.parse("Z -> X -> Y; Z -> Y")
    with pytest.raises(IdentificationError, match="every variable in one place"):
        Query("Y", do="Y")
    with pytest.raises(IdentificationError, match="every variable in one place"):
        Query("Y", do="X", given="X")
    with pytest.raises(IdentificationError, match="name an outcome"):
        Query((), do="X")
    with pytest.raises(IdentificationError, match="there is no method 'typo'; use 'textbook' or 'ID'"):
        identify(Query("Y", do="X"), graph, method="typo")
    with pytest.raises(GraphError, match="no node 'Q'; it has Z, X, Y"):
        identify(Query("Q", do="X"), graph)
    with pytest.raises(GraphError, match="no node 'Q'"):
        back_door_sets(graph, "Q", "Y")
    with pytest.raises(GraphError, match="no node 'Q'"):
        is_back_door_set(graph, "X", "Y", "Q")
    for outcome, held in (("X", ()), ("Y", "X"), ("Y", "Y")):
        with pytest.raises(GraphError, match="cannot be covariates"):
            is_back_door_set(graph, "X", outcome, held)
    with pytest.raises(GraphError, match="must differ"):
        back_door_sets(graph, "X", "X")


@pytest.mark.parametrize("before", [
    "", "import causalrec.causal.identification.identifier", "from causalrec.causal.graphs.graph import CausalGraph",
])
def test_the_room_offers_the_function_whatever_was_imported_before(before):
    code = f"{before}\nfrom causalrec.causal import identify, CausalGraph, Query\n" \
           "from causalrec.causal import identify\n" \
           "assert repr(identify(Query('Y', do='X'), CausalGraph.parse('X -> Y'))).endswith('= P(Y | X)')"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stderr == ""


def test_every_name_of_the_room_exists():
    import causalrec.causal as room

    assert dir(room) == sorted(room.__all__)
    assert all(getattr(room, name) is not None for name in room.__all__)
    with pytest.raises(AttributeError, match=f"it offers {sorted(room.__all__)[0]}, "):
        _ = room.Nonsense
