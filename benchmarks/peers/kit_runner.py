"""Answers identification questions with this kit, for `benchmarks/identify.py`."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import version
from typing import Any

from serve import Case, serve

from causalrec.causal import CausalGraph, Fraction, Identified, NotIdentified, P, Product, Query, Sum, identify


def graph_of(case: Case) -> CausalGraph:
    """The graph, new, so that nothing is remembered from an earlier run."""
    return CausalGraph(case["nodes"], case["arrows"], case["confounded"])


def asked(case: Case, graph: CausalGraph, **options: Any) -> Identified | NotIdentified:
    """What the kit answers."""
    return identify(Query(case["outcome"], case["do"], case["given"]), graph, **options)


def formula(case: Case) -> Callable[[], object]:
    """The answer with its formula or hedge."""
    graph = graph_of(case)
    return lambda: getattr(asked(case, graph), "estimand", None)


def by_id(case: Case) -> Callable[[], object]:
    """The same, by the algorithm ID in every case."""
    graph = graph_of(case)
    return lambda: getattr(asked(case, graph, method="ID"), "estimand", None)


def steps(case: Case) -> Callable[[], object]:
    """The answer with its formula or hedge, and all steps in words, each with its graph."""
    graph = graph_of(case)

    def work() -> object:
        found = asked(case, graph)
        return getattr(found, "estimand", None), found.steps

    return work


def from_edges(case: Case) -> Callable[[], object]:
    """The graph built from lists of edges, then the answer with its formula or hedge."""
    return lambda: getattr(asked(case, graph_of(case)), "estimand", None)


def written(term: P | Sum | Product | Fraction) -> list[Any]:
    """The formula as nested lists."""
    if isinstance(term, P):
        return ["P", list(term.outcome), list(term.given)]
    if isinstance(term, Sum):
        return ["sum", list(term.over), written(term.term)]
    if isinstance(term, Product):
        return ["product", [written(factor) for factor in term.factors]]
    if isinstance(term, Fraction):
        return ["fraction", written(term.numerator), written(term.denominator)]
    raise TypeError(f"no such formula: {term!r}")


def answer(case: Case) -> dict[str, Any]:
    """Verdict, and both formulas: the textbook's where there is one, and ID's."""
    found = [asked(case, graph_of(case), method=method) for method in ("textbook", "ID")]
    formulas = [written(one.estimand) if isinstance(one, Identified) else None for one in found]
    method = found[0].method if isinstance(found[0], Identified) else "hedge"
    return {"identifiable": formulas[0] is not None, "formula": formulas[0], "other": formulas[1], "method": method}


if __name__ == "__main__":
    works = {"formula": formula, "steps": steps, "ID": by_id, "from edges": from_edges}
    serve(works, answer, version("causalrec-course"))
