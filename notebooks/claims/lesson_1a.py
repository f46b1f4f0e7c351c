"""Lesson 1a, How interested is this shopper: its claims, and what they measure."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from causalrec.teach.claims import Claim, Figures
from notebooks.claims.worlds import COURSE, World, preset

if TYPE_CHECKING:
    from causalrec.shop.log import Log, OpenTruth

AT_RANDOM: World = ("at random", 2026)
WITHOUT_TASTE: World = ("without taste", 2026)
MANY_LOOKS: World = ("many looks", 2026)


@cache
def shop(world: World) -> tuple[Log, OpenTruth]:
    """The world's log and its truth, opened."""
    from causalrec.shop.simulator import simulate

    log, truth = simulate(preset(world[0]), world[1])
    return log, truth.open()


def rates_of_items(world: World) -> Figures:
    """Root mean squared errors of three estimates of each item's interest, from the looks of weeks 5 and 6.

    The truth is the mean chance of a click over all looks at the item, from the shop's own equation.
    """
    import numpy as np

    from causalrec.causal.belief.pmf import BetaBernoulli
    from causalrec.shop.model import funnel

    log, truth = shop(world)
    _, chance = funnel(preset(world[0]))["clicked"]
    clicks = chance(1, log.pairs["recommended"], truth.pairs["affinity"], truth.pairs["quality"])
    looks = log.pairs.assign(chance=clicks)[log.pairs["browsed"] == 1]
    early = looks[looks["week"] <= 6].groupby("item_id")["clicked"].agg(["sum", "count"])
    interest = looks.groupby("item_id")["chance"].mean().reindex(early.index)
    estimates = {
        "raw": early["sum"] / early["count"],
        "common": early["sum"].sum() / early["count"].sum(),
        "shrunk": BetaBernoulli.fit(early["sum"], early["count"]).shrink(early["sum"], early["count"]),
    }
    errors = {name: float(np.sqrt(np.mean((value - interest) ** 2))) for name, value in estimates.items()}
    return errors | {"items": len(early), "looks": early["count"].mean(), "share": errors["shrunk"] / errors["raw"]}


def words_against_coin(world: World) -> Figures:
    """How often naive Bayes, and how often the true taste, names the shopper who clicked, in percent.

    For each of the 24 items most clicked in weeks 1 to 4 it learns, from the shoppers without pairs in the log, the
    words of whatever else the item's clickers clicked, and orders the log's shoppers who came across the item in weeks
    5 to 8. Every item counts alike; a tie counts half.
    """
    import numpy as np
    import pandas as pd

    from causalrec.causal.belief.naive_bayes import NaiveBayes

    log, truth = shop(world)
    texts = pd.Series(log.catalogue.texts, index=log.catalogue.items["item_id"])
    clicks = log.history.assign(text=log.history["item_id"].map(texts))
    looks = log.pairs.assign(taste=truth.pairs["affinity"])[log.pairs["browsed"] == 1]
    learned_from = clicks[~clicks["user_id"].isin(log.pairs["user_id"])]
    right, best = [], []
    for item in learned_from["item_id"].value_counts().index[:24]:
        words = clicks[clicks["item_id"] != item].groupby("user_id")["text"].agg(" ".join)
        learn = words.index.isin(learned_from["user_id"])
        took = words.index.isin(clicks.loc[clicks["item_id"] == item, "user_id"])
        model = NaiveBayes.fit(list(words[learn]), took[learn])
        rows = looks[(looks["item_id"] == item) & looks["user_id"].isin(words.index)]
        right.append(first_right(model.log_odds(list(words[rows["user_id"]])), rows["clicked"].to_numpy()))
        best.append(first_right(rows["taste"].to_numpy(), rows["clicked"].to_numpy()))
    return {"right": 100 * float(np.mean(right)), "best": 100 * float(np.mean(best)), "items": len(right)}


def first_right(scores: Any, clicked: Any) -> float:
    """Of all pairs of a row that was clicked and one that was not, the share in which the clicked scores higher."""
    gaps = scores[clicked == 1][:, None] - scores[clicked == 0][None, :]  # (clicked, not clicked)
    return float(((gaps > 0) + 0.5 * (gaps == 0)).mean())


def seen_and_done(world: World) -> Figures:
    """The share bought among the pairs that were shown, and the chance of a purchase had all been shown."""
    log, truth = shop(world)
    seen = float(log.pairs.loc[log.pairs["recommended"] == 1, "purchased"].mean())
    done = float(truth.pairs["mu1"].mean())
    return {"seen": seen, "done": done, "times": seen / done}


CLAIMS = (
    Claim(
        id="1a.shrinkage",
        sentence="For {items:.0f} items with {looks:.0f} looks each on average, the raw share misses the true interest "
        "by {raw:.3f}, the common share by {common:.3f}, the shrunk estimate by {shrunk:.3f} (root mean squared "
        "error).",
        measure=rates_of_items,
        holds=lambda figures: figures["share"] < 0.75 and figures["shrunk"] < figures["common"],
        margin="the shrunk estimate misses by less than three quarters of what the raw share does, and by less than "
        "the common share.",
        world=COURSE,
        breaks_in=MANY_LOOKS,
        breaks_because="With hundreds of looks an item's own share is nearly right, and a prior adds little.",
    ),
    Claim(
        id="1a.words_tell",
        sentence="Over {items:.0f} items: of two shoppers who came across one, of whom one clicked, naive Bayes names "
        "the right one in {right:.0f} % of cases. Their true taste would name it in {best:.0f} %.",
        measure=words_against_coin,
        holds=lambda figures: figures["right"] > 56,
        margin="more than 56 %; a coin has 50 %.",
        world=COURSE,
        breaks_in=WITHOUT_TASTE,
        breaks_because="Here nobody's taste matters to what they browse or click, so what they clicked before tells "
        "nothing.",
    ),
    Claim(
        id="1a.seeing_is_not_showing",
        sentence="Of the pairs that were shown, {seen:.3f} were bought; had all been shown, {done:.3f} would have "
        "been. The first is {times:.1f} times the second.",
        measure=seen_and_done,
        holds=lambda figures: figures["times"] > 1.3,
        margin="more than 1.3 times.",
        world=COURSE,
        breaks_in=AT_RANDOM,
        breaks_because="Here the shop drew lots: whom it showed what had nothing to do with what they would buy.",
    ),
)
