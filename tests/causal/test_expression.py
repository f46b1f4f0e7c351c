"""Estimands: how they are written, what they are worth on exact tables, and which holes they name."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from causalrec.causal.formulas.expectation import E
from causalrec.causal.formulas.expression import Fraction, P, Product, Sum
from causalrec.causal.formulas.table import Table
from causalrec.errors import IdentificationError, ModelError

BACK_DOOR = Sum("Z", Product((P("Y", given=("X", "Z")), P("Z"))))
FRONT_DOOR = Sum("Z", Product((P("Z", given="X"), Sum("X", Product((P("Y", given=("X", "Z")), P("X")))))))


def kidney_stones() -> Table:
    """Charig et al. 1986: 700 patients by stone size Z, treatment X (open surgery 1) and success Y."""
    successes = {("small", 1): (81, 87), ("small", 0): (234, 270), ("large", 1): (192, 263), ("large", 0): (55, 80)}
    counts = np.array([[[n - s, s] for x in (0, 1) for s, n in [successes[z, x]]] for z in ("small", "large")])
    return Table(("Z", "X", "Y"), (("small", "large"), (0, 1), (0, 1)), counts / counts.sum())


def random_table(seed: int, zeros: float = 0.0) -> Table:
    rng = np.random.default_rng(seed)
    entries = rng.dirichlet(np.ones(12)).reshape(2, 3, 2) * (rng.random((2, 3, 2)) >= zeros)
    return Table(("X", "Z", "Y"), ((0, 1), (0, 1, 2), (0, 1)), entries / entries.sum())


def test_table_by_hand():
    table = Table(("X", "Y"), ((0, 1), ("no", "yes")), np.array([[0.1, 0.2], [0.3, 0.4]]))
    assert table.probability(X=1, Y="no") == 0.3
    assert table.marginal("Y").probabilities == pytest.approx([0.4, 0.6])
    assert table.marginal(("Y", "X")).probability(X=1, Y="no") == 0.3
    assert table.marginal(()).probability() == pytest.approx(1)
    assert table.marginal(("X", "X")).variables == ("X",)
    assert table.condition(X=1).probability(Y="yes") == pytest.approx(4 / 7)
    assert table.condition({"Y": "yes"}).mean("X") == pytest.approx(2 / 3)
    assert table.at(X=0).probabilities == pytest.approx([0.1, 0.2])
    assert repr(table) == "Table(X (2), Y (2))"
    assert "<td>1</td><td>yes</td><td>0.4000</td>" in table._repr_html_()


def test_table_cannot_be_changed():
    entries = np.array([0.5, 0.5])
    table = Table(("X",), ((0, 1),), entries)
    entries[0] = 9
    assert table.probability(X=0) == 0.5
    with pytest.raises(ValueError, match="read-only"):
        table.probabilities[0] = 9


@pytest.mark.parametrize(("variables", "domains", "entries", "said"), [
    (("X",), ((0, 1),), [0.2, 0.3, 0.5], r"got \(3,\)"),
    (("X", "Y"), ((0, 1),), [0.5, 0.5], "2 variables"),
    (("X", "X"), ((0, 1), (0, 1)), np.full((2, 2), 0.25), "stands twice in X, X"),
    (("X",), ((0, 1),), [-0.1, 1.1], "negative or missing"),
    (("X",), ((0, 1),), [np.nan, 1], "negative or missing"),
])
def test_tables_that_do_not_fit_are_refused(variables, domains, entries, said):
    with pytest.raises(ModelError, match=said):
        Table(variables, domains, np.array(entries))


def test_lookups_that_cannot_be_are_refused():
    table = kidney_stones()
    with pytest.raises(ModelError, match="no variable 'Q'; it has Z, X, Y"):
        table.marginal("Q")
    with pytest.raises(ModelError, match="X never takes the value 7; it takes 0, 1"):
        table.at(X=7)
    with pytest.raises(ModelError, match="no value was given for Z, Y"):
        table.probability(X=0)
    hole = Table(("X", "Y"), ((0, 1), (0, 1)), np.array([[0.5, 0.5], [0, 0]]))
    with pytest.raises(IdentificationError, match="X=1 has probability zero"):
        hole.condition(X=1)


def test_kidney_stones_by_both_formulas():
    """Published: naive .780 < .826, adjusted for stone size .8325 > .7789."""
    table = kidney_stones()
    seen, done = P("Y", given="X").evaluate(table), BACK_DOOR.evaluate(table)
    assert seen.probability(Y=1, X=1) == pytest.approx(273 / 350)
    assert seen.probability(Y=1, X=0) == pytest.approx(289 / 350)
    assert done.probability(Y=1, X=1) == pytest.approx(0.8325, abs=5e-5)
    assert done.probability(Y=1, X=0) == pytest.approx(0.7789, abs=5e-5)
    assert done.variables == ("Y", "X")


@pytest.mark.parametrize(("expression", "text", "latex"), [
    (P("Y"), "P(Y)", "P(y)"),
    (P("Y", given=("X", "Z1")), "P(Y | X, Z1)", r"P(y \mid x, z_{1})"),
    (P("Y", given="W", do=("X",)), "P(Y | do(X), W)", r"P(y \mid \operatorname{do}(x), w)"),
    (P("purchased", given="in_cart"), "P(purchased | in_cart)", r"P(\mathit{purchased} \mid \mathit{in\_cart})"),
    (BACK_DOOR, "Σ_Z P(Y | X, Z) P(Z)", r"\sum_{z} P(y \mid x, z) \, P(z)"),
    (Sum(("Z", "W"), P(("Y", "Z", "W"))), "Σ_{Z, W} P(Y, Z, W)", r"\sum_{z, w} P(y, z, w)"),
    (FRONT_DOOR, "Σ_Z P(Z | X) Σ_X' P(Y | X', Z) P(X')",
     r"\sum_{z} P(z \mid x) \, \sum_{x'} P(y \mid x', z) \, P(x')"),
    (Product((Sum("Z", P("Z")), P("Y"))), "(Σ_Z P(Z)) P(Y)", r"(\sum_{z} P(z)) \, P(y)"),
    (Fraction(P(("Y", "X")), P("X")), "[P(Y, X)] / [P(X)]", r"\frac{P(y, x)}{P(x)}"),
    (Product(()), "1", "1"),
])
def test_writing(expression, text, latex):
    assert str(expression) == text
    assert repr(expression) == text
    assert expression.latex() == latex
    assert expression._repr_markdown_() == f"${latex}$"


def test_expressions_are_values():
    again = Sum(("Z",), Product([P(("Y",), ("X", "Z")), P("Z")]))
    assert again == BACK_DOOR
    assert len({again, BACK_DOOR, P("Y")}) == 2


def front_door_by_hand(table: Table, x: int, y: int) -> float:
    p = {key: table.probability(dict(zip("XZY", key, strict=True)))
         for key in itertools.product((0, 1), (0, 1, 2), (0, 1))}

    def total(**fixed: int) -> float:
        return sum(v for key, v in p.items() if all(key["XZY".index(name)] == value for name, value in fixed.items()))

    return sum(
        total(X=x, Z=z) / total(X=x) * sum(p[other, z, y] / total(X=other, Z=z) * total(X=other) for other in (0, 1))
        for z in (0, 1, 2)
    )


@pytest.mark.parametrize("seed", range(5))
def test_nested_sums_keep_inner_and_outer_x_apart(seed):
    table = random_table(seed)
    value = FRONT_DOOR.evaluate(table)
    for x, y in itertools.product((0, 1), repeat=2):
        assert value.probability(X=x, Y=y) == pytest.approx(front_door_by_hand(table, x, y), abs=1e-12)


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10_000))
def test_fraction_of_joints_is_the_conditional(seed):
    table = random_table(seed)
    fraction = Fraction(P(("Y", "X")), P("X")).evaluate(table)
    assert fraction.probabilities == pytest.approx(P("Y", given="X").evaluate(table).probabilities, abs=1e-12)


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10_000))
def test_chain_rule(seed):
    table = random_table(seed)
    chain = Product((P("Y", given=("X", "Z")), P("Z", given="X"), P("X"))).evaluate(table)
    assert chain.marginal(("X", "Z", "Y")).probabilities == pytest.approx(table.probabilities, abs=1e-12)


def test_a_value_that_never_occurs_does_no_harm():
    table = Table(("Z", "X", "Y"), ((0, 1), (0, 1), (0, 1)), np.array([[[0.1, 0.2], [0.3, 0.4]], np.zeros((2, 2))]))
    assert BACK_DOOR.evaluate(table).probability(Y=1, X=1) == pytest.approx(4 / 7)


def test_a_positivity_hole_is_named():
    table = Table(("Z", "X", "Y"), ((0, 1), (0, 1), (0, 1)),
                  np.array([[[0.1, 0.1], [0, 0]], [[0.2, 0.2], [0.2, 0.2]]]))
    with pytest.raises(IdentificationError, match=r"at Y=0, X=1: P\(X=1, Z=0\) is zero and P\(Y \| X, Z\) divides"):
        BACK_DOOR.evaluate(table)
    nested = Sum("Z", Product((P("Z"), BACK_DOOR)))  # the inner Z is another one
    with pytest.raises(IdentificationError, match=r"P\(X=1, Z=0\) is zero"):
        nested.evaluate(table)
    with pytest.raises(IdentificationError, match=r"P\(X=1, Z=0\) is zero"):
        Fraction(BACK_DOOR, P("X")).evaluate(table)
    never = Table(("X", "Y"), ((0, 1), (0, 1)), np.array([[0.5, 0.5], [0, 0]]))
    with pytest.raises(IdentificationError, match=r"the denominator P\(X\) is zero at X=1"):
        Fraction(P(("Y", "X")), P("X")).evaluate(never)


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 2_000))
def test_never_nan_whatever_is_missing(seed):
    table = random_table(seed, zeros=0.3) if seed else random_table(seed)
    needed = [(x, z) for x, z in itertools.product((0, 1), (0, 1, 2)) if table.marginal("Z").probability(Z=z) > 0]
    if all(table.marginal(("X", "Z")).probability(X=x, Z=z) > 0 for x, z in needed):
        assert np.isfinite(BACK_DOOR.evaluate(table).probabilities).all()
    else:
        with pytest.raises(IdentificationError, match="is zero and"):
            BACK_DOOR.evaluate(table)


def test_formulas_and_tables_without_sense_are_refused():
    table = kidney_stones()
    with pytest.raises(IdentificationError, match=r"P\(Y \| do\(X\)\) asks what an intervention would do"):
        P("Y", do="X").evaluate(table)
    with pytest.raises(ModelError, match="no variable 'Q'"):
        P("Q").evaluate(table)
    with pytest.raises(IdentificationError, match="sums to 700"):
        P("Y").evaluate(Table(table.variables, table.domains, table.probabilities * 700))
    for outcome, given_, do in (("Y", "Y", ()), ("Y", (), "Y"), ((), "X", ()), (("Y", "Y"), (), ())):
        with pytest.raises(IdentificationError, match="is not a probability"):
            P(outcome, given_, do)
    for over in ("Q", (), ("Y", "Y")):
        with pytest.raises(IdentificationError, match="cannot sum"):
            Sum(over, P("Y"))


NO_TABLE = "a formula is evaluated on a Table, the joint distribution of its variables, and not on {}; SCM.table() " \
           "gives one, or Counts.table()."
NO_NAME = "{} names no variable; write its name as in 'x', or several as ('x', 'z')."
NO_FORMULA = "a formula is made of P, Sum, Product and Fraction; write {} with these, not as text or number."


@pytest.mark.parametrize(("attempt", "said"), [
    (lambda: P("Y").evaluate({"Y": 1}), NO_TABLE.format("dict")),
    (lambda: E("Y").evaluate("Y"), NO_TABLE.format("str")),
    (lambda: P(3), NO_NAME.format("3")),
    (lambda: P(["Y", ["X"]]), NO_NAME.format("['Y', ['X']]")),
    (lambda: Sum("Y", "P(Y)"), NO_FORMULA.format("'P(Y)'")),
    (lambda: Product(2), NO_FORMULA.format("2")),
    (lambda: Product([P("Y"), 0.5]), NO_FORMULA.format("0.5")),
    (lambda: Fraction(P("Y"), 2), NO_FORMULA.format("2")),
])
def test_what_is_no_formula_name_or_table_is_refused_in_a_sentence(attempt, said):
    with pytest.raises(IdentificationError) as refused:
        attempt()
    assert str(refused.value) == said


def test_names_with_marks_stand_in_latex_as_they_are():
    name = "click rate %_1"
    assert P(name).latex() == r"P(\mathit{click\ rate\ \%\_1})"
    assert str(P(name, given="X")) == "P(click rate %_1 | X)"


def test_a_table_over_nothing_is_a_number():
    table = kidney_stones()
    assert float(table.at(Z="small", X=1, Y=1)) == pytest.approx(81 / 700)
    with pytest.raises(ModelError, match="no value was given for Y"):
        float(table.at(Z="small", X=1))
    assert table.numbers("X").tolist() == [0.0, 1.0]
    with pytest.raises(ModelError, match="Z takes values that are no numbers, 'small', 'large'"):
        table.mean("Z")


def test_formulas_are_the_same_in_any_order_of_names_and_factors():
    one = Sum(("Z", "W"), Product((P(("Y", "V"), given=("X", "Z")), P("Z"), P("W"))))
    other = Sum(("W", "Z"), Product((P("W"), P("Z"), P(("V", "Y"), given=("Z", "X")))))
    assert one != other
    assert one.key == other.key
    assert Product((P("Z"), P("Z"))).key != Product((P("Z"),)).key
    assert Fraction(P("Y"), P("Z")).key != Fraction(P("Z"), P("Y")).key
