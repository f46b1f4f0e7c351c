"""Worlds: a model with something else done, seen through the units that the evidence leaves.

First taught: lesson 2c.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from causalrec.causal.models.answer import Answer, written
from causalrec.causal.models.twin_network import TWIN, twin_distribution
from causalrec.causal.models.units import Model, Units, abduct, drawn_units, exact_units, grid, rng_needed, supports
from causalrec.errors import ModelError
from causalrec.types import Array

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
    def of(
        cls,
        model: Model,
        world: Model,
        evidence: Mapping[str, Any],
        do: Mapping[str, Any],
        n: int,
        rng: np.random.Generator | None,
    ) -> Counterfactual:
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
        if unknown := sorted(set(outcomes) - set(self.world.mechanisms)):
            raise ModelError(f"the model has no variable {unknown[0]}; it has {', '.join(self.world.mechanisms)}.")
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


def difference(
    model: Replaceable,
    outcome: str,
    low: Mapping[str, Any],
    high: Mapping[str, Any],
    evidence: Mapping[str, Any],
    n: int,
    rng: np.random.Generator | None,
) -> tuple[Units, Array]:
    """The units that fit the evidence, and for each its outcome under `high` less its outcome under `low`."""
    before, after = model.do(**low), model.do(**high)
    units = abduct(model, evidence, [(before, (outcome,)), (after, (outcome,))], n, rng)
    reached = [world.evaluate(units.noise, only=(outcome,))[outcome].astype(float) for world in (before, after)]
    return units, reached[1] - reached[0]


def ends(model: Model, variable: str, at: float | None, step: float | None) -> tuple[float, float]:
    """Between which two values of the variable `do_prime` compares.

    Raises:
        ModelError: an unknown variable; values that are no numbers; a step that is not above 0; no `at` where the
            variable has more than two values.
    """
    if variable not in model.mechanisms:
        raise ModelError(f"the model has no variable {variable}; it has {', '.join(model.mechanisms)}.")
    if step is not None and not step > 0:
        raise ModelError(f"the step is {step:g} but must be above 0; leave it out for the default.")
    values = supports([model]).get(variable)
    if values is not None and not all(isinstance(value, int | float) for value in values):
        raise ModelError(f"{variable} takes values that are no numbers, so nothing changes per unit of it; compare two "
                         "of its values with baseline.")
    if at is None:
        if values is None or len(values) != 2:
            raise ModelError(f"{variable} takes more than two values, so say where to look: pass at=….")
        return values[0], values[1]
    if values is None:
        return at - (step or 0.01), at + (step or 0.01)
    if step is not None:
        return at, at + step
    above, below = [v for v in values if v > at], [v for v in values if v < at]
    if not above and not below:
        raise ModelError(f"{variable} takes only the value {at:g}, so pass step=… to say what to compare it with.")
    return (at, above[0]) if above else (below[-1], at)
