"""Bayes' rule as areas: a unit square, parted by the prior and shaded by the likelihood."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import floor, isclose, log10
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from causalrec.errors import DataError
from causalrec.teach.canvas import GUIDE, INK, SERIES, SMALL, blank, described, style, text_width
from causalrec.wording import listed

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from causalrec.causal.belief.pmf import Pmf

_SHADES = (*((colour, hatch) for colour, _, hatch in SERIES), (GUIDE, "xx"))
_SIDE = 3.0
"""Inches; the side of the square, in which a probability of 1 is drawn."""
_BAR, _TABLE = _SIDE + 0.65, _SIDE + 1.4
"""Where the bar of the posterior and the table begin."""
_HEADS = ("prior", "× likelihood", "= joint", "posterior")
_GROUND = {"facecolor": "white", "edgecolor": "none", "pad": 1.5, "alpha": 0.9}


def bayes_square(
    prior: Mapping[Any, float] | Pmf,
    likelihood: Mapping[Any, float],
    *,
    evidence: str = "evidence",
    ax: Axes | None = None,
) -> Axes:
    """Bayes' rule as areas: a column per hypothesis, as wide as its prior, shaded up to the likelihood of the evidence.

    A shaded area is width × height = P(h) P(e | h), the joint probability. Seeing the evidence e rules out all that is
    not shaded; P(h | e) is an area's share of what is left, stacked in the bar on the right.

    `prior` maps 2 to 5 hypotheses to P(h), or is a `Pmf`; `likelihood` maps the same hypotheses to P(e | h), where e is
    called `evidence`.

    Raises:
        DataError: not 2 to 5 hypotheses, one without a prior or likelihood, a number outside 0 … 1, priors that do not
            sum to one, or evidence that is impossible under all of them.

    First taught: lesson 1a.
    """
    square = _square(dict(prior if isinstance(prior, Mapping) else prior.probabilities), dict(likelihood))
    with style():
        ends = _ends(square)
        ax = blank(ax, (-0.62, -0.95), (ends[-1] + 0.15, _SIDE + 0.3))
        _draw_columns(ax, square, evidence)
        _draw_posterior(ax, square)
        _draw_table(ax, square, ends)
    rows = "; ".join(
        f"{name}: prior {p} × likelihood {q} = joint {j}, posterior {r}"
        for name, p, q, j, r in zip(square.names, *map(_written, square.columns), strict=True)
    )
    posterior, evident = square.columns[3], _table(square)[2][-1]
    highest = [name for name, share in zip(square.names, posterior, strict=True) if isclose(share, max(posterior))]
    return described(
        ax,
        f"Bayes square for {evidence} under {len(square.names)} hypotheses, columns as wide as their prior and shaded "
        f"up to their likelihood: {rows}. The shaded areas sum to P({evidence}) = {evident}; each divided by this sum "
        f"is a posterior. Highest posterior: {listed(highest)}.",
    )


@dataclass(frozen=True)
class _Square:
    names: tuple[str, ...]
    prior: tuple[float, ...]
    likelihood: tuple[float, ...]

    @property
    def columns(self) -> tuple[Sequence[float], ...]:
        """Prior, likelihood, joint and posterior of every hypothesis."""
        joint = [p * q for p, q in zip(self.prior, self.likelihood, strict=True)]
        return self.prior, self.likelihood, joint, [area / sum(joint) for area in joint]


def _square(prior: dict[Any, float], likelihood: dict[Any, float]) -> _Square:
    if not 2 <= len(prior) <= len(_SHADES):
        raise DataError(f"the prior has {len(prior)} hypotheses; a square shows 2 to {len(_SHADES)}.")
    if odd := [name for name in (*prior, *likelihood) if name not in prior or name not in likelihood]:
        raise DataError(f"the hypothesis {odd[0]!r} has only one of prior and likelihood; give it both.")
    for what, chances in (("prior", prior), ("likelihood", likelihood)):
        for name, chance in chances.items():
            if not 0 <= chance <= 1:
                raise DataError(f"the {what} of {name!r} is {chance}, but a probability lies between 0 and 1.")
    if not isclose(sum(prior.values()), 1, abs_tol=1e-6):
        raise DataError(f"the priors sum to {sum(prior.values()):.6g}, not to 1; divide each by that sum.")
    if not any(prior[name] * likelihood[name] for name in prior):
        raise DataError("the evidence is impossible under every hypothesis that the prior allows; one must allow it.")
    heights = tuple(float(likelihood[name]) for name in prior)
    return _Square(tuple(map(str, prior)), tuple(map(float, prior.values())), heights)


def _draw_columns(ax: Axes, square: _Square, evidence: str) -> None:
    """The square: column by column, its prior beneath, the product inside where there is room."""
    edges = np.cumsum([0.0, *square.prior]) * _SIDE
    middles = (edges[:-1] + edges[1:]) / 2
    for left, middle, p, q, product, shade in zip(
        edges, middles, square.prior, square.likelihood, _products(square), _SHADES, strict=False
    ):
        _block(ax, (left, 0), (p * _SIDE, q * _SIDE), shade)
        _block(ax, (left, q * _SIDE), (p * _SIDE, (1 - q) * _SIDE), (shade[0], ""), alpha=0.1)
        for text in product:
            if p * _SIDE > text_width(text, SMALL) + 0.12 and q * _SIDE > 0.24:
                ax.text(middle, q * _SIDE / 2, text, ha="center", va="center", size=SMALL, bbox=_GROUND, zorder=4)
                break
    for middle, (at, label) in zip(middles, _labels(square, middles), strict=True):
        ax.plot([middle, middle, at, at], [0, -0.06, -0.16, -0.2], color=GUIDE, linewidth=1)
        ax.text(at, -0.22, label, ha="center", va="top", size=SMALL)
    for height in (0, 1):
        ax.text(-0.1, height * _SIDE, f"{height}", ha="right", va="center", size=SMALL)
    ax.text(-0.35, _SIDE / 2, f"P({evidence} | hypothesis)", ha="center", va="center", rotation=90)
    ax.text(_SIDE / 2, -0.66, "width: prior", ha="center", va="top")


def _products(square: _Square) -> list[tuple[str, str]]:
    """What may be written into each shaded area, the longer text first: "0.20 × 0.60 = 0.12" or "0.12"."""
    p, q, joint = map(_written, square.columns[:3])
    return [(f"{one} × {two} = {three}", three) for one, two, three in zip(p, q, joint, strict=True)]


def _labels(square: _Square, middles: NDArray[np.float64]) -> list[tuple[float, str]]:
    """Where each column's label stands, and its text: name and prior, or the prior alone where names find no room."""
    low, high = -0.55, _BAR - 0.35
    priors = _written(square.prior)
    texts = [f"{name}\n{p}" for name, p in zip(square.names, priors, strict=True)]
    for labels in (texts, priors):
        widths = np.array([max(text_width(line, SMALL) for line in label.split("\n")) + 0.14 for label in labels])
        if widths.sum() < high - low:
            break
    after = np.cumsum(widths) - widths / 2  # packed from the left: the least each place can be, counted from the margin
    places = np.maximum.accumulate(np.maximum(middles, low + after) - after) + after
    room = high - (widths.sum() - after)
    places = np.minimum.accumulate((np.minimum(places, room) - after)[::-1])[::-1] + after
    return [(float(place), label) for place, label in zip(places, labels, strict=True)]


def _draw_posterior(ax: Axes, square: _Square) -> None:
    """The shaded areas, stacked in one bar as shares of their sum."""
    bottom = 0.0
    for share, shade in zip(square.columns[3], _SHADES, strict=False):
        _block(ax, (_BAR, bottom), (0.4, share * _SIDE), shade)
        bottom += share * _SIDE
    arrow = {"arrowstyle": "-|>", "color": INK, "linewidth": 1.5}
    ax.annotate("", (_BAR - 0.06, _SIDE / 2), (_SIDE + 0.06, _SIDE / 2), arrowprops=arrow)
    ax.text(_BAR + 0.2, -0.22, "posterior", ha="center", va="top")


def _draw_table(ax: Axes, square: _Square, ends: Sequence[float]) -> None:
    """The same numbers as rows, beside a sample of each column's shading, with their sums."""
    top = _SIDE / 2 + 0.17 * (len(square.names) + 1)
    heights = [top - 0.34 * row for row in range(1, len(square.names) + 2)]
    for name, y, shade in zip((*square.names, "sum"), heights, (*_SHADES[: len(square.names)], None), strict=True):
        if shade:
            _block(ax, (_TABLE, y - 0.1), (0.24, 0.2), shade)
        ax.text(_TABLE + 0.34, y, name, va="center")
    for end, head, texts in zip(ends, _HEADS, _table(square), strict=True):
        ax.text(end, top, head, ha="right", va="center", size=SMALL, weight="bold")
        for y, text in zip(heights, texts, strict=False):
            ax.text(end, y, text, ha="right", va="center")
    ax.plot([_TABLE, ends[-1]], [heights[-1] + 0.17] * 2, color=INK, linewidth=1)


def _table(square: _Square) -> list[list[str]]:
    """The columns of the table as texts, each but the likelihoods with its sum at the end."""
    prior, likelihood, joint, posterior = ([*column, sum(column)] for column in square.columns)
    return [_written(prior), _written(likelihood[:-1]), _written(joint), _written(posterior)]


def _ends(square: _Square) -> list[float]:
    """Where each column of the table ends, as wide as what stands in it."""
    ends = [_TABLE + 0.3 + max(text_width(name) for name in (*square.names, "sum"))]
    for head, texts in zip(_HEADS, _table(square), strict=True):
        ends.append(ends[-1] + max(1.15 * text_width(head, SMALL), *map(text_width, texts)) + 0.2)  # bold is wider
    return ends[1:]


def _block(ax: Axes, corner: Sequence[float], size: Sequence[float], shade: tuple[str, str], alpha: float = 1) -> None:
    """A shaded rectangle with a dark outline."""
    from matplotlib.patches import Rectangle

    colour, hatch = shade
    ax.add_patch(Rectangle((corner[0], corner[1]), *size, facecolor=colour, hatch=hatch, linewidth=0, alpha=alpha))
    ax.add_patch(Rectangle((corner[0], corner[1]), *size, fill=False, edgecolor=INK, linewidth=1.2, zorder=3))


def _written(chances: Sequence[float]) -> list[str]:
    """Probabilities with equally many decimals: 2 where these are exact, else 3, or more where small ones need them."""
    least = min((chance for chance in chances if chance > 0), default=1.0)
    most = max(3, 1 - floor(log10(least)))
    exact = (d for d in range(2, most) if all(isclose(chance, round(chance, d), abs_tol=1e-9) for chance in chances))
    decimals = next(exact, most)
    return [f"{chance:.{decimals}f}" for chance in chances]
