"""Learning from what is seen: Bayes' rule on a table and in odds, and rates from few trials.

`Pmf` holds the probabilities of hypotheses and updates them; `odds`, `bayes_factor` and `posterior_odds` do the same by
multiplication; `BetaBernoulli` is what is believed of a rate. Words as evidence: `causal.naive_bayes`.

All of it is about *seeing*; what *making* something happen does is `causal.scm`'s. First taught: lesson 1a.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from html import escape
from math import fsum, inf, isfinite, prod
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from causalrec.errors import CausalrecError, EstimationError
from causalrec.types import Array

if TYPE_CHECKING:
    import pandas as pd

Likelihood = Mapping[Any, float] | Callable[[Any], float]

_SHOWN = 6  # hypotheses in a repr; more would not fit on a line


@dataclass(frozen=True, repr=False)
class Pmf:
    """Hypotheses that exclude each other, each with its probability: a probability mass function.

    `probabilities` maps each hypothesis to a number from 0 to 1, together 1. Counts enter through `from_weights`.

    Raises:
        CausalrecError: no hypothesis; a probability that is negative or not a number; a sum other than 1.

    Source: the form follows Downey 2021, Think Bayes, 2nd edition, chapters 2 and 3. First taught: lesson 1a.
    """

    probabilities: Mapping[Any, float]

    def __post_init__(self) -> None:
        """Keep a copy, and refuse what is no distribution."""
        object.__setattr__(self, "probabilities", _weights("probability", self.probabilities))
        total = fsum(self.probabilities.values())
        if abs(total - 1) > 1e-9:
            raise CausalrecError(f"the probabilities sum to {total:.6g}, but together they must be 1; for counts or "
                                 "weights use Pmf.from_weights, which divides by their sum.")

    @classmethod
    def from_weights(cls, weights: Mapping[Any, float]) -> Pmf:
        """The distribution in proportion to counts or weights: each divided by their sum.

        Raises:
            CausalrecError: no hypothesis; a weight that is negative or not a number; weights that are all 0.
        """
        kept = _weights("weight", weights)
        total = fsum(kept.values())
        if total == 0:
            raise CausalrecError("all weights are 0, so they have no proportions; give one above 0.")
        return cls({hypothesis: weight / total for hypothesis, weight in kept.items()})

    def __getitem__(self, hypothesis: Hashable) -> float:
        """The probability of a hypothesis."""
        if hypothesis not in self.probabilities:
            raise CausalrecError(f"{hypothesis!r} is no hypothesis here; there are {_listed(self.probabilities)}.")
        return self.probabilities[hypothesis]

    def evidence(self, likelihood: Likelihood) -> float:
        """P(data), the normaliser of Bayes' rule: Σ P(data | h) P(h) over the hypotheses h.

        Takes what `update` takes and raises what it raises, but for impossible evidence, whose probability is 0.
        """
        return fsum(self._joint(likelihood).values())

    def update(self, likelihood: Likelihood) -> Pmf:
        """The distribution once the data are seen: P(h | data) = P(data | h) P(h) / P(data).

        `likelihood` maps each hypothesis to P(data | h), or is a function of h; a density does as well, for only its
        proportions matter. Pieces of evidence that are independent given h may come in any order.

        Raises:
            CausalrecError: a likelihood that is missing, negative or not a number, or of an unknown hypothesis;
                evidence that is impossible under every hypothesis.

        Source: Bayes 1763, in the form of Pearl, Glymour & Jewell 2016, section 1.3. First taught: lesson 1a.
        """
        joint = self._joint(likelihood)
        if not fsum(joint.values()):
            possible = [hypothesis for hypothesis, p in self.probabilities.items() if p > 0]
            raise CausalrecError(f"the evidence has probability 0 under every hypothesis with a prior above 0 "
                                 f"({_listed(possible)}), so it can't have been seen; look for a likelihood that is "
                                 "wrongly 0, or add the hypothesis that explains it.")
        return Pmf.from_weights(joint)  # P(h | data) = P(data, h) / Σ P(data, h)

    def table(self, likelihood: Likelihood) -> pd.DataFrame:
        """Bayes' rule as a table, a row a hypothesis: prior, likelihood, joint (their product) and posterior.

        The joint column sums to `evidence`. Raises as `update` does. First taught: lesson 1a.
        """
        import pandas as pd

        given, joint, posterior = self._likelihoods(likelihood), self._joint(likelihood), self.update(likelihood)
        columns = {"prior": self.probabilities, "likelihood": given, "joint": joint,
                   "posterior": posterior.probabilities}
        rows = pd.Index(list(self.probabilities), name="hypothesis")
        return pd.DataFrame({name: list(column.values()) for name, column in columns.items()}, index=rows)

    def odds(self, hypothesis: Hashable) -> float:
        """P(h) / (1 − P(h)): how many times likelier the hypothesis is than all others together.

        Raises:
            CausalrecError: no such hypothesis; one of probability 1, whose odds are infinite.
        """
        return odds(self[hypothesis])

    @property
    def mean(self) -> float:
        """Σ h · P(h), in units of the hypotheses, which must be numbers; raises `CausalrecError` where they are not."""
        try:
            return fsum(float(hypothesis) * p for hypothesis, p in self.probabilities.items())
        except (TypeError, ValueError):
            raise CausalrecError(f"the hypotheses ({_listed(self.probabilities)}) are not numbers, so they have no "
                                 "mean; ask for most_probable.") from None

    @property
    def most_probable(self) -> Any:
        """The hypothesis of highest probability; of several, the first."""
        return max(self.probabilities, key=lambda hypothesis: self.probabilities[hypothesis])

    def __repr__(self) -> str:
        """The hypotheses with their probabilities, on one line."""
        shown = [f"{hypothesis}: {p:.3f}" for hypothesis, p in list(self.probabilities.items())[:_SHOWN]]
        rest = [f"… {len(self.probabilities) - _SHOWN} more"] if len(self.probabilities) > _SHOWN else []
        return f"Pmf({', '.join(shown + rest)})"

    def _repr_html_(self) -> str:
        rows = [f"<tr><td>{escape(str(h))}</td><td>{p:.3f}</td></tr>" for h, p in self.probabilities.items()]
        more = f"<p>and {len(rows) - 32} more</p>" if len(rows) > 32 else ""
        return f"<table><tr><th>hypothesis</th><th>probability</th></tr>{''.join(rows[:32])}</table>{more}"

    def _likelihoods(self, likelihood: Likelihood) -> dict[Any, float]:
        if callable(likelihood):
            return _weights("likelihood", {hypothesis: likelihood(hypothesis) for hypothesis in self.probabilities})
        if missing := [hypothesis for hypothesis in self.probabilities if hypothesis not in likelihood]:
            raise CausalrecError(f"the likelihood of {missing[0]!r} is missing; give P(data | h) of every hypothesis.")
        if unknown := [hypothesis for hypothesis in likelihood if hypothesis not in self.probabilities]:
            raise CausalrecError(f"{unknown[0]!r} has no prior; there are {_listed(self.probabilities)}.")
        return _weights("likelihood", {hypothesis: likelihood[hypothesis] for hypothesis in self.probabilities})

    def _joint(self, likelihood: Likelihood) -> dict[Any, float]:
        """P(data, h) = P(data | h) P(h)."""
        given = self._likelihoods(likelihood)
        return {hypothesis: given[hypothesis] * p for hypothesis, p in self.probabilities.items()}


def odds(p: float) -> float:
    """How many times likelier something is than its opposite: p / (1 − p), from 0 upwards.

    Raises:
        CausalrecError: p outside [0, 1], or p = 1, whose odds are infinite.

    First taught: lesson 1a.
    """
    if not 0 <= p <= 1:
        raise CausalrecError(f"p is {p:.6g}, but a probability lies between 0 and 1; divide counts by their total.")
    if p == 1:
        raise CausalrecError("p is 1, and what is certain has infinite odds; give a probability below 1.")
    return p / (1 - p)


def from_odds(value: float) -> float:
    """The probability that belongs to odds: o / (1 + o), the inverse of `odds`.

    Raises:
        CausalrecError: odds that are negative, infinite or not a number.

    First taught: lesson 1a.
    """
    return _ratio("odds", value) / (1 + value)


def bayes_factor(if_true: float, if_false: float) -> float:
    """How strongly evidence speaks for a hypothesis: P(data | h) / P(data | not h).

    Above 1 it speaks for h, below 1 against, at 1 not at all.

    Raises:
        CausalrecError: a likelihood that is negative or not a number; evidence impossible both ways; evidence
            impossible unless h is true, whose factor is infinite.

    Source: Jeffreys 1961, Theory of Probability; the name and its uses in Kass & Raftery 1995, JASA 90.
    First taught: lesson 1a.
    """
    true, false = _ratio("P(data | h)", if_true), _ratio("P(data | not h)", if_false)
    if false == 0:
        end = "which proves h and has an infinite factor; use Pmf.update, or give a likelihood above 0."
        if true == 0:
            end = "and if h is true, so it can't have been seen; look for a likelihood that is wrongly 0."
        raise CausalrecError(f"the evidence is impossible if h is false, {end}")
    return true / false


def posterior_odds(prior_odds: float, *bayes_factors: float) -> float:
    """Bayes' rule in odds: prior odds times the Bayes factor of each piece of evidence.

    P(h | data) / P(¬h | data) = P(h) / P(¬h) · Π P(dataᵢ | h) / P(dataᵢ | ¬h), for pieces of evidence that are
    independent given h and given not h.

    Raises:
        CausalrecError: odds or a factor that is negative, infinite or not a number.

    Source: Downey 2021, Think Bayes, 2nd edition, chapter 6. First taught: lesson 1a.
    """
    return prod((_ratio("a Bayes factor", factor) for factor in bayes_factors), start=_ratio("odds", prior_odds))


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
        if not (self.a > 0 and self.b > 0 and isfinite(self.a + self.b)):
            raise CausalrecError(f"Beta({self.a:g}, {self.b:g}) does not exist; give two numbers above 0, such as 1, 1 "
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


def _weights(name: str, values: Mapping[Any, float]) -> dict[Any, float]:
    """The values as floats, once there is one and none is negative, infinite or not a number."""
    if not values:
        raise CausalrecError(f"there is no hypothesis; give a {name} for at least one.")
    return {hypothesis: _ratio(f"the {name} of {hypothesis!r}", value) for hypothesis, value in values.items()}


def _ratio(name: str, value: float) -> float:
    """The value as a float, once it is a finite number of 0 or more."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise CausalrecError(f"{name} is {value!r}, but a number of 0 or more is needed; give one.") from None
    if not 0 <= number < inf:
        raise CausalrecError(f"{name} is {number:.6g}, but a finite number of 0 or more is needed; give one.")
    return number


def _counts(successes: ArrayLike, trials: ArrayLike) -> tuple[Array, Array]:
    s, n = np.asarray(successes, dtype=float), np.asarray(trials, dtype=float)
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


def _listed(hypotheses: Iterable[Any]) -> str:
    names = [repr(hypothesis) for hypothesis in hypotheses]
    return ", ".join(names[:_SHOWN]) + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")


def _plain(values: Array) -> Any:
    """A float for a single number, the array otherwise."""
    return float(values) if np.ndim(values) == 0 else values
