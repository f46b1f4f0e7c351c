"""Formulas taken apart and put together: their parts found and replaced, and the laws that make them shorter.

A step of a derivation rewrites one probability inside a formula. Which one is said by naming it, and the order of the
names in it does not matter: P(y | do(x, z)) is P(y | do(z, x)). The laws are those of probability and of fractions; ID
builds its formulas with them, and a derivation names them as its steps.

First used: lesson 3b.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator

from causalrec.causal.formulas.expression import Expression, Fraction, P, Product, Sum
from causalrec.errors import IdentificationError

Factors = list[Expression]
"""Formulas that are multiplied."""


def every(formula: Expression) -> Iterator[Expression]:
    """Every part of the formula, the smallest first and the whole last."""
    for part in formula.parts:
        yield from every(part)
    yield formula


def probabilities(formula: Expression) -> Iterator[P]:
    """Every probability in the formula, from left to right, each as often as it stands there."""
    return (part for part in every(formula) if isinstance(part, P))


def rebuilt(formula: Expression, new: tuple[Expression, ...]) -> Expression:
    """The same kind of formula made of other parts, written tidily: no product in a product, sums last.

    Raises:
        IdentificationError: a sum over a variable that its new term does not contain.
    """
    match formula:
        case Sum():
            return Sum(formula.over, new[0])
        case Product():
            return multiplied(new)
        case Fraction():
            return Fraction(*new)
    return formula


def rewritten(formula: Expression, change: Callable[[Expression], Expression | None]) -> Expression:
    """The formula with every part for which `change` gives another replaced by it; whole formulas before their parts.

    What was put in is not looked at again.
    """
    if (new := change(formula)) is not None:
        return new
    old = formula.parts
    changed = tuple([rewritten(part, change) for part in old])
    if all(one is other for one, other in zip(old, changed, strict=True)):
        return formula
    return rebuilt(formula, changed)


def replaced(formula: Expression, old: Expression, new: Expression) -> Expression:
    """The formula with `new` for `old` wherever it stands.

    Raises:
        IdentificationError: it stands nowhere.
    """
    if not contains(formula, old):
        raise IdentificationError(f"{old} does not stand in {formula}; name one of its parts.")
    return rewritten(formula, lambda part: new if part.key == old.key else None)


def contains(formula: Expression, part: Expression) -> bool:
    """Whether the part stands in the formula."""
    return any(one.key == part.key for one in every(formula))


def size(formula: Expression) -> int:
    """How much there is to read: every name in every probability and under every sum sign."""
    return sum(len(part.free) if isinstance(part, P) else len(part.over) if isinstance(part, Sum) else 0
               for part in every(formula))


# ---- products --------------------------------------------------------------------------------------------------------


def flat(factors: Iterable[Expression]) -> Factors:
    """The factors, with those of products among them in their place."""
    return [part for factor in factors for part in (factor.factors if isinstance(factor, Product) else (factor,))]


def multiplied(factors: Iterable[Expression]) -> Expression:
    """The product: products in it dissolved, sums last, and no product of one."""
    ordered = sorted(flat(factors), key=_is_sum)
    return ordered[0] if len(ordered) == 1 else Product.of(factors=tuple(ordered))


def _is_sum(formula: Expression) -> bool:
    return isinstance(formula, Sum)


def joined(factors: Factors) -> Factors:
    """The factors with P(a, b | c) in place of P(b | c) and P(a | b, c), as often as there are two like that."""
    speaking_of = {(factor.names, frozenset(factor.do)): factor for factor in factors if isinstance(factor, P)}
    for last in factors:
        if isinstance(last, P):
            first = speaking_of.get((last.names.difference(last.outcome), frozenset(last.do)))
            if first is not None:
                both = P.of(outcome=first.outcome + last.outcome, given=first.given, do=first.do)
                return joined([both if one is last else one for one in factors if one is not first])
    return factors


# ---- sums ------------------------------------------------------------------------------------------------------------


def pulled(formula: Expression) -> Factors:
    """The factors of a formula, those that a sum does not concern before it: Σ_z f(x) g(z) is f(x) and Σ_z g(z)."""
    match formula:
        case Product():
            return [part for factor in formula.factors for part in pulled(factor)]
        case Sum():
            return _spread(formula.over, pulled(formula.term))
    return [formula]


def summed(over: Iterable[str], factors: Iterable[Expression]) -> Expression:
    """Σ_over of the product, without the sums that a law of probability makes needless.

    Σ_z P(y, z | ·) = P(y | ·), Σ_z P(z | ·) = 1 and Σ_z P(y | z, ·) P(z | ·) = P(y | ·). What a sum does not concern
    stands before it.
    """
    return multiplied(_spread(*_summed_out(tuple(over), flat(factors))))


def collapsed(formula: Expression) -> Expression | None:
    """A sum without the variables that a law of probability sums out; None where there are none."""
    if not isinstance(formula, Sum):
        return None
    over, factors = _summed_out(formula.over, pulled(formula.term))
    if len(over) == len(formula.over) or not frozenset().union(*[factor.names for factor in factors]).issuperset(over):
        return None
    return multiplied(_spread(over, factors))


def _spread(over: Collection[str], factors: Factors) -> Factors:
    """Σ_over of the product as factors: first those that it does not concern, then the sum of the others."""
    inside = [factor for factor in factors if not factor.names.isdisjoint(over)]
    if not inside:
        return factors
    body = multiplied(inside)
    total = Sum.of(over=tuple([name for name in over if name in body.names]), term=body)
    return [*[factor for factor in factors if factor.names.isdisjoint(over)], total]


def _summed_out(over: tuple[str, ...], factors: Factors) -> tuple[tuple[str, ...], Factors]:
    """What is left to sum over, and the factors, after every sum that one probability, or several joined, take in."""
    for name in over:
        about = [factor for factor in factors if name in factor.names]
        if len(both := joined(about)) != 1:
            continue
        (one,) = both
        if isinstance(one, P) and name in one.outcome:
            rest = tuple([other for other in one.outcome if other != name])
            left = [P.of(outcome=rest, given=one.given, do=one.do)] if rest else []
            return _summed_out(
                tuple([other for other in over if other != name]),
                [new for factor in factors for new in (
                    left if factor is about[-1] else () if name in factor.names else (factor,))])
    return over, factors


# ---- fractions -------------------------------------------------------------------------------------------------------


def divided(above: Iterable[Expression], below: Iterable[Expression]) -> Expression:
    """One product divided by another, without what stands in both."""
    above, below = _reduced(flat(above), flat(below))
    top = multiplied(above)
    return Fraction(top, multiplied(below)) if below else top


def cancelled(formula: Expression) -> Expression | None:
    """A fraction without what stands above and below: f g / f = g, and P(y, z | ·) / P(z | ·) = P(y | z, ·).

    None for what is no fraction and where there is nothing to cancel.
    """
    if not isinstance(formula, Fraction):
        return None
    below = pulled(formula.denominator)
    shorter = divided(pulled(formula.numerator), below)
    return shorter if not isinstance(shorter, Fraction) or len(pulled(shorter.denominator)) < len(below) else None


def _reduced(above: Factors, below: Factors) -> tuple[Factors, Factors]:
    """The factors above and below without what stands in both."""
    left: Factors = []
    for factor in below:
        for place, one in enumerate(above):
            if (rest := _quotient(one, factor)) is not None:
                above = [*above[:place], *rest, *above[place + 1:]]
                break
        else:
            left.append(factor)
    return above, left


def _quotient(one: Expression, other: Expression) -> Factors | None:
    """What is left of a factor divided by another: nothing, or a conditional probability; None for other quotients."""
    if one.key == other.key:
        return []
    if isinstance(one, P) and isinstance(other, P) and set(other.outcome) < set(one.outcome) and (
            set(one.given), set(one.do)) == (set(other.given), set(other.do)):
        y = tuple([name for name in one.outcome if name not in other.outcome])
        return [P.of(outcome=y, given=other.outcome + one.given, do=one.do)]
    return None
