"""Structural causal models: equations with noise, and what replacing an equation does.

A model M = <U, V, F, P(U)> (Pearl 2009, def. 7.1.1) is a `Mechanism` per variable. Each mechanism keeps its noise U
apart from its function f, so that one draw of the noise can be run through the model as it is and through a submodel
M_x: that is what makes two *potential outcomes* of the same unit comparable.

First taught: lesson 2a (model, sample, do, table), lesson 2c (observe, baseline, counterfactual, do_prime).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from causalrec.causal.formulas.table import Table
from causalrec.causal.graphs.graph import CausalGraph
from causalrec.causal.models.answer import Answer
from causalrec.causal.models.counterfactual import Counterfactual, answered, difference, ends
from causalrec.causal.models.mechanism import Draw, Mechanism, deterministic
from causalrec.causal.models.units import check_values, check_variables, grid, reached, supports
from causalrec.errors import ModelError
from causalrec.types import Array

if TYPE_CHECKING:
    import pandas as pd

Change = float | Array | Mechanism | Callable[[Array], Array]
"""What `do` puts in a variable's place: a value (or one a unit), another equation, or a change of its own value."""


@dataclass(frozen=True, repr=False)
class SCM:
    """A structural causal model: one mechanism a variable, some of them hidden from the log.

    `natural` holds the noise of variables whose equation was replaced: it is still drawn, so that it stays shared.

    Raises `ModelError` where a parent or a hidden variable has no mechanism, `GraphError` where the mechanisms form a
    cycle.
    Source: Pearl (2009), *Causality*, def. 7.1.1 (model), def. 7.1.2 (submodel). First taught: lesson 2a.
    """

    mechanisms: Mapping[str, Mechanism]
    hidden: frozenset[str] = field(default=frozenset())
    natural: Mapping[str, Draw] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Check that all are mechanisms, and that every name that is used has one."""
        if not isinstance(self.mechanisms, Mapping):
            raise ModelError("an SCM is made of mechanisms by variable, such as {'x': bernoulli((), lambda: 0.5)}, and "
                             f"not of {self.mechanisms!r}.")
        if wrong := [name for name, mechanism in self.mechanisms.items() if not isinstance(mechanism, Mechanism)]:
            raise ModelError(f"the mechanism of {wrong[0]} is {self.mechanisms[wrong[0]]!r}; make one with bernoulli, "
                             "categorical, additive, deterministic, discrete or exogenous.")
        if isinstance(self.hidden, str):
            raise ModelError(f"hidden is the text {self.hidden!r}; put the name into a set: {{{self.hidden!r}}}.")
        object.__setattr__(self, "hidden", frozenset(self.hidden))
        used = {parent for mechanism in self.mechanisms.values() for parent in mechanism.parents} | self.hidden
        if unknown := sorted(used - set(self.mechanisms)):
            raise ModelError(f"no mechanism for {', '.join(unknown)}: give one for every parent and every hidden "
                             "variable.")
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

    @cached_property
    def visible_graph(self) -> CausalGraph:
        """The graph of what a log holds: hidden variables leave arrows and bidirected edges behind.

        X -> Y if a directed path leads there through hidden variables only; X <-> Y if such paths lead to both from one
        hidden variable. Source: Verma (1993), latent projection; Pearl 2009, definition 2.6.1. First taught: lesson 2a.
        """
        seen = [name for name in self.mechanisms if name not in self.hidden]

        def ahead(start: str) -> set[str]:
            """The seen variables that `start` causes through hidden ones alone."""
            found = self.graph.children(start)
            return set().union(*(ahead(child) if child in self.hidden else {child} for child in found))

        arrows = {(cause, effect) for cause in seen for effect in ahead(cause)}
        pairs = {frozenset((one, other)) for cause in self.hidden for one in ahead(cause) for other in ahead(cause)}
        return CausalGraph(tuple(seen), frozenset(arrows), frozenset(pair for pair in pairs if len(pair) == 2))

    # ---- acting --------------------------------------------------------------------------------------------------

    def do(self, **changes: Change) -> SCM:
        """The submodel in which each named variable has another equation; all noise is shared with this model.

        A number replaces the equation by a constant: M_x. A `Mechanism` replaces it by another equation, with noise of
        its own where it has some: `bernoulli((), …)` tosses a coin instead, `deterministic(("z",), f)` follows a
        policy. A function changes the value that the variable would have had: `do(price=lambda natural: natural + 1)`.

        Raises `ModelError` for a variable that the model does not have, `GraphError` where a policy makes a cycle.
        Source: Pearl (2009), def. 7.1.2; Correa & Bareinboim (2020) for other equations. First taught: lesson 2a.
        """
        check_variables(self, changes)
        changed = {name: _changed(change, self.mechanisms[name]) for name, change in changes.items()}
        kept = {name: self.mechanisms[name].draw_noise for name, change in changes.items() if not _is_shift(change)}
        return replace(self, mechanisms={**self.mechanisms, **changed}, natural={**kept, **self.natural})

    # ---- running -------------------------------------------------------------------------------------------------

    def noise_key(self, name: str) -> str:
        """Under which name `draw_noise` gives a variable's noise: "x'" where a new equation of x brought its own."""
        return f"{name}'" if name in self.natural and not self.mechanisms[name].noiseless else name

    def draw_noise(self, n: int, rng: np.random.Generator) -> dict[str, Array]:
        """The noise U of `n` units, by variable. A submodel draws the very same noise from the same generator state.

        What a new equation needs beyond that is drawn last, so that the rest stays shared.
        """
        draws = {name: self.natural.get(name, mechanism.draw_noise) for name, mechanism in self.mechanisms.items()}
        draws |= {self.noise_key(name): self.mechanisms[name].draw_noise for name in self._renewed}
        return {name: draw(rng, n) for name, draw in draws.items()}

    @property
    def _renewed(self) -> tuple[str, ...]:
        """The variables whose new equation brought noise of its own."""
        return tuple(name for name in self.mechanisms if self.noise_key(name) != name)

    def evaluate(self, noise: Mapping[str, Array], *, only: tuple[str, ...] = ()) -> dict[str, Array]:
        """Every variable's value, given the noise of each unit: the equations solved in causal order.

        With `only`, these variables and what they come from. Raises `ModelError` where a variable's noise is missing.
        """
        needed = self.graph.ancestors(only) if only else set(self.mechanisms)
        if missing := sorted({self.noise_key(name) for name in needed} - set(noise)):
            raise ModelError(f"no noise for {', '.join(missing)}: draw it with draw_noise, or gather it from wider "
                             "units.")
        values: dict[str, Array] = {}
        for name in self.graph.order:
            if name in needed:
                mechanism = self.mechanisms[name]
                parents = (values[parent] for parent in mechanism.parents)
                values[name] = mechanism.evaluate(noise[self.noise_key(name)], *parents)
        return values

    def sample(self, n: int, rng: np.random.Generator, *, hidden: bool = False) -> pd.DataFrame:
        """`n` units drawn from the model, a row each; hidden variables are left out unless `hidden` is true.

        First taught: lesson 2a.
        """
        import pandas as pd

        if self.graph.order == tuple(self.mechanisms) and not self._renewed:
            values: dict[str, Array] = {}  # noise is drawn in this order: it can be used and dropped at once
            for name, mechanism in self.mechanisms.items():
                noise = self.natural.get(name, mechanism.draw_noise)(rng, n)
                values[name] = mechanism.evaluate(noise, *(values[parent] for parent in mechanism.parents))
        else:
            values = self.evaluate(self.draw_noise(n, rng))
        shown = {name: values[name] for name in self.mechanisms if hidden or name not in self.hidden}
        return pd.DataFrame(shown, copy=False)

    # ---- exact ---------------------------------------------------------------------------------------------------

    def table(self, variables: str | Iterable[str] | None = None, *, hidden: bool = False) -> Table:
        """The exact joint distribution of the variables: of all that a log holds, or with the hidden ones too.

        P(v) = Σ over hidden Π_i P(v_i | parents of V_i), each factor counted over the kinds of the variable's noise.
        Takes memory for every combination of the values asked for.

        Raises `ModelError` for an unknown variable, or one with infinitely many values.
        Source: Pearl (2009), eq. 1.33. First taught: lesson 2a.
        """
        if variables is None:
            wanted = tuple(name for name in self.mechanisms if hidden or name not in self.hidden)
        else:
            wanted = (variables,) if isinstance(variables, str) else tuple(variables)
        check_variables(self, wanted)
        behind = self.graph.ancestors(wanted)
        needed = [name for name in self.graph.order if name in behind]
        domains = supports([self])
        if endless := [name for name in needed if name not in domains]:
            raise ModelError(f"{endless[0]} takes infinitely many values, or one of its causes does, so no table can "
                             "hold them; sample the model, or use bernoulli, categorical, discrete and deterministic.")
        axis = {name: place for place, name in enumerate(needed)}
        factors: list[Any] = []
        for name in needed:
            factors += [self._factor(name, domains), [axis[v] for v in (*self.mechanisms[name].parents, name)]]
        entries = np.einsum(*factors, [axis[name] for name in wanted], optimize="greedy")
        return Table(wanted, tuple(domains[name] for name in wanted), entries)

    def _factor(self, name: str, domains: Mapping[str, tuple[Any, ...]]) -> Array:
        """P(V = v | parents), an axis a parent and the last one for v."""
        mechanism, domain = self.mechanisms[name], np.asarray(domains[name])
        kinds, chances = mechanism.kinds(*grid(domains, mechanism.parents))  # type: ignore[misc]  # its domain is known
        hits = reached(mechanism, kinds, domains)[:, :, np.newaxis] == domain  # (cases of the parents, kinds, values)
        factor = np.einsum("ckv,k->cv", hits, chances)
        return factor.reshape(*(len(domains[parent]) for parent in mechanism.parents), len(domain))

    # ---- asking --------------------------------------------------------------------------------------------------

    def observe(self, outcome: str, given: Mapping[str, Any] | None = None, *, n: int = 100_000,
                rng: np.random.Generator | None = None) -> Answer:
        """E[outcome | given]: what is seen among the units that are so by themselves; nothing is changed.

        Exact where the model is discrete; else from `n` units drawn with `rng`, weighted by the likelihood of `given`.
        Raises `ModelError`: unknown variable, impossible `given`, or no `rng` where one is needed.
        First taught: lesson 2c, the first sense of "undo".
        """
        return self.counterfactual({} if given is None else given, n=n, rng=rng).mean(outcome)

    def baseline(self, outcome: str, do: Mapping[str, Change], *, n: int = 100_000,
                 rng: np.random.Generator | None = None) -> Answer:
        """E[outcome | do(x₀)]: what everyone would get if the variables were set.

        Exact where the model is discrete, else from `n` units drawn with `rng`. Raises as `observe`.
        First taught: lesson 2c, the second sense of "undo".
        """
        return self.counterfactual({}, do=do, n=n, rng=rng).mean(outcome)

    def counterfactual(self, evidence: Mapping[str, Any], do: Mapping[str, Change] | None = None, *, n: int = 100_000,
                       rng: np.random.Generator | None = None) -> Counterfactual:
        """What would have been for units that show this evidence, had `do` been done: Y_x given e.

        1. Abduction: P(U = u | e), the units that fit the evidence.  2. Action: the submodel M_x.  3. Prediction: run
        it with those units' noise. Exact for discrete models (every kind of unit is enumerated) and where the evidence
        tells the noise (additive mechanisms, all causes seen); otherwise `n` units are drawn with `rng` and weighted.
        Each answer says which.

        Raises `ModelError`: an unknown variable; evidence of probability zero.
        Source: Pearl (2009), theorem 7.1.7. First taught: lesson 2c, the third sense of "undo".
        """
        do = {} if do is None else do
        check_values(self, evidence)
        check_values(self, do)
        return Counterfactual.of(self, self.do(**do), evidence, do, n, rng)

    def do_prime(self, outcome: str, variable: str, *, at: float | None = None, step: float | None = None,
                 unit: str = "", n: int = 100_000, rng: np.random.Generator | None = None) -> Answer:
        """How E[outcome | do(x)] changes with x, per unit of x: through every path, not with the rest held still.

        For x with two values, the difference μ(high) − μ(low) over that of the values; for x with more values
        [μ(next) − μ(at)] / (next − at); for continuous x the derivative at `at`, as
        [μ(at + step) − μ(at − step)] / (2 step) with the same units on both sides (`step` is .01 unless given).

        `unit` says in what x is counted: "euro" makes the answer "per euro". Raises `ModelError`: unknown variables; no
        `at` where one is needed; values that are no numbers; no `rng` where one is needed.
        First taught: lesson 2c.
        """
        check_variables(self, (outcome,))
        low, high = ends(self, variable, at, step)
        units, changes = difference(self, outcome, {variable: low}, {variable: high}, {}, n, rng)
        query = f"d E[{outcome} | do({variable})] / d {variable}" + ("" if at is None else f" at {variable}={at:g}")
        return answered(units, changes / (high - low), query, f"{outcome} per {unit or f'unit of {variable}'}")


def check_model(model: object, *variables: object) -> None:
    """Nothing, if this is a model that has these variables; else a `ModelError` that says what is asked for."""
    if not isinstance(model, SCM):
        raise ModelError(f"an SCM is asked for and not {model!r}; build one of mechanisms, as in "
                         "SCM({'x': bernoulli((), lambda: 0.5)}).")
    check_variables(model, variables)


def _is_shift(change: Change) -> bool:
    return callable(change) and not isinstance(change, Mechanism)


def _changed(change: Change, mechanism: Mechanism) -> Mechanism:
    """The mechanism that `do` puts in place of this one."""
    if isinstance(change, Mechanism):
        return change
    if callable(change):
        return replace(
            mechanism,
            evaluate=lambda noise, *values: change(mechanism.evaluate(noise, *values)),
            abduct=None,
            solvable=False,
        )
    return deterministic((), lambda: np.asarray(change))
