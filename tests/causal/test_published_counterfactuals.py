"""Counterfactuals against worked numbers from textbooks and against closed forms, each derived in a comment.

Primer: Pearl, Glymour & Jewell (2016), *Causal Inference in Statistics: A Primer*.
Causality: Pearl (2009), 2nd edition.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from causalrec import article
from causalrec.causal.models.effects import (
    effect_on_treated,
    natural_direct_effect,
    natural_indirect_effect,
    nested,
    probability_of_necessity,
    probability_of_necessity_and_sufficiency,
    probability_of_sufficiency,
    total_effect,
)
from causalrec.causal.models.mechanism import additive, bernoulli, categorical, deterministic, discrete, exogenous
from causalrec.causal.models.scm import SCM

exactly = pytest.approx
chance = st.floats(0.05, 0.95)


# Joe, Primer §4.2: encouragement X, homework H, exam score Y; H = .5 X + U_H, Y = .7 X + .4 H + U_Y.


def school() -> SCM:
    return SCM(
        {
            "X": exogenous(),
            "H": additive(("X",), lambda x: 0.5 * x),
            "Y": additive(("X", "H"), lambda x, h: 0.7 * x + 0.4 * h),
        }
    )


JOE = {"X": 0.5, "H": 1.0, "Y": 1.5}


def test_joe_with_twice_the_homework() -> None:
    # U_H = 1 - .25 = .75, U_Y = 1.5 - .35 - .4 = .75; Y_{H=2} = .35 + .8 + .75 = 1.90
    answer = school().counterfactual(JOE, do={"H": 2}).mean("Y")
    assert answer == exactly(1.90)
    assert answer.method == "exact: noise solved for"
    assert answer.standard_error == 0


@pytest.mark.parametrize(
    ("do", "score"),
    [
        ({}, 1.5),  # nothing is done
        ({"H": 1.0}, 1.5),  # what he did anyway
        ({"X": 0.5}, 1.5),
        ({"X": 1.0}, 0.7 + 0.4 * 1.25 + 0.75),  # homework follows to .5 + .75
        ({"X": 1.0, "H": 1.0}, 0.7 + 0.4 + 0.75),
        ({"Y": 3.0}, 3.0),
    ],
)
def test_joe_in_other_worlds(do: dict[str, float], score: float) -> None:
    assert school().counterfactual(JOE, do=do).mean("Y") == exactly(score)


def test_joe_is_not_the_average_pupil() -> None:
    # E[Y | do(H = 2)] = .7 E[X] + .4 · 2 = .8, for everybody
    average = school().baseline("Y", do={"H": 2}, n=200_000, rng=np.random.default_rng(1))
    assert average == exactly(0.8, abs=4 * average.standard_error)
    assert average.standard_error < 0.01


def test_linear_models_given_part_of_the_evidence() -> None:
    # Primer, theorem 4.3.2: E[Y_x | e] = E[Y | e] + T (x - E[X | e]), T the total effect, here .7 + .5 · .4 = .9.
    # e: Y = 1.5. Var Y = .9² + .4² + 1 = 1.97, Cov(X, Y) = .9, so E[X | Y = 1.5] = .9 · 1.5 / 1.97.
    expected = 1.5 + 0.9 * (2 - 0.9 * 1.5 / 1.97)
    found = school().counterfactual({"Y": 1.5}, do={"X": 2}, n=200_000, rng=np.random.default_rng(2)).mean("Y")
    assert found.method == "weighting"
    assert found == exactly(expected, abs=4 * found.standard_error)
    assert found.standard_error < 0.01


# Primer §4.3: units that can be listed.


def test_three_kinds_of_units() -> None:
    # X = U, Y = X + U with U = 1, 2, 3 in shares 1/2, 1/3, 1/6. Y_2(u) = 2 + u is 3, 4, 5.
    model = SCM(
        {
            "U": discrete((), {1: 1 / 2, 2: 1 / 3, 3: 1 / 6}, lambda noise: noise),
            "X": deterministic(("U",), lambda u: u),
            "Y": deterministic(("X", "U"), lambda x, u: x + u),
        },
        hidden=frozenset({"U"}),
    )
    world = model.counterfactual({}, do={"X": 2})
    assert [world.probability(Y=y) for y in (3, 4, 5)] == exactly([1 / 2, 1 / 3, 1 / 6])
    assert model.counterfactual({"Y": 4}, do={"X": 3}).mean("Y") == 5  # Y = 4 is unit 2
    assert model.counterfactual({"X": 1}, do={"X": 3}).mean("Y") == 4  # X = 1 is unit 1


@pytest.mark.parametrize("a", [0.5, 2.0, 3.0])
def test_salary_of_somebody_whose_skill_was_seen(a: float) -> None:
    # College X = U1, skill Z = a X + U2, salary Y = b Z, U1 and U2 coins. Where a is neither 0 nor 1, skill 1 without
    # college it must have been: E[Y_1 | Z = 1] = (a + 1) b, E[Y_0 | Z = 1] = b.
    b = 3.0
    seen = {"Z": 1.0}
    assert _salaries(a, b, 0.5, 0.5).counterfactual(seen, do={"X": 1}).mean("Y") == exactly((a + 1) * b)
    assert _salaries(a, b, 0.5, 0.5).counterfactual(seen, do={"X": 0}).mean("Y") == exactly(b)


@given(chance, chance)
@settings(max_examples=25, deadline=None)
def test_salary_where_two_kinds_fit(p1: float, p2: float) -> None:
    # a = 1: skill 1 is (U1, U2) = (0, 1), who would have 2 with college, or (1, 0), who has 1 with it.
    # E[Y_1 | Z = 1] = b (1 + P(0, 1) / (P(0, 1) + P(1, 0)))
    without, with_college = (1 - p1) * p2, p1 * (1 - p2)
    found = _salaries(1.0, 3.0, p1, p2).counterfactual({"Z": 1.0}, do={"X": 1}).mean("Y")
    assert found == exactly(3.0 * (1 + without / (without + with_college)))


def _salaries(a: float, b: float, p1: float, p2: float) -> SCM:
    return SCM(
        {
            "X": bernoulli((), lambda: p1),
            "Z": discrete(("X",), {0: 1 - p2, 1: p2}, lambda noise, x: a * x + noise),
            "Y": deterministic(("Z",), lambda z: b * z),
        }
    )


# The firing squad, Causality §7.1: court order U, captain C, riflemen A and B, a nervous A (W), death D.


def squad(p: float, q: float) -> SCM:
    """P(order) = p, P(A is nervous and shoots anyway) = q."""
    return SCM(
        {
            "U": bernoulli((), lambda: p),
            "W": bernoulli((), lambda: q),
            "C": deterministic(("U",), lambda u: u),
            "A": deterministic(("C", "W"), lambda c, w: c | w),
            "B": deterministic(("C",), lambda c: c),
            "D": deterministic(("A", "B"), lambda a, b: a | b),
        },
        hidden=frozenset({"U", "W"}),
    )


def test_the_prisoner_would_be_dead_even_if_a_had_not_shot() -> None:
    # §7.1.1: without a nervous A, death means an order, and then B shoots too. Unlike do(no shot) out of the blue.
    model = squad(0.3, 0.0)
    assert model.counterfactual({"D": 1}, do={"A": 0}).probability(D=1) == 1
    assert model.baseline("D", do={"A": 0}) == exactly(0.3)
    assert model.counterfactual({"A": 1}, do={}).probability(B=1) == 1  # seeing A shoot, B shot
    assert model.counterfactual({}, do={"A": 1}).probability(B=1) == exactly(0.3)  # making A shoot tells nothing of B


@given(chance, chance)
@settings(max_examples=25, deadline=None)
def test_the_nervous_rifleman(p: float, q: float) -> None:
    # §7.1.2: P(alive had A not shot | dead) = q (1 - p) / (1 - (1 - q) (1 - p)): dead without order is all A's doing.
    found = squad(p, q).counterfactual({"D": 1}, do={"A": 0}).probability(D=0)
    assert found == exactly(q * (1 - p) / (1 - (1 - q) * (1 - p)))
    assert found.method.startswith("exact")


# Probabilities of causation, Causality chapter 9 and Primer §4.5.


def _causation(model: SCM, x: str, y: str) -> list[float]:
    return [
        ask(model, x, y)
        for ask in (
            probability_of_necessity,
            probability_of_sufficiency,
            probability_of_necessity_and_sufficiency,
        )
    ]


def test_a_bet_on_a_coin() -> None:
    # One wins where the bet is the coin. Given bet on heads and won: heads, else lost, PN = 1; likewise PS = 1;
    # heads, so that betting on heads alone wins, is half of the units: PNS = 1/2.
    model = SCM(
        {
            "coin": bernoulli((), lambda: 0.5),
            "heads": bernoulli((), lambda: 0.5),
            "won": deterministic(("coin", "heads"), lambda coin, heads: coin == heads),
        },
        hidden=frozenset({"coin"}),
    )
    assert _causation(model, "heads", "won") == exactly([1, 1, 0.5])


def test_a_rifleman_among_two() -> None:
    # Dead after A shot: B shot too, PN = 0. Alive without: A's shot alone would have killed, PS = 1.
    # PNS: A's shot decides just where there is no order, half of the units.
    assert _causation(squad(0.5, 0.0), "A", "D") == exactly([0, 1, 0.5])


# Mr. A took the drug and died. Experiment: 16 of 1,000 die with it, 14 of 1,000 without. Outside: of 1,000 who choose
# it 2 die, of 1,000 who do not 28. Units are (chosen, dies with, dies without).


def drug(avoiders: dict[tuple[int, int], float]) -> SCM:
    """The model in which those who avoid the drug are of these kinds (dies with, dies without)."""
    kinds = {(1, 1, 0): 0.002, (1, 0, 0): 0.998} | {(0, *kind): share for kind, share in avoiders.items()}
    table = np.array(list(kinds))  # (kinds, 3)

    def dies(taken: Any, kind: Any) -> Any:
        return np.where(taken == 1, table[kind, 1], table[kind, 2])

    return SCM(
        {
            "kind": categorical((), lambda: np.array(list(kinds.values())) / 2, range(len(kinds))),
            "taken": deterministic(("kind",), lambda kind: table[kind, 0]),
            "died": deterministic(("taken", "kind"), dies),
        },
        hidden=frozenset({"kind"}),
    )


@pytest.mark.parametrize(
    ("avoiders", "ps", "pns"),
    [
        # as many as can be die either way: the lower ends
        ({(1, 1): 0.028, (1, 0): 0.002, (0, 0): 0.970}, 0.002 / 0.972, 0.002),
        # nobody dies either way: the upper ends
        ({(1, 0): 0.030, (0, 1): 0.028, (0, 0): 0.942}, 0.030 / 0.972, 0.016),
    ],
)
def test_the_drug_was_necessary_for_certain(avoiders: dict[tuple[int, int], float], ps: float, pns: float) -> None:
    # The bound (P(y) - P(y | do(x'))) / P(x, y) = (.015 - .014) / .001 = 1, whatever else is so (Primer §4.5;
    # Tian & Pearl 2000). PS and PNS are left open: .002 to .031 and .002 to .016.
    model = drug(avoiders)
    assert [model.baseline("died", do={"taken": x}) for x in (1, 0)] == exactly([0.016, 0.014])
    assert [model.observe("died", given={"taken": x}) for x in (1, 0)] == exactly([0.002, 0.028])
    assert (model.observe("died") - model.baseline("died", do={"taken": 0})) / 0.001 == exactly(1)
    assert _causation(model, "taken", "died") == exactly([1, ps, pns])


@given(chance, chance, chance)
@settings(max_examples=25, deadline=None)
def test_without_confounding_and_prevention_causation_can_be_read_off(one: float, other: float, p: float) -> None:
    # Exogeneity and monotonicity (a coin below a chance that x only raises), Causality §9.2:
    # PNS = P(y | x) - P(y | x'), PN = PNS / P(y | x), PS = PNS / P(y' | x')
    low, high = sorted((one, other))
    model = SCM(
        {
            "x": bernoulli((), lambda: p),
            "y": bernoulli(("x",), lambda x: low + (high - low) * x),
        }
    )
    effect = high - low
    assert _causation(model, "x", "y") == exactly([effect / high, effect / (1 - low), effect], abs=1e-9)


@given(st.lists(chance, min_size=8, max_size=8), st.lists(chance, min_size=2, max_size=2))
@settings(max_examples=25, deadline=None)
def test_both_is_the_two_weighted_by_who_they_are_asked_of(weights: list[float], choice: list[float]) -> None:
    # Causality, lemma 9.2.6: PNS = P(x, y) PN + P(x', y') PS, with confounding and prevention as they come.
    kinds = np.array([(0, 0), (0, 1), (1, 0), (1, 1)] * 2)  # (y with, y without), for either mood
    shares = np.array(weights) / sum(weights)
    model = SCM(
        {
            "kind": categorical((), lambda: shares, range(8)),
            "x": bernoulli(("kind",), lambda kind: np.array(choice)[kind // 4]),
            "y": deterministic(("x", "kind"), lambda x, kind: np.where(x == 1, kinds[kind, 0], kinds[kind, 1])),
        },
        hidden=frozenset({"kind"}),
    )
    necessary, sufficient, both = _causation(model, "x", "y")
    joint = model.table(("x", "y"))
    assert both == exactly(joint.probability(x=1, y=1) * necessary + joint.probability(x=0, y=0) * sufficient)
    assert both == exactly(shares[kinds @ [2, 1] == 2].sum())  # the persuadables, counted


def test_one_log_and_every_do_alike_but_another_pn() -> None:
    # Per 100 sure things, persuadables, lost causes, do-not-disturbs; with a coin for x.
    # PN = persuadables / (persuadables + sure things), PS = persuadables / (persuadables + lost causes).
    shops = {(15, 35, 45, 5): (35 / 50, 35 / 80), (20, 30, 50, 0): (30 / 50, 30 / 80), (0, 50, 30, 20): (1, 50 / 80)}
    tables = []
    for kinds, expected in shops.items():
        model = _shop(kinds)
        tables.append(model.table(("x", "y")).probabilities)
        assert [model.baseline("y", do={"x": x}) for x in (1, 0)] == exactly([0.5, 0.2])
        assert _causation(model, "x", "y")[:2] == exactly(expected)
    assert np.allclose(tables[0], tables[1], atol=1e-12)
    assert np.allclose(tables[0], tables[2], atol=1e-12)


def _shop(of_100: tuple[int, ...]) -> SCM:
    with_it, without = np.array([1, 1, 0, 0]), np.array([1, 0, 0, 1])
    return SCM(
        {
            "kind": categorical((), lambda: np.array(of_100) / 100, range(4)),
            "x": bernoulli((), lambda: 0.5),
            "y": deterministic(("x", "kind"), lambda x, kind: np.where(x == 1, with_it[kind], without[kind])),
        },
        hidden=frozenset({"kind"}),
    )


# Mediation, Primer §4.5: training T, homework M, success Y.


def training() -> SCM:
    """P(M = 1 | T): .40, .75. P(Y = 1 | T, M): (1, 1) .80, (1, 0) .40, (0, 1) .30, (0, 0) .20."""
    success = np.array([[0.20, 0.30], [0.40, 0.80]])  # [T, M]
    return SCM(
        {
            "T": bernoulli((), lambda: 0.5),
            "M": bernoulli(("T",), lambda t: np.array([0.40, 0.75])[t]),
            "Y": bernoulli(("T", "M"), lambda t, m: success[t, m]),
        }
    )


def test_training_works_with_and_without_homework() -> None:
    # NDE = (.40 - .20)(1 - .40) + (.80 - .30) .40 = .32; NIE = (.75 - .40)(.30 - .20) = .035;
    # TE = .80 · .75 + .40 · .25 - (.30 · .40 + .20 · .60) = .46
    model = training()
    direct = natural_direct_effect(model, "T", "Y", ("M",))
    indirect = natural_indirect_effect(model, "T", "Y", ("M",))
    total = total_effect(model, "T", "Y")
    assert [direct, indirect, total] == exactly([0.32, 0.035, 0.46])
    assert 1 - direct / total == exactly(0.304, abs=0.0005)  # the share that needs homework
    back = natural_indirect_effect(model, "T", "Y", ("M",), low=1, high=0)
    assert total == exactly(direct - back)  # TE = NDE - NIE of the change back


@given(*[st.floats(-2, 2)] * 4)
@settings(max_examples=20, deadline=None)
def test_linear_mediation(alpha: float, beta: float, gamma: float, delta: float) -> None:
    # M = beta X + U_M, Y = alpha X + gamma M + delta X M + U_Y; from 0 to 1, unit by unit, with M_0 = U_M:
    # NDE = alpha + delta E[M_0], NIE = beta gamma, TE = alpha + beta gamma + delta (E[M_0] + beta), E[M_0] = 0
    model = SCM(
        {
            "X": exogenous(),
            "M": additive(("X",), lambda x: beta * x),
            "Y": additive(("X", "M"), lambda x, m: alpha * x + gamma * m + delta * x * m),
        }
    )
    asked: Any = {"n": 2000, "rng": np.random.default_rng(5)}
    direct = natural_direct_effect(model, "X", "Y", ("M",), **asked)
    indirect = natural_indirect_effect(model, "X", "Y", ("M",), **asked)
    total = total_effect(model, "X", "Y", **asked)
    assert indirect == exactly(beta * gamma, abs=1e-9)  # the same for every unit: no luck in it
    assert direct == exactly(alpha, abs=1e-9 + 5 * direct.standard_error)
    assert total == exactly(alpha + beta * gamma + delta * beta, abs=1e-9 + 5 * total.standard_error)
    assert direct.standard_error == exactly(abs(delta) / np.sqrt(2000), rel=0.1, abs=1e-9)


def test_the_paths_of_joes_school() -> None:
    asked: Any = {"n": 10, "rng": np.random.default_rng(6)}
    model = school()
    assert natural_direct_effect(model, "X", "Y", ("H",), **asked) == exactly(0.7)
    assert natural_indirect_effect(model, "X", "Y", ("H",), **asked) == exactly(0.5 * 0.4)
    assert total_effect(model, "X", "Y", **asked) == exactly(0.9)
    assert natural_direct_effect(model, "X", "Y", ("H",), low=1, high=3, **asked) == exactly(2 * 0.7)


# The effect on the treated.


@given(chance, chance, chance, st.floats(0, 0.5), st.floats(0, 0.5))
@settings(max_examples=25, deadline=None)
def test_effect_on_the_treated(p: float, at0: float, at1: float, gain0: float, gain1: float) -> None:
    # z -> x, z -> y; showing gains gain_z. ETT = Σ_z gain_z P(z | x = 1), the effect on the untreated likewise given
    # x = 0 (Primer §4.4: E[Y_x' | x] = Σ_z E[Y | x', z] P(z | x)).
    model = SCM(
        {
            "z": bernoulli((), lambda: p),
            "x": bernoulli(("z",), lambda z: at0 + (at1 - at0) * z),
            "y": bernoulli(("x", "z"), lambda x, z: 0.2 + 0.2 * z + x * (gain0 + (gain1 - gain0) * z)),
        }
    )
    given1 = p * at1 / (p * at1 + (1 - p) * at0)
    given0 = p * (1 - at1) / (p * (1 - at1) + (1 - p) * (1 - at0))
    assert effect_on_treated(model, "x", "y") == exactly(gain1 * given1 + gain0 * (1 - given1), abs=1e-9)
    untreated = effect_on_treated(model, "x", "y", low=1, high=0)  # E[Y_0 - Y_1 | X = 0]
    assert -untreated == exactly(gain1 * given0 + gain0 * (1 - given0), abs=1e-9)
    assert total_effect(model, "x", "y") == exactly(gain1 * p + gain0 * (1 - p), abs=1e-9)


# Undo in its three senses, and what the article prints: browse -> click -> buy with chances .2 + .6 browse and
# .101 + .5 click, three in ten browsing.


def funnel() -> SCM:
    return SCM(
        {
            "browse": bernoulli((), lambda: 0.3),
            "click": bernoulli(("browse",), lambda browse: 0.2 + 0.6 * browse),
            "buy": bernoulli(("click",), lambda click: 0.101 + 0.5 * click),
        }
    )


def test_three_senses_of_undo_are_three_numbers() -> None:
    # As things are .101 + .5 (.2 + .6 · .3) = .291; nobody browsing .101 + .5 · .2 = .201. This user browsed and
    # bought, probability .501; browsing only raises both chances, so who buys without buys with it: .201 / .501.
    model = funnel()
    assert model.observe("buy") == exactly(0.291)
    assert model.baseline("buy", do={"browse": 0}) == exactly(0.201)
    assert model.counterfactual({"browse": 1, "buy": 1}, do={"browse": 0}).mean("buy") == exactly(0.201 / 0.501)


def test_what_the_article_prints_beside_the_models_answers() -> None:
    model = funnel()

    def buy(browse: float, click: float) -> float:
        return 0.101 + 0.5 * click

    # printed Do: the equation at browse = 1, clicks as they were: the nested counterfactual Y_{1, M}
    assert article.do(buy, 1, {"click": 0.38}) == exactly(0.291)
    assert nested(model, "buy", do={"browse": 1}, natural={"click": {}}) == exactly(0.291)
    # printed Undo: clicks as they are afterwards: do(browse = 1) itself
    assert article.undo(buy, 1, {"click": 0.8}) == exactly(0.501)
    assert model.baseline("buy", do={"browse": 1}) == exactly(0.501)
    # printed DoPrime: the direct arrow alone, of which there is none; the total change is .501 - .201
    assert article.do_prime(buy, 1, {"click": 0.8}, binary=True) == 0
    assert natural_direct_effect(model, "browse", "buy", ("click",)) == exactly(0, abs=1e-12)
    assert model.do_prime("buy", "browse") == exactly(0.30)
