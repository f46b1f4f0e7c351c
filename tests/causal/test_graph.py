"""Graphs: text form, refusals, relatives, surgery, districts, and d-separation by hand."""

from __future__ import annotations

import itertools

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from causalrec.causal.graphs.graph import CausalGraph
from causalrec.errors import GraphError

NAMES = ("D", "A b", "C", "B", "E", "o-f (%)")


@st.composite
def graphs(draw: st.DrawFn) -> CausalGraph:
    nodes = draw(st.permutations(NAMES[: draw(st.integers(0, 6))]))
    pairs = list(itertools.combinations(nodes, 2))
    arrows = [pair for pair in pairs if draw(st.booleans())]
    confounded = [pair for pair in pairs if draw(st.booleans())]
    return CausalGraph(tuple(draw(st.permutations(nodes))), frozenset(arrows), frozenset(map(frozenset, confounded)))


def test_parse_reads_chains_and_bidirected_edges():
    graph = CausalGraph.parse("Z -> X -> Y; X <-> Y\nW; Y<-V")
    assert graph.nodes == ("Z", "X", "Y", "W", "V")
    assert graph.arrows == {("Z", "X"), ("X", "Y"), ("V", "Y")}
    assert graph.confounded == {frozenset("XY")}


def test_parse_reads_groups_and_names_in_quotes():
    graph = CausalGraph.parse('"blood pressure" -> {Y "low-fat diet", Z}; {A B} <-> {C D} -> E\n{A,B} -> Y <- {Z}')
    assert graph.nodes == ("blood pressure", "Y", "low-fat diet", "Z", "A", "B", "C", "D", "E")
    assert graph.arrows == {("blood pressure", other) for other in ("Y", "low-fat diet", "Z")} | {
        ("C", "E"), ("D", "E"), ("A", "Y"), ("B", "Y"), ("Z", "Y")}
    assert graph.confounded == {frozenset(pair) for pair in ("AC", "AD", "BC", "BD")}
    assert CausalGraph.parse("{X Y}").nodes == ("X", "Y")
    assert CausalGraph.parse("X->\n{Y\n Z}").arrows == {("X", "Y"), ("X", "Z")}
    assert CausalGraph.parse("o->X; X.1<-o").arrows == {("o", "X"), ("o", "X.1")}


def test_names_in_quotes_are_written_back_in_quotes():
    text = '"blood pressure" -> Y; Y <-> "age (years)"'
    assert str(CausalGraph.parse(text)) == text
    assert repr(CausalGraph.parse(text)) == f"CausalGraph.parse({text!r})"
    (path,) = CausalGraph.parse(text).paths("blood pressure", "age (years)")
    assert str(path) == '"blood pressure" -> Y <-> "age (years)"'
    assert path.why == "neither Y nor any descendant of it is held fixed, so the collider is blocked"


@pytest.mark.parametrize("text", [
    "Z -> X -> Y; X <-> Y", "X -> M -> Y; X <-> Y", "A <-> B; X -> Y", "X; Y", "X -> Y; Z", "Y; X -> Y; Z -> Y",
])
def test_printed_form_is_the_parsed_one(text):
    assert str(CausalGraph.parse(text)) == text
    assert repr(CausalGraph.parse(text)) == f"CausalGraph.parse({text!r})"


def test_an_empty_text_describes_no_graph_though_a_graph_may_be_empty():
    for text in ("", " \n\t"):
        with pytest.raises(GraphError, match="the text is empty, so it describes no graph; write one such as"):
            CausalGraph.parse(text)
    assert repr(CausalGraph(())) == "CausalGraph(())"
    assert str(CausalGraph(())) == ""


@settings(deadline=None)
@given(graphs().filter(lambda graph: graph.nodes))
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
    ("X -> ", "edge '->' in line 1, 'X ->', needs a node on both sides"),
    ("-> X", "edge '->' in line 1, '-> X', needs a node on both sides"),
    ("X -> -> Y", "edge '->' in line 1, 'X -> -> Y', needs a node on both sides"),
    ("Z -> X\nX --> Y", "edge '-->' in line 2, 'X --> Y', means nothing"),
    ("X -- Y", "edge '--' in line 1, 'X -- Y', means nothing"),
    ("X - Y", "edge '-' in line 1"),
    ("X o-> Y", "edge 'o->' in line 1"),
    ("X o-o Y", "edge 'o-o' in line 1"),
    ("X @-@ Y", "edge '@-@' in line 1"),
    ("X <-@ Y", "edge '<-@' in line 1"),
    ("X, Z -> Y", "cannot read ',' in line 1, 'X, Z -> Y'"),
    ("X Z -> Y", "cannot read 'Z' in line 1"),
    ("X -> {}", "edge '->' in line 1, 'X -> {}', needs a node"),
    ("X -> {Y Z", "edge '->' in line 1"),
    ('"blood pressure -> Y', "cannot read '\"' in line 1"),
    ('X -> ""', "'' is not a usable node name"),
    ("X [exposure] -> Y", "cannot read '\\[' in line 1"),
    ("A; B -> C; A", "node 'A' is declared twice, again in line 1"),
    ("A\nB\nA", "node 'A' is declared twice, again in line 3, 'A'"),
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
    (("a  b",), (), (), "'a  b' is not a usable node name"),
    ((" a",), (), (), "' a' is not a usable node name"),
    (("a -> b",), (), (), "'a -> b' is not a usable node name; use letters, digits, underscores, single blanks and"),
    (("",), (), (), "'' is not a usable node name"),
    (('say "a"',), (), (), "is not a usable node name"),
    (("a\nb",), (), (), "is not a usable node name"),
    ("XY", (), (), "not as 'XY'; use CausalGraph.parse"),
    (7, (), (), "and not as 7; use"),
    (("X", "Y"), "X -> Y", (), "not as 'X -> Y'; use CausalGraph.parse"),
    (("X", "Y"), (), None, "and not as None"),
    (("X", "Y"), ["X -> Y"], (), "no node 'X -> Y'"),
    (("X", "Y"), {("X", ("Y",))}, (), r"no node \('Y',\)"),
    (("X", "Y"), [["X", ["Y"]]], (), "a node's name, or several"),
    (("X", "Y"), [7], (), "a node's name, or several, as in \\('X', 'Y'\\), is asked for and not 7"),
    ((7,), (), (), "7 is not a usable node name"),
    (("X", "Y", "Z"), (), {frozenset("XYZ")}, "given as X, Y, Z"),
    ((), {("X", "Y")}, (), "none at all"),
])
def test_parts_that_are_no_graph_are_refused(nodes, arrows, confounded, said):
    with pytest.raises(GraphError, match=said):
        CausalGraph(nodes, arrows, confounded)


@pytest.mark.parametrize(("nodes", "said"), [
    ("browsd", "no node 'browsd'; did you mean 'browsed'\\? It has browsed, X."),
    ("x", "no node 'x'; did you mean 'X'\\?"),
    (["X", "click"], "no node 'click'; it has browsed, X."),
    (7, "a node's name, or several, as in \\('X', 'Y'\\), is asked for and not 7"),
    ([["X"]], "is asked for and not \\[\\['X'\\]\\]"),
    ([7, "X"], "no node 7; it has"),
    (None, "is asked for and not None"),
])
def test_unknown_nodes_and_what_is_no_name_are_refused_with_the_near_miss(nodes, said):
    graph = CausalGraph.parse("browsed -> X")
    for question in (graph.parents, graph.children, graph.ancestors, graph.descendants, graph.in_order, graph.do,
                     graph.in_causal_order, graph.without_arrows_out_of, graph.induced, graph.hide,
                     graph.districts_within):
        with pytest.raises(GraphError, match=said):
            question(nodes)
    for question in (graph.d_separated, graph.separation, graph.paths, graph.minimal_separators):
        with pytest.raises(GraphError, match=said):
            question("X", nodes)


def test_a_list_where_one_name_is_asked_for_is_refused():
    graph = CausalGraph.parse("A -> X; A <-> X")
    assert graph.district(["X"]) == {"A", "X"}
    with pytest.raises(GraphError, match="is asked for and not"):
        graph.with_parents(["X"], "A")
    with pytest.raises(GraphError, match="read from text such as"):
        CausalGraph.parse(["X -> Y"])


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


def test_do_is_surgery_by_its_name():
    graph = CausalGraph.parse("Z -> X -> Y; X <-> Y; Z <-> Y")
    assert graph.do("X") == CausalGraph.parse("Z; X -> Y; Z <-> Y")
    assert graph.do(("X", "Y")) == CausalGraph.parse("Z; X; Y")
    assert graph.do(()) == graph
    with pytest.raises(GraphError, match="no node 'Q'"):
        graph.do("Q")


def test_a_policy_decides_a_node_from_others():
    graph = CausalGraph.parse("Z -> X -> Y; X <-> Y; Z <-> Y; W -> Y")
    policy = graph.with_parents("X", ("W",))
    assert policy == CausalGraph.parse("W -> X -> Y; Z <-> Y; W -> Y")
    assert policy.nodes == graph.nodes
    assert graph.with_parents("X", ()) == graph.do("X")
    assert graph.with_parents("X", "Z") == CausalGraph.parse("Z -> X -> Y; Z <-> Y; W -> Y")


@pytest.mark.parametrize(("node", "parents", "said"), [
    ("X", "Y", "a policy for 'X' cannot look at 'Y', itself or its effect"),
    ("X", ("Z", "Y", "M"), "cannot look at 'M'"),
    ("X", "X", "cannot look at 'X'"),
    ("X", "Q", "no node 'Q'"),
    ("Q", "X", "no node 'Q'"),
])
def test_a_policy_that_looks_ahead_is_refused(node, parents, said):
    with pytest.raises(GraphError, match=said):
        CausalGraph.parse("Z -> X -> M -> Y").with_parents(node, parents)


@settings(deadline=None)
@given(graphs(), st.data())
def test_a_policy_changes_one_node_only(graph, data):
    if not graph.nodes:
        return
    node = data.draw(st.sampled_from(graph.nodes))
    free = sorted(set(graph.nodes) - graph.descendants(node))
    parents = data.draw(st.sets(st.sampled_from(free))) if free else set()
    after = graph.with_parents(node, parents)
    assert after.parents(node) == parents
    assert after.without_arrows_into(node) == graph.without_arrows_into(node)
    assert after.district(node) == {node}


def test_districts_by_hand():
    graph = CausalGraph.parse("X -> M -> Y; X <-> Y; M <-> W; W <-> V; U")
    assert graph.districts == ({"X", "Y"}, {"M", "W", "V"}, {"U"})
    assert graph.district("V") == {"M", "W", "V"}
    assert CausalGraph.parse("X -> Y").districts == ({"X"}, {"Y"})
    assert CausalGraph(()).districts == ()
    with pytest.raises(GraphError, match="no node 'Q'"):
        graph.district("Q")


@settings(deadline=None)
@given(graphs())
def test_districts_are_the_components_of_the_bidirected_edges(graph):
    joined = nx.Graph(map(tuple, graph.confounded))
    joined.add_nodes_from(graph.nodes)
    components = [frozenset(component) for component in nx.connected_components(joined)]
    assert graph.districts == tuple(sorted(components, key=lambda part: min(map(graph.nodes.index, part))))
    assert all(node in graph.district(node) and graph.district(node) in graph.districts for node in graph.nodes)


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


@settings(max_examples=50, deadline=None)
@given(graphs(), st.data())
def test_separation_is_symmetric(graph, data):
    if len(graph.nodes) < 2:
        return
    x, y, *others = data.draw(st.permutations(graph.nodes))
    fixed = others[: data.draw(st.integers(0, len(others)))]
    assert graph.d_separated(x, y, fixed) == graph.d_separated(y, x, fixed)
