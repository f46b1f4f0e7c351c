"""One function per kind of figure; each also says in words what it shows, computed from the same data.

`ax` in, `ax` out: a function draws on the axes it is given, or on new ones of a fixed size, hangs its description on
them (`description(ax)`) and returns them; `show(ax)` displays both. Figures have a white ground of their own, so that
they read alike on a light and on a dark page; colours are Okabe and Ito's, and never the only difference. Charts are
drawn here, graphs by `causalrec.teach.diagram`.
"""

from causalrec._lazy import attach

_HOMES = {
    "bars": "figure.groups",
    "bayes_square": "figure.bayes",
    "calibration": "figure.chances",
    "description": "canvas",
    "dots": "figure.rows",
    "graph": "diagram.graphs",
    "learning_curves": "figure.curves",
    "logistic_curve": "figure.curves",
    "paths": "diagram.path_diagram",
    "pipeline": "diagram.stages",
    "png": "canvas",
    "quadrants": "figure.chances",
    "ranges": "figure.rows",
    "reliability": "figure.chances",
    "sampling_error": "figure.curves",
    "scoreboard": "figure.rows",
    "show": "canvas",
    "stratified_bars": "figure.groups",
    "surgery": "diagram.graphs",
    "twin_network": "diagram.twin_diagram",
}
__all__ = list(_HOMES)
__getattr__, __dir__ = attach("causalrec.teach", _HOMES)
