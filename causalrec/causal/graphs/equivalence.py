"""A graph from data: what independences can tell, and what they cannot.

Data say which variables are independent given which others. Graphs that imply the same independences are told apart by
no log; together they are an *equivalence class*, drawn with an arrow where all of them agree and a plain line where
they do not. `equivalence_class` draws the class of a known graph, `pc` that of the graph behind a log, provided that
no common cause was left out. The only home of causal-learn.

First taught: lesson 2b.
"""

from __future__ import annotations

import contextlib
import io
import warnings
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from html import escape
from itertools import combinations, permutations, product
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from causalrec.causal.graphs.graph import CausalGraph, checked_graph
from causalrec.errors import EstimationError, GraphError
from causalrec.types import Array
from causalrec.wording import quoted

if TYPE_CHECKING:
    import pandas as pd

Arrow = tuple[str, str]
Pair = frozenset[str]

_MOST_VALUES = 20
"""Values that a column may take in a chi-square test; more leave too few rows a cell."""
_MOST_UNDIRECTED = 12
"""Lines for which `members` tries both directions of each."""


@dataclass(frozen=True, eq=False, repr=False)
class EquivalenceClass:
    """All graphs without hidden causes that imply the same independences, drawn as one.

    Attributes:
        nodes: the variables, by name.
        arrows: pairs (cause, effect) on whose direction all graphs of the class agree.
        undirected: pairs that are joined in all graphs, in one direction in some and in the other in others.
        conflicts: pairs that the data want to be joined by an arrow in both directions at once, printed ``<->``. No
            graph without hidden causes does that: some common cause was left out, or a test erred.

    Two classes are equal when they have the same nodes and edges, in whatever order the nodes were named.

    Source: Verma & Pearl 1990; Pearl 2009, Causality, theorem 1.2.8. First taught: lesson 2b.
    """

    nodes: tuple[str, ...]
    arrows: frozenset[Arrow] = frozenset()
    undirected: frozenset[Pair] = frozenset()
    conflicts: frozenset[Pair] = frozenset()

    def __post_init__(self) -> None:
        """Accept any collections, keep immutable ones."""
        object.__setattr__(self, "nodes", tuple(self.nodes))
        object.__setattr__(self, "arrows", frozenset((cause, effect) for cause, effect in self.arrows))
        object.__setattr__(self, "undirected", frozenset(map(frozenset, self.undirected)))
        object.__setattr__(self, "conflicts", frozenset(map(frozenset, self.conflicts)))

    @property
    def adjacent(self) -> frozenset[Pair]:
        """The pairs that are joined, in whatever way: the skeleton."""
        return frozenset(map(frozenset, self.arrows)) | self.undirected | self.conflicts

    def members(self) -> tuple[CausalGraph, ...]:
        """The graphs of the class, in a fixed order; none where the data conflict.

        Every direction of the plain lines is tried, and kept if it makes no cycle and no new collider.

        Raises:
            GraphError: more than 12 plain lines, whose directions are too many to try.

        First taught: lesson 2b.
        """
        lines = self._in_order(self.undirected)
        if len(lines) > _MOST_UNDIRECTED:
            raise GraphError(f"{len(lines)} lines have 2 to the {len(lines)} directions; members tries them for at most"
                             f" {_MOST_UNDIRECTED}.")
        found = []
        for turned in product((False, True), repeat=len(lines)):
            directed = {line[::-1] if turn else line for line, turn in zip(lines, turned, strict=True)}
            with contextlib.suppress(GraphError):  # a cycle
                graph = CausalGraph(self.nodes, self.arrows | directed)
                if equivalence_class(graph) == self:
                    found.append(graph)
        return tuple(found)

    def __str__(self) -> str:
        """The edges as text: ``X -> C <- Y; A - B``."""
        name = {node: quoted(node) for node in self.nodes}
        statements = []
        for node in self.nodes:
            causes = [name[cause] for cause in self.nodes if (cause, node) in self.arrows]
            pairs = zip(causes[::2], causes[1::2], strict=False)
            statements += [f"{one} -> {name[node]} <- {other}" for one, other in pairs]
            statements += [f"{causes[-1]} -> {name[node]}"] if len(causes) % 2 else []
        statements += [f"{name[one]} - {name[other]}" for one, other in self._in_order(self.undirected)]
        statements += [f"{name[one]} <-> {name[other]}" for one, other in self._in_order(self.conflicts)]
        joined = frozenset().union(*self.adjacent)
        return "; ".join([*statements, *(name[node] for node in self.nodes if node not in joined)])

    def __repr__(self) -> str:
        """The edges, named as a class of graphs."""
        return f"EquivalenceClass({str(self)!r})"

    def _repr_html_(self) -> str:
        return f"<p><b>Equivalence class</b> {escape(str(self))}</p>"

    def _in_order(self, pairs: Collection[Pair]) -> list[Arrow]:
        return [pair for pair in combinations(self.nodes, 2) if frozenset(pair) in pairs]

    def _content(self) -> tuple[frozenset[Any], ...]:
        return frozenset(self.nodes), self.arrows, self.undirected, self.conflicts

    def __eq__(self, other: object) -> bool:
        """Whether both have the same nodes and edges."""
        return self._content() == other._content() if isinstance(other, EquivalenceClass) else NotImplemented

    def __hash__(self) -> int:
        """A hash that agrees with equality."""
        return hash(self._content())


def equivalence_class(graph: CausalGraph) -> EquivalenceClass:
    """The class of a graph without hidden causes: all graphs that no log can tell from it.

    Two graphs imply the same independences exactly when they join the same pairs and have the same colliders
    ``a -> c <- b`` with a and b not joined. Those arrows are kept; then Meek's rules find the others that follow.

    Raises:
        GraphError: the graph has a hidden common cause; its class is not drawn with arrows and lines alone.

    Source: Verma & Pearl 1990; Pearl 2009, Causality, theorem 1.2.8; Meek 1995, the first three rules.
    First taught: lesson 2b.
    """
    if checked_graph(graph).confounded:
        one, other = min(graph.in_order(pair) for pair in graph.confounded)
        raise GraphError(f"{one} and {other} share a hidden cause, but an equivalence class is drawn for graphs without"
                         " any; draw the cause as a node.")
    adjacent = frozenset(map(frozenset, graph.arrows))
    colliders = {(a, c, b) for c in graph.nodes for a, b in combinations(graph.in_order(graph.parents(c)), 2)
                 if frozenset((a, b)) not in adjacent}
    return _oriented(graph.nodes, adjacent, colliders)


def pc(frame: pd.DataFrame, *, alpha: float = 0.01, test: Literal["fisherz", "chisq"] = "fisherz") -> EquivalenceClass:
    """The equivalence class that a log speaks for, by the PC algorithm.

    Start with all pairs joined. Part a pair as soon as a test finds it independent given some of its neighbours.
    Where a and b, not joined, both touch c, and c was in no set that parted them, draw ``a -> c <- b``; then apply
    Meek's rules. The columns' order makes no difference (the skeleton is found by the order-independent variant).

    It is right, in large samples, if every common cause is a column and no independence holds by cancellation. A cause
    left out shows in the answer as a wrong edge or arrow, or as a conflict; often it does not show at all.

    Args:
        frame: a column a variable, a row a case.
        alpha: the level of each test; a pair is parted where the p-value lies above it.
        test: "fisherz" for partial correlations of roughly normal columns with linear effects, "chisq" for columns of
            few values.

    Raises:
        EstimationError: an alpha outside (0, 1) or an unknown test; too few rows or columns; a column that is no
            number, constant, incomplete, or (for "chisq") of more than 20 values; columns that determine each other.

    Source: Spirtes, Glymour & Scheines 2000, Causation, Prediction, and Search, §5.4.2; Colombo & Maathuis 2014 (order
    independence). First taught: lesson 2b.
    """
    if test not in ("fisherz", "chisq") or not 0 < alpha < 1:
        raise EstimationError(f"test {test!r} at level {alpha} cannot be run; take 'fisherz' or 'chisq' and a level "
                              "between 0 and 1, such as 0.01.")
    if not hasattr(frame, "columns"):
        raise EstimationError(f"a pandas DataFrame is asked for, a column a variable, not {type(frame).__name__}; read "
                              "the log with pandas first.")
    data = {name: _column(frame, name, test) for name in frame.columns}
    nodes = CausalGraph(tuple(data)).nodes  # raises on a name that no graph can carry
    if len(nodes) < 2 or len(frame) < len(nodes) + 2:
        raise EstimationError(f"{len(frame)} rows of {len(nodes)} columns are too few to test independences; give 2 "
                              "columns or more, and at least 2 rows more than columns.")
    adjacent, parted = _skeleton(data, alpha, test)
    colliders = {
        (a, c, b)
        for a, b in combinations(nodes, 2)
        for c in nodes
        if frozenset((a, b)) not in adjacent and {frozenset((a, c)), frozenset((c, b))} <= adjacent
        and c not in parted[frozenset((a, b))]
    }
    return _oriented(nodes, adjacent, colliders)


def _column(frame: pd.DataFrame, name: Any, test: str) -> Array:
    """A column's numbers, once it can be tested."""
    try:
        values = np.asarray(frame[name], dtype=float)
    except (TypeError, ValueError):
        raise EstimationError(f"column {name!r} holds values that are no numbers; code them as numbers or leave the "
                              "column out.") from None
    if values.ndim != 1 or not np.isfinite(values).all():
        raise EstimationError(f"column {name!r} stands twice or has missing or infinite values; drop or fill them.")
    if (different := len(np.unique(values))) < 2:
        raise EstimationError(f"column {name!r} is constant, and so independent of everything; leave it out.")
    if test == "chisq" and different > _MOST_VALUES:
        raise EstimationError(f"column {name!r} takes {different} values, too many for test='chisq'; group them into a "
                              f"few (at most {_MOST_VALUES}) or take test='fisherz'.")
    return values


def _skeleton(data: Mapping[str, Array], alpha: float, test: str) -> tuple[frozenset[Pair], dict[Pair, set[str]]]:
    """The pairs that stay joined, and for each parted pair the variables of the sets that parted it.

    causal-learn gets the columns by name, so that their order in the log cannot reach it, and is kept from printing.
    """
    names = sorted(data)
    nowhere = io.StringIO()
    with warnings.catch_warnings(), contextlib.redirect_stdout(nowhere), contextlib.redirect_stderr(nowhere):
        warnings.simplefilter("ignore")
        from causallearn.search.ConstraintBased.PC import pc as causal_learn_pc

        matrix = np.column_stack([data[name] for name in names])  # (rows, columns)
        try:
            found = causal_learn_pc(matrix, alpha, test, stable=True, show_progress=False, verbose=False)
        except ValueError as error:
            if "singular" not in str(error):
                raise
            raise EstimationError("some columns are exact combinations of others, so their partial correlations do not "
                                  "exist; leave one of them out.") from None
    joined = found.G.graph != 0
    places = list(combinations(range(len(names)), 2))
    adjacent = frozenset(frozenset((names[i], names[j])) for i, j in places if joined[i, j])
    parted = {
        frozenset((names[i], names[j])): {names[k] for held in found.sepset[i, j] for k in held}
        for i, j in places
        if not joined[i, j]
    }
    return adjacent, parted


def _oriented(
    nodes: tuple[str, ...], adjacent: frozenset[Pair], colliders: Iterable[tuple[str, str, str]]
) -> EquivalenceClass:
    """The class with this skeleton and these colliders: their arrows, and those that follow by Meek's rules."""
    wanted = {(end, middle) for a, middle, b in colliders for end in (a, b)}
    conflicts = frozenset(frozenset(arrow) for arrow in wanted if arrow[::-1] in wanted)
    arrows = {arrow for arrow in wanted if frozenset(arrow) not in conflicts}
    lines = set(adjacent) - set(map(frozenset, arrows)) - conflicts
    while implied := next(_implied(nodes, adjacent, arrows, lines), None):
        arrows.add(implied)
        lines.remove(frozenset(implied))
    return EquivalenceClass(nodes, frozenset(arrows), frozenset(lines), conflicts)


def _implied(
    nodes: tuple[str, ...], adjacent: frozenset[Pair], arrows: Collection[Arrow], lines: Collection[Pair]
) -> Iterator[Arrow]:
    """The lines ``a - b`` that must be ``a -> b``, for the other direction would make a new collider or a cycle."""

    def joined(one: str, other: str) -> bool:
        return frozenset((one, other)) in adjacent

    def line(one: str, other: str) -> bool:
        return frozenset((one, other)) in lines

    for a, b in permutations(sorted(nodes), 2):  # sorted, since tests that err may imply both directions
        if not line(a, b):
            continue
        into_b = [c for c in nodes if (c, b) in arrows]
        collider = any((c, a) in arrows and not joined(c, b) for c in nodes)  # c -> a - b, else c -> a <- b
        cycle = any((a, c) in arrows for c in into_b)  # a -> c -> b, else a cycle
        # a - c -> b and a - d -> b with c, d not joined: b -> a would force c -> a <- d, else a cycle
        either = any(line(a, c) and line(a, d) and not joined(c, d) for c, d in combinations(into_b, 2))
        if collider or cycle or either:
            yield a, b
