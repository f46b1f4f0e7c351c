"""Derivations as a learner types them: each step by hand, what is refused and in which words, and the page."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from causalrec.causal.derivation.derivation import Derivation, DerivationStep
from causalrec.causal.derivation.verification import follows_by_probability
from causalrec.causal.formulas.algebra import cancelled, collapsed, contains, multiplied, probabilities, replaced
from causalrec.causal.formulas.expression import Fraction, P, Product, Sum
from causalrec.causal.graphs.graph import CausalGraph
from causalrec.causal.identification.query import Query
from causalrec.causal.models.exact import random_model
from causalrec.errors import CausalrecError, GraphError, IdentificationError

TAR = CausalGraph.parse("smoking -> tar -> cancer; smoking <-> cancer")
NAPKIN = CausalGraph.parse("W -> Z -> X -> Y; W <-> X; W <-> Y")


def front_door() -> Derivation:
    """Pearl 2009, Causality, §3.4.3, typed step by step."""
    d = Derivation.start(Query("cancer", do="smoking"), TAR).total("tar")
    d = d.rule(2, "smoking", of="tar")
    d = d.rule(2, "tar", of="cancer").rule(3, "smoking", of="cancer")
    d = d.total("smoking", of="cancer")
    return d.rule(3, "tar", of="smoking").rule(2, "tar", of="cancer")


def test_the_front_door_by_hand():
    d = front_door()
    assert [str(step.formula) for step in d.steps] == [
        "Σ_tar P(cancer | do(smoking), tar) P(tar | do(smoking))",
        "Σ_tar P(cancer | do(smoking), tar) P(tar | smoking)",
        "Σ_tar P(cancer | do(smoking, tar)) P(tar | smoking)",
        "Σ_tar P(cancer | do(tar)) P(tar | smoking)",
        "Σ_tar P(tar | smoking) Σ_smoking' P(cancer | do(tar), smoking') P(smoking' | do(tar))",
        "Σ_tar P(tar | smoking) Σ_smoking' P(cancer | do(tar), smoking') P(smoking')",
        "Σ_tar P(tar | smoking) Σ_smoking' P(cancer | tar, smoking') P(smoking')",
    ]
    assert d.concludes
    assert not replace(d, steps=d.steps[:-1]).concludes
    verdict = d.verify(np.random.default_rng(1))
    assert verdict
    assert (verdict.steps, verdict.models, verdict.false_step) == (7, 5, None)
    assert verdict.difference < 1e-12
    assert repr(verdict) == "7 steps, each true on 5 random models of the graph, evaluated exactly."


def test_each_rule_shows_the_graph_and_the_separation():
    steps = front_door().steps
    assert [step.check.separated_by if step.check else None for step in steps] == [
        None, (), ("smoking",), ("tar",), None, (), ("smoking",)]
    assert steps[2].check.graph == CausalGraph.parse("smoking -> tar; cancer")
    assert (steps[2].before, steps[2].after) == (P("cancer", given="tar", do="smoking"),
                                                 P("cancer", do=("smoking", "tar")))
    assert repr(steps[1]) == "rule 2: P(tar | do(smoking)) = P(tar | smoking)"


def test_every_step_gives_a_new_derivation():
    start = Derivation.start(Query("cancer", do={"smoking": 1}), TAR)
    start.total("tar")
    assert start.steps == ()
    assert start.formula == start.question == P("cancer", do="smoking")


def test_a_step_that_is_not_licensed_names_its_open_path():
    d = Derivation.start(Query("cancer", do="smoking"), TAR)
    with pytest.raises(IdentificationError) as refused:
        d.rule(2, "smoking")
    assert str(refused.value) == (
        "step 1, rule(2, 'smoking'): P(cancer | do(smoking)) = P(cancer | smoking) is not licensed: rule 2 does not "
        "hold: with the arrows out of smoking cut, smoking <-> cancer is open, for nothing stands between "
        "smoking and cancer that could block it."
    )
    check = d.check(2, "smoking")
    assert not check
    assert str(check.path) == "smoking <-> cancer"
    with pytest.raises(IdentificationError, match="smoking -> tar -> cancer is open, for tar is not held fixed"):
        d.rule(3, "smoking")
    with pytest.raises(IdentificationError, match="smoking <-> cancer is open given tar"):
        d.total("tar").rule(2, "smoking", of="cancer")


def test_each_rule_is_read_both_ways():
    graph = CausalGraph.parse("N -> X -> Y; U -> W")
    d = Derivation.start(Query("Y", do="X"), graph)
    there = d.rule(1, "N")
    assert there.formula == P("Y", given="N", do="X")
    assert there.rule(1, "N").formula == d.formula
    there = d.rule(3, "U")
    assert there.formula == P("Y", do=("X", "U"))
    assert there.rule(3, "U").formula == d.formula
    assert d.rule(2, "X").formula == P("Y", given="X")
    seen = Derivation.start(Query("Y", do=(), given="X"), graph)
    assert seen.rule(2, "X").formula == P("Y", do="X")
    assert d.rule(3, ("U", "W")).rule(1, "N").verify(np.random.default_rng(2))


def test_which_probability_is_meant():
    d = Derivation.start(Query("cancer", do="smoking"), TAR).total("tar")
    both = "there are 2: P\\(cancer \\| do\\(smoking\\), tar\\); P\\(tar \\| do\\(smoking\\)\\); say which by"
    with pytest.raises(IdentificationError, match=both) as refused:
        d.rule(2, "smoking")
    assert "of=P('cancer', given='tar', do='smoking'), or by the name of its outcome" in str(refused.value)
    assert d.rule(2, "smoking", of=P("tar", do="smoking")).formula == d.rule(2, "smoking", of="tar").formula
    with pytest.raises(IdentificationError, match=r"P\(tar\) does not stand in Σ_tar"):
        d.rule(2, "smoking", of=P("tar"))
    with pytest.raises(IdentificationError, match="of=smoking has none; it has P"):
        d.rule(2, "smoking", of="smoking")
    with pytest.raises(IdentificationError, match="needs a probability with tar given or no tar"):
        d.rule(1, "tar", of="tar")
    napkin = Derivation.start(Query("Y", do=("X", "Z")), NAPKIN)
    assert napkin.rule(3, "Z", of=P("Y", do=("Z", "X"))).formula == P("Y", do="X")  # the order of names is free


def test_one_step_rewrites_a_probability_wherever_it_stands():
    d = Derivation.start(Query("Y", do="Z", given="X"), NAPKIN).condition()
    d = d.total("W", of=P(("Y", "X"), do="Z")).total("W", of=P("X", do="Z"))
    assert len([term for term in probabilities(d.formula) if term == P("W", do="Z")]) == 2
    d = d.rule(3, "Z", of="W")
    d = d.rule(2, "Z", of=P(("Y", "X"), given="W", do="Z")).rule(2, "Z", of=P("X", given="W", do="Z"))
    assert str(d.formula) == "[Σ_W P(Y, X | Z, W) P(W)] / [Σ_W P(X | Z, W) P(W)]"
    assert d.concludes
    assert d.verify(np.random.default_rng(3))


def test_the_laws_of_probability_by_hand():
    graph = CausalGraph.parse("A -> B -> C")
    d = Derivation.start(Query(("A", "B", "C"), do=()), graph)
    assert str(d.chain().formula) == "P(C | B, A) P(B | A) P(A)"
    assert str(d.chain("B").formula) == "P(B | A, C) P(A, C)"
    assert str(d.chain("C", ("A", "B")).formula) == "P(C | A, B) P(A, B)"
    assert d.chain().join(P("B", given="A"), P("A")).formula == Product((P("C", given=("B", "A")), P(("B", "A"))))
    assert d.chain().join(*probabilities(d.chain().formula)).formula.key == d.formula.key
    single = Derivation.start(Query("C", do="A"), graph)
    assert str(single.sum("B").formula) == "Σ_B P(C, B | do(A))"
    assert str(single.total("B").formula) == "Σ_B P(C | do(A), B) P(B | do(A))"
    given = Derivation.start(Query("C", do=(), given=("A", "B")), graph)
    assert str(given.condition().formula) == "[P(C, A, B)] / [P(A, B)]"
    assert str(given.condition("A").formula) == "[P(C, A | B)] / [P(A | B)]"
    for done in (d.chain(), single.sum("B"), single.total("B"), given.condition("A")):
        assert done.verify(np.random.default_rng(4), models=2)


def test_laws_that_do_not_fit_are_refused():
    graph = CausalGraph.parse("A -> B -> C")
    d = Derivation.start(Query(("B", "C"), do="A"), graph)
    for attempt in (d.total, d.sum):
        for name in ("A", "B"):
            with pytest.raises(IdentificationError, match="without it, and the formula has none"):
                attempt(name)
    with pytest.raises(IdentificationError, match="A among them"):
        d.chain("A")
    with pytest.raises(IdentificationError, match="not all in one piece"):
        d.chain(("B", "C"))
    with pytest.raises(IdentificationError, match="needs something given"):
        d.condition()
    with pytest.raises(IdentificationError, match="do not make a joint probability"):
        d.chain("B").join(P("B", given="C", do="A"), P("B"))
    with pytest.raises(IdentificationError, match="stands nowhere as one product"):
        d.join(P("B", given="C"), P("C"))
    with pytest.raises(IdentificationError, match="needs two or more factors"):
        d.join(P("B"))
    with pytest.raises(IdentificationError, match="no variable was named"):
        d.rule(2, ())
    with pytest.raises(IdentificationError, match="there is no rule 4"):
        d.rule(4, "A")
    with pytest.raises(GraphError, match="no node 'Q'"):
        d.total("Q")
    with pytest.raises(GraphError, match="no node 'Q'"):
        Derivation.start(Query("Q", do="A"), graph)


@pytest.mark.parametrize(("take", "said"), [
    (lambda d: d.rule(2, "smoking", of="cnacer"), "step 3, rule(2, 'smoking', of='cnacer'): the graph has no node"),
    (lambda d: d.rule(2, "tra"), "step 3, rule(2, 'tra'): the graph has no node 'tra'"),
    (lambda d: d.rule("2", "tar"), "step 3, rule('2', 'tar'): there is no rule '2'"),
    (lambda d: d.rule(True, "tar"), "step 3, rule(True, 'tar'): there is no rule True"),
    (lambda d: d.rule(2, 3), "step 3, rule(2, 3): 3 names no variable"),
    (lambda d: d.rule(2, ("tar", "cancer")), "step 3, rule(2, ('tar', 'cancer')): rule 2 for tar, cancer needs"),
    (lambda d: d.rule(3, "smoking", of="cancer"), "step 3, rule(3, 'smoking', of='cancer'): P(cancer | do(smoking), "),
    (lambda d: d.total("cancer", of="cancer"), "step 3, total('cancer', of='cancer'): the law of total probability"),
    (lambda d: d.sum(("smoking", "smoking"), of="tar"), "step 3, sum(('smoking', 'smoking'), of='tar'): "),
    (lambda d: d.chain("tar", "tar"), "step 3, chain('tar', 'tar'): the chain rule needs"),
    (lambda d: d.condition("cancer"), "step 3, condition('cancer'): the definition of conditional probability needs"),
    (lambda d: d.join("tar", "cancer"), "step 3, join('tar', 'cancer'): to join needs two or more factors"),
    (lambda d: d.rewrite("P(cancer)"), "step 3, rewrite('P(cancer)'): a formula is made of P, Sum, Product"),
    (lambda d: d.rewrite(P("taste")), "step 3, rewrite(P('taste')): the table has no variable 'taste'"),
    (lambda d: d.cancel(), "step 3, cancel(): no fraction in Σ_tar"),
    (lambda d: d.rule(2, "tar", of=P("cancer", given="tar")),
     "step 3, rule(2, 'tar', of=P('cancer', given='tar')): P(cancer | tar) does not stand in Σ_tar"),
])
def test_what_is_typed_wrongly_is_named_by_its_step(take, said):
    d = Derivation.start(Query("cancer", do="smoking"), TAR).total("tar").rule(2, "smoking", of="tar")
    with pytest.raises(CausalrecError) as refused:
        take(d)
    assert str(refused.value).startswith(said)
    assert "\n" not in str(refused.value)
    assert str(refused.value).endswith(".")


def test_no_do_comes_back_after_the_end():
    d = front_door()
    with pytest.raises(IdentificationError) as refused:
        d.rule(2, "tar", of="cancer")
    assert str(refused.value).startswith("step 8, rule(2, 'tar', of='cancer'): the derivation ended with step 7, for "
                                         "no do() is left in Σ_tar P(tar | smoking) Σ_smoking'")
    assert str(refused.value).endswith("P(cancer | do(tar), smoking) would bring one back.")
    assert len(d.sum("tar", of=P("smoking")).steps) == 8  # without a do() one may go on


def test_cancelling_by_hand():
    graph = CausalGraph.parse("X -> Z -> Y; W")
    d = Derivation.start(Query("Y", do=(), given="W"), graph)
    cases = [  # P(z) stands above and below; a joint over its margin; a factor taken out of a sum; nothing is left
        (Fraction(Product((P("Y", given="Z"), P("Z"))), Product((P("X"), P("Z")))), "[P(Y | Z)] / [P(X)]"),
        (Fraction(P(("Y", "Z"), given="W"), P("Z", given="W")), "P(Y | Z, W)"),
        (Fraction(Product((P("Y"), P("W"))), Sum("Z", Product((P("W"), P("X", given="Z"))))),
         "[P(Y)] / [Σ_Z P(X | Z)]"),
        (Fraction(P("Y"), P("Y")), "1"),
        (Fraction(Product((P("Y"), P("Y"))), P("Y")), "P(Y)"),  # once above for once below
    ]
    for fraction, left in cases:
        assert str(cancelled(fraction)) == left
        assert follows_by_probability(fraction, cancelled(fraction), graph)
    kept = [Fraction(P("Y", given="W"), P("W")), Fraction(P(("Y", "Z")), P("Z", given="W")),
            Fraction(P("Z"), Sum("Z", Product((P("Z"), P("Y", given="Z"))))), P("Y")]
    assert [cancelled(one) for one in kept] == [None] * 4  # what a sum binds is not what stands above it
    d = d.condition()
    assert d.cancel().formula == d.question
    with pytest.raises(IdentificationError, match=r"no fraction in P\(Y \| W\) has the same factor"):
        d.cancel().cancel()


def test_summing_out_by_hand():
    graph = CausalGraph.parse("X -> Z -> Y; W")
    cases = [
        (Sum("Z", P(("Y", "Z"), do="X")), "P(Y | do(X))"),
        (Sum("Z", Product((P("Y", given=("Z", "W"), do="X"), P("Z", given="W", do="X")))), "P(Y | do(X), W)"),
        (Sum(("Z", "W"), Product((P("Y", given="Z"), P("W", given="Z"), P("Z")))), "P(Y)"),
        (Sum("Z", Product((P("X"), P("Z")))), "P(X)"),
        (Sum("Z", P("Z")), "1"),
    ]
    for formula, left in cases:
        assert str(collapsed(formula)) == left
        assert follows_by_probability(formula, collapsed(formula), graph)
    kept = [Sum("Z", P("Y", given="Z")), Sum("Z", P("Y", do="Z")), P("Y"),
            Sum("Z", Product((P("Y", given=("Z", "X")), P("Z")))),  # adjusting is no law of probability
            Sum("Z", Product((P("Y", given="Z", do="X"), P("Z")))),  # two different experiments
            Sum("Z", Product((P("Y", given="Z"), P("Z"), P("W", given="Z"))))]
    assert [collapsed(one) for one in kept] == [None] * 6
    there = Derivation.start(Query("Y", do="X"), graph).total("Z")
    assert there.collapse().formula == there.question
    assert there.collapse().steps[-1].rule == "sum out"
    with pytest.raises(IdentificationError, match=r"step 3, collapse\(\): no sum in P"):
        there.collapse().collapse()


def test_joining_takes_each_factor_once():
    squared = Product((P("B", given="A"), P("A"), P("A")))
    d = Derivation.start(Query("B", do=(), given="A"), CausalGraph.parse("A -> B"))
    d = replace(d, steps=(DerivationStep("algebra", d.question, squared, squared, ""),))
    assert d.join(P("B", given="A"), P("A")).formula.key == Product((P("A"), P(("B", "A")))).key


def test_rewriting_by_probability_alone():
    graph = CausalGraph.parse("X -> Z -> Y")
    d = Derivation.start(Query("Y", do="X"), graph).total("Z")
    ratio = Sum("Z", Fraction(P(("Y", "Z"), do="X"), Product((P("Z", do="X"), Fraction(P("X"), Product(
        (P("X"), P("Z", do="X"))))))))
    assert d.rewrite(ratio).steps[-1].rule == "algebra"
    assert d.rewrite(P("Y", do="X")).formula == d.question
    assert d.rewrite(P(("Z", "Y"), do="X"), of=Product((P("Y", given="Z", do="X"), P("Z", do="X")))).formula == Sum(
        "Z", P(("Z", "Y"), do="X"))
    # True on this graph, but by rule 2 and not by probability alone:
    assert replace(d, steps=(*d.steps, DerivationStep("", d.formula, P("Y", given="X"), P("Y", given="X"), ""))).verify(
        np.random.default_rng(5))
    with pytest.raises(IdentificationError, match="does not follow from the laws of probability alone"):
        d.rewrite(P("Y", given="X"))
    with pytest.raises(IdentificationError, match="does not stand in"):
        d.rewrite(P("X"), of=P("X"))


def test_what_follows_by_probability_alone():
    graph = CausalGraph.parse("A -> B; C")
    true = [(Sum("A", P(("A", "B"), do="C")), P("B", do="C")), (Sum("B", P("B", given="A")), Product(())),
            (Fraction(P(("A", "B")), P("B")), P("A", given="B"))]
    false = [(P("B", do="A"), P("B", given="A")), (P("C", do="A"), P("C")), (P("A", given="B"), P("B", given="A")),
             (P(("A", "C")), Product((P("A"), P("C"))))]  # the last by the graph only
    assert all(follows_by_probability(one, other, graph) for one, other in true)
    assert not any(follows_by_probability(one, other, graph) for one, other in false)


def test_a_false_step_is_named():
    d = front_door()
    wrong = P("cancer", given=("tar", "smoking"))
    seen = replace(d.steps[2], after=wrong, formula=replaced(d.steps[1].formula, d.steps[2].before, wrong))
    verdict = replace(d, steps=(*d.steps[:2], seen, *d.steps[3:])).verify(np.random.default_rng(6))
    assert not verdict
    assert verdict.false_step == 3
    assert verdict.difference > 0.001
    assert verdict.words.startswith("step 3 is false: P(cancer | do(smoking), tar) and P(cancer | tar, smoking) differ "
                                    "by 0.")
    # An equation that is true and has nothing to do with the formula is found by the formula.
    astray = replace(d.steps[-1], formula=P("cancer", given="smoking"))
    verdict = replace(d, steps=(*d.steps[:-1], astray)).verify(np.random.default_rng(7))
    assert verdict.false_step == 7
    assert "P(cancer | do(smoking)) and P(cancer | smoking) differ" in verdict.words


def test_parts_are_found_whatever_the_order_of_names():
    formula = Sum("Z", Product((P("Y", given=("X", "Z")), P("Z"))))
    assert contains(formula, P("Y", given=("Z", "X")))
    assert contains(formula, Product((P("Z"), P("Y", given=("Z", "X")))))
    assert not contains(formula, P("Y", given="X", do="Z"))
    assert replaced(formula, P("Y", given=("Z", "X")), P("Y", given="Z")) == Sum("Z", Product((P("Y", given="Z"),
                                                                                              P("Z"))))
    with pytest.raises(IdentificationError, match=r"P\(X\) does not stand in"):
        replaced(formula, P("X"), P("Z"))
    assert multiplied((formula, Product((P("A"), P("B"))))) == Product((P("A"), P("B"), formula))
    assert P(("A", "B")).key != P("A", given="B").key


def test_how_a_derivation_reads():
    d = front_door()
    assert repr(d).splitlines()[:2] == [
        "P(cancer | do(smoking))",
        "1. = Σ_tar P(cancer | do(smoking), tar) P(tar | do(smoking))   [total probability]",
    ]
    page = d._repr_markdown_()
    assert page == front_door()._repr_markdown_()  # the same on every run
    rows = [line for line in page.splitlines() if line.startswith("|")]
    assert len(rows) == 2 + 1 + 7
    assert all(row.count("|") == 3 for row in rows)  # nothing inside a cell ends it
    assert rows[4].startswith("| **2. rule 2** | $\\displaystyle = \\sum_{\\mathit{tar}}")
    assert r"{\color{#0072b2}{P(\mathit{tar} \mid \mathit{smoking})}}$" in rows[4]  # what the step put in
    assert r"for $P(\mathit{tar} \mid \operatorname{do}(\mathit{smoking})) = P(\mathit{tar} \mid" in rows[4]
    assert r"$\mathit{tar} \perp \mathit{smoking} \text{ in } G_{\underline{\mathit{smoking}}}$" in rows[4]
    assert 'alt="Graph smoking; tar; smoking &lt;-&gt; cancer; tar -&gt; cancer; cut: smoking -&gt; tar."' in rows[4]
    assert "With the arrows out of smoking cut, smoking and tar are d-separated, so" in rows[4]
    assert "go through the values of tar." in rows[3]
    assert "No do() is left: a log can answer. Blue is what the step put in. In the pictures dotted" in page
    start = Derivation.start(Query("cancer", do="smoking"), TAR)._repr_markdown_()
    assert start.split("\n\n")[2].startswith("A do() is left: the derivation is not finished.")
    bar = Derivation.start(Query("tar", do=(), given="smoking"), TAR).total("cancer").collapse()
    divided = bar.condition().cancel()._repr_markdown_()  # the reason speaks of P(smoking), with no bar in a cell
    assert all(row.count("|") == 3 for row in divided.splitlines() if row.startswith("|"))


def test_a_page_shows_the_value_of_every_line():
    d = front_door()
    values = re.findall(r"<small>\((\d\.\d{4})\)</small>", d._repr_markdown_())
    assert len(values) == 8
    assert len(set(values)) == 1
    model = random_model(TAR, np.random.default_rng(2026))
    smokers = model.do(smoking=1).table().marginal("cancer")
    assert float(values[0]) == pytest.approx(smokers.probability(cancer=1), abs=5e-5)
    assert d._repr_markdown_().endswith("at cancer = 1, smoking = 1: all lines agree.")
    wrong = P("cancer", given=("tar", "smoking"))
    false = replace(d.steps[2], after=wrong, formula=replaced(d.steps[1].formula, d.steps[2].before, wrong))
    page = replace(d, steps=(*d.steps[:2], false))._repr_markdown_()
    assert page.endswith("step 3 changes the value.")
    assert len(set(re.findall(r"<small>\((\d\.\d{4})\)</small>", page))) == 2
    large = CausalGraph.parse(" -> ".join(f"V{number}" for number in range(15)))
    assert "exact value" not in Derivation.start(Query("V3", do="V0"), large)._repr_markdown_()
