"""Back-door and front-door criterion with their reasons: by hand, against networkx, and against exact truth."""

from __future__ import annotations

import itertools
import re

import networkx as nx
import numpy as np
import pytest

from causalrec.causal.formulas.expression import P, Product, Sum
from causalrec.causal.graphs.graph import CausalGraph
from causalrec.causal.identification.adjustment import back_door, back_door_sets, is_back_door_set
from causalrec.causal.identification.front_door_criterion import front_door, front_door_sets
from causalrec.causal.identification.identifier import Identified, Query, identify
from causalrec.causal.models.scm import SCM, bernoulli
from causalrec.errors import GraphError

PRIMER_3_8 = "B -> A -> X -> W -> Y; B -> Z; C -> Z; Z -> X; Z -> Y; C -> D -> Y"  # Pearl, Glymour & Jewell 2016


def as_networkx(graph: CausalGraph, cut_out_of: tuple[str, ...] = ()) -> nx.DiGraph:
    """The graph for networkx, hidden causes as nodes, without the arrows out of some nodes."""
    drawn = nx.DiGraph()
    drawn.add_nodes_from(graph.nodes)
    drawn.add_edges_from(arrow for arrow in graph.arrows if arrow[0] not in cut_out_of)
    for number, pair in enumerate(sorted(map(sorted, graph.confounded))):
        drawn.add_edges_from((f"hidden{number}", node) for node in pair)
    return drawn


def random_graph(rng: np.random.Generator, size: int, arrow: float = 0.45, hidden: float = 0.15) -> CausalGraph:
    nodes = [f"V{number}" for number in rng.permutation(size)]
    pairs = list(itertools.combinations(nodes, 2))
    return CausalGraph(
        tuple(str(node) for node in rng.permutation(nodes)),
        frozenset(pair for pair in pairs if rng.random() < arrow),
        frozenset(frozenset(pair) for pair in pairs if rng.random() < hidden),
    )


def subsets(nodes: list[str]) -> list[tuple[str, ...]]:
    return [chosen for size in range(len(nodes) + 1) for chosen in itertools.combinations(nodes, size)]


def random_model(graph: CausalGraph, rng: np.random.Generator) -> SCM:
    """A binary model of the graph: every node 1 with a chance of its own at each combination of its causes' values."""
    parents = {node: tuple(graph.in_order(graph.parents(node))) for node in graph.nodes}
    hidden = {f"hidden{n}": tuple(sorted(pair)) for n, pair in enumerate(sorted(map(sorted, graph.confounded)))}
    for name, pair in hidden.items():
        for node in pair:
            parents[node] += (name,)

    def drawn(above: tuple[str, ...]):
        chance = rng.uniform(0.1, 0.9, size=(2,) * len(above))
        return bernoulli(above, lambda *values: chance[tuple(np.asarray(value, dtype=int) for value in values)])

    mechanisms = {name: bernoulli((), lambda: 0.5) for name in hidden}
    mechanisms |= {node: drawn(parents[node]) for node in graph.order}
    return SCM(mechanisms, hidden=frozenset(hidden))


# ---- back door ---------------------------------------------------------------------------------------------------


def test_the_primer_by_hand():
    graph = CausalGraph.parse(PRIMER_3_8)
    sets = ((), "Z", ("Z", "A"), ("A", "Z", "W"))
    nothing, collider, good, late = (back_door(graph, "X", "Y", held) for held in sets)
    assert not nothing
    assert str(nothing.path) == "X <- Z -> Y"
    assert not collider  # Z is a collider: holding it opens what goes round
    assert str(collider.path) == "X <- A <- B -> Z <- C -> D -> Y"
    assert "Z is held fixed, so the collider is open" in collider.words
    assert collider.descendants == ()
    assert good
    assert (good.path, good.descendants, good.failed) == (None, (), ())
    assert good.words.startswith("{A, Z} is a back-door set for X and Y: ")
    assert not late
    assert (late.path, late.descendants) == (None, ("W",))
    assert [condition.name for condition in late.failed] == ["leave alone"]
    assert "X may change {W}, by X -> W, so" in repr(late)


def test_both_reasons_are_given():
    answer = back_door(CausalGraph.parse("X -> M -> Y; M -> N; X <-> Y"), "X", "Y", ("N", "M"))
    assert answer.descendants == ("M", "N")
    assert str(answer.path) == "X <-> Y"
    assert repr(answer) == (
        "{M, N} is no back-door set for X and Y: X may change {M, N}, by X -> M and X -> M -> N, so they must be left "
        "alone; with {M, N} held fixed the back-door path X <-> Y is open, for nothing stands between X and Y that "
        "could block it."
    )
    page = answer._repr_html_()
    assert re.search(r"<td[^>]*>block</td><td[^>]*>fails</td>", page)
    assert "X ↔ Y" in page
    assert "<->" not in page


def test_a_descendant_that_opens_no_back_door_path_shows_none():
    answer = back_door(CausalGraph.parse("X -> D; H -> D; H -> Y; X -> Y"), "X", "Y", "D")
    assert answer.descendants == ("D",)
    assert answer.path is None  # X -> D <- H -> Y leaves X by an arrow, so it is no back-door path


def test_back_door_agrees_with_networkx_and_its_witnesses_are_real():
    rng, verdicts = np.random.default_rng(1), [0, 0]
    for _ in range(250):
        graph = random_graph(rng, int(rng.integers(2, 7)))
        x, y, *others = graph.nodes
        given = tuple(node for node in others if rng.random() < 0.4)
        answer = back_door(graph, x, y, given)
        below = nx.descendants(as_networkx(graph), x)
        apart = nx.is_d_separator(as_networkx(graph, (x,)), {x}, {y}, set(given))
        assert bool(answer) == (apart and not below & set(given)) == is_back_door_set(graph, x, y, given)
        assert set(answer.descendants) == below & set(given)
        assert (answer.path is None) == apart
        if answer.path is not None:
            assert (answer.path.nodes[0], answer.path.nodes[-1]) == (x, y)
            assert answer.path.marks[0] != "->"  # it enters the treatment
            assert str(answer.path) in [str(path) for path in graph.paths(x, y, given).open]
        for condition in answer.conditions[:1]:
            assert condition.path is None or set(condition.path.marks) == {"->"}
        verdicts[bool(answer)] += 1
    assert min(verdicts) > 50


def test_every_minimal_set_is_a_set_and_no_part_of_it_is():
    graph = CausalGraph.parse(PRIMER_3_8)
    for held in back_door_sets(graph, "X", "Y"):
        assert back_door(graph, "X", "Y", held)
        assert not any(back_door(graph, "X", "Y", part) for part in subsets(list(held))[:-1])


def test_the_set_taken_is_a_smallest_one_beside_what_is_given():
    """Several treatments, outcomes and conditions, against trying all sets by networkx."""
    rng, seen = np.random.default_rng(7), []
    for _ in range(400):
        graph = random_graph(rng, int(rng.integers(3, 7)), hidden=0.1)
        order = rng.permutation(graph.nodes).tolist()
        x, y = order[:1 + int(rng.random() < 0.4)], order[-1 - int(rng.random() < 0.3 and len(order) > 3):]
        rest = [node for node in order if node not in (*x, *y)]
        w, rest = rest[:(given := int(rng.integers(0, 3)))], rest[given:]
        below = set().union(*(nx.descendants(as_networkx(graph), node) for node in x))
        cut = as_networkx(graph, tuple(x))
        good = [len(z) for z in subsets(rest)
                if not below & {*z, *w} and nx.is_d_separator(cut, set(x), set(y), {*z, *w})]
        answer = identify(Query(y, do=x, given=w), graph)
        assert (isinstance(answer, Identified) and answer.method == "back door") == bool(good), (graph, answer)
        if good:
            assert len(answer.estimand.over if isinstance(answer.estimand, Sum) else ()) == min(good), (graph, answer)
            seen.append((len(x), len(y), len(w), min(good)))
    assert {(1, 1, 0, 2), (1, 1, 1, 1), (2, 1, 0, 1), (1, 2, 0, 1), (2, 1, 1, 0), (1, 1, 2, 0)} <= set(seen)


# ---- front door --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("text", "through", "failed", "path"), [
    ("X -> Z -> Y; X <-> Y", "Z", [], None),
    ("X -> Z -> Y; X <-> Y; X -> Y", "Z", ["intercept"], "X -> Y"),
    ("X -> A -> Y; X -> B -> Y; X <-> Y", "A", ["intercept"], "X -> B -> Y"),
    ("X -> Z -> Y; X <-> Z", "Z", ["first step"], "X <-> Z"),
    ("U -> X; U -> Z; X -> Z -> Y", "Z", ["first step"], "X <- U -> Z"),
    ("X -> Z -> Y; X <-> Y; X <-> Z", "Z", ["first step", "second step"], "X <-> Z"),  # X is a collider, and held
    ("X -> Z -> Y; X <-> Y; Z <-> Y", "Z", ["second step"], "Z <-> Y"),
    ("X -> Z -> Y; X <-> Y; Z <- C -> Y", "Z", ["second step"], "Z <- C -> Y"),
    ("X -> Z -> Y -> D; X <-> Y", ("Z", "D"), ["first step", "second step"], "X <-> Y -> D"),
])
def test_each_condition_by_hand(text, through, failed, path):
    answer = front_door(CausalGraph.parse(text), "X", "Y", through)
    assert bool(answer) == (not failed)
    assert [condition.name for condition in answer.conditions] == ["intercept", "first step", "second step"]
    assert [condition.name for condition in answer.failed] == failed
    if path is not None:
        assert str(answer.failed[0].path) == path
        assert path in answer.words


def test_the_verdict_in_words():
    good = front_door(CausalGraph.parse("X -> Z -> Y; X <-> Y"), "X", "Y", "Z")
    assert repr(good) == (
        "{Z} is a front-door set for X and Y: every directed path from X to Y meets {Z}; no back-door path from X to "
        "{Z} is open; X blocks every back-door path from {Z} to Y."
    )
    bad = front_door(CausalGraph.parse("X -> Z -> Y; X <-> Y; Z <- C -> Y"), "X", "Y", "Z")
    assert repr(bad) == (
        "{Z} is no front-door set for X and Y: the back-door path Z <- C -> Y is open although X is held fixed, for C "
        "is not held fixed, so the fork is open."
    )


@pytest.mark.parametrize(("text", "sets"), [
    ("X -> Z -> Y; X <-> Y", [("Z",)]),
    ("X -> A -> B -> Y; X <-> Y", [("A",), ("B",)]),
    ("X -> A -> Y; X -> B -> Y; X <-> Y", [("A", "B")]),
    ("X -> Z -> Y; X <-> Y; Z <- C -> Y", [("Z", "C")]),  # C lies on no directed path, and is needed all the same
    ("X -> Y; X <-> Y", []),
    ("X -> Z -> Y; X <-> Z", []),
    ("X; Y; X <-> Y", [()]),  # no effect: P(y | do(x)) = P(y)
])
def test_minimal_front_door_sets_by_hand(text, sets):
    assert list(front_door_sets(CausalGraph.parse(text), "X", "Y")) == sets


def by_definition(graph: CausalGraph, x: str, y: str, z: tuple[str, ...]) -> bool:
    """Definition 3.3.3 word for word, by networkx."""
    arrows = nx.DiGraph(list(graph.arrows))
    arrows.add_nodes_from(graph.nodes)
    intercepts = all(set(path) & set(z) for path in nx.all_simple_paths(arrows, x, y))
    first = not z or nx.is_d_separator(as_networkx(graph, (x,)), {x}, set(z), set())
    return intercepts and first and (not z or nx.is_d_separator(as_networkx(graph, z), set(z), {y}, {x}))


def test_front_door_sets_agree_with_trying_all_by_networkx():
    rng, seen = np.random.default_rng(2), set()
    for _ in range(150):
        graph = random_graph(rng, int(rng.integers(3, 7)), hidden=0.12)
        x, y, *others = graph.nodes
        good = [set(z) for z in subsets(others) if by_definition(graph, x, y, z)]
        assert all(bool(front_door(graph, x, y, z)) == (set(z) in good) for z in subsets(others))
        minimal = [z for z in good if not any(other < z for other in good)]
        found = front_door_sets(graph, x, y)
        assert sorted(map(sorted, found)) == sorted(map(sorted, minimal)), graph
        assert list(found) == sorted(found, key=lambda z: (len(z), [graph.nodes.index(node) for node in z]))
        seen.update(map(len, found))
    assert {0, 1, 2} <= seen


def test_the_front_door_is_taken_whenever_one_to_three_nodes_make_it():
    """Off the directed paths too; against trying all sets by networkx, where no back-door set will do."""
    rng, seen = np.random.default_rng(8), []
    for _ in range(1_200):
        graph = random_graph(rng, int(rng.integers(4, 7)), arrow=0.4, hidden=0.05)
        x, y, *others = graph.nodes
        graph = CausalGraph(graph.nodes, graph.arrows - {(x, y), (y, x)}, graph.confounded | {frozenset((x, y))})
        if y not in graph.descendants(x):
            continue
        good = [z for z in subsets(others) if len(z) <= 3 and by_definition(graph, x, y, z)]
        answer = identify(Query(y, do=x), graph)
        assert (isinstance(answer, Identified) and answer.method == "front door") == bool(good), (graph, answer)
        if good:
            assert answer.estimand.over in [z for z in good if len(z) == len(good[0])]
            seen.append((len(good[0]), not set(good[0]) <= graph.descendants(x)))
    assert {(1, False), (2, False), (2, True)} <= set(seen)


def front_door_formula(z: tuple[str, ...]) -> Sum:
    return Sum(z, Product((P(z, given="X"), Sum("X", Product((P("Y", given=("X", *z)), P("X")))))))


def largest_error(graph: CausalGraph, z: tuple[str, ...], rng: np.random.Generator) -> float:
    model = random_model(graph, rng)
    value = front_door_formula(z).evaluate(model.table())
    return max(abs(value.probability(X=x, Y=1) - model.do(X=x).table("Y").probability(Y=1)) for x in (0, 1))


def test_every_front_door_set_gives_do_on_exact_models():
    rng, tried = np.random.default_rng(4), 0
    for _ in range(1_500):
        drawn = random_graph(rng, int(rng.integers(4, 6)))
        renamed = dict(zip(drawn.nodes, ("X", "Y", "A", "B", "C"), strict=False))
        pairs = drawn.confounded | {frozenset(drawn.nodes[:2])}  # X and Y are always confounded
        graph = CausalGraph(
            tuple(renamed.values()),
            frozenset((renamed[a], renamed[b]) for a, b in drawn.arrows),
            frozenset(frozenset(renamed[node] for node in pair) for pair in pairs),
        )
        for z in front_door_sets(graph, "X", "Y"):
            if z:
                assert largest_error(graph, z, rng) < 1e-9
                tried += 1
    assert tried > 20


@pytest.mark.parametrize("text", [
    "X -> Z -> Y; X <-> Y; X -> Y", "X -> Z -> Y; X <-> Y; X <-> Z", "X -> Z -> Y; X <-> Y; Z <-> Y",
])
def test_a_set_that_fails_a_condition_gives_a_wrong_number(text):
    assert largest_error(CausalGraph.parse(text), ("Z",), np.random.default_rng(5)) > 1e-3


# ---- several treatments and outcomes -----------------------------------------------------------------------------


def named_sets(graph: CausalGraph, x: tuple[str, ...], y: tuple[str, ...]) -> list[tuple[str, ...]]:
    """All minimal back-door sets by trying all, from networkx."""
    drawn = as_networkx(graph)
    late = set().union(*(nx.descendants(drawn, node) for node in x))
    others = [node for node in graph.nodes if node not in (*x, *y) and node not in late]
    found: list[tuple[str, ...]] = []
    for held in subsets(others):
        if not any(set(one) <= set(held) for one in found) and nx.is_d_separator(
                as_networkx(graph, x), set(x), set(y), set(held)):
            found.append(held)
    return found


def test_back_door_sets_of_several_treatments_and_outcomes_agree_with_trying_all_by_networkx():
    rng, sizes = np.random.default_rng(6), set()
    for _ in range(500):
        graph = random_graph(rng, int(rng.integers(3, 8)), 0.3, 0.1)
        names = list(map(str, rng.permutation(graph.nodes)))
        x = graph.in_order(names[:int(rng.integers(1, 3))])
        y = graph.in_order(names[len(x):len(x) + int(rng.integers(1, 3))])
        found = back_door_sets(graph, x, y)
        assert list(found) == named_sets(graph, x, y), (graph, x, y)
        for held in found:
            assert is_back_door_set(graph, x, y, held)
            assert back_door(graph, x, y, held)
            sizes.add((len(x), len(y), len(held)))
    assert {(2, 2, 0), (2, 1, 1), (1, 2, 1), (2, 2, 1), (1, 2, 2)} <= sizes


def test_every_back_door_set_of_several_gives_do_on_exact_models():
    rng, tried = np.random.default_rng(7), 0
    for _ in range(150):
        graph = random_graph(rng, 5, 0.35, 0.1)
        x, y = graph.nodes[:2], graph.nodes[2:4]
        for held in back_door_sets(graph, x, y):
            seen = P(y, given=(*x, *held))
            formula = Sum(held, Product((seen, P(held)))) if held else seen
            model = random_model(graph, rng)
            value = formula.evaluate(model.table())
            for settings in itertools.product((0, 1), repeat=2):
                at = dict(zip(x, settings, strict=True))
                truth = model.do(**at).table(y)
                for values in itertools.product((0, 1), repeat=2):
                    outcome = dict(zip(y, values, strict=True))
                    assert value.probability({**at, **outcome}) == pytest.approx(truth.probability(outcome), abs=1e-9)
            tried += 1
    assert tried > 30


def test_several_treatments_by_hand():
    graph = CausalGraph.parse("Z -> {X W1 Y}; X -> W1 -> Y; X -> M -> Y; W2 -> W1")
    assert back_door_sets(graph, ("X", "W1"), "Y") == (("Z",),)
    assert back_door_sets(graph, ["W1", "X"], ["Y"]) == (("Z",),)
    assert back_door_sets(graph, "X", "Y") == (("Z",),)
    assert is_back_door_set(graph, ("X", "W1"), ("Y", "M"), "Z")
    assert not is_back_door_set(graph, ("X", "W1"), "Y", ("Z", "M"))
    answer = back_door(graph, ("X", "W1"), "Y", "M")
    assert (answer.treatment, answer.outcome) == (("X", "W1"), "Y")
    assert repr(answer) == (
        "{M} is no back-door set for {X, W1} and Y: {X, W1} may change {M}, by X -> M, so they must be left alone; "
        "with {M} held fixed the back-door path X <- Z -> Y is open, for Z is not held fixed, so the fork is open.")
    good = back_door(graph, ("X", "W1"), ("M", "Y"), "Z")
    assert good.words == ("{Z} is a back-door set for {X, W1} and {Y, M}: {X, W1} change no node of {Z}; with {Z} "
                          "held fixed every back-door path is blocked.")
    fork = back_door(CausalGraph.parse("A -> B; M -> A; M -> C -> D"), ("A", "C"), "B", "D")
    assert fork.descendants == ("D",)
    assert str(fork.conditions[0].path) == "C -> D"  # along the arrows, and not from A round by M


# ---- bad input ---------------------------------------------------------------------------------------------------


def test_questions_without_sense_are_refused():
    graph = CausalGraph.parse("Z -> X -> M -> Y")
    for ask in (back_door, front_door):
        with pytest.raises(GraphError, match="no node 'Q'; it has Z, X, M, Y"):
            ask(graph, "X", "Y", "Q")
        with pytest.raises(GraphError, match="must differ"):
            ask(graph, "X", "X", "M")
        with pytest.raises(GraphError, match="'X' and outcome 'Y' must differ and cannot be"):
            ask(graph, "X", "Y", ("M", "X"))
    with pytest.raises(GraphError, match="must differ"):
        front_door_sets(graph, "X", "X")


@pytest.mark.parametrize(("x", "y", "said"), [
    (("X", "Q"), "Y", "no node 'Q'; it has Z, X, M, Y"),
    ("x", "Y", "no node 'x'; did you mean 'X'\\? It has Z"),
    (("X", "Y"), "Y", r"treatment \('X', 'Y'\) and outcome 'Y' must differ"),
    ((), "Y", "no treatment was named; name at least one of each"),
    ("X", [], "no outcome was named"),
    ([["X"]], "Y", "a node's name, or several"),
    (3, "Y", "a node's name, or several, as in .* is asked for and not 3"),
])
def test_wrong_names_are_refused_by_every_back_door_function(x, y, said):
    graph = CausalGraph.parse("Z -> X -> M -> Y")
    for ask in (back_door, back_door_sets, is_back_door_set):
        with pytest.raises(GraphError, match=said):
            ask(graph, x, y)


def test_one_treatment_and_one_outcome_are_asked_for_by_the_front_door():
    graph = CausalGraph.parse("Z -> X -> M -> Y")
    assert front_door(graph, ["X"], ["Y"], ["M"]) == front_door(graph, "X", "Y", "M")
    for x, y, said in ((("X", "Z"), "Y", "one treatment is asked for, not {Z, X}; name a single node"),
                       ("X", (), "one outcome is asked for, not {}")):
        with pytest.raises(GraphError, match=said):
            front_door(graph, x, y, "M")
        with pytest.raises(GraphError, match=said):
            front_door_sets(graph, x, y)


def test_a_text_in_place_of_a_graph_is_refused():
    for ask in (back_door, back_door_sets, is_back_door_set, front_door_sets):
        with pytest.raises(GraphError, match=r"CausalGraph is asked for, not 'X -> Y'; write CausalGraph.parse\('X -"):
            ask("X -> Y", "X", "Y")
    with pytest.raises(GraphError, match="a CausalGraph is asked for, not None; write CausalGraph.parse"):
        front_door(None, "X", "Y", ())


def test_too_many_front_door_sets_are_not_tried():
    text = "; ".join(["X <-> Y", *(f"X -> M{i} -> Y" for i in range(18))])
    with pytest.raises(GraphError, match="18 nodes can be in a front-door set for X and Y, too many"):
        front_door_sets(CausalGraph.parse(text), "X", "Y")
    assert front_door(CausalGraph.parse(text), "X", "Y", [f"M{i}" for i in range(18)])
