"""Lesson 3b, Can the log answer it at all: its claims, and what they measure."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations, product
from typing import TYPE_CHECKING

from causalrec.causal.formulas.expression import P
from causalrec.teach.claims import Claim, Figures
from notebooks.claims.worlds import World

if TYPE_CHECKING:
    from causalrec.causal.derivation.rules import RuleCheck
    from causalrec.causal.formulas.table import Table
    from causalrec.causal.models.scm import SCM

AS_DRAWN: World = ("as drawn", 2026)
ARC_MISSING: World = ("an arc is missing", 2026)
NEED: World = ("need", 2026)
TASTE: World = ("taste", 2026)
DOOR = "shown -> browsed -> bought; shown <-> bought"
"""The graph of the lesson's shop."""
NUDGED = f"nudge -> {DOOR}"
MODELS, LOGS, ROWS = 4, 20, 5000


def shop(name: str) -> SCM:
    """The lesson's shop, in which a hidden need decides who is shown an item and buys it; or "taste", see below."""
    from causalrec.causal.models.mechanism import bernoulli
    from causalrec.causal.models.scm import SCM

    need, shown = bernoulli((), lambda: 0.5), bernoulli(("need",), lambda need: 0.2 + 0.6 * need)
    if name == "taste":  # a second hidden cause, of what is browsed and bought
        return SCM({
            "need": need,
            "taste": bernoulli((), lambda: 0.2),
            "shown": shown,
            "browsed": bernoulli(("shown", "taste"), lambda shown, taste: 0.05 + 0.25 * shown + 0.7 * taste),
            "bought": bernoulli(("browsed", "need", "taste"),
                                lambda browsed, need, taste: browsed * (0.4 * need + 0.6 * taste)),
        }, hidden=frozenset({"need", "taste"}))  # fmt: skip
    return SCM({
        "need": need,
        "shown": shown,
        "browsed": bernoulli(("shown",), lambda shown: 0.2 + 0.5 * shown),
        "bought": bernoulli(("browsed", "need"), lambda browsed, need: browsed * (0.1 + 0.6 * need)),
    }, hidden=frozenset({"need"}))  # fmt: skip


def by_front_door(table: Table, x: str = "shown", y: str = "bought", z: str = "browsed") -> float:
    """What setting x to 1 instead of 0 adds to y by way of z: the front-door formula on a table."""
    from causalrec.causal.formulas.expression import Product, Sum

    second = Sum(x, Product((P(y, given=(x, z)), P(x))))  # Σ_x' P(y | x', z) P(x')
    values = Sum(z, Product((P(z, given=x), second))).evaluate(table).at({y: 1})
    return values.probability({x: 1}) - values.probability({x: 0})


def plainly(table: Table, x: str = "shown", y: str = "bought") -> float:
    """How much more often y is 1 where x was seen to be 1."""
    return table.condition({x: 1}).mean(y) - table.condition({x: 0}).mean(y)


def in_logs(world: World) -> Figures:
    """What the front-door formula and the plain comparison say on average over twenty logs; with the worst error."""
    import numpy as np

    from causalrec.causal.formulas.table import Table

    model, rng = shop(world[0]), np.random.default_rng(world[1])
    said = []
    for _ in range(LOGS):
        rows = model.sample(ROWS, rng).to_numpy(dtype=int)  # (rows, shown browsed bought)
        counts = np.bincount(rows @ [4, 2, 1], minlength=8).reshape(2, 2, 2)
        table = Table(("shown", "browsed", "bought"), ((0, 1),) * 3, counts / ROWS)
        said.append((by_front_door(table), plainly(table)))
    found, truth = np.array(said), float(model.do_prime("bought", "shown"))  # (logs, 2)
    (door, plain), most = found.mean(axis=0), np.abs(found[:, 0] - truth).max()
    return {"logs": LOGS, "rows": ROWS, "truth": truth, "door": door, "plain": plain, "most": most}


def applications() -> Iterator[RuleCheck]:
    """Every way to use a rule on the graph with the nudge, for one y, one z and whatever else is set or given."""
    from causalrec.causal.derivation.rules import check_rule
    from causalrec.causal.graphs.graph import CausalGraph

    graph = CausalGraph.parse(NUDGED)
    for rule, (y, z) in product((1, 2, 3), permutations(graph.nodes, 2)):
        others = [node for node in graph.nodes if node not in (y, z)]
        for places in product("xw-", repeat=len(others)):
            x, w = ([node for node, place in zip(others, places, strict=True) if place == one] for one in "xw")
            yield check_rule(rule, graph, y=y, x=x, z=z, w=w)


def rules_on_models(world: World) -> Figures:
    """On random models: how far apart the sides of a licensed equation are at most, and how many refused ones differ.

    Where an arc is missing, the models have a hidden cause of browsed and bought that the rules were not told of.
    """
    import numpy as np

    from causalrec.causal.derivation.verification import difference
    from causalrec.causal.graphs.graph import CausalGraph
    from causalrec.causal.models.exact import evaluated, experiments, random_model

    edges = f"{NUDGED}; browsed <-> bought" if world[0] == "an arc is missing" else NUDGED
    rng = np.random.default_rng(world[1])
    models = [experiments(random_model(CausalGraph.parse(edges), rng)) for _ in range(MODELS)]
    apart: dict[bool, list[float]] = {True: [], False: []}
    for check in applications():
        found = [difference(evaluated(check.before, model), evaluated(check.after, model)) for model in models]
        apart[check.holds].append(max(found))
    refused = np.array(apart[False])
    return {
        "models": MODELS,
        "licensed": len(apart[True]),
        "worst": max(apart[True]),
        "refused": len(refused),
        "share": 100 * (refused > 1e-6).mean(),
    }


CLAIMS = (
    Claim(
        id="3b.rules_keep_their_word",
        sentence="In a graph of four nodes the rules license {licensed:.0f} equations: on {models:.0f} random models "
        "the sides of each are at most {worst:.6f} apart. They refuse {refused:.0f}, of which {share:.0f} % are false "
        "on at least one of the models.",
        measure=rules_on_models,
        holds=lambda figures: figures["worst"] < 1e-9 and figures["share"] > 95,
        margin="licensed ones true but for rounding, at least 95 % of the refused ones false.",
        world=AS_DRAWN,
        breaks_in=ARC_MISSING,
        breaks_because="Here the world has a hidden cause of browsed and bought, and the graph does not show it. The "
        "rules are right about the graph that they are given.",
    ),
    Claim(
        id="3b.front_door_answers",
        sentence="In {logs:.0f} logs of {rows:,.0f} pairs the front door says {door:.3f} on average and is "
        "{most:.3f} off at most. The truth is {truth:.3f}; the plain comparison says {plain:.3f}.",
        measure=in_logs,
        holds=lambda figures: figures["most"] < 0.04 and figures["plain"] - figures["truth"] > 0.1,
        margin="the front door off by less than .04 in every log, the plain comparison by more than .1 on average.",
        world=NEED,
        breaks_in=TASTE,
        breaks_because="Here a few users have a taste for the item, browse it without being shown it, and buy it. The "
        "front door credits browsing with what taste does.",
    ),
)
