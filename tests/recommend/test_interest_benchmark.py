"""A small version of `benchmarks/interest.py`: the same functions, two worlds with fewer users, the quick models."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks import interest
from benchmarks.interest import FIRST_SEED, PLACES, Sizes, measure, name_of, old_policy, read_cells, run, shop, world_of
from benchmarks.interest_report import (
    CONDITIONS,
    IDS,
    ORACLE,
    PLAIN,
    READER,
    SLOW,
    Cells,
    compared,
    difference,
    long_table,
    report,
    shown,
    values_of,
    wins,
)

SIZES = Sizes(users=400, few=40)
SEEDS = range(FIRST_SEED, FIRST_SEED + 2)
MODELS = ("popularity", "item-kNN", "TF-IDF profile", PLAIN, "TextInterest, TF-IDF", READER, ORACLE)
READING = {"items": 252, "TF-IDF": 0.1, "BERT": 9.0}


@pytest.fixture(scope="module")
def cells() -> Cells:
    """The cells of `cold_start`."""
    plan = [("cold_start", seed, kind, model) for seed in SEEDS for kind in PLACES for model in MODELS]
    return {name_of(*cell): measure(*cell, SIZES) for cell in plan}


@pytest.fixture(scope="module")
def table(cells: Cells) -> pd.DataFrame:
    """Their figures."""
    return long_table(cells)


def test_every_model_is_judged_in_every_condition_and_seed(table: pd.DataFrame) -> None:
    sizes = table.groupby(["condition", "model", "scope"]).size()
    assert len(sizes) == len(CONDITIONS) * len(MODELS) * 2
    assert set(sizes) == {len(SEEDS)}
    held_out = SIZES.users // 2
    assert table.loc[table["scope"] == "all", "users"].between(0.6 * held_out, held_out).all()
    assert table.loc[table["scope"] == "few", "users"].max() <= SIZES.few


@pytest.mark.parametrize("condition", CONDITIONS)
@pytest.mark.parametrize("model", [name for name in MODELS if name != ORACLE])
def test_true_affinity_is_above_every_model_in_every_condition(
    model: str, condition: str, table: pd.DataFrame
) -> None:
    assert difference(table, condition, ORACLE, model).min() > 0.03
    losses = [values_of(table, condition, name, figure="log loss") for name in (model, ORACLE)]
    assert (losses[0] - losses[1]).min() > 0.03


def test_models_of_ids_toss_a_coin_for_new_items(table: pd.DataFrame) -> None:
    for model in set(IDS) & set(MODELS):
        assert (values_of(table, "cold", model) == 0.5).all()
    assert values_of(table, "warm", "item-kNN").min() > 0.6


def test_for_new_items_bert_is_ahead_of_counted_words(table: pd.DataFrame) -> None:
    assert difference(table, "cold", READER, "TextInterest, TF-IDF").min() > 0.05
    assert difference(table, "cold", PLAIN, "TF-IDF profile").mean() > 0.02
    assert values_of(table, "cold", READER).min() > 0.55


def test_read_interest_is_above_popularity_whatever_the_history(table: pd.DataFrame) -> None:
    for condition in CONDITIONS:
        assert difference(table, condition, READER, "popularity").min() > 0.03


def test_less_and_false_history_cost_every_model_that_uses_it(table: pd.DataFrame) -> None:
    for condition in ("sparse", "noisy"):
        for model in ("item-kNN", "TextInterest, TF-IDF", READER):
            assert (values_of(table, "warm", model) - values_of(table, condition, model)).min() > 0.03
        assert values_of(table, condition, ORACLE).equals(values_of(table, "warm", ORACLE))  # it uses none


# The parts of the study.


def test_the_old_policy_shows_each_pair_as_often_as_its_propensity_says() -> None:
    true = pd.DataFrame({"propensity": np.repeat([0.2, 0.9], 20_000), "browsed0": 0, "browsed1": 1})
    true = true.assign(clicked0=0, clicked1=np.tile([0, 1], 20_000))
    drawn = old_policy(true, np.random.default_rng(0))
    assert drawn["browsed"][:20_000].mean() == pytest.approx(0.2, abs=0.015)
    assert drawn["browsed"][20_000:].mean() == pytest.approx(0.9, abs=0.015)
    assert (drawn["clicked"] == drawn["browsed"] * true["clicked1"]).all()


def test_that_draw_is_like_the_log_itself() -> None:
    log, truth = shop("course", FIRST_SEED, 1200)
    drawn = old_policy(truth.pairs, np.random.default_rng(0))
    browsed, logged = drawn[drawn["browsed"] == 1], log.pairs[log.pairs["browsed"] == 1]
    assert drawn["browsed"].mean() == pytest.approx(log.pairs["browsed"].mean(), abs=0.01)
    assert browsed["clicked"].mean() == pytest.approx(logged["clicked"].mean(), abs=0.01)


def test_logs_are_made_worse_in_their_history_alone() -> None:
    whole, less, false = (world_of("cold_start", FIRST_SEED, kind, SIZES).log for kind in ("whole", "sparse", "noisy"))
    assert len(less.history) / len(whole.history) == pytest.approx(0.2, abs=0.05)
    assert len(false.history) == len(whole.history)
    both = whole.history.merge(false.history.drop_duplicates(), on=["week", "user_id", "item_id"])
    assert len(both) / len(whole.history) == pytest.approx(0.5, abs=0.02)
    assert less.pairs.equals(whole.pairs)
    assert false.pairs.equals(whole.pairs)


def test_a_second_start_measures_what_is_missing_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, sizes, done = tmp_path / "cells.json", Sizes(users=60, few=10), {"auc": 0.7, "users": 5}
    plan = [("course", FIRST_SEED, "sparse", model) for model in ("popularity", "item-kNN")]
    kept = {name_of(*plan[0]): {"fit": 1.0, "warm, all": done}, "reading": READING, "other": {}}
    path.write_text(json.dumps({"sizes": vars(sizes), "cells": kept}), encoding="utf-8")

    found = run(plan, path, sizes, workers=1)
    assert found[name_of(*plan[0])] == kept[name_of(*plan[0])]  # as it was, though no such figure would come out
    assert set(found) == {name_of(*cell) for cell in plan} | {"reading"}
    assert read_cells(path, sizes) == found | {"other": {}}

    monkeypatch.setattr(interest, "measure", None)  # nothing is left to measure
    assert run(plan, path, sizes, workers=1) == found
    with pytest.raises(SystemExit, match="give another file"):
        read_cells(path, Sizes())


def test_a_slow_model_is_compared_on_the_few_users_that_judged_it() -> None:
    def figures(all_users: float | None, few: float) -> dict[str, float | dict[str, float]]:
        of = {"users": 9, "log loss": 0.6, "calibration": 0.01, "browsed": 99}
        both = {"cold, few": of | {"auc": few}} | ({} if all_users is None else {"cold, all": of | {"auc": all_users}})
        return {"fit": 1.5, "predict": 0.002} | both

    made = {
        name_of("course", seed, "whole", model): figures(all_users, few + seed * each)
        for seed in (1, 2)
        for model, all_users, few, each in ((READER, 0.9, 0.6, 0.1), (SLOW, None, 0.5, 0.1), ("item-kNN", 0.5, 0.5, 0))
    }
    table = long_table(made)
    # few: .7 and .8 against .6 and .7, so .1 in both seeds
    told = "cold of the same few users: fine-tuned BERT is behind TextInterest, BERT, AUC -0.100 [-0.100, -0.100]"
    assert compared(table, "cold", SLOW, READER, "few") == f"{told}, higher in 0 of 2 seeds."
    assert compared(table, "cold", SLOW, READER) == ""  # on all users it was not judged
    text = report(made | {"reading": READING}, ["item-kNN", READER, SLOW], "a command", ["What is measured."], 9, 4)
    lines = text.splitlines()
    # .05 · 12.706, the quantile of t with one degree of freedom
    assert "| fine-tuned BERT † |  | 0.650 [0.015, 1.285] |  |  |" in lines
    assert "| TextInterest, BERT |  | 0.900 [0.900, 0.900] |  |  |" in lines
    assert "- cold: exactly .5 in every seed: item-kNN." in lines
    assert "| item-kNN |  | +0.150 [-0.485, +0.785] |  |  |" in lines
    assert "| fine-tuned BERT | 1.50 | 2.0000 |" in lines


def test_intervals_and_single_seeds() -> None:
    # 1, 2, 3: mean 2, standard error 1/sqrt(3), t with 2 degrees of freedom 4.303
    assert shown(pd.Series([1.0, 2.0, 3.0])) == "2.000 [-0.484, 4.484]"
    assert shown(pd.Series([1.0]), signed=True) == "+1.000"
    assert shown(pd.Series([], dtype=float)) == ""
    assert wins(pd.Series([0.1, 0.0, -0.1])) == "1 of 3 seeds"
