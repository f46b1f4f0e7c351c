"""Columns of a log as arrays of numbers, checked before anything is estimated from them; rows count from 0."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from causalrec.errors import EstimationError
from causalrec.types import Array


def read_columns(**columns: ArrayLike) -> list[Array]:
    """The columns as arrays of numbers, shape (rows,) each, once they are whole and equally long.

    Raises:
        EstimationError: entries that are missing, infinite or no numbers; an empty column; columns of unequal length.
    """
    arrays = {name: _numbers(name, values) for name, values in columns.items()}
    (first, start), *others = arrays.items()
    for name, array in arrays.items():
        if array.ndim != 1 or not len(array):
            raise EstimationError(f"{name} has shape {array.shape}, but one number a row is needed; give one column.")
    for name, array in others:
        if len(array) != len(start):
            raise EstimationError(f"{first} has {len(start)} rows, {name} has {len(array)}; give columns of one table.")
    return list(arrays.values())


def read_matrix(covariates: ArrayLike, rows: int) -> Array:
    """The covariates as numbers, shape (rows, columns); a single column may be given flat."""
    x = _numbers("covariates", covariates)
    x = x[:, np.newaxis] if x.ndim == 1 else x
    if x.ndim != 2 or len(x) != rows or not x.shape[1]:
        raise EstimationError(f"covariates have shape {x.shape}, but {rows} rows and at least one column are needed.")
    return x


def _numbers(name: str, values: ArrayLike) -> Array:
    try:
        array = np.asarray(values, dtype=float)
    except (TypeError, ValueError):
        raise EstimationError(f"{name} has entries that are not numbers; convert or drop them.") from None
    if not (whole := np.isfinite(array)).all():
        position = np.argwhere(~whole)[0]
        where = f"row {position[0]}" + (f", column {position[1]}" if len(position) > 1 else "")
        raise EstimationError(f"{name} has {int((~whole).sum())} missing or infinite values (first: {where}); drop "
                              "those rows or fill them in.")
    return array


def check_arms(t: Array) -> None:
    """Nothing, if a treatment is 0 or 1 in every row, and each at least twice; else an `EstimationError`."""
    if not (known := np.isin(t, (0, 1))).all():
        row = int((~known).argmax())
        raise EstimationError(f"treatment is {t[row]:g} in row {row}, but it must be 0 or 1 everywhere; recode it.")
    treated = int(t.sum())
    if treated in (0, len(t)):
        raise EstimationError(f"treatment never varies: it is {t[0]:g} in all {len(t)} rows, so there is nothing to "
                              "compare; use a log in which some were treated and some not.")
    if min(treated, len(t) - treated) < 2:
        raise EstimationError("an arm has a single row, so its spread is unknown; take at least 2 rows in each arm.")


def cluster_codes(cluster: ArrayLike, rows: int) -> Array:
    """The clusters numbered from 0 in the order in which they occur, a number a row."""
    import pandas as pd

    labels = np.asarray(cluster)
    if labels.shape != (rows,):
        raise EstimationError(f"cluster has shape {labels.shape}, but one label for each of the {rows} rows is needed.")
    codes, _ = pd.factorize(labels)
    if (missing := codes < 0).any():
        raise EstimationError(f"cluster has {int(missing.sum())} missing values (first: row {int(missing.argmax())}); "
                              "name the cluster of every row.")
    return codes


def checked_propensity(propensity: ArrayLike, one_allowed: bool = False) -> Array:
    """The propensities as an array, once each lies within (0, 1), or (0, 1] if one is allowed.

    One may be allowed where only the probability of what *did* happen is divided by, as for a logged policy.

    Raises:
        EstimationError: some do not; says how many, the first one, and what to do.
    """
    (e,) = read_columns(propensity=propensity)
    outside = (e <= 0) | ((e > 1) if one_allowed else (e >= 1))
    if outside.any():
        count, row = int(outside.sum()), int(outside.argmax())
        values = f"{count} value{'s' if count > 1 else ''} outside {'(0, 1]' if one_allowed else '(0, 1)'}"
        raise EstimationError(f"propensity has {values} (first: row {row}, {e[row]}); clip the policy or drop the rows "
                              "whose treatment was certain.")
    return e
