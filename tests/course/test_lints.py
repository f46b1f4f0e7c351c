"""The lints find what they are meant to find, and nothing else."""

from __future__ import annotations

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output

from causalrec.course import lints
from causalrec.course.lints import Lesson

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
    lint = getattr(lints, name)
    assert lint(good) == []
    assert any(words in complaint.encode("ascii", "backslashreplace").decode() for complaint in lint(bad)), lint(bad)


def test_every_lint_has_a_bad_example():
    tested = {name for name, *_ in CASES.values()} | {"numbers_in_prose"}
    assert {lint.__name__ for lint in lints.LINTS} == tested


@pytest.mark.parametrize("tag", [(), ("raises-exception",)])
def test_saved_errors_need_their_tag(tag):
    cell = new_code_cell("1 / 0", metadata={"tags": list(tag)})
    cell.outputs = [new_output("error", ename="ZeroDivisionError", evalue="", traceback=[])]
    assert bool(lints.without_errors(lesson(cell))) == (tag == ())


@pytest.mark.parametrize("text", [
    "The effect is 0.05.", "The effect is .05.", "It sells 5% more.", "It sells 5 % more.", "It sells 5 percent more.",
    "It sells 12.5\\% more.", "$\\tau = 0{.}05$", "$p = 0.4q$", "It sells 3 times as much.", "A 2.5-fold rise.",
    "It is three times as much.", "| a | 0.05 |", "- 0.05", "Twice 0.05 is more. Pearl (2009) says so.",
    "The first is `0.05`.",
])
def test_numbers_in_prose_are_found(text):
    assert len(lints.numbers_in_prose(lesson(markdown(text)))) == 1


@pytest.mark.parametrize("text", [
    "There are 1,200 users, 60 items each.", "Exercise 0.1 comes first.", "See section 3.2 and figure 2.1.",
    "Python 3.11 or newer, under CC BY 4.0.", "Charig et al. (1986) found 78 %.", 'Run `check("0.1", answer)`.',
    "In [the paper](https://example.org/a) it is 0.05.", "See https://example.org/2.5/x.", "Lesson 5b.2, item 3.",
    "```\nx = 0.5\n```", "<!-- 0.5 -->", "We ask three times.", "A version 1.2.3 of it.",
    "In brackets stands a 95 % interval.", "A 95% confidence interval.",
])
def test_other_numbers_are_free(text):
    assert lints.numbers_in_prose(lesson(markdown(text))) == []


@pytest.mark.parametrize(("shown", "text", "free"), [
    ("effect 0.05", "The effect is 0.05.", True), ("effect 0.05", "The effect is .05.", True),
    ("effect 0.053", "The effect is 0.05.", False), ("effect 10.05", "The effect is 0.05.", False),
    ("up by 5%", "It is 5 % more.", True), ("up by 5", "It is 5 % more.", False),
    ("up by 15%", "It is 5 % more.", False),
    ("3 times", "It is 3 times as much.", True), ("3", "It is 3 times as much.", False),
])
def test_a_number_printed_above_is_free(shown, text, free):
    assert (lints.numbers_in_prose(lesson(code("f()", shown), markdown(text))) == []) == free
    assert lints.numbers_in_prose(lesson(markdown(text), code("f()", shown))) != []


def test_a_number_in_html_printed_above_is_free():
    above = code("claim('5b.x')", html="<p>The effect is <b>0.05</b>.</p>")
    assert lints.numbers_in_prose(lesson(above, markdown("0.05 is small."))) == []


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
