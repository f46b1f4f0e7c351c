"""The lessons keep the rules, and the lints that say so find what they are meant to find."""

from __future__ import annotations

import itertools
import re
from pathlib import Path
from types import SimpleNamespace

import jupytext
import lesson_tools
import nbformat
import notebook_lints
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from notebook_lints import Lesson

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
LESSONS = {path.stem: Lesson.read(path) for path in NOTEBOOKS}


# ---------------------------------------------------------------------------------------------- the lessons themselves


@pytest.mark.parametrize("lint", notebook_lints.LINTS, ids=lambda lint: lint.__name__)
@pytest.mark.parametrize("name", LESSONS)
def test_lesson_keeps(name, lint):
    assert lint(LESSONS[name]) == []


def test_every_notebook_and_its_source_hold_the_same_cells():
    assert lesson_tools.differing_pairs() == []


@pytest.mark.parametrize("name", LESSONS)
def test_readme_names_the_lesson_with_its_minutes(name):
    lines = (ROOT / "README.md").read_text("utf-8").splitlines()
    rows = [line for line in lines if line.startswith("|") and f"notebooks/{name}.ipynb" in line]
    assert len(rows) == 1, f"README's table of lessons has no row that links to notebooks/{name}.ipynb"
    assert str(LESSONS[name].minutes) in re.findall(r"\b\d+\b", rows[0].rsplit("]", 1)[-1])


@pytest.mark.parametrize("name", LESSONS)
def test_the_data_that_a_lesson_needs_are_here(name):
    if why := lesson_tools.lacking(name):
        pytest.skip(f"{name}: its saved outputs are not compared: {why}")


# ------------------------------------------------------------------------------------------------- data that are absent


@pytest.fixture
def needy(tmp_path, monkeypatch):
    """A lesson that needs data, on a machine that has none; the folder of its notebook."""
    for name in ("CAUSALREC_CACHE", "CAUSALREC_DATA"):
        monkeypatch.setenv(name, str(tmp_path / name))
    monkeypatch.setenv("CAUSALREC_LESSONS", str(tmp_path))
    (tmp_path / "exercises").mkdir()
    (tmp_path / "exercises" / "lesson_7d.py").write_text('NEEDS = ("reviews",)\n', "utf-8")
    monkeypatch.setattr(lesson_tools, "NOTEBOOKS", tmp_path)
    for stem in ("0_start_here", "7d_reviews"):
        nbformat.write(new_notebook(cells=[new_code_cell("1")]), tmp_path / f"{stem}.ipynb")
    return tmp_path


def test_a_lesson_without_its_data_says_what_to_do_and_is_not_executed(needy, capsys):
    words = ["execute", str(needy / "7d_reviews.ipynb"), str(needy / "out.ipynb")]
    assert lesson_tools.main(words) == lesson_tools.SKIPPED
    said = capsys.readouterr().out
    assert re.match(r"7d_reviews +skipped: reviews/\S+ is not .*; run `python3 start\.py data reviews`", said)
    assert not (needy / "out.ipynb").exists()


def test_lessons_without_their_data_are_left_out(needy, capsys):
    assert lesson_tools.main(["present"]) == 0
    assert capsys.readouterr().out == f"{needy / '0_start_here.ipynb'}\n"


def test_nothing_is_lacking_where_the_data_are_or_none_are_needed(needy, monkeypatch):
    assert lesson_tools.lacking("0_start_here") == ""
    assert lesson_tools.lacking("99z_unknown") == ""
    monkeypatch.setattr(lesson_tools, "SOURCES", {"reviews": SimpleNamespace(files={"a.csv": "5a"})})
    monkeypatch.setattr(lesson_tools, "find", lambda source, file, download: needy / file)
    assert lesson_tools.lacking("7d_reviews") == ""


# --------------------------------------------------------------------------------------------- the lints, on small ones

NOTE = "You will see. You need nothing. 5 minutes."


def markdown(text: str):
    return new_markdown_cell(text)


def code(source: str, printed: str | None = None, count: int | None = None, tags: tuple[str, ...] = (), **data: str):
    outputs = [] if printed is None else [new_output("stream", text=printed)]
    if data:
        kinds = {"png": "image/png", "plain": "text/plain", "html": "text/html"}
        alt = data.pop("alt", None)
        metadata = {"image/png": {"alt": alt}} if alt else {}
        bundle = {kinds[kind]: value for kind, value in data.items()}
        outputs.append(new_output("display_data", data=bundle, metadata=metadata))
    return new_code_cell(source, execution_count=count, outputs=outputs, metadata={"tags": list(tags)} if tags else {})


def lesson(*cells, name: str = "5b_combined_ranking") -> Lesson:
    return Lesson(name, cells)


IMPORTS = "from causalrec.causal import CausalGraph\nimport numpy as np\nrng = np.random.default_rng(7)"
ASK = 'answer = ...\ncheck("5b.1", answer)\n# hint("5b.1", 1)\n# solution("5b.1")'
FIGURE = {"png": "AAAA", "plain": "<Figure size 640x400 with 1 Axes>"}

# A lint, a lesson that keeps it, and one that does not, with a word of the complaint.
CASES = {
    "name": ("file_name", lesson(), lesson(name="Lesson5"), "not named"),
    "order": ("executed", lesson(code("1", count=1), code("2", count=2)), lesson(code("1", count=2)), "1..1"),
    "never run": ("executed", lesson(markdown("a")), lesson(code("1")), "None"),
    "semicolon": ("compared", lesson(code("_ = f(1)")), lesson(code("f(1); ")), "`_ = ...`"),
    "no reason": (
        "compared", lesson(code("# not compared: seconds differ\nf()", tags=("nbval-ignore-output",))),
        lesson(code("f()", tags=("nbval-ignore-output",))), "say why",
    ),
    "no reason in a comment": ("compared", lesson(code("f()")), lesson(code("# NBVAL_IGNORE_OUTPUT\nf()")), "say why"),
    "warning": (
        "without_errors", lesson(code("1", "fine")), lesson(new_code_cell("1", outputs=[new_output(
            "stream", name="stderr", text="FutureWarning")])), "warning",
    ),
    "address": ("lasting_outputs", lesson(code("x", "SCM(3)")), lesson(code("x", "<SCM at 0x7f3a2b1c9d>")), "0x7f3a"),
    "scalar": ("lasting_outputs", lesson(code("x", "0.5")), lesson(code("x", plain="np.float64(0.5)")), "np.float64"),
    "path": ("lasting_outputs", lesson(code("x", "data/a.csv")), lesson(code("x", "/home/me/a.csv")), "/home/"),
    "alt text": (
        "described_figures", lesson(code("draw()", "Three bars, the second is the highest.", alt="bars", **FIGURE)),
        lesson(code("draw()", "Three bars, the second is the highest.", **FIGURE)), "alt text",
    ),
    "description": (
        "described_figures", lesson(code("draw()", "Three bars, the second is the highest.", alt="bars", **FIGURE)),
        lesson(code("draw()", alt="bars", **FIGURE)), "description",
    ),
    "too many cells": ("sizes", lesson(*[code("1")] * 40), lesson(*[code("1")] * 41), "41 code cells"),
    "too many words": ("sizes", lesson(markdown("word " * 2500)), lesson(markdown("word " * 2501)), "2501 words"),
    "long cell": ("sizes", lesson(code("a\n" * 12 + '# hint("5b.1")')), lesson(code("a\n" * 13)), "13 lines"),
    "long figure": ("sizes", lesson(code("a\n" * 18, **FIGURE)), lesson(code("a\n" * 19, **FIGURE)), "18 allowed"),
    "not a question": ("headings", lesson(markdown("# Why?")), lesson(markdown("# Why")), "not a question"),
    "two titles": ("headings", lesson(markdown("# Why?\n## B")), lesson(markdown("# Why?\n# B?")), "one H1"),
    "no title": ("headings", lesson(markdown("# Why?")), lesson(markdown("text"), markdown("# Why?")), "one H1"),
    "skipped level": ("headings", lesson(markdown("# A?\n## B\n### C")), lesson(markdown("# A?\n### C")), "skips"),
    "comment is no heading": (
        "headings", lesson(markdown("# A?\n```\n# code\n```")), lesson(markdown("# A?\n# B")), "one H1",
    ),
    "vague link": ("headings", lesson(markdown("# A?\n[Pearl](u)")), lesson(markdown("# A?\n[here](u)")), "'here'"),
    "no references": (
        "closing", lesson(markdown("## What can go wrong\n## Summary\n## References")),
        lesson(markdown("## What can go wrong\n## Summary")), "References",
    ),
    "minutes": ("stated_minutes", lesson(markdown(NOTE)), lesson(markdown("About 10 minutes.")), "says [10] minutes"),
    "no minutes": ("stated_minutes", lesson(markdown(NOTE)), lesson(markdown("# A?")), "says []"),
    "late import": ("imports", lesson(code(IMPORTS)), lesson(code(IMPORTS), code("import pandas as pd")), "outside"),
    "import of ours is free": (
        "imports", lesson(code(IMPORTS), code("from causalrec.causal import ipw")),
        lesson(code(IMPORTS), code("import causalrec.causal as c")), "by name",
    ),
    "star": ("imports", lesson(code(IMPORTS)), lesson(code("from causalrec.causal import *")), "import *"),
    "unseeded": ("imports", lesson(code(IMPORTS), code("f(rng)")), lesson(code("1"), code("f(rng)")), "seeded"),
    "class": ("allowed_code", lesson(code("x = 1")), lesson(code("class A:\n    pass")), "a class"),
    "path trick": ("allowed_code", lesson(code("x = 1")), lesson(code("sys.path.append('..')")), "path trick"),
    "magic": ("allowed_code", lesson(code("x = 5 % 2")), lesson(code("%matplotlib inline")), "magic"),
    "install": ("allowed_code", lesson(code("x != 1")), lesson(code("!pip install x")), "shell"),
    "seed": ("allowed_code", lesson(code("f(seed=1)")), lesson(code("np.random.seed(1)")), "seed"),
    "figure by hand": ("allowed_code", lesson(code("bars(x)")), lesson(code("plt.bar(x, y)")), "figure"),
    "interact": ("allowed_code", lesson(code("slider(f)")), lesson(code("interact(f, x=3)")), "interact"),
    "long function": (
        "allowed_code", lesson(code("def f(x):\n    'Doc.'\n" + "    x += 1\n" * 8)),
        lesson(code("def f(x):\n" + "    x += 1\n" * 9)), "9 lines",
    ),
    "reused helper": (
        "allowed_code", lesson(code("def f(x):\n    return x"), code("f(1)"), code("f(2)")),
        lesson(code("def f(x):\n    return x"), code("f(1)"), code("f(2)"), code("f(3)")), "4 cells",
    ),
    "few exercises": (
        "exercises", lesson(*(code(ASK.replace("5b.1", f"5b.{n}")) for n in (1, 2, 3))), lesson(code(ASK)), "1 exerc",
    ),
    "one is enough in lesson 0": (
        "exercises", lesson(code(ASK.replace("5b.1", "0.1")), name="0_start_here"), lesson(name="0_start_here"), "0 ex",
    ),
    "foreign id": (
        "exercises", lesson(code(ASK.replace("5b.1", "0.1")), name="0_start_here"),
        lesson(code(ASK), name="0_start_here"), "number of lesson 0",
    ),
    "answer given": (
        "exercises", lesson(code(ASK.replace("5b.1", "0.1")), name="0_start_here"),
        lesson(code(ASK.replace("5b.1", "0.1").replace("...", "3")), name="0_start_here"), "no `answer = ...`",
    ),
    "no hint": (
        "exercises", lesson(code(ASK.replace("5b.1", "0.1")), name="0_start_here"),
        lesson(code('answer = ...\ncheck("0.1", answer)\n# solution("0.1")'), name="0_start_here"), "hint",
    ),
    "no guess": ("guess_first", lesson(code("guess = ...\ncheck('5b.1', guess)")), lesson(code("x = ...")), "guess"),
    "emoji": ("plain_prose", lesson(markdown("Now \u2192 then")), lesson(markdown("Good \U0001F389")), "U0001f389"),
    "filler": ("plain_prose", lesson(markdown("We look.")), lesson(markdown("Let's dive into it.")), "dive"),
}


@pytest.mark.parametrize("case", CASES)
def test_a_lint_tells_good_from_bad(case):
    name, good, bad, words = CASES[case]
    lint = getattr(notebook_lints, name)
    assert lint(good) == []
    assert any(words in complaint.encode("ascii", "backslashreplace").decode() for complaint in lint(bad)), lint(bad)


def test_every_lint_has_a_bad_example():
    tested = {name for name, *_ in CASES.values()} | {"numbers_in_prose"}
    assert {lint.__name__ for lint in notebook_lints.LINTS} == tested


@pytest.mark.parametrize("tag", [(), ("raises-exception",)])
def test_saved_errors_need_their_tag(tag):
    cell = new_code_cell("1 / 0", metadata={"tags": list(tag)})
    cell.outputs = [new_output("error", ename="ZeroDivisionError", evalue="", traceback=[])]
    assert bool(notebook_lints.without_errors(lesson(cell))) == (tag == ())


@pytest.mark.parametrize("text", [
    "The effect is 0.05.", "The effect is .05.", "It sells 5% more.", "It sells 5 % more.", "It sells 5 percent more.",
    "It sells 12.5\\% more.", "$\\tau = 0{.}05$", "$p = 0.4q$", "It sells 3 times as much.", "A 2.5-fold rise.",
    "It is three times as much.", "| a | 0.05 |", "- 0.05", "Twice 0.05 is more. Pearl (2009) says so.",
    "The first is `0.05`.",
])
def test_numbers_in_prose_are_found(text):
    assert len(notebook_lints.numbers_in_prose(lesson(markdown(text)))) == 1


@pytest.mark.parametrize("text", [
    "There are 1,200 users, 60 items each.", "Exercise 0.1 comes first.", "See section 3.2 and figure 2.1.",
    "Python 3.11 or newer, under CC BY 4.0.", "Charig et al. (1986) found 78 %.", 'Run `check("0.1", answer)`.',
    "In [the paper](https://example.org/a) it is 0.05.", "See https://example.org/2.5/x.", "Lesson 5b.2, item 3.",
    "```\nx = 0.5\n```", "<!-- 0.5 -->", "We ask three times.", "A version 1.2.3 of it.",
    "In brackets stands a 95 % interval.", "A 95% confidence interval.",
])
def test_other_numbers_are_free(text):
    assert notebook_lints.numbers_in_prose(lesson(markdown(text))) == []


@pytest.mark.parametrize(("shown", "text", "free"), [
    ("effect 0.05", "The effect is 0.05.", True), ("effect 0.05", "The effect is .05.", True),
    ("effect 0.053", "The effect is 0.05.", False), ("effect 10.05", "The effect is 0.05.", False),
    ("up by 5%", "It is 5 % more.", True), ("up by 5", "It is 5 % more.", False),
    ("up by 15%", "It is 5 % more.", False),
    ("3 times", "It is 3 times as much.", True), ("3", "It is 3 times as much.", False),
])
def test_a_number_printed_above_is_free(shown, text, free):
    assert (notebook_lints.numbers_in_prose(lesson(code("f()", shown), markdown(text))) == []) == free
    assert notebook_lints.numbers_in_prose(lesson(markdown(text), code("f()", shown))) != []


def test_a_number_in_html_printed_above_is_free():
    above = code("claim('5b.x')", html="<p>The effect is <b>0.05</b>.</p>")
    assert notebook_lints.numbers_in_prose(lesson(above, markdown("0.05 is small."))) == []


def test_minutes_by_hand():
    # 800 words: 4 minutes; 10 code cells: 5; 2 exercises: 8; together 17, in fives 15
    asks = [code(ASK.replace("5b.1", f"5b.{n}")) for n in (1, 2)]
    assert lesson(markdown("word " * 800), *asks, *[code("1")] * 8).minutes == 15
    assert lesson(markdown("few words")).minutes == 5


def test_words_count_formulas_code_and_links_once():
    text = "Let $a + b = c$ and `f(x, y)` and [this paper](https://example.org/a/b).\n```\nnot these words\n```"
    assert lesson(markdown(text)).words == len("Let formula and formula and this paper".split())


def test_a_guess_and_a_commented_check_are_no_exercises():
    checks = '# check("5b.9", answer)\ncheck("5b.1", answer)\ncheck("5b.guess", guess)'
    assert lesson(code(checks)).exercises == ("5b.1",)


def pair(folder: Path, notebook, stem: str = "1a_x") -> None:
    (folder / "source").mkdir(exist_ok=True)
    nbformat.write(notebook, folder / f"{stem}.ipynb")
    jupytext.write(notebook, folder / "source" / f"{stem}.py", fmt="py:percent")


def test_pairs_differ_in_text_tags_or_presence(tmp_path):
    good = new_notebook(cells=[markdown("# What is it?"), code("x = 1\n\n\ny = 2", tags=("raises-exception",))])
    pair(tmp_path, good)
    assert lesson_tools.differing_pairs(tmp_path) == []
    good.cells[1].source = "x = 2"
    nbformat.write(good, tmp_path / "1a_x.ipynb")
    assert lesson_tools.differing_pairs(tmp_path) == ["1a_x: cell 1 of the notebook and of its source differ"]
    (tmp_path / "source" / "1a_x.py").rename(tmp_path / "source" / "2a_y.py")
    alone = ["1a_x: no notebooks/source/1a_x.py", "2a_y: no notebooks/2a_y.ipynb"]
    assert lesson_tools.differing_pairs(tmp_path) == alone


def test_execute_writes_outputs_twice_the_same(tmp_path):
    cells = [code("from pathlib import Path\nprint(Path.cwd().name)"), code("{'b', 'a'}")]
    nbformat.write(new_notebook(cells=cells), tmp_path / "a.ipynb")
    first = lesson_tools.execute(tmp_path / "a.ipynb", tmp_path / "b.ipynb")
    assert first.error == ""
    assert first.seconds > 0
    assert 0.01 < first.gigabytes < 1
    saved = nbformat.read(tmp_path / "b.ipynb", as_version=4)
    assert [cell.execution_count for cell in saved.cells] == [1, 2]
    assert saved.cells[0].outputs[0].text == f"{tmp_path.name}\n"
    lesson_tools.execute(tmp_path / "a.ipynb", tmp_path / "c.ipynb")
    assert (tmp_path / "b.ipynb").read_bytes() == (tmp_path / "c.ipynb").read_bytes()


def test_a_stream_is_saved_in_one_piece_however_the_kernel_sends_it(tmp_path):
    cell = "import time\nfor part in 'abc':\n    print(part, flush=True)\n    time.sleep(0.3)"
    source, target = tmp_path / "in.ipynb", tmp_path / "out.ipynb"
    nbformat.write(new_notebook(cells=[code(cell)]), source)
    assert lesson_tools.execute(source, target).error == ""
    (output,) = nbformat.read(target, as_version=4).cells[0].outputs
    assert output.text == "a\nb\nc\n"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_saved_streams_are_in_one_piece(path):
    outputs = [cell.outputs for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    pieces = [(one.get("name"), other.get("name")) for cell in outputs for one, other in itertools.pairwise(cell)]
    assert [pair for pair in pieces if pair[0] is not None and pair[0] == pair[1]] == []


def test_execute_says_where_a_lesson_fails(tmp_path):
    bad = new_notebook(cells=[code("x = 1"), markdown("then"), code("print(y)"), code("x")])
    nbformat.write(bad, tmp_path / "a.ipynb")
    assert lesson_tools.execute(tmp_path / "a.ipynb", tmp_path / "b.ipynb").error == (
        "in code cell 2: NameError: name 'y' is not defined"
    )
