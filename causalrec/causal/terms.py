"""Formulas taken apart: their probabilities, found and replaced.

A step of a derivation rewrites one probability inside a formula. Which one is said by naming it, and the order of the
names in it does not matter: P(y | do(x, z)) is P(y | do(z, x)).

First used: lesson 3b.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from causalrec.causal.expression import Expression, Fraction, P, Product, Sum
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
