"""Lesson 0, What is this, and does my machine work: its exercises."""

from __future__ import annotations

from causalrec.teach.exercise import Exercise, Mistake
from causalrec.teach.judge import Guess, Number
from notebooks.claims.lesson_0 import COURSE, pairs_of


def share(outcome: str, given: str | None = None, is_: int = 1) -> float:
    """P(outcome = 1 | given = is_) in the lesson's log; over all its pairs if nothing is given."""
    pairs = pairs_of(COURSE)
    return float((pairs if given is None else pairs[pairs[given] == is_])[outcome].mean())


EXERCISES = (
    Exercise(
        id="0.guess",
        prompt="If the shop recommended every pair instead of none, would the share bought rise by less than the gap, "
        "by as much, or by more?",
        judge=Guess(options=("less", "as much", "more")),
        solution="",
    ),
    Exercise(
        id="0.1",
        prompt="Of the pairs that were browsed, what share was clicked? Give a fraction between 0 and 1.",
        judge=Number(
            expected=lambda: share("clicked", "browsed"),
            tolerance=0.005,
            low=0.0,
            high=1.0,
            praise="You conditioned on browsed, then averaged clicked: the mean interest in this shop.",
        ),
        hints=(
            "“Of the pairs that were browsed” is the condition. Which rows does it keep?",
            '`pairs[pairs["browsed"] == 1]` keeps them. What is left to do is the mean of a column of zeros and ones.',
        ),
        solution=(
            '`answer = pairs[pairs["browsed"] == 1]["clicked"].mean()`\n\n'
            'Condition first, then average. `pairs.groupby("browsed")["clicked"].mean()[1]` gives the same.'
        ),
        mistakes=(
            Mistake(
                lambda: share("clicked"),
                "That is the mean over all pairs, also those that nobody came across. The condition is missing: keep "
                "the browsed rows first.",
            ),
            Mistake(
                lambda: share("browsed", "clicked"),
                "That is the conditional the wrong way round: of the clicked pairs, the share that was browsed. It is "
                "1, for nobody clicks on what they have not come across. Keep the browsed rows, then ask for clicks.",
            ),
            Mistake(
                lambda: share("browsed"),
                "That is how often a pair was browsed at all. It is the condition, not the question: of those rows, "
                "how many were clicked?",
            ),
            Mistake(
                lambda: share("clicked", "browsed", 0),
                "You kept the pairs that were not browsed, and unseen things are not clicked. Keep `browsed == 1`.",
            ),
            Mistake(
                lambda: 1 - share("clicked", "browsed"),
                "That is the share of browsed pairs that was not clicked: 1 minus what is asked.",
                verdict="almost",
            ),
            Mistake(
                lambda: share("purchased", "browsed"),
                "The rows are right, the column is not: you took `purchased`; asked is `clicked`.",
                verdict="almost",
            ),
            Mistake(
                lambda: share("clicked", "recommended"),
                "You conditioned on recommended. Recommended pairs need not be browsed, and others can be; keep "
                "`browsed == 1`.",
            ),
            Mistake(
                lambda: float(pairs_of(COURSE)["clicked"].sum()),
                "That is a count, the number of clicks. A share is this count divided by the number of browsed pairs.",
                verdict="almost",
            ),
        ),
    ),
)
