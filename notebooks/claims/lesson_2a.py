"""Lesson 2a, What happens if we act: its claims, and what they measure."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from causalrec.teach.claims import Claim, Figures
from notebooks.claims.worlds import COURSE, World, preset

if TYPE_CHECKING:
    import pandas as pd

    from causalrec.causal.models.twins import Twins

BY_LOT: World = ("shown by lot", 2026)
EVENLY_FOUND: World = ("evenly found", 2026)
LOG: World = ("log", 2026)
EXPERIMENT: World = ("experiment", 2026)


@cache
def seen_and_done(world: World) -> Figures:
    """Shares bought in a simulated shop: among recommended pairs, and if all were recommended; and if none were."""
    from causalrec.shop.simulator import simulate

    log, truth = simulate(preset(world[0]), world[1])
    seen = log.pairs.groupby("recommended")["purchased"].mean()
    done = truth.open().pairs[["purchased0", "purchased1"]].mean()
    return {
        "seen": seen[1],
        "done": done["purchased1"],
        "gap": seen[1] - seen[0],
        "effect": done["purchased1"] - done["purchased0"],
        "times": (seen[1] - seen[0]) / (done["purchased1"] - done["purchased0"]),
    }


def popular_or_not(world: World) -> Figures:
    """Purchases per thousand pairs if the popular half is recommended, if the other half is, and if a lot decides."""
    import numpy as np

    from causalrec.causal.models.mechanism import bernoulli, deterministic
    from causalrec.shop.model import shop_model

    shop = shop_model(preset(world[0]))
    policies = {
        "popular": deterministic(("popularity",), lambda popularity: popularity > 0),
        "unpopular": deterministic(("popularity",), lambda popularity: popularity <= 0),
        "lot": bernoulli((), lambda: 0.5),
    }
    draws = {
        name: shop.do(recommended=policy).sample(200_000, np.random.default_rng(world[1]))
        for name, policy in policies.items()
    }
    return {name: 1000 * float(rows["purchased"].mean()) for name, rows in draws.items()}


@cache
def tent_twins() -> Twins:
    """Two worlds with the log of the hundred visitors, shown and bought."""
    import numpy as np

    from causalrec.causal.formulas.table import Table
    from causalrec.causal.models.twins import twin_worlds

    counts = np.array([[41, 9], [27, 23]])
    return twin_worlds(Table(("shown", "bought"), ((0, 1), (0, 1)), counts / counts.sum()), "shown", "bought")


def by_gap(log: pd.DataFrame) -> str:
    """Bet on the first world if those shown the tent bought much more often: half of the gap in the first world."""
    share = log.groupby("shown")["bought"].mean()
    return "first" if share[1] - share[0] > 0.14 else "second"


def bets(world: World) -> Figures:
    """The shares of right bets of three strategies over a thousand logs of 200 rows, from a log or an experiment."""
    import numpy as np

    from causalrec.teach.game import Settled, deal

    rng = np.random.default_rng(world[1])
    game = deal(tent_twins(), 1000, 200, rng, experiment=world[0] == "experiment")
    strategies = {
        "gap": by_gap,
        "sales": lambda log: "first" if log["bought"].mean() > 0.32 else "second",
        "always": lambda log: "first",
    }
    shares = {}
    for name, strategy in strategies.items():
        settled = game.settle(strategy)
        assert isinstance(settled, Settled)
        shares[name] = settled.share
    return shares


CLAIMS = (
    Claim(
        id="2a.seeing_is_not_doing",
        sentence="Of the recommended pairs {seen:.3f} are purchased; if all were recommended, {done:.3f} would be. The "
        "gap between recommended pairs and others is {gap:.3f}, the effect {effect:.3f}.",
        measure=seen_and_done,
        holds=lambda figures: figures["times"] > 1.5,
        margin="the gap more than 1.5 times the effect.",
        world=COURSE,
        breaks_in=BY_LOT,
        breaks_because="Here the recommender draws lots: nothing decides both what is recommended and what is bought, "
        "and, luck apart, seeing is doing.",
    ),
    Claim(
        id="2a.unpopular_half_sells_more",
        sentence="Of a thousand pairs {unpopular:.1f} end in a purchase if the unpopular half is recommended, "
        "{popular:.1f} if the popular half is, {lot:.1f} if a lot decides.",
        measure=popular_or_not,
        holds=lambda figures: figures["unpopular"] > figures["lot"] + 2 > figures["popular"] + 4,
        margin="2 in a thousand from each to the next.",
        world=COURSE,
        breaks_in=EVENLY_FOUND,
        breaks_because="Here popular items are come across no more easily than others, so each needs to be shown as "
        "much; and popular ones are of better quality and sell better once seen.",
    ),
    Claim(
        id="2a.no_bet_beats_the_coin",
        sentence="Of a thousand bets those by the gap are right in a share of {gap:.2f}, those by the sales in "
        "{sales:.2f}, and always betting on the first world in {always:.2f}.",
        measure=bets,
        holds=lambda figures: all(abs(figures[name] - 0.5) < 0.08 for name in ("gap", "sales", "always")),
        margin="all within 0.08 of one half, five standard errors.",
        world=LOG,
        breaks_in=EXPERIMENT,
        breaks_because="Here a lot decided who was shown the tent, and the gap tells the worlds apart.",
    ),
)
