"""Exact values of formulas with do(): by hand, against truth multiplied out elsewhere, and against their definition."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from causal.exact_truth import Model, drawn, random_graph_text

from causalrec.causal.formulas.expression import Fraction, P, Product, Sum
from causalrec.causal.graphs.graph import CausalGraph
from causalrec.causal.models.exact import random_model, value
from causalrec.causal.models.scm import SCM, additive, bernoulli, categorical, deterministic, exogenous
from causalrec.errors import IdentificationError, ModelError


def as_scm(model: Model) -> SCM:
    """The model of the test's own enumerator, written as equations of the kit."""
    def mechanism(node):
        factor = model.factors[node]
        return categorical(model.parents[node], lambda *values: factor[tuple(v.astype(int) for v in values)],
                           range(factor.shape[-1]))

    return SCM({node: mechanism(node) for node in model.parents}, frozenset(set(model.parents) - set(model.nodes)))


def test_a_bow_by_hand():
    """H is a fair coin, X copies it in 3 of 4 cases, Y = 1 with chance .1 + .2 X + .5 H."""
    model = SCM({
        "H": bernoulli((), lambda: 0.5),
        "X": bernoulli(("H",), lambda h: np.where(h == 1, 0.75, 0.25)),
        "Y": bernoulli(("X", "H"), lambda x, h: 0.1 + 0.2 * x + 0.5 * h),
    }, frozenset({"H"}))
    done, seen = value(P("Y", do="X"), model), value(P("Y", given="X"), model)
    assert done.variables == seen.variables == ("Y", "X")
    assert done.probability(Y=1, X=1) == pytest.approx(0.3 + 0.5 * 0.5)
    assert seen.probability(Y=1, X=1) == pytest.approx(0.3 + 0.5 * 0.75)
    both = value(Product([P("Y", do="X"), P("X")]), model)
    assert both.probability(Y=1, X=0) == pytest.approx((0.1 + 0.25) * 0.5)
    assert value(Sum("Y", P("Y", do="X")), model).probabilities == pytest.approx([1, 1])
    ratio = value(Fraction(P(("X", "Y")), P("X")), model)
    assert ratio.probability(Y=1, X=1) == pytest.approx(seen.probability(Y=1, X=1))


def test_a_name_summed_over_inside_may_be_free_outside():
    """The front-door formula holds X free and bound at once, and equals do()."""
    model = random_model(CausalGraph.parse("X -> Z -> Y; X <-> Y"), np.random.default_rng(3))
    formula = Sum("Z", Product([P("Z", given="X"), Sum("X", Product([P("Y", given=("X", "Z")), P("X")]))]))
    found, truth = value(formula, model), value(P("Y", do="X"), model)
    for x, y in itertools.product((0, 1), repeat=2):
        assert found.probability(X=x, Y=y) == pytest.approx(truth.probability(X=x, Y=y), abs=1e-12)


def test_every_do_equals_the_product_without_the_factors_of_what_is_set():
    rng = np.random.default_rng(8)
    widest = 0
    for _ in range(60):
        graph = CausalGraph.parse(random_graph_text(rng, int(rng.integers(3, 7)), 0.5, 0.3))
        model = drawn(graph, rng, values=3)
        nodes = rng.permutation(graph.nodes).tolist()
        set_, given = int(rng.integers(0, 3)), int(rng.integers(0, 2))
        y, x, w = nodes[:1], nodes[1:1 + set_], nodes[1 + set_:1 + set_ + given]
        found = value(P(y, given=w, do=x), as_scm(model))
        assert found.variables == (*y, *x, *w)
        assert found.probabilities == pytest.approx(model.answer(y, x, w), abs=1e-12)
        widest = max(widest, len(found.variables))
    assert widest == 4


def test_every_do_equals_its_submodels():
    model = random_model(CausalGraph.parse("W -> Z -> X -> Y; W <-> X; W <-> Y"), np.random.default_rng(4))
    done = value(P("Y", do=("X", "W")), model)
    for x, w in itertools.product((0, 1), repeat=2):
        assert done.at(X=x, W=w).probabilities == pytest.approx(model.do(X=x, W=w).table("Y").probabilities, abs=1e-12)


def test_a_random_model_has_the_graph_and_every_case():
    rng = np.random.default_rng(5)
    for _ in range(30):
        graph = CausalGraph.parse(random_graph_text(rng, int(rng.integers(2, 7)), 0.5, 0.4))
        model = random_model(graph, rng)
        assert model.visible_graph == graph
        assert (model.table().probabilities > 0).all()
    awkward = CausalGraph.parse("hidden1 -> Y; hidden1 <-> Y; hidden2")
    assert random_model(awkward, rng).visible_graph == awkward


def test_random_models_differ_and_can_be_drawn_again():
    graph = CausalGraph.parse("X -> Y; X <-> Y")
    one, same, other = (random_model(graph, np.random.default_rng(seed)).table().probabilities for seed in (1, 1, 2))
    assert (one == same).all()
    assert abs(one - other).max() > 0.01


def test_values_that_only_an_experiment_shows_count_too():
    """X copies C, and Y = X + C: no log shows Y = 1, but it follows do(X = 1) in half of the cases."""
    model = SCM({"C": bernoulli((), lambda: 0.5), "X": deterministic(("C",), lambda c: c),
                 "Y": deterministic(("X", "C"), lambda x, c: x + c)})
    done, seen = value(P("Y", do="X"), model), value(P("Y"), model)
    assert done.domains[0] == seen.domains[0] == (0, 1, 2)
    assert seen.probabilities == pytest.approx([0.5, 0, 0.5])
    assert done.at(X=1).probabilities == pytest.approx([0, 0.5, 0.5])
    assert value(Product([P("Y", do="X"), P("Y")]), model).at(X=1).probabilities == pytest.approx([0, 0, 0.25])


def test_what_has_no_value_is_an_error_that_names_it():
    sure = SCM({"Z": bernoulli((), lambda: 0.3), "X": deterministic(("Z",), lambda z: z),
                "Y": bernoulli(("X", "Z"), lambda x, z: 0.2 + 0.3 * x + 0.3 * z)})
    with pytest.raises(IdentificationError, match=r"P\(X=0, Z=1\) is zero and P\(Y \| X, Z\) divides by it"):
        value(Sum("Z", Product([P("Y", given=("X", "Z")), P("Z")])), sure)
    assert value(Sum("Z", Product([P("Y", do="X", given="Z"), P("Z")])), sure).probability(
        Y=1, X=1) == pytest.approx(0.5 + 0.3 * 0.3)
    copies = SCM({"X": bernoulli((), lambda: 0.5), "M": deterministic(("X",), lambda x: x),
                  "Y": bernoulli(("M",), lambda m: 0.2 + 0.3 * m)})
    with pytest.raises(IdentificationError, match=r"P\(M=1 \| do\(X=0\)\) is zero and P\(Y \| do\(X\), M\)"):
        value(P("Y", do="X", given="M"), copies)


def test_variables_that_cannot_be_tabulated_are_refused():
    model = random_model(CausalGraph.parse("X -> Y; X <-> Y"), np.random.default_rng(1))
    for name in ("Q", "hidden1"):
        with pytest.raises(ModelError, match=name):
            value(P("Y", do=name), model)
        with pytest.raises(ModelError, match=name):
            value(P(name), model)
    smooth = SCM({"X": exogenous(), "Y": additive(("X",), lambda x: x)})
    with pytest.raises(ModelError, match="X takes infinitely many values"):
        value(P("Y", do="X"), smooth)


def test_the_value_of_what_is_no_formula_or_on_no_model_is_refused():
    model = random_model(CausalGraph.parse("X -> Y"), np.random.default_rng(1))
    for formula, where, got in (("P(Y)", model, "str and SCM"), (P("Y"), model.table(), "P and Table")):
        with pytest.raises(ModelError) as refused:
            value(formula, where)
        assert str(refused.value) == ("the value of a formula, made of P, Sum, Product and Fraction, is found on an "
                                      f"SCM; got {got}.")
