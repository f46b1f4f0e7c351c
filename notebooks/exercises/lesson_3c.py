"""Lesson 3c, Is there always an answer: its exercises."""

from __future__ import annotations

from functools import cache

from causalrec.teach.exercise import Exercise, Mistake
from causalrec.teach.judge import Choice, Guess, Number, Subset


@cache
def cholestyramine() -> dict[str, float]:
    """Of Balke and Pearl's trial: the ends of the bounds, and the numbers that one may take for them."""
    import numpy as np

    from causalrec.causal.bounds.instrument_bounds import balke_pearl
    from causalrec.causal.bounds.worst_case import manski
    from causalrec.causal.formulas.table import Table
    from causalrec.causal.identification.instrument import wald_ratio

    shares = np.array([[[0.919, 0.081], [0.0, 0.0]], [[0.315, 0.073], [0.139, 0.473]]])
    table = Table(("assigned", "taken", "fell"), ((0, 1),) * 3, shares / 2)
    bounds = balke_pearl(table, "assigned", "taken", "fell")
    took = [table.condition(taken=x).mean("fell") for x in (0, 1)]
    sent = [table.condition(assigned=z).mean("fell") for z in (0, 1)]
    kept = [table.condition(assigned=z, taken=z).mean("fell") for z in (0, 1)]
    return {
        "low": bounds.low,
        "high": bounds.high,
        "wald": float(wald_ratio("assigned", "taken", "fell").evaluate(table)),
        "taken": took[1] - took[0],
        "assigned": sent[1] - sent[0],
        "per protocol": kept[1] - kept[0],
        "manski": manski(table, "taken", "fell").low,
    }


EXERCISES = (
    Exercise(
        id="3c.guess",
        prompt="A hidden need decides who is shown the tent and who buys it. A log has a billion rows. How wide a "
        "range of effects does it leave open, of the width 2 from -1 to 1?",
        judge=Guess(low=0, high=2),
        solution="",
    ),
    Exercise(
        id="3c.1",
        prompt="Which variables make up the district of Z3?",
        judge=Subset(
            right=frozenset({"X", "Z1", "Z3"}),
            among=("X", "Y", "Z1", "Z2", "Z3"),
            because={
                "Z2": "Z2 is joined to the others by arrows only. Districts are made of dashed arcs.",
                "Y": "Y has no dashed arc, so it is a district of its own.",
            },
            praise="All three hang together by arcs. Z2 and Y are districts of their own.",
        ),
        hints=(
            "Look at the dashed arcs and forget the arrows. Whom does an arc join to Z3?",
            "And whom do arcs join to those?",
        ),
        solution='`answer = {"X", "Z1", "Z3"}`\n\n'
        "Arcs join Z3 to X and to Z1. Arrows do not count: `oats.districts` gives {X, Z1, Z3}, {Z2} and {Y}. What X "
        'does to Y has a formula all the same: `identify(Query("Y", do="X"), oats)`.',
        mistakes=(
            Mistake(
                {"X", "Z1"},
                "These two are right. A variable belongs to its own district: add Z3 itself.",
                verdict="almost",
            ),
            Mistake(
                {"Z2"},
                "Z2 is the parent of Z3. Arrows do not make a district, dashed arcs do: they stand for what is hidden.",
            ),
            Mistake(
                {"Z3"},
                "Only a variable without a dashed arc is alone in its district. Follow the arcs at Z3.",
            ),
            Mistake(
                {"Z2", "Z3", "Y"},
                "You followed the arrows. A district hangs together by dashed arcs.",
            ),
        ),
    ),
    Exercise(
        id="3c.2",
        prompt="Of 600 new customers 100 were mailed, 30 of these were shown the tent, 6 of these bought it. Of 400 "
        "regular ones 300 were mailed, 240 of these shown it, 120 of these bought it. In the napkin's graph, what "
        "share buys if all are shown it?",
        judge=Number(
            expected=(0.6 * 0.3 * 0.2 + 0.4 * 0.8 * 0.5) / (0.6 * 0.3 + 0.4 * 0.8),
            tolerance=0.001,
            low=0.0,
            high=1.0,
            praise="Of 1,000 users who are all mailed, 500 are shown the tent and 196 of these buy it.",
        ),
        hints=(
            "Work with mailed = 1 alone. The shares of new and regular customers are those among all 1,000.",
            "Below the line: if all 1,000 were mailed, how many would be shown the tent? 600 · 30/100 + 400 · 240/300.",
            "Above the line: how many would be shown it and buy it? 600 · 6/100 + 400 · 120/300.",
        ),
        solution="`answer = (600 * 6 / 100 + 400 * 120 / 300) / (600 * 30 / 100 + 400 * 240 / 300)`\n\n"
        "It is 196 / 500. In the experiment that mails all, shown and bought share no open path but the arrow, so "
        "seeing is doing there.",
        mistakes=(
            Mistake(
                126 / 270,
                "That is seeing: the share among those mailed and shown, P(bought | mailed, shown). Regular customers "
                "are mailed more often, so they count for too much. Weight by P(regular) among all.",
            ),
            Mistake(
                0.6 * 6 / 30 + 0.4 * 120 / 240,
                "You held regular fixed as if it were a back-door set. It is a collider: shown ↔ regular ↔ bought "
                "opens. What is hidden is not adjusted for. Use the ratio.",
            ),
            Mistake(
                0.6 * 6 / 100 + 0.4 * 120 / 300,
                "That is the part above the line: P(shown, bought | do(mailed)). Divide it by P(shown | do(mailed)).",
                verdict="almost",
            ),
            Mistake(
                0.6 * 0.3 + 0.4 * 0.8,
                "That is the part below the line: P(shown | do(mailed)). It goes under P(shown, bought | do(mailed)).",
                verdict="almost",
            ),
            Mistake(
                0.126,
                "That is the share of all users who were mailed, were shown the tent and bought it, as things are. "
                "Asked is what share buys if all are shown it.",
            ),
            Mistake(
                (6 / 30 + 120 / 240) / 2,
                "You averaged the two shares plainly. Neither kind of customer is half of the users, nor half of those "
                "who are shown the tent.",
            ),
        ),
    ),
    Exercise(
        id="3c.3",
        prompt="For which of the six graphs does no formula give P(Y | do(X))?",
        judge=Subset(
            right=frozenset({"B", "C", "F"}),
            among=("A", "B", "C", "D", "E", "F"),
            because={
                "A": "A has a formula, the front door. The arc joins X to Y, but X's child is M, where no arc leads.",
                "D": "D has a formula: hold W fixed. The arc at X ends at W, which is no child of X.",
                "E": "E has a formula, P(Y | X): the arc is not at X at all.",
            },
            praise="In each of the three, arcs lead from X to its own child: directly in B and C, by way of W in F.",
        ),
        hints=(
            "Look for arcs that lead from X to a child of X. One arc may do, or a chain of them.",
            'If you are not sure, ask: `identify(Query("Y", do="X"), CausalGraph.parse(graphs["F"]))`.',
        ),
        solution='`answer = {"B", "C", "F"}`\n\n'
        "B and C hold a bow, the second beside an instrument, which does not help. F's hedge takes in W: hold W fixed, "
        "and X ↔ W ↔ Y opens; leave it alone, and X ← W ↔ Y is open.",
        mistakes=(
            Mistake(
                {"B", "C"},
                "Two of three. A hedge may be longer than one arc: look for a chain of arcs from X to its child.",
                verdict="almost",
            ),
            Mistake(
                {"B", "F"},
                "Z in C moves X and has no other tie to Y, an instrument (3a). The next sections say what that is good "
                "for; a formula it does not give, for the bow is still there.",
                verdict="almost",
            ),
            Mistake(
                {"A", "B", "C", "D", "F"},
                "You took every arc at X for a hedge. It is one only if arcs lead on to a child of X.",
            ),
            Mistake(
                {"A", "B", "C", "D", "E", "F"},
                "A hidden cause does not make a question hopeless. 3b's front door has one, and an answer.",
            ),
            Mistake(
                set(),
                "There are such graphs. A hidden cause is not in the log, so nothing can be adjusted for it.",
            ),
            Mistake(
                {"A", "D", "E"},
                "These are the three that have a formula. Asked are those that have none.",
                verdict="almost",
            ),
        ),
    ),
    Exercise(
        id="3c.4",
        prompt="The bow again, a billion rows, the plain comparison says +0.411. Which sentence is right?",
        judge=Choice(
            options={
                "luck": "Luck was gone long before a billion rows. What is left is not luck: the twins can draw the "
                "same billion rows, and in one of them showing does nothing.",
                "small": "How strong the hidden cause is, no row says. In the second twin it makes up all of the "
                "+0.411. Not identified does not mean a little biased.",
                "worthless": "The log says something: effects below -0.285 or above +0.715 would contradict it.",
                "range": "That is all that the log says without a further assumption, and it is a statement about "
                "the effect, not about luck: an endless log leaves it as wide.",
                "interval": "A 95 % interval says how far luck reaches, and shrinks with the rows. This range is "
                "left without luck, holds the truth for certain, and nothing makes its middle likelier.",
            },
            right="range",
        ),
        hints=(
            "The twins have this very log. Which sentences are true in both?",
            "What in the range came from luck, and what from users who were seen in one world only?",
        ),
        solution='`answer = "range"`\n\n'
        "Rows narrow what luck leaves open. The range is what is left once luck is gone.",
    ),
    Exercise(
        id="3c.5",
        prompt="A stronger nudge: 90 of 100 users are shown the tent if nudged, 10 of 100 if not. There are no "
        "defiers, and the log is endless. How far apart are the ends of the Balke-Pearl bounds?",
        judge=Number(
            expected=0.2,
            tolerance=0.001,
            low=0.0,
            high=2.0,
            praise="The lot moves 80 of 100. Of each of the other 20 one outcome stays unseen. A lot that moved "
            "everybody would be an experiment, and the ends would meet.",
        ),
        hints=(
            "Who are the users that the lot does not move? 10 are always shown the tent, 10 never.",
            "Each of them leaves one outcome open, by 1. The others leave nothing open.",
        ),
        solution="`answer = 1 - (0.9 - 0.1)`\n\n"
        "The movers' effect is known, the others are 10 + 10 of 100, and each group's unseen outcome may be "
        "anything from 0 to 1.",
        mistakes=(
            Mistake(
                0,
                "That would mean that the effect in everybody is known. The Wald ratio is the effect in compliers. The "
                "others were seen in one world only, and more rows do not change that: bounds are no interval for "
                "luck.",
            ),
            Mistake(
                0.8,
                "That is the share whom the lot moves. What they would do is known; the width is what the others leave "
                "open.",
                verdict="almost",
            ),
            Mistake(
                1,
                "That is the width without the lot. Those whom it moves are seen in both worlds, half of them in each.",
            ),
            Mistake(
                0.5,
                "That was the width in our shop, where the lot moves 50 of 100. This nudge is stronger.",
            ),
            Mistake(
                0.1,
                "You counted one of the two groups. Always shown and never shown leave an outcome open each.",
                verdict="almost",
            ),
        ),
    ),
    Exercise(
        id="3c.6",
        prompt="A lot assigned a drug, some did not take it. How much, at least, does taking it add to the share whose "
        "cholesterol falls, in everybody?",
        judge=Number(
            expected=lambda: cholestyramine()["low"],
            tolerance=0.0006,
            low=-1.0,
            high=1.0,
            praise="Whatever made people leave the drug alone: in everybody it adds that much, at least.",
        ),
        hints=(
            "Which of the functions above gives what holds for everybody, with no assumption about who complies?",
            '`balke_pearl(trial, "assigned", "taken", "fell")`; which of its two ends is asked for?',
        ),
        solution='`answer = balke_pearl(trial, "assigned", "taken", "fell").low`\n\n'
        "By hand: if all take the drug, it falls in .473 at least. If none does, in .081 exactly, since nobody took it "
        "who was not assigned it. The difference is .392.",
        mistakes=(
            Mistake(
                lambda: cholestyramine()["assigned"],
                "That is what *assigning* the drug does (intention to treat). Some who were assigned it did not take "
                "it. Asked is what taking it does.",
            ),
            Mistake(
                lambda: cholestyramine()["wald"],
                "That is the Wald ratio: the effect among those who take it if assigned it. The others may respond "
                "otherwise; asked is the least that holds for everybody.",
            ),
            Mistake(
                lambda: cholestyramine()["taken"],
                "You compared those who took it with those who did not. Who takes it is not decided by lot: something "
                "hidden decides that as well as the response.",
            ),
            Mistake(
                lambda: cholestyramine()["per protocol"],
                "You kept those who did as they were told. A lot decided who was told; who obeys, it did not decide.",
            ),
            Mistake(
                0.473,
                "That is how many respond at least if all take it. Some respond if nobody does; subtract them.",
                verdict="almost",
            ),
            Mistake(
                lambda: cholestyramine()["high"],
                "That is the upper end. At least, not at most.",
                verdict="almost",
            ),
            Mistake(
                lambda: cholestyramine()["manski"],
                "That is the lower end without the lot. The log has a lot: use it.",
                verdict="almost",
            ),
        ),
    ),
)
