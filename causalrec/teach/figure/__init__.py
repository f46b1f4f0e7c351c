"""One function per kind of figure; each also says in words what it shows, computed from the same data.

`ax` in, `ax` out: a function draws on the axes it is given, or on new ones of a fixed size, hangs its description on
them (`description(ax)`) and returns them; `show(ax)` displays both. Figures have a white ground of their own, so that
they read alike on a light and on a dark page; colours are Okabe and Ito's, and never the only difference. The only
home of matplotlib.
"""

from causalrec.teach.figure.bayes import bayes_square
from causalrec.teach.figure.canvas import description, png, show
from causalrec.teach.figure.causal_diagrams import surgery
from causalrec.teach.figure.charts import (
    bars,
    calibration,
    logistic_curve,
    quadrants,
    ranges,
    sampling_error,
    scoreboard,
)
from causalrec.teach.figure.diagrams import graph, pipeline
from causalrec.teach.figure.dots import dots
from causalrec.teach.figure.learning import learning_curves
from causalrec.teach.figure.path_diagram import paths
from causalrec.teach.figure.reliability import reliability
from causalrec.teach.figure.stratified import stratified_bars
from causalrec.teach.figure.twin_diagram import twin_network

__all__ = [
    "bars",
    "bayes_square",
    "calibration",
    "description",
    "dots",
    "graph",
    "learning_curves",
    "logistic_curve",
    "paths",
    "pipeline",
    "png",
    "quadrants",
    "ranges",
    "reliability",
    "sampling_error",
    "scoreboard",
    "show",
    "stratified_bars",
    "surgery",
    "twin_network",
]
