"""What all language models here share: loading in silence, a BERT's tokenizer, batches of padded texts, one thread.

torch and transformers are imported inside functions only.
"""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

from causalrec.errors import DataError
from causalrec.recommend.text.bert_files import PACKAGED_SUMS, WEIGHTS, BertFiles

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
            raise unreadable(bert, "tokenizer", error) from error


def unreadable(bert: BertFiles, part: str, error: Exception) -> DataError:
    """The error for a file of a model that does not load."""
    reason = " ".join(str(error).split())[:120]
    return DataError(f"The {part} in {bert.folder} cannot be read ({reason}); fetch the model anew.")


def batches(lengths: Sequence[int], positions: int) -> Iterator[tuple[int, list[int]]]:
    """Batches as (width in tokens, numbers of the texts): texts of about one length together, little to pad."""
    widths = [min(-(-length // WIDTH_STEP) * WIDTH_STEP, positions) for length in lengths]
    for width in sorted(set(widths)):
        rows = [row for row, own in enumerate(widths) if own == width]
        size = batch_size(width)
        yield from ((width, rows[start : start + size]) for start in range(0, len(rows), size))


def batch_size(width: int) -> int:
    """How many texts of that many tokens make a batch."""
    return max(1, BATCH_TOKENS // width)


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
