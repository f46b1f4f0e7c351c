"""The simulated shop: what the log holds, what the truth holds, and that both come from one draw of the noise."""

from __future__ import annotations

import math
from dataclasses import replace
from statistics import NormalDist

import numpy as np
import pandas as pd
import pytest

from causalrec.errors import ModelError
from causalrec.shop.catalogue import THEMES, ItemSource, read_items
from causalrec.shop.log import CANDIDATE_COLUMNS, HISTORY_COLUMNS, LOG_COLUMNS, TRUTH_COLUMNS, Log, OpenTruth
from causalrec.shop.model import LOG_PRICE_CENTRE, LOG_PRICE_SCALE, PRESETS, Logistic, Preset, preset_named, shop_model
from causalrec.shop.simulator import _potential, simulate

STEPS = ("browsed", "clicked", "purchased")


def opened(preset: str | Preset, seed: int = 3, **sizes: int) -> tuple[Log, OpenTruth]:
    log, sealed = simulate(preset, seed, **sizes)
    return log, sealed.open()


@pytest.fixture(scope="module")
def course() -> tuple[Log, OpenTruth]:
    """The course as it is: 1,200 users, 60 candidates each."""
    return opened("course")


def sigmoid(value: float) -> float:
    return 1 / (1 + math.exp(-value))


# One draw of the noise, three worlds.


@pytest.mark.parametrize("preset", PRESETS)
def test_what_happened_is_the_potential_outcome_of_what_was_done(preset: str) -> None:
    log, truth = opened(preset, users=200, candidates=40)
    assert truth.pairs[["user_id", "item_id"]].equals(log.pairs[["user_id", "item_id"]])
    for step in STEPS:
        potential = np.where(log.pairs["recommended"] == 1, truth.pairs[f"{step}1"], truth.pairs[f"{step}0"])
        assert np.array_equal(log.pairs[step], potential)
    assert 0 < log.pairs["recommended"].mean() < 1
    assert (truth.pairs["purchased1"] != truth.pairs["purchased0"]).any()


@pytest.mark.parametrize("preset", PRESETS)
def test_showing_only_adds_browsing_and_each_step_needs_the_one_before(preset: str) -> None:
    _, truth = opened(preset, users=200, candidates=40)
    for frame in (truth.pairs, truth.candidates):
        assert (frame["browsed1"] >= frame["browsed0"]).all()
        assert (frame["browsed1"] > frame["browsed0"]).any()
        for r in (0, 1):
            assert (frame[f"clicked{r}"] <= frame[f"browsed{r}"]).all()
            assert (frame[f"purchased{r}"] <= frame[f"clicked{r}"]).all()
        harmed = frame["clicked1"] < frame["clicked0"]
        assert harmed.any() == (PRESETS[preset].annoyance > 0)
        assert (frame.loc[harmed, "affinity"] < PRESETS[preset].annoyed_below).all()
        assert (frame["uplift"] < 0).any() == (PRESETS[preset].annoyance > 0)


@pytest.mark.parametrize("preset", PRESETS)
def test_mu_is_the_average_over_the_coins_with_all_else_held(preset: str) -> None:
    model, rng, draws, pairs = shop_model(PRESETS[preset]), np.random.default_rng(1), 4_000, 60
    noise = model.draw_noise(pairs, rng)
    many = {name: np.repeat(values, draws) for name, values in noise.items()}
    many |= {step: rng.random(pairs * draws) for step in STEPS}
    for r in (0, 1):
        mu = _potential(model, PRESETS[preset], noise, r)["mu"]
        bought = model.do(recommended=r).evaluate(many)["purchased"].reshape(pairs, draws).mean(1)
        variance = mu * (1 - mu) / draws
        z = ((bought - mu) / np.sqrt(variance))[mu * draws > 10]
        assert len(z) > 25
        assert np.abs(z).max() < 4.5
        assert 0.4 < (z**2).mean() < 1.8  # a mean of that many squares of standard normals
        assert bought.sum() == pytest.approx(mu.sum(), abs=4 * np.sqrt(variance.sum()))
        assert mu.sum() > 100 * np.sqrt(variance.sum())  # so precise that a wrong formula shows


def test_mu_by_hand() -> None:
    log, truth = opened("course", users=60, candidates=30)
    prices = log.catalogue.items.set_index("item_id")["price"]
    rows = log.pairs.merge(truth.pairs, on=["user_id", "item_id"])
    annoyed = 0
    for row in rows.sample(40, random_state=0).itertuples():
        price = (math.log(prices[row.item_id]) - LOG_PRICE_CENTRE) / LOG_PRICE_SCALE
        unaided = sigmoid(-2 + 1.5 * row.popularity + 1.0 * row.affinity + 0.5 * row.activity)
        willing = -0.5 + 0.8 * row.affinity + 0.3 * row.quality
        buys = sigmoid(-1.2 + 0.6 * row.activity + 0.6 * row.affinity + 0.4 * row.quality - 0.3 * price)
        mu0 = unaided * sigmoid(willing) * buys
        mu1 = (1 - (1 - unaided) * (1 - 0.65)) * sigmoid(willing - 2 * (row.affinity < -0.66)) * buys
        assert (row.mu0, row.mu1) == pytest.approx((mu0, mu1), rel=2e-3, abs=1e-6)  # the price is rounded to cents
        assert row.uplift == row.mu1 - row.mu0
        annoyed += row.affinity < -0.66
    assert 0 < annoyed < 40


def test_outcomes_fall_as_often_as_mu_says(course: tuple[Log, OpenTruth]) -> None:
    _, truth = course
    frame = pd.concat([truth.pairs, truth.candidates])
    for r in (0, 1):
        tenths = frame.groupby(pd.qcut(frame[f"mu{r}"], 10))
        off = tenths[f"purchased{r}"].sum() - tenths[f"mu{r}"].sum()
        spread = (frame[f"mu{r}"] * (1 - frame[f"mu{r}"])).groupby(pd.qcut(frame[f"mu{r}"], 10)).sum() ** 0.5
        assert (off / spread).abs().max() < 4


# The policy.


def test_the_propensity_is_the_policy_and_agrees_with_what_was_shown(course: tuple[Log, OpenTruth]) -> None:
    log, truth = course
    pairs = log.pairs
    logit = -2 + pairs["score"] + 0.6 * pairs["popularity"] - 0.3 * pairs["activity"] + 0.3 * pairs["nudge"]
    assert np.abs(pairs["propensity"] - 1 / (1 + np.exp(-logit))).max() < 5.01e-7  # rounded to six decimals
    assert np.abs(pairs["propensity"] - truth.pairs["propensity"]).max() < 5.01e-7
    tenth = pd.qcut(pairs["propensity"], 10)
    shown = pairs.groupby(tenth)["recommended"].sum() - pairs.groupby(tenth)["propensity"].sum()
    spread = (pairs["propensity"] * (1 - pairs["propensity"])).groupby(tenth).sum() ** 0.5
    assert (shown / spread).abs().max() < 4
    assert pairs["propensity"].max() > 5 * pairs["propensity"].min()


def test_the_proxy_world_logs_no_propensity_since_it_would_give_affinity_away() -> None:
    log, truth = opened("proxy", users=200)
    assert log.pairs["propensity"].isna().all()
    assert "propensity" in log.absent
    assert np.corrcoef(truth.pairs["affinity"], truth.pairs["propensity"])[0, 1] > 0.5
    for name in ("course", "uplift", "simpson"):
        assert preset_named(name).propensity_logged
        assert opened(name, users=20)[0].pairs["propensity"].between(0, 1, inclusive="neither").all()
    with_need = replace(preset_named("course"), show=Logistic(-1, {"need": 1.0}))
    assert opened(with_need, users=20)[0].pairs["propensity"].isna().all()


def test_another_policy_shows_other_things_and_changes_nothing_else() -> None:
    log, truth = opened("course", users=100)
    bold = replace(preset_named("course"), show=Logistic(0.5, {"activity": 2.0}))
    other, other_truth = opened(bold, users=100)
    assert (other.pairs["recommended"] != log.pairs["recommended"]).mean() > 0.2
    assert other.history.equals(log.history)  # nothing was recommended then
    assert other.candidates.equals(log.candidates)
    assert other.catalogue.items.equals(log.catalogue.items)
    before = ["week", "score", "popularity", "activity", "nudge"]
    assert other.pairs[before].equals(log.pairs[before])
    same = [name for name in TRUTH_COLUMNS if name != "propensity"]
    assert other_truth.pairs[same].equals(truth.pairs[same])
    assert other_truth.candidates[same].equals(truth.candidates[same])


def test_positions_number_what_was_shown_by_score(course: tuple[Log, OpenTruth]) -> None:
    pairs = course[0].pairs
    shown = pairs["recommended"] == 1
    assert pairs["position"].notna().equals(shown)
    for _, page in pairs[shown].sort_values("position").groupby(["user_id", "week"]):
        assert page["position"].tolist() == list(range(1, len(page) + 1))
        assert page["score"].is_monotonic_decreasing


# What the log holds, and what it doesn't.


def test_the_log_has_its_columns_and_none_of_the_truth(course: tuple[Log, OpenTruth]) -> None:
    log, truth = course
    assert tuple(log.pairs) == LOG_COLUMNS
    assert tuple(log.history) == HISTORY_COLUMNS
    assert tuple(log.candidates) == CANDIDATE_COLUMNS
    assert tuple(log.catalogue.items) == ("item_id", "title", "description", "category", "price", "listed")
    assert set(truth.pairs) == set(truth.candidates) == set(TRUTH_COLUMNS)
    sealed = set(TRUTH_COLUMNS) - {"user_id", "item_id", "propensity"}
    for frame in (log.pairs, log.history, log.candidates, log.catalogue.items):
        assert not (sealed | {"typical_price", "themes"}) & set(frame)
    assert truth.model.hidden == {"affinity", "need", "quality", "typical_price"}
    hidden = truth.pairs[["affinity", "need", "quality"]]
    for name in ("score", "popularity", "activity"):  # no hidden column under another name
        assert hidden.corrwith(log.pairs[name]).abs().max() < 0.7
    assert not log.absent


def test_sizes_and_who_is_held_out(course: tuple[Log, OpenTruth]) -> None:
    log, truth = course
    learning, judged = log.pairs["user_id"].unique(), log.candidates["user_id"].unique()
    assert learning.tolist() == [f"U{number:04d}" for number in range(1, 601)]
    assert judged.tolist() == [f"U{number:04d}" for number in range(601, 1201)]
    for frame in (log.pairs, log.candidates):
        assert (frame.groupby("user_id").size() == 60).all()
        assert not frame.duplicated(["user_id", "item_id"]).any()
    assert set(log.pairs["week"]) == {5, 6, 7, 8}
    assert set(log.candidates["week"]) == {9}
    assert set(log.history["week"]) == {1, 2, 3, 4}
    assert not log.history.duplicated(["user_id", "item_id"]).any()
    assert log.history["user_id"].nunique() > 1_150  # nearly everyone clicked something, held-out users too
    assert truth.candidates[["user_id", "item_id"]].equals(log.candidates[["user_id", "item_id"]])
    for frame in (log.pairs, log.candidates):  # what a user brings is the same in every pair
        assert (frame.groupby("user_id")[["activity", "nudge"]].nunique() == 1).all(axis=None)


def test_candidates_are_drawn_without_favour(course: tuple[Log, OpenTruth]) -> None:
    counts = course[0].pairs["item_id"].value_counts()
    warm = int((~read_items().cold).sum())
    assert len(counts) == warm
    share, users = 60 / warm, 600
    z = (counts - users * share) / np.sqrt(users * share * (1 - share))
    assert z.abs().max() < 4.5
    assert (z**2).mean() == pytest.approx(1, abs=0.4)


def test_new_items_are_in_no_learning_period_and_have_no_score_and_no_popularity(
    course: tuple[Log, OpenTruth],
) -> None:
    log, _ = course
    items = log.catalogue.items
    new = set(items.loc[items["listed"] > "2026-03-30", "item_id"])
    assert len(new) == read_items().cold.sum() > 50
    assert not new & set(log.pairs["item_id"])
    assert not new & set(log.history["item_id"])
    cold = log.candidates["item_id"].isin(new)
    assert cold.mean() == pytest.approx(len(new) / len(items), abs=0.02)
    for name in ("score", "popularity"):
        assert log.candidates[name].isna().equals(cold)
        assert log.pairs[name].notna().all()
    assert log.candidates[["activity", "nudge"]].notna().all(axis=None)


def test_the_worlds_measures(course: tuple[Log, OpenTruth]) -> None:
    log, truth = course
    both = pd.concat([truth.pairs, truth.candidates])
    assert (both["affinity"] < preset_named("course").annoyed_below).mean() == pytest.approx(0.25, abs=0.03)
    assert both["affinity"].mean() == pytest.approx(0, abs=0.05)
    assert both["affinity"].std() == pytest.approx(1, abs=0.1)
    assert np.corrcoef(truth.pairs["affinity"], log.pairs["score"])[0, 1] == pytest.approx(0.6, abs=0.05)
    assert (truth.pairs["uplift"] < 0).mean() == pytest.approx(0.07, abs=0.02)
    by_item = truth.pairs.assign(popularity=log.pairs["popularity"]).groupby("item_id")[["quality", "popularity"]]
    assert (by_item.nunique() == 1).all(axis=None)
    first = by_item.first()
    assert first["popularity"].corr(first["quality"]) == pytest.approx(0.5, abs=0.2)


def test_a_tent_costs_what_a_tent_costs(course: tuple[Log, OpenTruth]) -> None:
    ratio = np.log(course[0].catalogue.items["price"].to_numpy() / read_items().typical_price)
    assert np.abs(ratio).max() < 1
    assert ratio.std() == pytest.approx(np.sqrt(0.1**2 + 0.2**2), abs=0.03)


# Seeds.


def tables(log: Log, truth: OpenTruth) -> dict[str, str]:
    frames = {"items": log.catalogue.items, "pairs": log.pairs, "history": log.history, "candidates": log.candidates}
    frames |= {"truth": truth.pairs, "sealed": truth.candidates}
    return {name: frame.to_csv() for name, frame in frames.items()}


def test_the_same_seed_gives_the_same_bytes_and_another_one_others() -> None:
    first, again, other = (tables(*opened("course", seed, users=40, candidates=20)) for seed in (3, 3, 4))
    assert first == again
    assert all(first[name] != other[name] for name in first)


def test_what_it_is_given_stays_as_it_is() -> None:
    source, preset = read_items(), preset_named("course")
    before = (source.themes.tobytes(), source.typical_price.tobytes(), source.cold.tobytes(), repr(preset))
    simulate(preset, 1, users=20, candidates=10, source=source)
    assert before == (source.themes.tobytes(), source.typical_price.tobytes(), source.cold.tobytes(), repr(preset))


# Simpson's world.


def stratified(pairs: pd.DataFrame, strata: int) -> tuple[float, list[float]]:
    """The difference shown - not shown, averaged over equal strata of activity, and in each of them."""
    cuts = [NormalDist().inv_cdf(part / strata) for part in range(1, strata)]
    stratum = np.searchsorted(cuts, pairs["activity"])
    arms = pairs.groupby([stratum, "recommended"])["purchased"].mean().unstack()
    differences = (arms[1] - arms[0]).dropna()
    sizes = pairs.groupby(stratum).size()[differences.index]
    return float(np.average(differences, weights=sizes)), differences.tolist()


def test_simpsons_world_has_its_published_figures() -> None:
    rows = []
    for seed in range(1, 7):
        log, truth = opened("simpson", seed, users=12_000, candidates=8)
        arms = log.pairs.groupby("recommended")["purchased"].mean()
        three, each = stratified(log.pairs, 3)
        twenty, _ = stratified(log.pairs, 20)
        rows.append([arms[1] - arms[0], truth.pairs["uplift"].mean(), three, twenty, *each])
    mean, spread = np.mean(rows, axis=0), np.std(rows, axis=0, ddof=1)
    published = {"naive": -0.03, "truth": 0.05, "three strata": 0.030, "twenty bins": 0.047}
    half_a_digit = (0.005, 0.005, 0.0005, 0.0005)
    for (name, figure), half, value, error in zip(published.items(), half_a_digit, mean, spread, strict=False):
        assert value == pytest.approx(figure, abs=half + 3 * error / np.sqrt(6)), name
    assert (np.array(rows)[:, 4:] > 0).all()  # in every seed, every stratum of activity gains
    assert (np.array(rows)[:, 0] < -0.01).all()  # and the whole seems to lose
    assert (spread[:4] < 0.01).all()
    assert mean[3] - mean[2] > 3 * np.hypot(spread[2], spread[3]) / np.sqrt(6)  # three strata are too few


# Cold starts.


def told_apart(log: Log, truth: OpenTruth, new: bool) -> list[float]:
    """For each held-out user: how often, of a browsed item that was clicked and one that was not, affinity is higher.

    Only among newly listed items, or only among the others.
    """
    items = log.catalogue.items
    listed = set(items.loc[(items["listed"] > "2026-03-30") == new, "item_id"])
    seen = truth.candidates[(truth.candidates["browsed1"] == 1) & truth.candidates["item_id"].isin(listed)]
    shares = []
    for _, one in seen.groupby("user_id"):
        liked, passed = (one.loc[one["clicked1"] == value, "affinity"].to_numpy() for value in (1, 0))
        if len(liked) and len(passed):
            shares.append(float((liked[:, None] > passed).mean() + (liked[:, None] == passed).mean() / 2))
    return shares


@pytest.mark.parametrize("name", ["cold_start", "cold_start_overlap"])
def test_in_a_cold_start_taste_tells_clicks_apart_for_new_items_as_for_old_ones(name: str) -> None:
    log, truth = opened(name, seed=7)
    shares = {new: told_apart(log, truth, new) for new in (True, False)}
    assert {new: np.mean(shares[new]) for new in shares} == pytest.approx({True: 0.86, False: 0.86}, abs=0.02)
    assert min(map(len, shares.values())) > 550  # nearly all of the 600 users clicked some and passed some
    assert preset_named(name).annoyance == 0


def test_the_two_cold_starts_differ_in_which_items_are_new_and_in_nothing_else() -> None:
    first, other = preset_named("cold_start"), preset_named("cold_start_overlap")
    assert replace(first, name=other.name, deal_cold=True) == other
    (own, _), (dealt, _), (again, _) = (opened(name, seed=5) for name in (first, other, other))
    new = [log.catalogue.items["listed"] > "2026-03-30" for log in (own, dealt, again)]
    assert new[0].to_numpy().tolist() == read_items().cold.tolist()
    assert new[0].sum() == new[1].sum()
    assert new[1].equals(new[2])
    assert 0.1 < (new[0] & new[1]).sum() / new[0].sum() < 0.6  # by chance a third is new in both
    assert dealt.catalogue.items.drop(columns="listed").equals(own.catalogue.items.drop(columns="listed"))
    fresh = set(dealt.catalogue.items.loc[new[1], "item_id"])
    assert not fresh & (set(dealt.pairs["item_id"]) | set(dealt.history["item_id"]))
    assert dealt.candidates["score"].isna().equals(dealt.candidates["item_id"].isin(fresh))
    other_seed = opened(other, seed=6)[0].catalogue.items["listed"] > "2026-03-30"
    assert not other_seed.equals(new[1])


# Other sizes and other items.


@pytest.mark.parametrize(("users", "learning"), [(2, 1), (3, 1), (7, 3)])
def test_small_and_odd_numbers_of_users(users: int, learning: int) -> None:
    log, truth = opened("course", users=users, candidates=1)
    assert (len(log.pairs), len(log.candidates)) == (learning, users - learning) == (
        len(truth.pairs),
        len(truth.candidates),
    )


def test_ten_thousand_users_have_names_of_one_length() -> None:
    log, _ = opened("course", users=10_000, candidates=1)
    assert (log.pairs["user_id"].iloc[0], log.candidates["user_id"].iloc[-1]) == ("U00001", "U10000")
    assert log.history["user_id"].str.len().eq(6).all()


def items(count: int, cold: int = 0) -> ItemSource:
    names = np.array([f"Thing {number}" for number in range(count)], dtype=object)
    return ItemSource(
        title=names,
        description=names,
        category=np.repeat(np.array(["Books"], dtype=object), count),
        themes=np.eye(len(THEMES))[np.arange(count) % len(THEMES)],
        typical_price=np.full(count, 20.0),
        cold=np.arange(count) >= count - cold,
    )


@pytest.mark.parametrize(("count", "cold", "candidates"), [(1, 0, 1), (2, 0, 2), (5, 3, 2), (5, 0, 5)])
def test_a_shop_of_other_items(count: int, cold: int, candidates: int) -> None:
    log, _ = opened("course", users=30, candidates=candidates, source=items(count, cold))  # type: ignore[arg-type]
    assert len(log.catalogue) == count
    assert set(log.pairs["item_id"]) == {f"I{number:03d}" for number in range(1, count - cold + 1)}
    assert log.candidates["score"].isna().any() == (cold > 0)
    assert set(log.history["item_id"]) <= set(log.pairs["item_id"])


@pytest.mark.parametrize(
    ("sizes", "words"),
    [
        ({"users": 1}, "1 users with 60 candidates"),
        ({"users": 0}, "0 users with 60"),
        ({"users": -4}, "-4 users"),
        ({"candidates": 0}, "with 0 candidates"),
        ({"candidates": -1}, "with -1 candidates"),
        ({"candidates": 500}, "take 2 users or more and 1 to"),
        ({"candidates": 3, "source": items(4, 2)}, "cannot be drawn from 2 items"),
        ({"candidates": 1, "source": items(4, 4)}, "cannot be drawn from 0 items"),
    ],
)
def test_sizes_that_cannot_be(sizes: dict[str, int], words: str) -> None:
    with pytest.raises(ModelError, match=words):
        simulate("course", 1, **sizes)


def test_a_preset_that_is_none() -> None:
    with pytest.raises(ModelError, match=r"no preset is called 'moon'; there are course, proxy, simpson, uplift"):
        simulate("moon")


# The equations.


def test_logistic_by_hand() -> None:
    chance = Logistic(-1.0, {"a": 2.0, "b": -0.5})
    assert chance.parents == ("a", "b")
    assert chance.probability(np.array([0.0, 1.0]), np.array([0.0, 2.0])) == pytest.approx([sigmoid(-1), sigmoid(0)])
    assert Logistic(0.0, {}).probability() == pytest.approx(0.5)
    with pytest.raises(ValueError, match="zip"):
        chance.probability(np.array([1.0]))


def test_the_model_draws_pairs_as_the_shop_does() -> None:
    model = shop_model(preset_named("course"))
    sample = model.sample(4_000, np.random.default_rng(0))
    assert not {"affinity", "need", "quality", "typical_price"} & set(sample)
    assert "nudge" not in model.graph.ancestors("purchased") - model.graph.ancestors("recommended")
    assert not model.graph.d_separated("nudge", "purchased")
    assert model.do(recommended=1).graph.d_separated("nudge", "purchased")  # an instrument
    for name in ("score", "popularity", "activity"):  # as the log keeps them, so that the propensity can be recomputed
        assert np.array_equal(sample[name], sample[name].round(4))
