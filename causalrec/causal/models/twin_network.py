"""The twin network: the world as it is and the world as it would be, side by side, joined by their noise.

Where a discrete model has too many kinds of units to list them, the same exact answer comes from summing out one
variable after another in both worlds at once.

First taught: lesson 2c.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from causalrec.causal.models.mechanism import Mechanism
from causalrec.causal.models.units import Model, grid, impossible, reached, supports
from causalrec.types import Array

TWIN = "exact: twin network summed out"

MOST_VARIABLES = 52
"""More variables than this, both worlds together, numpy's einsum cannot name."""


def twin_distribution(
    model: Model, world: Model, evidence: Mapping[str, Any], outcomes: Sequence[str]
) -> tuple[dict[str, tuple[Any, ...]], Array] | None:
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
