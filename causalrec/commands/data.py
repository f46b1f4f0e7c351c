"""`python -m causalrec data`: real data of others, fetched and checked."""

from __future__ import annotations

import argparse
import sys

from causalrec.commands.terminal import say

DOES = "fetch real data of others, which lessons 7a to 7d use"
EXAMPLE = "reviews coat"


def add_options(it: argparse.ArgumentParser) -> None:
    """Add the command's options to its parser."""
    about = "coat, open_bandit, hillstrom, reviews (default: all of them)"
    it.add_argument("names", nargs="*", metavar="name", help=about)


def run(args: argparse.Namespace) -> int:
    """Exit code 0, once it is said of every file of the data asked for that it is here; 1 if one is not."""
    from causalrec.shop.sources.datasets import STATES, fetch
    from causalrec.shop.sources.source import SOURCES

    table = fetch(args.names, lambda line: print(line, file=sys.stderr, flush=True))
    lacking = table["state"] == STATES[-1]
    for row in table.to_dict("records"):
        place = "" if row["state"] == STATES[-1] else f", in {row['where']}"
        print(f"{row['source']}/{row['file']}: {row['state']}{place}", flush=True)
    for source, why in table.loc[lacking, ["source", "where"]].drop_duplicates().itertuples(index=False):
        say(f"{source}: {why}", "\n", 2)
    here = [SOURCES[name] for name in dict.fromkeys(table.loc[~lacking, "source"])]
    for source in here:
        say(f"{source.name} is {source.citation}. Licence: {source.licence}.", "\n" if source is here[0] else "", 2)
    return int(lacking.any())
