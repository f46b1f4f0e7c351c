"""How long d-separation takes beside networkx: the verdict, the verdict with an open path, all paths with reasons.

    python benchmarks/separation.py

Random graphs with two edges a node, arrows alone or a quarter of them bidirected, which networkx is given as hidden
nodes with two arrows. Both answer the same questions, and the script stops where they disagree. A time is the least of
several runs over all questions of a graph, kit and networkx in turn; a ratio is taken graph by graph. Adjacency that
either library prepares once a graph is not counted, except in the lines "new graph", which build it first.
"""

from __future__ import annotations

import argparse
import os
import platform
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import networkx as nx
import numpy as np

from causalrec.causal import CausalGraph

SEED, QUESTIONS = 2026, 20
SIZES = {10: 20, 100: 12, 1000: 6}  # nodes: graphs of each kind
PATH_GRAPHS, PATH_NODES, PATH_EDGES, PATH_MILLISECONDS = 40, 12, 20, 20.0
VERDICT_GOAL, PATH_GOAL = 0.25, 1.0  # times of networkx's verdict

Question = tuple[set[str], set[str], set[str]]  # x, y, held fixed


@dataclass(frozen=True)
class Case:
    """One graph in both forms, with questions about it."""

    graph: CausalGraph
    drawn: nx.DiGraph
    questions: list[Question]


def random_graph(rng: np.random.Generator, nodes: int, arrows: int, bidirected: int) -> CausalGraph:
    """A graph whose edges are drawn evenly from all pairs, arrows along a hidden order of the nodes."""
    names = [f"V{number}" for number in range(nodes)]

    def pairs(count: int) -> set[tuple[str, str]]:
        chosen: set[tuple[str, str]] = set()
        while len(chosen) < count:
            first, second = sorted(rng.choice(nodes, 2, replace=False))
            chosen.add((names[first], names[second]))
        return chosen

    order = tuple(str(name) for name in rng.permutation(names))
    return CausalGraph(order, frozenset(pairs(arrows)), frozenset(map(frozenset, pairs(bidirected))))


def as_networkx(graph: CausalGraph) -> nx.DiGraph:
    """The same graph for networkx: every bidirected edge becomes a hidden node with two arrows."""
    drawn = nx.DiGraph()
    drawn.add_nodes_from(graph.nodes)
    drawn.add_edges_from(graph.arrows)
    for number, pair in enumerate(graph.confounded):
        drawn.add_edges_from((f"hidden{number}", node) for node in pair)
    return drawn


def random_case(rng: np.random.Generator, nodes: int, share_bidirected: float) -> Case:
    """A graph with two edges a node and questions that hold up to a fifth of its nodes fixed."""
    bidirected = round(2 * nodes * share_bidirected)
    graph = random_graph(rng, nodes, 2 * nodes - bidirected, bidirected)
    questions = []
    for _ in range(QUESTIONS):
        chosen = [str(node) for node in rng.choice(graph.nodes, 2 + int(rng.integers(nodes // 5 + 1)), replace=False)]
        questions.append(({chosen[0]}, {chosen[1]}, set(chosen[2:])))
    return Case(graph, as_networkx(graph), questions)


def least(works: Sequence[Callable[[], object]], runs: int) -> list[float]:
    """The least of several wall times of each work, in seconds, the works taking turns."""
    times = [[] for _ in works]
    for _ in range(runs):
        for work, taken in zip(works, times, strict=True):
            start = time.perf_counter()
            work()
            taken.append(time.perf_counter() - start)
    return [min(taken) for taken in times]


def agree(case: Case) -> list[bool]:
    """The verdicts, on which networkx, the kit's verdict and the kit's path must agree."""
    verdicts = []
    for x, y, fixed in case.questions:
        truth = nx.is_d_separator(case.drawn, x, y, fixed)
        separation = case.graph.separation(x, y, fixed)
        if not case.graph.d_separated(x, y, fixed) == bool(separation) == truth:
            raise SystemExit(f"disagreement: {case.graph!r}, {x}, {y} given {fixed}")
        if separation.path is not None and not separation.path.open:
            raise SystemExit(f"not open: {separation.path} in {case.graph!r} given {fixed}")
        verdicts.append(truth)
    return verdicts


def timed(case: Case, runs: int) -> list[float]:
    """Seconds a question: networkx's verdict, the kit's verdict, its verdict with a path; then both on a new graph."""
    graph, drawn, questions = case.graph, case.drawn, case.questions
    parts = (graph.nodes, graph.arrows, graph.confounded)
    times = least([
        lambda: [nx.is_d_separator(drawn, *question) for question in questions],
        lambda: [graph.d_separated(*question) for question in questions],
        lambda: [graph.separation(*question) for question in questions],
    ], runs)
    once = least([
        lambda: nx.is_d_separator(as_networkx(graph), *questions[0]),
        lambda: CausalGraph(*parts).d_separated(*questions[0]),
    ], runs)
    return [*(seconds / len(questions) for seconds in times), *once]


def verdict_rows(rng: np.random.Generator, nodes: int, graphs: int, share_bidirected: float) -> list[str]:
    """Lines of the table for one size and kind of graph."""
    cases = [random_case(rng, nodes, share_bidirected) for _ in range(graphs)]
    verdicts = [verdict for case in cases for verdict in agree(case)]
    seconds = np.array([timed(case, 7) for case in cases])  # (graphs, works)
    kind = "arrows and ↔" if share_bidirected else "arrows"
    what = f"{nodes:,} nodes, {kind}; {len(verdicts)} questions, {np.mean(verdicts):.0%} separated"
    rows = []
    works = (("verdict", 1, 0, VERDICT_GOAL), ("with open path", 2, 0, PATH_GOAL), ("new graph, verdict", 4, 3, None))
    for name, mine, peer, goal in works:
        ratios = seconds[:, mine] / seconds[:, peer]
        kit, other = (f"{1e6 * np.median(seconds[:, column]):,.0f} µs" for column in (mine, peer))
        wanted = f"at most {goal:.2f}" if goal else "none"
        rows.append(f"| {what} | {name} | {kit} | {other} | {np.median(ratios):.3f} | {ratios.max():.3f} | {wanted} | "
                    f"{judged(float(np.median(ratios)), goal)} |")
    return rows


def judged(value: float, goal: float | None) -> str:
    """Whether a goal is met, in words."""
    return "" if goal is None else "met" if value <= goal else "NOT MET"


def path_rows(rng: np.random.Generator) -> list[str]:
    """Lines of the table for the list of all paths; networkx lists them without state or reason."""
    counts, seconds = [], []
    for _ in range(PATH_GRAPHS):
        graph = random_graph(rng, PATH_NODES, PATH_EDGES - 4, 4)
        joined = nx.MultiGraph([*graph.arrows, *map(tuple, graph.confounded)])
        joined.add_nodes_from(graph.nodes)
        x, y = max(combinations(graph.nodes, 2), key=lambda pair: len(graph.paths(*pair)))
        fixed = [str(node) for node in rng.choice([node for node in graph.nodes if node not in (x, y)], 2, False)]
        counts.append(len(graph.paths(x, y, fixed)))
        if counts[-1] != sum(1 for _ in nx.all_simple_edge_paths(joined, x, y)):
            raise SystemExit(f"another number of paths: {graph!r}, {x}, {y}")
        seconds.append(least([
            lambda g=graph, x=x, y=y, z=fixed: [(str(path), path.state, path.why) for path in g.paths(x, y, z)],
            lambda j=joined, x=x, y=y: list(nx.all_simple_edge_paths(j, x, y)),
        ], 5))
    mine, peer = 1e3 * np.array(seconds).T
    most = int(np.argmax(counts))
    met = "met" if mine.max() < PATH_MILLISECONDS else "NOT MET"
    return [
        f"| median of {PATH_GRAPHS} graphs | {np.median(counts):.0f} | {np.median(mine):.2f} ms | {np.median(peer):.2f}"
        " ms | | |",
        f"| most paths | {counts[most]} | {mine[most]:.2f} ms | {peer[most]:.2f} ms | | |",
        f"| slowest | {counts[int(np.argmax(mine))]} | {mine.max():.2f} ms | {peer[int(np.argmax(mine))]:.2f} ms | "
        f"under {PATH_MILLISECONDS:.0f} ms | {met} |",
    ]


def report() -> str:
    """The committed Markdown: how it was measured, and both tables."""
    rng = np.random.default_rng(SEED)
    lines = ["# d-separation beside networkx", "", "`python benchmarks/separation.py`", ""]
    lines += [
        f"{os.cpu_count()} cores, Python {platform.python_version()}, networkx {nx.__version__}.", "",
        (__doc__ or "").split("\n\n")[2].strip(), "",
        "| graphs and questions | work | kit | networkx | ratio, median | ratio, largest | goal for the median | |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for nodes, graphs in SIZES.items():
        for share_bidirected in (0.0, 0.25):
            lines += verdict_rows(rng, nodes, graphs, share_bidirected)
    lines += [
        "", f"All paths with state and reason, {PATH_NODES} nodes, {PATH_EDGES - 4} arrows, 4 bidirected edges,",
        "between the two nodes that have most paths, two nodes held fixed; networkx lists the bare paths.", "",
        "| graph | paths | kit | networkx | goal | |", "|---|---|---|---|---|---|", *path_rows(rng), "",
    ]
    return "\n".join(lines)


def main() -> None:
    """Measure, write the table, print it."""
    parser = argparse.ArgumentParser(description="d-separation and paths, beside networkx.")
    parser.add_argument("--out", type=Path, default=Path(__file__).with_suffix(".md"))
    out = parser.parse_args().out
    text = report()
    out.write_text(text, encoding="utf-8", newline="\n")
    print(text)


if __name__ == "__main__":
    main()
