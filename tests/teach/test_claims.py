"""Claims: the sentence carries the measured numbers, the verdict follows the margin, and each claim can break."""

import subprocess
import sys

import pytest

from causalrec.errors import ExerciseError
from causalrec.teach.claims import Claim, _measured, all_claims, claim, where_it_breaks

pytestmark = pytest.mark.usefixtures("lesson")


def test_the_sentence_carries_the_measured_numbers():
    verdict = claim("0z.beats")
    assert verdict.holds
    assert repr(verdict) == (
        "Holds. Ranked by uplift, the shop gains 0.58; by the article's score, 0.18. Margin: uplift must lead by 0.05."
    )
    assert verdict.figures == {"uplift": 0.58, "article": 0.18}


def test_it_breaks_in_its_other_world_and_says_why():
    verdict = where_it_breaks("0z.beats")
    assert not verdict.holds
    assert repr(verdict) == (
        "Does not hold. Ranked by uplift, the shop gains 0.10; by the article's score, 0.18. "
        "Where showing moves nobody, uplift is noise and gains 0.10."
    )


def test_the_html_says_the_same_words():
    html = claim("0z.beats")._repr_html_()
    assert "<strong>Holds.</strong> Ranked by uplift, the shop gains 0.58;" in html
    assert "; color:" not in html


def test_claims_that_share_a_measurement_share_its_cost(lesson):
    _measured.cache_clear()
    claim("0z.beats")
    claim("0z.positive")
    where_it_breaks("0z.positive")
    claim("0z.beats")
    assert lesson.MEASURED == ["course", "no effect"]


def test_figures_cannot_be_changed_behind_the_cache():
    with pytest.raises(TypeError):
        claim("0z.beats").figures["uplift"] = 9


def test_all_claims_are_listed(lesson):
    assert all_claims() == lesson.CLAIMS
    assert repr(lesson.CLAIMS[1]) == "Claim(0z.positive: Uplift gains {uplift:.2f}.)"


def made(measure, sentence="It is {gain:.1f}."):
    return Claim("0z.made", sentence, measure, lambda figures: figures["gain"] > 0, "above 0.", 1, 2, "It shrinks.")


def test_a_faulty_measurement_is_named():
    with pytest.raises(ExerciseError, match="names gain, but its measurement gives loss"):
        made(lambda world: {"loss": 1.0}).verdict(1)
    with pytest.raises(ExerciseError, match="measured gain as nan"):
        made(lambda world: {"gain": float("nan")}).verdict(1)
    with pytest.raises(ExerciseError, match="names other"):
        made(lambda world: {"gain": 1.0}, "{gain:.1f} and {other:.1f}").verdict(1)
    with pytest.raises(ExerciseError, match="no claim 0z.none; its lesson has 0z.beats, 0z.positive"):
        claim("0z.none")


def test_the_verdict_is_plain_python_whatever_the_measurement_gives():
    import numpy as np

    verdict = made(lambda world: {"gain": np.float64(0.25)}).verdict(1)
    assert verdict.holds is True
    assert type(verdict.figures["gain"]) is float


def test_the_name_is_the_function_in_whatever_order_things_are_imported():
    code = "import causalrec.teach.claims; from causalrec.teach import Claim, claim; assert callable(claim), claim"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
