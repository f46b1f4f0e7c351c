"""Named causal graphs from the literature: one catalogue for lessons, tests and figures.

`example("napkin")` gives a graph with its story, its source and the question asked of it (`.query`). All stand in
`graphs.csv`, a row each, in the order of the lessons that need them. An arrow in an example says what its source drew,
not that the source was right about the world. First taught: lesson 2b.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path

from causalrec.causal.graphs.graph import CausalGraph
from causalrec.causal.identification.query import Query
from causalrec.errors import GraphError
from causalrec.wording import instead

Asked = str | tuple[str, ...]
"""The one variable that is set or asked about, or several."""


@dataclass(frozen=True, repr=False)
class Example:
    """A causal graph from the literature, with the question that its source asks of it.

    Attributes:
        name: what `example` finds it by.
        graph: the observed variables; what the source leaves unobserved is a bidirected edge.
        treatment: the variable that is set, or a tuple of several.
        outcome: the variable asked about, or a tuple of several.
        story: what the variables are and what the example shows, in a sentence or two.
        source: author, year, and page, figure or section.
        identifiable: whether `query` can be answered from a log of the graph's variables.
        given: the variables on which the question conditions; mostly none.
        formula: the answer that the source gives, as text; mostly none.

    First taught: lesson 2b.
    """

    name: str
    graph: CausalGraph
    treatment: Asked
    outcome: Asked
    story: str
    source: str
    identifiable: bool = True
    given: tuple[str, ...] = ()
    formula: str = ""

    @property
    def query(self) -> Query:
        """The question: P(outcome | do(treatment), given)."""
        return Query(self.outcome, do=self.treatment, given=self.given)

    def __repr__(self) -> str:
        """Name, graph and source."""
        return f"Example({self.name}: {self.graph}; {self.source})"

    def _repr_html_(self) -> str:
        verdict = "can be answered from a log" if self.identifiable else "no log of these variables answers"
        formula = f", by {self.formula}" if self.formula else ""
        lines = (f"<b>{escape(self.name)}</b>: {escape(str(self.graph))}",
                 f"Asked: {escape(str(self.query))}; {verdict}{escape(formula)}",
                 escape(self.story), f"<i>{escape(self.source)}</i>")
        return "".join(f"<p>{line}</p>" for line in lines)


class ExampleCatalogue(Mapping[str, Example]):
    """Examples by name, in the order of the lessons that need them; read when the first one is asked for."""

    def __getitem__(self, name: str) -> Example:
        """The example with this name."""
        return _read()[name]

    def __iter__(self) -> Iterator[str]:
        """Their names."""
        return iter(_read())

    def __len__(self) -> int:
        """How many there are."""
        return len(_read())


EXAMPLES = ExampleCatalogue()
"""All examples by name."""


def example(name: str) -> Example:
    """The example with this name.

    Raises:
        GraphError: there is none.

    First taught: lesson 2b.
    """
    if not isinstance(name, str) or name not in EXAMPLES:
        raise GraphError(f"no example is called {name!r}; {instead(name, EXAMPLES, 'choose from')}")
    return EXAMPLES[name]


@cache
def _read() -> dict[str, Example]:
    with Path(__file__).with_name("graphs.csv").open(encoding="utf-8", newline="") as file:
        return {row["name"]: _drawn(**row) for row in csv.DictReader(file)}


def _drawn(name: str, graph: str, treatment: str, outcome: str, given: str, identifiable: str, formula: str,
           story: str, source: str) -> Example:
    held = tuple(given.split(", ")) if given else ()
    return Example(name, CausalGraph.parse(graph), _one_or_several(treatment), _one_or_several(outcome), story, source,
                   identifiable == "yes", held, formula)


def _one_or_several(cell: str) -> Asked:
    names = tuple(cell.split(", "))
    return names if len(names) > 1 else names[0]
