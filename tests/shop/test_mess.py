from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from causalrec.errors import DataError
from causalrec.shop.catalogue import Catalogue
from causalrec.shop.log import CANDIDATE_COLUMNS, HISTORY_COLUMNS, LOG_COLUMNS, Log
from causalrec.shop.raw.cleaning import RAW_COLUMNS, STEPS, clean
from causalrec.shop.raw.mess import make_raw_log, mess_up, read_raw_log


def made_up_log(
    seed: int, users: int, candidates: int, items: int, priced: bool = True, upper: bool = True, propensity: bool = True
) -> Log:
    """A log of coin flips: every user has the candidates at random, some of them in two weeks."""
    rng, size = np.random.default_rng(seed), users * candidates
    prefix = ("U", "I") if upper else ("user-", "item-")
    item_ids = np.array([f"{prefix[1]}{number:03d}" for number in range(items)])
    catalogue = pd.DataFrame({"item_id": item_ids, "title": [f"Thing {number}" for number in range(items)]})
    if priced:
        catalogue["price"] = rng.gamma(2, 20, items).round(2)
    item = np.concatenate([rng.choice(items, candidates) for _ in range(users)])
    recommended = rng.random(size) < 0.3
    popularity, activity, nudge = rng.normal(size=items).round(4), rng.normal(size=users), rng.integers(0, 2, users)
    browsed = (rng.random(size) < 0.2) | (recommended & (rng.random(size) < 0.65))
    pairs = pd.DataFrame(
        {
            "user_id": np.repeat([f"{prefix[0]}{number:04d}" for number in range(users)], candidates),
            "item_id": item_ids[item],
            "week": rng.integers(5, 9, size),
            "score": np.where(rng.random(size) < 0.1, np.nan, rng.normal(size=size)),
            "popularity": popularity[item],
            "activity": np.repeat(activity, candidates),
            "nudge": np.repeat(nudge, candidates),
            "propensity": rng.uniform(0.01, 1, size) if propensity else np.nan,
            "recommended": recommended.astype(int),
            "position": pd.array(np.where(recommended, rng.integers(1, 9, size), np.nan), dtype="Int64"),
            "browsed": browsed.astype(int),
            "clicked": (browsed & (rng.random(size) < 0.4)).astype(int),
            "purchased": (browsed & (rng.random(size) < 0.2)).astype(int),
        }
    ).drop_duplicates(["user_id", "item_id", "week"], ignore_index=True)
    nothing = {name: pd.Series(dtype="str") for name in (*HISTORY_COLUMNS, *CANDIDATE_COLUMNS)}
    history, held_out = (pd.DataFrame(nothing)[list(names)] for names in (HISTORY_COLUMNS, CANDIDATE_COLUMNS))
    return Log(pairs, Catalogue(catalogue), history, held_out)


def what_must_be_left(log: Log, lost: np.ndarray) -> pd.DataFrame:
    return log.pairs[~lost].sort_values(["user_id", "item_id", "week"], ignore_index=True)


@settings(max_examples=15, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    users=st.integers(1, 8),
    candidates=st.integers(1, 8),
    items=st.integers(1, 12),
    priced=st.booleans(),
    upper=st.booleans(),
    propensity=st.booleans(),
)
def test_cleaning_undoes_the_mess_and_counts_all_of_it(
    seed: int, users: int, candidates: int, items: int, priced: bool, upper: bool, propensity: bool
) -> None:
    log = made_up_log(seed, users, candidates, items, priced=priced, upper=upper, propensity=propensity)
    messy = mess_up(log, np.random.default_rng(seed))
    pairs, report = clean(messy.events, log.catalogue)
    assert_frame_equal(pairs, what_must_be_left(log, messy.lost))
    assert report.counts == messy.expected
    assert (report.events, report.pairs) == (len(messy.events), len(pairs))


def test_a_whole_log_is_made_and_cleaned() -> None:
    log = made_up_log(1, users=600, candidates=70, items=252)
    assert len(log.pairs) > 36_000
    messy = mess_up(log, np.random.default_rng(1))
    pairs, report = clean(messy.events, log.catalogue)
    assert_frame_equal(pairs, what_must_be_left(log, messy.lost))
    assert report.counts == messy.expected
    assert {step for step, rows in report.counts.items() if not rows} == {
        "drop unknown actions",
        "drop repeated candidate rows",
        "leave impossible numbers empty",
        "drop pairs without activity or nudge",
    }
    assert 0.995 * len(log.pairs) < len(pairs) < len(log.pairs)


def test_the_raw_log_looks_like_an_export() -> None:
    log = made_up_log(2, users=40, candidates=40, items=60)
    raw = make_raw_log(log, np.random.default_rng(2))
    assert list(raw) == list(RAW_COLUMNS)
    assert set(raw.dtypes.astype(str)) == {"str"}
    assert raw["time"].str.fullmatch(r"2026-0[34]-\d\dT\d\d:\d\d:\d\d\.\d{3}").mean() > 0.5
    assert raw["time"].str.fullmatch(r"\d\d\.0[34]\.2026 \d\d:\d\d").any()
    assert raw["time"].str.fullmatch(r"17\d{11}").any()
    assert raw["price"].str.fullmatch(r"\d+,\d\d EUR").any()
    assert raw["user_id"].isin(["", "n/a"]).any()
    assert (raw["user_id"] != raw["user_id"].str.strip()).any()
    assert not raw["action"].isin(["candidate", "recommend", "browse", "click", "purchase"]).all()
    assert raw.duplicated().any()
    carried = raw["action"].str.strip().str.lower() == "candidate"
    assert (raw.loc[~carried, ["score", "activity", "propensity"]] == "").all(axis=None)
    assert (raw.loc[carried, ["price", "position"]] == "").all(axis=None)
    # In the order of arrival, but not all of it; a clock that was set back does not bring an event to the front.
    set_back = np.flatnonzero(raw["time"].str.fullmatch(r"1970-.*|\d{1,8}"))
    assert set_back.max() > len(raw) / 10
    iso = pd.to_datetime(raw.loc[raw["time"].str.startswith("2026-"), "time"])
    assert 0.85 < (iso.diff().dropna() >= pd.Timedelta(0)).mean() < 1


def test_people_shop_in_the_evening_rather_than_at_night() -> None:
    raw = make_raw_log(made_up_log(3, users=200, candidates=30, items=60), np.random.default_rng(3))
    hour = pd.to_datetime(raw.loc[raw["time"].str.startswith("2026-"), "time"]).dt.hour
    assert hour.between(18, 21).mean() > 5 * hour.between(1, 4).mean()


def test_the_same_rng_gives_the_same_raw_log_and_order_does_not_matter_to_cleaning() -> None:
    log = made_up_log(4, users=12, candidates=12, items=20)
    raw = make_raw_log(log, np.random.default_rng(4))
    assert_frame_equal(raw, make_raw_log(log, np.random.default_rng(4)))
    assert not raw.equals(make_raw_log(log, np.random.default_rng(5)))
    pairs, report = clean(raw, log.catalogue)
    shuffled = raw.sample(frac=1, random_state=np.random.default_rng(6))
    assert_frame_equal(clean(shuffled, log.catalogue)[0], pairs)
    assert clean(shuffled, log.catalogue)[1].counts == report.counts


def test_a_raw_log_goes_through_a_file_unchanged(tmp_path: Path) -> None:
    log = made_up_log(5, users=6, candidates=10, items=20)
    raw = make_raw_log(log, np.random.default_rng(5))
    raw.to_csv(tmp_path / "raw.csv", index=False)
    assert_frame_equal(read_raw_log(tmp_path / "raw.csv"), raw)
    guessed_types = pd.read_csv(tmp_path / "raw.csv")
    assert_frame_equal(clean(guessed_types, log.catalogue)[0], clean(raw, log.catalogue)[0])
    (tmp_path / "raw.csv").write_text("time,user_id\n1,2\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"raw\.csv: column 'item_id' is missing"):
        read_raw_log(tmp_path / "raw.csv")


def test_the_log_itself_is_left_as_it_was(tiny_log: Log) -> None:
    before = tiny_log.pairs.copy()
    make_raw_log(tiny_log, np.random.default_rng(0))
    assert_frame_equal(tiny_log.pairs, before)


def test_a_log_that_cannot_be_exported_is_refused(tiny_log: Log) -> None:
    late = Log(tiny_log.pairs.assign(week=9), tiny_log.catalogue, tiny_log.history, tiny_log.candidates)
    with pytest.raises(DataError, match="pairs outside weeks 5 to 8; leave them out"):
        make_raw_log(late, np.random.default_rng(0))
    short = Log(tiny_log.pairs.drop(columns="score"), tiny_log.catalogue, tiny_log.history, tiny_log.candidates)
    with pytest.raises(DataError, match="column 'score' is missing"):
        make_raw_log(short, np.random.default_rng(0))


# --- cleaning, by hand ------------------------------------------------------------------------------------------------

BY_HAND = """\
time,user_id,item_id,action,position,price,week,score,popularity,activity,nudge,propensity
2026-03-30T10:00:00.000,Ann,I001,candidate,,,5,0.5,-1.5,0.25,1,0.75
2026-03-30T10:00:00.500,Ann,I001,recommend,2,,,,,,,
2026-03-30T10:00:09.000,Ann,I001,browse,,149.00,,,,,,
2026-03-30T10:00:17.000,Ann,I001,browse,,149.00,,,,,,
2026-03-30T10:00:09.000,Ann,I001,browse,,149.00,,,,,,
30.03.2026 10:09, ann ,i001,PURCHASE,,"149,00 EUR",,,,,,
1775465100000,Ann,I002,candidate,,,,?,0.75,,1,0.5
2026-04-06T09:00:00Z,Ann,I002,click,,ask us,,,,,,
2026-04-06T08:45:00,Ann,I002,candidate,,,6,9.5,0.75,0.25,1,0.5
2026-04-06T08:50:00,Bo,I003,candidate,,,6,0.5,,,0,0.5
2026-04-06T08:50:00,Ann,I003,browse,,12.90,,,,,,
2026-04-13T08:50:00,Ann,I001,browse,,149.00,,,,,,
2026-03-29T23:59:59,Ann,I001,click,,149.00,,,,,,
2026-04-27T00:00:00,Ann,I001,click,,149.00,,,,,,
2026-03-30T10:00:09.000,Ann,I999,click,,1.00,,,,,,
2026-03-30T10:00:09.000,Ann,I001,heartbeat,,,,,,,,
2026-03-30T10:00:09.000,n/a,I001,click,,149.00,,,,,,
2026-03-30T10:00:09.000,Ann,,click,,,,,,,,
yesterday,Ann,I001,click,,149.00,,,,,,
31.02.2026 10:00,Ann,I001,click,,149.00,,,,,,
"""


def test_every_rule_of_cleaning_on_twenty_lines(tmp_path: Path, tiny_catalogue: Catalogue) -> None:
    (tmp_path / "raw.csv").write_text(BY_HAND, encoding="utf-8")
    pairs, report = clean(read_raw_log(tmp_path / "raw.csv"), tiny_catalogue)
    assert list(pairs) == list(LOG_COLUMNS)
    # Ann has I001 in week 5 and I002 in week 6 (1775465100000 is 2026-04-06T08:45, and comes first in the file); Bo's
    # only row lacks his activity.
    assert pairs.astype(object).where(pairs.notna(), None).to_numpy().tolist() == [
        ["Ann", "I001", 5, 0.5, -1.5, 0.25, 1, 0.75, 1, 2, 1, 0, 1],
        ["Ann", "I002", 6, None, 0.75, 0.25, 1, 0.5, 0, None, 0, 1, 0],
    ]
    assert report.counts == {
        "drop exact duplicates": 1,
        "tidy ids and actions": 1,
        "read prices with a decimal comma": 1,
        "leave unreadable prices to the catalogue": 1,
        "drop events without user or item": 2,
        "drop unknown actions": 1,
        "drop events without a readable time": 2,
        "drop events outside the period": 2,
        "drop unknown items": 1,
        "drop bots": 0,
        "drop events fired twice": 2,
        "drop repeated candidate rows": 0,
        "drop events of pairs without a candidate row": 2,
        "leave impossible numbers empty": 1,
        "fill in the week from the time": 1,
        "fill in activity from the user's other rows": 1,
        "drop pairs without activity or nudge": 1,
    }
    assert (report.events, report.pairs) == (20, 2)


def candidate(time: str, user: str, score: str = "0.5") -> dict[str, str]:
    event = {"time": time, "user_id": user, "item_id": "I001", "action": "candidate", "week": "5", "score": score}
    known = {"popularity": "1.0", "activity": "0.5", "nudge": "0", "propensity": "0.5"}
    return dict.fromkeys(RAW_COLUMNS, "") | event | known


def browses(user: str, count: int, seconds: float, clicks: int = 0) -> list[dict[str, str]]:
    moments = pd.Timestamp("2026-03-31T12:00") + pd.to_timedelta(np.linspace(0, seconds, count), unit="s")
    blank = dict.fromkeys(RAW_COLUMNS, "") | {"user_id": user, "item_id": "I001"}
    seen = [blank | {"time": moment.isoformat(timespec="milliseconds"), "action": "browse"} for moment in moments]
    return seen + [blank | {"time": "2026-03-31T12:30:00", "action": "click"}] * clicks


@pytest.mark.parametrize(
    ("count", "seconds", "clicks", "is_bot"),
    [(100, 59.9, 0, True), (99, 20, 0, False), (100, 61, 0, False), (100, 59.9, 1, False), (300, 200, 0, False)],
)
def test_a_bot_is_fast_and_never_clicks(
    tiny_catalogue: Catalogue, count: int, seconds: float, clicks: int, is_bot: bool
) -> None:
    suspect = [candidate("2026-03-31T11:59:59", "B"), *browses("B", count, seconds, clicks)]
    raw = pd.DataFrame([candidate("2026-03-30T10:00:00", "A"), *suspect])
    pairs, report = clean(raw, tiny_catalogue)
    assert pairs["user_id"].tolist() == (["A"] if is_bot else ["A", "B"])
    assert report.counts["drop bots"] == (len(suspect) if is_bot else 0)


def test_the_first_candidate_row_of_a_pair_counts(tiny_catalogue: Catalogue) -> None:
    later, earlier = candidate("2026-03-31T10:00:00", "A", "0.9"), candidate("2026-03-30T10:00:00", "A", "0.1")
    pairs, report = clean(pd.DataFrame([later, earlier]), tiny_catalogue)
    assert pairs["score"].tolist() == [0.1]
    assert report.counts["drop repeated candidate rows"] == 1


def test_numbers_that_cannot_be_are_left_empty(tiny_catalogue: Catalogue) -> None:
    broken = {"week": "5.5", "score": "inf", "popularity": "high", "propensity": "2"}
    shown = dict.fromkeys(RAW_COLUMNS, "") | {"time": "1774864801000", "user_id": "A", "item_id": "I001"}
    raw = pd.DataFrame(
        [
            candidate("2026-03-30T10:00:00", "A") | broken | {"time": "1774864800000"},
            shown | {"action": "recommend", "position": "0"},
        ]
    )
    pairs, report = clean(raw, tiny_catalogue)  # a raw log with one way of writing a time
    assert pairs[["week", "activity", "recommended"]].to_numpy().tolist() == [[5, 0.5, 1]]
    assert pairs[["score", "popularity", "propensity", "position"]].isna().all(axis=None)
    assert report.counts["leave impossible numbers empty"] == 5
    raw.loc[0, "nudge"] = "0.5"
    with pytest.raises(DataError, match="no pair of the raw log is left"):
        clean(raw, tiny_catalogue)


def test_a_raw_log_of_which_nothing_is_left_is_refused(tiny_catalogue: Catalogue) -> None:
    with pytest.raises(DataError, match="no pair of the raw log is left after cleaning; check"):
        clean(pd.DataFrame(browses("A", 3, 100)), tiny_catalogue)
    with pytest.raises(DataError, match="no pair of the raw log is left after cleaning; check"):
        clean(pd.DataFrame([candidate("2026-03-30T10:00:00", "A")]), tiny_catalogue, weeks=(1, 4))
    with pytest.raises(DataError, match="the raw log has no rows"):
        clean(pd.DataFrame(columns=list(RAW_COLUMNS)), tiny_catalogue)


def test_the_report_can_be_read(tiny_log: Log) -> None:
    _, report = clean(make_raw_log(tiny_log, np.random.default_rng(0)), tiny_log.catalogue)
    assert list(report.table) == ["step", "rows", "why"]
    assert report.table["step"].tolist() == list(STEPS)
    assert repr(report) == f"CleaningReport({report.events} lines of the export became 5 pairs)"
    lines = report.markdown().splitlines()
    assert lines[0] == f"{report.events} lines of the export became 5 pairs."
    assert lines[2:4] == ["| step | rows | why |", "|---|---:|---|"]
    assert len(lines) == 4 + len(STEPS)
    assert f"| drop bots | {report.counts['drop bots']} |" in report.markdown()
    assert "<table" in report._repr_html_()
