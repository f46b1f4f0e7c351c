"""Lesson 2b, Why do the numbers contradict each other: its claims, and what they measure."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from causalrec.teach.claims import Claim, Figures
from notebooks.claims.worlds import World, preset

if TYPE_CHECKING:
    import pandas as pd

    from causalrec.causal.graphs.equivalence import EquivalenceClass
    from causalrec.causal.models.scm import SCM

SIMPSON: World = ("simpson", 2026)
BLIND_TO_ACTIVITY: World = ("blind to activity", 2026)
BY_LOT: World = ("by lot", 2026)
FOUND_ALIKE: World = ("found alike", 2026)
LONG_LOGS: World = ("long logs", 2026)
SHORT_LOGS: World = ("short logs", 2026)
TASTE_HIDDEN: World = ("taste hidden", 2026)
TASTE_LOGGED: World = ("taste logged", 2026)
ROWS = {"long logs": 4000, "short logs": 40, "taste hidden": 4000, "taste logged": 4000}
LOGS = 20


@cache
def reversal(world: World) -> Figures:
    """How much more often recommended pairs were bought: over all, within thirds by activity, weighted; and truly."""
    import pandas as pd

    from causalrec.shop.simulator import simulate

    log, truth = simulate(preset(world[0]), world[1])
    pairs = log.pairs

    def gaps(parts: int) -> pd.Series:
        group = pd.qcut(pairs["activity"], parts, labels=False)
        bought = pairs.groupby([group, "recommended"])["purchased"].mean().unstack()
        return bought[1] - bought[0]  # the groups are equally large, so their plain mean is the weighted one

    bought = pairs.groupby("recommended")["purchased"].mean()
    return {
        "naive": bought[1] - bought[0],
        "least": gaps(3).min(),
        "thirds": gaps(3).mean(),
        "twentieths": gaps(20).mean(),
        "truth": truth.open().pairs["uplift"].mean(),
    }


def among_the_browsed(world: World) -> Figures:
    """How often browsed pairs were clicked, recommended or not, and what recommending adds to clicks in truth."""
    from causalrec.shop.simulator import simulate

    log, truth = simulate(preset(world[0]), world[1])
    clicked = log.pairs[log.pairs["browsed"] == 1].groupby("recommended")["clicked"].mean()
    opened = truth.open().pairs
    return {
        "shown": clicked[1],
        "others": clicked[0],
        "truth": (opened["clicked1"] - opened["clicked0"]).mean(),
    }


def visits_model() -> SCM:
    """The world of the lesson's first search for a graph."""
    from causalrec.causal.models.scm import SCM, additive, exogenous

    return SCM({
        "season": exogenous(),
        "weather": additive(("season",), lambda season: season),
        "visits": additive(("weather", "advert"), lambda weather, advert: weather + advert),
        "sales": additive(("visits",), lambda visits: visits),
        "advert": exogenous(),
    })  # fmt: skip


def taste_model() -> SCM:
    """The world of the second: taste makes people visit and buy; neither does the other."""
    from causalrec.causal.models.scm import SCM, additive, exogenous

    return SCM({
        "advert": exogenous(),
        "taste": exogenous(),
        "visits": additive(("advert", "taste"), lambda advert, taste: advert + taste),
        "sales": additive(("taste",), lambda taste: taste),
    }, hidden=frozenset({"taste"}))  # fmt: skip


def _found(model: SCM, world: World, *, hidden: bool = False) -> list[EquivalenceClass]:
    """What PC finds in each of twenty logs."""
    import numpy as np

    from causalrec.causal.graphs.equivalence import pc

    return [
        pc(model.sample(ROWS[world[0]], np.random.default_rng(world[1] + number), hidden=hidden))
        for number in range(LOGS)
    ]


def classes_found(world: World) -> Figures:
    """In how many of twenty logs PC finds the equivalence class of the true graph."""
    from causalrec.causal.graphs.equivalence import equivalence_class

    model = visits_model()
    right = equivalence_class(model.graph)
    return {"logs": LOGS, "rows": ROWS[world[0]], "right": sum(one == right for one in _found(model, world))}


def wrong_arrows(world: World) -> Figures:
    """In how many of twenty logs PC draws an arrow from sales to visits."""
    found = _found(taste_model(), world, hidden=world[0] == "taste logged")
    return {"logs": LOGS, "wrong": sum(("sales", "visits") in one.arrows for one in found)}


CLAIMS = (
    Claim(
        id="2b.shop_turns_round",
        sentence="The plain comparison gives {naive:+.3f}. Within thirds by activity recommended pairs are ahead, by "
        "{least:+.3f} at least and {thirds:+.3f} on average; twentieths give {twentieths:+.3f}. The truth is "
        "{truth:+.3f}.",
        measure=reversal,
        holds=lambda figures: figures["naive"] < -0.01 and figures["least"] > 0 and figures["thirds"] > 0.02,
        margin="the plain comparison below -.01, every third above 0, their average above .02.",
        world=SIMPSON,
        breaks_in=BLIND_TO_ACTIVITY,
        breaks_because="Here the recommender does not look at activity. Recommended and other pairs belong to equally "
        "active users, and the first comparison is as good as the second.",
    ),
    Claim(
        id="2b.browsed_only",
        sentence="Of the browsed pairs, {shown:.3f} of the recommended and {others:.3f} of the others were clicked. "
        "Yet recommending adds {truth:.3f} clicks a pair.",
        measure=among_the_browsed,
        holds=lambda figures: figures["others"] - figures["shown"] > 0.05 and figures["truth"] > 0.05,
        margin="the recommended at least .05 behind, the true effect above .05.",
        world=BY_LOT,
        breaks_in=FOUND_ALIKE,
        breaks_because="Here all items are found alike, popular or not, liked or not. That a pair was browsed tells "
        "nothing of it, except perhaps that it was recommended: no second arrow makes browsed a collider.",
    ),
    Claim(
        id="2b.pc_finds_the_class",
        sentence="In {right:.0f} of {logs:.0f} logs of {rows:,.0f} rows PC finds the equivalence class exactly.",
        measure=classes_found,
        holds=lambda figures: figures["right"] >= 16,
        margin="at least 16.",
        world=LONG_LOGS,
        breaks_in=SHORT_LOGS,
        breaks_because="In so few rows the tests overlook dependences, and edges are missing.",
    ),
    Claim(
        id="2b.hidden_cause_misleads",
        sentence="In {wrong:.0f} of {logs:.0f} logs PC draws an arrow from sales to visits. There is none.",
        measure=wrong_arrows,
        holds=lambda figures: figures["wrong"] >= 16,
        margin="at least 16.",
        world=TASTE_HIDDEN,
        breaks_in=TASTE_LOGGED,
        breaks_because="Here taste is a column. Visits and sales are found independent given it, and no edge joins "
        "them.",
    ),
)
