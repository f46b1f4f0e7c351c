"""Criteria that a graph satisfies or not: condition by condition, each with its verdict, its reason and its path.

What the back-door criterion, the front-door criterion and the criterion for instruments have in common.
First taught: lesson 3a.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from causalrec.causal.graphs.graph import CausalGraph, checked_graph
from causalrec.causal.graphs.paths import Path
from causalrec.causal.identification.steps import braced
from causalrec.errors import GraphError
from causalrec.types import Names
from causalrec.wording import arrowed


@dataclass(frozen=True)
class Condition:
    """One condition of a criterion, and what decides it.

    Attributes:
        name: a word for it.
        holds: the verdict.
        words: what was found, as a sentence.
        path: the path that decides, where one does: an open path that should be blocked, a directed path that goes past
            the nodes meant to intercept it, or the path that an instrument works along.

    First taught: lesson 3a.
    """

    name: str
    holds: bool
    words: str
    path: Path | None = None


@dataclass(frozen=True, repr=False)
class Criterion:
    """A criterion asked of some nodes of a graph; true where all its conditions hold.

    Attributes:
        treatment: the variable that is set, or a tuple of several.
        outcome: the variable asked about, or a tuple of several.
        conditions: each with verdict, words and deciding path, in the order of the textbook.

    First taught: lesson 3a.
    """

    treatment: str | tuple[str, ...]
    outcome: str | tuple[str, ...]
    conditions: tuple[Condition, ...]

    def __bool__(self) -> bool:
        """Whether every condition holds."""
        return all(condition.holds for condition in self.conditions)

    @property
    def failed(self) -> tuple[Condition, ...]:
        """The conditions that do not hold."""
        return tuple(condition for condition in self.conditions if not condition.holds)

    @property
    def verdict(self) -> str:
        """What the criterion says, without the reasons."""
        raise NotImplementedError

    @property
    def words(self) -> str:
        """The verdict and what decides it, as a sentence."""
        reasons = "; ".join(condition.words for condition in self.failed or self.conditions)
        return f"{self.verdict}: {reasons}."

    def __repr__(self) -> str:
        """The verdict in words."""
        return self.words

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr>{_cell(condition.name)}{_cell('holds' if condition.holds else 'fails')}"
            f"{_cell(drawn(condition.words))}</tr>"
            for condition in self.conditions
        )
        head = "".join(f'<th scope="col" {_LEFT}>{name}</th>' for name in ("condition", "verdict", "why"))
        return f"<table><caption {_LEFT}>{drawn(self.verdict)}</caption><tr>{head}</tr>{rows}</table>"


_LEFT = 'style="text-align: left"'
"""Notebooks set tables to the right, which suits numbers and not sentences."""


def _cell(text: str) -> str:
    return f"<td {_LEFT}>{text}</td>"


def directed_path(graph: CausalGraph, start: Names, end: Names, avoiding: Names = ()) -> Path | None:
    """A shortest path along the arrows from one of the starts that meets none of the nodes to avoid, or None.

    Among the nodes between, and with no arrows but those that lead on, a path without colliders can only go on along
    the arrows: so the shortest open path is the one sought.
    """
    starts, ends = graph.known(start), graph.known(end)
    between = (graph.descendants(starts) & graph.ancestors(ends)) - graph.known(avoiding)
    if not (starts & between and ends & between) or starts & ends:
        return None
    onward = [arrow for arrow in graph.arrows if between.issuperset(arrow) and arrow[1] not in starts]
    return graph.part(graph.in_order(between), onward, ()).separation(starts & between, ends & between).path


def roles(graph: CausalGraph, treatment: Names, outcome: Names, others: Names = (), role: str = "covariates", *,
          several: bool = False) -> tuple[tuple[str, ...], ...]:
    """Treatments, outcomes and the other nodes of a question, each in the graph's order.

    Raises:
        GraphError: no graph, an unknown node, a node in two roles, none or, unless they may be `several`, more than one
            treatment or outcome.
    """
    x, y, held = (checked_graph(graph).in_order(names) for names in (treatment, outcome, others))
    if not several:
        x, y = (single(graph, x, "treatment"),), (single(graph, y, "outcome"),)
    if not (x and y):
        raise GraphError(f"no {'outcome' if x else 'treatment'} was named; name at least one of each.")
    if {*x} & {*y} or {*x, *y} & {*held}:
        raise GraphError(f"treatment {as_given(x)!r} and outcome {as_given(y)!r} must differ and cannot be {role}; "
                         "name other variables.")
    return x, y, held


def single(graph: CausalGraph, names: Names, what: str) -> str:
    """The name where one node is asked for; a GraphError where it is none or several."""
    found = checked_graph(graph).in_order(names)
    if len(found) != 1:
        raise GraphError(f"one {what} is asked for, not {braced(found)}; name a single node.")
    return found[0]


def as_given(names: tuple[str, ...]) -> str | tuple[str, ...]:
    """One name by itself, several as a tuple."""
    return names[0] if len(names) == 1 else names


def said(names: str | tuple[str, ...]) -> str:
    """One name by itself, several as a set."""
    return names if isinstance(names, str) else braced(names)


def fixed(held: tuple[str, ...]) -> str:
    """What is held fixed, as the beginning of a sentence."""
    return f"with {braced(held)} held fixed" if held else "with nothing held fixed"


def drawn(text: str) -> str:
    """Text for a page, its edges as arrows."""
    return escape(arrowed(text))
