"""Every exercise of every lesson judges rightly; every claim holds in its world and breaks in its other one.

A claim on real data that are not on this machine is skipped by name.
"""

from importlib import import_module

import lesson_tools
import pytest

from causalrec.teach.claim import claims
from causalrec.teach.exercise import lesson_names, self_test

MODULES = {name: import_module(f"causalrec.teach.lessons.lesson_{name}") for name in lesson_names()}
EXERCISES = [exercise for module in MODULES.values() for exercise in getattr(module, "EXERCISES", ())]
CLAIMS = claims()


@pytest.mark.parametrize("name", MODULES)
def test_a_lesson_has_exercises_and_claims(name):
    assert MODULES[name].EXERCISES
    assert MODULES[name].CLAIMS
    assert set(MODULES[name].CLAIMS) <= set(CLAIMS)


def of_id(item):
    return item.id


@pytest.mark.parametrize("name", MODULES)
def test_a_lessons_ids_are_its_own_and_differ(name):
    module = MODULES[name]
    for kind in ("EXERCISES", "CLAIMS"):
        ids = [item.id for item in getattr(module, kind, ())]
        assert len(set(ids)) == len(ids)
        assert [identifier for identifier in ids if identifier.split(".")[0] != name] == []


@pytest.mark.parametrize("exercise", EXERCISES, ids=of_id)
def test_the_stub_every_mistake_and_the_solution_get_their_verdicts(exercise):
    seen = self_test(exercise)
    assert seen[0][1].verdict == "not attempted"
    assert {feedback.verdict for _, feedback in seen[1:-1]} <= {"wrong", "almost"}
    assert seen[-1][1].verdict == "right"


@pytest.fixture
def _with_its_data(claim):
    if why := lesson_tools.lacking(claim.id.partition(".")[0]):
        pytest.skip(f"claim {claim.id}: {why}")


@pytest.mark.parametrize("claim", CLAIMS, ids=of_id)
@pytest.mark.usefixtures("_with_its_data")
def test_each_claim_holds_in_its_world(claim):
    verdict = claim.verdict(claim.world)
    assert verdict.holds, verdict


@pytest.mark.parametrize("claim", CLAIMS, ids=of_id)
@pytest.mark.usefixtures("_with_its_data")
def test_each_claim_breaks_in_its_other_world(claim):
    verdict = claim.verdict(claim.breaks_in)
    assert not verdict.holds, verdict
    assert claim.breaks_because.strip()
    assert claim.margin.strip()
