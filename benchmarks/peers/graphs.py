"""The questions of `benchmarks/identify.py`: named graphs of the catalogue and random ones, drawn from one seed."""

from __future__ import annotations

import json
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np

from causalrec.causal.examples.catalogue import EXAMPLES
from causalrec.causal.graphs.graph import CausalGraph
from causalrec.types import Names

SEED = 2026
SIZES, PER_SIZE = (5, 10, 20, 40), 60
ARROWS, HIDDEN = 1.2, 0.4  # a node
SINGLE, SEVERAL = 300, 200  # random questions whose formulas are evaluated

Case = dict[str, Any]


def written(name: str, graph: CausalGraph, outcome: Names, do: Names, given: Names = (), **more: Any) -> Case:
    """A question as it stands in the file."""
    position = {node: place for place, node in enumerate(graph.nodes)}
    pairs = [sorted(pair, key=position.__getitem__) for pair in graph.confounded]
    asked = {"outcome": graph.in_order(outcome), "do": graph.in_order(do), "given": graph.in_order(given)}
    return {
        "name": name, "nodes": list(graph.nodes), "arrows": sorted(map(list, graph.arrows)),
        "confounded": sorted(pairs), **{part: list(names) for part, names in asked.items()}, **more,
    }


def random_graph(rng: np.random.Generator, nodes: int, arrows: int, hidden: int) -> CausalGraph:
    """Edges drawn evenly from all pairs, arrows along a hidden order of the nodes."""
    pairs = list(combinations([f"V{number}" for number in range(nodes)], 2))

    def some(count: int) -> list[tuple[str, str]]:
        return [pairs[place] for place in rng.choice(len(pairs), count, replace=False)]

    order = tuple(f"V{number}" for number in rng.permutation(nodes))
    return CausalGraph(order, frozenset(some(arrows)), frozenset(map(frozenset, some(hidden))))


def effect_pair(rng: np.random.Generator, graph: CausalGraph) -> tuple[str, str] | None:
    """A treatment and an outcome that it may change, each such pair as likely; None where there is no such pair."""
    pairs = [(x, y) for x in graph.nodes for y in graph.in_order(graph.descendants(x)) if x != y]
    return pairs[rng.integers(len(pairs))] if pairs else None


def speed_cases(rng: np.random.Generator) -> list[Case]:
    """Random graphs of each size, each with one treatment and one outcome that it may change."""
    cases = []
    for nodes in SIZES:
        for number in range(PER_SIZE):
            graph = random_graph(rng, nodes, round(ARROWS * nodes), round(HIDDEN * nodes))
            treatment, outcome = effect_pair(rng, graph) or graph.order[:2]
            cases.append(written(f"{nodes} nodes, {number}", graph, outcome, treatment))
    return cases


def small_graph(rng: np.random.Generator) -> CausalGraph:
    """A dense graph of three to six nodes: half of all pairs have an arrow, three in ten a hidden cause."""
    nodes = int(rng.integers(3, 7))
    pairs = nodes * (nodes - 1) // 2
    return random_graph(rng, nodes, max(1, rng.binomial(pairs, 0.5)), rng.binomial(pairs, 0.3))


def single_cases(rng: np.random.Generator) -> list[Case]:
    """Small graphs with one treatment and one outcome that it may change."""
    cases = []
    for number in range(SINGLE):
        graph = small_graph(rng)
        treatment, outcome = effect_pair(rng, graph) or graph.order[:2]
        cases.append(written(f"single {number}", graph, outcome, treatment))
    return cases


def several_cases(rng: np.random.Generator) -> list[Case]:
    """Small graphs with one or two treatments, outcomes and conditions; at least one of the three is a pair."""
    cases: list[Case] = []
    while len(cases) < SEVERAL:
        graph, (y, x, w) = small_graph(rng), rng.integers((1, 1, 0), 3)
        if y + x + w <= len(graph.nodes) and max(y, x, w) > 1:
            chosen = [str(node) for node in rng.permutation(graph.nodes)[:y + x + w]]
            cases.append(written(f"several {len(cases)}", graph, chosen[:y], chosen[y:y + x], chosen[y + x:]))
    return cases


def named_cases() -> list[Case]:
    """The catalogue's graphs, each with the question that its source asks and the verdict that it states."""
    return [
        written(name, example.graph, example.query.outcome, example.query.treatments, example.query.conditions,
                identifiable=example.identifiable)
        for name, example in EXAMPLES.items()
    ]


def drawn() -> dict[str, list[Case]]:
    """All questions, by the part of the benchmark that asks them."""
    streams = np.random.default_rng(SEED).spawn(3)
    return {
        "speed": speed_cases(streams[0]), "named": named_cases(),
        "single": single_cases(streams[1]), "several": several_cases(streams[2]),
    }


def as_text(parts: dict[str, list[Case]]) -> str:
    """The file's text: a question a line."""
    written_parts = (
        f"{json.dumps(part)}: [\n" + ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases) + "\n]"
        for part, cases in parts.items()
    )
    return "{\n" + ",\n".join(written_parts) + "\n}\n"


def read(path: Path) -> dict[str, list[Case]]:
    """The questions of a file."""
    parts: dict[str, list[Case]] = json.loads(path.read_text("utf-8"))
    return parts
