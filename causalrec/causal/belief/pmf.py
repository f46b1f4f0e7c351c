"""Learning from what is seen: Bayes' rule on a table and in odds.

`Pmf` holds the probabilities of hypotheses and updates them; `odds`, `bayes_factor` and `posterior_odds` do the same by
multiplication. Rates from few trials are in `belief.rates`, words as evidence in `belief.naive_bayes`.

All of it is about *seeing*; what *making* something happen does is told by `models.scm`. First taught: lesson 1a.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from html import escape
from math import fsum, inf, prod
from typing import TYPE_CHECKING, Any

from causalrec.errors import CausalrecError
from causalrec.wording import near_miss

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
        if not isinstance(hypothesis, Hashable) or hypothesis not in self.probabilities:
            there = near_miss(hypothesis, map(str, self.probabilities)) or f" there are {_listed(self.probabilities)}."
            raise CausalrecError(f"{hypothesis!r} is no hypothesis here;{there}")
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
        return max(self.probabilities, key=lambda h: round(self.probabilities[h], 12))  # rounding makes no winner

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
        if not isinstance(likelihood, Mapping):
            raise CausalrecError("a likelihood is asked for, P(data | h) by hypothesis or as a function of it, and not "
                                 f"{likelihood!r}.")
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
    p = _ratio("p", p)
    if p > 1:
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
    value = _ratio("odds", value)
    return value / (1 + value)


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


def _weights(name: str, values: Mapping[Any, float]) -> dict[Any, float]:
    """The values as floats, once there is one and none is negative, infinite or not a number."""
    if not isinstance(values, Mapping):
        raise CausalrecError(f"a {name} for each hypothesis is asked for, such as {{'rain': 0.3, 'sun': 0.7}}, and not "
                             f"{values!r}.")
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


def _listed(hypotheses: Iterable[Any]) -> str:
    names = [repr(hypothesis) for hypothesis in hypotheses]
    return ", ".join(names[:_SHOWN]) + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")
