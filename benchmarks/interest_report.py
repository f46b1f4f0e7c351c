"""The table of `benchmarks/interest.py`: what its cells say, as Markdown and in sentences computed from them."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable, Mapping
from textwrap import fill
from typing import Any

import numpy as np
import pandas as pd

PRESETS = ("course", "cold_start", "cold_start_overlap")
# Each condition's log and the items that are judged on it.
CONDITIONS = {
    "warm": ("whole", "warm"), "cold": ("whole", "cold"), "sparse": ("sparse", "warm"), "noisy": ("noisy", "warm"),
}  # fmt: skip
ORACLE, SLOW, READER, PLAIN = "true affinity", "fine-tuned BERT", "TextInterest, BERT", "BERT profile"
IDS = ("popularity", "item-kNN", "weighted MF", "IPS-weighted MF", "NCF")

Cells = dict[str, dict[str, Any]]


def long_table(cells: Cells) -> pd.DataFrame:
    """One row a preset, seed, condition, model and scope, with the figures of `judged`."""
    rows = []
    for name, figures in cells.items():
        if name == "reading":
            continue
        preset, seed, kind, model = name.split("/")
        for condition, (log, place) in CONDITIONS.items():
            for scope in ("all", "few"):
                if log == kind and f"{place}, {scope}" in figures:
                    ids = {"preset": preset, "seed": int(seed), "condition": condition, "model": model, "scope": scope}
                    rows.append(ids | figures[f"{place}, {scope}"])
    return pd.DataFrame(rows)


def values_of(table: pd.DataFrame, condition: str, model: str, scope: str = "all", figure: str = "auc") -> pd.Series:
    """A figure by seed; empty where the model was not measured."""
    rows = table[(table["condition"] == condition) & (table["model"] == model) & (table["scope"] == scope)]
    return rows.set_index("seed")[figure].sort_index()


def interval(values: pd.Series) -> tuple[float, float, float]:
    """Mean with its 95 % t interval over the seeds; NaN for the ends where there is but one."""
    from scipy.stats import t

    mean, half = values.mean(), np.nan
    if len(values) > 1:
        half = t.ppf(0.975, len(values) - 1) * values.std(ddof=1) / np.sqrt(len(values))
    return float(mean), float(mean - half), float(mean + half)


def shown(values: pd.Series, signed: bool = False) -> str:
    """Mean and interval in a cell of the table."""
    if values.empty:
        return ""
    sign = "+" if signed else ""
    mean, low, high = (f"{value:{sign}.3f}" for value in interval(values))
    return f"{mean} [{low}, {high}]" if len(values) > 1 else mean


def difference(table: pd.DataFrame, condition: str, first: str, second: str, scope: str = "all") -> pd.Series:
    """AUC of the first model minus that of the second, in the same seeds."""
    return (values_of(table, condition, first, scope) - values_of(table, condition, second, scope)).dropna()


def compared(table: pd.DataFrame, condition: str, first: str, second: str, scope: str = "all") -> str:
    """A sentence: which of two models sorts better in this condition, by how much and how surely; "" if unmeasured."""
    values = difference(table, condition, first, second, scope)
    if values.empty:
        return ""
    _, low, high = interval(values)
    verdict = "is ahead of" if low > 0 else "is behind" if high < 0 else "cannot be told from"
    verdict = verdict if len(values) > 1 else "against"
    users = " of the same few users" if scope == "few" else ""
    return (
        f"{condition}{users}: {first} {verdict} {second}, AUC {shown(values, signed=True)}, higher in "
        f"{wins(values)}."
    )


def wins(values: pd.Series) -> str:
    """In how many of the seeds a difference is above 0."""
    return f"{int((values > 0).sum())} of {len(values)} seed{'s' if len(values) > 1 else ''}"


def fall(table: pd.DataFrame, condition: str, models: Iterable[str]) -> str:
    """A sentence: how much AUC on warm items the models lose with this condition's history; "" if unmeasured."""
    told = []
    for name in models:
        values = (values_of(table, "warm", name) - values_of(table, condition, name)).dropna()
        if len(values):
            told.append(f"{name} loses {shown(values)}")
    return f"{condition}: of its AUC on warm items {', '.join(told)}." if told else ""


def best(table: pd.DataFrame, condition: str) -> str:
    """The model, but for the oracle, that sorts best among those judged on all users."""
    rows = table[(table["condition"] == condition) & (table["scope"] == "all") & (table["model"] != ORACLE)]
    return str(rows.groupby("model")["auc"].mean().idxmax())


def sentences(table: pd.DataFrame, models: list[str]) -> list[str]:
    """What one preset's figures say, as they are."""
    told = []
    for condition in [one for one in CONDITIONS if (table["condition"] == one).any()]:
        means = {name: values_of(table, condition, name).mean() for name in models if name not in (SLOW, ORACLE)}
        means = {name: mean for name, mean in means.items() if np.isfinite(mean)}
        if not means:
            continue
        first, last = best(table, condition), min(means, key=lambda name: means[name])
        told.append(f"{condition}: {first} sorts best ({means[first]:.3f}), {last} worst ({means[last]:.3f}).")
        gaps = {name: difference(table, condition, ORACLE, name).mean() for name in means}
        behind = [name for name, gap in gaps.items() if gap < 0]
        if any(np.isfinite(gap) for gap in gaps.values()):
            found = f"{', '.join(behind)} above it" if behind else "no model above it"
            told.append(f"{condition}: true affinity {values_of(table, condition, ORACLE).mean():.3f}, {found}.")
    cold = {name: values_of(table, "cold", name) for name in IDS}
    exact = [name for name, values in cold.items() if len(values) and (values == 0.5).all()]
    if any(len(values) for values in cold.values()):
        rest = [name for name, values in cold.items() if len(values) and name not in exact]
        other = f"; not so: {', '.join(rest)}" if rest else ""
        told.append(f"cold: exactly .5 in every seed: {', '.join(exact) or 'none'}{other}.")
    pairs = [("cold", PLAIN, "TF-IDF profile"), ("cold", READER, "TextInterest, TF-IDF"), ("cold", READER, PLAIN)]
    pairs += [(condition, READER, "item-kNN") for condition in CONDITIONS if condition != "cold"]
    pairs += [("warm", "IPS-weighted MF", "weighted MF"), ("cold", PLAIN, "category profile")]
    told += [compared(table, *pair) for pair in pairs]
    told += [fall(table, condition, ("item-kNN", "weighted MF", READER)) for condition in ("sparse", "noisy")]
    told += [compared(table, condition, SLOW, READER, "few") for condition in CONDITIONS]
    return [sentence for sentence in told if sentence]


def matrix(head: str, rows: Mapping[str, Mapping[str, str]]) -> list[str]:
    """A Markdown table with a column a condition; rows without any figure are left out."""
    lines = [f"| {head} | {' | '.join(CONDITIONS)} |", "|---" * (1 + len(CONDITIONS)) + "|"]
    filled = {name: row for name, row in rows.items() if any(row.values())}
    return [*lines, *(f"| {name} | {' | '.join(row[one] for one in CONDITIONS)} |" for name, row in filled.items()), ""]


def section(preset: str, table: pd.DataFrame, models: list[str]) -> list[str]:
    """One preset: sentences, AUC, losses, paired differences."""
    seeds = sorted(table["seed"].unique())
    told = [f"## `{preset}`, {len(seeds)} seed{'s' if len(seeds) > 1 else ''} from {seeds[0]}", ""]
    told += [*(f"- {sentence}" for sentence in sentences(table, models)), ""]
    auc: dict[str, dict[str, str]] = {}
    loss: dict[str, dict[str, str]] = {}
    for name in models:
        scope, label = ("few", f"{name} †") if name == SLOW else ("all", name)
        auc[label] = {one: shown(values_of(table, one, name, scope)) for one in CONDITIONS}
        loss[label] = {}
        for one in CONDITIONS:
            found = [values_of(table, one, name, scope, figure).mean() for figure in ("log loss", "calibration")]
            loss[label][one] = f"{found[0]:.3f} / {found[1]:.3f}" if np.isfinite(found[0]) else ""
    told += matrix("AUC", auc) + matrix("log loss / calibration error", loss)
    for first, scope, note in ((READER, "all", ""), (SLOW, "few", ", same few users")):
        others = [name for name in models if name != first and (name != SLOW or scope == "few")]
        rows = {
            name: {one: shown(difference(table, one, first, name, scope), signed=True) for one in CONDITIONS}
            for name in others
        }
        if any(any(row.values()) for row in rows.values()):
            told += matrix(f"{first} minus it, AUC{note}", rows)
    return told


def headline(table: pd.DataFrame) -> list[str]:
    """BERT against TF-IDF on cold items, in pairs by seed, preset by preset; nothing where they were not measured."""
    rows = []
    for preset in PRESETS:
        mine, row = table[table["preset"] == preset], [f"`{preset}`"]
        for first, second in ((PLAIN, "TF-IDF profile"), (READER, "TextInterest, TF-IDF")):
            values = difference(mine, "cold", first, second)
            row += [shown(values, signed=True), wins(values)] if len(values) else ["", ""]
        if any(row[1:]):
            rows.append(f"| {' | '.join(row)} |")
    if not rows:
        return []
    head = "| preset | profile | BERT higher in | TextInterest | BERT higher in |"
    return ["## BERT minus TF-IDF, AUC on cold items", "", head, "|---|---|---|---|---|", *rows, ""]


def costs(cells: Cells, models: list[str]) -> list[str]:
    """Seconds to fit and milliseconds a prediction, medians over the whole logs."""
    lines = ["## What it costs", "", "| model | seconds to fit | milliseconds a prediction |", "|---|---|---|"]
    for model in models:
        found = [figures for name, figures in cells.items() if name.endswith(f"/whole/{model}")]
        if found and model != ORACLE:
            fit, each = (float(np.median([figures[one] for figures in found])) for one in ("fit", "predict"))
            lines.append(f"| {model} | {fit:.2f} | {1000 * each:.4f} |")
    read = cells["reading"]
    return [*lines, "", fill(
        "Medians of processor time on one core; predictions are made in one go. To fit does not include the making of "
        f"vectors, once for a catalogue: {read['TF-IDF']:.2f} s with TF-IDF, {read['BERT']:.1f} s with BERT, for "
        f"{read['items']} items.", 120), ""]  # fmt: skip


def report(cells: Cells, models: list[str], command: str, prose: list[str], held_out: int, few: int) -> str:
    """The whole Markdown; `prose` says what was measured, on so many held-out users and on the `few` of them."""
    table = long_table(cells)
    machine = f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}"
    told = ["# Models of interest: warm, cold, sparse, noisy", "", f"`{command}`", ""]
    told += [f"{machine}, numpy {np.__version__}; each model on one core.", "", "\n\n".join(prose).strip(), ""]
    note = (
        f"{held_out} held-out users a seed. Means over seeds with a 95 % t interval, each taken by itself; differences "
        "are paired by seed. Calibration errors of fewer pairs are larger by chance."
    )
    if SLOW in models:
        note += (
            f" † Predictions of {SLOW} are slow: it is judged on the first {few} held-out users alone; set beside the "
            "other rows its own says little, its differences, taken on the same users, say more."
        )
    told += [fill(note, 120), "", *headline(table)]
    for preset in [name for name in PRESETS if (table["preset"] == name).any()]:
        told += section(preset, table[table["preset"] == preset], models)
    return "\n".join(told + costs(cells, models))
