"""Formulas as short as the laws of probability make them: nothing above and below a fraction, no sum that is needless.

The judge takes a formula apart by itself: it knows the four kinds of formulas and nothing of how they were found.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np
import pytest
from causal.exact_truth import drawn, random_graph_text, spread
from causal.test_identification_truth import Names, overgrown, random_question

from causalrec.causal.derivation.derivation import Derivation
from causalrec.causal.derivation.search import derive
from causalrec.causal.formulas.algebra import cancelled, divided, joined, lowest, multiplied, summed
from causalrec.causal.formulas.expression import Expression, Fraction, P, Product, Sum
from causalrec.causal.formulas.table import Table
from causalrec.causal.graphs.graph import CausalGraph
from causalrec.causal.identification.identifier import Identified, Query, identify

TAIL = CausalGraph.parse("X -> Z1 -> Y; Z2 -> X; Z2 -> Z1; Z2 -> Z3 -> Y; X <-> Y; X <-> Z2; X <-> Z3; Y <-> Z2")
NESTED = CausalGraph.parse("Y; X; Z -> X -> Y; Y <-> A; Y <-> W; X <-> W; W -> Z")
CHAIN = CausalGraph.parse("V1 -> V2 -> V3 -> V4 -> V5; V1 <-> V3; V2 <-> V4; V3 <-> V5")

Key = tuple[object, ...]
"""A probability as ("P", outcome, given, do); a sum as ("Sum", over, factors above, factors below)."""


# ---- the judge -----------------------------------------------------------------------------------------------------


def sides(formula: Expression) -> tuple[list[Key], list[Key]]:
    """The factors above and below, with those taken out of a sum that it does not concern."""
    if isinstance(formula, P):
        return [("P", *map(frozenset, (formula.outcome, formula.given, formula.do)))], []
    if isinstance(formula, Product):
        parts = [sides(factor) for factor in formula.factors]
        return [one for above, _ in parts for one in above], [one for _, below in parts for one in below]
    if isinstance(formula, Fraction):
        (above, below), (other_above, other_below) = sides(formula.numerator), sides(formula.denominator)
        return above + other_below, below + other_above
    assert isinstance(formula, Sum)
    over, inner = frozenset(formula.over), sides(formula.term)
    inside = [frozenset(Counter(one for one in side if names(one) & over).items()) for side in inner]
    above, below = ([one for one in side if not names(one) & over] for side in inner)
    return [*above, ("Sum", over, *inside)], below


def names(key: Key) -> frozenset[str]:
    """What a factor is about."""
    if key[0] == "P":
        return frozenset().union(*key[1:])
    return frozenset().union(*(names(one) for side in key[2:] for one, _ in side)) - key[1]


def faults(above: list[Key], below: list[Key]) -> Iterator[str]:
    """What a product over a product could do without, in their sums too."""
    for one in above:
        for other in below:
            if one == other:
                yield "above and below"
            elif one[0] == other[0] == "P" and one[3] == other[3] and (part_of(one, other) or part_of(other, one)):
                yield "a conditional probability"
    for one in (*above, *below):
        if one[0] == "Sum":
            yield from faults(*within(one))
            yield from (what for name in one[1] if (what := needless(name, *within(one))))


def within(one: Key) -> tuple[list[Key], list[Key]]:
    """The factors above and below that a sum is taken of."""
    above, below = ([factor for factor, times in side for _ in range(times)] for side in one[2:])
    return above, below


def part_of(one: Key, other: Key) -> bool:
    """Whether one is P(z | ·) or P(z | y, ·) where the other is P(y, z | ·)."""
    return one[1] < other[1] and one[2] in (other[2], other[2] | other[1] - one[1])


def needless(name: str, above: list[Key], below: list[Key]) -> str:
    """Why there need be no sum over a variable, or ""."""
    about = sorted((one for one in above if name in names(one)), key=lambda one: len(names(one)))
    if any(name in names(one) for one in below):
        return ""
    if not about:
        return "a sum over what nothing mentions"
    if len(about) == 1 and about[0][0] == "Sum":
        return needless(name, *within(about[0]))
    chain = all(one[0] == "P" for one in about) and all(
        later[2] | later[3] == names(one) and later[3] == one[3]
        for one, later in zip(about, about[1:], strict=False))  # P(b | c), P(a | b, c), …
    return "a sum that is a probability" if chain and any(name in one[1] for one in about) else ""


def said(formula: Expression) -> list[str]:
    return list(faults(*sides(formula)))


def test_the_judge_can_say_no():
    a, b, ab = P("A", given="C"), P("B", given="C"), P(("A", "B"), given="C")
    rest, inner = P("D", given=("A", "B")), Sum("E", Product((P("E"), P("A", given=("E", "F")))))
    for formula, fault in [
        (Fraction(Product((a, rest)), a), "above and below"),
        (Product((Fraction(rest, inner), inner)), "above and below"),
        (Product((a, Sum("B", Fraction(Product((P("B"), P("D", given="B"))), Product((a, rest)))))), "above and below"),
        (Fraction(ab, b), "a conditional probability"),
        (Fraction(rest, Fraction(ab, P("B", given=("A", "C")))), "a conditional probability"),
        (Sum("B", ab), "a sum that is a probability"),
        (Fraction(rest, Sum("B", Product((b, P("A", given=("B", "C")))))), "a sum that is a probability"),
        (Sum(("D", "G"), Product((P("G"), P("H", given="G"), Sum("A", Product((P("A"), P("F", given="A"), P(
            "D", given=("A", "F", "G")))))))), "a sum that is a probability"),
    ]:
        assert said(formula) == [fault], formula
    assert said(Sum.of(over=("E",), term=a)) == ["a sum over what nothing mentions"]
    for formula in (ab, Fraction(a, b), Fraction(a, P("C")), inner, Sum("B", Product((b, P("D", given="B")))),
                    Fraction(P("A", do="C"), P("A", given="C")), Sum("B", P("A", given="B"))):
        assert said(formula) == [], formula


# ---- what ID and derivations write ---------------------------------------------------------------------------------


def test_what_stands_above_and_below_is_cancelled():
    formula = "Σ_{Z2, Z1, Z3} P(Z1 | Z2, X) P(Z2) Σ_X' P(X' | Z2) P(Z3 | Z2, X') P(Y | Z2, X', Z1, Z3)"
    assert str(identify(Query("Y", "X"), TAIL).estimand) == formula  # P(Z3 | Z2) stood above and below
    assert str(identify(Query("V5", "V1"), CHAIN).estimand) == (  # a whole sum did
        "Σ_{V2, V3, V4} P(V2 | V1) P(V4 | V1, V2, V3) Σ_V1' P(V1') P(V3 | V1', V2) P(V5 | V1', V2, V3, V4)")
    assert str(identify(Query("Y", "X", given="A"), NESTED).estimand) == (  # a denominator did that both fractions had
        "[Σ_W P(W) P(X | W, Z) P(Y | A, W, Z, X)] / [Σ_W P(W) P(X | W, Z)]")


def question_of(number: int, rng: np.random.Generator) -> tuple[CausalGraph, tuple[Names, Names, Names]]:
    """A random graph of 3 to 7 nodes and a question; every sixth grows out of a shape that chance seldom draws."""
    if number % 6 == 0:
        return overgrown(rng)
    size = int(rng.integers(3, 8))
    graph = CausalGraph.parse(random_graph_text(rng, size, rng.uniform(0.15, 0.85), rng.uniform(0.05, 0.6)))
    return graph, random_question(rng, graph)


def test_no_formula_can_be_made_shorter_by_a_law():
    rng, kinds = np.random.default_rng(2029), Counter[object]()
    for number in range(4_000):
        graph, question = question_of(number, rng)
        for method in ("textbook", "ID"):
            answer = identify(Query(*question), graph, method=method)
            if isinstance(answer, Identified):
                assert said(answer.estimand) == [], (graph, question, answer)
                kinds[type(answer.estimand)] += 1
    assert min(kinds[kind] for kind in (Fraction, Sum, Product, P)) > 200, kinds


def test_no_derived_formula_can_be_made_shorter_by_a_law():
    rng, seen = np.random.default_rng(2030), 0
    for number in range(400):
        graph, question = question_of(number, rng)
        found = derive(Query(*question), graph)
        if isinstance(found, Derivation):
            assert said(found.formula) == [], (graph, question, found)
            seen += 1
    assert seen > 200


# ---- the laws ------------------------------------------------------------------------------------------------------


def random_formula(rng: np.random.Generator, depth: int) -> Expression:
    """A formula of up to four variables without a do, with products, fractions and sums in each other."""
    chosen = rng.permutation(["A", "B", "C", "D"]).tolist()
    if depth == 0:
        one, other = sorted(rng.integers(1, 5, 2).tolist())
        return P(chosen[:one], given=chosen[one:other])
    parts = [random_formula(rng, depth - 1) for _ in range(int(rng.integers(1, 4)))]
    kind = rng.integers(3)
    if kind == 0:
        return Fraction(multiplied(parts[:2]), multiplied(parts[2:] or parts[:1]))
    if kind == 1:
        return multiplied(parts)
    term = multiplied(parts)
    over = [name for name in term.free if rng.random() < 0.5] or term.free[:1]
    return Sum(over, term) if over else term


@pytest.mark.parametrize("seed", range(3))
def test_a_formula_made_shorter_has_the_same_value(seed):
    """Products, quotients and sums of random formulas by the laws, beside the same written down as they are."""
    rng, shorter = np.random.default_rng(seed), Counter[str]()
    for _ in range(150):
        entries = rng.dirichlet(np.ones(16)).reshape(2, 2, 2, 2)
        table = Table(("A", "B", "C", "D"), ((0, 1),) * 4, entries)
        one, other, third = (random_formula(rng, int(rng.integers(0, 3))) for _ in range(3))
        product = Product((one, other, third))
        over = [name for name in product.free if rng.random() < 0.4] or product.free[:1]
        pairs = {"lowest": (product, multiplied(lowest([one, other, third]))),
                 "joined": (product, multiplied(joined([one, other, third]))),
                 "divided": (Fraction(product, one), divided([product], [one])),
                 "turned": (Fraction(one, product), divided([one], [other, third, one]))}
        if over:
            pairs["summed"] = (Sum(over, product), summed(over, [one, other, third]))
        if (short := cancelled(pairs["divided"][0])) is not None:
            pairs["cancelled"] = (pairs["divided"][0], short)
        for law, (before, after) in pairs.items():
            axes = tuple(dict.fromkeys(before.free + after.free))
            values = [spread(formula._values(table), formula.free, axes) for formula in (before, after)]
            np.testing.assert_allclose(*np.broadcast_arrays(*values), rtol=1e-9, err_msg=f"{law}: {before} = {after}")
            shorter[law] += len(str(after)) < len(str(before))
    assert min(shorter[law] for law in ("lowest", "joined", "divided", "turned", "summed", "cancelled")) >= 5, shorter


def test_a_formula_by_value_after_it_was_cancelled():
    rng = np.random.default_rng(5)
    for graph, query in ((TAIL, Query("Y", "X")), (CHAIN, Query("V5", "V1")), (NESTED, Query("Y", "X", given="A"))):
        model = drawn(graph, rng)
        log = Table(graph.nodes, ((0, 1),) * len(graph.nodes), model.law(graph.nodes))
        for found in (identify(query, graph).estimand, derive(query, graph).formula):
            asked = (*query.outcome, *query.treatments, *query.conditions)
            axes = (*asked, *(name for name in found.free if name not in asked))
            value = spread(found.evaluate(log).probabilities, found.free, axes)
            truth = spread(model.answer(query.outcome, query.treatments, query.conditions), asked, axes)
            assert np.abs(value - truth).max() < 1e-12


def test_the_same_object_twice_stays_twice():
    fraction, a = Fraction(P("B"), P("A")), P("A")
    assert str(multiplied(lowest([fraction, fraction, a]))) == "[P(B)] / [P(A)] P(B)"
    assert [str(one) for one in joined([a, a, P("B", given="A")])] == ["P(A)", "P(A, B)"]
    assert str(divided([a, a], [a])) == "P(A)"
