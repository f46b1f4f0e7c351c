"""The files of data/ are what the simulator writes, and the data card says what is in them."""

import hashlib
import re

import pandas as pd
import pytest

from causalrec.__main__ import main
from causalrec.shop.log import read_log
from causalrec.shop.raw.cleaning import clean
from causalrec.shop.raw.mess import read_raw_log
from causalrec.shop.sources.datasets import bundled

FILES = ("catalogue.csv", "history.csv", "ecommerce_log_raw.csv", "ecommerce_data.csv")


@pytest.fixture(scope="module")
def card() -> str:
    return bundled("README.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def log():
    return read_log(bundled("ecommerce_data.csv"), bundled("catalogue.csv"), bundled("history.csv"))


def test_the_simulator_writes_these_very_bytes(tmp_path, card):
    preset, seed = re.search(r"--preset (\w+) --seed (\d+)", card).groups()
    assert main(["simulate", "--preset", preset, "--seed", seed, "--out", str(tmp_path)]) == 0
    for name in (*FILES, "SHA256SUMS"):
        assert (tmp_path / name).read_bytes() == bundled(name).read_bytes(), name


def test_the_sums_are_those_of_the_files():
    lines = bundled("SHA256SUMS").read_text(encoding="utf-8").splitlines()
    assert sorted(line.split("  ")[1] for line in lines) == sorted(FILES)
    for line in lines:
        digest, name = line.split("  ")
        assert hashlib.sha256(bundled(name).read_bytes()).hexdigest() == digest


def test_the_card_counts_the_rows_and_the_cleaning(card):
    for name in FILES:
        rows = len(pd.read_csv(bundled(name), dtype=str, keep_default_na=False))
        assert re.search(rf"`{name}` \|[^|]*\| {rows:,} \|", card), f"{name} has {rows:,} rows"
    log = read_log(bundled("ecommerce_data.csv"), bundled("catalogue.csv"))
    pairs, report = clean(read_raw_log(bundled("ecommerce_log_raw.csv")), log.catalogue)
    assert len(pairs) == len(log)
    steps = {step: rows for step, rows, _ in report.table.itertuples(index=False) if rows}
    told = re.findall(r"^\| ([\d,]+) \| ([^|]+) \|", card, re.M)
    assert steps == {step: int(rows.replace(",", "")) for rows, step in told}


def test_the_files_keep_the_schema(log):
    assert log.absent == {}
    assert not log.pairs["user_id"].isin(set(log.history["user_id"]) - set(log.pairs["user_id"])).any()
    new = set(log.catalogue.items.loc[log.catalogue.items["listed"] >= "2026-04-27", "item_id"])
    assert len(new) == 84
    assert not new & set(log.pairs["item_id"])
    assert not new & set(log.history["item_id"])
