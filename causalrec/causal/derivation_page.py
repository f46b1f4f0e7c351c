"""How a derivation looks in a notebook: a row for every step, with formula, reason and mutilated graph.

First used: lesson 3b.
"""

from __future__ import annotations

from typing import Any, TypeAlias

from causalrec.causal.do_calculus import pretty
from causalrec.causal.sketch import sketch

Derivation: TypeAlias = Any
DerivationStep: TypeAlias = Any
"""The types of `causalrec.causal.derivation`, which uses this page and is not to be imported here."""

LEGEND = "In the pictures dotted arrows are cut and grey nodes held fixed."


def page(derivation: Derivation) -> str:
    """The derivation in Markdown with LaTeX and pictures."""
    rows = [("", f"${derivation.question.latex()}$<br>{sketch(derivation.graph)}")]
    rows += [_row(number, step) for number, step in enumerate(derivation.steps, start=1)]
    table = [("step", "formula, and why"), (":---", ":---"), *rows]
    end = ("No do() is left: a log can answer." if derivation.concludes else
           "A do() is left: the derivation is not finished.")
    lines = ["**Derivation**", "", *(f"| {' | '.join(row)} |" for row in table), "", end]
    return "\n".join(lines) + (f" {LEGEND}" if any(step.check for step in derivation.steps) else "")


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
