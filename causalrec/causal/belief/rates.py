"""What is believed of a rate, such as a click rate, after few trials. First taught: lesson 1a."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from math import inf
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from causalrec.errors import CausalrecError, EstimationError
from causalrec.types import Array


@dataclass(frozen=True, repr=False)
class BetaBernoulli:
    """What is believed of a rate θ, such as a click rate: θ ~ Beta(a, b), as after a hits and b misses.

    Density ∝ θᵃ⁻¹ (1 − θ)ᵇ⁻¹; a + b is the strength of the belief, in trials. Beta(1, 1) holds all rates equally
    likely.

    Raises:
        CausalrecError: a or b that is not a number above 0.

    Source: Gelman et al. 2013, Bayesian Data Analysis, 3rd edition, section 2.4. First taught: lesson 1a.
    """

    a: float = 1.0
    b: float = 1.0

    def __post_init__(self) -> None:
        """Refuse what is no Beta distribution."""
        if not all(isinstance(part, Real) and 0 < part < inf for part in (self.a, self.b)):
            raise CausalrecError(f"Beta({self.a}, {self.b}) does not exist; give two numbers above 0, such as 1, 1 "
                                 "where every rate is as likely as any other.")

    @classmethod
    def fit(cls, successes: ArrayLike, trials: ArrayLike) -> BetaBernoulli:
        """The prior under which the counts of many units (users, items) are likeliest: empirical Bayes.

        Maximises the marginal likelihood Σᵢ log B(a + sᵢ, b + nᵢ − sᵢ) − log B(a, b), B the beta function, in which
        each unit's own rate is integrated out.

        Args:
            successes: sᵢ, shape (units,).
            trials: nᵢ, shape (units,); units without a trial say nothing.

        Raises:
            EstimationError: counts that cannot be; units that differ no more than luck alone would let them, or in
                which all trials end alike: then no such prior is likeliest.

        Source: Gelman et al. 2013, section 5.3 (the model); Tarone 1979, Biometrika 66 (the check that units differ).
        First taught: lesson 1a.
        """
        s, n = _counts(successes, trials)
        _check_units_differ(s, n)
        from scipy.optimize import minimize
        from scipy.special import betaln, digamma

        def loss(logs: Array) -> tuple[float, Array]:
            a, b = np.exp(logs)
            value = (betaln(a + s, b + n - s) - betaln(a, b)).sum()
            common = digamma(a + b) - digamma(a + b + n)
            slopes = [(digamma(a + s) - digamma(a) + common).sum(), (digamma(b + n - s) - digamma(b) + common).sum()]
            return -value, -np.array([a, b]) * slopes  # d/d log a = a d/da

        found = minimize(loss, np.log(_by_moments(s, n)), jac=True, method="L-BFGS-B", bounds=[(-9, 18)] * 2,
                         options={"ftol": 1e-14, "gtol": 1e-9})
        a, b = np.exp(found.x)
        return cls(float(a), float(b))

    def update(self, successes: float, trials: float) -> BetaBernoulli:
        """The belief after so many successes in so many trials: Beta(a + successes, b + trials − successes).

        Raises:
            EstimationError: negative counts, or more successes than trials.
        """
        (s,), (n,) = _counts([successes], [trials])
        return BetaBernoulli(self.a + float(s), self.b + float(n - s))

    @property
    def mean(self) -> float:
        """The expected rate, which is also the chance that the next trial succeeds: a / (a + b)."""
        return self.a / (self.a + self.b)

    @property
    def variance(self) -> float:
        """The variance of the rate: mean (1 − mean) / (a + b + 1)."""
        return self.mean * (1 - self.mean) / (self.a + self.b + 1)

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """The two rates between which θ lies with probability `level`, with equal chances outside either end.

        Raises:
            CausalrecError: a level outside (0, 1).
        """
        if not 0 < level < 1:
            raise CausalrecError(f"level is {level:g}, but a probability between 0 and 1 is needed; try 0.95.")
        from scipy.special import betaincinv

        low, high = betaincinv(self.a, self.b, [(1 - level) / 2, (1 + level) / 2])
        return float(low), float(high)

    def shrinkage(self, trials: ArrayLike) -> Any:
        """The weight of a unit's own rate in its estimate: n / (n + a + b), from 0 (no trial) towards 1.

        A float for a number of trials, an array for an array. See `shrink`.
        """
        _, n = _counts(np.zeros_like(np.asarray(trials, dtype=float)), trials)
        return _plain(n / (n + self.a + self.b))

    def shrink(self, successes: ArrayLike, trials: ArrayLike) -> Any:
        """The expected rate of each unit after its own trials, (a + s) / (a + b + n): the posterior mean.

        = w · s/n + (1 − w) · a/(a + b) with w = `shrinkage`(n): the unit's own rate, drawn towards the prior's mean,
        the more the fewer its trials. A float for numbers, an array for arrays.

        Raises:
            EstimationError: negative counts, more successes than trials, shapes that differ.

        Source: Efron & Morris 1977, Scientific American 236(5), for why it helps. First taught: lesson 1a.
        """
        s, n = _counts(successes, trials)
        return _plain((self.a + s) / (self.a + self.b + n))

    def __repr__(self) -> str:
        """Parameters and mean."""
        return f"Beta({self.a:.4g}, {self.b:.4g}), mean {self.mean:.3f}"

    def _repr_html_(self) -> str:
        low, high = self.interval()
        return f"<p>{escape(repr(self))}, 95 % interval [{low:.3f}, {high:.3f}]</p>"


def _counts(successes: ArrayLike, trials: ArrayLike) -> tuple[Array, Array]:
    try:
        s, n = np.asarray(successes, dtype=float), np.asarray(trials, dtype=float)
    except (TypeError, ValueError):
        raise EstimationError(f"numbers of successes and trials are asked for and not {successes!r} and {trials!r}."
                              ) from None
    if s.shape != n.shape:
        raise EstimationError(f"successes have shape {s.shape}, trials {n.shape}; give both for the same units.")
    if (wrong := ~((s >= 0) & (s <= n) & (n < inf))).any():
        at = int(np.argmax(wrong))
        raise EstimationError(f"{s.flat[at]:g} successes in {n.flat[at]:g} trials cannot be (unit {at}); give 0 or "
                              "more successes, at most as many as trials.")
    return s, n


def _check_units_differ(s: Array, n: Array) -> None:
    """Refuse counts whose marginal likelihood has no maximum inside a, b > 0."""
    hits, misses, pooled = s, n - s, s.sum() / max(n.sum(), 1)
    if not 0 < pooled < 1 or ((hits == 0) | (misses == 0)).all():
        raise EstimationError(f"in each of the {s.size} units all trials ended alike, which leaves a prior's strength "
                              "open; take units with more trials.")
    # Tarone 1979: the slope of the log likelihood in 1 / (a + b) where that is 0, that is where all units are alike
    excess = (hits * (hits - 1)).sum() / pooled + (misses * (misses - 1)).sum() / (1 - pooled) - (n * (n - 1)).sum()
    if excess <= 0:
        raise EstimationError(f"the {s.size} units differ no more than luck alone would let them, so no prior is "
                              f"strong enough; give all of them the common rate, {pooled:.4g}.")


def _by_moments(s: Array, n: Array) -> tuple[float, float]:
    """Where the search for a prior starts: the variance of the rates beyond that of luck (Kleinman 1973, JASA 68)."""
    tried = n > 0
    rates, mean = s[tried] / n[tried], s.sum() / n.sum()
    luck = (mean * (1 - mean) / n[tried]).mean()
    spread = max(float(rates.var() - luck), 1e-3 * mean * (1 - mean))
    strength = min(max(mean * (1 - mean) / spread - 1, 0.1), 1e4)
    return mean * strength, (1 - mean) * strength


def _plain(values: Array) -> Any:
    """A float for a single number, the array otherwise."""
    return float(values) if np.ndim(values) == 0 else values
