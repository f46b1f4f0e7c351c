"""Lesson 3a, Which variables must we hold fixed, and which must we not: its claims, and what they measure."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from itertools import combinations
from typing import TYPE_CHECKING

from causalrec.teach.claims import Claim, Figures
from notebooks.claims.worlds import COURSE, World, preset

if TYPE_CHECKING:
    import pandas as pd

    from causalrec.causal.estimation.estimate import Estimate
    from causalrec.causal.formulas.table import Table
    from causalrec.causal.models.scm import SCM

AS_DRAWN: World = ("as drawn", 2026)
ARC_MISSING: World = ("an arc is missing", 2026)
STRONG_NUDGE: World = ("a strong nudge", 2026)
WEAK_NUDGE: World = ("a weak nudge", 2026)
PROXY: World = ("proxy", 2026)
NOBODY_LOOKS: World = ("nobody looks", 2026)
EVENLY_FOUND: World = ("evenly found", 2026)
LITTLE_SHOP = "the little shop"
"""The little shop as the lesson draws it; the names below are the same with one equation changed."""
MODELS, LOGS, ROWS = 20, 300, 1000
BEFORE = ["score", "popularity", "activity"]
"""What the course's shop holds fixed."""


def little_shop(name: str = LITTLE_SHOP) -> SCM:
    """The lesson's model of nine yes-or-no variables, or the same with one thing changed."""
    from causalrec.causal.models.mechanism import bernoulli

    model = _as_drawn(0.1 if name == "a weak nudge" else 0.4)
    if name == "the campaign shows nothing":
        show = bernoulli(("popular", "nudge"), lambda popular, nudge: 0.2 + 0.2 * popular + 0.4 * nudge)
        return model.do(shown=show)
    if name == "asked by lot":
        return model.do(survey=bernoulli((), lambda: 0.3))
    if name == "showing sells without browsing":
        browse = bernoulli(("popular",), lambda popular: 0.1 + 0.4 * popular)
        buy = bernoulli(("browsed", "quality", "shown"), lambda b, q, shown: 0.1 * b + 0.6 * b * q + 0.2 * shown)
        return model.do(browsed=browse, bought=buy)
    if name == "popular items get no better places":
        show = bernoulli(("campaign", "nudge"), lambda campaign, nudge: 0.15 + 0.3 * campaign + 0.4 * nudge)
        return model.do(shown=show)
    if name == "the badge is seen":
        show = bernoulli(("popular", "campaign", "nudge", "badge"),
                         lambda popular, c, nudge, badge: 0.05 + 0.15 * popular + 0.3 * c + 0.2 * nudge + 0.25 * badge)
        browse = bernoulli(("popular", "shown", "badge"),
                           lambda popular, shown, badge: 0.05 + 0.3 * popular + 0.35 * shown + 0.25 * badge)
        return model.do(shown=show, browsed=browse)
    return model


def _as_drawn(nudged: float) -> SCM:
    from causalrec.causal.models.mechanism import bernoulli
    from causalrec.causal.models.scm import SCM

    show = ("popular", "campaign", "nudge")
    return SCM({
        "campaign": bernoulli((), lambda: 0.5),
        "quality": bernoulli((), lambda: 0.5),
        "popular": bernoulli((), lambda: 0.4),
        "nudge": bernoulli((), lambda: 0.5),
        "badge": bernoulli(("campaign", "quality"), lambda campaign, quality: 0.1 + 0.4 * campaign + 0.4 * quality),
        "shown": bernoulli(show, lambda popular, campaign, nudge: 0.05 + 0.2 * popular + 0.3 * campaign
                           + nudged * nudge),
        "browsed": bernoulli(("popular", "shown"), lambda popular, shown: 0.1 + 0.4 * popular + 0.4 * shown),
        "bought": bernoulli(("browsed", "quality"), lambda browsed, quality: 0.1 * browsed + 0.6 * browsed * quality),
        "survey": bernoulli(("shown", "bought"), lambda shown, bought: 0.1 + 0.3 * shown + 0.5 * bought),
    }, hidden=frozenset({"campaign", "quality"}))  # fmt: skip


def effect(table: Table, held: Iterable[str] = ()) -> float:
    """What showing seems to add when these are held fixed: Σ_z [P(y=1 | x=1, z) − P(y=1 | x=0, z)] P(z)."""
    from causalrec.causal.formulas.expression import P, Product, Sum

    z = tuple(held)
    formula = Sum(z, Product((P("bought", given=("shown", *z)), P(z)))) if z else P("bought", given="shown")
    bought = formula.evaluate(table).at(bought=1)
    return bought.probability(shown=1) - bought.probability(shown=0)


@cache
def exact(name: str) -> Figures:
    """What showing adds in the little shop, truly and with one thing or another held fixed, all exact."""
    model = little_shop(name)
    table = model.table(hidden=True)
    also = {what: effect(table, ("popular", what)) for what in ("badge", "browsed", "survey")}
    found = also | {
        "truth": float(model.do_prime("bought", "shown")),
        "plain": effect(table),
        "nudge": effect(table, ("nudge",)),
        "popular": effect(table, ("popular",)),
        "badge_and_campaign": effect(table, ("popular", "badge", "campaign")),
    }
    found |= {f"{what}_error": found[what] - found["truth"] for what in ("plain", "nudge")}
    return {key: round(value, 12) + 0.0 for key, value in found.items()}


def criterion(world: World) -> Figures:
    """In random models of the little shop's graph: how far off each set of controls is, admitted or not."""
    import numpy as np

    from causalrec.causal.graphs.graph import CausalGraph
    from causalrec.causal.identification.adjustment import is_back_door_set
    from causalrec.causal.models.exact import random_model

    drawn = little_shop().visible_graph
    edges = f"{drawn}; shown <-> bought" if world[0] == "an arc is missing" else str(drawn)
    others = [node for node in drawn.nodes if node not in ("shown", "bought")]
    sets = [held for size in range(len(others) + 1) for held in combinations(others, size)]
    admitted = np.array([is_back_door_set(drawn, "shown", "bought", held) for held in sets])
    rng, off = np.random.default_rng(world[1]), []
    for _ in range(MODELS):
        model = random_model(CausalGraph.parse(edges), rng)
        table, truth = model.table(), float(model.do_prime("bought", "shown"))
        off.append([abs(effect(table, held) - truth) for held in sets])
    errors = np.array(off)  # (models, sets)
    return {
        "models": MODELS,
        "sets": len(sets),
        "admitted": admitted.sum(),
        "worst": errors[:, admitted].max(),
        "share": 100 * (errors[:, ~admitted] > 0.001).mean(),
    }


def spread(world: World) -> Figures:
    """The standard deviation of the effect over many logs, with popular held fixed, and with the nudge as well."""
    import numpy as np

    model, rng = little_shop(world[0]), np.random.default_rng(world[1])
    found = []
    for _ in range(LOGS):
        rows = model.sample(ROWS, rng)
        found.append([averaged(rows, held) for held in (["popular"], ["popular", "nudge"])])
    popular, both = np.std(found, axis=0, ddof=1)
    return {"logs": LOGS, "rows": ROWS, "popular": popular, "both": both, "more": 100 * (both / popular - 1)}


def averaged(rows: pd.DataFrame, held: list[str]) -> float:
    """The difference in the share bought within each group of a log, averaged as the groups occur."""
    shares = rows.groupby([*held, "shown"])["bought"].mean().unstack()
    weights = rows.groupby(held).size() / len(rows)
    return float(((shares[1] - shares[0]) * weights).sum())


@cache
def rows_of(world: World) -> pd.DataFrame:
    """The log's pairs, whether each was clicked in the weeks before, and what showing adds to it in truth."""
    from causalrec.shop.simulator import simulate

    log, truth = simulate(preset(world[0]), world[1])
    clicks = log.history[["user_id", "item_id"]].drop_duplicates().assign(earlier=1)
    rows = log.pairs.merge(clicks, how="left", on=["user_id", "item_id"])
    return rows.assign(earlier=rows["earlier"].fillna(0), uplift=truth.open().pairs["uplift"])


def adjusted(world: World, outcome: str, controls: Iterable[str] = BEFORE) -> Estimate:
    """The effect of recommending on an outcome by AIPW, both models fitted on these columns."""
    import numpy as np

    from causalrec.causal.estimation.outcome_models import fit_outcomes, fit_propensity
    from causalrec.causal.estimation.weighting import aipw

    rows, rng = rows_of(world), np.random.default_rng(world[1])
    x, shown, y, user = rows[list(controls)], rows["recommended"], rows[outcome], rows["user_id"]
    e = fit_propensity(x, shown, cluster=user, rng=rng)
    m0, m1 = fit_outcomes(x, shown, y, cluster=user, rng=rng)
    return aipw(y, shown, e, m0, m1, cluster=user)


def plain(world: World, outcome: str) -> float:
    """The difference between recommended pairs and others."""
    means = rows_of(world).groupby("recommended")[outcome].mean()
    return float(means[1] - means[0])


def three_columns(world: World) -> Figures:
    """What recommending adds to purchases: plainly, with the three columns held fixed, with clicks too, and truly."""
    found = adjusted(world, "purchased")
    return {
        "naive": plain(world, "purchased"),
        "three": found.value,
        "error": found.standard_error,
        "clicked": within_thirds(world),
        "truth": rows_of(world)["uplift"].mean(),
    }


def within_thirds(world: World) -> float:
    """The difference within thirds of the three columns and clicked or not, averaged as these cells occur."""
    import pandas as pd

    rows = rows_of(world)
    thirds = rows[BEFORE].apply(lambda column: pd.qcut(column, 3, labels=False))
    rows = thirds.assign(clicked=rows["clicked"], shown=rows["recommended"], bought=rows["purchased"])
    return averaged(rows, [*BEFORE, "clicked"])


def earlier_clicks(world: World) -> Figures:
    """What recommending seems to add to the clicks of the weeks before it, plainly and with three columns fixed."""
    found = adjusted(world, "earlier")
    return {"naive": plain(world, "earlier"), "three": found.value, "low": found.low, "high": found.high}


def by_popularity(world: World) -> Figures:
    """What recommending adds to the least and to the most popular third of pairs: by weights, and truly."""
    import pandas as pd

    from causalrec.causal.estimation.weighting import ipw

    rows = rows_of(world)
    third = pd.qcut(rows["popularity"], 3, labels=["low", "middle", "high"])
    figures: dict[str, float] = {}
    for name in ("low", "high"):
        some = rows[third == name]
        shares = some.groupby("recommended")["purchased"].mean()
        figures[f"{name}_plain"] = shares[1] - shares[0]
        figures[name] = ipw(some["purchased"], some["recommended"], some["propensity"]).value
        figures[f"{name}_truth"] = some["uplift"].mean()
    return figures


CLAIMS = (
    Claim(
        id="3a.criterion_keeps_its_word",
        sentence="Of {sets:.0f} sets of logged variables the criterion admits {admitted:.0f}. In {models:.0f} random "
        "models of this graph the admitted are off by {worst:.3f} at most; of the forbidden {share:.0f} % are off by "
        "more than .001.",
        measure=criterion,
        holds=lambda figures: figures["worst"] < 1e-9 and figures["share"] > 70,
        margin="the admitted exact to nine decimals, more than 70 % of the forbidden off.",
        world=AS_DRAWN,
        breaks_in=ARC_MISSING,
        breaks_because="Here the graph that was judged lacks an arc of the world: something hidden sways both what is "
        "shown and what is bought.",
    ),
    Claim(
        id="3a.browsed_hides",
        sentence="Mediator: showing adds {truth:.3f}; with browsed held fixed besides popular, {browsed:.3f}.",
        measure=exact,
        holds=lambda figures: figures["truth"] > 0.1 and abs(figures["browsed"]) < 0.01,
        margin="less than .01 left of more than .1.",
        world=LITTLE_SHOP,
        breaks_in="showing sells without browsing",
        breaks_because="Here what is shown can be bought on the spot, and is not browsed more. Browsed is no mediator.",
    ),
    Claim(
        id="3a.survey_misleads",
        sentence="Collider afterwards: showing adds {truth:.3f}; with the survey held fixed besides popular, "
        "{survey:.3f}.",
        measure=exact,
        holds=lambda figures: figures["truth"] - figures["survey"] > 0.1,
        margin="at least .1 too low.",
        world=LITTLE_SHOP,
        breaks_in="asked by lot",
        breaks_because="Here people are asked by lot, whatever they were shown or bought.",
    ),
    Claim(
        id="3a.badge_misleads",
        sentence="Collider before: showing adds {truth:.3f}; with the badge held fixed besides popular, {badge:.3f}.",
        measure=exact,
        holds=lambda figures: figures["truth"] - figures["badge"] > 0.01 and figures["popular"] == figures["truth"],
        margin="more than .01 too low, exact without it.",
        world=LITTLE_SHOP,
        breaks_in="the campaign shows nothing",
        breaks_because="Here the campaign buys badges, no places on the page. The path that the badge opens leads to "
        "nothing.",
    ),
    Claim(
        id="3a.nudge_amplifies",
        sentence="Instrument: with nothing held fixed the error is {plain_error:.3f}, with the nudge alone "
        "{nudge_error:.3f}.",
        measure=exact,
        holds=lambda figures: figures["nudge_error"] - figures["plain_error"] > 0.002 and figures["plain_error"] > 0.01,
        margin="the error above .01, and by more than .002 larger with the nudge.",
        world=LITTLE_SHOP,
        breaks_in="popular items get no better places",
        breaks_because="Here no back door is open, and there is no error to amplify.",
    ),
    Claim(
        id="3a.no_set_will_do",
        sentence="Showing adds {truth:.3f}. With popular held fixed the log says {popular:.3f}, with the badge too "
        "{badge:.3f}; with the campaign as well, if it were logged, {badge_and_campaign:.3f}.",
        measure=exact,
        holds=lambda figures: min(abs(figures[held] - figures["truth"]) for held in ("popular", "badge")) > 0.01
        and figures["badge_and_campaign"] == figures["truth"],
        margin="off by more than .01 with and without the badge, exact with the campaign.",
        world="the badge is seen",
        breaks_in=LITTLE_SHOP,
        breaks_because="Here nobody looks at the badge. It is a collider only, and popular is enough.",
    ),
    Claim(
        id="3a.nudge_costs_precision",
        sentence="Over {logs:.0f} logs of {rows:,.0f} pairs the estimate has a standard deviation of {popular:.4f} "
        "with popular held fixed, and of {both:.4f} with popular and nudge: {more:.0f} % more.",
        measure=spread,
        holds=lambda figures: figures["more"] > 5,
        margin="more than 5 % more.",
        world=STRONG_NUDGE,
        breaks_in=WEAK_NUDGE,
        breaks_because="Here the nudge hardly decides what is shown; then it costs hardly anything.",
    ),
    Claim(
        id="3a.three_columns_answer",
        sentence="The plain comparison says that recommending adds {naive:.3f}; with score, popularity and activity "
        "held fixed, {three:.3f} (standard error {error:.3f}). The truth is {truth:.3f}.",
        measure=three_columns,
        holds=lambda figures: abs(figures["three"] - figures["truth"]) < 0.01
        and figures["naive"] - figures["truth"] > 0.03,
        margin="the second within .01 of the truth, the first more than .03 too high.",
        world=COURSE,
        breaks_in=PROXY,
        breaks_because="Here the recommender went by the taste itself, which the log lacks. The score is a noisy copy "
        "of it, and the back door is not shut.",
    ),
    Claim(
        id="3a.clicked_hides",
        sentence="Recommending adds {truth:.3f}. Within thirds of the three columns, with clicked held fixed too, the "
        "log says {clicked:+.3f}.",
        measure=three_columns,
        holds=lambda figures: figures["truth"] - figures["clicked"] > 0.02,
        margin="more than .02 too low.",
        world=COURSE,
        breaks_in=NOBODY_LOOKS,
        breaks_because="Here nobody looks at recommendations. There is no effect that could be hidden.",
    ),
    Claim(
        id="3a.unpopular_gain_more",
        sentence="Showing adds {low:.3f} for the least popular third and {high:.3f} for the most popular by weighting, "
        "{low_truth:.3f} and {high_truth:.3f} in truth.",
        measure=by_popularity,
        holds=lambda figures: figures["low"] > figures["high"] and figures["low_truth"] - figures["high_truth"] > 0.01,
        margin="the least popular ahead in both, in truth by more than .01.",
        world=COURSE,
        breaks_in=EVENLY_FOUND,
        breaks_because="Here popular items are come across no more easily than others, and gain as much.",
    ),
    Claim(
        id="3a.earlier_clicks_are_left_alone",
        sentence="Compared plainly, shown pairs were clicked more often by {naive:.3f} in the weeks before. With three "
        "columns held fixed it is {three:+.3f}, in an interval from {low:+.3f} to {high:+.3f}.",
        measure=earlier_clicks,
        holds=lambda figures: figures["naive"] > 0.05 and abs(figures["three"]) < 0.02,
        margin="the plain difference above .05, the adjusted one nearer to 0 than .02.",
        world=COURSE,
        breaks_in=PROXY,
        breaks_because="Here the recommender went by the taste itself. Taste sways earlier clicks too, and no column "
        "holds it fixed.",
    ),
)
