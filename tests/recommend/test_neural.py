"""Small networks: what they compute, that they learn what can be learned, and what they say of what they don't know."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_matrix
from sklearn.metrics import roc_auc_score

from causalrec.errors import DataError, EstimationError
from causalrec.recommend.interest.clicks import part_of, without_itself
from causalrec.recommend.interest.neural import (
    Head,
    NeuMF,
    Profiles,
    _head,
    _head_logit,
    _Negatives,
    fit_head,
    fit_ncf,
    neumf,
    neumf_score,
)
from causalrec.recommend.interest.training import Epoch, Schedule, logistic_loss, seeded, train
from causalrec.shop.catalogue import Catalogue
from causalrec.shop.log import Log

torch = pytest.importorskip("torch")

QUICK = Schedule(epochs=15, patience=3, batch=64, learning_rate=0.02, weight_decay=0.1)
QUIET = {"seed": 1, "progress": False}


def log_of(pairs: pd.DataFrame, history: list[tuple[str, str]], items: list[str]) -> Log:
    """A log of these pairs; history as (user, item)."""
    clicks = pd.DataFrame(history, columns=["user_id", "item_id"], dtype=str).assign(week=1)
    catalogue = Catalogue(pd.DataFrame({"item_id": items, "title": items}))
    return Log(pairs, catalogue, clicks, pd.DataFrame(columns=["user_id", "item_id"]))


def grid(users: int, items: int) -> tuple[np.ndarray, np.ndarray, pd.DataFrame]:
    """All pairs of users u0... and items i0..., by number and by name."""
    user, item = np.divmod(np.arange(users * items), items)
    named = pd.DataFrame({"user_id": [f"u{n}" for n in user], "item_id": [f"i{n}" for n in item]})
    return user, item, named


def two_tastes(users: int = 60, items: int = 20) -> tuple[Log, pd.DataFrame, np.ndarray]:
    """A log in which even users like even items; all pairs with whether they fit; vectors that tell even from odd.

    The last two items, one of each kind, are cold.
    """
    rng = np.random.default_rng(5)
    user, item, pairs = grid(users, items)
    fits = user % 2 == item % 2
    warm = item < items - 2
    clicked = (rng.random(len(user)) < np.where(fits, 0.8, 0.2)).astype(int)
    log_pairs = pairs.assign(recommended=0, browsed=1, clicked=clicked, purchased=0)[warm]
    past = pairs[warm & (rng.random(len(user)) < np.where(fits, 0.6, 0.05))]
    vectors = np.stack([np.arange(items) % 2 == 0, np.arange(items) % 2 == 1, np.ones(items)], axis=1).astype(float)
    names = [f"i{number}" for number in range(items)]
    return log_of(log_pairs, list(past.itertuples(index=False, name=None)), names), pairs.assign(fits=fits), vectors


def coins(users: int = 80, items: int = 15) -> Log:
    """A log without history whose clicks are coins, so that nothing can be known of one from the others."""
    _, _, pairs = grid(users, items)
    clicked = np.random.default_rng(8).integers(0, 2, len(pairs))
    pairs = pairs.assign(recommended=0, browsed=1, clicked=clicked, purchased=0)
    return log_of(pairs, [], [f"i{number}" for number in range(items)])


@pytest.fixture(scope="module")
def world():
    return two_tastes()


@pytest.fixture(scope="module")
def ncf(world):
    return fit_ncf(world[0], settings=NeuMF(8, schedule=QUICK), **QUIET)


@pytest.fixture(scope="module")
def head(world):
    return fit_head(world[0], world[2], settings=Head(16, schedule=QUICK), **QUIET)


# Neural collaborative filtering.


def test_the_score_by_hand() -> None:
    network = neumf(2, 3, 2)
    values = {"user": [[1, 2], [3, 4]], "item": [[5, 6], [7, 8], [9, 1]], "user_mlp": [[1, 0], [0, 1]]}
    values["item_mlp"] = [[1, 1], [2, 2], [3, 3]]
    with torch.no_grad():
        for name, table in values.items():
            network[name].weight.copy_(torch.tensor(table))
        first, second = network["mlp"][0][0], network["mlp"][1][0]
        first.weight.copy_(torch.tensor([[1, 1, 1, 1], [-1, -1, -1, -1]]))
        second.weight.copy_(torch.tensor([[2.0, 5.0]]))
        network["out"].weight.copy_(torch.tensor([[1, 10, 100]]))
        for layer in (first, second, network["out"]):
            layer.bias.zero_()
    # user 1, item 2: products 27 and 4; layers: 0 + 1 + 3 + 3 = 7 and -7, by ReLU 7 and 0; 2 x 7 = 14
    assert neumf_score(network, torch.tensor([1]), torch.tensor([2])).tolist() == [27 + 10 * 4 + 100 * 14]


def test_ncf_learns_one_batch_by_heart() -> None:
    with seeded(2) as generator:
        network = neumf(10, 10, 8)
        rows = torch.cartesian_prod(torch.arange(10), torch.arange(10))[torch.randperm(100, generator=generator)[:40]]
        target = torch.randint(0, 2, (40,), generator=generator).float()

    def loss(batch):
        return logistic_loss(neumf_score(network, batch[:, 0], batch[:, 1]), target)

    schedule = Schedule(epochs=150, learning_rate=0.03, weight_decay=0)
    epochs = train(network, loss, lambda _: [rows], schedule, seed=1, progress=False)
    assert epochs[0].loss == pytest.approx(np.log(2), abs=0.1)
    assert epochs[-1].loss < 0.01


def test_negatives_are_no_clicks_and_all_that_are_left() -> None:
    clicks = torch.tensor([[0, 0], [0, 1], [0, 3], [1, 4], [1, 0], [1, 1], [1, 2], [1, 3]])  # user 1 clicked all
    deal = _Negatives(clicks, torch.tensor([0, 1, 2, 3, 4]), width=6, each=40)
    with seeded(3) as generator:
        rows = deal(clicks, generator)
    assert rows[:8].tolist() == [[*click, 1] for click in clicks.tolist()]
    false = {tuple(row) for row in rows[8:].tolist()}
    assert false == {(0, 2, 0), (0, 4, 0)}  # item 5 is cold
    assert 100 < len(rows) - 8 <= 120


def test_ncf_finds_the_two_tastes(world, ncf) -> None:
    _, pairs, _ = world
    warm = pairs[~pairs["item_id"].isin(["i18", "i19"])]
    interest = ncf.predict(warm)
    assert roc_auc_score(warm["fits"], interest) > 0.9
    assert interest.mean() == pytest.approx(ncf.base, abs=0.01)  # as a logistic curve with an intercept has it
    assert repr(ncf).startswith("Calibrated(NCF, P(click | browsed, text), Platt(")


def test_ncf_knows_nothing_of_cold_items_and_strangers(world, ncf) -> None:
    pairs = pd.DataFrame({"user_id": ["u0", "u1", "stranger"], "item_id": ["i18", "i19", "i0"]})
    assert np.isnan(ncf.score(pairs)).all()
    assert ncf.predict(pairs).tolist() == [ncf.base] * 3
    assert ncf.base == world[0].pairs["clicked"].mean()
    assert ncf.predict(pairs[:0]).shape == (0,)
    with pytest.raises(DataError, match="item 'other' is not in the catalogue"):
        ncf.predict(pd.DataFrame({"user_id": ["u0"], "item_id": ["other"]}))


def test_a_user_in_the_table_without_clicks_is_a_stranger() -> None:
    log = coins(users=30, items=6)
    single = log.pairs.assign(clicked=((log.pairs["user_id"] == "u0") & (log.pairs["item_id"] == "i0")).astype(int))
    model = fit_ncf(replace(log, pairs=single), **QUIET)  # one click in all
    assert model.predict(log.pairs) == pytest.approx(1 / 180, abs=0.02)


# The head.


def test_profiles_by_hand() -> None:
    clicks = csr_matrix([[1.0, 1, 0], [0, 0, 1]])
    profiles = Profiles(clicks, np.array([[2, 0], [0, 4], [6, 6]], np.float32))
    told = profiles(np.array([0, 0, 0, 1, 1, -1]), np.array([0, 1, 2, 2, 0, 0]))
    # of user 0: the other click; the mean of both for the item not clicked; of user 1: nothing but the item itself
    assert told.tolist()[:3] == [[0, 4], [2, 0], [1, 2]]
    assert np.isnan(told[[3, 5]]).all()
    assert told[4].tolist() == [6, 6]


def test_the_head_sees_what_it_says_it_sees() -> None:
    network = _head(2, Head(hidden=1, dropout=0))
    with torch.no_grad():
        network[1].weight.copy_(torch.tensor([[1, 10, 100, 1000, 1e4, 2e4, 3e4, 4e4]]))
        network[1].bias.zero_()
        network[4].weight.fill_(1)
        network[4].bias.fill_(0.5)
        logit = _head_logit(network.eval(), torch.tensor([[1.0, 2]]), torch.tensor([[3.0, 1]]))
    # p = (1, 2), v = (3, 1): 1 + 20 + 300 + 1000, p v = (3, 2), |p - v| = (2, 1)
    assert logit.item() == 1321 + 3 * 1e4 + 2 * 2e4 + 2 * 3e4 + 1 * 4e4 + 0.5


def test_the_head_learns_one_batch_by_heart() -> None:
    with seeded(2) as generator:
        network = _head(6, Head(32, dropout=0))
        profile, vector = torch.randn(2, 40, 6, generator=generator)
        target = torch.randint(0, 2, (40,), generator=generator).float()
    schedule = Schedule(epochs=150, learning_rate=0.02, weight_decay=0)
    epochs = train(
        network, lambda _: logistic_loss(_head_logit(network, profile, vector), target), lambda _: [None], schedule,
        seed=1, progress=False,
    )  # fmt: skip
    assert epochs[-1].loss < 0.01 < 0.5 < epochs[0].loss


def test_the_head_finds_the_two_tastes_on_cold_items_too(world, head) -> None:
    _, pairs, _ = world
    interest, cold = head.predict(pairs), pairs["item_id"].isin(["i18", "i19"])
    for rows in (cold, ~cold):
        assert roc_auc_score(pairs["fits"][rows], interest[rows]) > 0.95
    assert interest[pairs["fits"]].mean() == pytest.approx(0.8, abs=0.1)  # calibrated, though by no curve
    losses = [epoch.loss for epoch in head.score.history]
    assert min(losses) < 0.9 * losses[0]
    assert repr(head).startswith("Calibrated(BERT head, P(click | browsed, text), Platt(slope 1, intercept 0)")


def test_the_head_of_a_stranger_is_the_base(head) -> None:
    pairs = pd.DataFrame({"user_id": ["stranger"], "item_id": ["i0"]})
    assert head.predict(pairs).tolist() == [head.base]


def test_who_clicked_one_item_is_a_stranger_to_it(world) -> None:
    log, _, vectors = world
    once = pd.DataFrame({"week": [1], "user_id": ["once"], "item_id": ["i3"]})
    model = fit_head(
        replace(log, history=pd.concat([log.history, once])), vectors, settings=Head(8, schedule=QUICK), **QUIET
    )
    pairs = pd.DataFrame({"user_id": ["once", "once"], "item_id": ["i3", "i4"]})
    assert np.isnan(model.score(pairs)).tolist() == [True, False]


@pytest.mark.parametrize(
    "vectors", [np.ones((3, 2)), np.ones(20), np.full((20, 2), np.nan), np.full((20, 2), np.inf)], ids=str
)
def test_vectors_that_are_not_one_an_item(world, vectors) -> None:
    with pytest.raises(DataError, match="are not finite numbers, one row for each of 20 items"):
        fit_head(world[0], vectors, **QUIET)


# Both.


def both(log: Log, vectors: np.ndarray, **options):
    """The two models, quickly trained."""
    return (
        fit_ncf(log, settings=NeuMF(4, schedule=replace(QUICK, epochs=3)), **{**QUIET, **options}),
        fit_head(log, vectors, settings=Head(4, schedule=replace(QUICK, epochs=3)), **{**QUIET, **options}),
    )


def test_the_same_again_whatever_the_number_of_threads(world) -> None:
    log, pairs, vectors = world
    threads, runs = torch.get_num_threads(), []
    try:
        for number in (1, 2):
            torch.set_num_threads(number)
            runs.append([model.predict(pairs) for model in both(log, vectors)])
            assert torch.get_num_threads() == number
    finally:
        torch.set_num_threads(threads)
    assert all(np.array_equal(first, second) for first, second in zip(*runs, strict=True))
    others = [model.predict(pairs) for model in both(log, vectors, seed=2)]
    assert not any(np.array_equal(first, second) for first, second in zip(runs[0], others, strict=True))


def test_without_history_no_click_explains_itself() -> None:
    log = coins()
    vectors = np.random.default_rng(1).normal(size=(15, 4))
    for model in both(log, vectors):
        interest = model.predict(log.pairs)
        assert roc_auc_score(log.pairs["clicked"], interest) == pytest.approx(0.5, abs=0.08)
    profiles = without_itself(log, lambda clicks: Profiles(clicks, vectors.astype(np.float32)))
    told = profiles.made_of(log.pairs)
    mine = (log.pairs["user_id"] == "u7").to_numpy()
    clicked, item = log.pairs["clicked"][mine].to_numpy() == 1, np.arange(15)
    part = part_of(profiles.users.get_loc("u7"), item)
    for number in item:  # the profile for a pair is that of the clicks in other parts than the pair's
        assert told[mine][number] == pytest.approx(vectors[clicked & (part != part[number])].mean(axis=0), rel=1e-5)


def test_one_class_is_refused_before_anything_is_trained(world) -> None:
    log, _, vectors = world
    for value in (0, 1):
        constant = replace(log, pairs=log.pairs.assign(clicked=value))
        for fit in (fit_ncf, lambda log, **options: fit_head(log, vectors, **options)):
            with pytest.raises(EstimationError, match=f"'clicked' of the browsed pairs is {value} in all 1080 rows"):
                fit(constant, **QUIET)


def test_a_catalogue_all_cold_but_one_item(world) -> None:
    log, pairs, vectors = world
    shown = log.pairs[log.pairs["item_id"] == "i0"]
    bare = replace(log, pairs=shown, history=log.history[log.history["item_id"] == "i0"])
    cold = pairs[pairs["item_id"] != "i0"]
    for model in both(bare, vectors):
        assert np.isfinite(model.predict(pairs)).all()
    assert both(bare, vectors)[0].predict(cold) == pytest.approx(shown["clicked"].mean())


def test_a_log_of_purchases_alone(world) -> None:
    log, pairs, vectors = world
    bought = log.pairs[["user_id", "item_id", "recommended"]].assign(purchased=log.pairs["clicked"])
    for model in both(replace(log, pairs=bought, history=log.history[:0]), vectors):
        assert model.meaning == "P(purchase | text)"
        assert ((model.predict(pairs) > 0) & (model.predict(pairs) < 1)).all()


def test_after_each_epoch_someone_is_told(world) -> None:
    log, _, vectors = world
    told: list[Epoch] = []
    models = both(log, vectors, after_epoch=told.append)
    assert tuple(told) == models[0].score.history + models[1].score.history
    assert all(epoch.held_out is not None for epoch in told)


@pytest.mark.parametrize("settings", [{"factors": 3}, {"factors": 0}, {"negatives": 0}, {"held_out": 1}])
def test_settings_of_ncf_that_cannot_be(settings) -> None:
    with pytest.raises(DataError, match="give an even number, a whole number from 1, and a share below 1"):
        NeuMF(**settings)


@pytest.mark.parametrize("settings", [{"hidden": 0}, {"dropout": 1.0}, {"dropout": -0.1}])
def test_settings_of_a_head_that_cannot_be(settings) -> None:
    with pytest.raises(DataError, match="give 1 or more, and a share below 1"):
        Head(**settings)
