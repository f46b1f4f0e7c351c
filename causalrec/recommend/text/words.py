"""Texts as words: cleaned, split and counted, which knows no meanings and is what a language model has to beat.

scikit-learn is imported inside functions only. First taught: lesson 4a.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from causalrec.errors import DataError
from causalrec.types import Array

# Markup begins with a letter, a slash or an exclamation mark right after "<": so "5 < 6" and "<3" are none.
_UNSEEN = re.compile(r"<!--.*?-->|<(script|style)\b.*?</\1\s*>", re.DOTALL | re.IGNORECASE)
_BREAK = re.compile(r"</?(?:br|p|div|li|ul|ol|h[1-6]|hr|table|tr|td|th)\b[^<>]*>", re.IGNORECASE)
_TAG = re.compile(r"</?[a-z][^<>]*>|<![a-z][^<>]*>", re.IGNORECASE)
# Invisible signs that hold an emoji (👩‍🌾) or a word (Persian, Hindi) together.
_JOINERS = "\u200c\u200d"

_IDEOGRAPHS = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_PICTURES = "\u2300-\u23ff\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001f3fa\U0001f400-\U0001faff"
_RUN = rf"(?:(?![{_IDEOGRAPHS}])[^\W_][\u0300-\u036f]*)+"  # letters and digits with their accents
_WORD = re.compile(rf"[{_IDEOGRAPHS}{_PICTURES}]|{_RUN}(?:['’]{_RUN})*")


def clean_text(text: str) -> str:
    """The text as a reader sees it: without markup, without invisible signs, with single blanks.

    HTML comments, scripts and tags go, entities become their signs; tags that break a line leave a blank. Signs come in
    one form each (Unicode's NFKC: full-width letters become plain ones, ™ becomes TM). Control signs become blanks,
    other invisible ones go, but for what joins an emoji. All letters, Chinese signs and emoji stay. This is repeated
    until nothing changes, so a text that was escaped twice is read as well, and cleaning a clean text does nothing.

    Raises:
        DataError: `text` is not a string.

    First taught: lesson 4a.
    """
    if not isinstance(text, str):
        raise DataError(f"clean_text got a {type(text).__name__}; give a string, and '' for a text that is missing.")
    while (cleaner := _cleaned_once(text)) != text:
        text = cleaner
    return text


def _cleaned_once(text: str) -> str:
    text = _TAG.sub("", _BREAK.sub(" ", _UNSEEN.sub(" ", text)))
    text = unicodedata.normalize("NFKC", html.unescape(text))
    if not (text.isascii() and text.isprintable()):
        text = "".join(map(_visible, text))
    return " ".join(text.split())


def _visible(sign: str) -> str:
    """The sign itself, a blank for a control sign, nothing for a sign that cannot be seen or written."""
    if sign.isprintable() or sign in _JOINERS or sign.isspace():
        return sign
    kind = unicodedata.category(sign)
    return " " if kind == "Cc" else "" if kind in ("Cf", "Cs") else sign


def split_words(text: str) -> list[str]:
    """The words of a text in their order, in small letters.

    A word is a run of letters and digits, with the apostrophes inside it ("don't"); hyphens and points part words. A
    Chinese sign is a word by itself, as it is for BERT, and so is an emoji, without its skin tone.

    First taught: lesson 4a.
    """
    return [word.replace("’", "'").casefold() for word in _WORD.findall(text)]


def listed_texts(texts: Iterable[str]) -> list[str]:
    """The texts as a list; a lone half of a two-part sign, which UTF-8 cannot write, becomes a question mark.

    Raises:
        DataError: `texts` is one string, cannot be gone through, or holds something that is not a string.
    """
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


@dataclass(frozen=True, repr=False, eq=False)
class BagOfWords:
    """Words in alphabetical order, each with a weight, (words,): which of them a text has, and how often.

    `tf_idf` says whether counts are weighted and rows brought to length 1. First taught: lesson 4a.
    """

    words: tuple[str, ...]
    weights: Array
    tf_idf: bool

    def encode(self, texts: Iterable[str]) -> Array:
        """How often each text has each word, float64 (texts, words); weighted, of length 1 with `tf_idf`.

        Words that were not there when it was fitted count for nothing; a text that has none of its words, an empty one
        for instance, is a row of zeros.

        Raises:
            DataError: `texts` is one string or holds something that is not a string.
        """
        from sklearn.feature_extraction.text import CountVectorizer
        from sklearn.preprocessing import normalize

        listed = listed_texts(texts)
        if not listed:
            return np.zeros((0, len(self.words)))
        counts = CountVectorizer(analyzer=_analyse, vocabulary=list(self.words)).transform(listed)
        if not self.tf_idf:
            return np.asarray(counts.toarray(), dtype=float)
        return np.asarray(normalize(counts.multiply(self.weights).tocsr()).toarray(), dtype=float)

    def __repr__(self) -> str:
        """How many words, and what is done with their counts."""
        return f"BagOfWords({len(self.words)} words, {'TF-IDF' if self.tf_idf else 'counts'})"


def fit_bag_of_words(
    texts: Iterable[str], tf_idf: bool = False, most: int | None = None, least: int = 1
) -> BagOfWords:
    """The words that stand in at least `least` of the texts, of these the `most` frequent (None: all), with weights.

    Without `tf_idf` every weight is 1. With it a word in df of n texts weighs idf = ln((1 + n) / (1 + df)) + 1, and
    `encode` gives count · idf, each row divided by its length. Texts are cleaned first (`clean_text`); equally frequent
    words are taken in the order of the alphabet.

    Raises:
        DataError: `texts` is no list of strings, has too few words, or `most` or `least` is below 1.

    Source: Spärck Jones 1972 (idf); Salton & Buckley 1988 (tf-idf, rows of length 1); the 1s are scikit-learn's.
    First taught: lesson 4a.
    """
    if least < 1 or (most is not None and most < 1):
        raise DataError(f"least is {least} and most is {most}; give whole numbers from 1 (or most=None: all words).")
    words = [_analyse(text) for text in listed_texts(texts)]
    texts_with = Counter(word for listed in words for word in set(listed))
    often = Counter(word for listed in words for word in listed)
    kept = sorted((word for word in often if texts_with[word] >= least), key=lambda word: (-often[word], word))[:most]
    if not kept:
        raise DataError(f"no word stands in {least} or more of {len(words)} texts; give more texts, or lower least.")
    kept.sort()
    df = np.array([texts_with[word] for word in kept])
    idf = np.log((1 + len(words)) / (1 + df)) + 1
    return BagOfWords(tuple(kept), idf if tf_idf else np.ones(len(kept)), tf_idf)


def _analyse(text: str) -> list[str]:
    return split_words(clean_text(text))
