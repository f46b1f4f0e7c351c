"""The fine-tuned BERT: what it reads, that it learns and resumes, and odd titles. Mostly with a tiny random BERT."""

from __future__ import annotations

import shutil
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as settings_of
from hypothesis import strategies as st
from scipy.sparse import csr_matrix
from sklearn.metrics import roc_auc_score

from causalrec.errors import DataError, EstimationError
from causalrec.recommend.interest.clicks import recent_items
from causalrec.recommend.interest.fine_tuning import (
    FineTuning,
    Reader,
    TrainingPairs,
    _examples,
    _fine_tune,
    fit_fine_tuned,
)
from causalrec.recommend.interest.training import STATE, Epoch, Schedule, train
from causalrec.recommend.text.bert_files import PACKAGED, WEIGHTS, find_bert
from causalrec.recommend.text.language_model import bert_tokenizer
from causalrec.recommend.text.pair_classifier import PairClassifier, load_pair_classifier
from causalrec.shop.catalogue import Catalogue
from causalrec.shop.log import Log

torch = pytest.importorskip("torch")

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "tent", "rope", "stove", "flour", "yeast", "tin", ";", ".", "帐"]
TITLES = ["tent", "rope", "stove", "flour", "yeast", "tin", "tent stove", "tin flour"]  # the last two are cold
QUIET = {"seed": 1, "progress": False}


@pytest.fixture(scope="module")
def small(tmp_path_factory) -> Path:
    """The folder of a tiny BERT with random weights."""
    from transformers import BertConfig, BertModel, BertTokenizer

    folder = tmp_path_factory.mktemp("models") / "small-bert"
    folder.mkdir()
    BertTokenizer(vocab={word: number for number, word in enumerate(WORDS)}).save_pretrained(folder)
    torch.manual_seed(1)
    config = BertConfig(
        vocab_size=len(WORDS), hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=64,
        max_position_embeddings=40, initializer_range=0.2,
    )  # fmt: skip
    BertModel(config).save_pretrained(folder)
    return folder


@pytest.fixture
def settings(small) -> FineTuning:
    schedule = Schedule(epochs=3, patience=3, batch=32, learning_rate=2e-3)
    return FineTuning(small, titles=2, max_tokens=24, layers=2, pairs=200, schedule=schedule)


def shop(users: int = 60, titles: list[str] | None = None) -> tuple[Log, pd.DataFrame]:
    """A log in which even users like what is for camping and odd ones what is for baking; all pairs, and who likes."""
    rng, titles = np.random.default_rng(3), titles or TITLES
    user, item = np.divmod(np.arange(users * len(titles)), len(titles))
    camping = np.array([set(title.split()) & {"tent", "rope", "stove"} != set() for title in titles])
    fits = (user % 2 == 0) == camping[item]
    frame = pd.DataFrame({"user_id": [f"u{n}" for n in user], "item_id": [f"i{n}" for n in item], "fits": fits})
    clicked = (rng.random(len(user)) < np.where(fits, 0.9, 0.1)).astype(int)
    pairs = frame[["user_id", "item_id"]].assign(recommended=0, browsed=1, clicked=clicked, purchased=0)
    past = frame[(item < 6) & fits & (rng.random(len(user)) < 0.8)]
    history = past[["user_id", "item_id"]].assign(week=rng.integers(1, 5, len(past)))
    catalogue = Catalogue(pd.DataFrame({"item_id": [f"i{n}" for n in range(len(titles))], "title": titles}))
    return Log(pairs[item < 6], catalogue, history, frame[:0]), frame


class Cut(Exception):
    """An interruption."""


def cut(epoch: Epoch) -> None:
    """Interrupts the training after its first epoch."""
    raise Cut


# What is read.


def test_the_last_clicks_are_read_first_and_the_pairs_own_is_not() -> None:
    clicks = csr_matrix([[1, 1, 0, 1], [0, 0, 1, 0]])
    reader = Reader(clicks, [np.array([3, 0, 1]), np.array([2])], ["a", "b", "c", "d"], ["A", "B", "C", "D"], 2)
    told = reader(np.array([0, 0, 0, 1, 1, -1]), np.array([0, 2, 3, 2, 0, 0]))
    assert told[:3].tolist() == [["d; b", "A"], ["d; a", "C"], ["a; b", "D"]]
    assert told[3:].tolist() == [[None, None], ["c", "A"], [None, None]]


def test_the_last_week_counts_and_a_click_counts_once() -> None:
    log, _ = shop()
    clicks = [(1, "u1", "i4"), (3, "u1", "i2"), (2, "u0", "i5"), (2, "u1", "i0"), (2, "u1", "i3"), (4, "u1", "i4")]
    history = pd.DataFrame(clicks, columns=["week", "user_id", "item_id"])
    assert [items.tolist() for items in recent_items(replace(log, history=history))] == [[5], [4, 2, 3, 0]]


def test_without_history_the_logs_own_clicks_are_read_but_none_that_stands_with_the_pair(settings) -> None:
    log, _ = shop()
    readers, examples = _examples(replace(log, history=log.history[:0]), settings, 1)
    assert len(readers.parts) > 1
    own = log.pairs[(log.pairs["user_id"] == "u4") & (log.pairs["clicked"] == 1)]
    titles = set(log.catalogue.items.set_index("item_id").loc[own["item_id"], "title"])
    for item in range(6):
        part = (readers.users.get_loc("u4") + item) % len(readers.parts)
        read, _ = readers.parts[part](np.array([readers.users.get_loc("u4")]), np.array([item]))[0]
        assert set(read.split("; ")) <= titles - {TITLES[item]}
    assert all(title not in read.split("; ") for read, title in examples.texts)


def test_the_two_texts_are_told_apart_and_the_longer_is_cut(small) -> None:
    judge = PairClassifier(None, bert_tokenizer(find_bert(small)), 9)
    assert judge.tokens("tent; rope", "tin") == ([2, 5, 11, 6, 3, 10, 3], 5)
    numbers, first = judge.tokens("tent", "tin " * 50)
    assert (len(numbers), first) == (9, 3)
    assert judge.tokens("", "tin") == ([2, 3, 10, 3], 2)
    assert judge.tokens("tent", "") == ([2, 5, 3, 3], 3)  # an item without a title
    assert judge.tokens("", "") == ([2, 3, 3], 2)


@settings_of(max_examples=60, deadline=None)
@given(
    titles=st.lists(st.text(st.sampled_from("tent rope;.帐🧘"), max_size=12), min_size=1, max_size=3),
    text=st.text("tin ", max_size=30),
)
def test_tokens_are_the_tokenizers_own(titles, text) -> None:
    tokenizer = bert_tokenizer(find_bert(PACKAGED))
    judge, joined = PairClassifier(None, tokenizer, 15), "; ".join(titles)
    own = tokenizer(joined, text + " tin", truncation="longest_first", max_length=15)
    numbers, first = judge.tokens(joined, text + " tin")
    assert (numbers, first) == (own["input_ids"], own["token_type_ids"].count(0))


def test_titles_alone_or_with_what_is_said_of_them(settings) -> None:
    log, _ = shop()
    described = replace(log, catalogue=Catalogue(log.catalogue.items.assign(description="flour")))
    texts = [_examples(described, replace(settings, described=each), 1)[1].texts[:, 1] for each in (False, True)]
    assert [f"{title}. flour" for title in texts[0]] == texts[1].tolist()


def test_at_most_so_many_pairs_and_whole_users_held_out(settings) -> None:
    log, _ = shop()
    _, examples = _examples(log, replace(settings, pairs=50), 1)
    assert len(examples.target) <= 50
    _, again = _examples(log, replace(settings, pairs=50), 1)
    assert examples.fingerprint() == again.fingerprint() != _examples(log, settings, 1)[1].fingerprint()
    assert examples.held.any()
    assert not examples.held.all()


# That it learns.


def test_it_learns_one_batch_by_heart(small) -> None:
    judge = load_pair_classifier(find_bert(small), 2, 24)
    rng = np.random.default_rng(2)
    texts = np.array([[a, b] for a in TITLES[:4] for b in TITLES[:4]], dtype=object)
    examples = TrainingPairs(texts, rng.integers(0, 2, 16), np.zeros(16, dtype=bool))
    schedule = Schedule(epochs=120, batch=16, learning_rate=2e-3, weight_decay=0)
    epochs = _fine_tune(judge, examples, schedule, partial(train, **QUIET))
    assert epochs[0].loss > 0.5
    wrong = np.where(examples.target == 1, -1, 1) * judge.logits(texts)
    assert np.logaddexp(0, wrong).mean() < 0.05  # the loss without dropout


def test_it_finds_who_likes_what_on_cold_items_too(settings) -> None:
    log, frame = shop()
    longer = replace(settings.schedule, epochs=12, batch=16)
    model = fit_fine_tuned(log, settings=replace(settings, pairs=400, schedule=longer), **QUIET)
    interest, cold = model.predict(frame), frame["item_id"].isin(["i6", "i7"])
    for rows, least in ((cold, 0.7), (~cold, 0.85)):
        assert roc_auc_score(frame["fits"][rows], interest[rows]) > least
    assert ((interest > 0) & (interest < 1)).all()
    history = model.score.history
    assert history[-1].loss < 0.8 * history[0].loss
    assert repr(model).startswith("Calibrated(fine-tuned BERT, P(click | browsed, text), Platt(slope 1, intercept 0)")


def test_only_the_upper_layers_are_trained(small) -> None:
    for layers, free in ((0, set()), (1, {"layer.1"}), (2, {"layer.0", "layer.1", "embeddings"}), (9, None)):
        network = load_pair_classifier(find_bert(small), layers, 24).network
        trained = {name for name, value in network.named_parameters() if value.requires_grad}
        assert {"classifier.weight", "bert.pooler.dense.weight"} <= trained
        found = {part for part in ("layer.0", "layer.1", "embeddings") if any(part in name for name in trained)}
        assert found == (free if free is not None else {"layer.0", "layer.1", "embeddings"})


# The same again, alone or beside others, interrupted or not.


def test_the_same_again_whatever_the_number_of_threads(settings) -> None:
    log, frame = shop()
    threads, runs = torch.get_num_threads(), []
    try:
        for number in (1, 2):
            torch.set_num_threads(number)
            model = fit_fine_tuned(log, settings=settings, **QUIET)
            runs.append((model.predict(frame).tolist(), model.score.history))
            assert torch.get_num_threads() == number
    finally:
        torch.set_num_threads(threads)
    assert runs[0] == runs[1]
    backwards = frame[::-1]
    assert model.predict(backwards).tolist() == runs[0][0][::-1]
    assert model.predict(frame[7:8]).tolist() == runs[0][0][7:8]
    assert model.predict(frame[:0]).shape == (0,)


def test_an_interruption_leaves_no_trace(settings, tmp_path) -> None:
    log, frame = shop()
    with pytest.raises(Cut):
        fit_fine_tuned(log, settings=settings, folder=tmp_path, after_epoch=cut, **QUIET)
    new: list[Epoch] = []
    resumed = fit_fine_tuned(log, settings=settings, folder=tmp_path, after_epoch=new.append, **QUIET)
    whole = fit_fine_tuned(log, settings=settings, **QUIET)
    assert resumed.score.history == whole.score.history
    assert len(new) == len(whole.score.history) - 1
    assert np.array_equal(resumed.predict(frame), whole.predict(frame))
    read = fit_fine_tuned(log, settings=settings, folder=tmp_path, after_epoch=cut, **QUIET)  # nothing left to train
    assert np.array_equal(read.predict(frame), whole.predict(frame))


def test_the_folder_of_another_training_is_refused(settings, tmp_path) -> None:
    log, _ = shop()
    one = replace(settings, schedule=replace(settings.schedule, epochs=1))
    fit_fine_tuned(log, settings=one, folder=tmp_path, **QUIET)
    with pytest.raises(DataError, match=rf"{STATE} is of another training \(layers is 2 there, 1 here\)"):
        fit_fine_tuned(log, settings=replace(one, layers=1), folder=tmp_path, **QUIET)
    with pytest.raises(DataError, match=r"another training \(data is "):
        fit_fine_tuned(shop(50)[0], settings=one, folder=tmp_path, **QUIET)


# What is odd.


def test_odd_titles_are_read(settings) -> None:
    odd = ["tent", "", "🧘🧘", "双人帐篷", "tin " * 2500, "half a sign", "   ", "<b>rope</b>"]
    log, frame = shop(titles=odd)
    one = replace(settings, schedule=replace(settings.schedule, epochs=1))
    model = fit_fine_tuned(log, settings=one, **QUIET)
    interest = model.predict(frame)
    assert ((interest > 0) & (interest < 1)).all()
    assert np.isfinite(model.score(frame[frame["user_id"].isin(log.history["user_id"])])).mean() > 0.9


def test_a_stranger_has_the_base_and_an_unknown_item_is_refused(settings) -> None:
    log, _ = shop()
    model = fit_fine_tuned(log, settings=replace(settings, schedule=Schedule(epochs=1)), **QUIET)
    assert model.predict(pd.DataFrame({"user_id": ["stranger"], "item_id": ["i0"]})).tolist() == [model.base]
    with pytest.raises(DataError, match="item 'other' is not in the catalogue"):
        model.predict(pd.DataFrame({"user_id": ["u0"], "item_id": ["other"]}))


def test_nobody_with_a_history_leaves_the_base_for_all(settings) -> None:
    log, frame = shop()
    other = pd.DataFrame({"week": [1], "user_id": ["someone else"], "item_id": ["i0"]})
    model = fit_fine_tuned(replace(log, history=other), settings=settings, **QUIET)
    assert model.score.history == ()
    assert set(model.predict(frame)) == {model.base}


def test_one_class_is_refused_before_a_model_is_read() -> None:
    log, _ = shop()
    for value in (0, 1):
        with pytest.raises(EstimationError, match=f"'clicked' of the browsed pairs is {value} in all 360 rows"):
            fit_fine_tuned(replace(log, pairs=log.pairs.assign(clicked=value)), settings=FineTuning("nowhere"), **QUIET)


@pytest.mark.parametrize(
    ("name", "value"),
    [("titles", 0), ("max_tokens", 4), ("layers", -1), ("pairs", 0), ("pairs", 2.5), ("titles", True)],
)
def test_settings_that_cannot_be(name, value) -> None:
    with pytest.raises(DataError, match=f"{name} is {value}; give a whole number, . or more"):
        FineTuning(**{name: value})


def test_more_tokens_than_the_model_reads(settings) -> None:
    with pytest.raises(DataError, match="max_tokens is 41, but 'small-bert' reads at most 40 tokens; choose 5 to 40"):
        fit_fine_tuned(shop()[0], settings=replace(settings, max_tokens=41), **QUIET)


def test_settings_name_no_folder_of_this_machine(settings) -> None:
    read = "FineTuning('small-bert', titles=2, described=False, max_tokens=24, layers=2, pairs=200, Schedule(epochs=3"
    assert repr(settings).startswith(read)


def test_weights_that_are_missing_are_not_made_up(small, tmp_path) -> None:
    from safetensors.torch import load_file, save_file

    copy = shutil.copytree(small, tmp_path / "copy")
    weights = load_file(small / WEIGHTS)
    kept = {name: value for name, value in weights.items() if "layer.1.output" not in name}
    save_file(kept, copy / WEIGHTS, metadata={"format": "pt"})
    with pytest.raises(DataError, match=r"lacks weights of a BERT, bert\.encoder\.layer\.1\.output"):
        fit_fine_tuned(shop()[0], settings=FineTuning(copy, max_tokens=24), **QUIET)
    (copy / WEIGHTS).write_bytes((small / WEIGHTS).read_bytes()[:-100])
    with pytest.raises(DataError, match=r"The network in .* cannot be read"):
        fit_fine_tuned(shop()[0], settings=FineTuning(copy, max_tokens=24), **QUIET)


# The packaged BERT.


def test_the_packaged_bert_is_trained_in_silence(capfd, recwarn) -> None:
    log, frame = shop(20)
    schedule = Schedule(epochs=2, patience=2, batch=16, learning_rate=1e-4)
    settings = FineTuning(titles=2, max_tokens=24, layers=1, pairs=40, schedule=schedule)
    model = fit_fine_tuned(log, settings=settings, **QUIET)
    interest = model.predict(frame[:24])
    assert ((interest > 0) & (interest < 1)).all()
    assert len(set(interest)) > 5
    assert [epoch.loss for epoch in model.score.history] == pytest.approx([np.log(2)] * 2, abs=0.1)  # a new head
    assert (*capfd.readouterr(), len(recwarn)) == ("", "", 0)


def packaged(epochs: int) -> FineTuning:
    """Sixteen pairs for the packaged BERT, of which the last layer is trained."""
    schedule = Schedule(epochs=epochs, patience=epochs, batch=16, learning_rate=1e-3)
    return FineTuning(titles=2, max_tokens=24, layers=1, pairs=16, schedule=schedule)


def test_the_packaged_bert_learns_a_few_pairs_by_heart() -> None:
    losses = [epoch.loss for epoch in fit_fine_tuned(shop(20)[0], settings=packaged(20), **QUIET).score.history]
    assert losses[-1] < losses[0] / 4


def test_an_interruption_of_the_packaged_bert_leaves_no_trace(tmp_path) -> None:
    log, frame = shop(20)
    whole = fit_fine_tuned(log, settings=packaged(3), **QUIET)
    with pytest.raises(Cut):
        fit_fine_tuned(log, settings=packaged(3), folder=tmp_path, after_epoch=cut, **QUIET)
    resumed = fit_fine_tuned(log, settings=packaged(3), folder=tmp_path, **QUIET)
    assert resumed.score.history == whole.score.history
    assert np.array_equal(resumed.predict(frame[:24]), whole.predict(frame[:24]))


@pytest.mark.usefixtures("damaged_packaged_model")
def test_a_damaged_packaged_model_is_refused() -> None:
    with pytest.raises(DataError, match=r"model\.safetensors is damaged.*pip install --force-reinstall"):
        fit_fine_tuned(shop()[0], **QUIET)
