"""Counterfactuals against exact enumeration, their axioms as properties, and closed forms of linear models.

The oracle below knows nothing of the kit: it rolls every combination of dice in plain Python and reads off what each
model of tables does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from causalrec.causal import (
    SCM,
    additive,
    bernoulli,
    categorical,
    controlled_direct_effect,
    deterministic,
    discrete,
    effect_on_treated,
    exogenous,
    natural_direct_effect,
    natural_indirect_effect,
    nested,
    probability_of_necessity,
    probability_of_necessity_and_sufficiency,
    probability_of_sufficiency,
    total_effect,
)
from causalrec.causal.models.counterfactual import twin_distribution
from causalrec.causal.models.units import drawn_units
from causalrec.errors import ModelError

FACES = (Fraction(1, 2), Fraction(1, 3), Fraction(1, 6))  # the noise of every variable is this die


@dataclass(frozen=True)
class Tables:
    """A model as plain tables: per variable its parents, and for each of their values the value on each face."""

    parents: Mapping[str, tuple[str, ...]]
    faces: Mapping[str, Mapping[tuple[int, ...], list[int]]]

    def units(self) -> Iterator[tuple[Fraction, dict[str, int]]]:
        """Every roll of all dice, with its probability."""
        for rolled in product(range(len(FACES)), repeat=len(self.parents)):
            chance = Fraction(1)
            for face in rolled:
                chance *= FACES[face]
            yield chance, dict(zip(self.parents, rolled, strict=True))

    def run(self, roll: Mapping[str, int], held: Mapping[str, int]) -> dict[str, int]:
        """Every variable's value under this roll, with some of them held."""
        values: dict[str, int] = {}
        for name, parents in self.parents.items():
            found = self.faces[name][tuple(values[parent] for parent in parents)][roll[name]]
            values[name] = held.get(name, found)
        return values

    def mean(self, outcome: str, do: Mapping[str, int], evidence: Mapping[str, int]) -> Fraction | None:
        """E[outcome_do | evidence], or None where the evidence cannot be."""
        total = hit = Fraction(0)
        for chance, roll in self.units():
            seen = self.run(roll, {})
            if all(seen[name] == value for name, value in evidence.items()):
                total += chance
                hit += chance * self.run(roll, do)[outcome]
        return hit / total if total else None


@st.composite
def models(draw: st.DrawFn, least: int = 2) -> tuple[SCM, Tables]:
    """A random model of binary variables in causal order, as `SCM` and as tables."""
    names = ["a", "b", "c", "d"][: draw(st.integers(least, 4))]
    parents, faces, mechanisms = {}, {}, {}
    for place, name in enumerate(names):
        parents[name] = tuple(parent for parent in names[:place] if draw(st.booleans()))
        row = st.lists(st.integers(0, 1), min_size=len(FACES), max_size=len(FACES))
        faces[name] = {values: draw(row) for values in product((0, 1), repeat=len(parents[name]))}
        mechanisms[name] = _mechanism(parents[name], faces[name])
    return SCM(mechanisms), Tables(parents, faces)


def _mechanism(parents: tuple[str, ...], faces: Mapping[tuple[int, ...], list[int]]) -> Any:
    table = np.array([faces[values] for values in sorted(faces)]).reshape(*[2] * len(parents), len(FACES))
    noise = {face: float(chance) for face, chance in enumerate(FACES)}
    return discrete(parents, noise, lambda face, *values: table[(*(np.asarray(v, dtype=int) for v in values), face)])


@settings(max_examples=80, deadline=None)
@given(models(), st.data())
def test_counterfactuals_agree_with_the_dice(drawn: tuple[SCM, Tables], data: st.DataObject) -> None:
    model, tables = drawn
    names = list(model.mechanisms)
    outcome, acted = data.draw(st.sampled_from(names)), data.draw(st.sampled_from(names))
    seen = data.draw(st.lists(st.sampled_from(names), unique=True))
    evidence = {name: data.draw(st.integers(0, 1)) for name in seen}
    do = {acted: data.draw(st.integers(0, 1))}
    exact = tables.mean(outcome, do, evidence)
    if exact is None:
        with pytest.raises(ModelError, match="probability zero"):
            model.counterfactual(evidence, do)
        return
    answer = model.counterfactual(evidence, do).mean(outcome)
    assert answer == pytest.approx(float(exact), abs=1e-12)
    assert answer.exact
    observed = tables.mean(outcome, {}, evidence)
    assert observed is not None
    assert model.observe(outcome, evidence) == pytest.approx(float(observed), abs=1e-12)
    # The twin network sums out where the units are listed: other code, the same number.
    found = twin_distribution(model, model.do(**do), evidence, (outcome,))
    assert found is not None
    domains, chances = found
    assert np.array(domains[outcome]) @ chances == pytest.approx(float(exact), abs=1e-12)


@settings(max_examples=60, deadline=None)
@given(models(), st.data())
def test_counterfactuals_averaged_over_the_evidence_give_do(drawn: tuple[SCM, Tables], data: st.DataObject) -> None:
    # Σ_e P(e) E[Y_x | e] = E[Y | do(x)], and the table of the submodel says the same by another way.
    model, _ = drawn
    names = list(model.mechanisms)
    outcome, acted, seen = (data.draw(st.sampled_from(names)) for _ in range(3))
    do = {acted: data.draw(st.integers(0, 1))}
    total = 0.0
    for value in (0, 1):
        share = model.counterfactual({}).probability(**{seen: value})
        if share > 0:
            total += share * model.counterfactual({seen: value}, do).mean(outcome)
    assert total == pytest.approx(model.baseline(outcome, do), abs=1e-12)
    assert total == pytest.approx(model.do(**do).table(outcome).mean(outcome), abs=1e-12)


@settings(max_examples=60, deadline=None)
@given(models(), st.data())
def test_the_factual_x_returns_the_factual_y(drawn: tuple[SCM, Tables], data: st.DataObject) -> None:
    # Consistency (Pearl 2009, corollary 7.3.2): X = x implies Y_x = Y.
    model, tables = drawn
    names = list(model.mechanisms)
    _, roll = data.draw(st.sampled_from(list(tables.units())))
    seen = tables.run(roll, {})
    x, y = data.draw(st.permutations(names))[:2]
    assert model.counterfactual({x: seen[x], y: seen[y]}, {x: seen[x]}).probability(**{y: seen[y]}) == pytest.approx(1)


@settings(max_examples=60, deadline=None)
@given(models(least=3), st.data())
def test_composition(drawn: tuple[SCM, Tables], data: st.DataObject) -> None:
    # Pearl 2009, property 7.3.1: W_x = w implies Y_{xw} = Y_x. With W at its own value under do(x), Y is as by do(x).
    model, _ = drawn
    x, w, y = data.draw(st.permutations(list(model.mechanisms)))[:3]
    do = {x: data.draw(st.integers(0, 1))}
    assert nested(model, y, do, {w: do}) == pytest.approx(model.baseline(y, do), abs=1e-12)


@settings(max_examples=60, deadline=None)
@given(models(least=3), st.data())
def test_nested_counterfactuals_agree_with_the_dice(drawn: tuple[SCM, Tables], data: st.DataObject) -> None:
    model, tables = drawn
    x, m, y = data.draw(st.permutations(list(model.mechanisms)))[:3]
    mean = {pair: Fraction(0) for pair in product((0, 1), repeat=2)}
    for chance, roll in tables.units():
        for outer, inner in mean:
            held = tables.run(roll, {x: inner})[m]
            mean[outer, inner] += chance * tables.run(roll, {x: outer, m: held})[y]
    direct = natural_direct_effect(model, x, y, [m])
    indirect = natural_indirect_effect(model, x, y, m)
    back = natural_indirect_effect(model, x, y, m, low=1, high=0)
    assert direct == pytest.approx(float(mean[1, 0] - mean[0, 0]), abs=1e-12)
    assert indirect == pytest.approx(float(mean[0, 1] - mean[0, 0]), abs=1e-12)
    assert total_effect(model, x, y) == pytest.approx(direct - back, abs=1e-12)  # Pearl 2001, theorem 3


@settings(max_examples=60, deadline=None)
@given(models(), st.data())
def test_probabilities_of_causes_agree_with_the_dice(drawn: tuple[SCM, Tables], data: st.DataObject) -> None:
    model, tables = drawn
    x, y = data.draw(st.permutations(list(model.mechanisms)))[:2]
    cells = {pair: Fraction(0) for pair in product((0, 1), repeat=4)}  # x, y, Y_0, Y_1
    for chance, roll in tables.units():
        seen = tables.run(roll, {})
        cells[seen[x], seen[y], tables.run(roll, {x: 0})[y], tables.run(roll, {x: 1})[y]] += chance
    treated = sum(c for (i, _, _, _), c in cells.items() if i)
    both, neither = (sum(c for (i, j, _, _), c in cells.items() if i == j == k) for k in (1, 0))
    assume(both > 0 and neither > 0)
    pn = float(sum(c for (i, j, zero, _), c in cells.items() if i and j and not zero) / both)
    ps = float(sum(c for (i, j, _, one), c in cells.items() if not i and not j and one) / neither)
    pns = float(sum(c for (_, _, zero, one), c in cells.items() if one and not zero))
    ett = float(sum(c * (one - zero) for (i, _, zero, one), c in cells.items() if i) / treated)
    assert probability_of_necessity(model, x, y) == pytest.approx(pn, abs=1e-12)
    assert probability_of_sufficiency(model, x, y) == pytest.approx(ps, abs=1e-12)
    assert probability_of_necessity_and_sufficiency(model, x, y) == pytest.approx(pns, abs=1e-12)
    assert effect_on_treated(model, x, y) == pytest.approx(ett, abs=1e-12)
    # Pearl 2009, lemma 9.2.6
    assert pns == pytest.approx(float(both) * pn + float(neither) * ps, abs=1e-12)


def shop() -> SCM:
    """A coin's shop with continuous uniform noise: z -> x -> m -> y, z -> y, x -> y, and a three-valued size."""
    return SCM(
        {
            "z": bernoulli((), lambda: 0.4),
            "size": categorical(("z",), lambda z: np.stack([0.5 - 0.2 * z, 0.3 + 0 * z, 0.2 + 0.2 * z], -1), (1, 2, 3)),
            "x": bernoulli(("z",), lambda z: 0.2 + 0.5 * z),
            "m": bernoulli(("x", "size"), lambda x, size: 0.1 * size + 0.5 * x),
            "y": bernoulli(("x", "m", "z"), lambda x, m, z: 0.1 + 0.2 * x + 0.3 * m + 0.2 * z),
        }
    )


@pytest.mark.parametrize("seed", range(4))
def test_weighting_agrees_with_enumeration(seed: int) -> None:
    model, rng = shop(), np.random.default_rng(seed)
    evidence, world = {"size": 3, "x": 1, "y": 1}, model.do(x=0)
    exact = model.counterfactual(evidence, {"x": 0}).mean("y")
    units = drawn_units(model, evidence, [(world, ("y",))], 50_000, rng)
    values = world.evaluate(units.noise, only=("y",))["y"].astype(float)
    assert exact.exact
    assert 0.1 < exact < 0.9
    assert units.mean(values) == pytest.approx(exact, abs=4.5 * units.standard_error(values))
    assert 0 < units.standard_error(values) < 0.01
    assert 5_000 < units.effective_n <= 50_000


def test_weighting_on_mixed_models_agrees_with_the_closed_form() -> None:
    # X ~ N(0, 1) unseen, Y = X + U, Y seen: X | Y = y is N(y/2, 1/2). Then Y_{x=3} given y has mean 3 + y/2.
    model = SCM({"x": exogenous(), "y": additive(("x",), lambda x: x)})
    answer = model.counterfactual({"y": 1.0}, {"x": 3}, rng=np.random.default_rng(0)).mean("y")
    assert answer.method == "weighting"
    assert answer == pytest.approx(3.5, abs=4.5 * answer.standard_error)
    assert 0 < answer.standard_error < 0.02
    # A mechanism that says nothing of its noise is handled by rejection.
    plain = SCM({"u": exogenous(), "v": deterministic(("u",), lambda u: (u > 0).astype(int))})
    seen = plain.counterfactual({"v": 1}, rng=np.random.default_rng(0)).mean("u")
    assert seen == pytest.approx(np.sqrt(2 / np.pi), abs=4.5 * seen.standard_error)


def test_an_additive_model_with_all_causes_seen_needs_no_draws() -> None:
    # A binary treatment whose own noise does not matter once it is set: X = [U < p(Z)], Y = 2 X + Z + U.
    model = SCM(
        {
            "z": exogenous(),
            "x": bernoulli(("z",), lambda z: 1 / (1 + np.exp(-z))),
            "y": additive(("x", "z"), lambda x, z: 2 * x + z, 0.5),
        }
    )
    answer = model.counterfactual({"z": 1.0, "x": 1, "y": 3.4}, {"x": 0}).mean("y")
    assert answer == pytest.approx(1.4)
    assert answer.method == "exact: noise solved for"
    with pytest.raises(ModelError, match="units must be drawn: pass rng"):
        model.counterfactual({"x": 1, "y": 3.4}, {"x": 0}).mean("y")
    drawn = model.counterfactual({"x": 1, "y": 3.4}, {"x": 0}, rng=np.random.default_rng(1), n=20_000).mean("y")
    assert drawn == pytest.approx(1.4, abs=1e-9)  # the effect is 2 for everyone
    assert drawn.method == "weighting"


def line() -> SCM:
    """X -> M -> Y, X -> Y and Z behind X and Y: X = Z + U, M = .5 X + U, Y = .7 X + .4 M + .3 Z + U."""
    return SCM(
        {
            "z": exogenous(),
            "x": additive(("z",), lambda z: z),
            "m": additive(("x",), lambda x: 0.5 * x),
            "y": additive(("x", "m", "z"), lambda x, m, z: 0.7 * x + 0.4 * m + 0.3 * z),
        }
    )


def test_closed_forms_of_a_linear_model() -> None:
    def asked(function: Any, *more: Any) -> Any:
        return function(line(), "x", "y", *more, n=500, rng=np.random.default_rng(0))

    # Linear and additive: every effect is the same for every unit, so any draw gives it exactly.
    assert asked(natural_direct_effect, ["m"]) == pytest.approx(0.7)
    assert asked(natural_indirect_effect, ["m"]) == pytest.approx(0.5 * 0.4)
    assert asked(total_effect) == pytest.approx(0.9)
    assert asked(controlled_direct_effect, {"m": 2.0}) == pytest.approx(0.7)
    assert asked(total_effect).exact
    slope = line().do_prime("y", "x", at=1.0, unit="euro", rng=np.random.default_rng(0), n=100)
    assert slope == pytest.approx(0.9)
    assert slope.unit == "y per euro"
    # E[Y | X = 1] = .9 + .3 E[Z | X = 1] = .9 + .3 / 2
    seen = line().observe("y", {"x": 1.0}, rng=np.random.default_rng(0))
    assert seen == pytest.approx(1.05, abs=4.5 * seen.standard_error)


def test_do_prime_by_hand() -> None:
    model = SCM({"dose": categorical((), lambda: [0.2, 0.3, 0.5], (0, 1, 4)),
                 "y": bernoulli(("dose",), lambda dose: 0.1 + 0.05 * dose**1.5)})
    assert model.do_prime("y", "dose", at=1) == pytest.approx((0.5 - 0.15) / 3)  # from 1 to the next value, 4
    assert model.do_prime("y", "dose", at=4) == pytest.approx((0.5 - 0.15) / 3)  # the last one looks back
    assert model.do_prime("y", "dose", at=1, step=1) == pytest.approx(0.05 * (2**1.5 - 1))
    assert shop().do_prime("y", "x") == pytest.approx(0.2 + 0.3 * 0.5)
    curve = SCM({"x": exogenous(), "y": additive(("x",), lambda x: x**2)})
    assert curve.do_prime("y", "x", at=3, rng=np.random.default_rng(0), n=10) == pytest.approx(6)
    assert curve.do_prime("y", "x", at=3, rng=np.random.default_rng(0), n=10).unit == "y per unit of x"


def test_policies_and_changes_keep_the_other_noise() -> None:
    model = shop()
    # A policy: shown exactly where z = 1. E[Y] = Σ_z P(z) E[Y | do(x = z), z]
    policy = model.do(x=deterministic(("z",), lambda z: z))
    table = {x: model.do(x=x).table() for x in (0, 1)}
    by_hand = sum(table[z].marginal("z").probability(z=z) * table[z].condition(z=z).mean("y") for z in (0, 1))
    assert policy.table().mean("y") == pytest.approx(by_hand)
    # A coin of its own: half of do(0) and half of do(1), also among units of which x was seen.
    coin = {"x": bernoulli((), lambda: 0.5)}
    halves = [model.counterfactual({"x": 1, "y": 1}, {"x": x}).mean("y") for x in (0, 1)]
    assert model.counterfactual({"x": 1, "y": 1}, coin).mean("y") == pytest.approx(sum(halves) / 2)
    assert model.baseline("y", coin) == pytest.approx(model.do(**coin).table().mean("y"))
    # Another equation draws its noise last: everything that x does not cause is the same, unit by unit.
    noise = model.do(x=additive(("z",), lambda z: z)).draw_noise(300, np.random.default_rng(5))
    plain = model.draw_noise(300, np.random.default_rng(5))
    assert all(np.array_equal(noise[name], plain[name]) for name in plain)
    assert set(noise) - set(plain) == {"x'"}
    # A change of the natural value.
    shifted = line().do(x=lambda natural: natural + 1)
    both = [m.evaluate(line().draw_noise(50, np.random.default_rng(1)))["y"] for m in (line(), shifted)]
    assert both[1] - both[0] == pytest.approx(np.full(50, 0.9))
    again = policy.do(x=1)
    assert again.table().mean("y") == pytest.approx(model.do(x=1).table().mean("y"))


def test_a_model_too_large_to_list_is_summed_out() -> None:
    names = [f"v{i}" for i in range(12)]
    weights = np.random.default_rng(0).normal(size=(12, 3))
    mechanisms = {
        name: bernoulli(
            tuple(names[max(0, i - 3) : i]),
            lambda *values, w=weights[i]: 1 / (1 + np.exp(-sum((a * b for a, b in zip(w, values, strict=False)), 0.2))),
        )
        for i, name in enumerate(names)
    }
    model = SCM(mechanisms)
    evidence, do = {"v5": 1, "v8": 0}, {"v3": 1}
    answer = model.counterfactual(evidence, do).mean("v10")
    assert answer.method == "exact: twin network summed out"
    world = model.do(**do)
    units = drawn_units(model, evidence, [(world, ("v10",))], 50_000, np.random.default_rng(0))
    values = world.evaluate(units.noise, only=("v10",))["v10"].astype(float)
    assert units.mean(values) == pytest.approx(answer, abs=4.5 * units.standard_error(values))


def test_answers_say_what_they_answer() -> None:
    model = shop()
    assert repr(model.baseline("y", {"x": 0})) == (
        f"E[y | do(x=0)] = {model.do(x=0).table().mean('y'):.4g} (exact: every kind of unit enumerated)"
    )
    cf = model.counterfactual({"x": 1, "y": 1}, {"x": 0})
    assert repr(cf) == "Counterfactual(do(x=0) | x=1, y=1)"
    assert cf.mean("y").query == "E[y_{x=0} | x=1, y=1]"
    assert cf.probability(y=0).query == "P(y_{x=0}=0 | x=1, y=1)"
    assert cf.probability(y=0) + cf.probability(y=1) == pytest.approx(1)
    drawn = line().observe("y", rng=np.random.default_rng(0), n=100)
    assert "effective draws" in repr(drawn)
    assert "(sampling" in repr(drawn)
    import pickle

    assert repr(pickle.loads(pickle.dumps(drawn))) == repr(drawn)


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda m: m.counterfactual({"q": 1}), "the model has no variable 'q'; it has"),
        (lambda m: m.counterfactual({"x": 2}), "the evidence x=2 has probability zero"),
        (lambda m: m.counterfactual({"x": 1}).mean("q"), "no variable 'q'"),
        (lambda m: m.counterfactual({"x": 1}, {"q": 1}), "no variable 'q'"),
        (lambda m: m.do_prime("y", "size"), "size takes more than two values, so say where to look"),
        (lambda m: m.do_prime("y", "q"), "no variable 'q'"),
        (lambda m: m.do_prime("y", "size", at=1, step=-1), "step is -1 but must be above 0"),
        (lambda m: nested(m, "y", {"x": 1}, {"x": {"x": 0}}), "x is both set by do and taken at its natural value"),
        (lambda m: natural_direct_effect(m, "x", "y", ["y"]), "y is the treatment or the outcome"),
        (lambda m: probability_of_necessity(m, "x", "size"), "size takes the values 1, 2, 3"),
        (lambda m: m.table("q"), "no variable 'q'"),
    ],
)
def test_questions_without_sense_are_refused(ask, said: str) -> None:  # noqa: ANN001
    with pytest.raises(ModelError, match=said):
        ask(shop())


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda m: m.baseline("yy", {}), r"no variable 'yy'; did you mean 'y'\? It has "),
        (lambda m: m.baseline(["y"], {}), r"no variable \['y'\]; "),
        (lambda m: m.table([["y"]]), r"no variable \['y'\]; "),
        (lambda m: m.do_prime(["y"], "x"), r"no variable \['y'\]; "),
        (lambda m: m.do_prime("y", ["x"]), r"no variable \['x'\]; "),
        (lambda m: m.observe("y", "x=1"), "values by variable are asked for, such as .*: 1}, and not 'x=1'"),
        (lambda m: m.baseline("y", "x"), "values by variable are asked for, .* and not 'x'"),
        (lambda m: m.counterfactual(["x"]), r"values by variable are asked for, .* and not \['x'\]"),
        (lambda m: total_effect(m, ["x"], "y"), r"no variable \['x'\]; "),
        (lambda m: total_effect(m, "x", "yy"), r"no variable 'yy'; did you mean 'y'"),
        (lambda m: total_effect("x -> y", "x", "y"), "an SCM is asked for and not 'x -> y'"),
        (lambda m: effect_on_treated(m.graph, "x", "y"), "an SCM is asked for and not CausalGraph"),
        (lambda m: probability_of_necessity("x -> y", "x", "y"), "an SCM is asked for and not 'x -> y'"),
        (lambda m: natural_direct_effect("x -> y", "x", "y", "m"), "an SCM is asked for and not 'x -> y'"),
        (lambda m: natural_indirect_effect(m, "x", "y", [["size"]]), r"no variable \['size'\]; "),
        (lambda m: controlled_direct_effect(m, "x", "y", "size"), "values by variable are asked for, .* and not .size"),
        (lambda m: nested(m, "y", {"x": 1}, {"size": "x"}), "values by variable are asked for, .* and not 'x'"),
        (lambda m: nested(m, "y", {"x": 1}, "size"), "values by variable are asked for, .* and not 'size'"),
        (lambda m: SCM("x -> y"), "an SCM is made of mechanisms by variable, such as .*, and not of 'x -> y'"),
        (lambda m: SCM({"x": 0.5}), "the mechanism of x is 0.5; make one with bernoulli"),
        (lambda m: SCM({"x": exogenous()}, hidden="x"), "hidden is the text 'x'; put the name into a set: {'x'}"),
        (lambda m: bernoulli("size", lambda s: 0.5), r"the parents are 'size'; put the name in a tuple: \('size',\)"),
    ],
)
def test_things_of_the_wrong_kind_are_refused_in_one_sentence(ask, said: str) -> None:  # noqa: ANN001
    with pytest.raises(ModelError, match=said) as refused:
        ask(shop())
    assert "\n" not in str(refused.value)


def test_a_variable_with_one_value_has_nothing_to_be_compared_with() -> None:
    model = SCM({"x": deterministic((), lambda: 3), "y": bernoulli(("x",), lambda x: x / 10)})
    for at in (None, 3):
        with pytest.raises(ModelError, match="x takes only the value 3, so there is nothing to .* pass at=3 and step="):
            model.do_prime("y", "x", at=at)
    with pytest.raises(ModelError, match="x takes only the value 3"):
        model.do_prime("y", "x", step=1)
    assert model.do_prime("y", "x", at=3, step=2) == pytest.approx(0.1)
    assert model.do_prime("y", "x", at=5) == pytest.approx(0.1)  # from 3, which it takes, to 5


def test_bernoulli_couples_the_worlds_by_one_threshold() -> None:
    """Two independent coins: one threshold for both worlds makes PN 0; a coin for each value of x makes it 1/2.

    The models have one table and the same do(), so no log and no experiment tells them apart.
    """
    x = bernoulli((), lambda: 0.5)
    one = SCM({"x": x, "y": bernoulli(("x",), lambda x: 0.5 + 0 * x)})
    pairs = {2 * off + on: 0.25 for off in (0, 1) for on in (0, 1)}  # how y falls if x is 0, and if x is 1
    other = SCM({"x": x, "y": discrete(("x",), pairs, lambda u, x: np.where(x == 1, u % 2, u // 2))})
    assert np.allclose(one.table().probabilities, other.table().probabilities)
    for act in (0, 1):
        assert one.baseline("y", {"x": act}) == other.baseline("y", {"x": act}) == 0.5
    for probability, coupled_otherwise in ((probability_of_necessity, 0.5), (probability_of_sufficiency, 0.5),
                                           (probability_of_necessity_and_sufficiency, 0.25)):
        assert probability(one, "x", "y") == 0
        assert probability(other, "x", "y") == pytest.approx(coupled_otherwise)
        assert "threshold" in probability.__doc__


def test_words_have_no_mean_and_continuous_models_no_table() -> None:
    colour = categorical((), lambda: [0.5, 0.5], ("red", "blue"))
    model = SCM({"c": colour, "y": bernoulli(("c",), lambda c: 0.2 + 0.3 * (c == "red"))})
    assert model.counterfactual({"y": 1}).probability(c="red") == pytest.approx(0.5 / 0.7)
    with pytest.raises(ModelError, match="c takes values that are no numbers, so it has no mean"):
        model.baseline("c", {})
    with pytest.raises(ModelError, match="c takes values that are no numbers, so nothing changes per unit"):
        model.do_prime("y", "c")
    with pytest.raises(ModelError, match="z takes infinitely many values"):
        line().table()
    with pytest.raises(ModelError, match="none of 100 drawn units fits the evidence v=2"):
        SCM({"u": exogenous(), "v": deterministic(("u",), lambda u: u > 0)}).counterfactual(
            {"v": 2}, rng=np.random.default_rng(0), n=100)


def test_a_mediator_may_take_words() -> None:
    def model(colour: tuple[Any, Any]) -> SCM:
        chances = categorical(("x",), lambda x: np.stack([0.7 - 0.4 * x, 0.3 + 0.4 * x], -1), colour)
        return SCM({
            "x": bernoulli((), lambda: 0.5),
            "m": chances,
            "y": bernoulli(("x", "m"), lambda x, m: x / 9 + np.select([m == colour[0], m == colour[1]], [0.2, 0.6], 9)),
        })  # fmt: skip

    for effect in (natural_direct_effect, natural_indirect_effect):
        assert effect(model(("blue", "red")), "x", "y", "m") == pytest.approx(effect(model((0, 1)), "x", "y", "m"))
