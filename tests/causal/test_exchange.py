"""Graphs to and from networkx and DAGitty: there and back again, hidden causes, and what no graph can be made of."""

from __future__ import annotations

import itertools

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from causalrec.causal.graphs.exchange import (
    dagitty_roles,
    from_dagitty,
    from_networkx,
    to_dagitty,
    to_networkx,
)
from causalrec.causal.graphs.graph import CausalGraph
from causalrec.causal.graphs.text import MARKS
from causalrec.errors import GraphError

names = st.text(st.sampled_from(f"abXYZo_é1 {MARKS}"), min_size=1, max_size=12).map(
    lambda text: " ".join(text.split()) or "X")


@st.composite
def graphs(draw: st.DrawFn) -> CausalGraph:
    """A graph of up to six nodes with names of all kinds."""
    nodes = draw(st.lists(names, max_size=6, unique=True))
    pairs = list(itertools.combinations(nodes, 2))
    arrows = [pair for pair in pairs if draw(st.booleans())]
    confounded = [pair for pair in pairs if draw(st.booleans())]
    return CausalGraph(tuple(draw(st.permutations(nodes))), frozenset(arrows), frozenset(map(frozenset, confounded)))


def same(one: CausalGraph, other: CausalGraph) -> bool:
    return one == other and one.nodes == other.nodes


# ---- there and back ----------------------------------------------------------------------------------------------


@settings(deadline=None)
@given(graphs())
def test_text_networkx_and_dagitty_give_the_same_graph_back(graph):
    assert not graph.nodes or same(CausalGraph.parse(str(graph)), graph)
    assert same(from_networkx(to_networkx(graph)), graph)
    assert same(from_dagitty(to_dagitty(graph)), graph)
    assert same(from_dagitty(to_dagitty(graph).replace("\n", " ; ").replace("dag { ;", "dag {")), graph)


@settings(deadline=None)
@given(graphs(), st.data())
def test_dagitty_keeps_who_is_exposure_outcome_and_adjusted(graph, data):
    nodes = data.draw(st.permutations(graph.nodes))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(nodes)), min_size=2, max_size=2)))
    marked = {"exposure": nodes[:cuts[0]], "outcome": nodes[cuts[0]:cuts[1]], "adjusted": nodes[cuts[1]:]}
    text = to_dagitty(graph, **marked)
    assert dagitty_roles(text) == {role: graph.in_order(those) for role, those in marked.items()}
    assert same(from_dagitty(text), graph)


@settings(deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_networkx_arrows_and_names_come_back(seed):
    rng = np.random.default_rng(seed)
    drawn = nx.DiGraph()
    drawn.add_nodes_from(map(str, rng.permutation(7)))
    drawn.add_edges_from((str(i), str(j)) for i, j in itertools.combinations(range(7), 2) if rng.random() < 0.4)
    again = to_networkx(from_networkx(drawn))
    assert list(again) == list(drawn)
    assert set(again.edges) == set(drawn.edges)


def test_networkx_by_hand():
    drawn = to_networkx(CausalGraph.parse("Z -> X -> Y; X <-> Y"))
    assert dict(drawn.nodes(data="observed")) == {"Z": True, "X": True, "Y": True, "hidden cause of X and Y": False}
    assert list(drawn.edges) == [
        ("Z", "X"), ("X", "Y"), ("hidden cause of X and Y", "X"), ("hidden cause of X and Y", "Y")]
    drawn.add_edge("Z", 7, weight=3)
    assert same(from_networkx(drawn), CausalGraph.parse("Z; X; Y; 7; Z -> X -> Y; Z -> 7; X <-> Y"))
    for no in (False, "no", np.False_, 0):
        drawn = nx.DiGraph([("U", "X"), ("U", "Y")])
        drawn.nodes["U"]["observed"] = no
        assert from_networkx(drawn) == CausalGraph.parse("X <-> Y")
    clash = CausalGraph(("X", "Y", "hidden cause of X and Y"), (), {frozenset("XY")})
    assert same(from_networkx(to_networkx(clash)), clash)


def test_dagitty_by_hand():
    graph = CausalGraph.parse('Z -> X -> "blood pressure"; X <-> "blood pressure"')
    text = to_dagitty(graph, exposure="X", outcome="blood pressure", adjusted=["Z"])
    assert text == ('dag {\nZ [adjusted]\nX [exposure]\n"blood pressure" [outcome]\nZ -> X\n'
                    'X -> "blood pressure"\nX <-> "blood pressure"\n}')
    assert dagitty_roles(text) == {"exposure": ("X",), "outcome": ("blood pressure",), "adjusted": ("Z",)}


@pytest.mark.parametrize(("text", "graph"), [
    ("dag{X->Y}", "X -> Y"),
    ("dag { X [exposure] ; X -> Y ; X <-> Y }", "X -> Y; X <-> Y"),
    ("dag { X -> {Y Z} ; {X, W} -> V }", "X -> Y; X -> Z; {X W} -> V"),
    ("dag { U [latent] X [exposure] Y [outcome] U -> X U -> Y X -> Y }", "X -> Y; X <-> Y"),
    ("dag { U [unobserved, pos=\"0,1\"] ; U -> {X Y Z} }", "X <-> Y <-> Z <-> X"),
    ("dag { U [latent]; U -> X }", "X"),
    ("dag { U [latent]; V [latent]; U -> V -> X; U -> Y }", "X; Y; X <-> Y"),
    ("dag { U [latent]; Z -> U -> X; U -> Y }", "Z -> X; Z -> Y; X <-> Y"),
    ("dag { X -> Y [latent] ; Y -> Z }", "X -> Y -> Z"),  # an attribute of the arrow
    ("strict digraph \"my graph\" { X -> Y }", "X -> Y"),
    ("DAG mine { X -> Y }", "X -> Y"),
    ("dag {\nbb=\"-2.5,-2,2,2.5\"\nA [selected,pos=\"-2.200,-1.520\"]\nD [outcome,pos=\"1.400,1.621\"]\nE.1 "
     "[exposure,pos=\"-2.200,1.597\"]\nA -> E.1\nA -> D [pos=\"-0.791,-1.045\"]\nE.1 -> D\n}\n",
     "A; D; A -> \"E.1\" -> D; A -> D"),
    ("dag {\r\nX [label=\"the ] cause; -- of Y\"]\r\nX ->\r\n Y\r\n}", "X -> Y"),
])
def test_dagitty_texts_of_all_kinds_are_read(text, graph):
    assert same(from_dagitty(text), CausalGraph.parse(graph))


def test_a_dagitty_text_may_hold_an_empty_graph():
    assert same(from_dagitty("dag { }"), CausalGraph(()))


# ---- hidden causes -----------------------------------------------------------------------------------------------


def test_hiding_keeps_every_separation_of_the_others():
    """All graphs of four nodes in networkx, each with one or two nodes hidden: the same sets separate the others."""
    rng, pairs, different = np.random.default_rng(3), list(itertools.combinations("ABCD", 2)), 0
    for arrows in itertools.product((False, True), repeat=6):
        chosen = frozenset(itertools.compress(pairs, arrows))
        for hidden in [*"ABCD", *map("".join, pairs)]:
            graph = CausalGraph(tuple("ABCD"), chosen,
                                frozenset(frozenset(pair) for pair in pairs if rng.random() < 0.2))
            left, drawn = graph.hide([*hidden]), to_networkx(graph)
            assert left.nodes == tuple(node for node in "ABCD" if node not in hidden)
            for x, y in itertools.combinations(left.nodes, 2):
                for held in [(), *itertools.combinations([n for n in left.nodes if n not in (x, y)], 1)]:
                    truth = nx.is_d_separator(drawn, {x}, {y}, set(held))
                    assert left.d_separated(x, y, held) is truth, (graph, hidden, x, y, held)
                assert (x in left.ancestors(y)) is (x in graph.ancestors(y))
            different += left != graph.induced(left.nodes)
    assert different > 200


# ---- refusals ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("text", "said"), [
    ("", "a DAGitty text such as 'dag { X -> Y }' is asked for, but it is ''"),
    ("  \n", "is asked for"),
    (None, "but it is None"),
    ("X -> Y", "'X -> Y' … does not stand in 'dag { … }'"),
    ("dag { X -> Y", "does not stand in"),
    ("pdag { X -- Y }", "a DAGitty 'pdag' stands for many graphs"),
    ("mag { X -> Y }", "a DAGitty 'mag'"),
    ("dag {\nX -> Y\nY -- Z\n}", "edge '--' in line 3, 'Y -- Z', means nothing"),
    ("dag {\nX o-> Y }", "edge 'o->' in line 2"),
    ("dag { X @-@ Y }", "edge '@-@' in line 1"),
    ("dag { X @-> Y }", "edge '@->' in line 1"),
    ("dag { X <-@ Y }", "edge '<-@' in line 1"),
    ("dag {\nX -> Y -> Z\nZ -> X\n}", "cycle: X -> Y -> Z -> X"),
    ("dag { U [latent] ; U -> U2 -> U }", "cycle: U -> U2 -> U"),
    ("dag { X -> X }", "joins node 'X' to itself"),
    ("dag {\nX [exposure]\nY\nX [pos=\"0,1\"]\n}", "node 'X' is declared twice, again in line 4"),
    ("dag {\nX -> \n}", "edge '->' in line 2, 'X ->', needs a node on both sides"),
    ("dag { X -> {Y -> Z} }", "edge '->' in line 1"),
    ("dag { X [exposure }", "cannot read '\\['"),
    ("dag { \"BMI > 30\" -> Y }", "'BMI > 30' is not a usable node name"),
])
def test_texts_that_are_no_graph_are_refused(text, said):
    for reader in (from_dagitty, dagitty_roles):
        if reader is dagitty_roles and ("cycle" in said or "itself" in said or "usable" in said):
            continue  # it looks at marks alone
        with pytest.raises(GraphError, match=said):
            reader(text)


@pytest.mark.parametrize(("drawn", "said"), [
    (nx.DiGraph([("X", "Y"), ("Y", "X")]), "cycle: X -> Y -> X|cycle: Y -> X -> Y"),
    (nx.DiGraph([("X", "X")]), "joins node 'X' to itself"),
    (nx.DiGraph([("1", "X"), (1, "Y")]), "node '1' is given twice"),
    (nx.DiGraph([("a<b", "X")]), "'a<b' is not a usable node name"),
    (nx.Graph([("X", "Y")]), "a networkx.DiGraph is asked for, not Graph: edges with a direction"),
    (nx.MultiDiGraph([("X", "Y"), ("X", "Y")]), "not MultiDiGraph: edges with a direction, at most one"),
    ("X -> Y", "a networkx.DiGraph is asked for, not str"),
    (CausalGraph.parse("X -> Y"), "not CausalGraph"),
])
def test_networks_that_are_no_graph_are_refused(drawn, said):
    with pytest.raises(GraphError, match=said):
        from_networkx(drawn)


def test_what_is_no_causal_graph_is_not_written():
    for writer in (to_networkx, to_dagitty):
        with pytest.raises(GraphError, match="a CausalGraph is asked for, not 'X -> Y'; write"):
            writer("X -> Y")
    with pytest.raises(GraphError, match="no node 'x'; did you mean 'X'"):
        to_dagitty(CausalGraph.parse("X -> Y"), exposure="x")
