"""Equivalence classes by enumeration, and PC on logs whose graph is known."""

from __future__ import annotations

import itertools
from collections import defaultdict

import networkx as nx
import numpy as np
import pandas as pd
import pytest

from causalrec.causal.examples.catalogue import counts, example
from causalrec.causal.graphs.equivalence import EquivalenceClass, equivalence_class, pc
from causalrec.causal.graphs.graph import CausalGraph
from causalrec.errors import EstimationError, GraphError


def all_graphs(nodes: str) -> list[CausalGraph]:
    """Every directed acyclic graph over the nodes."""
    pairs = list(itertools.combinations(nodes, 2))
    found = []
    for kinds in itertools.product((0, 1, 2), repeat=len(pairs)):
        arrows = [pair if kind == 1 else pair[::-1] for pair, kind in zip(pairs, kinds, strict=True) if kind]
        if nx.is_directed_acyclic_graph(nx.DiGraph(arrows)):
            found.append(CausalGraph(tuple(nodes), frozenset(arrows)))
    return found


def independences(graph: CausalGraph) -> frozenset[tuple[str, str, tuple[str, ...]]]:
    """All statements "x is separated from y by these", by networkx."""
    drawn = nx.DiGraph()
    drawn.add_nodes_from(graph.nodes)
    drawn.add_edges_from(graph.arrows)
    return frozenset(
        (x, y, held)
        for x, y in itertools.combinations(graph.nodes, 2)
        for others in [[node for node in graph.nodes if node not in (x, y)]]
        for size in range(len(others) + 1)
        for held in itertools.combinations(others, size)
        if nx.is_d_separator(drawn, {x}, {y}, set(held))
    )


def linear_log(graph: CausalGraph, rows: int, rng: np.random.Generator, hidden: tuple[str, ...] = ()) -> pd.DataFrame:
    """A log of a linear model with this graph: every effect between .6 and 1.2 or its negative, unit noise."""
    values: dict[str, np.ndarray] = {}
    for node in graph.order:
        values[node] = rng.normal(size=rows)
        for cause in graph.in_order(graph.parents(node)):
            values[node] = values[node] + rng.uniform(0.6, 1.2) * rng.choice([-1, 1]) * values[cause]
    return pd.DataFrame({node: values[node] for node in graph.nodes if node not in hidden})


# ------------------------------------------------------------------------------------------------- equivalence classes


@pytest.mark.parametrize(("text", "drawn", "members"), [
    ("X -> C <- Y", "X -> C <- Y", 1),
    ("A -> B -> C", "A - B; B - C", 3),
    ("A <- B -> C", "A - B; B - C", 3),
    ("A -> B", "A - B", 2),
    ("A -> B; A -> C; B -> C", "A - B; A - C; B - C", 6),
    ("X -> C <- Y; C -> D", "X -> C <- Y; C -> D", 1),  # Meek's first rule
    ("X -> C <- Y; Z -> C; A -> B; E", "X -> C <- Y; Z -> C; A - B; E", 2),
    ("A; B", "A; B", 1),
])
def test_classes_by_hand(text, drawn, members):
    graph = CausalGraph.parse(text)
    found = equivalence_class(graph)
    assert str(found) == drawn
    assert len(found.members()) == members
    assert graph in found.members()


def test_the_sprinklers_class_leaves_two_lines():
    """Pearl 2009, Causality, §1.2.3: in figure 1.2 the arrows into wet and slippery cannot be turned, others can."""
    found = equivalence_class(example("sprinkler").graph)
    assert found.arrows == {("sprinkler", "wet"), ("rain", "wet"), ("wet", "slippery")}
    assert found.undirected == {frozenset(("season", "sprinkler")), frozenset(("season", "rain"))}
    assert len(found.members()) == 3


def test_primer_question_2_5_1_no_arrow_can_be_turned():
    assert equivalence_class(example("primer_d_separation").graph).undirected == frozenset()


def test_same_class_exactly_when_same_independences_on_all_graphs_of_four_nodes():
    """Verma & Pearl 1990; there are 543 graphs of 4 nodes in 185 classes (Gillispie & Perlman 2001)."""
    graphs = all_graphs("ABCD")
    by_class, by_independences = defaultdict(set), defaultdict(set)
    for graph in graphs:
        by_class[equivalence_class(graph)].add(graph)
        by_independences[independences(graph)].add(graph)
    assert len(graphs) == 543
    assert len(by_class) == 185
    assert set(map(frozenset, by_class.values())) == set(map(frozenset, by_independences.values()))
    for drawn, together in by_class.items():
        assert set(drawn.members()) == together
        directions = [graph.arrows for graph in together]
        assert drawn.arrows == frozenset.intersection(*directions)  # an arrow is drawn where all agree, and only there


def test_a_class_of_a_graph_with_hidden_causes_is_refused():
    with pytest.raises(GraphError, match="X and Y share a hidden cause"):
        equivalence_class(CausalGraph.parse("X -> Y; X <-> Y"))


def test_too_many_lines_are_refused():
    names = [f"V{number}" for number in range(14)]
    chain = CausalGraph.parse(" -> ".join(names))
    with pytest.raises(GraphError, match="13 lines"):
        equivalence_class(chain).members()


def test_classes_are_values():
    one, other = EquivalenceClass(("A", "B"), undirected=[("A", "B")]), EquivalenceClass(("B", "A"), (), {("B", "A")})
    assert one == other
    assert hash(one) == hash(other)
    assert one != EquivalenceClass(("A", "B"), {("A", "B")})
    assert one != "A - B"
    assert repr(one) == "EquivalenceClass('A - B')"
    assert one._repr_html_() == "<p><b>Equivalence class</b> A - B</p>"


def test_a_conflict_is_printed_and_has_no_members():
    drawn = EquivalenceClass(("A", "B", "C", "D"), {("A", "B"), ("D", "C")}, conflicts={("B", "C")})
    assert str(drawn) == "A -> B; D -> C; B <-> C"
    assert drawn.members() == ()
    assert drawn.adjacent == {frozenset("AB"), frozenset("CD"), frozenset("BC")}


# --------------------------------------------------------------------------------------------------------------- PC


@pytest.mark.parametrize("text", [
    "X -> C <- Y", "A -> B -> C", "A -> B; C", "X -> C <- Y; C -> D; A -> X", "A -> B; A -> C; B -> D; C -> D; D -> E",
])
def test_pc_finds_the_class_of_a_linear_model_nearly_always(text):
    graph = CausalGraph.parse(text)
    right = [pc(linear_log(graph, 4000, np.random.default_rng(seed)), alpha=0.001) == equivalence_class(graph)
             for seed in range(10)]
    assert sum(right) >= 8


def test_pc_on_classes_of_two_values():
    rng = np.random.default_rng(2)
    rain, sprinkler = rng.random(5000) < 0.4, rng.random(5000) < 0.5
    wet = rng.random(5000) < np.where(rain | sprinkler, 0.9, 0.1)
    log = pd.DataFrame({"rain": rain, "sprinkler": sprinkler, "wet": wet})
    assert str(pc(log, test="chisq")) == "rain -> wet <- sprinkler"


def test_pc_takes_a_cancelled_effect_for_an_independence():
    """The kidney stones: size confounds so that treatment and recovery hardly go together over all 700 patients.

    PC then reads the size of the stone as an effect of treatment and recovery, which no calendar allows.
    """
    rows = counts("kidney_stones").rows()
    coded = rows.apply(lambda column: column.astype("category").cat.codes)
    assert str(pc(coded, test="chisq")) == "treatment -> size <- recovered"


def test_a_hidden_cause_shows_as_a_conflict():
    """With U left out, A -> B <- U -> C <- D has the heads A -> B <-> C <- D, which no graph of A, B, C, D has."""
    graph = CausalGraph.parse("A -> B; U -> B; U -> C; D -> C")
    found = [pc(linear_log(graph, 4000, np.random.default_rng(seed), hidden=("U",)), alpha=0.001) for seed in range(10)]
    assert sum(str(one) == "A -> B; D -> C; B <-> C" for one in found) >= 8


def test_a_hidden_cause_may_show_as_nothing_but_a_wrong_arrow():
    """A -> B <- U -> C without U looks exactly like A -> B <- C: an arrow from C to B that is not there."""
    graph = CausalGraph.parse("A -> B <- U -> C")
    found = [pc(linear_log(graph, 4000, np.random.default_rng(seed), hidden=("U",)), alpha=0.001) for seed in range(10)]
    assert sum(str(one) == "A -> B <- C" for one in found) >= 8


def test_the_order_of_the_columns_makes_no_difference():
    graph = CausalGraph.parse("A -> B; U -> B; U -> C; D -> C; A -> E; E -> F")
    for seed in range(4):
        log = linear_log(graph, 150, np.random.default_rng(seed), hidden=("U",))  # few rows: the tests will err
        orders = itertools.islice(itertools.permutations(log), 0, 120, 17)
        answers = {pc(log[list(order)], alpha=0.1) for order in orders}
        assert len(answers) == 1
        assert pc(log[["F", "D", "A", "B", "C", "E"]]).nodes == ("F", "D", "A", "B", "C", "E")


def test_pc_is_silent_and_leaves_its_log_alone(capfd, recwarn):
    log = linear_log(CausalGraph.parse("X -> C <- Y"), 500, np.random.default_rng(1))
    before = log.copy()
    pc(log)
    pd.testing.assert_frame_equal(log, before)
    assert capfd.readouterr() == ("", "")
    assert not recwarn.list


def good_log() -> pd.DataFrame:
    return linear_log(CausalGraph.parse("X -> C <- Y"), 50, np.random.default_rng(1))


@pytest.mark.parametrize(("spoil", "settings", "said"), [
    (lambda log: log.head(4), {}, "4 rows of 3 columns are too few"),
    (lambda log: log[["X"]], {}, "50 rows of 1 columns"),
    (lambda log: log.assign(C="blue"), {}, "'C' holds values that are no numbers"),
    (lambda log: log.assign(C=log["C"].where(log["C"] > 0)), {}, "'C' .* missing or infinite values"),
    (lambda log: log.assign(Y=3.0), {}, "'Y' is constant"),
    (lambda log: log.assign(Y=2 * log["X"]), {}, "exact combinations"),
    (lambda log: log, {"test": "chisq"}, "'X' takes 50 values, too many for test='chisq'"),
    (lambda log: log, {"test": "kci"}, "test 'kci' at level 0.01"),
    (lambda log: log, {"alpha": 1.0}, "at level 1.0 cannot be run"),
])
def test_logs_that_cannot_be_tested_are_refused(spoil, settings, said):
    with pytest.raises(EstimationError, match=said):
        pc(spoil(good_log()), **settings)


def test_a_name_that_no_graph_can_carry_is_refused():
    with pytest.raises(GraphError, match="'stone <size>' is not a usable node name"):
        pc(good_log().rename(columns={"X": "stone <size>"}))


def test_names_with_blanks_are_written_in_quotes():
    assert str(equivalence_class(CausalGraph.parse('"stone size" -> Y <- X; A -> X; "b c"'))) == (
        '"stone size" -> Y <- X; X - A; "b c"')
    found = pc(good_log().rename(columns={"X": "stone size"}))
    assert "stone size" in found.nodes


def test_what_is_no_graph_and_no_log_is_refused():
    with pytest.raises(GraphError, match="a CausalGraph is asked for, not 'X -> Y'"):
        equivalence_class("X -> Y")
    with pytest.raises(EstimationError, match="a pandas DataFrame is asked for, a column a variable, not str"):
        pc("log.csv")
