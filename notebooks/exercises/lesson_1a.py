"""Lesson 1a, How interested is this shopper: its exercises."""

from __future__ import annotations

from causalrec.teach.exercise import Exercise, Mistake
from causalrec.teach.judge import Case, Choice, Function, Guess, Number


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
