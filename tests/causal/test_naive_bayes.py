"""Naive Bayes over words: by hand, against scikit-learn, and what it refuses."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.naive_bayes import MultinomialNB

from causalrec.causal.belief.naive_bayes import NaiveBayes, words_of
from causalrec.causal.belief.pmf import Pmf, from_odds, posterior_odds
from causalrec.errors import EstimationError

TEXTS = ["Tent, tent and lamp", "warm TENT", "lamp", "desk lamp", "desk"]
LABELS = [1, 1, 0, 0, 0]
VOCABULARY = ("tent", "lamp", "desk", "warm", "mug")


def model() -> NaiveBayes:
    return NaiveBayes.fit(TEXTS, LABELS)


def test_words_are_runs_of_three_or_more_letters_in_lower_case():
    assert words_of("A 2-man TENT, crème_brûlée and 100% wool!") == ["man", "tent", "crème", "brûlée", "and", "wool"]
    assert words_of("") == []


def test_naive_bayes_by_hand():
    """Words of kind 1: tent 3, and, lamp, warm; of kind 0: lamp 2, desk 2. Five words; smoothed totals 11 and 9."""
    fitted = model()
    assert fitted.words == ("and", "desk", "lamp", "tent", "warm")
    assert fitted.factor("tent") == pytest.approx((4 / 11) / (1 / 9))
    assert fitted.factor("desk") == pytest.approx((1 / 11) / (3 / 9))
    assert fitted.factor("mug") == 1
    assert np.exp(fitted.log_prior_odds) == pytest.approx(2 / 3)
    by_odds = posterior_odds(2 / 3, fitted.factor("tent"), fitted.factor("lamp"), fitted.factor("lamp"))
    assert fitted.predict(["lamp tent lamp, mug"]) == pytest.approx([from_odds(by_odds)])
    assert fitted.predict([""]) == pytest.approx([2 / 5])
    by_table = Pmf({1: 0.4, 0: 0.6}).update({1: 4 / 11 * 2 / 11, 0: 1 / 9 * 3 / 9})
    assert fitted.predict(["tent lamp"]) == pytest.approx([by_table[1]])


def test_a_text_is_explained_by_its_words():
    explained = model().explain("Lamp, tent, tent, mug, desk")
    assert explained.index.tolist() == ["desk", "tent", "lamp"]
    assert explained["count"].tolist() == [1, 2, 1]
    total = posterior_odds(2 / 3, *(explained["bayes_factor"] ** explained["count"]))
    assert model().predict(["Lamp, tent, tent, mug, desk"]) == pytest.approx([from_odds(total)])
    assert len(model().explain("mug")) == 0


@settings(deadline=None, max_examples=50)
@given(st.lists(st.tuples(st.lists(st.sampled_from(VOCABULARY), min_size=1, max_size=8), st.booleans()),
                min_size=2, max_size=12), st.floats(0.05, 3))
def test_naive_bayes_agrees_with_scikit_learn(labelled, smoothing):
    texts, labels = [" ".join(words) for words, _ in labelled], [int(label) for _, label in labelled]
    labels[:2] = [0, 1]
    counter = CountVectorizer(token_pattern=r"[^\W\d_]{3,}")
    theirs = MultinomialNB(alpha=smoothing).fit(counter.fit_transform(texts), labels)
    ours = NaiveBayes.fit(texts, labels, smoothing)
    asked = [*texts, "tent mug", ""]
    assert ours.predict(asked) == pytest.approx(theirs.predict_proba(counter.transform(asked))[:, 1])


def test_probabilities_stay_probabilities_in_long_texts():
    assert model().predict(["tent " * 5000, "desk " * 5000]) == pytest.approx([1, 0])


def test_the_model_is_shown_in_short():
    assert repr(model()) == "NaiveBayes(5 words, prior odds 0.667)"
    assert "tent (3.3)" in model()._repr_html_()


@pytest.mark.parametrize(("texts", "labels", "smoothing", "said"), [
    (TEXTS, LABELS, 0, "smoothing is 0, but it must be above 0"),
    (TEXTS, LABELS, float("nan"), "smoothing is nan"),
    (TEXTS, [1, 1, 0, 0], 1, r"the labels have shape \(4,\) and must be 0 or 1, one for each of the 5 texts"),
    (TEXTS, [1, 2, 0, 0, 0], 1, "must be 0 or 1"),
    (TEXTS, [1, 1, 1, 1, 1], 1, "texts of either kind"),
    (["", "4 2"], [1, 0], 1, "needs words"),
    ("tent", [1], 1, "texts is one text, but a list of them is needed"),
])
def test_what_cannot_be_learned_is_refused(texts, labels, smoothing, said):
    with pytest.raises(EstimationError, match=said):
        NaiveBayes.fit(texts, labels, smoothing)


def test_one_text_in_place_of_a_list_is_refused():
    with pytest.raises(EstimationError, match="a text is asked for and not nan; fill in what is missing"):
        NaiveBayes.fit(["red tent", float("nan")], [1, 0])
    with pytest.raises(EstimationError, match="put it in square brackets"):
        model().predict("tent")
