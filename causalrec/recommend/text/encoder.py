"""From words to numbers: a language model's vectors of texts, and how alike two texts are.

torch and transformers are imported inside functions only, and only when a text is read that the cache does not hold.

First taught: lesson 4a.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np

from causalrec.errors import DataError
from causalrec.files import default_cache
from causalrec.recommend.text.bert_files import PACKAGED, BertFiles, find_bert
from causalrec.recommend.text.language_model import bert_tokenizer, load_bert, one_thread
from causalrec.recommend.text.vector_cache import VectorCache, text_key
from causalrec.recommend.text.words import listed_texts
from causalrec.types import Array

# So many tokens at most the network reads at once, those of several texts one behind the other. With fewer, thousands
# of texts take longer; with more, they were read no faster when tried.
ROOM = 768
# What it reads at once is filled up to a multiple of so many: matrix products of one row add in another order.
STEP = 32
# The name under which transformers knows the attention that keeps texts apart.
_ATTENTION = "causalrec_text_by_text"
# Vectors lie on a grid of 2^-16 (about 1.5e-5), so that in float64 the sum of their products is exact.
_GRID = 2**16


@dataclass(frozen=True, repr=False)
class TextEncoder:
    """A language model (BERT) that turns a text into a vector of unit length; like texts get vectors that lie close.

    `model` is the packaged BERT (the default), a folder that holds a BERT, or a BERT's name on the Hugging Face hub.
    A text is cut into at most `max_tokens` tokens, [CLS] and [SEP] among them; BERT gives each token a hidden state;
    `pooling` makes one vector v of them, their "mean" or the state of [CLS] ("cls"); the result is v / |v|, rounded to
    multiples of 2^-16.

    The same text has the same vector whatever stands beside it: each is computed by one thread, and attends to its own
    tokens alone. (As many threads as torch may use read texts side by side.) Another processor may differ in the last
    digits (about 1e-7), of which rounding hides most and turns the rest into one step of 2^-16. `cache` is the folder
    that keeps the vectors (None: they are not kept), found again by the hash of the model, of the settings and of the
    text.

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
        texts = listed_texts(texts)
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
        (text,) = listed_texts([text])
        tokenizer = bert_tokenizer(self._files())
        return list(tokenizer.convert_ids_to_tokens(_token_ids(tokenizer, text, self.max_tokens)))

    def hidden_states(self, text: str) -> tuple[list[str], Array]:
        """The text's tokens, as `tokens` gives them, and the hidden state of each: float32, (tokens, hidden).

        These are the states of the last layer that `encode` pools: their mean, or the first of them, divided by its
        length and rounded, is the text's vector.
        """
        (text,) = listed_texts([text])
        bert = self._files()
        ids = _token_ids(bert_tokenizer(bert), text, self.max_tokens)
        with one_thread():
            (states,) = _states(_network(bert), [ids])
            return self.tokens(text), np.asarray(states.numpy())

    def load(self) -> tuple[Any, Any]:
        """The model's tokenizer and its network, transformers' own `BertTokenizer` and `BertModel`, to try things on.

        The network is loaded anew, ready to read (no dropout), with transformers' usual attention.
        """
        bert = self._files()
        try:
            network = load_bert(bert, "BertModel")
        except DataError:  # many a BERT is saved without its last layer, the pooler
            network = load_bert(bert, "BertModel", add_pooling_layer=False)
        return bert_tokenizer(bert), network.eval()

    def _files(self) -> BertFiles:
        return find_bert(self.model, self.max_tokens, least=3)

    def _vector_cache(self, bert: BertFiles) -> VectorCache | None:
        """The vectors kept for this model with these settings."""
        if self.cache is None:
            return None
        from importlib import metadata  # takes longer to import than all the rest

        # A new version of torch may round otherwise: with it the cache starts afresh, so that it never shows.
        versions = [metadata.version(library) for library in ("torch", "transformers")]
        identity = [bert.fingerprint, self.pooling, self.max_tokens, ROOM, STEP, _ATTENTION, _GRID, *versions]
        name = hashlib.sha256(json.dumps(identity).encode()).hexdigest()[:16]
        return VectorCache(Path(self.cache).expanduser() / "text" / f"{name}.sqlite", bert.hidden)


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


# The model, loaded once per process.


@lru_cache(maxsize=2)
def _network(bert: BertFiles) -> Any:
    """The model's network, ready to read texts that stand one behind the other."""
    from transformers import AttentionInterface

    AttentionInterface.register(_ATTENTION, _text_by_text)
    return load_bert(bert, "BertModel", attn_implementation=_ATTENTION, add_pooling_layer=False).eval()


# The reading of texts.


def _token_ids(tokenizer: Any, text: str, max_tokens: int) -> list[int]:
    """The numbers of a text's tokens. One text at a time: the library's own threads stay out of it."""
    return list(tokenizer(text, truncation=True, max_length=max_tokens)["input_ids"])


def _vectors(bert: BertFiles, texts: Sequence[str], pooling: str, max_tokens: int) -> Array:
    """The texts' vectors, of unit length and on the grid: float32, (texts, hidden)."""
    tokenizer, network = bert_tokenizer(bert), _network(bert)
    ids = [_token_ids(tokenizer, text, max_tokens) for text in texts]
    room = max(ROOM, max_tokens)  # the longest text must have room
    vectors = np.zeros((len(texts), bert.hidden), dtype=np.float32)

    def read(rows: list[int]) -> None:
        for row, states in zip(rows, _states(network, [ids[row] for row in rows]), strict=True):
            vectors[row] = _pooled(states, pooling)

    with one_thread() as threads, ThreadPoolExecutor(threads) as readers:
        for _ in readers.map(read, packs([len(numbers) for numbers in ids], room)):
            pass
    return np.round(vectors * _GRID) / np.float32(_GRID)


def packs(lengths: Sequence[int], room: int) -> Iterator[list[int]]:
    """The numbers of the texts that are read together; each time the longest text left that still has room."""
    left: dict[int, list[int]] = {}
    for row, length in enumerate(lengths):
        left.setdefault(length, []).append(row)
    while left:
        pack: list[int] = []
        space = room
        for length in sorted(left, reverse=True):
            taken = min(space // length, len(left[length]))
            pack += [left[length].pop() for _ in range(taken)]
            space -= taken * length
            if not left[length]:
                del left[length]
        yield pack


def _states(network: Any, ids: Sequence[Sequence[int]]) -> list[Any]:
    """The hidden states of texts that are read together, a tensor (tokens, hidden) each.

    The texts stand one behind the other in a single row, each with positions from 0; up to the next multiple of `STEP`
    the row is filled with the token number 0, which nobody attends to. So no text is padded to another's length.
    """
    import torch

    lengths = [len(numbers) for numbers in ids]
    room = -(-sum(lengths) // STEP) * STEP
    tokens, positions = torch.zeros((2, 1, room), dtype=torch.long)  # (1, room) each
    tokens[0, : sum(lengths)] = torch.tensor([number for numbers in ids for number in numbers])
    positions[0, : sum(lengths)] = torch.cat([torch.arange(length) for length in lengths])
    with torch.inference_mode():  # each thread has a mode of its own
        states = network(input_ids=tokens, position_ids=positions, lengths=lengths).last_hidden_state[0]
    return list(states[: sum(lengths)].split(lengths))  # (room, hidden) -> (tokens, hidden) each


def _text_by_text(
    module: Any, query: Any, key: Any, value: Any, attention_mask: None, *,
    lengths: Sequence[int], scaling: float, **unused: Any,
) -> tuple[Any, None]:  # fmt: skip
    """Attention within each text: softmax(Q K' · scaling) V, of (1, heads, room, size); 0 behind the last text.

    Texts of one length that stand side by side attend in one call. The result, (1, room, heads, size), goes back to
    transformers, which calls this in every layer.
    """
    import torch

    _, heads, room, size = query.shape
    result = query.new_zeros(room, heads, size)
    start = 0
    for length, equal in groupby(lengths):
        end = start + length * sum(1 for _ in equal)
        q, k, v = (
            part[0, :, start:end].view(heads, -1, length, size).transpose(0, 1)  # (texts, heads, length, size)
            for part in (query, key, value)
        )
        attended = torch.nn.functional.scaled_dot_product_attention(q, k, v, scale=scaling)
        result[start:end] = attended.transpose(1, 2).reshape(-1, heads, size)
        start = end
    return result[None], None


def _pooled(states: Any, pooling: str) -> Array:
    """One vector of unit length out of a text's hidden states, (tokens, hidden): (hidden,)."""
    vector = np.asarray((states[0] if pooling == "cls" else states.mean(0)).numpy())
    return np.asarray(vector / np.linalg.norm(vector))
