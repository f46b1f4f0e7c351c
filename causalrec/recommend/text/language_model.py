"""What all language models here share: loading a BERT, silence, batches of padded texts, one thread.

torch and transformers are imported inside functions only.
"""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Any, TypeVar

import numpy as np

from causalrec.errors import DataError
from causalrec.recommend.text.bert_files import PACKAGED_SUMS, WEIGHTS, BertFiles
from causalrec.types import Array

Tokens = TypeVar("Tokens")

# Where texts are padded, a batch is filled to about 512 tokens, each text to the next multiple of 8.
BATCH_TOKENS, WIDTH_STEP = 512, 8


@lru_cache(maxsize=2)
def bert_tokenizer(bert: BertFiles) -> Any:
    """The model's tokenizer."""
    bert.refuse_damaged(name for name in PACKAGED_SUMS if name != WEIGHTS)
    with quiet():
        from transformers import BertTokenizer  # the fast one: transformers 5 has no other

        try:
            return BertTokenizer.from_pretrained(bert.folder, local_files_only=True)
        except Exception as error:  # a damaged tokenizer.json raises a bare Exception
            raise _unreadable(bert, "tokenizer", error) from error


def load_bert(bert: BertFiles, kind: str, new: tuple[str, ...] = (), **options: Any) -> Any:
    """A BERT as `kind`, a class of transformers, and a network of its own each time: float32, on the processor.

    Only weights whose names begin with one of `new` may be missing in the file; transformers makes them up at random.
    `options` are those of the class's `from_pretrained`.

    Raises:
        DataError: a file is damaged or cannot be read, or other weights are missing.
    """
    bert.refuse_damaged([WEIGHTS])
    with quiet():
        import torch
        import transformers
        from safetensors import SafetensorError

        kept: dict[str, Any] = {"local_files_only": True, "use_safetensors": True, "dtype": torch.float32, **options}
        try:
            network, report = getattr(transformers, kind).from_pretrained(bert.folder, output_loading_info=True, **kept)
        except (OSError, ValueError, RuntimeError, KeyError, SafetensorError) as error:
            raise _unreadable(bert, "network", error) from error
    if missing := [name for name in report["missing_keys"] if not name.startswith(new)]:
        raise DataError(f"{bert.folder} lacks weights of a BERT, {min(missing)} among them; fetch the model anew.")
    return network


def _unreadable(bert: BertFiles, part: str, error: Exception) -> DataError:
    reason = " ".join(str(error).split())[:120]
    return DataError(f"The {part} in {bert.folder} cannot be read ({reason}); fetch the model anew.")


def read_in_batches(
    read: Callable[[Sequence[Tokens], int, int], Any], texts: Sequence[Tokens], lengths: Sequence[int], positions: int
) -> Array:
    """One number for each text, float64 (texts,): what `read(texts of a batch, rows, width in tokens)` says of it.

    Texts of about one length are read together, so that little is padded. The shape of a batch, (rows, width), depends
    on a text's own length alone, and one thread computes: what is said of a text does not depend on the others.
    """
    import torch

    widths = np.array([min(-(-length // WIDTH_STEP) * WIDTH_STEP, positions) for length in lengths], dtype=int)
    values = np.zeros(len(texts))
    with one_thread(), torch.inference_mode():
        for width in np.unique(widths).tolist():
            alike, size = np.flatnonzero(widths == width), max(1, BATCH_TOKENS // width)
            for rows in np.split(alike, range(size, len(alike), size)):
                values[rows] = read([texts[row] for row in rows], size, width)
    return values


def padded(texts: Sequence[Sequence[int]], rows: int, width: int, fill: int = 0) -> tuple[Any, Any]:
    """The numbers of the tokens of texts, `fill` behind each, and a mask of what is not filled in; (rows, width) each.

    In rows that only fill up the batch, one token is not masked: attention to nothing is undefined.
    """
    import torch

    tokens = torch.full((rows, width), fill, dtype=torch.long)
    mask = torch.zeros_like(tokens)
    mask[:, 0] = 1
    for row, numbers in enumerate(texts):
        tokens[row, : len(numbers)] = torch.tensor(numbers)
        mask[row, : len(numbers)] = 1
    return tokens, mask


@contextlib.contextmanager
def one_thread() -> Iterator[int]:
    """Within it torch computes on one thread; yields the number of threads before, which is put back in the end."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield threads
    finally:
        torch.set_num_threads(threads)


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Within it transformers shows no progress bars and warns of nothing; its settings are put back."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from huggingface_hub.utils import are_progress_bars_disabled, disable_progress_bars
        from transformers.utils import logging

        verbosity, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
        no_hub_bars = are_progress_bars_disabled()
        logging.set_verbosity_error()
        logging.disable_progress_bar()
        try:
            yield
        finally:
            logging.set_verbosity(verbosity)
            if bars:
                logging.enable_progress_bar()
            if no_hub_bars:
                disable_progress_bars()
