"""Every exercise of every lesson judges rightly; every claim holds in its world and breaks in its other one.

A claim on real data that are not on this machine is skipped by name.
"""

import pytest

from causalrec.course.notebooks import lacking
from causalrec.teach.claims import all_claims
from causalrec.teach.exercise import self_test
from causalrec.teach.shelf import items, lesson_names

EXERCISES_OF = {name: items("exercises", name) for name in lesson_names()}
CLAIMS_OF = {name: items("claims", name) for name in lesson_names()}
EXERCISES = [exercise for exercises in EXERCISES_OF.values() for exercise in exercises]
CLAIMS = all_claims()


@pytest.mark.parametrize("name", lesson_names())
def test_a_lesson_has_exercises_and_claims(name):
    assert EXERCISES_OF[name]
    assert CLAIMS_OF[name]
    assert set(CLAIMS_OF[name]) <= set(CLAIMS)


def of_id(item):
    return item.id


@pytest.mark.parametrize("name", lesson_names())
def test_a_lessons_ids_are_its_own_and_differ(name):
    for own in (EXERCISES_OF[name], CLAIMS_OF[name]):
        ids = [one.id for one in own]
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
    if why := lacking(claim.id.partition(".")[0]):
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
