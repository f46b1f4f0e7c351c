"""Lesson 4a, What will this shopper like, from the words: its exercises."""

from __future__ import annotations

from math import log, log10

from causalrec.teach.exercise import Exercise, Mistake
from causalrec.teach.judge import Choice, Guess, Number, Vector

EXERCISES = (
    Exercise(
        id="4a.guess",
        prompt="Of two new items that a shopper came across, one was clicked. How often does BERT put it first?",
        judge=Guess(low=0.0, high=1.0),
        solution="",
    ),
    Exercise(
        id="4a.1",
        prompt="Camping items of weeks 5 to 8 cost 80, 100 and 240 euro, kitchen items 8 and 12. In week 9 a camping "
        "item costs 60, another has no price. What is filled in there, if each category's median is learned from "
        "weeks 5 to 8?",
        judge=Number(
            expected=100,
            tolerance=0.01,
            praise="The median of 80, 100 and 240. The 60 of week 9 was not there to learn from.",
        ),
        hints=(
            "Which rows may be learned from, and which of them are of the same category?",
            "Sort 80, 100 and 240, and take the one in the middle.",
        ),
        solution="`answer = 100`: the median of the camping prices of the learning weeks, 80, 100 and 240.",
        mistakes=(
            Mistake(
                90,
                "That is the median of all four camping prices, the judging week's 60 among them. What is judged must "
                "not teach: learn from the learning weeks alone.",
            ),
            Mistake(
                140,
                "That is the mean of the three. One dear item pulls it up; the median is the one in the middle.",
            ),
            Mistake(80, "That is the median of all five learning prices, kitchen items too. Stay in the category."),
            Mistake(70, "That is the median of all six prices: other categories and the judging week among them."),
            Mistake(
                120,
                "That is the mean of all four camping prices. The median is asked, of the learning weeks alone.",
            ),
            Mistake(0, "Zero euro is a price, and a wrong one: the item would be the cheapest in the shop."),
            Mistake(60, "That is the price of another item in the judging week, from which nothing may be learned."),
        ),
    ),
    Exercise(
        id="4a.2",
        prompt="Of 9 texts one has the word tent, and all 9 have the word with. By the idf above, how many times as "
        "heavy as with is tent?",
        judge=Number(
            expected=log(10 / 2) + 1,
            tolerance=0.01,
            low=0.0,
            praise="ln(10/2) + 1 against ln(10/10) + 1, which is 1: a word that stands everywhere keeps weight 1.",
        ),
        hints=(
            "Put n = 9 into the formula twice: with df = 1 for tent, with df = 9 for with. `np.log` is the natural "
            "logarithm.",
            "The weight of *with* is ln(10 / 10) + 1 = 1.",
        ),
        solution="`answer = (np.log(10 / 2) + 1) / (np.log(10 / 10) + 1)`, which is about 2.61.",
        mistakes=(
            Mistake(
                9,
                "So many times as frequent is *with*. Weights grow with the logarithm of rarity, far more slowly.",
            ),
            Mistake(log(10 / 2), "You left out the + 1 behind the logarithm.", verdict="almost"),
            Mistake(
                log(9 / 1) + 1,
                "You divided 9 by 1; in the formula both n and df have one added to them.",
                verdict="almost",
            ),
            Mistake(log10(10 / 2) + 1, "That is the decimal logarithm; ln is the natural one, `np.log`.", "almost"),
            Mistake(1 / (log(10 / 2) + 1), "You have it upside down: the rare word is the heavy one.", "almost"),
            Mistake(5, "That is 10/2, without logarithm and + 1."),
            Mistake(1, "That is the weight of *with*. Divide the weight of *tent* by it."),
        ),
    ),
    Exercise(
        id="4a.3",
        prompt="A text of three tokens has the states (1, 3), (3, 5) and (9, 9), and the mask 1, 1, 0. What is its "
        "mean vector, before it is brought to length 1?",
        judge=Vector(
            expected=(2.0, 4.0),
            tolerance=0.01,
            praise="The mean of the two that are tokens of the text. The third only fills up the row.",
        ),
        hints=(
            "What does a 0 in the mask mean for the third state?",
            "((1, 3) + (3, 5)) / 2, number by number.",
        ),
        solution="`answer = [2, 4]`: the mean of (1, 3) and (3, 5). The third token is padding and has mask 0.",
        mistakes=(
            Mistake(
                (13 / 3, 17 / 3),
                "You averaged all three. The third is padding: then a text's vector would depend on how long the "
                "others in its batch are.",
            ),
            Mistake(
                (4 / 3, 8 / 3),
                "You left the padding out of the sum, but divided by three. Divide by the sum of the mask.",
                verdict="almost",
            ),
            Mistake((4.0, 8.0), "That is the sum; divide it by the number of tokens of the text.", verdict="almost"),
            Mistake((1.0, 3.0), "That is the first token's state alone: CLS pooling, not the mean."),
            Mistake(
                (2 / 20**0.5, 4 / 20**0.5),
                "That has length 1 already. Asked is the mean before that.",
                verdict="almost",
            ),
        ),
    ),
    Exercise(
        id="4a.4",
        prompt="Somebody repairs the listing by taking the softmax over the last axis of `last_hidden_state`. It runs. "
        "Over what do the resulting numbers sum to 1?",
        judge=Choice(
            options={
                "click and no click": "No axis of the hidden states stands for what a shopper does. The last one has "
                "384 places, and nothing has been told of clicks.",
                "items": "The items are the first axis, one row each. Softmax was taken over the last.",
                "tokens": "The tokens are the second axis. Softmax was taken over the last.",
                "coordinates": "For each token the 384 coordinates of its state now sum to 1. They are called "
                "probabilities, but there is no event that any of them is the probability of.",
            },
            right="coordinates",
        ),
        hints=("The shape is (texts, tokens, 384). Which of the three is the last axis, and what stands along it?",),
        solution='`answer = "coordinates"`\n\n'
        "Softmax makes any list of numbers positive with sum 1. That does not make them probabilities of something: "
        "for this a head must have learned from outcomes.",
    ),
    Exercise(
        id="4a.5",
        prompt="Of 100 visitors 90 come across the nurse posting anyway, and 20 come across the baker posting. Of "
        "those who do, 6 in 10 open the nurse posting and 3 in 10 the baker posting. On the front page all 100 come "
        "across a posting. How many more openings does the front page add for the posting that gains more?",
        judge=Number(
            expected=100 * (1 - 0.2) * 0.3,
            tolerance=0.01,
            low=0.0,
            praise="For the baker 80 more visitors, of whom 24 open it. For the nurse 10 more, of whom 6 do: twice the "
            "interest, a quarter of the effect.",
        ),
        hints=(
            "Whom does the front page reach who would not have come across the posting anyway?",
            "10 more visitors for the nurse posting, 80 for the baker posting; how many of them open it?",
        ),
        solution="`answer = 80 * 0.3`, which is 24, for the baker posting; the nurse posting gains 10 · 0.6 = 6.\n\n"
        "This supposes that those whom the front page reaches open a posting as often as those who came across it "
        "anyway. The text cannot vouch for that.",
        mistakes=(
            Mistake(
                6,
                "So many gains the nurse posting, the one of higher interest. Most visitors come across it anyway; "
                "reckon the other one too.",
            ),
            Mistake(
                60,
                "So many open the nurse posting on the front page. 54 of them would have opened it anyway.",
            ),
            Mistake(30, "So many open the baker posting on the front page. Some of them would have done so anyway."),
            Mistake(54, "So many open the nurse posting anyway, without the front page."),
            Mistake(
                80,
                "So many more visitors come across the baker posting. Not all of them open it.",
                verdict="almost",
            ),
            Mistake(
                0.24,
                "That is the share of the visitors. Asked is how many of the 100.",
                verdict="almost",
            ),
        ),
    ),
)
