"""Lesson 0, What is this, and does my machine work: its exercises and claims."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from causalrec.teach.claim import Claim, Figures
from causalrec.teach.exercise import Exercise, Mistake
from causalrec.teach.judge import Guess, Number

if TYPE_CHECKING:
    import pandas as pd

World = tuple[str, int | None, int | None]
"""A preset, its number of users and of candidates a user; None: as many as the preset has."""

COURSE: World = ("course", None, None)


@cache
def pairs_of(world: World) -> pd.DataFrame:
    """The log's pairs in a world; their truth is not looked at in this lesson."""
    from causalrec.shop.simulate import simulate

    preset, users, candidates = world
    return simulate(preset, users=users, candidates=candidates)[0].pairs


def share(outcome: str, given: str | None = None, is_: int = 1) -> float:
    """P(outcome = 1 | given = is_) in the lesson's log; over all its pairs if nothing is given."""
    pairs = pairs_of(COURSE)
    return float((pairs if given is None else pairs[pairs[given] == is_])[outcome].mean())


def gap_and_its_error(world: World) -> Figures:
    """How much more often recommended pairs were bought, in itself and in standard errors, clustered by user."""
    from causalrec.causal import naive

    pairs = pairs_of(world)
    gap = naive(pairs["purchased"], pairs["recommended"], cluster=pairs["user_id"])
    standard_error = (gap.high - gap.low) / (2 * 1.96)
    return {"rows": len(pairs), "gap": gap.value, "error": standard_error, "errors": abs(gap.value) / standard_error}


def gaps_by_popularity(world: World) -> Figures:
    """How much more often recommended pairs were bought: over all, among popular items and among the others."""
    pairs = pairs_of(world)
    popular = pairs["popularity"] > 0

    def gap(rows: pd.DataFrame) -> float:
        bought = rows.groupby("recommended")["purchased"].mean()
        return float(bought[1] - bought[0])

    return {"gap": gap(pairs), "popular": gap(pairs[popular]), "others": gap(pairs[~popular])}


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

CLAIMS = (
    Claim(
        id="0.gap_is_not_luck",
        sentence="In {rows:,.0f} rows the gap is {gap:.3f} and its standard error {error:.4f}: "
        "the gap is {errors:.1f} standard errors from zero.",
        measure=gap_and_its_error,
        holds=lambda figures: figures["errors"] > 4,
        margin="more than 4 standard errors, in which the rows of one user count as belonging together.",
        world=COURSE,
        breaks_in=("course", 200, 1),
        breaks_because="With so few rows luck could be all there is to it.",
    ),
    Claim(
        id="0.gap_shrinks_within",
        sentence="Among popular items the gap is {popular:.3f}, among the others {others:.3f}, over all {gap:.3f}.",
        measure=gaps_by_popularity,
        holds=lambda figures: all(0 < figures[kind] < figures["gap"] - 0.002 for kind in ("popular", "others")),
        margin="both above 0 and below the overall gap by at least 0.002.",
        world=COURSE,
        breaks_in=("simpson", None, None),
        breaks_because="That recommender prefers quiet users, who buy little: popularity has no part in its gaps, and "
        "even their sign is turned round.",
    ),
)
