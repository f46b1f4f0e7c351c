"""Derivations put to the test: both sides of every step evaluated exactly on random models.

First used: lesson 3b.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from causalrec.causal.formulas.expression import Expression, P
from causalrec.causal.formulas.table import Table, aligned
from causalrec.causal.graphs.graph import CausalGraph
from causalrec.causal.models.exact import Worlds, evaluated, experiments, random_model

TOLERANCE = 1e-9
"""Two exact values that differ by less are the same: what is left is rounding."""
LARGE = 14
"""A page does not compute the distribution of more variables, hidden ones included: it would wait for them."""


@dataclass(frozen=True, repr=False)
class Verification:
    """Whether a derivation's steps are true on random models. True when all are.

    Attributes:
        steps: how many were checked.
        models: on how many models each.
        false_step: the number of the first false one, counted from 1; None when there is none.
        difference: how far its sides are apart at most; without a false step the largest difference of all.
        words: the verdict, as a sentence.

    First taught: lesson 3b.
    """

    steps: int
    models: int
    false_step: int | None
    difference: float
    words: str

    def __bool__(self) -> bool:
        """Whether no step was found false."""
        return self.false_step is None

    def __repr__(self) -> str:
        """The verdict in words."""
        return self.words


def verified(
    graph: CausalGraph,
    question: P,
    sides: Sequence[tuple[Expression, Expression, Expression]],
    rng: np.random.Generator,
    models: int,
) -> Verification:
    """Evaluate (before, after, whole formula) of each step on random models of the graph.

    A step is false where before and after differ, or the whole formula and the question.
    """
    largest = 0.0
    worlds = [experiments(random_model(graph, rng)) for _ in range(models)]
    for number, (before, after, formula) in enumerate(sides, start=1):
        for one, other in ((before, after), (question, formula)):
            apart = max(difference(evaluated(one, world), evaluated(other, world)) for world in worlds)
            if apart > TOLERANCE:
                return Verification(len(sides), models, number, apart, f"step {number} is false: {one} and {other} "
                                    f"differ by {apart:.3f} on a random model of the graph.")
            largest = max(largest, apart)
    count = f"{len(sides)} step{'s' if len(sides) != 1 else ''}"
    return Verification(len(sides), models, None, largest,
                        f"{count}, each true on {models} random models of the graph, evaluated exactly.")


def traced(graph: CausalGraph, formulas: Sequence[Expression], rng: np.random.Generator) -> tuple[float, ...]:
    """The exact value of each formula on one random model, every free variable at 1; nothing for a large graph.

    First used: lesson 3b.
    """
    if len(graph.nodes) + len(graph.confounded) > LARGE:
        return ()
    worlds = experiments(random_model(graph, rng))
    return tuple(float(evaluated(formula, worlds).probabilities.flat[-1]) for formula in formulas)


def difference(one: Table, other: Table) -> float:
    """The largest difference between two tables' entries; a variable that one lacks makes no difference to it."""
    names = tuple(dict.fromkeys(one.variables + other.variables))
    return float(np.abs(
        aligned(one.probabilities, one.variables, names) - aligned(other.probabilities, other.variables, names)
    ).max(initial=0.0))


def follows_by_probability(before: Expression, after: Expression, graph: CausalGraph) -> bool:
    """Whether two formulas are equal whatever the distributions are: by the laws of probability alone.

    Both are evaluated on three families of random distributions, one distribution for each set of variables that are
    set. No law ties these together, so no rule of the do-calculus can be smuggled in. Both sides are rational functions
    of the entries: unequal ones agree at a random point with probability zero.
    """
    for seed in range(3):  # the verdict must not depend on who asks, so the points are always the same
        family = _unrelated(graph, np.random.default_rng(seed))
        if difference(evaluated(before, family), evaluated(after, family)) > TOLERANCE:
            return False
    return True


def _unrelated(graph: CausalGraph, rng: np.random.Generator) -> Worlds:
    """Per set of variables an arbitrary distribution over all nodes, binary."""

    @cache
    def world(do: frozenset[str]) -> Table:
        entries = rng.uniform(0.1, 0.9, (2,) * len(graph.nodes))
        return Table(graph.nodes, ((0, 1),) * len(graph.nodes), entries / entries.sum())

    return world
