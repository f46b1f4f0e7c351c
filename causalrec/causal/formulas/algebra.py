"""Formulas taken apart and put together: their parts found and replaced, and the laws that make them shorter.

A step of a derivation rewrites one probability inside a formula. Which one is said by naming it, and the order of the
names in it does not matter: P(y | do(x, z)) is P(y | do(z, x)). The laws are those of probability and of fractions; ID
builds its formulas with them, and a derivation names them as its steps.

First used: lesson 3b.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import permutations

from causalrec.causal.formulas.expression import Expression, Fraction, P, Product, Sum
from causalrec.errors import IdentificationError

Change = Callable[[Expression], Expression | None]
"""What gives another formula for some formulas, and None for the others."""
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
    return type(formula)(*new)


def rewritten(formula: Expression, change: Change) -> Expression:
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


def applied(law: Change, formula: Expression) -> tuple[Expression, Expression] | None:
    """The first part of the formula, small ones first, that a law makes shorter, and what it becomes; None if none."""
    return next(((part, after) for part in every(formula) if (after := law(part)) is not None), None)


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
    found = flat(factors)
    return found[0] if len(found) == 1 else Product.of(
        factors=tuple(sorted(found, key=lambda factor: isinstance(factor, Sum))))


def joint(factors: Iterable[Expression]) -> P | None:
    """P(a, b | ·) for P(b | ·) and P(a | b, ·), or for more that follow one another so; None where they do not."""
    both: P | None = None
    for one in sorted(factors, key=lambda factor: len(factor.names)):
        if not isinstance(one, P):
            return None
        if both is None:
            both = one
        elif one.names.difference(one.outcome) == both.names and set(one.do) == set(both.do):
            both = P.of(outcome=both.outcome + one.outcome, given=both.given, do=both.do, names=one.names)
        else:
            return None
    return both


def joined(factors: Factors) -> Factors:
    """The factors with P(a, b | ·) in place of P(b | ·) and P(a | b, ·), as often as there are two like that."""
    for first, last in permutations(range(len(factors)), 2):
        if (both := joint((factors[first], factors[last]))) is not None:
            return joined([both if place == last else one for place, one in enumerate(factors) if place != first])
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
    over, found = tuple(over), flat(factors)
    shorter = lowest(found)
    if shorter is not found and not frozenset().union(*[factor.names for factor in shorter]).issuperset(over):
        shorter = found  # what cancels may not take along what is summed over
    return multiplied(lowest(_summed(over, shorter)) if over else shorter)


def collapsed(formula: Expression) -> Expression | None:
    """A sum without the variables that a law of probability sums out; None where there are none."""
    if not isinstance(formula, Sum):
        return None
    shorter = multiplied(_summed(formula.over, pulled(formula.term)))
    return shorter if size(shorter) < size(formula) else None


def _summed(over: tuple[str, ...], factors: Factors) -> Factors:
    """Σ_over of the product by the laws of probability, as factors.

    A denominator that it does not concern stays one: Σ_z f(z) / g(x) is [Σ_z f(z)] / g(x).
    """
    constant = [factor for factor in factors if isinstance(factor, Fraction) and not factor.names.isdisjoint(over)
                and factor.denominator.names.isdisjoint(over)]
    if constant:
        above = [factor.numerator if factor in constant else factor for factor in factors]
        return flat([divided(_summed(over, flat(above)), [factor.denominator for factor in constant])])
    return _spread(*_summed_out(over, factors))


def _spread(over: tuple[str, ...], factors: Factors) -> Factors:
    """Σ_over of the product as factors: those that it does not concern, and the sum of the others."""
    inside = [factor for factor in factors if not factor.names.isdisjoint(over)]
    outside = [factor for factor in factors if factor.names.isdisjoint(over)]
    if not inside:
        return outside
    names = frozenset().union(*[factor.names for factor in inside])
    return [*outside, Sum.of(over=over, term=multiplied(inside), names=names.difference(over))]


def _summed_out(over: tuple[str, ...], factors: Factors) -> tuple[tuple[str, ...], Factors]:
    """What is left to sum over, and the factors, after every sum that the factors it concerns take in."""
    for name in over:
        about = [factor for factor in factors if name in factor.names]
        if (new := _margin(name, about)) is not None:
            others = tuple([other for other in over if other != name])
            left = [one for factor in factors for one in (
                new if factor is about[-1] else () if name in factor.names else (factor,))]
            if frozenset().union(*[factor.names for factor in left]).issuperset(others):  # a sum of 1 is no law
                return _summed_out(others, left)
    return over, factors


def _margin(name: str, about: Factors) -> Factors | None:
    """Σ_name of factors that are all about it, where they make one probability, here or in a sum; else None."""
    if len(about) == 1 and isinstance(inner := about[0], Sum):
        over, factors = _summed_out((name, *inner.over), flat([inner.term]))
        return None if name in over else _spread(over, factors)
    if (both := joint(about)) is None or name not in both.outcome:
        return None
    rest = tuple([other for other in both.outcome if other != name])
    return [P.of(outcome=rest, given=both.given, do=both.do, names=both.names - {name})] if rest else []


# ---- fractions -------------------------------------------------------------------------------------------------------


def divided(above: Iterable[Expression], below: Iterable[Expression]) -> Expression:
    """One product divided by another, without what stands in both; no fraction stays below."""
    bottom = flat(below)
    turned = [factor for factor in bottom if isinstance(factor, Fraction)]
    top = lowest(flat([*above, *(fraction.denominator for fraction in turned)]))
    bottom = flat([factor.numerator if isinstance(factor, Fraction) else factor for factor in bottom])
    top, bottom = _reduced(top, bottom) or (top, bottom)
    return Fraction.of(numerator=multiplied(top), denominator=multiplied(bottom)) if bottom else multiplied(top)


def lowest(factors: Factors) -> Factors:
    """The factors, without what stands in one of them and below in another."""
    for place, fraction in enumerate(factors):
        if isinstance(fraction, Fraction):
            shorter = _reduced(factors[:place] + factors[place + 1:], flat([fraction.denominator]))
            if shorter is not None:
                return lowest(flat([*shorter[0], divided([fraction.numerator], shorter[1])]))
    return factors


def below(formula: Expression) -> Factors:
    """The factors by which a fraction, or a fraction in a product, divides."""
    if isinstance(formula, Fraction):
        return pulled(formula.denominator)
    return [factor for part in flat([formula]) if isinstance(part, Fraction) for factor in below(part)]


def cancelled(formula: Expression) -> Expression | None:
    """A fraction or product without what stands above and below; None where there is nothing to cancel.

    f g / f = g, P(y, z | ·) / P(z | ·) = P(y | z, ·) and P(y, z | ·) / P(y | z, ·) = P(z | ·).
    """
    match formula:
        case Fraction():
            shorter = divided(pulled(formula.numerator), pulled(formula.denominator))
        case Product():
            shorter = multiplied(lowest(pulled(formula)))
        case _:
            return None
    return shorter if size(shorter) < size(formula) else None


def _reduced(above: Factors, below: Factors) -> tuple[Factors, Factors] | None:
    """The factors above and below without what stands in both; None where nothing does."""
    left, waiting = Factors(), list(below)
    while waiting:
        factor = waiting.pop(0)
        for place, one in enumerate(above):
            if (ratio := _ratio(one, factor)) is not None:
                above, waiting = [*above[:place], *ratio[0], *above[place + 1:]], [*ratio[1], *waiting]
                break
        else:
            left.append(factor)
    return None if left == below else (above, left)


def _ratio(one: Expression, other: Expression) -> tuple[Factors, Factors] | None:
    """What is left above and below of one factor divided by another; None where nothing cancels."""
    if one.names == other.names and one.key == other.key:
        return [], []
    if isinstance(one, Fraction) and (shorter := _reduced(flat([one.numerator]), [other])) is not None:
        return flat([divided(shorter[0], [one.denominator])]), shorter[1]
    if isinstance(one, P) and isinstance(other, P):
        if (found := _conditional(one, other)) is not None:
            return [found], []
        if (found := _conditional(other, one)) is not None:
            return [], [found]
    return None


def _conditional(both: P, one: P) -> P | None:
    """P(y | z, ·) for P(y, z | ·) / P(z | ·), and P(y | ·) for P(y, z | ·) / P(z | y, ·); None for other quotients."""
    y, z = tuple([name for name in both.outcome if name not in one.outcome]), one.outcome
    if not y or len(y) + len(z) != len(both.outcome) or set(both.do) != set(one.do):
        return None
    if set(one.given) == set(both.given):
        return P.of(outcome=y, given=z + both.given, do=both.do)
    return P.of(outcome=y, given=both.given, do=both.do) if set(one.given) == {*y, *both.given} else None
