"""Derivations: from a question with do() to a formula without, one step at a time, each step with its reason.

A learner writes one as a textbook does:

    d = Derivation.start(Query("cancer", do="smoking"), graph)
    d = d.total("tar")                      # law of total probability
    d = d.rule(2, "smoking", of="tar")      # P(tar | do(smoking)) = P(tar | smoking)

Every call gives a new derivation. A step that the graph does not license is refused
with the path that is open; every refusal begins with the step's number and with the step as it was typed.

First taught: lesson 3b.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial, wraps
from typing import Any, TypeVar

import numpy as np

from causalrec.causal.derivation.page import DerivationStep, written_out
from causalrec.causal.derivation.rules import RuleCheck, check_rule, place_of, turned
from causalrec.causal.derivation.verification import Verification, follows_by_probability, verified
from causalrec.causal.formulas import algebra
from causalrec.causal.formulas.algebra import contains, probabilities
from causalrec.causal.formulas.expression import Expression, Fraction, P, Product, Sum, check_formulas
from causalrec.causal.formulas.table import as_tuple
from causalrec.causal.graphs.graph import CausalGraph
from causalrec.causal.identification.query import Query, check_question
from causalrec.causal.identification.steps import without
from causalrec.errors import CausalrecError, IdentificationError
from causalrec.types import Names

__all__ = ["Derivation", "DerivationStep"]

_PLACES = {1: ("given", "nowhere"), 2: ("do", "given"), 3: ("do", "nowhere")}
"""Per rule where what it changes may stand, the place preferred first."""

Step = TypeVar("Step", bound=Callable[..., Any])


def _step(method: Step) -> Step:
    """A method that takes a step: whatever refuses the step names it, its number and how it was typed, in front."""

    @wraps(method)
    def taken(self: Derivation, *args: Any, **named: Any) -> Any:
        try:
            return method(self, *args, **named)
        except CausalrecError as error:
            typed = ", ".join([*map(_typed, args), *(f"{name}={_typed(value)}" for name, value in named.items())])
            raise type(error)(f"step {len(self.steps) + 1}, {method.__name__}({typed}): {error}") from None

    return taken  # type: ignore[return-value]


@dataclass(frozen=True, repr=False)
class Derivation:
    """A question, and the steps that lead on from it.

    Which probability a step rewrites is said by `of`: the probability itself, or the name of its outcome. It may be
    left out where only one fits. A probability that stands in several places is rewritten in all of them.

    Attributes:
        query: the question; the values set or given in it do not matter here.
        graph: the assumptions.
        steps: each a `DerivationStep`.

    Raises:
        GraphError: no graph, or a variable of the query is not in it.
        IdentificationError: no query.

    Source: the derivations of Pearl 2009, Causality, §3.4.3. First taught: lesson 3b.
    """

    query: Query
    graph: CausalGraph
    steps: tuple[DerivationStep, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what is no question, no graph, or a question about nodes that the graph does not have."""
        check_question(self.query, self.graph)

    @classmethod
    def start(cls, query: Query, graph: CausalGraph) -> Derivation:
        """A derivation without a step yet: it says P(outcome | do(…), …) = itself. First taught: lesson 3b."""
        return cls(query, graph)

    @cached_property
    def question(self) -> P:
        """The probability asked for."""
        return P(self.query.outcome, given=self.query.conditions, do=self.query.treatments)

    @property
    def formula(self) -> Expression:
        """What the question has come to so far."""
        return self.steps[-1].formula if self.steps else self.question

    @property
    def concludes(self) -> bool:
        """Whether no do() is left, so that a log can answer."""
        return not any(term.do for term in probabilities(self.formula))

    # ---- the three rules -----------------------------------------------------------------------------------------

    @_step
    def rule(self, number: int, z: Names, of: str | P | None = None) -> Derivation:
        """The derivation with one more step by a rule of the do-calculus.

        Where z stands decides which way the rule is read. Rule 1 drops a z that is given, else adds it. Rule 2 turns
        do(z) into z given, and a z given into do(z). Rule 3 drops do(z), else adds it, at any value.

        Raises:
            IdentificationError: the graph does not license the step (the open path is named), no probability fits, or
                several do.

        First taught: lesson 3b.
        """
        term, after, check = self._ruled(number, z, of)
        if not check:
            raise IdentificationError(f"{term} = {after} is not licensed: {check.words}")
        return self._with(f"rule {number}", term, after, check.words, check)

    def check(self, number: int, z: Names, of: str | P | None = None) -> RuleCheck:
        """What `rule` would find, without taking the step: whether it is licensed, in which graph, and why not.

        Raises IdentificationError where no probability fits, or several do. First taught: lesson 3b.
        """
        return self._ruled(number, z, of)[2]

    def _ruled(self, number: int, z: Names, of: str | P | None) -> tuple[P, P, RuleCheck]:
        z = self._nodes(z)
        if isinstance(number, bool) or number not in _PLACES:
            raise IdentificationError(f"there is no rule {number!r} of the do-calculus; use 1, 2 or 3.")
        wanted = " or ".join({"given": f"{', '.join(z)} given", "do": f"do({', '.join(z)})",
                              "nowhere": f"no {', '.join(z)}"}[place] for place in _PLACES[number])
        term = self._picked(of, [partial(_stands, z, place) for place in _PLACES[number]],
                            f"rule {number} for {', '.join(z)} needs a probability with {wanted}")
        check = check_rule(number, self.graph, term.outcome, without(term.do, z), z, without(term.given, z))
        return term, turned(number, term, z), check

    # ---- the laws of probability ---------------------------------------------------------------------------------

    @_step
    def total(self, z: Names, of: str | P | None = None) -> Derivation:
        """One more step by the law of total probability: P(y | ·) = Σ_z P(y | z, ·) P(z | ·).

        Raises IdentificationError where no probability is free of z, or several are. First taught: lesson 3b.
        """
        z = self._nodes(z)
        term = self._picked(of, [partial(_stands, z, "nowhere")],
                            f"the law of total probability over {', '.join(z)} needs a probability without it")
        after = Sum(z, Product((P(term.outcome, given=term.given + z, do=term.do), P(z, given=term.given, do=term.do))))
        return self._with("total probability", term, after, f"go through the values of {', '.join(z)}.")

    @_step
    def sum(self, z: Names, of: str | P | None = None) -> Derivation:
        """One more step by summing out: P(y | ·) = Σ_z P(y, z | ·).

        Raises IdentificationError as `total`. First taught: lesson 3b.
        """
        z = self._nodes(z)
        term = self._picked(of, [partial(_stands, z, "nowhere")],
                            f"summing out {', '.join(z)} needs a probability without it")
        after = Sum(z, P(term.outcome + z, given=term.given, do=term.do))
        return self._with("sum", term, after, f"sum the joint probability over the values of {', '.join(z)}.")

    @_step
    def chain(self, *first: Names, of: str | P | None = None) -> Derivation:
        """One more step by the chain rule: P(a, b | ·) = P(a | b, ·) P(b | ·) for ``chain("a")``.

        Name as many outcomes as shall stand apart, each given all that follow; what is not named comes last, together.
        With no name at all every outcome stands apart, effects before their causes.

        Raises IdentificationError where no probability has these outcomes and another, or several do.
        """
        blocks: list[tuple[str, ...]] = [self._nodes(names) for names in first]
        apart = {name for block in blocks for name in block}
        among = f", {', '.join(sorted(apart))} among them" if apart else ""
        term = self._picked(of, [lambda term: len(term.outcome) > 1 and apart <= set(term.outcome)
                                 and (len(blocks) != 1 or apart < set(term.outcome))],
                            f"the chain rule needs a probability of several outcomes{among}, not all in one piece")
        if not blocks:
            blocks = [(name,) for name in reversed(self.graph.order) if name in term.outcome]
        elif rest := without(term.outcome, tuple(apart)):
            blocks.append(rest)
        given = [term.given + sum(blocks[place + 1:], ()) for place in range(len(blocks))]
        factors = [P(block, given=behind, do=term.do) for block, behind in zip(blocks, given, strict=True)]
        return self._with("chain rule", term, Product(factors), "each given those that follow it.")

    @_step
    def condition(self, z: Names | None = None, of: str | P | None = None) -> Derivation:
        """One more step by the definition of conditional probability: P(y | z, ·) = P(y, z | ·) / P(z | ·).

        Without `z`, of all that is given. Raises IdentificationError where no probability fits, or several do.
        First taught: lesson 3c.
        """
        named = () if z is None else self._nodes(z)
        term = self._picked(of, [lambda term: bool(term.given) and set(named) <= set(term.given)],
                            f"the definition of conditional probability needs {', '.join(named) or 'something'} given")
        z = named or term.given
        w = without(term.given, z)
        after = Fraction(P(term.outcome + z, given=w, do=term.do), P(z, given=w, do=term.do))
        return self._with("conditional", term, after, "by the definition of conditional probability.")

    @_step
    def join(self, *terms: P) -> Derivation:
        """One more step by the chain rule read backwards: P(a | b, ·) P(b | ·) = P(a, b | ·).

        Raises IdentificationError where the terms are no factors of one product, or do not fit together so.
        """
        if len(terms) < 2 or not all(isinstance(term, P) for term in terms):
            raise IdentificationError("to join needs two or more factors; name them as in join(P('a', given='b'), "
                                      "P('b')).")
        if (both := algebra.joint(terms)) is None:
            raise IdentificationError(f"{' and '.join(map(str, terms))} do not make a joint probability; each must be "
                                      "given just what another speaks of.")
        both = P(self.graph.in_causal_order(both.outcome)[::-1], given=both.given, do=both.do)

        def change(part: Expression) -> Expression | None:
            left = list(part.parts) if isinstance(part, Product) else []
            for term in terms:
                if (factor := next((one for one in left if one.key == term.key), None)) is None:
                    return None
                left.remove(factor)
            return algebra.multiplied((*left, both))

        if (formula := algebra.rewritten(self.formula, change)) == self.formula:
            raise IdentificationError(f"{Product(terms)} stands nowhere as one product in {self.formula}; name factors "
                                      "that are multiplied there.")
        step = DerivationStep("chain rule", Product(terms), both, formula, "read from right to left.")
        return replace(self, steps=(*self.steps, step))

    @_step
    def rewrite(self, after: Expression, of: Expression | None = None, words: str = "rearranged.") -> Derivation:
        """One more step to any formula that is the same by the laws of probability alone, whatever the graph.

        It is tried on distributions drawn at random, one for each set of variables that are set, which have nothing
        in common: what holds for these holds for all.

        Args:
            after: the new formula, or the new part.
            of: the part that it replaces; without, the whole formula.
            words: the reason, as a sentence.

        Raises:
            IdentificationError: the two differ, or `of` does not stand in the formula.
        """
        before = self.formula if of is None else of
        check_formulas(before, after)
        if not follows_by_probability(before, after, self.graph):
            raise IdentificationError(f"{before} = {after} does not follow from the laws of probability alone; use a "
                                      "rule of the do-calculus where a do() comes, goes or becomes an observation.")
        return self._with("algebra", before, after, words)

    @_step
    def cancel(self) -> Derivation:
        """One more step by dividing a fraction by what stands above and below: f g / f = g.

        P(y, z | ·) / P(z | ·) is P(y | z, ·) by the same right. Where several fractions can be divided, the first is.
        Raises IdentificationError where none can.
        """
        if (found := algebra.applied(algebra.cancelled, self.formula)) is not None:
            gone, left = ({factor.key: factor for factor in algebra.below(part)} for part in found)
            by = " and by ".join(str(factor) for key, factor in gone.items() if key not in left)
            return self._with("cancel", *found, f"divide above and below by {by}.")
        raise IdentificationError(f"no fraction in {self.formula} has the same factor above and below; rewrite it so "
                                  "that one has.")

    @_step
    def collapse(self) -> Derivation:
        """One more step by `total` or `sum` read backwards: Σ_z P(y | z, ·) P(z | ·) = P(y | ·) = Σ_z P(y, z | ·).

        Where several sums can go, the first does. Raises IdentificationError where none can.
        """
        if (found := algebra.applied(algebra.collapsed, self.formula)) is not None:
            return self._with("sum out", *found, "a law of probability, read from right to left.")
        raise IdentificationError(f"no sum in {self.formula} is one of total or joint probability; use rewrite for "
                                  "others.")

    # ---- the whole -----------------------------------------------------------------------------------------------

    def verify(self, rng: np.random.Generator, models: int = 5) -> Verification:
        """Whether both sides of every step are equal on random models of the graph, evaluated exactly.

        The first false step is named, with the values that differ; after each step the whole formula is compared with
        the question as well. First taught: lesson 3b.
        """
        sides = [(step.before, step.after, step.formula) for step in self.steps]
        return verified(self.graph, self.question, sides, rng, models)

    def __repr__(self) -> str:
        """The question, and a line for every step."""
        lines = [f"{number}. = {step.formula}   [{step.rule}]" for number, step in enumerate(self.steps, start=1)]
        return "\n".join([str(self.question), *lines])

    def _repr_markdown_(self) -> str:
        return written_out(self.question, self.graph, self.steps)

    # ---- shared --------------------------------------------------------------------------------------------------

    def _nodes(self, names: Names) -> tuple[str, ...]:
        """The names, each a node of the graph."""
        asked = as_tuple(names)
        self.graph.in_order(asked)  # raises on an unknown node
        if not asked:
            raise IdentificationError("no variable was named for this step; name the one that it is about.")
        return asked

    def _with(
        self, rule: str, before: Expression, after: Expression, words: str, check: RuleCheck | None = None
    ) -> Derivation:
        """The derivation with `after` put for `before` wherever it stands; a do() may not come back."""
        if self.concludes and self.query.do and any(term.do for term in probabilities(after)):
            raise IdentificationError(f"the derivation ended with step {len(self.steps)}, for no do() is left in "
                                      f"{self.formula}; {after} would bring one back.")
        step = DerivationStep(rule, before, after, algebra.replaced(self.formula, before, after), words, check)
        return replace(self, steps=(*self.steps, step))

    def _picked(self, of: str | P | None, fits: Sequence[Callable[[P], bool]], needs: str) -> P:
        """The one probability of the formula that is meant: by name, or the only one that fits.

        The first of `fits` that any probability meets decides; among those that do, one with a do() comes first.
        """
        terms = list({term.key: term for term in probabilities(self.formula)}.values())
        if isinstance(of, str):
            self.graph.in_order((of,))  # raises on an unknown node
        if isinstance(of, P) and not contains(self.formula, of):
            raise IdentificationError(f"{of} does not stand in {self.formula}; choose from "
                                      f"{'; '.join(map(str, terms))}.")
        meant = [term for term in terms if of is None or (term.key == of.key if isinstance(of, P) else
                                                          of in term.outcome)]
        for fit in fits:
            found = [term for term in meant if fit(term)]
            found = [term for term in found if term.do] or found
            if len(found) == 1:
                return found[0]
            if found:
                raise IdentificationError(f"{needs}, and there are {len(found)}: {'; '.join(map(str, found))}; say "
                                          f"which by of={_code(found[0])}, or by the name of its outcome.")
        raise IdentificationError(f"{needs}, and {f'of={of}' if of is not None else 'the formula'} has none; it has "
                                  f"{'; '.join(map(str, terms))}.")


def _stands(z: tuple[str, ...], place: str, term: P) -> bool:
    return place_of(term, z) == place


def _typed(value: Any) -> str:
    """An argument as one types it."""
    return _code(value) if isinstance(value, P) else repr(value)


def _code(term: P) -> str:
    """A probability as one types it: P('y', do='x')."""
    fields = (("given", term.given), ("do", term.do))
    return f"P({', '.join([_names(term.outcome), *(f'{field}={_names(names)}' for field, names in fields if names)])})"


def _names(names: tuple[str, ...]) -> str:
    return repr(names[0] if len(names) == 1 else names)
