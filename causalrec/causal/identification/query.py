"""Causal questions and what may come of them: a formula with the steps that led to it, or a proof that there is none.

First taught: lesson 3a.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from html import escape
from typing import Any

from causalrec.causal.formulas.expression import Expression, P
from causalrec.causal.graphs.graph import CausalGraph, checked_graph
from causalrec.errors import IdentificationError
from causalrec.types import Names
from causalrec.wording import quoted

Pairs = tuple[tuple[str, Any], ...]

_NAME_AND_VALUE = r'\s*("[^"]*"|[\w.]+)\s*(?:=\s*("[^"]*"|[-+\w.]+)\s*)?'
_ITEM = re.sub(r"\((?!\?)", "(?:", _NAME_AND_VALUE)
_ITEMS = rf"{_ITEM}(?:,{_ITEM})*"
_DO = rf"\s*do\s*\(({_ITEMS})\)\s*"
_ASKED = re.compile(rf"\s*P\s*\(({_ITEMS})(?:\|((?:{_DO}|{_ITEM})(?:,(?:{_DO}|{_ITEM}))*))?\)\s*")


@dataclass(frozen=True, repr=False)
class Query:
    """A causal question: how would `outcome` be distributed if we set `do`, among cases with `given`?

    Without `do` it is a question about what is seen, P(y | w).

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

    def __init__(
        self, outcome: Names, do: Names | Mapping[str, Any] = (), given: Names | Mapping[str, Any] = ()
    ) -> None:
        """Keep what was given as tuples, so that a query can be compared and hashed."""
        object.__setattr__(self, "outcome", tuple(name for name, _ in _pairs(outcome)))
        object.__setattr__(self, "do", _pairs(do))
        object.__setattr__(self, "given", _pairs(given))
        places = [*self.outcome, *self.treatments, *self.conditions]
        if not self.outcome or len(set(places)) < len(places):
            raise IdentificationError(f"{self} is not a question that has an answer; name an outcome, and every "
                                      "variable in one place only.")

    @classmethod
    def parse(cls, text: str) -> Query:
        """The question that a text asks, as `str` of a query writes it: ``"P(Y | do(X=1), W)"``.

        Variables may have values, except the outcome, and there may be no do. A value is read as a whole number, else
        as a number, else as True or False, else as text. Names with blanks, and texts that look like numbers, stand in
        double quotes.

        Raises:
            IdentificationError: text that cannot be read so, or that asks nothing.
        """
        if not isinstance(text, str) or (asked := _ASKED.fullmatch(text)) is None:
            raise IdentificationError(f"cannot read {text!r} as a question; write one such as 'P(Y | do(X=1), W)', and "
                                      "names with blanks in double quotes.")
        outcome, parts = _read(asked[1]), re.findall(rf"{_DO}|({_ITEM})", asked[2] or "")
        do, given = (_read(",".join(filter(None, items))) for items in zip(*parts or [("", "")], strict=True))
        if valued := [name for name, value in outcome if value is not None]:
            raise IdentificationError(f"{text!r} gives the outcome {valued[0]!r} a value, but a question is about all "
                                      "of its values; name the variable alone.")
        if len({name for name, _ in do + given}) < len(do + given):
            raise IdentificationError(f"{text!r} names a variable twice; put every variable in one place only.")
        return cls([name for name, _ in outcome], dict(do), dict(given))

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
        return f"P({', '.join(map(quoted, self.outcome))}{' | ' + behind if behind else ''})"

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
        hedge: the proof, two subgraphs F and F′ with F′ inside F. Each is tied together by bidirected edges, and all
            its nodes lead to the same roots. F contains something that is set and F′ does not. The roots are ancestors
            of what is asked about, even when the arrows into what is set are cut. Of the conditions in the question,
            those for which seeing is as good as setting (rule 2) count as set; the others count as asked about, so the
            roots may be ancestors of a condition and of no outcome.
        record: writes the steps out when they are asked for.

    Source: Shpitser & Pearl 2006, Identification of joint interventional distributions, definition 6 and theorem 4;
    Identification of conditional interventional distributions, theorem 6 (conditions). First taught: lesson 3c.
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


def check_question(query: Query, graph: CausalGraph) -> None:
    """Refuse what is no question about a graph.

    Raises:
        IdentificationError: something else than a `Query` was given.
        GraphError: something else than a `CausalGraph`, or a variable that is not in it.
    """
    if not isinstance(query, Query):
        text = query if isinstance(query, str) and _ASKED.fullmatch(query) else "P(Y | do(X))"
        raise IdentificationError(f"a Query is asked for, not {query!r}; write Query.parse({text!r}).")
    checked_graph(graph).known((*query.outcome, *query.treatments, *query.conditions))


def _pairs(values: Names | Mapping[str, Any]) -> Pairs:
    """Pairs (name, value), the value None where only names were given."""
    try:
        pairs = [*values.items()] if isinstance(values, Mapping) else [
            (name, None) for name in ((values,) if isinstance(values, str) else values)]
        if wrong := [name for name, _ in pairs if not isinstance(name, str)]:
            values = wrong[0]
            raise TypeError
    except TypeError:
        raise IdentificationError(f"a variable's name, or several, is asked for and not {values!r}; write "
                                  "Query('Y', do='X', given=('W', 'Z')).") from None
    return tuple(pairs)


def _read(items: str) -> list[tuple[str, Any]]:
    """The pairs (name, value) of a list in a text, the value None where there is none."""
    return [(name.strip('"'), _value(text) if text else None) for name, text in re.findall(_NAME_AND_VALUE, items)]


def _value(text: str) -> Any:
    for kind in (int, float):
        with suppress(ValueError):
            return kind(text)
    return {"True": True, "False": False}.get(text, text.strip('"'))


def _written(pairs: Pairs) -> str:
    return ", ".join(quoted(name) if value is None else f"{quoted(name)}={_shown(value)}" for name, value in pairs)


def _shown(value: Any) -> str:
    """A value as text that reads back as the same: texts in quotes where they would not."""
    plain = isinstance(value, str) and re.fullmatch(r"\w+", value) and _value(value) == value
    return f'"{value}"' if isinstance(value, str) and not plain else str(value)
