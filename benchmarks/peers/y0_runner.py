"""Answers identification questions with y0, for `benchmarks/identify.py`; executed by the interpreter that has it.

y0 takes no variable called P, so every name gets an underscore on its way in, and loses it on its way out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from importlib.metadata import version
from typing import Any

from serve import Case, serve
from y0.algorithm.identify import identify_outcomes
from y0.dsl import Expression, Fraction, One, Probability, Product, Sum, Variable
from y0.graph import NxMixedGraph


def graph_of(case: Case) -> NxMixedGraph:
    """The graph, new."""
    nodes = [f"{name}_" for name in case["nodes"]]
    arrows, confounded = ([(f"{one}_", f"{other}_") for one, other in case[part]] for part in ("arrows", "confounded"))
    return NxMixedGraph.from_str_edges(nodes, arrows, confounded)


def asked(case: Case, graph: NxMixedGraph) -> Expression | None:
    """What y0 answers: its formula, or None where it finds a hedge."""
    outcome, do, given = ({Variable(f"{name}_") for name in case[part]} for part in ("outcome", "do", "given"))
    return identify_outcomes(graph, do, outcome, given or None)


def formula(case: Case) -> Callable[[], object]:
    """The formula."""
    graph = graph_of(case)
    return lambda: asked(case, graph)


def from_edges(case: Case) -> Callable[[], object]:
    """The graph built from lists of edges, then the formula."""
    return lambda: asked(case, graph_of(case))


def names(variables: Iterable[Variable]) -> list[str]:
    """What they are called in the question."""
    return sorted(variable.name.removesuffix("_") for variable in variables)


def written(term: Expression) -> list[Any]:
    """The formula as nested lists."""
    if isinstance(term, Probability):
        return ["P", names(term.children), names(term.parents)]
    if isinstance(term, Sum):
        return ["sum", names(term.ranges), written(term.expression)]
    if isinstance(term, Product):
        return ["product", [written(factor) for factor in term.expressions]]
    if isinstance(term, Fraction):
        return ["fraction", written(term.numerator), written(term.denominator)]
    if isinstance(term, One):
        return ["product", []]
    raise TypeError(f"no such formula: {term!r}")


def answer(case: Case) -> dict[str, Any]:
    """Verdict and formula."""
    found = asked(case, graph_of(case))
    return {"identifiable": found is not None, "formula": None if found is None else written(found)}


if __name__ == "__main__":
    serve({"formula": formula, "from edges": from_edges}, answer, version("y0"))
