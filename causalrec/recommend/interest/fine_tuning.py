"""Interest from a language model that is itself trained on the clicks: BERT reads what a user clicked beside an item.

torch is imported inside functions only.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from causalrec.recommend.interest.calibration import Platt
from causalrec.recommend.interest.clicks import NumberedScore, PairScore, last_clicked, recent_items, without_itself
from causalrec.recommend.interest.interface import Calibrated, interest_target, learnable_target
from causalrec.recommend.interest.training import (
    Epoch,
    NetworkScore,
    Schedule,
    held_out_users,
    refuse_counts,
    seeded,
    train,
    train_on_outcomes,
)
from causalrec.recommend.text.bert_files import PACKAGED, find_bert
from causalrec.recommend.text.pair_classifier import PairClassifier, load_pair_classifier
from causalrec.recommend.text.words import listed_texts
from causalrec.shop.log import Log
from causalrec.types import Array


@dataclass(frozen=True)
class FineTuning:
    """The settings of a fine-tuned BERT: which one, what it reads of a pair, how much of it is trained on how much.

    `model` is the packaged BERT, a BERT's folder, or its name on the Hugging Face hub. It reads the titles of the
    user's last `titles` clicks and the item's title (where `described`, its whole text), together at most `max_tokens`
    tokens. Of its layers the upper `layers` are trained, with the pooler and a new head; with all layers the table of
    word vectors too. It learns from `pairs` of the log's browsed pairs, drawn at random, a fifth of whose users say
    when to stop.

    Raises: DataError for a number that cannot be. First taught: lesson 4b.
    """

    model: str | Path = PACKAGED
    titles: int = 4
    described: bool = False
    max_tokens: int = 40
    layers: int = 3
    pairs: int = 1500
    schedule: Schedule = Schedule(epochs=3, patience=1, batch=16, learning_rate=5e-5)

    def __post_init__(self) -> None:
        """Refuse numbers that cannot be, before any model is read."""
        refuse_counts(self, titles=1, max_tokens=5, layers=0, pairs=1)

    def __repr__(self) -> str:
        """The model's name (of a folder, its last part) and the settings."""
        read = f"titles={self.titles}, described={self.described}, max_tokens={self.max_tokens}"
        settings = f"{read}, layers={self.layers}, pairs={self.pairs}"
        return f"FineTuning({Path(self.model).name!r}, {settings}, {self.schedule})"


def fit_fine_tuned(
    log: Log,
    *,
    seed: int,
    folder: str | Path | None = None,
    settings: FineTuning | None = None,
    name: str = "fine-tuned BERT",
    progress: bool = True,
    after_epoch: Callable[[Epoch], None] | None = None,
) -> Calibrated:
    """Interest by a BERT that is trained to say of a user's clicked titles and an item's text whether a click follows.

    logit = w . tanh(A h + a) + b, h BERT's state of [CLS] after "[CLS] titles [SEP] text [SEP]", A and a its pooler's;
    logistic loss on the interest target, so what it says is a probability already. The pair's own click is not among
    the titles. A user without history has the base; a cold item is read like any other.

    `folder` keeps a checkpoint after each epoch: a training cut off goes on from there, with the same result to the
    bit, and a finished one is read in a moment. `model.score` is a `NetworkScore` with the losses.

    Raises:
        EstimationError: the target never varies.
        DataError: the model is absent, damaged or no BERT, or reads fewer tokens; the folder is another training's.

    Source: Devlin et al. (2019), "BERT", NAACL, section 3.2 and figure 4a (a pair of texts). First taught: lesson 4b.
    """
    settings = settings or FineTuning()
    _, target, meaning = learnable_target(log)
    bert = find_bert(settings.model, settings.max_tokens, least=5)
    readers, examples = _examples(log, settings, seed)
    with seeded(seed):
        judge = load_pair_classifier(bert, settings.layers, settings.max_tokens)
    chosen = {of: getattr(settings, of) for of in ("titles", "described", "max_tokens", "layers", "pairs")}
    identity = {**chosen, "model": bert.fingerprint, "data": examples.fingerprint()}
    trainer = partial(train, seed=seed, folder=folder, identity=identity, progress=progress, after_epoch=after_epoch)
    history = _fine_tune(judge, examples, settings.schedule, trainer)
    score = NetworkScore(readers.then(lambda reader: lambda user, item: judge.logits(reader(user, item))), history)
    return Calibrated(name, meaning, score, Platt(1.0, 0.0), float(target.mean()))


# What is read of a pair.


@dataclass(frozen=True, repr=False, eq=False)
class Reader:
    """The two texts of pairs; called with numbers of users and items.

    `clicks` is sparse (users, items); `recent` holds each user's items, the last click first; `titles` and `texts` are
    the catalogue's; `most` titles are read.
    """

    clicks: Any
    recent: Sequence[Array]
    titles: Sequence[str]
    texts: Sequence[str]
    most: int

    def __call__(self, user: Array, item: Array) -> Array:
        """Titles and text of each pair, (pairs, 2) strings; both None where the user clicked nothing but this item."""
        told = np.full((len(user), 2), None, dtype=object)
        for row, (who, what) in enumerate(zip(user, item, strict=True)):
            if clicked := last_clicked(self.clicks, self.recent, who, what, self.most):
                told[row] = "; ".join(self.titles[one] for one in clicked), self.texts[what]
        return told


@dataclass(frozen=True, repr=False, eq=False)
class TrainingPairs:
    """What is learned from: `texts` (pairs, 2), their 0/1 `target`, and which are `held` out, both (pairs,)."""

    texts: Array
    target: Array
    held: Array

    def fingerprint(self) -> str:
        """The SHA-256 of it all."""
        content = [self.texts.tolist(), self.target.tolist(), self.held.tolist()]
        return hashlib.sha256(json.dumps(content).encode()).hexdigest()


def _examples(log: Log, settings: FineTuning, seed: int) -> tuple[PairScore, TrainingPairs]:
    """Who reads pairs, as the parts of a `PairScore`, and what is read of a random part of the browsed pairs."""
    titles = listed_texts(log.catalogue.items["title"])
    texts = listed_texts(log.catalogue.texts) if settings.described else titles
    recent = recent_items(log)

    def reader(clicks: Any) -> NumberedScore:
        return Reader(clicks, recent, titles, texts, settings.titles)

    readers = without_itself(log, reader)
    rows, target, _ = interest_target(log.pairs)
    drawn = np.random.default_rng(seed).permutation(len(rows))[: settings.pairs]
    rows, target = rows.iloc[drawn], target[drawn]
    told = readers.made_of(rows)
    known = np.array([text is not None for text in told[:, 0]], dtype=bool)
    return readers, TrainingPairs(told[known], target[known], held_out_users(rows["user_id"], seed)[known])


def _fine_tune(
    judge: PairClassifier, examples: TrainingPairs, schedule: Schedule, trainer: Callable[..., tuple[Epoch, ...]]
) -> tuple[Epoch, ...]:
    """How the training of the judge on the examples went."""
    import torch

    pairs = [judge.tokens(*texts) for texts in examples.texts]

    def logit(rows: Any) -> Any:
        batch = [pairs[row] for row in rows]
        return judge.batch(batch, len(batch), max(len(numbers) for numbers, _ in batch))

    def held_logit(rows: Any) -> Any:
        return torch.from_numpy(judge.logits(examples.texts[rows.numpy()])).float()

    return train_on_outcomes(trainer, judge.network, logit, examples.target, examples.held, schedule, held_logit)
