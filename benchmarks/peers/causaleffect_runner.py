"""Answers identification questions with causaleffect, for `benchmarks/identify.py`; executed by its interpreter."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import version
from typing import Any

from causaleffect import ID, Probability, createGraph
from serve import Case, serve


def graph_of(case: Case) -> Any:
    """The graph, new; nodes without an edge are added afterwards, since only edges can be given at first."""
    edges = [f"{cause}->{effect}" for cause, effect in case["arrows"]]
    graph = createGraph(edges + [f"{one}<->{other}" for one, other in case["confounded"]])
    for name in case["nodes"]:
        if name not in graph.vs["name"]:
            graph.add_vertex(name=name)
    return graph


def asked(case: Case, graph: Any) -> Probability:
    """What causaleffect answers: its formula, or one that says that there is none."""
    return ID(set(case["outcome"]), set(case["do"]), graph, set(case["given"]))


def formula(case: Case) -> Callable[[], object]:
    """The formula."""
    graph = graph_of(case)
    return lambda: asked(case, graph)


def from_edges(case: Case) -> Callable[[], object]:
    """The graph built from lists of edges, then the formula."""
    return lambda: asked(case, graph_of(case))


def written(term: Probability) -> list[Any]:
    """The formula as nested lists: sums reach over the factors beside them, and stand in the numerator."""
    parts = term.attributes()
    if parts["recursive"]:
        body: list[Any] = ["product", [written(child) for child in term._children]]
    elif parts["var"]:
        body = ["P", sorted(parts["var"]), sorted(parts["cond"])]
    else:
        body = ["product", []]  # it prints 1
    if parts["sumset"]:
        body = ["sum", sorted(parts["sumset"]), body]
    return ["fraction", body, written(term._divisor)] if parts["fraction"] else body


def answer(case: Case) -> dict[str, Any]:
    """Verdict, the formula as returned, and as it stands once it has been printed, which simplifies it."""
    found = asked(case, graph_of(case))
    if not found.identifiable:
        return {"identifiable": False, "formula": None, "other": None}
    returned = written(found)
    found.printLatex()
    return {"identifiable": True, "formula": returned, "other": written(found)}


if __name__ == "__main__":
    serve({"formula": formula, "from edges": from_edges}, answer, version("causaleffect"))
