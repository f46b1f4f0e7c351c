"""Estimands in expected values: E[Y | Z=1] − E[Y | Z=0], and the ratio of two such differences.

They continue `expression`, whose formulas are probabilities. First taught: lesson 3c.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from causalrec.causal.formulas.expression import (
    Expression,
    Fraction,
    P,
    Table,
    _align,
    _domains,
    _event,
    _symbol,
    _tuple,
    _undefined,
)
from causalrec.errors import IdentificationError, ModelError
from causalrec.types import Array, Names

ZERO = 1e-12
"""A difference closer to zero than this is rounding, and nothing is divided by it."""


class Values(Table):
    """The values of an estimand that is no probability, an axis a free variable; they may be negative.

    First taught: lesson 3c.
    """

    def __post_init__(self) -> None:
        """Keep a read-only copy."""
        entries = np.array(self.probabilities, dtype=float)
        entries.setflags(write=False)
        object.__setattr__(self, "probabilities", entries)

    def at(self, values: Mapping[str, Any] | None = None, /, **named: Any) -> Values:
        """The values with some variables fixed, over the others. Raises ModelError on an unknown variable or value."""
        entries = self.probabilities
        numbered = Table(self.variables, self.domains, np.arange(entries.size).reshape(entries.shape))
        kept = numbered.at(values, **named)
        return Values(kept.variables, kept.domains, entries.ravel()[kept.probabilities.astype(int)])

    def __float__(self) -> float:
        """The one value, where no variable is free; else a `ModelError` that names them."""
        return self.probability()

    def __repr__(self) -> str:
        """The value where there is one, else the free variables."""
        return f"Values({', '.join(self.variables)})" if self.variables else f"Values({float(self):.6g})"


class Contrast(Expression):
    """A formula in expected values. Use `E`, `Difference` and `WaldRatio`."""

    def evaluate(self, table: Table) -> Values:
        """The formula's exact values on a joint distribution, over its free variables; ``float`` of them if none.

        Raises:
            ModelError: a variable, or a value that the formula names, is not in the table, or is no number where a mean
                is taken.
            IdentificationError: the table does not sum to one; a positivity hole; a ratio whose denominator is zero.

        First taught: lesson 3c.
        """
        P(table.variables).evaluate(table)  # refuses what is no distribution
        values, domains = self._values(table), _domains(table, self.free)
        if np.isnan(values).any():
            position = np.argwhere(np.isnan(values))[0]
            first = {name: domains[axis][position[axis]] for axis, name in enumerate(self.free)}
            raise IdentificationError(f"{self} has no value{' at ' + _event(first) if first else ''}: "
                                      f"{self._hole(table, first)}; ask about values that occur or collect some.")
        return Values(self.free, domains, values)


@dataclass(frozen=True, repr=False)
class E(Contrast):
    """An expected value: E[outcome | at, given], with the variables in `at` fixed at values and those in `given` free.

    Raises IdentificationError where a variable stands in two places. First taught: lesson 3c.
    """

    outcome: str
    given: tuple[str, ...] = ()
    at: tuple[tuple[str, Any], ...] = ()

    def __init__(self, outcome: str, given: Names = (), at: Mapping[str, Any] | None = None) -> None:
        """Take one name or several, and a mapping of values."""
        object.__setattr__(self, "outcome", outcome)
        object.__setattr__(self, "given", _tuple(given))
        object.__setattr__(self, "at", tuple((at or {}).items()))
        names = (outcome, *self.given, *(name for name, _ in self.at))
        if len(set(names)) < len(names):
            raise IdentificationError(f"{self} is not an expected value; name every variable once.")

    @property
    def free(self) -> tuple[str, ...]:
        """The given variables whose values are not fixed."""
        return self.given

    def _write(self, symbols: Mapping[str, str], tex: bool) -> str:
        equals = " = " if tex else "="
        held = [f"{_capital(name) if tex else name}{equals}{value}" for name, value in self.at]
        behind = ", ".join([*held, *(symbols.get(name, name) for name in self.given)])
        bar = r" \mid " if tex else " | "
        return f"E[{_capital(self.outcome) if tex else self.outcome}{bar + behind if behind else ''}]"

    def _values(self, table: Table) -> Array:
        names = (self.outcome, *self.given, *(name for name, _ in self.at))
        joint = table.marginal(names).at(dict(self.at)).probabilities  # (outcome, given …)
        whole = joint.sum(axis=0)
        mean = np.tensordot(numbers_of(table, self.outcome), joint, axes=1)
        # E[Y | w, z=1] = Σ_y y P(y, w, z=1) / P(w, z=1)
        return np.divide(mean, whole, out=np.full(whole.shape, np.nan), where=whole > 0)

    def _hole(self, table: Table, at: Mapping[str, Any]) -> str:
        event = _event({**dict(self.at), **{name: at[name] for name in self.given}})
        return f"P({event}) is zero and {self} divides by it"


@dataclass(frozen=True, repr=False)
class Difference(Contrast):
    """One expected value minus another. First taught: lesson 3c."""

    first: Expression
    second: Expression

    @property
    def free(self) -> tuple[str, ...]:
        """The free variables of both."""
        return tuple(dict.fromkeys(self.first.free + self.second.free))

    def __str__(self) -> str:
        """The formula as plain text, without the brackets it has inside another one."""
        return _bare(self._write({name: name for name in self.free}, tex=False), tex=False)

    def latex(self) -> str:
        """The formula as LaTeX, without the brackets it has inside another one."""
        return _bare(self._write({name: _symbol(name) for name in self.free}, tex=True), tex=True)

    def _write(self, symbols: Mapping[str, str], tex: bool) -> str:
        one, other = (part._write(symbols, tex) for part in (self.first, self.second))
        return rf"\left({one} - {other}\right)" if tex else f"({one} − {other})"

    def _values(self, table: Table) -> Array:
        one, other = (_align(part._values(table), part.free, self.free) for part in (self.first, self.second))
        return np.subtract(*np.broadcast_arrays(one, other))

    def _hole(self, table: Table, at: Mapping[str, Any]) -> str:
        return next(part for part in (self.first, self.second) if _undefined(part, table, at))._hole(table, at)


@dataclass(frozen=True, repr=False)
class WaldRatio(Contrast, Fraction):
    """What the instrument does to the outcome, divided by what it does to the treatment.

    Undefined where the denominator, the **first stage**, is zero: the instrument then moves nobody. Unlike a
    probability it may be negative. Source: Wald 1940; Angrist, Imbens & Rubin 1996. First taught: lesson 3c.
    """

    def _write(self, symbols: Mapping[str, str], tex: bool) -> str:
        above, below = (
            _bare(text, tex) if isinstance(part, Difference) else text
            for part in (self.numerator, self.denominator)
            for text in [part._write(symbols, tex)]
        )
        return rf"\frac{{{above}}}{{{below}}}" if tex else f"[{above}] / [{below}]"

    def _values(self, table: Table) -> Array:
        parts = (_align(part._values(table), part.free, self.free) for part in (self.numerator, self.denominator))
        above, below = np.broadcast_arrays(*parts)
        return np.divide(above, below, out=np.full(above.shape, np.nan), where=np.abs(below) > ZERO)

    def _hole(self, table: Table, at: Mapping[str, Any]) -> str:
        for part in (self.numerator, self.denominator):
            if _undefined(part, table, at):
                return part._hole(table, at)
        event = _event({name: at[name] for name in self.denominator.free})
        where = f" at {event}" if event else ""
        return f"the first stage {self.denominator} is zero{where}: the instrument moves nobody"


def _bare(text: str, tex: bool) -> str:
    return text.removeprefix(r"\left(").removesuffix(r"\right)") if tex else text[1:-1]


def _capital(name: str) -> str:
    """A variable that is not one of its values: Y stays Y, Z1 becomes Z_{1}, longer names are set in italics."""
    symbol = _symbol(name)
    return symbol if symbol.startswith("\\") else symbol[0].upper() + symbol[1:]


def numbers_of(table: Table, name: str) -> Array:
    """A variable's values as numbers."""
    domain = table.domains[table._axis(name)]
    try:
        return np.array([float(value) for value in domain])
    except (TypeError, ValueError):
        raise ModelError(f"{name} takes values that are no numbers, {', '.join(map(repr, domain))}, so it has no mean; "
                         "give it numbers, such as 0 and 1.") from None
