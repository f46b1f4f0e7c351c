"""Lesson 2a, What happens if we act: its exercises."""

from __future__ import annotations

from typing import TYPE_CHECKING

from causalrec.teach.exercise import Exercise, Mistake
from causalrec.teach.judge import Case, Choice, Function, Guess, Number, Subset

if TYPE_CHECKING:

    pass


def buys_if_shown(camper: int, u_shown: float, u_bought: float) -> int:
    """Whether the visitor buys under do(shown = 1), with her own noise."""
    shown = 1  # instead of u_shown < 0.2 + 0.6 * camper
    return int(u_bought < (0.5 if camper else 0.1 + 0.2 * shown))


EXERCISES = (
    Exercise(
        id="2a.guess",
        prompt="How many of the hundred would have bought the tent, had all been shown it?",
        judge=Guess(low=0, high=100),
        solution="",
    ),
    Exercise(
        id="2a.1",
        prompt="A stove, 200 visitors. Regulars: 60 shown, 30 of them bought; 20 not shown, 8 bought. Others: 30 "
        "shown, 6 bought; 90 not shown, 9 bought. Had nobody been shown the stove, what share of the 200 would have "
        "bought it?",
        judge=Number(
            expected=(80 * 8 / 20 + 120 * 9 / 90) / 200,
            tolerance=0.001,
            low=0.0,
            high=1.0,
            praise="80 regulars at 8/20 and 120 others at 9/90: 32 + 12 of 200. All 200 are averaged, each kind with "
            "the share it has when not shown.",
        ),
        hints=(
            "Doing keeps all 200 visitors. How many of them are regulars, shown or not?",
            "80 regulars, of whom 8 in 20 buy if not shown; 120 others, of whom 9 in 90 do.",
        ),
        solution="`answer = (80 * 8/20 + 120 * 9/90) / 200`, which is .22.\n\n"
        "Nobody is shown the stove: the 80 regulars buy as regulars do who are not shown it, the 120 others likewise. "
        "Seeing, 17 of 110, gives less: most of those who were not shown it are not regulars.",
        mistakes=(
            Mistake(
                (8 + 9) / (20 + 90),
                "That is seeing: the share among the 110 who were not shown it. Only 20 of these are regulars; under "
                "do(shown = 0) all 80 are there.",
            ),
            Mistake(
                (8 / 20 + 9 / 90) / 2,
                "You averaged the two shares as if there were as many regulars as others. There are 80 and 120.",
            ),
            Mistake(
                (80 * 30 / 60 + 120 * 6 / 30) / 200,
                "That is do(shown = 1), the stove shown to all. Here it is shown to nobody.",
            ),
            Mistake(
                (80 * (30 / 60 - 8 / 20) + 120 * (6 / 30 - 9 / 90)) / 200,
                "That is what showing it to all would add to showing it to nobody. The question asks for the share "
                "that buys if nobody is shown it.",
            ),
            Mistake(
                (30 + 8 + 6 + 9) / 200,
                "That is the share that bought as the shop did it: some were shown it, some were not.",
            ),
            Mistake(
                (8 + 9) / 200,
                "Those who were shown it do not go away: had it not been shown, some of them would have bought too.",
            ),
            Mistake(
                80 * 8 / 20 + 120 * 9 / 90,
                "That is how many of the 200 would buy. Give their share.",
                verdict="almost",
            ),
            Mistake(
                (90 * 8 / 20 + 110 * 9 / 90) / 200,
                "You weighted the kinds by who was shown and who was not (90 and 110). Weight them by how many "
                "regulars and others there are: 80 and 120.",
            ),
        ),
    ),
    Exercise(
        id="2a.2",
        prompt="A visitor's noise is known: `u_shown` and `u_bought`, and whether she is a `camper` (1 or 0). Write "
        "whether she buys the tent (1) or not (0) under do(shown = 1).",
        judge=Function(
            right=buys_if_shown,
            cases=(
                Case((1, 0.9, 0.45), 1),
                Case((0, 0.9, 0.25), 1),  # as it is, she is not shown it and does not buy
                Case((0, 0.1, 0.25), 1),
                Case((0, 0.4, 0.4), 0),  # a camper with this noise would buy
                Case((1, 0.1, 0.7), 0),
                Case((0, 0.1, 0.05), 1),
            ),
            praise="One equation replaced, the other kept with her own noise. u_shown bears on nothing any more.",
        ),
        hints=(
            "Take the three equations and replace the one of `shown` by shown = 1. Which noise is still used?",
            "What is left is the equation of `bought`: `u_bought < 0.5` for campers, `u_bought < 0.1 + 0.2 * 1` for "
            "others. `int(...)` turns true into 1.",
        ),
        solution="The equation of `shown` is replaced, so `u_shown` is not used; `bought` keeps its equation and its "
        "noise:",
        mistakes=(
            Mistake(
                lambda camper, u_shown, u_bought: int(
                    u_bought < (0.5 if camper else 0.1 + 0.2 * (u_shown < 0.2 + 0.6 * camper))
                ),
                "Here `shown` still listens to `camper` and to u_shown: that is the world as it is. do(shown = 1) "
                "replaces this equation by shown = 1.",
            ),
            Mistake(
                lambda camper, u_shown, u_bought: 0.5 if camper else 0.3,
                "That is her kind's chance to buy, an average over all noise. do() leaves the noise alone, and her own "
                "u_bought is known: compare it with this chance.",
            ),
            Mistake(
                lambda camper, u_shown, u_bought: int(u_bought < 0.3),
                "You cut the arrow from `camper` to `bought` as well. do(shown = 1) cuts arrows into shown only; "
                "campers still buy if u_bought lies below 0.5.",
            ),
            Mistake(
                lambda camper, u_shown, u_bought: int(u_shown < (0.5 if camper else 0.3)),
                "That is the noise of `shown`. Each variable has noise of its own; `bought` listens to u_bought.",
            ),
            Mistake(
                lambda camper, u_shown, u_bought: int(u_bought < (0.5 if camper else 0.1)),
                "That is do(shown = 0): for others who are shown the tent the chance is 0.1 + 0.2.",
            ),
            Mistake(
                lambda camper, u_shown, u_bought: int(
                    u_shown < 0.2 + 0.6 * camper and u_bought < (0.5 if camper else 0.3)
                ),
                "That asks who is shown the tent and buys, as it is: seeing. Under do(shown = 1) all are shown it, "
                "whatever their u_shown.",
            ),
            Mistake(
                lambda camper, u_shown, u_bought: bool(u_bought < (0.5 if camper else 0.3)),
                "Right, but as true or false; wrap it in `int(...)` to give 1 or 0.",
                verdict="almost",
            ),
        ),
    ),
    Exercise(
        id="2a.3",
        prompt="do(clicked = 1): to which variables does `clicked` no longer listen?",
        judge=Subset(
            right=frozenset({"browsed", "recommended", "affinity", "quality"}),
            among=(
                "activity", "nudge", "affinity", "need", "quality", "typical_price", "popularity", "price", "score",
                "recommended", "browsed", "purchased",
            ),
            because={
                "purchased": "purchased listens to clicked, not the other way: that arrow stays, or acting would "
                "change nothing.",
            },
            praise="All four arrows into clicked, the two from hidden variables among them. That is the strength of "
            "acting: it cuts also what you cannot see.",
        ),
        hints=(
            "do(clicked = 1) replaces the equation of clicked. Whose arrows end at clicked in the figure?",
            "Four arrows end there; two of them come from variables that stand in no log.",
        ),
        solution='`answer = {"browsed", "recommended", "affinity", "quality"}`\n\n'
        "The parents of clicked, `shop.graph.parents(\"clicked\")`: the constant that takes the equation's place "
        "listens to nobody.",
        mistakes=(
            Mistake(
                {"purchased"},
                "You cut the arrow that leaves clicked. do() replaces the equation of clicked: arrows into it go. "
                "What listens to clicked goes on listening.",
            ),
            Mistake(
                {"browsed", "recommended", "affinity", "quality", "purchased"},
                "The four arrows into clicked go, but the one to purchased stays: without it acting would change "
                "nothing.",
            ),
            Mistake(
                {"browsed", "recommended"},
                "affinity and quality stand in no log, but clicked listened to them, and now it does not. Acting cuts "
                "hidden causes too; conditioning on clicked could not.",
            ),
            Mistake(
                {"browsed"},
                "Not only the step before: every arrow that ends at clicked goes. Look for the others.",
            ),
            Mistake(
                {"browsed", "recommended", "affinity", "quality", "popularity", "activity", "score", "nudge"},
                "Those further back reach clicked through its parents only; there is no arrow of theirs to cut. "
                "popularity and activity still decide who browses.",
            ),
        ),
    ),
    Exercise(
        id="2a.4",
        prompt="You may have one of four things to tell the twins apart: more rows, a perfect model of the log, the "
        "hours, or a lot. Which one?",
        judge=Choice(
            options={
                "rows": "More rows make the table more exact, and both worlds have this very table. The question is "
                "not how well you know it.",
                "model": "A perfect prediction of the rows is the table itself, and both worlds have it. Predicting "
                "what is seen is not knowing what happens if you act.",
                "time": "In both worlds the showing comes before the purchase, and the hidden wish before either. "
                "Later does not mean because of. And with the hours as columns, the recipe makes twins of that table.",
                "lot": "A lot replaces the equation of shown by one that listens to nobody, the wish included. Then "
                "shares near 0.46 and 0.18 mean the first world, near 0.32 both times the second.",
            },
            right="lot",
        ),
        hints=("Which of the four changes an equation, instead of telling more about the same log?",),
        solution='`answer = "lot"`\n\n'
        "The other three tell more about what is seen, on which the twins agree. Only acting differs between them.",
    ),
    Exercise(
        id="2a.5",
        prompt="The school makes all pupils do their homework: do(homework = 1). Of which of the other variables can "
        "the distribution change?",
        judge=Subset(
            right=frozenset({"mark", "prize"}),
            among=("motivation", "parents", "tutoring", "mark", "prize"),
            because={
                "motivation": "motivation comes before homework: made to do it, a pupil is as motivated as before. "
                "(Homework that you see done tells of motivation; homework that you impose does not.)",
                "tutoring": "tutoring does not listen to homework; the same pupils go.",
                "parents": "parents do not listen to homework.",
            },
            praise="Those that listen to homework, directly or through others. Nothing upstream moves.",
        ),
        hints=(
            "Who listens to homework? And who listens to those?",
            "An arrow is followed forwards only: from homework to mark, and on.",
        ),
        solution='`answer = {"mark", "prize"}`\n\n'
        "The descendants of homework, `school.descendants(\"homework\")` without itself. All others keep their "
        "equations, their noise and those they listen to, hence their values.",
        mistakes=(
            Mistake(
                {"mark"},
                "The mark is right. Does anything listen to the mark in turn?",
                verdict="almost",
            ),
            Mistake(
                {"motivation", "tutoring", "mark", "prize", "parents"},
                "That would be seeing: among pupils who did their homework of their own accord, all five can be "
                "distributed otherwise. Made to do it, the pupils are the same; what comes before homework does not "
                "move.",
            ),
            Mistake(
                {"motivation", "tutoring"},
                "Those are the causes of homework. Setting homework cuts their arrows into it; they themselves do not "
                "listen to it.",
            ),
            Mistake(
                {"motivation", "tutoring", "mark", "prize"},
                "mark and prize do change. But motivation and tutoring come before homework: they do not move when it "
                "is set; they would only look otherwise among pupils who do it of their own accord.",
            ),
        ),
    ),
)
