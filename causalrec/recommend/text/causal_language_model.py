"""How likely a text is after another: causal language models, those of the GPT kind.

torch and transformers are imported inside functions only.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from causalrec.errors import DataError
from causalrec.recommend.text.bert_files import hub_copy
from causalrec.recommend.text.language_model import one_thread, padded, quiet, read_in_batches
from causalrec.recommend.text.words import listed_texts
from causalrec.types import Array

# What is fetched of a model on the hub: nothing that would have to be unpickled, and no code.
_PATTERNS = ("*.safetensors", "*.json", "*.txt", "*.model")
# The numbers of the tokens before a text, the first token among them, and of the text's own.
Numbers = tuple[tuple[int, ...], tuple[int, ...]]


@dataclass(frozen=True, repr=False, eq=False)
class Likelihood:
    """Of each text ln P(text | prompt), `total`, and the number of its tokens that were read, `tokens`: both (n,)."""

    total: Array
    tokens: Array

    @property
    def per_token(self) -> Array:
        """The mean of ln P over the text's tokens, (n,); NaN for a text without tokens."""
        return np.divide(self.total, self.tokens, out=np.full(len(self.total), np.nan), where=self.tokens > 0)

    def __repr__(self) -> str:
        """How many texts and tokens."""
        return f"Likelihood({len(self.total)} texts, {int(self.tokens.sum())} tokens)"


@dataclass(frozen=True, repr=False)
class CausalLanguageModel:
    """A language model that says how likely each next token is, given those before it.

    `model` is a folder or a name on the Hugging Face hub, of any causal language model whose weights are safetensors;
    nothing is unpickled and no code of the model's own is run. Before prompt and text stands the model's first token
    (its bos, or where it has none its eos, as in GPT-2), so that a text after an empty prompt has a likelihood too. Of
    a text at most the first `max_tokens` // 2 tokens are read, of a prompt the last ones for which there is room then.

    Raises:
        DataError: max_tokens is too small, or, when texts are read, a model that is absent, damaged, not causal, or
            reads fewer tokens.

    Source: Radford et al. 2019 (GPT-2), section 2.
    """

    model: str | Path
    max_tokens: int = 256

    def __post_init__(self) -> None:
        """Refuse a length that cannot be, before any model is read."""
        if not isinstance(self.max_tokens, int) or self.max_tokens < 4:
            raise DataError(f"max_tokens is {self.max_tokens!r}; give a whole number, 4 or more.")

    def __repr__(self) -> str:
        """The model's name (of a folder, its last part) and the most tokens it reads."""
        return f"CausalLanguageModel({Path(self.model).name!r}, max_tokens={self.max_tokens})"

    def log_likelihood(self, prompts: Iterable[str], texts: Iterable[str]) -> Array:
        """How likely each text is after its prompt, ln P(text | prompt): (n,); see `likelihood`."""
        return self.likelihood(prompts, texts).total

    def likelihood(self, prompts: Iterable[str], texts: Iterable[str]) -> Likelihood:
        """Of each text after its prompt, ln P(text | prompt) = Σ_k ln P(token k | first, prompt, tokens before k).

        Prompt and text are cut into tokens apart, so the text's tokens are the same after every prompt; a blank or line
        between them belongs to one of the two. An empty text has no tokens, and likelihood 1 (ln 1 = 0). Computed on
        one thread in batches whose shape depends on a sequence's length alone, equal ones once.

        Raises:
            DataError: prompts or texts are no lists of strings, or not equally many; the model cannot be used.
        """
        prompts, texts = listed_texts(prompts), listed_texts(texts)
        if len(prompts) != len(texts):
            raise DataError(f"there are {len(prompts)} prompts for {len(texts)} texts; give a prompt ('' too) a text.")
        tokenizer, network = _usable(self.model, self.max_tokens)
        first = _first_token(tokenizer, self.model)
        sequences = [self._sequence(tokenizer, first, *pair) for pair in zip(prompts, texts, strict=True)]
        distinct = list(dict.fromkeys(sequence for sequence in sequences if sequence[1]))
        totals = dict(zip(distinct, _totals(network, distinct, self.max_tokens), strict=True))
        total = [totals.get(sequence, 0.0) for sequence in sequences]
        return Likelihood(np.array(total, dtype=float), np.array([len(text) for _, text in sequences], dtype=int))

    def tokens(self, text: str) -> list[str]:
        """The pieces of the text that the model reads, at most `max_tokens` // 2, as its vocabulary writes them."""
        tokenizer, _ = _usable(self.model, self.max_tokens)
        (text,) = listed_texts([text])
        return list(tokenizer.convert_ids_to_tokens(_ids(tokenizer, text)[: self.max_tokens // 2]))

    def _sequence(self, tokenizer: Any, first: int, prompt: str, text: str) -> Numbers:
        """The numbers of the tokens before the text, the first token among them, and of the text's."""
        own = _ids(tokenizer, text)[: self.max_tokens // 2]
        room = self.max_tokens - len(own) - 1
        return (first, *_ids(tokenizer, prompt)[-room:]), tuple(own)


# The model, loaded once per process.


@lru_cache(maxsize=2)
def _loaded(model: str) -> tuple[Any, Any]:
    """The tokenizer and the network: from the folder, the local copy of that name, or else the hub."""
    folder = Path(model).expanduser()
    if not folder.is_dir():
        folder = hub_copy(model, _PATTERNS, "connect once, or give the folder of a causal language model")
    with quiet():
        import torch
        from transformers import AutoModelForCausalLM, AutoTokenizer

        kept: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
        try:
            tokenizer = AutoTokenizer.from_pretrained(folder, **kept)
            network, report = AutoModelForCausalLM.from_pretrained(
                folder, use_safetensors=True, dtype=torch.float32, output_loading_info=True, **kept
            )
        except Exception as error:  # whatever the files do wrong, the reader needs one sentence
            reason = " ".join(str(error).split())[:120]
            remedy = "give the whole folder of a causal language model, its weights as *.safetensors"
            raise DataError(f"The language model in {model} cannot be read ({reason}); {remedy}.") from error
    if missing := report["missing_keys"]:  # transformers has filled them with random numbers
        raise DataError(f"{model} lacks weights of its network, {min(missing)} among them; fetch it anew.")
    if _sees_ahead(network.eval()):
        raise DataError(f"{model} is not causal: it reads what follows a token; choose a model like GPT-2.")
    return tokenizer, network


def _sees_ahead(network: Any) -> bool:
    """Whether what it says of a token depends on the tokens after it; a BERT loads as well, but is no judge of that."""
    import torch

    with one_thread(), torch.inference_mode():
        logits = network(input_ids=torch.tensor([[0, 1, 2], [0, 1, 3]]), use_cache=False).logits  # (2, 3, vocabulary)
        return not bool(torch.allclose(logits[0, :2], logits[1, :2], atol=1e-4))


def _usable(model: str | Path, max_tokens: int) -> tuple[Any, Any]:
    """The tokenizer and the network, if it reads as many tokens as it is asked to."""
    tokenizer, network = _loaded(str(model))
    positions = getattr(network.config, "max_position_embeddings", None)
    if positions is not None and max_tokens > positions:
        limit = f"{Path(model).name!r} reads at most {positions} tokens"
        raise DataError(f"max_tokens is {max_tokens}, but {limit}; choose 4 to {positions}.")
    return tokenizer, network


def _first_token(tokenizer: Any, model: str | Path) -> int:
    """The number of the token that stands before everything."""
    for first in (tokenizer.bos_token_id, tokenizer.eos_token_id):
        if first is not None:
            return int(first)
    raise DataError(f"The tokenizer of {Path(model).name!r} has no first and no last token; name one, as bos_token.")


def _ids(tokenizer: Any, text: str) -> list[int]:
    """The numbers of a text's tokens, without any that the tokenizer would add."""
    return list(tokenizer(text, add_special_tokens=False)["input_ids"])


def _totals(network: Any, sequences: Sequence[Numbers], max_tokens: int) -> Array:
    """Σ ln P(token | all before it) over the text of each (before, text): float64, (sequences,)."""
    import torch

    def read(batch: Sequence[Numbers], rows: int, width: int) -> list[float]:
        # padded on the right: what comes later cannot move what came before
        tokens, mask = padded([[*before, *text] for before, text in batch], rows, width)
        logits = network(input_ids=tokens, attention_mask=mask, use_cache=False).logits  # (rows, tokens, vocabulary)
        totals = []
        for row, (before, text) in enumerate(batch):
            own = logits[row, len(before) - 1 : len(before) + len(text) - 1].double()  # place k - 1 speaks of token k
            chosen = own[torch.arange(len(text)), torch.tensor(text)]
            totals.append(float((chosen - own.logsumexp(dim=1)).sum()))
        return totals

    return read_in_batches(read, sequences, [len(before) + len(text) for before, text in sequences], max_tokens)
