"""Numbers that differ between processors: the lints find them, let pass what is safe, and the checkout has none."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from causalrec.course.portability import (
    LINTS,
    complaints,
    portable_digits,
    stable_sorts,
    trained_digits,
    unstable_sorts,
)

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def said(tmp_path):
    """What a lint says of a source: (lint, text) → the lines that it complains of."""

    def lines(lint, text):
        path = tmp_path / "9z_lesson.py"
        path.write_text(text, "utf-8")
        found = lint(path)
        assert all(one.startswith(f"{path}:") for one in found)
        return [int(one.removeprefix(f"{path}:").split(":")[0]) for one in found]

    return lines


@pytest.mark.parametrize("sort", [
    "np.argsort(x)",
    "x.argsort()",
    "argsort(-x)",
    'np.argsort(x, kind="quicksort")',
    'np.argsort(x, kind="heapsort")',
    "torch.argsort(x, stable=False)",
    'table.sort_values("score", ascending=False)',
    'table.sort_values(by="score")',
    'table.sort_values(["score"])',
    "table.sort_values(columns)",
    "x.argpartition(3)[:3]",
    "np.argpartition(x, 3)",
    "counts.nlargest(3)",
    "counts.nsmallest(3)",
    "f(lambda x: x.argsort())",
    "np.argsort(x)  # fast",
    "np.argsort(x)  # no ties:",  # no reason
    "np.argsort(x)  # no ties: ",
])  # fmt: skip
def test_a_sort_that_can_tie_is_found(said, sort):
    assert said(unstable_sorts, f"import numpy as np\n{sort}\n") == [2]


@pytest.mark.parametrize("sort", [
    'np.argsort(x, kind="stable")',
    'x.argsort(kind="mergesort")',
    "torch.argsort(x, stable=True)",
    'table.sort_values("score", kind="stable")',
    'table.sort_values(["user", "item"])',
    'table.sort_values(by=["user", "item"], ascending=[True, False])',
    "np.sort(x)",
    "x.sort()",
    "sorted(x, key=len)",
    "np.lexsort((a, b))",
    "argsort = 3",
    "np.argsort(x)  # no ties: these are the numbers of rows",
    "# no ties: drawn numbers of 53 bits\nnp.argsort(x)",
    "(\n    x.argpartition(3)  # no ties: drawn numbers of 53 bits\n    [:3]\n)",
])  # fmt: skip
def test_a_stable_sort_passes(said, sort):
    assert said(unstable_sorts, f"{sort}\n") == []


def test_the_reason_for_one_sort_does_not_excuse_the_next(said):
    assert said(unstable_sorts, "a = x.argsort()  # no ties: row numbers\nb = y.argsort()\n") == [2]


FITTED = "from causalrec.recommend.interest.neural import fit_head, fit_ncf\nncf = fit_ncf(log, seed=1)\n"


@pytest.mark.parametrize("use", [
    'print(f"{auc(y, ncf.predict(y)):.2f}")',
    'print(f"{auc(y, fit_head(log, vectors)):.3f}")',
    'print(f"{ncf.base:.1%}")',
    'print(f"{ncf.base:,.0f}")',
    'print(f"{ncf.base:.{digits}f}")',
    "ncf.predict(y).round(2)",
    "round(ncf.base, 2)",
    "np.round(ncf.base, 2)",
    "figure.show(figure.dots(ncf.predict(y)))",
    "figure.bars([epoch.loss for epoch in ncf.score.history])",
])  # fmt: skip
def test_digits_of_a_trained_network_are_found(said, use):
    assert said(trained_digits, f"{FITTED}{use}\n") == [3]


@pytest.mark.parametrize("bound", [
    "a = ncf.predict(y)",
    "a = b = [ncf, 1]",
    "(b, *a) = ncf, 1",
    "a = {}\na['NCF'] = ncf",
    "a = {}\na |= {'NCF': ncf}",
    "a = []\na.append(ncf)",
    "b = ncf\na = b",
    "a = {'NCF': lambda log: fit_ncf(log, seed=2)}",
    "a = [one for one in (ncf, ncf)]",
    "def a(log):\n    return fit_ncf(log, seed=3)",
    "for name, model in {'NCF': ncf}.items():\n    a = model",
    "a = b = 0\nfor one in (1, 2):\n    a = b\n    b = ncf",
    "if (a := ncf):\n    pass",
])  # fmt: skip
def test_what_derives_from_a_trained_network_is_followed(said, bound):
    text = f"{FITTED}{bound}\n"
    assert said(trained_digits, text + 'print(f"{f(a):.2f}")\n') == [text.count("\n") + 1]


@pytest.mark.parametrize("use", [
    'print(f"{auc(y, ncf.predict(y)) < other - 0.05}")',
    'print(f"{name:9} {ncf}")',
    "worse = auc(y, ncf.predict(y)) < other - 0.05\nprint(worse)",
    'print(f"{auc(y, knn.predict(y)):.2f}")',
    "figure.show(figure.dots(table))",
    "ncf = fit_item_knn(log)\nprint(f'{ncf.base:.2f}')",
    'print(f"{ncf.base:.1f}")  # holds on every machine: it is a share of the log',
    "# holds on every machine: seen to vary by 1e-4, and the next edge is 1e-2 away\nncf.predict(y).mean().round(1)",
    'fits = {}\nfits["NCF"] = 1\nname = "NCF"\nfits[name] = ncf\nprint(f"{cost(name):.0f}")',
])  # fmt: skip
def test_verdicts_and_reasons_pass(said, use):
    assert said(trained_digits, f"{FITTED}{use}\n") == []


def lesson(*sources):
    """A lesson as causalrec.course.lints has it, a cell of prose before each cell of code."""
    cells = [SimpleNamespace(cell_type=kind, source=s) for s in sources for kind in ("markdown", "code")]
    return SimpleNamespace(cells=tuple(cells), code=tuple(cell for cell in cells if cell.cell_type == "code"))


def test_of_a_lesson_the_cell_is_named():
    assert LINTS == (stable_sorts, portable_digits)
    sorting = lesson("x = [2, 1]\ny = x", "y = 1\nx.argsort()")
    assert [one.split(":")[0] for one in stable_sorts(sorting)] == ["cell 3"]
    assert portable_digits(sorting) == []
    training = lesson("ncf = fit_ncf(log, seed=1)", "y = 1", "y\nround(ncf.base, 2)\n")
    assert [one.split(":")[0] for one in portable_digits(training)] == ["cell 5"]
    assert stable_sorts(training) == []


def test_the_checkout_has_none():
    assert complaints(ROOT) == []


def test_the_whole_checkout_is_looked_at(tmp_path):
    bad = "x.argsort()\nround(fit_ncf(log, seed=1).base, 2)\n"
    code, source, exercises, claims, tests = (
        tmp_path / place / "a.py"
        for place in ("causalrec/shop/raw", "notebooks/source", "notebooks/exercises", "notebooks/claims", "tests")
    )
    for path in (code, source, exercises, claims, tests):
        path.parent.mkdir(parents=True)
        path.write_text(bad, "utf-8")
    expected = [f"{path}:1: " for path in (code, source, exercises, claims)] + [f"{source}:2: "]
    assert [one[: len(start)] for one, start in zip(complaints(tmp_path), expected, strict=True)] == expected
