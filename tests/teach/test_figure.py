"""Figures: the words are computed from the data, change with it, and are shown as text beside a PNG."""

import base64
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from causalrec.causal import CausalGraph
from causalrec.errors import CausalrecError, DataError
from causalrec.teach import figure
from causalrec.teach.diagram.layout import clear_path, layered

RANKINGS = pd.DataFrame(
    {"ranking": ["popularity", "uplift"], "value": [-0.39, 0.58], "low": [-0.45, 0.5], "high": [-0.3, 0.66]}
)
BARS = pd.DataFrame({"shown": [0.3, 0.2], "not shown": [0.1, 0.1]}, index=pd.Index(["low", "high"], name="activity"))

RANGES = pd.DataFrame(
    {"name": ["the log", "with the nudge", "compliers"], "low": [-0.285, 0.075, 0.3], "high": [0.715, 0.575, 0.3]}
)
LEARNING = pd.DataFrame(
    [("BERT", 100, 0.7, 0.6, 0.8), ("BERT", 1000, 0.8, 0.75, 0.85)], columns=["model", "labels", "value", "low", "high"]
)
RELIABLE = pd.DataFrame(
    {"n": [10, 30], "predicted": [0.2, 0.6], "observed": [0.3, 0.5], "low": [0.25, 0.4], "high": [0.4, 0.65]}
)
CASES_BY_SIZE = pd.DataFrame({"s": ["low", "low", "high", "high"], "t": [0, 1, 0, 1], "y": [0, 1, 1, 0]})


def made_graph(arrows, confounded=(), nodes=None):
    nodes = nodes or tuple(dict.fromkeys(node for pair in (*arrows, *confounded) for node in pair))
    return SimpleNamespace(nodes=nodes, arrows=frozenset(arrows), confounded=frozenset(map(frozenset, confounded)))


TRIANGLE = made_graph([("Z", "X"), ("X", "Y"), ("Z", "Y")])
BOW = made_graph([("X", "Y")], [("X", "Y")])

# each figure with one set of data and another
CASES = {
    "pipeline": (lambda **k: figure.pipeline(**k), lambda **k: figure.pipeline("interest", **k)),
    "graph": (lambda **k: figure.graph(TRIANGLE, **k), lambda **k: figure.graph(BOW, **k)),
    "scoreboard": (
        lambda **k: figure.scoreboard(RANKINGS, **k),
        lambda **k: figure.scoreboard(RANKINGS.assign(value=[0.1, 0.2]), **k),
    ),
    "quadrants": (
        lambda **k: figure.quadrants([0.4, 0.05], [0.0, 0.45], **k),
        lambda **k: figure.quadrants([0.4, 0.05], [-0.2, 0.45], **k),
    ),
    "ranges": (
        lambda **k: figure.ranges(RANGES, **k),
        lambda **k: figure.ranges(RANGES.assign(low=[-0.3, -0.1, 0.3]), **k),
    ),
    "learning_curves": (
        lambda **k: figure.learning_curves(LEARNING, **k),
        lambda **k: figure.learning_curves(LEARNING.assign(value=[0.6, 0.7]), **k),
    ),
    "sampling_error": (
        lambda **k: figure.sampling_error({4: [0.25, 0.5], 16: [0.3, 0.4]}, 0.3, **k),
        lambda **k: figure.sampling_error({4: [0.25, 0.75], 16: [0.3, 0.4]}, 0.3, **k),
    ),
    "logistic_curve": (lambda **k: figure.logistic_curve(**k), lambda **k: figure.logistic_curve(at=(1.0,), **k)),
    "calibration": (
        lambda **k: figure.calibration([0.1, 0.2, 0.8, 0.9], [0, 0, 1, 1], bins=2, **k),
        lambda **k: figure.calibration([0.1, 0.2, 0.8, 0.9], [0, 1, 1, 1], bins=2, **k),
    ),
    "reliability": (
        lambda **k: figure.reliability({"NCF": RELIABLE}, **k),
        lambda **k: figure.reliability({"NCF": RELIABLE.assign(observed=[0.3, 0.6])}, **k),
    ),
    "bars": (lambda **k: figure.bars(BARS, **k), lambda **k: figure.bars(BARS * [1, 5], **k)),
    "dots": (lambda **k: figure.dots(BARS, **k), lambda **k: figure.dots(BARS * [1, 5], reference=0.5, **k)),
    "surgery": (lambda **k: figure.surgery(TRIANGLE, "X", **k), lambda **k: figure.surgery(TRIANGLE, "Y", **k)),
    "twin_network": (
        lambda **k: figure.twin_network(TRIANGLE, {"X": 0}, **k),
        lambda **k: figure.twin_network(TRIANGLE, {"X": 1}, **k),
    ),
    "paths": (
        lambda **k: figure.paths(CausalGraph.parse("Z -> X -> Y; Z -> Y"), "X", "Y", **k),
        lambda **k: figure.paths(CausalGraph.parse("Z -> X -> Y; Z -> Y"), "X", "Y", "Z", **k),
    ),
    "stratified_bars": (
        lambda **k: figure.stratified_bars(CASES_BY_SIZE, treatment="t", outcome="y", stratum="s", **k),
        lambda **k: figure.stratified_bars(CASES_BY_SIZE.assign(y=1), treatment="t", outcome="y", stratum="s", **k),
    ),
    "bayes_square": (
        lambda **k: figure.bayes_square({"A": 0.5, "B": 0.5}, {"A": 0.5, "B": 0.2}, **k),
        lambda **k: figure.bayes_square({"A": 0.4, "B": 0.6}, {"A": 0.5, "B": 0.2}, **k),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_other_data_other_words(name):
    first, second = (figure.description(draw()) for draw in CASES[name])
    assert len(first.split()) > 8
    assert first != second
    assert first == figure.description(CASES[name][0]())


def test_every_figure_is_in_these_tests():
    assert set(CASES) == set(figure.__all__) - {"show", "png", "description"}


@pytest.mark.parametrize("name", CASES)
def test_axes_in_axes_out_and_a_png_of_fixed_size(name):
    from matplotlib.figure import Figure

    own = Figure().add_subplot()
    assert CASES[name][0](ax=own) is own
    png = figure.png(own)
    assert png.startswith(b"\x89PNG")
    assert int.from_bytes(png[16:20]) == 921  # 6.4 inches, matplotlib's own size, at 144 pixels


def test_a_figure_drawn_twice_is_the_same_file():
    draw, _ = CASES["graph"]
    assert figure.png(draw()) == figure.png(draw())


def test_text_is_never_tiny_and_stands_on_white_even_in_a_dark_notebook():
    import matplotlib

    with matplotlib.rc_context():
        matplotlib.style.use("dark_background")
        for draw, _ in CASES.values():
            ax = draw()
            assert ax.get_figure().get_facecolor() == (1, 1, 1, 1)
            texts = [*ax.texts, ax.xaxis.label, ax.yaxis.label, *ax.get_xticklabels(), *ax.get_yticklabels()]
            texts += ax.get_legend().get_texts() if ax.get_legend() else []
            for text in texts:
                assert text.get_size() >= 10
                assert matplotlib.colors.to_rgb(text.get_color()) < (0.3, 0.3, 0.3)


# --- the words, by hand ---------------------------------------------------------------------------------------------


def test_scoreboard_in_words():
    assert figure.description(figure.scoreboard(RANKINGS)) == (
        "Scoreboard of 2 rankings, best first: uplift 0.58 (0.50 to 0.66); popularity −0.39 (−0.45 to −0.30). "
        "Random is 0, the best possible 1.00. Worse than random: popularity."
    )


def test_reliability_in_words():
    # (10 · 0.2 + 30 · 0.6) / 40 = 0.5; (10 · 0.3 + 30 · 0.5) / 40 = 0.45; 0.2 lies below its interval, 0.6 inside
    ax = figure.reliability({"NCF": RELIABLE, "flat": RELIABLE.head(1).assign(observed=0.25)})
    assert figure.description(ax) == (
        "Predicted against observed shares with a click: NCF predicts 0.50 where 0.45 came true, over 40 rows; "
        "furthest off 0.20 where 0.30 came true; the intervals of 1 of 2 bins miss the diagonal. Flat predicts 0.20 "
        "where 0.25 came true, over 10 rows; furthest off 0.20 where 0.25 came true; the intervals of 1 of 1 bins "
        "miss the diagonal."
    )


@pytest.mark.parametrize(
    "tables",
    [{}, {"NCF": RELIABLE.drop(columns="low")}, {"NCF": RELIABLE.head(0)}, dict.fromkeys("abcde", RELIABLE)],
)
def test_reliability_needs_whole_tables_and_few(tables):
    with pytest.raises(DataError):
        figure.reliability(tables)


def test_scoreboard_without_intervals_or_best():
    table = RANKINGS.assign(low=np.nan, high=np.nan, value=[0.2, 0.3])
    assert figure.description(figure.scoreboard(table, best=None)) == (
        "Scoreboard of 2 rankings, best first: uplift 0.30; popularity 0.20. Random is 0."
    )


def test_ranges_in_words():
    assert figure.description(figure.ranges(RANGES, truth=0.2, label="effect in everybody")) == (
        "Ranges of the effect in everybody: the log −0.285 to 0.715, width 1.000; with the nudge 0.075 to "
        "0.575, width 0.500; compliers 0.300. Zero lies outside: with the nudge and compliers. The truth, 0.200, "
        "lies inside: the log and with the nudge."
    )
    assert figure.description(figure.ranges(RANGES.head(1))).endswith("Zero lies inside all of them.")


@pytest.mark.parametrize(("table", "why"), [
    (pd.DataFrame({"name": ["a"], "low": [0.0]}), "the column high"),
    (pd.DataFrame({"name": [], "low": [], "high": []}), "no rows"),
    (pd.DataFrame({"name": ["a"], "low": [0.2], "high": [0.1]}), "above its high end"),
    (pd.DataFrame({"name": ["a"], "low": [np.nan], "high": [0.1]}), "a missing end"),
])  # fmt: skip
def test_ranges_that_are_none_are_refused(table, why):
    with pytest.raises(DataError, match=why):
        figure.ranges(table)


def test_quadrants_in_words():
    ax = figure.quadrants([0.4, 0.05, 0.02, 0.5], [0.0, 0.45, 0.01, -0.1], likely=0.2, names=["A", "B"])
    assert "persuadables 1 (25%); sure things 1 (25%); lost causes 1 (25%); do-not-disturbs 1 (25%)" in ax.get_label()
    assert "Named: A at μ₀ 0.40, uplift 0.00; B at μ₀ 0.05, uplift 0.45." in ax.get_label()


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(-1, 1)), min_size=1, max_size=30))
@settings(max_examples=20, deadline=None)
def test_every_pair_falls_into_one_region(pairs):
    words = figure.description(figure.quadrants(*zip(*pairs, strict=True)))
    counts = [int(words.split(region + " ")[1].split(" ")[0])
              for region in ("persuadables", "sure things", "lost causes", "do-not-disturbs")]  # fmt: skip
    assert sum(counts) == len(pairs)


def test_sampling_error_in_words():
    # SD of .1, .5 is .2828; of .2, .4 it is .1414: half, at four times the n
    words = figure.description(figure.sampling_error({25: [0.1, 0.5], 100: [0.2, 0.4]}, 0.3))
    assert "SD 0.283 at n = 25, 0.141 at n = 100." in words
    assert "it shrinks 2.0 times; √n grows 2.0 times." in words


def test_calibration_in_words():
    words = figure.description(figure.calibration([0.1, 0.3, 0.7, 0.9], [0, 0, 1, 0], bins=2))
    assert words == (
        "Predicted against observed in 2 bins of about 2 rows: predictions run from 0.20 to 0.80, what was observed "
        "from 0.00 to 0.50. The largest gap: 0.80 predicted, 0.50 observed. Over all rows: 0.50 predicted, "
        "0.25 observed."
    )


def test_bars_and_curve_in_words():
    assert figure.description(figure.bars(BARS)) == (
        "Bars of share for shown and not shown, by activity. low: shown 0.30, not shown 0.10; high: shown 0.20, "
        "not shown 0.10. Highest everywhere: shown."
    )
    crossed = BARS * np.array([[1, 1], [1, 3]])  # shown 0.30, 0.20; not shown 0.10, 0.30
    assert "Highest in turn: shown and not shown." in figure.description(figure.bars(crossed))
    assert figure.description(figure.bars(crossed, digits=False)) == (
        "Bars of share for shown and not shown, by activity. shown: highest at low, lowest at high; not shown: highest "
        "at high, lowest at low. Highest in turn: shown and not shown."
    )
    assert figure.description(figure.logistic_curve(at=(0, -2))).endswith(": 0.50 at 0, 0.12 at −2.")


def test_graph_in_words_and_the_same_whatever_the_order_of_sets():
    words = figure.description(figure.graph(BOW, highlight={("X", "Y"), "X"}))
    assert words == (
        "A causal graph of 2 nodes: X points to Y. Hidden common causes, dashed: of X and Y. "
        "Highlighted: X and the arrow from X to Y."
    )
    lonely = made_graph([("Z", "Y"), ("X", "Y")], nodes=("X", "Y", "Z", "W"))
    assert figure.description(figure.graph(lonely)).endswith("X points to Y; Z points to Y. Without any arrow: W.")


def test_the_real_causal_graph_can_be_drawn():
    words = figure.description(figure.graph(CausalGraph.parse("Z -> X -> Y; X <-> Y")))
    assert words == (
        "A causal graph of 3 nodes: Z points to X; X points to Y. Hidden common causes, dashed: of X and Y."
    )


# --- layout ---------------------------------------------------------------------------------------------------------


def test_causes_stand_left_of_effects_and_long_arrows_keep_a_place():
    place = layered(("Z", "X", "Y"), [("Z", "X"), ("X", "Y"), ("Z", "Y")])
    assert [place[node][0] for node in "ZXY"] == [0, 1, 2]
    assert place["X"][1] != place["Z"][1]  # the arrow Z -> Y passes


@given(st.sets(st.tuples(st.integers(0, 7), st.integers(0, 7)).filter(lambda pair: pair[0] < pair[1]), max_size=14))
def test_every_arrow_leads_to_the_right_and_no_two_nodes_share_a_place(pairs):
    nodes = [f"V{number}" for number in range(8)]
    place = layered(nodes, [(f"V{one}", f"V{other}") for one, other in sorted(pairs)])
    assert all(place[f"V{one}"][0] < place[f"V{other}"][0] for one, other in pairs)
    assert len(set(place.values())) == 8


def test_an_arrow_bows_around_a_box_in_its_way():
    free, _ = clear_path((0, 0), (4, 0), [((2, 1), (0.3, 0.3))], [])
    bent, path = clear_path((0, 0), (4, 0), [((2, 0), (0.3, 0.2))], [])
    assert free == 0
    assert bent != 0
    assert not np.any(np.all(np.abs(path - (2, 0)) <= (0.3, 0.2), axis=1))


# --- showing --------------------------------------------------------------------------------------------------------


@pytest.fixture
def displayed(monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda *objects, **_: shown.extend(objects))
    return shown


def test_show_displays_a_png_with_alternative_text_and_the_words_as_text(displayed):
    ax = figure.scoreboard(RANKINGS)
    assert figure.show(ax) is None
    picture, words = displayed
    data, metadata = picture._repr_mimebundle_()
    assert base64.b64decode(data["image/png"]).startswith(b"\x89PNG")
    assert metadata["image/png"]["width"] == 710  # 7.4 inches at 96 pixels
    assert metadata["image/png"]["alt"] == "Scoreboard of 2 rankings, best first. Described in words below."
    assert repr(picture) == "Figure: Scoreboard of 2 rankings, best first. Described in words below."
    assert repr(words) == f"In words: {figure.description(ax)}"
    assert words._repr_markdown_() == f"*In words:* {figure.description(ax)}"


def test_names_are_not_taken_for_markdown(displayed):
    figure.show(figure.graph(made_graph([("a_b", "c_d")])))
    assert "a\\_b points to c\\_d" in displayed[1]._repr_markdown_()


def test_show_refuses_axes_without_words():
    from matplotlib.figure import Figure

    with pytest.raises(CausalrecError, match="no description"):
        figure.show(Figure().add_subplot())


def test_show_closes_a_figure_of_pyplot(displayed):
    from matplotlib import pyplot

    own, ax = pyplot.subplots()
    figure.show(figure.logistic_curve(ax=ax))
    assert not pyplot.fignum_exists(own.number)


# --- bad input ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("draw", "told"),
    [
        (lambda: figure.scoreboard(RANKINGS.drop(columns="low")), "lacks the column low"),
        (lambda: figure.scoreboard(RANKINGS.iloc[:0]), "no rows"),
        (lambda: figure.scoreboard(RANKINGS.assign(value=[np.nan, 1])), "missing value"),
        (lambda: figure.quadrants([0.1, 0.2], [0.1]), "mu0 (2,) and uplift (1,)"),
        (lambda: figure.quadrants([], []), "at least one row"),
        (lambda: figure.calibration([0.1, np.nan], [0, 1]), "predicted has missing"),
        (lambda: figure.sampling_error({}, 0.3), "at least two"),
        (lambda: figure.sampling_error({5: [0.1]}, 0.3), "at least two"),
        (lambda: figure.bars(BARS.iloc[:0]), "needs rows"),
        (lambda: figure.bars(pd.DataFrame([range(5)])), "1 to 4 columns"),
    ],
)
def test_bad_data_is_told_in_one_sentence(draw, told):
    import re

    with pytest.raises(DataError, match=re.escape(told)):
        draw()


def test_an_unknown_box_is_told():
    with pytest.raises(CausalrecError, match="no box 'profit'"):
        figure.pipeline("profit")


def test_flat_data_still_make_a_figure():
    assert figure.png(figure.quadrants([0.0], [0.0]))
    assert figure.png(figure.calibration([0.0], [0.0]))
    assert figure.png(figure.sampling_error({2: [0.3, 0.3], 8: [0.3, 0.3]}, 0.3))
