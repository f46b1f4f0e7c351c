"""How fast texts become vectors, beside sentence-transformers: the same model, the same 3,000 texts, in one run.

    python benchmarks/text.py

The texts are pieces of the shop's descriptions, cut and joined at random, of 2 to 120 words (their number's logarithm
is drawn evenly), cut at 128 tokens. Both encode all of them with 1 and with 2 threads, in turn; a time is the least of
several. With one thread it is processor time, which other programs disturb less, with two the time on the wall. Loading
the model is not counted, tokenising is. The peak is what `torch` reaches on a product of two 2,048 × 2,048 matrices
with one thread, the best of all its tries between the runs; of two threads no share is given, since other programs slow
runs and tries unevenly. A share counts the network's multiply-adds: n tokens of a text take, a layer, n (4 h² + 2 h i)
+ 2 n² h with h = hidden and i = intermediate size. "Needed" counts the texts' own tokens, "spent" also the padding, and
for the kit what fills its rows up. What other programs ran is told by the load: processes that wanted a core.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import platform
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import numpy as np
import torch
from sentence_transformers import SentenceTransformer

import causalrec.shop
from causalrec.recommend.text.bert_files import PACKAGED, find_bert
from causalrec.recommend.text.encoder import ROOM, STEP, TextEncoder, packs

SEED, TEXTS, TOKENS, SHORTEST, LONGEST = 2026, 3_000, 128, 2, 120
SIDE, THREADS, BATCH = 2_048, (1, 2), 32  # BATCH is sentence-transformers' default
SPEED_GOAL, LIKENESS_GOAL, PEAK_GOAL = 1.1, 1e-6, 0.75


def mixed_texts(rng: np.random.Generator, count: int) -> list[str]:
    """Texts of mixed length, out of the descriptions of the shop's items."""
    with (Path(causalrec.shop.__file__).parent / "items.csv").open(encoding="utf-8", newline="") as file:
        descriptions = [row["description"].split() for row in csv.DictReader(file)]
    texts = []
    for _ in range(count):
        length = round(np.exp(rng.uniform(np.log(SHORTEST), np.log(LONGEST))))
        words: list[str] = []
        while len(words) < length:
            words += descriptions[rng.integers(len(descriptions))]
        start = rng.integers(len(words) - length + 1)
        texts.append(" ".join(words[start : start + length]))
    return texts


@dataclass(frozen=True)
class Work:
    """Multiply-adds that the texts need, and those that each of the two spends."""

    needed: float
    kit: float
    peer: float


def work(texts: list[str], lengths: list[int]) -> Work:
    """The multiply-adds of the network for all texts."""
    config = json.loads((find_bert(PACKAGED).folder / "config.json").read_text(encoding="utf-8"))
    hidden, layers = config["hidden_size"], config["num_hidden_layers"]
    token = layers * (4 * hidden**2 + 2 * hidden * config["intermediate_size"])

    def attention(length: int) -> int:
        return layers * 2 * length**2 * hidden

    longest_first = [lengths[row] for row in np.argsort([-len(text) for text in texts], kind="stable")]
    batches = [longest_first[start : start + BATCH] for start in range(0, len(lengths), BATCH)]
    within = sum(map(attention, lengths))
    filled = [-(-sum(lengths[row] for row in pack) // STEP) * STEP for pack in packs(lengths, ROOM)]
    return Work(
        needed=token * sum(lengths) + within,
        kit=token * sum(filled) + within,
        peer=sum(len(batch) * (token * max(batch) + attention(max(batch))) for batch in batches),
    )


def seconds(act: Callable[[], object], threads: int = 1) -> float:
    """How long it takes: of the processor with one thread, on the wall with more."""
    clock = time.process_time if threads == 1 else time.perf_counter
    start = clock()
    act()
    return clock() - start


def measured(acts: dict[str, Callable[[], object]], threads: int, repeats: int) -> tuple[dict[str, list[float]], float]:
    """The times of each act, taken in turn, and the most multiply-adds a second of a matrix product in between."""
    torch.set_num_threads(threads)
    left, right = torch.rand(2, SIDE, SIDE)
    times: dict[str, list[float]] = {name: [] for name in acts}
    products = []
    for _ in range(repeats):
        for name, act in acts.items():
            products += [seconds(lambda: left @ right, threads) for _ in range(9)]
            times[name].append(seconds(act, threads))
    return times, SIDE**3 / min(products)


def report(count: int, repeats: int) -> str:
    """The committed Markdown: how it was measured, and the tables."""
    texts = mixed_texts(np.random.default_rng(SEED), count)
    kit = TextEncoder(max_tokens=TOKENS, cache=None)
    peer = SentenceTransformer(str(find_bert(PACKAGED).folder), device="cpu", local_files_only=True)
    peer.max_seq_length = TOKENS
    lengths = [len(kit.tokens(text)) for text in texts]
    spent = work(texts, lengths)
    acts = {
        "kit": lambda: kit.encode(texts),
        "sentence-transformers": lambda: peer.encode(texts, show_progress_bar=False),
    }
    lines = [
        "# Texts to vectors beside sentence-transformers", "", "`python benchmarks/text.py`", "",
        f"{os.cpu_count()} cores, Python {platform.python_version()}, torch {metadata.version('torch')}, transformers "
        f"{metadata.version('transformers')}, sentence-transformers {metadata.version('sentence-transformers')}, model "
        f"{PACKAGED}.", "", (__doc__ or "").split("\n\n")[2].strip(), "",
        f"{count:,} texts of {min(lengths)} to {max(lengths)} tokens, mean {np.mean(lengths):.1f}, median "
        f"{np.median(lengths):.0f}; {spent.needed / 1e9:,.0f} billion multiply-adds needed, {spent.kit / 1e9:,.0f} "
        f"spent by the kit, {spent.peer / 1e9:,.0f} by sentence-transformers. Least of {repeats} runs each.", "",
        "| threads | | texts a second | s | s, median | share of the peak, needed | spent |",
        "|---|---|---|---|---|---|---|",
    ]  # fmt: skip
    goals, loads = [], []
    vectors = kit.encode(texts), peer.encode(texts, show_progress_bar=False)  # also the warm-up
    for threads in THREADS:
        loads.append(load())
        rows, reached = compared(acts, threads, repeats, spent, count)
        lines += rows
        goals += reached
    lines += ["", f"Load: {', '.join(loads)} before each number of threads; at the end {load()}."]
    lines += ["", *goal_lines([*goals, likeness(*vectors)]), "", *single_lines(kit, peer, texts), ""]
    return "\n".join(lines)


Goal = tuple[str, str, str, bool]  # what, as measured, as wished, whether it is met


def compared(
    acts: dict[str, Callable[[], object]], threads: int, repeats: int, spent: Work, count: int
) -> tuple[list[str], list[Goal]]:
    """The lines of the table for one number of threads, and what they say of the goals."""
    times, peak = measured(acts, threads, repeats)
    rows, goals = [], []
    for name, taken in times.items():
        least, own = min(taken), spent.kit if name == "kit" else spent.peer
        needed = spent.needed / least / peak
        shares = f"{needed:.3f} | {own / least / peak:.3f}" if threads == 1 else "|"
        rows.append(f"| {threads} | {name} | {count / least:.1f} | {least:.2f} | {np.median(taken):.2f} | {shares} |")
        if name == "kit" and threads == 1:
            goals.append(("share of the peak, needed", f"{needed:.3f}", f"aim {PEAK_GOAL}", needed >= PEAK_GOAL))
    if threads == 1:
        rows.append(f"| 1 | peak | {peak / 1e9:.1f} billion multiply-adds a second | | | 1 | 1 |")
    faster = min(times["sentence-transformers"]) / min(times["kit"])
    wished = f"at least {SPEED_GOAL}"
    return rows, [*goals, (f"times as fast, threads: {threads}", f"{faster:.2f}", wished, faster >= SPEED_GOAL)]


def load() -> str:
    """How many processes wanted a core in the last minute, this one among them."""
    return f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"


def likeness(kit: np.ndarray, peer: np.ndarray) -> Goal:
    """The largest 1 - cos of a text's two vectors, beside its goal."""
    kit, peer = kit.astype(float), peer.astype(float)
    cosines = (kit * peer).sum(axis=1) / np.linalg.norm(kit, axis=1) / np.linalg.norm(peer, axis=1)
    apart = float((1 - cosines).max())
    return "1 − cos, largest of all texts", f"{apart:.1e}", f"under {LIKENESS_GOAL:.0e}", apart < LIKENESS_GOAL


def goal_lines(goals: list[Goal]) -> list[str]:
    """The table of goals."""
    rows = [f"| {what} | {value} | {goal} | {'met' if met else 'NOT MET'} |" for what, value, goal, met in goals]
    return ["| | measured | goal | |", "|---|---|---|---|", *rows]


def single_lines(kit: TextEncoder, peer: SentenceTransformer, texts: list[str]) -> list[str]:
    """How long one text takes that is read alone. One thread."""
    torch.set_num_threads(1)
    alone = sorted(texts, key=len)[len(texts) // 2]
    times = [min(seconds(act) for _ in range(7)) for act in (lambda: kit.encode([alone]), lambda: peer.encode([alone]))]
    return [f"One text of median length alone, one thread: kit {1e3 * times[0]:.0f} ms, sentence-transformers "
            f"{1e3 * times[1]:.0f} ms."]  # fmt: skip


def main() -> None:
    """Measure, write the table, print it."""
    parser = argparse.ArgumentParser(description="Texts to vectors, beside sentence-transformers.")
    parser.add_argument("--out", type=Path, default=Path(__file__).with_suffix(".md"))
    parser.add_argument("--texts", type=int, default=TEXTS)
    parser.add_argument("--repeats", type=int, default=3)
    args = parser.parse_args()
    text = report(args.texts, args.repeats)
    args.out.write_text(text, encoding="utf-8", newline="\n")
    print(text)


if __name__ == "__main__":
    main()
