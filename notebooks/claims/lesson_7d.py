"""Lesson 7d, Real words: its claims, and what they measure on real reviews.

Worlds are the reviews as they are, or with one thing changed; the seed draws which of them are looked at. Nothing is
fetched: where the reviews are absent, a measurement raises `DataError`, which says what to do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import TYPE_CHECKING, Any

from causalrec.teach.claims import Claim, Figures
from notebooks.claims.worlds import World

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    Array = NDArray[Any]

FEW_TITLES: World = ("100 labels", 2026)
MANY_TITLES: World = ("3,000 labels", 2026)
AS_THEY_ARE: World = ("as they are", 2026)
HALF_AND_HALF: World = ("half and half", 2026)
TEXTS_EXCHANGED: World = ("texts exchanged", 2026)
EMPTIED_BY_LOT: World = ("emptied by lot", 2026)

SPLITS, LOOKED_AT, STRENGTH = 6, 3600, 3.0
"""Test sets that share no review; how many reviews are looked at; C of every logistic model."""
_LABELS = {"100 labels": 100, "3,000 labels": 3000}


@cache
def told_once() -> pd.DataFrame:
    """The reviews that have a title and a text, each text once."""
    from causalrec.shop.sources.datasets import reviews

    return reviews(download=False).dropna(subset=["title", "text"]).drop_duplicates("text")


def drawn(seed: int) -> tuple[pd.DataFrame, np.random.Generator]:
    """`LOOKED_AT` of those, by the lot, with a column `words` (title and text), cleaned; and the lot, to draw on."""
    import numpy as np

    from causalrec.recommend.text.words import clean_text

    rng, told = np.random.default_rng(seed), told_once()
    some = told.iloc[rng.permutation(len(told))[:LOOKED_AT]].reset_index(drop=True)
    words = (some["title"] + " " + some["text"]).map(clean_text)
    return some.assign(title=some["title"].map(clean_text), words=words), rng


def splits(rows: int, labels: int, rng: np.random.Generator) -> Iterator[tuple[Array, Array]]:
    """Row numbers to learn from and to judge by: every row judges once, those to learn from are drawn from the rest."""
    import numpy as np

    for judge in np.array_split(np.arange(rows), SPLITS):
        yield rng.permutation(np.setdiff1d(np.arange(rows), judge))[:labels], judge


def by_words(texts: pd.Series) -> Callable[[Array, Array], tuple[Any, Any]]:
    """TF-IDF rows of the reviews to learn from and to judge by, weights learned from the former alone."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    from causalrec.recommend.text.words import words_of

    def rows(learn: Array, judge: Array) -> tuple[Any, Any]:
        bag = TfidfVectorizer(analyzer=words_of)
        return bag.fit_transform(texts.iloc[learn]), bag.transform(texts.iloc[judge])

    return rows


def by_bert(texts: pd.Series) -> Callable[[Array, Array], tuple[Any, Any]]:
    """BERT's vectors of the reviews to learn from and to judge by."""
    from causalrec.recommend.text.encoder import TextEncoder

    vectors = TextEncoder().encode(texts)
    return lambda learn, judge: (vectors[learn], vectors[judge])


def chances(x: Any, outcome: Any, new: Any) -> Array:
    """The chance of a recommendation for new rows, by a logistic model of the rows learned from."""
    import numpy as np
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=STRENGTH, solver="liblinear").fit(x, outcome)
    return np.asarray(model.predict_proba(new)[:, 1])


def in_between(values: Any, learn: int, judge: int) -> tuple[float, float, float]:
    """Mean of a measure over splits and its 95 % interval, wider since the splits learn from the same reviews.

    mean ± t · SD · √(1/J + judge/learn) over J splits. Source: Nadeau & Bengio (2003), Machine Learning 52, section 3.
    """
    import numpy as np
    from scipy.stats import t

    values = np.asarray(values, dtype=float)
    half = t.ppf(0.975, len(values) - 1) * values.std(ddof=1) * np.sqrt(1 / len(values) + judge / learn)
    return float(values.mean()), float(values.mean() - half), float(values.mean() + half)


def compared(told: pd.DataFrame, rng: np.random.Generator, labels: int, *readings: Any) -> Figures:
    """AUC of two readings' heads on so many labels, over splits, and the first less the second with its interval."""
    import numpy as np
    from sklearn.metrics import roc_auc_score

    outcome, found = told["recommended"].to_numpy(), []
    for learn, judge in splits(len(told), labels, rng):
        pairs = (rows(learn, judge) for rows in readings)
        found.append([roc_auc_score(outcome[judge], chances(x, outcome[learn], new)) for x, new in pairs])
    first, second = np.transpose(found)
    size = len(told) // SPLITS
    gap, low, high = in_between(first - second, len(told) - size, size)
    return {"labels": labels, "first": first.mean(), "second": second.mean(), "gap": gap, "low": low, "high": high}


def titles_by_both(world: World) -> Figures:
    """BERT against TF-IDF, both on titles."""
    told, rng = drawn(world[1])
    return compared(told, rng, _LABELS[world[0]], by_bert(told["title"]), by_words(told["title"]))


def whole_and_titles(world: World) -> Figures:
    """TF-IDF of whole reviews against TF-IDF of titles; where texts are exchanged, each title has another's text."""
    told, rng = drawn(world[1])
    if world[0] == "texts exchanged":
        told["words"] = told["title"] + " " + told["text"].to_numpy()[rng.permutation(len(told))]
    return compared(told, rng, 1000, by_words(told["words"]), by_words(told["title"]))


def accuracy_and_order(world: World) -> Figures:
    """Accuracy, in percent, and AUC: of always saying yes, and of TF-IDF on 1,000 labels, over the splits."""
    import numpy as np
    from sklearn.metrics import roc_auc_score

    told, rng = drawn(world[1])
    if world[0] == "half and half":
        fewest = int((told["recommended"] == 0).sum())
        told = told.groupby("recommended").head(fewest).reset_index(drop=True)
        told = told.iloc[rng.permutation(len(told))].reset_index(drop=True)
    outcome, rows, found = told["recommended"].to_numpy(), by_words(told["words"]), []
    for learn, judge in splits(len(told), 1000, rng):
        x, new = rows(learn, judge)
        chance = chances(x, outcome[learn], new)
        found.append([((chance > 0.5) == outcome[judge]).mean(), roc_auc_score(outcome[judge], chance)])
    right, order = np.mean(found, axis=0)
    yes = outcome.mean()
    return {"yes": 100 * yes, "right": 100 * right, "more": 100 * (right - yes), "auc": order}


def of_empty_texts(world: World) -> Figures:
    """Shares recommended with and without a text, in percent, and the chances that two models give empty texts.

    Both learn from 3,000 reviews, in which an empty text is filled in as "": one model sees that only, the other has
    an indicator too.
    """
    import numpy as np
    from scipy.sparse import csr_matrix, hstack
    from sklearn.feature_extraction.text import TfidfVectorizer

    from causalrec.recommend.text.words import clean_text, words_of
    from causalrec.shop.sources.datasets import reviews

    rng = np.random.default_rng(world[1])
    told = reviews(download=False)
    if world[0] == "emptied by lot":
        empty = int(told["text"].isna().sum())
        told = told.dropna(subset="text").reset_index(drop=True)
        lot = rng.permutation(len(told))[:empty]
        told.loc[lot, ["title", "text"]] = None
    told = told.assign(words=(told["title"].fillna("") + " " + told["text"].fillna("")).map(clean_text))
    order = rng.permutation(len(told))
    learn, others = told.iloc[order[:3000]], told.iloc[order[3000:]]
    empty_ones = others[others["text"].isna()]
    bag = TfidfVectorizer(analyzer=words_of).fit(learn.loc[learn["words"] != "", "words"])
    x, none = bag.transform(learn["words"]), bag.transform([""])
    plain = chances(x, learn["recommended"], none)[0]
    sign = csr_matrix(learn["text"].isna().to_numpy(float)[:, None])
    marked = chances(hstack([x, sign]).tocsr(), learn["recommended"], hstack([none, [[1.0]]]).tocsr())[0]
    share = {"told": told.loc[told["text"].notna(), "recommended"].mean(), "empty": empty_ones["recommended"].mean()}
    figures = share | {"plain": plain, "marked": marked}
    return {name: 100 * float(value) for name, value in figures.items()} | {"rows": len(empty_ones)}


CLAIMS = (
    Claim(
        id="7d.few_labels",
        sentence="From {labels:,.0f} titles, BERT's head sorts with an AUC of {first:.2f}, TF-IDF's with one of "
        "{second:.2f}; the difference is {gap:.2f} ({low:.2f} to {high:.2f}).",
        measure=titles_by_both,
        holds=lambda figures: figures["low"] > 0 and figures["gap"] > 0.03,
        margin="more than .03, and the whole interval lies above 0.",
        world=FEW_TITLES,
        breaks_in=MANY_TITLES,
        breaks_because="In so many titles TF-IDF has met nearly every word that matters; little is left to know "
        "beforehand.",
    ),
    Claim(
        id="7d.more_words",
        sentence="With {labels:,.0f} labels TF-IDF sorts whole reviews with an AUC of {first:.2f}, titles with one of "
        "{second:.2f}; the difference is {gap:.2f} ({low:.2f} to {high:.2f}).",
        measure=whole_and_titles,
        holds=lambda figures: figures["gap"] > 0.02,
        margin="more than .02, on average over the splits.",
        world=AS_THEY_ARE,
        breaks_in=TEXTS_EXCHANGED,
        breaks_because="Here each title stands before another buyer's text: more to read, but nothing of this buyer.",
    ),
    Claim(
        id="7d.accuracy_misleads",
        sentence="Always saying yes is right in {yes:.0f} % of reviews, TF-IDF on 1,000 labels in {right:.0f} %, "
        "{more:.0f} points more. It sorts with an AUC of {auc:.2f}, always saying yes with one of .50.",
        measure=accuracy_and_order,
        holds=lambda figures: figures["more"] < 10 and figures["auc"] > 0.85,
        margin="less than 10 points of accuracy, but an AUC above .85.",
        world=AS_THEY_ARE,
        breaks_in=HALF_AND_HALF,
        breaks_because="Where half of the reviews recommend, always saying yes is right in half of them only, and "
        "accuracy shows what was learned.",
    ),
    Claim(
        id="7d.silence_tells",
        sentence="Of {rows:.0f} new reviews without a text {empty:.0f} % recommend, of those with one {told:.0f} %. A "
        "model that takes a missing text for an empty one says {plain:.0f} %; with an indicator, {marked:.0f} %.",
        measure=of_empty_texts,
        holds=lambda figures: figures["empty"] - figures["told"] > 5 and _nearer(figures),
        margin="more than 5 points between the shares, and the indicator brings the model nearer.",
        world=AS_THEY_ARE,
        breaks_in=EMPTIED_BY_LOT,
        breaks_because="Here the lot emptied as many texts. Then a missing text says nothing of the recommendation.",
    ),
)


def _nearer(figures: Figures) -> bool:
    return abs(figures["marked"] - figures["empty"]) < abs(figures["plain"] - figures["empty"])
