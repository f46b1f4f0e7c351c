"""Structural causal models: equations with noise, and what replacing an equation does.

A model M = <U, V, F, P(U)> (Pearl 2009, def. 7.1.1) is a `Mechanism` per variable. Each mechanism keeps its noise U
apart from its function f, so that one draw of the noise can be run through the model as it is and through a submodel
M_x: that is what makes two *potential outcomes* of the same unit comparable. First taught: lesson 2a.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from causalrec.causal.graph import CausalGraph
from causalrec.errors import ModelError

if TYPE_CHECKING:
    import pandas as pd

Array = np.ndarray[Any, Any]
Draw = Callable[[np.random.Generator, int], Array]


@dataclass(frozen=True)
class Mechanism:
    """How one variable comes about: V = f(U, parents).

    `draw_noise(rng, n)` gives U for n units, units along the first axis; `evaluate(noise, *parents)` gives V, with
    the parents' values in the order of `parents`, each an array over the n units.
    """

    parents: tuple[str, ...]
    draw_noise: Draw
    evaluate: Callable[..., Array]

    def __repr__(self) -> str:
        """The parents; functions have no readable name of their own."""
        return f"Mechanism(parents={self.parents})"


def standard_normal(rng: np.random.Generator, n: int) -> Array:
    """U ~ N(0, 1), one a unit."""
    return rng.standard_normal(n)


def uniform(rng: np.random.Generator, n: int) -> Array:
    """U ~ Uniform(0, 1), one a unit."""
    return rng.random(n)


def exogenous(draw_noise: Draw = standard_normal) -> Mechanism:
    """A variable that is nothing but its own noise: V = U."""
    return Mechanism((), draw_noise, lambda noise: noise)


def bernoulli(parents: tuple[str, ...], probability: Callable[..., Array]) -> Mechanism:
    """A 0/1 variable that is 1 with `probability(*parents)`: V = [U < p(parents)], U ~ Uniform(0, 1)."""
    return Mechanism(parents, uniform, lambda noise, *values: (noise < probability(*values)).astype(np.int8))


def additive(parents: tuple[str, ...], mean: Callable[..., Array], scale: float = 1.0) -> Mechanism:
    """A variable with additive Gaussian noise: V = mean(parents) + scale * U, U ~ N(0, 1)."""
    return Mechanism(parents, standard_normal, lambda noise, *values: mean(*values) + scale * noise)


@dataclass(frozen=True, repr=False)
class SCM:
    """A structural causal model: one mechanism a variable, some of them hidden from the log.

    Raises `ModelError` where a parent or a hidden variable has no mechanism, `GraphError` where the mechanisms form a
    cycle.
    Source: Pearl (2009), *Causality*, def. 7.1.1 (model), def. 7.1.2 (submodel).
    """

    mechanisms: Mapping[str, Mechanism]
    hidden: frozenset[str] = field(default=frozenset())

    def __post_init__(self) -> None:
        """Check that every name that is used has a mechanism."""
        used = {parent for mechanism in self.mechanisms.values() for parent in mechanism.parents} | set(self.hidden)
        if unknown := sorted(used - set(self.mechanisms)):
            raise ModelError(
                f"no mechanism for {', '.join(unknown)}: give one for every parent and every hidden variable"
            )
        self.graph  # noqa: B018 - a cycle must be found now, not when the model is first run

    def __repr__(self) -> str:
        """One line: the graph and what is hidden."""
        return f"SCM({self.graph}" + (f", hidden: {', '.join(sorted(self.hidden))})" if self.hidden else ")")

    @cached_property
    def graph(self) -> CausalGraph:
        """The causal graph over all variables, hidden ones included: an arrow from each parent."""
        arrows = frozenset(
            (parent, name) for name, mechanism in self.mechanisms.items() for parent in mechanism.parents
        )
        return CausalGraph(tuple(self.mechanisms), arrows, frozenset())

    def do(self, **values: float) -> SCM:
        """The submodel M_x: the equation of each named variable replaced by the constant, all noise untouched.

        Raises `ModelError` for a variable that the model does not have. Source: Pearl (2009), def. 7.1.2.
        """
        if unknown := sorted(set(values) - set(self.mechanisms)):
            raise ModelError(
                f"do({', '.join(unknown)}) names no variable of this model; it has {', '.join(self.mechanisms)}"
            )
        held = {name: _held_at(value, self.mechanisms[name]) for name, value in values.items()}
        return replace(self, mechanisms={**self.mechanisms, **held})

    def draw_noise(self, n: int, rng: np.random.Generator) -> dict[str, Array]:
        """The noise U of `n` units, by variable. A submodel draws the very same noise from the same generator state."""
        return {name: mechanism.draw_noise(rng, n) for name, mechanism in self.mechanisms.items()}

    def evaluate(self, noise: Mapping[str, Array], *, only: tuple[str, ...] = ()) -> dict[str, Array]:
        """Every variable's value, given the noise of each unit: the equations solved in causal order.

        With `only`, these variables and what they come from. Raises `ModelError` where a variable's noise is missing.
        """
        needed = self.graph.ancestors(only) if only else set(self.mechanisms)
        if missing := sorted(needed - set(noise)):
            raise ModelError(
                f"no noise for {', '.join(missing)}: draw it with draw_noise, or gather it from wider units"
            )
        values: dict[str, Array] = {}
        for name in self.graph.order:
            if name in needed:
                mechanism = self.mechanisms[name]
                values[name] = mechanism.evaluate(noise[name], *(values[parent] for parent in mechanism.parents))
        return values

    def sample(self, n: int, rng: np.random.Generator, *, hidden: bool = False) -> pd.DataFrame:
        """`n` units drawn from the model, a row each; hidden variables are left out unless `hidden` is true."""
        import pandas as pd

        values = self.evaluate(self.draw_noise(n, rng))
        return pd.DataFrame({name: value for name, value in values.items() if hidden or name not in self.hidden})


def _held_at(value: float, mechanism: Mechanism) -> Mechanism:
    """The mechanism that gives `value` whatever the noise; the noise is still drawn, so that it stays shared."""
    return Mechanism((), mechanism.draw_noise, lambda noise: np.full(len(noise), value))
