"""What every figure shares: its style, new axes, the description that hangs on them, and showing both."""

from __future__ import annotations

import logging
import sys
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from typing import TYPE_CHECKING, Any

import matplotlib

from causalrec.errors import CausalrecError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_OKABE_ITO: Mapping[str, Any] = dict(
    zip(
        ("black", "orange", "sky blue", "green", "yellow", "blue", "vermillion", "purple"),
        matplotlib.color_sequences["okabe_ito"]
        if "okabe_ito" in matplotlib.color_sequences  # since matplotlib 3.11
        else ("#000000", "#E69F00", "#56B4E9", "#009E73", "#F0E442", "#0072B2", "#D55E00", "#CC79A7"),
        strict=True,
    )
)
BLUE, VERMILLION, GREEN, PURPLE = (_OKABE_ITO[name] for name in ("blue", "vermillion", "green", "purple"))
SERIES = ((BLUE, "o", ""), (VERMILLION, "s", "//"), (GREEN, "^", ".."), (PURPLE, "D", "\\\\"))
"""Colour, marker and hatching of the first, second, … group: marker or hatching tells them apart without colour."""

INK, REFERENCE, GUIDE = "#1a1a1a", "#444444", "#888888"
SMALL = 10.0
"""Points; the smallest text in a figure."""

_STYLE: Any = {  # typed loosely: matplotlib types the key of every setting
    "figure.facecolor": "white",
    "axes.facecolor": "white",
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": "#666666",
    "xtick.color": INK,
    "ytick.color": INK,
    "font.family": "DejaVu Sans",  # comes with matplotlib: the same on every machine
    "font.size": 11.0,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#dddddd",
    "grid.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "hatch.color": "white",
    "legend.frameon": False,
}
_SCREEN_DPI, _FILE_DPI = 96, 144  # shown at the first, stored at the second: sharp on fine screens, small in a file


@dataclass(frozen=True, repr=False)
class _Picture:
    """A PNG with its alternative text, as a notebook displays it."""

    png: bytes
    alt: str
    width: int

    def __repr__(self) -> str:
        return f"Figure: {self.alt}"

    def _repr_mimebundle_(self, **_: Any) -> tuple[dict[str, str], dict[str, dict[str, Any]]]:
        return {"image/png": b64encode(self.png).decode()}, {"image/png": {"alt": self.alt, "width": self.width}}


@dataclass(frozen=True, repr=False)
class _Words:
    """A description as visible text."""

    text: str

    def __repr__(self) -> str:
        return f"In words: {self.text}"

    def _repr_markdown_(self) -> str:
        escaped = "".join(f"\\{sign}" if sign in "\\`*_$<>[]#|~" else sign for sign in self.text)
        return f"*In words:* {escaped}"


def show(ax: Axes) -> None:
    """None; displays the figure of these axes as a PNG and, beneath it, its description in words, then closes it.

    The alternative text is the description's first clause: what follows in full need not be read out twice.

    Raises:
        CausalrecError: the axes were drawn without a description.

    First taught: lesson 0.
    """
    from IPython.display import display

    figure = ax.get_figure(root=True)
    assert figure is not None
    words = " ".join(description(one) for one in figure.axes if description(one))
    if not words:
        raise CausalrecError("these axes have no description; draw with a function of causalrec.teach or set_label.")
    first = words.split(": ")[0].split(". ")[0].rstrip(".")
    display(_Picture(png(ax), f"{first}. Described in words below.", round(figure.get_figwidth() * _SCREEN_DPI)))
    display(_Words(words))
    if pyplot := sys.modules.get("matplotlib.pyplot"):  # a figure made there would be shown a second time
        pyplot.close(figure)


def png(ax: Axes) -> bytes:
    """The figure of these axes as the bytes of a PNG file, the same on every run."""
    file, figure = BytesIO(), ax.get_figure(root=True)
    assert figure is not None
    with style():
        figure.savefig(file, format="png", dpi=_FILE_DPI, metadata={"Software": None})
    return file.getvalue()


def description(ax: Axes) -> str:
    """What the figure on these axes shows, in words; empty where nothing was drawn yet."""
    return str(ax.get_label())


def described(ax: Axes, words: str) -> Axes:
    """The axes, with their description hung on them."""
    ax.set_label(words)
    return ax


@contextmanager
def style() -> Iterator[None]:
    """A context in which matplotlib draws in the kit's style, whatever style the notebook has set."""
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(_STYLE)
        yield


def new_axes(width: float, height: float, *, bare: bool = False) -> Axes:
    """Axes on a figure of this size in inches, unknown to pyplot: nothing to close, nothing shown by itself.

    Bare axes fill the figure and leave no room for labels.
    """
    # On a new machine matplotlib builds a cache of fonts and says so in the notebook's output.
    logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)
    from matplotlib.figure import Figure

    if bare:
        return Figure(figsize=(width, height), dpi=_SCREEN_DPI).add_axes((0, 0, 1, 1))
    return Figure(figsize=(width, height), dpi=_SCREEN_DPI, layout="constrained").add_subplot()


def blank(ax: Axes | None, low: tuple[float, float], high: tuple[float, float]) -> Axes:
    """Axes without frame or ticks; new ones fill a figure of the extent's size, so that a unit is an inch."""
    ax = ax or new_axes(high[0] - low[0], high[1] - low[1], bare=True)
    ax.set_axis_off()
    ax.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]))
    ax.set_aspect("equal")
    return ax


@cache
def text_width(text: str, size: float = 11.0) -> float:
    """The width of a text in inches, in the style's font."""
    from matplotlib.textpath import TextPath

    return float(TextPath((0, 0), text, size=size).get_extents().width) / 72 if text.strip() else 0.0
