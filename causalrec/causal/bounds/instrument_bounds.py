"""Bounds from an instrument: the response types of cases, and a linear program over their shares.

`balke_pearl` gives the ends between which the effect must lie, `extreme_models` two models with this very log that
reach them, `instrumental_inequality` a test that some tables fail: there the instrument is none.

First taught: lesson 3c.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from causalrec.causal.bounds.worst_case import ROUNDING, Bounds, check_distribution, effect_in_symbols
from causalrec.causal.formulas.table import Table
from causalrec.causal.models.mechanism import deterministic, discrete
from causalrec.causal.models.scm import SCM
from causalrec.errors import IdentificationError, ModelError
from causalrec.types import Array

MOST_ARMS = 8
"""Values an instrument may take: the response types grow as 2 to their number."""

_TOLERANCES = ("primal_feasibility_tolerance", "dual_feasibility_tolerance")


def balke_pearl(table: Table, instrument: str, treatment: str, outcome: str, *, do: Any = None) -> Bounds:
    """The sharp bounds on an effect from a log with an instrument, treatment and outcome 0 or 1.

    Whatever the hidden causes are, a case can respond in only so many ways: to the instrument with one treatment for
    each of its values, to the treatment with one outcome for each: 4 × 4 = 16 **response types** for a binary
    instrument. The bounds are the least and the greatest Σ_r q_r (Y_1(r) − Y_0(r)) over the shares q ≥ 0 with
      Σ over r with X_z(r) = x and Y_x(r) = y of q_r = P(x, y | z)   for all x, y, z,
    which is a linear program.

    Args:
        table: a joint distribution of the three, others are summed out.
        instrument: two values or more.
        treatment: 0 or 1.
        outcome: 0 or 1.
        do: the treatment set; without it the difference between 1 and 0.

    Raises:
        ModelError: a variable that the table lacks; one that is not 0 or 1; an instrument with one value, or more than
            `MOST_ARMS`.
        IdentificationError: the table is no distribution; a value of the instrument has probability zero; no model in
            which it is an instrument gives this table.

    Source: Balke & Pearl 1997, Journal of the American Statistical Association 92: 1171-1176; Pearl 2009, Causality,
    §8.2. First taught: lesson 3c.
    """
    program = _Program.of(table, instrument, treatment, outcome)
    weights, query = program.objective(do)
    low, high = (float(weights @ shares) for shares in program.extremes(weights))
    return Bounds(low, high, query, "Balke–Pearl", do is None)


def extreme_models(table: Table, instrument: str, treatment: str, outcome: str, *, do: Any = None) -> tuple[SCM, SCM]:
    """Two models with this very table whose effects are the two ends of `balke_pearl`: no log of it can choose.

    The hidden variable ``response_type`` says how a case responds to the instrument and to the treatment. For it one of
    4 × 4 numbers is drawn, or more where the instrument has more values.

    Raises as `balke_pearl`. First taught: lesson 3c.
    """
    program = _Program.of(table, instrument, treatment, outcome)
    low, high = program.extremes(program.objective(do)[0])
    return program.model(low), program.model(high)


@dataclass(frozen=True)
class _Program:
    """The linear program over response types: their shares are unknown, the log's shares are given."""

    names: tuple[str, str, str]
    chances: Array  # of each value of the instrument
    arms: tuple[Any, ...]
    seen: Array  # (instrument, treatment, outcome): P(x, y | z)
    responses: Array  # (types, arms + 2): the treatment at each arm, the outcome at treatment 0 and 1

    @classmethod
    def of(cls, table: Table, instrument: str, treatment: str, outcome: str) -> _Program:
        seen, chances = _given_instrument(table, instrument, treatment, outcome)
        arms = table.domain(instrument)
        if not 2 <= len(arms) <= MOST_ARMS:
            raise ModelError(f"{instrument} takes {len(arms)} values, but an instrument here takes 2 to {MOST_ARMS}; "
                             "group them.")
        for axis, name in ((1, treatment), (2, outcome)):
            domain = table.domain(name)
            if sorted(map(repr, map(_whole, domain))) != ["0", "1"]:
                raise ModelError(f"{name} takes the values {', '.join(map(repr, domain))}; code it as 0 and 1.")
            seen = np.take(seen, [domain.index(0), domain.index(1)], axis=axis)
        responses = np.array(list(product((0, 1), repeat=len(arms) + 2)))
        return cls((instrument, treatment, outcome), chances, arms, seen, responses)

    def objective(self, do: Any) -> tuple[Array, str]:
        """What each type contributes to the effect asked for, and the effect in symbols."""
        _, treatment, outcome = self.names
        if do is None:
            return self.responses[:, -1] - self.responses[:, -2], effect_in_symbols(outcome, treatment, 0, 1)
        if do not in (0, 1):
            raise ModelError(f"{treatment} never takes the value {do!r}; it takes 0, 1.")
        return self.responses[:, -2 + int(do)], f"E[{outcome} | do({treatment}={do})]"

    def extremes(self, weights: Array) -> tuple[Array, Array]:
        """The shares of the types with the least and with the greatest effect."""
        from scipy.optimize import linprog

        rows, entries = [], []
        for (z, x, y), entry in np.ndenumerate(self.seen):
            takes = self.responses[:, z] == x
            rows.append(takes & (self.responses[:, -2 + x] == y))
            entries.append(entry)
        fits, exact = np.array(rows, dtype=float), dict.fromkeys(_TOLERANCES, 1e-10)
        found = [linprog(sign * weights, A_eq=fits, b_eq=entries, options=exact) for sign in (1, -1)]
        if not all(one.success for one in found):
            raise IdentificationError(self.refusal)
        low, high = (np.clip(one.x, 0, None) / np.clip(one.x, 0, None).sum() for one in found)
        return low, high

    @property
    def refusal(self) -> str:
        """Why no shares fit."""
        instrument, treatment, outcome = self.names
        broken = _inequality(self.names, self.seen, (0, 1))
        why = broken.words if not broken else "though the instrumental inequality holds, a sharper test fails"
        return (f"no model in which {instrument} is an instrument for {treatment} and {outcome} gives this table: "
                f"{why}; so {instrument} reaches {outcome} past {treatment} or shares a cause with it, or the table is "
                "a small sample: look for another instrument.")

    def model(self, shares: Array) -> SCM:
        """The model with these shares of types."""
        instrument, treatment, outcome = self.names
        hidden = "response_type"
        while hidden in self.names:
            hidden += "_"
        there = {kind: float(share) for kind, share in enumerate(shares) if share > 0}
        position = {value: place for place, value in enumerate(self.arms)}

        def treated(z: Array, kind: Array) -> Array:
            return self.responses[kind.astype(int), [position[value] for value in z.tolist()]]

        def responded(x: Array, kind: Array) -> Array:
            return self.responses[kind.astype(int), x.astype(int) - 2]

        return SCM({
            hidden: discrete((), {kind: share / sum(there.values()) for kind, share in there.items()}, lambda u: u),
            instrument: discrete((), dict(zip(self.arms, self.chances.tolist(), strict=True)), lambda u: u),
            treatment: deterministic((instrument, hidden), treated),
            outcome: deterministic((treatment, hidden), responded),
        }, hidden=frozenset({hidden}))


@dataclass(frozen=True)
class InstrumentalInequality:
    """A test that every instrument passes; true where the table passes it. What fails it is no instrument.

    Attributes:
        sums: for each value x of the treatment, Σ_y max_z P(x, y | z), which an instrument keeps at 1 or less.
        words: the verdict in words.
    """

    sums: tuple[tuple[Any, float], ...]
    words: str

    def __bool__(self) -> bool:
        """Whether no sum passes 1, but for rounding."""
        return all(total <= 1 + ROUNDING for _, total in self.sums)

    def __repr__(self) -> str:
        """The verdict in words."""
        return self.words


def instrumental_inequality(table: Table, instrument: str, treatment: str, outcome: str) -> InstrumentalInequality:
    """Whether a table could come from a model in which this is an instrument: max_x Σ_y max_z P(x, y | z) ≤ 1.

    Passing proves nothing; for three binary variables failing and having no `balke_pearl` bounds are the same.

    Raises:
        ModelError: a variable that the table lacks.
        IdentificationError: the table is no distribution; a value of the instrument has probability zero.

    Source: Pearl 1995, UAI: 435-443; Pearl 2009, Causality, §8.4.
    """
    seen, _ = _given_instrument(table, instrument, treatment, outcome)
    return _inequality((instrument, treatment, outcome), seen, table.domain(treatment))


def _inequality(names: tuple[str, str, str], seen: Array, values: tuple[Any, ...]) -> InstrumentalInequality:
    instrument, treatment, outcome = names
    sums = tuple(zip(values, seen.max(axis=0).sum(axis=1).tolist(), strict=True))  # Σ_y max_z
    value, most = max(sums, key=lambda pair: round(pair[1], 12))  # of equal ones the first, on every processor
    low_z, low_y = instrument.lower(), outcome.lower()
    term = f"Σ_{low_y} max_{low_z} P({treatment}={value}, {low_y} | {low_z})"
    beyond = most > 1 + ROUNDING
    return InstrumentalInequality(sums, f"{term} = {most:.4g}, {'above' if beyond else 'not above'} 1")


def _given_instrument(table: Table, instrument: str, treatment: str, outcome: str) -> tuple[Array, Array]:
    """P(x, y | z) of shape (instrument, treatment, outcome), and P(z)."""
    check_distribution(table, instrument, treatment, outcome)
    joint = table.marginal((instrument, treatment, outcome))
    if len(joint.variables) < 3:
        raise ModelError("instrument, treatment and outcome must be three variables; name each once.")
    chances = joint.probabilities.sum(axis=(1, 2))
    if not (chances > 0).all():
        value = joint.domains[0][int(np.argmin(chances))]
        raise IdentificationError(f"P({instrument}={value}) is zero, so nothing is known of cases with it; leave the "
                                  "value out of the table or collect some.")
    return joint.probabilities / chances[:, np.newaxis, np.newaxis], chances


def _whole(value: Any) -> Any:
    return int(value) if value in (0, 1) else value
