"""Texts cleaned, split and counted: cases worked by hand, against scikit-learn, and whatever a shop's texts hold."""

from __future__ import annotations

import math
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer

from causalrec.errors import DataError
from causalrec.recommend.text.words import clean_text, listed_texts, split_words, words_of

ODD = st.text(st.sampled_from("ab <>&;/!-p#x3\t\u200b\u200d\xa0é＆ｂ双🧘\ud83e"), max_size=40)


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("", ""),
        ("  a \t tent\r\n for  two ", "a tent for two"),
        ("<p>Light.</p><p>Small.</p>", "Light. Small."),
        ("ultra<b>light</b>", "ultralight"),
        ("one<br/>two<BR>three", "one two three"),
        ('a <a href="x?a=1&amp;b=2" title=\'y\'>link</a>', "a link"),
        ("tent<!-- not > this --> pegs", "tent pegs"),
        ("a<script>if (a<b) alert('x')</script>b", "a b"),
        ("&lt;b&gt;Caf&eacute;&lt;/b&gt;&nbsp;&amp;amp; bar &#x1F9D8;", "Café & bar 🧘"),  # escaped once or twice
        ("if 5 < 6 and 7 > 6", "if 5 < 6 and 7 > 6"),
        ("<3 this tent", "<3 this tent"),
        ("ＴＥＮＴ，２ｋｇ ㎏ ﬁne ™", "TENT,2kg kg fine TM"),
        ("cafe\u0301", "café"),
        ("zero\u200bwidth so\xadft \ufeffmark \u202eturn", "zerowidth soft mark turn"),
        ("a\x00b\x07c", "a b c"),
        ("half \ud83e a sign", "half a sign"),
        ("双人帐篷，轻便防水", "双人帐篷,轻便防水"),
        ("👩\u200d🌾 👍🏽 ❤\ufe0f", "👩\u200d🌾 👍🏽 ❤\ufe0f"),
    ],
)
def test_cleaning_by_hand(raw, clean):
    assert clean_text(raw) == clean


@given(ODD)
@example("&amp;lt;b&amp;gt;")
@example("＆lt;b＆gt;")
def test_a_clean_text_stays_as_it_is(text):
    clean = clean_text(text)
    assert clean_text(clean) == clean
    assert clean == clean.strip()
    assert "  " not in clean
    clean.encode("utf-8")


@given(st.text(st.characters(categories=["L", "N"]), max_size=30))
def test_no_letter_is_lost(text):
    import unicodedata

    assert clean_text(text) == " ".join(unicodedata.normalize("NFKC", text).split())


def test_a_long_text_in_reasonable_time():
    assert clean_text("<p>tent &amp; pegs</p>" * 500) == " ".join(["tent & pegs"] * 500)
    assert clean_text("&amp;" * 2000) == "&" * 2000
    assert clean_text("<" * 10_000) == "<" * 10_000
    assert clean_text("&" + "amp;" * 2500) == "&"


def test_only_strings_are_cleaned():
    for value in (None, 7, float("nan"), b"tent"):
        with pytest.raises(DataError, match=r"clean_text got a \w+; give a string, and '' for"):
            clean_text(value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", []),
        ("... --- !!!", []),
        ("A Tent, for TWO.", ["a", "tent", "for", "two"]),
        ("don't, don’t; 'quoted' dogs'", ["don't", "don't", "quoted", "dogs"]),
        ("two-person 2.5kg snake_case", ["two", "person", "2", "5kg", "snake", "case"]),
        ("Straße ÉTÉ cafe\u0301", ["strasse", "été", "cafe\u0301"]),
        ("双人tent帐", ["双", "人", "tent", "帐"]),
        ("🧘🧘 great👍🏽 ❤\ufe0f", ["🧘", "🧘", "great", "👍", "❤"]),
    ],
)
def test_splitting_by_hand(text, words):
    assert split_words(text) == words


# Counted by scikit-learn.

TEXTS = ["a tent, a tent", "A lamp", "the <b>lamp</b> for a tent", "🧘 双"]


def test_counts_by_hand():
    bag = CountVectorizer(analyzer=words_of)
    expected = [[2, 0, 0, 2, 0, 0, 0], [1, 0, 1, 0, 0, 0, 0], [1, 1, 1, 1, 1, 0, 0], [0, 0, 0, 0, 0, 1, 1]]
    assert bag.fit_transform(TEXTS).toarray().tolist() == expected
    assert bag.get_feature_names_out().tolist() == ["a", "for", "lamp", "tent", "the", "双", "🧘"]


def test_tf_idf_by_hand():
    bag = TfidfVectorizer(analyzer=words_of).fit(TEXTS)
    lamp, a = math.log(5 / 3) + 1, math.log(5 / 4) + 1  # in 2 and in 3 of 4 texts
    expected = np.array([a, lamp]) / math.hypot(a, lamp)
    assert bag.transform(["a lamp"]).toarray()[0, [0, 2]] == pytest.approx(expected)
    assert bag.transform(["lamp lamp unheard"]).toarray()[0] == pytest.approx([0, 0, 1, 0, 0, 0, 0])


@pytest.mark.parametrize("vectorizer", [CountVectorizer, TfidfVectorizer])
def test_what_it_does_not_know_is_nothing(vectorizer):
    bag = vectorizer(analyzer=words_of).fit(TEXTS)
    assert bag.transform(["", "unheard of 帐", "   "]).nnz == 0


@pytest.mark.parametrize("vectorizer", [CountVectorizer, TfidfVectorizer])
def test_a_missing_text_is_refused_in_one_sentence(vectorizer):
    for missing in (None, float("nan")):
        with pytest.raises(DataError, match=r"got a (NoneType|float); give a string, and ''"):
            vectorizer(analyzer=words_of).fit(["a tent", missing])


@given(st.lists(ODD, min_size=1, max_size=6))
def test_every_word_counts_and_rows_have_length_one_or_none(texts):
    words = [len(words_of(text)) for text in texts]
    counts = CountVectorizer(analyzer=words_of).fit([*texts, "anchor"]).transform(texts)
    assert counts.sum(axis=1).ravel().tolist() == [words]
    vectors = TfidfVectorizer(analyzer=words_of).fit([*texts, "anchor"]).transform(texts)
    assert np.linalg.norm(vectors.toarray(), axis=1) == pytest.approx([float(count > 0) for count in words])


def test_lists_of_texts():
    assert listed_texts(iter(["a tent", "half \ud83e a sign"])) == ["a tent", "half ? a sign"]
    with pytest.raises(DataError, match="a single string; give a list"):
        listed_texts("a tent")
    with pytest.raises(DataError, match="text 1 is a NoneType, not a string; fill missing texts"):
        listed_texts(["a tent", None])
    with pytest.raises(DataError, match="of type int"):
        listed_texts(7)


def test_importing_brings_no_heavy_library():
    code = "import sys, causalrec.recommend.text.words; assert not {'sklearn', 'scipy', 'torch'} & set(sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
