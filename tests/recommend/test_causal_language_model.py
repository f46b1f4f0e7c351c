"""A causal language model as judge of titles: on a tiny GPT-2 with random weights, against sums worked step by step."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from causalrec.errors import DataError
from causalrec.recommend.interest.title_scorer import fit_title_scorer
from causalrec.recommend.text.causal_language_model import CausalLanguageModel, Likelihood
from causalrec.shop.catalogue import Catalogue
from causalrec.shop.log import Log

WORDS = ["<s>", "<unk>", "a", "tent", "for", "two", "lamp", "bread", "warm", "瑜", "🧘", "pegs"]
PROMPTS = ["", "a tent for two", "bread", "a warm lamp\n" * 9, "", "tent"]
TEXTS = ["a tent", "pegs", "", "a lamp for two two two", "瑜 🧘 unheard", "bread warm"]
WEIGHTS = "model.safetensors"


def saved(folder: Path, network, first: str | None = "<s>") -> Path:
    """The folder with a network and a tokenizer of whole words."""
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import WhitespaceSplit
    from transformers import PreTrainedTokenizerFast

    words = Tokenizer(WordLevel({word: number for number, word in enumerate(WORDS)}, unk_token="<unk>"))
    words.pre_tokenizer = WhitespaceSplit()
    PreTrainedTokenizerFast(tokenizer_object=words, bos_token=first, unk_token="<unk>").save_pretrained(folder)
    network.save_pretrained(folder)
    return folder


def tiny():
    """A GPT-2 of two small layers with random weights, large enough that likelihoods differ."""
    import torch
    from transformers import GPT2Config, GPT2LMHeadModel

    with torch.random.fork_rng():
        torch.manual_seed(3)
        config = GPT2Config(
            vocab_size=len(WORDS), n_positions=40, n_embd=16, n_layer=2, n_head=2, initializer_range=0.4,
            bos_token_id=0, eos_token_id=0,
        )  # fmt: skip
        return GPT2LMHeadModel(config)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return saved(tmp_path_factory.mktemp("models") / "small-gpt", tiny())


@pytest.fixture(scope="module")
def judge(folder) -> CausalLanguageModel:
    return CausalLanguageModel(folder, max_tokens=40)


def step_by_step(folder: Path, before: list[int], text: list[int]) -> list[float]:
    """ln P of each token, the network being shown what comes before it and nothing else."""
    import torch
    from transformers import GPT2LMHeadModel

    network = GPT2LMHeadModel.from_pretrained(folder, use_safetensors=True).eval()
    found = []
    for place, token in enumerate(text):
        with torch.no_grad():
            logits = network(torch.tensor([[*before, *text[:place]]])).logits[0, -1].double().numpy()
        found.append(logits[token] - np.log(np.exp(logits).sum()))
    return found


def numbers(text: str) -> list[int]:
    return [WORDS.index(word) if word in WORDS else 1 for word in text.split()]


def test_a_sum_of_logarithms_step_by_step(folder, judge):
    found = judge.likelihood(PROMPTS, TEXTS)
    by_hand = [step_by_step(folder, [0, *numbers(p)], numbers(t)) for p, t in zip(PROMPTS, TEXTS, strict=True)]
    assert found.total == pytest.approx([sum(steps) for steps in by_hand], abs=1e-5)
    assert found.tokens.tolist() == [2, 1, 0, 6, 3, 2]
    assert found.per_token[3] == pytest.approx(np.mean(by_hand[3]), abs=1e-5)
    assert np.array_equal(judge.log_likelihood(PROMPTS, TEXTS), found.total)
    assert np.ptp(found.total) > 1  # the texts are told apart


def test_the_chances_of_all_next_tokens_sum_to_one(judge):
    for prompt in ("", "a tent for", "bread"):
        assert np.exp(judge.log_likelihood([prompt] * len(WORDS), WORDS)).sum() == pytest.approx(1, abs=1e-6)


def test_the_chances_of_all_pairs_of_tokens_sum_to_one(judge):
    pairs = [f"{first} {second}" for first in WORDS for second in WORDS]
    assert np.exp(judge.log_likelihood(["a warm"] * len(pairs), pairs)).sum() == pytest.approx(1, abs=1e-6)


def test_the_chain_rule(judge):
    whole, first, then = judge.log_likelihood(["", "", "a tent"], ["a tent for two", "a tent", "for two"])
    assert whole == pytest.approx(first + then, abs=1e-5)


def test_the_same_to_the_bit_alone_in_another_order_and_on_two_threads(judge):
    import torch

    together = judge.log_likelihood(PROMPTS, TEXTS)
    assert np.array_equal(judge.log_likelihood(PROMPTS[::-1], TEXTS[::-1])[::-1], together)
    alone = [judge.log_likelihood([prompt], [text])[0] for prompt, text in zip(PROMPTS, TEXTS, strict=True)]
    assert np.array_equal(alone, together)
    threads = torch.get_num_threads()
    try:
        torch.set_num_threads(2)
        assert np.array_equal(judge.log_likelihood(PROMPTS * 9, TEXTS * 9), np.tile(together, 9))
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(threads)


def test_an_empty_text_is_certain_and_has_no_mean(judge):
    found = judge.likelihood(["a tent", ""], ["", "  "])
    assert found.total.tolist() == [0, 0]
    assert found.tokens.tolist() == [0, 0]
    assert np.isnan(found.per_token).all()
    assert judge.likelihood([], []).total.shape == (0,)
    assert repr(found) == "Likelihood(2 texts, 0 tokens)"


def test_texts_and_prompts_that_are_too_long(folder, judge):
    # 40 tokens: of the text the first 20, of the prompt the last 19, before them the first token.
    text, prompt = "tent lamp " * 1000, "bread " * 5000 + "a warm tent"
    found = judge.likelihood([prompt, "", prompt], [text, text, "pegs"])
    assert found.tokens.tolist() == [20, 20, 1]
    cut, cut_prompt = "tent lamp " * 10, "bread " * 16 + "a warm tent"
    assert found.total[:2] == pytest.approx(judge.log_likelihood([cut_prompt, ""], [cut, cut]), abs=1e-12)
    longer = step_by_step(folder, [0, *numbers("bread " * 35 + "a warm tent")], numbers("pegs"))
    assert found.total[2] == pytest.approx(longer[0], abs=1e-5)
    assert judge.tokens(text) == ["tent", "lamp"] * 10


def test_odd_texts(judge):
    odd = ["双人帐篷", "🧘🧘", "half a sign \ud83e", "\x00", "tent " * 2000]
    found = judge.log_likelihood(["瑜 🧘"] * len(odd), odd)
    assert np.isfinite(found).all()
    assert found[0] == found[1]  # both are unknown here


@pytest.mark.parametrize(
    ("prompts", "texts", "message"),
    [
        ("a tent", ["a tent"], "a single string; give a list"),
        (["a"], ["a", "tent"], "there are 1 prompts for 2 texts"),
        (["a"], [None], "text 0 is a NoneType"),
    ],
)
def test_what_is_not_lists_of_strings(judge, prompts, texts, message):
    with pytest.raises(DataError, match=message):
        judge.log_likelihood(prompts, texts)


def test_lengths_that_cannot_be(folder):
    for number in (3, None, 7.5):
        with pytest.raises(DataError, match="max_tokens is .*; give a whole number, 4 or more"):
            CausalLanguageModel(folder, number)
    with pytest.raises(DataError, match="max_tokens is 41, but 'small-gpt' reads at most 40 tokens; choose 4 to 40"):
        CausalLanguageModel(folder, 41).log_likelihood([""], ["a"])
    assert np.isfinite(CausalLanguageModel(folder, 4).log_likelihood(["a tent"], ["a tent for"])).all()
    assert repr(CausalLanguageModel(folder)) == "CausalLanguageModel('small-gpt', max_tokens=256)"


def test_without_a_first_token_the_last_one_stands_there(folder, judge, tmp_path):
    other = shutil.copytree(folder, tmp_path / "eos")
    config = (other / "tokenizer_config.json").read_text()
    (other / "tokenizer_config.json").write_text(config.replace('"bos_token"', '"eos_token"'))
    assert judge.log_likelihood(["a"], ["tent"]) == CausalLanguageModel(other, 40).log_likelihood(["a"], ["tent"])
    with pytest.raises(DataError, match="'none' has no first and no last token; name one, as bos_token"):
        CausalLanguageModel(saved(tmp_path / "none", tiny(), None), 40).log_likelihood(["a"], ["tent"])


# The files.


class Trap:
    """Makes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return (Path.touch, (self.path,))


def test_nothing_is_unpickled(folder, tmp_path):
    import torch

    copy = shutil.copytree(folder, tmp_path / "pickled")
    (copy / WEIGHTS).unlink()
    torch.save({"lm_head.weight": Trap(tmp_path / "sprung")}, copy / "pytorch_model.bin")
    with pytest.raises(DataError, match=r"cannot be read .*its weights as \*\.safetensors"):
        CausalLanguageModel(copy, 40).log_likelihood(["a"], ["tent"])
    assert not (tmp_path / "sprung").exists()


def test_code_of_the_models_own_is_not_run(folder, tmp_path):
    copy = shutil.copytree(folder, tmp_path / "coded")
    (copy / "mine.py").write_text(f"open({str(tmp_path / 'sprung')!r}, 'w')")
    config = (copy / "config.json").read_text().replace('"gpt2"', '"mine"', 1)
    (copy / "config.json").write_text(config[:-2] + ', "auto_map": {"AutoConfig": "mine.Config"}}')
    with pytest.raises(DataError, match="The language model in .* cannot be read") as caught:
        CausalLanguageModel(copy, 40).log_likelihood(["a"], ["tent"])
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "sprung").exists()


def test_weights_that_are_cut_off_or_missing(folder, tmp_path):
    from safetensors.torch import load_file, save_file

    cut = shutil.copytree(folder, tmp_path / "cut")
    (cut / WEIGHTS).write_bytes((folder / WEIGHTS).read_bytes()[:-100])
    with pytest.raises(DataError, match="The language model in .* cannot be read"):
        CausalLanguageModel(cut, 40).log_likelihood(["a"], ["tent"])
    lacking = shutil.copytree(folder, tmp_path / "lacking")
    weights = {name: value for name, value in load_file(folder / WEIGHTS).items() if ".h.1.attn" not in name}
    save_file(weights, lacking / WEIGHTS, metadata={"format": "pt"})
    with pytest.raises(DataError, match=r"lacks weights of its network, transformer\.h\.1\.attn"):
        CausalLanguageModel(lacking, 40).log_likelihood(["a"], ["tent"])


def test_a_model_that_reads_ahead_is_refused(tmp_path):
    import torch
    from transformers import BertConfig, BertForMaskedLM

    config = BertConfig(
        vocab_size=len(WORDS), hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16,
        max_position_embeddings=40, initializer_range=0.5,
    )  # fmt: skip
    with torch.random.fork_rng():
        torch.manual_seed(3)
        folder = saved(tmp_path / "bert", BertForMaskedLM(config))
    with pytest.raises(DataError, match="bert is not causal: it reads what follows a token; choose a model like GPT-2"):
        CausalLanguageModel(folder, 40).log_likelihood(["a"], ["tent"])


def test_a_name_without_the_network(tmp_path):
    code = (
        "from causalrec.recommend.text.causal_language_model import CausalLanguageModel\n"
        "try: CausalLanguageModel('some/gpt').log_likelihood(['a'], ['b'])\n"
        "except ValueError as error: print(error)"
    )
    env = {**os.environ, "HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path)}
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=env)
    why = "is not on this machine and HF_HUB_OFFLINE is set"
    assert ran.stdout == f"The model 'some/gpt' {why}; connect once, or give the folder of a causal language model.\n"
    assert ran.stderr == ""


# The scorer.

ITEMS = {"i0": "a tent", "i1": "tent pegs", "i2": "a lamp", "i3": "bread", "new": "a warm tent"}


def small_log(history: bool = True) -> Log:
    """Four users and five items; u3 has no history, "new" nobody clicked before."""
    rng = np.random.default_rng(5)
    users = [f"u{number}" for number in range(4)]
    pairs = pd.DataFrame([(user, item) for user in users for item in ITEMS], columns=["user_id", "item_id"])
    clicked = rng.integers(0, 2, len(pairs))
    pairs = pairs.assign(recommended=clicked, browsed=1, clicked=clicked, purchased=0)
    past = [(2, "u0", "i0"), (1, "u0", "i2"), (3, "u0", "i2"), (1, "u1", "i3"), (2, "u2", "i1")] if history else []
    catalogue = Catalogue(pd.DataFrame({"item_id": list(ITEMS), "title": list(ITEMS.values())}))
    clicks = pd.DataFrame(past, columns=["week", "user_id", "item_id"])
    return Log(pairs, catalogue, clicks, pd.DataFrame(columns=["user_id", "item_id"]))


def pmi(judge: CausalLanguageModel, prompt: str, title: str) -> float:
    after, alone = judge.log_likelihood([prompt, ""], [title, title])
    return (after - alone) / len(title.split())


def test_the_score_by_hand(judge):
    model = fit_title_scorer(small_log(), judge)
    pairs = pd.DataFrame(
        [("u0", "new"), ("u0", "i0"), ("u1", "i0"), ("u1", "i3"), ("u3", "i0"), ("stranger", "i0")],
        columns=["user_id", "item_id"],
    )
    expected = [
        pmi(judge, "a tent\na lamp\n", "a warm tent"),  # the lamp was clicked again in week 3
        pmi(judge, "a lamp\n", "a tent"),  # the item's own title is left out
        pmi(judge, "bread\n", "a tent"),
        *[np.nan] * 3,  # nothing but itself; no history; not known
    ]
    assert model.score(pairs) == pytest.approx(expected, abs=1e-6, nan_ok=True)
    assert model.predict(pairs)[3:] == pytest.approx(small_log().pairs["clicked"].mean())
    assert ((model.predict(pairs) > 0) & (model.predict(pairs) < 1)).all()
    assert (model.name, model.meaning) == ("causal language model", "P(click | browsed, text)")


def test_only_the_last_clicks_are_in_the_prompt(judge):
    model = fit_title_scorer(small_log(), judge, clicks=1)
    pair = pd.DataFrame([("u0", "new")], columns=["user_id", "item_id"])
    assert model.score(pair) == pytest.approx([pmi(judge, "a lamp\n", "a warm tent")], abs=1e-6)
    with pytest.raises(DataError, match="clicks is 0; let the prompt hold at least 1"):
        fit_title_scorer(small_log(), judge, clicks=0)


def test_without_history_no_pair_explains_itself(judge):
    log = small_log(history=False)
    scores = fit_title_scorer(log, judge).score(log.pairs)
    for row in (0, 7, 13):
        flipped = log.pairs.copy()
        flipped.loc[row, "clicked"] = 1 - flipped.loc[row, "clicked"]
        again = fit_title_scorer(replace(log, pairs=flipped), judge).score(log.pairs)
        assert again[row] == pytest.approx(scores[row], nan_ok=True)
        assert not np.array_equal(again, scores, equal_nan=True)


def test_an_item_without_title_has_the_base(judge):
    log = small_log()
    items = log.catalogue.items.assign(title=["a tent", "tent pegs", "a lamp", "bread", ""])
    model = fit_title_scorer(replace(log, catalogue=Catalogue(items)), judge)
    pair = pd.DataFrame([("u0", "new")], columns=["user_id", "item_id"])
    assert np.isnan(model.score(pair)).all()
    assert model.predict(pair) == pytest.approx([model.base])


def test_importing_brings_no_heavy_library():
    heavy = "{'torch', 'transformers', 'sklearn'}"
    code = f"import sys, causalrec.recommend.interest.title_scorer; assert not {heavy} & set(sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_likelihood_of_nothing():
    assert Likelihood(np.zeros(0), np.zeros(0, dtype=int)).per_token.shape == (0,)
