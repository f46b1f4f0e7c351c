import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from causalrec.errors import DataError
from causalrec.shop.log import (
    CANDIDATE_COLUMNS,
    HISTORY_COLUMNS,
    LOG_COLUMNS,
    REQUIRED_COLUMNS,
    Log,
    Truth,
    check_history,
    check_pairs,
    read_log,
)
from causalrec.shop.table import read_table

CATALOGUE_CSV = """item_id,title,description,category,price,listed
I001,Two-person tent,"Pitches in four minutes, and stands in a gale.",Outdoor & Sport,149.00,2026-02-02
I002,Proving basket,Rattan for a kilo of dough.,Kitchen & Dining,18.50,2026-02-02
I003,Rope lead,,Outdoor & Sport,12.90,2026-04-27
"""
PAIRS_CSV = """\
user_id,item_id,week,score,popularity,activity,nudge,propensity,recommended,position,browsed,clicked,purchased
U0001,I001,5,0.4,-1.5,0.25,1,0.5,1,1,1,1,0
U0001,I002,6,-0.3,0.75,0.25,1,0.2,0,,0,0,0
U0002,I001,5,1.25,-1.5,-2.0,0,0.9,1,2,1,1,1
U0002,I002,5,,0.75,-2.0,0,0.05,0,,1,0,0
U0002,I003,8,0.1,,-2.0,0,0.3,0,,0,0,0
"""
MINIMAL = "user_id,item_id,recommended,purchased\nanna,tent,1,0\nanna,lead,0,0\nbo,tent,0,1\n"


def one_sentence(error: pytest.ExceptionInfo[BaseException]) -> str:
    """The message, which is one sentence on one line."""
    message = str(error.value)
    assert message.endswith(".")
    assert not re.search(r"\n|[.!?]\s", message), message
    return message


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A folder with a catalogue, a history and a log that are right."""
    (tmp_path / "catalogue.csv").write_text(CATALOGUE_CSV, encoding="utf-8")
    (tmp_path / "history.csv").write_text("week,user_id,item_id\n1,U0001,I002\n4,U0003,I001\n", encoding="utf-8")
    (tmp_path / "log.csv").write_text(PAIRS_CSV, encoding="utf-8")
    return tmp_path


def test_reading_gives_the_log_written_by_hand(files: Path, tiny_log: Log) -> None:
    log = read_log(files / "log.csv", files / "catalogue.csv", files / "history.csv")
    assert_frame_equal(log.pairs, tiny_log.pairs)
    assert_frame_equal(log.history, tiny_log.history)
    assert_frame_equal(log.catalogue.items, tiny_log.catalogue.items)
    assert list(log.candidates) == list(CANDIDATE_COLUMNS)
    assert len(log.candidates) == 0
    assert log.missing_columns == ()
    assert log.absent == {}


def test_a_strangers_log_needs_four_columns_and_what_lacks_is_said(files: Path) -> None:
    (files / "log.csv").write_text(MINIMAL, encoding="utf-8")
    (files / "catalogue.csv").write_text("item_id,title\ntent,A tent\nlead,A lead\n", encoding="utf-8")
    log = read_log(files / "log.csv", files / "catalogue.csv")
    assert list(log.pairs) == list(REQUIRED_COLUMNS)
    assert log.pairs["recommended"].tolist() == [1, 0, 0]
    assert log.missing_columns == tuple(name for name in LOG_COLUMNS if name not in REQUIRED_COLUMNS)
    assert set(log.absent) == {*log.missing_columns, "history"}
    assert "P(purchase | text)" in log.absent["clicked"]
    assert list(log.history) == list(HISTORY_COLUMNS)


def test_other_columns_are_left_out_and_empty_ones_count_as_missing(files: Path) -> None:
    text = "title,user_id,item_id,recommended,purchased,nudge,propensity\nA,a,I001,1,0,,\nB,a,I002,0,0,,\n"
    (files / "log.csv").write_text(text, encoding="utf-8")
    log = read_log(files / "log.csv", files / "catalogue.csv")
    assert list(log.pairs) == ["user_id", "item_id", "propensity", "recommended", "purchased"]
    assert log.pairs["propensity"].isna().all()
    assert {"nudge", "propensity"} <= set(log.absent)


def test_other_spellings_of_the_same_cells_are_read(files: Path) -> None:
    text = 'item_id,recommended, user_id ,purchased,score\r\nI001,True,007,0,NA\r\n"I002",false,007, 1 ,1e-3\r\n\r\n'
    (files / "log.csv").write_bytes(b"\xef\xbb\xbf" + text.encode())
    pairs = read_log(files / "log.csv", files / "catalogue.csv").pairs
    assert pairs["user_id"].tolist() == ["007", "007"]
    assert pairs["recommended"].tolist() == [1, 0]
    assert pairs["purchased"].tolist() == [0, 1]
    assert pairs["score"].fillna(-9).tolist() == [-9, 0.001]


def broken(column: str, row: int, value: str) -> str:
    """`PAIRS_CSV` with another value in one cell; the header is row 1."""
    lines = [line.split(",") for line in PAIRS_CSV.splitlines()]
    lines[row - 1][lines[0].index(column)] = value
    return "\n".join(",".join(line) for line in lines) + "\n"


@pytest.mark.parametrize(
    ("column", "row", "value", "says"),
    [
        ("recommended", 4, "yes", "'yes' is not 0 or 1; write 1 for yes and 0 for no"),
        ("recommended", 2, "2", "2 is not 0 or 1"),
        ("purchased", 3, "", "is empty where 0 or 1 is needed"),
        ("clicked", 3, "n/a", "is empty where 0 or 1 is needed"),
        ("propensity", 6, "0", "0 is not a probability above 0 and at most 1"),
        ("propensity", 5, "1.5", "1.5 is not a probability"),
        ("propensity", 5, "-0.1", "-0.1 is not a probability"),
        ("propensity", 5, "high", "'high' is not a probability"),
        ("score", 2, "0,4x", "'0,4x' is not a finite number"),
        ("popularity", 2, "inf", "inf is not a finite number"),
        ("activity", 2, "", "is empty where a finite number is needed"),
        ("week", 3, "5.5", "5.5 is not a whole number"),
        ("week", 3, "2026-W10", "'2026-W10' is not a whole number"),
        ("position", 2, "0", "0 is not a slot number from 1"),
        ("user_id", 3, " ", "is empty; fill it in, or drop the row"),
        ("item_id", 3, "", "is empty; fill it in, or drop the row"),
        ("item_id", 3, "I999", "'I999' is not in the catalogue; add it to the catalogue, or drop the row"),
    ],
)
def test_a_broken_cell_is_named_with_its_remedy(files: Path, column: str, row: int, value: str, says: str) -> None:
    text = broken(column, row, f'"{value}"')
    (files / "log.csv").write_text(text, encoding="utf-8")
    with pytest.raises(DataError) as error:
        read_log(files / "log.csv", files / "catalogue.csv")
    message = one_sentence(error)
    assert message.startswith(f"{files / 'log.csv'}, row {row}, column '{column}'")
    assert says in message


def test_how_many_cells_are_broken_is_said(files: Path) -> None:
    (files / "log.csv").write_text(PAIRS_CSV.replace("0.2,0,", "0,0,").replace("0.9,1,", "7,1,"), encoding="utf-8")
    with pytest.raises(DataError, match=r"row 3, column 'propensity': 0 is not .* \(2 rows in all\); ") as error:
        read_log(files / "log.csv", files / "catalogue.csv")
    one_sentence(error)


HEADER = "user_id,item_id,recommended,purchased\n"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "log.csv is empty; it needs a header line and at least one row"),
        (b"\n \n", "log.csv is empty"),
        (HEADER.encode(), "has a header but no rows"),
        ("user_id,item_id\nJürgen,Ä\n".encode("latin-1"), "row 2: not UTF-8 text; save the file as CSV with UTF-8"),
        (MINIMAL.encode("utf-16"), "row 1: not UTF-8 text"),
        (b"user_id,item_id,shown,purchased\na,b,1,0\n", "'recommended' is missing (found: user_id, item_id, shown"),
        (MINIMAL.replace(",", ";").encode(), "not separated by commas: save it as CSV with commas"),
        (HEADER.strip().encode() + b",user_id\na,b,1,0,c\n", "row 1: the header names column 'user_id' twice"),
        (f"{HEADER}a,I001,1,0,9\n".encode(), "row 2: 5 cells where the header has 4"),
        (f"{HEADER}a,I001,1,0\nb,I001,0,0,1,1\n".encode(), "row 3: 6 cells where the header has 4"),
        (f'{HEADER}a,I001,1,0\nb,"I001,0,0\n'.encode(), "row 3: a quotation mark is opened and never closed"),
        (f"{HEADER}a,I001,1,0\n\nb,I001,0,0\n".encode(), "row 3, column 'user_id' is empty"),
        (f"{HEADER}a,I001,1,0\nb,I001\n".encode(), "row 3, column 'recommended' is empty where 0 or 1 is needed"),
        (f"{HEADER}a,I001,1,0\na,I001,0,0\n".encode(), "row 3, column 'item_id': user_id a, item_id I001 is there"),
        (f"{HEADER}a,I001,1,0\nb,I001,1,1\n".encode(), "column 'recommended' is 1 in all 2 rows"),
        (f"{HEADER}a,I001,0,0\nb,I001,0,1\n".encode(), "log pairs that were recommended as well"),
    ],
)
def test_a_broken_file_is_named_with_its_remedy(files: Path, content: bytes, says: str) -> None:
    (files / "log.csv").write_bytes(content)
    with pytest.raises(DataError) as error:
        read_log(files / "log.csv", files / "catalogue.csv")
    message = one_sentence(error)
    assert str(files / "log.csv") in message
    assert says in message


def test_missing_files_and_folders_are_named(files: Path) -> None:
    with pytest.raises(DataError, match=r"nothing\.csv does not exist; check the name") as error:
        read_log(files / "nothing.csv", files / "catalogue.csv")
    one_sentence(error)
    with pytest.raises(DataError, match="is a folder; give the CSV file inside it") as error:
        read_log(files, files / "catalogue.csv")
    one_sentence(error)


def test_a_pair_may_come_back_in_another_week_only(files: Path, tiny_log: Log) -> None:
    again = pd.concat([tiny_log.pairs, tiny_log.pairs.head(1).assign(week=7)])
    assert len(check_pairs(again)) == 6
    with pytest.raises(DataError, match=r"row 7, column 'week': user_id U0001, item_id I001, week 5 is there twice"):
        check_pairs(pd.concat([tiny_log.pairs, tiny_log.pairs.head(1)]))
    with pytest.raises(DataError, match="row 7, column 'item_id': .* is there twice"):
        check_pairs(again.drop(columns="week"))


def test_checking_gives_a_new_frame_and_leaves_the_old_one(tiny_log: Log) -> None:
    given = tiny_log.pairs[::-1].assign(user_id=[2, 2, 2, 1, 1], recommended=[False, False, True, False, True])
    before = given.copy()
    checked = check_pairs(given)
    assert_frame_equal(given, before)
    assert checked["user_id"].tolist() == ["2", "2", "2", "1", "1"]
    assert checked["recommended"].tolist() == [0, 0, 1, 0, 1]
    assert checked.index.tolist() == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("week,user_id\n1,a\n", "column 'item_id' is missing"),
        ("week,user_id,item_id\nlast,a,I001\n", "row 2, column 'week': 'last' is not a whole number"),
        ("week,user_id,item_id\n1,a,I001\n1,,I001\n", "row 3, column 'user_id' is empty"),
        ("week,user_id,item_id\n1,a,I777\n", "row 2, column 'item_id': 'I777' is not in the catalogue"),
    ],
)
def test_a_broken_history_is_named(files: Path, text: str, says: str) -> None:
    (files / "history.csv").write_text(text, encoding="utf-8")
    with pytest.raises(DataError) as error:
        read_log(files / "log.csv", files / "catalogue.csv", files / "history.csv")
    assert str(files / "history.csv") in one_sentence(error)
    assert says in str(error.value)


def test_the_same_click_may_stand_twice_in_a_history(tiny_log: Log) -> None:
    twice = pd.concat([tiny_log.history, tiny_log.history])
    assert len(check_history(twice)) == 4


letters = st.characters(codec="utf-8", exclude_categories=["Cc", "Cf", "Cs", "Zl", "Zp", "Zs"])
ids = st.text(letters, min_size=1, max_size=8)
numbers = st.none() | st.floats(allow_nan=False, allow_infinity=False)


@settings(max_examples=25, deadline=None)
@given(keys=st.lists(st.tuples(ids, ids, st.integers(1, 52)), min_size=2, max_size=12, unique=True), data=st.data())
def test_what_is_written_is_read_back_exactly(
    tmp_path_factory: pytest.TempPathFactory, keys: list[tuple[str, str, int]], data: st.DataObject
) -> None:
    size = len(keys)

    def column(values: st.SearchStrategy) -> list:
        return data.draw(st.lists(values, min_size=size, max_size=size))

    flags = {name: column(st.integers(0, 1)) for name in ("nudge", "browsed", "clicked", "purchased")}
    pairs = pd.DataFrame(keys, columns=["user_id", "item_id", "week"]).assign(
        score=np.array(column(numbers), dtype=float),
        popularity=np.array(column(numbers), dtype=float),
        activity=column(st.floats(allow_nan=False, allow_infinity=False)),
        propensity=np.array(column(st.none() | st.floats(0, 1, exclude_min=True)), dtype=float),
        recommended=[0, 1, *column(st.integers(0, 1))[2:]],
        position=pd.array(column(st.none() | st.integers(1, 20)), dtype="Int64"),
        **flags,
    )[list(LOG_COLUMNS)]
    path = tmp_path_factory.mktemp("log") / "log.csv"
    pairs.to_csv(path, index=False)
    assert_frame_equal(check_pairs(read_table(path)), pairs)
    assert_frame_equal(check_pairs(pairs), pairs)


def test_thirty_six_thousand_rows_are_all_read(tmp_path: Path) -> None:
    rng, users, each = np.random.default_rng(0), 600, 60
    size = users * each
    pairs = pd.DataFrame(
        {
            "user_id": np.repeat([f"U{user:04d}" for user in range(users)], each),
            "item_id": np.tile([f"I{item:03d}" for item in range(each)], users),
            "score": rng.normal(size=size).round(4),
            "propensity": rng.uniform(0.01, 1, size).round(4),
            **{name: rng.integers(0, 2, size) for name in ("nudge", "recommended", "browsed", "clicked", "purchased")},
        }
    )
    pairs.to_csv(tmp_path / "log.csv", index=False)
    assert len(check_pairs(read_table(tmp_path / "log.csv"))) == size


def test_a_log_shows_its_size(tiny_log: Log) -> None:
    expected = "Log(5 pairs of 2 users and 3 items, 2 candidates of 1 held-out users, 2 clicks of history)"
    assert repr(tiny_log) == expected
    assert len(tiny_log) == 5
    assert "<table" in tiny_log._repr_html_()
    assert not hasattr(tiny_log, "truth")


def test_the_truth_shows_nothing_until_it_is_opened(tiny_log: Log, tiny_truth: Truth) -> None:
    assert repr(tiny_truth) == "Truth(sealed: 5 pairs, 2 candidates)"
    assert str(tiny_truth) == repr(tiny_truth)
    assert not hasattr(tiny_truth, "pairs")
    with pytest.raises(AttributeError, match=r"sealed; `truth\.open\(\)\.candidates` opens it"):
        _ = tiny_truth.candidates
    with pytest.raises(AttributeError, match="has no attribute 'answer'"):
        _ = tiny_truth.answer
    opened = tiny_truth.open()
    assert opened.model == "the model"
    assert opened.pairs["item_id"].tolist() == tiny_log.pairs["item_id"].tolist()
    assert opened.candidates["uplift"].tolist() == [0.2, 0.2]
    assert "0.2" not in repr(opened)


def test_a_truth_without_its_columns_is_refused(tiny_log: Log) -> None:
    with pytest.raises(DataError, match="the truth's pairs lack affinity, quality, need"):
        Truth(tiny_log.pairs, tiny_log.candidates, model=None)
