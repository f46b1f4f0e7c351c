"""A BERT that reads two texts, such as titles and a text, and says with one number how well they go together.

torch and transformers are imported inside functions only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from causalrec.recommend.text.bert_files import BertFiles
from causalrec.recommend.text.language_model import bert_tokenizer, load_bert, padded, read_in_batches
from causalrec.types import Array


@dataclass(frozen=True, repr=False, eq=False)
class PairClassifier:
    """A BERT with one output, its tokenizer, and how many tokens it may read of a pair."""

    network: Any
    tokenizer: Any
    max_tokens: int

    def tokens(self, first: str, second: str) -> tuple[list[int], int]:
        """The numbers of a pair's tokens, [CLS] first [SEP] second [SEP], and how many belong to the first text.

        Of a pair that is too long, the longer text is cut first.
        """
        second = second or " "  # of "" transformers thinks that there is no second text
        read = self.tokenizer(first, second, truncation="longest_first", max_length=self.max_tokens)
        return read["input_ids"], read["token_type_ids"].count(0)

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
