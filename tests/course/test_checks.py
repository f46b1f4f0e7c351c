"""The stages of `start.py test` and the lessons of `start.py run`, with the tools' answers faked."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

import pytest

from causalrec.course import checks
from causalrec.course.processors import LessonRun
from causalrec.errors import CausalrecError, MachineError


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A course folder of its own, with a space in its path."""
    root = tmp_path / "my course"
    (root / "notebooks").mkdir(parents=True)
    monkeypatch.setattr(checks, "ROOT", root)
    monkeypatch.setattr(checks, "BUILD", root / "build")
    monkeypatch.setattr(checks, "lessons_folder", lambda: root / "notebooks")
    monkeypatch.setattr(checks, "raise_loopback", lambda: None)
    return root


@pytest.fixture
def lessons(place):
    for stem in ("0_start_here", "5b_combined_ranking"):
        (place / "notebooks" / f"{stem}.ipynb").write_text("{}", "utf-8")
    return place


def answer(monkeypatch, answers: dict[str, tuple[int, str]]) -> list[list[str]]:
    """Let `ask` answer by the first of these words that a command holds; the list of commands it was asked."""
    asked = []

    def ask(command, quiet=False):
        asked.append(command)
        code, text = next((value for word, value in answers.items() if word in command), (0, ""))
        return code, text

    monkeypatch.setattr(checks, "ask", ask)
    return asked


GOOD = {
    "ruff": (0, "All checks passed!\n"), "mypy": (0, "Success: no issues found in 20 source files\n"),
    "--nbval": (0, "....\n40 passed in 9.10s\n"), "tests": (0, "....\n310 passed, 2 skipped, 1 warning in 60.2s\n"),
}
PRESENT = {"present": (0, "notebooks/5b_combined_ranking.ipynb\n")}


def test_test_runs_all_stages_and_counts(lessons, monkeypatch, capsys):
    asked = answer(monkeypatch, {**GOOD, **PRESENT})
    monkeypatch.setattr(checks, "run_lessons", None)
    assert checks.main(["test"]) == 0
    assert len(asked) == 5
    assert asked[4][-2:] == ["--nbval-cell-timeout=180", str(lessons / "notebooks" / "5b_combined_ranking.ipynb")]
    assert capsys.readouterr().out.splitlines()[-1] == "352 passed, 0 failed, 2 skipped"


def test_where_it_cannot_be_told_which_lessons_have_their_data_all_are_run(lessons, monkeypatch):
    asked = answer(monkeypatch, {**GOOD, "present": (1, "Traceback: no module named pandas\n")})
    checks.main(["test"])
    assert [Path(word).stem for word in asked[4][-2:]] == ["0_start_here", "5b_combined_ranking"]


@pytest.mark.parametrize(("passed", "code", "last"), [
    ((True, True), 0, "354 passed, 0 failed, 2 skipped"), ((True, False), 1, "353 passed, 1 failed, 2 skipped"),
])
def test_processors_are_one_more_stage_a_line_a_lesson(passed, code, last, lessons, monkeypatch, capsys):
    answer(monkeypatch, {**GOOD, **PRESENT})
    given = []

    def run_lessons(chosen):
        given.extend(chosen)
        yield LessonRun("old", "5b_combined_ranking", passed[0], 12.3, "as saved")
        yield LessonRun("one thread", "5b_combined_ranking", passed[1], 8.0, "0.63 is saved, 0.64 came out")

    monkeypatch.setattr(checks, "run_lessons", run_lessons)
    monkeypatch.setattr(checks, "left_out", lambda: "middle: left out.")
    assert checks.main(["test", "--processors"]) == code
    assert given == [lessons / "notebooks" / "5b_combined_ranking.ipynb"]
    lines = capsys.readouterr().out.splitlines()
    stage = lines[lines.index("--- processors") + 1:]
    assert stage[0] == "middle: left out."
    assert stage[1].split() == ["old", "5b_combined_ranking", "ok", "12", "s"]
    assert stage[2].split() == ["one", "thread", "5b_combined_ranking", "FAILED" if code else "ok", "8", "s"]
    assert ("0.63 is saved, 0.64 came out" in stage) is bool(code)
    assert "as saved" not in stage
    assert any(line.split()[:2] == ["processors", "FAILED" if code else "ok"] for line in stage)
    assert lines[-1] == last


@pytest.mark.parametrize(("word", "bad", "last"), [
    ("ruff", (1, "Found 3 errors.\n"), "311 passed, 3 failed, 2 skipped"),
    ("mypy", (2, "mypy: can't read file\n"), "311 passed, 1 failed, 2 skipped"),
    ("tests", (1, "2 failed, 300 passed, 1 error in 3.1s\n"), "302 passed, 3 failed, 0 skipped"),
    ("tests", (4, ""), "2 passed, 1 failed, 0 skipped"),
])
def test_test_goes_on_to_the_end_and_fails(word, bad, last, place, monkeypatch, capsys):
    asked = answer(monkeypatch, {**GOOD, word: bad})
    assert checks.main(["test"]) == 1
    assert len(asked) == 4  # no lessons here
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == last
    assert sum("FAILED" in line for line in lines) == 1


def test_a_tool_is_asked_offline_without_input_and_shown_as_it_comes(capfd):
    code = "import os, sys; print(os.environ['HF_HUB_OFFLINE'], os.environ['PYTHONHASHSEED'], repr(sys.stdin.read()))"
    assert checks.ask([sys.executable, "-c", code + "; sys.exit(3)"]) == (3, "1 0 ''\n")
    assert capfd.readouterr().out == "1 0 ''\n"
    assert checks.ask([sys.executable, "-c", code], quiet=True) == (0, "1 0 ''\n")
    assert capfd.readouterr().out == ""


@pytest.mark.parametrize(("code", "text", "counted"), [
    (0, "3 passed in 1s\n", {"passed": 3}),
    (0, "All good\n", {"passed": 1}),
    (1, "5 passed\n1 failed, 2 passed, 3 skipped, 1 error\n", {"passed": 2, "failed": 2, "skipped": 3}),
    (1, "3 passed\n", {"passed": 3, "failed": 1}),
    (2, "", {"failed": 1}),
])
def test_counts_come_from_the_last_line_or_the_exit_code(code, text, counted):
    assert +checks.count(code, text) == Counter(counted)


@pytest.mark.parametrize(("names", "chosen"), [
    ([], ["0_start_here", "5b_combined_ranking"]), (["5b"], ["5b_combined_ranking"]),
    (["0_start_here"], ["0_start_here"]), (["5b", "0"], ["0_start_here", "5b_combined_ranking"]),
])
def test_run_takes_the_lessons_named(names, chosen, lessons, monkeypatch):
    asked = answer(monkeypatch, {})
    assert checks.main(["run", *names]) == 0
    assert [Path(command[-1]) for command in asked] == [lessons / "build" / f"{stem}.ipynb" for stem in chosen]


def test_run_fails_with_a_lesson_and_goes_on(lessons, monkeypatch, capsys):
    asked = answer(monkeypatch, {str(lessons / "notebooks" / "0_start_here.ipynb"): (1, "0_start_here FAILED\n")})
    assert checks.main(["run"]) == 1
    assert len(asked) == 2
    assert "1 passed, 1 failed, 0 skipped" in capsys.readouterr().out


def test_run_counts_a_lesson_without_its_data_as_skipped(lessons, monkeypatch, capsys):
    answer(monkeypatch, {"execute": (5, "5b_combined_ranking skipped: run `python3 start.py data reviews`\n")})
    assert checks.main(["run", "5b"]) == 0
    out = capsys.readouterr().out
    assert "0 passed, 0 failed, 1 skipped" in out


@pytest.mark.parametrize(("error", "code"), [(CausalrecError("No lesson."), 2), (MachineError("No loopback."), 1)])
@pytest.mark.parametrize("words", [["run", "9z"], ["test"]])
def test_trouble_is_one_line_on_the_error_stream(words, error, code, place, monkeypatch, capsys):
    def trouble(*_):
        raise error

    monkeypatch.setattr(checks, {"run": "execute_lessons", "test": "run_checks"}[words[0]], trouble)
    assert checks.main(words) == code
    assert capsys.readouterr() == ("", f"start.py: {error}\n")


def test_an_unknown_lesson_is_told_with_those_there_are(lessons, capsys):
    assert checks.main(["run", "9z"]) == 2
    assert capsys.readouterr() == ("", "start.py: there is no lesson '9z'; there are: 0, 5b.\n")


def test_control_c_ends_without_a_traceback(place, monkeypatch, capsys):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(checks, "execute_lessons", interrupt)
    assert checks.main(["run"]) == 130
    assert "Stopped." in capsys.readouterr().out
