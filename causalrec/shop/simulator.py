"""A simulated shop: the log that it keeps, and the truth that no shop has.

`simulate` draws the noise of users, items and pairs once and runs it through the model as it is (that is the `Log`)
and through the submodels do(recommended = 0) and do(recommended = 1) (that is the sealed `Truth`). First taught:
lesson 0.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from causalrec.causal.models.scm import SCM
from causalrec.errors import ModelError
from causalrec.shop.catalogue import THEMES, Catalogue, ItemSource, deal_cold, read_items
from causalrec.shop.log import CANDIDATE_COLUMNS, HISTORY_COLUMNS, LOG_COLUMNS, OUTCOMES, Log, Truth
from causalrec.shop.model import LOG_PRICE_CENTRE, LOG_PRICE_SCALE, Preset, funnel, preset_named, shop_model
from causalrec.types import Array

# The concentration of interests over themes: small, so that most people live in a few themes only.
CONCENTRATION = 0.5
# Mean and standard deviation of one user's interest in one theme under Dirichlet(CONCENTRATION): constants, not
# estimates.
MEAN_INTEREST = 1 / len(THEMES)
SD_INTEREST = float(np.sqrt(MEAN_INTEREST * (1 - MEAN_INTEREST) / (CONCENTRATION * len(THEMES) + 1)))
HISTORY_WEEKS, LEARNING_WEEKS, JUDGING_WEEK = (1, 2, 3, 4), (5, 6, 7, 8), 9
LISTED_BEFORE, LISTED_NEW = "2026-02-02", "2026-04-27"


@dataclass(frozen=True)
class _World:
    """Users and items with their ids and their noise, drawn once; pairs gather from it."""

    model: SCM
    user_ids: pd.Series
    item_ids: pd.Series
    user_noise: dict[str, Array]  # each (users,)
    item_noise: dict[str, Array]  # each (items,)
    affinity: Array  # (users, items), standardised

    def ids(self, users: Array, items: Array) -> dict[str, Any]:
        """The ids of the pairs (users[i], items[i])."""
        return {"user_id": self.user_ids.take(users).array, "item_id": self.item_ids.take(items).array}

    def noise(self, users: Array, items: Array, rng: np.random.Generator) -> dict[str, Array]:
        """The noise of the pairs (users[i], items[i]): gathered from user and item, drawn where it is the pair's."""
        gathered = {name: noise[users] for name, noise in self.user_noise.items()}
        gathered |= {name: noise[items] for name, noise in self.item_noise.items()}
        gathered["affinity"] = self.affinity[users, items]
        own = {name: m.draw_noise(rng, len(users)) for name, m in self.model.mechanisms.items() if name not in gathered}
        return gathered | own


def simulate(
    preset: str | Preset = "course",
    seed: int = 2026,
    *,
    users: int | None = None,
    candidates: int | None = None,
    source: ItemSource | None = None,
) -> tuple[Log, Truth]:
    """The log of a simulated shop and its sealed truth, the same for the same preset, seed, sizes and item source.

    The first half of the users has pairs in the log (weeks 5-8, items listed before); the second half is held out:
    history and `Log.candidates` only, new items included. Raises `ModelError` for an unknown preset or a size that
    cannot be.
    """
    preset = preset_named(preset) if isinstance(preset, str) else preset
    users = preset.users if users is None else users
    candidates = preset.candidates if candidates is None else candidates
    preset = replace(preset, users=users, candidates=candidates)
    source = source or read_items()
    if preset.deal_cold:  # the sixth child: the simulator has the first four, a raw log the fifth
        source = deal_cold(source, np.random.default_rng(seed).spawn(6)[5])
    warm = np.flatnonzero(~source.cold)
    if preset.users < 2 or not 1 <= preset.candidates <= len(warm):
        raise ModelError(
            f"{preset.users} users with {preset.candidates} candidates each cannot be drawn from {len(warm)} items: "
            f"take 2 users or more and 1 to {len(warm)} candidates"
        )
    for_world, for_history, for_pairs, for_judging = np.random.default_rng(seed).spawn(4)
    world = _draw_world(preset, source, for_world)
    half = preset.users // 2
    everyone, all_items = np.arange(preset.users), np.arange(len(source.cold))
    history_size = min(preset.history_candidates, len(warm))
    history = _history(world, *_choose(everyone, warm, history_size, for_history), for_history)
    learned = _choose(everyone[:half], warm, preset.candidates, for_pairs)
    judged = _choose(everyone[half:], all_items, preset.candidates, for_judging)
    pairs, pairs_truth = _pairs(world, preset, *learned, for_pairs)
    asked, asked_truth = _pairs(world, preset, *judged, for_judging)
    new = source.cold[judged[1]]
    asked = asked.assign(week=JUDGING_WEEK, score=asked["score"].mask(new), popularity=asked["popularity"].mask(new))[
        list(CANDIDATE_COLUMNS)
    ]
    log = Log(pairs=pairs, catalogue=_catalogue(world, source), history=history, candidates=asked)
    return log, Truth(pairs=pairs_truth, candidates=asked_truth, model=world.model)


def _ids(letter: str, count: int, width: int) -> pd.Series:
    """Identifiers such as I001, I002, ..., as long as the count needs."""
    width = max(width, len(str(count)))
    return pd.Series([f"{letter}{number:0{width}d}" for number in range(1, count + 1)], dtype="str")


def _draw_world(preset: Preset, source: ItemSource, rng: np.random.Generator) -> _World:
    model, items = shop_model(preset), len(source.cold)
    interests = rng.dirichlet(np.full(len(THEMES), CONCENTRATION), preset.users)  # (users, themes)
    typical = (np.log(source.typical_price) - LOG_PRICE_CENTRE) / LOG_PRICE_SCALE
    draw = {name: mechanism.draw_noise for name, mechanism in model.mechanisms.items()}
    return _World(
        model,
        _ids("U", preset.users, 4),
        _ids("I", items, 3),
        user_noise={name: draw[name](rng, preset.users) for name in ("activity", "nudge")},
        item_noise={name: draw[name](rng, items) for name in ("quality", "popularity", "price")}
        | {"typical_price": typical},
        affinity=(interests @ source.themes.T - MEAN_INTEREST) / SD_INTEREST,
    )


def _choose(users: Array, items: Array, each: int, rng: np.random.Generator) -> tuple[Array, Array]:
    """For every user, `each` of the items at random without repetition: user and item numbers, both (users * each,)."""
    order = rng.random((len(users), len(items))).argsort(axis=1, kind="stable")[:, :each]  # (users, each)
    return np.repeat(users, each), items[np.sort(order, axis=1)].ravel()


def _history(world: _World, users: Array, items: Array, rng: np.random.Generator) -> pd.DataFrame:
    """The clicks of weeks 1-4, when nothing was recommended."""
    clicked = world.model.do(recommended=0).evaluate(world.noise(users, items, rng), only=("clicked",))["clicked"] == 1
    week = rng.choice(HISTORY_WEEKS, int(clicked.sum()))
    frame = pd.DataFrame({"week": week, **world.ids(users[clicked], items[clicked])})
    return frame.sort_values(list(HISTORY_COLUMNS), kind="stable", ignore_index=True)


def _pairs(
    world: _World, preset: Preset, users: Array, items: Array, rng: np.random.Generator
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The log's columns of these pairs, and the truth about them row by row."""
    noise = world.noise(users, items, rng)
    seen = world.model.evaluate(noise)
    propensity = preset.show.probability(*(seen[parent] for parent in preset.show.parents))
    ids = world.ids(users, items)
    log = pd.DataFrame(ids | {"week": rng.choice(LEARNING_WEEKS, len(users))}).assign(
        **{name: seen[name] for name in ("score", "popularity", "activity", "nudge")},
        propensity=np.round(propensity, 6) if preset.propensity_logged else np.nan,
        **{name: seen[name] for name in ("recommended", *OUTCOMES)},
    )
    log = log.astype({name: "int64" for name in ("nudge", "recommended", *OUTCOMES)})
    potential = [_potential(world.model, preset, noise, recommended) for recommended in (0, 1)]
    truth = pd.DataFrame(
        ids
        | {name: seen[name] for name in ("affinity", "quality", "need")}
        | {"propensity": propensity}
        | {f"{name}{r}": potential[r][name] for name in OUTCOMES for r in (0, 1)}
        | {f"mu{r}": potential[r]["mu"] for r in (0, 1)}
    )
    log = log.assign(position=_positions(log))[list(LOG_COLUMNS)]
    return log, truth.assign(uplift=truth["mu1"] - truth["mu0"])


def _potential(model: SCM, preset: Preset, noise: dict[str, Array], recommended: int) -> dict[str, Array]:
    """Each pair's outcomes under do(recommended = r), and mu_r = P(purchased | do(r), everything but the coins).

    mu_r = P(browsed | do(r)) P(clicked | do(r, browsed = 1)) P(purchased | do(clicked = 1)): the coins of the three
    steps are independent, so the chances multiply.
    """
    world = model.do(recommended=recommended)
    outcomes = world.evaluate(noise, only=("purchased",))
    steps = funnel(preset)
    if_reached = world.do(browsed=1, clicked=1).evaluate(
        noise, only=tuple({p for parents, _ in steps.values() for p in parents})
    )
    chances = [probability(*(if_reached[parent] for parent in parents)) for parents, probability in steps.values()]
    return {name: outcomes[name] for name in steps} | {"mu": np.prod(chances, axis=0)}


def _positions(log: pd.DataFrame) -> pd.Series:
    """The slot of each recommended pair: 1, 2, ... by score within its user and week; empty where nothing was shown."""
    shown = log[log["recommended"] == 1]
    rank = shown.groupby(["user_id", "week"], sort=False)["score"].rank(ascending=False, method="first")
    return rank.reindex(log.index).astype("Int64")


def _catalogue(world: _World, source: ItemSource) -> Catalogue:
    blank = dict.fromkeys(world.model.mechanisms, np.zeros(len(source)))
    price = world.model.evaluate(blank | world.item_noise, only=("price",))["price"]
    return Catalogue(
        pd.DataFrame(
            {
                "item_id": world.item_ids.array,
                "title": source.title,
                "description": source.description,
                "category": source.category,
                "price": np.round(np.exp(LOG_PRICE_CENTRE + LOG_PRICE_SCALE * price), 2),
                "listed": np.where(source.cold, LISTED_NEW, LISTED_BEFORE),
            }
        )
    )
