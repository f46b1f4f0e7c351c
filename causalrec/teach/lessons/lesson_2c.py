"""Lesson 2c, What would have happened otherwise: its exercises and claims."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from causalrec.teach.claim import Claim, Figures
from causalrec.teach.exercise import Exercise, Mistake
from causalrec.teach.judge import Guess, Number

if TYPE_CHECKING:
    import pandas as pd

    from causalrec.causal.scm import SCM
    from causalrec.shop.log import Log
    from causalrec.shop.model import Preset


class World(NamedTuple):
    """A shop: what differs from the course's preset, and a seed; and whether the model knows how tastes are spread."""

    name: str = "course"
    seed: int = 2026
    tastes_known: bool = True


COURSE = World()
BELL_CURVE = World(tastes_known=False)
NOBODY_LOOKS = World("nobody looks")
ALL_ANNOYED = World("all annoyed")
BESTSELLERS_FIRST = World("bestsellers first")
NO_ANNOYANCE = World("no annoyance")


def preset(name: str) -> Preset:
    """The preset of that name, or the course's with one thing changed."""
    from causalrec.shop.model import PRESETS, Logistic, preset_named

    course = PRESETS["course"]
    if name == "nobody looks":  # hardly anything is come across unless it is shown
        return replace(course, browse=replace(course.browse, intercept=-7.0))
    if name == "all annoyed":  # being shown an item puts off everybody, not those alone whom it does not suit
        return replace(course, annoyed_below=99.0)
    if name == "bestsellers first":  # the old policy shows what sells anyway
        return replace(course, show=Logistic(-2.0, {"popularity": 1.5}))
    if name == "no annoyance":
        return replace(course, annoyance=0.0)
    return preset_named(name)


@cache
def shop(world: World) -> tuple[Log, pd.DataFrame]:
    """The world's log, and the truth about its pairs."""
    from causalrec.shop.simulate import simulate

    log, truth = simulate(preset(world.name), world.seed)
    return log, truth.open().pairs


def model_of(world: World) -> SCM:
    """The shop's equations, with tastes spread as they are in the shop, or as a bell curve."""
    from causalrec.causal.mechanism import exogenous
    from causalrec.causal.scm import SCM
    from causalrec.shop.model import shop_model

    model = shop_model(preset(world.name))
    if not world.tastes_known:
        return model
    tastes = shop(world)[1]["affinity"].to_numpy()
    drawn = exogenous(lambda rng, n: rng.choice(tastes, n))
    return SCM({**model.mechanisms, "affinity": drawn}, hidden=model.hidden)


def bought_anyway(world: World) -> Figures:
    """Of the pairs shown and bought, how many in 100 would have been bought anyway, truly and by a plain comparison."""
    log, truth = shop(world)
    shown, bought = log.pairs["recommended"] == 1, log.pairs["purchased"] == 1
    return {
        "anyway": 100 * truth.loc[shown & bought, "purchased0"].mean(),
        "naive": 100 * bought[~shown].mean() / bought[shown].mean(),
    }


BEFORE = ("score", "popularity", "activity")
"""What the log knew of a pair before it was shown, apart from the nudge."""


def chance_otherwise(world: World) -> Figures:
    """Of all pairs shown and bought, the share (%) that would have been bought anyway: predicted, and true.

    `off` is the mean distance of the two over five groups of pairs, from the least likely to the most likely.
    """
    import numpy as np

    log, truth = shop(world)
    rng, model = np.random.default_rng(world.seed), model_of(world)
    credited = log.pairs.query("recommended == 1 and purchased == 1")
    otherwise = [
        model.counterfactual(evidence, do={"recommended": 0}, n=3000, rng=rng).probability(purchased=1)
        for evidence in credited[[*BEFORE, "recommended", "purchased"]].to_dict("records")
    ]
    predicted, true = np.array(otherwise, dtype=float), truth.loc[credited.index, "purchased0"].to_numpy()
    groups = np.array_split(np.argsort(predicted), 5)
    off = np.mean([abs(predicted[group].mean() - true[group].mean()) for group in groups])
    return {"pairs": len(true), "predicted": 100 * predicted.mean(), "true": 100 * true.mean(), "off": 100 * off}


def necessity(world: World) -> Figures:
    """The chance that showing was needed for a purchase that followed it: its lower bound, and the truth.

    The bound is (P(bought) - P(bought | do(not shown))) / P(shown, bought), from the log and from an experiment in
    which nothing is shown.
    """
    log, truth = shop(world)
    both = (log.pairs["recommended"] == 1) & (log.pairs["purchased"] == 1)
    bound = (log.pairs["purchased"].mean() - truth["purchased0"].mean()) / both.mean()
    return {"bound": bound, "truth": 1 - truth.loc[both, "purchased0"].mean()}


def effects_on_groups(world: World) -> Figures:
    """The mean effect of showing on the chance of a purchase: of pairs that were shown, of the others, of all."""
    log, truth = shop(world)
    shown = log.pairs["recommended"] == 1
    effects = {"shown": truth["uplift"][shown].mean(), "others": truth["uplift"][~shown].mean()}
    return effects | {"all": truth["uplift"].mean(), "times": effects["shown"] / truth["uplift"].mean()}


def two_paths(world: World) -> Figures:
    """Purchases that showing adds in 1,000 pairs: through browsing, past browsing, and in all."""
    import numpy as np

    from causalrec.causal import natural_direct_effect, natural_indirect_effect, total_effect

    model, question = model_of(world), ("recommended", "purchased")
    direct, indirect, total = (
        1000 * effect(model, *question, *path, n=200_000, rng=np.random.default_rng(world.seed))
        for effect, path in (
            (natural_direct_effect, [("browsed",)]),
            (natural_indirect_effect, [("browsed",)]),
            (total_effect, []),
        )
    )
    return {"direct": direct, "indirect": indirect, "total": total}


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

CLAIMS = (
    Claim(
        id="2c.most_would_have_bought_anyway",
        sentence="Of 100 pairs that were shown and bought, {anyway:.0f} would have been bought anyway. The comparison "
        "with pairs that were not shown says {naive:.0f}.",
        measure=bought_anyway,
        holds=lambda figures: figures["anyway"] >= figures["naive"] + 20,
        margin="at least 20 more than the comparison says.",
        world=COURSE,
        breaks_in=NOBODY_LOOKS,
        breaks_because="Here hardly anything is come across unless it is shown, so hardly anything is bought "
        "otherwise.",
    ),
    Claim(
        id="2c.chances_are_calibrated",
        sentence="Of {pairs:.0f} pairs that were shown and bought, {predicted:.0f} % would have been bought anyway by "
        "the model, {true:.0f} % in truth. Within fifths, from the least likely to the most likely, the model is "
        "{off:.0f} points off on average.",
        measure=chance_otherwise,
        holds=lambda figures: abs(figures["predicted"] - figures["true"]) < 4.5 and figures["off"] < 6,
        margin="less than 4.5 points off over all, less than 6 within the fifths.",
        world=COURSE,
        breaks_in=BELL_CURVE,
        breaks_because="This model has every equation right but takes tastes for a bell curve. Many who buy have a "
        "strong taste, and a bell curve holds too few of those.",
    ),
    Claim(
        id="2c.necessity_has_a_floor",
        sentence="For a pair that was shown and bought, log and experiment together say that showing was necessary "
        "with a chance of at least {bound:.2f}. The truth is {truth:.2f}.",
        measure=necessity,
        holds=lambda figures: 0 <= figures["truth"] - figures["bound"] < 0.05,
        margin="the truth above the bound by less than .05.",
        world=COURSE,
        breaks_in=ALL_ANNOYED,
        breaks_because="Here showing annoys everybody and puts many off. The bound falls below zero and says nothing: "
        "it is near the truth only where few are put off.",
    ),
    Claim(
        id="2c.the_shown_gain_more",
        sentence="By each pair's true chances (in single sales luck would hide it) showing adds {shown:.4f} purchases "
        "a pair to those that were shown, {others:.4f} to the others, {all:.4f} to all.",
        measure=effects_on_groups,
        holds=lambda figures: figures["times"] > 1.04,
        margin="those shown gain at least 4 % more than all.",
        world=COURSE,
        breaks_in=BESTSELLERS_FIRST,
        breaks_because="Here the old recommender shows what is popular, and what is popular is found anyway.",
    ),
    Claim(
        id="2c.showing_works_on_two_paths",
        sentence="In 1,000 pairs showing adds {indirect:.1f} purchases through browsing and {direct:.1f} past it, "
        "{total:.1f} in all.",
        measure=two_paths,
        holds=lambda figures: figures["indirect"] > 10 and figures["direct"] < -0.5,
        margin="more than 10 through browsing, at least 0.5 lost past it.",
        world=COURSE,
        breaks_in=NO_ANNOYANCE,
        breaks_because="Here nobody is annoyed by being shown an item that does not suit them, so nothing goes past "
        "browsing.",
    ),
)
