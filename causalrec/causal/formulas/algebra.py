"""Formulas taken apart and put together: their parts found and replaced, and the laws that make them shorter.

A step of a derivation rewrites one probability inside a formula. Which one is said by naming it, and the order of the
names in it does not matter: P(y | do(x, z)) is P(y | do(z, x)). The laws are those of probability and of fractions; ID
builds its formulas with them, and a derivation names them as its steps.

First used: lesson 3b.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
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
        case Fraction():
            return Fraction(*new)
    return formula


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
    return found[0] if len(found) == 1 else Product.of(factors=tuple(sorted(found, key=_is_sum)))


def _is_sum(formula: Expression) -> bool:
    return isinstance(formula, Sum)


def joint(factors: Iterable[Expression]) -> P | None:
    """P(a, b | ·) for P(b | ·) and P(a | b, ·), or for more that follow one another so; None where they do not."""
    outcome: tuple[str, ...] = ()
    given = do = names = None
    for one in sorted(factors, key=_breadth):
        if not isinstance(one, P):
            return None
        if names is None:
            given, do = one.given, one.do
        elif one.names.difference(one.outcome) != names or set(one.do) != set(do):
            return None
        outcome, names = outcome + one.outcome, one.names
    return P.of(outcome=outcome, given=given, do=do, names=names)


def _breadth(formula: Expression) -> int:
    return len(formula.names)


def joined(factors: Factors) -> Factors:
    """The factors with P(a, b | ·) in place of P(b | ·) and P(a | b, ·), as often as there are two like that."""
    for first, last in permutations(factors, 2):
        if len(first.names) < len(last.names) and (both := joint((first, last))) is not None:
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
    found = lowest(flat(factors))
    return multiplied(lowest(_spread(*_summed_out(tuple(over), found))) if over else found)


def collapsed(formula: Expression) -> Expression | None:
    """A sum without the variables that a law of probability sums out; None where there are none."""
    if not isinstance(formula, Sum):
        return None
    over, factors = _summed_out(formula.over, pulled(formula.term))
    if len(over) == len(formula.over) or not frozenset().union(*[factor.names for factor in factors]).issuperset(over):
        return None
    return multiplied(_spread(over, factors))


def _spread(over: Collection[str], factors: Factors) -> Factors:
    """Σ_over of the product as factors: those that it does not concern, and the sum of the others.

    A denominator that it does not concern stays one: Σ_z f(z) / g(x) is [Σ_z f(z)] / g(x).
    """
    inside, outside, below = Factors(), Factors(), Factors()
    for factor in factors:
        if factor.names.isdisjoint(over):
            outside.append(factor)
        elif isinstance(factor, Fraction) and factor.denominator.names.isdisjoint(over):
            inside += flat([factor.numerator])
            below += flat([factor.denominator])
        else:
            inside.append(factor)
    if not inside:
        return outside
    names = frozenset().union(*[factor.names for factor in inside])
    bound = tuple([name for name in over if name in names])
    total = Sum.of(over=bound, term=multiplied(inside), names=names.difference(bound))
    return [*outside, divided([total], below) if below else total]


def _summed_out(over: tuple[str, ...], factors: Factors) -> tuple[tuple[str, ...], Factors]:
    """What is left to sum over, and the factors, after every sum that one probability, or several joined, take in."""
    for name in over:
        about = [factor for factor in factors if name in factor.names]
        if about and (both := joint(about)) is not None and name in both.outcome:
            rest = tuple([other for other in both.outcome if other != name])
            left = [P.of(outcome=rest, given=both.given, do=both.do, names=both.names - {name})] if rest else []
            return _summed_out(
                tuple([other for other in over if other != name]),
                [new for factor in factors for new in (
                    left if factor is about[-1] else () if name in factor.names else (factor,))])
    return over, factors


# ---- fractions -------------------------------------------------------------------------------------------------------


def divided(above: Iterable[Expression], below: Iterable[Expression]) -> Expression:
    """One product divided by another, without what stands in both; no fraction stays below."""
    top, bottom = flat(above), Factors()
    for factor in flat(below):
        if isinstance(factor, Fraction):
            top += flat([factor.denominator])
            bottom += flat([factor.numerator])
        else:
            bottom.append(factor)
    top = lowest(top)
    top, bottom = _reduced(top, bottom) or (top, bottom)
    return Fraction(multiplied(top), multiplied(bottom)) if bottom else multiplied(top)


def lowest(factors: Factors) -> Factors:
    """The factors, without what stands in one of them and below in another."""
    for fraction in factors:
        if isinstance(fraction, Fraction):
            others = [factor for factor in factors if factor is not fraction]
            if (shorter := _reduced(others, flat([fraction.denominator]))) is not None:
                return lowest(flat([*shorter[0], divided(flat([fraction.numerator]), shorter[1])]))
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
    if one.key == other.key:
        return [], []
    if isinstance(one, Fraction) and (shorter := _reduced(flat([one.numerator]), [other])) is not None:
        return flat([divided(shorter[0], flat([one.denominator]))]), shorter[1]
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
