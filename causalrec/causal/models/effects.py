"""Named counterfactual quantities: effects along paths, on the treated, and the probabilities of causes.

Each is an average over units, and each unit is run through several submodels with the same noise. All are exact for
discrete models; otherwise `n` units are drawn with `rng`, and the answer carries its standard error.

All raise `ModelError` for a model that is no `SCM`, for variables that it lacks, and where an `rng` is needed and none
was given. First taught: lesson 2c.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from causalrec.causal.models.answer import Answer, written
from causalrec.causal.models.counterfactual import answered, difference
from causalrec.causal.models.scm import SCM, check_model
from causalrec.causal.models.units import Units, abduct, check_values, supports
from causalrec.errors import ModelError
from causalrec.types import Array, Names

Generator = np.random.Generator | None


def nested(model: SCM, outcome: str, do: Mapping[str, Any], natural: Mapping[str, Mapping[str, Any]], *,
           n: int = 100_000, rng: Generator = None) -> Answer:
    """E[Y_{x, M_{x'}}]: the outcome under `do`, with each mediator at the value it would have under its own do.

    `natural={"m": {"x": 0}}` takes m as it would be under do(x=0).

    Raises `ModelError` also for a variable both set and taken as natural.
    Source: Robins & Greenland 1992; Pearl 2001, Direct and indirect effects.
    """
    check_model(model, outcome)
    check_values(model, do)
    check_values(model, natural)
    for set_there in natural.values():
        check_values(model, set_there)
    units, values = _nested(model, outcome, [(do, natural)], n, rng)
    worlds = ", ".join(f"{name}_{{{written(other)}}}" for name, other in natural.items())
    return answered(units, values[0], f"E[{outcome}_{{{written(do)}{', ' * bool(do and natural)}{worlds}}}]")


def total_effect(model: SCM, x: str, y: str, *, low: Any = 0, high: Any = 1, n: int = 100_000,
                 rng: Generator = None) -> Answer:
    """TE = E[Y_high − Y_low]: what changing x changes, along every path."""
    check_model(model, x, y)
    units, changes = difference(model, y, {x: low}, {x: high}, {}, n, rng)
    return answered(units, changes, f"TE of {x} on {y}")


def controlled_direct_effect(model: SCM, x: str, y: str, mediators: Mapping[str, Any], *, low: Any = 0, high: Any = 1,
                             n: int = 100_000, rng: Generator = None) -> Answer:
    """CDE(m) = E[Y_{high, m} − Y_{low, m}]: with the mediators set to one value for everyone."""
    check_model(model)
    check_values(model, mediators)
    _apart(model, x, y, mediators)
    units, changes = difference(model, y, {x: low, **mediators}, {x: high, **mediators}, {}, n, rng)
    return answered(units, changes, f"CDE of {x} on {y} at {written(mediators)}")


def natural_direct_effect(model: SCM, x: str, y: str, mediators: Names, *, low: Any = 0, high: Any = 1,
                          n: int = 100_000, rng: Generator = None) -> Answer:
    """NDE = E[Y_{high, M_low} − Y_low]: x changes, the mediators stay what they would be without the change.

    Source: Pearl 2001, Direct and indirect effects, definition 6; 2009, Causality, §4.5.
    """
    unmoved: Mapping[str, Any] = {name: {x: low} for name in _apart(model, x, y, mediators)}
    units, (plain, direct) = _nested(model, y, [({x: low}, {}), ({x: high}, unmoved)], n, rng)
    return answered(units, direct - plain, f"NDE of {x} on {y}")


def natural_indirect_effect(model: SCM, x: str, y: str, mediators: Names, *, low: Any = 0, high: Any = 1,
                            n: int = 100_000, rng: Generator = None) -> Answer:
    """NIE = E[Y_{low, M_high} − Y_low]: x stays, the mediators change as they would if x had changed.

    TE = NDE(low → high) − NIE(high → low); the two add up to TE only where x and M do not interact.

    Source: Pearl 2001, Direct and indirect effects; 2009, Causality, §4.5.
    """
    moved: Mapping[str, Any] = {name: {x: high} for name in _apart(model, x, y, mediators)}
    units, (plain, indirect) = _nested(model, y, [({x: low}, {}), ({x: low}, moved)], n, rng)
    return answered(units, indirect - plain, f"NIE of {x} on {y}")


def effect_on_treated(model: SCM, x: str, y: str, *, low: Any = 0, high: Any = 1, n: int = 100_000,
                      rng: Generator = None) -> Answer:
    """ETT = E[Y_high − Y_low | X = high]: what the treatment changed for those who got it.

    Source: Pearl 2009, Causality, §8.2.5 (there for a binary treatment); econometrics calls it ATT.
    """
    check_model(model, x, y)
    units, changes = difference(model, y, {x: low}, {x: high}, {x: high}, n, rng)
    return answered(units, changes, f"ETT of {x} on {y}")


def probability_of_necessity(model: SCM, x: str, y: str, *, low: Any = 0, high: Any = 1, n: int = 100_000,
                             rng: Generator = None) -> Answer:
    """PN = P(Y_low = 0 | X = high, Y = 1): it happened after x; would it not have happened without?

    The number rests on how the model couples its two worlds, and no log and no experiment can check that. `bernoulli`
    couples them by one threshold: y is 1 where U < p(parents), and a unit keeps its U. So PN of two independent coins
    reads 0, since y falls as it fell, whatever x is. Where U decides apart for each x (`discrete` can say so), the
    same table and the same do() give 1/2.

    Source: Pearl 2009, Causality, definition 9.2.1.
    """
    _binary(model, x, y)
    found = model.counterfactual({x: high, y: 1}, do={x: low}, n=n, rng=rng).probability(**{y: 0})
    return _named(found, f"PN of {x} for {y}")


def probability_of_sufficiency(model: SCM, x: str, y: str, *, low: Any = 0, high: Any = 1, n: int = 100_000,
                               rng: Generator = None) -> Answer:
    """PS = P(Y_high = 1 | X = low, Y = 0): it did not happen without x; would x have brought it about?

    `bernoulli` couples the two worlds by one threshold, as told at `probability_of_necessity`: PS of two independent
    coins reads 0.

    Source: Pearl 2009, Causality, definition 9.2.2.
    """
    _binary(model, x, y)
    found = model.counterfactual({x: low, y: 0}, do={x: high}, n=n, rng=rng).probability(**{y: 1})
    return _named(found, f"PS of {x} for {y}")


def probability_of_necessity_and_sufficiency(model: SCM, x: str, y: str, *, low: Any = 0, high: Any = 1,
                                             n: int = 100_000, rng: Generator = None) -> Answer:
    """PNS = P(Y_high = 1, Y_low = 0): the share of units that y follows x in, both ways.

    PNS = P(x, y) PN + P(x', y') PS for a binary x. `bernoulli` couples the two worlds by one threshold, as told at
    `probability_of_necessity`: PNS of two independent coins reads 0, the least that their table and do() allow.

    Source: Pearl 2009, Causality, definition 9.2.3 and lemma 9.2.6.
    """
    _binary(model, x, y)
    units, changes = difference(model, y, {x: low}, {x: high}, {}, n, rng)
    return answered(units, (changes == 1).astype(float), f"PNS of {x} for {y}")


def _nested(model: SCM, outcome: str, worlds: Sequence[tuple[Mapping[str, Any], Mapping[str, Mapping[str, Any]]]],
            n: int, rng: Generator) -> tuple[Units, list[Array]]:
    """Units, and for each pair (do, natural) every unit's outcome."""
    domains = supports([model])
    asked: list[tuple[SCM, tuple[str, ...]]] = []
    for do, natural in worlds:
        if both := sorted(set(do) & set(natural)):
            raise ModelError(f"{both[0]} is both set by do and taken at its natural value; choose one.")
        # The outcome's world, with any value in the places where the mediators' own will stand.
        any_value = {name: domains.get(name, (0,))[0] for name in natural}
        asked.append((model.do(**do, **any_value), (outcome,)))
        asked += [(model.do(**other), (mediator,)) for mediator, other in natural.items()]
    units = abduct(model, {}, asked, n, rng)
    values = []
    for do, natural in worlds:
        held = {m: model.do(**other).evaluate(units.noise, only=(m,))[m] for m, other in natural.items()}
        values.append(model.do(**do, **held).evaluate(units.noise, only=(outcome,))[outcome].astype(float))
    return units, values


def _apart(model: SCM, x: str, y: str, mediators: Names) -> tuple[str, ...]:
    """The mediators, which are neither treatment nor outcome."""
    names = (mediators,) if isinstance(mediators, str) else tuple(mediators)
    check_model(model, x, y, *names)
    if wrong := sorted({x, y} & set(names)):
        raise ModelError(f"{wrong[0]} is the treatment or the outcome and cannot be a mediator too; name others.")
    return names


def _binary(model: SCM, x: str, y: str) -> None:
    """Refuse an outcome that is not a matter of yes or no, where that can be known."""
    check_model(model, x, y)
    values = supports([model]).get(y, (0, 1))
    if not set(values) <= {0, 1}:
        raise ModelError(f"{y} takes the values {', '.join(map(str, values))}, but a probability of causation needs an "
                         "outcome of 0 and 1; define one, such as y >= 3.")


def _named(found: Answer, query: str) -> Answer:
    return Answer(found, query, found.method, found.standard_error, found.effective_n, found.unit)
