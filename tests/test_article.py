"""The article's formulas against cases worked by hand and against the algebra that condemns them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from causalrec import article
from causalrec.errors import CausalrecError, EstimationError

probability = st.floats(0, 1)

# Ten rows by hand: is it this item, was it bought? 3 of the item's 4 rows and 1 of the other 6 were bought.
ITEM = np.array([1, 1, 1, 1, 0, 0, 0, 0, 0, 0])
BUY = np.array([1, 1, 1, 0, 1, 0, 0, 0, 0, 0])


def test_bayes_as_printed_is_the_share_of_buyers_among_the_items_rows():
    p_item_given_buy = ITEM[BUY == 1].mean()  # 3/4
    assert article.bayes_as_printed(p_item_given_buy, BUY.mean(), ITEM.mean()) == pytest.approx(3 / 4)


def test_the_articles_naming_of_the_events_gives_another_number():
    item = np.array([1, 1, 1, 1, 0, 0, 0, 0, 0, 0])
    buy = np.array([1, 0, 0, 0, 1, 0, 0, 0, 0, 0])  # P(buy | item) = 1/4, P(item | buy) = 1/2
    as_printed = article.bayes_as_printed(item[buy == 1].mean(), buy.mean(), item.mean())
    as_named = article.bayes(buy[item == 1].mean(), item.mean(), buy.mean())  # A = item
    assert as_printed == pytest.approx(1 / 4)
    assert as_named == pytest.approx(1 / 2)


def test_seeing_is_not_doing_whatever_the_rule():
    # Only keen users are shown the item, and only keen users buy: whoever sees it buys, and showing it does nothing.
    keen = np.array([1, 1, 0, 0])
    seen, bought_anyway = keen, keen
    p_buy_given_seen = article.bayes_as_printed(seen[bought_anyway == 1].mean(), bought_anyway.mean(), seen.mean())
    assert p_buy_given_seen == 1
    assert bought_anyway.mean() == 0.5  # P(buy | do(show)), to everybody


def test_bayes_takes_arrays():
    result = article.bayes(np.array([0.5, 0.2]), 0.4, np.array([0.5, 0.4]))
    assert result == pytest.approx([0.4, 0.2])


@given(st.tuples(probability, probability, probability))
def test_bayes_is_symmetric_in_the_joint(cell):
    p_a, b_given_a, b_given_not_a = cell
    p_b = p_a * b_given_a + (1 - p_a) * b_given_not_a
    if p_b < 1e-6:
        return
    posterior = article.bayes(b_given_a, p_a, p_b)
    assert 0 <= posterior <= 1
    assert posterior * p_b == pytest.approx(b_given_a * p_a, abs=1e-12)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((1.2, 0.5, 0.5), "likelihood is 1.2"),
        ((0.5, float("nan"), 0.5), "prior is nan"),
        ((0.5, 0.5, 0.0), "evidence is 0"),
        ((0.9, 0.9, 0.1), "same table"),
    ],
)
def test_bayes_refuses_what_cannot_be(arguments, told):
    with pytest.raises(CausalrecError, match=told):
        article.bayes(*arguments)


# --- Do, Undo, DoPrime on a linear funnel without a direct arrow browse -> buy --------------------------------------
# click = .2 + .6 browse;  buy = .101 + .5 click (chances, read as numbers);  3 of 10 users browse.
# Natural click: mean .2 + .6 * .3 = .38, so f(1, click) averages .101 + .19 = .291.
# After do(browse = 1): click = .8, buy = .101 + .4 = .501. After do(browse = 0): .201. Total derivative .6 * .5 = .30.
BROWSE = np.array([1, 1, 1, 0, 0, 0, 0, 0, 0, 0])


def click_of(browse):
    return 0.2 + 0.6 * np.asarray(browse)


def buy(browse, click):
    return 0.101 + 0.5 * click


def test_structural_equation_applies_the_equation_to_the_causes():
    assert article.structural_equation(buy, {"browse": 1, "click": 0.8}) == pytest.approx(0.501)


def test_printed_do_undo_and_do_prime_on_the_linear_funnel():
    everyone = np.ones(10)
    natural, after = {"click": click_of(BROWSE)}, {"click": click_of(everyone)}
    assert article.do(buy, everyone, natural).mean() == pytest.approx(0.291)
    assert article.undo(buy, everyone, after).mean() == pytest.approx(0.501)
    assert article.do_prime(buy, everyone, after).mean() == pytest.approx(0, abs=1e-9)

    def mean_purchases(browse):  # E[Y | do(browse)]: the funnel run through
        return buy(browse, click_of(browse))

    assert article.undo(buy, 1, {"click": click_of(1)}) == mean_purchases(1)  # the printed Undo is the real do
    assert mean_purchases(1) - mean_purchases(0) == pytest.approx(0.30)  # what the printed DoPrime misses


def test_do_prime_is_the_partial_derivative_and_has_units():
    def demand(price, quality):
        return 10 - 0.2 * price**2 + quality

    in_euro = article.do_prime(demand, 5.0, {"quality": 1.0})
    in_cents = article.do_prime(lambda cents, quality: demand(cents / 100, quality), 500.0, {"quality": 1.0})
    assert in_euro == pytest.approx(-2.0, abs=1e-6)  # -0.4 * 5, by hand
    assert in_cents == pytest.approx(-0.02, abs=1e-8)


def test_the_currency_ranks_the_shop_in_the_printed_score():
    do, undo, p = np.array([0.3, 0.4]), np.array([0.3, 0.4]), 0.5
    per_euro = np.array([-0.5, -0.1])
    assert np.argmax(article.score_as_printed(p, do, undo, per_euro)) == 0
    assert np.argmax(article.score_as_printed(p, do, undo, per_euro / 100)) == 1


def test_do_prime_of_a_binary_treatment_is_the_difference_at_the_mediators_given():
    def equation(browse, click):
        return 0.1 + 0.2 * browse + 0.5 * click + 0.1 * browse * click

    assert article.do_prime(equation, 1, {"click": 0.5}, binary=True) == pytest.approx(0.25)
    assert article.do_prime(equation, 0, {"click": 0.5}, binary=True) == pytest.approx(0.25)
    with pytest.raises(CausalrecError, match="expects 0 or 1"):
        article.do_prime(equation, 0.5, {"click": 0.5}, binary=True)


# --- Causal Score and Causal Impact ---------------------------------------------------------------------------------
# treated 2, 4 (mean 3), control 0, 2 (mean 1); sums of squares: all 8 (mean 2), within 2 + 2.
OUTCOME, TREATED = np.array([2.0, 4.0, 0.0, 2.0]), np.array([1, 1, 0, 0])


@pytest.mark.parametrize(
    ("spread", "sigma"), [("all", (8 / 3) ** 0.5), ("pooled", (4 / 2) ** 0.5), ("control", (2 / 1) ** 0.5)]
)
def test_causal_score_by_hand(spread, sigma):
    assert article.causal_score(OUTCOME, TREATED, spread) == pytest.approx(2 / sigma)


def test_causal_score_is_literal_by_default_and_takes_booleans():
    assert article.causal_score(OUTCOME, TREATED == 1) == article.causal_score(OUTCOME, TREATED, "all")


@given(
    st.lists(st.integers(-50, 50), min_size=2, max_size=20).filter(lambda values: len(set(values)) > 1),
    st.lists(st.integers(-50, 50), min_size=2, max_size=20).filter(lambda values: len(set(values)) > 1),
)
def test_the_spread_over_all_y_understates_a_large_effect(treated, control):
    y, t = np.array(treated + control, dtype=float), np.repeat([1, 0], [len(treated), len(control)])
    literal, cohen = article.causal_score(y, t), article.causal_score(y, t, "pooled")
    assert np.sign(literal) == np.sign(cohen)
    if abs(cohen) >= 2:  # the effect itself is then in the SD of all Y
        assert abs(literal) < abs(cohen)


@pytest.mark.parametrize(
    ("outcome", "treated", "spread", "told"),
    [
        ([1, 2, 3], [1, 0], "all", "differ in length"),
        ([1, 2, float("nan")], [1, 0, 0], "all", "missing"),
        ([1, 2, 3], [1, 2, 0], "all", "other than 0 and 1"),
        ([1, 2, 3], [1, 0, 0], "all", "treated group has 1 row"),
        ([0.1] * 6, [1, 1, 1, 0, 0, 0], "all", "never varies"),
        ([1, 2, 3, 3], [1, 1, 0, 0], "control", "never varies"),
        ([1, 2, 3, 4], [1, 1, 0, 0], "cohen", "choose 'all'"),
        (["yes", "no"], [1, 0], "all", "other than numbers"),
        ([], [], "all", "at least one row"),
    ],
)
def test_causal_score_refuses_in_one_sentence(outcome, treated, spread, told):
    with pytest.raises(EstimationError, match=told):
        article.causal_score(outcome, treated, spread)


def test_causal_impact_has_the_printed_sign():
    before, after = [10, 20, 30], [13, 22, 31]  # sales rose by 3, 2 and 1
    assert article.causal_impact(before, after) == pytest.approx(-2)
    with pytest.raises(EstimationError, match="differ in length"):
        article.causal_impact([1, 2], [1, 2, 3])


# --- the score ------------------------------------------------------------------------------------------------------


def test_the_counter_example_prefers_the_sure_thing():
    sure_thing = article.score_charitable(0.5, mu0=0.40, mu1=0.40)
    persuadable = article.score_charitable(0.5, mu0=0.05, mu1=0.50)
    assert sure_thing == pytest.approx(0.60)
    assert persuadable == pytest.approx(-0.15)


def test_scores_of_many_items_at_once():
    scores = article.score_charitable(np.array([0.5, 0.5]), np.array([0.40, 0.05]), np.array([0.40, 0.50]))
    assert scores == pytest.approx([0.60, -0.15])


def test_the_printed_score_on_the_funnel():
    assert article.score_as_printed(0.5, do=0.291, undo=0.501, do_prime=0) == pytest.approx(0.6465)


def value(p, mu0, mu1):
    """V(p), recovered from the article's score: s = V(p) + p * undo - do_prime."""
    return article.score_charitable(p, mu0, mu1) - p * mu0 + (mu1 - mu0)


@given(probability, probability, probability)
def test_charitable_is_the_value_of_a_policy_plus_a_remainder(p, mu0, mu1):
    assert value(p, mu0, mu1) == pytest.approx(p * mu1 + (1 - p) * mu0, abs=1e-12)
    assert article.score_charitable(p, mu0, mu1) == pytest.approx(2 * mu0 - (1 - p) * mu1, abs=1e-12)


@given(probability, probability, probability, probability)
def test_improving_the_recommendation_never_raises_the_charitable_score(p, mu0, mu1, better):
    low, high = sorted((mu1, better))
    assert article.score_charitable(p, mu0, high) <= article.score_charitable(p, mu0, low) + 1e-12


@given(probability, probability)
def test_the_slope_of_the_value_is_the_uplift(mu0, mu1):
    assert value(1.0, mu0, mu1) - value(0.0, mu0, mu1) == pytest.approx(mu1 - mu0, abs=1e-12)
    assert value(0.75, mu0, mu1) - value(0.25, mu0, mu1) == pytest.approx((mu1 - mu0) / 2, abs=1e-12)
