"""`python -m causalrec recommend`: a catalogue ranked for the users of a log, with reasons."""

from __future__ import annotations

import argparse
import csv
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from causalrec.commands.terminal import as_csv, say, whole_number
from causalrec.errors import DataError, EstimationError

if TYPE_CHECKING:
    import pandas as pd

    from causalrec.shop.log import Log

DOES = "rank a catalogue for the users of a log, with reasons"
EXAMPLE = "--log data/ecommerce_data.csv --items data/catalogue.csv --user U0007 --top 10"
SCORES = ("uplift", "interest", "mu1", "article", "article-printed")


def add_options(it: argparse.ArgumentParser) -> None:
    """Add the command's options to its parser."""
    it.add_argument("--log", required=True, type=Path, help="CSV: user_id, item_id, recommended, purchased, and more")
    it.add_argument("--items", required=True, type=Path, help="CSV: item_id, title, and better also description, price")
    it.add_argument("--history", type=Path, help="CSV of earlier clicks (default: history.csv beside the log, if any)")
    who = it.add_mutually_exclusive_group(required=True)
    who.add_argument("--user", nargs="+", metavar="ID", help="for whom, one or more")
    who.add_argument("--all-users", action="store_true", help="for everyone in log and history; with --out or --json")
    it.add_argument("--top", default=10, type=whole_number(1), help="items for each user (default: 10)")
    it.add_argument("--score", default="uplift", choices=SCORES, help="what to rank by (default: uplift)")
    it.add_argument("--out", type=Path, help="also write all rows to this .csv or .json file")
    it.add_argument("--json", action="store_true", help="print one JSON object instead of text")
    it.add_argument("--model", metavar="NAME_OR_FOLDER", help="another BERT for the texts (default: the packaged one)")
    it.add_argument("--replicates", default=50, type=whole_number(2), help="refits behind an interval (default: 50)")
    it.add_argument("--seed", default=0, type=whole_number(0), help="which draws make the intervals (default: 0)")


def run(args: argparse.Namespace) -> int:
    """Exit code 0, once the ranking is printed, written, or both."""
    if args.all_users and not (args.out or args.json):
        raise DataError("--all-users ranks for everyone, too much to print: add --out ranking.csv or --json.")
    beside = args.log.parent / "history.csv"
    found = args.history is None and beside.is_file() and not beside.samefile(args.log)
    history = beside if found else args.history

    from causalrec.files import check_output, write_whole
    from causalrec.recommend.value.pipeline import check_users
    from causalrec.shop.log import read_log

    if args.out:
        inputs = [path for path in (args.log, args.items, history, args.model) if path]
        check_output(args.out, (".csv", ".json"), inputs)
    log = read_log(args.log, args.items, history)
    users = check_users(log, None if args.all_users else args.user, str(args.log))
    try:
        table, about = _ranked(log, users, args)
    except EstimationError as error:
        raise DataError(f"{args.log}: {error}") from None
    about = {"log": str(args.log), "catalogue": str(args.items), "history": str(history) if history else None, **about}
    whole = json.dumps(about | {"items": table.round(6).to_dict("records")}, indent=1, allow_nan=False) + "\n"
    if args.out:
        write_whole(args.out, whole if args.out.suffix.lower() == ".json" else as_csv(table, {}, 6))
    if args.json:
        sys.stdout.write(whole)
        return 0
    _introduce(log, about, args.log, args.items, "found beside the log" if found else "as given")
    for user in () if args.all_users else users:
        _show(user, table[table["user_id"] == user], args.score)
    if args.out:
        say(f"{len(table)} rows for {table['user_id'].nunique()} users are in {args.out}.", "\n")
    return 0


def _ranked(log: Log, users: Sequence[str], args: argparse.Namespace) -> tuple[pd.DataFrame, dict[str, Any]]:
    """The rows of the ranking, and what is to be said of how they came about."""
    import numpy as np

    from causalrec.recommend.value.pipeline import fit_recommender, recommend

    vectors = text_vectors(log.catalogue.texts, args.model)
    fitted = fit_recommender(log, vectors)
    options = {"score": args.score, "top": min(args.top, len(log.catalogue)), "replicates": args.replicates}
    progress, rng = _progress(len(users)) if args.all_users else iter, np.random.default_rng(args.seed)
    table = recommend(log, vectors, users, rng, fitted=fitted, progress=progress, **options)
    columns = [name for name in fitted.learner.columns if not name.endswith("_empty")]
    lacking = log.absent | log.catalogue.absent
    return table, {"score": args.score, "interest": fitted.interest.meaning, "columns": columns, "absent": lacking}


def text_vectors(texts: Iterable[str], model: str | None) -> Any:
    """The vectors of the catalogue's texts by the packaged BERT or another one, (items, hidden)."""
    from causalrec.recommend.text.encoder import TextEncoder

    return (TextEncoder(model) if model else TextEncoder()).encode(texts)


def _progress(users: int) -> Callable[[Iterable[int]], Iterator[int]]:
    """A walk through the bootstrap draws that writes a line on stderr; on a terminal, it keeps that line current."""

    def walk(draws: Iterable[int]) -> Iterator[int]:
        numbers, live = list(draws), sys.stderr.isatty()
        for draw in numbers:
            if live or draw == 0:
                line = f"{users} users ranked; for the intervals, draw {draw + 1} of {len(numbers)}"
                print(line, end="\r" if live else "\n", file=sys.stderr, flush=True)
            yield draw
        if live:
            print(file=sys.stderr)

    return walk


def _introduce(log: Log, about: Mapping[str, Any], pairs_file: Path, items_file: Path, whence: str) -> None:
    """Print what was read, what is compared, and what the files lack."""
    read = f"{len(log)} pairs of {log.pairs['user_id'].nunique()} users from {pairs_file}"
    clicks = f", {len(log.history)} earlier clicks from {about['history']} ({whence})" if about["history"] else ""
    say(
        f"Read: {read}, {len(log.catalogue)} items from {items_file}{clicks}. Interest is {about['interest']}. mu1 and"
        " mu0 are the chances of a purchase if the item is shown and if not, holding fixed what is known of "
        f"{', '.join(about['columns'])}; uplift is mu1 - mu0, with its 95 % interval."
    )
    for path, known in ((pairs_file, log.pairs), (items_file, log.catalogue.items)):
        with path.open(encoding="utf-8-sig", newline="") as file:
            header = [name.strip() for name in next(csv.reader(file))]
        if unused := [name for name in header if name not in known]:
            say(f"Not used of {path}: {', '.join(unused)}.")
    say("What is lacking, and what follows:" if about["absent"] else "Nothing that could be used is lacking.")
    for name, why in about["absent"].items():
        say(f"{name}: {why}", "- ", 2)


def _show(user: str, rows: pd.DataFrame, score: str) -> None:
    """Print one user's ranking."""
    if rows.empty:
        say(f"{user}: nothing to recommend, for every item of the catalogue was bought already.", "\n")
        return
    say(f"{user}: best first by {score}", "\n")
    for row in rows.to_dict("records"):
        say(f"{row['title']} ({row['item_id']})", f"\n{row['slot']:>3}. ", 5)
        own = f"{score} {row['score']:.3f}   " if score.startswith("article") else ""
        parts = "   ".join(f"{name} {row[name]:.3f}" for name in ("interest", "mu0", "mu1"))
        say(f"{own}{parts}   uplift {row['uplift']:+.3f} ({row['low']:+.3f} to {row['high']:+.3f})", "     ", 5)
        say(row["why"], "     ", 5)
