"""The figure of `benchmarks/identify.py`: how the time of a question grows with the graph."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from causalrec.teach.canvas import SERIES


def growth(times: Mapping[str, Mapping[int, Sequence[float]]], path: Path) -> str:
    """Write the figure, medians and the middle eight tenths against nodes; the description in words is returned.

    `times` holds milliseconds by line and number of nodes.
    """
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, ax = plt.subplots(figsize=(7, 4.2), layout="constrained")
    said = []
    for (words, sizes), (colour, *_), marker in zip(times.items(), SERIES, "osD^", strict=False):
        nodes = sorted(sizes)
        medians = [statistics.median(sizes[size]) for size in nodes]
        low, high = zip(*(np.quantile(sizes[size], (0.1, 0.9)) for size in nodes), strict=True)
        ax.plot(nodes, medians, color=colour, marker=marker, label=words)
        ax.fill_between(nodes, low, high, alpha=0.12, lw=0, color=colour)
        said.append(f"{words}: {medians[0]:.2f} ms at {nodes[0]} nodes, {medians[-1]:.2f} ms at {nodes[-1]}")
    ax.set(xscale="log", yscale="log", xlabel="nodes", ylabel="milliseconds a question",
           title="Time of one identification: median, and the middle eight tenths")
    ticks = sorted({size for sizes in times.values() for size in sizes})
    ax.set_xticks(ticks, [str(size) for size in ticks])
    ax.minorticks_off()
    ax.grid(alpha=0.3)
    ax.set_ylim(top=8 * ax.get_ylim()[1])  # room for the legend
    ax.legend(frameon=False, fontsize=8)
    figure.savefig(path, dpi=110)
    plt.close(figure)
    return "Time of one identification by number of nodes, medians. " + "; ".join(said) + "."
