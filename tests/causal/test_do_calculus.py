"""The three rules: verdicts by hand, fifty typical wrong uses with their open paths, and random graphs against truth.

Each wrong use below was worked out on paper: the rule cuts its arrows, and the path written beside it stays open. The
test judges that path once more by a few lines of its own, and random models show that the equation is indeed false.
"""

from __future__ import annotations

import base64
import itertools
import re

import networkx as nx
import numpy as np
import pytest
from causal.exact_truth import drawn, random_graph_text, spread

from causalrec.causal.derivation.rules import RuleCheck, check_rule
from causalrec.causal.formulas.expression import P
from causalrec.causal.graphs.graph import CausalGraph
from causalrec.causal.identification.adjustment import back_door
from causalrec.errors import GraphError, IdentificationError

FORK = "Z -> X -> Y; Z -> Y"
BOW = "X -> Y; X <-> Y"
FRONT = "X -> M -> Y; X <-> Y"
LEAKY_FRONT = "X -> M -> Y; X <-> Y; M <-> Y"
MEDIATOR = "X -> M -> Y; X -> Y"
INSTRUMENT = "Z -> X -> Y; X <-> Y"
NAPKIN = "W -> Z -> X -> Y; W <-> X; W <-> Y"
VERMA = "A -> B -> C -> D; B <-> D"
M_BIAS = "X -> Y; X <-> M; M <-> Y"
BUTTERFLY = "A -> X -> Y; A -> M; B -> M; B -> Y; M -> X; M -> Y"
COLLIDER = "X -> C <- Y; C -> D"
TWO_MEDIATORS = "X -> Z1 -> Z2 -> Y; X -> Y; Z1 -> Y; X <-> Z2; Z1 <-> Y"
FEEDBACK = "A0 -> L1 -> A1 -> Y; A0 -> A1; A0 -> Y; L1 -> Y; L1 <-> Y"

WRONG = [  # (rule, graph, y, x, z, w, the open path)
    # Rule 2: seeing is taken for doing, with nothing held fixed.
    (2, FORK, "Y", "", "X", "", "X <- Z -> Y"),
    (2, BOW, "Y", "", "X", "", "X <-> Y"),
    (2, "Y -> X", "Y", "", "X", "", "X <- Y"),  # the effect asked for is the cause
    (2, "Y -> M -> X", "Y", "", "X", "", "X <- M <- Y"),
    (2, FRONT, "Y", "", "M", "", "M <- X <-> Y"),
    (2, NAPKIN, "Y", "", "X", "", "X <- Z <- W <-> Y"),
    (2, "Z1 -> X -> Y; Z1 -> Z2 -> Y", "Y", "", "X", "", "X <- Z1 -> Z2 -> Y"),
    (2, TWO_MEDIATORS, "Y", "", "X", "", "X <-> Z2 -> Y"),
    # Rule 2: something is held fixed, but not enough.
    (2, "X -> M -> Y; X <-> M", "M", "", "X", "", "X <-> M"),  # the front door's first step is confounded
    (2, LEAKY_FRONT, "Y", "", "M", "X", "M <-> Y"),  # and here its second
    (2, INSTRUMENT, "Y", "", "X", "Z", "X <-> Y"),  # an instrument is no covariate
    (2, BUTTERFLY, "Y", "", "X", "A", "X <- M -> Y"),
    (2, "Z1 -> X; Z1 -> Y; Z2 -> X; Z2 -> Y; X -> Y", "Y", "", "X", "Z1", "X <- Z2 -> Y"),
    (2, "H -> X -> Y; H -> Y; H -> proxy", "Y", "", "X", "proxy", "X <- H -> Y"),  # a proxy is not the thing
    (2, FEEDBACK, "Y", "", "A1", "L1", "A1 <- A0 -> Y"),
    (2, FEEDBACK, "Y", "", "A1", "A0", "A1 <- L1 -> Y"),
    (2, FEEDBACK, "Y", "A0", "A1", "", "A1 <- L1 -> Y"),  # that A0 is set does not help
    (2, "X1 -> X2 -> Y; X1 <-> Y", "Y", "", "X1 X2", "", "X1 <-> Y"),  # two at once, one of them confounded
    # Rule 2: what is held fixed opens a path.
    (2, M_BIAS, "Y", "", "X", "M", "X <-> M <-> Y"),
    (2, BUTTERFLY, "Y", "", "X", "M", "X <- A -> M <- B -> Y"),
    (2, NAPKIN, "Y", "", "X", "W", "X <-> W <-> Y"),
    (2, NAPKIN, "Y", "", "X", "Z", "X <-> W <-> Y"),  # Z is an effect of the collider W
    (2, "X <-> M <-> Y; X -> Y; M -> D", "Y", "", "X", "D", "X <-> M <-> Y"),
    (2, "Z -> X -> Y; Z <-> X; Z <-> Y", "Y", "", "X", "Z", "X <-> Z <-> Y"),
    (2, TWO_MEDIATORS, "Y", "", "X", "Z2", "X <-> Z2 <- Z1 -> Y"),
    # Rule 3: what is set does matter.
    (3, "X -> Y", "Y", "", "X", "", "X -> Y"),
    (3, FRONT, "Y", "", "X", "", "X -> M -> Y"),
    (3, MEDIATOR, "Y", "M", "X", "", "X -> Y"),  # not all of the effect goes through M
    (3, INSTRUMENT, "Y", "", "Z", "", "Z -> X -> Y"),  # confused with Z being no cause of Y itself
    (3, NAPKIN, "Y", "", "W", "", "W -> Z -> X -> Y"),
    (3, FRONT, "M Y", "", "X", "", "X -> M"),  # one of two outcomes is changed
    (3, "X -> M -> Y; W -> M", "Y", "", "X W", "", "X -> M -> Y"),
    (3, FEEDBACK, "Y", "A1", "A0", "", "A0 -> Y"),
    (3, "X -> Y; X -> D", "Y", "", "X", "D", "X -> Y"),
    # Rule 3: what is given answers to what is set, hence Z(W).
    (3, "X -> C <-> Y", "Y", "", "X", "C", "X -> C <-> Y"),
    (3, COLLIDER, "Y", "", "X", "C", "X -> C <- Y"),
    (3, COLLIDER, "Y", "", "X", "D", "X -> C <- Y"),
    (3, INSTRUMENT, "Y", "", "Z", "X", "Z -> X <-> Y"),
    (3, NAPKIN, "Y", "", "Z", "X", "Z <- W <-> Y"),  # arrows into Z stay: it is an ancestor of X
    (3, FEEDBACK, "Y", "A1", "A0", "L1", "A0 -> Y"),
    # Rule 1: what is seen does tell.
    (1, FORK, "Y", "X", "Z", "", "Z -> Y"),
    (1, MEDIATOR, "Y", "X", "M", "", "M -> Y"),
    (1, "X -> Y -> D", "Y", "X", "D", "", "D <- Y"),  # an effect of the outcome
    (1, FRONT, "Y", "M", "X", "", "X <-> Y"),  # that X was cut off does not make it uninformative
    (1, M_BIAS, "Y", "X", "M", "", "M <-> Y"),
    (1, NAPKIN, "Y", "X", "Z", "", "Z <- W <-> Y"),
    # Rule 1: what is seen tells only because of what else is seen.
    (1, COLLIDER, "Y", "", "X", "C", "X -> C <- Y"),
    (1, INSTRUMENT, "Y", "", "Z", "X", "Z -> X <-> Y"),  # confused with the exclusion of Z given do(X)
    (1, VERMA, "D", "", "A", "B C", "A -> B <-> D"),  # no arrow from A to D, and all the same
    (1, "X -> S <- U -> Y", "Y", "", "X", "S", "X -> S <- U -> Y"),  # selection
]

RIGHT = [
    (2, FORK, "Y", "", "X", "Z"),
    (2, MEDIATOR, "Y", "", "X", ""),
    (2, FRONT, "M", "", "X", ""),
    (2, FRONT, "Y", "X", "M", ""),
    (2, FRONT, "Y", "", "M", "X"),
    (2, M_BIAS, "Y", "", "X", ""),
    (2, BUTTERFLY, "Y", "", "X", "M A"),
    (2, NAPKIN, "Y", "Z", "X", ""),
    (2, VERMA, "D", "", "C", "B"),
    (2, FEEDBACK, "Y", "", "A1", "A0 L1"),
    (3, FRONT, "Y", "M", "X", ""),
    (3, FRONT, "X", "", "M", ""),
    (3, INSTRUMENT, "Y", "X", "Z", ""),
    (3, NAPKIN, "Y", "X", "W Z", ""),
    (3, "X -> Y; X <-> Y", "X", "", "Y", ""),
    (3, COLLIDER, "Y", "", "X", ""),
    (1, INSTRUMENT, "Y", "X", "Z", ""),
    (1, COLLIDER, "Y", "", "X", ""),
    (1, VERMA, "D", "C", "A", ""),
    (1, "Z -> X; Z -> Y", "Y", "", "X", "Z"),
]


def asked(case) -> tuple[CausalGraph, RuleCheck]:
    rule, text, *places = case[:6]
    y, x, z, w = (tuple(names.split()) for names in places)
    graph = CausalGraph.parse(text)
    return graph, check_rule(rule, graph, y=y, x=x, z=z, w=w)


def largest_difference(graph: CausalGraph, check: RuleCheck, rng: np.random.Generator) -> float:
    """Between the two sides on a random model, multiplied out by the tests' own enumerator."""
    model = drawn(graph, rng)
    names = check.before.free
    one, other = (spread(model.answer(side.outcome, side.do, side.given), side.free, names)
                  for side in (check.before, check.after))
    return float(np.abs(one - other).max())


def mutilated(graph: CausalGraph, case) -> tuple[set[tuple[str, str]], set[frozenset[str]]]:
    """The edges that the rule leaves, by its definition."""
    rule, _, _, x, z, w = ([*places.split()] if isinstance(places, str) else places for places in case[:6])
    def above(nodes, arrows):
        grown = set(nodes)
        while more := {a for a, b in arrows if b in grown} - grown:
            grown |= more
        return grown

    into = set(x)
    if rule == 3:
        after = {(a, b) for a, b in graph.arrows if b not in into}
        into |= set(z) - above(w, after)
    out_of = set(z) if rule == 2 else set()
    arrows = {(a, b) for a, b in graph.arrows if b not in into and a not in out_of}
    return arrows, {pair for pair in graph.confounded if not pair & into}


def is_open(path: str, arrows, confounded, held) -> bool:
    """Whether the path runs over these edges and every middle node lets it through (Pearl 2009, definition 1.2.3)."""
    nodes, marks = re.findall(r"\w+", path), re.findall(r"<->|->|<-", path)
    for one, mark, other in zip(nodes, marks, nodes[1:], strict=False):
        edge = {"->": (one, other) in arrows, "<-": (other, one) in arrows,
                "<->": frozenset((one, other)) in confounded}
        if not edge[mark]:
            return False
    for before, node, after in zip(marks, nodes[1:-1], marks[1:], strict=False):
        below = {node}
        while more := {b for a, b in arrows if a in below} - below:
            below |= more
        collider = before != "<-" and after != "->"
        if collider != bool(below & held if collider else node in held):
            return False
    return True


def test_there_are_fifty_wrong_uses():
    assert len(WRONG) == len(set(WRONG)) == 50
    assert {case[0] for case in WRONG} == {1, 2, 3}


@pytest.mark.parametrize("case", WRONG, ids=lambda case: f"rule {case[0]}, {case[6]}")
def test_a_wrong_use_fails_with_its_open_path(case):
    graph, check = asked(case)
    assert not check
    assert not check.holds
    assert str(check.path) == case[6]
    held = {*case[3].split(), *case[5].split()}
    assert is_open(case[6], *mutilated(graph, case), held)
    assert case[6] in check.words
    assert check.words.startswith(f"rule {case[0]} does not hold: ")
    rng = np.random.default_rng(17)
    assert max(largest_difference(graph, check, rng) for _ in range(3)) > 0.001


@pytest.mark.parametrize("case", RIGHT, ids=lambda case: f"rule {case[0]}: {case[1]} {case[2:]}")
def test_a_right_use_holds_and_is_true(case):
    graph, check = asked(case)
    assert check
    assert check.holds
    assert check.path is None
    assert check.words.startswith(f"rule {case[0]} holds: ")
    rng = np.random.default_rng(18)
    assert max(largest_difference(graph, check, rng) for _ in range(3)) < 1e-12


def test_the_equations_and_the_graphs_of_the_three_rules():
    graph = CausalGraph.parse("A -> X -> Z -> Y; A -> Y; X <-> Y; W -> Z")
    first = check_rule(1, graph, "Y", x="X", z="A", w="W")
    assert (first.before, first.after) == (P("Y", given=("A", "W"), do="X"), P("Y", given="W", do="X"))
    assert first.graph == CausalGraph.parse("A -> Y; X -> Z -> Y; W -> Z")
    second = check_rule(2, graph, "Y", x="X", z="Z", w="W")
    assert (second.before, second.after) == (P("Y", given="W", do=("X", "Z")), P("Y", given=("Z", "W"), do="X"))
    assert second.graph == CausalGraph.parse("A -> Y; X -> Z; W -> Z")
    third = check_rule(3, graph, "Y", x="Z", z=("X", "W"))
    assert (third.before, third.after) == (P("Y", do=("Z", "X", "W")), P("Y", do="Z"))
    assert third.graph == CausalGraph.parse("A -> Y; Z -> Y; X; W")
    assert (first.into, first.out_of) == (("X",), ())
    assert (second.into, second.out_of, second.separated_by) == (("X",), ("Z",), ("X", "W"))
    assert third.into == ("Z", "X", "W")


def test_arrows_into_an_ancestor_of_what_is_given_stay():
    graph = CausalGraph.parse("X1 -> W -> Y; X2 -> Y; U -> X1; U -> X2")
    check = check_rule(3, graph, "Y", z=("X1", "X2"), w="W")
    assert check.into == ("X2",)
    assert check.graph == CausalGraph.parse("U -> X1 -> W -> Y; X2 -> Y")
    assert "(those into X1 stay, for W may answer to it)" in check.words
    behind = check_rule(3, graph, "Y", x="W", z="X1", w="U")  # X1 is no ancestor of U, so its arrows are cut
    assert behind.into == ("W", "X1")
    assert behind.holds


def test_every_verdict_agrees_with_networkx_and_with_exact_truth():
    """Where the rule holds, both sides are equal; where it does not, they differ on a random model."""
    rng = np.random.default_rng(21)
    seen = dict.fromkeys(itertools.product((1, 2, 3), (True, False)), 0)
    for _ in range(400):
        graph = CausalGraph.parse(random_graph_text(rng, int(rng.integers(3, 6)), 0.45, 0.25, 4))
        nodes = rng.permutation(graph.nodes).tolist()
        rule, set_, given = (int(rng.integers(low, high)) for low, high in ((1, 4), (0, 2), (0, 2)))
        y, z, rest = nodes[:1], nodes[1:2], nodes[2:]
        x, w = rest[:set_], rest[set_:set_ + given]
        check = check_rule(rule, graph, y, x, z, w)
        arrows, confounded = mutilated(graph, (rule, "", "", " ".join(x), " ".join(z), " ".join(w)))
        oracle = nx.DiGraph(arrows)
        oracle.add_nodes_from(graph.nodes)
        oracle.add_edges_from((f"U{number}", node) for number, pair in enumerate(confounded) for node in pair)
        assert check.holds == nx.is_d_separator(oracle, set(z), set(y), {*x, *w}), (rule, graph, y, x, z, w)
        apart = max(largest_difference(graph, check, rng) for _ in range(2))
        assert apart < 1e-9 if check.holds else apart > 1e-6, (rule, graph, y, x, z, w)
        seen[rule, check.holds] += 1
    assert min(seen.values()) >= 20  # each verdict of each rule was really met


def test_what_is_no_rule_is_refused():
    graph = CausalGraph.parse(FORK)
    with pytest.raises(IdentificationError, match="rule 4 for z = X is none of the do-calculus"):
        check_rule(4, graph, "Y", z="X")
    with pytest.raises(IdentificationError, match="rule 2 for z = nothing"):
        check_rule(2, graph, "Y")
    with pytest.raises(GraphError, match="no node 'Q'"):
        check_rule(2, graph, "Y", z="Q")
    with pytest.raises(GraphError, match="no node 'Q'"):
        check_rule(3, graph, "Y", z="X", w="Q")
    for places in ({"z": "Y"}, {"z": "X", "w": "X"}, {"z": "X", "x": "Y"}):
        with pytest.raises(IdentificationError, match="name an outcome, and every variable once"):
            check_rule(3, graph, "Y", **places)


def test_a_rule_is_asked_of_a_graph_and_of_names():
    with pytest.raises(GraphError, match="a CausalGraph is asked for, not 'X -> Y'; write CausalGraph.parse"):
        check_rule(2, "X -> Y", "Y", z="X")
    with pytest.raises(IdentificationError, match="3 names no variable; write its name as in 'x'"):
        check_rule(2, CausalGraph.parse("X -> Y"), "Y", z=3)


def test_a_check_draws_and_looks_for_a_path_only_when_asked():
    graph = CausalGraph.parse("Z -> X -> Y; Z -> Y")
    check = check_rule(2, graph, "Y", z="X")
    assert not {"graph", "separation"} & check.__dict__.keys()
    assert not check.holds
    assert str(check.path) == "X <- Z -> Y"
    assert check.graph == graph.without_arrows_out_of("X")
    assert bool(check.separation) is check.holds


def test_how_a_check_reads():
    graph = CausalGraph.parse("smoking -> tar -> cancer; smoking <-> cancer")
    check = check_rule(2, graph, "cancer", x="smoking", z="tar")
    assert repr(check) == (
        "P(cancer | do(smoking, tar)) = P(cancer | do(smoking), tar): rule 2 holds: with the arrows into smoking and "
        "out of tar cut, tar and cancer are d-separated given smoking, so seeing tar is as good as setting it."
    )
    page = check._repr_markdown_()
    assert page.startswith("**Rule 2** holds\n\n$$ P(")
    assert (r"\mathit{cancer} \perp \mathit{tar} \mid \mathit{smoking} \text{ in } "
            r"G_{\overline{\mathit{smoking}}\,\underline{\mathit{tar}}}") in page
    assert ('alt="Graph smoking -&gt; tar; cancer; cut: tar -&gt; cancer, smoking &lt;-&gt; cancer; '
            'held fixed: smoking."') in page
    no = check_rule(2, graph, "cancer", z="smoking")
    assert "does not hold" in no._repr_markdown_()
    assert r"\not\perp" in no._repr_markdown_()
    assert "smoking ↔ cancer is open" in no._repr_markdown_()
    assert no.words.endswith("smoking <-> cancer is open, for nothing stands between smoking and cancer that could "
                             "block it.")
    assert check_rule(1, graph, "tar", z="cancer").words.startswith("rule 1 does not hold: in the graph as it is,")
    assert check_rule(1, CausalGraph.parse("X -> Y1"), "Y1", z="X").independence == (
        r"Y_{1} \not\perp X \text{ in } G")


def test_the_picture_shows_what_is_cut_held_and_open():
    graph = CausalGraph.parse(FRONT)
    picture = check_rule(2, graph, "Y", z="M").picture
    svg = base64.b64decode(re.search(r"base64,([^\"]+)", picture)[1]).decode()
    assert svg.count("<rect") == 4
    assert [">X<" in svg, ">M<" in svg, ">Y<" in svg] == [True] * 3
    assert svg.count('stroke-dasharray="1.5 4"') == 1  # M -> Y is cut
    assert svg.count('stroke="#d55e00"') == 2  # the open path M <- X <-> Y
    assert "open path: M &lt;- X &lt;-&gt; Y." in picture
    assert picture == check_rule(2, graph, "Y", z="M").picture


def test_the_reasons_of_a_criterion_are_aligned_left():
    page = back_door(CausalGraph.parse(FORK), "X", "Y", "Z")._repr_html_()
    cells = re.findall(r"<(?:td|th|caption)\b[^>]*>", page)
    assert len(cells) >= 10  # a caption, three heads, and three cells for each of two conditions
    assert all('style="text-align: left"' in cell for cell in cells)
