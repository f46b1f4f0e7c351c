"""Bayes: numbers by hand, scipy, exact enumeration, properties of updating, and refusals."""

from __future__ import annotations

from fractions import Fraction
from itertools import permutations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import beta, betabinom

from causalrec.causal.belief.pmf import Pmf, bayes_factor, from_odds, odds, posterior_odds
from causalrec.causal.belief.rates import BetaBernoulli
from causalrec.errors import CausalrecError, EstimationError

# Of 1,000 visitors 100 are campers; 80 of them click on the tent, and 90 of the others.
VISITORS = Pmf({"camper": 0.1, "other": 0.9})
CLICK = {"camper": 0.8, "other": 0.1}

WEIGHTS = st.floats(0.01, 1.0)
PIECES = st.lists(st.lists(WEIGHTS, min_size=3, max_size=3), min_size=2, max_size=4)
UNITS = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), min_size=1, max_size=20)


def pmf_of(weights) -> Pmf:
    return Pmf.from_weights(dict(zip("abc", weights, strict=True)))


# ---- tables --------------------------------------------------------------------------------------------------------


def test_bayes_by_hand():
    """80 of the 170 who click are campers: 8/17."""
    assert VISITORS.evidence(CLICK) == pytest.approx(0.17)
    assert VISITORS.update(CLICK)["camper"] == pytest.approx(8 / 17)
    assert VISITORS.update(lambda kind: CLICK[kind]) == VISITORS.update(CLICK)
    assert Pmf.from_weights({"camper": 80, "other": 90})["camper"] == pytest.approx(8 / 17)


def test_the_table_shows_every_step():
    table = VISITORS.table(CLICK)
    assert list(table.columns) == ["prior", "likelihood", "joint", "posterior"]
    assert table.loc["camper"].tolist() == pytest.approx([0.1, 0.8, 0.08, 8 / 17])
    assert table["joint"].sum() == pytest.approx(VISITORS.evidence(CLICK))
    assert table["posterior"].sum() == pytest.approx(1)


def test_monty_hall():
    """You took door 1, the host opened door 3, behind which the car never is: two thirds for door 2."""
    doors = Pmf.from_weights({1: 1, 2: 1, 3: 1})
    assert doors.update({1: 1 / 2, 2: 1, 3: 0}).probabilities == pytest.approx({1: 1 / 3, 2: 2 / 3, 3: 0})


def test_updating_agrees_with_exact_enumeration():
    """Two urns, three draws with replacement: every sequence counted in fractions."""
    white = {"first": Fraction(3, 4), "second": Fraction(1, 4)}
    prior = {"first": Fraction(1, 3), "second": Fraction(2, 3)}
    for draws in product((0, 1), repeat=3):
        joint = dict(prior)
        belief = Pmf({urn: float(p) for urn, p in prior.items()})
        for draw in draws:
            chance = {urn: p if draw else 1 - p for urn, p in white.items()}
            joint = {urn: joint[urn] * chance[urn] for urn in joint}
            belief = belief.update({urn: float(p) for urn, p in chance.items()})
        assert belief["first"] == pytest.approx(float(joint["first"] / sum(joint.values())))


@settings(deadline=None)
@given(st.lists(WEIGHTS, min_size=3, max_size=3), PIECES)
def test_the_order_of_updates_is_irrelevant(weights, pieces):
    results = []
    for order in permutations(pieces):
        belief = pmf_of(weights)
        for piece in order:
            belief = belief.update(dict(zip("abc", piece, strict=True)))
        results.append(belief.probabilities)
    at_once = pmf_of(weights).update(dict(zip("abc", np.prod(pieces, axis=0), strict=True)))
    assert all(result == pytest.approx(at_once.probabilities) for result in results)


@settings(deadline=None)
@given(st.floats(0.001, 0.999), st.lists(st.tuples(WEIGHTS, WEIGHTS), min_size=1, max_size=5))
def test_odds_say_what_the_table_says(p, pieces):
    belief, factors = Pmf({True: p, False: 1 - p}), []
    for if_true, if_false in pieces:
        belief = belief.update({True: if_true, False: if_false})
        factors.append(bayes_factor(if_true, if_false))
    assert from_odds(posterior_odds(odds(p), *factors)) == pytest.approx(belief[True])


@settings(deadline=None)
@given(st.lists(WEIGHTS, min_size=3, max_size=3), st.lists(WEIGHTS, min_size=3, max_size=3))
def test_the_prior_is_the_posterior_averaged_over_the_evidence(weights, likelihoods):
    prior, seen = pmf_of(weights), dict(zip("abc", likelihoods, strict=True))
    unseen = {h: 1 - likelihood for h, likelihood in seen.items()}
    expected = {h: prior.evidence(seen) * prior.update(seen)[h] for h in "abc"}
    if prior.evidence(unseen) > 0:
        expected = {h: p + prior.evidence(unseen) * prior.update(unseen)[h] for h, p in expected.items()}
    assert prior.probabilities == pytest.approx(expected)


def test_odds_by_hand():
    assert odds(0.1) == pytest.approx(1 / 9)
    assert bayes_factor(0.8, 0.1) == pytest.approx(8)
    assert posterior_odds(1 / 9, 8) == pytest.approx(8 / 9)
    assert from_odds(8 / 9) == pytest.approx(8 / 17)
    assert odds(0) == 0
    assert posterior_odds(2.5) == 2.5
    assert VISITORS.odds("camper") == pytest.approx(1 / 9)


def test_summaries():
    die = Pmf.from_weights(dict.fromkeys(range(1, 7), 1))
    assert die.mean == pytest.approx(3.5)
    assert die.most_probable == 1
    assert VISITORS.most_probable == "other"


def test_a_pmf_keeps_what_it_was_given():
    given_ = {"camper": 0.1, "other": 0.9}
    pmf = Pmf(given_)
    given_["camper"] = 0.5
    assert pmf["camper"] == 0.1
    pmf.update(CLICK)
    assert pmf == VISITORS


def test_a_pmf_is_shown_in_short():
    assert repr(VISITORS) == "Pmf(camper: 0.100, other: 0.900)"
    assert "… 4 more" in repr(Pmf.from_weights(dict.fromkeys(range(10), 1)))
    assert "<td>a &lt; b</td><td>1.000</td>" in Pmf({"a < b": 1.0})._repr_html_()
    assert "and 8 more" in Pmf.from_weights(dict.fromkeys(range(40), 1))._repr_html_()


# ---- rates ---------------------------------------------------------------------------------------------------------


def test_beta_by_hand():
    """Beta(2, 3) and 4 hits in 5: Beta(6, 4), mean .6 = ½ · 4/5 + ½ · 2/5, variance .24/11."""
    prior = BetaBernoulli(2, 3)
    posterior = prior.update(4, 5)
    assert (posterior.a, posterior.b) == (6, 4)
    assert posterior.mean == pytest.approx(0.6)
    assert posterior.variance == pytest.approx(0.24 / 11)
    assert prior.shrinkage(5) == pytest.approx(0.5)
    assert prior.shrink(4, 5) == pytest.approx(0.6)
    assert prior.shrink([4, 0], [5, 0]) == pytest.approx([0.6, 0.4])
    assert prior.shrinkage([5, 0]) == pytest.approx([0.5, 0])
    assert repr(posterior) == "Beta(6, 4), mean 0.600"
    assert "95 % interval" in posterior._repr_html_()


@settings(deadline=None)
@given(st.floats(0.1, 50), st.floats(0.1, 50), st.integers(0, 40), st.integers(0, 40))
def test_beta_agrees_with_scipy_and_with_shrinkage(a, b, hits, misses):
    trials = hits + misses
    posterior, theirs = BetaBernoulli(a, b).update(hits, trials), beta(a + hits, b + misses)
    assert posterior.mean == pytest.approx(theirs.mean())
    assert posterior.variance == pytest.approx(theirs.var())
    assert posterior.interval(0.9) == pytest.approx(theirs.ppf([0.05, 0.95]), abs=1e-9)
    w, rate = BetaBernoulli(a, b).shrinkage(trials), hits / max(trials, 1)
    assert posterior.mean == pytest.approx(w * rate + (1 - w) * a / (a + b))
    assert BetaBernoulli(a, b).shrink(hits, trials) == pytest.approx(posterior.mean)


def test_beta_is_the_limit_of_a_table_of_rates():
    rates = (np.arange(500) + 0.5) / 500
    table = Pmf.from_weights(dict(zip(rates, beta(2, 5).pdf(rates), strict=True))).update(lambda r: r**3 * (1 - r) ** 4)
    assert table.mean == pytest.approx(BetaBernoulli(2, 5).update(3, 7).mean, abs=1e-4)
    assert table.evidence(lambda r: r) == pytest.approx(BetaBernoulli(2, 5).update(3, 7).mean, abs=1e-4)


@settings(deadline=None)
@given(st.permutations([(1, 2), (0, 3), (5, 5)]))
def test_the_order_of_trials_is_irrelevant(batches):
    belief = BetaBernoulli(2, 3)
    for hits, trials in batches:
        belief = belief.update(hits, trials)
    assert (belief.a, belief.b) == (8, 7)


def test_the_fitted_prior_is_the_likeliest():
    """Against scipy's beta-binomial on a grid around it, and against the prior that the units were drawn from."""
    rng = np.random.default_rng(5)
    n = rng.integers(1, 30, 3000)
    s = rng.binomial(n, rng.beta(3, 7, 3000))
    prior = BetaBernoulli.fit(s, n)
    assert (prior.a, prior.b) == pytest.approx((3, 7), rel=0.15)
    best = betabinom(n, prior.a, prior.b).logpmf(s).sum()
    for a, b in product(np.linspace(0.97, 1.03, 5), repeat=2):
        assert betabinom(n, prior.a * a, prior.b * b).logpmf(s).sum() <= best + 1e-6


def test_the_fitted_prior_by_closed_form():
    """Two units of two trials, one with 2 hits and one with 0: all alike, refused. With (1, 1) added it is Beta(1, 1).

    Likelihood ∝ m(m + φ)/(1 + φ) · (1 − m)(1 − m + φ)/(1 + φ) · m(1 − m)/(1 + φ) with φ = 1/(a + b). At m = ½:
    (½ + φ)² / (1 + φ)³, greatest at φ = ½.
    """
    prior = BetaBernoulli.fit([2, 0, 1], [2, 2, 2])
    assert (prior.a, prior.b) == pytest.approx((1, 1), rel=1e-4)
    with pytest.raises(EstimationError, match="in each of the 2 units all trials ended alike"):
        BetaBernoulli.fit([2, 0], [2, 2])


def test_shrinkage_with_a_fitted_prior_errs_less_than_the_raw_rates_and_than_the_common_rate():
    rng = np.random.default_rng(8)
    theta = rng.beta(4, 6, 400)
    n = rng.integers(1, 20, 400)
    s = rng.binomial(n, theta)
    error = {"raw": s / n, "common": s.sum() / n.sum(), "shrunk": BetaBernoulli.fit(s, n).shrink(s, n)}
    error = {name: np.mean((estimate - theta) ** 2) for name, estimate in error.items()}
    assert error["shrunk"] < 0.85 * error["common"]
    assert error["shrunk"] < 0.85 * error["raw"]


def test_units_that_are_alike_are_refused():
    with pytest.raises(EstimationError, match=r"3 units differ no more than luck .* the common rate, 0\.5"):
        BetaBernoulli.fit([5, 5, 5], [10, 10, 10])
    for successes, trials in (([0, 0], [5, 9]), ([1, 0, 1], [1, 1, 1]), ([0], [0])):
        with pytest.raises(EstimationError, match="all trials ended alike"):
            BetaBernoulli.fit(successes, trials)


@settings(deadline=None, max_examples=80)
@given(UNITS)
def test_a_prior_is_fitted_or_refused(units):
    hits, trials = np.array([(s, s + f) for s, f in units]).T
    try:
        prior = BetaBernoulli.fit(hits, trials)
    except EstimationError:
        prior = None
    strengths = np.array([0.1, 1, 10, 100, 1e4])[:, None, None]
    means = np.array([np.clip(hits.sum() / max(trials.sum(), 1), 0.01, 0.99), 0.2, 0.5, 0.8])[:, None]
    others = betabinom.logpmf(hits, trials, strengths * means, strengths * (1 - means)).sum(axis=-1)
    if prior is None:  # then there is no peak between: at the common rate the weakest or the strongest is best
        assert max(others[0, 0], others[-1, 0]) >= others[:, 0].max() - 1e-9
    else:
        assert others.max() <= betabinom.logpmf(hits, trials, prior.a, prior.b).sum() + 1e-4


# ---- refusals ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("make", "said"), [
    (lambda: Pmf({}), "there is no hypothesis"),
    (lambda: Pmf({"a": 0.5, "b": 0.4}), r"sum to 0\.9, but together they must be 1; .* Pmf\.from_weights"),
    (lambda: Pmf({"a": 1.5, "b": -0.5}), r"the probability of 'b' is -0\.5, but a finite number of 0 or more"),
    (lambda: Pmf({"a": float("nan"), "b": 0.5}), "the probability of 'a' is nan"),
    (lambda: Pmf({"a": "much"}), "the probability of 'a' is 'much'"),
    (lambda: Pmf.from_weights({"a": 0, "b": 0}), "all weights are 0"),
    (lambda: Pmf.from_weights({"a": 3, "b": -1}), "the weight of 'b' is -1"),
    (lambda: VISITORS["cat"], "'cat' is no hypothesis here; there are 'camper', 'other'"),
    (lambda: VISITORS.update({"camper": 0, "other": 0}), "the evidence has probability 0 under every hypothesis"),
    (lambda: Pmf({"a": 1.0, "b": 0.0}).update({"a": 0, "b": 1}), r"prior above 0 \('a'\)"),
    (lambda: VISITORS.update({"camper": 0.8}), "the likelihood of 'other' is missing"),
    (lambda: VISITORS.update({"camper": 0.8, "other": 0.1, "cat": 0.2}), "'cat' has no prior"),
    (lambda: VISITORS.update({"camper": -0.8, "other": 0.1}), "the likelihood of 'camper' is -0.8"),
    (lambda: VISITORS.mean, r"hypotheses \('camper', 'other'\) are not numbers"),
    (lambda: Pmf({"a": 1.0}).odds("a"), "p is 1, and what is certain has infinite odds"),
    (lambda: odds(1), "infinite odds"),
    (lambda: odds(10), "p is 10, but a probability lies between 0 and 1; divide counts by their total"),
    (lambda: odds(float("nan")), "p is nan"),
    (lambda: from_odds(-1), "odds is -1"),
    (lambda: from_odds(float("inf")), "odds is inf"),
    (lambda: posterior_odds(1, -2), "a Bayes factor is -2"),
    (lambda: bayes_factor(0, 0), "impossible if h is false, and if h is true"),
    (lambda: bayes_factor(0.5, 0), "impossible if h is false, which proves h"),
    (lambda: bayes_factor(-0.5, 0.1), "is -0.5"),
    (lambda: BetaBernoulli(0, 1), r"Beta\(0, 1\) does not exist"),
    (lambda: BetaBernoulli(float("nan"), 1), "does not exist"),
    (lambda: BetaBernoulli().interval(95), "level is 95"),
    (lambda: BetaBernoulli().update(3, 2), r"3 successes in 2 trials cannot be \(unit 0\)"),
    (lambda: BetaBernoulli().shrink([1, -1], [2, 2]), r"-1 successes in 2 trials cannot be \(unit 1\)"),
    (lambda: BetaBernoulli().shrink([1, 1], [2, 2, 2]), r"successes have shape \(2,\), trials \(3,\)"),
    (lambda: BetaBernoulli.fit([1, float("nan")], [2, 2]), "nan successes"),
    (lambda: Pmf([0.5, 0.5]), r"a probability for each hypothesis is asked for, .* and not \[0\.5, 0\.5\]"),
    (lambda: Pmf.from_weights("ab"), "a weight for each hypothesis is asked for, .* and not 'ab'"),
    (lambda: VISITORS["campers"], r"'campers' is no hypothesis here; did you mean 'camper'\?$"),
    (lambda: VISITORS[["camper"]], r"\['camper'\] is no hypothesis here"),
    (lambda: VISITORS.update([0.8, 0.1]), r"a likelihood is asked for, .* and not \[0\.8, 0\.1\]"),
    (lambda: odds("even"), "p is 'even', but a number of 0 or more is needed"),
    (lambda: from_odds("even"), "odds is 'even'"),
    (lambda: BetaBernoulli("one", 1), r"Beta\(one, 1\) does not exist"),
    (lambda: BetaBernoulli().update("two", 3), "numbers of successes and trials are asked for and not "),
])
def test_what_cannot_be_is_refused(make, said):
    with pytest.raises(CausalrecError, match=said):
        make()
