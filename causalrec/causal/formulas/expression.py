"""Estimands: formulas in probabilities that a log could answer, written as the textbooks write them.

`P`, `Sum`, `Product` and `Fraction` build a formula. It can be read (`str`), typeset (`latex`) and evaluated exactly on
a `Table`, the joint distribution of discrete variables. A formula is trusted in this kit when its value equals do() on
random exact models. `expectation` continues these formulas with expected values, `algebra` makes them shorter.

First taught: lesson 3a; the same formulas come out of the do-calculus in lesson 3b.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, reduce
from typing import Any, ClassVar, Self

import numpy as np

from causalrec.causal.formulas.table import Table, aligned, as_tuple, event
from causalrec.errors import IdentificationError
from causalrec.types import Array, Names


class Expression:
    """A formula in probabilities. Use `P`, `Sum`, `Product` and `Fraction`."""

    result: ClassVar[type[Table]] = Table
    """What its values are: probabilities, or any numbers (`Values`)."""

    @property
    def parts(self) -> tuple[Expression, ...]:
        """What it is directly made of; nothing for a probability."""
        return ()

    @cached_property
    def free(self) -> tuple[str, ...]:
        """The variables whose values the formula still needs, in order of appearance."""
        return tuple(dict.fromkeys([name for part in self.parts for name in part.free]))

    @cached_property
    def names(self) -> frozenset[str]:
        """The free variables as a set."""
        return frozenset(self.free)

    @cached_property
    def key(self) -> Hashable:
        """What formulas have in common that differ in the order of names or factors only."""
        return self

    @classmethod
    def of(cls, **fields: Any) -> Self:
        """The formula with these fields as they are: no check, no conversion, for algorithms that make thousands."""
        made = object.__new__(cls)
        made.__dict__.update(fields)
        return made

    def _write(self, symbols: Mapping[str, str], tex: bool) -> str:
        """The formula as text; `symbols` holds the signs of the variables that are in scope."""
        raise NotImplementedError

    def _values(self, table: Table) -> Array:
        """Its values, an axis a free variable; NaN where it divides by zero."""
        raise NotImplementedError

    def _hole(self, table: Table, at: Mapping[str, Any]) -> str:
        """Which zero makes it undefined at these values; called only where it is."""
        return next(part for part in self.parts if part._undefined(table, at))._hole(table, at)

    def _within(self, symbols: Mapping[str, str], tex: bool) -> str:
        """The formula as a factor or as what is summed: in brackets where it needs them there."""
        return self._write(symbols, tex)

    def __str__(self) -> str:
        """The formula as plain text."""
        return self._write({name: name for name in self.free}, tex=False)

    def __repr__(self) -> str:
        """The formula as plain text."""
        return str(self)

    def latex(self) -> str:
        """The formula as LaTeX, without dollar signs; single capitals become the small letters of the textbooks."""
        return self._write({name: symbol(name) for name in self.free}, tex=True)

    def _repr_markdown_(self) -> str:
        return f"${self.latex()}$"

    def evaluate(self, table: Table) -> Table:
        """The formula's exact values on a joint distribution, as a table over its free variables.

        A term that is multiplied by zero counts as zero even where it is itself undefined: Σ_z P(y | x, z) P(z) does
        not ask about a z that never occurs. Any other division by zero is an error. Formulas in expected values give
        `Values`, whose ``float`` is the one value where no variable is free.

        Raises:
            ModelError: a variable, or a value that the formula names, is not in the table, or is no number where a mean
                is taken.
            IdentificationError: what is no table, or does not sum to one; a `do` is left in the formula; a positivity
                hole.

        First taught: lesson 3a.
        """
        if not isinstance(table, Table):
            raise IdentificationError("a formula is evaluated on a Table, the joint distribution of its variables, and "
                                      f"not on {type(table).__name__}; SCM.table() gives one, or Counts.table().")
        if not np.isclose(total := table.probabilities.sum(), 1, rtol=0, atol=1e-9):
            raise IdentificationError(f"the table sums to {total:.6g}, but a joint distribution sums to 1; divide "
                                      "it by its sum if its entries are counts.")
        values, domains = self._values(table), tuple(map(table.domain, self.free))
        if np.isnan(values).any():
            position = np.argwhere(np.isnan(values))[0]
            first = {name: domains[axis][position[axis]] for axis, name in enumerate(self.free)}
            raise IdentificationError(f"{self} has no value{' at ' + event(first) if first else ''}: "
                                      f"{self._hole(table, first)}; ask about values that occur or collect some.")
        return self.result(self.free, domains, values)

    def _parts_values(self, table: Table) -> list[Array]:
        """The values of its parts, each with an axis a free variable of the whole."""
        return [aligned(part._values(table), part.free, self.free) for part in self.parts]

    def _undefined(self, table: Table, at: Mapping[str, Any]) -> bool:
        return bool(np.isnan(self._values(table)[tuple(table.position(name, at[name]) for name in self.free)]))


@dataclass(frozen=True, repr=False)
class P(Expression):
    """A probability: P(outcome | do(do), given).

    One with a `do` can be written but not evaluated: no log contains it. Raises IdentificationError where there is no
    outcome or a variable stands in two places. First taught: lesson 2a.
    """

    outcome: tuple[str, ...]
    given: tuple[str, ...] = ()
    do: tuple[str, ...] = ()

    def __init__(self, outcome: Names, given: Names = (), do: Names = ()) -> None:
        """Take names one by one or several at once."""
        self.__dict__.update(outcome=as_tuple(outcome), given=as_tuple(given), do=as_tuple(do))
        if not self.outcome or len(self.names) < len(self.free):
            raise IdentificationError(f"{self} is not a probability; name an outcome, and every variable once.")

    @cached_property
    def free(self) -> tuple[str, ...]:
        """Outcome, intervened and given variables."""
        return self.outcome + self.do + self.given

    @cached_property
    def key(self) -> Hashable:
        """Its three sets of names."""
        return P, frozenset(self.outcome), frozenset(self.given), frozenset(self.do)

    def _write(self, symbols: Mapping[str, str], tex: bool) -> str:
        def signs(names: tuple[str, ...]) -> str:
            return ", ".join([symbols[name] for name in names])

        do = [(r"\operatorname{do}(" if tex else "do(") + signs(self.do) + ")"] if self.do else []
        behind = ", ".join(do + ([signs(self.given)] if self.given else []))
        bar = r" \mid " if tex else " | "
        return f"P({signs(self.outcome)}{bar + behind if behind else ''})"

    def _values(self, table: Table) -> Array:
        if self.do:
            raise IdentificationError(f"{self} asks what an intervention would do, which no table of seen cases holds; "
                                      "identify it first and evaluate the estimand.")
        joint = table.marginal(self.free).probabilities
        whole = joint.sum(axis=tuple(range(len(self.outcome))), keepdims=True) if self.given else np.ones_like(joint)
        # P(a | b) = P(a, b) / P(b)
        return np.divide(joint, whole, out=np.full_like(joint, np.nan), where=whole > 0)

    def _hole(self, table: Table, at: Mapping[str, Any]) -> str:
        return f"P({event({name: at[name] for name in self.given})}) is zero and {self} divides by it"


@dataclass(frozen=True, repr=False)
class Sum(Expression):
    """A formula summed over all values of some of its free variables: Σ_over term.

    Raises IdentificationError where a variable summed over is not free in the term. First taught: lesson 3a.
    """

    over: tuple[str, ...]
    term: Expression

    def __init__(self, over: Names, term: Expression) -> None:
        """Take one name or several."""
        check_formulas(term)
        self.__dict__.update(over=as_tuple(over), term=term)
        if not self.over or not term.names.issuperset(self.over) or len(set(self.over)) < len(self.over):
            raise IdentificationError(f"cannot sum {term} over {', '.join(self.over) or 'nothing'}; name variables "
                                      f"that it contains, once each: {', '.join(term.free)}.")

    @property
    def parts(self) -> tuple[Expression, ...]:
        """The term."""
        return (self.term,)

    @cached_property
    def free(self) -> tuple[str, ...]:
        """The term's free variables that are not summed over."""
        return tuple([name for name in self.term.free if name not in self.over])

    @cached_property
    def key(self) -> Hashable:
        """What is summed, and over what."""
        return Sum, frozenset(self.over), self.term.key

    def _write(self, symbols: Mapping[str, str], tex: bool) -> str:
        # A name already in use outside the sum gets a prime: Σ_z P(z | x) Σ_x' P(y | x', z) P(x').
        bound = {name: symbols[name] + "'" if name in symbols else symbol(name) if tex else name for name in self.over}
        under = ", ".join(bound.values())
        sign = rf"\sum_{{{under}}}" if tex else f"Σ_{{{under}}}" if len(bound) > 1 else f"Σ_{under}"
        return f"{sign} {self.term._within({**symbols, **bound}, tex)}"

    def _values(self, table: Table) -> Array:
        return self.term._values(table).sum(axis=tuple(self.term.free.index(name) for name in self.over))

    def _hole(self, table: Table, at: Mapping[str, Any]) -> str:
        fixed = {name: at[name] for name in self.free}
        values = self.term._values(table)[tuple(
            table.position(name, fixed[name]) if name in fixed else slice(None) for name in self.term.free
        )]
        summed = [name for name in self.term.free if name in self.over]
        position = np.argwhere(np.isnan(values))[0]
        case = {name: table.domain(name)[index] for name, index in zip(summed, position, strict=True)}
        return self.term._hole(table, {**fixed, **case})


@dataclass(frozen=True, repr=False)
class Product(Expression):
    """Formulas multiplied. A factor that is zero makes the product zero. First taught: lesson 3a."""

    factors: tuple[Expression, ...]

    def __init__(self, factors: Iterable[Expression]) -> None:
        """Take any number of factors; none at all is the number 1."""
        self.__dict__.update(factors=tuple(factors) if isinstance(factors, Iterable) else (factors,))
        check_formulas(*self.factors)

    @property
    def parts(self) -> tuple[Expression, ...]:
        """The factors."""
        return self.factors

    @cached_property
    def key(self) -> Hashable:
        """Its factors, each as often as it stands there."""
        return Product, frozenset(Counter(factor.key for factor in self.factors).items())

    def _write(self, symbols: Mapping[str, str], tex: bool) -> str:
        last = len(self.factors) - 1
        written = [
            # A sum reaches as far to the right as it can, so only the last factor may be one without brackets.
            f"({text})" if isinstance(factor, Sum | Product) and place < last else text
            for place, factor in enumerate(self.factors)
            for text in [factor._within(symbols, tex)]
        ]
        return (r" \, " if tex else " ").join(written) or "1"

    def _values(self, table: Table) -> Array:
        parts = self._parts_values(table)
        values = reduce(np.multiply, parts, np.ones([len(table.domain(name)) for name in self.free]))
        zero = reduce(np.logical_or, [values == 0, *(part == 0 for part in parts)])
        return np.where(zero, 0.0, values)  # 0 × undefined = 0: what is undefined there is a probability, hence bounded


@dataclass(frozen=True, repr=False)
class Fraction(Expression):
    """One formula divided by another; undefined where the denominator is zero. First taught: lesson 3c."""

    numerator: Expression
    denominator: Expression

    smallest: ClassVar[float] = 0.0
    """A denominator must be further from zero."""
    zero: ClassVar[str] = "the denominator {} is zero{}"

    def __post_init__(self) -> None:
        """Refuse what is no formula."""
        check_formulas(self.numerator, self.denominator)

    @property
    def parts(self) -> tuple[Expression, ...]:
        """Numerator and denominator."""
        return self.numerator, self.denominator

    @cached_property
    def key(self) -> Hashable:
        """Numerator and denominator."""
        return type(self), self.numerator.key, self.denominator.key

    def _write(self, symbols: Mapping[str, str], tex: bool) -> str:
        above, below = (part._write(symbols, tex) for part in self.parts)
        return rf"\frac{{{above}}}{{{below}}}" if tex else f"[{above}] / [{below}]"

    def _values(self, table: Table) -> Array:
        above, below = np.broadcast_arrays(*self._parts_values(table))
        return np.divide(above, below, out=np.full(above.shape, np.nan), where=np.abs(below) > self.smallest)

    def _hole(self, table: Table, at: Mapping[str, Any]) -> str:
        if any(part._undefined(table, at) for part in self.parts):
            return super()._hole(table, at)
        where = event({name: at[name] for name in self.denominator.free})
        return self.zero.format(self.denominator, f" at {where}" if where else "")


def check_formulas(*parts: object) -> None:
    """Raise IdentificationError where something is no formula."""
    if wrong := [part for part in parts if not isinstance(part, Expression)]:
        raise IdentificationError(f"a formula is made of P, Sum, Product and Fraction; write {wrong[0]!r} with these, "
                                  "not as text or number.")


def symbol(name: str) -> str:
    """A variable's value in LaTeX: X becomes x, Z1 becomes z_{1}, longer names are set in italics."""
    if match := re.fullmatch(r"([^\W\d_])(\d*)", name):
        return match[1].lower() + (f"_{{{match[2]}}}" if match[2] else "")
    return r"\mathit{" + re.sub("([_% ])", r"\\\1", name) + "}"


def capital(name: str) -> str:
    """A variable, not its value, in LaTeX: Y stays Y, Z1 becomes Z_{1}, longer names are set in italics."""
    sign = symbol(name)
    return sign if sign.startswith("\\") else sign[0].upper() + sign[1:]
