"""The worlds of claims: each changes what it says, and nothing else."""

from __future__ import annotations

from dataclasses import fields

import pytest

from causalrec.errors import ModelError
from causalrec.shop import PRESETS
from notebooks.claims.worlds import preset

CHANGED = {
    "at random": {"show"},
    "shown by lot": {"show"},
    "by lot": {"show", "annoyance"},
    "bestsellers first": {"show"},
    "evenly found": {"browse"},
    "found alike": {"show", "browse", "annoyance"},
    "found only if shown": {"browse"},
    "nobody looks": {"noticed", "annoyance"},
    "many looks": {"browse", "candidates"},
    "all annoyed": {"annoyed_below"},
    "no annoyance": {"annoyance"},
    "without taste": {"browse", "click", "buy", "annoyance"},
    "all in the log": {"click", "buy", "annoyance", "score_correlation"},
}


@pytest.mark.parametrize("name", CHANGED)
def test_a_world_differs_from_the_course_in_what_it_says(name: str) -> None:
    here, course = preset(name), PRESETS["course"]
    assert {f.name for f in fields(here) if getattr(here, f.name) != getattr(course, f.name)} == CHANGED[name]


def test_the_other_worlds() -> None:
    blind, quiet = preset("blind to activity"), PRESETS["simpson"]
    assert {f.name for f in fields(blind) if getattr(blind, f.name) != getattr(quiet, f.name)} == {"show"}
    assert preset("proxy") is PRESETS["proxy"]
    with pytest.raises(ModelError, match="no preset is called 'nowhere'"):
        preset("nowhere")
