"""Exercises with feedback at once: `check("5b.2", answer)`, `hint("5b.2", 1)`, `solution("5b.2")`.

An exercise is data in its lesson's file, `EXERCISES` in `notebooks/exercises/lesson_5b.py`; the part of its id before
the dot finds that file. Everything returns a value that a notebook displays; nothing is printed, and nothing is read
but what is passed.

Models: Kaggle's learntools (check, hint, solution; and testing the checker itself), Data 8's check after each answer,
the Hugging Face course's explanation for each option.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from causalrec.errors import ExerciseError
from causalrec.teach.answer import Feedback, UnreadableAnswer, untouched
from causalrec.teach.judge import AnswerKind, Choice, Function, Guess
from causalrec.teach.shelf import item

__all__ = ["Exercise", "Feedback", "Mistake", "Note", "check", "hint", "self_test", "solution"]


@dataclass(frozen=True)
class Mistake:
    """A typical wrong answer and the misconception it betrays.

    `answer` is the wrong answer itself: a value, a function without arguments that computes it, or (where a function
    is asked for) a wrong function. Every answer equal to it gets `says`; `when`, given the answer as read, widens
    that to a whole family.
    """

    answer: Any
    says: str
    verdict: Literal["wrong", "almost"] = "wrong"
    when: Callable[[Any], bool] | None = None

    def fits(self, value: Any, judge: AnswerKind) -> bool:
        """Whether an answer, already read, is this mistake."""
        if self.when is not None:
            return bool(self.when(value))
        return judge.same(value, judge.read(judge.worked(self.answer)))


@dataclass(frozen=True, repr=False)
class Exercise:
    """A question, how its answer is judged, and what to say.

    `judge` holds the right answer and its tolerance (`causalrec.teach.judge`); `solution` is Markdown, and for a
    function its source is shown beneath it; `hints` lead to the answer one by one; `mistakes` are tried in their
    order.
    """

    id: str
    prompt: str
    judge: AnswerKind
    solution: str
    hints: tuple[str, ...] = ()
    mistakes: tuple[Mistake, ...] = ()

    def __repr__(self) -> str:
        """The id and the kind of answer."""
        return f"Exercise({self.id}, {type(self.judge).__name__.lower()})"

    def check(self, answer: Any) -> Feedback:
        """Feedback on an answer; see `check`."""
        if untouched(answer):
            return Feedback("not attempted", "Replace the dots by your answer, then run the cell again.")
        try:
            value = self.judge.read(answer)
        except UnreadableAnswer as told:
            return told.feedback
        graded = self.judge.grade(value)
        if graded.verdict == "right":
            return graded
        for mistake in self.mistakes:
            if mistake.fits(value, self.judge):
                return Feedback(mistake.verdict, mistake.says)
        if graded.verdict == "wrong" and self.hints and not isinstance(self.judge, Choice):  # an option explains itself
            return Feedback("wrong", f'{graded.message} `hint("{self.id}", 1)` may help.')
        return graded


@dataclass(frozen=True, repr=False)
class Note:
    """A hint or a solution: a title and Markdown."""

    title: str
    text: str

    def __repr__(self) -> str:
        """Title and text, as they are."""
        return f"{self.title}. {self.text}"

    def _repr_markdown_(self) -> str:
        return f"**{self.title}.** {self.text}"


def check(exercise: str, answer: Any) -> Feedback:
    """Feedback on an answer to an exercise: not attempted, wrong (and why), almost, or right.

    `exercise` is the id, such as "5b.2"; an `answer` of `...` means not attempted. Answers of another kind than asked
    get a sentence that says so. Functions are called on copies of their inputs, and an exception of theirs is caught
    and explained.

    Raises:
        ExerciseError: there is no such exercise.

    First taught: lesson 0.
    """
    found: Exercise = item("exercises", exercise)
    return found.check(answer)


def hint(exercise: str, number: int = 1) -> Note:
    """The hint with this number, counted from 1; where there is none, a note that says so.

    Raises:
        ExerciseError: there is no such exercise.

    First taught: lesson 0.
    """
    hints = item("exercises", exercise).hints
    if number in range(1, len(hints) + 1):
        return Note(f"Hint {number} of {len(hints)}", hints[number - 1])
    count = "only 1 hint" if len(hints) == 1 else f"{len(hints) or 'no'} hints"
    return Note(f"There is no hint {number}", f'{exercise} has {count}; `solution("{exercise}")` shows the answer.')


def solution(exercise: str) -> Note:
    """The worked solution; for a function its source as well.

    Raises:
        ExerciseError: there is no such exercise.

    First taught: lesson 0.
    """
    found: Exercise = item("exercises", exercise)
    text = found.solution
    if isinstance(found.judge, Function):
        text = f"{text}\n\n```python\n{inspect.getsource(found.judge.right).rstrip()}\n```".strip()
    return Note(f"Solution of {found.id}", text)


def self_test(exercise: Exercise) -> tuple[tuple[Any, Feedback], ...]:
    """What an exercise answers to its stub, to each of its mistakes, and to its solution, once all are as they must be.

    The stub is not attempted; every mistake is wrong or almost, in its own words; the solution is right. Besides,
    there is a hint, a solution and a mistake to recognise (a choice explains its options instead, a guess needs
    none), and every saying differs.

    Raises:
        ExerciseError: the first defect found.
    """
    judge, seen = exercise.judge, [(..., exercise.check(...))]
    _insist(seen[0][1].verdict == "not attempted", exercise, "does not take the dots for not attempted")
    for mistake in exercise.mistakes:
        feedback = exercise.check(judge.worked(mistake.answer))
        recognised = feedback.verdict in ("wrong", "almost") and feedback.message == mistake.says
        _insist(recognised, exercise, f"answers {str(feedback)!r} to the mistake {mistake.says!r}")
        seen.append((mistake.answer, feedback))
    sayings = [mistake.says for mistake in exercise.mistakes]
    _insist(len(set(sayings)) == len(sayings), exercise, "has two mistakes with the same words")
    feedback = exercise.check(judge.right_answer())
    _insist(feedback.verdict == "right", exercise, f"answers its own solution with: {feedback}")
    seen.append((judge.right_answer(), feedback))
    _insist(bool(exercise.prompt.strip()), exercise, "has no prompt")
    if isinstance(judge, Choice):
        _insist(all(judge.options.values()), exercise, "has an option without an explanation")
    if not isinstance(judge, Guess):
        _insist(bool(exercise.hints), exercise, "has no hint")
        _insist(bool(exercise.solution.strip()), exercise, "has no solution")
        _insist(bool(exercise.mistakes) or isinstance(judge, Choice), exercise, "names no typical mistake")
    return tuple(seen)


def _insist(condition: bool, exercise: Exercise, defect: str) -> None:
    if not condition:
        raise ExerciseError(f"exercise {exercise.id} {defect}; mend it in its lesson's file.")
