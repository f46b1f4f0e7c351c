"""Abduction: which units can be meant, given what was seen, and how probable each is.

A *unit* is one draw of all noise: a person, a visit, a pair. Whatever would have happened to it in whatever world
follows from its noise. So every question about a model is an average over units: over all of them for "what if we
act", over those that fit the evidence for "what would have been".

Where every noise that matters has finitely many kinds, all units are enumerated and the average is exact. Where the
evidence leaves one unit only, its noise is solved for. Otherwise units are drawn, and weighted by how likely each makes
the evidence.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from causalrec.causal.graphs.graph import CausalGraph
from causalrec.causal.models.mechanism import Mechanism
from causalrec.errors import ModelError
from causalrec.types import Array
from causalrec.wording import instead

EXACT = "exact: every kind of unit enumerated"
SOLVED = "exact: noise solved for"
WEIGHTED = "weighting"
SAMPLED = "sampling"

MOST_UNITS = 2_000_000
"""More kinds of units than this are not enumerated."""


class Model(Protocol):
    """What abduction needs of a structural causal model."""

    @property
    def mechanisms(self) -> Mapping[str, Mechanism]:
        """A mechanism for every variable."""

    @property
    def graph(self) -> CausalGraph:
        """An arrow from each parent."""

    def noise_key(self, name: str) -> str:
        """Under which name a variable's noise is kept."""

    def evaluate(self, noise: Mapping[str, Array], *, only: tuple[str, ...] = ()) -> dict[str, Array]:
        """The variables' values, given each unit's noise."""


@dataclass(frozen=True, repr=False)
class Units:
    """Units with their noise by variable, and the probability of each given the evidence; `weights` sum to one."""

    noise: Mapping[str, Array]
    weights: Array
    method: str

    def __repr__(self) -> str:
        """How many, and how they were found."""
        return f"Units({len(self.weights):,}; {self.method})"

    @property
    def exact(self) -> bool:
        """Whether averages over these units carry no sampling error."""
        return self.method in (EXACT, SOLVED)

    @property
    def effective_n(self) -> float:
        """How many equally weighted units would tell as much: 1 / Σ wᵢ² (Kish 1965)."""
        return float(1 / (self.weights**2).sum())

    def mean(self, values: Array) -> float:
        """Σ wᵢ vᵢ."""
        return float(self.weights @ values)

    def standard_error(self, values: Array) -> float:
        """The standard error of `mean`, √Σ wᵢ² (vᵢ − v̄)²; 0 where the units are exact."""
        away = values - self.mean(values)
        if self.exact or np.abs(away).max() <= 1e-12 * np.abs(values).max():  # the same for every unit
            return 0.0
        return float(np.sqrt(self.weights**2 @ away**2))


Asked = Sequence[tuple[Model, Collection[str]]]
"""Worlds, each with the outcomes asked of it."""


def abduct(model: Model, evidence: Mapping[str, Any], asked: Asked, n: int = 100_000,
           rng: np.random.Generator | None = None) -> Units:
    """The units that fit the evidence, with all noise that the worlds need to tell their outcomes.

    Exact where it can be; else `n` units drawn with `rng`.

    Raises:
        ModelError: an unknown variable; evidence of probability zero; units that must be drawn, and no `rng`.

    Source: Pearl 2009, Causality, theorem 7.1.7, step 1.
    """
    if (units := exact_units(model, evidence, asked)) is not None:
        return units
    if rng is None:
        raise rng_needed()
    return drawn_units(model, evidence, asked, n, rng)


def exact_units(model: Model, evidence: Mapping[str, Any], asked: Asked) -> Units | None:
    """All units that fit the evidence: every kind of them, or the one whose noise it tells; None where neither works.

    Raises:
        ModelError: an unknown variable; evidence of probability zero.
    """
    past, sources = _sources(model, evidence, asked)
    if all(mechanism.kinds is not None for mechanism in sources.values()):
        if (units := _enumerated(model, evidence, past, sources, [world for world, _ in asked])) is not None:
            return units
    ahead = _sources(model, {}, asked)[1]
    if past <= set(evidence) and all(key in past and model.mechanisms[key].solvable for key in ahead):
        only = drawn_units(model, evidence, asked, 1, np.random.default_rng(0))  # what is drawn here plays no part
        return Units(only.noise, only.weights, SOLVED)
    return None


def _sources(model: Model, evidence: Mapping[str, Any], asked: Asked) -> tuple[frozenset[str], dict[str, Mechanism]]:
    """All that the evidence comes from, and the mechanisms whose noise matters, by the noise's key, causes first."""
    check_variables(model, evidence)
    past = model.graph.ancestors(evidence)
    found: dict[str, Mechanism] = {}
    for world, names in ((model, past), *((world, world.graph.ancestors(outcomes)) for world, outcomes in asked)):
        for name in world.graph.order:
            if name in names and not world.mechanisms[name].noiseless:
                found.setdefault(world.noise_key(name), world.mechanisms[name])
    return past, found


# ---- exact -----------------------------------------------------------------------------------------------------------


def _enumerated(model: Model, evidence: Mapping[str, Any], past: frozenset[str], sources: Mapping[str, Mechanism],
                worlds: Sequence[Model]) -> Units | None:
    """Every kind of unit that fits the evidence, with its probability; None where there are too many."""
    domains = supports((model, *worlds))
    noise: dict[str, Array] = {}
    values: dict[str, Array] = {}
    weights = np.ones(1)
    behind = [name for name in model.graph.order if name in past]
    keys = {model.noise_key(name): name for name in behind}
    for key in (*keys, *(key for key in sources if key not in keys)):
        if key in sources:
            kinds, chances = sources[key].kinds(*grid(domains, sources[key].parents))  # type: ignore[misc]
            if len(weights) * len(kinds) > MOST_UNITS:
                return None
            unit = np.repeat(np.arange(len(weights)), len(kinds))  # every unit so far, with every kind of noise
            noise = {name: drawn[unit] for name, drawn in noise.items()} | {key: np.tile(kinds, len(weights))}
            values = {name: value[unit] for name, value in values.items()}
            weights = weights[unit] * np.tile(chances, len(weights))
        if (name := keys.get(key)) is None:
            continue
        parents = (values[parent] for parent in model.mechanisms[name].parents)
        values[name] = model.mechanisms[name].evaluate(noise.get(key, np.zeros(len(weights))), *parents)
        if name in evidence:
            fits = (values[name] == evidence[name]) & (weights > 0)
            noise, values = ({n: array[fits] for n, array in held.items()} for held in (noise, values))
            weights = weights[fits]
            if not len(weights):
                raise impossible(evidence)
    return Units(_complete(noise, (model, *worlds), len(weights)), weights / weights.sum(), EXACT)


def supports(worlds: Sequence[Model]) -> dict[str, tuple[Any, ...]]:
    """Per variable every value that it can take in any of the worlds, in order.

    A variable with infinitely many values is left out, with all that it causes.
    """
    found: dict[str, tuple[Any, ...]] = {}
    for _ in worlds:  # where one world turns an arrow of another round, all causes are known one pass later
        for world in worlds:
            for name in world.graph.order:
                mechanism = world.mechanisms[name]
                if mechanism.kinds is not None and set(mechanism.parents) <= set(found):
                    kinds, _ = mechanism.kinds(*grid(found, mechanism.parents))
                    values = reached(mechanism, kinds, found).ravel().tolist()
                    found[name] = tuple(np.unique([*found.get(name, ()), *values]).tolist())
    return found


def reached(mechanism: Mechanism, kinds: Array, domains: Mapping[str, Sequence[Any]]) -> Array:
    """What the variable becomes for every combination of its parents' values and kind of noise: (cases, kinds)."""
    cases = grid(domains, mechanism.parents)
    rows = len(cases[0]) if cases else 1
    values = mechanism.evaluate(np.tile(kinds, rows), *(np.repeat(case, len(kinds)) for case in cases))
    return values.reshape(rows, len(kinds))


def grid(domains: Mapping[str, Sequence[Any]], names: Sequence[str]) -> list[Array]:
    """Arrays that together run through every combination of the variables' values, the last one fastest."""
    axes = [np.asarray(domains[name]) for name in names]
    return [axis.ravel() for axis in np.meshgrid(*axes, indexing="ij")] if axes else []


# ---- by weighting ----------------------------------------------------------------------------------------------------


def drawn_units(model: Model, evidence: Mapping[str, Any], asked: Asked, n: int, rng: np.random.Generator) -> Units:
    """`n` units drawn in causal order, each weighted by the likelihood of the evidence given what came before.

    Raises:
        ModelError: an unknown variable; evidence that none of the units fits.

    Source: likelihood weighting (Fung & Chang 1990; Shachter & Peot 1990).
    """
    past, sources = _sources(model, evidence, asked)
    noise: dict[str, Array] = {}
    values: dict[str, Array] = {}
    weights = np.ones(n)
    for name in model.graph.order:
        if name not in past:
            continue
        mechanism, key = model.mechanisms[name], model.noise_key(name)
        parents = [values[parent] for parent in mechanism.parents]
        if name in evidence:
            values[name] = np.full(n, evidence[name])
            noise[key], likelihood = _fitting(mechanism, values[name], parents, rng)
            weights = weights * likelihood
        else:
            noise[key] = mechanism.draw_noise(rng, n)
            values[name] = mechanism.evaluate(noise[key], *parents)
    if not (total := weights.sum()) > 0:
        raise impossible(evidence, n)
    noise |= {key: mechanism.draw_noise(rng, n) for key, mechanism in sources.items() if key not in noise}
    worlds = [model, *(world for world, _ in asked)]
    return Units(_complete(noise, worlds, n), weights / total, WEIGHTED if evidence else SAMPLED)


def _fitting(mechanism: Mechanism, value: Array, parents: list[Array], rng: np.random.Generator) -> tuple[Array, Array]:
    """Noise under which the mechanism gives the value, and the likelihood of the value."""
    if mechanism.abduct is not None:
        return mechanism.abduct(rng, value, *parents)
    noise = mechanism.draw_noise(rng, len(value))
    return noise, (mechanism.evaluate(noise, *parents) == value).astype(float)


def _complete(noise: dict[str, Array], worlds: Sequence[Model], n: int) -> dict[str, Array]:
    """The noise, with zeros for every variable that needs none."""
    names = {world.noise_key(name) for world in worlds for name in world.mechanisms}
    return noise | {name: np.zeros(n) for name in names if name not in noise}


def check_variables(model: Model, names: Iterable[object]) -> None:
    """Nothing, if the model has all these variables; else a `ModelError` that names the first it lacks."""
    for name in names:
        if not isinstance(name, str) or name not in model.mechanisms:
            raise ModelError(f"the model has no variable {name!r}; {instead(name, model.mechanisms)}")


def check_values(model: Model, values: object) -> None:
    """Nothing, if these are values of the model's variables, by name; else a `ModelError` that says what is needed."""
    if not isinstance(values, Mapping):
        raise ModelError(f"values by variable are asked for, such as {{{next(iter(model.mechanisms))!r}: 1}}, and not "
                         f"{values!r}.")
    check_variables(model, values)


def impossible(evidence: Mapping[str, Any], n: int | None = None) -> ModelError:
    """The error for evidence that cannot be."""
    seen = ", ".join(f"{name}={value}" for name, value in evidence.items())
    if n is None:
        return ModelError(f"the evidence {seen} has probability zero in this model; ask of something that can happen.")
    return ModelError(f"none of {n:,} drawn units fits the evidence {seen}: it is impossible or too rare; give less "
                      "evidence or draw more units.")


def rng_needed() -> ModelError:
    """The error for a question that needs draws where no generator was passed."""
    return ModelError("this question cannot be computed exactly for this model, so units must be drawn: pass "
                      "rng=np.random.default_rng(seed), and n for how many.")
