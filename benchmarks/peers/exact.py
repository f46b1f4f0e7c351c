"""Exact truth on random models, and the value of a formula there. Shares no code with the kit nor with a peer.

All variables are binary; every bidirected edge is a hidden binary variable of its own. An array has an axis a node, in
the order of the case's nodes, of length 1 where it does not depend on the node.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np

Case = Mapping[str, Any]
Array = np.ndarray[Any, Any]


def joint(case: Case, seed: int, set_: Collection[str] = ()) -> Array:
    """P(v) of a random model, or P(v | do(set_)) at every value of what is set: Σ_hidden Π_i P(v_i | causes of i).

    The same seed gives the same model, whatever is set. Probabilities lie in [.1, .9], so that nothing is divided by 0.
    """
    rng = np.random.default_rng(seed)
    nodes = list(case["nodes"])
    hidden = range(len(nodes), len(nodes) + len(case["confounded"]))
    operands: list[Any] = [part for i in range(len(nodes)) for part in (np.ones(2), [i])]
    for i in hidden:
        operands += [both(rng.uniform(0.1, 0.9)), [i]]
    for node in nodes:
        causes = [nodes.index(cause) for cause, effect in case["arrows"] if effect == node]
        causes += [i for i, pair in zip(hidden, case["confounded"], strict=True) if node in pair]
        factor = both(rng.uniform(0.1, 0.9, (2,) * len(causes)))
        if node not in set_:
            operands += [factor, [*causes, nodes.index(node)]]
    return np.einsum(*operands, list(range(len(nodes))), optimize="greedy")


def both(ones: Any) -> Array:
    """Probabilities of 0 and of 1 on a last axis."""
    return np.stack([1 - np.asarray(ones), np.asarray(ones)], axis=-1)


def truth(case: Case, seed: int) -> Array:
    """P(outcome | do(do), given) of the model, at all their values."""
    mutilated = joint(case, seed, case["do"])
    kept = {*case["outcome"], *case["do"], *case["given"]}
    seen = summed(case, mutilated, [name for name in case["nodes"] if name not in kept])
    return seen / summed(case, seen, case["outcome"]) if case["given"] else seen


def summed(case: Case, values: Array, names: Collection[str]) -> Array:
    """The sum over some variables; one that the values do not depend on still counts with both its values."""
    axes = tuple(case["nodes"].index(name) for name in names)
    twice = sum(values.shape[axis] == 1 for axis in axes)
    return values.sum(axis=axes, keepdims=True) * 2.0**twice


def value(case: Case, formula: list[Any], log: Array) -> Array:
    """The formula's value on the log's distribution P(v), read literally."""
    kind, *parts = formula
    if kind == "P":
        outcome, given = parts
        seen = summed(case, log, [name for name in case["nodes"] if name not in {*outcome, *given}])
        return seen / summed(case, seen, outcome) if given else seen
    if kind == "sum":
        return summed(case, value(case, parts[1], log), parts[0])
    if kind == "product":
        result = np.ones((1,) * len(case["nodes"]))
        for part in parts[0]:
            result = result * value(case, part, log)
        return result
    if kind == "fraction":
        above, below = (value(case, part, log) for part in parts)
        return above / below
    raise ValueError(f"no such part of a formula: {kind}")


def deviation(case: Case, formula: list[Any], seeds: Collection[int]) -> float:
    """The largest distance of the formula from the truth, over models and over values of every variable."""
    largest = 0.0
    for seed in seeds:
        distance = np.abs(value(case, formula, joint(case, seed)) - truth(case, seed)).max()
        largest = max(largest, float("inf") if np.isnan(distance) else float(distance))
    return largest
