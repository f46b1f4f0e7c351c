"""Is this a hedge? Checked from the definition with plain sets and networkx, by code that knows nothing of the package.

Source: Shpitser & Pearl 2006, Identification of joint interventional distributions, definitions 3 to 6.
"""

from __future__ import annotations

from collections.abc import Iterable

import networkx


def directed(graph) -> networkx.DiGraph:
    found = networkx.DiGraph()
    found.add_nodes_from(graph.nodes)
    found.add_edges_from(graph.arrows)
    return found


def tied(graph) -> networkx.Graph:
    """The bidirected edges alone."""
    found = networkx.Graph()
    found.add_nodes_from(graph.nodes)
    found.add_edges_from(tuple(pair) for pair in graph.confounded)
    return found


def roots(forest) -> set[str]:
    """The nodes without children."""
    return {node for node, children in directed(forest).out_degree() if children == 0}


def forest_faults(forest, graph) -> list[str]:
    """Why this is no C-forest of the graph: definitions 3 and 5, with a tree of bidirected edges."""
    parts = {
        "has a node or an edge that the graph has not": set(forest.nodes) <= set(graph.nodes)
        and forest.arrows <= graph.arrows and forest.confounded <= graph.confounded,
        "has a node with two children": all(children <= 1 for _, children in directed(forest).out_degree()),
        "is not held together by a tree of bidirected edges": networkx.is_tree(tied(forest)),
        "has a cycle": networkx.is_directed_acyclic_graph(directed(forest)),
    }
    return [fault for fault, holds in parts.items() if not holds]


def hedge_faults(hedge, graph, treatments: Iterable[str], outcomes: Iterable[str]) -> list[str]:
    """Why F and F′ are no hedge for P(outcomes | do(treatments)): definition 6. An empty list means that they are."""
    outer, inner = hedge
    x = set(treatments)
    cut = directed(graph)
    cut.remove_edges_from([edge for edge in graph.arrows if edge[1] in x])
    reached = set(outcomes).union(*(networkx.ancestors(cut, node) for node in outcomes))
    parts = {
        "F′ is not part of F": set(inner.nodes) < set(outer.nodes) and inner.arrows <= outer.arrows
        and inner.confounded <= outer.confounded,
        "F and F′ have different roots": roots(outer) == roots(inner),
        "no treatment is in F": bool(set(outer.nodes) & x),
        "a treatment is in F′": not set(inner.nodes) & x,
        "a root is no ancestor of an outcome once the treatments are set": roots(inner) <= reached,
    }
    faults = [fault for fault, holds in parts.items() if not holds]
    return [f"{name} {fault}" for name, part in (("F", outer), ("F′", inner))
            for fault in forest_faults(part, graph)] + faults


def moved_conditions(graph, outcomes: Iterable[str], treatments: Iterable[str], conditions: Iterable[str]) -> set[str]:
    """The conditions that may as well be set, by rule 2 of the do-calculus, one after the other.

    P(y | do(x), w) can be found if and only if P(y, rest of w | do(x, these)) can.

    Source: Shpitser & Pearl 2006, Identification of conditional interventional distributions (the algorithm IDC).
    """
    full = directed(graph)
    for number, pair in enumerate(graph.confounded):
        full.add_edges_from((f"hidden{number}", node) for node in pair)
    x, w, moved = set(treatments), set(conditions), set()
    while True:
        for node in sorted(w):
            cut = full.copy()
            cut.remove_edges_from([edge for edge in full.edges if edge[1] in x | moved or edge[0] == node])
            if networkx.is_d_separator(cut, {node}, set(outcomes), x | moved | w - {node}):
                moved.add(node)
                w.remove(node)
                break
        else:
            return moved
