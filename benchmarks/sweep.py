"""Millions of random questions to the kit's identification, each answer checked; what `identify.py --sweep` runs.

A formula is judged by its value: it must equal do() on three random models of its graph, at all values of all
variables. A refusal is judged by its hedge, which `tests/causal/hedge_checker.py` takes apart by definition. Truth and
values are plain products and sums of arrays, for the three models at once; nothing of the package takes part in them.

The questions come in chunks, each drawn from its own number. A finished chunk is a line at the end of the state file,
so that a run can be killed at any moment and goes on where it was. A line counts for the engine that wrote it alone.
"""

from __future__ import annotations

import ast
import hashlib
import json
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from functools import cache, reduce
from itertools import combinations
from multiprocessing import get_context, parent_process
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np

from causalrec.causal import CausalGraph, Fraction, Identified, NotIdentified, P, Product, Query, Sum, identify
from tests.causal.hedge_checker import hedge_faults, moved_conditions

ENGINE = Path(__file__).parent.parent / "causalrec" / "causal"
ROOMS = ("formulas", "graphs", "identification")  # what an answer depends on
SEED, CHUNK, A_GRAPH = 2026, 2_000, 5  # questions in a chunk, and of one graph
SIZES = {3: 1, 4: 2, 5: 4, 6: 6, 7: 8}  # nodes, and how often: few small graphs differ
TREATMENTS, OUTCOMES, CONDITIONS = {0: 1, 1: 6, 2: 2, 3: 1}, {1: 6, 2: 2, 3: 1}, {0: 4, 1: 2, 2: 1, 3: 1}  # likewise
MODELS, MOST_HIDDEN, EXACT = 3, 8, 1e-9
PROCESSES, SHOWN = 2, 20  # faults that a chunk keeps
Array = np.ndarray[Any, Any]
Engine = Callable[..., Identified | NotIdentified]

# ---- drawing ---------------------------------------------------------------------------------------------------------


def drawn(rng: random.Random) -> tuple[str, list[Query]]:
    """A random graph as text, its nodes in an order that says nothing of the arrows, and questions about it.

    In half of the questions no outcome causes a treatment.
    """
    def size(weights: dict[int, int]) -> int:
        return rng.choices([*weights], [*weights.values()])[0]

    nodes = [f"V{number}" for number in range(size(SIZES))]
    causal = rng.sample(nodes, len(nodes))
    pairs = list(combinations(causal, 2))
    arrows, hidden = rng.uniform(0.15, 0.8), rng.uniform(0, 0.5)
    directed = [f"{one} -> {other}" for one, other in pairs if rng.random() < arrows]
    tied = [f"{one} <-> {other}" for one, other in pairs if rng.random() < hidden]
    rng.shuffle(tied)
    questions: list[Query] = []
    while len(questions) < A_GRAPH:
        x, y, w = size(TREATMENTS), size(OUTCOMES), size(CONDITIONS)
        if x + y + w <= len(nodes):
            chosen = rng.sample(nodes, x + y + w)
            if rng.random() < 0.5:
                chosen[:x + y] = sorted(chosen[:x + y], key=causal.index)
            questions.append(Query(chosen[x:x + y], chosen[:x], chosen[x + y:]))
    return "; ".join([*nodes, *directed, *tied[:MOST_HIDDEN]]), questions


# ---- truth and values ------------------------------------------------------------------------------------------------


class Models:
    """Random models of a graph, all at once: binary variables, and a hidden one for each bidirected edge.

    The first axis of an array is the model, then comes one a node, of length 1 where nothing depends on the node.
    Chances lie in [.1, .9], so that nothing is divided by 0.
    """

    def __init__(self, graph: CausalGraph, rng: np.random.Generator) -> None:
        """Draw P(node | its causes) for every node, and P(hidden cause)."""
        self.graph = graph
        hidden = sorted(map(sorted, graph.confounded))
        self.axis = {node: place for place, node in enumerate(graph.nodes, start=1)}
        self.hidden = np.ones((MODELS, 1))  # (models, values of all hidden causes)
        for _ in hidden:
            ones = rng.uniform(0.1, 0.9, (MODELS, 1))
            self.hidden = (self.hidden[:, :, None] * np.stack([1 - ones, ones], axis=-1)).reshape(MODELS, -1)
        full = (MODELS, *(2,) * (len(hidden) + len(graph.nodes)))
        self.factors: dict[str, Array] = {}  # (models, values of all hidden causes, values of all nodes)
        for node in graph.nodes:
            causes = {0} | {self.axis[cause] + len(hidden) for cause, effect in graph.arrows if effect == node}
            causes |= {place for place, pair in enumerate(hidden, start=1) if node in pair}
            ones = rng.uniform(0.1, 0.9, [size if axis in causes else 1 for axis, size in enumerate(full)])
            both = np.concatenate([1 - ones, ones], axis=self.axis[node] + len(hidden))
            self.factors[node] = np.broadcast_to(both, full).reshape(MODELS, 2 ** len(hidden), -1)
        self.laws: dict[frozenset[str], Array] = {}
        self.chances: dict[tuple[frozenset[str], ...], Array] = {}

    def law(self, do: frozenset[str]) -> Array:
        """P(all nodes | do(do)) at every value of what is set: Σ_hidden P(hidden) Π_{i not set} P(v_i | causes of i).

        Source: Pearl 2009, Causality, equation 1.37 (truncated factorisation).
        """
        if do not in self.laws:
            parts = (factor for node, factor in self.factors.items() if node not in do)
            law = reduce(np.multiply, parts, self.hidden[:, :, None]).sum(axis=1)
            self.laws[do] = law.reshape(MODELS, *(2,) * len(self.axis))
        return self.laws[do]

    def conditional(self, outcome: frozenset[str], given: frozenset[str], do: frozenset[str] = frozenset()) -> Array:
        """P(outcome | do(do), given)."""
        if (asked := (outcome, given, do)) not in self.chances:
            joint = self.summed(self.law(do), self.axis.keys() - outcome - given - do)
            self.chances[asked] = joint / self.summed(joint, outcome) if given else joint
        return self.chances[asked]

    def summed(self, values: Array, over: Iterable[str]) -> Array:
        """The sum over some nodes; one that the values do not depend on still counts with both its values."""
        axes = tuple(map(self.axis.__getitem__, over))
        return values.sum(axis=axes, keepdims=True) * 2.0 ** sum(values.shape[axis] == 1 for axis in axes)

    def value(self, formula: P | Sum | Product | Fraction) -> Array:
        """A formula's value on the models' logs, read literally."""
        if isinstance(formula, P) and not formula.do:
            return self.conditional(frozenset(formula.outcome), frozenset(formula.given))
        if isinstance(formula, Sum):
            return self.summed(self.value(formula.term), formula.over)
        if isinstance(formula, Product):
            return reduce(np.multiply, map(self.value, formula.factors), np.ones([1] * (1 + len(self.axis))))
        if isinstance(formula, Fraction):
            return self.value(formula.numerator) / self.value(formula.denominator)
        raise TypeError(f"no log has a value for {formula}")


# ---- checking --------------------------------------------------------------------------------------------------------


def fault(answer: Identified | NotIdentified, query: Query, models: Models) -> str:
    """What is wrong with an answer, in words; nothing where it is right."""
    outcome, do, given = map(frozenset, (query.outcome, query.treatments, query.conditions))
    if isinstance(answer, Identified):
        gap = np.abs(models.value(answer.estimand) - models.conditional(outcome, given, do)).max()
        return "" if gap < EXACT else f"off by up to {gap:.2g}: {answer.estimand}"
    moved = moved_conditions(models.graph, outcome, do, given)
    return "; ".join(hedge_faults(answer.hedge, models.graph, do | moved, outcome | given - moved))


def checked(query: Query, models: Models, engine: Engine) -> tuple[str, list[str]]:
    """By what the textbook's method answered, and what is wrong with its answer or with that of ID alone."""
    judged: dict[object, str] = {}  # both methods often say the same
    kinds, faults = list[str](), list[str]()
    for method in ("textbook", "ID"):
        try:
            answer = engine(query, models.graph, method=method)
            kinds.append(answer.method if isinstance(answer, Identified) else "refused")
            said = answer.estimand if isinstance(answer, Identified) else answer.hedge
            if said not in judged:
                judged[said] = fault(answer, query, models)
            words = judged[said]
        except Exception as error:  # noqa: BLE001 - whatever is raised is a fault of the answer
            words = f"{type(error).__name__}: {error}"
        faults += [f"{method}: {words}"] * bool(words)
    if not faults and kinds.count("refused") == 1:
        faults.append("one method refuses, the other does not")
    return "wrong" if faults else kinds[0], faults


def shape(query: Query) -> str:
    """How many treatments, outcomes and conditions, as far as the table tells them apart."""
    treatments = ("no treatment", "one treatment", "several treatments")[min(2, len(query.do))]
    outcomes = "one outcome" if len(query.outcome) == 1 else "several outcomes"
    return f"{treatments}, {outcomes}, {'conditions' if query.given else 'no condition'}"


def ask(number: int, questions: int = CHUNK, engine: Engine = identify) -> dict[str, Any]:
    """Ask and check one chunk: its times, counts by number of nodes and by shape of the question, and the faults."""
    start, cpu = time.perf_counter(), time.process_time()
    rng, chances = random.Random(f"{SEED} {number}"), np.random.default_rng([SEED, number])
    counts, found = dict[str, Counter[str]](), list[dict[str, str]]()
    for _ in range(0, questions, A_GRAPH):
        text, queries = drawn(rng)
        models = Models(CausalGraph.parse(text), chances)
        for query in queries:
            kind, faults = checked(query, models, engine)
            for row in (f"{len(models.axis)} nodes", shape(query)):
                counts.setdefault(row, Counter())[kind] += 1
            found += [{"graph": text, "query": str(query), "what": words} for words in faults]
    times = {"seconds": round(time.perf_counter() - start, 3), "cpu": round(time.process_time() - cpu, 3)}
    return {"chunk": number, "questions": questions, **times, "counts": counts, "faults": found[:SHOWN]}


# ---- running ---------------------------------------------------------------------------------------------------------


@cache
def engine_key() -> str:
    """Short for the code that answers, comments and docstrings left out, and for how the questions are drawn."""
    found = hashlib.sha256(repr((SEED, CHUNK, A_GRAPH, SIZES, TREATMENTS, OUTCOMES, CONDITIONS)).encode())
    for path in sorted(path for room in ROOMS for path in (ENGINE / room).glob("*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node) is not None:
                node.body.pop(0)
        found.update(ast.dump(tree).encode())
    return found.hexdigest()[:12]


def done(state: Path) -> dict[int, dict[str, Any]]:
    """The chunks that this engine has finished, each once; a line that was cut off is none."""
    found: dict[int, dict[str, Any]] = {}
    for line in state.read_text("utf-8").splitlines() if state.exists() else ():
        with suppress(ValueError):
            chunk = json.loads(line)
            if chunk["engine"] == engine_key():
                found[chunk["chunk"]] = chunk
    return found


def follow_parent() -> None:
    """Let this process end when its parent does, even where that is killed."""
    def wait() -> None:
        if parent := parent_process():
            parent.join()
            os._exit(1)

    Thread(target=wait, daemon=True).start()


def sweep(wanted: int, state: Path) -> None:
    """Ask until so many questions are done, two processes at once; say now and then how far it is."""
    finished = done(state)
    missing = [number for number in range(-(-wanted // CHUNK)) if number not in finished]
    state.parent.mkdir(parents=True, exist_ok=True)
    start, wrong, said = time.perf_counter(), 0, 0.0
    with (state.open("a", encoding="utf-8", newline="\n") as lines,
          ProcessPoolExecutor(PROCESSES, get_context("spawn"), follow_parent) as pool):
        lines.write("\n")  # the last line may have been cut off
        for place, chunk in enumerate(pool.map(ask, missing), start=1):
            print(json.dumps({"engine": engine_key(), **chunk}), file=lines, flush=True)
            wrong += sum(kinds["wrong"] for kinds in chunk["counts"].values()) // 2  # each stands in two rows
            if (taken := time.perf_counter() - start) > said + 30 or place == len(missing):
                said, rate = taken, place * CHUNK / taken
                print(f"{(len(finished) + place) * CHUNK:,} asked, {wrong} wrong in this run, {rate:,.0f} a second, "
                      f"{(len(missing) - place) * CHUNK / rate / 60:.0f} minutes to go", file=sys.stderr)
