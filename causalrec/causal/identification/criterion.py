"""Criteria that a graph satisfies or not: condition by condition, each with its verdict, its reason and its path.

What the back-door criterion, the front-door criterion and the criterion for instruments have in common.
First taught: lesson 3a.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from causalrec.causal.graphs.graph import CausalGraph
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
        treatment: the variable that is set.
        outcome: the variable asked about.
        conditions: each with verdict, words and deciding path, in the order of the textbook.

    First taught: lesson 3a.
    """

    treatment: str
    outcome: str
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


def directed_path(graph: CausalGraph, start: str, end: str, avoiding: Names = ()) -> Path | None:
    """A shortest path along the arrows that meets none of the nodes to avoid, or None.

    Among the nodes between, and with the arrows alone, a path without colliders that leaves its start can only go on
    along the arrows: so the shortest open path is the one sought.
    """
    avoided = {avoiding} if isinstance(avoiding, str) else set(avoiding)
    between = (graph.descendants(start) & graph.ancestors(end)) - avoided
    if not {start, end} <= between or start == end:
        return None
    arrows = frozenset(arrow for arrow in graph.arrows if between.issuperset(arrow))
    return CausalGraph(graph.in_order(between), arrows).separation(start, end).path


def apart(graph: CausalGraph, treatment: str, outcome: str, others: tuple[str, ...], role: str = "covariates") -> None:
    """Refuse unknown nodes, and a node in two roles.

    Raises:
        GraphError: as said.
    """
    graph.in_order((treatment, outcome, *others))
    if treatment == outcome or {treatment, outcome} & set(others):
        raise GraphError(f"treatment {treatment!r} and outcome {outcome!r} must differ and cannot be {role}; "
                         "name other variables.")


def fixed(held: tuple[str, ...]) -> str:
    """What is held fixed, as the beginning of a sentence."""
    return f"with {braced(held)} held fixed" if held else "with nothing held fixed"


def drawn(text: str) -> str:
    """Text for a page, its edges as arrows."""
    return escape(arrowed(text))
