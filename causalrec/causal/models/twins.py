"""Twin worlds: two models with the very same log and different answers to do().

A log is a sample from a joint distribution; more rows tell that distribution better and nothing else. So where two
models share it and disagree about do(), no log decides between them, however long: an assumption must, or an
experiment. `twin_worlds` builds such a pair from any joint distribution of discrete variables.

First taught: lesson 2a.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from causalrec.causal.formulas.table import Table, as_tuple
from causalrec.causal.models.mechanism import Mechanism, categorical, deterministic
from causalrec.causal.models.scm import SCM
from causalrec.errors import ModelError
from causalrec.types import Array, Names
from causalrec.wording import instead


@dataclass(frozen=True, repr=False)
class Twins:
    """Two models with one exact table and different effects of `x` on `y`; unpack them: `first, second = twins`.

    Attributes:
        joint: the table that both have.
        x: the variable to act on.
        y: the outcome.
        first: no hidden cause; x has an effect.
        second: a hidden cause decides x and what seems to follow from it; x does nothing.

    First taught: lesson 2a.
    """

    joint: Table
    x: str
    y: str
    first: SCM
    second: SCM

    def __iter__(self) -> Iterator[SCM]:
        """The two models, in their order."""
        return iter((self.first, self.second))

    def __repr__(self) -> str:
        """Both graphs."""
        return f"Twins(first: {self.first.graph}, second: {self.second.graph})"


def twin_worlds(joint: Table, x: str, y: str, *, before: Names = ()) -> Twins:
    """Two models whose exact table is `joint`, both of them, and in which do(x) differs.

    The variables are put in an order: those named in `before` (covariates), then x, then all others in the order of the
    table, with y after x. By the chain rule

        P(v) = Π_i P(v_i | v_1, …, v_{i-1})

    *First* takes each factor as the mechanism of its variable, with all earlier variables as parents. So x acts on
    what comes after it and no hidden cause is about: P(y | do(x)) = Σ_b P(y | x, b) P(b) over the covariates b, which
    is P(y | x) where there are none.

    *Second* is the same model with a hidden variable in the place of x. What listened to x listens to that instead,
    and x is a mere copy of it. Every case comes out as before, but setting x moves nothing: P(y | do(x)) = P(y).

    So the two differ, given the covariates, wherever x and y depend on each other. From generators in the same state
    they even draw the same rows. (Other worlds have this table too. The two are no bounds: the truth may lie outside.)

    Where the earlier variables have values that never occur together, the joint defines no factor, and a do() that
    makes them occur asks what no log tells; there a variable goes by its distribution over all cases, P(v_i).

    Raises:
        ModelError: the joint does not sum to one; x, y or a covariate is not in it; two of them are the same.

    Source: Pearl 2009, Causality, definition 3.2.3: a quantity is not identifiable where two models agree on P(v) and
    not on it. First taught: lesson 2a.
    """
    order = _order(joint, x, y, as_tuple(before))
    cause = _new_name(f"cause_of_{x}", joint.variables)
    first: dict[str, Mechanism] = {}
    second: dict[str, Mechanism] = {}
    for place, name in enumerate(order):
        earlier = order[:place]
        first[name] = _mechanism(joint, name, earlier, parents=earlier)
        stand_ins = tuple(cause if parent == x else parent for parent in earlier)
        second[cause if name == x else name] = _mechanism(joint, name, earlier, parents=stand_ins)
    second[x] = deterministic((cause,), lambda value: value)
    return Twins(joint, x, y, SCM(first), SCM(second, hidden=frozenset({cause})))


def _order(joint: Table, x: str, y: str, before: tuple[str, ...]) -> tuple[str, ...]:
    """Covariates, x, and the others with y among them, all checked."""
    if not isinstance(joint, Table):
        raise ModelError("a Table of probabilities is asked for, such as SCM.table() gives, and not a "
                         f"{type(joint).__name__}.")
    if not np.isclose(total := joint.probabilities.sum(), 1, rtol=0, atol=1e-9):
        raise ModelError(f"the table sums to {total:.6g}, but a joint distribution sums to 1; divide it by its sum if "
                         "its entries are counts.")
    named = (*before, x, y)
    if unknown := [name for name in named if name not in joint.variables]:
        raise ModelError(f"the table has no variable {unknown[0]!r}; {instead(unknown[0], joint.variables)}")
    if len(set(named)) < len(named):
        raise ModelError(f"covariates, treatment and outcome are {', '.join(named)}; name every variable once.")
    return (*before, x, *(name for name in joint.variables if name not in (*before, x)))


def _factor(joint: Table, name: str, earlier: tuple[str, ...]) -> Array:
    """P(name | earlier), axes in the order (*earlier, name); P(name) where the earlier values never occur together."""
    together = joint.marginal((*earlier, name)).probabilities
    whole = together.sum(axis=-1, keepdims=True)
    alone = np.broadcast_to(joint.marginal(name).probabilities, together.shape)
    # P(v | earlier) = P(earlier, v) / P(earlier)
    return np.divide(together, whole, out=alone.copy(), where=whole > 0)


def _mechanism(joint: Table, name: str, earlier: tuple[str, ...], parents: tuple[str, ...]) -> Mechanism:
    """The mechanism that draws `name` from P(name | earlier), where `parents` carry the earlier variables' values."""
    factor, domains = _factor(joint, name, earlier), dict(zip(joint.variables, joint.domains, strict=True))

    def probabilities(*values: Array) -> Array:  # each (units,) -> (units, values of the variable)
        places = (_places(known, domains[known], value) for known, value in zip(earlier, values, strict=True))
        return np.asarray(factor[tuple(places)])

    return categorical(parents, probabilities, domains[name])


def _places(name: str, domain: tuple[Any, ...], values: Array) -> Array:
    """Where in the domain each value stands."""
    known = np.asarray(values)[:, np.newaxis] == np.asarray(domain)  # (units, values)
    if not known.any(axis=1).all():
        stranger = np.asarray(values)[~known.any(axis=1)][0]
        raise ModelError(f"{name} never takes the value {stranger} in the table that these worlds were made from; it "
                         f"takes {', '.join(map(str, domain))}.")
    return known.argmax(axis=1)


def _new_name(wanted: str, taken: tuple[str, ...]) -> str:
    """The name, lengthened until it is new."""
    while wanted in taken:
        wanted += "_"
    return wanted
