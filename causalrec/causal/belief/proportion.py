"""How sure a share is: the interval for a chance, from how often something happened."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike

from causalrec.errors import EstimationError
from causalrec.types import Array


def wilson_interval(hits: ArrayLike, trials: ArrayLike, level: float = 0.95) -> tuple[Array, Array]:
    """The two ends of the interval for a chance after so many `hits` in so many `trials`, each of their shape.

    (p + z²/2n ± z √(p(1 − p)/n + z²/4n²)) / (1 + z²/n) with p = hits / n, n trials, and z = 1.96 at level .95. Unlike
    p ± z √(p(1 − p)/n) it stays inside [0, 1] and has some width where nothing, or everything, was a hit.

    Raises: EstimationError for no trials, fewer hits than none or more than trials, or a level outside (0, 1).
    Source: Wilson (1927), JASA 22; Brown, Cai & DasGupta (2001), Statistical Science 16, section 3.1.1.
    """
    hits, n = np.asarray(hits, dtype=float), np.asarray(trials, dtype=float)
    if not ((n > 0) & (hits >= 0) & (hits <= n)).all() or not 0 < level < 1:
        told = f"hits are {hits}, trials {n} and level {level}"
        raise EstimationError(f"{told}; give 1 trial or more, at most as many hits, and a level such as 0.95.")
    p, z = hits / n, NormalDist().inv_cdf((1 + level) / 2)
    centre = p + z**2 / (2 * n)
    reach = z * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    low, high = (centre - reach) / (1 + z**2 / n), (centre + reach) / (1 + z**2 / n)
    return np.maximum(low, 0.0), np.minimum(high, 1.0)
