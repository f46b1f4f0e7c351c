"""The kinds of answer an exercise can ask for: each reads what a learner gave, and grades it.

`Number`, `Choice`, `Subset`, `Vector`, `Order`, `Function` and `Guess` are data: a lesson's file fills them in. An
answer is first *read* (text in place of a number, a missing value, a function that stops with an error: each is told
in a sentence) and only then *graded*.
"""

from __future__ import annotations

import copy
import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from causalrec.errors import ExerciseError
from causalrec.teach.answer import (
    Feedback,
    UnreadableAnswer,
    described,
    equal,
    number_in,
    read_items,
    read_label,
    read_number,
    short,
    untouched,
)


class AnswerKind:
    """What every kind of answer can do."""

    def right_answer(self) -> Any:
        """A right answer."""
        raise NotImplementedError

    def read(self, answer: Any) -> Any:
        """The answer in a form to compare.

        Raises:
            UnreadableAnswer: it is of another kind than asked.
        """
        raise NotImplementedError

    def grade(self, value: Any) -> Feedback:
        """Feedback on an answer already read."""
        raise NotImplementedError

    def same(self, value: Any, other: Any) -> bool:
        """Whether two answers, both read, count as one."""
        return bool(value == other)

    def worked(self, answer: Any) -> Any:
        """An author's answer, computed now if it was given as a function without arguments."""
        return answer() if callable(answer) else answer


@dataclass(frozen=True)
class Number(AnswerKind):
    """A number, right within `tolerance`; `expected` may be a function without arguments that computes it when needed.

    `low` and `high` bound what the quantity can be at all (0 and 1 for a probability).
    """

    expected: float | Callable[[], float]
    tolerance: float
    low: float = -np.inf
    high: float = np.inf
    praise: str = ""

    def right_answer(self) -> float:
        """The expected number."""
        return float(self.worked(self.expected))

    def read(self, answer: Any) -> float:
        """The answer as a float; a number in quotes is told to lose them."""
        if isinstance(answer, str) and (number := number_in(answer)) is not None:
            right = self.same(number, self.right_answer())
            told = f"You gave the text {short(answer)}; leave the quotes out, then it is a number."
            raise UnreadableAnswer(told, "almost" if right else "wrong")
        return read_number(answer)

    def grade(self, value: float) -> Feedback:
        """Right, or the slip it looks like: percent for a fraction, a swapped sign, rounding."""
        expected = self.right_answer()
        if self.same(value, expected):
            return Feedback("right", self.praise)
        if not self.low <= value <= self.high:
            if self.same(value / 100, expected):
                return Feedback("almost", "That is in percent; give it as a fraction, a hundredth of that.")
            between = f"between {short(self.low)} and {short(self.high)}"
            return Feedback("wrong", f"{short(value)} cannot be: what is asked lies {between}.")
        if self.same(-value, expected):
            return Feedback("almost", "The size is right, the sign is not: which of the two is subtracted from which?")
        if abs(value - expected) <= 5 * self.tolerance:
            return Feedback("almost", f"{short(value)} is very near. Keep more decimals, or look at the last step.")
        return Feedback("wrong", f"{short(value)} is not it.")

    def same(self, value: float, other: float) -> bool:
        """Within the tolerance, and a little for rounding."""
        return bool(abs(value - other) <= self.tolerance + 1e-9 * max(1.0, abs(other)))


@dataclass(frozen=True)
class Choice(AnswerKind):
    """One option among several; `options` maps each to the sentence that says why it is right or wrong."""

    options: Mapping[str, str]
    right: str

    def __post_init__(self) -> None:
        """Refuse a right option that is not offered.

        Raises:
            ExerciseError: `right` is not among `options`.
        """
        if self.right not in self.options:
            raise ExerciseError(f"the right option {self.right!r} is not among {', '.join(self.options)}; add it.")

    def right_answer(self) -> str:
        """The right option."""
        return self.right

    def read(self, answer: Any) -> str:
        """The option meant, whatever the case it is written in."""
        return read_label(answer, self.options)

    def grade(self, value: str) -> Feedback:
        """The sentence that belongs to the option."""
        return Feedback("right" if value == self.right else "wrong", self.options[value])


@dataclass(frozen=True)
class Subset(AnswerKind):
    """A set of names, in any order; `among` lists those that exist, `because` says why a wrong one does not belong."""

    right: frozenset[str]
    among: tuple[str, ...]
    because: Mapping[str, str] = field(default_factory=dict)
    praise: str = ""

    def right_answer(self) -> frozenset[str]:
        """The right set."""
        return frozenset(self.right)

    def read(self, answer: Any) -> frozenset[str]:
        """The names given; a text is split at its commas, else at its blanks, else ("ACE") into its letters."""
        if isinstance(answer, str):
            known = {name.casefold() for name in self.among}
            parts = answer.split(",")
            if len(parts) == 1 and answer.strip().casefold() not in known:
                parts = answer.split() if len(answer.split()) > 1 else list(answer.strip())
                if not {part.casefold() for part in parts} <= known:
                    parts = [answer]
            answer = [part for part in parts if part.strip()]
        items = read_items(answer, 'a set of names, such as {"A", "B"},')
        return frozenset(read_label(name, self.among) for name in items)

    def grade(self, value: frozenset[str]) -> Feedback:
        """Which names do not belong, and how many are missing (not which)."""
        extra, missing = sorted(value - self.right), len(self.right - value)
        if not extra and not missing:
            return Feedback("right", self.praise)
        told = [self.because.get(name, f"{name} does not belong.") for name in extra]
        if missing:
            told.append("One name is missing." if missing == 1 else f"{missing} names are missing.")
        return Feedback("wrong" if extra or not value else "almost", " ".join(told))


@dataclass(frozen=True)
class Vector(AnswerKind):
    """Several numbers in order, each right within `tolerance`; `expected` may be a function that computes them."""

    expected: Any
    tolerance: float
    praise: str = ""

    def right_answer(self) -> NDArray[np.float64]:
        """The expected numbers."""
        return np.asarray(self.worked(self.expected), dtype=float)

    def read(self, answer: Any) -> NDArray[np.float64]:
        """The answer as an array of the expected shape without missing values."""
        shape = self.right_answer().shape
        array = _numbers(answer)
        if array is None:
            raise UnreadableAnswer(f"You gave {described(answer)}; a list or array of numbers is expected.")
        if array.squeeze().shape == shape:
            array = array.squeeze()
        if array.shape != shape:
            raise UnreadableAnswer(f"Your answer has shape {array.shape}; shape {shape} is expected.")
        if not np.all(np.isfinite(array)):
            first = int(np.flatnonzero(~np.isfinite(array))[0])
            raise UnreadableAnswer(f"Value {first + 1} is missing or infinite: something was missing, or divided by 0.")
        return array

    def grade(self, value: NDArray[np.float64]) -> Feedback:
        """Right, right in another order, or how many are right and where the first slip is."""
        expected = self.right_answer()
        right = np.abs(value - expected) <= self.tolerance + 1e-9
        if right.all():
            return Feedback("right", self.praise)
        if self.same(np.sort(value, axis=None), np.sort(expected, axis=None)):
            return Feedback("almost", "The values are right, their order is not.")
        told = f"{right.sum()} of {right.size} values are right; look at value {int(np.argmin(right)) + 1}."
        return Feedback("almost" if right.mean() >= 0.5 else "wrong", told)

    def same(self, value: NDArray[np.float64], other: NDArray[np.float64]) -> bool:
        """Every value within the tolerance."""
        return bool(np.all(np.abs(value - other) <= self.tolerance + 1e-9))


@dataclass(frozen=True)
class Order(AnswerKind):
    """Names in order, the best first."""

    right: tuple[str, ...]
    praise: str = ""

    def right_answer(self) -> tuple[str, ...]:
        """The right order."""
        return tuple(self.right)

    def read(self, answer: Any) -> tuple[str, ...]:
        """The order given, once it holds every name exactly once."""
        if isinstance(answer, set | frozenset | dict):
            raise UnreadableAnswer("A set has no order; give a list in square brackets, the best first.")
        order = tuple(read_label(name, self.right) for name in read_items(answer, "a list of names, the best first"))
        for name in self.right:
            if order.count(name) != 1:
                told = "is missing from your order" if name not in order else "stands in your order more than once"
                raise UnreadableAnswer(f"{name} {told}; give each of the {len(self.right)} names once.")
        return order

    def grade(self, value: tuple[str, ...]) -> Feedback:
        """Right, upside down, two places swapped, or the first wrong place."""
        pairs = zip(value, self.right, strict=True)
        wrong = [place for place, (given, right) in enumerate(pairs, 1) if given != right]
        if not wrong:
            return Feedback("right", self.praise)
        if value == tuple(reversed(self.right)):
            return Feedback("almost", "The order is right but upside down: the best comes first.")
        if len(wrong) == 2:
            return Feedback("almost", f"Places {wrong[0]} and {wrong[1]} are swapped.")
        return Feedback("wrong", f"Place {wrong[0]} is the first that is not right.")


@dataclass(frozen=True)
class Case:
    """Inputs of a learner's function and the result worked out for them by hand."""

    inputs: tuple[Any, ...]
    expected: Any


@dataclass(frozen=True)
class Function(AnswerKind):
    """A function the learner writes, tried on several inputs; `right` is the worked solution, shown with its source."""

    right: Callable[..., Any]
    cases: tuple[Case, ...]
    tolerance: float = 1e-6
    praise: str = ""

    def right_answer(self) -> Callable[..., Any]:
        """The worked solution."""
        return self.right

    def worked(self, answer: Any) -> Any:
        """The author's function itself: here a function is the answer, not the way to it."""
        return answer

    def read(self, answer: Any) -> tuple[Any, ...]:
        """The results of the function on copies of every case's inputs."""
        if not callable(answer):
            told = f"You gave {described(answer)}; give the function itself, its name without brackets."
            raise UnreadableAnswer(told)
        results = []
        for case in self.cases:
            try:
                results.append(answer(*copy.deepcopy(case.inputs)))
            except Exception as error:
                told = f"Your function stops with {reason(error)} for {self._inputs(case)}."
                raise UnreadableAnswer(told) from None
        if any(untouched(result) for result in results):
            raise UnreadableAnswer("Replace the dots in the function, then run the cell again.", "not attempted")
        if all(result is None for result in results):
            raise UnreadableAnswer("Your function gives nothing back: end it with `return`.")
        return tuple(results)

    def grade(self, value: tuple[Any, ...]) -> Feedback:
        """Right on all cases, or the first case that is not, with what came out and what should have."""
        failed = [
            (case, result)
            for case, result in zip(self.cases, value, strict=True)
            if not equal(result, case.expected, self.tolerance)
        ]
        if not failed:
            return Feedback("right", self.praise)
        case, result = failed[0]
        told = f"for {self._inputs(case)} your function gives {short(result)}; {short(case.expected)} is expected."
        passed = len(self.cases) - len(failed)
        if passed:
            return Feedback("almost", f"Right for {passed} of {len(self.cases)} inputs, but {told}")
        return Feedback("wrong", told[0].upper() + told[1:])

    def same(self, value: tuple[Any, ...], other: tuple[Any, ...]) -> bool:
        """Equal results on every case."""
        return all(equal(one, two, self.tolerance) for one, two in zip(value, other, strict=True))

    def _inputs(self, case: Case) -> str:
        names = inspect.signature(self.right).parameters
        return ", ".join(f"{name}={short(value)}" for name, value in zip(names, case.inputs, strict=False))


@dataclass(frozen=True)
class Guess(AnswerKind):
    """A guess that only commits: any number in the range, or any of the options, is noted."""

    low: float = -np.inf
    high: float = np.inf
    options: tuple[str, ...] = ()

    def right_answer(self) -> float | str:
        """Any guess that is accepted."""
        return self.options[0] if self.options else float(np.clip(0.0, self.low, self.high))

    def read(self, answer: Any) -> float | str:
        """The guess, once it is of the right kind and in range."""
        if self.options:
            return read_label(answer, self.options)
        if isinstance(answer, str) and number_in(answer) is not None:
            raise UnreadableAnswer(f"You gave the text {short(answer)}; leave the quotes out, then it is a number.")
        number = read_number(answer)
        if not self.low <= number <= self.high:
            told = f"{short(number)} cannot be: guess a number between {short(self.low)} and {short(self.high)}."
            raise UnreadableAnswer(told)
        return number

    def grade(self, value: float | str) -> Feedback:
        """Noted."""
        return Feedback("right", f"Your guess is {short(value)}. Read on.", noted=True)


def _numbers(answer: Any) -> NDArray[np.float64] | None:
    """The answer as an array of floats, or None where it is not one."""
    if answer is None or isinstance(answer, set | frozenset | Mapping):
        return None
    try:
        array = np.asarray(answer)
        return array.astype(float) if array.dtype.kind in "iufO" else None
    except (TypeError, ValueError, RuntimeError):
        return None


def reason(error: Exception) -> str:
    """An exception's kind and first line, without addresses, which change from run to run."""
    lines = re.sub(r" at 0x[0-9a-fA-F]+", "", str(error)).strip().splitlines()
    return f"{type(error).__name__} ({lines[0].rstrip('.')})" if lines else type(error).__name__
