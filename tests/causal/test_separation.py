"""The walk that decides d-separation: with arrows cut by argument it says what it says of the mutilated graph."""

from __future__ import annotations

from functools import cache
from itertools import combinations, product

import numpy as np
import pytest

from causalrec.causal.graphs import paths
from causalrec.causal.graphs.graph import CausalGraph
from causalrec.errors import GraphError


def graphs(nodes: str):
    """All graphs on these nodes whose arrows go forward in the alphabet."""
    pairs = list(combinations(nodes, 2))
    for marks in product(("", "->", "<->", "both"), repeat=len(pairs)):
        drawn = list(zip(pairs, marks, strict=True))
        arrows = frozenset(pair for pair, mark in drawn if mark in ("->", "both"))
        yield CausalGraph(tuple(nodes), arrows, frozenset(frozenset(p) for p, mark in drawn if mark in ("<->", "both")))


def subsets(nodes):
    return [chosen for size in range(len(nodes) + 1) for chosen in combinations(nodes, size)]


def random_graph(rng: np.random.Generator, size: int) -> CausalGraph:
    """A graph on `size` nodes with random edges of both kinds, its nodes named in a random order."""
    names = [chr(65 + i) for i in range(size)]
    pairs = list(combinations(names, 2))
    arrows = frozenset(pair for pair in pairs if rng.random() < 0.4)
    return CausalGraph(tuple(map(str, rng.permutation(names))), arrows,
                       frozenset(frozenset(pair) for pair in pairs if rng.random() < 0.2))


def test_cuts_say_what_the_mutilated_graph_says_on_all_graphs_of_three_nodes():
    for graph in graphs("ABC"):
        for into, out_of in product(subsets("ABC"), repeat=2):
            cut = graph.without_arrows_into(into).without_arrows_out_of(out_of)
            for x, y in combinations("ABC", 2):
                for given in subsets([node for node in "ABC" if node not in (x, y)]):
                    said = graph.d_separated(x, y, given, into=into, out_of=out_of)
                    assert said is cut.d_separated(x, y, given), (graph, x, y, given, into, out_of)
                    assert said is bool(cut.separation(x, y, given)), (graph, x, y, given, into, out_of)


def test_cuts_say_what_the_mutilated_graph_says_on_random_graphs_and_sets():
    rng = np.random.default_rng(11)
    for _ in range(2_000):
        graph = random_graph(rng, int(rng.integers(4, 9)))
        role = dict(zip(graph.nodes, rng.choice(list("xyg-"), len(graph.nodes)), strict=True))
        x, y, given = (tuple(node for node in graph.nodes if role[node] == kind) for kind in "xyg")
        into, out_of = (tuple(node for node in graph.nodes if rng.random() < 0.3) for _ in range(2))
        cut = graph.without_arrows_into(into).without_arrows_out_of(out_of)
        assert graph.d_separated(x, y, given, into=into, out_of=out_of) is bool(cut.separation(x, y, given))
        assert graph.ancestors(x, cut=into) == graph.without_arrows_into(into).ancestors(x)


def test_relatives_within_some_of_the_nodes_are_those_of_the_subgraph():
    rng = np.random.default_rng(12)
    for _ in range(500):
        graph = random_graph(rng, int(rng.integers(2, 8)))
        within, asked, cut = (tuple(n for n in graph.nodes if rng.random() < p) for p in (0.7, 0.3, 0.3))
        part, inside = graph.induced(within), [node for node in asked if node in within]
        bare = part.without_arrows_into([node for node in cut if node in within])
        assert graph.ancestors(asked, within=within, cut=cut) == bare.ancestors(inside)
        assert graph.descendants(asked, within=within) == part.descendants(inside)
        assert all(graph.district(node, within=within) == part.district(node) for node in within)
        found = graph.districts_within(within)
        assert set(found) == set(part.districts)
        last = [max(map(graph.order.index, district)) for district in found]
        assert last == sorted(last)
        assert graph.in_causal_order(within) == tuple(node for node in graph.order if node in within)


def test_a_cut_at_an_unknown_node_is_refused():
    graph = CausalGraph.parse("X -> Y")
    for cut in ("into", "out_of"):
        with pytest.raises(GraphError, match="no node 'Q'"):
            graph.d_separated("X", "Y", **{cut: "Q"})


# ---- implied independences ---------------------------------------------------------------------------------------


@cache
def closure(statements: frozenset[tuple[frozenset[str], frozenset[str], frozenset[str]]]):
    """All (A, B, C) with A independent of B given C that follow in every distribution: the semi-graphoid axioms."""
    known, waiting = set(), [*statements]
    while waiting:
        a, b, c = statement = waiting.pop()
        if statement in known:
            continue
        known.add(statement)
        waiting.append((b, a, c))  # symmetry
        for part in map(frozenset, subsets(sorted(b))[1:-1]):
            waiting += [(a, part, c), (a, part, c | b - part)]  # decomposition, weak union
        for other, d, e in [*known]:  # contraction: of B given C, and of D given B and C
            if other == a:
                waiting += [(a, b | d, low) for low, high, middle in ((c, e, b), (e, c, d)) if high == low | middle]
    return known


def test_all_separations_of_all_graphs_of_four_nodes_follow_from_the_implied_independences():
    roles = list(product("abc-", repeat=4))
    sides = [tuple(frozenset(node for node, role in zip("ABCD", drawn, strict=True) if role == kind) for kind in "abc")
             for drawn in roles]
    questions = [(a, b, c) for a, b, c in sides if a and b]
    for graph in graphs("ABCD"):
        implied = graph.implied_independences()
        assert all(graph.d_separated(one.x, one.y, one.given) and one for one in implied)
        stated = frozenset((frozenset(one.x), frozenset(one.y), frozenset(one.given)) for one in implied)
        assert closure(stated) == {(a, b, c) for a, b, c in questions if graph.d_separated(a, b, c)}, graph


def test_implied_independences_by_hand():
    chain = CausalGraph.parse("A -> B -> C -> D; A -> D").implied_independences()
    assert [str(one) for one in chain] == [
        "C and A are d-separated given B: every path is blocked",
        "D and B are d-separated given A, C: every path is blocked",
    ]
    hidden = CausalGraph.parse("A -> B <-> C <- D; E").implied_independences()
    assert [(one.x, one.y, one.given) for one in hidden] == [
        (("D",), ("A", "B"), ()), (("C",), ("A",), ("D",)), (("E",), ("A", "B", "C", "D"), ())]
    assert CausalGraph.parse("X -> Y <-> X").implied_independences() == ()
    assert CausalGraph(()).implied_independences() == ()


def test_implied_independences_are_given_up_where_they_are_too_many(monkeypatch):
    monkeypatch.setattr(paths, "MOST_STEPS", 50)
    ends = tuple(f"A{number}" for number in range(8))
    spokes = CausalGraph((*ends, "Y"), (), {frozenset(("Y", end)) for end in ends})
    with pytest.raises(GraphError, match="implied independences are too many to list: not done after 50 steps"):
        spokes.implied_independences()
    monkeypatch.undo()
    assert [(one.x, one.y) for one in spokes.implied_independences()] == [((ends[i],), ends[:i]) for i in range(1, 8)]
