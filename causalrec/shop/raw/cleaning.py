"""A raw log made usable: `clean` pivots a shop's export to one row a pair and reports what it did, and why.

The export is one line an event, all text: `candidate` (the recommender considered the item for the user; the line
carries what it knew), `recommend`, `browse`, `click`, `purchase`. `causalrec.shop.raw.mess` makes such exports.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

import numpy as np
import pandas as pd

from causalrec.errors import DataError
from causalrec.shop.catalogue import Catalogue
from causalrec.shop.log import LOG_COLUMNS, RULES
from causalrec.shop.table import EMPTY, parse_numbers, require

WEEK_ONE = pd.Timestamp("2026-03-02")  # a Monday
LEARNING_WEEKS = (5, 8)
KNOWN_BEFORE = ("week", "score", "popularity", "activity", "nudge", "propensity")  # what a candidate event carries
RAW_COLUMNS = ("time", "user_id", "item_id", "action", "position", "price", *KNOWN_BEFORE)
FLAGS = {"recommend": "recommended", "browse": "browsed", "click": "clicked", "purchase": "purchased"}
BOT_EVENTS, BOT_SECONDS = 100, 60
TWICE_SECONDS = 30

# The steps of cleaning, in their order, each with its reason.
STEPS = {
    "drop exact duplicates": "the same line, character for character, was exported more than once",
    "tidy ids and actions": "blanks around an id or action, or a case that catalogue and candidate rows do not write",
    "read prices with a decimal comma": "12,50 EUR is 12.50",
    "leave unreadable prices to the catalogue": "no number stands there; the catalogue knows the item's price",
    "drop events without user or item": "it cannot be said which pair they belong to",
    "drop unknown actions": f"an action is one of candidate, {', '.join(FLAGS)}",
    "drop events without a readable time": "it cannot be said whether they fall into the period",
    "drop events outside the period": "a wrong clock, or weeks that are not in this log",
    "drop unknown items": "the catalogue does not have them",
    "drop bots": f"{BOT_EVENTS} or more browse events within {BOT_SECONDS} seconds, and never a click",
    "drop events fired twice": f"the same user, item and action within {TWICE_SECONDS} seconds: one act, sent twice",
    "drop repeated candidate rows": "a pair is a candidate once a week; the first row counts",
    "drop events of pairs without a candidate row": "whether they could have been recommended is not known",
    "leave impossible numbers empty": "text where a number is due, or a number that cannot be, like a propensity of 2",
    "fill in the week from the time": "the cell is empty, and the time says which week it was",
    "fill in activity from the user's other rows": "activity belongs to the user, so any other row of theirs has it",
    "drop pairs without activity or nudge": "the cell is empty, and no other row of the user has it",
}


@dataclass(frozen=True, repr=False, eq=False)
class CleaningReport:
    """What cleaning did: `table` with columns step, rows, why; from how many `events` to how many `pairs`."""

    table: pd.DataFrame
    events: int
    pairs: int

    @property
    def counts(self) -> dict[str, int]:
        """The number of rows each step concerned."""
        return dict(zip(self.table["step"], self.table["rows"].tolist(), strict=True))

    def markdown(self) -> str:
        """The report as a Markdown table below one line of summary."""
        lines = [f"| {step} | {rows} | {why} |" for step, rows, why in self.table.itertuples(index=False)]
        return "\n".join([self._summary(), "", "| step | rows | why |", "|---|---:|---|", *lines, ""])

    def _summary(self) -> str:
        return f"{self.events} lines of the export became {self.pairs} pairs."

    def __repr__(self) -> str:
        """The report in one line."""
        return f"CleaningReport({self._summary()[:-1]})"

    def _repr_html_(self) -> str:
        return f"<p>{escape(self._summary())}</p>{self.table.to_html(index=False, border=0)}"


def clean(
    raw: pd.DataFrame, catalogue: Catalogue, weeks: tuple[int, int] = LEARNING_WEEKS
) -> tuple[pd.DataFrame, CleaningReport]:
    """The pairs of a raw log, with `LOG_COLUMNS`, sorted by user, item and week; and the report of how they were got.

    `weeks`: the first and last week of the period, counted from Monday 2026-03-02. First taught: lesson 4a.

    Raises:
        DataError: one of `RAW_COLUMNS` is missing, or no pair is left.
    """
    require(raw, RAW_COLUMNS, "the raw log")
    counts = dict.fromkeys(STEPS, 0)
    rows = _readable(raw[list(RAW_COLUMNS)].astype("str").fillna("").reset_index(drop=True), catalogue, counts)
    rows = _belonging(rows, catalogue, weeks, counts)
    pairs = _pivoted(rows, counts)
    incomplete = pairs[["activity", "nudge"]].isna().any(axis=1)
    pairs = _drop(pairs, incomplete, "drop pairs without activity or nudge", counts)
    if pairs.empty:
        raise DataError("no pair of the raw log is left after cleaning; check its candidate rows, items and period.")
    pairs = pairs.astype({name: rule.dtype for name, rule in RULES.items()})
    pairs = pairs[list(LOG_COLUMNS)].reset_index(drop=True)
    table = pd.DataFrame([(step, counts[step], why) for step, why in STEPS.items()], columns=["step", "rows", "why"])
    return pairs, CleaningReport(table, len(raw), len(pairs))


def _drop(rows: pd.DataFrame, bad: pd.Series | np.ndarray, step: str, counts: dict[str, int]) -> pd.DataFrame:
    """The rows that are not bad; how many were goes to the account."""
    bad = np.asarray(bad, dtype=bool)
    counts[step] = int(bad.sum())
    return rows[~bad] if bad.any() else rows


def _readable(rows: pd.DataFrame, catalogue: Catalogue, counts: dict[str, int]) -> pd.DataFrame:
    """The rows once each, ids and actions tidied, with their moment; only those with user, item, action and time."""
    rows = _drop(rows, rows.duplicated(), "drop exact duplicates", counts)
    tidy = _tidied(rows, catalogue)
    changed = rows[list(tidy)].to_numpy(object) != tidy.to_numpy(object)
    counts["tidy ids and actions"] = int(changed.any(axis=1).sum())
    rows = rows.assign(**{name: tidy[name] for name in tidy})
    comma, unreadable = _odd_prices(rows["price"])
    counts["read prices with a decimal comma"] = comma
    counts["leave unreadable prices to the catalogue"] = unreadable
    nameless = rows["user_id"].str.lower().isin(EMPTY) | rows["item_id"].str.lower().isin(EMPTY)
    rows = _drop(rows, nameless, "drop events without user or item", counts)
    rows = _drop(rows, ~rows["action"].isin(["candidate", *FLAGS]), "drop unknown actions", counts)
    rows = rows.assign(moment=_moments(rows["time"]))
    return _drop(rows, rows["moment"].isna(), "drop events without a readable time", counts)


def _belonging(
    rows: pd.DataFrame, catalogue: Catalogue, weeks: tuple[int, int], counts: dict[str, int]
) -> pd.DataFrame:
    """The events of people, in the period, on known items, once each, numbered by pair; pairs have a candidate row."""
    rows = rows.assign(week_of_time=(rows["moment"] - WEEK_ONE).dt.days // 7 + 1)
    rows = _drop(rows, ~rows["week_of_time"].between(*weeks), "drop events outside the period", counts)
    rows = _drop(rows, ~rows["item_id"].isin(catalogue.items["item_id"]), "drop unknown items", counts)
    rows = _drop(rows, rows["user_id"].isin(_bots(rows)), "drop bots", counts)
    rows = rows.sort_values(["user_id", "item_id", "action", "moment"], kind="stable", ignore_index=True)
    rows = _drop(rows, _fired_twice(rows), "drop events fired twice", counts)
    key = ["user_id", "item_id", "week_of_time"]
    again = (rows["action"] == "candidate") & rows.duplicated([*key, "action"])
    rows = _drop(rows, again, "drop repeated candidate rows", counts)
    pair = rows.groupby(key, sort=True).ngroup().to_numpy()  # (events,)
    orphan = ~np.isin(pair, pair[(rows["action"] == "candidate").to_numpy()])
    return _drop(rows.assign(pair=pair), orphan, "drop events of pairs without a candidate row", counts)


def _tidied(rows: pd.DataFrame, catalogue: Catalogue) -> pd.DataFrame:
    """Ids and actions without blanks around them, spelled as the catalogue and the candidate rows spell them."""
    tidy = pd.DataFrame({name: rows[name].str.strip() for name in ("user_id", "item_id", "action")})
    tidy["action"] = tidy["action"].str.lower()
    users = tidy.loc[tidy["action"] == "candidate", "user_id"].drop_duplicates()
    tidy["user_id"] = _spelled(tidy["user_id"], users)
    tidy["item_id"] = _spelled(tidy["item_id"], catalogue.items["item_id"])
    return tidy


def _spelled(values: pd.Series, known: pd.Series) -> pd.Series:
    """The values, each that differs from a known one in case only replaced by it."""
    strange = ~values.isin(known)
    if not strange.any():
        return values
    spelling = {name.lower(): name for name in known}
    spelled = values.to_numpy(object, copy=True)
    spelled[strange] = [spelling.get(name.lower(), name) for name in values[strange]]
    return pd.Series(spelled, index=values.index, dtype="str")


def _odd_prices(prices: pd.Series) -> tuple[int, int]:
    """How many prices are written like 12,50 EUR, and how many say no number at all; an empty cell is neither."""
    odd = prices[(prices != "") & pd.to_numeric(prices, errors="coerce").isna()]
    comma = odd.str.fullmatch(r"\s*\d+,\d{1,2}\s*(?:EUR|€)?\s*")
    return int(comma.sum()), int((~comma).sum())


def _moments(written: pd.Series) -> pd.Series:
    """The moments behind times written as 2026-03-02T10:15:00.000, 02.03.2026 10:15 or milliseconds since 1970."""
    stamp = written.str.strip()
    moments = pd.Series(pd.NaT, index=written.index, dtype="datetime64[ms]")
    epoch = stamp.str.fullmatch(r"\d{1,13}").to_numpy(bool)
    till = stamp.str.fullmatch(r"\d{2}\.\d{2}\.\d{4} \d{2}:\d{2}").to_numpy(bool)
    rest = ~epoch & ~till
    moments[epoch] = pd.to_datetime(stamp[epoch].astype("int64"), unit="ms")
    moments[till] = pd.to_datetime(stamp[till], format="%d.%m.%Y %H:%M", errors="coerce")
    iso = pd.to_datetime(stamp[rest], format="ISO8601", errors="coerce", utc=True)
    moments[rest] = iso.dt.tz_localize(None)
    return moments


def _bots(rows: pd.DataFrame) -> pd.Series:
    """The users with `BOT_EVENTS` browse events within `BOT_SECONDS` and no click at all."""
    browses = rows.loc[rows["action"] == "browse", ["user_id", "moment"]].sort_values(
        ["user_id", "moment"], kind="stable"
    )
    lasted = browses["moment"] - browses.groupby("user_id")["moment"].shift(BOT_EVENTS - 1)
    fast = browses.loc[lasted <= pd.Timedelta(seconds=BOT_SECONDS), "user_id"].drop_duplicates()
    return fast[~fast.isin(rows.loc[rows["action"] == "click", "user_id"])]


def _fired_twice(rows: pd.DataFrame) -> np.ndarray:
    """Which events follow the same user, item and action within `TWICE_SECONDS`; rows sorted by these and by time."""
    same = np.ones(len(rows), dtype=bool)
    for name in ("user_id", "item_id", "action"):
        same &= (rows[name] == rows[name].shift()).to_numpy(bool)
    return same & (rows["moment"].diff() <= pd.Timedelta(seconds=TWICE_SECONDS)).to_numpy()


def _pivoted(rows: pd.DataFrame, counts: dict[str, int]) -> pd.DataFrame:
    """One row a pair: what its candidate event carries, filled in where possible, and which other events it has."""
    candidates = rows[rows["action"] == "candidate"].sort_values("pair", kind="stable")
    shown = rows[rows["action"] == "recommend"].drop_duplicates("pair")
    numbers = {}
    for name, events in (*((name, candidates) for name in KNOWN_BEFORE), ("position", shown)):
        values, odd = parse_numbers(events[name])
        odd |= ~np.isnan(values) & ~RULES[name].accepts(values)
        counts["leave impossible numbers empty"] += int(odd.sum())
        numbers[name] = np.where(odd, np.nan, values)
    pairs = candidates[["user_id", "item_id", "pair"]].assign(**{name: numbers[name] for name in KNOWN_BEFORE})
    no_week = pairs["week"].isna()
    counts["fill in the week from the time"] = int(no_week.sum())
    pairs = pairs.assign(week=pairs["week"].where(~no_week, candidates["week_of_time"]))
    activity = pairs["activity"].fillna(pairs.groupby("user_id")["activity"].transform("first"))
    counts["fill in activity from the user's other rows"] = int((pairs["activity"].isna() & activity.notna()).sum())
    nudge = pairs["nudge"].fillna(pairs.groupby("user_id")["nudge"].transform("first"))
    flags = {flag: np.isin(pairs["pair"], rows.loc[rows["action"] == action, "pair"]) for action, flag in FLAGS.items()}
    position = pairs["pair"].map(pd.Series(numbers["position"], index=shown["pair"]))
    return pairs.assign(activity=activity, nudge=nudge, position=position, **flags)
