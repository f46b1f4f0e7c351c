"""Lesson 7d, Real words: its exercises, and the data that it needs."""

from __future__ import annotations

from causalrec.teach.exercise import Exercise, Mistake
from causalrec.teach.judge import Choice, Guess, Number

NEEDS = ("reviews",)
"""Sources of real data without which notebook and claims are skipped by name; see `causalrec.shop.sources.source`."""

EXERCISES = (
    Exercise(
        id="7d.guess",
        prompt="From how many titles on does counting words sort as well as BERT?",
        judge=Guess(options=("100", "1000", "3000", "never")),
        solution="",
    ),
    Exercise(
        id="7d.1",
        prompt="Four reviews that recommend score 9, 7, 4 and 9 points, two that do not 7 and 2. What is the AUC?",
        judge=Number(
            expected=6.5 / 8,
            tolerance=0.003,
            low=0.0,
            high=1.0,
            praise="Of 8 pairs 6 are in the right order and one is a tie, which counts half.",
        ),
        hints=(
            "There are 4 · 2 pairs of one that recommends and one that does not. In how many does the first score "
            "higher?",
            "Against 2 points all four win. Against 7 two win, one ties, one loses.",
        ),
        solution="`answer = (4 + 2 + 0.5) / 8`: against 2 points all four score higher, against 7 two do and one ties.",
        mistakes=(
            Mistake(6 / 8, "You gave the tie nothing. A tie is a coin's toss: half.", verdict="almost"),
            Mistake(7 / 8, "You counted the tie as won. A tie is a coin's toss: half.", verdict="almost"),
            Mistake(
                1.5 / 8,
                "That is the share of pairs in the *wrong* order: a recommending review shall score higher.",
            ),
            Mistake(
                4 / 6,
                "That is the accuracy if more than 5 points mean yes. The AUC needs no threshold; it compares pairs.",
                when=lambda value: abs(value - 4 / 6) < 0.004,
            ),
            Mistake(6.5, "That is the number of pairs in the right order. Divide by the number of pairs."),
            Mistake(
                6.5 / 15,
                "You divided by all pairs of six reviews. Only pairs of one that recommends and one that does not "
                "count, 4 · 2.",
                when=lambda value: abs(value - 6.5 / 15) < 0.004,
            ),
        ),
    ),
    Exercise(
        id="7d.2",
        prompt="Which column, added to the words, gives an AUC of nearly 1, and will not be there when the model is "
        "used?",
        judge=Choice(
            options={
                "age": "It is known before the review, and says little of it: older buyers recommend a little more "
                "often. It does not lift an AUC to nearly 1.",
                "department": "It is known before the review, and says little of it. It does not lift an AUC to "
                "nearly 1.",
                "rating": "The stars are ticked in the same breath as the recommendation and nearly repeat it. A post "
                "in which nobody has ticked anything has neither. To learn from what will not be there, or is the "
                "answer in other words, is called leakage.",
                "helpful": "Readers click on it later, so a new post lacks it too. But it says little of the "
                "recommendation and does not lift an AUC to nearly 1.",
            },
            right="rating",
        ),
        hints=("Which column is filled in together with the recommendation?",),
        solution='`answer = "rating"`\n\nWho gives five stars recommends, nearly always. The model would learn the '
        "stars instead of the words, and be helpless without them.",
    ),
    Exercise(
        id="7d.3",
        prompt="The shop's editor replaces *disappointed* by *delighted* in every review. What happens to the share of "
        "these buyers who would recommend what they bought?",
        judge=Choice(
            options={
                "rises": "So says the model, which knows words only. But that is P(recommended | words). The buyers "
                "are as disappointed as before: do(words) cuts the arrow from experience to words, and nothing leads "
                "from words to the recommendation.",
                "falls": "Nothing in the graph leads from the words to the recommendation, in either direction.",
                "stays": "The buyers' experience is what it was. do(words) cuts the arrow into words, and no path is "
                "left; the model, which knows words only, would now say more. (Later *readers* may buy more: that is "
                "another outcome, of other people.)",
            },
            right="stays",
        ),
        hints=("What the editor does is do(words). Which arrow does it cut, and what leads on from words?",),
        solution='`answer = "stays"`\n\nP(recommended | do(words)) = P(recommended): `review.do("words")` has no path '
        "from words to recommended. The model's P(recommended | words) rises, for it takes the words for the buyers' "
        "own.",
    ),
    Exercise(
        id="7d.4",
        prompt="A clinic writes to 1,000 patients; 300 answer, 240 of these are content. What is the least share of "
        "all 1,000 that can be content?",
        judge=Number(
            expected=0.24,
            tolerance=0.0005,
            low=0.0,
            high=1.0,
            praise="If none of the 700 silent ones is content, 240 of 1,000 are. The most is 940 of 1,000.",
        ),
        hints=(
            "What do you know of the 700 who did not answer? What is the worst that can be true of them?",
            "Count the content ones if none of the silent is content, out of all 1,000.",
        ),
        solution="`answer = 240 / 1000`: 300/1000 · 240/300 + 700/1000 · 0. The most is .24 + .70.",
        mistakes=(
            Mistake(
                0.8,
                "That is the share of those who answered. It holds for all if the silent are like them, which nobody "
                "has asked.",
            ),
            Mistake(0.94, "That is the most: all the silent ones are content. Asked is the least.", verdict="almost"),
            Mistake(0.3, "So many answered. Not all of them are content."),
            Mistake(240, "So many at least. Asked is their share of all 1,000.", verdict="almost"),
            Mistake(
                0.59,
                "That takes the middle: it supposes that half of the silent are content. The least supposes that none "
                "is.",
            ),
            Mistake(0.0, "240 patients have said that they are content; whatever the others think, they count."),
        ),
    ),
)
