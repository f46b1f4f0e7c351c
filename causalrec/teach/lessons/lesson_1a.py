"""Lesson 1a, How interested is this shopper: its exercises and claims."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

from causalrec.teach.claim import Claim, Figures
from causalrec.teach.exercise import Exercise, Mistake
from causalrec.teach.judge import Case, Choice, Function, Guess, Number

if TYPE_CHECKING:
    from causalrec.shop.log import Log, OpenTruth
    from causalrec.shop.model import Preset

World = tuple[str, int]
"""The name of a world, in `world_preset`, and its seed."""

COURSE: World = ("course", 2026)
AT_RANDOM: World = ("at random", 2026)
WITHOUT_TASTE: World = ("without taste", 2026)
MANY_LOOKS: World = ("many looks", 2026)


def world_preset(name: str) -> Preset:
    """The preset of that name, or the course's with one thing changed."""
    from causalrec.shop.model import PRESETS, Logistic
    from causalrec.teach.lessons.lesson_5b import preset

    if name == "many looks":  # everybody can be recommended every known item, and comes across nearly all
        return replace(PRESETS["course"], browse=Logistic(5.0, {}), candidates=168)
    return preset(name)


@cache
def shop(world: World) -> tuple[Log, OpenTruth]:
    """The world's log and its truth, opened."""
    from causalrec.shop.simulate import simulate

    log, truth = simulate(world_preset(world[0]), world[1])
    return log, truth.open()


def rates_of_items(world: World) -> Figures:
    """Root mean squared errors of three estimates of each item's interest, from the looks of weeks 5 and 6.

    The truth is the mean chance of a click over all looks at the item, from the shop's own equation.
    """
    import numpy as np

    from causalrec.causal.bayes import BetaBernoulli
    from causalrec.shop.model import funnel

    log, truth = shop(world)
    _, chance = funnel(world_preset(world[0]))["clicked"]
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

    from causalrec.causal.naive_bayes import NaiveBayes

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


def shrunk_rate(clicks: float, looks: float, a: float, b: float) -> float:
    """The mean of Beta(a, b) after so many clicks in so many looks."""
    return (a + clicks) / (a + b + looks)


EXERCISES = (
    Exercise(
        id="1a.guess",
        prompt="Of the visitors who click on the tent, what share is campers?",
        judge=Guess(low=0.0, high=1.0),
        solution="",
    ),
    Exercise(
        id="1a.1",
        prompt="The visitor who clicked on the tent also clicks on the head torch. So do 6 in 10 campers and 2 in 10 "
        "others, whether or not they clicked on the tent. How probable is it now that this is a camper?",
        judge=Number(
            expected=8 / 11,
            tolerance=0.005,
            low=0.0,
            high=1.0,
            praise="Odds 1:9, times 8, times 3, make 24:9, that is 8:3. The posterior of one click is the prior of the "
            "next.",
        ),
        hints=(
            "What is the Bayes factor of the second click? By what do you multiply it?",
            "After the first click the odds are 8:9. The torch multiplies them by .6 / .2. Then turn odds into a "
            "probability: o / (1 + o).",
        ),
        solution="`answer = from_odds(posterior_odds(1 / 9, 8, 3))`, which is 8/11.\n\n"
        "By table: of 80 campers who clicked on the tent 48 click on the torch too, of 90 others 18: 48 of 66.",
        mistakes=(
            Mistake(
                0.25,
                "You used the torch alone: odds 1:9 times 3. The tent was clicked before, so the prior is no longer "
                "1:9 but 8:9.",
            ),
            Mistake(
                8 / 3,
                "Those are the odds, 8:3, and right. A probability is o / (1 + o).",
                verdict="almost",
            ),
            Mistake(
                11 / 20,
                "You added the Bayes factors, 8 + 3. Evidence multiplies the odds: 8 times 3.",
            ),
            Mistake(
                8 / 17,
                "That is what the tent alone says, odds 8:9. They are the prior now; the torch multiplies them.",
            ),
            Mistake(
                8 / 9,
                "Those are the odds after the tent alone. Multiply them by the torch's factor, then turn odds into a "
                "probability.",
            ),
            Mistake(
                24 / 25,
                "You turned the product of the Bayes factors, 24, into a probability, as if campers and others were "
                "equally many. Begin with the prior odds, 1:9.",
            ),
            Mistake(
                0.75,
                "You used the torch alone, and as if campers and others were equally many. After the tent the odds "
                "are 8:9.",
            ),
            Mistake(
                0.6,
                "That is P(torch | camper), what campers do. Asked is P(camper | both clicks): the conditional the "
                "other way round.",
            ),
            Mistake(
                0.8 * 0.6,
                "That is P(both clicks | camper), what campers do. Asked is P(camper | both clicks): the conditional "
                "the other way round.",
            ),
            Mistake(
                0.1 * 0.8 * 0.6,
                "That is P(camper and both clicks), the joint probability. Divide it by the probability of both "
                "clicks, over campers and others.",
                verdict="almost",
            ),
        ),
    ),
    Exercise(
        id="1a.2",
        prompt="Write the estimate of a click rate after `clicks` in `looks`, from the prior Beta(a, b).",
        judge=Function(
            right=shrunk_rate,
            cases=(
                Case((2, 6, 1, 1), 0.375),
                Case((4, 5, 2, 3), 0.6),
                Case((0, 5, 2, 3), 0.2),
                Case((10, 10, 30, 60), 0.4),
            ),
            praise="That is (a + clicks) / (a + b + looks): the prior's mean without any look, nearly the shopper's "
            "own share with many.",
        ),
        hints=(
            "Beta(a, b) counts as a clicks in a + b looks that came before. Add what was seen.",
            "Clicks: `a + clicks`. Looks: `a + b + looks`.",
        ),
        solution="The prior is a clicks and b looks without one; add the shopper's own:",
        mistakes=(
            Mistake(
                lambda clicks, looks, a, b: clicks / looks,
                "That is the raw share: it takes one click in one look for a certainty. The prior is missing.",
            ),
            Mistake(
                lambda clicks, looks, a, b: a / (a + b),
                "That is the prior's mean: nothing was learned from the looks.",
            ),
            Mistake(
                lambda clicks, looks, a, b: clicks / (a + b + looks),
                "You counted the prior's looks, a + b, but not the clicks among them, a.",
                verdict="almost",
            ),
            Mistake(
                lambda clicks, looks, a, b: (a + clicks) / (b + looks),
                "b counts looks *without* a click, so the prior has a + b looks, not b.",
                verdict="almost",
            ),
            Mistake(
                lambda clicks, looks, a, b: (
                    ((a + b) * clicks / looks + looks * a / (a + b)) / (looks + a + b)
                ),
                "The weights are swapped: the shopper's own share weighs looks / (looks + a + b), the more the more "
                "looks there are.",
                verdict="almost",
            ),
            Mistake(
                lambda clicks, looks, a, b: (clicks / looks + a / (a + b)) / 2,
                "You gave both the same weight. One look must not weigh as much as a hundred.",
            ),
            Mistake(
                lambda clicks, looks, a, b: (1 + clicks) / (2 + looks),
                "That is right for Beta(1, 1) alone; use the prior that is passed, a and b.",
                verdict="almost",
            ),
        ),
    ),
    Exercise(
        id="1a.3",
        prompt="With A = item and B = user, of what is the article's rule P(A|B) = P(B|A) · P(A) / P(B) the "
        "probability?",
        judge=Choice(
            options={
                "item given user": "Yes: of the rows of this user, the share with this item. In our log that is how "
                "often the item could be shown to the user, and says nothing about buying.",
                "user given item": "That has them the other way round. A stands before the bar, and A is the item.",
                "buy given item": "That is what the article writes next, and it has A = buy and B = item. With A = "
                "item and B = user the item stands before the bar and no purchase occurs at all.",
                "buy given item and user": "That is what a shop wants to know of this shopper. But the rule has two "
                "events only, and neither of them is a purchase.",
            },
            right="item given user",
        ),
        hints=("Put the two names in, letter by letter, before you think of what it should say.",),
        solution='`answer = "item given user"`\n\n'
        "P(item | user) = P(user | item) · P(item) / P(user). In the formula that is printed beside it, A is buy and B "
        "is item: a right formula with other names, in which the user no longer occurs.",
    ),
    Exercise(
        id="1a.4",
        prompt="Suppose the tent is shown to all 1,000 visitors, and campers and others who had been left out, once "
        "shown it, buy as often as those of their kind who had not. What share of the 1,000 buys?",
        judge=Number(
            expected=0.1 * 0.5 + 0.9 * 0.1,
            tolerance=0.0005,
            low=0.0,
            high=1.0,
            praise="50 of 100 campers and 90 of 900 others. No visitor changed; the shop stopped choosing.",
        ),
        hints=(
            "How many of the 100 campers would buy, and how many of the 900 others?",
            "Half of 100, and a tenth of 900, out of 1,000.",
        ),
        solution="`answer = (0.5 * 100 + 0.1 * 900) / 1000`, which is .14. Among the shown it was 49 of 170, because "
        "nearly half of the shown were campers; of all visitors only a tenth is.",
        mistakes=(
            Mistake(
                49 / 170,
                "That is P(buy | shown): the shown as the shop chose them, nearly half of them campers. If all are "
                "shown the tent, a tenth are.",
                when=lambda share: abs(share - 49 / 170) < 0.002,
            ),
            Mistake(
                49 / 1000,
                "That is P(shown and buy), as things are: it counts the 830 who were not shown the tent as if they "
                "still were not.",
            ),
            Mistake(
                (0.5 + 0.1) / 2,
                "You gave campers and others the same weight; there are 100 of the ones and 900 of the others.",
            ),
            Mistake(140, "So many of the 1,000 buy. Asked is the share.", verdict="almost"),
            Mistake(50 / 1000, "You counted the campers who buy. Of the 900 others one in ten buys too."),
            Mistake(90 / 1000, "You counted the others who buy. Half of the 100 campers buy too."),
            Mistake(0.5, "So do campers. Nine visitors in ten are none."),
            Mistake(0.1, "So do the others. One visitor in ten is a camper."),
            Mistake(0.6, "Shares of different groups do not add up. Count who buys among 100 campers and 900 others."),
        ),
    ),
    Exercise(
        id="1a.5",
        prompt="Two in 100 passengers carry a virus. A test finds 9 in 10 of those who do, and is positive in 8 of 100 "
        "of those who do not. A passenger tests positive. How probable is it that they carry it?",
        judge=Number(
            expected=0.02 * 0.9 / (0.02 * 0.9 + 0.98 * 0.08),
            tolerance=0.0015,
            low=0.0,
            high=1.0,
            praise="Of 10,000 passengers 180 test positive rightly and 784 wrongly.",
        ),
        hints=(
            "Take 10,000 passengers. How many carry the virus? How many of them test positive, and how many of the "
            "others?",
            "180 of the 200 carriers, 784 of the 9,800 others.",
        ),
        solution='`Pmf({"carrier": 0.02, "other": 0.98}).update({"carrier": 0.9, "other": 0.08})["carrier"]`, that is '
        "180 / (180 + 784). In odds: 1:49 times .9 / .08.",
        mistakes=(
            Mistake(
                0.9,
                "That is P(positive | carrier). Asked is P(carrier | positive): of all who test positive, the share of "
                "carriers.",
            ),
            Mistake(
                0.92,
                "That is how often those without the virus test negative. This passenger tested positive.",
            ),
            Mistake(
                0.08,
                "That is P(positive | no virus), how often the test errs with those who carry none. Asked is "
                "P(carrier | positive).",
            ),
            Mistake(
                0.02 * 0.9 + 0.98 * 0.08,
                "That is P(positive), carriers or not. Which part of it are carriers?",
                verdict="almost",
            ),
            Mistake(
                0.02 * 0.9,
                "That is P(carrier and positive). Divide it by the probability of a positive test, carriers or not.",
                verdict="almost",
            ),
            Mistake(0.02, "That is the prior: what held before the test. A positive test does say something."),
            Mistake(
                0.9 / (0.9 + 0.08),
                "You took carriers and others for equally many (a prior of one half). Only two in 100 are carriers.",
            ),
            Mistake(
                0.02 * 0.9 / (0.98 * 0.08),
                "Those are the odds. A probability divides by all who test positive, the 180 among them.",
                verdict="almost",
            ),
        ),
    ),
)

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
