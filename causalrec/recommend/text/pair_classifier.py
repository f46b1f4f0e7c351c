"""A BERT that reads two texts, such as titles and a text, and says with one number how well they go together.

torch and transformers are imported inside functions only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from causalrec.recommend.text.bert_files import BertFiles
from causalrec.recommend.text.language_model import bert_tokenizer, load_bert, padded, read_in_batches
from causalrec.types import Array

# What stands between the titles that make the first text.
COMMA = "; "


@dataclass(frozen=True, repr=False, eq=False)
class PairClassifier:
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
        tokens, mask = padded([numbers for numbers, _ in pairs], rows, width, self.tokenizer.pad_token_id)
        second = mask.clone()  # which tokens are the second text's: 1
        second[:, 0] = 0
        for row, (_, first) in enumerate(pairs):
            second[row, :first] = 0
        read = self.network(input_ids=tokens, attention_mask=mask, token_type_ids=second)
        return read.logits[: len(pairs), 0]

    def logits(self, texts: Array) -> Array:
        """The logit of each pair of texts (pairs, 2), NaN for None; a pair's own does not depend on the others."""
        values, known = np.full(len(texts), np.nan), np.array([text is not None for text in texts[:, 0]], dtype=bool)
        pairs = [self.tokens(*told) for told in texts[known]]
        values[known] = read_in_batches(self.batch, pairs, [len(numbers) for numbers, _ in pairs], self.max_tokens)
        return values


def load_pair_classifier(bert: BertFiles, layers: int, max_tokens: int) -> PairClassifier:
    """A classifier with a new head, of which only the upper `layers`, the pooler and the head are to be trained.

    Its network is its own each time: it is about to change. Raises: DataError as `load_bert` does.
    """
    # A model may come without a pooler, and the head is new.
    network = load_bert(
        bert,
        "BertForSequenceClassification",
        new=("classifier.", "bert.pooler."),
        num_labels=1,
        ignore_mismatched_sizes=True,
        attn_implementation="eager",
    )
    every = list(network.bert.encoder.layer)
    frozen = [] if layers >= len(every) else [network.bert.embeddings, *every[: len(every) - layers]]
    for part in frozen:
        part.requires_grad_(False)
    return PairClassifier(network, bert_tokenizer(bert), max_tokens)
