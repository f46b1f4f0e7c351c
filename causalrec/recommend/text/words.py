"""Texts as words, cleaned and split: what scikit-learn's vectorizers count, and a language model has to beat."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable

from causalrec.errors import DataError

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


def words_of(text: str) -> list[str]:
    """The words of a text as shops write it: cleaned by `clean_text`, then split by `split_words`.

    This is the `analyzer` for scikit-learn's `CountVectorizer` (a bag of words) and `TfidfVectorizer`.

    Raises:
        DataError: `text` is not a string.

    First taught: lesson 4a.
    """
    return split_words(clean_text(text))


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
