"""Which ranking adds the most purchases? Every ranking against the sealed truth, over many worlds.

    python benchmarks/rankings.py                # 20 seeds, about 15 minutes on two cores; writes rankings.md beside it
    python benchmarks/rankings.py --seeds 2 --replicates 10 --out build/rankings.md

The parameters of the presets were frozen before, on seeds 100 to 105; the seeds here, 1001 onwards, chose none of them
and no ranking. One thing they did choose: that intervals draw items as well as users, for with users alone the
coverage here was poor. So read the coverage from other seeds, in rankings_3001.md (`--first 3001 --seeds 8 --presets
course`). G is the share of the way from random to the best possible (`causalrec.recommend.gain`), top 10 of a
held-out user's candidates; warm: the items of the learning period; cold: items listed after it; all: both together.
"""

from __future__ import annotations

import argparse
import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from causalrec.causal.estimation.outcome_models import fit_outcomes
from causalrec.causal.estimation.weighting import aipw, ipw, naive
from causalrec.recommend.interest.interface import fit_probability
from causalrec.recommend.interest.text_interest import TextInterest, fit_interest
from causalrec.recommend.text.encoder import TextEncoder
from causalrec.recommend.value.evaluation import gain
from causalrec.recommend.value.pipeline import Recommender, fit_recommender, learner_columns, resampled
from causalrec.recommend.value.ranking import SCORES, rank
from causalrec.recommend.value.uplift import dr_learner, t_learner
from causalrec.shop.log import Log
from causalrec.shop.simulator import simulate

FIRST_SEED = 1001
GROUPS = 10
CEILING_DRAWS = 4


@cache
def item_vectors(texts: tuple[str, ...]) -> np.ndarray[Any, Any]:
    """The frozen BERT's vectors: the same texts in every world."""
    return TextEncoder().encode(list(texts))


@dataclass(frozen=True)
class PermutedInterest:
    """The same head on the same vectors, but each pair gets the text of another pair of the same user."""

    base: TextInterest
    head: Any = None

    def features_of(self, pairs: pd.DataFrame) -> np.ndarray[Any, Any]:
        """The base's features, permuted among the pairs of each user."""
        noise = np.random.default_rng(0).random(len(pairs))
        codes = pd.factorize(pairs["user_id"])[0]
        features, permuted = self.base.features_of(pairs), np.empty((len(pairs), 2))
        permuted[np.argsort(codes, kind="stable")] = features[np.lexsort((noise, codes))]
        return permuted

    def predict(self, pairs: pd.DataFrame) -> np.ndarray[Any, Any]:
        """Interest from permuted text."""
        return np.clip(self.head.predict_proba(self.features_of(pairs))[:, 1], 1e-6, 1 - 1e-6)


def fit_permuted(log: Log, vectors: np.ndarray[Any, Any], weights: pd.Series | None = None) -> PermutedInterest:
    """`fit_interest` with the text permuted within users and the head fitted anew."""
    unfitted = PermutedInterest(fit_interest(log, vectors, weights))
    browsed = log.pairs[log.pairs["browsed"] == 1]
    counts = None if weights is None else browsed["user_id"].map(weights).to_numpy(float)
    return replace(unfitted, head=fit_probability(unfitted.features_of(browsed), browsed["clicked"].to_numpy(), counts))


def gains(
    scored: pd.DataFrame, scores: dict[str, Any], truth: pd.DataFrame, cold: np.ndarray[Any, Any]
) -> dict[str, float]:
    """G of each score, on warm, cold and all candidates."""
    row = {}
    for place, rows in (("warm", ~cold), ("cold", cold), ("all", np.ones(len(cold), dtype=bool))):
        for name, score in scores.items():
            mine = np.asarray(score, dtype=float)[rows]
            # A column that is empty for new items does not order them.
            row[f"{place}:{name}"] = gain(rank(scored[rows], mine), truth[rows]) if np.ptp(mine) > 0 else np.nan
    return row


def left_out_columns(fitted: Recommender, log: Log, scored: pd.DataFrame, cold: np.ndarray[Any, Any]) -> Any:
    """The uplift of cold items by a T-learner that never saw score and popularity."""
    columns = fitted.learner.columns.drop(columns=["score", "popularity"])
    small = t_learner(columns, log.pairs["recommended"].to_numpy(), log.pairs["purchased"].to_numpy())
    interest = scored.loc[cold, "interest"].to_numpy()
    return small.predict(learner_columns(log, log.candidates[cold], interest)[list(columns)])["uplift"]


def measure(preset: str, seed: int, replicates: int = 0) -> dict[str, Any]:
    """Every figure of one world; `replicates` > 0 adds the coverage of the uplift intervals."""
    log, sealed = simulate(preset, seed)
    vectors, rng = item_vectors(log.catalogue.texts), np.random.default_rng(seed)
    cold = log.candidates["score"].isna().to_numpy()
    fitted = fit_recommender(log, vectors)
    scored = fitted.score(log.candidates)
    permuted = fit_recommender(log, vectors, fit_interest=fit_permuted).score(log.candidates)
    no_text = t_learner(
        fitted.learner.columns.drop(columns="interest"), log.pairs["recommended"], log.pairs["purchased"]
    )
    in_log = fitted.score(log.pairs)
    reduced = left_out_columns(fitted, log, scored, cold)
    scores = {name: score(scored) for name, score in SCORES.items()} | {
        "bought (P(Y|x))": scored["natural"],
        "popularity": log.candidates["popularity"].fillna(0.0),
        "old recommender's score": log.candidates["score"].fillna(0.0),
        "uplift, text permuted": permuted["uplift"],
        "uplift, no text": no_text.predict(
            learner_columns(log, log.candidates, scored["interest"].to_numpy()).drop(columns="interest")
        )["uplift"],
    }
    pairs, reps = log.pairs, {}
    if preset != "proxy":
        dr = dr_learner(
            fitted.learner.columns, pairs["recommended"], pairs["purchased"], pairs["propensity"], pairs["user_id"], rng
        )
        columns = learner_columns(log, log.candidates, scored["interest"].to_numpy())[list(dr.columns)]
        scores["uplift, DR-learner"] = dr.predict(columns)
        reps["cold level:DR-learner"] = dr.predict(columns[cold]).mean()
    # The truth is opened here, when every estimate stands.
    truth = sealed.open()
    mean, cold_mean = truth.pairs["uplift"].mean(), truth.candidates.loc[cold, "uplift"].mean()
    row: dict[str, Any] = {
        "preset": preset,
        "seed": seed,
        "true mean uplift": mean,
        "harmed": (truth.pairs["uplift"] < 0).mean(),
    }
    row |= gains(scored, scores, truth.candidates, cold)
    row |= ceiling(preset, seed, fitted, log, scored, truth.candidates, cold)
    row["ratio:T-learner"] = in_log["uplift"].mean() / mean
    row["ratio:naive"] = naive(pairs["purchased"], pairs["recommended"]).value / mean
    if preset != "proxy":
        row["ratio:IPW"] = ipw(pairs["purchased"], pairs["recommended"], pairs["propensity"]).value / mean
        nuisance = fit_outcomes(
            fitted.learner.columns.to_numpy(float),
            pairs["recommended"],
            pairs["purchased"],
            cluster=pairs["user_id"],
            rng=rng,
        )
        row["ratio:AIPW"] = aipw(pairs["purchased"], pairs["recommended"], pairs["propensity"], *nuisance).value / mean
    levels = {
        "cold level:averaged over": scored.loc[cold, "uplift"].mean(),
        "cold level:left out": reduced.mean(),
    } | reps
    row |= {name: value / cold_mean for name, value in levels.items()}
    for place, rows in (("log", in_log["interest"]), ("cold", scored.loc[cold, "interest"])):
        affinity = truth.pairs["affinity"] if place == "log" else truth.candidates.loc[cold, "affinity"]
        row[f"interest with affinity:{place}"] = np.corrcoef(np.log(rows / (1 - rows)), affinity)[0, 1]
    return row | (coverage(log, vectors, scored, truth.candidates, cold, rng, replicates) if replicates else {})


def ceiling(
    preset: str,
    seed: int,
    fitted: Recommender,
    log: Log,
    scored: pd.DataFrame,
    truth: pd.DataFrame,
    cold: np.ndarray[Any, Any],
) -> dict[str, float]:
    """G of a ranking fitted on the sealed truth of independent draws, with the learner's own columns."""
    from sklearn.ensemble import HistGradientBoostingRegressor

    names, seen, true = list(fitted.learner.columns), [], []
    for draw in range(CEILING_DRAWS):
        other, other_sealed = simulate(preset, seed + 500_000 + 1000 * draw)
        other_fit = fit_recommender(other, item_vectors(other.catalogue.texts))
        seen.append(other_fit.learner.columns)
        true.append(other_sealed.open().pairs["uplift"])
    x, y = pd.concat(seen), pd.concat(true)
    mine = learner_columns(log, log.candidates, scored["interest"].to_numpy())[names]
    best = np.empty(len(mine))
    for rows, columns in ((~cold, names), (cold, [name for name in names if name not in ("score", "popularity")])):
        model = HistGradientBoostingRegressor(
            max_leaf_nodes=15, learning_rate=0.1, min_samples_leaf=400, random_state=0
        )
        best[rows] = model.fit(x[columns], y).predict(mine.loc[rows, columns])
    return gains(scored, {"ceiling of the log": best}, truth, cold)


def coverage(
    log: Log,
    vectors: np.ndarray[Any, Any],
    scored: pd.DataFrame,
    truth: pd.DataFrame,
    cold: np.ndarray[Any, Any],
    rng: np.random.Generator,
    replicates: int,
) -> dict[str, float]:
    """Whether 95 % intervals hold the truth, on held-out candidates; from the kit's bootstrap, drawing users and items.

    mean: of all warm or cold candidates; tenths: of the candidates in each tenth of the estimated uplift, the share of
    the ten intervals that hold; pair: of each pair's own uplift, which also depends on what the log does not hold. For
    the tenths also with users drawn alone, which shows what that would leave out.
    """
    users = np.unique(np.concatenate([log.pairs["user_id"].to_numpy(object), log.history["user_id"].to_numpy(object)]))
    items = np.unique(log.pairs["item_id"].to_numpy(object))
    drawn = np.empty((2, replicates, len(cold)))  # (users and items or users alone, replicates, candidates)
    for draw in range(replicates):
        of_user, of_item = resampled(users, rng), resampled(items, rng)
        for kind, item_weights in enumerate((of_item, None)):
            fitted = fit_recommender(log, vectors, of_user, item_weights=item_weights, natural=False)
            drawn[kind, draw] = fitted.score(log.candidates)["uplift"]
    row = {}
    for place, rows in (("warm", ~cold), ("cold", cold)):
        true, mine = truth.loc[rows, "uplift"].to_numpy(), drawn[:, :, rows]
        tenth = pd.qcut(scored.loc[rows, "uplift"], GROUPS, labels=False, duplicates="drop").to_numpy()
        row[f"coverage {place}:mean"] = float(_holds(mine[0].mean(1), true.mean()))
        for kind, name in enumerate(("tenths", "tenths, users drawn alone")):
            held = [_holds(mine[kind][:, tenth == t].mean(1), true[tenth == t].mean()) for t in np.unique(tenth)]
            row[f"coverage {place}:{name}"] = float(np.mean(held))
        low, high = np.percentile(mine[0], [2.5, 97.5], axis=0)
        row[f"coverage {place}:pair"] = float(((low <= true) & (true <= high)).mean())
    return row


def _holds(draws: np.ndarray[Any, Any], truth: float) -> bool:
    low, high = np.percentile(draws, [2.5, 97.5])
    return bool(low <= truth <= high)


NOTES = """\
How to read it. `ratio` is an estimated over the true mean uplift. Where `ratio:IPW`, which weights by the policy's own
propensity and so is right on average over many worlds, leaves 1, that is the luck of these seeds, and the other
estimates from the same logs share it. `cold level` is the same for items listed after the log. `coverage` counts how
often 95 % intervals hold the truth: those of tenths of the candidates fall somewhat short of .95, for they carry
sampling error, not the error of a model's form; drawing users alone falls much shorter, because all pairs of an item
share its hidden quality. An interval is not meant for a single `pair`'s own uplift, which also depends on what the log
does not hold.
"""


def mean_and_interval(values: pd.Series) -> str:
    """Mean with its 95 % t interval over the seeds."""
    from scipy.stats import t

    values = values.dropna()
    if values.empty:
        return "does not order them"
    half = t.ppf(0.975, len(values) - 1) * values.std(ddof=1) / np.sqrt(len(values)) if len(values) > 1 else np.nan
    return f"{values.mean():.3f} [{values.mean() - half:.3f}, {values.mean() + half:.3f}]"


def report(table: pd.DataFrame) -> str:
    """The committed Markdown: for each preset G by ranking, paired differences to uplift, and the other figures."""
    lines = ["# Rankings against the sealed truth", "", __doc__.split("\n\n")[2], "", NOTES]
    for preset, rows in table.groupby("preset", sort=False):
        lines += [
            f"## `{preset}`, {len(rows)} seeds from {rows['seed'].min()}",
            "",
            "Mean over seeds with a 95 % t interval.",
            "",
        ]
        lines += ["| ranking by | G, warm | G, cold | G, all | uplift minus it, warm | uplift minus it, cold |"]
        lines += ["|---|---|---|---|---|---|"]
        names = [name.removeprefix("warm:") for name in rows if name.startswith("warm:") and rows[name].notna().any()]
        for name in sorted(names, key=lambda name: -rows[f"warm:{name}"].mean()):
            cells = [mean_and_interval(rows[f"{place}:{name}"]) for place in ("warm", "cold", "all")]
            paired = [
                mean_and_interval(rows[f"{place}:uplift"] - rows[f"{place}:{name}"]) for place in ("warm", "cold")
            ]
            escaped = name.replace("|", r"\|")
            lines.append(f"| {escaped} | " + " | ".join(cells + (paired if name != "uplift" else ["", ""])) + " |")
        lines += ["", "| figure | value |", "|---|---|"]
        rest = [
            name
            for name in rows
            if name not in ("preset", "seed") and name.split(":")[0] not in ("warm", "cold", "all")
        ]
        for name in rest:
            if name.endswith(":mean") and rows[name].notna().any():
                lines.append(f"| {name} | {rows[name].sum():.0f} of {rows[name].count()} seeds |")
            elif rows[name].notna().any():
                lines.append(f"| {name} | {mean_and_interval(rows[name])} |")
        lines.append("")
    return "\n".join(lines)


def main() -> None:
    """Measure, write the table, print it."""
    parser = argparse.ArgumentParser(description="Every ranking against the sealed truth, over many worlds.")
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--first", type=int, default=FIRST_SEED, help="the first seed (default: %(default)s)")
    parser.add_argument("--replicates", type=int, default=40)
    parser.add_argument("--presets", nargs="+", default=["course", "uplift", "proxy"])
    parser.add_argument("--out", type=Path, default=Path(__file__).with_suffix(".md"))
    chosen = parser.parse_args()
    seeds = range(chosen.first, chosen.first + chosen.seeds)
    worlds = [(preset, seed) for preset in chosen.presets for seed in seeds]
    replicates = [chosen.replicates if preset != "proxy" else 0 for preset, _ in worlds]
    with ProcessPoolExecutor(2) as pool:
        rows = list(pool.map(measure, *zip(*worlds, strict=True), replicates))
    text = report(pd.DataFrame(rows))
    chosen.out.parent.mkdir(parents=True, exist_ok=True)
    chosen.out.write_text(text, encoding="utf-8", newline="\n")
    print(text)


if __name__ == "__main__":
    main()
