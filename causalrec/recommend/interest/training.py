"""How a network is trained here: one loop for all, the same to the bit each time, and resumed where it was cut off.

torch is imported inside functions only. Checkpoints are safetensors and JSON: nothing is ever unpickled.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import math
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from causalrec.errors import DataError, EstimationError
from causalrec.files import sha256, write_whole
from causalrec.recommend.interest.clicks import PairScore
from causalrec.recommend.text.language_model import one_thread
from causalrec.types import Array

# The file that says how far a training has come; it names the file with the weights, and is written after it.
STATE = "training.json"
# A step follows the gradient's direction; where the gradient is longer than this, not its length.
LONGEST_GRADIENT = 1.0
# Pairs that a small network scores at once.
CHUNK = 5_000


@dataclass(frozen=True)
class Epoch:
    """One pass over the training pairs: the mean loss of its batches, and afterwards that of what was held out.

    Losses are negative log likelihoods in nats a pair; `held_out` is None where nothing was held out.
    """

    loss: float
    held_out: float | None = None


@dataclass(frozen=True)
class Schedule:
    """How long and in what steps a network is trained: the settings of `train`.

    At most `epochs` passes in batches of `batch` pairs; `patience` epochs in a row without a lower held-out loss end
    the training. The step is AdamW's, with decay of the weights (Loshchilov & Hutter 2019).

    Raises: DataError for a number that cannot be. First taught: lesson 4b.
    """

    epochs: int = 20
    patience: int = 3
    batch: int = 256
    learning_rate: float = 1e-3
    weight_decay: float = 1e-2

    def __post_init__(self) -> None:
        """Refuse numbers that cannot be."""
        refuse_counts(self, epochs=1, patience=1, batch=1)
        if not self.learning_rate > 0 or not self.weight_decay >= 0:
            rates = f"learning_rate is {self.learning_rate!r} and weight_decay {self.weight_decay!r}"
            raise DataError(f"{rates}; give a rate above 0, such as 0.001, and a decay of 0 or more.")


def refuse_counts(settings: Any, **least: int) -> None:
    """Nothing, if each of these settings is a whole number, so many or more. Raises: DataError for one that is not."""
    for name, fewest in least.items():
        value = getattr(settings, name)
        if not isinstance(value, int) or isinstance(value, bool) or value < fewest:
            raise DataError(f"{name} is {value!r}; give a whole number, {fewest} or more.")


@dataclass(frozen=True, repr=False, eq=False)
class NetworkScore:
    """A trained network's score of pairs, and how its training went; NaN where it knows nothing of a pair."""

    pairs: PairScore
    history: tuple[Epoch, ...]

    def __call__(self, pairs: pd.DataFrame) -> Array:
        """The score of each pair, shape (pairs,). Raises: DataError for an item that is not in the catalogue."""
        return self.pairs(pairs)


def train(
    network: Any,
    loss: Callable[[Any], Any],
    batches: Callable[[Any], Sequence[Any]],
    schedule: Schedule,
    *,
    seed: int,
    validation: Callable[[], float] | None = None,
    folder: str | Path | None = None,
    identity: Mapping[str, Any] | None = None,
    progress: bool = True,
    after_epoch: Callable[[Epoch], None] | None = None,
) -> tuple[Epoch, ...]:
    """What each epoch brought; `network` then has its best weights: of the epoch with the lowest held-out loss.

    `batches` deals one epoch's batches out of a `torch.Generator`; `loss` gives a batch's mean loss, `validation` that
    of what was held out, without dropout. Without `validation` all epochs run and the last weights stay. An epoch's
    random numbers follow from `seed` and its number alone, and one thread computes: two runs agree to the bit.

    `folder` keeps a checkpoint after each epoch. Where it holds one, training goes on from there and ends with the
    weights of a run that was never interrupted; a finished training is only read. `identity` says what is trained, on
    what, with which settings. `progress` shows a bar; `after_epoch` is called after each new epoch.

    Raises:
        DataError: the folder's checkpoint is damaged, or belongs to another training.
        EstimationError: the loss is no number any more.

    Source: Prechelt (1998), "Early stopping, but when?".
    """
    import torch

    weights = {name: value for name, value in network.named_parameters() if value.requires_grad}
    optimiser = torch.optim.AdamW(weights.values(), lr=schedule.learning_rate, weight_decay=schedule.weight_decay)
    who = {"seed": seed, **asdict(schedule), **(identity or {}), "torch": str(torch.__version__)}
    checkpoint = None if folder is None else Checkpoint(Path(folder).expanduser(), who)
    epochs, best = _resumed(checkpoint, weights, optimiser)
    with one_thread(), _bar(progress) as bar:
        while len(epochs) < schedule.epochs and len(epochs) - _best(epochs) < schedule.patience:
            bar.set_description(f"epoch {len(epochs) + 1} of at most {schedule.epochs}")
            with seeded(seed, len(epochs) + 1) as generator:
                mean = _one_epoch(network, optimiser, loss, batches(generator), bar)
            epoch = Epoch(mean, _judged(network, validation))
            epochs = (*epochs, epoch)
            if _best(epochs) == len(epochs):
                best = {name: value.detach().clone() for name, value in weights.items()}
            if checkpoint is not None:
                checkpoint.write(epochs, weights, best, optimiser)
            if after_epoch is not None:
                after_epoch(epoch)
    with torch.no_grad():
        for name, value in weights.items():
            value.copy_(best[name])
    network.eval()
    return epochs


def train_on_outcomes(
    trainer: Callable[..., tuple[Epoch, ...]],
    network: Any,
    logit: Callable[[Any], Any],
    outcome: Array,
    held: Array,
    schedule: Schedule,
    held_logit: Callable[[Any], Any] | None = None,
) -> tuple[Epoch, ...]:
    """How the training went on rows with a 0/1 `outcome`, (rows,), by `logistic_loss`; the rows in `held` are held out.

    `logit` gives a tensor of the logits of rows, (rows,), by their numbers; `held_logit`, if given, that of held-out
    rows. `trainer` is `train` with whatever else it takes. Without a row to learn from nothing is done.
    """
    import torch

    target = torch.tensor(outcome, dtype=torch.float32)
    kept, outside = (torch.from_numpy(np.flatnonzero(rows)) for rows in (~held, held))
    if not len(kept):
        return ()

    def validation() -> float:
        return logistic_loss((held_logit or logit)(outside), target[outside]).item()

    return trainer(
        network,
        lambda rows: logistic_loss(logit(rows), target[rows]),
        lambda generator: [kept[batch] for batch in shuffled(len(kept), schedule.batch, generator)],
        schedule,
        validation=validation if len(outside) else None,
    )


def logistic_loss(score: Any, outcome: Any) -> Any:
    """The mean of -log P(outcome) under P(1) = 1 / (1 + exp(-score)), a torch scalar."""
    from torch.nn.functional import binary_cross_entropy_with_logits

    return binary_cross_entropy_with_logits(score, outcome)


def scored_in_chunks(score: Callable[..., Any], *columns: Array) -> Array:
    """What a small network's `score` says of each row of the columns, read in chunks on one thread: (rows,)."""
    import torch

    with one_thread(), torch.inference_mode():
        chunks = zip(*(torch.from_numpy(column).split(CHUNK) for column in columns), strict=True)
        return np.concatenate([score(*chunk).numpy() for chunk in chunks])


def _one_epoch(network: Any, optimiser: Any, loss: Callable[[Any], Any], batches: Sequence[Any], bar: Any) -> float:
    """The mean loss of the batches, each taken before the step that it caused."""
    import torch

    losses = []
    network.train()
    bar.reset(total=len(batches))
    for batch in batches:
        optimiser.zero_grad()
        value = loss(batch)
        value.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), LONGEST_GRADIENT)
        optimiser.step()
        losses.append(value.item())
        bar.update()
    return _number(float(np.mean(losses)) if losses else math.nan)


def _judged(network: Any, validation: Callable[[], float] | None) -> float | None:
    """The held-out loss, without dropout and gradients; None where nothing was held out."""
    import torch

    if validation is None:
        return None
    network.eval()
    with torch.inference_mode():
        return _number(float(validation()))


def _number(loss: float) -> float:
    if not math.isfinite(loss):
        raise EstimationError(f"the loss of an epoch is {loss}: give pairs to train on, or a lower learning_rate")
    return loss


def _best(epochs: Sequence[Epoch]) -> int:
    """The number, from 1, of the epoch with the lowest held-out loss, the first of equals; the last without any."""
    losses = [epoch.held_out for epoch in epochs if epoch.held_out is not None]
    return 1 + int(np.argmin(losses)) if losses else len(epochs)


def _bar(progress: bool) -> Any:
    """A bar for the batches of an epoch, on the error stream or as the notebook's own; none where not wanted."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that a notebook without ipywidgets gets a plain bar
        from tqdm.auto import tqdm

        return tqdm(unit="batch", leave=False, disable=not progress)


# What makes a run repeatable.


@contextlib.contextmanager
def seeded(*numbers: int) -> Iterator[Any]:
    """A `torch.Generator` that these whole numbers settle; within it torch's own, for dropout, is settled by them too.

    Afterwards torch's own generator stands where it stood.

    Raises: DataError for a number that is not whole or below 0.
    """
    import torch

    if any(not isinstance(number, int | np.integer) or number < 0 for number in numbers):
        raise DataError(f"seed is {numbers[0]!r}; give a whole number, 0 or more.")
    own, common = np.random.SeedSequence([int(number) for number in numbers]).generate_state(2, np.uint32).tolist()
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(common)
        yield torch.Generator().manual_seed(own)


def shuffled(rows: int, size: int, generator: Any) -> list[Any]:
    """The numbers 0 to rows - 1 in random order, dealt into batches of `size`, the last as large as what is left."""
    import torch

    return list(torch.randperm(rows, generator=generator).split(size))


def held_out_users(users: pd.Series, seed: int, share: float = 0.2) -> Array:
    """Which rows belong to users who are held out, shape (rows,): that share of the users, chosen by `seed`.

    Fewer than two users: nobody.
    """
    names = np.unique(users.to_numpy(object))
    count = max(1, round(share * len(names))) if len(names) > 1 else 0
    chosen = np.random.default_rng(seed).permutation(names)[:count]
    return users.isin(chosen).to_numpy()


# The checkpoint.


@dataclass(frozen=True)
class Checkpoint:
    """How far a training has come, in a folder: training.json, and the file of weights whose SHA-256 it holds.

    The weights are written first and under a name of their own, then training.json takes its place: whenever the power
    fails, the one that is there names weights that are whole.
    """

    folder: Path
    identity: dict[str, Any]

    def write(
        self, epochs: Sequence[Epoch], weights: Mapping[str, Any], best: Mapping[str, Any], optimiser: Any
    ) -> None:
        """Put the checkpoint in the place of the one before it. Raises: DataError where that cannot be written."""
        from safetensors.torch import save

        tensors = {f"now.{name}": value.detach() for name, value in weights.items()}
        tensors |= {f"best.{name}": value for name, value in best.items()}
        for number, state in optimiser.state_dict()["state"].items():
            tensors |= {f"optimiser.{number}.{name}": value for name, value in state.items()}
        name = f"weights-{len(epochs)}.safetensors"
        content = save({key: value.clone().contiguous() for key, value in tensors.items()})
        state = {"weights": name, "sha256": hashlib.sha256(content).hexdigest(), "identity": self.identity}
        state["epochs"] = [asdict(epoch) for epoch in epochs]
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            remedy = "give a folder that can be made and written to"
            raise DataError(f"{self.folder} cannot keep a training ({error.strerror}); {remedy}.") from None
        write_whole(self.folder / name, content)
        write_whole(self.folder / STATE, json.dumps(state, indent=1))
        for pattern in ("weights-*.safetensors", ".weights-*.safetensors.*.part"):  # before this one, or cut off
            for path in self.folder.glob(pattern):
                if path.name != name:
                    path.unlink(missing_ok=True)

    def read(self) -> tuple[tuple[Epoch, ...], dict[str, Any]] | None:
        """The epochs done and all tensors by name, or None where no training has been kept.

        Raises: DataError where it is damaged, or belongs to another training.
        """
        path = self.folder / STATE
        if not path.exists():
            return None
        try:
            state = json.loads(path.read_text(encoding="utf-8"))
            epochs = tuple(Epoch(**epoch) for epoch in state["epochs"])
            identity, weights, digest = dict(state["identity"]), self.folder / str(state["weights"]), state["sha256"]
        except (OSError, ValueError, TypeError, KeyError):
            raise DataError(f"{path} is damaged and cannot be read; delete it to train anew.") from None
        wanted = json.loads(json.dumps(self.identity))
        for name in wanted | identity:
            if (kept := identity.get(name)) != (own := wanted.get(name)):
                remedy = "give another folder, or delete that file to train anew"
                raise DataError(f"{path} is of another training ({name} is {kept!r} there, {own!r} here); {remedy}.")
        if not weights.is_file() or sha256(weights) != digest:
            raise DataError(f"{weights} is damaged: its SHA-256 is not {digest}; delete {path} to train anew.")
        from safetensors import SafetensorError
        from safetensors.torch import load_file

        try:
            return epochs, load_file(weights)
        except SafetensorError:
            raise DataError(f"{weights} is not in the form of safetensors; delete {path} to train anew.") from None


def _resumed(
    checkpoint: Checkpoint | None, weights: Mapping[str, Any], optimiser: Any
) -> tuple[tuple[Epoch, ...], dict[str, Any]]:
    """The epochs done and the best weights so far, once network and optimiser are as the checkpoint says."""
    import torch

    kept = None if checkpoint is None else checkpoint.read()
    if kept is None:
        return (), {name: value.detach().clone() for name, value in weights.items()}
    epochs, tensors = kept
    with torch.no_grad():
        for name, value in weights.items():
            value.copy_(tensors[f"now.{name}"])
    state: dict[int, dict[str, Any]] = {}
    for name, value in tensors.items():
        if name.startswith("optimiser."):
            _, number, key = name.split(".")
            state.setdefault(int(number), {})[key] = value
    optimiser.load_state_dict({"state": state, "param_groups": optimiser.state_dict()["param_groups"]})
    return epochs, {name: tensors[f"best.{name}"] for name in weights}
