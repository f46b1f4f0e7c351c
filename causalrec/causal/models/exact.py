"""The exact value of any formula, with do() or without, on a model whose variables are discrete.

A formula is right when it equals do() on every model of its graph, and random models find out fast when it does not:
both sides are rational functions of the model's probabilities, and two different ones agree at a random point with
probability zero.

First used: lesson 3b.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import count
from typing import Any

import numpy as np

from causalrec.causal.formulas.algebra import rewritten
from causalrec.causal.formulas.expression import Expression, P
from causalrec.causal.formulas.table import Table
from causalrec.causal.graphs.graph import CausalGraph
from causalrec.causal.models.mechanism import Mechanism, bernoulli, categorical
from causalrec.causal.models.scm import SCM
from causalrec.causal.models.units import supports
from causalrec.errors import ModelError
from causalrec.types import Array

Worlds = Callable[[frozenset[str]], Table]
"""Per set of variables the joint distribution in the experiment that sets them by the throw of a die."""


def random_model(graph: CausalGraph, rng: np.random.Generator) -> SCM:
    """A random model of the graph: all variables binary, every combination of values possible.

    A hidden variable stands behind every bidirected edge. P(V = 1 | parents) is drawn from the uniform distribution on
    (0.1, 0.9), once for each combination of the parents' values.

    First used: lesson 3b.
    """
    causes = {node: list(graph.in_order(graph.parents(node))) for node in graph.order}
    names = (name for i in count(1) if (name := f"hidden{i}") not in causes)  # no name that the graph has
    hidden = []
    for pair in sorted(map(graph.in_order, graph.confounded)):
        hidden.append(next(names))
        for node in pair:
            causes[node].append(hidden[-1])
    mechanisms = {name: _random_mechanism((), rng) for name in hidden}
    mechanisms |= {node: _random_mechanism(tuple(above), rng) for node, above in causes.items()}
    return SCM(mechanisms, frozenset(hidden))


def _random_mechanism(parents: tuple[str, ...], rng: np.random.Generator) -> Mechanism:
    chances = rng.uniform(0.1, 0.9, (2,) * len(parents))
    return bernoulli(parents, lambda *values: chances[tuple(value.astype(int) for value in values)])


def value(expression: Expression, model: SCM) -> Table:
    """The exact value of a formula on a discrete model, as a table over the formula's free variables.

    Probabilities with a do() are found as their definition says, in the submodels: P(y | do(x), w) is P(y | x, w) in
    the experiment in which nothing but the throw of a fair die decides X.

    Raises:
        ModelError: what is no formula, or no model; a variable that the model does not have, that is hidden, or that
            has infinitely many values.
        IdentificationError: a positivity hole: the formula divides by the probability of what cannot be.

    Source: Pearl 2009, Causality, definition 3.2.1. First taught: lesson 3b.
    """
    if not isinstance(expression, Expression) or not isinstance(model, SCM):
        raise ModelError("the value of a formula, made of P, Sum, Product and Fraction, is found on an SCM; got "
                         f"{type(expression).__name__} and {type(model).__name__}.")
    return evaluated(expression, experiments(model))


def experiments(model: SCM) -> Worlds:
    """The model's joint distributions under experiments, each computed when it is first asked for, then kept."""
    domains = supports([model])

    @cache
    def world(do: frozenset[str]) -> Table:
        if endless := sorted(name for name in do if name in model.mechanisms and name not in domains):
            raise ModelError(f"{endless[0]} takes infinitely many values, so no experiment can try them all; set a "
                             "variable with finitely many.")
        # A die throws what its variable can be, and nothing else: so a variable has the same values in every world.
        dice = {name: _die(domains[name]) for name in sorted(do & set(domains))}
        return (model.do(**dice) if dice else model).table()

    return world


def _die(domain: tuple[Any, ...]) -> Mechanism:
    return categorical((), lambda: np.full(len(domain), 1 / len(domain)), domain)


def evaluated(expression: Expression, worlds: Worlds) -> Table:
    """The value of a formula whose probabilities are read off the worlds, as a table over its free variables."""
    known = rewritten(
        expression, lambda part: _Known(part, worlds(frozenset(part.do))) if isinstance(part, P) else None
    )
    return known.evaluate(worlds(frozenset()))


@dataclass(frozen=True, repr=False)
class _Known(Expression):
    """A probability whose distribution is known: in `world` the variables it sets were set by a die."""

    term: P
    world: Table

    @property
    def free(self) -> tuple[str, ...]:
        return self.term.free

    def _write(self, symbols: Mapping[str, str], tex: bool) -> str:
        return self.term._write(symbols, tex)

    def _values(self, table: Table) -> Array:
        # P(y | do(x), w) = P*(y | x, w), an axis each for outcome, do and given
        return P(self.term.outcome, given=self.term.do + self.term.given)._values(self.world)

    def _hole(self, table: Table, at: Mapping[str, Any]) -> str:
        given = ", ".join(f"{name}={at[name]}" for name in self.term.given)
        do = ", ".join(f"{name}={at[name]}" for name in self.term.do)
        return f"P({given}{f' | do({do})' if do else ''}) is zero and {self.term} divides by it"
