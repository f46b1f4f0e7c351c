"""How long the kit takes, beside its limits: imports, a derivation, a separation, a recommendation, all lessons.

    python benchmarks/speed.py               # all but set-up, about ten minutes; writes speed.md beside it
    python benchmarks/speed.py --no-lessons  # about three minutes
    python benchmarks/speed.py --set-up      # also a clone of the last commit, set up from nothing

Seconds are wall time, the least of three runs, where nothing else is said. Peers stand beside what they can be compared
with: `import pandas` beside the imports, and beside the simulator the bare random numbers and exponentials that it
cannot do without. `derive` is asked what the log can answer of the small graphs of `identify.py`, each on a new graph;
separation is that of `separation.py`, the graphs with the worst median. Lessons count the seconds of all processors.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks import separation
from causalrec.causal import CausalGraph, Derivation, Query, derive
from causalrec.files import write_whole
from causalrec.shop.log import check_pairs
from causalrec.shop.simulator import simulate
from causalrec.shop.table import read_table

HERE = Path(__file__).parent
ROOT = HERE.parent
PAIRS, CANDIDATES = 1_000_000, 60
LOG = ROOT / "data" / "ecommerce_data.csv"


def least(work: Callable[[], object], runs: int = 3) -> float:
    """The least of several wall times, in seconds."""
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


def python(*arguments: str, folder: Path = ROOT) -> Callable[[], object]:
    """A fresh Python that runs these arguments, and may keep what it compiled."""
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": ""}
    return lambda: subprocess.run([sys.executable, *arguments], cwd=folder, env=environment, check=True,
                                  capture_output=True)


def bare_noise() -> None:
    """As many normal and uniform draws and exponentials as a million pairs need: three worlds of five equations."""
    rng = np.random.default_rng(0)
    for _ in range(7):
        rng.random(PAIRS)
    for _ in range(3 * 5):
        np.exp(-rng.standard_normal(PAIRS))


def derivations() -> list[float]:
    """Milliseconds of `derive`, per question that the log can answer."""
    parts = json.loads((HERE / "identify_graphs.json").read_text("utf-8"))
    taken = []
    for case in (case for part in ("named", "single", "several") for case in parts[part]):
        query, found = Query(case["outcome"], case["do"], case["given"]), None
        times = []
        for _ in range(3):
            graph = CausalGraph(case["nodes"], case["arrows"], case["confounded"])
            start = time.perf_counter()
            found = derive(query, graph)
            times.append(1e3 * (time.perf_counter() - start))
        if isinstance(found, Derivation):
            taken.append(min(times))
    return taken


def separations() -> float:
    """The kit's verdict over networkx's: the median over graphs, of the size and kind where it is largest."""
    rng = np.random.default_rng(separation.SEED)
    medians = []
    for nodes, graphs in separation.SIZES.items():
        for share in (0.0, 0.25):
            seconds = [separation.timed(separation.random_case(rng, nodes, share), 7) for _ in range(graphs)]
            medians.append(statistics.median(mine / peer for peer, mine, *_ in seconds))
    return max(medians)


def lessons() -> tuple[float, list[str]]:
    """Seconds of all processors that the lessons took, executed one after the other, and those that failed."""
    failed, taken = [], 0.0
    for lesson in sorted((ROOT / "notebooks").glob("*.ipynb")):
        before = os.times()
        with TemporaryDirectory() as folder:
            command = ["-m", "nbconvert", "--to", "notebook", "--execute", "--output-dir", folder, str(lesson)]
            try:
                python(*command)()
            except subprocess.CalledProcessError:
                failed.append(lesson.stem)
        after = os.times()
        taken += after.children_user + after.children_system - before.children_user - before.children_system
    return taken, failed


def set_up() -> float:
    """Seconds to set up a clone of the last commit, with what pip has in its cache."""
    with TemporaryDirectory() as folder:
        subprocess.run(["git", "clone", "--quiet", str(ROOT), folder], check=True)
        return least(python("-c", "import start; start.set_up()", folder=Path(folder)), 1)


def row(what: str, value: float, unit: str = "s", limit: float | None = None) -> str:
    """A line of the table, with the verdict where there is a limit."""
    wanted, verdict = "", ""
    if limit is not None:
        wanted, verdict = f"at most {limit:g}", "met" if value <= limit else "NOT MET"
    return f"| {what} | {value:.3g} {unit}".rstrip() + f" | {wanted} | {verdict} |"


def rows(options: argparse.Namespace) -> Iterator[str]:
    """The lines of the table, as they are measured."""
    users = 2 * -(-PAIRS // (2 * CANDIDATES))
    recommend = ("-m", "causalrec", "recommend", "--log", "data/ecommerce_data.csv", "--items", "data/catalogue.csv")
    yield row("`import causalrec`", least(python("-c", "import causalrec")))
    yield row("`from causalrec.recommend import rank`", least(python("-c", "from causalrec.recommend import rank")),
              limit=0.45)
    yield row("for comparison, `import pandas`", least(python("-c", "import pandas")))
    found = derivations()
    yield row(f"`derive`, median of {len(found)} questions", statistics.median(found), "ms", 0.3)
    yield row("`derive`, nine in ten stay under", float(np.quantile(found, 0.9)), "ms")
    yield row("d-separation, verdict over networkx's", separations(), "", separation.VERDICT_GOAL)
    yield row(f"`simulate`, {users * CANDIDATES:,} pairs with log, history and truth",
              least(lambda: simulate(users=users)))
    yield row("`check_pairs(read_table(…))` of data/, 36,000 pairs", least(lambda: check_pairs(read_table(LOG))))
    yield row("for comparison, bare numpy draws and exponentials for as many", least(bare_noise))
    yield row("`recommend --user U0007` on data/, 50 bootstrap refits", least(python(*recommend, "--user", "U0007")))
    if options.lessons:
        seconds, failed = lessons()
        left_out = f", without {', '.join(failed)}, which failed" if failed else ""
        yield row(f"all lessons together{left_out}", seconds, "CPU s", 400.0)
    if options.set_up:
        yield row("set-up of a fresh clone, packages at hand", set_up(), limit=240.0)


def main() -> None:
    """Measure, print, write the table."""
    parser = argparse.ArgumentParser(description="How long the kit takes, beside its limits.")
    parser.add_argument("--out", type=Path, default=HERE / "speed.md")
    parser.add_argument("--lessons", action=argparse.BooleanOptionalAction, default=True, help="execute all lessons")
    parser.add_argument("--set-up", action="store_true", help="set up a fresh clone, too")
    options = parser.parse_args()
    lines = [
        "# How long the kit takes", "", "`python benchmarks/speed.py`", "",
        f"{os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}.", "",
        (__doc__ or "").split("\n\n")[2].strip(), "", "| what | takes | limit | |", "|---|---|---|---|",
    ]
    print("\n".join(lines))
    for line in rows(options):
        print(line, flush=True)
        lines.append(line)
    write_whole(options.out, "\n".join([*lines, ""]))


if __name__ == "__main__":
    main()
