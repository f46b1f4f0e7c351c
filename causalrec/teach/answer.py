"""What a learner gave, read with goodwill: numbers, labels, values put into words; and the feedback they get."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

Outcome = Literal["not attempted", "wrong", "almost", "right"]

# Border colours (Okabe-Ito) that stand out on a white and on a black page; the words never depend on them.
_BORDERS: Mapping[str, str] = {
    "not attempted": "#888888",
    "wrong": "#D55E00",
    "almost": "#E69F00",
    "right": "#009E73",
    "noted": "#0072B2",
}


@dataclass(frozen=True, repr=False)
class Feedback:
    """What a check says: a verdict and why.

    The plain text is the same in a notebook, in a terminal and to a screen reader; the HTML adds a coloured rule only.
    `noted` marks a guess that only commits: it is headed "Noted" and neither praised nor corrected.
    """

    verdict: Outcome
    message: str
    noted: bool = False

    @property
    def heading(self) -> str:
        """The verdict as a word to read."""
        return "Noted" if self.noted else self.verdict.capitalize()

    def __repr__(self) -> str:
        """Heading and message as one line of text."""
        return f"{self.heading}. {self.message}".strip()

    def _repr_html_(self) -> str:
        return boxed(self.heading, self.message, _BORDERS["noted" if self.noted else self.verdict])


def boxed(heading: str, message: str, border: str) -> str:
    """The HTML of a heading and a message beside a coloured rule; the text keeps the page's own colour, light or dark.

    Text between backticks becomes code; everything else is escaped.
    """
    words = re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(message, quote=False))
    style = f"border-left: 4px solid {border}; padding: 0.2em 0.8em; margin: 0.3em 0; max-width: 60em"
    return f'<div style="{style}"><strong>{html.escape(heading)}.</strong> {words}</div>'


class UnreadableAnswer(Exception):  # noqa: N818 - an answer, not an error: it never leaves a check
    """An answer of another kind than asked; carries the feedback that says so."""

    def __init__(self, message: str, verdict: Outcome = "wrong") -> None:
        """Keep the message and the verdict as feedback."""
        super().__init__(message)
        self.feedback = Feedback(verdict, message)


def untouched(answer: Any) -> bool:
    """Whether an answer still holds the dots it was handed out with."""
    if isinstance(answer, Mapping):
        answer = list(answer.values())
    if isinstance(answer, list | tuple | set | frozenset):
        return any(item is ... for item in answer)
    return answer is ...


def number_in(text: str) -> float | None:
    """The finite number that a text spells, or None."""
    try:
        number = float(text.replace("_", "x"))  # Python reads "1_0" as 10; nobody means that
    except ValueError:
        return None
    return number if np.isfinite(number) else None


def read_number(answer: Any) -> float:
    """The answer as a finite float: a Python or numpy number, or anything that holds exactly one.

    Raises:
        UnreadableAnswer: text, a truth value, several values, a missing or an infinite value.
    """
    if isinstance(answer, str | bytes | bool | np.bool_ | complex | np.complexfloating) or answer is None:
        raise UnreadableAnswer(f"You gave {described(answer)}; one number is expected.")
    try:
        values = np.asarray(answer)
        if values.size != 1 and values.dtype.kind in "iufO":
            raise UnreadableAnswer(f"You gave {described(answer)}; one number is expected: one of them, or their mean.")
        number = float(values.item() if values.dtype.kind in "iufO" else answer)
    except OverflowError:
        number = np.inf
    except (TypeError, ValueError, RuntimeError):
        raise UnreadableAnswer(f"You gave {described(answer)}; one number is expected.") from None
    if np.isnan(number):
        raise UnreadableAnswer("Your answer is nan, which is not a number: something was missing, or 0 divided by 0.")
    if np.isinf(number):
        raise UnreadableAnswer("Your answer is infinite: something was divided by 0, or grew without bound.")
    return number


def read_label(answer: Any, options: Iterable[str]) -> str:
    """The option that the answer names, whatever its case and the spaces around it.

    Raises:
        UnreadableAnswer: not a text, or none of the options.
    """
    offered = {option.casefold(): option for option in options}
    choose = "choose from " + ", ".join(offered.values())
    if isinstance(answer, int | np.integer) and not isinstance(answer, bool):
        answer = str(answer)  # item 3 and "3" name the same thing
    if not isinstance(answer, str):
        raise UnreadableAnswer(f"You gave {described(answer)}; a name in quotes is expected: {choose}.")
    if (label := answer.strip().casefold()) not in offered:
        raise UnreadableAnswer(f"{short(str(answer))} is not on offer: {choose}.")
    return offered[label]


def read_items(answer: Any, expected: str) -> list[Any]:
    """The items of an answer that holds several.

    Raises:
        UnreadableAnswer: a text or a single value; the message names what is `expected`.
    """
    if not isinstance(answer, str):
        try:
            return list(answer)
        except TypeError:
            pass
    raise UnreadableAnswer(f"You gave {described(answer)}; {expected} is expected.")


def equal(result: Any, expected: Any, tolerance: float) -> bool:
    """Whether a result is the expected one: numbers within the tolerance, containers item by item, all else by ==."""
    if isinstance(expected, Mapping):
        return (
            isinstance(result, Mapping)
            and set(result) == set(expected)
            and all(equal(result[key], expected[key], tolerance) for key in expected)
        )
    if expected is None or isinstance(expected, str | bool | set | frozenset):
        return type(result) in (type(expected), np.bool_, np.str_) and bool(result == expected)
    if isinstance(expected, list | tuple) and any(isinstance(item, str | tuple | list | dict) for item in expected):
        try:
            items = list(result)
        except TypeError:
            return False
        return len(items) == len(expected) and all(equal(a, b, tolerance) for a, b in zip(items, expected, strict=True))
    try:
        given, wanted = np.asarray(result, dtype=float), np.asarray(expected, dtype=float)
    except (TypeError, ValueError, RuntimeError):
        return False
    if isinstance(result, bool | np.bool_ | str) or given.shape != wanted.shape:
        return False
    return bool(np.allclose(given, wanted, rtol=1e-9, atol=tolerance, equal_nan=True))


def short(value: Any) -> str:
    """A value in a few characters, the same on every run: no addresses, no types, four significant figures."""
    if value is None or isinstance(value, bool | np.bool_):
        return str(value)
    if isinstance(value, int | np.integer):
        return str(int(value))
    if isinstance(value, float | np.floating):
        return f"{value:.4g}"
    if isinstance(value, str):
        return repr(str(value)) if len(value) <= 40 else repr(str(value)[:37] + "...")
    if isinstance(value, set | frozenset):
        return "{" + ", ".join(sorted(map(short, value))) + "}"
    if isinstance(value, Mapping):
        return "{" + _listed([f"{short(key)}: {short(item)}" for key, item in value.items()]) + "}"
    if isinstance(value, list | tuple) or (isinstance(value, np.ndarray) and value.ndim == 1):
        return "[" + _listed([short(item) for item in value]) + "]"
    return described(value)


def described(value: Any) -> str:
    """What kind of thing a learner gave, in words."""
    if value is None:
        return "None (a cell that only prints hands nothing back)"
    if isinstance(value, bool | np.bool_):
        return f"{value}, which is true or false"
    if isinstance(value, str):
        return f"the text {short(value)}"
    if isinstance(value, int | float | complex | np.number):
        return f"the number {short(value) if not isinstance(value, complex | np.complexfloating) else value}"
    if callable(value):
        return "a function or a class, not what comes out of calling it"
    kind = "array" if isinstance(value, np.ndarray) else type(value).__name__
    article = "an" if kind[0] in "aeiouAEIOU" else "a"
    shape = getattr(value, "shape", None)
    if isinstance(shape, tuple) and len(shape) > 1:
        return f"{article} {kind} of shape {tuple(int(side) for side in shape)}"
    try:
        return f"{article} {kind} of {len(value)} value{'' if len(value) == 1 else 's'}"
    except TypeError:
        return f"{article} {kind}"


def _listed(items: Sequence[str]) -> str:
    return ", ".join(items) if len(items) <= 6 else ", ".join(items[:5]) + f", … {len(items)} in all"
