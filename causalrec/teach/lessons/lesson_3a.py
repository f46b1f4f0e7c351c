"""Lesson 3a, Which variables must we hold fixed, and which must we not: its exercises and claims."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from itertools import combinations
from typing import TYPE_CHECKING

from causalrec.teach.claim import Claim, Figures
from causalrec.teach.exercise import Exercise, Mistake
from causalrec.teach.judge import Guess, Names, Number

if TYPE_CHECKING:
    import pandas as pd

    from causalrec.causal.estimate import Estimate
    from causalrec.causal.expression import Table
    from causalrec.causal.scm import SCM
    from causalrec.shop.model import Preset

World = tuple[str, int]
"""The name of a world and its seed."""

AS_DRAWN: World = ("as drawn", 2026)
ARC_MISSING: World = ("an arc is missing", 2026)
STRONG_NUDGE: World = ("a strong nudge", 2026)
WEAK_NUDGE: World = ("a weak nudge", 2026)
COURSE: World = ("course", 2026)
PROXY: World = ("proxy", 2026)
NOBODY_LOOKS: World = ("nobody looks", 2026)
EVENLY_FOUND: World = ("evenly found", 2026)

LITTLE_SHOP = "the little shop"
"""The little shop as the lesson draws it; the names below are the same with one equation changed."""

MODELS, LOGS, ROWS = 20, 300, 1000
BEFORE = ["score", "popularity", "activity"]
"""What the course's shop holds fixed."""


# ------------------------------------------------------------------------------------------------- the little shop


def little_shop(name: str = LITTLE_SHOP) -> SCM:
    """The lesson's model of nine yes-or-no variables, or the same with one thing changed."""
    from causalrec.causal.mechanism import bernoulli

    model = _as_drawn(0.1 if name == "a weak nudge" else 0.4)
    if name == "the campaign shows nothing":
        show = bernoulli(("popular", "nudge"), lambda popular, nudge: 0.2 + 0.2 * popular + 0.4 * nudge)
        return model.do(shown=show)
    if name == "asked by lot":
        return model.do(survey=bernoulli((), lambda: 0.3))
    if name == "showing sells directly too":
        buy = bernoulli(("browsed", "quality", "shown"), lambda b, q, shown: 0.1 * b + 0.6 * b * q + 0.2 * shown)
        return model.do(bought=buy)
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
    from causalrec.causal.mechanism import bernoulli
    from causalrec.causal.scm import SCM

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
    from causalrec.causal.expression import P, Product, Sum

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

    from causalrec.causal.adjustment import is_back_door_set
    from causalrec.causal.exact import random_model
    from causalrec.causal.graph import CausalGraph

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


# ------------------------------------------------------------------------------------------------- the course's shop


def preset(name: str) -> Preset:
    """The preset of that name, or the course's with one thing changed."""
    from causalrec.shop.model import PRESETS, preset_named

    course = PRESETS["course"]
    if name == "nobody looks":  # at what is recommended; so nobody is annoyed either
        return replace(course, noticed=0.0, annoyance=0.0)
    if name == "evenly found":  # popular items are come across no more easily than others
        return replace(course, browse=replace(course.browse, weights={**course.browse.weights, "popularity": 0.0}))
    return preset_named(name)


@cache
def rows_of(world: World) -> pd.DataFrame:
    """The log's pairs, whether each was clicked in the weeks before, and what showing adds to it in truth."""
    from causalrec.shop.simulate import simulate

    log, truth = simulate(preset(world[0]), world[1])
    clicks = log.history[["user_id", "item_id"]].drop_duplicates().assign(earlier=1)
    rows = log.pairs.merge(clicks, how="left", on=["user_id", "item_id"])
    return rows.assign(earlier=rows["earlier"].fillna(0), uplift=truth.open().pairs["uplift"])


def adjusted(world: World, outcome: str, controls: Iterable[str] = BEFORE) -> Estimate:
    """The effect of recommending on an outcome by AIPW, both models fitted on these columns."""
    import numpy as np

    from causalrec.causal.estimate import aipw, fit_outcomes, fit_propensity

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

    from causalrec.causal.estimate import ipw

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


# ------------------------------------------------------------------------------------------------- the exercises


LAMP = {"busy": (160, 96, 40, 20), "quiet": (40, 16, 260, 26)}
"""Per kind of user: pairs shown, bought of them, pairs not shown, bought of them."""


def lamp(weights: str) -> float:
    """What showing the lamp adds within busy and quiet users, averaged with one or another choice of weights."""
    import numpy as np

    shown, bought, others, bought_otherwise = np.array(list(LAMP.values())).T
    added = bought / shown - bought_otherwise / others
    choices = {"all": shown + others, "shown": shown, "others": others, "alike": None}
    return float(np.average(added, weights=choices[weights]))


def busy_with_unpopular(how: str) -> float:
    """What showing adds for the unpopular third of items and the busy third of users, by one way or another."""
    import pandas as pd

    from causalrec.causal.estimate import ipw

    rows = rows_of(COURSE)
    thirds = rows[["popularity", "activity"]].apply(lambda column: pd.qcut(column, 3, labels=False))
    unpopular, busy = thirds["popularity"] == 0, thirds["activity"] == 2

    def weighted(some: pd.DataFrame) -> float:
        return ipw(some["purchased"], some["recommended"], some["propensity"]).value

    if how == "plain":
        shares = rows[unpopular & busy].groupby("recommended")["purchased"].mean()
        return float(shares[1] - shares[0])
    if how == "clicked":
        return weighted(rows[unpopular & busy & (rows["clicked"] == 1)])
    groups = {"both": unpopular & busy, "unpopular": unpopular, "busy": busy, "all": busy | ~busy}
    return weighted(rows[groups[how]])


EXERCISES = (
    Exercise(
        id="3a.guess",
        prompt="Whose number comes nearest to the truth?",
        judge=Guess(options=("A", "B", "C", "D")),
        solution="",
    ),
    Exercise(
        id="3a.1",
        prompt="Which of score, popularity, activity, nudge, position, browsed and clicked were fixed before time "
        "zero?",
        judge=Names(
            right=frozenset({"score", "popularity", "activity", "nudge"}),
            among=("score", "popularity", "activity", "nudge", "position", "browsed", "clicked"),
            because={
                "position": "position is decided together with the treatment: only what is shown has one.",
                "browsed": "browsed comes after: being shown is one way to be come across.",
                "clicked": "clicked comes after: it may be an effect of being shown.",
            },
            praise="These four may be reasons for what was shown. Whether each should be held fixed is another "
            "question: time zero says what may be, not what must be.",
        ),
        hints=(
            "Imagine the page is just being made. What does the shop know already?",
            "The recommender's score, popularity and activity are measured before the period (lesson 0). What about a "
            "coin that is tossed for a user?",
        ),
        solution='`answer = {"score", "popularity", "activity", "nudge"}`\n\n'
        "A position is given to what is shown, so it is part of the treatment. Browsing and clicking follow.",
        mistakes=(
            Mistake(
                {"score", "popularity", "activity"},
                "These three are right. But the coin was tossed before the page was made, too. That it has nothing to "
                "do with purchases is another matter.",
                verdict="almost",
            ),
            Mistake(
                {"score", "popularity", "activity", "nudge", "position"},
                "All but one. A pair has a position because it is shown: the position is decided at time zero, as part "
                "of the treatment, not before it.",
                verdict="almost",
            ),
            Mistake(
                {"score", "popularity", "activity", "nudge", "browsed", "clicked"},
                "browsed and clicked are in the same row of the log, but they happened later. A row has no order in "
                "time; ask of each column when it was written.",
            ),
            Mistake(
                {"browsed", "clicked"},
                "That is what came *after* time zero. Asked is what was there before.",
            ),
        ),
    ),
    Exercise(
        id="3a.2",
        prompt="How much does showing the lamp add to the share bought, among all 500 pairs?",
        judge=Number(
            expected=lambda: lamp("all"),
            tolerance=0.001,
            low=-1.0,
            high=1.0,
            praise="One tenth among the 200 pairs of busy users, three tenths among the 300 of quiet ones.",
        ),
        hints=(
            "First what showing adds for busy users alone, then for quiet ones. Then average: who is in the "
            "population?",
            "Of the 500 pairs 200 belong to busy users and 300 to quiet ones.",
        ),
        solution="`answer = 200 / 500 * (96 / 160 - 20 / 40) + 300 / 500 * (16 / 40 - 26 / 260)`\n\n"
        "That is two fifths of .10 and three fifths of .30, which makes .22.",
        mistakes=(
            Mistake(
                112 / 200 - 46 / 300,
                "That compares all shown pairs with all others. The shown ones mostly belong to busy users, who buy "
                "more anyway. Hold the kind of user fixed.",
            ),
            Mistake(
                lambda: lamp("alike"),
                "You gave both kinds the same weight and forgot P(z): there are 200 pairs of busy users and 300 of "
                "quiet ones.",
                verdict="almost",
            ),
            Mistake(
                lambda: lamp("shown"),
                "You weighted by the *shown* pairs, P(z | x = 1). That is the effect on the treated; asked is the "
                "effect among all pairs.",
                verdict="almost",
            ),
            Mistake(
                lambda: lamp("others"),
                "You weighted by the pairs that were *not* shown. Asked is the effect among all pairs: weight by all "
                "of a kind, shown or not.",
                verdict="almost",
            ),
            Mistake(
                0.4 * 0.6 + 0.6 * 0.4,
                "That is P(bought | do(shown = 1)), the first half. Subtract P(bought | do(shown = 0)).",
                verdict="almost",
            ),
            Mistake(0.1 + 0.3, "You added up the two effects. An average needs weights that sum to one: P(z)."),
        ),
    ),
    Exercise(
        id="3a.3",
        prompt="Which is the smallest set of logged columns that gives the effect of a voucher on purchases?",
        judge=Names(
            right=frozenset({"city", "member"}),
            among=("city", "member", "wealth", "visited", "rain", "voucher", "bought"),
            because={
                "wealth": "wealth would do alone, but it is not in the log.",
                "visited": "visited is an effect of the voucher.",
                "rain": "rain is on no path from voucher to bought.",
                "voucher": "voucher is the treatment itself.",
                "bought": "bought is what is asked about.",
            },
            praise="member must be held fixed, for it lets wealth in; held fixed, it opens city → member ← wealth, and "
            "city closes that again.",
        ),
        hints=(
            "List the back doors of voucher. There are two.",
            "voucher ← member ← wealth → bought is blocked by member. What does holding member fixed do to "
            "voucher ← city → member ← wealth → bought?",
        ),
        solution='`answer = {"city", "member"}`\n\n'
        "member is the middle of a chain on the first back door and a collider on the second. "
        '`back_door(mail, "voucher", "bought", "member")` names the path that is left open.',
        mistakes=(
            Mistake(
                {"member"},
                "member blocks voucher ← member ← wealth → bought. But it is also a collider: held fixed, it opens "
                "voucher ← city → member ← wealth → bought. What blocks that?",
                verdict="almost",
            ),
            Mistake(
                {"city"},
                "city shuts only its own back door. voucher ← member ← wealth → bought stays open.",
            ),
            Mistake(
                {"city", "member", "rain"},
                "These three answer, but rain is not needed: it goes with purchases only, and opens or shuts nothing.",
                verdict="almost",
            ),
            Mistake(
                {"city", "member", "visited", "rain"},
                "You hold everything fixed that the log has. visited is on the way from voucher to bought: held fixed, "
                "it hides what the voucher does.",
            ),
            Mistake(
                {"visited", "rain"},
                "You chose what predicts purchases. Asked is what closes back doors, and both of these are on none.",
                when=lambda names: "visited" in names and not {"city", "member"} <= names,
            ),
            Mistake(
                {"wealth"},
                "wealth alone would do, and it is the cleaner set. But the log does not have it.",
                verdict="almost",
            ),
            Mistake(
                set(),
                "With nothing held fixed, voucher ← member ← wealth → bought is open: members get vouchers, and many "
                "members are wealthy.",
            ),
        ),
    ),
    Exercise(
        id="3a.4",
        prompt="By weighting, what does showing add for the unpopular third of items among the busy third of users?",
        judge=Number(
            expected=lambda: busy_with_unpopular("both"),
            tolerance=0.001,
            low=-1.0,
            high=1.0,
            praise="The group was fixed before time zero, so its rows and their propensities are all that is needed. "
            "But the finer the group, the fewer pairs answer for it, and the wider the interval.",
        ),
        hints=(
            "Find the rows of the group first. Both columns were fixed before time zero, so a filter is allowed.",
            '`group = (pd.qcut(pairs["popularity"], 3, labels=False) == 0) & '
            '(pd.qcut(pairs["activity"], 3, labels=False) == 2)`, then `ipw` on those rows.',
        ),
        solution='`group = (pd.qcut(pairs["popularity"], 3, labels=False) == 0) & '
        '(pd.qcut(pairs["activity"], 3, labels=False) == 2)`\n\n'
        '`some = pairs[group]`\n\n'
        '`answer = ipw(some["bought"], some["shown"], some["propensity"]).value`',
        mistakes=(
            Mistake(
                lambda: busy_with_unpopular("plain"),
                "That is the plain comparison within the group. Among these pairs, too, the recommender went by its "
                "score: weight them.",
            ),
            Mistake(
                lambda: busy_with_unpopular("all"),
                "That is the effect among all pairs. Keep the rows of the group only.",
            ),
            Mistake(
                lambda: busy_with_unpopular("unpopular"),
                "That is the effect for unpopular items among all users. The users are to be busy as well.",
                verdict="almost",
            ),
            Mistake(
                lambda: busy_with_unpopular("busy"),
                "That is the effect among busy users for all items. The items are to be unpopular as well.",
                verdict="almost",
            ),
            Mistake(
                lambda: busy_with_unpopular("clicked"),
                "You kept the clicked pairs. Whether a pair is clicked was decided after time zero, and by showing "
                "among other things.",
            ),
        ),
    ),
    Exercise(
        id="3a.5",
        prompt="Which of the others, together with fitness, make a back-door set for warm_up and injury?",
        judge=Names(
            right=frozenset({"coach", "motivation", "genes"}),
            among=("coach", "motivation", "readiness", "balance", "old_injury", "contact", "genes", "fatigue",
                   "tissue", "weakness"),
            because={
                "readiness": "readiness blocks what comes by fitness, which fitness blocks already; the way over coach "
                "stays open.",
                "balance": "balance is an effect of warming up.",
                "old_injury": "old_injury is a collider: held fixed, it opens motivation → old_injury ← contact.",
                "contact": "contact is on no back door that is open.",
                "fatigue": "fatigue is a collider between fitness, genes and tissue, and leaves coach → fitness ← "
                "genes → tissue open.",
                "tissue": "tissue leaves coach → fitness ← genes → fatigue → injury open.",
                "weakness": "weakness leaves coach → fitness ← genes → fatigue → injury open.",
            },
            praise="fitness held fixed opens coach → fitness ← genes. Each of the three lies on that way, and blocks "
            "it.",
        ),
        hints=(
            "fitness blocks warm_up ← readiness ← fitness → fatigue. What else does holding it fixed do?",
            "fitness is a collider of coach and genes. Follow the path that it opens, from warm_up to injury.",
            '`back_door(sport, "warm_up", "injury", ("fitness", "fatigue"))` names an open path; try the others.',
        ),
        solution='`answer = {"coach", "motivation", "genes"}`\n\n'
        "Held fixed, the collider fitness opens warm_up ← motivation ← coach → fitness ← genes → …, which goes on to "
        "injury by several ways. motivation, coach and genes each block it before it parts.",
        mistakes=(
            Mistake(
                {"old_injury"},
                "An old injury may well be what predicts the next one best, and it was there before time zero. But it "
                "is a collider: held fixed, it opens warm_up ← motivation → old_injury ← contact → balance.",
                when=lambda names: "old_injury" in names and "balance" not in names,
            ),
            Mistake(
                {"balance"},
                "balance is on the way from warming up to injury: held fixed, it hides what warming up does.",
                when=lambda names: "balance" in names and len(names) < 10,
            ),
            Mistake(
                {"coach", "motivation", "readiness", "balance", "old_injury", "contact", "genes", "fatigue", "tissue",
                 "weakness"},
                "Not all of them: balance is an effect of warming up, old_injury a collider, and some leave a back "
                "door open that fitness has opened.",
            ),
            Mistake(
                {"coach", "motivation"},
                "These two are right. But the path that fitness opens can be blocked on its other side as well.",
                verdict="almost",
            ),
            Mistake(
                set(),
                "Is fitness enough alone? It is a confounder, but also a collider of coach and genes: held fixed, it "
                "opens a path between them.",
            ),
        ),
    ),
)

CLAIMS = (
    Claim(
        id="3a.criterion_keeps_its_word",
        sentence="Of {sets:.0f} sets of logged variables the criterion admits {admitted:.0f}. In {models:.0f} random "
        "models of this graph these are off by {worst:.3f} at most; of the forbidden ones {share:.0f} % are off by "
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
        breaks_in="showing sells directly too",
        breaks_because="Here showing also sells without browsing, and holding browsed fixed leaves that part.",
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
        breaks_because="Here a lot decides who is asked, neither showing nor buying.",
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
        "{badge:.3f}; only with the campaign, if it were logged, {badge_and_campaign:.3f}.",
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
