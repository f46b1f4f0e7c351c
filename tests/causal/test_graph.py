"""Graphs: text form, refusals, relatives, surgery, and d-separation beside networkx."""

from __future__ import annotations

import itertools

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from causalrec.causal.graph import CausalGraph
from causalrec.errors import GraphError

NAMES = ("D", "A", "C", "B", "E", "F")


@st.composite
def graphs(draw: st.DrawFn) -> CausalGraph:
    nodes = draw(st.permutations(NAMES[: draw(st.integers(0, 6))]))
    pairs = list(itertools.combinations(nodes, 2))
    arrows = [pair for pair in pairs if draw(st.booleans())]
    confounded = [pair for pair in pairs if draw(st.booleans())]
    return CausalGraph(tuple(draw(st.permutations(nodes))), frozenset(arrows), frozenset(map(frozenset, confounded)))


def random_graph(rng: np.random.Generator, size: int, arrow: float, hidden: float) -> CausalGraph:
    nodes = [f"V{number}" for number in rng.permutation(size)]
    pairs = list(itertools.combinations(nodes, 2))
    return CausalGraph(
        tuple(nodes),
        frozenset(pair for pair in pairs if rng.random() < arrow),
        frozenset(frozenset(pair) for pair in pairs if rng.random() < hidden),
    )


def as_networkx(graph: CausalGraph) -> nx.DiGraph:
    """The same graph for networkx: every bidirected edge becomes a hidden node with two arrows."""
    drawn = nx.DiGraph()
    drawn.add_nodes_from(graph.nodes)
    drawn.add_edges_from(graph.arrows)
    for number, pair in enumerate(sorted(map(sorted, graph.confounded))):
        drawn.add_edges_from((f"hidden{number}", node) for node in pair)
    return drawn


def test_parse_reads_chains_and_bidirected_edges():
    graph = CausalGraph.parse("Z -> X -> Y; X <-> Y\nW; Y<-V")
    assert graph.nodes == ("Z", "X", "Y", "W", "V")
    assert graph.arrows == {("Z", "X"), ("X", "Y"), ("V", "Y")}
    assert graph.confounded == {frozenset("XY")}


@pytest.mark.parametrize("text", [
    "Z -> X -> Y; X <-> Y", "X -> M -> Y; X <-> Y", "A <-> B; X -> Y", "X; Y", "X -> Y; Z", "", "Y; X -> Y; Z -> Y",
])
def test_printed_form_is_the_parsed_one(text):
    assert str(CausalGraph.parse(text)) == text
    assert repr(CausalGraph.parse(text)) == f"CausalGraph.parse({text!r})"


@settings(deadline=None)
@given(graphs())
def test_text_round_trip_keeps_everything(graph):
    again = CausalGraph.parse(str(graph))
    assert again == graph
    assert again.nodes == graph.nodes


def test_graphs_are_equal_whatever_the_order_of_nodes():
    one, other = CausalGraph.parse("Z -> X -> Y"), CausalGraph.parse("X -> Y; Z -> X")
    assert one == other
    assert hash(one) == hash(other)
    assert one != CausalGraph.parse("Z -> X; X <-> Y")
    assert one != "Z -> X -> Y"


def test_renderings_are_deterministic():
    graph = CausalGraph.parse("Z -> X; X <-> Y")
    assert graph._repr_markdown_() == "**Causal graph** Z → X; X ↔ Y"
    assert graph._repr_html_() == "<p><b>Causal graph</b> Z → X; X ↔ Y</p>"


@pytest.mark.parametrize(("text", "said"), [
    ("X -> Y -> Z -> X", "cycle: X -> Y -> Z -> X"),
    ("A -> X; X -> Y; Y -> X", "cycle: X -> Y -> X|cycle: Y -> X -> Y"),
    ("X -> X", "'X' to itself"),
    ("X <-> X", "'X' to itself"),
    ("X -> ", "cannot read ''"),
    ("X --> Y", "cannot read 'X -'"),
    ("X, Z -> Y", "cannot read 'X, Z'"),
])
def test_text_that_is_no_graph_is_refused(text, said):
    with pytest.raises(GraphError, match=said):
        CausalGraph.parse(text)


def test_the_named_cycle_is_really_there():
    with pytest.raises(GraphError) as refusal:
        CausalGraph.parse("A -> B -> C -> D -> B; A -> D")
    cycle = str(refusal.value).split("cycle: ")[1].split(";")[0].split(" -> ")
    assert cycle[0] == cycle[-1]
    assert set(itertools.pairwise(cycle)) == {("B", "C"), ("C", "D"), ("D", "B")}


@pytest.mark.parametrize(("nodes", "arrows", "confounded", "said"), [
    (("X", "Y"), {("X", "Q")}, (), "no node 'Q'; it has X, Y"),
    (("X", "Y"), (), {frozenset("XQ")}, "no node 'Q'"),
    (("X", "X"), (), (), "'X' is given twice"),
    (("a b",), (), (), "'a b' is not a usable node name"),
    ((7,), (), (), "7 is not a usable node name"),
    (("X", "Y", "Z"), (), {frozenset("XYZ")}, "given as X, Y, Z"),
    ((), {("X", "Y")}, (), "none at all"),
])
def test_parts_that_are_no_graph_are_refused(nodes, arrows, confounded, said):
    with pytest.raises(GraphError, match=said):
        CausalGraph(nodes, frozenset(arrows), frozenset(confounded))


def test_relatives_by_hand():
    graph = CausalGraph.parse("A -> B -> C; B -> D; E -> D")
    assert graph.parents("D") == {"B", "E"}
    assert graph.children("B") == {"C", "D"}
    assert graph.ancestors("D") == {"A", "B", "D", "E"}
    assert graph.descendants("B") == {"B", "C", "D"}
    assert graph.ancestors(("C", "E")) == {"A", "B", "C", "E"}
    assert graph.parents(()) == frozenset()
    assert graph.in_order({"E", "A"}) == ("A", "E")
    with pytest.raises(GraphError, match="no node 'Q'"):
        graph.parents("Q")


def test_order_is_topological_and_stable():
    assert CausalGraph.parse("Y <- X; Z; W -> Z").order == ("X", "Y", "W", "Z")
    assert CausalGraph(("C", "B", "A")).order == ("C", "B", "A")


@settings(deadline=None)
@given(graphs())
def test_order_puts_causes_first(graph):
    place = {node: position for position, node in enumerate(graph.order)}
    assert sorted(graph.order) == sorted(graph.nodes)
    assert all(place[cause] < place[effect] for cause, effect in graph.arrows)


def test_surgery_by_hand():
    graph = CausalGraph.parse("Z -> X -> Y; X <-> Y; Z <-> Y")
    assert graph.without_arrows_into("X") == CausalGraph.parse("Z; X -> Y; Z <-> Y")
    assert graph.without_arrows_out_of("X") == CausalGraph.parse("Z -> X; X <-> Y; Z <-> Y")
    assert graph.without_arrows_out_of(("Z", "X")) == CausalGraph.parse("Z; X <-> Y; Z <-> Y")
    assert graph == CausalGraph.parse("Z -> X -> Y; X <-> Y; Z <-> Y")  # surgery leaves the graph itself alone


@pytest.mark.parametrize(("text", "given", "separated"), [
    ("X -> M -> Y", (), False), ("X -> M -> Y", "M", True),  # chain
    ("X <- M -> Y", (), False), ("X <- M -> Y", "M", True),  # fork
    ("X -> M <- Y", (), True), ("X -> M <- Y", "M", False),  # collider
    ("X -> M <- Y; M -> D", "D", False),  # a collider's descendant
    ("X <-> Y", (), False),
    ("X <-> M <-> Y", (), True), ("X <-> M <-> Y", "M", False),
    ("X <-> M -> Y", (), False), ("X <-> M -> Y", "M", True),
    ("A -> X; A <-> M; M <-> B; B -> Y", (), True), ("A -> X; A <-> M; M <-> B; B -> Y", "M", False),
    ("A -> X; A <-> M; M <-> B; B -> Y", ("M", "A"), True),
    ("X; Y", (), True),
])
def test_separation_by_hand(text, given, separated):
    assert CausalGraph.parse(text).d_separated("X", "Y", given) is separated


def test_separation_of_sets_and_of_nothing():
    graph = CausalGraph.parse("A -> B; C")
    assert not graph.d_separated(("A", "C"), "B")
    assert graph.d_separated("C", ("A", "B"))
    assert graph.d_separated((), "B")


@pytest.mark.parametrize(("x", "y", "given", "said"), [
    ("X", "Y", "X", "'X' is both asked about and held fixed"),
    ("X", "Y", ("Z", "Y"), "'Y' is both"),
    ("X", "X", (), "'X' is on both sides"),
    ("X", "Q", (), "no node 'Q'"),
])
def test_questions_without_sense_are_refused(x, y, given, said):
    with pytest.raises(GraphError, match=said):
        CausalGraph.parse("X -> Z -> Y").d_separated(x, y, given)


def test_separation_agrees_with_networkx_on_random_graphs():
    rng = np.random.default_rng(20)
    verdicts = []
    for _ in range(1500):
        graph = random_graph(rng, int(rng.integers(2, 9)), rng.uniform(0.05, 0.4), rng.uniform(0, 0.2))
        role = rng.choice(["x", "y", "given", "none"], size=len(graph.nodes), p=[0.2, 0.2, 0.3, 0.3])
        x, y, fixed = ({node for node, part in zip(graph.nodes, role, strict=True) if part == which}
                       for which in ("x", "y", "given"))
        if x and y:
            verdicts.append(graph.d_separated(x, y, fixed))
            assert verdicts[-1] == nx.is_d_separator(as_networkx(graph), x, y, fixed), (graph, x, y, fixed)
    assert 200 < sum(verdicts) < len(verdicts) - 200  # both answers occur often


def test_separation_agrees_with_networkx_on_all_graphs_of_three_nodes():
    pairs = list(itertools.combinations("ABC", 2))
    for arrows, hidden in itertools.product(itertools.product((0, 1), repeat=3), repeat=2):
        graph = CausalGraph(("A", "B", "C"), frozenset(itertools.compress(pairs, arrows)),
                            frozenset(map(frozenset, itertools.compress(pairs, hidden))))
        for x, y, z in itertools.permutations("ABC"):
            for fixed in (set(), {z}):
                assert graph.d_separated(x, y, fixed) == nx.is_d_separator(as_networkx(graph), {x}, {y}, fixed)


@settings(max_examples=50, deadline=None)
@given(graphs(), st.data())
def test_separation_is_symmetric(graph, data):
    if len(graph.nodes) < 2:
        return
    x, y, *others = data.draw(st.permutations(graph.nodes))
    fixed = others[: data.draw(st.integers(0, len(others)))]
    assert graph.d_separated(x, y, fixed) == graph.d_separated(y, x, fixed)
