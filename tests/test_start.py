"""start.py in every trouble it knows, with the failures faked; nothing is installed here."""

from __future__ import annotations

import ast
import contextlib
import socket
import sys
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest

import start

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A course folder of its own, with a space in its path, in which start.py believes to be."""
    root = tmp_path / "my course"
    root.mkdir()
    (root / "notebooks").mkdir()
    (root / "pyproject.toml").write_text("[project]\n", "utf-8")
    (root / "constraints.txt").write_text("numpy==2.3.5\ntorch==2.13.0\n", "utf-8")
    venv = root / ".venv"
    places = {"ROOT": root, "VENV": venv, "STAMP": venv / "causalrec-ready", "BUILD": root / "build"}
    for name, path in {**places, "PYTHON": str(venv / "bin" / "python")}.items():
        monkeypatch.setattr(start, name, path)
    monkeypatch.setattr(start, "check_loopback", lambda: None)
    return root


@pytest.fixture
def steps(place, monkeypatch):
    """The steps a set-up would take, as (title, command), none of them taken; venv's leaves a Python behind."""
    taken = []

    def step(title, command, lock):
        taken.append((title, command))
        if "venv" in command:
            make_python(place)

    monkeypatch.setattr(start, "step", step)
    monkeypatch.setattr(start, "has_nvidia", lambda: False)
    monkeypatch.setattr(start, "ask", lambda command, *_, **__: (0 if Path(command[0]).exists() else 127, ""))
    return taken


def make_python(place: Path) -> None:
    (place / ".venv" / "bin").mkdir(parents=True, exist_ok=True)
    (place / ".venv" / "bin" / "python").write_text("", "utf-8")
    (place / ".venv" / "pyvenv.cfg").write_text("home = /usr/bin\nversion = 3.11.7\n", "utf-8")


def make_ready(place: Path) -> None:
    make_python(place)
    start.STAMP.write_text(start.fingerprint() + "\n", "utf-8")


def is_one_sentence(trouble: start.Trouble | str) -> bool:
    text = trouble if isinstance(trouble, str) else trouble.args[0]
    return text.endswith(".") and "\n" not in text and text[:1].isupper()


# ------------------------------------------------------------------------------------------------- what can be wrong


@pytest.mark.parametrize("version", [(3, 6), (3, 10), (3, 14), (4, 0)])
def test_wrong_python_says_which_is_needed(version, monkeypatch):
    monkeypatch.setattr(start, "ask", lambda command, *_: (0 if command[0] == "python3.12" else 127, ""))
    with pytest.raises(start.Trouble, match=r"needs Python 3\.11, 3\.12 or 3\.13: .*`python3\.12 start\.py`") as caught:
        start.check_python(version)
    assert is_one_sentence(caught.value)
    monkeypatch.setattr(start, "ask", lambda *_: (127, ""))
    with pytest.raises(start.Trouble, match="install one of these"):
        start.check_python(version)


@pytest.mark.parametrize("version", start.SUPPORTED)
def test_right_python_passes(version):
    start.check_python(version)


@pytest.mark.parametrize("module", ["venv", "ensurepip"])
def test_missing_venv_module_names_the_package(module, monkeypatch):
    monkeypatch.setattr(start.importlib.util, "find_spec", lambda name: None if name == module else object())
    with pytest.raises(start.Trouble, match=rf"module {module} is missing: .*apt install python3\.\d+-venv") as caught:
        start.check_venv_module()
    assert is_one_sentence(caught.value)


def test_unwritable_folder(place, monkeypatch):
    def refuse(dir):
        raise PermissionError(13, "Permission denied", dir)

    monkeypatch.setattr(start.tempfile, "TemporaryFile", refuse)
    with pytest.raises(start.Trouble, match=r"Nothing can be written in .*my course \(Permission denied\)") as caught:
        start.check_writable()
    assert is_one_sentence(caught.value)


@pytest.mark.parametrize(("free", "card", "enough"), [(4e9, False, False), (6e9, False, True), (6e9, True, False)])
def test_disk_space_depends_on_the_build_of_pytorch(free, card, enough, place, monkeypatch):
    monkeypatch.setattr(start, "has_nvidia", lambda: card)
    monkeypatch.setattr(start.shutil, "disk_usage", lambda _: SimpleNamespace(free=free))
    with contextlib.nullcontext() if enough else pytest.raises(start.Trouble, match=r"Not enough disk space.* GB free"):
        assert start.check_disk() == "6 GB free"


@pytest.mark.parametrize(("log", "title", "words"), [
    ("Retrying: Failed to establish a new connection\nERROR: No matching distribution", "2/5 a", "No network"),
    ("Temporary failure in name resolution\nERROR: x", "4/5 a", "No network"),
    ("ReadTimeoutError: Read timed out.\nERROR: x", "4/5 a", "No network"),
    ("ERROR: Could not install: [Errno 28] No space left on device", "4/5 a", "disk is full"),
    ("ERROR: [Errno 13] Permission denied: 'x'", "4/5 a", "may not write"),
    ("torch 2 has requirement x, but you have y.", "5/5 check", "do not fit together (torch 2 has"),
    ("ERROR: No matching distribution found for zzz", "4/5 all", "failed at 4/5 all (No matching distribution found"),
    ("", "1/5 virtual environment", "it said nothing"),
])
def test_a_failed_step_is_explained_in_a_sentence(log, title, words, place):
    assert words in start.explain(log, title)
    assert is_one_sentence(start.explain(log, title))


def test_loopback_answers_here_and_is_missed_elsewhere(monkeypatch):
    start.check_loopback()

    def refuse(*_):
        raise OSError(101, "Network is unreachable")

    monkeypatch.setattr(start.socket, "create_server", refuse)
    monkeypatch.setattr(start.fcntl, "ioctl", refuse)
    with pytest.raises(start.Trouble, match=r"127\.0\.0\.1 \(Network is unreachable\)") as caught:
        start.check_loopback()
    assert is_one_sentence(caught.value)


def test_a_taken_port_is_passed_over():
    with socket.create_server(("127.0.0.1", 0)) as server:
        taken = server.getsockname()[1]
        assert taken < start.free_port(taken) < taken + 100


def test_no_free_port(monkeypatch):
    def refuse(*_):
        raise OSError(98, "Address already in use")

    monkeypatch.setattr(start.socket, "create_server", refuse)
    with pytest.raises(start.Trouble, match="No port from 8888 to 8987") as caught:
        start.free_port()
    assert is_one_sentence(caught.value)


# ----------------------------------------------------------------------------------------------------- setting up


def test_first_set_up_takes_all_steps_and_then_stamps(place, steps):
    start.set_up()
    assert [title.split()[0] for title, _ in steps] == ["1/5", "2/5", "3/5", "4/5", "5/5"]
    assert start.is_ready()
    assert f"{place}[all]" in steps[3][1]


def test_second_set_up_takes_none_and_starts_no_process(place, monkeypatch):
    make_ready(place)
    monkeypatch.setattr(start.subprocess, "Popen", None)
    start.set_up()


def test_interrupted_set_up_is_completed(place, steps):
    make_python(place)
    start.set_up()
    assert [title.split()[0] for title, _ in steps] == ["2/5", "3/5", "4/5", "5/5"]
    assert start.is_ready()


def test_broken_venv_is_made_anew(place, steps, monkeypatch):
    make_python(place)
    monkeypatch.setattr(start, "ask", lambda *_, **__: (1, "No module named pip"))
    start.set_up()
    assert "--clear" in steps[0][1]


def test_failed_step_leaves_no_stamp(place, steps, monkeypatch):
    def fail(title, command, lock):
        raise start.Trouble("No network.")

    monkeypatch.setattr(start, "step", fail)
    with pytest.raises(start.Trouble):
        start.set_up()
    assert not start.is_ready()


@pytest.mark.parametrize("name", ["pyproject.toml", "constraints.txt", ".venv/pyvenv.cfg"])
def test_changed_lists_or_python_are_noticed(name, place):
    make_ready(place)
    assert start.is_ready()
    (place / name).write_text("version = 3.12.1\n", "utf-8")
    assert not start.is_ready()


def test_a_lost_python_is_noticed(place):
    make_ready(place)
    (place / ".venv" / "bin" / "python").unlink()
    assert not start.is_ready()


def test_what_a_killed_pip_left_does_not_count_as_installed(place, steps):
    make_python(place)
    site = place / ".venv" / "lib" / "python3.11" / "site-packages"
    for name in ("good-1.dist-info", "half-1.dist-info", "~ip-1.dist-info", "good"):
        (site / name).mkdir(parents=True)
    (site / "good-1.dist-info" / "RECORD").write_text("", "utf-8")
    start.install(0)
    assert sorted(path.name for path in site.iterdir()) == ["good", "good-1.dist-info"]


@pytest.mark.parametrize(("platform", "card", "reachable", "indexes"), [
    ("linux", False, True, [start.CPU_INDEX]),
    ("linux", False, False, [start.CPU_INDEX, None]),
    ("linux", True, True, [None]),
    ("darwin", False, True, [None]),
    ("win32", False, True, [None]),
])
def test_cuda_is_spared_where_there_is_no_card(platform, card, reachable, indexes, place, monkeypatch):
    asked = []

    def step(title, command, lock):
        index = command[command.index("--index-url") + 1] if "--index-url" in command else None
        asked.append(index)
        assert command[-1] == "torch==2.13.0"
        if index and not reachable:
            raise start.Trouble("No network.")
        if index:
            assert command[command.index("--retries") + 1] == "0"
            assert int(command[command.index("--timeout") + 1]) <= 10

    monkeypatch.setattr(start, "step", step)
    monkeypatch.setattr(start, "has_nvidia", lambda: card)
    monkeypatch.setattr(start.sys, "platform", platform)
    start.install_torch(["pip"], 0)
    assert asked == indexes


def test_a_second_start_waits_for_the_first(place, capsys):
    order = []

    def second() -> None:
        with start.one_set_up_at_a_time():
            order.append("second")

    with start.one_set_up_at_a_time():
        thread = threading.Thread(target=second)
        thread.start()
        thread.join(0.3)
        order.append("first")
    thread.join(5)
    assert order == ["first", "second"]
    assert "waiting for it" in capsys.readouterr().out


def test_a_step_shows_what_it_does_and_keeps_the_log(place, capfd):
    start.BUILD.mkdir()
    with open(place / "lock", "w") as lock:
        start.step("1/5 hello", [sys.executable, "-c", "print('Collecting hello')"], lock.fileno())
        with pytest.raises(start.Trouble, match=r"failed at 2/5 bad \(no such thing\)"):
            start.step("2/5 bad", [sys.executable, "-c", "print('ERROR: no such thing'); exit(1)"], lock.fileno())
    shown = capfd.readouterr().out
    assert "[1/5 hello]" in shown
    assert "0 s  done" in shown
    assert "failed" in shown
    assert (start.BUILD / "set-up.log").read_text("utf-8").splitlines() == [
        "[1/5 hello]", "Collecting hello", "[2/5 bad]", "ERROR: no such thing",
    ]


def test_nothing_of_another_python_reaches_venv(monkeypatch):
    for name in ("PYTHONPATH", "PYTHONHOME", "PIP_TARGET", "PIP_USER"):
        monkeypatch.setenv(name, "1")
    found = start.environment(EXTRA="x")
    assert not {"PYTHONPATH", "PYTHONHOME", "PIP_TARGET"} & found.keys()
    assert (found["PIP_USER"], found["PYTHONNOUSERSITE"], found["EXTRA"]) == ("0", "1", "x")


def test_ask_tells_a_command_that_is_not_there():
    code, text = start.ask(["no-such-command-here"])
    assert code == 127
    assert "no-such-command-here" in text


# ------------------------------------------------------------------------------------------------- the commands


@pytest.mark.parametrize("words", [["frob"], ["test", "5b"], ["--port"], ["doctor", "x"], ["run", "9z"]])
def test_unknown_words_exit_2_with_a_sentence(words, place, capsys):
    assert start.main(words) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert words[0] in err or words[-1] in err


@pytest.mark.parametrize("word", ["--help", "-h", "help"])
def test_help_names_every_command(word, capsys):
    assert start.main([word]) == 0
    shown = capsys.readouterr().out
    assert all(command in shown for command in ("test", "run", "data", "doctor", "--no-browser"))


def test_trouble_is_one_line_on_the_error_stream(monkeypatch, capsys):
    def trouble():
        raise start.Trouble("No network.")

    monkeypatch.setattr(start, "set_up", trouble)
    assert start.main(["test"]) == 1
    assert capsys.readouterr().err == "start.py: No network.\n"


def test_control_c_ends_without_a_traceback(monkeypatch, capsys):
    def interrupt():
        raise KeyboardInterrupt

    monkeypatch.setattr(start, "set_up", interrupt)
    assert start.main([]) == 130
    assert "goes on from here" in capsys.readouterr().out


def test_lab_opens_the_first_lesson_on_a_free_port(place, monkeypatch, capsys):
    commands = []
    monkeypatch.setattr(start, "set_up", lambda: None)
    monkeypatch.setattr(start, "free_port", lambda: 8890)
    ended = SimpleNamespace(wait=lambda: 0)
    monkeypatch.setattr(start.subprocess, "Popen", lambda command, **_: commands.append(command) or ended)
    assert start.main(["--no-browser"]) == 0
    assert "Port 8888 is taken" in capsys.readouterr().out
    assert {"--port=8890", "--no-browser"} <= set(commands[0])
    assert any(word.endswith("0_start_here.ipynb") for word in commands[0])


def answer(monkeypatch, answers: dict[str, tuple[int, str]]) -> list[list[str]]:
    """Let `ask` answer by the first of these words that a command holds; the list of commands it was asked."""
    asked = []

    def ask(command, each=None, env=None, **_):
        asked.append(command)
        code, text = next((value for word, value in answers.items() if word in command), (0, ""))
        if each:
            each(text)
        assert env is None or (env["HF_HUB_OFFLINE"], env["PYTHONHASHSEED"]) == ("1", "0")
        return code, text

    monkeypatch.setattr(start, "ask", ask)
    monkeypatch.setattr(start, "set_up", lambda: None)
    return asked


GOOD = {
    "ruff": (0, "All checks passed!\n"), "mypy": (0, "Success: no issues found in 20 source files\n"),
    "--nbval": (0, "....\n40 passed in 9.10s\n"), "tests": (0, "....\n310 passed, 2 skipped, 1 warning in 60.2s\n"),
}


def test_test_runs_all_stages_and_counts(place, monkeypatch, capsys):
    (place / "notebooks" / "5b_combined_ranking.ipynb").write_text("{}", "utf-8")
    asked = answer(monkeypatch, {**GOOD, "present": (0, "notebooks/5b_combined_ranking.ipynb\n")})
    assert start.main(["test"]) == 0
    assert len(asked) == 5
    assert asked[4][-2:] == ["--nbval-cell-timeout=180", "notebooks/5b_combined_ranking.ipynb"]
    assert capsys.readouterr().out.splitlines()[-1] == "352 passed, 0 failed, 2 skipped"


def test_run_counts_a_lesson_without_its_data_as_skipped(place, monkeypatch, capsys):
    (place / "notebooks" / "7d_reviews.ipynb").write_text("{}", "utf-8")
    answer(monkeypatch, {"execute": (5, "7d_reviews skipped: run `python3 start.py data reviews`\n")})
    assert start.main(["run", "7d"]) == 0
    out = capsys.readouterr().out
    assert "start.py data reviews" in out
    assert "0 passed, 0 failed, 1 skipped" in out


@pytest.mark.parametrize(("word", "bad", "last"), [
    ("ruff", (1, "Found 3 errors.\n"), "311 passed, 3 failed, 2 skipped"),
    ("mypy", (2, "mypy: can't read file\n"), "311 passed, 1 failed, 2 skipped"),
    ("tests", (1, "2 failed, 300 passed, 1 error in 3.1s\n"), "302 passed, 3 failed, 0 skipped"),
    ("tests", (4, ""), "2 passed, 1 failed, 0 skipped"),
])
def test_test_goes_on_to_the_end_and_fails(word, bad, last, place, monkeypatch, capsys):
    asked = answer(monkeypatch, {**GOOD, word: bad})
    assert start.main(["test"]) == 1
    assert len(asked) == 4  # no lessons here
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == last
    assert sum("FAILED" in line for line in lines) == 1


@pytest.mark.parametrize(("names", "chosen"), [
    ([], ["0_start_here", "5b_combined_ranking"]), (["5b"], ["5b_combined_ranking"]),
    (["0_start_here"], ["0_start_here"]), (["5b", "0"], ["0_start_here", "5b_combined_ranking"]),
])
def test_run_takes_the_lessons_named(names, chosen, place, monkeypatch):
    for stem in ("0_start_here", "5b_combined_ranking"):
        (place / "notebooks" / f"{stem}.ipynb").write_text("{}", "utf-8")
    asked = answer(monkeypatch, {})
    assert start.main(["run", *names]) == 0
    assert [Path(command[-1]) for command in asked] == [place / "build" / f"{stem}.ipynb" for stem in chosen]


def test_run_fails_with_a_lesson_and_goes_on(place, monkeypatch, capsys):
    for stem in ("0_start_here", "5b_combined_ranking"):
        (place / "notebooks" / f"{stem}.ipynb").write_text("{}", "utf-8")
    asked = answer(monkeypatch, {str(place / "notebooks" / "0_start_here.ipynb"): (1, "0_start_here FAILED\n")})
    assert start.main(["run"]) == 1
    assert len(asked) == 2
    assert "1 passed, 1 failed, 0 skipped" in capsys.readouterr().out


@pytest.mark.parametrize(("names", "code"), [([], 1), (["reviews"], 0), (["coat", "reviews"], 2)])
def test_data_is_the_command_of_that_name_in_venv(names, code, place, monkeypatch):
    called = []
    monkeypatch.setattr(start, "set_up", lambda: called.append("set up"))
    monkeypatch.setattr(start.subprocess, "call", lambda command, **options: called.append((command, options)) or code)
    assert start.main(["data", *names]) == code
    assert called[0] == "set up"
    command, options = called[1]
    assert command == [start.PYTHON, "-m", "causalrec", "data", *names]
    assert options["cwd"] == str(place)
    assert "HF_HUB_OFFLINE" not in options["env"] or "HF_HUB_OFFLINE" in start.os.environ


def test_doctor_says_what_is_wrong_and_how_much(place, steps, capsys):
    assert start.main(["doctor"]) == 1
    shown = capsys.readouterr().out
    assert "WRONG  set-up    Not complete" in shown
    assert shown.count("WRONG") == 1
    make_ready(place)
    assert start.main(["doctor"]) == 0
    assert "All is well." in capsys.readouterr().out


# ----------------------------------------------------------------------------------------------------- the file


def test_only_the_standard_library_is_imported():
    tree = ast.parse((ROOT / "start.py").read_text("utf-8"))
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.split(".")[0] for name in names} <= sys.stdlib_module_names


def test_old_pythons_can_read_it():
    tree = ast.parse((ROOT / "start.py").read_text("utf-8"), feature_version=(3, 7))
    assert not any(isinstance(node, ast.Match | ast.NamedExpr) for node in ast.walk(tree))
    unquoted = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) for node in
                [node.returns, *(a.annotation for a in node.args.args)] if isinstance(node, ast.Subscript | ast.BinOp)]
    assert unquoted == []
