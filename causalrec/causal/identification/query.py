"""Causal questions and what may come of them: a formula with the steps that led to it, or a proof that there is none.

First taught: lesson 3a.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from html import escape
from typing import Any

from causalrec.causal.formulas.expression import Expression, P
from causalrec.causal.graphs.graph import CausalGraph
from causalrec.errors import IdentificationError
from causalrec.types import Names

Pairs = tuple[tuple[str, Any], ...]


@dataclass(frozen=True, repr=False)
class Query:
    """A causal question: how would `outcome` be distributed if we set `do`, among cases with `given`?

    Attributes:
        outcome: the variables asked about.
        do: pairs (variable, the value it is set to); the value is None where only the variable was named.
        given: pairs (variable, its value), likewise.

    The constructor takes names, one or several, and for `do` and `given` also a mapping from names to values:
    ``Query("purchased", do={"recommended": 1})``.

    Raises:
        IdentificationError: no outcome, or a variable in two places.

    Source: Pearl 2009, Causality, definition 3.2.1. First taught: lesson 3a.
    """

    outcome: tuple[str, ...]
    do: Pairs
    given: Pairs

    def __init__(self, outcome: Names, do: Names | Mapping[str, Any], given: Names | Mapping[str, Any] = ()) -> None:
        """Keep what was given as tuples, so that a query can be compared and hashed."""
        object.__setattr__(self, "outcome", (outcome,) if isinstance(outcome, str) else tuple(outcome))
        object.__setattr__(self, "do", _pairs(do))
        object.__setattr__(self, "given", _pairs(given))
        places = [*self.outcome, *self.treatments, *self.conditions]
        if not self.outcome or len(set(places)) < len(places):
            raise IdentificationError(f"{self} is not a question that has an answer; name an outcome, and every "
                                      "variable in one place only.")

    @property
    def treatments(self) -> tuple[str, ...]:
        """The variables that are set."""
        return tuple(name for name, _ in self.do)

    @property
    def conditions(self) -> tuple[str, ...]:
        """The variables that are given."""
        return tuple(name for name, _ in self.given)

    def __str__(self) -> str:
        """The question in symbols: ``P(purchased | do(recommended=1))``."""
        do = [f"do({_written(self.do)})"] if self.do else []
        behind = ", ".join(do + ([_written(self.given)] if self.given else []))
        return f"P({', '.join(self.outcome)}{' | ' + behind if behind else ''})"

    def __repr__(self) -> str:
        """The question in symbols, named as a query."""
        return f"Query: {self}"

    def _repr_html_(self) -> str:
        return f"<p><b>Query</b> {escape(str(self))}</p>"


@dataclass(frozen=True)
class Step:
    """One step of an identification: the rule it used, what it found in words, the graph it looked at.

    First taught: lesson 3a.
    """

    rule: str
    words: str
    graph: CausalGraph

    def __str__(self) -> str:
        """The rule and the finding, as a sentence."""
        return f"{self.rule}: {self.words}"


@dataclass(frozen=True, eq=False, repr=False)
class Identified:
    """The answer that a log can give: a formula without do(), and the steps that led to it.

    Attributes:
        query: the question.
        estimand: the formula.
        method: by what it was found, such as "back door", "front door" or "ID".
        record: writes the steps out when they are asked for.

    First taught: lesson 3a.
    """

    query: Query
    estimand: Expression
    method: str
    record: Callable[[], tuple[Step, ...]]

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """The steps that led to the formula, in their order."""
        return self.record()

    @property
    def any_value(self) -> tuple[str, ...]:
        """Variables that stand in the formula and not in the question: it gives the same at each of their values."""
        asked = {*self.query.outcome, *self.query.treatments, *self.query.conditions}
        return tuple(name for name in self.estimand.free if name not in asked)

    def __repr__(self) -> str:
        """The question and its formula."""
        return f"Identified: {self.query} = {self.estimand}"

    def _repr_markdown_(self) -> str:
        asked = P(self.query.outcome, given=self.query.conditions, do=self.query.treatments).latex()
        any_value = f"\n\nat any value of {', '.join(self.any_value)}" if self.any_value else ""
        steps = "\n".join(f"{number}. *{step.rule}*: {step.words}" for number, step in enumerate(self.steps, start=1))
        return f"**Identified**\n\n$${asked} = {self.estimand.latex()}$${any_value}\n\n{steps}"


@dataclass(frozen=True, eq=False, repr=False)
class NotIdentified:
    """The proof that no formula answers: two models may agree on the log and differ on the question.

    Attributes:
        query: the question.
        hedge: the proof, two subgraphs F and F′ with F′ inside F. Each is tied together by bidirected edges, all its
            nodes lead to the same roots, F contains a treatment and F′ does not, and the roots are ancestors of the
            outcome although the treatment is set.
        record: writes the steps out when they are asked for.

    Source: Shpitser & Pearl 2006, definition 6 and theorem 4. First taught: lesson 3c.
    """

    query: Query
    hedge: tuple[CausalGraph, CausalGraph]
    record: Callable[[], tuple[Step, ...]]

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """The steps that led to the hedge, in their order."""
        return self.record()

    @property
    def roots(self) -> tuple[str, ...]:
        """What all nodes of both forests lead to."""
        inner = self.hedge[1]
        return tuple(node for node in inner.nodes if not inner.children(node))

    def __repr__(self) -> str:
        """The question and the hedge."""
        outer, inner = self.hedge
        return f"NotIdentified: {self.query}, hedge F = {{{outer}}}, F′ = {{{inner}}}"

    def _repr_html_(self) -> str:
        outer, inner = (escape(str(forest)) for forest in self.hedge)
        steps = "".join(f"<li><i>{escape(step.rule)}</i>: {escape(step.words)}</li>" for step in self.steps)
        said = f"<p><b>Not identified</b> {escape(str(self.query))}; hedge F: {outer}; F′: {inner}</p>"
        return f"{said}<ol>{steps}</ol>"


def _pairs(values: Names | Mapping[str, Any]) -> Pairs:
    if isinstance(values, Mapping):
        return tuple(values.items())
    return tuple((name, None) for name in ((values,) if isinstance(values, str) else values))


def _written(pairs: Pairs) -> str:
    return ", ".join(name if value is None else f"{name}={value}" for name, value in pairs)
