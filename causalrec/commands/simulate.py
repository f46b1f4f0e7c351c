"""`python -m causalrec simulate`: a shop with a known truth, as the files that a real one would leave."""

from __future__ import annotations

import argparse
from pathlib import Path

from causalrec.commands.terminal import as_csv, say, whole_number

DOES = "simulate a shop and write its files"
EXAMPLE = "--preset course --seed 2026 --out data"
PRESETS = ("course", "proxy", "simpson", "uplift", "cold_start", "cold_start_overlap")
# Digits after the point in the files of data/; every other number with a point has four.
DIGITS = {"price": 2, "propensity": 6}


def add_options(it: argparse.ArgumentParser) -> None:
    """Add the command's options to its parser."""
    it.add_argument("--preset", default="course", choices=PRESETS, help="which world (default: course)")
    it.add_argument("--seed", default=2026, type=whole_number(0), help="one seed for everything (default: 2026)")
    it.add_argument("--out", default=Path("data"), type=Path, metavar="FOLDER", help="where to write (default: data)")


def run(args: argparse.Namespace) -> int:
    """Exit code 0, once the files of a simulated shop are written and what was cleaned is said."""
    import numpy as np

    from causalrec.files import write_together
    from causalrec.shop.raw.cleaning import clean
    from causalrec.shop.raw.mess import make_raw_log
    from causalrec.shop.simulator import simulate

    log, _ = simulate(args.preset, args.seed)
    raw = make_raw_log(log, np.random.default_rng(args.seed).spawn(5)[-1])  # the simulator has the first children
    pairs, report = clean(raw, log.catalogue)
    tables = {
        "catalogue.csv": log.catalogue.items,
        "history.csv": log.history,
        "ecommerce_log_raw.csv": raw,
        "ecommerce_data.csv": pairs,
    }
    contents = {name: as_csv(table, DIGITS, 4) for name, table in tables.items()}
    sums = write_together(args.out, contents)
    for name, table in tables.items():
        size = f"{len(table)} rows, {len(contents[name].encode()) / 1000:.0f} kB"
        print(f"{args.out / name}: {size}, SHA-256 {sums[name][:12]}...")
    print(f"\nCleaning: {report.events} lines of the raw log became {report.pairs} pairs.")
    for step, rows, why in report.table.itertuples(index=False):
        if rows:
            say(f"{step}: {why}", f"{rows:>7}  ", 9)
    return 0
