"""Estimands: formulas in probabilities that a log could answer, written as the textbooks write them.

`P`, `Sum`, `Product` and `Fraction` build a formula. It can be read (`str`), typeset (`latex`) and evaluated exactly on
a `Table`, the joint distribution of discrete variables. A formula is trusted in this kit when its value equals do() on
random exact models.

First taught: lesson 3a; the same formulas come out of the do-calculus in lesson 3b.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import reduce
from html import escape
from itertools import product
from typing import Any

import numpy as np

from causalrec.errors import IdentificationError, ModelError
from causalrec.types import Array, Names


def _tuple(names: Names) -> tuple[str, ...]:
    return (names,) if isinstance(names, str) else tuple(names)


@dataclass(frozen=True, eq=False, repr=False)
class Table:
    """Probabilities of discrete variables, one axis a variable: an exact joint, or a conditional read off one.

    Attributes:
        variables: names, in the order of the axes.
        domains: per variable the values it can take, in the order of the entries on its axis.
        probabilities: array of shape (values of the first variable, values of the second, …); kept read-only.

    Raises:
        ModelError: names, domains and shape that do not fit together; an entry that is negative or not a number.

    First taught: lesson 2a.
    """

    variables: tuple[str, ...]
    domains: tuple[tuple[Any, ...], ...]
    probabilities: Array

    def __post_init__(self) -> None:
        """Keep a read-only copy, and refuse a table that does not fit together."""
        entries = np.array(self.probabilities, dtype=float)
        entries.setflags(write=False)
        object.__setattr__(self, "variables", _tuple(self.variables))
        object.__setattr__(self, "domains", tuple(tuple(domain) for domain in self.domains))
        object.__setattr__(self, "probabilities", entries)
        expected = tuple(len(domain) for domain in self.domains)
        if len(self.domains) != len(self.variables) or entries.shape != expected:
            raise ModelError(f"a table over {len(self.variables)} variables with domains of {expected} values needs an "
                             f"array of that shape, but got {entries.shape}; give one domain and one axis a variable.")
        if len(set(self.variables)) < len(self.variables):
            raise ModelError(f"a variable stands twice in {', '.join(self.variables)}; name every variable once.")
        if not (entries >= 0).all():
            raise ModelError("a table of probabilities has a negative or missing entry; every entry must be 0 or more.")

    def __repr__(self) -> str:
        """Variables and numbers of values: a table is looked at entry by entry or rendered."""
        sizes = ", ".join(f"{name} ({len(domain)})" for name, domain in zip(self.variables, self.domains, strict=True))
        return f"Table({sizes})"

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{escape(name)}</th>" for name in self.variables)
        rows = [
            "".join(f"<td>{escape(str(value))}</td>" for value in values) + f"<td>{entry:.4f}</td>"
            for values, entry in zip(product(*self.domains), self.probabilities.ravel(), strict=True)
        ]
        shown, more = rows[:32], len(rows) - 32
        rest = f"<p>and {more} more rows</p>" if more > 0 else ""
        body = "".join(f"<tr>{row}</tr>" for row in shown)
        return f"<table><tr>{head}<th>probability</th></tr>{body}</table>{rest}"

    def _axis(self, name: str) -> int:
        if name not in self.variables:
            raise ModelError(f"the table has no variable {name!r}; it has {', '.join(self.variables) or 'none'}.")
        return self.variables.index(name)

    def _position(self, name: str, value: Any) -> int:
        domain = self.domains[self._axis(name)]
        if value not in domain:
            raise ModelError(f"{name} never takes the value {value!r}; it takes {', '.join(map(repr, domain))}.")
        return domain.index(value)

    def marginal(self, variables: Names) -> Table:
        """The joint of some of the variables, in the order asked for: the others are summed out.

        P(a) = Σ_b P(a, b). Raises ModelError on an unknown variable. First taught: lesson 2a.
        """
        wanted = tuple(dict.fromkeys(_tuple(variables)))
        axes = [self._axis(name) for name in wanted]
        summed = self.probabilities.sum(axis=tuple(set(range(len(self.variables))) - set(axes)))
        remaining = sorted(axes)  # in their old order
        entries = summed.transpose([remaining.index(axis) for axis in axes])
        return Table(wanted, tuple(self.domains[axis] for axis in axes), entries)

    def at(self, values: Mapping[str, Any] | None = None, /, **named: Any) -> Table:
        """The entries with some variables at the given values, as a table over the others; nothing is rescaled.

        Raises ModelError on an unknown variable or value. First taught: lesson 2a.
        """
        fixed = {**(values or {}), **named}
        index: list[Any] = [slice(None)] * len(self.variables)
        for name, value in fixed.items():
            index[self._axis(name)] = self._position(name, value)
        kept = [axis for axis, name in enumerate(self.variables) if name not in fixed]
        return Table(tuple(self.variables[a] for a in kept), tuple(self.domains[a] for a in kept),
                     self.probabilities[tuple(index)])

    def probability(self, values: Mapping[str, Any] | None = None, /, **named: Any) -> float:
        """The one entry at the given values; every variable of the table must be named. First taught: lesson 2a."""
        entry = self.at(values, **named)
        if entry.variables:
            raise ModelError(f"no value was given for {', '.join(entry.variables)}; give one or take a marginal.")
        return float(entry.probabilities)

    def condition(self, values: Mapping[str, Any] | None = None, /, **named: Any) -> Table:
        """The distribution of the other variables among the cases with the given values.

        P(a | b) = P(a, b) / P(b).

        Raises:
            ModelError: an unknown variable or value.
            IdentificationError: the given values have probability zero.

        First taught: lesson 1a; seeing against doing in lesson 2a.
        """
        entries = self.at(values, **named)
        if not (total := entries.probabilities.sum()) > 0:
            raise IdentificationError(f"{_event({**(values or {}), **named})} has probability zero, so nothing can be "
                                      "said of such cases; condition on values that occur.")
        return Table(entries.variables, entries.domains, entries.probabilities / total)

    def mean(self, variable: str) -> float:
        """The expected value of a numeric variable under a table that is a distribution: E[V] = Σ_v v P(v).

        First taught: lesson 2a.
        """
        marginal = self.marginal(variable)
        return float(np.asarray(marginal.domains[0], dtype=float) @ marginal.probabilities)


class Expression(ABC):
    """A formula in probabilities. Use `P`, `Sum`, `Product` and `Fraction`."""

    @property
    @abstractmethod
    def free(self) -> tuple[str, ...]:
        """The variables whose values the formula still needs, in order of appearance."""

    @abstractmethod
    def _write(self, symbols: Mapping[str, str], tex: bool) -> str:
        """The formula as text; `symbols` holds the signs of the variables that are in scope."""

    @abstractmethod
    def _values(self, table: Table) -> Array:
        """Its values, an axis a free variable; NaN where it divides by zero."""

    @abstractmethod
    def _hole(self, table: Table, at: Mapping[str, Any]) -> str:
        """Which zero makes it undefined at these values; called only where it is."""

    def __str__(self) -> str:
        """The formula as plain text."""
        return self._write({name: name for name in self.free}, tex=False)

    def __repr__(self) -> str:
        """The formula as plain text."""
        return str(self)

    def latex(self) -> str:
        """The formula as LaTeX, without dollar signs; single capitals become the small letters of the textbooks."""
        return self._write({name: _symbol(name) for name in self.free}, tex=True)

    def _repr_markdown_(self) -> str:
        return f"${self.latex()}$"

    def evaluate(self, table: Table) -> Table:
        """The formula's exact values on a joint distribution, as a table over its free variables.

        A term that is multiplied by zero counts as zero even where it is itself undefined: Σ_z P(y | x, z) P(z) does
        not ask about a z that never occurs. Any other division by zero is an error.

        Raises:
            ModelError: a variable of the formula is not in the table.
            IdentificationError: the table does not sum to one; a `do` is left in the formula; a positivity hole.

        First taught: lesson 3a.
        """
        if not np.isclose(total := table.probabilities.sum(), 1, rtol=0, atol=1e-9):
            raise IdentificationError(f"the table sums to {total:.6g}, but a joint distribution sums to 1; divide "
                                      "it by its sum if its entries are counts.")
        values = self._values(table)
        domains = _domains(table, self.free)
        if np.isnan(values).any():
            position = np.argwhere(np.isnan(values))[0]
            first = {name: domains[axis][position[axis]] for axis, name in enumerate(self.free)}
            raise IdentificationError(f"{self} has no value{' at ' + _event(first) if first else ''}: "
                                      f"{self._hole(table, first)}; ask about values that occur or collect some.")
        return Table(self.free, domains, values)


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
        for field, names in (("outcome", outcome), ("given", given), ("do", do)):
            object.__setattr__(self, field, _tuple(names))
        if not self.outcome or len(set(self.free)) < len(self.outcome + self.given + self.do):
            raise IdentificationError(f"{self} is not a probability; name an outcome, and every variable once.")

    @property
    def free(self) -> tuple[str, ...]:
        """Outcome, intervened and given variables."""
        return tuple(dict.fromkeys(self.outcome + self.do + self.given))

    def _write(self, symbols: Mapping[str, str], tex: bool) -> str:
        def signs(names: tuple[str, ...]) -> str:
            return ", ".join(symbols[name] for name in names)

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
        return f"P({_event({name: at[name] for name in self.given})}) is zero and {self} divides by it"


@dataclass(frozen=True, repr=False)
class Sum(Expression):
    """A formula summed over all values of some of its free variables: Σ_over term.

    Raises IdentificationError where a variable summed over is not free in the term. First taught: lesson 3a.
    """

    over: tuple[str, ...]
    term: Expression

    def __init__(self, over: Names, term: Expression) -> None:
        """Take one name or several."""
        object.__setattr__(self, "over", _tuple(over))
        object.__setattr__(self, "term", term)
        if not self.over or not set(self.over) <= set(term.free) or len(set(self.over)) < len(self.over):
            raise IdentificationError(f"cannot sum {term} over {', '.join(self.over) or 'nothing'}; name variables "
                                      f"that it contains, once each: {', '.join(term.free)}.")

    @property
    def free(self) -> tuple[str, ...]:
        """The term's free variables that are not summed over."""
        return tuple(name for name in self.term.free if name not in self.over)

    def _write(self, symbols: Mapping[str, str], tex: bool) -> str:
        # A name already in use outside the sum gets a prime: Σ_z P(z | x) Σ_x' P(y | x', z) P(x').
        bound = {name: symbols[name] + "'" if name in symbols else _symbol(name) if tex else name for name in self.over}
        under = ", ".join(bound.values())
        sign = rf"\sum_{{{under}}}" if tex else f"Σ_{{{under}}}" if len(bound) > 1 else f"Σ_{under}"
        return f"{sign} {self.term._write({**symbols, **bound}, tex)}"

    def _values(self, table: Table) -> Array:
        return self.term._values(table).sum(axis=tuple(self.term.free.index(name) for name in self.over))

    def _hole(self, table: Table, at: Mapping[str, Any]) -> str:
        fixed = {name: at[name] for name in self.free}
        values = self.term._values(table)[tuple(
            table._position(name, fixed[name]) if name in fixed else slice(None) for name in self.term.free
        )]
        summed = [name for name in self.term.free if name in self.over]
        position = np.argwhere(np.isnan(values))[0]
        case = {name: _domains(table, (name,))[0][index] for name, index in zip(summed, position, strict=True)}
        return self.term._hole(table, {**fixed, **case})


@dataclass(frozen=True, repr=False)
class Product(Expression):
    """Formulas multiplied. A factor that is zero makes the product zero. First taught: lesson 3a."""

    factors: tuple[Expression, ...]

    def __init__(self, factors: Iterable[Expression]) -> None:
        """Take any number of factors; none at all is the number 1."""
        object.__setattr__(self, "factors", tuple(factors))

    @property
    def free(self) -> tuple[str, ...]:
        """The factors' free variables."""
        return tuple(dict.fromkeys(name for factor in self.factors for name in factor.free))

    def _write(self, symbols: Mapping[str, str], tex: bool) -> str:
        last = len(self.factors) - 1
        written = [
            # A sum reaches as far to the right as it can, so only the last factor may be one without brackets.
            f"({text})" if isinstance(factor, Sum | Product) and place < last else text
            for place, factor in enumerate(self.factors)
            for text in [factor._write(symbols, tex)]
        ]
        return (r" \, " if tex else " ").join(written) or "1"

    def _values(self, table: Table) -> Array:
        aligned = [_align(factor._values(table), factor.free, self.free) for factor in self.factors]
        values = reduce(np.multiply, aligned, np.ones([len(domain) for domain in _domains(table, self.free)]))
        zero = reduce(np.logical_or, [values == 0, *(factor == 0 for factor in aligned)])
        return np.where(zero, 0.0, values)  # 0 × undefined = 0: what is undefined there is a probability, hence bounded

    def _hole(self, table: Table, at: Mapping[str, Any]) -> str:
        return next(factor for factor in self.factors if _undefined(factor, table, at))._hole(table, at)


@dataclass(frozen=True, repr=False)
class Fraction(Expression):
    """One formula divided by another; undefined where the denominator is zero. First taught: lesson 3c."""

    numerator: Expression
    denominator: Expression

    @property
    def free(self) -> tuple[str, ...]:
        """The free variables of both parts."""
        return tuple(dict.fromkeys(self.numerator.free + self.denominator.free))

    def _write(self, symbols: Mapping[str, str], tex: bool) -> str:
        above, below = (part._write(symbols, tex) for part in (self.numerator, self.denominator))
        return rf"\frac{{{above}}}{{{below}}}" if tex else f"[{above}] / [{below}]"

    def _values(self, table: Table) -> Array:
        above, below = (
            _align(part._values(table), part.free, self.free) for part in (self.numerator, self.denominator)
        )
        above, below = np.broadcast_arrays(above, below)
        return np.divide(above, below, out=np.full(above.shape, np.nan), where=below > 0)

    def _hole(self, table: Table, at: Mapping[str, Any]) -> str:
        for part in (self.numerator, self.denominator):
            if _undefined(part, table, at):
                return part._hole(table, at)
        where = _event({name: at[name] for name in self.denominator.free})
        return f"the denominator {self.denominator} is zero{' at ' + where if where else ''}"


def _domains(table: Table, names: tuple[str, ...]) -> tuple[tuple[Any, ...], ...]:
    return tuple(table.domains[table._axis(name)] for name in names)


def _align(values: Array, names: tuple[str, ...], target: tuple[str, ...]) -> Array:
    """The values with their axes in the order of `target` and an axis of length 1 for every name they lack."""
    present = [name for name in target if name in names]
    ordered = values.transpose([names.index(name) for name in present])
    return np.expand_dims(ordered, tuple(axis for axis, name in enumerate(target) if name not in names))


def _undefined(expression: Expression, table: Table, at: Mapping[str, Any]) -> bool:
    entry = tuple(table._position(name, at[name]) for name in expression.free)
    return bool(np.isnan(expression._values(table)[entry]))


def _event(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={value}" for name, value in values.items())


def _symbol(name: str) -> str:
    """A variable in LaTeX: X becomes x, Z1 becomes z_{1}, longer names are set in italics."""
    if match := re.fullmatch(r"([^\W\d_])(\d*)", name):
        return match[1].lower() + (f"_{{{match[2]}}}" if match[2] else "")
    return r"\mathit{" + name.replace("_", r"\_") + "}"
