"""Lesson 5b, What should we show: its claims, and what they measure."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from causalrec.teach.claims import Claim, Figures
from notebooks.claims.worlds import COURSE, World, preset

if TYPE_CHECKING:
    from causalrec.recommend.value.pipeline import Recommender
    from causalrec.shop.log import Log, OpenTruth

PROXY: World = ("proxy", 2026)
EVENLY_FOUND: World = ("evenly found", 2026)
AT_RANDOM: World = ("at random", 2026)
WITHOUT_TASTE: World = ("without taste", 2026)
ALL_IN_THE_LOG: World = ("all in the log", 2026)


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
    from causalrec.recommend.text.encoder import TextEncoder
    from causalrec.recommend.value.pipeline import fit_recommender
    from causalrec.shop.simulator import simulate

    log, truth = simulate(preset(world[0]), world[1])
    vectors = TextEncoder().encode(log.catalogue.texts)
    return Shop(log, truth.open(), vectors, fit_recommender(log, vectors))


def average_effect(world: World) -> Figures:
    """What recommending adds to a pair on average: truly, by the plain comparison, and weighted by propensity."""
    from causalrec.causal.estimation.weighting import ipw, naive

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

    from causalrec.recommend.value.evaluation import gain
    from causalrec.recommend.value.ranking import SCORES, rank

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
    from causalrec.recommend.value.ranking import rank

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

    from causalrec.recommend.value.evaluation import gain
    from causalrec.recommend.value.pipeline import fit_recommender
    from causalrec.recommend.value.ranking import rank

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

    from causalrec.recommend.value.pipeline import learner_columns
    from causalrec.recommend.value.uplift import dr_learner, t_learner

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

    from causalrec.recommend.value.pipeline import uplift_intervals

    here = shop(world)
    users = here.log.candidates["user_id"].unique()[:100]
    chosen = here.log.candidates["user_id"].isin(users).to_numpy() & ~here.new
    candidates, truth = here.log.candidates[chosen], here.truth.candidates.loc[chosen, "uplift"]
    band = uplift_intervals(here.log, here.vectors, candidates, np.random.default_rng(world[1]), replicates=20)
    return {"pairs": len(truth), "inside": 100 * ((band["low"] <= truth) & (truth <= band["high"])).mean()}


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
