"""The catalogue: verdicts and separations that its sources state, and published aggregates of its tables.

The verdicts are checked against an identification algorithm written here from its definition, which knows nothing of
the package's. Formulas, and what the sources say of their figures, are in `test_example_figures`.
"""

from __future__ import annotations

import itertools
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from causal.hedge_checker import moved_conditions

from causalrec.causal.examples.graphs import EXAMPLES, Example, example
from causalrec.causal.examples.tables import COUNTS, Counts, counts
from causalrec.causal.formulas.expression import P, Product, Sum
from causalrec.causal.graphs.graph import CausalGraph
from causalrec.causal.identification.adjustment import back_door_sets, is_back_door_set
from causalrec.causal.models.mechanism import bernoulli
from causalrec.causal.models.scm import SCM
from causalrec.errors import GraphError, ModelError


def part(graph: CausalGraph, nodes: frozenset[str]) -> CausalGraph:
    """The graph on some of its nodes."""
    return CausalGraph(
        graph.in_order(nodes),
        frozenset(arrow for arrow in graph.arrows if set(arrow) <= nodes),
        frozenset(pair for pair in graph.confounded if pair <= nodes),
    )


def tied(graph: CausalGraph) -> list[frozenset[str]]:
    """The sets of nodes that bidirected edges tie together."""
    left, found = set(graph.nodes), []
    while left:
        one = {left.pop()}
        while more := {node for pair in graph.confounded if pair & one for node in pair} - one:
            one |= more
        left -= one
        found.append(frozenset(one))
    return found


def identified(outcome: frozenset[str], treatment: frozenset[str], graph: CausalGraph) -> bool:
    """The verdict of the ID algorithm (Shpitser & Pearl 2006, figure 3), its formulas left out."""
    everything = frozenset(graph.nodes)
    if not treatment:  # line 1
        return True
    if (causes := graph.ancestors(outcome)) < everything:  # line 2
        return identified(outcome, treatment & causes, part(graph, causes))
    idle = everything - treatment - graph.without_arrows_into(treatment).ancestors(outcome)
    if idle:  # line 3
        return identified(outcome, treatment | idle, graph)
    districts = tied(part(graph, everything - treatment))
    if len(districts) > 1:  # line 4
        return all(identified(one, everything - one, graph) for one in districts)
    whole = tied(graph)
    if whole == [everything]:  # line 5: a hedge
        return False
    if districts[0] in whole:  # line 6
        return True
    around = next(one for one in whole if districts[0] < one)  # line 7
    return identified(outcome, treatment & around, part(graph, around))


def looked_up(chances: np.ndarray, values: tuple[np.ndarray, ...]) -> np.ndarray:
    """The entry of each unit, given its values of the axes."""
    return chances[tuple(np.asarray(value, dtype=int) for value in values)]


def random_model(graph: CausalGraph, rng: np.random.Generator) -> SCM:
    """A model of 0/1 variables with random chances, a hidden coin for each bidirected edge."""
    above = {node: [cause for cause in graph.nodes if (cause, node) in graph.arrows] for node in graph.nodes}
    hidden = {f"U{number}": sorted(pair) for number, pair in enumerate(sorted(map(sorted, graph.confounded)))}
    for coin, pair in hidden.items():
        for node in pair:
            above[node].append(coin)
    mechanisms = {coin: bernoulli((), lambda: np.array(0.5)) for coin in hidden}
    for node in graph.order:
        chances = rng.uniform(0.1, 0.9, size=(2,) * len(above[node]))
        mechanisms[node] = bernoulli(tuple(above[node]), lambda *values, chances=chances: looked_up(chances, values))
    return SCM(mechanisms, hidden=frozenset(hidden))


def parts(one: Example) -> tuple[set[str], set[str], set[str]]:
    """Outcomes, treatments and conditions of the example's question."""
    return set(one.query.outcome), set(one.query.treatments), set(one.query.conditions)


def test_there_are_at_least_eighty_and_each_cites_its_source():
    assert len(EXAMPLES) >= 80
    assert list(EXAMPLES) == [one.name for one in EXAMPLES.values()]
    assert sum(not one.identifiable for one in EXAMPLES.values()) >= 15
    for one in EXAMPLES.values():
        assert set().union(*parts(one)) <= set(one.graph.nodes)
        assert one.story.endswith((".", "?"))
        assert "this course" in one.source or any(word.strip(",;:").isdigit() for word in one.source.split())
    assert len({(one.graph, one.treatment, one.outcome, one.story) for one in EXAMPLES.values()}) == len(EXAMPLES)


@pytest.mark.parametrize("one", EXAMPLES.values(), ids=lambda one: one.name)
def test_verdicts_are_those_of_the_algorithm(one: Example):
    y, x, w = parts(one)
    moved = moved_conditions(one.graph, y, x, w)
    assert identified(frozenset(y | w - moved), frozenset(x | moved), one.graph) is one.identifiable
    if len(y) == len(x) == 1 and not w and back_door_sets(one.graph, *x, *y):
        assert one.identifiable


def test_the_algorithm_above_knows_the_textbook_cases():
    assert not identified(frozenset("Y"), frozenset("X"), CausalGraph.parse("X -> Y; X <-> Y"))
    assert identified(frozenset("Y"), frozenset("X"), CausalGraph.parse("X -> Z -> Y; X <-> Y"))
    assert not identified(frozenset("Y"), frozenset("X"), CausalGraph.parse("X -> Z -> Y; X <-> Y; Z <-> Y"))
    assert not identified(frozenset({"Y1", "Y2"}), frozenset("X"), CausalGraph.parse(
        "W1 -> X -> Y1; W2 -> Y2; W1 -> W2; W1 <-> W2; W1 <-> Y1; W1 <-> Y2; X <-> W2"))
    assert identified(frozenset({"Y1", "Y2"}), frozenset("X"), CausalGraph.parse(
        "W1 -> X -> Y1; W2 -> Y2; W1 <-> W2; W1 <-> Y1; W1 <-> Y2; X <-> W2"))


@pytest.mark.parametrize(("name", "sets"), [
    ("kidney_stones", ["size"]),
    ("blood_pressure", [""]),
    ("whickham", ["age"]),
    ("m_bias", [""]),
    ("butterfly", ["A M", "B M"]),
    ("back_door", ["X1 X4", "X2 X4", "X3 X4", "X4 X5"]),
    ("primer_back_door", ["A Z", "B Z", "C Z", "D Z"]),  # study question 3.3.1
    ("confounded_mediator", [""]),
    ("primer_ice_cream", ["temperature"]),
    ("primer_collider_held", ["A Z", "E Z"]),  # what the book says of its figure 3.7
    ("warm_up", ["coach fitness", "coach readiness", "fatigue tissue", "fatigue weakness", "fitness genes",
                 "fitness motivation", "motivation readiness"]),
    ("smoking_tar", []),
    ("napkin", []),
    ("shop", ["activity popularity score"]),
    ("quiet_shop", ["activity"]),
])
def test_back_door_sets_by_hand(name, sets):
    one = example(name)
    found = back_door_sets(one.graph, one.treatment, one.outcome)
    assert sorted(" ".join(sorted(held)) for held in found) == sorted(sets)


def test_what_pearl_says_of_his_back_door_figure():
    """Causality, figure 3.4: {X3, X4} and {X4, X5} will do, {X4} and {X6} will not."""
    graph = example("back_door").graph
    verdicts = {held: is_back_door_set(graph, "Xi", "Xj", held.split()) for held in ("X3 X4", "X4 X5", "X4", "X6")}
    assert verdicts == {"X3 X4": True, "X4 X5": True, "X4": False, "X6": False}


@pytest.mark.parametrize(("name", "x", "y", "given", "separated"), [
    ("chain", "fire", "alarm", "smoke", True), ("chain", "fire", "alarm", "", False),
    ("fork", "shoe_size", "reading", "age", True), ("fork", "shoe_size", "reading", "", False),
    ("collider", "talent", "beauty", "", True), ("collider", "talent", "beauty", "celebrity", False),
    ("monty_hall", "choice", "car", "", True), ("monty_hall", "choice", "car", "opened", False),
    ("berkson", "diabetes", "cholecystitis", "", True), ("berkson", "diabetes", "cholecystitis", "hospital", False),
    ("sprinkler", "sprinkler", "rain", "season", True),  # Causality, §1.2.3
    ("sprinkler", "sprinkler", "rain", "season slippery", False),
    ("burglary", "burglary", "radio", "", True), ("burglary", "burglary", "radio", "call", False),
    ("m_bias", "X", "M", "", False), ("birth_weight", "smoking", "death", "birth_weight", False),
])
def test_separations_stated_by_the_sources(name, x, y, given, separated):
    assert example(name).graph.d_separated(x, y, given.split()) is separated


def test_primer_study_question_2_3_1():
    graph = example("primer_collider").graph
    without_p = [pair for pair in itertools.combinations("XSTUY", 2) if graph.d_separated(*pair, ("R", "V"))]
    assert without_p == [tuple(pair) for pair in ("XS", "XT", "XU", "XY", "SU", "SY", "TY", "UY")]
    given_p = [pair for pair in itertools.combinations("XSTUVY", 2) if graph.d_separated(*pair, ("R", "P"))]
    assert given_p == [tuple(pair) for pair in ("XS", "XT", "XU", "XV", "XY")]


def test_primer_study_question_2_4_1():
    graph = example("primer_d_separation").graph
    given_all = [pair for pair in itertools.combinations(graph.nodes, 2)
                 if graph.d_separated(*pair, set(graph.nodes) - set(pair))]
    assert sorted(map(sorted, given_all)) == [["W", "Z1"], ["X", "Y"], ["X", "Z2"], ["Y", "Z1"]]
    assert graph.d_separated("Z1", "Z2")
    assert graph.d_separated("X", "Y", ("W", "Z2", "Z3"))
    assert not graph.d_separated("W", "Z2", "Z3")  # part (g): W improves a prediction of Z2 from Z3


def test_no_set_separates_the_ends_of_vermas_graph_though_no_edge_joins_them():
    graph = example("verma").graph
    assert ("A", "D") not in graph.arrows
    assert not any(graph.d_separated("A", "D", held) for held in ((), "B", "C", ("B", "C")))


def test_the_published_formula_of_the_eelworms_is_do_on_exact_models():
    """Pearl 1995, Biometrika 82, section 1.

    The sum over z1, z2, z3 of P(y | z2, z3, x) P(z2 | z1, x) times the sum over x' of P(z3 | z1, z2, x') P(z1, x').
    """
    graph = example("eelworms").graph
    inner = Sum("X", Product((P("Z3", given=("Z1", "Z2", "X")), P(("Z1", "X")))))
    formula = Sum(("Z1", "Z2", "Z3"), Product((P("Y", given=("Z2", "Z3", "X")), P("Z2", given=("Z1", "X")), inner)))
    rng = np.random.default_rng(5)
    for _ in range(3):
        model = random_model(graph, rng)
        said = formula.evaluate(model.table())
        for x, y in itertools.product((0, 1), repeat=2):
            truth = model.do(X=x).table().marginal("Y").probability(Y=y)
            assert said.probability(Y=y, X=x) == pytest.approx(truth, abs=1e-9)


def test_the_eelworms_formula_fails_where_pearl_says_it_does():
    """If Y and Z3 had a hidden cause in common, the effect could not be had; with Z2 and Y it still could."""
    drawn = example("eelworms").graph
    asked = (frozenset("Y"), frozenset("X"))
    assert not identified(*asked, CausalGraph(drawn.nodes, drawn.arrows, drawn.confounded | {frozenset(("Y", "Z3"))}))
    assert identified(*asked, CausalGraph(drawn.nodes, drawn.arrows, drawn.confounded | {frozenset(("Y", "Z2"))}))


def test_the_file_is_read_once_and_only_when_an_example_is_asked_for():
    code = """
import sys
opened = []
sys.addaudithook(lambda event, of: event == "open" and str(of[0]).endswith("graphs.csv") and opened.append(of[0]))
from causalrec.causal import EXAMPLES, example
assert opened == []
assert example("bow").name == "bow" and len(EXAMPLES) > 80 and "napkin" in EXAMPLES
assert len(opened) == 1
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_an_unknown_name_is_refused_with_the_known_ones():
    with pytest.raises(GraphError, match=r"'napkins'; did you mean 'napkin'\? Choose from .*napkin"):
        example("napkins")
    with pytest.raises(GraphError, match=r"no example is called \['napkin'\]; .*hoose from chain"):
        example(["napkin"])
    with pytest.raises(ModelError, match=r"'stones'; did you mean 'kidney_stones'\? Choose from kidney_stones"):
        counts("stones")
    with pytest.raises(ModelError, match=r"'gravel'; choose from kidney_stones"):
        counts("gravel")


def test_renderings():
    assert repr(example("napkin")) == (
        "Example(napkin: W -> Z -> X -> Y; W <-> X; W <-> Y; Pearl & Mackenzie 2018, The Book of Why, p. 240)"
    )
    assert "P(Y | do(X)); no log of these variables answers" in example("bow")._repr_html_()
    assert "P(Y | do(X), Z); can be answered from a log, by P(Y | Z)<" in example("given_mediator")._repr_html_()
    assert str(example("pruned_pair").query) == "P(Y1, Y2 | do(X1, X2))"
    assert repr(counts("pearl_tar")).startswith("Counts(pearl_tar: 800 cases by smoking, tar, cancer; Pearl 2009")
    assert "<td>323</td>" in counts("pearl_tar")._repr_html_()


# ------------------------------------------------------------------------------------------------------- the tables


def test_kidney_stones_naive_and_adjusted():
    table = counts("kidney_stones").table()
    naive = {way: table.condition(treatment=way).mean("recovered") for way in table.domains[1]}
    adjusted = Sum("size", Product((P("recovered", given=("treatment", "size")), P("size")))).evaluate(table)
    assert counts("kidney_stones").total == 700
    assert naive == pytest.approx({"open surgery": 0.780, "nephrolithotomy": 0.826}, abs=5e-4)
    assert adjusted.probability(recovered=1, treatment="open surgery") == pytest.approx(0.8325, abs=5e-5)
    assert adjusted.probability(recovered=1, treatment="nephrolithotomy") == pytest.approx(0.7789, abs=5e-5)
    for size in ("small", "large"):
        within = [table.condition(size=size, treatment=way).mean("recovered") for way in table.domains[1]]
        assert within[0] > within[1]


def test_berkeley_published_aggregates():
    """R's documentation: 2,691 men of whom 1,198 (44.5 %) and 1,835 women of whom 557 (30.4 %) were admitted."""
    rows = counts("berkeley").rows()
    by_sex = rows.groupby("sex")["admitted"].agg(["size", "sum"])
    assert len(rows) == 4526
    assert by_sex.loc["men"].tolist() == [2691, 1198]
    assert by_sex.loc["women"].tolist() == [1835, 557]
    rates = rows.groupby(["department", "sex"])["admitted"].mean().unstack()
    assert list(rates.index[rates["women"] > rates["men"]]) == ["A", "B", "D", "F"]
    assert rows.groupby("department").size().tolist() == [933, 585, 918, 792, 584, 714]


def test_pearls_tar_table_and_his_front_door_answer():
    """Table 3.1 (P(x, z) in percent, and of cancer given both) and what §3.3.3 computes: .4525 and .4975."""
    table = counts("pearl_tar").table()
    sizes = table.marginal(("smoking", "tar")).probabilities
    assert 100 * sizes.ravel() == pytest.approx([47.5, 2.5, 2.5, 47.5])
    cancer = [table.condition(smoking=x, tar=z).mean("cancer") for x, z in itertools.product((0, 1), repeat=2)]
    assert cancer == pytest.approx([0.10, 0.05, 0.90, 0.85])
    inner = Sum("smoking", Product((P("cancer", given=("smoking", "tar")), P("smoking"))))
    front_door = Sum("tar", Product((P("tar", given="smoking"), inner))).evaluate(table)
    assert front_door.probability(cancer=1, smoking=1) == pytest.approx(0.4525)
    assert front_door.probability(cancer=1, smoking=0) == pytest.approx(0.4975)


def test_whickham_published_aggregates():
    """1,314 women; of 582 smokers 139 (24 %) and of 732 non-smokers 230 (31 %) had died after twenty years."""
    rows = counts("whickham").rows()
    by_smoking = rows.groupby("smoker")["died"].agg(["size", "sum"])
    assert by_smoking.to_numpy().tolist() == [[732, 230], [582, 139]]
    table = counts("whickham").table()
    by_age = Sum("age", Product((P("died", given=("smoker", "age")), P("age")))).evaluate(table)
    assert by_age.probability(died=1, smoker=1) > by_age.probability(died=1, smoker=0)


def test_cholestyramine_counts_are_the_only_ones_with_the_published_shares():
    """Causality, §8.2.6: 337 people, eight shares; of those on the drug .61 took it, and it fell by .465 more often."""
    # (taken, fell): (no, no), (no, yes), (yes, no), (yes, yes)
    placebo, drug = (0.919, 0.081, 0.0, 0.0), (0.315, 0.073, 0.139, 0.473)

    def fitting(size: int, shares: tuple[float, ...]) -> list[int]:
        cells = [round(share * size) for share in shares]
        again = tuple(round(cell / size, 3) for cell in cells)
        return cells if sum(cells) == size and again == shares else []

    found = [(a, b) for n in range(1, 337) if (a := fitting(n, placebo)) and (b := fitting(337 - n, drug))]
    table = counts("cholestyramine")
    assert found == [tuple(arm.ravel().tolist() for arm in table.counts)]
    assert table.total == 337
    sent = [table.table().condition(assigned=z) for z in (0, 1)]
    assert [round(arm.mean("taken"), 2) for arm in sent] == [0, 0.61]
    assert sent[1].mean("fell") - sent[0].mean("fell") == pytest.approx(0.465, abs=0.001)


@pytest.mark.parametrize("one", COUNTS.values(), ids=lambda one: one.name)
def test_table_frame_and_rows_hold_the_same(one: Counts):
    frame, rows = one.frame(), one.rows()
    assert frame["count"].sum() == len(rows) == one.total
    again = rows.groupby(list(one.variables), sort=False).size()
    occurring = frame[frame["count"] > 0].set_index(list(one.variables))["count"]
    assert again.sort_index().tolist() == occurring.sort_index().tolist()
    first = frame.iloc[0]
    assert one.table().probability({name: first[name] for name in one.variables}) == first["count"] / one.total
    assert isinstance(frame, pd.DataFrame)


def test_counts_are_kept_read_only_and_checked():
    table = counts("kidney_stones")
    with pytest.raises(ValueError, match="read-only"):
        table.counts[0, 0, 0] = 1
    with pytest.raises(ModelError, match="array of that shape"):
        Counts("bad", ("a",), ((0, 1),), np.array([1, 2, 3]), "nobody")
    with pytest.raises(ModelError, match="negative"):
        Counts("bad", ("a",), ((0, 1),), np.array([4, -1]), "nobody")
