"""How long the kit takes: import, a million simulated pairs, a recommendation. Prints seconds, least of three runs.

    python benchmarks/speed.py

Peers stand beside what they can be compared with: `import pandas` beside `import causalrec`, and beside the simulator
the bare random numbers and exponentials that it cannot do without.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from causalrec.shop.simulator import simulate

DATA = Path(__file__).parent.parent / "data"
PAIRS, CANDIDATES = 1_000_000, 60


def least(work: Callable[[], object], runs: int = 3) -> float:
    """The least of several wall times, in seconds."""
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


def python(*arguments: str) -> Callable[[], object]:
    """A fresh Python that runs these arguments."""
    return lambda: subprocess.run([sys.executable, *arguments], check=True, capture_output=True)


def bare_noise() -> None:
    """As many normal and uniform draws and exponentials as a million pairs need: three worlds of five equations."""
    rng = np.random.default_rng(0)
    for _ in range(7):
        rng.random(PAIRS)
    for _ in range(3 * 5):
        np.exp(-rng.standard_normal(PAIRS))


def main() -> None:
    """Measure and print."""
    users = 2 * -(-PAIRS // (2 * CANDIDATES))
    rows = {
        "python -c 'import causalrec'": python("-c", "import causalrec"),
        "python -c 'import pandas'": python("-c", "import pandas"),
        f"simulate, {users * CANDIDATES:,} pairs with log, history and truth": lambda: simulate(users=users),
        "  bare numpy draws and exponentials for as many": bare_noise,
        "recommend --user U0007 on data/, 50 bootstrap refits": python(
            *("-m", "causalrec", "recommend", "--log", str(DATA / "ecommerce_data.csv")),
            *("--items", str(DATA / "catalogue.csv"), "--user", "U0007"),
        ),
    }
    for name, work in rows.items():
        print(f"{least(work):7.2f} s  {name}", flush=True)


if __name__ == "__main__":
    main()
