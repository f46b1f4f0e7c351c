"""Notebooks are made, executed and compared with their sources; what this machine lacks is said."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace

import jupytext
import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from causalrec.course import notebooks
from causalrec.course.__main__ import main


@pytest.fixture
def needy(tmp_path, monkeypatch):
    """A lesson that needs data, on a machine that has none; the folder of its notebook."""
    for name in ("CAUSALREC_CACHE", "CAUSALREC_DATA"):
        monkeypatch.setenv(name, str(tmp_path / name))
    monkeypatch.setenv("CAUSALREC_LESSONS", str(tmp_path))
    (tmp_path / "exercises").mkdir()
    (tmp_path / "exercises" / "lesson_7d.py").write_text('NEEDS = ("reviews",)\n', "utf-8")
    for stem in ("0_start_here", "7d_reviews"):
        nbformat.write(new_notebook(cells=[new_code_cell("1")]), tmp_path / f"{stem}.ipynb")
    return tmp_path


def test_a_lesson_without_its_data_says_what_to_do_and_is_not_executed(needy, capsys):
    words = ["execute", str(needy / "7d_reviews.ipynb"), str(needy / "out.ipynb")]
    assert main(words) == notebooks.SKIPPED
    said = capsys.readouterr().out
    assert re.match(r"7d_reviews +skipped: reviews/\S+ is not .*; run `python3 start\.py data reviews`", said)
    assert not (needy / "out.ipynb").exists()


def test_lessons_without_their_data_are_left_out(needy, capsys):
    assert main(["present"]) == 0
    assert capsys.readouterr().out == f"{needy / '0_start_here.ipynb'}\n"


def test_nothing_is_lacking_where_the_data_are_or_none_are_needed(needy, monkeypatch):
    assert notebooks.lacking("0_start_here") == ""
    assert notebooks.lacking("99z_unknown") == ""
    monkeypatch.setattr(notebooks, "SOURCES", {"reviews": SimpleNamespace(files={"a.csv": "5a"})})
    monkeypatch.setattr(notebooks, "find", lambda source, file, download: needy / file)
    assert notebooks.lacking("7d_reviews") == ""


def pair(folder: Path, notebook, stem: str = "1a_x") -> None:
    (folder / "source").mkdir(exist_ok=True)
    nbformat.write(notebook, folder / f"{stem}.ipynb")
    jupytext.write(notebook, folder / "source" / f"{stem}.py", fmt="py:percent")


def test_pairs_differ_in_text_tags_or_presence(tmp_path):
    tagged = new_code_cell("x = 1\n\n\ny = 2", metadata={"tags": ["raises-exception"]})
    good = new_notebook(cells=[new_markdown_cell("# What is it?"), tagged])
    pair(tmp_path, good)
    assert notebooks.differing_pairs(tmp_path) == []
    good.cells[1].source = "x = 2"
    nbformat.write(good, tmp_path / "1a_x.ipynb")
    assert notebooks.differing_pairs(tmp_path) == ["1a_x: cell 1 of the notebook and of its source differ"]
    (tmp_path / "source" / "1a_x.py").rename(tmp_path / "source" / "2a_y.py")
    alone = ["1a_x: no notebooks/source/1a_x.py", "2a_y: no notebooks/2a_y.ipynb"]
    assert notebooks.differing_pairs(tmp_path) == alone


def test_execute_writes_outputs_twice_the_same(tmp_path):
    cells = [new_code_cell("from pathlib import Path\nprint(Path.cwd().name)"), new_code_cell("{'b', 'a'}")]
    nbformat.write(new_notebook(cells=cells), tmp_path / "a.ipynb")
    first = notebooks.execute(tmp_path / "a.ipynb", tmp_path / "b.ipynb")
    assert first.error == ""
    assert first.seconds > 0
    assert 0.01 < first.gigabytes < 1
    saved = nbformat.read(tmp_path / "b.ipynb", as_version=4)
    assert [cell.execution_count for cell in saved.cells] == [1, 2]
    assert saved.cells[0].outputs[0].text == f"{tmp_path.name}\n"
    notebooks.execute(tmp_path / "a.ipynb", tmp_path / "c.ipynb")
    assert (tmp_path / "b.ipynb").read_bytes() == (tmp_path / "c.ipynb").read_bytes()


def test_a_stream_is_saved_in_one_piece_however_the_kernel_sends_it(tmp_path):
    cell = "import time\nfor part in 'abc':\n    print(part, flush=True)\n    time.sleep(0.3)"
    source, target = tmp_path / "in.ipynb", tmp_path / "out.ipynb"
    nbformat.write(new_notebook(cells=[new_code_cell(cell)]), source)
    assert notebooks.execute(source, target).error == ""
    (output,) = nbformat.read(target, as_version=4).cells[0].outputs
    assert output.text == "a\nb\nc\n"


def test_execute_says_where_a_lesson_fails(tmp_path):
    cells = [new_code_cell("x = 1"), new_markdown_cell("then"), new_code_cell("print(y)"), new_code_cell("x")]
    nbformat.write(new_notebook(cells=cells), tmp_path / "a.ipynb")
    assert notebooks.execute(tmp_path / "a.ipynb", tmp_path / "b.ipynb").error == (
        "in code cell 2: NameError: name 'y' is not defined"
    )
