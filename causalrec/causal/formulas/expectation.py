"""Estimands in expected values: E[Y | Z=1] − E[Y | Z=0], and the ratio of two such differences.

They continue `expression`, whose formulas are probabilities. First taught: lesson 3c.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from causalrec.causal.formulas.expression import Expression, Fraction, capital
from causalrec.causal.formulas.table import Table, Values, as_tuple, event
from causalrec.errors import IdentificationError
from causalrec.types import Array, Names


@dataclass(frozen=True, repr=False)
class E(Expression):
    """An expected value: E[outcome | at, given], with the variables in `at` fixed at values and those in `given` free.

    Raises IdentificationError where a variable stands in two places. First taught: lesson 3c.
    """

    outcome: str
    given: tuple[str, ...] = ()
    at: tuple[tuple[str, Any], ...] = ()

    result = Values

    def __init__(self, outcome: str, given: Names = (), at: Mapping[str, Any] | None = None) -> None:
        """Take one name or several, and a mapping of values."""
        self.__dict__.update(outcome=outcome, given=as_tuple(given), at=tuple((at or {}).items()))
        if len(set(self._all)) < len(self._all):
            raise IdentificationError(f"{self} is not an expected value; name every variable once.")

    @property
    def _all(self) -> tuple[str, ...]:
        return (self.outcome, *self.given, *(name for name, _ in self.at))

    @property
    def free(self) -> tuple[str, ...]:
        """The given variables whose values are not fixed."""
        return self.given

    def _write(self, symbols: Mapping[str, str], tex: bool) -> str:
        equals = " = " if tex else "="
        held = [f"{capital(name) if tex else name}{equals}{value}" for name, value in self.at]
        behind = ", ".join([*held, *(symbols.get(name, name) for name in self.given)])
        bar = r" \mid " if tex else " | "
        return f"E[{capital(self.outcome) if tex else self.outcome}{bar + behind if behind else ''}]"

    def _values(self, table: Table) -> Array:
        joint = table.marginal(self._all).at(dict(self.at)).probabilities  # (outcome, given …)
        whole = joint.sum(axis=0)
        mean = np.tensordot(table.numbers(self.outcome), joint, axes=1)
        # E[Y | w, z=1] = Σ_y y P(y, w, z=1) / P(w, z=1)
        return np.divide(mean, whole, out=np.full(whole.shape, np.nan), where=whole > 0)

    def _hole(self, table: Table, at: Mapping[str, Any]) -> str:
        case = event({**dict(self.at), **{name: at[name] for name in self.given}})
        return f"P({case}) is zero and {self} divides by it"


@dataclass(frozen=True, repr=False)
class Difference(Expression):
    """One expected value minus another. First taught: lesson 3c."""

    first: Expression
    second: Expression

    result = Values

    @property
    def parts(self) -> tuple[Expression, ...]:
        """Both."""
        return self.first, self.second

    def _write(self, symbols: Mapping[str, str], tex: bool) -> str:
        return f" {'-' if tex else '−'} ".join(part._within(symbols, tex) for part in self.parts)

    def _within(self, symbols: Mapping[str, str], tex: bool) -> str:
        text = self._write(symbols, tex)
        return rf"\left({text}\right)" if tex else f"({text})"

    def _values(self, table: Table) -> Array:
        return np.subtract(*np.broadcast_arrays(*self._parts_values(table)))


@dataclass(frozen=True, repr=False)
class WaldRatio(Fraction):
    """What the instrument does to the outcome, divided by what it does to the treatment.

    Undefined where the denominator, the **first stage**, is zero: the instrument then moves nobody. Unlike a
    probability it may be negative. Source: Wald 1940; Angrist, Imbens & Rubin 1996. First taught: lesson 3c.
    """

    result = Values
    smallest = 1e-12  # a difference closer to zero is rounding, and nothing is divided by it
    zero = "the first stage {} is zero{}: the instrument moves nobody"
