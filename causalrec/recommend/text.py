"""From words to numbers: a language model's vectors of texts, and how alike two texts are.

torch and transformers are imported inside functions only, and only when a text is read that the cache does not hold.

First taught: lesson 4a.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from causalrec.errors import DataError
from causalrec.recommend.bert_files import PACKAGED, PACKAGED_SUMS, WEIGHTS, BertFiles, find_bert
from causalrec.recommend.vector_cache import VectorCache, default_cache, text_key

Array = np.ndarray[Any, Any]

# A batch is filled to about 512 tokens; texts are padded to the next multiple of 8.
_BATCH_TOKENS, _WIDTH_STEP = 512, 8
# Vectors lie on a grid of 2^-16 (about 1.5e-5), so that in float64 the sum of their products is exact.
_GRID = 2**16


@dataclass(frozen=True, repr=False)
class TextEncoder:
    """A language model (BERT) that turns a text into a vector of unit length; like texts get vectors that lie close.

    `model` is the packaged BERT (the default), a folder that holds a BERT, or a BERT's name on the Hugging Face hub.
    A text is cut into at most `max_tokens` tokens, [CLS] and [SEP] among them; BERT gives each token a hidden state;
    `pooling` makes one vector v of them, their "mean" or the state of [CLS] ("cls"); the result is v / |v|, rounded to
    multiples of 2^-16.

    The same text has the same vector whatever stands beside it: one thread computes, and the shape of a batch depends
    on the length of the text alone. Another processor may differ in the last digits (about 1e-7), of which rounding
    hides most and turns the rest into one step of 2^-16. `cache` is the folder that keeps the vectors (None: they are
    not kept), found again by the hash of the model, of the settings and of the text.

    Raises:
        DataError: a setting that cannot be, or, when texts are read, a model that is absent, damaged, or not a BERT.

    Source: Devlin et al. 2019 (BERT); Reimers & Gurevych 2019, section 3 (pooling, unit length).
    First taught: lesson 4a.
    """

    model: str | Path = PACKAGED
    pooling: str = "mean"
    max_tokens: int = 128
    cache: str | Path | None = field(default_factory=default_cache)

    def __post_init__(self) -> None:
        """Refuse settings that cannot be, before any model is read."""
        if self.pooling not in ("mean", "cls"):
            raise DataError(f"pooling is {self.pooling!r}; choose 'mean' (of all tokens) or 'cls' (the first token).")
        if not isinstance(self.max_tokens, int) or self.max_tokens < 3:
            raise DataError(f"max_tokens is {self.max_tokens!r}; give a whole number, 3 or more: [CLS], a word, [SEP].")

    def __repr__(self) -> str:
        """The model's name (of a folder, its last part) and the settings; where the cache lies is left out."""
        name = Path(self.model).name
        return f"TextEncoder({name!r}, pooling={self.pooling!r}, max_tokens={self.max_tokens})"

    def encode(self, texts: Iterable[str]) -> Array:
        """The vectors of the texts, one row of unit length each: float32, (texts, hidden).

        An empty text is read as [CLS][SEP] and has a vector too; a text longer than `max_tokens` is cut; a sign that
        BERT doesn't know is read as [UNK]. No texts give shape (0, hidden).

        Raises:
            DataError: `texts` is one string or holds something that is not a string; the model cannot be used.
        """
        texts = _strings(texts)
        bert = self._files()
        cache = self._vector_cache(bert)
        keys = [text_key(text) for text in texts]
        vectors = cache.read(keys) if cache else {}
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in vectors}
        if missing:
            computed = _vectors(bert, list(missing.values()), self.pooling, self.max_tokens)
            fresh = dict(zip(missing, computed, strict=True))
            if cache:
                cache.add(fresh)
            vectors = {**vectors, **fresh}
        return np.array([vectors[key] for key in keys], dtype=np.float32).reshape(len(keys), bert.hidden)

    def tokens(self, text: str) -> list[str]:
        """The pieces of words that BERT reads for this text, [CLS] first and [SEP] last, at most `max_tokens`.

        "##" marks a piece that continues the word before it; [UNK] stands for a sign that the vocabulary lacks.
        """
        (text,) = _strings([text])
        tokenizer = _tokenizer(self._files())
        return list(tokenizer.convert_ids_to_tokens(_token_ids(tokenizer, text, self.max_tokens)))

    def _files(self) -> BertFiles:
        """The model's files, if it can read as many tokens as it is asked to."""
        bert = find_bert(self.model)
        if self.max_tokens > bert.positions:
            limit = f"{Path(self.model).name!r} reads at most {bert.positions} tokens"
            raise DataError(f"max_tokens is {self.max_tokens}, but {limit}; choose 3 to {bert.positions}.")
        return bert

    def _vector_cache(self, bert: BertFiles) -> VectorCache | None:
        """The vectors kept for this model with these settings."""
        if self.cache is None:
            return None
        from importlib import metadata  # takes longer to import than all the rest

        # A new version of torch may round otherwise: with it the cache starts afresh, so that it never shows.
        versions = [metadata.version(library) for library in ("torch", "transformers")]
        identity = [bert.fingerprint, self.pooling, self.max_tokens, _BATCH_TOKENS, _WIDTH_STEP, _GRID, *versions]
        name = hashlib.sha256(json.dumps(identity).encode()).hexdigest()[:16]
        return VectorCache(Path(self.cache).expanduser() / "text" / name, bert.hidden)


def cosine(left: Array, right: Array) -> Array:
    """How alike vectors are: the cosine of the angle between each row of `left` and each row of `right`.

    cos(a, b) = a . b / (|a| |b|), from -1 to 1; 0 where one of them is all zeros. A single vector counts as one row.
    Shapes (n, hidden) and (m, hidden) give (n, m), in float64: the sums over a `TextEncoder`'s vectors are exact there,
    so that the same vectors give the same cosine on every machine and for every number of threads.

    Raises:
        DataError: the vectors differ in length.

    First taught: lesson 4a.
    """
    left, right = np.atleast_2d(left).astype(np.float64), np.atleast_2d(right).astype(np.float64)
    if left.ndim != 2 or right.ndim != 2 or left.shape[1] != right.shape[1]:
        raise DataError(f"cosine got shapes {left.shape} and {right.shape}; give rows of vectors of one length.")
    lengths = np.sqrt((left**2).sum(axis=1))[:, None] * np.sqrt((right**2).sum(axis=1))[None, :]  # (n, m)
    return np.divide(left @ right.T, lengths, out=np.zeros_like(lengths), where=lengths > 0)


def nearest(vector: Array, vectors: Array, top: int = 5) -> Array:
    """The row numbers of the `top` vectors most like `vector`, the most alike first; ties in the order of the rows.

    First taught: lesson 4a.
    """
    likeness = cosine(vector, vectors)
    if len(likeness) != 1:
        raise DataError(f"nearest got {len(likeness)} vectors to compare with; give one, such as encode([text])[0].")
    return np.argsort(-likeness[0], kind="stable")[:top]


def _strings(texts: Iterable[str]) -> list[str]:
    """The texts as a list; a lone half of a two-part sign, which UTF-8 cannot write, becomes a question mark."""
    if isinstance(texts, str | bytes):
        raise DataError("texts is a single string; give a list of strings, such as [text].")
    if not isinstance(texts, Iterable):
        raise DataError(f"texts is of type {type(texts).__name__}; give a list of strings.")
    listed = list(texts)
    for position, text in enumerate(listed):
        if not isinstance(text, str):
            kind = type(text).__name__
            raise DataError(f"text {position} is a {kind}, not a string; fill missing texts, for instance with ''.")
    return [text.encode("utf-8", "replace").decode("utf-8") for text in listed]


# The model, loaded once per process.


@lru_cache(maxsize=2)
def _tokenizer(bert: BertFiles) -> Any:
    """The model's tokenizer."""
    bert.refuse_damaged(name for name in PACKAGED_SUMS if name != WEIGHTS)
    with _quiet():
        from transformers import BertTokenizer  # the fast one: transformers 5 has no other

        try:
            return BertTokenizer.from_pretrained(bert.folder, local_files_only=True)
        except Exception as error:  # a damaged tokenizer.json raises a bare Exception
            raise _unreadable(bert, "tokenizer", error) from error


@lru_cache(maxsize=2)
def _network(bert: BertFiles) -> Any:
    """The model's network, ready to read: no dropout, float32, on the processor."""
    bert.refuse_damaged([WEIGHTS])
    with _quiet():
        import torch
        from safetensors import SafetensorError
        from transformers import BertModel

        try:
            loaded: Any = BertModel.from_pretrained(
                bert.folder,
                local_files_only=True,
                use_safetensors=True,
                output_loading_info=True,
                dtype=torch.float32,
                attn_implementation="eager",
                add_pooling_layer=False,
            )
        except (OSError, ValueError, RuntimeError, KeyError, SafetensorError) as error:
            raise _unreadable(bert, "network", error) from error
    network, report = loaded
    if missing := report["missing_keys"]:  # transformers has filled them with random numbers
        raise DataError(f"{bert.folder} lacks weights of a BERT, {min(missing)} among them; fetch the model anew.")
    return network.eval()


def _unreadable(bert: BertFiles, part: str, error: Exception) -> DataError:
    """The error for a file of a model that does not load."""
    reason = " ".join(str(error).split())[:120]
    return DataError(f"The {part} in {bert.folder} cannot be read ({reason}); fetch the model anew.")


# The reading of texts.


def _token_ids(tokenizer: Any, text: str, max_tokens: int) -> list[int]:
    """The numbers of a text's tokens. One text at a time: the library's own threads stay out of it."""
    return list(tokenizer(text, truncation=True, max_length=max_tokens)["input_ids"])


def _vectors(bert: BertFiles, texts: Sequence[str], pooling: str, max_tokens: int) -> Array:
    """The texts' vectors, of unit length and on the grid: float32, (texts, hidden)."""
    tokenizer, network = _tokenizer(bert), _network(bert)
    ids = [_token_ids(tokenizer, text, max_tokens) for text in texts]
    vectors = np.zeros((len(texts), bert.hidden), dtype=np.float32)
    with _one_thread():
        for width, rows in _batches([len(numbers) for numbers in ids], bert.positions):
            vectors[rows] = _pooled(network, [ids[row] for row in rows], width, pooling)  # (batch, hidden)
    return np.round(vectors * _GRID) / np.float32(_GRID)


def _batches(lengths: Sequence[int], positions: int) -> Iterator[tuple[int, list[int]]]:
    """Batches as (width in tokens, numbers of the texts): texts of about one length together, little to pad."""
    widths = [min(-(-length // _WIDTH_STEP) * _WIDTH_STEP, positions) for length in lengths]
    for width in sorted(set(widths)):
        rows = [row for row, own in enumerate(widths) if own == width]
        size = _batch_size(width)
        yield from ((width, rows[start : start + size]) for start in range(0, len(rows), size))


def _batch_size(width: int) -> int:
    """How many texts of that many tokens make a batch."""
    return max(1, _BATCH_TOKENS // width)


def _pooled(network: Any, ids: Sequence[Sequence[int]], width: int, pooling: str) -> Array:
    """One vector of unit length a text, out of the network's hidden states: (batch, hidden).

    The batch always has as many rows as its width allows, the last ones filled up: matrix products of another shape may
    add in another order, and then a text's vector would depend on how many others there are.
    """
    import torch

    tokens = torch.zeros((_batch_size(width), width), dtype=torch.long)  # (rows, tokens)
    mask = torch.zeros_like(tokens)
    mask[:, 0] = 1  # in rows that only fill up, one padding token is read: attention to nothing is undefined
    for row, numbers in enumerate(ids):
        tokens[row, : len(numbers)] = torch.tensor(numbers)
        mask[row, : len(numbers)] = 1
    states = network(input_ids=tokens, attention_mask=mask).last_hidden_state  # (rows, tokens, hidden)
    if pooling == "cls":
        pooled = states[:, 0]
    else:
        pooled = (states * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)  # (rows, hidden)
    unit = torch.nn.functional.normalize(pooled, dim=1)
    return np.asarray(unit[: len(ids)].numpy())


@contextlib.contextmanager
def _one_thread() -> Iterator[None]:
    """Within it torch computes on one thread and keeps nothing for gradients; its number of threads is put back."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with torch.inference_mode():
            yield
    finally:
        torch.set_num_threads(threads)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
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
