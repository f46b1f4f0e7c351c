"""Lesson 2c, What would have happened otherwise: its claims, and what they measure."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from causalrec.teach.claims import Claim, Figures
from notebooks.claims.worlds import preset

if TYPE_CHECKING:
    import pandas as pd

    from causalrec.causal.models.scm import SCM
    from causalrec.shop.log import Log


class World(NamedTuple):
    """A shop: what differs from the course's preset, and a seed; and whether the model knows how tastes are spread."""

    name: str = "course"
    seed: int = 2026
    tastes_known: bool = True


COURSE = World()
BELL_CURVE = World(tastes_known=False)
FOUND_ONLY_IF_SHOWN = World("found only if shown")
ALL_ANNOYED = World("all annoyed")
BESTSELLERS_FIRST = World("bestsellers first")
NO_ANNOYANCE = World("no annoyance")


@cache
def shop(world: World) -> tuple[Log, pd.DataFrame]:
    """The world's log, and the truth about its pairs."""
    from causalrec.shop.simulator import simulate

    log, truth = simulate(preset(world.name), world.seed)
    return log, truth.open().pairs


def model_of(world: World) -> SCM:
    """The shop's equations, with tastes spread as they are in the shop, or as a bell curve."""
    from causalrec.causal.models.mechanism import exogenous
    from causalrec.causal.models.scm import SCM
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
    groups = np.array_split(np.argsort(predicted, kind="stable"), 5)
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


CLAIMS = (
    Claim(
        id="2c.most_would_have_bought_anyway",
        sentence="Of 100 pairs that were shown and bought, {anyway:.0f} would have been bought anyway. The comparison "
        "with pairs that were not shown says {naive:.0f}.",
        measure=bought_anyway,
        holds=lambda figures: figures["anyway"] >= figures["naive"] + 20,
        margin="at least 20 more than the comparison says.",
        world=COURSE,
        breaks_in=FOUND_ONLY_IF_SHOWN,
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
