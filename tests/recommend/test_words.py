"""Texts cleaned, split and counted: cases worked by hand, against scikit-learn, and whatever a shop's texts hold."""

from __future__ import annotations

import math
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from causalrec.errors import DataError
from causalrec.recommend.text.encoder import cosine
from causalrec.recommend.text.words import clean_text, fit_bag_of_words, split_words

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


TEXTS = ["a tent, a tent", "A lamp", "the <b>lamp</b> for a tent", "🧘 双"]


def test_counts_by_hand():
    bag = fit_bag_of_words(TEXTS)
    assert bag.words == ("a", "for", "lamp", "tent", "the", "双", "🧘")
    expected = [[2, 0, 0, 2, 0, 0, 0], [1, 0, 1, 0, 0, 0, 0], [1, 1, 1, 1, 1, 0, 0], [0, 0, 0, 0, 0, 1, 1]]
    assert np.array_equal(bag.encode(TEXTS), expected)
    assert bag.encode(TEXTS).dtype == float
    assert repr(bag) == "BagOfWords(7 words, counts)"


def test_tf_idf_by_hand():
    bag = fit_bag_of_words(TEXTS, tf_idf=True)
    lamp, a = math.log(5 / 3) + 1, math.log(5 / 4) + 1  # in 2 and in 3 of 4 texts
    expected = np.array([a, lamp]) / math.hypot(a, lamp)
    assert bag.encode(["a lamp"])[0, [0, 2]] == pytest.approx(expected)
    assert bag.encode(["lamp lamp unheard"])[0] == pytest.approx([0, 0, 1, 0, 0, 0, 0])
    assert repr(bag) == "BagOfWords(7 words, TF-IDF)"


def test_as_scikit_learn_counts_and_weighs():
    from sklearn.feature_extraction.text import TfidfVectorizer

    peer = TfidfVectorizer(token_pattern=r"(?u)\w+").fit(TEXTS[:2])
    bag = fit_bag_of_words(TEXTS[:2], tf_idf=True)
    assert bag.words == tuple(peer.get_feature_names_out())
    assert bag.encode(TEXTS) == pytest.approx(peer.transform([text.replace("<b>", "") for text in TEXTS]).toarray())


def test_what_it_does_not_know_is_nothing():
    for tf_idf in (False, True):
        bag = fit_bag_of_words(TEXTS, tf_idf=tf_idf)
        vectors = bag.encode(["", "unheard of 帐", "   "])
        assert not vectors.any()
        assert bag.encode([]).shape == (0, 7)
        assert not cosine(vectors, bag.encode(TEXTS)).any()


def test_fewer_words():
    assert fit_bag_of_words(TEXTS, most=3).words == ("a", "lamp", "tent")
    assert fit_bag_of_words(TEXTS, most=4).words == ("a", "for", "lamp", "tent")  # of five with one each, the first
    assert fit_bag_of_words(TEXTS, least=2).words == ("a", "lamp", "tent")
    assert fit_bag_of_words(TEXTS, least=3).words == ("a",)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"texts": []}, "no word stands in 1 or more of 0 texts"),
        ({"texts": ["", "..."]}, "no word stands in 1 or more of 2 texts"),
        ({"texts": TEXTS, "least": 4}, "no word stands in 4 or more of 4 texts"),
        ({"texts": TEXTS, "least": 0}, "least is 0 and most is None; give whole numbers from 1"),
        ({"texts": TEXTS, "most": 0}, "least is 1 and most is 0; give whole numbers from 1"),
        ({"texts": "a tent"}, "a single string; give a list"),
        ({"texts": ["a tent", None]}, "text 1 is a NoneType, not a string; fill missing texts"),
    ],
)
def test_what_cannot_be_fitted(arguments, message):
    with pytest.raises(DataError, match=message):
        fit_bag_of_words(**arguments)


def test_only_strings_are_encoded():
    with pytest.raises(DataError, match="a single string"):
        fit_bag_of_words(TEXTS).encode("a tent")
    with pytest.raises(DataError, match="text 0 is a float"):
        fit_bag_of_words(TEXTS).encode([float("nan")])


@given(st.lists(ODD, min_size=1, max_size=6), st.booleans())
def test_rows_have_length_one_or_none(texts, tf_idf):
    bag = fit_bag_of_words([*texts, "anchor"], tf_idf=tf_idf)
    vectors = bag.encode(texts)
    words = [len(split_words(clean_text(text.encode("utf-8", "replace").decode()))) for text in texts]
    if tf_idf:
        assert np.linalg.norm(vectors, axis=1) == pytest.approx([float(count > 0) for count in words])
    else:
        assert vectors.sum(axis=1).tolist() == words


def test_importing_brings_no_heavy_library():
    code = "import sys, causalrec.recommend.text.words; assert not {'sklearn', 'scipy', 'torch'} & set(sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
