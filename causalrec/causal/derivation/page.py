"""The steps of a derivation, and how they look in a notebook: a row a step, with formula, reason and mutilated graph.

First used: lesson 3b.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from causalrec.causal.derivation.rules import RuleCheck
from causalrec.causal.derivation.verification import TOLERANCE, traced
from causalrec.causal.formulas.algebra import probabilities, rewritten
from causalrec.causal.formulas.expression import Expression, P
from causalrec.causal.graphs.graph import CausalGraph
from causalrec.causal.graphs.picture import sketch
from causalrec.wording import arrowed

_LEGEND = "Blue is what the step put in. In the pictures dotted arrows are cut and grey nodes held fixed."
_BLUE = "#0072b2"
_SEED = 2026


@dataclass(frozen=True, repr=False)
class DerivationStep:
    """One step: an equation between two parts, and the whole formula after the one was put for the other.

    Attributes:
        rule: "rule 1", "rule 2" or "rule 3", or else the law of probability: "total probability", "sum", "chain rule",
            "conditional", "cancel", "sum out" or "algebra".
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


def written_out(question: P, graph: CausalGraph, steps: Sequence[DerivationStep]) -> str:
    """A derivation in Markdown with LaTeX and pictures: a row a step, and on every row the line's value on one model.

    What a step put in is blue in the line. The values are exact, so that a false step shows as another number.
    """
    formulas = [question, *(step.formula for step in steps)]
    values = traced(graph, formulas, np.random.default_rng(_SEED))  # a page is the same whenever it is shown
    numbers = [f" &emsp;<small>({value:.4f})</small>" for value in values] or [""] * len(formulas)
    rows = [("", f"$\\displaystyle {question.latex()}${numbers[0]}<br>{sketch(graph)}")]
    rows += [_row(number, step, numbers[number]) for number, step in enumerate(steps, start=1)]
    table = [("step", "formula, and why"), (":---", ":---"), *rows]
    left = any(term.do for term in probabilities(formulas[-1]))
    notes = ["A do() is left: the derivation is not finished." if left else "No do() is left: a log can answer."]
    notes += [_LEGEND] if any(step.check for step in steps) else []
    notes += [_checked(question, steps, values)] if values else []
    return "\n".join(["**Derivation**", "", *(f"| {' | '.join(row)} |" for row in table), "", " ".join(notes)])


def _row(number: int, step: DerivationStep, value: str) -> tuple[str, str]:
    """A step's number and rule; the formula over its reason: what became what, and by which law or in which graph.

    Everything stands in one column, and short pieces beside each other, so that a narrow page breaks lines.
    """
    formula = rf"$\displaystyle = {marked(step.formula, step.after).latex()}${value}"
    change = rf"<small>for ${step.before.latex()} = {step.after.latex()}$"
    if step.check is None:
        return f"**{number}. {step.rule}**", f"{formula}<br>{change}: {_cell(step.words)}</small>"
    reason = f"{change}, as ${step.check.independence}$</small><br>{step.check.picture}"
    return f"**{number}. {step.rule}**", f"{formula}<br>{reason}<br><small>{_cell(_reason(step.check))}</small>"


def _cell(words: str) -> str:
    """A sentence inside a table's cell, which a bar would end."""
    return arrowed(words).replace("|", "&#124;")


def _reason(check: RuleCheck) -> str:
    """Why the rule may be used, as a sentence without its number."""
    words = check.words.partition(": ")[2]
    return words[0].upper() + words[1:]


def _checked(question: P, steps: Sequence[DerivationStep], values: Sequence[float]) -> str:
    """What the numbers on the page are, and whether they agree."""
    free = dict.fromkeys(name for formula in (question, *(step.formula for step in steps)) for name in formula.free)
    at = ", ".join(f"{name} = 1" for name in free)
    apart = next((place for place, value in enumerate(values) if abs(value - values[0]) > TOLERANCE), None)
    verdict = f"step {apart} changes the value" if apart else "all lines agree" if steps else "no step is taken yet"
    return f"In brackets the line's exact value on one random model of the graph, at {at}: {verdict}."


def marked(formula: Expression, part: Expression) -> Expression:
    """The formula with one part set off in its LaTeX, wherever the part stands."""
    return rewritten(formula, lambda one: _Marked(one) if one.key == part.key else None)


@dataclass(frozen=True, repr=False)
class _Marked(Expression):
    """A formula that is blue in LaTeX and otherwise what it is."""

    inner: Expression

    @property
    def parts(self) -> tuple[Expression, ...]:
        return (self.inner,)

    def _write(self, symbols: Mapping[str, str], tex: bool) -> str:
        written = self.inner._write(symbols, tex)
        return rf"{{\color{{{_BLUE}}}{{{written}}}}}" if tex else written
