"""A log as a real shop exports it: `make_raw_log` writes one, `read_raw_log` reads one, `clean` makes it usable.

What real exports have, this one has: three ways to write a time, lines that stand twice, events fired twice, missing
and malformed cells, bots, items and moments that do not belong, lines out of order. The mess hits at random, and where
it destroys, it destroys whole pairs: what is left of the log is smaller but not distorted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from causalrec.errors import DataError
from causalrec.shop.log import LOG_COLUMNS, RULES, Log
from causalrec.shop.raw.cleaning import FLAGS, KNOWN_BEFORE, LEARNING_WEEKS, RAW_COLUMNS, STEPS, WEEK_ONE
from causalrec.shop.table import read_table, require

# The share of pairs, events or users that each kind of mess hits.
LOST_PAIRS, NO_ACTIVITY, NO_WEEK = 0.003, 0.01, 0.005
COPIES = {  # events that stand there once more, with one thing wrong
    "drop events without user or item": 0.004,
    "drop events without a readable time": 0.002,
    "drop events outside the period": 0.004,
    "drop unknown items": 0.006,
    "drop events fired twice": 0.015,
}
STRAY, BOTS, UNTIDY, COMMA_PRICE, NO_PRICE, EXPORTED_TWICE, OUT_OF_ORDER = 0.003, 0.005, 0.02, 0.03, 0.005, 0.01, 0.03
# When people shop: weights of the hours of a day, and of the days from Monday to Sunday.
HOURS = (2, 1, 1, 1, 1, 2, 4, 7, 9, 10, 10, 11, 13, 11, 9, 9, 10, 12, 15, 18, 20, 18, 11, 5)
DAYS = (10, 9, 9, 10, 11, 15, 16)
# Milliseconds after the candidate event, or after the step before.
DELAYS = {"recommend": (1, 1_500), "browse": (2_000, 60_000), "click": (1_000, 30_000), "purchase": (60_000, 900_000)}
MINUTE, HOUR, DAY, WEEK = 60_000, 3_600_000, 86_400_000, 604_800_000
START = int(WEEK_ONE.timestamp() * 1_000)
ISO, TILL, EPOCH, NO_TIME = range(4)  # the ways to write a time


def read_raw_log(path: str | Path) -> pd.DataFrame:
    """The events of an exported log, all cells as text.

    Raises:
        DataError: the file is missing, empty, not UTF-8 or no table, or lacks one of `RAW_COLUMNS`.
    """
    raw = read_table(path)
    require(raw, RAW_COLUMNS, str(path))
    return raw


def make_raw_log(log: Log, rng: np.random.Generator) -> pd.DataFrame:
    """The events behind a log's pairs as a shop would export them: `RAW_COLUMNS`, all text, in no reliable order.

    Raises:
        DataError: the log's pairs lack one of `LOG_COLUMNS`, or lie outside weeks 5 to 8.
    """
    return mess_up(log, rng).events


@dataclass(frozen=True, eq=False)
class MessyLog:
    """A raw log with its maker's account: rows `expected` in each step of `clean`, and a mask of the pairs `lost`."""

    events: pd.DataFrame
    expected: Mapping[str, int]
    lost: np.ndarray


def mess_up(log: Log, rng: np.random.Generator) -> MessyLog:
    """What `make_raw_log` makes, and the account by which a test holds `clean` to it. Raises as `make_raw_log` does."""
    require(log.pairs, LOG_COLUMNS, "the log")
    if not log.pairs["week"].between(*LEARNING_WEEKS).all():
        raise DataError(f"the log has pairs outside weeks {LEARNING_WEEKS[0]} to {LEARNING_WEEKS[1]}; leave them out.")
    lost = np.zeros(len(log.pairs), dtype=bool)
    if len(lost) >= 10:  # a tiny log keeps its pairs
        lost[_some(rng, np.arange(len(lost)), LOST_PAIRS)] = True
    true = _with_gaps(_true_events(log, rng), lost, rng)
    sound = true[true["step"] == ""]
    junk = [_copies(sound, step, log, rng) for step in COPIES]
    events = pd.concat([true, *junk, _strays(log, rng), _bots(log, rng)], ignore_index=True)
    events = _mispriced(_untidied(events, log, rng), rng)
    events = events.assign(time=_times(events["moment"].to_numpy(), events["style"].to_numpy()))
    events = events[~events.duplicated(list(RAW_COLUMNS))]  # two pieces of mess may have come out alike
    marks = pd.concat([events[mark] for mark in ("step", "gap", "untidy", "price_step")])
    expected = dict.fromkeys(STEPS, 0) | marks[marks != ""].value_counts().to_dict()
    again = events.iloc[_some(rng, np.arange(len(events)), EXPORTED_TWICE)]
    expected["drop exact duplicates"] = len(again)
    events = _out_of_order(pd.concat([events, again]), rng)
    return MessyLog(events[list(RAW_COLUMNS)].astype("str").reset_index(drop=True), expected, lost)


def _some(rng: np.random.Generator, among: np.ndarray, share: float) -> np.ndarray:
    """About `share` of the numbers, at least one where there is one, sorted."""
    size = min(len(among), max(1, round(share * len(among))))
    return np.sort(rng.choice(among, size, replace=False))


def _pick(rng: np.random.Generator, among: Sequence[str], size: int) -> np.ndarray:
    return np.array(among, dtype=object)[rng.integers(0, len(among), size)]


def _written(log: Log) -> pd.DataFrame:
    """The pairs as text: whole numbers without a point, an empty cell as ""; with the item's price in euro."""
    columns = {}
    for name in LOG_COLUMNS:
        values = log.pairs[name]
        if name in RULES and RULES[name].dtype in ("int64", "Int64"):
            values = values.astype("Int64")
        columns[name] = values.astype("str").where(values.notna(), "").to_numpy(object)
    prices = dict.fromkeys(log.catalogue.items["item_id"], "")
    if "price" in log.catalogue.items:
        known = log.catalogue.items.dropna(subset=["price"])
        prices |= {item: f"{price:.2f}" for item, price in zip(known["item_id"], known["price"], strict=True)}
    return pd.DataFrame(columns).assign(price=log.pairs["item_id"].map(prices).to_numpy(object))


def _true_events(log: Log, rng: np.random.Generator) -> pd.DataFrame:
    """The events of the pairs, without mess; each user makes one visit a week, of at most an hour."""
    written, size = _written(log), len(log.pairs)
    visit = log.pairs.groupby(["user_id", "week"]).ngroup().to_numpy()  # (pairs,)
    visit_start = _visits(int(visit.max()) + 1, rng)[visit]
    moment = START + (log.pairs["week"].to_numpy("int64") - 1) * WEEK + visit_start + rng.integers(0, 40 * MINUTE, size)
    by_app = rng.random(size) < 0.3
    frames = [_events(written, np.arange(size), "candidate", moment, np.full(size, ISO))]
    for action, flag in FLAGS.items():
        moment = moment + rng.integers(*DELAYS[action], size)
        style = np.where(by_app & (action != "recommend"), EPOCH, ISO)
        if action == "purchase":  # most purchases are exported by the till, which writes no seconds
            style = np.where(rng.random(size) < 0.7, TILL, style)
        pair = np.flatnonzero(written[flag] == "1")
        frames.append(_events(written, pair, action, moment[pair], style[pair]))
    return pd.concat(frames, ignore_index=True)


def _visits(size: int, rng: np.random.Generator) -> np.ndarray:
    """Milliseconds from the start of a week to the start of a visit that ends within the week; shape (size,)."""
    days, hours = np.array(DAYS) / sum(DAYS), np.array(HOURS) / sum(HOURS)
    start = rng.choice(7, size, p=days) * DAY + rng.choice(24, size, p=hours) * HOUR + rng.integers(0, HOUR, size)
    return np.minimum(start, WEEK - 2 * HOUR)


def _events(
    written: pd.DataFrame, pair: np.ndarray, action: str, moment: np.ndarray, style: np.ndarray
) -> pd.DataFrame:
    """Events of one action: the cells it carries, its moment (milliseconds since 1970), marks for the account.

    `moment` is what the event's clock says, `arrival` when it reaches the export.
    """
    rows = written.take(pair)
    carried = {"candidate": KNOWN_BEFORE, "recommend": ("position",)}.get(action, ("price",))
    cells = ("position", "price", *KNOWN_BEFORE)
    columns = {name: rows[name].to_numpy(object) if name in carried else "" for name in cells}
    ids = {"user_id": rows["user_id"].to_numpy(object), "item_id": rows["item_id"].to_numpy(object), "action": action}
    marks = {"pair": pair, "moment": moment, "arrival": moment, "style": style, "step": "", "gap": ""}
    return pd.DataFrame({**ids, **columns, **marks})


def _with_gaps(true: pd.DataFrame, lost: np.ndarray, rng: np.random.Generator) -> pd.DataFrame:
    """The events, with the candidate rows of lost pairs nameless and some cells empty that cleaning can fill in."""
    candidate = (true["action"] == "candidate").to_numpy()
    gone = lost[true["pair"]]
    step = np.where(gone & candidate, "drop events without user or item", "")
    step = np.where(gone & ~candidate, "drop events of pairs without a candidate row", step)
    user = np.where(gone & candidate, _pick(rng, ("", "n/a"), len(true)), true["user_id"])
    whole = np.flatnonzero(candidate & ~gone)
    another = whole[true["user_id"].iloc[whole].duplicated().to_numpy()]  # an earlier row keeps the user's activity
    no_activity = _some(rng, another, NO_ACTIVITY)
    no_week = _some(rng, np.setdiff1d(whole, no_activity), NO_WEEK)
    gap, activity, week = (true[name].to_numpy(object, copy=True) for name in ("gap", "activity", "week"))
    gap[no_activity], activity[no_activity] = "fill in activity from the user's other rows", ""
    gap[no_week], week[no_week] = "fill in the week from the time", ""
    return true.assign(user_id=user, step=step, gap=gap, activity=activity, week=week)


def _copies(sound: pd.DataFrame, step: str, log: Log, rng: np.random.Generator) -> pd.DataFrame:
    """Some events once more, so that cleaning must drop the copies in `step`."""
    exact = (sound["action"] != "candidate") & (sound["style"] != TILL)  # the till's minutes would hide a few seconds
    copies = sound.iloc[_some(rng, np.flatnonzero(exact), COPIES[step])]
    size = len(copies)
    if step == "drop events without user or item":
        copies = copies.assign(user_id=_pick(rng, ("", "n/a", "null"), size))
    elif step == "drop events without a readable time":
        copies = copies.assign(style=NO_TIME)
    elif step == "drop events outside the period":
        shifted = copies["moment"] + rng.choice([-52, -8, 9, 520], size) * WEEK
        reset = rng.integers(0, DAY, size)  # a device that counts from 1970 again
        copies = copies.assign(moment=np.where(rng.random(size) < 0.3, reset, shifted))
    elif step == "drop unknown items":
        copies = copies.assign(item_id=_pick(rng, _new_ids(log.catalogue.items["item_id"], 9, rng), size))
    else:
        copies = copies.assign(moment=copies["moment"] + rng.integers(1_000, 9_000, size))
    return copies.assign(step=step, gap="")


def _new_ids(known: pd.Series, count: int, rng: np.random.Generator) -> list[str]:
    """Ids that look like the known ones and are none of them."""
    first = str(known.iloc[0])
    letters = first.rstrip("0123456789")
    width = len(first) - len(letters)
    taken = set(known.str.lower())
    numbers = rng.permutation(2 * len(taken) + 10 * count)
    fresh = [name for number in numbers if (name := f"{letters}{number:0{width}d}").lower() not in taken]
    return fresh[:count]


def _strays(log: Log, rng: np.random.Generator) -> pd.DataFrame:
    """Browse events of users on items that were no candidates of theirs."""
    size = max(1, round(STRAY * len(log.pairs)))
    drawn = pd.DataFrame(
        {
            "user_id": _pick(rng, log.pairs["user_id"].to_numpy(object), 4 * size),
            "item_id": _pick(rng, log.catalogue.items["item_id"].to_numpy(object), 4 * size),
        }
    ).drop_duplicates()
    taken = pd.MultiIndex.from_frame(log.pairs[["user_id", "item_id"]].astype("object"))
    new = drawn[~pd.MultiIndex.from_frame(drawn).isin(taken)].head(size)
    week = rng.integers(LEARNING_WEEKS[0] - 1, LEARNING_WEEKS[1], len(new))
    columns = {name: "" for name in ("position", "price", *KNOWN_BEFORE)}
    moment = START + week * WEEK + _visits(len(new), rng)
    marks = {"pair": -1, "moment": moment, "arrival": moment, "style": ISO, "gap": ""}
    return new.assign(action="browse", **columns, **marks, step="drop events of pairs without a candidate row")


def _bots(log: Log, rng: np.random.Generator) -> pd.DataFrame:
    """Visits of users who look like any other, are given candidates, and browse hundreds of items within a minute."""
    users = pd.concat([log.pairs["user_id"], log.candidates["user_id"], log.history["user_id"]]).astype("str")
    written, frames = _written(log), []
    for name in _new_ids(users.drop_duplicates(), max(1, round(BOTS * log.pairs["user_id"].nunique())), rng):
        week = int(rng.integers(LEARNING_WEEKS[0], LEARNING_WEEKS[1] + 1))
        pair = rng.integers(0, len(written), rng.integers(150, 300))
        like = written.iloc[pair[0]]
        shown = written.assign(user_id=name, week=str(week), activity=like["activity"], nudge=like["nudge"])
        start = START + (week - 1) * WEEK + int(_visits(1, rng)[0])
        each = pair[~written["item_id"].iloc[pair].duplicated().to_numpy()]
        considered = start + np.sort(rng.integers(0, 1_000, len(each)))
        browsed = start + 1_000 + np.sort(rng.choice(50_000, len(pair), replace=False))
        frames.append(_events(shown, each, "candidate", considered, np.full(len(each), ISO)))
        frames.append(_events(shown, pair, "browse", browsed, np.full(len(pair), rng.choice([ISO, EPOCH]))))
    return pd.concat(frames).assign(step="drop bots")


def _untidied(events: pd.DataFrame, log: Log, rng: np.random.Generator) -> pd.DataFrame:
    """The events, some of whose ids and actions are padded with blanks or in another case; marked in `untidy`."""
    chosen = rng.permutation(_some(rng, np.flatnonzero(events["step"] == ""), UNTIDY))
    known = {"user_id": log.pairs["user_id"], "item_id": log.catalogue.items["item_id"], "action": events["action"]}
    changed = np.zeros(len(events), dtype=bool)
    columns = {}
    for name, rows in zip(known, np.array_split(chosen, 3), strict=True):
        padded, cased = np.array_split(rows, 2)
        if name != "action":  # candidate rows are the recommender's own: they say how an id is spelled
            cased = cased[(events["action"].iloc[cased] != "candidate").to_numpy()]
        lowered = known[name].drop_duplicates().str.lower()
        ambiguous = set(lowered[lowered.duplicated()])
        texts = events[name].to_numpy(object, copy=True)
        texts[padded[::2]] = " " + texts[padded[::2]]
        texts[padded[1::2]] += "  "
        texts[cased] = [_other_case(text, ambiguous) for text in texts[cased]]
        changed |= texts != events[name].to_numpy(object)
        columns[name] = texts
    return events.assign(**columns, untidy=np.where(changed, "tidy ids and actions", ""))


def _other_case(text: str, ambiguous: set[str]) -> str:
    """The text in lower case, or in upper case where it is in lower case; unchanged where that would not be undone."""
    other = text.lower() if text != text.lower() else text.upper()
    return text if text.lower() in ambiguous or other.lower() != text.lower() else other


def _mispriced(events: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """The events, some of whose prices are written 12,50 EUR or are no number; marked in `price_step`."""
    priced = np.flatnonzero(events["price"] != "")
    none = _some(rng, priced, NO_PRICE)
    comma = _some(rng, np.setdiff1d(priced, none), COMMA_PRICE)
    price, mark = events["price"].to_numpy(object, copy=True), np.full(len(events), "", dtype=object)
    price[comma] = [f"{text} EUR".replace(".", ",") for text in price[comma]]
    price[none] = "n/a"
    mark[comma], mark[none] = "read prices with a decimal comma", "leave unreadable prices to the catalogue"
    return events.assign(price=price, price_step=mark)


def _times(moment: np.ndarray, style: np.ndarray) -> np.ndarray:
    """Moments (milliseconds since 1970) as text, each in its style; shape (events,)."""
    stamps = moment.astype("datetime64[ms]")
    text = np.datetime_as_string(stamps).astype(object)
    text[style == EPOCH] = moment[style == EPOCH].astype(str)
    till = np.datetime_as_string(stamps[style == TILL], unit="m")  # 2026-03-30T10:15
    text[style == TILL] = [f"{at[8:10]}.{at[5:7]}.{at[:4]} {at[11:]}" for at in till]
    text[style == NO_TIME] = "n/a"
    return text


def _out_of_order(events: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """The events as they arrived, some of them anywhere; a wrong clock does not change when an event arrives."""
    place = events["arrival"].rank().to_numpy() / len(events)
    late = rng.random(len(events)) < OUT_OF_ORDER
    place[late] = rng.random(int(late.sum()))
    return events.iloc[np.argsort(place, kind="stable")]
