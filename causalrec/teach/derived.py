"""A derivation as an answer: a learner's function takes the steps, and each is checked as it is taken.

First used: lesson 3b.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from causalrec.causal.formulas.expression import P
from causalrec.errors import GraphError, IdentificationError
from causalrec.teach.answer import Feedback, UnreadableAnswer, described, untouched
from causalrec.teach.judge import AnswerKind, reason

if TYPE_CHECKING:
    from causalrec.causal.derivation.derivation import Derivation
    from causalrec.causal.derivation.rules import RuleCheck


@dataclass
class Seen:
    """What a learner's derivation did: the last step that held, and the rule that was refused, if one was."""

    last: Derivation
    refused: RuleCheck | None = None


class Watched:
    """A derivation in a learner's hands: it does what a derivation does and remembers how far it came."""

    def __init__(self, derivation: Derivation, seen: Seen) -> None:
        """Wrap a derivation; all that come of it share `seen`."""
        self._derivation, self._seen = derivation, seen
        seen.last = derivation

    def __repr__(self) -> str:
        """As the derivation itself."""
        return repr(self._derivation)

    def __getattr__(self, name: str) -> Any:
        """The derivation's own; a step is watched."""
        from causalrec.causal.derivation.derivation import Derivation

        found = getattr(self._derivation, name)
        if not callable(found):
            return found

        def stepped(*args: Any, **named: Any) -> Any:
            if name == "rule" and not (check := self._derivation.check(*args, **named)):
                self._seen.refused = check
            result = found(*args, **named)
            return Watched(result, self._seen) if isinstance(result, Derivation) else result

        return stepped


@dataclass(frozen=True)
class Attempt:
    """How far a learner's derivation came, the rule that was refused, and what stopped it in words."""

    reached: Derivation
    refused: RuleCheck | None = None
    stopped: str = ""


@dataclass(frozen=True)
class Derived(AnswerKind):
    """A function that a learner writes: it gets a derivation without a step and returns it without a do().

    Every step is checked as it is taken: a rule by its mutilated graph, a law of probability by its form. The whole is
    then tried on random models of the graph.
    """

    graph: str
    outcome: str
    treatment: str
    right: Callable[[Any], Any]
    praise: str = ""

    def start(self) -> Derivation:
        """The question, without a step."""
        from causalrec.causal.derivation.derivation import Derivation
        from causalrec.causal.graphs.graph import CausalGraph
        from causalrec.causal.identification.query import Query

        return Derivation.start(Query(self.outcome, do=self.treatment), CausalGraph.parse(self.graph))

    def right_answer(self) -> Callable[[Any], Any]:
        """The worked solution."""
        return self.right

    def worked(self, answer: Any) -> Any:
        """The author's function itself: here a function is the answer, not the way to it."""
        return answer

    def read(self, answer: Any) -> Attempt:
        """How far the function comes, step by step."""
        from causalrec.causal.derivation.derivation import Derivation

        start = self.start()
        seen = Seen(start)
        if isinstance(answer, Derivation):
            result: Any = answer
        elif callable(answer):
            try:
                result = answer(Watched(start, seen))
            except (GraphError, IdentificationError) as error:
                return Attempt(seen.last, seen.refused, str(error))
            except Exception as error:
                raise UnreadableAnswer(f"After {_steps(seen.last)} your function stops with {reason(error)}.") from None
        else:
            raise UnreadableAnswer(f"You gave {described(answer)}; give the function itself, without brackets.")
        if untouched(result):
            raise UnreadableAnswer("Replace the dots in the function, then run the cell again.", "not attempted")
        if result is None:
            raise UnreadableAnswer("Your function gives nothing back: end it with `return`.")
        result = result._derivation if isinstance(result, Watched) else result
        if not isinstance(result, Derivation):
            raise UnreadableAnswer(f"Your function gives {described(result)}; let it return the derivation.")
        if result.question != start.question or result.graph != start.graph:
            raise UnreadableAnswer(f"That derives another question. Begin with the derivation of {start.question} that "
                                   "your function is given.")
        return Attempt(result)

    def grade(self, value: Attempt) -> Feedback:
        """Right when no do() is left; else what was refused and why, or what is still to be done."""
        import numpy as np

        d, done = value.reached, _steps(value.reached)
        if value.stopped:
            return Feedback("wrong", f"After {done} you have {d.formula}. Refused: {value.stopped}")
        if not d.steps:
            return Feedback("wrong", f"No step is taken yet: {d.formula} still asks about a do().")
        if not d.concludes:
            left = "; ".join(dict.fromkeys(str(term) for term in _with_do(d)))
            return Feedback("almost", f"{done} so far, none refused. You have {d.formula}. A do() is left in {left}.")
        if not (tried := d.verify(np.random.default_rng(2026))):
            return Feedback("wrong", f"No do() is left, but {tried.words}")
        return Feedback("right", f"{d.question} = {d.formula}, in {done}. {self.praise}".strip())

    def same(self, value: Attempt, other: Attempt) -> bool:
        """Whether both end in the same formula, or were refused the same rule."""
        ends = [str(one.refused) if one.refused else str(one.reached.formula) for one in (value, other)]
        return ends[0] == ends[1]


def _steps(d: Derivation) -> str:
    return f"{len(d.steps)} step{'' if len(d.steps) == 1 else 's'}"


def _with_do(d: Derivation) -> Iterator[P]:
    from causalrec.causal.formulas.algebra import probabilities

    return (term for term in probabilities(d.formula) if term.do)


def refused(rule: int, z: str, before: P) -> Callable[[Attempt], bool]:
    """Whether an attempt ended in this rule for this z; `before` is the longer side of the refused equation."""

    def fits(attempt: Attempt) -> bool:
        check = attempt.refused
        return check is not None and (check.rule, check.separation.x, check.before.key) == (rule, (z,), before.key)

    return fits
