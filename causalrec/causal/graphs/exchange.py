"""Causal graphs from and for other programs: networkx, and the text of DAGitty.

Both ways, and exactly: what is written here is read back as the same graph, its nodes in the same order. In other
programs a hidden cause is often a node that is marked as not observed. Reading hides such nodes (`CausalGraph.hide`):
a hidden cause of X and Y becomes ``X <-> Y``, one of three nodes becomes three such edges, one of a single node goes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from causalrec.causal.graphs.graph import CausalGraph, checked_graph
from causalrec.causal.graphs.text import Statement, edges, statements
from causalrec.errors import GraphError
from causalrec.types import Names
from causalrec.wording import listed

if TYPE_CHECKING:
    import networkx as nx

_HEADER = re.compile(r'\s*(?:strict\s+)?(\w+)\s*(?:[\w.]+|"[^"]*")?\s*\{', re.IGNORECASE)


def to_networkx(graph: CausalGraph) -> nx.DiGraph:
    """The graph as a `networkx.DiGraph`; a bidirected edge becomes a node with ``observed=False`` and two arrows.

    That node is called "hidden cause of X and Y"; all others have ``observed=True``. As hidden causes are nodes, what
    networkx says of the observed ones, as by ``networkx.is_d_separator``, is right.

    Raises:
        GraphError: something else than a `CausalGraph` was given.
    """
    import networkx as nx

    drawn = nx.DiGraph()
    drawn.add_nodes_from(checked_graph(graph).nodes, observed=True)
    for one, mark, other in _edges(graph):
        if mark == "->":
            drawn.add_edge(one, other)
            continue
        hidden = f"hidden cause of {listed((one, other))}"
        while hidden in drawn:
            hidden += "'"
        drawn.add_node(hidden, observed=False)
        drawn.add_edges_from([(hidden, one), (hidden, other)])
    return drawn


def from_networkx(drawn: nx.DiGraph) -> CausalGraph:
    """The graph that a `networkx.DiGraph` draws; nodes whose attribute `observed` is False or "no" are hidden causes.

    Nodes that are no texts are named by their `str`; all other attributes are left aside.

    Raises:
        GraphError: something else than a DiGraph, a cycle, two nodes of one name, or a name that no node may have.
    """
    import networkx as nx

    if not isinstance(drawn, nx.DiGraph) or drawn.is_multigraph():
        raise GraphError(f"a networkx.DiGraph is asked for, not {type(drawn).__name__}: edges with a direction, at "
                         "most one from node to node, and a hidden cause as a node with observed=False.")
    hidden = [str(node) for node, observed in drawn.nodes(data="observed") if observed in (False, "no")]
    arrows = frozenset((str(cause), str(effect)) for cause, effect in drawn.edges)
    return CausalGraph(tuple(map(str, drawn)), arrows).hide(hidden)


def to_dagitty(graph: CausalGraph, *, exposure: Names = (), outcome: Names = (), adjusted: Names = ()) -> str:
    """The graph as DAGitty reads it: ``dag { X [exposure] ; X -> Y ; X <-> Y }``, a node or an edge a line.

    Args:
        graph: the graph.
        exposure: nodes to be marked as treatments.
        outcome: nodes to be marked as outcomes.
        adjusted: nodes to be marked as held fixed.

    Raises:
        GraphError: something else than a `CausalGraph`, or a marked node that it does not have.

    Source: Textor, van der Zander, Gilthorpe, Liśkiewicz & Ellison 2016, International Journal of Epidemiology 45.
    """
    roles = [(role, checked_graph(graph).known(names)) for role, names in (
        ("exposure", exposure), ("outcome", outcome), ("adjusted", adjusted))]
    name = {node: node if re.fullmatch(r"[A-Za-z0-9_.]+", node) else f'"{node}"' for node in graph.nodes}
    marks = {node: ", ".join(role for role, marked in roles if node in marked) for node in graph.nodes}
    nodes = [name[node] + (f" [{marks[node]}]" if marks[node] else "") for node in graph.nodes]
    drawn = [f"{name[one]} {mark} {name[other]}" for one, mark, other in _edges(graph)]
    return "\n".join(["dag {", *nodes, *drawn, "}"])


def from_dagitty(text: str) -> CausalGraph:
    """The graph of a DAGitty text; nodes marked ``latent`` or ``unobserved`` are hidden causes.

    Positions and unknown attributes are left aside; `dagitty_roles` tells which nodes are marked as what.

    Raises:
        GraphError: an empty text or none of a dag, a cycle, an edge that means nothing here such as ``--``, a node that
            is declared twice; it says which, and in which line.

    Source: the grammar of dagitty.net; Textor et al. 2016, as `to_dagitty`.
    """
    said = list(_statements(text))
    nodes, arrows, confounded = edges(said)
    roles = _marked(said)
    return CausalGraph(nodes, frozenset(arrows), frozenset(confounded)).hide(roles["latent"] + roles["unobserved"])


def dagitty_roles(text: str) -> dict[str, tuple[str, ...]]:
    """The nodes that a DAGitty text marks, by "exposure", "outcome" and "adjusted".

    Raises:
        GraphError: as `from_dagitty`.
    """
    roles = _marked(list(_statements(text)))
    return {role: roles[role] for role in ("exposure", "outcome", "adjusted")}


def _edges(graph: CausalGraph) -> Iterator[tuple[str, str, str]]:
    """The edges, in the order of the nodes."""
    for node in graph.nodes:
        for mark, other in graph.links[node]:
            if mark == "->" or mark == "<->" and graph.in_order((node, other))[0] == node:
                yield node, mark, other


def _statements(text: str) -> Iterator[Statement]:
    """The statements between the outer braces."""
    if not isinstance(text, str) or not text.strip():
        raise GraphError(f"a DAGitty text such as 'dag {{ X -> Y }}' is asked for, but it is {text!r}.")
    header = _HEADER.match(text)
    if header is None or not text.rstrip().endswith("}"):
        raise GraphError(f"the text {text.strip().splitlines()[0]!r} … does not stand in 'dag {{ … }}'; put it there.")
    if header[1].lower() not in ("dag", "digraph"):
        raise GraphError(f"a DAGitty {header[1]!r} stands for many graphs or for none that is causal; give a 'dag'.")
    return statements(text.rstrip()[:-1], header.end(), dagitty=True)


def _marked(said: list[Statement]) -> dict[str, tuple[str, ...]]:
    """Per attribute that matters the nodes that have it."""
    found = {role: tuple[str, ...]() for role in ("exposure", "outcome", "adjusted", "latent", "unobserved")}
    for groups, marks, attributes in said:
        for role in re.findall(r'(\w+)(?:\s*=\s*(?:"[^"]*"|[^\s,;]+))?', attributes):
            if role in found and not marks:
                found[role] += tuple(groups[0])
    return found
