"""A thousand of the millions of questions of `benchmarks/identify.py --sweep`; and the checker itself is checked."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from causal.exact_truth import Model, random_graph_text, structure

from benchmarks import sweep, sweep_report
from benchmarks.sweep import CHUNK, MODELS, Models, ask, checked, done, fault
from causalrec.causal import CausalGraph, Fraction, Identified, NotIdentified, P, Product, Query, Sum, identify

CONFOUNDED = CausalGraph.parse("Z -> X; Z -> Y; X -> Y")
BOW = CausalGraph.parse("X -> Y; X <-> Y")
EFFECT = Query("Y", "X")


def models_of(graph: CausalGraph, seed: int = 0) -> Models:
    return Models(graph, np.random.default_rng(seed))


def test_a_thousand_questions_are_answered_right():
    chunk = ask(0, 1_000)
    assert chunk["faults"] == []
    sizes = {row: kinds for row, kinds in chunk["counts"].items() if row.endswith("nodes")}
    shapes = [kinds for row, kinds in chunk["counts"].items() if row not in sizes]
    assert set(sizes) == {f"{nodes} nodes" for nodes in (3, 4, 5, 6, 7)}
    assert len(shapes) == 3 * 2 * 2
    kinds = sum(shapes, Counter())
    assert kinds == sum(sizes.values(), Counter())
    assert kinds.total() == 1_000
    assert kinds["wrong"] == 0
    assert min(kinds[kind] for kind in ("back door", "ID", "IDC", "refused")) >= 100


def test_a_chunk_is_drawn_from_its_number_alone():
    asked: dict[int, list[str]] = {}

    def noted(query, graph, method):
        asked[number].append(f"{query} in {graph}")
        return identify(query, graph, method=method)

    for number in (7, 8):
        asked[number] = []
        first = ask(number, 50, noted)
        again = ask(number, 50)
        assert (first["counts"], first["faults"]) == (again["counts"], [])
    assert len(asked[7]) == 100
    assert set(asked[7]).isdisjoint(asked[8])


# ---- the truth -----------------------------------------------------------------------------------------------------


def same_model(models: Models, number: int) -> Model:
    """One of the models in the form of the tests' own truth. Fails where a factor looks at what is no cause."""
    parents = structure(models.graph)
    hidden = [name for name in parents if name not in models.graph.nodes]
    axes = [*hidden, *models.graph.nodes]
    priors = models.hidden[number].reshape([2] * len(hidden))
    factors = {name: priors.sum(axis=tuple(place for place, other in enumerate(hidden) if other != name))
               for name in hidden}
    for node in models.graph.nodes:
        full = models.factors[node][number].reshape([2] * len(axes))
        own = full[tuple(slice(None) if name in (*parents[node], node) else slice(1) for name in axes)]
        assert (full == own).all()
        np.testing.assert_allclose(own.sum(axis=axes.index(node)), 1)
        kept = [name for name in axes if name in (*parents[node], node)]
        factors[node] = own.squeeze(tuple(place for place, name in enumerate(axes) if name not in kept)).transpose(
            [kept.index(name) for name in (*parents[node], node)])
    return Model(models.graph.nodes, parents, factors)


def test_the_truth_is_that_of_the_other_tests():
    rng = np.random.default_rng(1)
    for seed in range(30):
        graph = CausalGraph.parse(random_graph_text(rng, int(rng.integers(3, 6)), 0.6, 0.4, most_hidden=4))
        models = models_of(graph, seed)
        y, x, w = graph.nodes[:3]
        for number in range(MODELS):
            other = same_model(models, number)
            for given in ((), (w,)):
                truth = models.conditional(frozenset({y}), frozenset(given), frozenset({x}))[number]
                np.testing.assert_allclose(truth.squeeze(), other.answer((y,), (x,), given).transpose(
                    np.argsort([graph.nodes.index(name) for name in (y, x, *given)])), rtol=1e-12)


def test_the_three_models_and_all_their_chances_differ():
    models = models_of(BOW)
    assert len(np.unique(models.factors["Y"])) == MODELS * 8
    assert len(np.unique(models.hidden)) == MODELS * 2


def test_a_formula_is_read_literally():
    models = models_of(CONFOUNDED)
    law = models.law(frozenset())  # axes: model, Z, X, Y
    given_xz = law / law.sum(axis=3, keepdims=True)
    z = law.sum(axis=(2, 3), keepdims=True)
    adjusted = Sum("Z", Product((P("Y", given=("X", "Z")), P("Z"))))
    np.testing.assert_allclose(models.value(adjusted), (given_xz * z).sum(axis=1, keepdims=True))
    np.testing.assert_allclose(models.value(Fraction(P(("Z", "X", "Y")), P(("Z", "X")))), given_xz)
    np.testing.assert_allclose(models.value(Product(())), 1)
    np.testing.assert_allclose(models.value(Sum("Z", Fraction(P(("X", "Z")), P("Z", given="X")))),
                               2 * law.sum(axis=(1, 3), keepdims=True))
    with pytest.raises(TypeError, match=r"P\(Y \| do\(X\)\)"):
        models.value(P("Y", do="X"))


# ---- wrong answers are found ---------------------------------------------------------------------------------------


def answered(estimand) -> Identified:
    found = identify(EFFECT, CONFOUNDED)
    assert isinstance(found, Identified)
    return replace(found, estimand=estimand)


def refused(*hedge: str) -> NotIdentified:
    found = identify(EFFECT, BOW)
    assert isinstance(found, NotIdentified)
    return replace(found, hedge=tuple(map(CausalGraph.parse, hedge))) if hedge else found


def test_right_answers_have_no_fault():
    assert fault(identify(EFFECT, CONFOUNDED), EFFECT, models_of(CONFOUNDED)) == ""
    assert fault(refused(), EFFECT, models_of(BOW)) == ""


@pytest.mark.parametrize("estimand", [
    P("Y", given="X"), P("Y"), P("Y", given=("X", "Z")), P("Y", do="X"), Product(()),
    Sum("Z", Product((P("Y", given=("X", "Z")), P("Z", given="X")))),
    Product((P("Y", given="X"), P("Y", given="X"))), P("W"), None,
], ids=str)  # fmt: skip
def test_a_wrong_formula_is_found(estimand):
    kind, faults = checked(EFFECT, models_of(CONFOUNDED), lambda *_, method: answered(estimand))
    assert kind == "wrong"
    assert len(faults) == 2  # by both methods
    assert faults[0].removeprefix("textbook: ") == faults[1].removeprefix("ID: ")


def test_a_fault_names_distance_and_formula():
    words = fault(answered(P("Y", given="X")), EFFECT, models_of(CONFOUNDED))
    assert re.fullmatch(r"off by up to 0\.\d+: P\(Y \| X\)", words)


def test_a_formula_that_is_wrong_in_one_model_only_is_found():
    """P(y | x) is P(y | do(x)) where Z does not change Y."""
    models = models_of(CONFOUNDED)
    models.factors["Y"] = models.factors["Y"].copy()
    y = models.factors["Y"].reshape(MODELS, 2, 2, 2)
    y[:2] = y[:2].mean(axis=1, keepdims=True)
    assert fault(answered(P("Y", given="X")), EFFECT, models).startswith("off by up to 0.")
    y[:] = y.mean(axis=1, keepdims=True)
    fresh = models_of(CONFOUNDED)
    fresh.factors = models.factors
    assert fault(answered(P("Y", given="X")), EFFECT, fresh) == ""


@pytest.mark.parametrize("hedge", [
    ("X -> Y; X <-> Y", "X"), ("X -> Y; X <-> Y", "X -> Y; X <-> Y"), ("Y", "Y"), ("X -> Y", "Y"),
    ("Y -> X; X <-> Y", "Y"), ("X; Y; X <-> Y", "Y"), ("X -> Y; X <-> Y; Y <-> Z", "Y"),
])  # fmt: skip
def test_a_wrong_hedge_is_found(hedge):
    kind, faults = checked(EFFECT, models_of(BOW), lambda *_, method: refused(*hedge))
    assert kind == "wrong"
    assert len(faults) == 2


def test_a_refusal_of_what_can_be_answered_is_found():
    assert checked(EFFECT, models_of(CONFOUNDED), lambda *_, method: refused())[0] == "wrong"
    assert checked(EFFECT, models_of(CausalGraph.parse("X -> Y")), lambda *_, method: refused())[0] == "wrong"


def test_an_error_and_a_disagreement_are_found():
    def broken(query, graph, method):
        raise ZeroDivisionError("no luck")

    assert checked(EFFECT, models_of(BOW), broken) == ("wrong", ["textbook: ZeroDivisionError: no luck",
                                                                 "ID: ZeroDivisionError: no luck"])
    by_id = checked(EFFECT, models_of(BOW), lambda *_, method: refused() if method == "ID" else answered(P("Y")))
    assert by_id[0] == "wrong"
    assert len(by_id[1]) == 1


def test_what_is_wrong_can_be_asked_again():
    def seeing(query, graph, method):
        """Take seeing for doing."""
        found = identify(query, graph, method=method)
        return found if isinstance(found, NotIdentified) else replace(
            found, estimand=P(query.outcome, given=query.treatments + query.conditions))

    chunk = ask(3, 200, seeing)
    wrong = sum(kinds["wrong"] for kinds in chunk["counts"].values()) // 2
    assert 40 <= wrong <= 120  # it is right where nothing confounds
    assert len(chunk["faults"]) == sweep.SHOWN
    for one in chunk["faults"]:
        assert one["what"].startswith(("textbook: off by up to", "ID: off by up to"))
        graph = CausalGraph.parse(one["graph"])
        asked, _, behind = one["query"].removeprefix("P(").removesuffix(")").partition(" | ")
        do, _, given = behind.removeprefix("do(").partition(")") if "do(" in behind else ("", "", behind)
        query = Query(*(tuple(filter(None, names.strip(", ").split(", "))) for names in (asked, do, given)))
        assert str(query) == one["query"]
        assert fault(seeing(query, graph, "ID"), query, models_of(graph)).startswith("off by")
        assert fault(identify(query, graph), query, models_of(graph)) == ""


# ---- going on where it was -----------------------------------------------------------------------------------------


class Serial:
    """In the place of two processes: this one, which is killed when it comes to a certain chunk."""

    killed_at = -1

    def __init__(self, *_) -> None:
        pass

    def __enter__(self) -> Serial:
        return self

    def __exit__(self, *_) -> None:
        pass

    def map(self, work, numbers):
        for number in numbers:
            if number == self.killed_at:
                raise KeyboardInterrupt
            yield work(number)


def test_a_run_that_is_killed_goes_on_where_it_was(tmp_path, monkeypatch, capsys):
    state, asked = tmp_path / "new" / "state.jsonl", []
    monkeypatch.setattr(sweep, "ProcessPoolExecutor", Serial)
    monkeypatch.setattr(sweep, "ask", lambda number: asked.append(number) or {**ask(number, 10), "questions": CHUNK})
    monkeypatch.setattr(Serial, "killed_at", 3)
    with pytest.raises(KeyboardInterrupt):
        sweep.sweep(5 * CHUNK, state)
    assert asked == [0, 1, 2]
    whole = state.read_text("utf-8")
    state.write_text(whole[:-40], "utf-8")  # killed while it wrote
    assert [*done(state)] == [0, 1]
    monkeypatch.setattr(Serial, "killed_at", -1)
    sweep.sweep(5 * CHUNK - 1, state)
    assert asked == [0, 1, 2, 2, 3, 4]
    assert sorted(done(state)) == [0, 1, 2, 3, 4]
    assert "10,000 asked, 0 wrong in this run" in capsys.readouterr().err
    sweep.sweep(5 * CHUNK, state)
    assert len(asked) == 6
    assert f"**{5 * CHUNK:,} questions, 0 wrong.**" in sweep_report.report(state)


def test_another_engine_s_chunks_do_not_count(tmp_path, monkeypatch):
    monkeypatch.setattr(sweep, "ENGINE", tmp_path)
    monkeypatch.setattr(sweep, "ROOMS", ("",))
    keys = []
    for text in ("x = 1", '"""Says."""\nx = 1  # why', "def f():\n    '''Says.'''\n    return 1", "def f(): return 1",
                 "def f(): return 2"):
        (tmp_path / "engine.py").write_text(text, "utf-8")
        sweep.engine_key.cache_clear()
        keys.append(sweep.engine_key())
    (tmp_path / "state").write_text("\n".join(json.dumps({"engine": key, "chunk": number})
                                              for number, key in enumerate(keys)), "utf-8")
    counted = [*done(tmp_path / "state")]
    sweep.engine_key.cache_clear()
    assert keys[0] == keys[1] != keys[2] == keys[3] != keys[4]
    assert counted == [4]


def test_the_table_counts_and_lists_what_is_wrong(tmp_path):
    state = tmp_path / "state.jsonl"
    assert "**0 questions, 0 wrong.**" in sweep_report.report(state)
    shape = "one treatment, one outcome, no condition"
    for number, wrong in enumerate((0, 2)):
        kinds = {"back door": 1_000, "seeing": 1_000, "refused": 3_000 - wrong, "wrong": wrong}
        fault_found = {"graph": "X -> Y", "query": "P(Y | do(X))", "what": "ID: off by up to 0.1: P(Y | X)\nall"}
        with state.open("a", encoding="utf-8") as lines:
            print(json.dumps({
                "engine": sweep.engine_key(), "chunk": number, "questions": 5_000, "seconds": 50.0, "cpu": 25.0,
                "counts": {"3 nodes": kinds, shape: kinds}, "faults": [fault_found] * wrong,
            }), file=lines)
    text = sweep_report.report(state)
    assert "**10,000 questions, 2 wrong.**" in text
    assert "| graphs | number | back door | front door | ID | IDC | seeing | refused | wrong |" in text
    assert f"| {shape} | 10,000 | 2,000 | 0 | 0 | 0 | 2,000 | 5,998 | 2 |" in text
    assert "| 3 nodes | 10,000 | 2,000 | 0 | 0 | 0 | 2,000 | 5,998 | 2 |" in text
    assert "200 questions a second of a core" in text
    assert "6.9 hours" in text
    assert "2.0 times as long" in text.replace("\n", " ")
    assert "NOT MET" in text
    assert text.count("| 1 | `X -> Y` | `P(Y \\| do(X))` | ID: off by up to 0.1: P(Y \\| X) all |") == 2
