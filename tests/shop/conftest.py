"""A shop small enough to check by hand."""

import numpy as np
import pandas as pd
import pytest

from causalrec.shop.catalogue import Catalogue
from causalrec.shop.log import Log, Truth


@pytest.fixture
def tiny_catalogue() -> Catalogue:
    """Three items, the last without a description."""
    return Catalogue(
        pd.DataFrame(
            {
                "item_id": ["I001", "I002", "I003"],
                "title": ["Two-person tent", "Proving basket", "Rope lead"],
                "description": ["Pitches in four minutes, and stands in a gale.", "Rattan for a kilo of dough.", ""],
                "category": ["Outdoor & Sport", "Kitchen & Dining", "Outdoor & Sport"],
                "price": [149.0, 18.5, 12.9],
                "listed": ["2026-02-02", "2026-02-02", "2026-04-27"],
            }
        )
    )


@pytest.fixture
def tiny_log(tiny_catalogue: Catalogue) -> Log:
    """Two users, five pairs, two clicks of history, two candidates of one held-out user: `PAIRS_CSV` as a Log."""
    pairs = pd.DataFrame(
        {
            "user_id": ["U0001", "U0001", "U0002", "U0002", "U0002"],
            "item_id": ["I001", "I002", "I001", "I002", "I003"],
            "week": [5, 6, 5, 5, 8],
            "score": [0.4, -0.3, 1.25, np.nan, 0.1],
            "popularity": [-1.5, 0.75, -1.5, 0.75, np.nan],
            "activity": [0.25, 0.25, -2.0, -2.0, -2.0],
            "nudge": [1, 1, 0, 0, 0],
            "propensity": [0.5, 0.2, 0.9, 0.05, 0.3],
            "recommended": [1, 0, 1, 0, 0],
            "position": pd.array([1, None, 2, None, None], dtype="Int64"),
            "browsed": [1, 0, 1, 1, 0],
            "clicked": [1, 0, 1, 0, 0],
            "purchased": [0, 0, 1, 0, 0],
        }
    )
    history = pd.DataFrame({"week": [1, 4], "user_id": ["U0001", "U0003"], "item_id": ["I002", "I001"]})
    candidates = pd.DataFrame(
        {
            "user_id": ["U0003", "U0003"],
            "item_id": ["I001", "I003"],
            "week": [9, 9],
            "score": [0.2, np.nan],
            "popularity": [-1.5, np.nan],
            "activity": [1.0, 1.0],
            "nudge": [0, 0],
        }
    )
    return Log(pairs, tiny_catalogue, history, candidates)


def _truth(pairs: pd.DataFrame) -> pd.DataFrame:
    rows = len(pairs)
    flags = {f"{name}{r}": np.full(rows, r) for name in ("browsed", "clicked", "purchased") for r in (0, 1)}
    chances = {"mu0": np.full(rows, 0.1), "mu1": np.full(rows, 0.3), "uplift": np.full(rows, 0.2)}
    drawn = {name: np.linspace(-1, 1, rows) for name in ("affinity", "quality", "need")}
    return pairs[["user_id", "item_id"]].assign(**drawn, propensity=0.5, **flags, **chances)


@pytest.fixture
def tiny_truth(tiny_log: Log) -> Truth:
    """A truth beside `tiny_log`: every uplift is .2."""
    return Truth(_truth(tiny_log.pairs), _truth(tiny_log.candidates), model="the model")
