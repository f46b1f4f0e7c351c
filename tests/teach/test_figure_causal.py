"""Figures of causes and chances: what they draw and say, by hand; bad input; the same picture on every run."""

import hashlib
import os
import re
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from causalrec.causal import CausalGraph
from causalrec.causal.belief.pmf import Pmf
from causalrec.errors import DataError, GraphError
from causalrec.teach import figure
from causalrec.teach.canvas import VERMILLION
from causalrec.teach.diagram.boxes import planned

FORK = CausalGraph.parse("Z -> X -> Y; Z -> Y")
FRONT_DOOR = CausalGraph.parse("X -> M -> Y; X <-> Y")
M_BIAS = CausalGraph.parse("A -> X; A -> M; B -> M; B -> Y; X -> Y")
SHOP = CausalGraph.parse(
    "score -> shown; popularity -> shown; activity -> shown; nudge -> shown; shown -> browsed -> clicked -> bought;"
    "shown -> clicked; popularity -> browsed; activity -> browsed; activity -> bought;"
    "score <-> clicked; popularity <-> bought"
)
# recovered, of how many: Charig et al. 1986, table II, as in Julious and Mullee 1994
STONES = {("A", "small"): (81, 87), ("B", "small"): (234, 270), ("A", "large"): (192, 263), ("B", "large"): (55, 80)}
KIDNEY = pd.DataFrame(
    [
        (treatment, size, outcome, count)
        for (treatment, size), (good, n) in STONES.items()
        for outcome, count in ((1, good), (0, n - good))
    ],
    columns=["treatment", "size", "recovered", "count"],
)


def kidney(frame=KIDNEY, **columns):
    named = {"treatment": "treatment", "outcome": "recovered", "stratum": "size"} | columns
    return figure.stratified_bars(frame, **named)


TENT = (
    {"camping": 0.02, "home office": 0.03, "newborn": 0.05, "baking": 0.4, "long-haul travel": 0.5},
    {"camping": 0.9, "home office": 0.2, "newborn": 0.5, "baking": 0.05, "long-haul travel": 0},
)
DRAWINGS = {
    "surgery of a fork": lambda: figure.surgery(FORK, "X"),
    "surgery of a hidden arc": lambda: figure.surgery(FRONT_DOOR, {"X": 1}),
    "surgery in the shop": lambda: figure.surgery(SHOP, ["shown", "clicked"]),
    "paths of M-bias": lambda: figure.paths(M_BIAS, "X", "Y", "M"),
    "paths in the shop": lambda: figure.paths(SHOP, "shown", "bought", ["score", "activity"]),
    "twins of a fork": lambda: figure.twin_network(FORK, {"X": 0}, actual={"X": 1, "Y": 1}, otherwise={"Y": 0}),
    "twins of a hidden arc": lambda: figure.twin_network(FRONT_DOOR, "X"),
    "twins of the shop": lambda: figure.twin_network(SHOP, "shown"),
    "kidney stones": kidney,
    "a likely cause": lambda: figure.bayes_square({"interested": 0.2, "not": 0.8}, {"interested": 0.6, "not": 0.15}),
    "a rare disease": lambda: figure.bayes_square({"sick": 0.001, "well": 0.999}, {"sick": 0.99, "well": 0.05}),
    "five hypotheses": lambda: figure.bayes_square(*TENT, evidence="“tent”"),
}


@pytest.mark.parametrize("name", DRAWINGS)
def test_no_text_overlaps_another_or_leaves_the_picture(name):
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    ax = DRAWINGS[name]()
    page = ax.get_figure()
    renderer = FigureCanvasAgg(page).get_renderer()
    page.draw(renderer)
    ticks = [*ax.get_xticklabels(), *ax.get_yticklabels()] if ax.axison else []
    texts = [text for text in [*ax.texts, *ticks] if text.get_text()]
    extents = [text.get_window_extent(renderer) for text in texts]
    for place, extent in enumerate(extents):
        assert page.bbox.x0 <= extent.x0
        assert extent.x1 <= page.bbox.x1
        assert page.bbox.y0 <= extent.y0
        assert extent.y1 <= page.bbox.y1
        for other in range(place):
            assert not extent.overlaps(extents[other]), (texts[place].get_text(), texts[other].get_text())


HASHES = """
import hashlib, sys
from causalrec.causal import CausalGraph
from causalrec.teach import figure
graph = CausalGraph.parse(sys.argv[1])
turn = -1 if sys.argv[2] == "turned" else 1
graph = CausalGraph(graph.nodes, list(graph.arrows)[::turn], list(graph.confounded)[::turn])
draws = [figure.graph(graph, highlight={"shown", ("score", "shown")}), figure.surgery(graph, {"clicked", "bought"}),
         figure.paths(graph, "shown", "bought", {"score", "activity"}), figure.twin_network(graph, {"shown"})]
print([figure.description(ax) for ax in draws], [hashlib.sha256(figure.png(ax)).hexdigest() for ax in draws])
"""


def test_the_same_picture_whatever_the_order_of_sets():
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", HASHES, str(SHOP), turn],
            env=os.environ | {"PYTHONHASHSEED": seed, "OPENBLAS_NUM_THREADS": "1"},
            stdout=subprocess.PIPE,
            text=True,
        )
        for seed, turn in (("1", "as it comes"), ("2", "turned"))
    ]
    first, second = (run.communicate(timeout=60)[0] for run in runs)
    assert hashlib.sha256(figure.png(figure.surgery(SHOP, ["bought", "clicked"]))).hexdigest() in first
    assert first == second


# --- surgery --------------------------------------------------------------------------------------------------------


def test_surgery_in_words():
    assert figure.description(figure.surgery(FORK, "X")) == (
        "The surgery do(X) on a causal graph of 3 nodes, before and after. Before: Z points to X and Y; X points to Y. "
        "X is set from outside. Cut: the arrow from Z to X. What stays: Z points to Y; X points to Y."
    )
    words = figure.description(figure.surgery(FRONT_DOOR, {"X": 1}))
    assert words.startswith("The surgery do(X = 1) on")
    assert "Cut: the dashed arc between X and Y. What stays: X points to M; M points to Y." in words
    assert "Nothing is cut, for nothing pointed to Z." in figure.description(figure.surgery(FORK, "Z"))


def crosses(ax):
    return sum(line.get_marker() == "x" for line in ax.lines)


@st.composite
def graphs(draw, nodes=tuple("VWXYZ")):
    pairs = [(one, other) for place, one in enumerate(nodes) for other in nodes[place + 1 :]]
    arrows = draw(st.sets(st.sampled_from(pairs)))
    return CausalGraph(nodes, arrows, map(frozenset, draw(st.sets(st.sampled_from(pairs), max_size=3))))


@given(graphs(), st.sets(st.sampled_from("VWXYZ"), min_size=1))
@settings(max_examples=15, deadline=None)
def test_surgery_crosses_out_what_the_graph_loses_and_keeps_the_rest(graph, do):
    ax = figure.surgery(graph, do)
    after = graph.without_arrows_into(do)
    assert crosses(ax) == len(graph.arrows) - len(after.arrows) + len(graph.confounded) - len(after.confounded)
    before, stays = figure.description(ax).split("What stays: ")
    assert f": {stays}" in figure.description(figure.graph(after))


def test_wide_graphs_stand_one_above_the_other():
    cases = ((FORK, "X"), (SHOP, "shown"))
    low, wide = (figure.surgery(graph, node).get_figure().get_size_inches() for graph, node in cases)
    assert low[0] > low[1]
    assert wide[0] < wide[1]
    assert wide[0] < 9.4


# --- paths ----------------------------------------------------------------------------------------------------------


def arrows(ax, thick=False):
    """How many arrows and arcs are drawn, or how many of them as open paths are."""
    from matplotlib.patches import FancyArrowPatch

    found = [patch for patch in ax.patches if isinstance(patch, FancyArrowPatch)]
    return sum(patch.get_linewidth() == 2.8 or not thick for patch in found)


def bars(ax):
    """The two ends of every bar across a blocked path in the graph; those in the rows beneath lie lower."""
    return [line.get_xydata() for line in ax.lines if line.get_color() == VERMILLION and line.get_zorder() == 5]


def clear_of_boxes(ax, graph):
    """Whether both ends of every bar keep off every box, the second line of a node held fixed included."""
    around = {node: np.add(half, 0.05) for node, half in planned(graph).half.items()}
    boxes = [(text.get_position(), around[text.get_text()]) for text in ax.texts if text.get_text() in around]
    return all((np.abs(bar - place) > half).any(axis=1).all() for bar in bars(ax) for place, half in boxes)


def test_bars_keep_off_the_boxes_that_they_stand_at():
    flat = CausalGraph.parse("a_name_of_many_letters -> X -> Y; a_name_of_many_letters -> Y")
    ax = figure.paths(flat, "X", "Y", "a_name_of_many_letters")  # the arrow leaves its wide box at a small angle
    assert len(bars(ax)) == 1
    assert clear_of_boxes(ax, flat)
    assert clear_of_boxes(figure.paths(SHOP, "shown", "bought", ["score", "popularity", "activity"]), SHOP)


def test_paths_in_words():
    assert figure.description(figure.paths(FORK, "X", "Y", "Z")) == (
        "Of 2 paths between X and Y, 1 is open with Z held fixed: X → Y is open: nothing stands between X and Y that "
        "could block it. X ← Z → Y is blocked at Z: Z is held fixed, so the fork is blocked. So X and Y may depend on "
        "each other with Z held fixed."
    )
    apart = CausalGraph.parse("X -> C <- Y; W")
    words = figure.description(figure.paths(apart, "X", "Y"))
    assert words.startswith("The one path between X and Y is blocked with nothing held fixed: X → C ← Y is blocked at")
    assert words.endswith("So X and Y are d-separated with nothing held fixed.")
    assert figure.description(figure.paths(apart, "X", "W")) == (
        "A causal graph without any path between X and W with nothing held fixed: they are d-separated."
    )


def test_holding_a_collider_fixed_opens_its_path():
    shut, opened = figure.paths(M_BIAS, "X", "Y"), figure.paths(M_BIAS, "X", "Y", ["M"])
    assert (arrows(shut, thick=True), len(bars(shut))) == (1, 1)
    assert (arrows(opened, thick=True), len(bars(opened))) == (5, 0)


def test_no_bar_where_it_would_seem_to_block_an_open_path():
    # X -> C -> Y and X <- B -> C -> Y are open; X -> C <- B -> Y is blocked at C, on edges that open paths use
    ax = figure.paths(CausalGraph.parse("B -> X; B -> C; B -> Y; X -> C -> Y"), "X", "Y")
    assert bars(ax) == []
    assert "X → C ← B → Y is blocked at C" in figure.description(ax)


@given(graphs(), st.sets(st.sampled_from("WXY")))
@settings(max_examples=15, deadline=None)
def test_open_paths_are_thick_and_bars_stand_clear_of_boxes(graph, fixed):
    ax = figure.paths(graph, "V", "Z", fixed)
    every = graph.paths("V", "Z", fixed)
    edges = set()
    for path in every.open:
        for one, mark, other in zip(path.nodes, path.marks, path.nodes[1:], strict=False):
            edges.add((min(one, other), max(one, other), mark == "<->"))
    assert arrows(ax, thick=True) == len(edges)
    assert bool(every.blocked) or not bars(ax)
    assert clear_of_boxes(ax, graph)
    assert ("are d-separated" in figure.description(ax)) == graph.d_separated("V", "Z", fixed)


def test_many_paths_are_all_in_the_words_and_eight_beneath_the_graph():
    ax = figure.paths(SHOP, "shown", "bought")
    assert sum("→" in text.get_text() or "←" in text.get_text() for text in ax.texts) == 8
    assert any(text.get_text() == "and 7 more" for text in ax.texts)
    words = figure.description(ax).replace("↔", "<->").replace("→", "->").replace("←", "<-")
    assert words.startswith("Of 15 paths between shown and bought, 7 are open with nothing held fixed:")
    for path in SHOP.paths("shown", "bought"):
        assert f" {path} is {'open' if path.open else 'blocked at '}" in words


# --- twin networks --------------------------------------------------------------------------------------------------


def test_twin_network_in_words():
    ax = figure.twin_network(FORK, {"X": 0}, actual={"Y": 1})
    assert figure.description(ax) == (
        "The twin network of 3 nodes under do(X = 0), two worlds of one unit. As it is: Z points to X and Y; X points "
        "to Y. As it would be: Z* points to Y*; X* points to Y*. X* is set from outside. Noise shared by both worlds: "
        "U_Z and U_Y. Reaching only the world as it is: U_X. Not touched by the change: Z* is Z. Values: Y = 1, X* = 0."
    )
    assert {text.get_text() for text in ax.texts} >= {"X", "Y = 1", "Z", "X* = 0", "Y*", "Z*", "U_X", "U_Y", "U_Z"}
    assert arrows(ax) == 3 + 2 + 3 + 2  # as it is, as it would be without Z* -> X*, noise to each, to each but X*
    assert "With a hidden common cause: U_X and U_Y." in figure.description(figure.twin_network(FRONT_DOOR, "X"))


def test_a_node_may_be_called_as_a_noise_is():
    words = figure.description(figure.twin_network(CausalGraph.parse("U_X -> X"), "X"))
    assert "Noise shared by both worlds: UU_U_X." in words


# --- rates within strata and over all -------------------------------------------------------------------------------


def test_the_kidney_stones_turn_round():
    # 81/87 = .93, 234/270 = .87; 192/263 = .73, 55/80 = .69; 273/350 = .78, 289/350 = .83; 87/350 = 25%, 270/350 = 77%
    assert figure.description(kidney()) == (
        "Rate of recovered by treatment, within each size and over all: size small: A 0.93 (n = 87), B 0.87 (n = 270); "
        "size large: A 0.73 (n = 263), B 0.69 (n = 80); over all: A 0.78 (n = 350), B 0.83 (n = 350). The rate is "
        "higher for A in every size, but over all it is higher for B: the sign turns round (Simpson's paradox). The "
        "groups are mixed differently: size small makes up 25% for A and 77% for B."
    )


def test_a_row_a_case_and_a_row_a_rate_say_the_same_as_counts():
    cases = KIDNEY.loc[KIDNEY.index.repeat(KIDNEY["count"])].drop(columns="count")
    rates = pd.DataFrame([(*key, good / n, n) for key, (good, n) in STONES.items()],
                         columns=["treatment", "size", "recovered", "patients"])  # fmt: skip
    words = figure.description(kidney())
    assert figure.description(kidney(cases)) == words
    assert figure.description(kidney(rates, count="patients")) == words


@pytest.mark.parametrize(
    ("rates", "told"),
    [
        ([0.5, 0.4, 0.3, 0.2], "The rate is higher for A in every size and over all: the sign stays."),
        ([0.5, 0.4, 0.2, 0.3], "for A in size small; higher for B in size large. Over all it is equal for both."),
        ([0.4, 0.4, 0.3, 0.2], "for A in size large; equal for both in size small. Over all it is higher for A."),
    ],
)
def test_what_the_strata_say_beside_all_cases(rates, told):
    frame = pd.DataFrame({"treatment": list("ABAB"), "size": ["small"] * 2 + ["large"] * 2, "recovered": rates})
    assert figure.description(kidney(frame.assign(count=10))).endswith(told)


def test_no_difference_within_and_one_over_all():
    frame = pd.DataFrame({"treatment": list("ABAB"), "size": ["small"] * 2 + ["large"] * 2,
                          "recovered": [0.8, 0.8, 0.2, 0.2], "count": [0.3, 0.1, 0.1, 0.5]})  # fmt: skip
    words = figure.description(kidney(frame))
    assert "A 0.80 (weight 0.30)" in words
    assert "equal for both in every size, but over all it is higher for A: the sum hides what the strata show." in words


def test_an_empty_group_has_no_bar():
    words = figure.description(kidney(KIDNEY.iloc[:6]))
    assert "size large: A 0.73 (n = 263), B no cases;" in words
    assert "sign" not in words


# --- Bayes' rule as areas -------------------------------------------------------------------------------------------


def test_bayes_square_in_words():
    # .01 × .99 = .0099, .99 × .05 = .0495, together .0594; .0099 / .0594 = 1/6
    ax = figure.bayes_square({"sick": 0.01, "well": 0.99}, {"sick": 0.99, "well": 0.05}, evidence="positive")
    assert figure.description(ax) == (
        "Bayes square for positive under 2 hypotheses, columns as wide as their prior and shaded up to their "
        "likelihood: sick: prior 0.01 × likelihood 0.99 = joint 0.0099, posterior 0.167; well: prior 0.99 × likelihood "
        "0.05 = joint 0.0495, posterior 0.833. The shaded areas sum to P(positive) = 0.0594; each divided by this sum "
        "is a posterior. Highest posterior: well."
    )


def test_a_pmf_is_a_prior():
    likelihood = {"sick": 0.99, "well": 0.05}
    prior = {"sick": 0.01, "well": 0.99}
    told = figure.description(figure.bayes_square(prior, likelihood))
    assert figure.description(figure.bayes_square(Pmf(prior), likelihood)) == told


@given(st.lists(st.tuples(st.integers(1, 20), st.integers(0, 20)), min_size=2, max_size=5))
@settings(max_examples=15, deadline=None)
def test_shaded_areas_are_joint_probabilities(weights):
    if not any(tall for _, tall in weights):
        return
    total = sum(wide for wide, _ in weights)
    prior = {f"H{place}": wide / total for place, (wide, _) in enumerate(weights)}
    likelihood = {f"H{place}": tall / 20 for place, (_, tall) in enumerate(weights)}
    ax = figure.bayes_square(prior, likelihood)
    solid = [patch for patch in ax.patches if patch.get_fill() and patch.get_facecolor()[3] == 1]
    areas = [patch.get_width() * patch.get_height() for patch in solid]
    unit = 9.0  # square inches, a probability of 1
    np.testing.assert_allclose(areas[: len(weights)], [unit * prior[h] * likelihood[h] for h in prior], atol=1e-9)
    stack = [patch.get_height() for patch in solid[len(weights) : 2 * len(weights)]]
    shares = np.array(areas[: len(weights)]) / sum(areas[: len(weights)])
    np.testing.assert_allclose(stack, 3.0 * shares, atol=1e-9)


# --- bad input ------------------------------------------------------------------------------------------------------

HALVES = {"A": 0.5, "B": 0.5}


@pytest.mark.parametrize(
    ("draw", "error", "told"),
    [
        (lambda: figure.graph(FORK, highlight=["Q"]), GraphError, "no node 'Q'; it has Z, X, Y"),
        (lambda: figure.graph(FORK, highlight=[("Y", "X")]), GraphError, "no arrow Y -> X to highlight"),
        (lambda: figure.graph(CausalGraph(())), GraphError, "no nodes to draw"),
        (lambda: figure.surgery(FORK, "Q"), GraphError, "no node 'Q'"),
        (lambda: figure.surgery(FORK, ()), GraphError, "needs a node to set"),
        (lambda: figure.paths(FORK, "X", "Q"), GraphError, "no node 'Q'"),
        (lambda: figure.paths(FORK, "X", "Y", "X"), GraphError, "'X' is both asked about and held fixed"),
        (lambda: figure.twin_network(FORK, ()), GraphError, "needs a node to set"),
        (lambda: figure.twin_network(FORK, "X", actual={"Q": 1}), GraphError, "no node 'Q'"),
        (lambda: kidney(stratum="weight"), DataError, "no column 'weight'; it has treatment, size, recovered, count"),
        (lambda: kidney(count="n"), DataError, "no column 'n'"),
        (lambda: kidney(KIDNEY.iloc[:0]), DataError, "no rows or a missing value"),
        (lambda: kidney(KIDNEY.assign(size=None)), DataError, "no rows or a missing value"),
        (lambda: kidney(KIDNEY.assign(recovered=2)), DataError, "is 2 in row 0, but must be from 0 to 1; write it"),
        (lambda: kidney(KIDNEY.assign(recovered="yes")), DataError, "is 'yes' in row 0"),
        (lambda: kidney(KIDNEY.assign(count=-1)), DataError, "'count' is -1 in row 0, but must be 0 or more"),
        (lambda: kidney(KIDNEY.assign(treatment="A")), DataError, "'treatment' has 1 values"),
        (lambda: kidney(KIDNEY.assign(count=[0, 0, 1, 1] * 2)), DataError, "treatment A has no cases"),
        (lambda: figure.bayes_square({"A": 1.0}, {"A": 1.0}), DataError, "has 1 hypotheses; a square shows 2 to 5"),
        (lambda: figure.bayes_square(HALVES, {"A": 0.5}), DataError, "'B' has only one of prior and likelihood"),
        (lambda: figure.bayes_square({"A": 0.5, "B": 0.6}, HALVES), DataError, "the priors sum to 1.1, not to 1"),
        (lambda: figure.bayes_square({"A": -0.5, "B": 1.5}, HALVES), DataError, "the prior of 'A' is -0.5"),
        (lambda: figure.bayes_square(HALVES, {"A": 0.5, "B": 1.5}), DataError, "the likelihood of 'B' is 1.5"),
        (lambda: figure.bayes_square(HALVES, {"A": 0, "B": 0}), DataError, "impossible under every hypothesis"),
    ],
)
def test_bad_input_is_told_in_one_sentence(draw, error, told):
    with pytest.raises(error, match=re.escape(told)):
        draw()
