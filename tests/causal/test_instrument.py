"""Instruments: by hand, against all sets tried, against exact linear models; LATE against exact response types."""

from __future__ import annotations

import itertools
import re

import networkx as nx
import numpy as np
import pytest

from causalrec.causal.formulas.expectation import Difference, E, WaldRatio
from causalrec.causal.formulas.expression import P, Product, Sum
from causalrec.causal.formulas.table import Table
from causalrec.causal.graphs.graph import CausalGraph
from causalrec.causal.identification.identifier import identify
from causalrec.causal.identification.instrument import LocalEffect, instruments, is_instrument, local_effect, wald_ratio
from causalrec.causal.identification.query import Identified, NotIdentified, Query
from causalrec.errors import GraphError, IdentificationError, ModelError

ASKED = Query("Y", do={"X": 1})
CLASSIC = "Z -> X -> Y; X <-> Y"
SHARED = "W -> Z -> X -> Y; X <-> Y; W -> Y"  # Z is an instrument among cases alike in W


def random_graph(rng: np.random.Generator, nodes: tuple[str, ...], arrow: float, hidden: float) -> CausalGraph:
    """X and Y are confounded, the rest is drawn; the order of causes too."""
    order = [str(node) for node in rng.permutation(nodes)]
    pairs = list(itertools.combinations(order, 2))
    confounded = {frozenset(pair) for pair in pairs if rng.random() < hidden} | {frozenset("XY")}
    return CausalGraph(nodes, frozenset(pair for pair in pairs if rng.random() < arrow), frozenset(confounded))


def subsets(nodes: list[str]) -> list[tuple[str, ...]]:
    return [chosen for size in range(len(nodes) + 1) for chosen in itertools.combinations(nodes, size)]


# ---- the criterion -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("text", "given", "failed", "path"), [
    (CLASSIC, (), [], None),
    ("Z -> X -> Y; X <-> Y; Z -> Y", (), ["exclusion"], "Z -> Y"),
    ("Z -> X -> M -> Y; X <-> Y; Z -> M", (), ["exclusion"], "Z -> M -> Y"),
    ("Z -> X -> M -> Y; X <-> Y", (), [], None),
    ("Z -> X -> Y; X <-> Y; Z <-> Y", (), ["exclusion"], "Z <-> Y"),
    ("Z; X -> Y; X <-> Y", (), ["relevant"], None),
    ("Z <- U -> X -> Y; X <-> Y", (), [], None),  # only a companion of a cause, and still an instrument
    (SHARED, (), ["exclusion"], "Z <- W -> Y"),
    (SHARED, ("W",), [], None),
    ("Z -> X -> Y; X <-> Y; Y -> C", ("C",), ["unaffected"], "X -> Y -> C"),
    ("X -> Z; X <-> Y", (), ["unaffected"], "X -> Z"),  # cov(Z, Y) / cov(Z, X) is not 0, and the effect is
    ("Z -> M -> X -> Y; X <-> Y", ("M",), ["relevant"], None),
])
def test_each_condition_by_hand(text, given, failed, path):
    answer = is_instrument(CausalGraph.parse(text), "Z", "X", "Y", given)
    assert bool(answer) == (not failed)
    assert [condition.name for condition in answer.conditions] == ["unaffected", "relevant", "exclusion"]
    assert [condition.name for condition in answer.failed] == failed
    if path is not None:
        assert str(answer.failed[0].path) == path


def test_the_verdict_in_words():
    graph = CausalGraph.parse(SHARED)
    good, bad = is_instrument(graph, "Z", "X", "Y", "W"), is_instrument(graph, "Z", "X", "Y")
    assert repr(good) == (
        "Z is an instrument for X and Y given W: X and Y change no node of {Z, W}; with {W} held fixed Z moves with X "
        "along Z -> X; with {W} held fixed Z is tied to Y through X alone."
    )
    assert repr(bad) == (
        "Z is no instrument for X and Y: with nothing held fixed Z is tied to Y past X, by Z <- W -> Y."
    )
    cells = re.sub(r"<(td|th) [^>]*>", r"<\1>", bad._repr_html_())
    assert "<td>exclusion</td><td>fails</td>" in cells


@pytest.mark.parametrize(("text", "holds", "words"), [
    (CLASSIC, True, "Z causes X, Z -> X, and with nothing held fixed shares no cause with X or Y"),
    ("Z <- U -> X -> Y; X <-> Y", False, "Z does not cause X, it only goes with it"),
    ("Z -> X -> Y; X <-> Y; Z <-> X", False, "with nothing held fixed Z shares a cause with X: Z <-> X"),
])
def test_being_drawn_by_lot_is_more(text, holds, words):
    answer = is_instrument(CausalGraph.parse(text), "Z", "X", "Y")
    assert answer
    assert (answer.as_if_random.holds, answer.as_if_random.words) == (holds, words)


def test_instruments_by_hand():
    def named(text: str) -> list[tuple[str, tuple[str, ...]]]:
        return [(one.node, one.given) for one in instruments(CausalGraph.parse(text), "X", "Y")]

    assert named(CLASSIC) == [("Z", ())]
    assert named("X -> Y; X <-> Y") == []
    assert named(SHARED) == [("Z", ("W",))]
    assert named("Z -> X -> Y; X <-> Y; Z <- U") == [("Z", ()), ("U", ())]
    # holding W would open the collider Z <-> W <-> Y
    assert named("W <-> Z; W <-> Y; Z -> W; Z -> X -> Y; X <-> Y") == [("Z", ())]


def test_instruments_agree_with_trying_all_by_networkx():
    """With the arrows *into* X cut (Pearl 2009, definition 7.4.1), which gives the same."""

    def drawn(graph: CausalGraph, cut: bool) -> nx.DiGraph:
        after = graph.without_arrows_into("X") if cut else graph
        found = nx.DiGraph(list(after.arrows))
        found.add_nodes_from(graph.nodes)
        for number, pair in enumerate(after.confounded):
            found.add_edges_from((f"hidden{number}", node) for node in pair)
        return found

    rng, held_sizes = np.random.default_rng(3), set()
    for _ in range(120):
        graph = random_graph(rng, ("Z", "W", "X", "V", "Y"), 0.4, 0.12)
        whole, cut = drawn(graph, False), drawn(graph, True)
        late = nx.descendants(whole, "X") | nx.descendants(whole, "Y")
        good: dict[str, list[set[str]]] = {}
        for z in ("Z", "W", "V"):
            for held in subsets([node for node in ("Z", "W", "V") if node != z]):
                holds = (not late & {z, *held} and nx.is_d_separator(cut, {z}, {"Y"}, set(held))
                         and not nx.is_d_separator(whole, {z}, {"X"}, set(held)))
                assert bool(is_instrument(graph, z, "X", "Y", held)) == holds, (graph, z, held)
                if holds:
                    good.setdefault(z, []).append(set(held))
        minimal = {(z, frozenset(held)) for z, sets in good.items() for held in sets
                   if not any(other < held for other in sets)}
        found = instruments(graph, "X", "Y")
        assert {(one.node, frozenset(one.given)) for one in found} == minimal
        assert len(found) == len(minimal)
        assert all(found)
        held_sizes.update(len(one.given) for one in found)
    assert {0, 1} <= held_sizes


def linear_ratio(graph: CausalGraph, z: str, held: tuple[str, ...], rng: np.random.Generator) -> tuple[float, float]:
    """cov(Z, Y | W) / cov(Z, X | W) and the total effect of X on Y, in a linear model with drawn coefficients."""
    names = [*graph.nodes, *(f"hidden{number}" for number in range(len(graph.confounded)))]
    place = {name: position for position, name in enumerate(names)}
    weights = np.zeros((len(names), len(names)))  # weights[effect, cause]
    for cause, effect in graph.arrows:
        weights[place[effect], place[cause]] = rng.uniform(0.5, 1.5) * rng.choice([-1, 1])
    for number, pair in enumerate(sorted(map(sorted, graph.confounded))):
        for node in pair:
            weights[place[node], place[f"hidden{number}"]] = rng.uniform(0.5, 1.5) * rng.choice([-1, 1])
    total = np.linalg.inv(np.eye(len(names)) - weights)
    sigma = total @ np.diag(rng.uniform(0.5, 1.5, len(names))) @ total.T
    kept, fixed = [place[name] for name in (z, "X", "Y")], [place[name] for name in held]
    across = sigma[np.ix_(kept, fixed)]
    left = sigma[np.ix_(kept, kept)] - across @ np.linalg.solve(sigma[np.ix_(fixed, fixed)], across.T)
    return left[0, 2] / left[0, 1], total[place["Y"], place["X"]]


def test_in_linear_models_instruments_give_the_effect_and_others_do_not():
    rng, right, wrong = np.random.default_rng(5), 0, 0
    for _ in range(150):
        graph = random_graph(rng, ("Z", "W", "X", "V", "Y"), 0.4, 0.12)
        for z, held in itertools.product(("Z", "W", "V"), subsets(["Z", "W", "V"])):
            if z in held:
                continue
            answer = is_instrument(graph, z, "X", "Y", held)
            if answer:
                ratio, effect = linear_ratio(graph, z, held, rng)
                assert ratio == pytest.approx(effect, abs=1e-6)
                right += 1
            elif [condition.name for condition in answer.failed] == ["exclusion"]:
                ratio, effect = linear_ratio(graph, z, held, rng)
                assert abs(ratio - effect) > 1e-6
                wrong += 1
    assert min(right, wrong) > 30


# ---- LATE --------------------------------------------------------------------------------------------------------

FACES = np.array([0.15, 0.15, 0.4, 0.3])  # every variable has such a die; its first two faces give 0 and 1 to anyone


class Dice:
    """A binary model as plain tables over dice, enumerated: nothing of the package is used.

    Variables that answer to Z on the way to X count how many of their parents on that way are 1, and compare the count
    with a bar that depends on the other parents and the die: so X can only go up with Z, unless `defiers` are let in.
    """

    def __init__(self, graph: CausalGraph, z: str, rng: np.random.Generator, defiers: bool = False) -> None:
        hidden = {f"hidden{n}": pair for n, pair in enumerate(sorted(map(sorted, graph.confounded)))}
        self.order = [*hidden, *graph.order]
        onward = {node for node in graph.nodes if node in graph.descendants(z) & graph.ancestors("X")} - {z}
        self.rules = {}
        for node in self.order:
            above = [*graph.parents(node)] if node in graph.nodes else []
            above = sorted(above) + [name for name, pair in hidden.items() if node in pair]
            moved = [name for name in above if node in onward and (name in onward or name == z)]
            rest = [name for name in above if name not in moved]
            bars = rng.integers(0, len(moved) + 2, size=(len(FACES), *(2,) * len(rest)))
            flips = rng.integers(0, 2, size=bars.shape) if defiers and moved else np.zeros_like(bars)
            self.rules[node] = (moved, rest, bars, flips)
        rolled = np.array(list(itertools.product(range(len(FACES)), repeat=len(self.order)))).T
        self.rolled = dict(zip(self.order, rolled, strict=True))
        self.weight = FACES[rolled].prod(axis=0)

    def run(self, **do: int) -> dict[str, np.ndarray]:
        """Every unit's values, with some variables set."""
        values: dict[str, np.ndarray] = {}
        for node in self.order:
            moved, rest, bars, flips = self.rules[node]
            face = self.rolled[node]
            case = (face, *(values[name] for name in rest))
            count = sum((values[name] for name in moved), np.zeros(len(face), dtype=int))
            value = ((count >= bars[case]) ^ (flips[case] == 1)).astype(int) if moved else bars[case]
            value = value if moved else np.where(face < 2, face, value)
            values[node] = np.full(len(face), do[node]) if node in do else value
        return values

    def table(self, names: tuple[str, ...]) -> Table:
        values, entries = self.run(), np.zeros((2,) * len(names))
        np.add.at(entries, tuple(values[name] for name in names), self.weight)
        return Table(names, ((0, 1),) * len(names), entries)

    def effects(self, z: str) -> tuple[float, float, float]:
        """The mean effect in the compliers, in everybody, and the share of defiers."""
        up, down = self.run(**{z: 1})["X"], self.run(**{z: 0})["X"]
        gain = self.run(X=1)["Y"] - self.run(X=0)["Y"]
        compliers = self.weight * (up > down)
        late = float(compliers @ gain / compliers.sum()) if compliers.sum() else np.nan
        return late, float(self.weight @ gain), float(self.weight @ (up < down))


def test_the_estimand_is_the_effect_in_the_compliers_on_exact_models():
    rng, with_held, without, apart = np.random.default_rng(7), 0, 0, 0
    while min(with_held, without) < 15:
        graph = random_graph(rng, ("Z", "W", "X", "Y"), 0.5, 0.1)
        answer = identify(ASKED, graph, assume="monotone")
        if not isinstance(answer, LocalEffect) or len(graph.confounded) > 2:
            continue
        used = answer.instrument
        model = Dice(graph, used.node, rng)
        late, ate, defiers = model.effects(used.node)
        assert defiers == 0
        if np.isnan(late):
            continue
        assert float(answer.estimand.evaluate(model.table(graph.nodes))) == pytest.approx(late, abs=1e-9), graph
        apart += abs(late - ate) > 0.01
        with_held, without = with_held + bool(used.given), without + (not used.given)
    assert apart > 15  # it is not the effect in everybody


def test_with_defiers_it_is_not():
    rng, graph = np.random.default_rng(8), CausalGraph.parse(CLASSIC)
    answer = identify(ASKED, graph, assume=("monotone",))
    wrong = 0
    for _ in range(40):
        model = Dice(graph, "Z", rng, defiers=True)
        late, _, defiers = model.effects("Z")
        if defiers > 0.05 and not np.isnan(late):
            try:
                wrong += abs(float(answer.estimand.evaluate(model.table(graph.nodes))) - late) > 0.01
            except IdentificationError as no:  # as many defiers as compliers
                assert "moves nobody" in str(no)  # noqa: PT017
    assert wrong > 10


def test_an_instrument_that_shares_a_cause_with_the_treatment_does_not_give_it():
    graph = CausalGraph.parse("Z -> X -> Y; X <-> Y; Z <-> X")
    assert is_instrument(graph, "Z", "X", "Y")
    assert isinstance(identify(ASKED, graph, assume="monotone"), NotIdentified)
    rng, wrong = np.random.default_rng(9), 0
    for _ in range(30):
        model = Dice(graph, "Z", rng)
        late, _, _ = model.effects("Z")
        wald = wald_ratio("Z", "X", "Y")
        if not np.isnan(late):
            wrong += abs(float(wald.evaluate(model.table(graph.nodes))) - late) > 1e-3
    assert wrong > 5


def test_an_instrument_worked_by_hand():
    """Half are offered; 60 of 100 offered take it, 20 of 100 others: a share of .4 are compliers."""
    joint = np.array([[[60, 20], [8, 12]], [[30, 10], [18, 42]]]) / 200  # (Z, X, Y)
    table = Table(("Z", "X", "Y"), ((0, 1),) * 3, joint)
    answer = identify(ASKED, CausalGraph.parse(CLASSIC), assume="monotone")
    # ((10 + 42) − (20 + 12)) / 100 = .20 over .60 − .20 = .40
    assert float(answer.estimand.evaluate(table)) == pytest.approx(0.5)
    assert float(wald_ratio("Z", "X", "Y").numerator.evaluate(table)) == pytest.approx(0.2)


# ---- what identify says ------------------------------------------------------------------------------------------


def test_identify_gives_it_only_where_it_is_assumed():
    graph = CausalGraph.parse(CLASSIC)
    assert isinstance(identify(ASKED, graph), NotIdentified)
    answer = identify(ASKED, graph, assume=("monotone",))
    assert isinstance(answer, LocalEffect)
    assert isinstance(answer, Identified)
    assert answer.method == "instrument"
    assert repr(answer) == ("Identified among compliers: E[Y_{X=1} − Y_{X=0} | compliers] = "
                            "[E[Y | Z=1] − E[Y | Z=0]] / [E[X | Z=1] − E[X | Z=0]]")
    assert [step.rule for step in answer.steps] == ["as if random", "relevant", "exclusion", "monotone", "divide"]
    assert answer.any_value == ()
    assert "**Identified among compliers only**" in answer._repr_markdown_()
    page = answer._repr_markdown_()
    assert r"$$E[Y_{X=1} - Y_{X=0} \mid \text{compliers}] = " + answer.estimand.latex() + "$$" in page
    assert "\n4. *monotone*: assumed, not drawn in the graph: " in page


def test_a_better_answer_is_kept_and_hopeless_questions_stay_open():
    back_door = CausalGraph.parse("Z -> X -> Y; W -> X; W -> Y")
    assert repr(identify(ASKED, back_door, assume="monotone")) == repr(identify(ASKED, back_door))
    assert isinstance(identify(ASKED, CausalGraph.parse("X -> Y; X <-> Y"), assume="monotone"), NotIdentified)
    both = Query("Y", do=("X", "Z"))
    assert isinstance(identify(both, CausalGraph.parse("Z -> X -> Y; X <-> Y"), assume="monotone"), NotIdentified)
    with pytest.raises(IdentificationError, match="'linear' is no assumption known here; leave it out or use"):
        identify(ASKED, back_door, assume="linear")


def test_the_instrument_that_needs_fewest_held_is_used():
    graph = CausalGraph.parse(SHARED + "; V -> X")
    answer = local_effect(ASKED, graph)
    assert (answer.instrument.node, answer.instrument.given) == ("V", ())
    conditional = identify(ASKED, CausalGraph.parse(SHARED), assume="monotone")
    assert (conditional.instrument.node, conditional.instrument.given) == ("Z", ("W",))
    assert str(conditional.estimand) == (
        "[Σ_W P(W) (E[Y | Z=1, W] − E[Y | Z=0, W])] / [Σ_W P(W) (E[X | Z=1, W] − E[X | Z=0, W])]")
    assert conditional.estimand.latex().startswith(
        r"\frac{\sum_{w} P(w) \, \left(E[Y \mid Z = 1, w] - E[Y \mid Z = 0, w]\right)}{")


def test_questions_without_sense_are_refused():
    graph = CausalGraph.parse(CLASSIC)
    with pytest.raises(GraphError, match="no node 'Q'"):
        is_instrument(graph, "Q", "X", "Y")
    for nodes in (("X", "X", "Y"), ("Z", "X", "X"), ("Y", "X", "Y")):
        with pytest.raises(GraphError, match="must differ"):
            is_instrument(graph, *nodes)
    with pytest.raises(GraphError, match="must differ"):
        is_instrument(graph, "Z", "X", "Y", "Z")
    with pytest.raises(GraphError, match="must differ"):
        instruments(graph, "X", "X")
    many = CausalGraph.parse("; ".join([CLASSIC, *(f"V{i} -> X" for i in range(15))]))
    with pytest.raises(GraphError, match="16 nodes can be instruments for X and Y or held fixed, too many"):
        instruments(many, "X", "Y")


# ---- the formulas ------------------------------------------------------------------------------------------------


def test_expected_values_by_hand():
    table = Table(("Z", "Y"), ((0, 1), (-2, 0, 3)), np.array([[0.1, 0.2, 0.1], [0.0, 0.3, 0.3]]))
    mean = E("Y", given="Z")
    assert mean.evaluate(table).probabilities == pytest.approx([(0.1 * -2 + 0.1 * 3) / 0.4, 0.3 * 3 / 0.6])
    assert float(E("Y").evaluate(table)) == pytest.approx(-0.2 + 1.2)
    difference = Difference(E("Y", at={"Z": 0}), E("Y", at={"Z": 1}))
    assert float(difference.evaluate(table)) == pytest.approx(0.25 - 1.5)  # negative, and no error
    assert repr(difference.evaluate(table)) == "Values(-1.25)"
    assert repr(mean.evaluate(table)) == "Values(Z)"
    assert str(difference) == "E[Y | Z=0] − E[Y | Z=1]"
    assert difference.latex() == r"E[Y \mid Z = 0] - E[Y \mid Z = 1]"
    assert str(Sum("Z", Product((P("Z"), Difference(E("Y", given="Z"), E("Y")))))) == "Σ_Z P(Z) (E[Y | Z] − E[Y])"
    assert E("bought", given="w1", at={"nudge": 1}).latex() == \
        r"E[\mathit{bought} \mid \mathit{nudge} = 1, w_{1}]"


def test_a_ratio_may_have_a_negative_denominator():
    joint = np.array([[[10, 30], [20, 40]], [[40, 20], [30, 10]]]) / 200  # Z lowers both
    table = Table(("Z", "X", "Y"), ((0, 1),) * 3, joint)
    # (.30 − .70) / (.40 − .60)
    assert float(wald_ratio("Z", "X", "Y").evaluate(table)) == pytest.approx(2.0)


def test_holes_are_named():
    ratio = wald_ratio("Z", "X", "Y", "W")
    entries = np.ones((2, 2, 2, 2)) / 12
    entries[1, 1] = 0  # (W, Z, X, Y): nobody with W=1 has Z=1
    with pytest.raises(IdentificationError, match=r"P\(Z=1, W=1\) is zero and E\[Y \| Z=1, W\] divides by it"):
        ratio.evaluate(Table(("W", "Z", "X", "Y"), ((0, 1),) * 4, entries))
    even = Table(("Z", "X", "Y"), ((0, 1),) * 3, np.full((2, 2, 2), 0.125))
    first_stage = r"the first stage E\[X \| Z=1\] − E\[X \| Z=0\] is zero: the instrument moves nobody"
    with pytest.raises(IdentificationError, match=first_stage):
        wald_ratio("Z", "X", "Y").evaluate(even)
    no_weight = np.zeros((2, 2, 2, 2))
    no_weight[0] = [[[30, 10], [5, 5]], [[5, 5], [10, 30]]]
    alone = Table(("W", "Z", "X", "Y"), ((0, 1),) * 4, no_weight / 100)  # W=1 never occurs, and does not matter
    assert float(ratio.evaluate(alone)) == pytest.approx(float(wald_ratio("Z", "X", "Y").evaluate(alone)))


def test_formulas_without_sense_are_refused():
    table = Table(("Z", "Y"), (("a", "b"), ("no", "yes")), np.full((2, 2), 0.25))
    with pytest.raises(ModelError, match="Y takes values that are no numbers, 'no', 'yes', so it has no mean"):
        E("Y").evaluate(table)
    with pytest.raises(ModelError, match="Z never takes the value 1"):
        E("Y", at={"Z": 1}).evaluate(table)
    with pytest.raises(ModelError, match="no variable 'Q'"):
        E("Q").evaluate(table)
    with pytest.raises(IdentificationError, match="the table sums to 2"):
        E("Y").evaluate(Table(("Y",), ((0, 1),), np.ones(2)))
    for given, at in (("Y", {}), ("Z", {"Z": 1})):
        with pytest.raises(IdentificationError, match="is not an expected value; name every variable once"):
            E("Y", given=given, at=at)
    with pytest.raises(ModelError, match="no value was given for Z"):
        float(E("Y", given="Z").evaluate(Table(("Z", "Y"), ((0, 1),) * 2, np.full((2, 2), 0.25))))
    assert isinstance(wald_ratio("Z", "X", "Y"), WaldRatio)


def test_names_that_make_no_question_about_instruments_are_refused():
    graph = CausalGraph.parse("Z -> X -> Y; X <-> Y")
    assert is_instrument(graph, ["Z"], ["X"], ["Y"]).words == is_instrument(graph, "Z", "X", "Y").words
    for asked, said in [
        ((("Z", "X"), "X", "Y"), "one instrument is asked for, not {Z, X}"),
        (("Z", ("X", "Y"), "Y"), "one treatment is asked for, not {X, Y}"),
        (("z", "X", "Y"), "no node 'z'; did you mean 'Z'"),
        (("Z", "X", 4), "a node's name, or several, as in .* is asked for and not 4"),
    ]:
        with pytest.raises(GraphError, match=said):
            is_instrument(graph, *asked)
    for ask in (lambda g: instruments(g, "X", "Y"), lambda g: is_instrument(g, "Z", "X", "Y")):
        with pytest.raises(GraphError, match="a CausalGraph is asked for, not 'Z -> X -> Y'"):
            ask("Z -> X -> Y")
