"""A small version of `benchmarks/rankings.py`: the same functions, three worlds that chose no parameter."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from benchmarks.rankings import (
    FIRST_SEED,
    PermutedInterest,
    fit_permuted,
    gains,
    item_vectors,
    mean_and_interval,
    report,
)
from causalrec.causal.estimation.weighting import naive
from causalrec.recommend.value.pipeline import fit_recommender
from causalrec.recommend.value.ranking import SCORES
from causalrec.shop.simulator import simulate

SEEDS = range(FIRST_SEED, FIRST_SEED + 3)


@pytest.fixture(scope="module")
def course() -> pd.DataFrame:
    """G of the rankings on warm and cold candidates, and estimated over true mean uplift, a row a seed of `course`."""
    rows = []
    for seed in SEEDS:
        log, sealed = simulate("course", seed)
        vectors, cold = item_vectors(log.catalogue.texts), log.candidates["score"].isna().to_numpy()
        fitted = fit_recommender(log, vectors)
        scored, estimate = fitted.score(log.candidates), fitted.score(log.pairs)["uplift"].mean()
        permuted = fit_recommender(log, vectors, fit_interest=fit_permuted).score(log.candidates)
        scores = {name: score(scored) for name, score in SCORES.items()}
        scores |= {"popularity": log.candidates["popularity"].fillna(0.0), "permuted": permuted["uplift"]}
        truth = sealed.open()
        shown = naive(log.pairs["purchased"], log.pairs["recommended"]).value
        mean = truth.pairs["uplift"].mean()
        rows.append(gains(scored, scores, truth.candidates, cold) | {"ratio": estimate / mean, "naive": shown / mean})
    return pd.DataFrame(rows)


@pytest.fixture(scope="module")
def proxy_ratio() -> float:
    """The mean of estimated over true mean uplift, in the world where the policy saw what the log does not hold."""
    ratios = []
    for seed in SEEDS:
        log, sealed = simulate("proxy", seed)
        fitted = fit_recommender(log, item_vectors(log.catalogue.texts), natural=False)
        ratios.append(fitted.score(log.pairs)["uplift"].mean() / sealed.open().pairs["uplift"].mean())
    return float(np.mean(ratios))


def test_uplift_goes_two_fifths_of_the_way_from_random_to_the_best(course: pd.DataFrame) -> None:
    assert course["warm:uplift"].mean() >= 0.4
    assert course["warm:uplift"].max() < 0.9  # more than any ranking that sees the log alone can reach


@pytest.mark.parametrize("other", ["interest", "mu1", "popularity", "article", "article-printed"])
def test_uplift_adds_more_than_the_other_rankings_in_the_same_world(other: str, course: pd.DataFrame) -> None:
    assert (course["warm:uplift"] - course[f"warm:{other}"]).mean() > 0.02
    assert (course["all:uplift"] - course[f"all:{other}"]).mean() > 0.02


def test_for_new_items_the_text_is_what_there_is(course: pd.DataFrame) -> None:
    drop = course["cold:uplift"] - course["cold:permuted"]
    assert drop.mean() > 0.05
    assert course["cold:uplift"].mean() > 0.15
    assert course["cold:popularity"].isna().all()  # a column that is empty for new items orders nothing


def test_the_mean_uplift_is_about_right_where_all_confounders_are_logged(course: pd.DataFrame) -> None:
    assert course["ratio"].mean() == pytest.approx(1, abs=0.25)
    assert course["naive"].mean() > 2  # without the columns it is not


def test_and_far_too_high_where_interest_has_to_stand_in_for_affinity(proxy_ratio: float, course: pd.DataFrame) -> None:
    assert proxy_ratio > 1.4
    assert proxy_ratio - course["ratio"].mean() > 0.4


# The parts of the study.


def test_text_is_permuted_within_each_user_and_nowhere_else() -> None:
    features = np.arange(24.0).reshape(12, 2)
    pairs = pd.DataFrame({"user_id": list("abcabcabcabc"), "item_id": [f"i{row}" for row in range(12)]})
    base = SimpleNamespace(features_of=lambda asked: features[[int(item[1:]) for item in asked["item_id"]]])
    permuted = PermutedInterest(base).features_of(pairs)  # type: ignore[arg-type]
    for user in "abc":
        mine = (pairs["user_id"] == user).to_numpy()
        assert sorted(permuted[mine].tolist()) == features[mine].tolist()
    assert (permuted != features).any()
    assert np.array_equal(permuted, PermutedInterest(base).features_of(pairs))  # type: ignore[arg-type]


def test_means_have_t_intervals() -> None:
    # 1, 2, 3: mean 2, standard error 1/sqrt(3), t with 2 degrees of freedom 4.303
    assert mean_and_interval(pd.Series([1.0, 2.0, 3.0])) == "2.000 [-0.484, 4.484]"
    assert mean_and_interval(pd.Series([1.0, np.nan, 1.0])) == "1.000 [1.000, 1.000]"
    assert mean_and_interval(pd.Series([1.0])) == "1.000 [nan, nan]"


def test_the_report_has_a_row_a_ranking_best_first_with_its_paired_difference() -> None:
    worlds = {"preset": ["course", "course"], "seed": [1001, 1002], "ratio:T-learner": [0.9, 1.1]}
    values = {"mu1": [0.2, 0.3], "uplift": [0.5, 0.6], "bought (P(Y|x))": [0.1, 0.2]}
    table = {f"{place}:{name}": g for place in ("warm", "cold", "all") for name, g in values.items()}
    text = report(pd.DataFrame(worlds | table))
    assert "## `course`, 2 seeds from 1001" in text
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    assert [row.split(" | ")[0] for row in rows[1:4]] == ["| uplift", "| mu1", r"| bought (P(Y\|x))"]
    assert {row.replace(r"\|", "").count("|") for row in rows[:4]} == {7}  # a bar in a name is no end of a cell
    assert rows[2].count("0.300 [0.300, 0.300]") == 2
    assert "| ratio:T-learner | 1.000 [-0.271, 2.271] |" in rows
    assert "1001 onwards" in text
