"""Every error the kit raises: what was given, what was expected, what to try.

All are `ValueError`s, so that a learner's ``except ValueError`` works, and all carry one sentence meant to be read by
a person.
"""

from __future__ import annotations


class CausalrecError(ValueError):
    """An error of the kit, as one sentence with its remedy."""


class GraphError(CausalrecError):
    """A causal graph that cannot be: a cycle, an unknown node, overlapping sets, text that does not parse."""


class ModelError(CausalrecError):
    """A structural causal model that cannot be evaluated: a missing mechanism, an unknown variable, a wrong shape."""


class IdentificationError(CausalrecError):
    """A causal query that this graph, or this method, does not answer."""


class EstimationError(CausalrecError):
    """Data from which the estimate cannot be computed: no variation, a propensity outside (0, 1], too few rows."""


class DataError(CausalrecError):
    """A file or table that does not keep its schema; names file, row, column and remedy."""


class ExerciseError(CausalrecError):
    """An exercise, hint, solution or claim that does not exist, or a claim that was measured wrongly."""


class MachineError(CausalrecError):
    """A machine that cannot do what the course asks of it: open a port, reach itself."""
