"""The worlds of the lessons' claims: the shop's presets, and each with one thing changed.

A claim holds in one world and breaks in another; which equation made the difference stands here, once for all lessons.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from causalrec.shop.model import PRESETS, Logistic, Preset, preset_named

World = tuple[str, int]
"""The name of a world, for `preset` or for a lesson's own model, and its seed."""

COURSE: World = ("course", 2026)

_COURSE, _SIMPSON = PRESETS["course"], PRESETS["simpson"]


def _without(equation: Logistic, parent: str) -> Logistic:
    return replace(equation, weights={**equation.weights, parent: 0.0})


def _by_lot() -> Preset:
    return replace(_COURSE, show=Logistic(-1.5, {}), annoyance=0.0)


def _without_taste() -> Preset:
    browse, click, buy = (_without(step, "affinity") for step in (_COURSE.browse, _COURSE.click, _COURSE.buy))
    return replace(_COURSE, annoyance=0.0, browse=browse, click=click, buy=buy)


def _all_in_the_log() -> Preset:
    click, buy = _without(_COURSE.click, "quality"), _without(_COURSE.buy, "quality")
    return replace(_COURSE, annoyance=0.0, score_correlation=1.0, click=click, buy=buy)


_CHANGED: Mapping[str, Callable[[], Preset]] = {
    # who is shown what
    "at random": lambda: replace(_COURSE, show=Logistic(-1.5, {})),
    "shown by lot": lambda: replace(_COURSE, show=Logistic(_COURSE.show.intercept, {})),
    "by lot": _by_lot,  # and nobody is annoyed
    "bestsellers first": lambda: replace(_COURSE, show=Logistic(-2.0, {"popularity": 1.5})),
    "blind to activity": lambda: replace(_SIMPSON, show=Logistic(-0.5, {})),
    # what is come across
    "evenly found": lambda: replace(_COURSE, browse=_without(_COURSE.browse, "popularity")),  # popular or not
    "found alike": lambda: replace(_by_lot(), browse=Logistic(-2.0, {})),  # liked or not, too
    "found only if shown": lambda: replace(_COURSE, browse=replace(_COURSE.browse, intercept=-7.0)),
    "nobody looks": lambda: replace(_COURSE, noticed=0.0, annoyance=0.0),  # at what is recommended
    "many looks": lambda: replace(_COURSE, browse=Logistic(5.0, {}), candidates=168),  # nearly all of all known items
    # what they think of it
    "all annoyed": lambda: replace(_COURSE, annoyed_below=99.0),  # not those alone whom an item does not suit
    "no annoyance": lambda: replace(_COURSE, annoyance=0.0),
    "without taste": _without_taste,  # whom an item suits makes no difference to anything
    "all in the log": _all_in_the_log,  # the score is the taste itself, and an item's quality sells nothing
}


def preset(name: str) -> Preset:
    """The preset of that name, or the course's (or the shop of the quiet users') with one thing changed.

    Raises:
        ModelError: there is no such world.
    """
    return _CHANGED[name]() if name in _CHANGED else preset_named(name)
