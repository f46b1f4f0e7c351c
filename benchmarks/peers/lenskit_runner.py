"""Factorises interactions with lenskit's implicit ALS, for `benchmarks/factors.py`; executed by its interpreter.

    python lenskit_runner.py interactions.npz factors.npz

The first file holds user, item (numbers of the pairs), shape, factors, ridge, weight, sweeps and seed; the second gets
users and items, the factors, and seconds and cpu, the times of the training alone.
"""

from __future__ import annotations

import sys
import time

import numpy as np
import pandas as pd
from lenskit.als import ImplicitMFScorer
from lenskit.data import from_interactions_df
from lenskit.training import TrainingOptions


def main() -> None:
    """Read, train, write."""
    given = np.load(sys.argv[1])
    data = from_interactions_df(pd.DataFrame({"user_id": given["user"], "item_id": given["item"]}))
    model = ImplicitMFScorer(
        embedding_size=int(given["factors"]),
        epochs=int(given["sweeps"]),
        regularization=float(given["ridge"]),
        weight=float(given["weight"]),
    )
    wall, cpu = time.perf_counter(), time.process_time()
    model.train(data, TrainingOptions(rng=int(given["seed"])))
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    users = np.zeros((int(given["shape"][0]), model.user_embeddings.shape[1]), np.float32)
    items = np.zeros((int(given["shape"][1]), model.item_embeddings.shape[1]), np.float32)
    users[model.users.ids()], items[model.items.ids()] = model.user_embeddings, model.item_embeddings
    np.savez(sys.argv[2], users=users, items=items, seconds=wall, cpu=cpu)


if __name__ == "__main__":
    main()
