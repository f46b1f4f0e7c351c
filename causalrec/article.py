"""The article's formulas as printed, runnable, each with what is wrong with it and where the right one is.

The article is the Chinese blog post 《LLM在推荐系统中的因果推断应用》. Nothing here is used to compute an effect:
these functions stand beside the right ones so that a lesson can run both on the same numbers. "As printed" means the
printed formula; where its words contradict it, the docstring says so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from causalrec.errors import CausalrecError, EstimationError

Values = float | NDArray[np.float64]
Spread = Literal["all", "pooled", "control"]

_STEP = 2.0**-17
"""Relative step of the central difference: about the cube root of the machine precision, and exact in binary."""


def bayes(likelihood: ArrayLike, prior: ArrayLike, evidence: ArrayLike) -> Values:
    """The probability of A once B is known.

    P(A | B) = P(B | A) · P(A) / P(B), with `likelihood` = P(B | A), `prior` = P(A), `evidence` = P(B); numbers or
    arrays of one shape. This one the article prints correctly. It answers a question about *seeing* B, never about
    *making* B happen.

    Raises:
        CausalrecError: a value outside [0, 1], evidence of probability 0, or P(B | A) · P(A) above P(B).

    Right: `causalrec.causal.belief.pmf` (a whole distribution at once). First taught: lesson 1a.
    """
    b_given_a, a, b = (
        _probability(name, value)
        for name, value in (("likelihood", likelihood), ("prior", prior), ("evidence", evidence))
    )
    if np.any(b == 0):
        raise CausalrecError("evidence is 0: nothing can be learned from an event that never happens; give P(B) > 0.")
    joint = b_given_a * a  # P(A, B) = P(B | A) P(A)
    if np.any(joint > b * (1 + 1e-9)):
        raise CausalrecError(
            f"likelihood · prior is {np.max(joint):.4g}, more than evidence, {np.min(b):.4g}, but A and B together "
            "cannot be likelier than B alone; take all three from the same table."
        )
    return _plain(np.minimum(joint / b, 1.0))


def bayes_as_printed(p_item_given_buy: ArrayLike, p_buy: ArrayLike, p_item: ArrayLike) -> Values:
    """The probability of a purchase once the item is known, as the article's example writes it.

    Printed: P(buy | item) = P(item | buy) · P(buy) / P(item). As a formula this is Bayes' rule with A = buy and B =
    item, and right. What is wrong is the naming beside it: the article sets A = item and B = user, under which the
    rule above it would give P(item | user), another number; the event "buy" has no letter and the item has changed
    sides.

    Nor is P(buy | item) what a shop needs. It is a share among the rows in which the item was *seen*; the shop asks for
    P(buy | do(show item)), which no rule of probability turns it into.

    Right: `bayes` with the events named, `causalrec.causal.belief.pmf`; for do(),
    `causalrec.causal.identification.identifier`. First taught: lesson 1a.
    """
    return bayes(p_item_given_buy, p_buy, p_item)


def structural_equation(f: Callable[..., Any], causes: Mapping[str, Any]) -> Any:
    """The value of a variable computed from its causes by its equation.

    Printed: X = f(X₁, …, Xₙ), with the example buy = f(browse, click, price). `f` takes the causes by name.

    What it needs: a noise term, X = f(X₁, …, Xₙ, U), without which two shoppers with equal causes always act alike
    and no counterfactual differs from a prediction; and the reading as an assignment, from right to left. The
    article's "backward inference" solves it the other way round, which an assignment does not allow.

    Right: `causalrec.causal.models.scm` (Mechanism: parents, noise and function apart).
    """
    return f(**causes)


def do(f: Callable[..., Any], x: Any, others: Mapping[str, Any]) -> Any:
    """The article's Do: the equation of the outcome at x, all its other causes left at the values they had.

    Printed: Do(X = x) = f(x, X₁, …, Xₙ), "the others' values unchanged". `f` takes x first and the others by name;
    `others` may hold arrays, one value a user, and the mean of the result is then the mean of the nested
    counterfactual Y_{x, M}, with the mediators M at their natural values.

    Why it is not do(x): an intervention on X carries its effect on through everything X causes. Here the clicks stay
    those of users who were *not* made to browse. And it is a level, not an effect: nothing is subtracted.

    Right: `causalrec.causal.models.scm` (SCM.do, which replaces the equation of X and recomputes the rest). First
    taught: lesson 3b.
    """
    return f(x, **others)


def undo(f: Callable[..., Any], x: Any, others_after: Mapping[str, Any]) -> Any:
    """The article's Undo: the equation of the outcome at x, its other causes at their values after the intervention.

    Printed: Undo(X = x) = f(x, X₁′, …, Xₙ′), where X′ are the others' values *after* the intervention. `others_after`
    holds them, as numbers or as arrays with one value a user.

    Why it is wrong: this *is* the real do, Y_{x, M_x} = Y_x. The words beside it, "the others restored to their
    original values", contradict the formula and describe the printed `do`. Three questions are run together under the
    one name: what would be seen without an intervention, what x₀ would bring, and what this user would have done.

    Right: `causalrec.causal.models.scm` (SCM.observe, SCM.baseline, SCM.counterfactual). First taught: lesson 2c,
    then 3b.
    """
    return f(x, **others_after)


def do_prime(f: Callable[..., Any], x: Any, others_after: Mapping[str, Any], *, binary: bool = False) -> Any:
    """The article's DoPrime: the slope of the outcome's equation in x, the others at their values after intervening.

    Printed: DoPrime(X = x) = f′(x, X₁′, …, Xₙ′), "the partial derivative by the intervened variable". Computed as a
    central difference; a binary x has no derivative, and with `binary=True` the difference f(1, M) − f(0, M) stands
    in for it.

    Why it is wrong: a partial derivative sees the direct arrow only. Where browse acts on buy through click alone it
    is 0, however much browsing changes sales. It also has units (purchases per euro, say), so that adding it to a
    probability lets the currency decide.

    Raises:
        CausalrecError: `binary=True` with an x that is neither 0 nor 1.

    Right: `causalrec.causal.models.scm` (SCM.do_prime: d/dx E[Y | do(x)], or μ₁ − μ₀, units carried). First taught:
    lesson 3b.
    """
    if binary:
        if not np.all(np.isin(x, (0, 1))):
            raise CausalrecError(f"x is {x}, but binary=True expects 0 or 1; leave binary out for other treatments.")
        return f(1, **others_after) - f(0, **others_after)
    step = _STEP * np.maximum(1.0, np.abs(np.asarray(x, dtype=float)))
    return (f(x + step, **others_after) - f(x - step, **others_after)) / (2 * step)


def causal_score(outcome: ArrayLike, treated: ArrayLike, spread: Spread = "all") -> float:
    """The difference between the treated and the control mean, in standard deviations.

    Printed: Causal Score = (Ȳ_treated − Ȳ_control) / σ_Y. `outcome` and `treated` (0 or 1) have one entry a row.
    `spread` chooses σ: "all" = the SD of all Y, as literally printed; "pooled" = the SD within the groups, Cohen's d;
    "control" = the SD of the control group, Glass's Δ. All use n − 1; the article does not say.

    Why the name promises too much: a difference between groups is an effect only under consistency, exchangeability
    and positivity, and dividing by an SD repairs none of them. Taken over all Y, the SD contains the very effect it
    is meant to scale.

    Raises:
        EstimationError: unequal lengths, missing values, a `treated` that is not 0/1, a group too small, or no spread
            at all.

    Right: `causalrec.causal.estimation.weighting` (effects), and as a check of covariate *balance*, |SMD| < 0.1, its
    honest use, `causalrec.causal.estimation.balance`.
    """
    y, t = _columns(outcome=outcome, treated=treated)
    if not np.all(np.isin(t, (0, 1))):
        raise EstimationError("treated has values other than 0 and 1; code the treated rows 1 and the others 0.")
    groups = {"treated": y[t == 1], "control": y[t == 0]}
    for name, values in groups.items():
        if len(values) < 2:
            raise EstimationError(f"the {name} group has {len(values)} row(s), but its spread needs 2; add rows.")
    sigma = _spread(y, groups["treated"], groups["control"], spread)
    if sigma <= 1e-12 * np.abs(y).max():  # 0 but for rounding
        raise EstimationError(f"the standard deviation ({spread}) is 0: the outcome never varies; choose another one.")
    return float((groups["treated"].mean() - groups["control"].mean()) / sigma)


def causal_impact(before: ArrayLike, after: ArrayLike) -> float:
    """The mean of the values before minus the values after: the printed sign.

    Printed: Causal Impact = Σᵢ (Yᵢ* − Yᵢ) / n, "Y* and Y the values before and after the intervention". So an
    intervention that raises sales scores below zero.

    Why it is wrong beyond the sign: before against after equals the effect only if nothing else moved, no season, no
    trend, no return to the mean. What is needed is what would have happened without the intervention, not what
    happened earlier.

    Raises:
        EstimationError: unequal lengths, no rows, missing values, or text.

    Right: `causalrec.causal.time_series` (difference in differences; a counterfactual series from controls). First
    taught: lesson 3e.
    """
    y_star, y = _columns(before=before, after=after)
    return float(np.mean(y_star - y))


def score_as_printed(p: ArrayLike, do: ArrayLike, undo: ArrayLike, do_prime: ArrayLike) -> Values:
    """The article's score of an item, from whatever one takes its four ingredients to be.

    Printed: score = probability · do_effect + undo_effect − do_prime_effect, sorted from high to low. `p` is the
    interest, P(click | browsed, user, text), for that is what the article multiplies by. With the three ingredients
    as printed (`do`, `undo`, `do_prime` above) it is p · E[Y_{1,M}] + μ₁ − ∂f/∂x and ranks nearly as μ₁ does.

    Why it is wrong: it adds levels to an effect, and its last term has other units than the rest, so that counting in
    cents re-ranks the shop.

    Right: `causalrec.recommend.value.ranking` (uplift μ₁ − μ₀, or μ₁ where only recommended sales count). First
    taught: lesson 5b.
    """
    p, do, undo, do_prime = (np.asarray(value, dtype=float) for value in (p, do, undo, do_prime))
    return _plain(p * do + undo - do_prime)


def score_charitable(p: ArrayLike, mu0: ArrayLike, mu1: ArrayLike) -> Values:
    """The article's score with each ingredient read as kindly as possible.

    Do = μ₁ = E[Y | do(R=1)], Undo = μ₀ = E[Y | do(R=0)], DoPrime = τ = μ₁ − μ₀. Then
    s = p·μ₁ + μ₀ − τ = 2μ₀ − (1 − p)·μ₁.

    Why it is wrong even so: ∂s/∂μ₁ = −(1 − p) ≤ 0. The better the recommendation works, the lower the item ranks. At
    p = .5 a sure thing (μ₁ = .40, μ₀ = .40) scores .60 and a persuadable (.50, .05) scores −.15, though it is ahead
    on μ₁ and on τ.

    What it wants to be: V(p) = p·μ₁ + (1 − p)·μ₀, the value of a policy that shows the item with probability p; in it
    p is not the interest. s = V(p) + p·μ₀ − τ, and the slope V′(p) = τ is the score to rank by.

    Right: `causalrec.recommend.value.ranking` (uplift). First taught: lesson 5b.
    """
    p, mu0, mu1 = (np.asarray(value, dtype=float) for value in (p, mu0, mu1))
    return score_as_printed(p, do=mu1, undo=mu0, do_prime=mu1 - mu0)


def _spread(y: NDArray[np.float64], treated: NDArray[np.float64], control: NDArray[np.float64], spread: str) -> float:
    """The standard deviation that `spread` names."""
    if spread == "all":
        return float(y.std(ddof=1))
    if spread == "control":
        return float(control.std(ddof=1))
    if spread == "pooled":
        within = ((treated - treated.mean()) ** 2).sum() + ((control - control.mean()) ** 2).sum()
        return float(np.sqrt(within / (len(y) - 2)))
    raise EstimationError(f"spread is {spread!r}; choose 'all' (printed), 'pooled' (Cohen) or 'control' (Glass).")


def _probability(name: str, value: ArrayLike) -> NDArray[np.float64]:
    array = np.asarray(value, dtype=float)
    if not np.all((array >= 0) & (array <= 1)):  # written so that nan fails too
        bad = array[~((array >= 0) & (array <= 1))].flat[0]
        raise CausalrecError(f"{name} is {bad:.4g}, but a probability lies between 0 and 1; divide counts by a total.")
    return array


def _columns(**columns: ArrayLike) -> list[NDArray[np.float64]]:
    """The named columns as numbers, once they are equally long and complete."""
    arrays = []
    for name, values in columns.items():
        try:
            array = np.asarray(values, dtype=float)
        except (TypeError, ValueError):
            raise EstimationError(f"{name} holds something other than numbers; convert it to numbers first.") from None
        if array.ndim != 1 or not array.size:
            raise EstimationError(f"{name} has shape {array.shape}, but one column with at least one row is expected.")
        if not np.all(np.isfinite(array)):
            raise EstimationError(f"{name} has missing or infinite values; drop or impute those rows first.")
        arrays.append(array)
    if len({len(array) for array in arrays}) > 1:
        lengths = " and ".join(f"{name} {len(array)}" for name, array in zip(columns, arrays, strict=True))
        raise EstimationError(f"the columns differ in length ({lengths} rows); give columns of the same rows.")
    return arrays


def _plain(values: NDArray[np.float64]) -> Values:
    """A float for a single number, the array otherwise."""
    return float(values) if np.ndim(values) == 0 else values
