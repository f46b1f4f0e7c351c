"""Tables: the probabilities of discrete variables, an axis a variable. What a formula is evaluated on, and its values.

First taught: lesson 2a.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape
from itertools import product
from typing import Any, ClassVar, Self

import numpy as np

from causalrec.errors import IdentificationError, ModelError
from causalrec.types import Array, Names


def as_tuple(names: Names) -> tuple[str, ...]:
    """The names as a tuple; a single name is not taken for its letters.

    Raises:
        IdentificationError: something that is no name.
    """
    found = (names,) if isinstance(names, str) else tuple(names) if isinstance(names, Iterable) else (names,)
    if not all([isinstance(name, str) for name in found]):
        raise IdentificationError(f"{names!r} names no variable; write its name as in 'x', or several as ('x', 'z').")
    return found


def event(values: Mapping[str, Any]) -> str:
    """Variables with their values, in words: X=1, Z=0."""
    return ", ".join(f"{name}={value}" for name, value in values.items())


def aligned(values: Array, names: tuple[str, ...], target: tuple[str, ...]) -> Array:
    """The values with their axes in the order of `target` and an axis of length 1 for every name they lack."""
    present = [name for name in target if name in names]
    ordered = values.transpose([names.index(name) for name in present])
    return np.expand_dims(ordered, tuple(axis for axis, name in enumerate(target) if name not in names))


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

    least: ClassVar[float] = 0.0
    """No entry may be smaller."""

    def __post_init__(self) -> None:
        """Keep a read-only copy, and refuse a table that does not fit together."""
        entries = np.array(self.probabilities, dtype=float)
        entries.setflags(write=False)
        object.__setattr__(self, "variables", as_tuple(self.variables))
        object.__setattr__(self, "domains", tuple(tuple(domain) for domain in self.domains))
        object.__setattr__(self, "probabilities", entries)
        expected = tuple(len(domain) for domain in self.domains)
        if len(self.domains) != len(self.variables) or entries.shape != expected:
            raise ModelError(f"a table over {len(self.variables)} variables with domains of {expected} values needs an "
                             f"array of that shape, but got {entries.shape}; give one domain and one axis a variable.")
        if len(set(self.variables)) < len(self.variables):
            raise ModelError(f"a variable stands twice in {', '.join(self.variables)}; name every variable once.")
        if not (entries >= self.least).all():
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

    def axis(self, name: str) -> int:
        """Which axis belongs to the variable. Raises ModelError on an unknown one."""
        if name not in self.variables:
            raise ModelError(f"the table has no variable {name!r}; it has {', '.join(self.variables) or 'none'}.")
        return self.variables.index(name)

    def domain(self, name: str) -> tuple[Any, ...]:
        """The values that the variable can take. Raises ModelError on an unknown one."""
        return self.domains[self.axis(name)]

    def position(self, name: str, value: Any) -> int:
        """Where a value stands on its variable's axis. Raises ModelError on an unknown variable or value."""
        domain = self.domain(name)
        if value not in domain:
            raise ModelError(f"{name} never takes the value {value!r}; it takes {', '.join(map(repr, domain))}.")
        return domain.index(value)

    def numbers(self, name: str) -> Array:
        """The values of a variable as numbers. Raises ModelError where they are none, or the variable is unknown."""
        domain = self.domain(name)
        try:
            return np.array([float(value) for value in domain])
        except (TypeError, ValueError):
            raise ModelError(f"{name} takes values that are no numbers, {', '.join(map(repr, domain))}, so it has no "
                             "mean; give it numbers, such as 0 and 1.") from None

    def marginal(self, variables: Names) -> Table:
        """The joint of some of the variables, in the order asked for: the others are summed out.

        P(a) = Σ_b P(a, b). Raises ModelError on an unknown variable. First taught: lesson 2a.
        """
        wanted = tuple(dict.fromkeys(as_tuple(variables)))
        axes = [self.axis(name) for name in wanted]
        summed = self.probabilities.sum(axis=tuple(set(range(len(self.variables))) - set(axes)))
        remaining = sorted(axes)  # in their old order
        entries = summed.transpose([remaining.index(axis) for axis in axes])
        return Table(wanted, tuple(self.domains[axis] for axis in axes), entries)

    def at(self, values: Mapping[str, Any] | None = None, /, **named: Any) -> Self:
        """The entries with some variables at the given values, as a table over the others; nothing is rescaled.

        Raises ModelError on an unknown variable or value.
        """
        fixed = {**(values or {}), **named}
        index: list[Any] = [slice(None)] * len(self.variables)
        for name, value in fixed.items():
            index[self.axis(name)] = self.position(name, value)
        kept = [axis for axis, name in enumerate(self.variables) if name not in fixed]
        return type(self)(tuple(self.variables[a] for a in kept), tuple(self.domains[a] for a in kept),
                          self.probabilities[tuple(index)])

    def probability(self, values: Mapping[str, Any] | None = None, /, **named: Any) -> float:
        """The one entry at the given values; every variable of the table must be named. First taught: lesson 2a."""
        entry = self.at(values, **named)
        if entry.variables:
            raise ModelError(f"no value was given for {', '.join(entry.variables)}; give one or take a marginal.")
        return float(entry.probabilities)

    def __float__(self) -> float:
        """The one entry of a table over no variable; else a `ModelError` that names those that are free."""
        return self.probability()

    def condition(self, values: Mapping[str, Any] | None = None, /, **named: Any) -> Table:
        """The distribution of the other variables among the cases with the given values.

        P(a | b) = P(a, b) / P(b).

        Raises:
            ModelError: an unknown variable or value.
            IdentificationError: the given values have probability zero.

        First taught: lesson 2a.
        """
        entries = self.at(values, **named)
        if not (total := entries.probabilities.sum()) > 0:
            raise IdentificationError(f"{event({**(values or {}), **named})} has probability zero, so nothing can be "
                                      "said of such cases; condition on values that occur.")
        return Table(entries.variables, entries.domains, entries.probabilities / total)

    def mean(self, variable: str) -> float:
        """The expected value of a numeric variable under a table that is a distribution: E[V] = Σ_v v P(v).

        First taught: lesson 2a.
        """
        return float(self.numbers(variable) @ self.marginal(variable).probabilities)


class Values(Table):
    """The values of an estimand that is no probability, an axis a free variable; they may be negative.

    First taught: lesson 3c.
    """

    least = float("-inf")

    def __repr__(self) -> str:
        """The value where there is one, else the free variables."""
        return f"Values({', '.join(self.variables)})" if self.variables else f"Values({float(self):.6g})"
