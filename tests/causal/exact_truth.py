"""Exact truth for tests: random models of a graph, multiplied out with numpy, that know nothing of the package.

A model gives every node P(node = 1 | its parents); each bidirected edge is a hidden parent of both its ends. A log is
the joint distribution of the observed nodes, do() the same product without the factors of what is set.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np


class Model(NamedTuple):
    """Per node its parents, hidden ones last, and an array of P(node | parents): an axis a parent, then the node's."""

    nodes: tuple[str, ...]
    parents: dict[str, tuple[str, ...]]
    factors: dict[str, np.ndarray]

    def law(self, keep: Sequence[str], do: Sequence[str] = ()) -> np.ndarray:
        """P(keep | do(do)), an axis a node of `keep`, which contains `do`: a product of factors, summed over the rest.

        Source: Pearl 2009, Causality, equation 1.37 (truncated factorization).
        """
        place = {node: number for number, node in enumerate(self.parents)}
        operands: list[object] = []
        for node, above in self.parents.items():
            shape = [place[other] for other in (*above, node)]
            operands += [np.ones(2), [place[node]]] if node in do else [self.factors[node], shape]
        return np.einsum(*operands, [place[node] for node in keep])

    def answer(self, outcome: Sequence[str], do: Sequence[str], given: Sequence[str] = ()) -> np.ndarray:
        """P(outcome | do(do), given), axes in this order."""
        law = self.law((*outcome, *do, *given), do)
        return law / law.sum(axis=tuple(range(len(outcome))), keepdims=True)


def structure(graph) -> dict[str, tuple[str, ...]]:
    """The parents of every node, and of a hidden cause for each bidirected edge, causes first."""
    hidden = {f"hidden{number}": pair for number, pair in enumerate(sorted(map(sorted, graph.confounded)))}
    parents: dict[str, tuple[str, ...]] = {name: () for name in hidden}
    for node in graph.nodes:
        seen = sorted(cause for cause, effect in graph.arrows if effect == node)
        parents[node] = (*seen, *(name for name, pair in hidden.items() if node in pair))
    return parents


def drawn(graph, rng: np.random.Generator, values: int = 2, sure: float = 0.0) -> Model:
    """A random model of the graph, binary but for hidden causes, which take `values`.

    A share `sure` of the chances is 0 or 1, so that some cases never occur.
    """
    parents = structure(graph)
    factors: dict[str, np.ndarray] = {}
    for node, above in parents.items():
        if node not in graph.nodes:
            factors[node] = rng.dirichlet(np.full(values, 5.0))
            continue
        shape = tuple(2 if other in graph.nodes else values for other in above)
        chance = rng.uniform(0.1, 0.9, size=shape)
        chance = np.where(rng.random(shape) < sure, rng.integers(0, 2, shape), chance)
        factors[node] = np.stack([1 - chance, chance], axis=-1)
    return Model(graph.nodes, parents, factors)


def spread(values: np.ndarray, names: Sequence[str], target: Sequence[str]) -> np.ndarray:
    """The array with its axes in the order of `target`, and an axis of length 1 for each name that it lacks."""
    kept = [name for name in target if name in names]
    assert len(kept) == len(names), f"{set(names) - set(target)} has no place among {target}"
    moved = values.transpose([list(names).index(name) for name in kept])
    return moved.reshape([moved.shape[kept.index(name)] if name in kept else 1 for name in target])


def random_graph_text(rng: np.random.Generator, size: int, arrows: float, hidden: float, most_hidden: int = 6) -> str:
    """A random graph in the package's text form: each pair joined by an arrow, by a hidden cause, by both or neither.

    Nodes are named in an order that says nothing of the arrows.
    """
    causal = [f"V{number}" for number in rng.permutation(size)]
    pairs = list(itertools.combinations(causal, 2))
    directed = [f"{one} -> {other}" for one, other in pairs if rng.random() < arrows]
    drawn_hidden = [f"{one} <-> {other}" for one, other in pairs if rng.random() < hidden]
    rng.shuffle(drawn_hidden)
    return "; ".join([*rng.permutation(causal).tolist(), *directed, *drawn_hidden[:most_hidden]])
