"""Sampling and acting in a linear model of seven variables, beside dowhy.gcm in one run; and an exact table.

python benchmarks/models.py

Prints seconds (median of five, in turn) and the peak of memory that numpy and Python asked for, and whether each goal
is met: a million samples in at most half of the peer's time and memory, acting likewise, and the exact table of twelve
binary variables in under a second.
"""

from __future__ import annotations

import sys
import time
import tracemalloc
import warnings
from collections.abc import Callable
from statistics import median

import networkx as nx
import numpy as np

from causalrec.causal import SCM, additive, bernoulli, exogenous

ROWS, REPEATS = 1_000_000, 5
WEIGHTS = {
    "b": {"a": 0.5},
    "c": {"a": -0.3, "b": 0.8},
    "d": {"b": 0.4},
    "e": {"c": 1.0, "d": -0.6},
    "f": {"d": 0.2, "e": 0.9},
    "g": {"a": 0.7, "f": -0.5},
}


def ours() -> SCM:
    """The linear model: each variable the weighted sum of its parents and standard normal noise."""

    def mechanism(weights: dict[str, float]) -> object:
        factors = tuple(weights.values())
        return additive(tuple(weights), lambda *values: sum(w * v for w, v in zip(factors, values, strict=True)))

    return SCM({"a": exogenous(), **{name: mechanism(weights) for name, weights in WEIGHTS.items()}})


def theirs() -> object:
    """The same model in dowhy.gcm, its linear regressions fitted to the exact equations."""
    import scipy.stats
    from dowhy import gcm
    from sklearn.linear_model import LinearRegression

    graph = nx.DiGraph([(parent, name) for name, weights in WEIGHTS.items() for parent in weights])
    model = gcm.StructuralCausalModel(graph)
    model.set_causal_mechanism("a", gcm.ScipyDistribution(scipy.stats.norm, loc=0.0, scale=1.0))
    rng = np.random.default_rng(0)
    for name in WEIGHTS:
        parents = sorted(graph.predecessors(name))  # the order in which dowhy passes them
        x = rng.standard_normal((20, len(parents)))
        line = LinearRegression().fit(x, x @ [[WEIGHTS[name][parent]] for parent in parents])
        noise = gcm.ScipyDistribution(scipy.stats.norm, loc=0.0, scale=1.0)
        mechanism = gcm.AdditiveNoiseModel(gcm.ml.SklearnRegressionModel(line), noise)
        model.set_causal_mechanism(name, mechanism)
        model.graph.nodes[name]["parents_during_fit"] = parents
    model.graph.nodes["a"]["parents_during_fit"] = []
    return model


def measured(*tasks: Callable[[], object]) -> list[tuple[float, float]]:
    """Median seconds and peak megabytes of each task; the tasks take turns."""
    seconds: list[list[float]] = [[] for _ in tasks]
    for _ in range(REPEATS):
        for task, taken in zip(tasks, seconds, strict=True):
            started = time.perf_counter()
            task()
            taken.append(time.perf_counter() - started)
    peaks = []
    for task in tasks:
        tracemalloc.start()
        task()
        peaks.append(tracemalloc.get_traced_memory()[1] / 1e6)
        tracemalloc.stop()
    return [(median(taken), peak) for taken, peak in zip(seconds, peaks, strict=True)]


def twelve() -> SCM:
    """Twelve binary variables with up to three causes each."""
    names, weights = [f"v{i}" for i in range(12)], np.random.default_rng(0).normal(size=(12, 3))

    def chance(row: np.ndarray) -> Callable[..., np.ndarray]:
        return lambda *values: 1 / (1 + np.exp(-sum((w * v for w, v in zip(row, values, strict=False)), 0.2)))

    return SCM({name: bernoulli(tuple(names[max(0, i - 3) : i]), chance(weights[i])) for i, name in enumerate(names)})


def main() -> int:
    """Print the table; 1 where a goal is missed."""
    warnings.simplefilter("ignore")
    from dowhy import gcm

    model, peer, rng = ours(), theirs(), np.random.default_rng(0)
    acted = model.do(c=1.0)
    mine, others = model.sample(20_000, rng).cov(), gcm.draw_samples(peer, 20_000).cov()
    assert np.allclose(mine, others.loc[list(mine), list(mine)], atol=0.15), "the two models are not the same"
    tasks = {
        "sample": (lambda: model.sample(ROWS, rng), lambda: gcm.draw_samples(peer, ROWS)),
        "sample under do": (
            lambda: acted.sample(ROWS, rng),
            lambda: gcm.interventional_samples(peer, {"c": lambda c: np.ones_like(c)}, num_samples_to_draw=ROWS),
        ),
    }
    missed = 0
    print(f"{ROWS:,} rows         causalrec         dowhy.gcm      ratio of time, memory")
    for name, pair in tasks.items():
        (fast, small), (slow, large) = measured(*pair)
        met = fast <= slow / 2 and small <= large / 2
        missed += not met
        ratios = f"{fast / slow:.2f}, {small / large:.3f}   goal .50, .50 {'met' if met else 'MISSED'}"
        print(f"{name:16} {fast:6.3f} s {small:6.1f} MB  {slow:6.3f} s {large:6.1f} MB   {ratios}")
    large_model = twelve()
    (taken, peak), = measured(large_model.table)
    missed += taken >= 1
    verdict = "met" if taken < 1 else "MISSED"
    print(f"exact table of 12 binary variables: {taken:.4f} s, {peak:.1f} MB   goal 1 s {verdict}")
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(main())
