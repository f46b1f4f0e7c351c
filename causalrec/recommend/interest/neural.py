"""Interest from small networks: one that knows ids and clicks, and one that reads frozen vectors of texts.

torch is imported inside functions only.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from causalrec.errors import DataError
from causalrec.recommend.interest.calibration import Method, Platt
from causalrec.recommend.interest.clicks import NumberedScore, item_numbers, warm_items, where_clicked, without_itself
from causalrec.recommend.interest.interface import Calibrated, calibrated, learnable_target, refuse_other_vectors
from causalrec.recommend.interest.training import (
    Epoch,
    NetworkScore,
    Schedule,
    held_out_users,
    logistic_loss,
    scored_in_chunks,
    seeded,
    shuffled,
    train,
    train_on_outcomes,
)
from causalrec.shop.log import Log
from causalrec.types import Array

AfterEpoch = Callable[[Epoch], None]
Trainer = Callable[..., tuple[Epoch, ...]]

# Times that negatives are drawn anew where the user did click the item; what is clicked even then is left out.
REDRAWS = 10


# Neural collaborative filtering: users and items as numbers, nothing read.


@dataclass(frozen=True)
class NeuMF:
    """The settings of neural collaborative filtering: lengths of vectors, false pairs a true one, what is held out.

    Each user and each item has a vector of length `factors` for the product and one for the layers. `negatives` items
    that the user did not click are drawn for each click, anew in each epoch; a share `held_out` of the clicks, with
    negatives of its own, says when to stop. First taught: lesson 4b.
    """

    factors: int = 32
    negatives: int = 4
    held_out: float = 0.1
    schedule: Schedule = Schedule(epochs=40, patience=4, batch=512, learning_rate=5e-3, weight_decay=0.5)

    def __post_init__(self) -> None:
        """Refuse numbers that cannot be."""
        if self.factors < 2 or self.factors % 2 or self.negatives < 1 or not 0 <= self.held_out < 1:
            told = f"factors is {self.factors}, negatives {self.negatives} and held_out {self.held_out}"
            raise DataError(f"{told}; give an even number, a whole number from 1, and a share below 1.")


def fit_ncf(
    log: Log,
    *,
    seed: int,
    factors: int = 32,
    settings: NeuMF | None = None,
    method: Method = "platt",
    progress: bool = True,
    after_epoch: AfterEpoch | None = None,
) -> Calibrated:
    """Interest by neural collaborative filtering: of a user and an item it knows who clicked what, and no word.

    score = h . [p ⊙ q ; MLP(p', q')], p and p' vectors of the user, q and q' of the item, ⊙ element by element, MLP two
    layers with ReLU; trained by logistic loss to tell clicks of the history from pairs without one, then calibrated on
    the log's browsed pairs. A cold item and a user without history have the base. `model.score` is a `NetworkScore`.

    Raises: EstimationError where the target never varies, DataError for settings that cannot be.
    Source: He et al. (2017), "Neural collaborative filtering", WWW, section 3.4. First taught: lesson 4b.
    """
    settings = replace(NeuMF(), factors=factors) if settings is None else settings
    learnable_target(log)
    known = warm_items(log)
    histories: list[Epoch] = []
    trainer = partial(train, seed=seed, progress=progress, after_epoch=after_epoch)

    def fit(clicks: Any) -> NumberedScore:
        score, history = _fit_neumf(clicks, known, settings, seed, trainer)
        histories.extend(history)
        return score

    pairs = without_itself(log, fit, known)
    return calibrated("NCF", log, NetworkScore(pairs, tuple(histories)), method)


def _fit_neumf(
    clicks: Any, known: Array, settings: NeuMF, seed: int, trainer: Trainer
) -> tuple[NumberedScore, tuple[Epoch, ...]]:
    """The score that the network gives to pairs of numbers, and how its training went."""
    import torch

    cells = clicks.tocoo()
    true = torch.tensor(np.stack([cells.row, cells.col], axis=1), dtype=torch.long)  # (clicks, 2)
    if not len(true):
        return lambda user, item: np.full(len(user), np.nan), ()
    deal = _Negatives(true, torch.tensor(np.flatnonzero(known)), clicks.shape[1], settings.negatives)
    with seeded(seed) as generator:
        network = neumf(clicks.shape[0], clicks.shape[1], settings.factors)
        order = torch.randperm(len(true), generator=generator)
        count = int(settings.held_out * len(true))
        held, kept = deal(true[order[:count]], generator), true[order[count:]]

    def batches(generator: Any) -> list[Any]:
        rows = deal(kept, generator)
        return [rows[batch] for batch in shuffled(len(rows), settings.schedule.batch, generator)]

    def loss(rows: Any) -> Any:
        return logistic_loss(neumf_score(network, rows[:, 0], rows[:, 1]), rows[:, 2].float())

    validation = (lambda: loss(held).item()) if count else None
    history = trainer(network, loss, batches, settings.schedule, validation=validation)
    return where_clicked(clicks, partial(scored_in_chunks, partial(neumf_score, network))), history


def neumf(users: int, items: int, factors: int) -> Any:
    """The network, untrained: four tables of vectors, the layers, and the weights of what they make."""
    from torch import nn

    tables = {"user": users, "item": items, "user_mlp": users, "item_mlp": items}
    network = nn.ModuleDict({name: nn.Embedding(rows, factors) for name, rows in tables.items()})
    for name in tables:
        nn.init.normal_(network[name].weight, std=0.1)
    sizes = (2 * factors, factors, factors // 2)
    layers = [nn.Sequential(nn.Linear(size, after), nn.ReLU()) for size, after in zip(sizes, sizes[1:], strict=False)]
    network["mlp"] = nn.Sequential(*layers)
    network["out"] = nn.Linear(factors + factors // 2, 1)
    return network


def neumf_score(network: Any, user: Any, item: Any) -> Any:
    """The score of each pair of numbers, shape (pairs,)."""
    import torch

    product = network["user"](user) * network["item"](item)  # (pairs, factors)
    layers = network["mlp"](torch.cat([network["user_mlp"](user), network["item_mlp"](item)], dim=1))
    return network["out"](torch.cat([product, layers], dim=1))[:, 0]


class _Negatives:
    """Deals, for clicks (clicks, 2), those and drawn pairs without a click: (pairs, 3), the last column 1 or 0."""

    def __init__(self, true: Any, items: Any, width: int, each: int) -> None:
        """Remember all clicks as user x `width` + item, and the `items` that may be drawn, `each` for a click."""
        self.codes, self.items, self.width, self.each = true[:, 0] * width + true[:, 1], items, width, each

    def __call__(self, true: Any, generator: Any) -> Any:
        """The pairs, clicks first."""
        import torch

        user = true[:, 0].repeat_interleave(self.each)
        item, wrong = torch.empty_like(user), torch.ones(len(user), dtype=torch.bool)
        for _ in range(REDRAWS):
            drawn = torch.randint(len(self.items), (int(wrong.sum()),), generator=generator)
            item[wrong] = self.items[drawn]
            wrong = torch.isin(user * self.width + item, self.codes)
        false = torch.stack([user, item, torch.zeros_like(user)], dim=1)[~wrong]
        return torch.cat([torch.cat([true, torch.ones_like(true[:, :1])], dim=1), false])


# A head on frozen vectors: the words as they are, and what is to be made of them learned.


@dataclass(frozen=True)
class Head:
    """The settings of a head: the size of its one layer, the share of its inputs that are dropped, and the schedule.

    First taught: lesson 4b.
    """

    hidden: int = 64
    dropout: float = 0.2
    schedule: Schedule = Schedule(epochs=40, patience=4, batch=256, learning_rate=3e-4, weight_decay=1e-2)

    def __post_init__(self) -> None:
        """Refuse numbers that cannot be."""
        if self.hidden < 1 or not 0 <= self.dropout < 1:
            raise DataError(f"hidden is {self.hidden} and dropout {self.dropout}; give 1 or more, and a share below 1.")


@dataclass(frozen=True, repr=False, eq=False)
class Profiles:
    """What users clicked, as the mean of the items' vectors; called with numbers of pairs, one profile a pair.

    `clicks` is sparse (users, items), `vectors` (items, hidden).
    """

    clicks: Any
    vectors: Array

    def __call__(self, user: Array, item: Array) -> Array:
        """The mean vector of what the user clicked other than this item, (pairs, hidden); NaN where there is nothing.

        A pair's own click is left out, or every clicked item would look like what its user likes.
        """
        clicks = self.clicks[np.maximum(user, 0)]  # (pairs, items)
        own = np.asarray(clicks[np.arange(len(user)), item]).ravel()
        others = np.where(user < 0, 0, np.asarray(clicks.sum(axis=1)).ravel() - own)[:, None]
        total = clicks @ self.vectors - own[:, None] * self.vectors[item]
        return np.divide(total, others, out=np.full(total.shape, np.nan, dtype=np.float32), where=others > 0)


def fit_head(
    log: Log,
    vectors: Array,
    *,
    seed: int,
    hidden: int = 64,
    settings: Head | None = None,
    name: str = "BERT head",
    progress: bool = True,
    after_epoch: AfterEpoch | None = None,
) -> Calibrated:
    """Interest by a small network on frozen vectors of texts; `vectors` is (items, length) in the catalogue's order.

    logit = W2 ReLU(W1 [p ; v ; p ⊙ v ; |p - v|]), v the item's vector, p the mean of those of what the user clicked,
    the pair's own click left out. It is trained on the interest target itself, so what it says is a probability
    already: its curve is the logistic function as it stands. A fifth of the users says when to stop. A user without
    history has the base; a cold item is read like any other.

    Raises: EstimationError where the target never varies, DataError where `vectors` are not one an item.
    Source: features as in Conneau et al. (2017), "Supervised learning of universal sentence representations", EMNLP,
    section 3.1. First taught: lesson 4b.
    """
    settings = replace(Head(), hidden=hidden) if settings is None else settings
    refuse_other_vectors(log, vectors)
    rows, target, meaning = learnable_target(log)
    scaled = _scaled(vectors)
    profiles = without_itself(log, lambda clicks: Profiles(clicks, scaled))
    own, item = profiles.made_of(rows), item_numbers(profiles.items, rows["item_id"])
    known = np.isfinite(own).all(axis=1)
    history, network = _train_head(
        own[known], scaled[item[known]], target[known], held_out_users(rows["user_id"][known], seed), settings, seed,
        partial(train, seed=seed, progress=progress, after_epoch=after_epoch),
    )  # fmt: skip

    def scorer(profile: NumberedScore) -> NumberedScore:
        return lambda user, item: scored_in_chunks(partial(_head_logit, network), profile(user, item), scaled[item])

    score = NetworkScore(profiles.then(scorer), history)
    return Calibrated(name, meaning, score, Platt(1.0, 0.0), float(target.mean()))


def _scaled(vectors: Array) -> Array:
    """The vectors, so stretched that their entries have a mean square of 1: float32, (items, length)."""
    size = float(np.sqrt(np.mean(np.square(vectors, dtype=np.float64))))
    return np.asarray(vectors / (size or 1.0), dtype=np.float32)


def _head(length: int, settings: Head) -> Any:
    """The network, untrained, for vectors of that length."""
    from torch import nn

    layers = (nn.Linear(4 * length, settings.hidden), nn.ReLU(), nn.Dropout(settings.dropout))
    return nn.Sequential(nn.Dropout(settings.dropout), *layers, nn.Linear(settings.hidden, 1))


def _head_logit(network: Any, profile: Any, vector: Any) -> Any:
    """The logit of each pair, shape (pairs,), from (pairs, length) twice."""
    import torch

    seen = torch.cat([profile, vector, profile * vector, (profile - vector).abs()], dim=1)  # (pairs, 4 length)
    return network(seen)[:, 0]


def _train_head(
    profile: Array, vector: Array, outcome: Array, held: Array, settings: Head, seed: int, trainer: Trainer
) -> tuple[tuple[Epoch, ...], Any]:
    """How the training on pairs went, and the trained network."""
    import torch

    with seeded(seed):
        network = _head(vector.shape[1], settings)
    profile, vector = torch.from_numpy(profile), torch.from_numpy(vector)

    def logit(rows: Any) -> Any:
        return _head_logit(network, profile[rows], vector[rows])

    return train_on_outcomes(trainer, network, logit, outcome, held, settings.schedule), network
