"""Lesson 2c, What would have happened otherwise: its exercises."""

from __future__ import annotations

from typing import TYPE_CHECKING

from causalrec.teach.exercise import Exercise, Mistake
from causalrec.teach.judge import Guess, Number

if TYPE_CHECKING:

    pass


EXERCISES = (
    Exercise(
        id="2c.guess",
        prompt="Of 100 pairs that were shown and bought, how many would have been bought without being shown?",
        judge=Guess(low=0, high=100),
        solution="",
    ),
    Exercise(
        id="2c.1",
        prompt="Of 100 shoppers 15 are sure things, 35 persuadables, 45 lost causes, 5 do-not-disturbs; a coin decides "
        "who is shown the lamp. Ben was not shown it and did not buy it. What is the chance that he would have bought "
        "it, had he been shown it?",
        judge=Number(
            expected=35 / 80,
            tolerance=0.002,
            low=0.0,
            high=1.0,
            praise="35 of the 80 who can be meant are persuadables. You will meet this number again as PS.",
        ),
        hints=(
            "Abduction first: which kinds do not buy when they are not shown the lamp?",
            "45 lost causes and 35 persuadables are left. Which of them buy if shown?",
        ),
        solution="`answer = 35 / (35 + 45)`\n\n"
        "Not shown and not bought: persuadable or lost cause, 35 and 45 of 100. Shown, the persuadables buy.",
        mistakes=(
            Mistake(
                (15 + 35) / 100,
                "That is what everybody does when shown: do(shown = 1). You forgot the evidence: Ben did not buy, so "
                "he is no sure thing. Cross out first.",
            ),
            Mistake(
                (15 + 35) / (15 + 35 + 45),
                "You kept the sure things. They buy without being shown, and Ben did not.",
            ),
            Mistake(
                35 / 100,
                "You counted the right kind but divided by everybody. Only kinds that fit what was seen can be meant: "
                "divide by these.",
                verdict="almost",
            ),
            Mistake(
                35 / 50,
                "That answers for somebody who was shown the lamp and bought it, and asks the other way round: would "
                "they have gone without? Read again what was seen of Ben.",
            ),
            Mistake(45 / 80, "That is the chance that he would not have bought it either.", verdict="almost"),
            Mistake(15 / 50, "That is Ann's answer. Of Ben the opposite was seen, so other kinds are left."),
            Mistake(0, "That is what he did, not shown. Asked is what he would have done otherwise."),
        ),
    ),
    Exercise(
        id="2c.2",
        prompt="Joe had encouragement 0.5, homework 1 and score 1.5; a = 0.5, b = 0.7, c = 0.4. What would his score "
        "have been with encouragement 1?",
        judge=Number(
            expected=0.7 * 1 + 0.4 * (0.5 * 1 + 0.75) + 0.75,
            tolerance=0.004,
            praise="His homework follows to 1.25, and both his noises stay his own.",
        ),
        hints=(
            "Abduction is done: his noises are 0.75 and 0.75. Which equation does the action replace?",
            "Encouragement becomes 1. Run what comes after it: first homework with Joe's noise, then the score.",
        ),
        solution="`answer = 0.7 * 1 + 0.4 * (0.5 * 1 + 0.75) + 0.75`, which is 1.95.\n\n"
        "Homework becomes .5 · 1 + .75 = 1.25; the score .7 · 1 + .4 · 1.25 + .75.",
        mistakes=(
            Mistake(
                0.7 * 1 + 0.4 * 0.5,
                "That is E[score | do(encouragement = 1)], the average pupil: noise zero. You forgot the evidence; "
                "Joe's own noises belong in both equations.",
            ),
            Mistake(
                0.7 * 1 + 0.4 * 1 + 0.75,
                "You held his homework at 1. Encouragement acts through homework too: once it is set, all that comes "
                "after it is computed anew.",
            ),
            Mistake(
                0.7 * 1 + 0.4 * (0.5 * 1) + 0.75,
                "You redrew the noise of his homework. He did more than his encouragement explains, and would again: "
                "add his 0.75.",
            ),
            Mistake(
                0.7 * 1 + 0.4 * (0.5 * 1 + 0.75),
                "You dropped the noise of his score. What he scores beyond homework and encouragement stays his: add "
                "0.75.",
            ),
            Mistake(
                0.7 * 1 + 0.4 * 2 + 0.75,
                "You set homework to 2 as well. Here encouragement alone is set; what homework then is, its equation "
                "says, with Joe's noise.",
            ),
            Mistake(1.5, "That is the score he had. Encouragement was 0.5 then."),
            Mistake(
                0.7 * 0.5 + 0.4 * 2 + 0.75,
                "That answers the question before, homework set to 2. Here encouragement is set, and homework follows.",
            ),
        ),
    ),
    Exercise(
        id="2c.3",
        prompt="In an experiment 60 of 100 users buy if shown, 45 of 100 if not; nobody is put off. One of those shown "
        "the item bought it. How probable is it that showing was necessary?",
        judge=Number(
            expected=(60 - 45) / 60,
            tolerance=0.002,
            low=0.0,
            high=1.0,
            praise="Of 60 who buy when shown, 45 would buy anyway: only the other 15 needed the showing.",
        ),
        hints=(
            "Without do-not-disturbs there are three kinds. How many of 100 are of each?",
            "45 sure things, 15 persuadables, 40 lost causes. Which of them can the user be?",
        ),
        solution="`answer = 15 / 60`\n\n"
        "Nobody is put off, so the 45 who buy unshown are sure things, and 60 − 45 = 15 are persuadables. The user was "
        "shown it and bought it: one of these 60. PN = 1 − 45/60.",
        mistakes=(
            Mistake(
                15 / 100,
                "That is PNS, the share of persuadables among everybody, and the effect of showing. This user bought, "
                "so is not just anybody: divide by those who buy when shown.",
            ),
            Mistake(
                15 / 55,
                "That is PS, sufficiency: it is asked of those who were not shown and did not buy. PN and PS swapped.",
            ),
            Mistake(
                45 / 60,
                "That is the chance that the purchase would have come anyway. Necessary means the opposite.",
                verdict="almost",
            ),
            Mistake(
                45 / 100,
                "That is the chance that anybody would buy unshown. This user bought when shown, so is one of 60: how "
                "many of those would not have bought otherwise?",
            ),
            Mistake(
                55 / 100,
                "That is the chance that anybody would not buy unshown, P(not bought | do(not shown)). You forgot the "
                "evidence: this user bought.",
            ),
        ),
    ),
    Exercise(
        id="2c.4",
        prompt="In an experiment 16 of 1,000 died with a drug, 14 of 1,000 without. Outside it, of 1,000 who took it 2 "
        "died, of 1,000 who did not 28 died. Mr. A chose it, and died. At least how probable is it that he would be "
        "alive without it?",
        judge=Number(
            expected=(30 / 2000 - 14 / 1000) / (2 / 2000),
            tolerance=0.0005,
            low=0.0,
            high=1.0,
            praise="By these numbers it is certain. Log and experiment together say what neither says alone.",
        ),
        hints=(
            "The bound needs P(died) over all 2,000 outside the experiment, P(died | do(not taken)) from the "
            "experiment, and P(taken, died) over the 2,000.",
            "P(died) = 30 / 2000 and P(taken, died) = 2 / 2000; not 2 / 1000, which is given taken.",
        ),
        solution="`answer = (30 / 2000 - 14 / 1000) / (2 / 2000)`, which is 1.\n\n"
        "Outside the experiment 15 in 1,000 die, made to abstain 14 in 1,000 would: choosing costs 1 in 1,000. And 1 "
        "in 1,000 is all who take it and die.",
        mistakes=(
            Mistake(
                (16 - 14) / 16,
                "That is the lower end for somebody to whom the experiment gave the drug. Mr. A chose it: those who "
                "choose it are other people, of whom the numbers from outside the experiment tell.",
            ),
            Mistake(
                (16 - 14) / 1000,
                "That is the effect of the drug on everybody; and outside the experiment that share of those who take "
                "it die. Asked is a chance given that Mr. A took it *and* died.",
            ),
            Mistake(
                (30 / 2000 - 14 / 1000) / (2 / 1000),
                "Nearly: below the line stands P(taken, died), among all 2,000, not P(died | taken).",
                verdict="almost",
            ),
            Mistake(
                0,
                "Those who choose the drug die less often than those who do not, but not *because* of it: without it "
                "they would die less often still. You compared two groups, not two worlds.",
            ),
        ),
    ),
)
