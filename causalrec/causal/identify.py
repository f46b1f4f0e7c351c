"""Identification: may a log answer a causal question at all, and by which formula?

`identify` takes a `Query` and a graph. It looks for variables that satisfy the back-door criterion and, when there are
some, returns the formula with the steps that led to it, in words. The search that finds the answer is the one that
writes the steps.

First taught: lesson 3a.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape
from itertools import combinations
from typing import Any

from causalrec.causal.expression import Expression, Names, P, Product, Sum
from causalrec.causal.graph import CausalGraph, Nodes
from causalrec.errors import GraphError, IdentificationError

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


@dataclass(frozen=True, repr=False)
class Identified:
    """The answer that a log can give: a formula without do(), and the steps that led to it.

    First taught: lesson 3a.
    """

    query: Query
    estimand: Expression
    steps: tuple[Step, ...]

    def __repr__(self) -> str:
        """The question and its formula."""
        return f"Identified: {self.query} = {self.estimand}"

    def _repr_markdown_(self) -> str:
        asked = P(self.query.outcome, given=self.query.conditions, do=self.query.treatments).latex()
        steps = "\n".join(f"{number}. *{step.rule}*: {step.words}" for number, step in enumerate(self.steps, start=1))
        return f"**Identified**\n\n$${asked} = {self.estimand.latex()}$$\n\n{steps}"


@dataclass(frozen=True, repr=False)
class NotIdentified:
    """The proof that no formula answers: two models may agree on the log and differ on the question.

    Attributes:
        query: the question.
        hedge: the proof, two subgraphs F and F′ with F′ inside F. Each is tied together by bidirected edges, all its
            nodes lead to the same roots, F contains a treatment and F′ does not, and the roots are ancestors of the
            outcome although the treatment is set.

    Source: Shpitser & Pearl 2006, definition 6 and theorem 4. First taught: lesson 3c.
    """

    query: Query
    hedge: tuple[CausalGraph, CausalGraph]

    def __repr__(self) -> str:
        """The question and the hedge."""
        outer, inner = self.hedge
        return f"NotIdentified: {self.query}, hedge F = {{{outer}}}, F′ = {{{inner}}}"

    def _repr_html_(self) -> str:
        outer, inner = (escape(str(forest)) for forest in self.hedge)
        return f"<p><b>Not identified</b> {escape(str(self.query))}; hedge F: {outer}; F′: {inner}</p>"


def is_back_door_set(graph: CausalGraph, treatment: str, outcome: str, covariates: Nodes = ()) -> bool:
    """Whether holding the covariates fixed removes all that treatment and outcome share without the treatment's doing.

    The back-door criterion asks two things of a set Z:
      1. no node of Z is a descendant of the treatment X;
      2. Z blocks every path between X and the outcome Y that begins with an arrow into X: in the graph without the
         arrows out of X, where only such paths are left, Z d-separates X and Y.
    Then P(y | do(x)) = Σ_z P(y | x, z) P(z).

    Raises:
        GraphError: an unknown node, or treatment and outcome the same or among the covariates.

    Source: Pearl 2009, Causality, definition 3.3.1 and theorem 3.3.2. First taught: lesson 3a.
    """
    held = graph.in_order(covariates)
    if treatment == outcome or {treatment, outcome} & set(held):
        raise GraphError(f"treatment {treatment!r} and outcome {outcome!r} must differ and cannot be covariates; "
                         "hold other variables fixed.")
    no_descendant = graph.descendants(treatment).isdisjoint(held)
    return no_descendant and graph.without_arrows_out_of(treatment).d_separated(treatment, outcome, held)


def back_door_sets(graph: CausalGraph, treatment: str, outcome: str) -> tuple[tuple[str, ...], ...]:
    """All back-door sets of which no part is one already: smallest first, ties by the order of the graph's nodes.

    ``((),)`` means that nothing has to be held fixed; ``()`` that no set will do. The time grows as 2 to the number of
    nodes that may, but need not, be in such a set.

    Raises:
        GraphError: an unknown node, or treatment and outcome the same.

    First taught: lesson 3a.
    """
    return tuple(_minimal_sets(graph, treatment, outcome))


def _minimal_sets(graph: CausalGraph, treatment: str, outcome: str) -> Iterator[tuple[str, ...]]:
    def admissible(nodes: tuple[str, ...]) -> bool:
        return is_back_door_set(graph, treatment, outcome, nodes)

    candidates = _candidates(graph, treatment, outcome)
    if not admissible(candidates):  # if any set will do, then all candidates together do
        return
    without = {node: tuple(other for other in candidates if other != node) for node in candidates}
    needed = [node for node in candidates if not admissible(without[node])]  # by the same theorem, in every set
    optional = [node for node in candidates if node not in needed]
    found: list[set[str]] = []
    for size in range(len(optional) + 1):
        for chosen in combinations(optional, size):
            held = graph.in_order((*needed, *chosen))
            if not any(smaller <= set(held) for smaller in found) and admissible(held):
                found.append(set(held))
                yield held


def _candidates(graph: CausalGraph, treatment: str, outcome: str) -> tuple[str, ...]:
    """The nodes that a minimal back-door set can consist of, in the order of the graph.

    They are no descendants of the treatment, and they are ancestors of treatment or outcome once the arrows out of the
    treatment are cut: any other node could be left out. Source: van der Zander, Liśkiewicz & Textor 2019, Artificial
    Intelligence 270, whose ancestor argument this is.
    """
    cut = graph.without_arrows_out_of(treatment)
    return graph.in_order(cut.ancestors((treatment, outcome)) - graph.descendants(treatment) - {outcome})


def identify(query: Query, graph: CausalGraph) -> Identified | NotIdentified:
    """The formula by which a log answers the question, if holding a set of its variables fixed is enough.

    Every node of the graph counts as logged. Among the back-door sets a smallest one is taken, ties by the order of the
    graph's nodes. With the empty set, P(y | do(x)) = P(y | x); otherwise P(y | do(x)) = Σ_z P(y | x, z) P(z).

    This function looks no further than the back-door criterion. `NotIdentified` is returned in the one case whose
    proof it knows: an arrow from treatment to outcome beside a hidden cause of the two.

    Args:
        query: one treatment, one outcome, nothing given.
        graph: the assumptions.

    Raises:
        GraphError: a variable of the query is not in the graph.
        IdentificationError: no back-door set exists, though the effect may be identifiable otherwise; or a query of a
            kind that is not handled.

    Source: Pearl 2009, Causality, §3.3.1. First taught: lesson 3a.
    """
    if len(query.outcome) != 1 or len(query.do) != 1 or query.given:
        raise IdentificationError(f"{query} has {len(query.outcome)} outcomes, {len(query.do)} treatments and "
                                  f"{len(query.given)} conditions, but identify answers one outcome, one treatment and "
                                  "no condition; split the question.")
    treatment, outcome = query.treatments[0], query.outcome[0]
    steps = [_forbidden(graph, treatment), _open(graph, treatment, outcome)]
    held = next(_minimal_sets(graph, treatment, outcome), None)
    if held is None:
        if (treatment, outcome) in graph.arrows and frozenset((treatment, outcome)) in graph.confounded:
            return NotIdentified(query, _bow(treatment, outcome))
        raise IdentificationError(f"no set of variables satisfies the back-door criterion for {query} in {graph}, and "
                                  "identify looks no further than that criterion for now; another formula may still "
                                  "identify the effect, and so may measuring more variables.")
    if held:
        steps.append(Step("hold fixed", f"{_set(held)} blocks every back-door path, and no smaller set does.", graph))
        estimand: Expression = Sum(held, Product((P(outcome, given=(treatment, *held)), P(held))))
        steps.append(Step("adjust", f"average {P(outcome, given=(treatment, *held))} over how {_set(held)} is "
                          "distributed among all cases, treated or not.", graph))
    else:
        estimand = P(outcome, given=treatment)
        steps.append(Step("read off", f"nothing has to be held fixed: setting {treatment} and seeing {treatment} "
                          f"say the same of {outcome}.", graph))
    return Identified(query, estimand, tuple(steps))


def _forbidden(graph: CausalGraph, treatment: str) -> Step:
    after = graph.in_order(graph.descendants(treatment) - {treatment})
    words = f"{_set(after)} may be changed by {treatment}" if after else f"{treatment} changes no variable here"
    return Step("leave alone", f"{words}; what the treatment may change must not be held fixed.", graph)


def _open(graph: CausalGraph, treatment: str, outcome: str) -> Step:
    cut = graph.without_arrows_out_of(treatment)
    state = "no back-door path is open" if cut.d_separated(treatment, outcome) else "a back-door path is open"
    return Step("cut", f"without the arrows out of {treatment}, only back-door paths are left between {treatment} and "
                f"{outcome}; with nothing held fixed {state}.", cut)


def _bow(treatment: str, outcome: str) -> tuple[CausalGraph, CausalGraph]:
    """F = {X -> Y, X <-> Y} and F′ = {Y}, both with root Y: a hedge in every graph that contains the bow."""
    outer = CausalGraph((treatment, outcome), frozenset({(treatment, outcome)}),
                        frozenset({frozenset((treatment, outcome))}))
    return outer, CausalGraph((outcome,))


def _pairs(values: Names | Mapping[str, Any]) -> Pairs:
    if isinstance(values, Mapping):
        return tuple(values.items())
    return tuple((name, None) for name in ((values,) if isinstance(values, str) else values))


def _written(pairs: Pairs) -> str:
    return ", ".join(name if value is None else f"{name}={value}" for name, value in pairs)


def _set(nodes: tuple[str, ...]) -> str:
    return "{" + ", ".join(nodes) + "}"
