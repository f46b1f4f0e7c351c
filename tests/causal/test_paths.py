"""Paths, separation and separators: worked examples, every graph of four nodes, and networkx on random cases."""

from __future__ import annotations

import itertools

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from causalrec.causal.graphs import paths as paths_module
from causalrec.causal.graphs.graph import CausalGraph
from causalrec.causal.graphs.paths import Path
from causalrec.errors import GraphError


def subsets(nodes: list[str] | tuple[str, ...]) -> list[tuple[str, ...]]:
    return [chosen for size in range(len(nodes) + 1) for chosen in itertools.combinations(nodes, size)]


def as_networkx(graph: CausalGraph) -> nx.DiGraph:
    """The same graph for networkx: every bidirected edge becomes a hidden node with two arrows."""
    drawn = nx.DiGraph()
    drawn.add_nodes_from(graph.nodes)
    drawn.add_edges_from(graph.arrows)
    for number, pair in enumerate(sorted(map(sorted, graph.confounded))):
        drawn.add_edges_from((f"hidden{number}", node) for node in pair)
    return drawn


def random_graph(rng: np.random.Generator, size: int, arrow: float, hidden: float) -> CausalGraph:
    nodes = [f"V{number}" for number in rng.permutation(size)]
    pairs = list(itertools.combinations(nodes, 2))
    return CausalGraph(
        tuple(str(node) for node in rng.permutation(nodes)),
        frozenset(pair for pair in pairs if rng.random() < arrow),
        frozenset(frozenset(pair) for pair in pairs if rng.random() < hidden),
    )


@st.composite
def questions(draw: st.DrawFn) -> tuple[CausalGraph, str, str, tuple[str, ...]]:
    """A graph of two to six nodes, two of them and others to hold fixed."""
    nodes = draw(st.permutations("DACBEF"))[: draw(st.integers(2, 6))]
    pairs = list(itertools.combinations(nodes, 2))
    arrows = [pair for pair in pairs if draw(st.booleans())]
    confounded = [frozenset(pair) for pair in pairs if draw(st.integers(0, 3)) == 0]
    x, y, *others = draw(st.permutations(nodes))
    fixed = others[: draw(st.integers(0, len(others)))]
    return CausalGraph(tuple(sorted(nodes)), frozenset(arrows), frozenset(confounded)), x, y, tuple(fixed)


def open_by_definition(graph: CausalGraph, path: Path, fixed: set[str]) -> bool:
    """Definition 1.2.3 word for word, on edges looked up in the graph and descendants found by networkx."""
    arrows = nx.DiGraph()
    arrows.add_nodes_from(graph.nodes)
    arrows.add_edges_from(graph.arrows)
    steps = list(zip(path.nodes[:-1], path.marks, path.nodes[1:], strict=True))
    for left, mark, right in steps:
        edge, edges = {
            "->": ((left, right), graph.arrows),
            "<-": ((right, left), graph.arrows),
            "<->": (frozenset((left, right)), graph.confounded),
        }[mark]
        assert edge in edges, f"{path} is not in {graph}"
    for (_, into, node), (_, out, _) in itertools.pairwise(steps):
        if into.endswith(">") and out.startswith("<"):
            if not ({node} | nx.descendants(arrows, node)) & fixed:
                return False
        elif node in fixed:
            return False
    return True


def simple_paths_by_networkx(graph: CausalGraph, x: str, y: str) -> list[str]:
    """All paths as texts, from the undirected multigraph of the edges."""
    joined = nx.MultiGraph()
    joined.add_nodes_from(graph.nodes)
    joined.add_edges_from((cause, effect, "->") for cause, effect in graph.arrows)
    joined.add_edges_from((*pair, "<->") for pair in graph.confounded)
    texts = []
    for edges in nx.all_simple_edge_paths(joined, x, y):
        text = x
        for left, right, kind in edges:
            mark = kind if kind == "<->" or (left, right) in graph.arrows else "<-"
            text += f" {mark} {right}"
        texts.append(text)
    return texts


def minimal_by_search(graph: CausalGraph, x: str, y: str) -> tuple[tuple[str, ...], ...]:
    """All separating sets of which no proper part separates, from all sets there are."""
    drawn, others = as_networkx(graph), [node for node in graph.nodes if node not in (x, y)]
    separating = [fixed for fixed in subsets(others) if nx.is_d_separator(drawn, {x}, {y}, set(fixed))]
    return tuple(one for one in separating if not any(set(other) < set(one) for other in separating))


# ---- worked by hand ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("text", "fixed", "state", "why"), [
    ("X -> M -> Y", (), "open", "M is not held fixed, so the chain is open"),
    ("X -> M -> Y", "M", "blocked by M", "M is held fixed, so the chain is blocked"),
    ("X <- M <- Y", (), "open", "M is not held fixed, so the chain is open"),
    ("X <- M -> Y", (), "open", "M is not held fixed, so the fork is open"),
    ("X <- M -> Y", "M", "blocked by M", "M is held fixed, so the fork is blocked"),
    ("X -> M <- Y", (), "blocked by M",
     "neither M nor any descendant of it is held fixed, so the collider is blocked"),
    ("X -> M <- Y", "M", "open", "M is held fixed, so the collider is open"),
    ("X -> M <- Y; M -> C -> D", "D", "open", "D, a descendant of M, is held fixed, so the collider M is open"),
    ("X <-> M <-> Y", "M", "open", "M is held fixed, so the collider is open"),
    ("X <-> M -> Y", "M", "blocked by M", "M is held fixed, so the chain is blocked"),
    ("X <- M <-> Y", (), "open", "M is not held fixed, so the chain is open"),
    ("X -> Y", (), "open", "nothing stands between X and Y that could block it"),
])
def test_each_kind_of_passage(text, fixed, state, why):
    (path,) = CausalGraph.parse(text).paths("X", "Y", fixed)
    assert (path.state, path.why) == (state, why)
    assert path.open is (state == "open")
    assert str(path) == text.split(";")[0]
    assert [passage.node for passage in path.passages] == list(path.nodes[1:-1])


def test_a_longer_path_is_blocked_by_each_node_that_blocks_it():
    graph = CausalGraph.parse("X -> A -> B <- C -> Y; B -> D")
    (path,) = graph.paths("X", "Y", ("A", "C"))
    assert [passage.kind for passage in path.passages] == ["chain", "collider", "fork"]
    assert path.blocked_by == ("A", "B", "C")
    assert path.why.count(";") == 2
    (path,) = graph.paths("X", "Y", ("D", "C"))
    assert path.blocked_by == ("C",)
    assert path.why == "C is held fixed, so the fork is blocked"
    (path,) = graph.paths("X", "Y", "D")
    assert path.why == ("A is not held fixed, so the chain is open; D, a descendant of B, is held fixed, so the "
                        "collider B is open; C is not held fixed, so the fork is open")


def test_two_edges_between_a_pair_make_two_paths():
    graph = CausalGraph.parse("X -> M -> Y; X <-> M; M <-> Y; X <-> Y")
    assert [str(path) for path in graph.paths("X", "Y")] == [
        "X <-> Y", "X -> M -> Y", "X -> M <-> Y", "X <-> M -> Y", "X <-> M <-> Y",
    ]
    assert [str(path) for path in graph.paths("X", "Y", "M").open] == ["X <-> Y", "X -> M <-> Y", "X <-> M <-> Y"]
    assert [str(path) for path in graph.paths("Y", "X", "M").blocked] == ["Y <- M <- X", "Y <- M <-> X"]


def test_the_primer_graph_with_a_collider():
    """Pearl, Glymour & Jewell 2016, figure 2.7: Z and Y are dependent only given W or U, and not when X is held too."""
    graph = CausalGraph.parse("Z -> W <- X -> Y; W -> U")
    separated = {fixed for fixed in subsets(("W", "X", "U")) if graph.separation("Z", "Y", fixed)}
    assert separated == {(), ("X",), ("W", "X"), ("X", "U"), ("W", "X", "U")}
    assert str(graph.separation("Z", "Y", "U").path) == "Z -> W <- X -> Y"
    assert graph.minimal_separators("Z", "Y") == ((),)


def test_the_primer_graph_with_a_second_path():
    """Pearl, Glymour & Jewell 2016, figure 2.8: T opens a path of its own, to be blocked by T."""
    graph = CausalGraph.parse("Z -> W <- X -> Y; W -> U; Z <- T -> Y")
    separated = {fixed for fixed in subsets(("W", "X", "U", "T")) if graph.separation("Z", "Y", fixed)}
    assert separated == {("T",), ("X", "T"), ("W", "X", "T"), ("X", "U", "T"), ("W", "X", "U", "T")}
    assert graph.separation("Z", "Y").words == "Z and Y are not d-separated: Z <- T -> Y is open"
    assert graph.minimal_separators("Z", "Y") == (("T",),)


def test_the_m_graph_opens_when_its_collider_is_held():
    graph = CausalGraph.parse("X <- A -> M <- B -> Y")
    assert graph.minimal_separators("X", "Y") == ((),)
    assert repr(graph.separation("X", "Y", "M")) == "X and Y are not d-separated given M: X <- A -> M <- B -> Y is open"
    assert graph.separation("X", "Y", ("M", "B"))


def test_the_back_door_sets_of_causality():
    """Pearl 2009, Causality, figure 3.4: {X3, X4} and {X4, X5} will do, {X4} will not."""
    graph = CausalGraph.parse("X1 -> X3 -> Xi; X1 -> X4; X2 -> X4; X2 -> X5 -> Xj; X4 -> Xi -> X6 -> Xj; X4 -> Xj")
    cut = graph.without_arrows_out_of("Xi")
    assert cut.minimal_separators("Xi", "Xj") == (("X1", "X4"), ("X3", "X4"), ("X4", "X2"), ("X4", "X5"))
    verdict = cut.separation("Xi", "Xj", "X4")
    assert str(verdict.path) == "Xi <- X3 <- X1 -> X4 <- X2 -> X5 -> Xj"
    assert not verdict


def test_separators_by_hand():
    chains = CausalGraph.parse("X -> A -> B -> Y; X <- C -> Y")
    assert chains.minimal_separators("X", "Y") == (("A", "C"), ("B", "C"))
    assert chains.minimal_separators("Y", "X") == (("A", "C"), ("B", "C"))
    assert CausalGraph.parse("X -> Y").minimal_separators("X", "Y") == ()
    assert CausalGraph.parse("X <-> Y").minimal_separators("X", "Y") == ()
    assert CausalGraph.parse("X; Y").minimal_separators("X", "Y") == ((),)
    # A is needed against the chain, is itself a collider once held, and so calls for B.
    assert CausalGraph.parse("X -> A -> Y; X <-> A; A <- B -> Y").minimal_separators("X", "Y") == (("A", "B"),)
    # There A -> Y cannot be blocked without opening X <-> A <-> Y: no edge joins X and Y, and yet no set separates.
    assert CausalGraph.parse("X <-> A -> Y; A <-> Y").minimal_separators("X", "Y") == ()


# ---- beside networkx and the definition --------------------------------------------------------------------------


def graphs_of_four_nodes() -> list[CausalGraph]:
    """Every acyclic graph of four nodes with every set of bidirected edges, up to the nodes' names.

    Any such graph has its arrows along A, B, C, D under suitable names: 64 sets of arrows times 64 of bidirected edges.
    The order in which a graph names its nodes goes through all 24, so that it does not follow the arrows.
    """
    pairs, orders = list(itertools.combinations("ABCD", 2)), itertools.cycle(itertools.permutations("ABCD"))
    return [CausalGraph(next(orders), frozenset(arrows), frozenset(map(frozenset, hidden)))
            for arrows, hidden in itertools.product(subsets(pairs), repeat=2)]


def test_every_graph_of_four_nodes():
    """Verdict, deciding path and list of paths against networkx: all pairs, all sets held fixed."""
    separated, graphs = 0, graphs_of_four_nodes()
    assert len(set(graphs)) == 64 * 64
    for graph in graphs:
        drawn = as_networkx(graph)
        for x, y in itertools.combinations("ABCD", 2):
            for fixed in subsets([node for node in "ABCD" if node not in (x, y)]):
                truth = nx.is_d_separator(drawn, {x}, {y}, set(fixed))
                opened = graph.paths(x, y, fixed).open
                assert graph.d_separated(x, y, fixed) is truth, (graph, x, y, fixed)
                assert (not opened) is truth, (graph, x, y, fixed)
                assert graph.separation(x, y, fixed).path == next(iter(opened), None), (graph, x, y, fixed)
                separated += truth
    assert separated > 500


def test_five_thousand_random_cases():
    """Verdict against networkx, and the deciding path against the definition; sets on both sides."""
    rng, verdicts, longest = np.random.default_rng(20), [], 0
    while len(verdicts) < 5000:
        graph = random_graph(rng, int(rng.integers(2, 10)), rng.uniform(0.05, 0.4), rng.uniform(0, 0.2))
        role = rng.choice(["x", "y", "given", "none"], size=len(graph.nodes), p=[0.2, 0.2, 0.3, 0.3])
        x, y, fixed = ({node for node, part in zip(graph.nodes, role, strict=True) if part == which}
                       for which in ("x", "y", "given"))
        if not (x and y):
            continue
        truth = nx.is_d_separator(as_networkx(graph), x, y, fixed)
        verdict = graph.separation(x, y, fixed)
        assert graph.d_separated(x, y, fixed) is bool(verdict) is truth, (graph, x, y, fixed)
        if verdict.path is not None:
            nodes = verdict.path.nodes
            assert (nodes[0] in x, nodes[-1] in y, len(set(nodes))) == (True, True, len(nodes))
            assert verdict.path.open
            assert open_by_definition(graph, verdict.path, fixed), (graph, verdict)
            longest = max(longest, len(nodes))
        verdicts.append(truth)
    assert 1000 < sum(verdicts) < 4000  # both answers occur often
    assert longest >= 5


@settings(max_examples=200, deadline=None)
@given(questions())
def test_the_list_of_paths_is_complete_and_rightly_judged(question):
    graph, x, y, fixed = question
    paths = graph.paths(x, y, fixed)
    texts = [str(path) for path in paths]
    assert sorted(texts) == sorted(simple_paths_by_networkx(graph, x, y))
    for path in paths:
        assert path.open is open_by_definition(graph, path, set(fixed))
        assert path.open is (not path.blocked_by)
    assert (*paths.open, *paths.blocked) == tuple(sorted(paths, key=lambda path: not path.open))


@settings(max_examples=200, deadline=None)
@given(questions())
def test_the_deciding_path_is_the_first_open_one_and_separation_is_symmetric(question):
    graph, x, y, fixed = question
    verdict, back = graph.separation(x, y, fixed), graph.separation(y, x, fixed)
    opened = graph.paths(x, y, fixed).open
    assert verdict.path == (opened[0] if opened else None)
    assert bool(verdict) is bool(back) is (not opened)
    if verdict.path and back.path:
        assert len(verdict.path.nodes) == len(back.path.nodes)


@settings(max_examples=100, deadline=None)
@given(questions())
def test_paths_come_shortest_first_then_in_the_order_of_the_nodes(question):
    graph, x, y, _ = question
    keys = [
        (len(path.nodes), [(graph.nodes.index(node), mark == "<->")
                           for node, mark in zip(path.nodes[1:], path.marks, strict=True)])
        for path in graph.paths(x, y)
    ]
    assert keys == sorted(keys)


@settings(max_examples=150, deadline=None)
@given(questions())
def test_minimal_separators_are_those_that_a_search_through_all_sets_finds(question):
    graph, x, y, _ = question
    assert graph.minimal_separators(x, y) == minimal_by_search(graph, x, y)  # in the same order, too


def test_minimal_separators_of_larger_random_graphs():
    rng, sizes = np.random.default_rng(7), []
    for _ in range(40):
        graph = random_graph(rng, 9, 0.3, 0.03)
        smallest = minimal_by_search(graph, *graph.nodes[:2])
        assert graph.minimal_separators(*graph.nodes[:2]) == smallest
        sizes += [len(one) for one in smallest]
    assert max(sizes) >= 3
    assert len(sizes) > 40


# ---- how they are shown ------------------------------------------------------------------------------------------


def test_paths_can_be_looped_over_and_are_shown_as_a_table():
    paths = CausalGraph.parse("X <- Z -> Y; X -> C <- Y; X <-> Y").paths("X", "Y", "Z")
    assert len(paths) == 3
    assert [str(path) for path in paths] == ["X <-> Y", "X <- Z -> Y", "X -> C <- Y"]
    assert paths[1].blocked_by == ("Z",)
    assert repr(paths) == "Paths(X to Y given Z: 1 open, 2 blocked)"
    assert repr(paths[1]) == "Path(X <- Z -> Y: blocked by Z)"
    assert str(paths).splitlines()[1] == "X <- Z -> Y is blocked by Z: Z is held fixed, so the fork is blocked"
    table = paths._repr_html_()
    assert table.count("<tr>") == 4
    assert "<caption>Paths from X to Y given Z: 1 open, 2 blocked</caption>" in table
    assert ("<tr><td>X ← Z → Y</td><td>blocked</td><td>Z</td>"
            "<td>Z is held fixed, so the fork is blocked</td></tr>") in table
    assert "<td>X ↔ Y</td><td>open</td><td></td>" in table
    assert paths[1]._repr_html_() == "<p><b>X ← Z → Y</b> blocked by Z: Z is held fixed, so the fork is blocked</p>"


def test_a_long_table_shows_thirty_two_paths_and_counts_the_rest():
    nodes = tuple("ABCDEF")
    paths = CausalGraph(nodes, frozenset(itertools.combinations(nodes, 2))).paths("A", "F")
    assert len(paths) == 1 + 4 + 4 * 3 + 4 * 3 * 2 + 4 * 3 * 2
    assert paths._repr_html_().endswith("</table><p>and 33 more paths</p>")
    assert paths._repr_html_().count("<tr>") == 33


def test_no_path_at_all_is_said():
    graph = CausalGraph.parse("X; Y")
    assert str(graph.paths("X", "Y")) == "no path joins X and Y"
    assert repr(graph.paths("X", "Y")) == "Paths(X to Y: 0 open, 0 blocked)"


def test_a_verdict_is_said_in_words():
    graph = CausalGraph.parse("X <- H -> Y; A -> X; B")
    assert repr(graph.separation("X", "Y", "A")) == "X and Y are not d-separated given A: X <- H -> Y is open"
    assert graph.separation("X", "Y", ("A", "H")).words == "X and Y are d-separated given H, A: every path is blocked"
    assert graph.separation("X", "Y")._repr_html_() == "<p>X and Y are not d-separated: X ← H → Y is open</p>"
    assert repr(graph.separation(("B", "A"), "Y")) == "{A, B} and Y are d-separated: every path is blocked"
    assert str(graph.separation(("B", "A"), ("Y", "X")).path) == "A -> X"
    assert graph.separation((), "Y")


# ---- refusals ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("x", "y", "fixed", "said"), [
    ("X", "Q", (), "no node 'Q'; it has X, Z, Y"),
    ("X", "Y", "Q", "no node 'Q'"),
    ("X", "Y", ("Z", "X"), "'X' is both asked about and held fixed"),
    ("X", "X", (), "'X' is on both sides"),
])
def test_questions_without_sense_are_refused(x, y, fixed, said):
    graph = CausalGraph.parse("X -> Z -> Y")
    for question in (graph.paths, graph.separation, graph.d_separated):
        with pytest.raises(GraphError, match=said):
            question(x, y, fixed)


@pytest.mark.parametrize(("x", "y", "said"), [
    ("X", "Q", "no node 'Q'"),
    ("X", "X", "'X' is on both sides"),
    (("X", "Z"), "Y", "one node is asked for on each side, not X, Z; `separation` takes several"),
    ("X", (), "not none"),
])
def test_separators_and_paths_run_between_two_nodes(x, y, said):
    graph = CausalGraph.parse("X -> Z -> Y")
    for question in (graph.minimal_separators, graph.paths):
        with pytest.raises(GraphError, match=said):
            question(x, y)


def test_lists_without_end_are_refused(monkeypatch):
    monkeypatch.setattr(paths_module, "MOST_STEPS", 50)
    nodes = tuple("ABCDEFG")
    complete = CausalGraph(nodes, frozenset(itertools.combinations(nodes, 2)))
    with pytest.raises(GraphError, match="paths from A to G are too many to list: not done after 50 steps"):
        complete.paths("A", "G")
    assert str(complete.separation("A", "G").path) == "A -> G"
    ladder = CausalGraph.parse("; ".join(f"X -> A{rung} -> B{rung} -> Y" for rung in range(6)))
    with pytest.raises(GraphError, match="X and Y have too many minimal separators to list"):
        ladder.minimal_separators("X", "Y")
    monkeypatch.undo()
    assert len(ladder.minimal_separators("X", "Y")) == 2 ** 6
