"""Lesson 4a, What will this shopper like, from the words: its claims, and what they measure."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

from causalrec.teach.claims import Claim, Figures
from notebooks.claims.worlds import COURSE, World, preset

if TYPE_CHECKING:
    from causalrec.shop.log import Log, Truth
    from causalrec.shop.model import Preset

COLD_START: World = ("cold_start", 2026)
SHARED_WORDS: World = ("cold_start_overlap", 2026)
THEMES_NAMED: World = ("themes named", 2026)
SHORT_MEMORY: World = ("short memory", 2026)
HARDLY_A_CLICK: World = ("hardly a click", 2026)
EVENLY_FOUND: World = ("evenly found", 2026)

# Items that each shopper saw in weeks 1 to 4; 120 in the presets.
SEEN_BEFORE = {"short memory": 30, "hardly a click": 6}


def shop_of(world: World) -> tuple[Log, Truth]:
    """The world's log and its truth, sealed.

    "short memory" and "hardly a click" are the cold start with fewer items seen before; in "themes named" each
    description ends with its theme in plain words, so that a new item shares a telling word with known ones.
    """
    from causalrec.shop.simulator import simulate

    name, seed = world
    if name == "themes named":
        return simulate("cold_start", seed, source=themes_named())
    chosen: Preset = preset("cold_start" if name in SEEN_BEFORE else name)
    return simulate(replace(chosen, history_candidates=SEEN_BEFORE.get(name, chosen.history_candidates)), seed)


def themes_named() -> Any:
    """The hand-written items, each with its heaviest theme named at the end of its description."""
    import numpy as np

    from causalrec.shop.catalogue import THEMES, read_items

    source = read_items()
    heaviest = [THEMES[number].replace("_", " ") for number in source.themes.argmax(axis=1)]
    texts = [f"{text} For {theme}." for text, theme in zip(source.description, heaviest, strict=True)]
    return replace(source, description=np.array(texts, dtype=object))


def told_apart(world: World) -> Figures:
    """How well each model tells a held-out shopper's clicks from the other items that they come across.

    Mean area under the curve of a user's own pairs, of items listed before the log (known) and after it (new); the
    pairs are those that the user would browse if shown, from the truth.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer

    from causalrec.recommend.interest.simple import fit_item_knn
    from causalrec.recommend.interest.text_interest import fit_interest, fit_profile
    from causalrec.recommend.text.encoder import TextEncoder
    from causalrec.recommend.text.words import words_of
    from causalrec.recommend.value.evaluation import user_auc

    log, truth = shop_of(world)
    texts = log.catalogue.texts
    bert = TextEncoder().encode(texts)
    models: dict[str, Any] = {
        "ids": fit_item_knn(log),
        "words": fit_interest(log, TfidfVectorizer(analyzer=words_of).fit_transform(texts).toarray()),
        "cosine": fit_profile(log, bert),
        "bert": fit_interest(log, bert),
    }
    opened = truth.open().candidates
    come_across, new = opened["browsed1"] == 1, log.candidates["score"].isna()
    figures: dict[str, float] = {}
    for place, rows in (("known", come_across & ~new), ("new", come_across & new)):
        pairs, clicked = log.candidates[rows], opened.loc[rows, "clicked1"]
        scores = {name: model.predict(pairs) for name, model in models.items()}
        scores["taste"] = opened.loc[rows, "affinity"]
        figures |= {f"{name}_{place}": user_auc(pairs, clicked, score).mean for name, score in scores.items()}
    return figures


@cache
def alike_in_interest(world: World) -> Figures:
    """Two halves of the fifth of pairs with the highest true interest, of popular and of other items.

    Interest is P(click | browsed) of the shop's own equation where nothing is recommended; beside it the propensity
    and the true uplift, each as a mean over the half.
    """
    import numpy as np

    from causalrec.shop.model import funnel

    log, truth = shop_of(world)
    opened = truth.open().pairs
    _, chance = funnel(preset(world[0]))["clicked"]
    interest = chance(1, 0, opened["affinity"], opened["quality"])
    top = interest >= np.quantile(interest, 0.8)
    popular = (log.pairs["popularity"] > log.pairs["popularity"].median()).to_numpy()
    columns = {"interest": interest, "shown": log.pairs["propensity"].to_numpy(), "adds": opened["uplift"].to_numpy()}
    halves = {"popular": top & popular, "other": top & ~popular}
    means = {(name, half): column[rows].mean() for name, column in columns.items() for half, rows in halves.items()}
    figures = {f"{name}_{half}": float(mean) for (name, half), mean in means.items()}
    return figures | {"times": figures["adds_other"] / figures["adds_popular"]}


CLAIMS = (
    Claim(
        id="4a.bert_reads_new_items",
        sentence="On new items a model of ids sorts with an AUC of {ids_new:.2f}, TF-IDF with {words_new:.2f}, BERT "
        "with {bert_new:.2f}, the true taste with {taste_new:.2f}.",
        measure=told_apart,
        holds=lambda figures: figures["bert_new"] - max(figures["words_new"], figures["ids_new"]) > 0.1,
        margin="BERT is more than 0.10 ahead of both.",
        world=COLD_START,
        breaks_in=THEMES_NAMED,
        breaks_because="Here every description ends by naming its theme, such as “For camping.” A new item then shares "
        "the word that counts with known ones, and who counts words needs no language model.",
    ),
    Claim(
        id="4a.known_items_need_no_bert",
        sentence="On known items a model of ids sorts with an AUC of {ids_known:.2f}, TF-IDF with {words_known:.2f}, "
        "BERT with {bert_known:.2f}.",
        measure=told_apart,
        holds=lambda figures: max(figures["words_known"], figures["ids_known"]) > figures["bert_known"],
        margin="the better of ids and TF-IDF is not behind BERT.",
        world=COLD_START,
        breaks_in=SHORT_MEMORY,
        breaks_because="Here a shopper saw a quarter as many items in weeks 1 to 4, so there are few clicks to learn "
        "from, and what BERT knew before it saw the shop is worth more.",
    ),
    Claim(
        id="4a.a_head_must_learn",
        sentence="On new items the plain cosine of BERT's vectors sorts with an AUC of {cosine_new:.2f}, the trained "
        "head on the same vectors with {bert_new:.2f}.",
        measure=told_apart,
        holds=lambda figures: figures["bert_new"] - figures["cosine_new"] > 0.03,
        margin="the head is more than 0.03 ahead.",
        world=COLD_START,
        breaks_in=HARDLY_A_CLICK,
        breaks_because="Here a shopper saw six items in weeks 1 to 4, so there is next to nothing to train a head on.",
    ),
    Claim(
        id="4a.interest_is_not_effect",
        sentence="Of the fifth of pairs with the highest true interest, those of popular items have an interest of "
        "{interest_popular:.2f} and the others {interest_other:.2f}. They are shown with a chance of "
        "{shown_popular:.2f} and {shown_other:.2f}, and being shown adds {adds_popular:.2f} and {adds_other:.2f} "
        "purchases: {times:.1f} times as much.",
        measure=alike_in_interest,
        holds=lambda figures: (
            figures["times"] > 1.5 and abs(figures["interest_popular"] - figures["interest_other"]) < 0.02
        ),
        margin="interest differs by less than 0.02, and being shown adds more than 1.5 times as much.",
        world=COURSE,
        breaks_in=EVENLY_FOUND,
        breaks_because="Here popular items are found no more easily than others, so being shown adds about as much.",
    ),
)
