"""Formulas taken apart: their probabilities, found and replaced.

A step of a derivation rewrites one probability inside a formula. Which one is said by naming it, and the order of the
names in it does not matter: P(y | do(x, z)) is P(y | do(z, x)).

First used: lesson 3b.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from causalrec.causal.formulas.expression import Expression, Fraction, P, Product, Sum
from causalrec.errors import IdentificationError

Key = tuple[object, ...]


def probabilities(formula: Expression) -> Iterator[P]:
    """Every probability in the formula, from left to right, each as often as it stands there."""
    if isinstance(formula, P):
        yield formula
    for part in parts(formula):
        yield from probabilities(part)


def parts(formula: Expression) -> tuple[Expression, ...]:
    """What a formula is directly made of; nothing for a probability."""
    match formula:
        case Sum():
            return (formula.term,)
        case Product():
            return formula.factors
        case Fraction():
            return (formula.numerator, formula.denominator)
    return ()


def every(formula: Expression) -> Iterator[Expression]:
    """Every part of the formula, the smallest first and the whole last."""
    for part in parts(formula):
        yield from every(part)
    yield formula


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


def multiplied(factors: tuple[Expression, ...]) -> Expression:
    """The product of formulas: nested products dissolved, sums last, and no product of one."""
    flat = [part for factor in factors for part in (factor.factors if isinstance(factor, Product) else (factor,))]
    ordered = sorted(flat, key=lambda factor: isinstance(factor, Sum))
    return ordered[0] if len(ordered) == 1 else Product(ordered)


def rewritten(formula: Expression, change: Callable[[Expression], Expression | None]) -> Expression:
    """The formula with every part for which `change` gives another replaced by it; whole formulas before their parts.

    What was put in is not looked at again.
    """
    if (new := change(formula)) is not None:
        return new
    old = parts(formula)
    if (changed := tuple(rewritten(part, change) for part in old)) == old:
        return formula
    return rebuilt(formula, changed)


def replaced(formula: Expression, old: Expression, new: Expression) -> Expression:
    """The formula with `new` for `old` wherever it stands.

    Raises:
        IdentificationError: it stands nowhere.
    """
    wanted = key(old)
    result = rewritten(formula, lambda part: new if key(part) == wanted else None)
    if not contains(formula, old):
        raise IdentificationError(f"{old} does not stand in {formula}; name one of its parts.")
    return result


def contains(formula: Expression, part: Expression) -> bool:
    """Whether the part stands in the formula."""
    return key(part) == key(formula) or any(contains(inner, part) for inner in parts(formula))


def size(formula: Expression) -> int:
    """How much there is to read: every name in every probability and under every sum sign."""
    own = len(formula.free) if isinstance(formula, P) else len(formula.over) if isinstance(formula, Sum) else 0
    return own + sum(map(size, parts(formula)))


# ---- what the laws of probability make shorter -----------------------------------------------------------------------


def pulled(formula: Expression) -> list[Expression]:
    """The factors of a formula, those that a sum does not concern before it: Σ_z f(x) g(z) is f(x) and Σ_z g(z)."""
    match formula:
        case Product():
            return [part for factor in formula.factors for part in pulled(factor)]
        case Sum():
            inner = pulled(formula.term)
            inside = tuple(factor for factor in inner if set(factor.free) & set(formula.over))
            outside = [factor for factor in inner if not set(factor.free) & set(formula.over)]
            return [*outside, Sum(formula.over, multiplied(inside))]
    return [formula]


def cancelled(formula: Expression) -> Expression | None:
    """A fraction without what stands above and below: f g / f = g, and P(y, z | ·) / P(z | ·) = P(y | z, ·).

    None for what is no fraction and where there is nothing to cancel.
    """
    if not isinstance(formula, Fraction):
        return None
    above, below = pulled(formula.numerator), list[Expression]()
    for factor in pulled(formula.denominator):
        place = next((i for i, one in enumerate(above) if _divided(one, factor) is not None), None)
        if place is None:
            below.append(factor)
            continue
        left = _divided(above[place], factor)
        above[place:place + 1] = [] if left is None or left == Product(()) else [left]
    if len(below) == len(pulled(formula.denominator)):
        return None
    return Fraction(multiplied(tuple(above)), multiplied(tuple(below))) if below else multiplied(tuple(above))


def _divided(one: Expression, other: Expression) -> Expression | None:
    """The quotient of two factors where it is the number 1 or a conditional probability."""
    if key(one) == key(other):
        return Product(())
    if isinstance(one, P) and isinstance(other, P) and set(other.outcome) < set(one.outcome) and (
            set(one.given), set(one.do)) == (set(other.given), set(other.do)):
        y = tuple(name for name in one.outcome if name not in other.outcome)
        return P(y, given=other.outcome + one.given, do=one.do)
    return None


def collapsed(formula: Expression) -> Expression | None:
    """A sum without the variables that a law of probability sums out; None where there are none.

    Σ_z P(y, z | ·) = P(y | ·), Σ_z P(z | ·) = 1 and Σ_z P(y | z, ·) P(z | ·) = P(y | ·).
    """
    if not isinstance(formula, Sum):
        return None
    *outside, rest = pulled(formula)
    assert isinstance(rest, Sum)
    left, factors = list(formula.over), pulled(rest.term)
    while gone := next(((name, fewer) for name in left if (fewer := _summed_out(name, factors)) is not None), None):
        left.remove(gone[0])
        factors = gone[1]
    if len(left) == len(formula.over):
        return None
    inside = [Sum(left, multiplied(tuple(factors)))] if left else factors
    return multiplied((*outside, *inside))


def _summed_out(name: str, factors: list[Expression]) -> list[Expression] | None:
    """The factors of Σ_name of their product where no sum is needed for it, else None."""
    about = [factor for factor in factors if name in factor.free]
    first = next((one for one in about if isinstance(one, P) and name in one.outcome), None)
    last = next((one for one in about if one is not first), first)
    if len(about) > 2 or first is None or not isinstance(last, P) or name in first.do:
        return None
    y = tuple(other for other in first.outcome if other != name)
    if last is not first:
        if set(last.given) != {*first.outcome, *first.given} or set(last.do) != set(first.do):
            return None
        y = last.outcome + y
    made = [P(y, given=first.given, do=first.do)] if y else []
    return [*(factor for factor in factors if all(factor is not one for one in about)), *made]


def key(formula: Expression) -> Key:
    """What formulas that differ in the order of names or factors only have in common."""
    match formula:
        case P():
            return ("P", frozenset(formula.outcome), frozenset(formula.do), frozenset(formula.given))
        case Sum():
            return ("Sum", frozenset(formula.over), key(formula.term))
        case Product():
            return ("Product", *sorted(map(key, formula.factors), key=repr_of))
        case Fraction():
            return ("Fraction", key(formula.numerator), key(formula.denominator))
    return (formula,)


def repr_of(one: Key) -> str:
    """A key as text that does not depend on the order in which a set happens to be kept."""
    return repr([sorted(part) if isinstance(part, frozenset) else repr_of(part) if isinstance(part, tuple) else part
                 for part in one])
