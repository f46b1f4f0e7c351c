"""Structural causal models: shared noise, exact interventions by enumeration, and the axioms of counterfactuals."""

from __future__ import annotations

from itertools import product
from math import prod
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from causalrec.causal.models.mechanism import Mechanism, additive, bernoulli, exogenous, uniform
from causalrec.causal.models.scm import SCM
from causalrec.errors import GraphError, ModelError


def funnel() -> SCM:
    """season -> shown -> bought <- season, with a hidden mood behind shown and bought, and weather for itself."""
    return SCM(
        {
            "bought": bernoulli(("shown", "season", "mood"), lambda r, s, h: 1 / (1 + np.exp(1 - r - s - h))),
            "season": exogenous(),
            "shown": bernoulli(("season", "mood"), lambda s, h: 1 / (1 + np.exp(-s - h))),
            "mood": exogenous(uniform),
            "weather": additive(("season",), lambda s: 2 * s, 0.5),
        },
        hidden=frozenset({"mood"}),
    )


def equal(left: dict[str, Any], right: dict[str, Any], names: tuple[str, ...] | None = None) -> bool:
    """Whether the named values (else all) are the same, bit for bit."""
    assert names is not None or set(left) == set(right)
    return all(np.array_equal(left[name], right[name]) for name in (tuple(left) if names is None else names))


# Worked cases.


def test_mechanisms_by_hand() -> None:
    noise, cause = np.array([0.2, 0.5, 0.7]), np.array([1.0, 2.0, 3.0])
    assert exogenous().evaluate(noise).tolist() == [0.2, 0.5, 0.7]
    assert additive(("x",), lambda x: 10 * x, 2.0).evaluate(noise, cause).tolist() == [10.4, 21.0, 31.4]
    assert bernoulli(("x",), lambda x: x / 4).evaluate(noise, cause).tolist() == [1, 0, 1]  # .2 < .25, .5 not < .5
    assert bernoulli((), lambda: np.float64(0.6)).evaluate(noise).tolist() == [1, 1, 0]


def test_a_coin_falls_as_often_as_it_should_and_noise_is_standard_normal() -> None:
    rng, n = np.random.default_rng(0), 40_000
    sample = SCM({"coin": bernoulli((), lambda: np.float64(0.3)), "u": exogenous()}).sample(n, rng)
    assert sample["coin"].mean() == pytest.approx(0.3, abs=4 * np.sqrt(0.21 / n))
    assert sample["u"].mean() == pytest.approx(0, abs=4 / np.sqrt(n))
    assert sample["u"].std() == pytest.approx(1, abs=4 / np.sqrt(2 * n))


def test_a_submodel_draws_the_same_noise_and_changes_descendants_only() -> None:
    model = funnel()
    sub = model.do(shown=1)
    noise = model.draw_noise(500, np.random.default_rng(3))
    assert equal(noise, sub.draw_noise(500, np.random.default_rng(3)))
    assert list(noise) == list(model.mechanisms)
    before, after = model.evaluate(noise), sub.evaluate(noise)
    untouched = tuple(set(model.mechanisms) - model.graph.descendants("shown"))
    assert set(untouched) == {"season", "mood", "weather"}
    assert equal(before, after, untouched)
    assert (after["shown"] == 1).all()
    assert (before["bought"] != after["bought"]).any()
    assert (after["bought"] >= before["bought"]).all()  # showing only raises the chance, and the coin is the same


def test_do_cuts_the_arrows_into_the_variable_and_leaves_the_model_alone() -> None:
    model = funnel()
    sub = model.do(shown=0, weather=2.5)
    assert sub.graph.parents("shown") == sub.graph.parents("weather") == frozenset()
    assert sub.graph.parents("bought") == model.graph.parents("bought")
    assert sub.hidden == model.hidden
    assert model.graph.parents("shown") == {"season", "mood"}
    assert (sub.sample(7, np.random.default_rng(0))["weather"] == 2.5).all()


def test_do_holds_a_variable_whose_noise_is_wide() -> None:
    wide = Mechanism((), lambda rng, n: rng.random((n, 3)), lambda noise: noise.sum(1))
    sub = SCM({"x": wide, "y": additive(("x",), lambda x: x)}).do(x=4)
    values = sub.evaluate(sub.draw_noise(5, np.random.default_rng(0)))
    assert values["x"].tolist() == [4] * 5
    assert values["y"].shape == (5,)


def test_sample_hides_what_is_hidden_and_has_a_row_a_unit() -> None:
    model = funnel()
    seen, all_of_it = (model.sample(20, np.random.default_rng(1), hidden=hidden) for hidden in (False, True))
    assert set(all_of_it) - set(seen) == {"mood"}
    assert all_of_it[list(seen)].equals(seen)
    assert len(seen) == 20
    assert model.sample(0, np.random.default_rng(1)).shape == (0, 4)
    assert set(seen["bought"]) <= {0, 1}


def test_only_what_is_asked_for_and_what_it_comes_from() -> None:
    model = funnel()
    noise = model.draw_noise(50, np.random.default_rng(2))
    whole = model.evaluate(noise)
    for name in model.mechanisms:
        part = model.evaluate(noise, only=(name,))
        assert set(part) == model.graph.ancestors(name)
        assert equal(part, whole, tuple(part))
    enough = {name: noise[name] for name in ("season", "weather")}
    assert equal(model.evaluate(enough, only=("weather",)), whole, ("season", "weather"))
    cut = model.do(shown=1).evaluate(noise, only=("shown",))
    assert set(cut) == {"shown"}  # a cause that was cut off is not needed


def test_the_average_effect_is_the_one_computed_by_hand() -> None:
    # Z = [U < .4]; X = [U < .2 + .6 Z]; Y = [U < .1 + .3 X + .4 Z].  E[Y | do(X = 1)] = .1 + .3 + .4 x .4 = .56, while
    # P(Z = 1 | X = 1) = .8 x .4 / (.8 x .4 + .2 x .6) = 8 / 11, so E[Y | X = 1] = .4 + .4 x 8 / 11.
    model = SCM(
        {
            "z": bernoulli((), lambda: np.float64(0.4)),
            "x": bernoulli(("z",), lambda z: 0.2 + 0.6 * z),
            "y": bernoulli(("x", "z"), lambda x, z: 0.1 + 0.3 * x + 0.4 * z),
        }
    )
    n = 200_000
    seen, done = model.sample(n, np.random.default_rng(5)), model.do(x=1).sample(n, np.random.default_rng(5))
    assert done["y"].mean() == pytest.approx(0.56, abs=4 * np.sqrt(0.25 / n))
    shown = seen.loc[seen["x"] == 1, "y"]
    assert shown.mean() == pytest.approx(0.4 + 0.4 * 8 / 11, abs=4 * np.sqrt(0.25 / len(shown)))


def test_repr_is_one_line() -> None:
    assert repr(funnel()) == f"SCM({funnel().graph}, hidden: mood)"
    assert repr(SCM({"x": exogenous()})) == "SCM(x)"
    assert repr(bernoulli(("a", "b"), np.add)) == "Mechanism(parents=('a', 'b'))"


# What is refused.


def test_a_parent_or_a_hidden_variable_without_mechanism() -> None:
    with pytest.raises(ModelError, match=r"no mechanism for a, b: give one"):
        SCM({"x": additive(("b", "a"), np.add)})
    with pytest.raises(ModelError, match=r"no mechanism for u:"):
        SCM({"x": exogenous()}, hidden=frozenset({"u"}))


def test_a_cycle_is_found_at_once() -> None:
    with pytest.raises(GraphError, match=r"cycle"):
        SCM({"x": additive(("y",), lambda y: y), "y": additive(("x",), lambda x: x)})
    with pytest.raises(GraphError, match=r"'x' to itself"):
        SCM({"x": additive(("x",), lambda x: x)})


def test_do_of_nothing_known_and_noise_that_is_missing() -> None:
    model = funnel()
    with pytest.raises(ModelError, match=r"the model has no variable 'price'; it has bought, season"):
        model.do(price=3, shown=1)
    with pytest.raises(ModelError, match=r"no noise for mood, weather: draw it"):
        model.evaluate({name: np.zeros(2) for name in ("bought", "season", "shown")})
    with pytest.raises(GraphError, match=r"no node 'price'"):
        model.evaluate(model.draw_noise(2, np.random.default_rng(0)), only=("price",))


# Random discrete models, whole: every value of the noise is a unit, so that probabilities are counted, not estimated.

FACES = 3  # each variable's noise is a fair die with as many faces


@st.composite
def discrete_models(draw: st.DrawFn) -> tuple[SCM, dict[str, dict[tuple[int, ...], list[int]]]]:
    """A model of 2 to 4 binary variables, and its tables: per variable, parents' values -> value on each face."""
    names = draw(st.permutations(["a", "b", "c", "d"]))[: draw(st.integers(2, 4))]
    mechanisms, tables = {}, {}
    for position, name in enumerate(names):
        parents = tuple(parent for parent in names[:position] if draw(st.booleans()))
        faces = st.lists(st.integers(0, 1), min_size=FACES, max_size=FACES)
        table = {values: draw(faces) for values in product((0, 1), repeat=len(parents))}
        mechanisms[name], tables[name] = _die(parents, table), table
    declared = draw(st.permutations(names))  # a model may name its variables in any order
    return SCM({name: mechanisms[name] for name in declared}), tables


def _die(parents: tuple[str, ...], table: dict[tuple[int, ...], list[int]]) -> Mechanism:
    lookup = np.array([table[values] for values in sorted(table)])  # (values of the parents, faces)

    def evaluate(noise: np.ndarray, *values: np.ndarray) -> np.ndarray:
        row = np.zeros(len(noise), dtype=int)
        for value in values:
            row = 2 * row + value
        return np.asarray(lookup[row, noise])

    return Mechanism(parents, lambda rng, n: rng.integers(0, FACES, n), evaluate)


def every_unit(model: SCM) -> dict[str, np.ndarray]:
    """All values of the noise, each once."""
    units = np.array(list(product(range(FACES), repeat=len(model.mechanisms))))
    return dict(zip(model.mechanisms, units.T, strict=True))


@settings(max_examples=60, deadline=None)
@given(discrete_models(), st.data())
def test_do_is_the_truncated_factorisation(
    drawn: tuple[SCM, dict[str, dict[tuple[int, ...], list[int]]]], data: st.DataObject
) -> None:
    # P(v | do(x)) = product over all variables but X of P(v_i | pa_i), where v agrees with x; else 0 (Pearl 2009, 1.37)
    model, tables = drawn
    names = list(model.mechanisms)
    held = {data.draw(st.sampled_from(names)): data.draw(st.integers(0, 1))}
    values = model.do(**held).evaluate(every_unit(model))
    units = FACES ** len(names)
    for outcome in product((0, 1), repeat=len(names)):
        v = dict(zip(names, outcome, strict=True))
        exact = prod(
            float(v[name] == held[name])
            if name in held
            else tables[name][tuple(v[p] for p in model.mechanisms[name].parents)].count(v[name]) / FACES
            for name in names
        )
        counted = np.all([values[name] == v[name] for name in names], axis=0).sum() / units
        assert counted == pytest.approx(exact, abs=1e-12)


@settings(max_examples=60, deadline=None)
@given(discrete_models(), st.data())
def test_composition_and_the_last_word(
    drawn: tuple[SCM, dict[str, dict[tuple[int, ...], list[int]]]], data: st.DataObject
) -> None:
    model, noise = drawn[0], every_unit(drawn[0])
    x, z = data.draw(st.permutations(list(model.mechanisms)))[:2]
    one_by_one, together = model.do(**{x: 1}).do(**{z: 0}), model.do(**{z: 0, x: 1})
    assert equal(one_by_one.evaluate(noise), together.evaluate(noise))
    assert equal(model.do(**{x: 1}).do(**{x: 0}).evaluate(noise), model.do(**{x: 0}).evaluate(noise))
    assert equal(model.do().evaluate(noise), model.evaluate(noise))


@settings(max_examples=60, deadline=None)
@given(discrete_models(), st.data())
def test_consistency_units_with_that_value_already_are_not_changed(
    drawn: tuple[SCM, dict[str, dict[tuple[int, ...], list[int]]]], data: st.DataObject
) -> None:
    # X = x implies Y = Y_x (Pearl 2009, corollary 7.3.2), for every variable Y and several X at once
    model, noise = drawn[0], every_unit(drawn[0])
    chosen = data.draw(st.sets(st.sampled_from(list(model.mechanisms)), min_size=1))
    held = {name: data.draw(st.integers(0, 1)) for name in sorted(chosen)}
    seen, done = model.evaluate(noise), model.do(**held).evaluate(noise)
    agree = np.all([seen[name] == value for name, value in held.items()], axis=0)
    for name in model.mechanisms:
        assert np.array_equal(seen[name][agree], done[name][agree])
    others = model.graph.descendants(tuple(held))
    assert equal(seen, done, tuple(set(model.mechanisms) - others))
