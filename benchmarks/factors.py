"""How fast is matrix factorisation, and how good? Beside lenskit's implicit ALS, on the same interactions.

    python benchmarks/factors.py              # about 10 minutes; writes factors.md beside it
    python benchmarks/factors.py --cache DIR  # where lenskit's virtual environment is made and kept

Both minimise the same sum, Σ w (r - p·q)² + ridge (Σ|p|² + Σ|q|²) over all cells, r = 1 and w = 1 + weight where a user
chose an item, r = 0 and w = 1 elsewhere, in float32, each from a random start of its own, and take turns; lenskit runs
in a process of its own. Seconds are those of the training alone, the data being loaded, as the clock has them and
summed over cores; the least of the seeds stands in the table, since whatever else the machine does can only add to it.
Quality is the sum itself, computed here for both, and two figures on the fifth of the interactions that was kept from
both: of a user's 20 best-scored items that are new to them, the share that is among those (recall@20, of at most 20),
and the same with the discount of the place (NDCG@20), means over every fifth user.

The interactions are drawn: users choose without repetition from items, by popularity and a taste of 32 dimensions.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from identify import PEER_CACHE, PEERS, interpreter, load, wrapped
from scipy.sparse import csr_matrix

from causalrec.recommend.interest.factors import factorise

HERE = Path(__file__).parent
PEERS["lenskit"] = "lenskit==2025.8.1"
SETTINGS = {"factors": 64, "ridge": 30.0, "weight": 40.0, "sweeps": 15}
SEEDS = (1, 2, 3)
TOP = 20
# What "equal quality" allows: the sum no more than this share above, the figures no more than this below.
SUM_ABOVE, FIGURE_BELOW = 0.01, 0.005

Array = np.ndarray[Any, Any]
Row = dict[str, float]


@dataclass(frozen=True)
class Shape:
    """So many users who chose so many of so many items each, on average, a fifth of which is kept for judging."""

    name: str
    users: int
    items: int
    each: float


SHAPES = (Shape("few users with many choices", 6_000, 4_000, 208), Shape("many users with few", 50_000, 10_000, 25))


def drawn(shape: Shape, seed: int = 0) -> tuple[Any, Any]:
    """The interactions to learn from and those kept for judging, sparse 0/1 of shape (users, items) each."""
    rng = np.random.default_rng(seed)
    taste = rng.standard_normal((shape.users, 32), dtype=np.float32) / np.sqrt(32)
    kind = rng.standard_normal((shape.items, 32), dtype=np.float32)
    popularity = 1.2 * rng.standard_normal(shape.items, dtype=np.float32)
    size = rng.lognormal(0, 0.9, shape.users)
    size = np.clip(size * shape.each / size.mean(), 5, shape.items / 4).round().astype(int)
    chosen = []
    for start in range(0, shape.users, 1000):
        some = slice(start, start + 1000)
        wish = 3 * taste[some] @ kind.T + popularity
        wish -= np.log(rng.exponential(size=wish.shape))  # Gumbel noise: the best are a draw without repetition
        order = np.argsort(-wish, axis=1)
        chosen += [line[:n] for line, n in zip(order, size[some], strict=True)]
    user, item = np.repeat(np.arange(shape.users), size), np.concatenate(chosen)
    kept = rng.random(len(user)) < 0.2
    ones = np.ones(len(user), np.float32)
    parts = [csr_matrix((ones[at], (user[at], item[at])), shape=(shape.users, shape.items)) for at in (~kept, kept)]
    return parts[0], parts[1]


def by_kit(learned: Any, seed: int) -> tuple[Array, Array, Row]:
    """The kit's factors and how long they took, in this process."""
    settings = {name: SETTINGS[name] for name in ("factors", "ridge", "sweeps")}
    wall, cpu = time.perf_counter(), time.process_time()
    weights = learned * np.float32(1 + SETTINGS["weight"])
    found = factorise(learned, weights, rng=np.random.default_rng(seed), background=1.0, **settings)
    return found.users, found.items, {"seconds": time.perf_counter() - wall, "cpu": time.process_time() - cpu}


def by_lenskit(learned: Any, seed: int, python: str) -> tuple[Array, Array, Row]:
    """The factors of lenskit and how long they took, in a process of its own."""
    user, item = learned.nonzero()
    with TemporaryDirectory() as folder:
        given, found = Path(folder, "interactions.npz"), Path(folder, "factors.npz")
        np.savez(given, user=user, item=item, shape=learned.shape, seed=seed, **SETTINGS)
        subprocess.run([python, HERE / "peers" / "lenskit_runner.py", given, found], check=True, capture_output=True)
        with np.load(found) as told:
            return told["users"], told["items"], {name: float(told[name]) for name in ("seconds", "cpu")}


def minimised(learned: Any, users: Array, items: Array) -> float:
    """The sum that both minimise: all cells as if nothing were chosen, then what is otherwise where something was."""
    p, q = users.astype(float), items.astype(float)
    user, item = learned.nonzero()
    product = np.concatenate([np.einsum("ij,ij->i", p[u], q[i]) for u, i in zip(
        np.array_split(user, 20), np.array_split(item, 20), strict=True)])
    chosen = ((1 + SETTINGS["weight"]) * (1 - product) ** 2 - product**2).sum()
    return float(((p.T @ p) * (q.T @ q)).sum() + chosen + SETTINGS["ridge"] * ((p**2).sum() + (q**2).sum()))


def judged(learned: Any, kept: Any, users: Array, items: Array) -> Row:
    """Recall and NDCG of the best items that are new to a user, over every fifth user who has some kept."""
    recall, ndcg, discount = [], [], 1 / np.log2(np.arange(2, TOP + 2))
    for some in np.array_split(np.arange(0, len(users), 5), 20):
        some = some[np.diff(kept.indptr)[some] > 0]
        score = np.where(learned[some].toarray() > 0, -np.inf, users[some] @ items.T)
        best = np.argsort(-score, axis=1, kind="stable")[:, :TOP]
        hit = np.take_along_axis(kept[some].toarray(), best, axis=1)
        most = np.minimum(np.diff(kept.indptr)[some], TOP)
        recall.append(hit.sum(axis=1) / most)
        ndcg.append(hit @ discount / np.cumsum(discount)[most - 1])
    return {"recall": float(np.concatenate(recall).mean()), "ndcg": float(np.concatenate(ndcg).mean())}


def measured(shape: Shape, python: str) -> tuple[list[Row], list[Row], int]:
    """Kit and lenskit in turn, a row a seed each, and the number of interactions that they learn from."""
    learned, kept = drawn(shape)
    rows: tuple[list[Row], list[Row]] = [], []
    for seed in SEEDS:
        for found, run in zip(rows, (by_kit, lambda *given: by_lenskit(*given, python)), strict=True):
            users, items, row = run(learned, seed)
            found.append({**row, "sum": minimised(learned, users, items), **judged(learned, kept, users, items)})
    return *rows, learned.nnz


def lines(shape: Shape, kit: list[Row], peer: list[Row], interactions: int) -> list[str]:
    """The rows of the table for one shape, and whether the goal is met."""
    table = []
    for name, rows in (("kit", kit), ("lenskit", peer)):
        figures = [f"{min(row[one] for row in rows):.1f}" for one in ("seconds", "cpu")]
        figures += [f"{mean(row['sum'] for row in rows):,.0f}"]
        figures += [f"{mean(row[one] for row in rows):.4f}" for one in ("recall", "ndcg")]
        words = f"{shape.users:,} × {shape.items:,}, {interactions:,}" if name == "kit" else ""
        table.append(f"| {words} | {name} | {' | '.join(figures)} |")
    return table


def verdict(shape: Shape, kit: list[Row], peer: list[Row]) -> str:
    """Whether the kit is as fast at equal quality, in words."""
    ratio, busy = (min(row[one] for row in kit) / min(row[one] for row in peer) for one in ("seconds", "cpu"))
    share = mean(row["sum"] for row in kit) / mean(row["sum"] for row in peer) - 1
    below = max(mean(row[one] for row in peer) - mean(row[one] for row in kit) for one in ("recall", "ndcg"))
    equal = share <= SUM_ABOVE and below <= FIGURE_BELOW
    return (
        f"With {shape.name} the kit takes {ratio:.2f} of lenskit's time ({busy:.2f} summed over cores); its sum is "
        f"{abs(share):.2%} {'above' if share > 0 else 'below'} lenskit's. No slower at equal quality: "
        f"{'met' if ratio <= 1 and equal else 'not met'}."
    )


def main() -> None:
    """Measure, write the table, print it."""
    parser = argparse.ArgumentParser(description="Matrix factorisation, beside lenskit.")
    parser.add_argument("--cache", type=Path, default=PEER_CACHE, help="where lenskit's environment is kept")
    parser.add_argument("--out", type=Path, default=HERE / "factors.md")
    options = parser.parse_args()
    python, before = interpreter("lenskit", options.cache), load()
    results = [(shape, *measured(shape, python)) for shape in SHAPES]
    prose = (__doc__ or "").split("\n\n")
    settings = ", ".join(f"{name} {value:g}" for name, value in SETTINGS.items())
    text = [
        "# Matrix factorisation beside lenskit's ALS", "", "`python benchmarks/factors.py`", "",
        wrapped(f"{os.cpu_count()} cores, {platform.system()}; {PEERS['lenskit'].replace('==', ' ')}, numpy",
                f"{np.__version__}. Load of the machine before and after: {before} and {load()}. {settings}; seeds",
                f"{', '.join(map(str, SEEDS))}."), "",
        prose[2], "", prose[3].strip(), "",
        wrapped(f"Equal quality: the sum at most {SUM_ABOVE:.0%} above lenskit's, recall and NDCG at most",
                f"{FIGURE_BELOW:g} below; sum, recall and NDCG are means over the seeds."), "",
        "| users × items, interactions | library | seconds | seconds of all cores | sum | recall@20 | NDCG@20 |",
        "|---|---|---|---|---|---|---|", *[line for result in results for line in lines(*result)], "",
        *[wrapped("-", verdict(*result[:3])) for result in results], "",
    ]
    options.out.write_text("\n".join(text), encoding="utf-8", newline="\n")
    print("\n".join(text))


if __name__ == "__main__":
    main()
