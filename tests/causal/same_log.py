"""Two models of one graph with the very same log: found by linear algebra, to see whether a question tells them apart.

The chances P(node = 1 | parents) of a model are a vector θ; log(θ) and answer(θ) are arrays of probabilities. From one
model go a step along a direction in which the log does not change to first order and the answer does, then come back to
the old log by Newton's method. Where a question can be answered from the log, no such step changes the answer; where it
cannot, two explicit models result that agree on everything logged and differ in the answer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from causal.exact_truth import Model, drawn

Function = Callable[[np.ndarray], np.ndarray]
Question = tuple[Sequence[str], Sequence[str], Sequence[str]]
"""Outcomes, treatments, conditions."""


def chances(model: Model) -> np.ndarray:
    """θ: the chances of the observed nodes, one after the other."""
    return np.concatenate([model.factors[node][..., 1].ravel() for node in model.nodes])


def with_chances(model: Model, theta: np.ndarray) -> Model:
    """The model with other chances; hidden causes stay as they are."""
    factors, start = dict(model.factors), 0
    for node in model.nodes:
        shape = factors[node].shape[:-1]
        one = theta[start:start + int(np.prod(shape))].reshape(shape)
        factors[node] = np.stack([1 - one, one], axis=-1)
        start += one.size
    return Model(model.nodes, model.parents, factors)


def slopes(function: Function, theta: np.ndarray) -> np.ndarray:
    """∂function/∂θ, exact to rounding: the imaginary part of function(θ + ih) / h, a column a chance."""
    step = 1e-30j * np.eye(len(theta))
    return np.stack([function(theta + move).imag.ravel() for move in step], axis=-1) / 1e-30


def same_log(model: Model, question: Question) -> Model | None:
    """Another model with the model's log, moved the way in which the answer changes most; None where Newton fails."""
    def log(theta: np.ndarray) -> np.ndarray:
        return with_chances(model, theta).law(model.nodes).ravel()

    def answer(theta: np.ndarray) -> np.ndarray:
        return with_chances(model, theta).answer(*question).ravel()

    theta = chances(model)
    seen = log(theta)
    _, sizes, rows = np.linalg.svd(slopes(log, theta))
    silent = rows[int((sizes > 1e-9 * sizes[0]).sum()):]  # directions that leave the log alone
    if not len(silent):
        return None
    felt = slopes(answer, theta) @ silent.T  # (answers, silent directions)
    direction = np.linalg.svd(felt)[2][0] @ silent
    for stride in (0.2, 0.1, 0.05, 0.02):
        moved = theta + stride * direction / np.abs(direction).max()
        for _ in range(12):
            moved = moved - np.linalg.lstsq(slopes(log, moved), log(moved) - seen, rcond=1e-9)[0]
            if np.abs(log(moved) - seen).max() < 1e-14:
                break
        if np.abs(log(moved) - seen).max() < 1e-13 and (moved > 0).all() and (moved < 1).all():
            return with_chances(model, moved)
    return None


def twin(graph, question: Question, rng: np.random.Generator, apart: float = 1e-6) -> tuple[Model, Model]:
    """Two models of the graph with one log whose answers differ by more than `apart`, hidden causes of 2 to 4 values.

    Raises:
        AssertionError: none were found.
    """
    for values in (2, 3, 4):
        first = drawn(graph, rng, values)
        second = same_log(first, question)
        if second is not None and np.abs(first.answer(*question) - second.answer(*question)).max() > apart:
            return first, second
    raise AssertionError(f"no two models of {graph} with one log answer {question} differently")
