"""A derivation as an answer: what a learner's function did, step by step, and what is said to it."""

from __future__ import annotations

from typing import Any

import pytest

from causalrec.causal import CausalGraph, Derivation, P, Query
from causalrec.teach.answer import UnreadableAnswer
from causalrec.teach.derived import Derived, refused


def adjusted(question: Any) -> Any:
    """P(Y | do(X)) by holding Z fixed."""
    return question.total("Z").rule(2, "X", of="Y").rule(3, "X", of="Z")


JUDGE = Derived("Z -> X -> Y; Z -> Y", "Y", "X", right=adjusted, praise="So the back door is shut.")


def test_the_worked_solution_is_right_and_praised() -> None:
    feedback = JUDGE.grade(JUDGE.read(adjusted))
    assert feedback.verdict == "right"
    assert "P(Y | do(X)) = Σ_Z" in feedback.message
    assert "in 3 steps. So the back door is shut." in feedback.message
    assert JUDGE.grade(JUDGE.read(adjusted(JUDGE.start()))).verdict == "right"  # the derivation itself will do


def test_another_way_to_the_same_formula_counts_as_the_same() -> None:
    other = JUDGE.read(lambda d: d.total("Z").rule(3, "X", of="Z").rule(2, "X", of="Y"))
    assert JUDGE.same(JUDGE.read(adjusted), other)
    assert not JUDGE.same(JUDGE.read(adjusted), JUDGE.read(lambda d: d.total("Z")))


def test_unfinished_is_almost_and_says_what_is_left() -> None:
    feedback = JUDGE.grade(JUDGE.read(lambda d: d.total("Z")))
    assert feedback.verdict == "almost"
    assert "1 step so far, none refused" in feedback.message
    assert "A do() is left in P(Y | do(X), Z); P(Z | do(X))" in feedback.message
    assert JUDGE.grade(JUDGE.read(lambda d: d)).verdict == "wrong"  # no step at all


def test_a_refused_rule_is_named_with_its_open_path() -> None:
    attempt = JUDGE.read(lambda d: d.rule(2, "X"))
    feedback = JUDGE.grade(attempt)
    assert feedback.verdict == "wrong"
    assert "X <- Z -> Y is open" in feedback.message
    assert feedback.message.startswith("After 0 steps you have P(Y | do(X)). Refused: step 1, rule(2, 'X'): P(Y | ")
    assert refused(2, "X", P("Y", do="X"))(attempt)
    assert not refused(3, "X", P("Y", do="X"))(attempt)
    assert not refused(2, "X", P("Y", do="X"))(JUDGE.read(adjusted))


@pytest.mark.parametrize(("answer", "said"), [
    (lambda d: None, "gives nothing back"),
    (lambda d: 1 / 0, "After 0 steps your function stops with"),
    (lambda d: d.total("Z").formula, "let it return the derivation"),
    (lambda d: Derivation.start(Query("X", do="Y"), CausalGraph.parse("Z -> X -> Y; Z -> Y")), "another question"),
    (lambda d: ..., "Replace the dots"),
    (3, "give the function itself"),
])
def test_what_is_no_derivation_is_told_so(answer: Any, said: str) -> None:
    with pytest.raises(UnreadableAnswer, match=said):
        JUDGE.read(answer)
