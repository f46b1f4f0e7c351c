"""The steps of a derivation, and how they look in a notebook: a row a step, with formula, reason and mutilated graph.

First used: lesson 3b.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from causalrec.causal.do_calculus import RuleCheck, pretty
from causalrec.causal.expression import Expression, P
from causalrec.causal.graph import CausalGraph
from causalrec.causal.sketch import sketch
from causalrec.causal.terms import probabilities

_LEGEND = "In the pictures dotted arrows are cut and grey nodes held fixed."


@dataclass(frozen=True, repr=False)
class DerivationStep:
    """One step: an equation between two parts, and the whole formula after the one was put for the other.

    Attributes:
        rule: "rule 1", "rule 2" or "rule 3", or else the law of probability: "total probability", "sum", "chain rule",
            "conditional" or "algebra".
        before: the part that was rewritten.
        after: what it was rewritten to.
        formula: the whole formula after the step.
        words: the reason, as a sentence.
        check: for a rule of the do-calculus the mutilated graph and the separation found there; else None.

    First taught: lesson 3b.
    """

    rule: str
    before: Expression
    after: Expression
    formula: Expression
    words: str
    check: RuleCheck | None = None

    def __repr__(self) -> str:
        """Rule and equation."""
        return f"{self.rule}: {self.before} = {self.after}"


def page(question: P, graph: CausalGraph, steps: Sequence[DerivationStep]) -> str:
    """A derivation in Markdown with LaTeX and pictures."""
    rows = [("", f"${question.latex()}$<br>{sketch(graph)}")]
    rows += [_row(number, step) for number, step in enumerate(steps, start=1)]
    table = [("step", "formula, and why"), (":---", ":---"), *rows]
    last = steps[-1].formula if steps else question
    left = any(term.do for term in probabilities(last))
    end = "A do() is left: the derivation is not finished." if left else "No do() is left: a log can answer."
    legend = f" {_LEGEND}" if any(step.check for step in steps) else ""
    return "\n".join(["**Derivation**", "", *(f"| {' | '.join(row)} |" for row in table), "", end + legend])


def _row(number: int, step: DerivationStep) -> tuple[str, str]:
    """A step's number and rule, and the formula over its reason: the law, or the separation and where it was found.

    Everything stands in one column, and short pieces beside each other, so that a narrow page breaks lines.
    """
    formula, part = rf"$\displaystyle = {step.formula.latex()}$", f"${step.before.latex()}$"
    if step.check is None:
        reason = f"{part}: {pretty(step.words)}"
    else:
        reason = f"{part} $= {step.after.latex()}$, as ${step.check.independence}$<br>{step.check.picture}"
    return f"**{number}. {step.rule}**", f"{formula}<br>{reason}"
