"""What a causal model answers: a number that says which question it answers, how it was found, and in which unit.

First taught: lesson 2c.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class Answer(float):
    """The value of a query, usable as any number; it remembers how it was found.

    Attributes:
        query: the question in symbols, such as ``E[y | do(x=0)]``.
        method: ``exact: …``, ``weighting`` or ``sampling``.
        standard_error: of the value; 0 where it is exact.
        effective_n: how many equally weighted units the value rests on.
        unit: what the number counts, where that was said.
    """

    query: str
    method: str
    standard_error: float
    effective_n: float
    unit: str

    def __new__(cls, value: float, query: str, method: str, standard_error: float = 0.0,
                effective_n: float = float("inf"), unit: str = "") -> Answer:
        """A number with its history."""
        answer = super().__new__(cls, value)
        answer.query, answer.method, answer.unit = query, method, unit
        answer.standard_error, answer.effective_n = standard_error, effective_n
        return answer

    def __reduce__(self) -> tuple[Any, ...]:
        """What a copy is made of."""
        return Answer, (float(self), self.query, self.method, self.standard_error, self.effective_n, self.unit)

    @property
    def exact(self) -> bool:
        """Whether the value carries no sampling error."""
        return self.standard_error == 0

    def __repr__(self) -> str:
        """Query, value, unit and method in one line."""
        off = "" if self.exact else f" ± {self.standard_error:.2g}"
        drawn = "" if self.exact else f", {self.effective_n:,.0f} effective draws"
        return f"{self.query} = {float(self):.4g}{off}{' ' * bool(self.unit)}{self.unit} ({self.method}{drawn})"

    __str__ = __repr__


def written(values: Mapping[str, Any]) -> str:
    """Values as in a formula: "x=1, z=0"."""
    return ", ".join(f"{name}={_short(value)}" for name, value in values.items())


def _short(value: Any) -> str:
    if hasattr(value, "parents"):
        return f"f({', '.join(value.parents)})"  # another equation
    if callable(value):
        return "f(·)"  # a change of the natural value
    return f"{value:g}" if isinstance(value, float) else str(value)
