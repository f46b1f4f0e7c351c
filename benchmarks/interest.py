"""Which model knows best what a user will click? All models of interest, with much, little and false history.

    python benchmarks/interest.py                        # 10 seeds of three presets, an hour; then writes interest.md
    python benchmarks/interest.py --models popularity "TF-IDF profile" --seeds 1 --presets cold_start
    python benchmarks/interest.py --quick                # 2 seeds of few users: does it run?

It can be stopped at any time: each model fitted on one log is a cell of the file `--cells`, which is written whole
after each, and a second start goes on with the cells that are missing. Nothing there tells of the code that measured
them: after a change of a model, give a new file. A run of less than everything writes its table to build/, never over
the committed one.

Parameters and settings were chosen on seeds 100 to 105; the seeds here, 1001 to 1010, chose none of them. Models are
fitted to the clicks of a log and judged on held-out users, of whom they know the history alone. *warm*: items of the
learning period; *cold*: items listed after it, same fit; *sparse*: warm items, but a fifth of each user's history
clicks is left; *noisy*: warm items, but half of all history clicks are moved to random items. The log's own pairs stay
as they are: whatever learns from them too (IPS-weighted MF, heads, calibration) still has those. The fine-tuned BERT,
slow as it is, is measured on `cold_start` alone.

AUC: of one user's pairs, how often a clicked one scores higher than one that was not, ties half; mean over users. Its
pairs are those that the user would browse if shown, and its clicks what would follow, as in lesson 4a. Log loss (nats)
and calibration error (ten bins) are judged on the pairs browsed under the old recommender's own policy, drawn anew for
these users, since that is what P(click | browsed) means in the log.
"""

from __future__ import annotations

import argparse
import json
import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import product
from pathlib import Path
from shlex import quote
from typing import Any

import numpy as np
import pandas as pd
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import log_loss

from benchmarks.interest_report import ORACLE, PLAIN, PRESETS, READER, SLOW, Cells, report
from causalrec.files import write_whole
from causalrec.recommend.interest.calibration import calibration_error
from causalrec.recommend.interest.factors import fit_factors
from causalrec.recommend.interest.fine_tuning import FineTuning, fit_fine_tuned
from causalrec.recommend.interest.interface import Calibrated, InterestModel, calibrated
from causalrec.recommend.interest.neural import fit_head, fit_ncf
from causalrec.recommend.interest.simple import fit_item_knn, fit_popularity
from causalrec.recommend.interest.text_interest import fit_interest, fit_profile
from causalrec.recommend.text.encoder import TextEncoder
from causalrec.recommend.text.words import words_of
from causalrec.recommend.value.evaluation import user_auc
from causalrec.shop.log import Log, OpenTruth
from causalrec.shop.raw.degrade import noisy, sparse
from causalrec.shop.simulator import simulate

HERE = Path(__file__).parent
FIRST_SEED, SEEDS = 1001, 10
KEEP, SHARE = 0.2, 0.5
SLOW_PRESETS = ("cold_start",)
PLACES = {"whole": ("warm", "cold"), "sparse": ("warm",), "noisy": ("warm",)}
Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Sizes:
    """Users of each world, half of them held out; how many of those judge the slow model; what it is trained on."""

    users: int = 1200
    few: int = 50
    pairs: int = FineTuning().pairs
    epochs: int = FineTuning().schedule.epochs


QUICK = Sizes(users=240, few=20, pairs=100, epochs=1)


@dataclass(frozen=True)
class World:
    """One log, perhaps made worse, with its truth and the catalogue's texts as vectors (items, length)."""

    log: Log
    truth: OpenTruth
    seed: int
    sizes: Sizes
    vectors: Mapping[str, Array]


def fit_oracle(world: World) -> Calibrated:
    """The true affinity of a pair, which no log holds, calibrated as every other score is."""
    known = pd.concat([world.truth.pairs, world.truth.candidates]).drop_duplicates(["user_id", "item_id"])
    affinity = known.set_index(["user_id", "item_id"])["affinity"]

    def score(pairs: pd.DataFrame) -> Array:
        return affinity.reindex(pd.MultiIndex.from_frame(pairs[["user_id", "item_id"]])).to_numpy(float)

    return calibrated(ORACLE, world.log, score)


def fit_slow(world: World) -> Calibrated:
    """The fine-tuned BERT, in a quick run on less."""
    settings = FineTuning(pairs=world.sizes.pairs)
    settings = replace(settings, schedule=replace(settings.schedule, epochs=world.sizes.epochs))
    return fit_fine_tuned(world.log, seed=world.seed, settings=settings, progress=False)


def fit_mf(world: World, weighting: Any) -> Calibrated:
    """Matrix factorisation with that weighting."""
    return fit_factors(world.log, rng=np.random.default_rng(world.seed), weighting=weighting, threads=1)


def _profile(kind: str) -> Callable[[World], InterestModel]:
    return lambda world: fit_profile(world.log, world.vectors[kind], f"{kind} profile")


def _reader(kind: str) -> Callable[[World], InterestModel]:
    return lambda world: fit_interest(world.log, world.vectors[kind])


MODELS: Mapping[str, Callable[[World], InterestModel]] = {
    "popularity": lambda world: fit_popularity(world.log),
    "item-kNN": lambda world: fit_item_knn(world.log),
    "weighted MF": lambda world: fit_mf(world, "plain"),
    "IPS-weighted MF": lambda world: fit_mf(world, "ips"),
    "NCF": lambda world: fit_ncf(world.log, seed=world.seed, progress=False),
    "category profile": _profile("category"),
    "TF-IDF profile": _profile("TF-IDF"),
    PLAIN: _profile("BERT"),
    "TextInterest, category": _reader("category"),
    "TextInterest, TF-IDF": _reader("TF-IDF"),
    READER: _reader("BERT"),
    "BERT head": lambda world: fit_head(world.log, world.vectors["BERT"], seed=world.seed, progress=False),
    SLOW: fit_slow,
    ORACLE: fit_oracle,
}


# One cell.


@lru_cache(maxsize=1)
def vectors_of(texts: tuple[str, ...], category: tuple[str, ...]) -> dict[str, Array]:
    """The texts of a catalogue in three ways; all worlds have the same."""
    return {
        "category": pd.get_dummies(pd.Series(category)).to_numpy(float),
        "TF-IDF": TfidfVectorizer(analyzer=words_of).fit_transform(texts).toarray(),
        "BERT": TextEncoder().encode(list(texts)),
    }


@lru_cache(maxsize=2)
def shop(preset: str, seed: int, users: int) -> tuple[Log, OpenTruth]:
    """A world as it is. The truth is opened for the oracle and for judging."""
    log, truth = simulate(preset, seed, users=users)
    return log, truth.open()


def world_of(preset: str, seed: int, kind: str, sizes: Sizes) -> World:
    """The world with its history whole, sparse or noisy."""
    log, truth = shop(preset, seed, sizes.users)
    if kind == "sparse":
        log = sparse(log, KEEP, np.random.default_rng([seed, 1]))
    elif kind == "noisy":
        log = noisy(log, SHARE, np.random.default_rng([seed, 2]))
    items = log.catalogue.items
    return World(log, truth, seed, sizes, vectors_of(log.catalogue.texts, tuple(items["category"])))


def measure(preset: str, seed: int, kind: str, model: str, sizes: Sizes) -> dict[str, Any]:
    """All figures of one model on one log: costs, and how good it is on each place's items, for all and a few users."""
    world = world_of(preset, seed, kind, sizes)
    started = time.process_time()
    fitted = MODELS[model](world)
    figures: dict[str, Any] = {"fit": time.process_time() - started}
    pairs, true = world.log.candidates, world.truth.candidates
    few = pairs["user_id"].isin(pairs["user_id"].unique()[: sizes.few]).to_numpy()
    cold = pairs["score"].isna().to_numpy()
    # Whoever browses under the old policy would do so if shown.
    asked = (true["browsed1"] == 1).to_numpy() & (~cold | ("cold" in PLACES[kind])) & (few | (model != SLOW))
    started = time.process_time()
    interest = np.full(len(pairs), np.nan)
    interest[asked] = fitted.predict(pairs[asked])
    figures |= {"predict": (time.process_time() - started) / asked.sum(), "predictions": int(asked.sum())}
    old = old_policy(true, np.random.default_rng([seed, 3]))
    for place in PLACES[kind]:
        here = asked & (cold if place == "cold" else ~cold)
        for scope, rows in (("all", here), ("few", here & few)):
            if scope == "few" or model != SLOW:
                figures[f"{place}, {scope}"] = judged(pairs, true, old, interest, rows)
    return figures


def old_policy(true: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """What the candidates' users browse and click where the old policy decides what is shown, columns 0/1."""
    shown = rng.random(len(true)) < true["propensity"].to_numpy()
    return pd.DataFrame({name: np.where(shown, true[f"{name}1"], true[f"{name}0"]) for name in ("browsed", "clicked")})


def judged(
    pairs: pd.DataFrame, true: pd.DataFrame, old: pd.DataFrame, interest: Array, rows: Array
) -> dict[str, float]:
    """How good the interest of these rows is, by the measures of this file's head."""
    sorts = user_auc(pairs[rows], true["clicked1"].to_numpy()[rows], interest[rows])
    browsed = rows & (old["browsed"] == 1).to_numpy()
    outcome = old["clicked"].to_numpy()[browsed]
    return {
        "auc": sorts.mean,
        "users": sorts.users,
        "log loss": log_loss(outcome, interest[browsed], labels=[0, 1]),
        "calibration": calibration_error(interest[browsed], outcome),
        "browsed": int(browsed.sum()),
    }


def reading(preset: str, seed: int, sizes: Sizes) -> dict[str, float]:
    """What it costs to make vectors of the catalogue's texts, in seconds: by TF-IDF and by BERT, without a cache."""
    texts = shop(preset, seed, sizes.users)[0].catalogue.texts
    started = time.process_time()
    TfidfVectorizer(analyzer=words_of).fit_transform(texts).toarray()
    counted = time.process_time()
    TextEncoder(cache=None).encode(list(texts))
    return {"items": len(texts), "TF-IDF": counted - started, "BERT": time.process_time() - counted}


# All cells, kept.


def planned(seeds: Iterable[int], presets: Iterable[str], models: Iterable[str]) -> list[tuple[str, int, str, str]]:
    """The cells to be measured, the slow model's last; it is left out of presets that are not its own."""
    plan = [cell for cell in product(presets, seeds, PLACES, models) if cell[3] != SLOW or cell[0] in SLOW_PRESETS]
    return sorted(plan, key=lambda cell: cell[3] == SLOW)


def name_of(preset: str, seed: int, kind: str, model: str) -> str:
    """The cell's name in the file."""
    return f"{preset}/{seed}/{kind}/{model}"


def read_cells(path: Path, sizes: Sizes) -> Cells:
    """The cells of the file; none where there is no file. Raises: SystemExit where they are of other sizes."""
    if not path.exists():
        return {}
    kept = json.loads(path.read_text(encoding="utf-8"))
    if kept["sizes"] != vars(sizes):
        raise SystemExit(f"{path} was measured with {kept['sizes']}, not {vars(sizes)}; give another file to --cells.")
    return dict(kept["cells"])


def run(plan: Iterable[tuple[str, int, str, str]], path: Path, sizes: Sizes, workers: int) -> Cells:
    """The planned cells, measured where the file does not have them yet; it is written after each."""
    plan, cells = list(plan), read_cells(path, sizes)
    path.parent.mkdir(parents=True, exist_ok=True)
    missing = [cell for cell in plan if name_of(*cell) not in cells]
    with ProcessPoolExecutor(workers) as pool:
        doing = {pool.submit(measure, *cell, sizes): name_of(*cell) for cell in missing}
        if "reading" not in cells:
            doing[pool.submit(reading, *plan[0][:2], sizes)] = "reading"
        try:
            for number, done in enumerate(as_completed(doing), 1):
                cells[doing[done]] = done.result()
                write_whole(path, json.dumps({"sizes": vars(sizes), "cells": cells}, indent=1, sort_keys=True) + "\n")
                print(f"{time.strftime('%H:%M:%S')}  {number} of {len(doing)}  {doing[done]}", flush=True)
        finally:
            pool.shutdown(cancel_futures=True)
    wanted = {name_of(*cell) for cell in plan} | {"reading"}
    return {name: figures for name, figures in cells.items() if name in wanted}


def main() -> None:
    """Measure what is missing, write the table, print it."""
    parser = argparse.ArgumentParser(description="All models of interest, over many worlds. Resumable.")
    parser.add_argument("--seeds", type=int, default=None, help=f"how many, from {FIRST_SEED} (default: {SEEDS})")
    parser.add_argument("--models", nargs="+", choices=list(MODELS), default=list(MODELS), metavar="MODEL")
    parser.add_argument("--presets", nargs="+", choices=PRESETS, default=list(PRESETS))
    parser.add_argument("--quick", action="store_true", help="few users and 2 seeds, to see that it runs")
    parser.add_argument("--cells", type=Path, default=None, help="the file that keeps what was measured")
    parser.add_argument("--workers", type=int, choices=(1, 2), default=2, help="processes, each on one thread")
    parser.add_argument("--out", type=Path, default=None, help="where the table goes")
    chosen = parser.parse_args()
    sizes = QUICK if chosen.quick else Sizes()
    seeds = chosen.seeds or (2 if chosen.quick else SEEDS)
    models = [name for name in MODELS if name in chosen.models]
    whole = not chosen.quick and seeds >= SEEDS and len(models) == len(MODELS) and set(chosen.presets) == set(PRESETS)
    build = HERE.parent / "build"
    path = chosen.cells or build / ("interest_quick.json" if chosen.quick else "interest.json")
    plan = planned(range(FIRST_SEED, FIRST_SEED + seeds), chosen.presets, models)
    cells = run(plan, path, sizes, chosen.workers)
    command = "python benchmarks/interest.py" + (" --quick" if chosen.quick else "")
    command += "" if chosen.seeds is None else f" --seeds {seeds}"
    command += "" if set(chosen.presets) == set(PRESETS) else f" --presets {' '.join(chosen.presets)}"
    command += "" if len(models) == len(MODELS) else f" --models {' '.join(map(quote, models))}"
    prose = (__doc__ or "").split("\n\n")[3:]
    text = report(cells, models, command, prose, sizes.users - sizes.users // 2, sizes.few)
    out = chosen.out or (HERE / "interest.md" if whole else build / "interest_partial.md")
    out.parent.mkdir(parents=True, exist_ok=True)
    write_whole(out, text)
    print(f"{text}\nwritten to {out}")


if __name__ == "__main__":
    main()
