"""Twin worlds: one table, two answers to do(). Checked by tables worked by hand and by enumeration of random joints."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from causalrec.causal.formulas.table import Table
from causalrec.causal.models.mechanism import bernoulli
from causalrec.causal.models.scm import SCM
from causalrec.causal.models.twins import twin_worlds
from causalrec.errors import ModelError

# 100 visitors: 50 were shown the tent, of whom 23 bought; of the 50 others 9 bought.
TENT = Table(("shown", "bought"), ((0, 1), (0, 1)), [[0.41, 0.09], [0.27, 0.23]])


def after(model, joint, **do):
    """P(y | do) as an array over the joint's values of y, by the model's exact table."""
    table = model.do(**do).table("y")
    domain = joint.marginal("y").domains[0]
    return np.array([table.probability(y=value) if value in table.domains[0] else 0 for value in domain])


def off(world, joint):
    """How far the world's exact table is from the joint, at most; the values may stand in another order."""
    table = world.table(joint.variables)
    gaps = [abs(table.probabilities.sum() - 1)]
    for values in product(*joint.domains):
        known = all(value in domain for value, domain in zip(values, table.domains, strict=True))
        entry = dict(zip(joint.variables, values, strict=True))
        gaps.append(abs((table.probability(entry) if known else 0) - joint.probability(entry)))
    return max(gaps)


# Worked cases.


def test_the_tent_by_hand():
    twins = twin_worlds(TENT, "shown", "bought")
    first, second = twins
    assert (first, second) == (twins.first, twins.second)
    for world in twins:
        table = world.table(("shown", "bought"))
        assert table.domains == TENT.domains
        assert table.probabilities == pytest.approx(TENT.probabilities, abs=1e-15)
        assert table.condition(shown=1).mean("bought") == pytest.approx(23 / 50)
    # 23 of the 50 shown bought, 9 of the 50 others, 32 of all 100.
    assert [first.do(shown=r).table().mean("bought") for r in (0, 1)] == pytest.approx([9 / 50, 23 / 50])
    assert [second.do(shown=r).table().mean("bought") for r in (0, 1)] == pytest.approx([32 / 100, 32 / 100])


def test_the_graphs_say_what_differs():
    twins = twin_worlds(TENT, "shown", "bought")
    assert str(twins.first.graph) == "shown -> bought"
    assert twins.second.graph.parents("shown") == twins.second.graph.parents("bought") == {"cause_of_shown"}
    assert twins.second.hidden == {"cause_of_shown"}
    assert twins.first.hidden == frozenset()
    assert twins.second.visible_graph.confounded == {frozenset({"shown", "bought"})}
    assert twins.second.visible_graph.arrows == frozenset()
    assert repr(twins).startswith("Twins(first: shown -> bought, second: ")


def test_a_log_of_the_second_hides_the_cause_and_has_the_same_law():
    twins = twin_worlds(TENT, "shown", "bought")
    n = 40_000
    for world in twins:
        log = world.sample(n, np.random.default_rng(3))
        assert set(log) == {"shown", "bought"}
        for r in (0, 1):
            for y in (0, 1):
                p = TENT.probability(shown=r, bought=y)
                share = ((log["shown"] == r) & (log["bought"] == y)).mean()
                assert share == pytest.approx(p, abs=5 * np.sqrt(p * (1 - p) / n))


@pytest.mark.parametrize("before", [(), "c", ("d", "c")])
def test_with_the_same_noise_both_worlds_draw_the_same_rows(before):
    weights = np.random.default_rng(4).integers(0, 9, (2, 3, 2, 2))
    joint = Table(("y", "x", "c", "d"), ((0, 1), ("a", "b", "c"), (0, 1), (0, 1)), weights / weights.sum())
    one, other = (world.sample(300, np.random.default_rng(8))[list(joint.variables)]
                  for world in twin_worlds(joint, "x", "y", before=before))
    assert one.equals(other)
    assert one["x"].nunique() == 3


def test_the_twins_are_no_bounds():
    # Where h is hidden and x harms everybody a little, both twins say it does not.
    third = SCM(
        {
            "h": bernoulli((), lambda: 0.5),
            "x": bernoulli(("h",), lambda h: 0.1 + 0.8 * h),
            "y": bernoulli(("h", "x"), lambda h, x: 0.1 + 0.8 * h - 0.1 * x),
        },
        hidden=frozenset({"h"}),
    )
    first, second = twin_worlds(third.table(("x", "y")), "x", "y")
    effects = [world.do(x=1).table().mean("y") - world.do(x=0).table().mean("y") for world in (third, first, second)]
    assert effects[0] == pytest.approx(-0.1)
    # P(h | x) = .9: E[y | x = 1] = .9 x .8 + .1 x 0 = .72, E[y | x = 0] = .1 x .9 + .9 x .1 = .18
    assert effects[1] == pytest.approx(0.72 - 0.18)
    assert effects[2] == pytest.approx(0)


def test_a_mediator_and_a_covariate_by_hand():
    # c -> r -> m -> y and c -> y: c comes before, m between.
    joint = Table(
        ("y", "m", "c", "r"),
        ((0, 1),) * 4,
        np.array([p_c * p_r * p_m * p_y
                  for y in (0, 1) for m in (0, 1) for c in (0, 1) for r in (0, 1)
                  for p_c in [0.5] for p_r in [0.8 if r == c else 0.2]
                  for p_m in [0.75 if m == r else 0.25]
                  for p_y in [(0.1 + 0.4 * m + 0.4 * c) if y else 0.9 - 0.4 * m - 0.4 * c]]).reshape(2, 2, 2, 2),
    )
    first, second = twin_worlds(joint, "r", "y", before="c")
    # E[y | do(r)] = .1 + .4 P(m = 1 | r) + .4 x .5
    assert first.do(r=1).table().mean("y") == pytest.approx(0.1 + 0.4 * 0.75 + 0.2)
    assert first.do(r=0).table().mean("y") == pytest.approx(0.1 + 0.4 * 0.25 + 0.2)
    # E[y] = .1 + .4 x .5 + .4 x .5, whatever is done to r
    assert second.do(r=1).table().mean("y") == pytest.approx(0.5)
    assert second.do(r=0).table().mean("m") == pytest.approx(0.5)
    # Without the covariate in its place, the plain comparison counts as effect: E[y | r] = .1 + .4 P(m|r) + .4 P(c|r).
    plain, _ = twin_worlds(joint, "r", "y")
    assert plain.do(r=1).table().mean("y") == pytest.approx(0.1 + 0.4 * 0.75 + 0.4 * 0.8)


def test_words_as_values_and_a_name_already_taken():
    joint = Table(("cause_of_ad", "ad", "y"), (("hot", "cold"), ("banner", "mail", "none"), (0, 1)),
                  np.array([4, 1, 2, 3, 5, 5, 1, 4, 2, 3, 6, 4]).reshape(2, 3, 2) / 40)
    twins = twin_worlds(joint, "ad", "y")
    assert twins.second.hidden == {"cause_of_ad_"}
    for world in twins:
        assert off(world, joint) <= 1e-12
    # banner: 4 + 1 with heat, 1 + 4 without; bought 1 + 4 of 10
    assert twins.first.do(ad="banner").table(("y",)).mean("y") == pytest.approx(5 / 10)


def test_values_that_never_occur_together_go_by_the_margin():
    # Nobody with c = 1 was ever shown r = 1: P(y | r = 1, c = 1) is nowhere in the log.
    joint = Table(("c", "r", "y"), ((0, 1),) * 3, np.array([[[2, 2], [1, 3]], [[6, 2], [0, 0]]]) / 16)
    twins = twin_worlds(joint, "r", "y", before="c")
    for world in twins:
        assert off(world, joint) <= 1e-12
    # .5 x 3/4 from c = 0 and, for want of better, .5 x 7/16 from c = 1
    assert twins.first.do(r=1).table().mean("y") == pytest.approx(0.5 * 3 / 4 + 0.5 * 7 / 16)


# What is refused.


@pytest.mark.parametrize(("joint", "x", "y", "before", "says"), [
    (Table(("x", "y"), ((0, 1), (0, 1)), [[4, 1], [2, 3]]), "x", "y", (), r"sums to 10, .*divide it by its sum"),
    (TENT, "shown", "price", (), r"no variable 'price'; it has shown, bought"),
    (TENT, "show", "bought", (), r"no variable 'show'; did you mean 'shown'\? It has shown, bought"),
    (TENT, ["shown"], "bought", (), r"no variable \['shown'\]"),
    ("shown -> bought", "shown", "bought", (), "a Table of probabilities is asked for, .* and not a str"),
    (TENT, "shown", "bought", ("age",), r"no variable 'age'"),
    (TENT, "shown", "shown", (), r"are shown, shown; name every variable once"),
    (TENT, "shown", "bought", "bought", r"are bought, shown, bought; name every variable once"),
])
def test_what_is_no_pair_of_twins(joint, x, y, before, says):
    with pytest.raises(ModelError, match=says):
        twin_worlds(joint, x, y, before=before)


def test_a_value_that_the_table_does_not_know():
    first, second = twin_worlds(TENT, "shown", "bought")
    with pytest.raises(ModelError, match=r"shown never takes the value 2 in the table .* it takes 0, 1"):
        first.do(shown=2).sample(5, np.random.default_rng(0))
    assert (second.do(shown=2).sample(5, np.random.default_rng(0))["shown"] == 2).all()  # nobody listens to it


# Properties on random joints, zeros among them; do() by the adjustment formula on the joint itself.


@st.composite
def joints(draw):
    """A joint of x, y and up to two others with 2 or 3 values each, in any order; some of the others covariates."""
    names = draw(st.permutations(["x", "y", "a", "b"][: draw(st.integers(2, 4))]))
    shape = [draw(st.integers(2, 3)) for _ in names]
    weights = draw(st.lists(st.integers(0, 20), min_size=int(np.prod(shape)), max_size=int(np.prod(shape))))
    assume(sum(weights) > 0)
    others = [name for name in names if name not in ("x", "y")]
    before = tuple(name for name in others if draw(st.booleans()))
    table = np.array(weights, dtype=float).reshape(shape) / sum(weights)
    return Table(tuple(names), tuple(tuple(range(size)) for size in shape), table), before


def adjusted(joint, before):
    """Σ_b P(y | x, b) P(b), shape (values of x, values of y), computed on the joint; NaN where it is not defined."""
    wanted = joint.marginal((*before, "x", "y")).probabilities
    together = wanted.reshape(-1, *wanted.shape[-2:])  # (strata, x, y)
    with np.errstate(invalid="ignore"):
        given_both = together / together.sum(axis=2, keepdims=True)
    strata = together.sum(axis=(1, 2))
    return np.einsum("b,bxy->xy", strata[strata > 0], given_both[strata > 0])


@settings(max_examples=60, deadline=None)
@given(joints())
def test_both_worlds_have_the_table_and_answer_do_as_they_should(case):
    joint, before = case
    first, second = twin_worlds(joint, "x", "y", before=before)
    for world in (first, second):
        assert off(world, joint) <= 1e-12
    margin, by_hand = joint.marginal("y").probabilities, adjusted(joint, before)
    for place, value in enumerate(joint.domains[joint.variables.index("x")]):
        assert after(second, joint, x=value) == pytest.approx(margin, abs=1e-12)
        if not np.isnan(by_hand[place]).any():
            assert after(first, joint, x=value) == pytest.approx(by_hand[place], abs=1e-12)


@settings(max_examples=60, deadline=None)
@given(joints())
def test_without_covariates_do_differs_exactly_where_x_and_y_are_dependent(case):
    joint, _ = case
    both = joint.marginal(("x", "y"))
    gap = np.abs(both.probabilities - np.outer(both.marginal("x").probabilities, both.marginal("y").probabilities))
    shown = [value for value in both.domains[0] if both.marginal("x").probability(x=value) > 0]
    first, second = twin_worlds(joint, "x", "y")
    differ = max(np.abs(after(first, joint, x=value) - after(second, joint, x=value)).max() for value in shown)
    assert (differ > 1e-9) == (gap.max() > 1e-9)
