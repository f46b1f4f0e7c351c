"""Interest from small networks: one that knows ids and clicks, and one that reads frozen vectors of texts.

torch is imported inside functions only. First taught: lesson 4b.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import pandas as pd

from causalrec.errors import DataError
from causalrec.recommend.interest.calibration import Platt
from causalrec.recommend.interest.interface import (
    Calibrated,
    NumberedScore,
    PairScore,
    calibrated,
    interest_target,
    item_numbers,
    part_of,
    refuse_constant,
    target_name,
    warm_items,
    without_itself,
)
from causalrec.recommend.interest.training import (
    Epoch,
    NetworkScore,
    Schedule,
    held_out_users,
    seeded,
    shuffled,
    train,
)
from causalrec.recommend.text.language_model import one_thread
from causalrec.shop.log import Log
from causalrec.types import Array

AfterEpoch = Callable[[Epoch], None]

# Pairs that a small network scores at once.
CHUNK = 5_000
# Times that negatives are drawn anew where the user did click the item; what is clicked even then is left out.
REDRAWS = 10


# Neural collaborative filtering: users and items as numbers, nothing read.


@dataclass(frozen=True)
class NeuMF:
    """The settings of neural collaborative filtering: lengths of vectors, false pairs a true one, what is held out.

    Each user and each item has a vector of length `factors` for the product and one for the layers. `negatives` items
    that the user did not click are drawn for each click, anew in each epoch; a share `held_out` of the clicks, with
    negatives of its own, says when to stop.
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
    method: Literal["platt", "isotonic"] = "platt",
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
    refuse_unlearnable(log)
    known = warm_items(log)
    histories: list[Epoch] = []

    def fit(clicks: Any) -> NumberedScore:
        score, history = _fit_neumf(clicks, known, settings, seed, progress, after_epoch)
        histories.extend(history)
        return score

    pairs = without_itself(log, fit, known)
    return calibrated("NCF", log, NetworkScore(pairs, tuple(histories)), method)


def refuse_unlearnable(log: Log) -> None:
    """Nothing, if interest can be learned from the log. Raises: EstimationError where its target never varies."""
    _, target, meaning = interest_target(log.pairs)
    refuse_constant(target, np.ones(len(target)), target_name(meaning))


def _fit_neumf(
    clicks: Any, known: Array, settings: NeuMF, seed: int, progress: bool, after_epoch: AfterEpoch | None
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

    history = train(
        network, loss, batches, settings.schedule, seed=seed, progress=progress, after_epoch=after_epoch,
        validation=(lambda: loss(held).item()) if count else None,
    )  # fmt: skip
    clicked = np.diff(clicks.indptr) > 0

    def score(user: Array, item: Array) -> Array:
        values, of = np.full(len(user), np.nan), (user >= 0) & clicked[user]
        numbers = torch.from_numpy(user[of].astype(np.int64)), torch.from_numpy(item[of].astype(np.int64))
        with one_thread(), torch.inference_mode():
            parts = zip(*(column.split(CHUNK) for column in numbers), strict=True)
            scored = [neumf_score(network, *part).numpy() for part in parts]
        values[of] = np.concatenate(scored) if scored else []
        return values

    return score, history


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


def logistic_loss(score: Any, outcome: Any) -> Any:
    """The mean of -log P(outcome) under P(1) = 1 / (1 + exp(-score)), a torch scalar."""
    from torch.nn.functional import binary_cross_entropy_with_logits

    return binary_cross_entropy_with_logits(score, outcome)


def of_pairs(made: PairScore, pairs: pd.DataFrame) -> Array:
    """What the parts of `made` make of the pairs that are dealt to them, such as a profile: (pairs, ...)."""
    user, item = made.users.get_indexer(pairs["user_id"]), item_numbers(made.items, pairs["item_id"])
    part = part_of(user, item, len(made.parts))
    order = np.argsort(part, kind="stable")
    found = np.concatenate([of(user[part == number], item[part == number]) for number, of in enumerate(made.parts)])
    result = np.empty_like(found)
    result[order] = found
    return result


# A head on frozen vectors: the words as they are, and what is to be made of them learned.


@dataclass(frozen=True)
class Head:
    """The settings of a head: the size of its one layer, the share of its inputs that are dropped, and the schedule."""

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
    import torch

    settings = replace(Head(), hidden=hidden) if settings is None else settings
    refuse_unlearnable(log)
    scaled = _scaled(log, vectors)
    profiles = without_itself(log, lambda clicks: Profiles(clicks, scaled), np.ones(len(scaled), dtype=bool))
    rows, target, meaning = interest_target(log.pairs)
    own, item = of_pairs(profiles, rows), item_numbers(profiles.items, rows["item_id"])
    known = np.isfinite(own).all(axis=1)
    data = tuple(torch.from_numpy(column[known]) for column in (own, scaled[item], target.astype(np.float32)))
    with seeded(seed):
        network = _head(scaled.shape[1], settings)
    held = held_out_users(rows["user_id"][known], seed)
    history = _train_head(network, data, held, settings, seed, progress, after_epoch)

    def scorer(profile: NumberedScore) -> NumberedScore:
        return lambda user, item: _head_scores(network, profile(user, item), scaled[item])

    scored = replace(profiles, parts=tuple(scorer(profile) for profile in profiles.parts))
    return Calibrated(name, meaning, NetworkScore(scored, history), Platt(1.0, 0.0), float(target.mean()))


def _scaled(log: Log, vectors: Array) -> Array:
    """The vectors, so stretched that their entries have a mean square of 1: float32, (items, length)."""
    items = len(log.catalogue)
    if np.ndim(vectors) != 2 or len(vectors) != items or not np.isfinite(vectors).all():
        remedy = "pass TextEncoder().encode(log.catalogue.texts)"
        raise DataError(
            f"vectors of shape {np.shape(vectors)} are not finite numbers, one row for each of {items} items: {remedy}"
        )
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


def _head_scores(network: Any, profile: Array, vector: Array) -> Array:
    """The logits of pairs as numbers, NaN where the profile is: shape (pairs,)."""
    import torch

    columns = (torch.from_numpy(column).split(CHUNK) for column in (profile, vector))
    with one_thread(), torch.inference_mode():
        logits = [_head_logit(network, *part).numpy() for part in zip(*columns, strict=True)]
    return np.concatenate(logits)


def _train_head(
    network: Any, data: tuple[Any, Any, Any], held: Array, settings: Head, seed: int, progress: bool,
    after_epoch: AfterEpoch | None,
) -> tuple[Epoch, ...]:  # fmt: skip
    """How the training went on (profile, vector, target) of pairs, of which `held` ones are held out."""
    import torch

    kept, outside = torch.from_numpy(np.flatnonzero(~held)), torch.from_numpy(np.flatnonzero(held))
    if not len(kept):
        return ()

    def loss(rows: Any) -> Any:
        return logistic_loss(_head_logit(network, data[0][rows], data[1][rows]), data[2][rows])

    def batches(generator: Any) -> list[Any]:
        return [kept[batch] for batch in shuffled(len(kept), settings.schedule.batch, generator)]

    return train(
        network, loss, batches, settings.schedule, seed=seed, progress=progress, after_epoch=after_epoch,
        validation=(lambda: loss(outside).item()) if len(outside) else None,
    )  # fmt: skip
