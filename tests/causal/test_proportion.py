"""Wilson's interval: by hand, beside statsmodels, by its own equation, and how often it holds the truth."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.proportion import proportion_confint

from causalrec.causal.belief.proportion import wilson_interval
from causalrec.errors import EstimationError


def test_by_hand():
    # 8 of 10: centre (.8 + .19207) / 1.38415 = .71674, reach 1.96 sqrt(.016 + .0096036) / 1.38415 = .22658
    low, high = wilson_interval(8, 10)
    assert (low, high) == (pytest.approx(0.4902, abs=1e-4), pytest.approx(0.9433, abs=1e-4))
    low, high = wilson_interval([0, 20], [20, 20])
    assert low == pytest.approx([0, 0.8389], abs=1e-4)
    assert (low >= 0).all()
    assert (high <= 1).all()
    assert high == pytest.approx([0.1611, 1], abs=1e-4)


@given(st.integers(1, 10**6), st.floats(0, 1), st.floats(0.01, 0.999))
def test_as_statsmodels_has_it(trials, share, level):
    hits = round(share * trials)
    assert wilson_interval(hits, trials, level) == pytest.approx(
        proportion_confint(hits, trials, alpha=1 - level, method="wilson"), abs=1e-9
    )


@pytest.mark.parametrize("p", [0.02, 0.3, 0.9])
def test_it_holds_the_truth_19_times_in_20_and_solves_its_equation(p):
    hits = np.random.default_rng(0).binomial(200, p, 20_000)
    low, high = wilson_interval(hits, 200)
    assert ((low <= p) & (p <= high)).mean() == pytest.approx(0.95, abs=0.025)
    for end in (low, high):  # the ends are the p at which the share lies 1.96 standard errors away
        inside = (end > 1e-12) & (end < 1 - 1e-12)
        error = np.sqrt(end * (1 - end) / 200)[inside]
        assert np.abs(hits / 200 - end)[inside] / error == pytest.approx(1.959964, rel=1e-5)


@pytest.mark.parametrize(("hits", "trials", "level"), [(0, 0, 0.95), (-1, 5, 0.95), (6, 5, 0.95), (1, 5, 1), (1, 5, 0)])
def test_what_cannot_be(hits, trials, level):
    with pytest.raises(EstimationError, match="give 1 trial or more, at most as many hits, and a level such as"):
        wilson_interval(hits, trials, level)
