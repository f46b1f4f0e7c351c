"""Lesson 5b, What should we show: its exercises and claims."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any

from causalrec.teach.claim import Claim, Figures
from causalrec.teach.exercise import Exercise, Mistake
from causalrec.teach.judge import Case, Choice, Function, Guess, Names, Number, Ranking

if TYPE_CHECKING:
    from causalrec.recommend.pipeline import Recommender
    from causalrec.shop.log import Log, OpenTruth
    from causalrec.shop.model import Preset

World = tuple[str, int]
"""The name of a world, in `preset`, and its seed."""

COURSE: World = ("course", 2026)
PROXY: World = ("proxy", 2026)
EVENLY_FOUND: World = ("evenly found", 2026)
AT_RANDOM: World = ("at random", 2026)
WITHOUT_TASTE: World = ("without taste", 2026)
ALL_IN_THE_LOG: World = ("all in the log", 2026)


def preset(name: str) -> Preset:
    """The preset of that name, or the course's with one thing changed."""
    from causalrec.shop.model import PRESETS, Logistic, preset_named

    course = PRESETS["course"]

    def without(equation: Logistic, parent: str) -> Logistic:
        return replace(equation, weights={**equation.weights, parent: 0.0})

    if name == "evenly found":  # popular items are come across no more easily than others
        return replace(course, browse=without(course.browse, "popularity"))
    if name == "at random":  # the old policy draws lots
        return replace(course, show=Logistic(-1.5, {}))
    if name == "without taste":  # whom an item suits makes no difference to anything
        browse, click, buy = (without(step, "affinity") for step in (course.browse, course.click, course.buy))
        return replace(course, annoyance=0.0, browse=browse, click=click, buy=buy)
    if name == "all in the log":  # the score is the taste itself, an item's quality sells nothing, nobody is annoyed
        click, buy = without(course.click, "quality"), without(course.buy, "quality")
        return replace(course, annoyance=0.0, score_correlation=1.0, click=click, buy=buy)
    return preset_named(name)


@dataclass(frozen=True)
class Shop:
    """A world, what was learned from its log, and its truth."""

    log: Log
    truth: OpenTruth
    vectors: Any
    fitted: Recommender

    @property
    def new(self) -> Any:
        """Which candidates are new items, shape (candidates,)."""
        return self.log.candidates["score"].isna().to_numpy()


@cache
def shop(world: World) -> Shop:
    """The world, simulated, and the recommender fitted on its log."""
    from causalrec.recommend.pipeline import fit_recommender
    from causalrec.recommend.text import TextEncoder
    from causalrec.shop.simulate import simulate

    log, truth = simulate(preset(world[0]), world[1])
    vectors = TextEncoder().encode(log.catalogue.texts)
    return Shop(log, truth.open(), vectors, fit_recommender(log, vectors))


def average_effect(world: World) -> Figures:
    """What recommending adds to a pair on average: truly, by the plain comparison, and weighted by propensity."""
    from causalrec.causal.estimate import ipw, naive

    here = shop(world)
    pairs = here.log.pairs
    plain = naive(pairs["purchased"], pairs["recommended"])
    weighted = ipw(pairs["purchased"], pairs["recommended"], pairs["propensity"])
    truth = here.truth.pairs["uplift"].mean()
    return {
        "truth": truth,
        "naive": plain.value,
        "times": plain.value / truth,
        "ipw": weighted.value,
        "off": abs(weighted.value / truth - 1),
    }


def known_items(world: World) -> Figures:
    """G of every ranking of the items that the log knows, and of the ranking by the true chance if shown."""
    import numpy as np

    from causalrec.recommend.evaluate import gain
    from causalrec.recommend.rank import SCORES, rank

    here = shop(world)
    known, truth = here.fitted.score(here.log.candidates)[~here.new], here.truth.candidates[~here.new]
    scores = {name.replace("-", "_"): score(known) for name, score in SCORES.items()}
    scores |= {"bought": known["natural"], "popularity": here.log.candidates.loc[~here.new, "popularity"]}
    scores |= {"true_mu1": truth["mu1"]}
    gains = {name: gain(rank(known, np.asarray(score)), truth) for name, score in scores.items()}
    others = {name: value for name, value in gains.items() if name not in ("uplift", "true_mu1")}
    return gains | {"next": max(others.values())}


def praised_and_added(world: World) -> Figures:
    """Of the top ten by uplift and by chance of a purchase: purchases in the log and purchases added, per user."""
    from causalrec.recommend.rank import rank

    here = shop(world)
    scored = here.fitted.score(here.log.pairs)
    both = here.truth.pairs[["user_id", "item_id", "uplift"]].assign(purchased=here.log.pairs["purchased"])
    figures: dict[str, float] = {}
    for name in ("uplift", "natural"):
        shown = rank(scored, scored[name].to_numpy()).frame().merge(both, on=["user_id", "item_id"])
        per_user = shown[["purchased", "uplift"]].sum() / shown["user_id"].nunique()
        figures |= {f"{name}_praised": per_user["purchased"], f"{name}_added": per_user["uplift"]}
    return figures


def level(world: World) -> Figures:
    """The mean estimated uplift over the true one, and G of the ranking that it gives."""
    here = shop(world)
    estimated = here.fitted.score(here.log.pairs)["uplift"].mean()
    return {"ratio": estimated / here.truth.pairs["uplift"].mean(), "gain": known_items(world)["uplift"]}


def new_items(world: World) -> Figures:
    """G of the uplift ranking of new items: learned from the texts, and from texts that were swapped among items."""
    import numpy as np

    from causalrec.recommend.evaluate import gain
    from causalrec.recommend.pipeline import fit_recommender
    from causalrec.recommend.rank import rank

    here = shop(world)
    order = np.random.default_rng(world[1]).permutation(len(here.vectors))
    swapped = fit_recommender(here.log, here.vectors[order], natural=False)
    candidates, truth = here.log.candidates[here.new], here.truth.candidates[here.new]

    def gained(fitted: Recommender) -> float:
        return gain(rank(fitted.score(candidates), "uplift"), truth)

    return {"text": gained(here.fitted), "swapped": gained(swapped)}


def level_of_new_items(world: World) -> Figures:
    """The mean estimated uplift of new items over the true one, by three ways to do without two columns."""
    import numpy as np

    from causalrec.recommend.pipeline import learner_columns
    from causalrec.recommend.uplift import dr_learner, t_learner

    here = shop(world)
    pairs, candidates = here.log.pairs, here.log.candidates[here.new]
    columns, facts = here.fitted.learner.columns, (pairs["recommended"], pairs["purchased"])
    rows = learner_columns(here.log, candidates, here.fitted.interest.predict(candidates))
    small = t_learner(columns.drop(columns=["score", "popularity"]), *facts, natural=False)
    robust = dr_learner(columns, *facts, pairs["propensity"], pairs["user_id"], np.random.default_rng(world[1]))
    truth = here.truth.candidates.loc[here.new, "uplift"].mean()
    return {
        "left_out": small.predict(rows)["uplift"].mean() / truth,
        "averaged": here.fitted.learner.predict(rows)["uplift"].mean() / truth,
        "robust": robust.predict(rows).mean() / truth,
    }


def intervals(world: World) -> Figures:
    """The share (%) of 95 % intervals that hold their pair's own uplift, over the known items of 100 users."""
    import numpy as np

    from causalrec.recommend.pipeline import uplift_intervals

    here = shop(world)
    users = here.log.candidates["user_id"].unique()[:100]
    chosen = here.log.candidates["user_id"].isin(users).to_numpy() & ~here.new
    candidates, truth = here.log.candidates[chosen], here.truth.candidates.loc[chosen, "uplift"]
    band = uplift_intervals(here.log, here.vectors, candidates, np.random.default_rng(world[1]), replicates=20)
    return {"pairs": len(truth), "inside": 100 * ((band["low"] <= truth) & (truth <= band["high"])).mean()}


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
        judge=Ranking(
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
        judge=Names(
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

CLAIMS = (
    Claim(
        id="5b.naive_counts_too_much",
        sentence="The plain comparison says that recommending adds {naive:.3f} purchases a pair. The truth is "
        "{truth:.3f}: it says {times:.1f} times as much. Weighted by the propensity, the log says {ipw:.3f}.",
        measure=average_effect,
        holds=lambda figures: figures["times"] > 2 and figures["off"] < 0.3,
        margin="the plain comparison more than 2 times the truth, the weighted one within 30 % of the truth.",
        world=COURSE,
        breaks_in=AT_RANDOM,
        breaks_because="Here the old recommender drew lots: nothing decided both what was shown and what was bought, "
        "so the plain comparison is about right.",
    ),
    Claim(
        id="5b.uplift_adds_most",
        sentence="On known items the uplift ranking reaches G = {uplift:.2f}, the best of the six others reaches "
        "{next:.2f}.",
        measure=known_items,
        holds=lambda figures: figures["uplift"] >= figures["next"] + 0.05,
        margin="at least .05 ahead.",
        world=COURSE,
        breaks_in=EVENLY_FOUND,
        breaks_because="Here popular items are found no more easily than others. What is bought if shown then orders "
        "the items nearly as the uplift does (the true μ₁ would reach {true_mu1:.2f}), and one chance is learned more "
        "surely than a difference of two.",
    ),
    Claim(
        id="5b.uplift_beats_article",
        sentence="On known items the article's score reaches G = {article:.2f} in the charitable reading and "
        "{article_printed:.2f} as printed; uplift reaches {uplift:.2f}.",
        measure=known_items,
        holds=lambda figures: figures["uplift"] >= max(figures["article"], figures["article_printed"]) + 0.05,
        margin="uplift at least .05 ahead of both.",
        world=COURSE,
        breaks_in=EVENLY_FOUND,
        breaks_because="As printed the score follows μ₁, and where popular items are found no more easily than others "
        "μ₁ is the better ranking.",
    ),
    Claim(
        id="5b.log_praises_the_wrong_one",
        sentence="The top ten by chance of a purchase hold {natural_praised:.2f} purchases a user in the log, those "
        "by uplift {uplift_praised:.2f}. Yet showing the first adds {natural_added:.2f} purchases a user, showing the "
        "second {uplift_added:.2f}.",
        measure=praised_and_added,
        holds=lambda figures: (
            figures["natural_praised"] >= 1.2 * figures["uplift_praised"]
            and figures["uplift_added"] >= 1.2 * figures["natural_added"]
        ),
        margin="20 % more in the log for the one, 20 % more added by the other.",
        world=COURSE,
        breaks_in=EVENLY_FOUND,
        breaks_because="Here popular items are found no more easily than others, and what is bought most is also "
        "what showing adds most to.",
    ),
    Claim(
        id="5b.text_carries_new_items",
        sentence="On new items the uplift ranking reaches G = {text:.2f}. With the texts swapped among the items and "
        "everything learned anew it reaches {swapped:.2f}.",
        measure=new_items,
        holds=lambda figures: figures["text"] >= figures["swapped"] + 0.15,
        margin="at least .15 lost by the swap.",
        world=COURSE,
        breaks_in=WITHOUT_TASTE,
        breaks_because="Here nobody's taste matters to what they browse, click or buy, so there is nothing that a "
        "text could tell.",
    ),
    Claim(
        id="5b.leaving_out_misses_the_level",
        sentence="For new items the T-learner that leaves out score and popularity says {left_out:.2f} times the true "
        "mean uplift; averaging over them gives {averaged:.2f} times, the DR-learner {robust:.2f} times.",
        measure=level_of_new_items,
        holds=lambda figures: (
            figures["left_out"] > 1.5 and max(abs(figures[way] - 1) for way in ("averaged", "robust")) < 0.3
        ),
        margin="leaving out more than 1.5 times the truth, the two others within 30 % of it.",
        world=COURSE,
        breaks_in=AT_RANDOM,
        breaks_because="Here the old recommender drew lots and used no column, so leaving columns out leaves no "
        "confounding in.",
    ),
    Claim(
        id="5b.level_is_about_right",
        sentence="The mean estimated uplift is {ratio:.2f} times the true one.",
        measure=level,
        holds=lambda figures: abs(figures["ratio"] - 1) < 0.3,
        margin="within 30 % of the truth.",
        world=COURSE,
        breaks_in=PROXY,
        breaks_because="Here the old recommender saw the taste itself, of which the log and the texts hold only a "
        "part; the rest counts as effect. The ranking survives (G = {gain:.2f} on known items), the level does not.",
    ),
    Claim(
        id="5b.intervals_are_not_for_one_pair",
        sentence="Of the 95 % intervals of {pairs:,.0f} pairs, {inside:.0f} % contain the pair's own uplift.",
        measure=intervals,
        holds=lambda figures: figures["inside"] < 70,
        margin="fewer than 70 %.",
        world=COURSE,
        breaks_in=ALL_IN_THE_LOG,
        breaks_because="Here all that bears on a purchase stands in the log, so a pair's own uplift is that of the "
        "pairs that look like it.",
    ),
)
