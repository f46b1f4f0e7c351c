"""The command line, and the only place that prints: `python -m causalrec simulate`, `recommend`, `claims`, `data`.

Whatever goes wrong with what was given is one sentence on stderr and exit code 2. Ctrl-C is 130, a pipe that was closed
141, a claim that does not hold or data that cannot be had 1. Everything heavy is imported inside the command that needs
it.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import errno
import json
import os
import shutil
import sys
import textwrap
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from causalrec import __version__
from causalrec.errors import CausalrecError, DataError, EstimationError

if TYPE_CHECKING:
    import pandas as pd

    from causalrec.shop.log import Log

PRESETS = ("course", "proxy", "simpson", "uplift", "cold_start", "cold_start_overlap")
SCORES = ("uplift", "interest", "mu1", "article", "article-printed")
# Digits after the point in the files of data/; every other number with a point has four.
DIGITS = {"price": 2, "propensity": 6}


class _Parser(argparse.ArgumentParser):
    """A parser whose complaints are one line."""

    def error(self, message: str) -> NoReturn:
        """Leave with exit code 2 and one sentence on stderr."""
        self.exit(2, f"{_one_line(message)}; `{self.prog} --help` shows what fits.\n")


def _parser() -> _Parser:
    """The commands and their options."""
    top = _Parser(
        prog="python -m causalrec",
        description="What should a shop show to whom, if what counts is what the showing causes?",
        epilog="example: python -m causalrec simulate --out data",
        allow_abbrev=False,
    )
    top.add_argument("--version", action="version", version=f"causalrec {__version__}")
    commands = top.add_subparsers(title="commands", dest="command", metavar="command", required=True)

    def command(run: Callable[[argparse.Namespace], int], does: str, example: str) -> argparse.ArgumentParser:
        name, about = example.partition(" ")[0], f"{does.capitalize()}."
        epilog = f"example: {top.prog} {example}"
        parser = commands.add_parser(name, help=does, description=about, epilog=epilog, allow_abbrev=False)
        parser.set_defaults(run=run)
        return parser

    example = "simulate --preset course --seed 2026 --out data"
    it = command(simulate_files, "simulate a shop and write its files", example)
    it.add_argument("--preset", default="course", choices=PRESETS, help="which world (default: course)")
    it.add_argument("--seed", default=2026, type=_whole(0), help="one seed for everything (default: 2026)")
    it.add_argument("--out", default=Path("data"), type=Path, metavar="FOLDER", help="where to write (default: data)")

    example = "recommend --log data/ecommerce_data.csv --items data/catalogue.csv --user U0007 --top 10"
    it = command(recommend_items, "rank a catalogue for the users of a log, with reasons", example)
    it.add_argument("--log", required=True, type=Path, help="CSV: user_id, item_id, recommended, purchased, and more")
    it.add_argument("--items", required=True, type=Path, help="CSV: item_id, title, and better also description, price")
    it.add_argument("--history", type=Path, help="CSV of earlier clicks (default: history.csv beside the log, if any)")
    who = it.add_mutually_exclusive_group(required=True)
    who.add_argument("--user", nargs="+", metavar="ID", help="for whom, one or more")
    who.add_argument("--all-users", action="store_true", help="for everyone in log and history; with --out or --json")
    it.add_argument("--top", default=10, type=_whole(1), help="items for each user (default: 10)")
    it.add_argument("--score", default="uplift", choices=SCORES, help="what to rank by (default: uplift)")
    it.add_argument("--out", type=Path, help="also write all rows to this .csv or .json file")
    it.add_argument("--json", action="store_true", help="print one JSON object instead of text")
    it.add_argument("--model", metavar="NAME_OR_FOLDER", help="another BERT for the texts (default: the packaged one)")
    it.add_argument("--replicates", default=50, type=_whole(2), help="refits behind an interval (default: 50)")
    it.add_argument("--seed", default=0, type=_whole(0), help="which draws make the intervals (default: 0)")

    command(list_claims, "measure what the lessons claim, sentence by sentence", "claims")

    it = command(fetch_data, "fetch real data of others, which lessons 7a to 7d use", "data reviews coat")
    about = "coat, open_bandit, hillstrom, reviews (default: all of them)"
    it.add_argument("names", nargs="*", metavar="name", help=about)
    return top


def _whole(least: int) -> Callable[[str], int]:
    """A reader of whole numbers from `least` on."""

    def read(text: str) -> int:
        if not (text.isascii() and text.isdigit() and len(text) < 19 and int(text) >= least):
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from {least} on")
        return int(text)

    return read


def simulate_files(args: argparse.Namespace) -> int:
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
    contents = {name: _csv(table, DIGITS, 4) for name, table in tables.items()}
    sums = write_together(args.out, contents)
    for name, table in tables.items():
        size = f"{len(table)} rows, {len(contents[name].encode()) / 1000:.0f} kB"
        print(f"{args.out / name}: {size}, SHA-256 {sums[name][:12]}...")
    print(f"\nCleaning: {report.events} lines of the raw log became {report.pairs} pairs.")
    for step, rows, why in report.table.itertuples(index=False):
        if rows:
            _say(f"{step}: {why}", f"{rows:>7}  ", 9)
    return 0


def _csv(table: pd.DataFrame, digits: Mapping[str, int], otherwise: int) -> str:
    """The table as CSV text, the same on every system: LF, and in each column a fixed number of digits."""
    written = {}
    for name in table.select_dtypes("float"):
        form = f"z.{digits.get(str(name), otherwise)}f"
        written[str(name)] = [format(value, form) if value == value else "" for value in table[name]]
    return str(table.assign(**written).to_csv(index=False, lineterminator="\n"))


def recommend_items(args: argparse.Namespace) -> int:
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
        write_whole(args.out, whole if args.out.suffix.lower() == ".json" else _csv(table, {}, 6))
    if args.json:
        sys.stdout.write(whole)
        return 0
    _introduce(log, about, args.log, args.items, "found beside the log" if found else "as given")
    for user in () if args.all_users else users:
        _show(user, table[table["user_id"] == user], args.score)
    if args.out:
        _say(f"{len(table)} rows for {table['user_id'].nunique()} users are in {args.out}.", "\n")
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
    _say(
        f"Read: {read}, {len(log.catalogue)} items from {items_file}{clicks}. Interest is {about['interest']}. mu1 and"
        " mu0 are the chances of a purchase if the item is shown and if not, holding fixed what is known of "
        f"{', '.join(about['columns'])}; uplift is mu1 - mu0, with its 95 % interval."
    )
    for path, known in ((pairs_file, log.pairs), (items_file, log.catalogue.items)):
        with path.open(encoding="utf-8-sig", newline="") as file:
            header = [name.strip() for name in next(csv.reader(file))]
        if unused := [name for name in header if name not in known]:
            _say(f"Not used of {path}: {', '.join(unused)}.")
    _say("What is lacking, and what follows:" if about["absent"] else "Nothing that could be used is lacking.")
    for name, why in about["absent"].items():
        _say(f"{name}: {why}", "- ", 2)


def _show(user: str, rows: pd.DataFrame, score: str) -> None:
    """Print one user's ranking."""
    if rows.empty:
        _say(f"{user}: nothing to recommend, for every item of the catalogue was bought already.", "\n")
        return
    _say(f"{user}: best first by {score}", "\n")
    for row in rows.to_dict("records"):
        _say(f"{row['title']} ({row['item_id']})", f"\n{row['slot']:>3}. ", 5)
        own = f"{score} {row['score']:.3f}   " if score.startswith("article") else ""
        parts = "   ".join(f"{name} {row[name]:.3f}" for name in ("interest", "mu0", "mu1"))
        _say(f"{own}{parts}   uplift {row['uplift']:+.3f} ({row['low']:+.3f} to {row['high']:+.3f})", "     ", 5)
        _say(row["why"], "     ", 5)


def list_claims(args: argparse.Namespace) -> int:
    """Exit code 0, once every claim is printed with its verdict; 1 if one does not hold."""
    from causalrec.teach.claims import all_claims

    holds = True
    for one in all_claims():
        try:
            verdict = one.verdict(one.world)
        except DataError as error:  # real data that are not on this machine
            _say(f"{one.id}: not measured: {error}", "", 2)
            continue
        holds &= verdict.holds
        _say(f"{one.id}: {verdict!r}", "", 2)
    return 0 if holds else 1


def fetch_data(args: argparse.Namespace) -> int:
    """Exit code 0, once it is said of every file of the data asked for that it is here; 1 if one is not."""
    from causalrec.shop.sources.datasets import STATES, fetch
    from causalrec.shop.sources.source import SOURCES

    table = fetch(args.names, lambda line: print(line, file=sys.stderr, flush=True))
    lacking = table["state"] == STATES[-1]
    for row in table.to_dict("records"):
        place = "" if row["state"] == STATES[-1] else f", in {row['where']}"
        print(f"{row['source']}/{row['file']}: {row['state']}{place}", flush=True)
    for source, why in table.loc[lacking, ["source", "where"]].drop_duplicates().itertuples(index=False):
        _say(f"{source}: {why}", "\n", 2)
    here = [SOURCES[name] for name in dict.fromkeys(table.loc[~lacking, "source"])]
    for source in here:
        _say(f"{source.name} is {source.citation}. Licence: {source.licence}.", "\n" if source is here[0] else "", 2)
    return int(lacking.any())


def _say(text: str, first: str = "", indent: int = 0) -> None:
    """Print a text wrapped to the terminal, or to 100 columns where there is none; `first` stands before it."""
    width = max(shutil.get_terminal_size((100, 24)).columns, 40) if sys.stdout.isatty() else 100
    wrap = textwrap.TextWrapper(width, first, " " * indent, break_long_words=False, break_on_hyphens=False)
    print(wrap.fill(text), flush=True)


def _one_line(text: object) -> str:
    return " ".join(str(text).split()).removesuffix(".")


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code of the command that the arguments (the process's own by default) name."""
    try:
        args = _parser().parse_args(arguments)
        code = int(args.run(args))
        sys.stdout.flush()
        return code
    except CausalrecError as error:
        complaint = _one_line(error)
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return 130
    except OSError as error:
        if error.filename is None and error.errno in (errno.EPIPE, errno.EINVAL):  # EINVAL: the same on Windows
            with contextlib.suppress(OSError, ValueError):  # `| head` has seen enough: flush nothing more into it
                os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 141
        complaint = f"{error.filename or 'the output'}: {error.strerror or error}; check the name and its permissions"
    except MemoryError:
        complaint = "this takes more memory than there is; rank for fewer users, or with a smaller catalogue"
    print(f"{complaint}.", file=sys.stderr)
    return 2


if __name__ == "__main__":
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # where the terminal's encoding lacks a letter, its number is shown
            stream.reconfigure(errors="backslashreplace")
    if not sys.warnoptions:
        warnings.simplefilter("ignore")  # what a library warns of, no reader of a ranking can mend
    sys.exit(main())
