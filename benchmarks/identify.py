"""Is the kit's identification right, and how fast is it? Beside y0 and causaleffect, on the same graphs.

    python benchmarks/identify.py               # about 2 minutes; writes identify.md and identify.png beside it
    python benchmarks/identify.py --draw        # draws the graphs of identify_graphs.json anew, the same ones
    python benchmarks/identify.py --cache DIR   # where the peers' virtual environments are made and kept
    python benchmarks/identify.py --sweep 10000000 --table   # the kit alone, on ten million questions; see sweep.py

Each library runs in a process of its own, the peers in a virtual environment each, and answers one question at a time,
the libraries taking turns. Time is measured inside the process, with the graph built beforehand and anew for every run,
so that nothing is remembered from the run before; the lines "from lists of edges" build it too. A question's time is
the median of its runs. Python's hash seed is 0 throughout, since the peers' formulas may depend on the order of sets.

A formula is judged by its value: it is evaluated on random models of binary variables, in which every bidirected edge
is a hidden variable, and compared with do() there (`peers/exact.py`, which shares no code with any of the libraries).
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
from collections import Counter
from pathlib import Path
from queue import Empty, Queue
from textwrap import fill
from threading import Thread
from typing import Any

import numpy as np
from peers.exact import deviation
from peers.graphs import ARROWS, HIDDEN, as_text, drawn, read
from peers.growth import growth

from benchmarks.sweep import sweep
from benchmarks.sweep_report import report as sweep_report
from causalrec.files import default_cache, write_whole

HERE = Path(__file__).parent
RUNNERS = {"kit": "kit_runner.py", "y0": "y0_runner.py", "causaleffect": "causaleffect_runner.py"}
PEERS = {"y0": "y0==0.2.11", "causaleffect": "causaleffect==0.1.0"}
PEER_CACHE = default_cache() / "peers"
LIMIT = 20.0  # seconds for all runs of one question
MODELS, EXACT = (11, 12, 13), 1e-9
GOALS = {"formula": 0.1, "ID": 0.12}  # the kit's median over y0's

Case = dict[str, Any]
Answers = dict[str, list[dict[str, Any]]]  # by library, one a question


# ---- the libraries ---------------------------------------------------------------------------------------------------


def interpreter(peer: str, cache: Path) -> str:
    """The Python of a peer's virtual environment, which is made where it is not there yet."""
    wanted, folder = PEERS[peer], cache / PEERS[peer].replace("==", "-")
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    asked = f"from importlib.metadata import version; assert version({peer!r}) == {wanted.split('==')[1]!r}"
    if python.exists() and not subprocess.run([python, "-c", asked], capture_output=True).returncode:
        return str(python)
    subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
    done = subprocess.run([python, "-m", "pip", "install", "--quiet", wanted], capture_output=True, text=True)
    if done.returncode:
        said = (done.stderr.strip().splitlines() or ["nothing"])[-1]
        raise SystemExit(f"{wanted} could not be installed into {folder} (pip said: {said}); connect to a network once "
                         f"and run this again, or leave it out with --without {peer}.")
    return str(python)


class Library:
    """A process that answers questions; started anew after one that took too long."""

    def __init__(self, name: str, python: str) -> None:
        """Start it."""
        self.name, self.command = name, [python, str(HERE / "peers" / RUNNERS[name])]
        self.start()

    def start(self) -> None:
        """A fresh process, and a thread that hands over what it writes; sets hash alike in every run."""
        self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                        env={**os.environ, "PYTHONHASHSEED": "0"}, stderr=subprocess.DEVNULL)
        self.lines: Queue[str] = Queue()
        Thread(target=hand_over, args=(self.process, self.lines), daemon=True).start()
        try:
            self.about = json.loads(self.lines.get(timeout=120))
        except (Empty, ValueError) as error:
            raise SystemExit(f"{self.name} did not start; see what {' '.join(self.command)} says.") from error

    def ask(self, case: Case, runs: int) -> dict[str, Any]:
        """Its answer, or that it took too long or broke."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps({**case, "runs": runs}) + "\n")
        self.process.stdin.flush()
        what = "time-out"
        try:
            if line := self.lines.get(timeout=LIMIT):
                answer: dict[str, Any] = json.loads(line)
                return answer
            what = "the process ended"
        except Empty:
            pass
        self.stop()
        self.start()
        return {"error": what}

    def stop(self) -> None:
        """End it."""
        self.process.kill()
        self.process.wait()


def hand_over(process: subprocess.Popen[str], lines: Queue[str]) -> None:
    """Every line that a process writes; an empty one when it ends."""
    assert process.stdout is not None
    for line in process.stdout:
        lines.put(line)
    lines.put("")


def asked(libraries: list[Library], cases: list[Case], runs: int) -> Answers:
    """What all libraries answer, question by question in turn."""
    answers: Answers = {library.name: [] for library in libraries}
    for case in cases:
        for library in libraries:
            answers[library.name].append(library.ask(case, runs))
    return answers


# ---- speed -----------------------------------------------------------------------------------------------------------

LINES = (
    ("kit", "formula", "kit, formula or hedge, steps recorded"), ("kit", "steps", "kit, with the steps written out"),
    ("kit", "ID", "kit, by ID in every case"), ("y0", "formula", "y0, formula or refusal"),
    ("causaleffect", "formula", "causaleffect, formula or hedge"), ("kit", "from edges", "kit, from lists of edges"),
    ("y0", "from edges", "y0, from lists of edges"),
    ("causaleffect", "from edges", "causaleffect, from lists of edges"),
)


DRAWN = [words for _, work, words in LINES if work in ("formula", "steps")]


def milliseconds(answers: Answers, library: str, work: str, places: list[int]) -> list[float]:
    """Per question that was answered, the median of its runs."""
    got = (answers[library][place] for place in places if library in answers)
    return [1e3 * statistics.median(answer["seconds"][work]) for answer in got if "seconds" in answer]


def speed_rows(answers: Answers, cases: list[Case]) -> tuple[list[str], dict[str, dict[int, list[float]]]]:
    """Lines of the table, and the times by line and size for the figure."""
    rows: list[str] = []
    times: dict[str, dict[int, list[float]]] = {}
    for nodes in sorted({len(case["nodes"]) for case in cases}):
        places = [place for place, case in enumerate(cases) if len(case["nodes"]) == nodes]
        for library, work, words in LINES:
            if library not in answers:
                continue
            taken = milliseconds(answers, library, work, places)
            late = sum(answers[library][place].get("error") == "time-out" for place in places)
            broken = len(places) - len(taken) - late
            if not taken:
                rows.append(f"| {nodes} | {words} | | | | {late} | {broken} | |")
                continue
            times.setdefault(words, {})[nodes] = taken
            median, beside = statistics.median(taken), ""
            other = milliseconds(answers, "y0", "from edges" if work == "from edges" else "formula", places)
            if library == "kit" and other:
                ratio = median / statistics.median(other)
                met = ", met" if ratio <= GOALS.get(work, 0) else ", NOT MET"
                beside = f"{ratio:.3f}" + met * (work in GOALS)
            figures = f"{median:.3f} | {np.quantile(taken, 0.9):.3f} | {max(taken):.3f} | {late} | {broken}"
            rows.append(f"| {nodes} | {words} | {figures} | {beside} |")
    return rows, times


# ---- agreement -------------------------------------------------------------------------------------------------------

SHOWN = 8  # faults of a library that are listed, a part
Verdict = tuple[str, float]  # right, wrong, refused, error or time-out; the formula's largest distance from do()


def verdict(answer: dict[str, Any], case: Case) -> Verdict:
    """Whether the formulas of an answer give what do() gives."""
    if "error" in answer:
        return "time-out" if answer["error"] == "time-out" else "error", 0.0
    formulas = [formula for formula in (answer["formula"], answer.get("other")) if formula is not None]
    if not formulas:
        return "refused", 0.0
    distance = max(deviation(case, formula, MODELS) for formula in formulas)
    return "right" if distance < EXACT else "wrong", distance


def agreement(part: str, answers: Answers, cases: list[Case]) -> tuple[list[str], list[str]]:
    """Lines of the table for one part of the questions, and of the table of what is not right."""
    found = {library: list(map(verdict, given, cases)) for library, given in answers.items()}
    answered = [any(said[place][0] == "right" for said in found.values()) for place in range(len(cases))]
    rows, faults = [], []
    for library, said in found.items():
        counts = Counter(word for word, _ in said)
        missed = sum(word == "refused" and right for (word, _), right in zip(said, answered, strict=True))
        furthest = max((distance for word, distance in said if word == "right"), default=0.0)
        rows.append(f"| {part} | {len(cases)} | {library} | {counts['right']} | {furthest:.0e} | {counts['refused']} | "
                    f"{missed} | {counts['wrong']} | {counts['error']} | {counts['time-out']} |")
        lines = []
        for case, answer, (word, distance), right in zip(cases, answers[library], said, answered, strict=True):
            if words := fault(answer, word, distance, right):
                name = f"{part}, `{case['name']}`" if part == "named" else part
                lines.append(f"| {library} | {name} | `{graph_text(case)}` | `{question(case)}` | {words} |")
        faults += lines[:SHOWN]
        if len(lines) > SHOWN:
            faults.append(f"| {library} | {part} | | | {len(lines) - SHOWN} more |")
    return rows, faults


def fault(answer: dict[str, Any], word: str, distance: float, answered: bool) -> str:
    """What is not right with an answer, in words; nothing where it is."""
    if word == "refused" and answered:
        return "refuses, though a formula is right"
    if word == "wrong":
        return f"its formula is off by up to {distance:.3f}" + ("" if answered else "; nobody finds a right one")
    if word in ("error", "time-out"):
        return str(answer["error"]).replace("|", "\\|").split("\n")[0][:120]
    return ""


def stated(answers: Answers, cases: list[Case]) -> str:
    """How the kit's verdicts on the named graphs compare with those that the catalogue states."""
    other = [case["name"] for case, answer in zip(cases, answers["kit"], strict=True)
             if answer.get("identifiable") != case["identifiable"]]
    return f"differ on {', '.join(other)}" if other else "agree on all"


def graph_text(case: Case) -> str:
    """The edges of a question's graph."""
    edges = [f"{cause} -> {effect}" for cause, effect in case["arrows"]]
    return "; ".join(edges + [f"{one} <-> {other}" for one, other in case["confounded"]])


def question(case: Case) -> str:
    """The question in symbols, with a bar that a Markdown table takes."""
    behind = ", ".join([f"do({', '.join(case['do'])})", *case["given"]])
    return f"P({', '.join(case['outcome'])} \\| {behind})"


# ---- the report ------------------------------------------------------------------------------------------------------

def load() -> str:
    """How busy the machine is, where the operating system says."""
    return f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"


def wrapped(*sentences: str) -> str:
    """A paragraph in lines of 120 characters."""
    return fill(" ".join(sentences), 120, break_long_words=False, break_on_hyphens=False)


def methods(given: list[dict[str, Any]], cases: list[Case]) -> str:
    """By what the kit answered, for each number of nodes."""
    counts: dict[int, Counter[str]] = {}
    for case, answer in zip(cases, given, strict=True):
        counts.setdefault(len(case["nodes"]), Counter())[answer.get("method", "none")] += 1
    return "; ".join(f"{nodes} nodes: " + ", ".join(f"{count} {method}" for method, count in found.most_common())
                     for nodes, found in sorted(counts.items()))


def speed_part(libraries: list[Library], cases: list[Case], runs: int, picture: Path) -> list[str]:
    """The section on speed; draws the figure."""
    before = load()
    answers = asked(libraries, cases, runs)
    rows, times = speed_rows(answers, cases)
    description = growth({words: sizes for words, sizes in times.items() if words in DRAWN}, picture)
    return [
        "## Speed", "",
        wrapped(
            f"{len(cases)} random graphs with {ARROWS:g} arrows and {HIDDEN:g} hidden causes a node, each with one",
            f"treatment and one outcome that it may change; {runs} runs a question. Milliseconds a question: the",
            "median over the graphs, what nine in ten stay under, the slowest; then how many took too long (over",
            f"{LIMIT:g} s for all runs) or failed. The last column is the kit's median over y0's; the goal is at most",
            f"{GOALS['formula']:g} for the formula with its steps recorded and {GOALS['ID']:g} by ID in every case.",
            f"Neither peer records steps. Load of the machine before and after: {before} and {load()}.",
        ), "", wrapped(f"How the kit answered: {methods(answers['kit'], cases)}."), "",
        "| nodes | work | median | 9 of 10 | slowest | time-outs | errors | of y0 |",
        "|---|---|---|---|---|---|---|---|", *rows, "",
        f"![Milliseconds of one identification against nodes, both on logarithmic scales]({picture.name})", "",
        wrapped(description), "",
    ]


def agreement_part(libraries: list[Library], parts: dict[str, list[Case]]) -> list[str]:
    """The section on agreement."""
    rows: list[str] = []
    faults: list[str] = []
    for part in ("named", "single", "several"):
        answers = asked(libraries, parts[part], 0)
        if part == "named":
            verdict_words = stated(answers, parts[part])
        more, wrong = agreement(part, answers, parts[part])
        rows, faults = rows + more, faults + wrong
    return [
        "## Agreement", "",
        wrapped(
            "`named`: the catalogue's graphs, each with its source's question. `single`: random graphs of 3 to 6",
            "nodes, one treatment, one outcome that it may change. `several`: such graphs with one or two treatments,",
            "one or two outcomes and up to two conditions. A formula is right if it is within",
            f"{EXACT:g} of do() on {len(MODELS)} random models, at all values of all variables. Of the kit, the",
            "textbook's formula and that of ID must both be right; of causaleffect, the formula as returned and as",
            f"printed. On the named graphs the kit's verdicts and those stated in the catalogue {verdict_words}.",
        ), "",
        "| questions | number | library | right | furthest of these | refused | of these, another is right | wrong | "
        "errors | time-outs |",
        "|---|---|---|---|---|---|---|---|---|---|", *rows, "",
        *([f"Where an answer is not right, at most {SHOWN} a library and kind of questions:", "",
           "| library | questions | graph | question | what |", "|---|---|---|---|---|", *faults] if faults
          else ["No answer is wrong."]), "",
    ]


def report(libraries: list[Library], parts: dict[str, list[Case]], runs: int, picture: Path) -> str:
    """The committed Markdown."""
    about = ", ".join(f"{library.name} {library.about['version']} (Python {library.about['python']})"
                      for library in libraries)
    prose = (__doc__ or "").split("\n\n")
    lines = ["# Identification beside y0 and causaleffect", "", "`python benchmarks/identify.py`", ""]
    lines += [f"{os.cpu_count()} cores, {platform.system()}; {about}.", "", prose[2], "", prose[3].strip(), ""]
    return "\n".join(lines + speed_part(libraries, parts["speed"], runs, picture) + agreement_part(libraries, parts))


def main() -> None:
    """Measure, write the tables and the figure, print them."""
    parser = argparse.ArgumentParser(description="Identification, beside y0 and causaleffect.")
    parser.add_argument("--draw", action="store_true", help="draw the graphs anew from their seed, and stop")
    parser.add_argument("--cache", type=Path, default=PEER_CACHE, help="where the peers' environments are kept")
    parser.add_argument("--without", nargs="*", default=[], choices=list(PEERS), help="peers to leave out")
    parser.add_argument("--runs", type=int, default=7, help="how often a question is timed")
    parser.add_argument("--every", type=int, default=1, help="ask one question in so many, for a quick look")
    parser.add_argument("--out", type=Path, default=HERE / "identify.md")
    parser.add_argument("--sweep", type=int, default=0, metavar="QUESTIONS", help="the kit alone, so many questions")
    parser.add_argument("--table", action="store_true", help="write the sweep's table as far as it is, and stop")
    parser.add_argument("--state", type=Path, default=HERE.parent / "build" / "sweep.jsonl", help="keeps the sweep")
    options = parser.parse_args()
    if options.sweep or options.table:
        sweep(options.sweep, options.state)
        if options.table:
            write_whole(HERE / "sweep.md", sweep_report(options.state))
        return
    graphs = HERE / "identify_graphs.json"
    if options.draw:
        graphs.write_text(as_text(drawn()), encoding="utf-8", newline="\n")
        return
    if graphs.read_text("utf-8") != as_text(drawn()):
        print(f"{graphs.name} is not what its seed and the catalogue give; renew it with --draw.", file=sys.stderr)
    parts = {part: cases[::options.every] for part, cases in read(graphs).items()}
    pythons = {"kit": sys.executable}
    pythons |= {peer: interpreter(peer, options.cache) for peer in PEERS if peer not in options.without}
    libraries = [Library(name, python) for name, python in pythons.items()]
    try:
        text = report(libraries, parts, options.runs, options.out.with_suffix(".png"))
    finally:
        for library in libraries:
            library.stop()
    options.out.write_text(text, encoding="utf-8", newline="\n")
    print(text)


if __name__ == "__main__":
    main()
