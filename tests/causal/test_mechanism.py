"""Mechanisms: what each constructor evaluates, the kinds of its noise, and what a value tells of the noise."""

from __future__ import annotations

import numpy as np
import pytest

from causalrec.causal import SCM, additive, bernoulli, categorical, deterministic, discrete, exogenous
from causalrec.causal.models.mechanism import Mechanism
from causalrec.causal.models.units import drawn_units
from causalrec.errors import ModelError

HALF = np.array([0.5])


def test_kinds_of_a_coin_are_the_intervals_between_its_probabilities() -> None:
    # p = .2 for z = 0 and .7 for z = 1: below .2 always 1, from .2 to .7 only where z = 1, above .7 never.
    mechanism = bernoulli(("z",), lambda z: 0.2 + 0.5 * z)
    assert mechanism.kinds is not None
    noise, chances = mechanism.kinds(np.array([0, 1]))
    assert chances == pytest.approx([0.2, 0.5, 0.3])
    assert [mechanism.evaluate(noise, np.full(3, z)).tolist() for z in (0, 1)] == [[1, 0, 0], [1, 1, 0]]


def test_a_coin_that_cannot_fall_otherwise_has_one_kind() -> None:
    for p in (0.0, 1.0):
        mechanism = bernoulli((), lambda p=p: p)
        assert mechanism.kinds is not None
        noise, chances = mechanism.kinds()
        assert chances.tolist() == [1.0]
        assert mechanism.evaluate(noise).tolist() == [p]


def test_categories_by_hand() -> None:
    mechanism = categorical(("z",), lambda z: np.stack([0.5 - 0.3 * z, 0.3 + 0 * z, 0.2 + 0.3 * z], axis=-1), "abc")
    noise = np.array([0.1, 0.3, 0.6, 0.9])
    assert mechanism.evaluate(noise, np.zeros(4)).tolist() == ["a", "a", "b", "c"]
    assert mechanism.evaluate(noise, np.ones(4)).tolist() == ["a", "b", "c", "c"]
    assert mechanism.kinds is not None
    _, chances = mechanism.kinds(np.array([0.0, 1.0]))  # cuts at .2 and .5 for z = 1, at .5 and .8 for z = 0
    assert chances == pytest.approx([0.2, 0.3, 0.3, 0.2])
    fixed = categorical((), lambda: [0.25, 0.75], (10, 20))
    assert fixed.evaluate(np.array([0.2, 0.3])).tolist() == [10, 20]


def test_deterministic_and_discrete_by_hand() -> None:
    both = deterministic(("a", "b"), lambda a, b: (a == 1) & (b == 1))
    assert both.evaluate(np.zeros(2), np.array([1, 1]), np.array([0, 1])).tolist() == [0, 1]
    assert deterministic((), lambda: 7).evaluate(np.zeros(3)).tolist() == [7, 7, 7]
    flips = discrete(("a",), {"keep": 0.9, "flip": 0.1}, lambda u, a: np.where(u == "flip", 1 - a, a))
    assert flips.evaluate(np.array(["keep", "flip"]), np.array([1, 1])).tolist() == [1, 0]
    drawn = flips.draw_noise(np.random.default_rng(0), 20_000)
    assert (drawn == "flip").mean() == pytest.approx(0.1, abs=4 * np.sqrt(0.09 / 20_000))


@pytest.mark.parametrize(
    ("mechanism", "value", "likelihood"),
    [
        (bernoulli(("z",), lambda z: 0.2 + 0.5 * z), 1, lambda z: 0.2 + 0.5 * z),
        (bernoulli(("z",), lambda z: 0.2 + 0.5 * z), 0, lambda z: 0.8 - 0.5 * z),
        (categorical(("z",), lambda z: np.stack([0.5 - z / 4, 0.5 + z / 4], -1), (5, 6)), 6, lambda z: 0.5 + z / 4),
        (discrete(("z",), {0: 0.5, 1: 0.3, 2: 0.2}, lambda u, z: (u > z)), 1, lambda z: np.where(z == 0, 0.5, 0.2)),
        (deterministic(("z",), lambda z: 2 * z), 2, lambda z: z),
    ],
)
def test_abducted_noise_gives_the_value_and_has_its_law(mechanism: Mechanism, value: int, likelihood) -> None:  # noqa: ANN001
    n, rng = 20_000, np.random.default_rng(1)
    z = np.repeat([0, 1], n)
    assert mechanism.abduct is not None
    noise, weight = mechanism.abduct(rng, np.full(2 * n, value), z)
    assert weight == pytest.approx(np.asarray(likelihood(z), dtype=float))
    assert (mechanism.evaluate(noise, z)[weight > 0] == value).all()
    # Against rejection: noise drawn blindly and kept where it gives the value has the same mean in each group.
    blind = mechanism.draw_noise(np.random.default_rng(2), 2 * n)
    kept = mechanism.evaluate(blind, z) == value
    for group in (0, 1):
        wanted, got = blind[kept & (z == group)], noise[(z == group) & (weight > 0)]
        assert (len(wanted) == 0) == (len(got) == 0)
        if len(wanted):
            error = 2 * np.std(blind) / np.sqrt(len(wanted))  # of both means together, at most
            assert got.mean() == pytest.approx(wanted.mean(), abs=4 * error)


def test_a_value_tells_additive_and_exogenous_noise() -> None:
    rng = np.random.default_rng(0)
    line = additive(("x",), lambda x: 3 * x, 2.0)
    assert line.abduct is not None
    noise, likelihood = line.abduct(rng, np.array([7.0]), np.array([1.0]))
    assert noise.tolist() == [2.0]  # (7 - 3) / 2
    assert likelihood == pytest.approx(np.exp(-2) / (2 * np.sqrt(2 * np.pi)))
    alone = exogenous()
    assert alone.abduct is not None
    assert alone.abduct(rng, HALF)[0].tolist() == [0.5]
    flat = additive(("x",), lambda x: 3 * x, 0.0)
    assert flat.evaluate(np.array([9.0]), np.array([1.0])).tolist() == [3.0]
    assert not flat.solvable
    assert line.solvable
    assert alone.solvable
    assert not bernoulli((), lambda: 0.5).solvable


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: discrete((), {0: 0.5, 1: 0.6}, lambda u: u), r"sum to 1, but they are 0\.5, 0\.6; divide"),
        (lambda: discrete((), {0: -0.5, 1: 1.5}, lambda u: u), r"0 or more"),
        (lambda: discrete((), {}, lambda u: u), r"they are none"),
        (lambda: categorical((), lambda: [0.5, 0.6], "ab").evaluate(HALF), r"of a, b must .* sum to 1, but 1\.1 was"),
        (lambda: categorical((), lambda: [1.5, -0.5], "ab").evaluate(HALF), r"but -0\.5 was found"),
        (lambda: categorical((), lambda: [0.5, 0.5], "abc").evaluate(HALF), r"2 probabilities were given for 3 values"),
        (lambda: additive((), lambda: np.zeros(1), -1.0), r"scale of the noise is -1 but must be 0 or more"),
    ],
)
def test_what_is_no_mechanism_is_refused(make, said: str) -> None:  # noqa: ANN001
    with pytest.raises(ModelError, match=said):
        make()


@pytest.mark.parametrize("p", [1.7, -0.1, float("nan")])
def test_what_is_no_probability_is_named_however_it_is_met(p: float) -> None:
    model = SCM({"x": bernoulli((), lambda: 0.5), "y": bernoulli(("x",), lambda x: np.where(x == 1, p, 0.5))})
    said = rf"the chance of a 0/1 variable is {p:g}, but must lie between 0 and 1"
    for ask in (
        lambda: model.sample(50, np.random.default_rng(0)),
        model.table,
        lambda: model.counterfactual({"y": 1}, {"x": 0}),
        lambda: drawn_units(model, {"y": 1}, [(model, ("y",))], 50, np.random.default_rng(0)),
    ):
        with pytest.raises(ModelError, match=said):
            ask()


def test_a_probability_may_miss_one_by_rounding() -> None:
    tiny = bernoulli((), lambda: 1 + 1e-12)
    assert tiny.evaluate(np.array([0.3, 0.999])).tolist() == [1, 1]
