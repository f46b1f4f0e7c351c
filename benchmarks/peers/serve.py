"""What every runner does: read a question a line from stdin, answer it and time it, write the answer a line to stdout.

Each runner is executed by the interpreter that has its library, so this file needs the standard library alone. A
question is a JSON object with the graph (`nodes`, `arrows`, `confounded`), `outcome`, `do`, `given`, and `runs`, how
often each work is timed. The answer has `seconds` per work, one number a run, the works taking turns; `identifiable`;
and the formula, as nested lists: ["P", outcome, given], ["sum", over, term], ["product", [terms]] or
["fraction", above, below].
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any

Case = Mapping[str, Any]
Work = Callable[[Case], Callable[[], object]]
"""Prepares one run, which is not timed, and returns what is."""


def timed(work: Callable[[], object]) -> float:
    """Seconds that it takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def serve(works: Mapping[str, Work], answer: Callable[[Case], dict[str, Any]], version: str) -> None:
    """Answer until stdin ends. An exception of the library is an answer too: `error`."""
    out, sys.stdout = sys.stdout, sys.stderr  # what a library prints must not mix with the answers
    print(json.dumps({"version": version, "python": sys.version.split()[0]}), file=out, flush=True)
    for line in sys.stdin:
        case = json.loads(line)
        try:
            reply = answer(case)  # also the warm-up
            taken: dict[str, list[float]] = {name: [] for name in works}
            for _ in range(case.get("runs", 0)):
                for name, prepare in works.items():
                    taken[name].append(timed(prepare(case)))
            reply["seconds"] = taken
        except Exception as error:  # noqa: BLE001 - whatever a library raises is its result
            reply = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(reply), file=out, flush=True)
