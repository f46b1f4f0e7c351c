"""`python -m causalrec.course`: what it prints and the exit code."""

from __future__ import annotations

import pytest
from nbformat import write
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from causalrec.course.__main__ import main


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A folder of one lesson, whose notebook breaks most rules."""
    for name in ("exercises", "source"):
        (tmp_path / name).mkdir()
    (tmp_path / "source" / "1z_small.py").write_text("# %% [markdown]\n# # Is it small?\n\n# %%\n1 + 1\n", "utf-8")
    cells = [new_markdown_cell("# Is it small?"), new_code_cell("1 + 1")]
    write(new_notebook(cells=cells), tmp_path / "1z_small.ipynb")
    monkeypatch.setenv("CAUSALREC_LESSONS", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize("words", [[], ["execute"], ["make"], ["house", "--read"], ["dance"]])
def test_what_is_not_understood_shows_the_usage(words, capsys):
    assert main(words) == 2
    assert "python -m causalrec.course lint [5b ...]" in capsys.readouterr().out


@pytest.mark.parametrize("words", [["make", "9q"], ["lint", "9q"], ["minutes", "9q"]])
def test_an_unknown_lesson_is_one_sentence(course, words, capsys):
    assert main(words) == 2
    assert capsys.readouterr().err == "there is no lesson '9q'; there are: 1z.\n"


def test_a_lesson_is_made_and_executed(course, capsys):
    assert main(["make", "1z"]) == 0
    assert capsys.readouterr().out.startswith("1z_small ")
    assert '"text/plain": [\n       "2"' in (course / "1z_small.ipynb").read_text("utf-8")
    assert main(["execute", str(course / "1z_small.ipynb"), str(course / "out.ipynb")]) == 0
    assert capsys.readouterr().out.rstrip().endswith("ok")


def test_a_failing_lesson_is_exit_code_1(course, capsys):
    write(new_notebook(cells=[new_code_cell("1 / 0")]), course / "1z_small.ipynb")
    assert main(["execute", str(course / "1z_small.ipynb"), str(course / "out.ipynb")]) == 1
    assert "FAILED in code cell 1: ZeroDivisionError" in capsys.readouterr().out


def test_pairs_present_lint_and_minutes(course, capsys):
    assert main(["pairs"]) == 0
    assert capsys.readouterr().out == "each notebook and its source hold the same cells\n"
    assert main(["present"]) == 0
    assert capsys.readouterr().out == f"{course / '1z_small.ipynb'}\n"
    assert main(["lint", "1z"]) == 1
    assert "executed: code cells are not executed 1..1: [None]" in capsys.readouterr().out
    assert main(["minutes", "1z_small"]) == 0
    assert "5 minutes  (3 words, 1 code cells, 0 exercises)" in capsys.readouterr().out
    (course / "source" / "1z_small.py").write_text("# %%\n2\n", "utf-8")
    assert main(["pairs"]) == 1


def test_size_and_house_are_printed(capsys):
    assert main(["size"]) == 0
    assert "causalrec.teach" in capsys.readouterr().out
    assert main(["house"]) == 0
    assert capsys.readouterr().out.startswith("| room |")
