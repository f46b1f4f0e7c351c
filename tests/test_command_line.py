"""The command line: every command, made-up logs of strangers, and what is said of bad files."""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from importlib import import_module
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from causalrec import __main__ as command_line
from causalrec import __version__
from causalrec.errors import DataError, ExerciseError
from causalrec.files import read_sums, sha256
from causalrec.recommend.value.ranking import SCORES
from causalrec.shop.log import LOG_COLUMNS, read_log
from causalrec.shop.model import PRESETS
from causalrec.shop.raw.cleaning import clean
from causalrec.shop.raw.mess import read_raw_log
from causalrec.shop.simulator import simulate

ROOT = Path(__file__).resolve().parents[1]
FILES = ("catalogue.csv", "history.csv", "ecommerce_log_raw.csv", "ecommerce_data.csv")
TITLES = (
    "Tea kettle of blue enamel",
    "Clay tea cup",
    "Steel kettle",
    "Green tea, loose",
    "Trail running shoe",
    "Running socks",
    "Light trail vest",
    "Shoe wax",
    "Café filter, \u8336",
    "Cup holder",
    "Vest pocket lamp",
    "Sock drawer",
)


def word_vectors(texts: tuple[str, ...], model: str | None = None) -> np.ndarray:
    """A fake encoder: one number a word, hashed into 16 places."""
    vectors = np.full((len(texts), 16), 0.01)
    for row, text in enumerate(texts):
        for word in text.lower().split():
            vectors[row, hashlib.sha256(word.encode()).digest()[0] % 16] += 1
    return vectors


@pytest.fixture
def fake_encoder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command_line, "text_vectors", word_vectors)


def pairs_of(users: int = 40, item: Callable[[int], str] = str, user: Callable[[int], str] = str) -> pd.DataFrame:
    """A stranger's log of the minimum columns: every user with every item, a purchase likelier where it was shown."""
    rng = np.random.default_rng(7)
    every = [(user(u), item(i), u % 2 == i % 2) for u in range(users) for i in range(len(TITLES))]
    frame = pd.DataFrame(every, columns=["user_id", "item_id", "likes"])
    shown = rng.random(len(frame)) < 0.4
    bought = rng.random(len(frame)) < 0.1 + 0.15 * frame["likes"] + 0.25 * shown * frame["likes"]
    return frame[["user_id", "item_id"]].assign(recommended=shown.astype(int), purchased=bought.astype(int))


def items_of(item: Callable[[int], str] = str) -> pd.DataFrame:
    return pd.DataFrame({"item_id": [item(i) for i in range(len(TITLES))], "title": TITLES})


@pytest.fixture
def shop(tmp_path: Path, fake_encoder: None) -> Path:
    """A folder with the log and items of a stranger, whose ids are plain numbers."""
    pairs_of().to_csv(tmp_path / "log.csv", index=False)
    items_of().to_csv(tmp_path / "items.csv", index=False)
    return tmp_path


def recommend(folder: Path, *options: str, log: str = "log.csv", items: str = "items.csv") -> int:
    files = ("--log", str(folder / log), "--items", str(folder / items))
    return command_line.main(["recommend", *files, "--replicates", "4", *options])


def snapshot(folder: Path) -> dict[str, bytes | None]:
    return {str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None for path in folder.rglob("*")}


def complaint(code: int, capsys: pytest.CaptureFixture[str]) -> str:
    """The one line on stderr of a command that was refused."""
    printed = capsys.readouterr()
    assert code == 2
    assert printed.out == ""
    assert printed.err.count("\n") == 1
    assert printed.err.endswith(".\n")
    return printed.err


# What the commands do.


def test_the_lists_of_names_are_those_of_the_rooms() -> None:
    assert set(command_line.PRESETS) == set(PRESETS)
    assert set(command_line.SCORES) == set(SCORES)


@pytest.mark.parametrize("command", [[], ["simulate"], ["recommend"], ["claims"], ["data"]])
def test_help_has_an_example_that_parses(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        command_line.main([*command, "--help"])
    assert left.value.code == 0
    example = " ".join(capsys.readouterr().out.partition("example: python -m causalrec ")[2].split())
    assert command_line._parser().parse_args(example.split()).run


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        command_line.main(["--version"])
    assert left.value.code == 0
    assert capsys.readouterr().out == f"causalrec {__version__}\n"


def test_help_loads_nothing_heavy() -> None:
    script = (
        "import sys, contextlib, io\nfrom causalrec.__main__ import main\n"
        "with contextlib.suppress(SystemExit), contextlib.redirect_stdout(io.StringIO()):\n"
        "    main(['recommend', '--help'])\n"
        "print(sorted({'numpy', 'pandas', 'sklearn', 'torch', 'transformers', 'matplotlib'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout == "[]\n"


@pytest.fixture
def small_shop(monkeypatch: pytest.MonkeyPatch) -> None:
    """A simulator of 60 users with 20 candidates each, so that the tests are quick."""
    monkeypatch.setattr(
        import_module("causalrec.shop.simulator"), "simulate", partial(simulate, users=60, candidates=20)
    )


def test_simulate_writes_the_data_folder(tmp_path: Path, small_shop: None, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "README.md").write_text("the data card", encoding="utf-8")
    assert command_line.main(["simulate", "--out", str(tmp_path)]) == 0
    assert {path.name for path in tmp_path.iterdir()} == {*FILES, "SHA256SUMS", "README.md"}
    assert (tmp_path / "README.md").read_text(encoding="utf-8") == "the data card"
    assert read_sums(tmp_path / "SHA256SUMS") == {name: sha256(tmp_path / name) for name in FILES}
    assert not any(b"\r" in (tmp_path / name).read_bytes() for name in FILES)
    log = read_log(*(tmp_path / name for name in ("ecommerce_data.csv", "catalogue.csv", "history.csv")))
    again, report = clean(read_raw_log(tmp_path / "ecommerce_log_raw.csv"), log.catalogue)
    pd.testing.assert_frame_equal(log.pairs, again)
    assert tuple(log.pairs) == LOG_COLUMNS
    assert not log.absent
    printed = capsys.readouterr().out
    assert f"ecommerce_data.csv: {len(again)} rows" in printed
    assert f"{report.events} lines of the raw log became {len(again)} pairs" in printed
    assert f"{report.counts['drop bots']}  drop bots: " in printed


def test_simulate_is_the_same_to_the_byte_for_a_seed_and_another_for_another(tmp_path: Path, small_shop: None) -> None:
    for name, seed in (("a", "3"), ("b", "3"), ("c", "4")):
        assert command_line.main(["simulate", "--seed", seed, "--out", str(tmp_path / name)]) == 0
    assert snapshot(tmp_path / "a") == snapshot(tmp_path / "b")
    different = [name for name in FILES if sha256(tmp_path / "a" / name) != sha256(tmp_path / "c" / name)]
    assert different == list(FILES)  # the catalogue differs in its prices


def test_numbers_have_a_fixed_form(tmp_path: Path, small_shop: None) -> None:
    assert command_line.main(["simulate", "--preset", "proxy", "--out", str(tmp_path)]) == 0
    table = pd.read_csv(tmp_path / "ecommerce_data.csv", dtype=str, keep_default_na=False)
    assert table["score"].str.fullmatch(r"-?\d+\.\d{4}").all()
    assert (table["propensity"] == "").all()  # it would give the hidden cause away
    assert table["position"].str.fullmatch(r"\d*").all()
    assert pd.read_csv(tmp_path / "catalogue.csv", dtype=str)["price"].str.fullmatch(r"\d+\.\d\d").all()
    assert command_line._csv(pd.DataFrame({"a": [-0.00001, np.nan, 1e9]}), {}, 2) == 'a\n0.00\n""\n1000000000.00\n'


@pytest.mark.parametrize("taken", ["ecommerce_data.csv", "SHA256SUMS"])
def test_simulate_that_cannot_write_one_file_changes_none(
    taken: str, tmp_path: Path, small_shop: None, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / taken).mkdir()
    (tmp_path / "catalogue.csv").write_text("old", encoding="utf-8")
    before = snapshot(tmp_path)
    message = complaint(command_line.main(["simulate", "--out", str(tmp_path)]), capsys)
    assert f"{tmp_path / taken} is a folder" in message
    assert snapshot(tmp_path) == before


def test_simulate_that_fails_half_way_changes_nothing(
    tmp_path: Path, small_shop: None, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    files = import_module("causalrec.files")
    whole = files.write_whole

    def full_disk(path: Path, content: str) -> Path:
        if path.name == "ecommerce_data.csv":
            raise DataError(f"{path.name} cannot be written (No space left on device); make room.")
        return Path(whole(path, content))

    (tmp_path / "history.csv").write_text("old", encoding="utf-8")
    monkeypatch.setattr(files, "write_whole", full_disk)
    assert "No space left" in complaint(command_line.main(["simulate", "--out", str(tmp_path)]), capsys)
    assert snapshot(tmp_path) == {"history.csv": b"old"}


def test_simulate_refuses_a_file_as_a_folder(
    tmp_path: Path, small_shop: None, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "data").write_text("mine", encoding="utf-8")
    assert "cannot be written to" in complaint(command_line.main(["simulate", "--out", str(tmp_path / "data")]), capsys)
    assert "cannot be written to" in complaint(
        command_line.main(["simulate", "--out", str(tmp_path / "a" / "b")]), capsys
    )
    assert snapshot(tmp_path) == {"data": b"mine"}


def test_a_strangers_minimum_log_is_ranked_and_what_it_lacks_is_said(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = snapshot(shop)
    assert recommend(shop, "--user", "3", "--top", "4") == 0
    printed = capsys.readouterr()
    assert printed.err == ""
    assert max(map(len, printed.out.splitlines())) <= 100 + len(str(shop))  # a long path is not broken
    prose = " ".join(printed.out.split())
    assert "480 pairs of 40 users" in prose
    assert "Interest is P(purchase | text)" in prose
    for name in ("score", "popularity", "clicked", "history", "description", "price"):
        assert f"\n- {name}: " in printed.out
    assert "3: best first by uplift" in printed.out
    slots = [line for line in printed.out.splitlines() if line[:5].strip(" .").isdigit()]
    assert [int(line[:3]) for line in slots] == [1, 2, 3, 4]
    titles = dict(zip(TITLES, range(len(TITLES)), strict=True))
    for line in slots:
        title, _, number = line[5:].rpartition(" (")
        assert titles[title] == int(number.rstrip(")"))
    assert printed.out.count("uplift +") + printed.out.count("uplift -") == 4
    assert prose.count("(95 % interval ") == 4
    assert snapshot(shop) == before


def test_json_is_one_object_with_the_same_ranking(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert recommend(shop, "--user", "3", "8", "3", "--json", "--out", str(shop / "ranking.json")) == 0
    printed = capsys.readouterr()
    found = json.loads(printed.out)
    assert printed.err == ""
    assert printed.out.isascii()
    assert (shop / "ranking.json").read_text(encoding="utf-8") == printed.out
    assert found["log"] == str(shop / "log.csv")
    assert found["history"] is None
    assert found["score"] == "uplift"
    assert found["columns"] == ["interest"]
    assert found["absent"]["propensity"].startswith("the chance of being recommended is estimated")
    bought = {(row.user_id, row.item_id) for row in pairs_of().itertuples() if row.purchased}
    for user in ("3", "8"):
        rows = [row for row in found["items"] if row["user_id"] == user]
        assert [row["slot"] for row in rows] == list(range(1, len(rows) + 1))
        assert [row["uplift"] for row in rows] == sorted((row["uplift"] for row in rows), reverse=True)
        assert not bought & {(user, row["item_id"]) for row in rows}
        assert len(rows) == min(10, len(TITLES) - sum(one == user for one, _ in bought))
    for row in found["items"]:
        assert row["uplift"] == pytest.approx(row["mu1"] - row["mu0"], abs=2e-6)
        assert row["low"] < row["high"]
        assert row["why"].endswith(".")


@pytest.mark.parametrize("score", command_line.SCORES)
def test_every_score_orders_by_itself(score: str, shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert recommend(shop, "--user", "5", "--score", score, "--json", "--replicates", "2") == 0
    rows = json.loads(capsys.readouterr().out)["items"]
    assert rows
    assert [row["score"] for row in rows] == sorted((row["score"] for row in rows), reverse=True)
    if score == "article":  # 2 mu0 - (1 - p) mu1
        expected = [2 * row["mu0"] - (1 - row["interest"]) * row["mu1"] for row in rows]
        assert [row["score"] for row in rows] == pytest.approx(expected, abs=1e-5)
    elif score != "article-printed":
        assert [row["score"] for row in rows] == [row[score] for row in rows]


def test_the_articles_score_is_shown_beside_the_others(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert recommend(shop, "--user", "5", "--score", "article-printed", "--top", "1") == 0
    printed = capsys.readouterr().out
    assert "     article-printed 0." in printed
    assert max(map(len, printed.splitlines())) <= 100 + len(str(shop))


def test_the_same_seed_gives_the_same_intervals(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    printed = []
    for seed in ("1", "1", "2"):
        assert recommend(shop, "--user", "5", "--seed", seed, "--json") == 0
        printed.append(capsys.readouterr().out)
    assert printed[0] == printed[1]
    rows, others = (json.loads(text)["items"] for text in printed[1:])
    assert [row["item_id"] for row in rows] == [row["item_id"] for row in others]
    assert [row["low"] for row in rows] != [row["low"] for row in others]


def test_all_users_need_a_place_and_tell_progress_on_stderr(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "--out ranking.csv or --json" in complaint(recommend(shop, "--all-users"), capsys)
    assert recommend(shop, "--all-users", "--out", str(shop / "ranking.csv"), "--top", "3") == 0
    printed = capsys.readouterr()
    assert printed.err == "40 users ranked; for the intervals, draw 1 of 4\n"
    assert f"120 rows for 40 users are in {shop / 'ranking.csv'}" in " ".join(printed.out.split())
    assert "best first" not in printed.out
    content = (shop / "ranking.csv").read_bytes()
    assert b"\r" not in content
    table = pd.read_csv(io.BytesIO(content), dtype={"user_id": str, "item_id": str})
    assert list(table)[:4] == ["user_id", "slot", "item_id", "title"]
    assert set(table["user_id"]) == {str(user) for user in range(40)}
    assert (table.groupby("user_id")["slot"].max() == 3).all()
    assert "Café filter, \u8336" in set(table["title"])
    assert recommend(shop, "--all-users", "--json", "--top", "3") == 0
    rows = json.loads(capsys.readouterr().out)["items"]
    assert [(row["user_id"], row["item_id"]) for row in rows] == list(
        zip(table["user_id"], table["item_id"], strict=True)
    )


def test_other_ids_extra_columns_and_a_long_log(
    tmp_path: Path, fake_encoder: None, capsys: pytest.CaptureFixture[str]
) -> None:
    item, user = "SKU-{:05d}/x".format, "person{}@example.org".format
    log = pairs_of(200, item, user).assign(browsed=1, colour="red", score="", note="a, b")
    log.to_csv(tmp_path / "log.csv", index=False)
    items_of(item).assign(price=9.5, category="tea", brand="none", description="").to_csv(
        tmp_path / "items.csv", index=False
    )
    assert recommend(tmp_path, "--user", "person7@example.org", "--top", "2") == 0
    printed = " ".join(capsys.readouterr().out.split())
    assert f"Not used of {tmp_path / 'log.csv'}: colour, note." in printed
    assert f"Not used of {tmp_path / 'items.csv'}: brand." in printed
    assert "- score: " in printed  # a column without a value is as good as none
    assert "- description: " in printed
    assert "- price: " not in printed
    assert "(SKU-000" in printed


def test_a_history_beside_the_log_is_found_and_said(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    clicks = pd.DataFrame({"week": 1, "user_id": ["3", "3", "newcomer"], "item_id": ["0", "1", "0"]})
    clicks.to_csv(shop / "history.csv", index=False)
    assert recommend(shop, "--user", "newcomer") == 0
    printed = " ".join(capsys.readouterr().out.split())
    assert f"3 earlier clicks from {shop / 'history.csv'} (found beside the log)" in printed
    assert "- history: " not in printed
    shutil.move(shop / "history.csv", shop / "clicks.csv")
    assert "'newcomer'" in complaint(recommend(shop, "--user", "newcomer"), capsys)
    assert recommend(shop, "--user", "newcomer", "--history", str(shop / "clicks.csv")) == 0
    assert f"{shop / 'clicks.csv'} (as given)" in " ".join(capsys.readouterr().out.split())


def test_a_log_named_history_is_not_its_own_history(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.move(shop / "log.csv", shop / "history.csv")
    assert recommend(shop, "--user", "3", log="history.csv") == 0
    assert "- history: " in capsys.readouterr().out


def test_who_has_bought_everything_gets_nothing(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = pairs_of()
    log.loc[log["user_id"] == "3", "purchased"] = 1
    log.to_csv(shop / "log.csv", index=False)
    assert recommend(shop, "--user", "3", "4", "--top", "1") == 0
    printed = capsys.readouterr().out
    assert "3: nothing to recommend" in printed
    assert "4: best first by uplift" in printed
    assert recommend(shop, "--user", "3", "--json") == 0
    assert json.loads(capsys.readouterr().out)["items"] == []


# What is refused.


def broken(**cells: object) -> pd.DataFrame:
    """The stranger's log with one row in which these cells are wrong."""
    log = pairs_of().astype(object)
    for name, value in cells.items():
        log.loc[5, name] = value
    return log


BAD_LOGS: dict[str, tuple[Callable[[], pd.DataFrame], list[str]]] = {
    "missing column": (lambda: pairs_of().drop(columns="purchased"), ["'purchased' is missing"]),
    "wrong type": (lambda: broken(purchased="often"), ["row 7", "'purchased'", "'often'"]),
    "neither 0 nor 1": (lambda: broken(recommended=2), ["row 7", "'recommended'", "2"]),
    "duplicate pair": (lambda: pd.concat([pairs_of(), pairs_of()[:1]]), ["row 482", "twice"]),
    "propensity 0": (lambda: pairs_of().assign(propensity=[0.5] * 17 + [0.0] * 463), ["row 19", "'propensity'", "463"]),
    "propensity 1.5": (lambda: pairs_of().assign(propensity=[1.5] + [1.0] * 479), ["row 2", "'propensity'", "1.5"]),
    "unknown item": (lambda: broken(item_id="99"), ["row 7", "'item_id'", "'99'"]),
    "no user": (lambda: broken(user_id=""), ["row 7", "'user_id'", "empty"]),
    "no rows": (lambda: pairs_of()[:0], ["no rows"]),
    "never recommended": (lambda: pairs_of().assign(recommended=0), ["'recommended' is 0 in all 480 rows"]),
    "always recommended": (lambda: pairs_of().assign(recommended=1), ["'recommended' is 1 in all 480 rows"]),
    "never bought": (lambda: pairs_of().assign(purchased=0), ["'purchased' is 0 in all 480 rows"]),
    "never bought when shown": (
        lambda: pairs_of().assign(purchased=lambda log: log["purchased"] * (1 - log["recommended"])),
        ["recommended = 1", "bought"],
    ),
    "never browsed": (lambda: pairs_of().assign(browsed=0, clicked=0), ["'clicked' of the browsed pairs has no rows"]),
    "a line break in the header": (lambda: pairs_of().rename(columns={"purchased": "pur\nchased"}), ["'purchased'"]),
}


@pytest.mark.parametrize("name", BAD_LOGS)
def test_a_bad_log_is_one_sentence(name: str, shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make, words = BAD_LOGS[name]
    make().to_csv(shop / "log.csv", index=False)
    before = snapshot(shop)
    message = complaint(recommend(shop, "--user", "3", "--out", str(shop / "ranking.csv")), capsys)
    assert str(shop / "log.csv") in message
    for word in words:
        assert word in message
    assert snapshot(shop) == before


BAD_ITEMS: dict[str, tuple[Callable[[], pd.DataFrame], list[str]]] = {
    "missing column": (lambda: items_of().drop(columns="title"), ["'title' is missing"]),
    "negative price": (lambda: items_of().assign(price=[4.0] * 11 + [-1.0]), ["row 13", "'price'", "-1"]),
    "price in words": (lambda: items_of().assign(price=["cheap", *"23456789012"]), ["row 2", "'price'", "'cheap'"]),
    "duplicate id": (lambda: pd.concat([items_of(), items_of()[:1]]), ["row 14", "twice"]),
    "no title": (lambda: items_of().assign(title=["", *TITLES[1:]]), ["row 2", "'title'", "empty"]),
    "no rows": (lambda: items_of()[:0], ["no rows"]),
}


@pytest.mark.parametrize("name", BAD_ITEMS)
def test_a_bad_catalogue_is_one_sentence(name: str, shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make, words = BAD_ITEMS[name]
    make().to_csv(shop / "items.csv", index=False)
    before = snapshot(shop)
    message = complaint(recommend(shop, "--user", "3", "--out", str(shop / "ranking.csv")), capsys)
    assert str(shop / "items.csv") in message
    for word in words:
        assert word in message
    assert snapshot(shop) == before


@pytest.mark.parametrize("which", ["log.csv", "items.csv", "history.csv"])
@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "is empty"),
        (b"\n\n", "is empty"),
        ("user_id,item_id\nJos\u00e9,1\n".encode("latin-1"), "row 2: not UTF-8"),
        (b"user_id;item_id;title;week;recommended;purchased\n1;2;3;4;5;6\n", "commas"),
        (b'user_id,item_id,title,week,recommended,purchased\n1,2,"3,4,0,1\n', "row 2"),
        (None, "does not exist"),
        ("folder", "is a folder"),
    ],
)
def test_a_file_that_is_no_table_is_one_sentence(
    which: str, content: bytes | str | None, word: str, shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (shop / which).unlink(missing_ok=True)
    if content == "folder":
        (shop / which).mkdir()
    elif isinstance(content, bytes):
        (shop / which).write_bytes(content)
    before = snapshot(shop)
    options = ("--history", str(shop / which)) if which == "history.csv" else ()
    message = complaint(recommend(shop, "--user", "3", "--out", str(shop / "ranking.csv"), *options), capsys)
    assert str(shop / which) in message
    assert word in message
    assert snapshot(shop) == before


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--user", "U0007"], ["'U0007'", "log.csv", "neither in"]),
        (["--user", "3", "U0007"], ["'U0007'"]),
        (["--user", "3", "--out", "{}"], [".csv or .json"]),
        (["--user", "3", "--out", "{}/folder.csv"], ["this is a folder"]),
        (["--user", "3", "--out", "{}/ranking.xlsx"], ["ranking.xlsx", ".csv or .json"]),
        (["--user", "3", "--out", "{}/ranking"], [".csv or .json"]),
        (["--user", "3", "--out", "{}/no/ranking.csv"], ["there is no folder"]),
        (["--user", "3", "--out", "{}/log.csv"], ["log.csv", "read as input"]),
        (["--user", "3", "--out", "{}/../{name}/items.csv"], ["items.csv", "read as input"]),
        (["--user", "3", "--out", "{}/linked.csv"], ["linked.csv", "read as input"]),
        (["--user", "3", "--model", "{}", "--out", "{}/config.json"], ["config.json", "read as input"]),
        (["--user", "3", "--history", "{}/log.csv", "--out", "{}/new.csv"], ["log.csv", "'week' is missing"]),
    ],
)
def test_a_bad_option_is_one_sentence(
    options: list[str], words: list[str], shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    os.link(shop / "log.csv", shop / "linked.csv")
    (shop / "config.json").write_text("{}", encoding="utf-8")
    (shop / "folder.csv").mkdir()
    before = snapshot(shop)
    given = [option.replace("{name}", shop.name).replace("{}", str(shop)) for option in options]
    message = complaint(recommend(shop, *given), capsys)
    for word in words:
        assert word in message
    assert snapshot(shop) == before


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], ["command"]),
        (["recomend"], ["'recomend'", "recommend"]),
        (["simulate", "--preset", "moon"], ["'moon'", "course", "--help"]),
        (["simulate", "--seed", "-1"], ["'-1'", "0 on"]),
        (["recommend", "--log", "a.csv", "--items", "b.csv"], ["--user", "--all-users"]),
        (["recommend", "--log", "a.csv", "--items", "b.csv", "--user", "1", "--all-users"], ["not allowed with"]),
        (["recommend", "--items", "b.csv", "--user", "1"], ["--log"]),
        (
            ["recommend", "--log", "a.csv", "--items", "b.csv", "--user", "1", "--score", "best"],
            ["'best'", "article-printed"],
        ),
        (["recommend", "--log", "a.csv", "--items", "b.csv", "--user", "1", "--top", "0"], ["'0'", "1 on"]),
        (["recommend", "--log", "a.csv", "--items", "b.csv", "--user", "1", "--top", "ten"], ["'ten'"]),
        (["recommend", "--log", "a.csv", "--items", "b.csv", "--user", "1", "--replicates", "1"], ["'1'", "2 on"]),
    ],
)
def test_a_wrong_word_on_the_command_line_is_one_sentence(
    arguments: list[str], words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        command_line.main(arguments)
    message = complaint(int(left.value.code or 0), capsys)
    for word in words:
        assert word in message


@pytest.mark.parametrize("name", [".", "", "/"])
def test_a_log_that_has_no_name_is_one_sentence(
    name: str, shop: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(shop)
    code = command_line.main(["recommend", "--log", name, "--items", "items.csv", "--user", "3"])
    assert "is a folder" in complaint(code, capsys)


def test_a_model_that_is_none_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pairs_of().to_csv(tmp_path / "log.csv", index=False)
    items_of().to_csv(tmp_path / "items.csv", index=False)
    assert str(tmp_path) in complaint(recommend(tmp_path, "--user", "3", "--model", str(tmp_path)), capsys)


def test_ctrl_c_is_130_and_leaves_nothing(
    shop: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(command_line, "text_vectors", interrupt)
    before = snapshot(shop)
    assert recommend(shop, "--user", "3", "--out", str(shop / "ranking.csv")) == 130
    assert capsys.readouterr().err == "Stopped.\n"
    assert snapshot(shop) == before


def test_a_result_that_cannot_be_printed_is_one_sentence(
    shop: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class FullDisk(io.StringIO):
        def flush(self) -> None:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(sys, "stdout", FullDisk())
    assert recommend(shop, "--user", "3", "--json") == 2
    assert capsys.readouterr().err == "the output: No space left on device; check the name and its permissions.\n"


# What the lessons claim.


class _Verdict:
    def __init__(self, holds: bool) -> None:
        self.holds = holds

    def __repr__(self) -> str:
        return "Holds. Uplift sells 0.52 a user." if self.holds else "Does not hold. Uplift sells 0.01 a user."


class _Claim:
    world = "course"

    def __init__(self, identifier: str, holds: bool) -> None:
        self.id, self._holds = identifier, holds

    def verdict(self, world: str) -> _Verdict:
        assert world == self.world
        return _Verdict(self._holds)


@pytest.mark.parametrize(("holds", "code"), [((), 0), ((True,), 0), ((True, False, True), 1)])
def test_claims_are_listed_with_their_verdicts(
    holds: tuple[bool, ...], code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    made = tuple(_Claim(f"5b.claim{number}", one) for number, one in enumerate(holds))
    monkeypatch.setattr(import_module("causalrec.teach.claims"), "all_claims", lambda: made)
    assert command_line.main(["claims"]) == code
    lines = capsys.readouterr().out.splitlines()
    assert lines == [f"{one.id}: {one.verdict('course')!r}" for one in made]


def test_claims_on_data_that_are_not_here_are_named_and_passed_over(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Absent(_Claim):
        def verdict(self, world: str) -> _Verdict:
            raise DataError("reviews are not on this machine; run `python3 start.py data reviews`.")

    made = (Absent("7d.first", True), _Claim("7d.second", True))
    monkeypatch.setattr(import_module("causalrec.teach.claims"), "all_claims", lambda: made)
    assert command_line.main(["claims"]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith("7d.first: not measured: reviews are not on this machine; run `python3 start.py data")
    assert second == f"7d.second: {made[1].verdict('course')!r}"


def test_a_claim_that_was_measured_wrongly_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def claims() -> tuple[_Claim, ...]:
        raise ExerciseError("claim 5b.x measured a as nan; mend its measurement.")

    monkeypatch.setattr(import_module("causalrec.teach.claims"), "all_claims", claims)
    assert "5b.x" in complaint(command_line.main(["claims"]), capsys)


# Real data of others.


@pytest.fixture
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A place for data of which nothing can be fetched, and an empty cache."""
    monkeypatch.setenv("CAUSALREC_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("CAUSALREC_DATA", str(tmp_path / "data"))

    def unreachable(*_: object) -> Path:
        raise DataError("no network")

    for name in ("_wheel", "_download"):
        monkeypatch.setattr(import_module("causalrec.shop.sources.datasets"), name, unreachable)
    return tmp_path


def test_data_says_of_every_file_whether_it_is_here(
    nowhere: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    source = import_module("causalrec.shop.sources.source").SOURCES["hillstrom"]
    monkeypatch.setitem(source.files, "hillstrom.csv", hashlib.sha256(b"mine").hexdigest())
    assert command_line.main(["data"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert [line for line in lines if "/" in line and line.endswith(": could not be had")] == lines[:13]
    told = " ".join(lines[13:])
    for name in ("coat", "open_bandit", "hillstrom", "reviews"):
        assert f"{name}: it could not be fetched (no network); run" in told
        assert f"`python3 start.py data {name}`" in told
    (nowhere / "data" / "hillstrom").mkdir(parents=True)
    (nowhere / "data" / "hillstrom" / "hillstrom.csv").write_bytes(b"mine")
    assert command_line.main(["data", "hillstrom"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"hillstrom/hillstrom.csv: already there, in {nowhere / 'data' / 'hillstrom'}"
    assert "hillstrom is Kevin Hillstrom (2008)" in lines[2]
    assert command_line.main(["data", "reviews", "hillstrom"]) == 1


def test_data_that_are_none(nowhere: Path, capsys: pytest.CaptureFixture[str]) -> None:
    message = complaint(command_line.main(["data", "coat", "movielens"]), capsys)
    assert message == "no data are called 'movielens'; there are coat, open_bandit, hillstrom, reviews.\n"


# The true thing: another process, the packaged BERT, a terminal that knows only ASCII, a pipe that closes.


def started(folder: Path, program: list[str], *options: str, **settings: str) -> subprocess.Popen[bytes]:
    """Another process that ranks for the stranger's log in `folder`."""
    pairs_of().to_csv(folder / "log.csv", index=False)
    items_of().to_csv(folder / "items.csv", index=False)
    command = [sys.executable, *program, "recommend", "--log", "log.csv", "--items", "items.csv", *options]
    environment = {**os.environ, "CAUSALREC_CACHE": str(folder / "cache"), "PYTHONPATH": str(ROOT), **settings}
    return subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def test_a_true_run_with_bert_on_a_terminal_without_utf_8(tmp_path: Path) -> None:
    options = ("--user", "3", "7", "--top", "12", "--replicates", "2")
    settings = {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0", "HF_HUB_OFFLINE": "1"}
    process = started(tmp_path, ["-m", "causalrec"], *options, **settings)
    out, err = process.communicate()
    assert err == b""
    assert process.returncode == 0
    text = out.decode("ascii")
    assert "3: best first by uplift" in text
    assert "Caf\\xe9 filter, \\u8336" in text


def test_a_closed_pipe_is_no_error(tmp_path: Path) -> None:
    program = (
        "import sys, numpy\nfrom causalrec import __main__ as command_line\n"
        "command_line.text_vectors = lambda texts, model: numpy.eye(len(texts))\nsys.exit(command_line.main())"
    )
    process = started(tmp_path, ["-c", program], "--user", "3", "--replicates", "2", "--out", "ranking.csv")
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    assert process.stderr.read() == b""
    assert process.wait() == 141
    assert (tmp_path / "ranking.csv").is_file()  # what was to be written was written before
