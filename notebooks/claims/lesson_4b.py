"""Lesson 4b, Is the language model better than the simple thing: its claims, and what they measure."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

from causalrec.teach.claims import Claim, Figures
from notebooks.claims.worlds import World

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from causalrec.shop.log import Log, Truth
    from causalrec.shop.model import Preset

COLD_START: World = ("cold_start", 2026)
EVENLY_FOUND: World = ("cold start, evenly found", 2026)
RARELY_CLICKED: World = ("cold start, rarely clicked", 2026)
TEXTS_DEALT_OUT: World = ("texts dealt out", 2026)


@cache
def shop_of(world: World) -> tuple[Log, Truth]:
    """The world's log and its truth, sealed: the cold start, or with one thing changed.

    "evenly found": popularity does not help an item to be come across; "rarely clicked": fewer of the items that are
    come across are clicked; "texts dealt out": each item has the title and description of another, drawn at random.
    """
    import numpy as np

    from causalrec.shop.catalogue import read_items
    from causalrec.shop.model import preset_named
    from causalrec.shop.simulator import simulate

    name, seed = world
    chosen: Preset = preset_named("cold_start")
    if name == "cold start, evenly found":
        browse = replace(chosen.browse, weights={**chosen.browse.weights, "popularity": 0.0})
        return simulate(replace(chosen, browse=browse), seed)
    if name == "cold start, rarely clicked":
        return simulate(replace(chosen, click=replace(chosen.click, intercept=-3.0)), seed)
    if name == "texts dealt out":
        source = read_items()
        dealt = np.random.default_rng(seed).permutation(len(source.title))
        texts = {"title": source.title[dealt], "description": source.description[dealt]}
        return simulate(chosen, seed, source=replace(source, **texts))
    return simulate(name, seed)


def judged(world: World) -> tuple[pd.DataFrame, NDArray[np.bool_], NDArray[np.int_]]:
    """The held-out shoppers' pairs that they would come across if shown, which items are new, and what is clicked."""
    log, truth = shop_of(world)
    opened = truth.open().candidates
    rows = (opened["browsed1"] == 1).to_numpy()
    pairs = log.candidates[rows]
    return pairs, pairs["score"].isna().to_numpy(), opened.loc[rows, "clicked1"].to_numpy()


@cache
def network(world: World) -> Any:
    """Neural collaborative filtering, fitted on the world's log."""
    from causalrec.recommend.interest.neural import fit_ncf

    return fit_ncf(shop_of(world)[0], seed=world[1], progress=False)


def by_popularity(world: World) -> Figures:
    """How popularity sorts a held-out shopper's known items: as it stands, and by the curve that the log teaches.

    With it the mean taste (affinity) for what shoppers of the log came across without its being recommended, of the
    items above the median popularity and of the others.
    """
    from causalrec.recommend.interest.simple import fit_popularity
    from causalrec.recommend.value.evaluation import user_auc

    log, truth = shop_of(world)
    pairs, new, clicked = judged(world)
    pairs, clicked = pairs[~new], clicked[~new]
    model = fit_popularity(log)
    found = ((log.pairs["browsed"] == 1) & (log.pairs["recommended"] == 0)).to_numpy()
    popular = (log.pairs["popularity"] > log.pairs["popularity"].median()).to_numpy()
    taste = truth.open().pairs["affinity"]
    return {
        "raw": user_auc(pairs, clicked, model.score(pairs)).mean,
        "model": user_auc(pairs, clicked, model.predict(pairs)).mean,
        "popular": float(taste[found & popular].mean()),
        "other": float(taste[found & ~popular].mean()),
    }


def on_known_items(world: World) -> Figures:
    """How well models of ids tell a held-out shopper's clicks from the other known items that they come across.

    "centred": the network's score less the mean of its scores of the same item, so that no item is high for all.
    """
    import numpy as np

    from causalrec.recommend.interest.factors import fit_factors
    from causalrec.recommend.interest.simple import fit_item_knn
    from causalrec.recommend.value.evaluation import user_auc

    log, _ = shop_of(world)
    pairs, new, clicked = judged(world)
    pairs, clicked = pairs[~new], clicked[~new]
    rng = np.random.default_rng(world[1])
    models = {"knn": fit_item_knn(log), "mf": fit_factors(log, rng=rng), "ncf": network(world)}
    scores = {name: model.predict(pairs) for name, model in models.items()}
    scores["centred"] = pairs.assign(s=models["ncf"].score(pairs)).groupby("item_id")["s"].transform(_without_mean)
    return {name: user_auc(pairs, clicked, score).mean for name, score in scores.items()}


def _without_mean(score: pd.Series[float]) -> pd.Series[float]:
    """The scores less their mean; 0 for a shopper of whom nothing is known."""
    return (score - score.mean()).fillna(0.0)


@cache
def with_fewer_clicks(world: World) -> Figures:
    """How well models of ids and two readers of BERT's vectors sort, with all clicks of the history and with a fifth.

    Known items, and new ones with all clicks.
    """
    import numpy as np

    from causalrec.recommend.interest.factors import fit_factors
    from causalrec.recommend.interest.simple import fit_item_knn
    from causalrec.recommend.interest.text_interest import fit_interest, fit_profile
    from causalrec.recommend.text.encoder import TextEncoder
    from causalrec.recommend.value.evaluation import user_auc
    from causalrec.shop.raw.degrade import sparse

    log, _ = shop_of(world)
    pairs, new, clicked = judged(world)
    vectors = TextEncoder().encode(log.catalogue.texts)
    figures: dict[str, float] = {}
    for kind, taught in {"all": log, "fifth": sparse(log, 0.2, np.random.default_rng([world[1], 1]))}.items():
        fitted: dict[str, Any] = {
            "knn": fit_item_knn(taught),
            "mf": fit_factors(taught, rng=np.random.default_rng(world[1])),
            "cosine": fit_profile(taught, vectors),
            "head": fit_interest(taught, vectors),
        }
        for name, model in fitted.items():
            interest = model.predict(pairs)
            figures[f"{name}_{kind}"] = user_auc(pairs[~new], clicked[~new], interest[~new]).mean
            figures[f"{name}_{kind}_new"] = user_auc(pairs[new], clicked[new], interest[new]).mean
    return figures


def believed(world: World) -> Figures:
    """How far the network's probabilities can be believed on known items, as trained and by Platt's curve.

    Calibration errors, the share clicked, and the means of both predictions. As trained: 1 / (1 + exp(-score)), the
    chance to be a click rather than a drawn pair; a shopper without history has the share that training was dealt.
    """
    import numpy as np

    from causalrec.recommend.interest.calibration import calibration_error
    from causalrec.recommend.interest.neural import NeuMF

    pairs, new, clicked = judged(world)
    pairs, clicked = pairs[~new], clicked[~new]
    model, dealt = network(world), 1 / (1 + NeuMF().negatives)
    score = model.score(pairs)
    trained = np.where(np.isfinite(score), 1 / (1 + np.exp(-score)), dealt)
    curve = model.predict(pairs)
    return {
        "raw": calibration_error(trained, clicked),
        "platt": calibration_error(curve, clicked),
        "share": float(clicked.mean()),
        "raw_mean": float(trained.mean()),
        "platt_mean": float(curve.mean()),
    }


CLAIMS = (
    Claim(
        id="4b.popular_is_not_liked",
        sentence="Popularity itself sorts known items with an AUC of {raw:.2f}, the model that learned from the log "
        "what popularity says with {model:.2f}. Of what shoppers came across unasked, popular items suit them by "
        "{popular:.2f} on average, others by {other:.2f} (standard deviations of taste).",
        measure=by_popularity,
        holds=lambda figures: figures["model"] < 0.49 and figures["raw"] > 0.5,
        margin="the model's AUC is below 0.49, that of popularity itself above 0.50.",
        world=COLD_START,
        breaks_in=EVENLY_FOUND,
        breaks_because="Here popular items are found no more easily than others, so who finds one need not be a lesser "
        "fan, and the log's curve rises.",
    ),
    Claim(
        id="4b.network_learns_popularity",
        sentence="On known items item-kNN sorts with an AUC of {knn:.2f}, matrix factorisation with {mf:.2f}, NCF with "
        "{ncf:.2f}. With each item's mean score taken off, NCF sorts with {centred:.2f}.",
        measure=on_known_items,
        holds=lambda figures: (
            min(figures["knn"], figures["mf"]) - figures["ncf"] > 0.03 and figures["centred"] - figures["ncf"] > 0.03
        ),
        margin="NCF is more than 0.03 behind both, and gains more than 0.03 without the means.",
        world=COLD_START,
        breaks_in=EVENLY_FOUND,
        breaks_because="Here popular items are found no more easily than others, so an item's number of clicks says "
        "little of how easily it is found, and NCF is as good as the others.",
    ),
    Claim(
        id="4b.words_carry_over",
        sentence="On new items ids sort with an AUC of {knn_all_new:.2f}, BERT's cosine with {cosine_all_new:.2f}, "
        "BERT's head with {head_all_new:.2f}.",
        measure=with_fewer_clicks,
        holds=lambda figures: min(figures["cosine_all_new"], figures["head_all_new"]) - figures["knn_all_new"] > 0.05,
        margin="both readers of BERT's vectors are more than 0.05 ahead of ids.",
        world=COLD_START,
        breaks_in=TEXTS_DEALT_OUT,
        breaks_because="Here each item has the title and description of another, drawn at random. A text is then a "
        "name like any other, and tells nothing of a new item.",
    ),
    Claim(
        id="4b.few_clicks_favour_text",
        sentence="On known items BERT's head sorts with an AUC of {head_all:.2f} where item-kNN has {knn_all:.2f} and "
        "matrix factorisation {mf_all:.2f}. With a fifth of the clicks it has {head_fifth:.2f}, they {knn_fifth:.2f} "
        "and {mf_fifth:.2f}.",
        measure=with_fewer_clicks,
        holds=lambda figures: (
            figures["head_fifth"] - max(figures["knn_fifth"], figures["mf_fifth"]) > 0.01
            and figures["head_all"] < max(figures["knn_all"], figures["mf_all"])
        ),
        margin="with a fifth the head is more than 0.01 ahead of both, with all clicks it is not ahead.",
        world=COLD_START,
        breaks_in=TEXTS_DEALT_OUT,
        breaks_because="Here each item has another's text, drawn at random. The head can still learn the texts by "
        "heart, as ids are learned, but knows nothing beforehand that could stand in for clicks.",
    ),
    Claim(
        id="4b.trained_is_not_calibrated",
        sentence="Of the known items that shoppers come across they click a share of {share:.2f}. As trained, NCF "
        "predicts {raw_mean:.2f} on average and has a calibration error of {raw:.2f}; by Platt's curve it predicts "
        "{platt_mean:.2f} and has one of {platt:.2f}.",
        measure=believed,
        holds=lambda figures: figures["raw"] > 0.1 and figures["platt"] < figures["raw"] / 2,
        margin="the error as trained is above 0.10, and the curve more than halves it.",
        world=COLD_START,
        breaks_in=RARELY_CLICKED,
        breaks_because="Here shoppers click less of what they come across, a share of {share:.2f}. That is near the "
        "one in five that training was dealt, and what the network says comes true, by luck.",
    ),
)
