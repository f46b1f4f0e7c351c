"""Words as evidence: naive Bayes, in which each word of a text has a Bayes factor that a reader can look at.

First taught: lesson 1a.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from math import exp, fsum, inf, log
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from causalrec.errors import EstimationError
from causalrec.types import Array

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, repr=False, eq=False)
class NaiveBayes:
    """Two kinds of texts told apart by their words, each word a piece of evidence with its own Bayes factor.

    log odds(1 | text) = log prior odds + Σ_w count(w) · log [P(w | 1) / P(w | 0)]: as if a text's words were drawn
    one by one, independently, from an urn that belongs to its kind. They are not, which is the "naive": evidence that
    says the same twice counts twice, and the probabilities come out too near 0 and 1. The order often survives.

    Attributes:
        words: the vocabulary, sorted.
        log_factors: log [P(w | 1) / P(w | 0)], shape (words,).
        log_prior_odds: log of the number of texts of kind 1 over those of kind 0.

    Source: Manning, Raghavan & Schütze 2008, Introduction to Information Retrieval, section 13.2 (the multinomial
    model). First taught: lesson 1a.
    """

    words: tuple[str, ...]
    log_factors: Array
    log_prior_odds: float

    @classmethod
    def fit(cls, texts: Sequence[str], labels: ArrayLike, smoothing: float = 1.0) -> NaiveBayes:
        """The model learned from texts and their labels, 1 or 0.

        P(w | kind) = (count of w in texts of the kind + smoothing) / (all words there + smoothing · vocabulary size):
        as if every word had been seen `smoothing` times more in either kind, lest a word that one kind lacks decides
        alone.

        Raises:
            EstimationError: labels other than 0 and 1, or all alike; another number of labels than texts; no word at
                all; a smoothing that is not above 0.
        """
        if not 0 < smoothing < inf:
            raise EstimationError(f"smoothing is {smoothing:g}, but it must be above 0, or a word that only one kind "
                                  "has would count as proof; try 1.")
        bags, y = [Counter(words_of(text)) for text in _texts(texts)], np.asarray(labels)
        if y.shape != (len(bags),) or not np.isin(y, (0, 1)).all():
            raise EstimationError(f"the labels have shape {y.shape} and must be 0 or 1, one for each of the "
                                  f"{len(bags)} texts.")
        words = tuple(sorted(set().union(*bags)))
        if not words or len(set(y.tolist())) < 2:
            raise EstimationError("naive Bayes needs words, and texts of either kind; give some labelled 1 and some 0.")
        urns: tuple[Counter[str], Counter[str]] = (Counter(), Counter())
        for bag, kind in zip(bags, y, strict=True):
            urns[int(kind)].update(bag)
        smoothed = np.array([[urn[word] for word in words] for urn in urns]) + smoothing  # (kinds, words)
        shares = np.log(smoothed) - np.log(smoothed.sum(axis=1, keepdims=True))  # log P(w | kind)
        return cls(words, shares[1] - shares[0], log(y.sum()) - log(len(y) - y.sum()))

    def factor(self, word: str) -> float:
        """The word's Bayes factor, P(w | 1) / P(w | 0); 1 for a word never seen, which says nothing."""
        return exp(self._log_factor.get(word, 0.0))

    def log_odds(self, texts: Sequence[str]) -> Array:
        """The log odds that each text is of kind 1, shape (texts,)."""
        known = self._log_factor
        return np.array([self.log_prior_odds + fsum(known.get(word, 0.0) for word in words_of(text))
                         for text in _texts(texts)])

    def predict(self, texts: Sequence[str]) -> Array:
        """The probability that each text is of kind 1, σ(log odds), shape (texts,)."""
        return 0.5 * (1 + np.tanh(self.log_odds(texts) / 2))  # σ(x), without overflow

    def explain(self, text: str) -> pd.DataFrame:
        """The text's known words, each with its count and Bayes factor, those that say most first.

        The product of all factors to the power of their counts is the Bayes factor of the whole text. First taught:
        lesson 1a.
        """
        import pandas as pd

        known = self._log_factor
        bag = {word: count for word, count in Counter(words_of(text)).items() if word in known}
        order = sorted(bag, key=lambda word: (-abs(known[word]), word))
        rows = {"count": [bag[word] for word in order], "bayes_factor": [exp(known[word]) for word in order]}
        return pd.DataFrame(rows, index=pd.Index(order, name="word", dtype="str"))

    def __repr__(self) -> str:
        """The size of the vocabulary and the prior odds."""
        return f"NaiveBayes({len(self.words)} words, prior odds {exp(self.log_prior_odds):.3g})"

    def _repr_html_(self) -> str:
        order = np.argsort(self.log_factors, kind="stable")
        ends = [f"{self.words[i]} ({exp(self.log_factors[i]):.2g})" for i in (*order[::-1][:5], *order[:5])]
        most, least = escape(", ".join(ends[:5])), escape(", ".join(ends[5:]))
        return f"<p>{escape(repr(self))}. For 1: {most}. Against: {least}.</p>"

    @property
    def _log_factor(self) -> dict[str, float]:
        return dict(zip(self.words, self.log_factors.tolist(), strict=True))


def words_of(text: str) -> list[str]:
    """The words of a text in their order: runs of three or more letters, in lower case. First taught: lesson 1a."""
    if not isinstance(text, str):
        raise EstimationError(f"a text is asked for and not {text!r}; fill in what is missing as ''.")
    return re.findall(r"[^\W\d_]{3,}", text.lower())


def _texts(texts: Iterable[str]) -> list[str]:
    if isinstance(texts, str):
        raise EstimationError("texts is one text, but a list of them is needed; put it in square brackets.")
    return list(texts)
