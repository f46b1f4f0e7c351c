"""Interest from a language model that is itself trained on the clicks: BERT reads what a user clicked beside an item.

torch and transformers are imported inside functions only. First taught: lesson 4b.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from causalrec.errors import DataError
from causalrec.recommend.interest.calibration import Platt
from causalrec.recommend.interest.interface import (
    Calibrated,
    NumberedScore,
    PairScore,
    click_matrix,
    interest_target,
    item_numbers,
    without_itself,
)
from causalrec.recommend.interest.neural import logistic_loss, of_pairs, refuse_unlearnable
from causalrec.recommend.interest.training import (
    Epoch,
    NetworkScore,
    Schedule,
    held_out_users,
    seeded,
    shuffled,
    train,
)
from causalrec.recommend.text.bert_files import PACKAGED, WEIGHTS, BertFiles, find_bert
from causalrec.recommend.text.language_model import batch_size, batches, bert_tokenizer, one_thread, quiet, unreadable
from causalrec.recommend.text.words import listed_texts
from causalrec.shop.log import Log
from causalrec.types import Array

# What stands between the titles of what a user clicked.
COMMA = "; "


@dataclass(frozen=True)
class FineTuning:
    """The settings of a fine-tuned BERT: which one, what it reads of a pair, how much of it is trained on how much.

    `model` is the packaged BERT, a BERT's folder, or its name on the Hugging Face hub. It reads the titles of the
    user's last `titles` clicks and the item's title (where `described`, its whole text), together at most `max_tokens`
    tokens. Of its layers the upper `layers` are trained, with the pooler and a new head; with all layers the table of
    word vectors too. It learns from `pairs` of the log's browsed pairs, drawn at random, a fifth of whose users say
    when to stop.

    Raises: DataError for a number that cannot be.
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
        for name, least in (("titles", 1), ("max_tokens", 5), ("layers", 0), ("pairs", 1)):
            value = getattr(self, name)
            if not isinstance(value, int) or isinstance(value, bool) or value < least:
                raise DataError(f"{name} is {value!r}; give a whole number, {least} or more.")

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
    refuse_unlearnable(log)
    bert = _files(settings)
    readers, examples = _examples(log, settings, seed)
    with seeded(seed):
        judge = Judge(_network(bert, settings.layers), bert_tokenizer(bert), settings.max_tokens)
    history: tuple[Epoch, ...] = ()
    if len(examples.target):
        chosen = {of: getattr(settings, of) for of in ("titles", "described", "max_tokens", "layers", "pairs")}
        identity = {**chosen, "model": bert.fingerprint, "data": examples.fingerprint()}
        history = _fine_tune(judge, examples, settings.schedule, seed, folder, identity, progress, after_epoch)

    def scorer(reader: NumberedScore) -> NumberedScore:
        return lambda user, item: judge.logits(reader(user, item))

    scored = NetworkScore(replace(readers, parts=tuple(scorer(reader) for reader in readers.parts)), history)
    _, target, meaning = interest_target(log.pairs)
    return Calibrated(name, meaning, scored, Platt(1.0, 0.0), float(target.mean()))


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
            if who >= 0 and (titles := self._titles(who, what)):
                told[row] = COMMA.join(titles), self.texts[what]
        return told

    def _titles(self, user: int, item: int) -> list[str]:
        clicked = set(self.clicks[user].indices) - {item}
        return [self.titles[one] for one in self.recent[user] if one in clicked][: self.most]


@dataclass(frozen=True, repr=False, eq=False)
class Examples:
    """What is learned from: `texts` (pairs, 2), their 0/1 `target`, and which are `held` out, both (pairs,)."""

    texts: Array
    target: Array
    held: Array

    def fingerprint(self) -> str:
        """The SHA-256 of it all."""
        content = [self.texts.tolist(), self.target.tolist(), self.held.tolist()]
        return hashlib.sha256(json.dumps(content).encode()).hexdigest()


def _examples(log: Log, settings: FineTuning, seed: int) -> tuple[PairScore, Examples]:
    """Who reads pairs, as the parts of a `PairScore`, and what is read of a random part of the browsed pairs."""
    titles = listed_texts(log.catalogue.items["title"])
    texts = listed_texts(log.catalogue.texts) if settings.described else titles
    recent = _recent(log)

    def reader(clicks: Any) -> NumberedScore:
        return Reader(clicks, recent, titles, texts, settings.titles)

    readers = without_itself(log, reader, np.ones(len(titles), dtype=bool))
    rows, target, _ = interest_target(log.pairs)
    drawn = np.random.default_rng(seed).permutation(len(rows))[: settings.pairs]
    rows, target = rows.iloc[drawn], target[drawn]
    told = of_pairs(readers, rows)
    known = np.array([text is not None for text in told[:, 0]], dtype=bool)
    return readers, Examples(told[known], target[known], held_out_users(rows["user_id"], seed)[known])


def _recent(log: Log) -> list[Array]:
    """The items of each user in `click_matrix`, by number, the last week's first; of a week, the log's last row's."""
    past = log.history
    if past.empty:
        rows, target, _ = interest_target(log.pairs)
        past = rows[target == 1]
    if "week" in past:
        past = past.sort_values("week", kind="stable")
    last = past[::-1].drop_duplicates(["user_id", "item_id"])
    user = click_matrix(log).users.get_indexer(last["user_id"])
    item = item_numbers(pd.Index(log.catalogue.items["item_id"]), last["item_id"])
    order = np.argsort(user, kind="stable")
    return np.split(item[order], np.flatnonzero(np.diff(user[order])) + 1)


# The network that reads it.


@dataclass(frozen=True, repr=False, eq=False)
class Judge:
    """A BERT with one output, its tokenizer, and how many tokens it may read of a pair; `known` texts are kept."""

    network: Any
    tokenizer: Any
    max_tokens: int
    known: dict[str, tuple[int, ...]] = field(default_factory=dict)

    def tokens(self, titles: str, text: str) -> tuple[list[int], int]:
        """The numbers of a pair's tokens, and how many of them are the titles'; the longer text is cut first.

        [CLS] titles [SEP] text [SEP]. Titles are read one by one, each once: BERT never reads across a semicolon.
        """
        parts = [self._read(title) for title in titles.split(COMMA)]
        first = list(parts[0])
        for part in parts[1:]:
            first += (*self._read(COMMA), *part)
        second, room = self._read(text), self.max_tokens - 3
        first = first[: max(room - len(second), (room + 1) // 2)]
        cls, sep = self.tokenizer.cls_token_id, self.tokenizer.sep_token_id
        return [cls, *first, sep, *second[: room - len(first)], sep], len(first) + 2

    def _read(self, text: str) -> tuple[int, ...]:
        if text not in self.known:
            read = self.tokenizer(text, add_special_tokens=False, truncation=True, max_length=self.max_tokens)
            self.known[text] = tuple(read["input_ids"])
        return self.known[text]

    def batch(self, pairs: Sequence[tuple[list[int], int]], rows: int, width: int) -> Any:
        """The logits of pairs of tokens, (pairs,), read as one batch of so many rows and tokens."""
        import torch

        tokens = torch.full((rows, width), self.tokenizer.pad_token_id, dtype=torch.long)  # (rows, tokens)
        mask, second = torch.zeros_like(tokens), torch.zeros_like(tokens)
        mask[:, 0] = 1  # in rows that only fill up, one padding token is read: attention to nothing is undefined
        for row, (numbers, first) in enumerate(pairs):
            tokens[row, : len(numbers)] = torch.tensor(numbers)
            mask[row, : len(numbers)] = 1
            second[row, first : len(numbers)] = 1
        read = self.network(input_ids=tokens, attention_mask=mask, token_type_ids=second)
        return read.logits[: len(pairs), 0]

    def logits(self, texts: Array) -> Array:
        """The logit of each pair of texts (pairs, 2), NaN for None; a pair's own does not depend on the others."""
        import torch

        values = np.full(len(texts), np.nan)
        known = [row for row in range(len(texts)) if texts[row, 0] is not None]
        pairs = [self.tokens(*texts[row]) for row in known]
        with one_thread(), torch.inference_mode():
            for width, rows in batches([len(numbers) for numbers, _ in pairs], self.max_tokens):
                read = self.batch([pairs[row] for row in rows], batch_size(width), width)
                values[[known[row] for row in rows]] = read.numpy()
        return values


def _fine_tune(
    judge: Judge, examples: Examples, schedule: Schedule, seed: int, folder: str | Path | None,
    identity: dict[str, Any], progress: bool, after_epoch: Callable[[Epoch], None] | None,
) -> tuple[Epoch, ...]:  # fmt: skip
    """How the training of the judge on the examples went."""
    import torch

    pairs = [judge.tokens(*texts) for texts in examples.texts]
    kept, held = np.flatnonzero(~examples.held), np.flatnonzero(examples.held)
    target = torch.tensor(examples.target, dtype=torch.float32)
    if not len(kept):
        return ()

    def loss(rows: Any) -> Any:
        batch = [pairs[row] for row in rows]
        return logistic_loss(judge.batch(batch, len(batch), max(len(numbers) for numbers, _ in batch)), target[rows])

    def held_out() -> float:
        logits = torch.from_numpy(judge.logits(examples.texts[held])).float()
        return float(logistic_loss(logits, target[held]))

    def batches(generator: Any) -> list[Array]:
        return [kept[batch.numpy()] for batch in shuffled(len(kept), schedule.batch, generator)]

    return train(
        judge.network, loss, batches, schedule, seed=seed, validation=held_out if len(held) else None, folder=folder,
        identity=identity, progress=progress, after_epoch=after_epoch,
    )  # fmt: skip


def _files(settings: FineTuning) -> BertFiles:
    """The model's files, if it can read as many tokens as it is asked to."""
    bert = find_bert(settings.model)
    if settings.max_tokens > bert.positions:
        limit = f"{Path(settings.model).name!r} reads at most {bert.positions} tokens"
        raise DataError(f"max_tokens is {settings.max_tokens}, but {limit}; choose 5 to {bert.positions}.")
    return bert


def _network(bert: BertFiles, layers: int) -> Any:
    """BERT with a new head of one output, of which only the upper `layers`, the pooler and the head are to be trained.

    A network of its own each time: it is about to change.
    """
    bert.refuse_damaged([WEIGHTS])
    with quiet():
        import torch
        from safetensors import SafetensorError
        from transformers import BertForSequenceClassification

        try:
            loaded: Any = BertForSequenceClassification.from_pretrained(
                bert.folder,
                num_labels=1,
                local_files_only=True,
                use_safetensors=True,
                output_loading_info=True,
                ignore_mismatched_sizes=True,
                dtype=torch.float32,
                attn_implementation="eager",
            )
        except (OSError, ValueError, RuntimeError, KeyError, SafetensorError) as error:
            raise unreadable(bert, "network", error) from error
    network, report = loaded
    new = ("classifier.", "bert.pooler.")  # a model may come without them
    if missing := [name for name in report["missing_keys"] if not name.startswith(new)]:
        raise DataError(f"{bert.folder} lacks weights of a BERT, {min(missing)} among them; fetch the model anew.")
    every = list(network.bert.encoder.layer)
    frozen = [] if layers >= len(every) else [network.bert.embeddings, *every[: len(every) - layers]]
    for part in frozen:
        part.requires_grad_(False)
    return network
