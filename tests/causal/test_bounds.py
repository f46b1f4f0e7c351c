"""Bounds: published figures, truth inside on random models, ends reached by models, closed forms and other programs."""

from __future__ import annotations

import itertools
from math import sqrt

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linprog
from scipy.stats import binom, norm
from statsmodels.stats.proportion import power_proportions_2indep, samplesize_proportions_2indep_onetail

from causalrec.causal.bounds.experiment import experiment_size
from causalrec.causal.bounds.instrument_bounds import balke_pearl, extreme_models, instrumental_inequality
from causalrec.causal.bounds.worst_case import Bounds, manski
from causalrec.causal.formulas.table import Table
from causalrec.errors import EstimationError, IdentificationError, ModelError

BINARY = ((0, 1),) * 3
ASKED = (None, 0, 1)
# The Lipid Research Clinics' trial of cholestyramine: P(x, y | z) for z, x, y in this order of axes.
LIPID = np.array([[[0.919, 0.081], [0.0, 0.0]], [[0.315, 0.073], [0.139, 0.473]]])
# Vitamin A in villages of Sumatra: children by assignment z, consumption x and survival y.
VITAMIN_A = np.array([[[74, 11_514], [0, 0]], [[34, 2_385], [12, 9_663]]])


def as_table(joint: np.ndarray, names: tuple[str, ...] = ("Z", "X", "Y")) -> Table:
    return Table(names, tuple(tuple(range(size)) for size in joint.shape), joint / joint.sum())


def response_types(arms: int) -> np.ndarray:
    """Every type: its treatment for each value of the instrument, then its outcome for treatment 0 and 1."""
    return np.array(list(itertools.product((0, 1), repeat=arms + 2)))


def drawn_model(rng: np.random.Generator, arms: int = 2) -> tuple[Table, dict[object, float]]:
    """The log of a random instrument model, and the truth of each question, counted over types."""
    types = response_types(arms)
    shares = rng.dirichlet(np.full(len(types), rng.choice([0.1, 1.0])))
    joint = np.zeros((arms, 2, 2))
    for z, chance in enumerate(rng.dirichlet(np.ones(arms) * 5)):
        for share, kind in zip(shares, types, strict=True):
            joint[z, kind[z], kind[arms + kind[z]]] += chance * share
    low, high = (float(shares @ types[:, arms + x]) for x in (0, 1))
    return as_table(joint), {0: low, 1: high, None: high - low}


def closed_form(table: Table) -> tuple[float, float]:
    """The bounds on the average effect of Balke & Pearl 1997; p(y, x, z) is P(y, x | z)."""
    joint = table.probabilities / table.probabilities.sum(axis=(1, 2), keepdims=True)

    def p(y: int, x: int, z: int) -> float:
        return float(joint[z, x, y])

    lower = max(
        p(1, 1, 1) + p(0, 0, 0) - 1,
        p(1, 1, 0) + p(0, 0, 1) - 1,
        p(1, 1, 0) - p(1, 1, 1) - p(1, 0, 1) - p(0, 1, 0) - p(1, 0, 0),
        p(1, 1, 1) - p(1, 1, 0) - p(1, 0, 0) - p(0, 1, 1) - p(1, 0, 1),
        -p(0, 1, 1) - p(1, 0, 1),
        -p(0, 1, 0) - p(1, 0, 0),
        p(0, 0, 1) - p(0, 1, 1) - p(1, 0, 1) - p(0, 1, 0) - p(0, 0, 0),
        p(0, 0, 0) - p(0, 1, 0) - p(1, 0, 0) - p(0, 1, 1) - p(0, 0, 1),
    )
    upper = min(
        1 - p(0, 1, 1) - p(1, 0, 0),
        1 - p(0, 1, 0) - p(1, 0, 1),
        -p(0, 1, 0) + p(0, 1, 1) + p(0, 0, 1) + p(1, 1, 0) + p(0, 0, 0),
        -p(0, 1, 1) + p(1, 1, 1) + p(0, 0, 1) + p(0, 1, 0) + p(0, 0, 0),
        p(1, 1, 1) + p(0, 0, 1),
        p(1, 1, 0) + p(0, 0, 0),
        -p(1, 0, 1) + p(1, 1, 1) + p(0, 0, 1) + p(1, 1, 0) + p(1, 0, 0),
        -p(1, 0, 0) + p(1, 1, 0) + p(0, 0, 0) + p(1, 1, 1) + p(1, 0, 1),
    )
    return lower, upper


# ---- Balke and Pearl ---------------------------------------------------------------------------------------------


def test_cholestyramine_as_published():
    """Balke & Pearl 1997; Pearl 2009, Causality, §8.2.6: .392 ≤ ACE ≤ .780."""
    bounds = balke_pearl(as_table(LIPID), "Z", "X", "Y")
    assert (round(bounds.low, 3), round(bounds.high, 3)) == (0.392, 0.780)
    assert repr(bounds) == "0.392 ≤ E[Y | do(X=1)] − E[Y | do(X=0)] ≤ 0.78 (Balke–Pearl)"


def test_vitamin_a_as_published():
    """Balke & Pearl 1997, table 1 (counts of Sommer et al. 1986): −.1946 ≤ ACE ≤ .0054."""
    table = as_table(VITAMIN_A)
    bounds = balke_pearl(table, "Z", "X", "Y")
    assert (round(bounds.low, 4), round(bounds.high, 4)) == (-0.1946, 0.0054)
    without, treated = (balke_pearl(table, "Z", "X", "Y", do=x) for x in (0, 1))
    assert (round(without.low, 4), round(without.high, 4)) == (0.9936, 0.9936)
    assert (round(treated.low, 3), round(treated.high, 3)) == (0.799, 0.999)
    assert repr(treated).startswith("0.799 ≤ E[Y | do(X=1)] ≤ 0.999 (")


def test_the_truth_lies_between_and_the_closed_form_agrees():
    rng = np.random.default_rng(1)
    at_low = at_high = 0
    for _ in range(60):
        table, truth = drawn_model(rng)
        for do in ASKED:
            bounds = balke_pearl(table, "Z", "X", "Y", do=do)
            assert bounds.low <= truth[do] + 1e-9
            assert bounds.high >= truth[do] - 1e-9
            assert truth[do] in bounds
        bounds = balke_pearl(table, "Z", "X", "Y")
        assert (bounds.low, bounds.high) == pytest.approx(closed_form(table), abs=1e-9)
        assert bounds.width > 0
        at_low, at_high = at_low + (truth[None] - bounds.low < 0.05), at_high + (bounds.high - truth[None] < 0.05)
    assert min(at_low, at_high) > 0  # the truth comes near either end


@pytest.mark.parametrize("do", ASKED)
@pytest.mark.parametrize("arms", [2, 3])
def test_the_ends_are_reached_by_models_with_the_same_log(do, arms):
    rng = np.random.default_rng(2)
    for _ in range(6):
        table, truth = drawn_model(rng, arms)
        bounds = balke_pearl(table, "Z", "X", "Y", do=do)
        assert truth[do] in bounds
        for model, end in zip(extreme_models(table, "Z", "X", "Y", do=do), (bounds.low, bounds.high), strict=True):
            assert model.table(("Z", "X", "Y")).probabilities == pytest.approx(table.probabilities, abs=1e-9)
            levels = [model.do(X=x).table("Y").mean("Y") for x in (0, 1)]
            assert (levels[1] - levels[0] if do is None else levels[do]) == pytest.approx(end, abs=1e-9)
            assert "Z" not in model.visible_graph.ancestors("Y") - model.visible_graph.ancestors("X")
            assert model.visible_graph.arrows == {("Z", "X"), ("X", "Y")}


def test_more_values_of_the_instrument_never_widen_the_bounds():
    rng, narrower = np.random.default_rng(3), 0
    for _ in range(20):
        table, _ = drawn_model(rng, 3)
        whole = balke_pearl(table, "Z", "X", "Y")
        for pair in itertools.combinations(range(3), 2):
            part = balke_pearl(as_table(table.probabilities[list(pair)]), "Z", "X", "Y")
            assert part.low - 1e-9 <= whole.low <= whole.high <= part.high + 1e-9
            narrower += whole.width < part.width - 1e-6
    assert narrower > 20


def test_an_instrument_narrows_what_manski_leaves():
    table, _ = drawn_model(np.random.default_rng(4))
    with_instrument, without = balke_pearl(table, "Z", "X", "Y"), manski(table, "X", "Y")
    assert without.low <= with_instrument.low <= with_instrument.high <= without.high
    assert without.width == pytest.approx(1)  # without assumptions, a difference stays open by the whole range


def test_perfect_compliance_leaves_nothing_open():
    joint = np.array([[[30, 20], [0, 0]], [[0, 0], [10, 40]]])
    bounds = balke_pearl(as_table(joint), "Z", "X", "Y")
    assert (bounds.low, bounds.high) == pytest.approx((0.4, 0.4))


def test_the_order_of_values_in_a_table_does_not_matter():
    table, _ = drawn_model(np.random.default_rng(5))
    turned = Table(("Y", "X", "Z"), ((1, 0), (True, False), (1, 0)),
                   table.probabilities.transpose(2, 1, 0)[::-1, ::-1, ::-1])
    for do in ASKED:
        one, other = (balke_pearl(each, "Z", "X", "Y", do=do) for each in (table, turned))
        assert (one.low, one.high) == pytest.approx((other.low, other.high))
    low, _ = extreme_models(turned, "Z", "X", "Y")
    assert low.table(("Z", "X", "Y")).probabilities == pytest.approx(table.probabilities)


# ---- tables that no instrument gives -----------------------------------------------------------------------------


def test_the_inequality_by_hand():
    """With z = 0 all have y = 0, with z = 1 all have y = 1, and nobody is treated: so z must reach y past x."""
    table = as_table(np.array([[[50, 0], [0, 0]], [[0, 50], [0, 0]]]))
    broken = instrumental_inequality(table, "Z", "X", "Y")
    assert not broken
    assert dict(broken.sums) == {0: 2.0, 1: 0.0}
    assert repr(broken) == "Σ_y max_z P(X=0, y | z) = 2, above 1"
    with pytest.raises(IdentificationError, match=r"no model in which Z is an instrument .* = 2, above 1; so Z rea"):
        balke_pearl(table, "Z", "X", "Y")
    with pytest.raises(IdentificationError, match="no model in which Z is an instrument"):
        extreme_models(table, "Z", "X", "Y")
    kept = instrumental_inequality(as_table(LIPID), "Z", "X", "Y")
    assert kept
    assert "not above 1" in kept.words


def test_bounds_exist_exactly_where_the_inequality_holds():
    """For three binary variables, on tables of which no model was asked."""
    rng, verdicts = np.random.default_rng(6), [0, 0]
    for _ in range(150):
        table = as_table(rng.dirichlet(np.full(4, 0.4), size=2).reshape(2, 2, 2))
        holds = bool(instrumental_inequality(table, "Z", "X", "Y"))
        verdicts[holds] += 1
        if holds:
            assert balke_pearl(table, "Z", "X", "Y").width >= 0
        else:
            with pytest.raises(IdentificationError, match="above 1"):
                balke_pearl(table, "Z", "X", "Y")
    assert min(verdicts) > 20


def test_with_more_values_a_sharper_test_is_made():
    """Tables that pass the inequality although no shares of types fit them, as a program written here finds."""
    rng, found, types = np.random.default_rng(7), 0, response_types(3)
    cells = itertools.product(range(3), (0, 1), (0, 1))
    rows = [(types[:, z] == x) & (types[:, 3 + x] == y) for z, x, y in cells]
    for _ in range(400):
        table = as_table(rng.dirichlet(np.full(4, 0.5), size=3).reshape(3, 2, 2))
        if instrumental_inequality(table, "Z", "X", "Y"):
            seen = table.probabilities / table.probabilities.sum(axis=(1, 2), keepdims=True)
            fits = linprog(np.zeros(len(types)), A_eq=np.array(rows, dtype=float), b_eq=seen.ravel()).success
            if not fits:
                found += 1
                with pytest.raises(IdentificationError, match="a sharper test fails"):
                    balke_pearl(table, "Z", "X", "Y")
    assert found > 0


# ---- Manski ------------------------------------------------------------------------------------------------------

ASSUMED = ((), ("monotone response",), ("monotone selection",), ("monotone response", "monotone selection"))


def test_manski_by_hand():
    """60 of 100 were treated, 45 of them bought; of the 40 others 10 did."""
    table = as_table(np.array([[30, 10], [15, 45]]), ("X", "Y"))

    def ends(**asked: object) -> tuple[float, float]:
        bounds = manski(table, "X", "Y", **asked)
        return round(bounds.low, 9), round(bounds.high, 9)

    assert ends(do=1) == (0.45, 0.85)
    assert ends(do=0) == (0.10, 0.70)
    assert ends() == (-0.25, 0.75)
    assert ends(assume="monotone response") == (0.0, 0.75)
    assert ends(assume="monotone selection") == (-0.25, 0.50)
    assert ends(assume=ASSUMED[3]) == (0.0, 0.50)  # at most what is seen: .75 − .25
    assert ends(do=1, assume=ASSUMED[3]) == (0.55, 0.75)
    assert repr(manski(table, "X", "Y", assume=ASSUMED[3])) == (
        "0 ≤ E[Y | do(X=1)] − E[Y | do(X=0)] ≤ 0.5 (Manski, monotone response and monotone selection)")


def by_program(
    joint: np.ndarray, weights: np.ndarray, types: np.ndarray, assume: tuple[str, ...]
) -> tuple[float, float]:
    """The least and greatest mean of `weights` over all models with this log, where types are (x, Y_0, Y_1, …)."""
    values, sizes = joint.shape
    rows = [(types[:, 0] == x) & (types[np.arange(len(types)), 1 + types[:, 0]] == y)
            for x, y in itertools.product(range(values), range(sizes))]
    upper = [(0, 1)] * len(types)
    if "monotone response" in assume:
        upper = [(0, 1 if all(np.diff(kind[1:]) >= 0) else 0) for kind in types]
    below = []
    if "monotone selection" in assume:
        for s, t in itertools.product(range(values - 1), range(values)):
            mean = [(types[:, 0] == stratum) * types[:, 1 + t] / joint[stratum].sum() for stratum in (s, s + 1)]
            below.append(mean[0] - mean[1])  # E[Y_t | s] ≤ E[Y_t | s + 1]
    found = [linprog(sign * weights, A_eq=np.array(rows, dtype=float), b_eq=joint.ravel(), bounds=upper,
                     A_ub=np.array(below) if below else None, b_ub=np.zeros(len(below)) if below else None)
             for sign in (1, -1)]
    assert all(one.success for one in found)
    return found[0].fun, -found[1].fun


@pytest.mark.parametrize("assume", ASSUMED)
def test_manski_is_sharp_for_two_treatments(assume):
    """The ends are those of a linear program over all models: none lies beyond, and some reach them."""
    rng = np.random.default_rng(8)
    for _ in range(15):
        sizes = int(rng.integers(2, 4))  # values of the outcome
        joint = rng.dirichlet(np.ones(2 * sizes)).reshape(2, sizes)
        if joint[0] @ range(sizes) / joint[0].sum() > joint[1] @ range(sizes) / joint[1].sum():
            joint = joint[::-1]
        table = as_table(joint, ("X", "Y"))
        types = np.array(list(itertools.product((0, 1), range(sizes), range(sizes))))
        for do, weights in ((0, types[:, 1]), (1, types[:, 2]), (None, types[:, 2] - types[:, 1])):
            bounds = manski(table, "X", "Y", do=do, assume=assume)
            assert (bounds.low, bounds.high) == pytest.approx(by_program(joint, weights, types, assume), abs=1e-7)


@pytest.mark.parametrize("assume", ASSUMED)
def test_manski_with_three_treatments(assume):
    rng, tried = np.random.default_rng(9), 0
    while tried < 8:
        joint = rng.dirichlet(np.ones(6)).reshape(3, 2)
        joint = joint[np.argsort(joint[:, 1] / joint.sum(axis=1))]
        types = np.array(list(itertools.product(range(3), *[(0, 1)] * 3)))
        table = as_table(joint, ("X", "Y"))
        for t in range(3):
            bounds = manski(table, "X", "Y", do=t, assume=assume)
            ends = by_program(joint, types[:, 1 + t], types, assume)
            assert (bounds.low, bounds.high) == pytest.approx(ends, abs=1e-7)
        for pair in itertools.permutations(range(3), 2):
            bounds = manski(table, "X", "Y", do=pair, assume=assume)
            low, high = by_program(joint, types[:, 1 + pair[1]] - types[:, 1 + pair[0]], types, assume)
            assert bounds.low <= low + 1e-7  # on differences the ends hold, but may lie too far out
            assert bounds.high >= high - 1e-7
        tried += 1


def test_a_treatment_that_never_occurs_leaves_everything_open():
    table = as_table(np.array([[0, 0], [30, 70]]), ("X", "Y"))
    bounds = manski(table, "X", "Y", do=0)
    assert (bounds.low, bounds.high) == (0.0, 1.0)
    upward = manski(table, "X", "Y", do=0, assume="monotone response")
    assert (upward.low, upward.high) == pytest.approx((0.0, 0.7))


def test_limits_widen_what_was_seen():
    table = Table(("X", "Y"), ((0, 1), (10, 20)), np.array([[0.2, 0.3], [0.4, 0.1]]))
    bounds = manski(table, "X", "Y", do=1, limits=(0, 100))
    assert (bounds.low, bounds.high) == pytest.approx((0.4 * 10 + 0.1 * 20, 6 + 0.5 * 100))
    assert bounds.limits == (0, 100)
    with pytest.raises(ModelError, match="Y takes values from 10 to 20, beyond the limits 0 and 15"):
        manski(table, "X", "Y", do=1, limits=(0, 15))


# ---- bounds as values, bad input ---------------------------------------------------------------------------------


def test_bounds_are_values():
    bounds = Bounds(0.1, 0.4, "q", "m")
    assert 0.25 in bounds
    assert 0.45 not in bounds
    assert bounds.width == pytest.approx(0.3)
    assert bounds == Bounds(0.1, 0.4, "q", "m")
    assert [Bounds(*ends, "q", "m").nearest for ends in ((0.1, 0.4), (-0.4, -0.1), (-0.1, 0.4))] == [0.1, -0.1, 0.0]
    assert repr(Bounds(-1e-17, 0.5, "q", "m")) == "0 ≤ q ≤ 0.5 (m)"


def test_tables_that_do_not_fit_are_refused():
    table = as_table(LIPID)
    with pytest.raises(ModelError, match="the table has no variable 'Q'; it has Z, X, Y"):
        balke_pearl(table, "Q", "X", "Y")
    with pytest.raises(ModelError, match="no variable 'Q'"):
        manski(table, "Q", "Y")
    with pytest.raises(ModelError, match=r"no variable 'z'; did you mean 'Z'\? It has Z, X, Y"):
        instrumental_inequality(table, "z", "X", "Y")
    with pytest.raises(ModelError, match=r"no variable \['X'\]"):
        manski(table, ["X"], "Y")
    with pytest.raises(ModelError, match="a Table of probabilities is asked for, .* and not a DataFrame"):
        manski(pd.DataFrame({"X": [0, 1], "Y": [0, 1]}), "X", "Y")
    with pytest.raises(ModelError, match="a Table of probabilities is asked for, .* and not a str"):
        balke_pearl("Z -> X", "Z", "X", "Y")
    with pytest.raises(ModelError, match="X is both treatment and outcome; name two variables"):
        manski(table, "X", "X")
    with pytest.raises(ModelError, match="must be three variables"):
        balke_pearl(table, "X", "X", "Y")
    with pytest.raises(ModelError, match="X never takes the value 2; it takes 0, 1"):
        balke_pearl(table, "Z", "X", "Y", do=2)
    with pytest.raises(ModelError, match="X never takes the value 2"):
        manski(table, "X", "Y", do=2)
    with pytest.raises(IdentificationError, match="the table sums to 2"):
        balke_pearl(Table(("Z", "X", "Y"), BINARY, LIPID), "Z", "X", "Y")
    with pytest.raises(IdentificationError, match="the table sums to 2"):
        manski(Table(("Z", "X", "Y"), BINARY, LIPID), "X", "Y")
    with pytest.raises(IdentificationError, match=r"P\(Z=1\) is zero, so nothing is known of cases with it"):
        balke_pearl(as_table(LIPID * [[[1]], [[0]]]), "Z", "X", "Y")


def test_values_that_do_not_fit_are_refused():
    wide = as_table(np.ones((2, 3, 2)))
    with pytest.raises(ModelError, match="X takes the values 0, 1, 2; code it as 0 and 1"):
        balke_pearl(wide, "Z", "X", "Y")
    with pytest.raises(ModelError, match="X takes 3 values, 0, 1, 2; say which difference is asked for, as"):
        manski(wide, "X", "Y")
    named = Table(("Z", "X", "Y"), ((0, 1), (0, 1), ("no", "yes")), np.full((2, 2, 2), 0.125))
    with pytest.raises(ModelError, match="Y takes the values 'no', 'yes'; code it as 0 and 1"):
        balke_pearl(named, "Z", "X", "Y")
    with pytest.raises(ModelError, match="Y takes values that are no numbers"):
        manski(named, "X", "Y")
    with pytest.raises(ModelError, match="Z takes 1 values, but an instrument here takes 2 to 8"):
        balke_pearl(as_table(np.ones((1, 2, 2))), "Z", "X", "Y")
    with pytest.raises(IdentificationError, match="'magic' is no assumption known here"):
        manski(wide, "X", "Y", do=1, assume="magic")
    falling = as_table(np.array([[10, 40], [40, 10]]), ("X", "Y"))
    with pytest.raises(IdentificationError, match="the smaller mean outcome, 0.2 after 0.8, which no model"):
        manski(falling, "X", "Y", assume=ASSUMED[3])


# ---- the experiment that decides ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("p0", "difference", "power", "level"), [
    (0.3, 0.1, 0.8, 0.05), (0.05, 0.01, 0.9, 0.05), (0.5, -0.2, 0.8, 0.01), (0.02, 0.004, 0.8, 0.1),
])
def test_rows_agree_with_statsmodels(p0, difference, power, level):
    size = experiment_size(difference, p0=p0, power=power, level=level)
    expected = samplesize_proportions_2indep_onetail(difference, p0, power, alpha=level)
    assert size.rows == 2 * int(np.ceil(expected))
    assert size.rows % 2 == 0
    reached = power_proportions_2indep(difference, p0, size.rows / 2, alpha=level, return_results=False)
    short = power_proportions_2indep(difference, p0, size.rows / 2 - 1, alpha=level, return_results=False)
    assert short < reached
    assert reached == pytest.approx(power, abs=0.01)
    assert reached > power - 1e-6


def test_without_p0_the_most_rows_are_asked_for():
    most = int(experiment_size(0.1))
    assert most == max(int(experiment_size(0.1, p0=p0)) for p0 in np.linspace(0, 0.9, 91))
    assert repr(experiment_size(0.1)) == (
        f"{most} rows, half of them treated, tell a difference of 0.1 from 0 with power 0.8 at level 0.05")


def chance_to_reject(rows: int, null: float, truth: float, p0: float, level: float) -> float:
    """How often a two-sided test of `null`, with the true spread under it, rejects, over all outcomes of both arms."""
    counts = np.arange(rows + 1)
    arms = [binom.pmf(counts, rows, p) for p in (p0 + truth, p0)]
    spread = sqrt((p0 * (1 - p0) + (p0 + null) * (1 - p0 - null)) / rows)
    z = ((counts[:, np.newaxis] - counts) / rows - null) / spread
    return float(arms[0] @ (np.abs(z) > norm.ppf(1 - level / 2)) @ arms[1])


def test_the_experiment_decides_between_the_ends():
    """By exact enumeration of both arms: whichever end is the truth, the other is rejected with the power asked for."""
    bounds = Bounds(0.05, 0.25, "difference", "by hand", difference=True)
    size = experiment_size(bounds, p0=0.4)
    found = [chance_to_reject(size.rows // 2, *ends, 0.4, 0.05) for ends in ((0.05, 0.25), (0.25, 0.05))]
    assert min(found) == pytest.approx(0.8, abs=0.02)
    half = [chance_to_reject(size.rows // 4, *ends, 0.4, 0.05) for ends in ((0.05, 0.25), (0.25, 0.05))]
    assert max(half) < 0.7
    assert int(experiment_size(bounds)) >= size.rows  # not knowing p0 costs rows


def test_one_level_needs_one_arm():
    bounds = manski(as_table(np.array([[30, 10], [15, 45]]), ("X", "Y")), "X", "Y", do=1)
    size = experiment_size(bounds, power=0.9)
    assert size.arms == 1
    low, high = bounds.low, bounds.high
    spreads = sqrt(low * (1 - low)), sqrt(high * (1 - high))
    by_hand = max((norm.ppf(0.975) * a + norm.ppf(0.9) * b) ** 2 for a, b in (spreads, spreads[::-1]))
    assert size.rows == int(np.ceil(by_hand / (high - low) ** 2))
    assert "all set to the same value, tell 0.45 from 0.85 for E[Y | do(X=1)]" in repr(size)


def test_the_scale_of_the_outcome_does_not_matter():
    joint = np.array([[0.2, 0.3], [0.4, 0.1]])
    cents, units = (Table(("X", "Y"), ((0, 1), values), joint) for values in ((-100, 300), (0, 1)))
    for do in (None, 1):
        sizes = [experiment_size(manski(table, "X", "Y", do=do)).rows for table in (cents, units)]
        assert sizes[0] == sizes[1]


def test_experiments_without_sense_are_refused():
    with pytest.raises(EstimationError, match="the difference is 0, and no experiment tells that from 0"):
        experiment_size(0)
    with pytest.raises(EstimationError, match="a difference or bounds are asked for, such as 0.02, and not 'much'"):
        experiment_size("much")
    with pytest.raises(EstimationError, match="power is 1 but must lie between 0 and 1"):
        experiment_size(0.1, power=1)
    with pytest.raises(EstimationError, match="level is 0 but must"):
        experiment_size(0.1, level=0)
    with pytest.raises(EstimationError, match="a difference of 0.3 and p0 = 0.8 cannot be"):
        experiment_size(0.3, p0=0.8)
    with pytest.raises(EstimationError, match="a difference of 1.5 cannot be"):
        experiment_size(1.5)
    same = Bounds(0.3, 0.3, "q", "m", difference=True)
    with pytest.raises(EstimationError, match="both ends of 0.3 ≤ q ≤ 0.3 .* are the same, so nothing is open"):
        experiment_size(same)
    with pytest.raises(EstimationError, match="p0 was given, but q is one level and needs none"):
        experiment_size(Bounds(0.1, 0.3, "q", "m"), p0=0.2)
    with pytest.raises(EstimationError, match="cannot be"):
        experiment_size(Bounds(-0.5, 0.3, "q", "m", difference=True), p0=0.2)
