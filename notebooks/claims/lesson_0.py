"""Lesson 0, What is this, and does my machine work: its claims, and what they measure."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from causalrec.teach.claims import Claim, Figures

if TYPE_CHECKING:
    import pandas as pd


World = tuple[str, int | None, int | None]
"""A preset, its number of users and of candidates a user; None: as many as the preset has."""

COURSE: World = ("course", None, None)


@cache
def pairs_of(world: World) -> pd.DataFrame:
    """The log's pairs in a world; their truth is not looked at in this lesson."""
    from causalrec.shop.simulator import simulate

    preset, users, candidates = world
    return simulate(preset, users=users, candidates=candidates)[0].pairs


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
