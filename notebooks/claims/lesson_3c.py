"""Lesson 3c, Is there always an answer: its claims, and what they measure."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING

from causalrec.teach.claims import Claim, Figures
from notebooks.claims.worlds import World

if TYPE_CHECKING:
    from causalrec.causal.formulas.table import Table
    from causalrec.causal.models.scm import SCM

AS_DRAWN: World = ("as drawn", 2026)
MAIL_SELLS: World = ("the mail sells by itself", 2026)
NEED_DECIDES: World = ("need decides", 2026)
BY_LOT: World = ("shown by lot", 2026)
NO_DEFIERS: World = ("no defiers", 2026)
SOME_DEFIERS: World = ("some defiers", 2026)
LOT_ONLY_SHOWS: World = ("the lot only shows", 2026)
LOT_SELLS: World = ("the lot sells by itself", 2026)
EXPERIMENT: World = ("experiment", 2026)
LOG: World = ("log", 2026)
MODELS, TRIALS = 200, 2000
NAPKIN = "regular -> mailed -> shown -> bought; regular <-> shown; regular <-> bought"
"""Pearl and Mackenzie's napkin, in a shop."""
WITH_LOT = "nudge -> shown -> bought; shown <-> bought"
KINDS = {  # of 100, shown if nudged, shown if not, chance to buy if shown, if not
    "always": (20, 1, 1, 15 / 20, 13 / 20),
    "if nudged": (50, 1, 0, 25 / 50, 10 / 50),
    "never": (30, 0, 0, 9 / 30, 6 / 30),
}


WITH_DEFIERS = {
    "always": (20, 1, 1, 15 / 20, 13 / 20),
    "if nudged": (40, 1, 0, 20 / 40, 8 / 40),
    "never": (30, 0, 0, 9 / 30, 6 / 30),
    "if not nudged": (10, 0, 1, 8 / 10, 2 / 10),
}


def tent_shop(kinds: Mapping[str, tuple[float, ...]]) -> SCM:
    """The shop of the lesson: a lot nudges, the hidden kind decides who is shown the tent and who buys it."""
    import numpy as np

    from causalrec.causal.models.mechanism import bernoulli, categorical, deterministic
    from causalrec.causal.models.scm import SCM

    names, numbers = list(kinds), np.array(list(kinds.values()))
    row = {name: place for place, name in enumerate(names)}

    def column(kind: np.ndarray, *columns: int) -> np.ndarray:
        return numbers[[row[name] for name in kind.tolist()]][:, columns]

    def shown(nudged: np.ndarray, kind: np.ndarray) -> np.ndarray:
        if_nudged, otherwise = column(kind, 1, 2).T
        return np.where(nudged == 1, if_nudged, otherwise)

    def bought(shown: np.ndarray, kind: np.ndarray) -> np.ndarray:
        if_shown, otherwise = column(kind, 3, 4).T
        return np.where(shown == 1, if_shown, otherwise)

    return SCM({
        "kind": categorical((), lambda: numbers[:, 0] / 100, names),
        "nudge": bernoulli((), lambda: 0.5),
        "shown": deterministic(("nudge", "kind"), shown),
        "bought": bernoulli(("shown", "kind"), bought),
    }, hidden=frozenset({"kind"}))  # fmt: skip


def plain(table: Table) -> float:
    """The difference in purchases between those who were shown the tent and the others."""
    return table.condition(shown=1).mean("bought") - table.condition(shown=0).mean("bought")


def effect(model: SCM) -> float:
    """What showing adds to purchases, exactly: E[bought | do(shown=1)] - E[bought | do(shown=0)]."""
    return model.do(shown=1).table().mean("bought") - model.do(shown=0).table().mean("bought")


def ratio_and_do(world: World) -> Figures:
    """In how many random models the napkin's ratio, and P(bought | shown), equal do(shown=1)."""
    import numpy as np

    from causalrec.causal.graphs.graph import CausalGraph
    from causalrec.causal.identification.identifier import Query, identify
    from causalrec.causal.models.exact import random_model

    found = identify(Query("bought", do="shown"), CausalGraph.parse(NAPKIN))
    true_graph = CausalGraph.parse(NAPKIN + ("; mailed -> bought" if world[0] == MAIL_SELLS[0] else ""))
    rng, right, seen = np.random.default_rng(world[1]), 0, 0
    for _ in range(MODELS):
        model = random_model(true_graph, rng)
        table, truth = model.table(), model.do(shown=1).table().mean("bought")
        ratio = found.estimand.evaluate(table).at(bought=1, shown=1).probabilities  # type: ignore[union-attr]
        right += bool(np.allclose(ratio, truth, rtol=0, atol=1e-9))
        seen += bool(np.isclose(table.condition(shown=1).mean("bought"), truth, rtol=0, atol=1e-9))
    return {"models": MODELS, "right": right, "seen": seen}


def more_rows(world: World) -> Figures:
    """The plain comparison with its 95 % half-width from a short and from a long log; and the truth, exactly."""
    import numpy as np

    from causalrec.causal.models.mechanism import bernoulli

    model = tent_shop(KINDS)
    if world[0] == BY_LOT[0]:
        model = model.do(shown=bernoulli((), lambda: 0.45))
    rng, figures = np.random.default_rng(world[1]), {"truth": effect(model)}
    for name, rows in (("short", 1_000), ("long", 1_000_000)):
        groups = model.sample(rows, rng).groupby("shown")["bought"]
        means, variances = groups.mean(), groups.var() / groups.size()
        figures |= {name: means[1] - means[0], f"{name}_error": 1.96 * float(np.sqrt(variances.sum()))}
    return figures


def compliers(world: World) -> Figures:
    """What showing adds by the Wald ratio, among compliers, among all, and by the plain comparison; all exact."""
    from causalrec.causal.identification.instrument import wald_ratio

    model = tent_shop(WITH_DEFIERS if world[0] == SOME_DEFIERS[0] else KINDS)
    table = model.table()
    among = [model.do(shown=x).table(hidden=True).condition(kind="if nudged").mean("bought") for x in (0, 1)]
    return {
        "wald": float(wald_ratio("nudge", "shown", "bought").evaluate(table)),
        "late": among[1] - among[0],
        "ate": effect(model),
        "naive": plain(table),
    }


@cache
def bounds_and_truth(world: World) -> Figures:
    """In how many random models the bounds from the lot hold the effect, and how wide they are."""
    import numpy as np

    from causalrec.causal.bounds.instrument_bounds import balke_pearl
    from causalrec.causal.bounds.worst_case import manski
    from causalrec.causal.graphs.graph import CausalGraph
    from causalrec.causal.models.exact import random_model
    from causalrec.errors import IdentificationError

    graph = CausalGraph.parse(WITH_LOT + ("; nudge -> bought" if world[0] == LOT_SELLS[0] else ""))
    rng, held, refused = np.random.default_rng(world[1]), 0, 0
    widths: list[tuple[float, float]] = []
    for _ in range(MODELS):
        model = random_model(graph, rng)
        try:
            bounds = balke_pearl(model.table(), "nudge", "shown", "bought")
        except IdentificationError:
            refused += 1
            continue
        held += effect(model) in bounds
        widths.append((bounds.width, manski(model.table(), "shown", "bought").width))
    lot, none = np.mean(widths, axis=0)
    missed = MODELS - held - refused
    return {"models": MODELS, "held": held, "refused": refused, "missed": missed, "lot": lot, "none": none}


def experiments(world: World) -> Figures:
    """How often a comparison of as many rows finds an effect: where it is the least possible, and where there is none.

    The least possible is the lower end of the bounds from the lot, in a model that reaches it. None there is in the
    second twin. The rows come from an experiment, or from the log.
    """
    import numpy as np

    from causalrec.causal.bounds.experiment import experiment_size
    from causalrec.causal.bounds.instrument_bounds import balke_pearl, extreme_models
    from causalrec.causal.models.twins import twin_worlds

    table, rng = tent_shop(KINDS).table(), np.random.default_rng(world[1])
    lot = ("nudge", "shown", "bought")
    size = int(experiment_size(balke_pearl(table, *lot).low))
    idle = twin_worlds(table.marginal(("shown", "bought")), "shown", "bought").second
    figures: dict[str, float] = {"rows": size, "trials": TRIALS}
    for name, model in (("found", extreme_models(table, *lot)[0]), ("false", idle)):
        share = 0.5
        chances = [model.do(shown=x).table().mean("bought") for x in (0, 1)]
        if world[0] == LOG[0]:
            here = model.table()
            share = here.mean("shown")
            chances = [here.condition(shown=x).mean("bought") for x in (0, 1)]
        figures[name] = sum(_differs(chances, share, size, rng) for _ in range(TRIALS))
    return figures


def _differs(chances: list[float], share: float, rows: int, rng) -> bool:  # type: ignore[no-untyped-def]
    """Whether two groups of these chances differ by a two-sided test at the level .05."""
    import numpy as np

    sizes = np.array([rows - round(rows * share), round(rows * share)])
    means = rng.binomial(sizes, chances) / sizes
    return bool(abs(means[1] - means[0]) > 1.96 * np.sqrt((means * (1 - means) / sizes).sum()))


CLAIMS = (
    Claim(
        id="3c.ratio_is_do",
        sentence="In {right:.0f} of {models:.0f} random models of this graph the ratio equals do() to nine decimals, "
        "at both values of mailed; P(bought | shown) does in {seen:.0f}.",
        measure=ratio_and_do,
        holds=lambda figures: figures["right"] == figures["models"] and figures["seen"] == 0,
        margin="the ratio in all, seeing in none.",
        world=AS_DRAWN,
        breaks_in=MAIL_SELLS,
        breaks_because="Here the mail also makes people buy by itself, an arrow that the formula does not know of.",
    ),
    Claim(
        id="3c.more_rows_do_not_help",
        sentence="From 1,000 rows the plain comparison gives {short:.3f} ± {short_error:.3f}, from 1,000,000 rows "
        "{long:.3f} ± {long_error:.3f}. The truth is {truth:.3f}.",
        measure=more_rows,
        holds=lambda figures: abs(figures["long"] - figures["truth"]) > 10 * figures["long_error"],
        margin="from the long log, the truth is ten of its half-widths away.",
        world=NEED_DECIDES,
        breaks_in=BY_LOT,
        breaks_because="Here a lot decides who is shown the tent. The graph has lost its arc, and rows help.",
    ),
    Claim(
        id="3c.wald_is_for_compliers",
        sentence="By the Wald ratio showing adds {wald:.3f}, among compliers it adds {late:.3f}, in everybody "
        "{ate:.3f}; the plain comparison says {naive:.3f}.",
        measure=compliers,
        holds=lambda figures: abs(figures["wald"] - figures["late"]) < 1e-9
        and abs(figures["wald"] - figures["ate"]) > 0.05,
        margin="ratio and compliers equal to nine decimals, everybody at least .05 away.",
        world=NO_DEFIERS,
        breaks_in=SOME_DEFIERS,
        breaks_because="Here 10 of 100 users are defiers, shown the tent only if not nudged; their gain is subtracted "
        "from the compliers'.",
    ),
    Claim(
        id="3c.bounds_hold_the_truth",
        sentence="In {models:.0f} random models with a lot the effect in everybody lay within the Balke–Pearl bounds "
        "in {held:.0f}. They were {lot:.2f} wide on average, Manski's {none:.2f}.",
        measure=bounds_and_truth,
        holds=lambda figures: figures["held"] == figures["models"] and figures["lot"] < 0.9 * figures["none"],
        margin="within them in all, and a tenth narrower at least.",
        world=LOT_ONLY_SHOWS,
        breaks_in=LOT_SELLS,
        breaks_because="Here the lot also works past being shown. In {refused:.0f} models the table betrays that, and "
        "the kit refuses; in {missed:.0f} the bounds are wrong and nothing tells.",
    ),
    Claim(
        id="3c.an_experiment_decides",
        sentence="{rows:,.0f} rows found the least effect that was left possible in {found:,.0f} of {trials:,.0f} "
        "trials. Where showing does nothing, they found an effect in {false:,.0f}.",
        measure=experiments,
        holds=lambda figures: figures["found"] > 0.75 * figures["trials"]
        and figures["false"] < 0.07 * figures["trials"],
        margin="found in three quarters, false in fewer than seven of a hundred.",
        world=EXPERIMENT,
        breaks_in=LOG,
        breaks_because="Here the rows come from the log. They find an effect whether there is one or not.",
    ),
)
