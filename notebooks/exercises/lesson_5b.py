"""Lesson 5b, What should we show: its exercises."""

from __future__ import annotations

from causalrec.teach.exercise import Exercise, Mistake
from causalrec.teach.judge import Case, Choice, Function, Guess, Number, Order, Subset


def gain_per_showing(mu0: float, mu1: float, value: float, cost: float) -> float:
    """What one showing earns: the value of the purchases it adds, less what it costs."""
    return value * (mu1 - mu0) - cost


EXERCISES = (
    Exercise(
        id="5b.guess",
        prompt="By which order do the top ten add most purchases?",
        judge=Guess(options=("popularity", "interest", "bought", "shown", "article", "uplift")),
        solution="",
    ),
    Exercise(
        id="5b.1",
        prompt="Of 100 visits each end in a purchase, if the item is shown and if not: tent 30 and 28, lamp 28 and 10, "
        "stove 26 and 17, socks 5 and 1. Order the four items by what showing them adds, the most first.",
        judge=Order(
            right=("lamp", "stove", "socks", "tent"),
            praise="Lamp 18, stove 9, socks 4, tent 2: the best seller gains least from being shown.",
        ),
        hints=(
            "What does a showing change? Compare the two numbers of one item with each other.",
            "Subtract, do not divide: the shop counts purchases.",
        ),
        solution='`answer = ["lamp", "stove", "socks", "tent"]`\n\n'
        "30 − 28 = 2 for the tent, 28 − 10 = 18 for the lamp, 26 − 17 = 9 for the stove, 5 − 1 = 4 for the socks.",
        mistakes=(
            Mistake(
                ["tent", "lamp", "stove", "socks"],
                "That is the order of what is bought if shown (μ₁). Most tents are bought without showing too; ask "
                "what the showing adds.",
            ),
            Mistake(
                ["tent", "stove", "lamp", "socks"],
                "That is the order of what is bought without showing (μ₀), which is how the article's score orders "
                "them too. These items need your help least.",
            ),
            Mistake(
                ["socks", "lamp", "stove", "tent"],
                "That is the order of the ratios μ₁ / μ₀. Five times as many socks are still only 4 purchases more; "
                "the shop adds up differences.",
            ),
        ),
    ),
    Exercise(
        id="5b.2",
        prompt="By lot, the shop shows the item to one in four persuadables. What share of all persuadables buys?",
        judge=Number(
            expected=0.25 * 0.50 + 0.75 * 0.05,
            tolerance=0.001,
            low=0.0,
            high=1.0,
            praise="One quarter buys at .50, three quarters at .05. Each further showing adds .45: that is V′.",
        ),
        hints=(
            "Take 400 persuadables. How many are shown the item, and how many of those buy? And of the others?",
            "$V(p) = p \\cdot \\mu_1 + (1 - p) \\cdot \\mu_0$ with $p = 1/4$.",
        ),
        solution="`answer = 0.25 * 0.50 + 0.75 * 0.05`, which is .1625: of 400 persuadables 50 of the 100 that are "
        "shown the item, and 15 of the 300 others.",
        mistakes=(
            Mistake(
                0.25 * 0.50,
                "Those are the buyers among the shown. The three in four who are not shown the item buy too, though "
                "seldom.",
            ),
            Mistake(0.75 * 0.50 + 0.25 * 0.05, "You have the shares the wrong way round: one in four is shown it."),
            Mistake(
                0.50 - 0.05,
                "That is τ, what one showing adds: the slope V′, not the value V(p) itself.",
            ),
            Mistake(
                2 * 0.05 - 0.75 * 0.50,
                "That is the article's score at p = .25. A share cannot be negative; put p into V(p) instead.",
            ),
            Mistake((0.50 + 0.05) / 2, "That is the share if every second one were shown it; here it is one in four."),
        ),
    ),
    Exercise(
        id="5b.3",
        prompt="A purchase is worth `value` euro to the shop, a place on the screen costs `cost` euro. Write the score "
        "to rank by: what one showing earns.",
        judge=Function(
            right=gain_per_showing,
            cases=(
                Case((0.05, 0.50, 20.0, 1.0), 8.0),
                Case((0.40, 0.40, 20.0, 1.0), -1.0),
                Case((0.30, 0.10, 5.0, 0.2), -1.2),
                Case((0.02, 0.03, 300.0, 0.5), 2.5),
            ),
            praise="Where it is negative, leave the place empty.",
        ),
        hints=(
            "What does a showing add, in purchases? What is that worth? What does the showing cost?",
            "`value` times the uplift, less `cost`.",
        ),
        solution="The purchases that a showing adds, μ₁ − μ₀, times what one is worth, less what the showing costs:",
        mistakes=(
            Mistake(
                lambda mu0, mu1, value, cost: value * mu1 - cost,
                "That counts every purchase that follows a showing, also those that would have come without. Right "
                "only where a shop is paid for recommended sales alone.",
            ),
            Mistake(
                lambda mu0, mu1, value, cost: mu1 - mu0,
                "That is the uplift in purchases. What is one worth, and what does the place cost?",
                verdict="almost",
            ),
            Mistake(
                lambda mu0, mu1, value, cost: value * (mu1 - mu0),
                "That is what a showing brings in. The cost of the place is still missing.",
                verdict="almost",
            ),
            Mistake(
                lambda mu0, mu1, value, cost: value * (mu1 - mu0 - cost),
                "The cost is in euro already; only purchases are multiplied by `value`.",
                verdict="almost",
            ),
            Mistake(
                lambda mu0, mu1, value, cost: value * (mu0 - mu1) - cost,
                "The difference is the wrong way round: what showing adds is μ₁ − μ₀.",
                verdict="almost",
            ),
        ),
    ),
    Exercise(
        id="5b.4",
        prompt="`clicked` predicts purchases better than any other column. Should it be held fixed as well?",
        judge=Choice(
            options={
                "yes": "Predicting purchases is not the aim. A click comes after the showing and carries its effect: "
                "among pairs with the same clicks, what showing changed is compared away.",
                "no": "A click is part of what showing does. Hold fixed what came before the choice to show, never "
                "what came of it.",
                "no difference": "It makes a large difference: in this shop the whole effect passes through clicks, so "
                "among pairs with the same clicks hardly any of it is left.",
            },
            right="no",
        ),
        hints=("Follow the arrows from shown to bought. Where does clicked stand?",),
        solution='`answer = "no"`\n\n'
        "shown → browsed → clicked → bought is the way on which showing works. Step 1 of the identification "
        "says so: what the treatment may change must not be held fixed.",
    ),
    Exercise(
        id="5b.5",
        prompt="Which columns must be held fixed to learn from the clinic's log what a call changes?",
        judge=Subset(
            right=frozenset({"missed_before"}),
            among=("missed_before", "distance", "confirmed"),
            because={
                "confirmed": "confirmed comes after the call: held fixed, it hides what the call did.",
                "distance": "distance is no common cause: no arrow leads from it to called, so it need not be held "
                "fixed. (It does no harm, and would make the estimate steadier.)",
            },
            praise="It decides who is called and who comes: the back-door of this graph. Then call those for whom the "
            "call changes most, not those who miss most, and not those who come most surely.",
        ),
        hints=(
            "Which column has an arrow into called and a way to came that does not pass through called?",
            '`identify(Query("came", do={"called": 1}), clinic)` names it.',
        ),
        solution='`answer = {"missed_before"}`\n\n'
        "missed_before → called and missed_before → came: it is the one common cause. Called patients come less as "
        "those who miss are called: no reason to stop. confirmed lies on the way from the call to coming, distance "
        "does not bear on who is called.",
        mistakes=(
            Mistake(
                {"missed_before", "distance", "confirmed"},
                "All three is the reflex “the more, the better”. confirmed comes after the call: held fixed, it hides "
                "what the call did. And distance, no common cause, need not be there.",
            ),
            Mistake(
                {"missed_before", "confirmed"},
                "missed_before is right. But confirmed comes after the call, as clicked came after the showing: held "
                "fixed, it hides what the call did.",
            ),
            Mistake(
                {"missed_before", "distance"},
                "This set blocks the back door, so the estimate would be right, and steadier for it. Asked is what "
                "*must* be held fixed: no arrow leads from distance to called.",
                verdict="almost",
            ),
        ),
    ),
)
