"""Mechanisms: how one variable of a structural causal model comes about, its noise apart from its function.

The split is what makes counterfactuals computable: keep a unit's noise, replace a function, and ask again. Each
constructor below also says what the noise can still be once the variable's value was seen (*abduction*).

First taught: lesson 2a.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from causalrec.errors import ModelError
from causalrec.types import Array

Draw = Callable[[np.random.Generator, int], Array]

_ROUNDING = 1e-9
"""By how much a probability may miss 0 or 1."""


@dataclass(frozen=True)
class Mechanism:
    """How one variable comes about: V = f(U, parents).

    Attributes:
        parents: the variables that the function listens to.
        draw_noise: `draw_noise(rng, n)` gives U for n units, units along the first axis.
        evaluate: `evaluate(noise, *parents)` gives V, with the parents' values in the order of `parents`, each an array
            over the n units.
        kinds: what makes exact enumeration possible. `kinds(*parents)`, given arrays with every combination of parents'
            values, gives the finitely many kinds of noise that can make a difference, and their probabilities: two
            arrays of shape (kinds,). None where there are infinitely many.
        abduct: `abduct(rng, value, *parents)` draws noise from its distribution given that V = value, for each unit,
            and gives the likelihood of that value: two arrays over the units. None: noise is drawn blindly and kept
            where it gives the value.
        solvable: whether a value leaves only one possible noise, U = f⁻¹(value, parents).

    Source: Pearl 2009, Causality, definition 7.1.1. First taught: lesson 2a.
    """

    parents: tuple[str, ...]
    draw_noise: Draw
    evaluate: Callable[..., Array]
    kinds: Callable[..., tuple[Array, Array]] | None = None
    abduct: Callable[..., tuple[Array, Array]] | None = None
    solvable: bool = False

    def __post_init__(self) -> None:
        """Refuse a bare name, which would count as one parent a letter."""
        if isinstance(self.parents, str):
            raise ModelError(f"the parents are {self.parents!r}; put the name in a tuple: ({self.parents!r},).")

    def __repr__(self) -> str:
        """The parents; functions have no readable name of their own."""
        return f"Mechanism(parents={self.parents})"

    @property
    def noiseless(self) -> bool:
        """Whether the parents alone decide."""
        return self.draw_noise is no_noise


def standard_normal(rng: np.random.Generator, n: int) -> Array:
    """U ~ N(0, 1), one a unit."""
    return rng.standard_normal(n)


def uniform(rng: np.random.Generator, n: int) -> Array:
    """U ~ Uniform(0, 1), one a unit."""
    return rng.random(n)


def no_noise(rng: np.random.Generator, n: int) -> Array:
    """U = 0 for every unit; nothing is drawn."""
    return np.zeros(n)


def exogenous(draw_noise: Draw = standard_normal) -> Mechanism:
    """A variable that is nothing but its own noise: V = U."""
    return Mechanism(
        (), draw_noise, lambda noise: noise, abduct=lambda rng, value: (value, np.ones(len(value))), solvable=True
    )


def bernoulli(parents: tuple[str, ...], probability: Callable[..., Array | float]) -> Mechanism:
    """A 0/1 variable that is 1 with `probability(*parents)`: V = [U < p(parents)], U ~ Uniform(0, 1).

    The kinds of noise are the intervals between the probabilities that occur: for p = .2 and p = .7, U below .2 (always
    1), between (1 only in the second case) and above .7 (always 0).

    Raises `ModelError`, when it is used, where a probability does not lie between 0 and 1.
    """

    def chance(*values: Array) -> Array:
        p = np.asarray(probability(*values), dtype=float)
        if not (p.min(initial=0.0) >= -_ROUNDING and p.max(initial=1.0) <= 1 + _ROUNDING):  # so that NaN fails, too
            wrong = p[~((p >= -_ROUNDING) & (p <= 1 + _ROUNDING))].ravel()[0]
            raise ModelError(f"the chance of a 0/1 variable is {wrong:g}, but must lie between 0 and 1; mend its "
                             "equation, or pass a sum through 1 / (1 + exp(-sum)).")
        return p

    def evaluate(noise: Array, *values: Array) -> Array:
        return (noise < chance(*values)).astype(np.int8)

    def kinds(*values: Array) -> tuple[Array, Array]:
        return _between(chance(*values).ravel())

    def abduct(rng: np.random.Generator, value: Array, *values: Array) -> tuple[Array, Array]:
        p = np.clip(np.broadcast_to(chance(*values), value.shape), 0, 1)
        share = rng.random(len(value))
        one, zero = value == 1, value == 0  # U ~ Uniform(0, p), or Uniform(p, 1)
        return np.where(one, share * p, p + share * (1 - p)), np.where(one, p, np.where(zero, 1 - p, 0.0))

    return Mechanism(parents, uniform, evaluate, kinds, abduct)


def categorical(parents: tuple[str, ...], probabilities: Callable[..., Any], domain: Sequence[Any]) -> Mechanism:
    """A variable with finitely many values: V = the k-th of `domain` where U lies in the k-th share of (0, 1).

    `probabilities(*parents)` gives one probability for each value along the last axis: shape (units, values), or
    (values,) where they are the same for all units.

    Raises `ModelError`, when it is used, where they do not sum to one.
    """
    labels = np.asarray(list(domain))

    def ends(*values: Array) -> Array:  # (units, values): where each share of (0, 1) ends
        shares = np.atleast_2d(np.asarray(probabilities(*values), dtype=float))
        if shares.shape[-1] != len(labels):
            raise ModelError(f"{shares.shape[-1]} probabilities were given for {len(labels)} values; give one for each "
                             "value, along the last axis.")
        if (shares < 0).any() or not np.allclose(totals := shares.sum(axis=-1), 1, rtol=0, atol=1e-9):
            wrong = shares.min() if (shares < 0).any() else totals[np.abs(totals - 1).argmax()]
            raise ModelError(f"the probabilities of {', '.join(map(str, domain))} must be 0 or more and sum to 1, but "
                             f"{wrong:g} was found; divide each row by its sum.")
        return shares.cumsum(axis=-1)

    def evaluate(noise: Array, *values: Array) -> Array:
        return labels[(noise[:, np.newaxis] >= ends(*values)[:, :-1]).sum(axis=1)]

    def kinds(*values: Array) -> tuple[Array, Array]:
        return _between(ends(*values)[:, :-1].ravel())

    def abduct(rng: np.random.Generator, value: Array, *values: Array) -> tuple[Array, Array]:
        known = value[:, np.newaxis] == labels  # (units, values)
        upper = np.broadcast_to(ends(*values), known.shape)
        lower = np.concatenate([np.zeros((len(value), 1)), upper[:, :-1]], axis=1)
        low, high = (known * lower).sum(axis=1), (known * upper).sum(axis=1)
        return low + rng.random(len(value)) * (high - low), high - low

    return Mechanism(parents, uniform, evaluate, kinds, abduct)


def additive(parents: tuple[str, ...], mean: Callable[..., Array], scale: float = 1.0) -> Mechanism:
    """A variable with additive Gaussian noise: V = mean(parents) + scale * U, U ~ N(0, 1).

    A value tells the noise: U = (V - mean(parents)) / scale.

    Raises `ModelError` where `scale` is negative.
    """
    if not scale >= 0:
        raise ModelError(f"the scale of the noise is {scale:g} but must be 0 or more; give a standard deviation.")

    def abduct(rng: np.random.Generator, value: Array, *values: Array) -> tuple[Array, Array]:
        noise = (value - mean(*values)) / scale
        return noise, np.exp(-(noise**2) / 2) / (scale * np.sqrt(2 * np.pi))

    return Mechanism(
        parents,
        standard_normal,
        lambda noise, *values: mean(*values) + scale * noise,
        abduct=abduct if scale > 0 else None,  # without noise a value tells nothing of it
        solvable=scale > 0,
    )


def deterministic(parents: tuple[str, ...], function: Callable[..., Any]) -> Mechanism:
    """A variable that its parents decide: V = f(parents). A policy is one: "show what is popular"."""

    def evaluate(noise: Array, *values: Array) -> Array:
        found = np.asarray(function(*values))
        return _one_each(found, len(noise))

    def abduct(rng: np.random.Generator, value: Array, *values: Array) -> tuple[Array, Array]:
        noise = np.zeros(len(value))
        return noise, (evaluate(noise, *values) == value).astype(float)

    return Mechanism(parents, no_noise, evaluate, lambda *values: (np.zeros(1), np.ones(1)), abduct, solvable=True)


def discrete(parents: tuple[str, ...], noise: Mapping[Any, float], function: Callable[..., Any]) -> Mechanism:
    """A variable whose noise takes finitely many values with known probabilities: V = f(U, parents).

    `noise` maps each value of U to its probability; `function(noise, *parents)` works on arrays.

    Raises `ModelError` where the probabilities are negative or do not sum to one.
    Source: the form of Pearl's worked examples, such as the firing squad (2009, Causality, §7.1.2).
    """
    kinds_of_noise, chances = np.array(list(noise)), np.array(list(noise.values()), dtype=float)
    if not len(chances) or (chances < 0).any() or not np.isclose(chances.sum(), 1, rtol=0, atol=1e-9):
        raise ModelError(f"the probabilities of the noise must be 0 or more and sum to 1, but they are "
                         f"{', '.join(f'{chance:g}' for chance in chances) or 'none'}; divide them by their sum.")

    def pick(rng: np.random.Generator, weights: Array) -> Array:  # weights: (units, kinds)
        ends = weights.cumsum(axis=-1)
        place = (rng.random((len(weights), 1)) * ends[:, -1:] >= ends[:, :-1]).sum(axis=-1)
        return kinds_of_noise[place]

    def draw(rng: np.random.Generator, n: int) -> Array:
        return pick(rng, np.broadcast_to(chances, (n, len(chances))))

    def evaluate(given: Array, *values: Array) -> Array:
        found = np.asarray(function(given, *values))
        return _one_each(found, len(given))

    def abduct(rng: np.random.Generator, value: Array, *values: Array) -> tuple[Array, Array]:
        fits = [evaluate(np.full(len(value), kind), *values) == value for kind in kinds_of_noise]
        weights = np.stack(fits, axis=1) * chances  # (units, kinds)
        return pick(rng, weights), weights.sum(axis=1)

    return Mechanism(parents, draw, evaluate, lambda *values: (kinds_of_noise, chances), abduct)


def _one_each(found: Array, n: int) -> Array:
    """A value for each of n units, with 0 and 1 for false and true."""
    found = found.astype(np.int8) if found.dtype == bool else found
    return found if found.shape == (n,) else np.full(n, found)


def _between(cuts: Array) -> tuple[Array, Array]:
    """The middles and the lengths of the intervals into which the cuts divide (0, 1)."""
    edges = np.unique(np.concatenate([[0.0], np.clip(cuts, 0, 1), [1.0]]))
    # Cuts that differ by rounding only are one cut.
    edges = edges[np.concatenate([[True], np.diff(edges) > 1e-12])]
    edges[-1] = 1.0
    return (edges[:-1] + edges[1:]) / 2, np.diff(edges)
