"""Worlds: a model with something else done, seen through the units that the evidence leaves.

Where a discrete model has too many kinds of units to list them, the **twin network** gives the same exact answer: the
world as it is and the world as it would be, side by side, joined by their noise, with one variable after another summed
out in both at once.

First taught: lesson 2c.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from causalrec.causal.models.answer import Answer, written
from causalrec.causal.models.mechanism import Mechanism
from causalrec.causal.models.units import (
    Model,
    Units,
    abduct,
    check_variables,
    drawn_units,
    exact_units,
    grid,
    impossible,
    reached,
    rng_needed,
    supports,
)
from causalrec.errors import ModelError
from causalrec.types import Array

TWIN = "exact: twin network summed out"

MOST_VARIABLES = 52
"""More variables than this, both worlds together, numpy's einsum cannot name."""

Function = Callable[[Mapping[str, Array]], Array]


class Replaceable(Model, Protocol):
    """A model in which equations can be replaced."""

    def do(self, **changes: Any) -> Replaceable:
        """The submodel."""


@dataclass(frozen=True, repr=False)
class Counterfactual:
    """What would have been, had `do` been done, for the units that show the evidence.

    Attributes:
        model: the model in which the evidence was seen.
        world: its submodel, in which `do` was done.
        evidence: what was seen, by variable.
        do: what is done instead, by variable.
        drawn: the weighted units, where questions cannot be answered exactly.

    Source: Pearl 2009, Causality, theorem 7.1.7. First taught: lesson 2c.
    """

    model: Model
    world: Model
    evidence: Mapping[str, Any]
    do: Mapping[str, Any]
    drawn: Units | None

    @classmethod
    def of(cls, model: Model, world: Model, evidence: Mapping[str, Any], do: Mapping[str, Any], n: int,
           rng: np.random.Generator | None) -> Counterfactual:
        """The world for these units; raises `ModelError` for evidence that cannot be."""
        drawn = None
        finite = set(supports((model, world))) == set(model.mechanisms)
        if rng is not None and not finite:
            drawn = drawn_units(model, evidence, [(world, tuple(model.mechanisms))], n, rng)
        else:
            exact_units(model, evidence, [])  # raises where the evidence cannot be
        return cls(model, world, evidence, do, drawn)

    def __repr__(self) -> str:
        """What is done, and what was seen."""
        given = f" | {written(self.evidence)}" if self.evidence else ""
        return f"Counterfactual(do({written(self.do)}){given})"

    def units(self, *outcomes: str) -> Units | None:
        """The units with all noise that these outcomes need, exact where they can be listed.

        None where they are too many to be listed, though each is of one of finitely many kinds.

        Raises:
            ModelError: an unknown variable; no exact answer, and no units were drawn.
        """
        check_variables(self.world, outcomes)
        exact = exact_units(self.model, self.evidence, [(self.world, outcomes)])
        return self.drawn if exact is None else exact

    def mean(self, outcome: str) -> Answer:
        """E[Y_x | e]: the expected value of the outcome in this world.

        Raises:
            ModelError: an unknown variable, or one whose values are no numbers; no exact answer, and no units drawn.
        """

        def itself(values: Mapping[str, Array]) -> Array:
            if values[outcome].dtype.kind not in "biuf":
                raise ModelError(f"{outcome} takes values that are no numbers, so it has no mean; ask for its "
                                 "probability.")
            return values[outcome].astype(float)

        return self._average((outcome,), itself, f"E[{self._in_this_world(outcome)}]")

    def probability(self, **values: Any) -> Answer:
        """P(Y_x = y | e): the probability that the variables take these values in this world.

        Raises:
            ModelError: an unknown variable; no exact answer, and no units were drawn.
        """

        def fits(found: Mapping[str, Array]) -> Array:
            return np.all([found[name] == value for name, value in values.items()], axis=0).astype(float)

        return self._average(tuple(values), fits, f"P({self._in_this_world(*values, values=values)})")

    def _average(self, outcomes: tuple[str, ...], function: Function, query: str) -> Answer:
        """The mean of a function of the outcomes: over the units, or where they are too many over the twin network."""
        units = self.units(*outcomes)
        if units is not None:
            return answered(units, function(self.world.evaluate(units.noise, only=outcomes)), query)
        if (found := twin_distribution(self.model, self.world, self.evidence, outcomes)) is None:
            raise rng_needed()
        domains, chances = found
        values = dict(zip(outcomes, grid(domains, outcomes), strict=True))
        return Answer(float(chances.ravel() @ function(values)), query, TWIN)

    def _in_this_world(self, *outcomes: str, values: Mapping[str, Any] | None = None) -> str:
        """The outcomes with what is done and what was seen, as the textbooks write it: "y_{x=0}=1 | x=1"."""
        counterfactual = bool(self.do and self.evidence)
        mark = f"_{{{written(self.do)}}}" if counterfactual else ""
        asked = {f"{name}{mark}": value for name, value in (values or {}).items()}
        before = written(asked) if values else ", ".join(f"{name}{mark}" for name in outcomes)
        behind = written(self.evidence) if self.evidence else f"do({written(self.do)})" if self.do else ""
        return f"{before} | {behind}" if behind else before


def answered(units: Units, values: Array, query: str, unit: str = "") -> Answer:
    """The mean of the units' values as an answer."""
    return Answer(units.mean(values), query, units.method, units.standard_error(values), units.effective_n, unit)


def difference(model: Replaceable, outcome: str, low: Mapping[str, Any], high: Mapping[str, Any],
               evidence: Mapping[str, Any], n: int, rng: np.random.Generator | None) -> tuple[Units, Array]:
    """The units that fit the evidence, and for each its outcome under `high` less its outcome under `low`."""
    before, after = model.do(**low), model.do(**high)
    units = abduct(model, evidence, [(before, (outcome,)), (after, (outcome,))], n, rng)
    reached = [world.evaluate(units.noise, only=(outcome,))[outcome].astype(float) for world in (before, after)]
    return units, reached[1] - reached[0]


def ends(model: Model, variable: str, at: float | None, step: float | None) -> tuple[float, float]:
    """Between which two values of the variable `do_prime` compares.

    Raises:
        ModelError: an unknown variable; values that are no numbers; a step that is not above 0; no `at` where the
            variable has not two values; no other value to compare with.
    """
    check_variables(model, (variable,))
    if step is not None and not step > 0:
        raise ModelError(f"the step is {step:g} but must be above 0; leave it out for the default.")
    values = supports([model]).get(variable)
    if values is not None and not all(isinstance(value, int | float) for value in values):
        raise ModelError(f"{variable} takes values that are no numbers, so nothing changes per unit of it; compare two "
                         "of its values with baseline.")
    if values is not None and len(values) == 1 and (at is None or (at == values[0] and step is None)):
        raise ModelError(f"{variable} takes only the value {values[0]:g}, so there is nothing to compare it with; pass "
                         f"at={values[0]:g} and step=….")
    if at is None:
        if values is None or len(values) != 2:
            raise ModelError(f"{variable} takes more than two values, so say where to look: pass at=….")
        return values[0], values[1]
    if values is None:
        return at - (step or 0.01), at + (step or 0.01)
    if step is not None:
        return at, at + step
    above, below = [v for v in values if v > at], [v for v in values if v < at]
    return (at, above[0]) if above else (below[-1], at)


# ---- the twin network ------------------------------------------------------------------------------------------------


def twin_distribution(model: Model, world: Model, evidence: Mapping[str, Any],
                      outcomes: Sequence[str]) -> tuple[dict[str, tuple[Any, ...]], Array] | None:
    """P(outcomes in the world | evidence in the model): the domains, and an array with an axis an outcome.

    The joint of both worlds is a product of factors, one a noise U: Σ_u P(u) [f(u, pa) = v] [f*(u, pa*) = v*].
    None where a variable that matters takes infinitely many values, or where there are too many variables.

    Raises:
        ModelError: evidence of probability zero.

    Source: Balke & Pearl 1994, Probabilistic evaluation of counterfactual queries; Pearl 2009, Causality, §7.1.4.
    """
    domains = supports((model, world))
    past, ahead = model.graph.ancestors(evidence), world.graph.ancestors(outcomes)
    if not past | ahead <= set(domains) or len(past) + len(ahead) > MOST_VARIABLES:
        return None
    acting: dict[str, list[tuple[str, str, Mechanism]]] = {}  # by noise: (world, variable, its mechanism there)
    for side, submodel, names in (("seen", model, past), ("done", world, ahead)):
        for name in sorted(names):
            acting.setdefault(submodel.noise_key(name), []).append((side, name, submodel.mechanisms[name]))
    axis = {pair: place for place, pair in enumerate([*(("seen", v) for v in past), *(("done", v) for v in ahead)])}
    operands: list[Any] = []
    for both in acting.values():
        operands += [_factor(both, domains), [axis[side, v] for side, name, m in both for v in (*m.parents, name)]]
    for name, value in evidence.items():
        operands += [np.array([float(v == value) for v in domains[name]]), [axis["seen", name]]]
    joint = np.einsum(*operands, [axis["done", name] for name in outcomes], optimize="greedy")
    if not (total := joint.sum()) > 0:
        raise impossible(evidence)
    return domains, joint / total


def _factor(both: Sequence[tuple[str, str, Mechanism]], domains: Mapping[str, Sequence[Any]]) -> Array:
    """Σ_u P(u) [f(u, pa) = v] …, with the axes of each world's parents and variable in turn."""
    noisy = next((mechanism for _, _, mechanism in both if not mechanism.noiseless), both[0][2])
    kinds, chances = noisy.kinds(*grid(domains, noisy.parents))  # type: ignore[misc]  # its domain is known
    factor, shape = chances[:, np.newaxis], []
    for _, name, mechanism in both:
        hits = reached(mechanism, kinds, domains)[:, :, np.newaxis] == np.asarray(domains[name])
        # (kinds, so far) and (cases of the parents, kinds, values)
        factor = np.einsum("ks,ckv->kscv", factor, hits).reshape(len(kinds), -1)
        shape += [len(domains[parent]) for parent in mechanism.parents] + [len(domains[name])]
    return factor.sum(axis=0).reshape(shape)
