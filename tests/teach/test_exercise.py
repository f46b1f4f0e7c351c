"""Feedback: what is said to stubs, slips, odd types, exceptions and right answers, and that checks check."""

import decimal
import fractions

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from causalrec.errors import ExerciseError
from causalrec.teach import check, hint, self_test, solution
from causalrec.teach.exercise import Exercise, Mistake
from causalrec.teach.judge import Case, Choice, Function, Guess, Number, Order, Vector

pytestmark = pytest.mark.usefixtures("lesson")


def verdict(exercise, answer):
    return check(exercise, answer).verdict


# --- every exercise checks itself -----------------------------------------------------------------------------------


@pytest.mark.parametrize("number", range(1, 9))
def test_each_kind_passes_its_own_test(lesson, number):
    exercise = lesson.EXERCISES[number - 1]
    seen = self_test(exercise)
    assert [feedback.verdict for _, feedback in (seen[0], seen[-1])] == ["not attempted", "right"]
    assert len(seen) == 2 + len(exercise.mistakes)


def number_exercise(**changes):
    fields = {
        "id": "0z.9", "prompt": "?", "judge": Number(0.45, 0.005), "solution": "s", "hints": ("h",),
        "mistakes": (Mistake(0.5, "level"),),
    }  # fmt: skip
    return Exercise(**{**fields, **changes})


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"mistakes": (Mistake(0.452, "inside the tolerance"),)}, "answers 'Right"),
        ({"mistakes": (Mistake(0.5, "one"), Mistake(0.5, "two"))}, "to the mistake 'two'"),
        ({"mistakes": (Mistake(0.5, "one"), Mistake(0.6, "one"))}, "same words"),
        ({"mistakes": (Mistake(float("nan"), "unreadable"),)}, "to the mistake 'unreadable'"),
        ({"mistakes": ()}, "no typical mistake"),
        ({"hints": ()}, "no hint"),
        ({"solution": " "}, "no solution"),
        ({"prompt": ""}, "no prompt"),
        ({"judge": Number(float("nan"), 0.1)}, "its own solution"),
        ({"judge": Number(2.0, 0.1, high=1), "mistakes": (Mistake(0.5, "m", when=lambda value: value < 1),)}, None),
        ({"judge": Choice({"a": "why", "b": ""}, right="a"), "mistakes": ()}, "without an explanation"),
        ({"judge": Function(len, (Case(([1],), 2),)), "mistakes": ()}, "its own solution"),
    ],
)
def test_a_faulty_exercise_is_found(changes, told):
    exercise = number_exercise(**changes)
    if told is None:
        assert len(self_test(exercise)) == 3
    else:
        with pytest.raises(ExerciseError, match=told):
            self_test(exercise)


def test_a_right_option_must_be_on_offer():
    with pytest.raises(ExerciseError, match="not among"):
        Choice({"a": "why"}, right="b")


# --- numbers --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "answer",
    [
        0.45, 0.4549, np.float64(0.45), np.float32(0.45), np.array(0.45), np.array([0.45]), [0.45], pd.Series([0.45]),
        fractions.Fraction(9, 20), decimal.Decimal("0.45"),
    ],
)  # fmt: skip
def test_a_number_in_any_dress_is_read(answer):
    assert repr(check("0z.1", answer)) == "Right. Showing adds 0.45."


@pytest.mark.parametrize(
    ("answer", "expected", "told"),
    [
        (..., "not attempted", "Replace the dots"),
        ([...], "not attempted", "Replace the dots"),
        (0.5, "wrong", "with showing"),
        (0.2, "wrong", 'hint("0z.1", 1)'),
        (0.46, "almost", "very near"),
        (-0.45, "almost", "sign"),
        (45, "almost", "percent"),
        (7, "wrong", "between -1 and 1"),
        ("0.45", "almost", "leave the quotes out"),
        ("0.30", "wrong", "leave the quotes out"),
        ("much", "wrong", "the text 'much'"),
        ("nan", "wrong", "the text 'nan'"),
        (b"0.45", "wrong", "one number is expected"),
        (None, "wrong", "None"),
        (True, "wrong", "true or false"),
        (np.bool_(False), "wrong", "true or false"),
        (float("nan"), "wrong", "nan"),
        (pd.NA, "wrong", "one number is expected"),
        (np.float64("inf"), "wrong", "infinite"),
        (10**400, "wrong", "infinite"),
        (0.45 + 0j, "wrong", "one number is expected"),
        ([0.1, 0.2], "wrong", "a list of 2 values"),
        (np.zeros((2, 3)), "wrong", "an array of shape (2, 3)"),
        (pd.Series([0.4, 0.5, 0.6]), "wrong", "a Series of 3 values"),
        (pd.DataFrame({"a": [1]}), "wrong", "between -1 and 1"),
        ({0.45}, "wrong", "a set of 1 value"),
        ({"a": 0.45}, "wrong", "a dict of 1 value"),
        (max, "wrong", "not what comes out of calling it"),
        (object(), "wrong", "an object"),
        (np.datetime64("2020-01-01"), "wrong", "one number is expected"),
    ],
)  # fmt: skip
def test_each_slip_with_a_number_has_its_own_words(answer, expected, told):
    if isinstance(answer, pd.DataFrame):
        answer = answer * 3
    feedback = check("0z.1", answer)
    assert feedback.verdict == expected
    assert told in feedback.message


anything = st.one_of(
    st.none(), st.booleans(), st.floats(), st.integers(), st.text(), st.complex_numbers(), st.binary(),
    st.lists(st.floats(), max_size=3), st.dictionaries(st.text(), st.floats(), max_size=2),
)  # fmt: skip


@given(anything)
def test_whatever_is_given_gets_feedback_never_an_exception(answer):
    for exercise in (
        number_exercise(),
        number_exercise(judge=Guess(0, 1)),
        number_exercise(judge=Vector([1, 2], 0.1), mistakes=()),
        number_exercise(judge=Order(("a", "b")), mistakes=()),
        number_exercise(judge=Choice({"a": "why", "b": "why"}, "a"), mistakes=()),
        number_exercise(judge=Function(len, (Case(([1],), 1),)), mistakes=()),
    ):
        feedback = exercise.check(answer)
        assert feedback.verdict in ("wrong", "almost", "right")
        assert " at 0x" not in repr(feedback)


# --- options, names, arrays, rankings -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("exercise", "answer", "expected", "told"),
    [
        ("0z.2", " Seeing ", "right", "share among the rows"),
        ("0z.2", np.str_("doing"), "wrong", "nobody intervened"),
        ("0z.2", "dreaming", "wrong", "choose from seeing, doing, imagining"),
        ("0z.2", 3.5, "wrong", "a name in quotes"),
        ("0z.3", {"activity", "score"}, "right", ""),
        ("0z.3", "score, Activity", "right", ""),
        ("0z.3", pd.Index(["score", "activity", "score"]), "right", ""),
        ("0z.3", ["activity"], "almost", "One name is missing."),
        ("0z.3", set(), "wrong", "2 names are missing."),
        ("0z.3", {"clicked"}, "wrong", "clicked lies between cause and effect. 2 names are missing."),
        ("0z.3", ["activity", "score", "clicked"], "wrong", "Holding clicked fixed"),
        ("0z.3", {"price"}, "wrong", "'price' is not on offer"),
        ("0z.3", {1.5}, "wrong", "a name in quotes"),
        ("0z.3", 5, "wrong", "a set of names"),
        ("0z.3", "score activity", "right", ""),
        ("0z.3", "score price", "wrong", "'score price' is not on offer"),
        ("0z.5", [0, 0.45, -0.1], "right", ""),
        ("0z.5", pd.Series([0, 0.45, -0.1], index=[7, 8, 9]), "right", ""),
        ("0z.5", np.array([[0], [0.45], [-0.1]]), "right", ""),
        ("0z.5", [0.45, 0, -0.1], "almost", "order"),
        ("0z.5", [0, 0.45, 0.1], "almost", "2 of 3 values are right; look at value 3."),
        ("0z.5", [1, 2, 3], "wrong", "0 of 3"),
        ("0z.5", [0.4, 0.5, 0.1], "wrong", "levels with showing"),
        ("0z.5", [0, 0.45], "wrong", "shape (2,); shape (3,)"),
        ("0z.5", [0, float("nan"), 0], "wrong", "Value 2"),
        ("0z.5", ["0", "1", "2"], "wrong", "array of numbers"),
        ("0z.5", [[1], [2, 3]], "wrong", "array of numbers"),
        ("0z.5", {0, 1, 2}, "wrong", "a set of 3 values"),
        ("0z.6", ("Persuadable", "sure thing", "annoyed"), "right", ""),
        ("0z.6", np.array(["annoyed", "sure thing", "persuadable"]), "almost", "upside down"),
        ("0z.6", ["sure thing", "persuadable", "annoyed"], "almost", "order of interest"),
        ("0z.6", ["persuadable", "annoyed", "sure thing"], "almost", "Places 2 and 3 are swapped."),
        ("0z.6", ["sure thing", "annoyed", "persuadable"], "wrong", "Place 1"),
        ("0z.6", ["persuadable", "annoyed"], "wrong", "sure thing is missing"),
        ("0z.6", ["persuadable", "annoyed", "annoyed"], "wrong", "sure thing is missing"),
        ("0z.6", {"persuadable", "sure thing", "annoyed"}, "wrong", "no order"),
        ("0z.6", "persuadable", "wrong", "a list of names"),
    ],
)
def test_each_kind_says_what_is_wrong(exercise, answer, expected, told):
    feedback = check(exercise, answer)
    assert feedback.verdict == expected
    assert told in feedback.message


def test_items_may_be_numbers():
    exercise = number_exercise(judge=Order(("7", "3")), mistakes=())
    assert exercise.check(np.array([7, 3])).verdict == "right"


# --- functions ------------------------------------------------------------------------------------------------------


def test_a_function_is_tried_on_several_inputs():
    assert repr(check("0z.4", lambda mu0, mu1: np.float64(mu1 - mu0))) == "Right. That is τ."
    assert check("0z.4", lambda mu0, mu1: mu1).message == "That is the level with showing; subtract the level without."
    half = check("0z.4", lambda mu0, mu1: mu1 - mu0 if mu0 else 1.0)
    assert half.verdict == "almost"
    assert half.message == "Right for 2 of 3 inputs, but for mu0=0, mu1=0.2 your function gives 1; 0.2 is expected."
    assert "For mu0=0.05, mu1=0.5 your function gives 7; 0.45 is expected." in check("0z.4", lambda a, b: 7).message


@pytest.mark.parametrize(
    ("function", "expected", "told"),
    [
        (lambda mu0, mu1: mu1 / mu0, "wrong", "stops with ZeroDivisionError (float division by zero) for mu0=0"),
        (lambda mu0: mu0, "wrong", "TypeError"),
        (lambda mu0, mu1: None, "wrong", "end it with `return`"),
        (lambda mu0, mu1: ..., "not attempted", "Replace the dots"),
        (lambda mu0, mu1: "0.45", "wrong", "gives '0.45'"),
        (0.45, "wrong", "its name without brackets"),
        ("uplift", "wrong", "its name without brackets"),
    ],
)
def test_a_function_that_fails_is_explained(function, expected, told):
    if told.startswith("stops with Zero"):  # only the third case divides by zero

        def right_until_zero(mu0, mu1):
            return mu1 - mu0 if mu0 else mu1 / mu0

        function = right_until_zero
    feedback = check("0z.4", function)
    assert feedback.verdict == expected
    assert told in feedback.message


def test_a_function_gets_copies_of_its_inputs():
    given_list = [3, 1, 2]
    cases = (Case((given_list,), [1, 2, 3]), Case((given_list,), [1, 2, 3]))
    exercise = number_exercise(judge=Function(sorted, cases), mistakes=())

    def in_place(values):
        values.sort()
        return values

    assert exercise.check(in_place).verdict == "right"
    assert given_list == [3, 1, 2]


def test_an_address_in_an_exception_is_left_out():
    def fails(values):
        raise ValueError(f"cannot use {object()}\nand more")

    exercise = number_exercise(judge=Function(len, (Case(([],), 0),)), mistakes=())
    assert "ValueError (cannot use <object object>)" in exercise.check(fails).message


@pytest.mark.parametrize(
    ("result", "expected", "same"),
    [
        (0.3, 0.1 + 0.2, True),
        (np.array([1.0, 2.0]), [1, 2], True),
        ([1.0], [1, 2], False),
        (1, True, False),
        (np.bool_(True), True, True),
        ({"b", "a"}, {"a", "b"}, True),
        (["a", "b"], {"a", "b"}, False),
        (("a", 1.0), ("a", 1), True),
        (["a"], ["a", "b"], False),
        (3, ("a", "b"), False),
        ({"x": 1.0}, {"x": 1}, True),
        ({"x": 1.0}, {"y": 1}, False),
        (None, None, True),
        ("1", 1, False),
    ],
)
def test_results_of_functions_compare_by_value(result, expected, same):
    exercise = number_exercise(judge=Function(len, (Case((0,), expected),)), mistakes=())
    if expected is None:  # a function that gives nothing back is asked for a return
        assert "return" in exercise.check(lambda _: result).message
    else:
        assert (exercise.check(lambda _: result).verdict == "right") is same


# --- guesses, hints, solutions, ids ---------------------------------------------------------------------------------


def test_a_guess_commits_and_nothing_more():
    assert repr(check("0z.7", 0.3)) == "Noted. Your guess is 0.3. Read on."
    assert verdict("0z.7", 0.3) == verdict("0z.8", "interest") == "right"
    assert "between 0 and 1" in check("0z.7", 30).message
    assert "quotes" in check("0z.7", "0.3").message
    assert "choose from interest, uplift" in check("0z.8", "price").message
    assert verdict("0z.7", ...) == "not attempted"


def test_hints_and_solutions():
    assert repr(hint("0z.1", 2)) == "Hint 2 of 2. Subtract what happens without."
    assert repr(hint("0z.1")) == "Hint 1 of 2. Compare two worlds."
    assert repr(hint("0z.2", 5)) == 'There is no hint 5. 0z.2 has only 1 hint; `solution("0z.2")` shows the answer.'
    assert repr(hint("0z.7", 1)) == 'There is no hint 1. 0z.7 has no hints; `solution("0z.7")` shows the answer.'
    assert solution("0z.1")._repr_markdown_() == "**Solution of 0z.1.** `answer = 0.50 - 0.05`"
    assert "return mu1 - mu0\n```" in solution("0z.4").text


@pytest.mark.parametrize(
    ("identifier", "told"),
    [
        ("0z.77", "its lesson has 0z.1, 0z.2"),
        ("9z.1", "no lesson '9z'.*0z"),
        ("0z", "lesson, dot and name"),
        (0.45, "lesson, dot and name"),
        ("../x.y", "lesson, dot and name"),
    ],
)
def test_an_unknown_exercise_is_told_what_there_is(identifier, told):
    with pytest.raises(ExerciseError, match=told):
        check(identifier, 1)


# --- how it looks ---------------------------------------------------------------------------------------------------


def test_feedback_escapes_and_keeps_the_pages_own_text_colour():
    feedback = number_exercise(mistakes=(Mistake(0.5, "Use `a < b` & not <b>."),)).check(0.5)
    html = feedback._repr_html_()
    assert "<code>a &lt; b</code> &amp; not &lt;b&gt;." in html
    assert "<strong>Wrong.</strong>" in html
    assert "; color:" not in html
    assert "background" not in html
    assert repr(feedback) == "Wrong. Use `a < b` & not <b>."


def test_reprs_are_short_and_stable(lesson):
    assert repr(lesson.EXERCISES[3]) == "Exercise(0z.4, function)"
    for exercise in lesson.EXERCISES:
        for _, feedback in self_test(exercise):
            assert " at 0x" not in repr(feedback) + feedback._repr_html_()
