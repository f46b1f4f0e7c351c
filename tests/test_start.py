"""start.py in every trouble it knows, with the failures faked; nothing is installed here."""

from __future__ import annotations

import ast
import contextlib
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
    for name in ("pyproject.toml", *start.LOCK, start.SOURCES):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("", "utf-8")
    venv = root / ".venv"
    places = {"ROOT": root, "VENV": venv, "STAMP": venv / "causalrec-ready", "BUILD": root / "build"}
    for name, path in {**places, "PYTHON": str(venv / "bin" / "python")}.items():
        monkeypatch.setattr(start, name, path)
    return root


@pytest.fixture
def steps(place, monkeypatch):
    """The steps a set-up would take, as (title, command), none of them taken; venv's leaves a Python behind."""
    taken = []

    def watch(title, command, lock, bad=""):
        taken.append((title, command))
        if "venv" in command:
            make_python(place)
        return 0, ""

    monkeypatch.setattr(start, "watch", watch)
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


def test_a_mac_with_an_intel_processor_has_no_pytorch(monkeypatch):
    monkeypatch.setattr(start.platform, "machine", lambda: "x86_64")
    for system in ("linux", "win32"):
        monkeypatch.setattr(start.sys, "platform", system)
        assert start.check_processor() == "x86_64"
    monkeypatch.setattr(start.sys, "platform", "darwin")
    with pytest.raises(start.Trouble, match="no wheel for Macs with an Intel processor.*: use a Mac") as caught:
        start.check_processor()
    assert is_one_sentence(caught.value)
    monkeypatch.setattr(start.platform, "machine", lambda: "arm64")
    assert start.check_processor() == "arm64"
    monkeypatch.setattr(start.platform, "mac_ver", lambda: ("14.0", ("", "", ""), "arm64"))
    assert start.check_processor() == "arm64"
    monkeypatch.setattr(start.platform, "mac_ver", lambda: ("13.6.1", ("", "", ""), "arm64"))
    with pytest.raises(start.Trouble, match=r"This is macOS 13\.6\.1; PyTorch needs macOS 14 or newer") as caught:
        start.check_processor()
    assert is_one_sentence(caught.value)


def test_set_up_asks_for_the_processor_before_it_makes_anything(place, steps, monkeypatch):
    def refuse():
        raise start.Trouble("No wheel.")

    monkeypatch.setattr(start, "check_processor", refuse)
    with pytest.raises(start.Trouble, match="No wheel"):
        start.set_up()
    assert steps == []


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
    ("Retrying: Failed to establish a new connection\nERROR: No matching distribution", "2/6 a", "No network"),
    ("Temporary failure in name resolution\nERROR: x", "3/6 a", "No network"),
    ("ReadTimeoutError: Read timed out.\nERROR: x", "3/6 a", "No network"),
    ("ERROR: Could not install: [Errno 28] No space left on device", "3/6 a", "disk is full"),
    ("ERROR: [Errno 13] Permission denied: 'x'", "3/6 a", "may not write"),
    ("torch 2 has requirement x, but you have y.", "5/6 check", "do not fit together (torch 2 has"),
    ("ERROR: No matching distribution found for zzz", "3/6 all", "failed at 3/6 all (No matching distribution found"),
    ("", "1/6 virtual environment", "it said nothing"),
])
def test_a_failed_step_is_explained_in_a_sentence(log, title, words, place):
    assert words in start.explain(log, title)
    assert is_one_sentence(start.explain(log, title))


# ----------------------------------------------------------------------------------------------------- setting up


def test_first_set_up_takes_all_steps_and_then_stamps(place, steps):
    start.set_up()
    assert [title.split()[0] for title, _ in steps] == ["1/6", "2/6", "3/6", "4/6", "5/6", "6/6"]
    assert start.is_ready()
    for number in (1, 2):
        assert {"--require-hashes", "--no-deps", "--requirement"} <= set(steps[number][1])
    assert "lock/packages.txt" in steps[2][1]
    assert steps[3][1][-2:] == ["--editable", str(place)]
    assert steps[5][1] == [start.PYTHON, "-m", "causalrec", "data"]


@pytest.mark.parametrize(("log", "missing"), [
    ("a/x.csv: already there, in y\ncoat/train.ascii: could not be had\ncoat/test.ascii: could not be had\n", "coat;"),
    ("coat/a: could not be had\nreviews/b: could not be had\n", "coat, reviews;"),
    ("Traceback", "all;"),
])
def test_data_that_cannot_be_had_are_named_and_set_up_goes_on(log, missing, place, steps, monkeypatch, capsys):
    told = start.watch
    monkeypatch.setattr(start, "watch", lambda *words: (1, log) if words[0].startswith("6/6") else told(*words))
    start.set_up()
    assert start.is_ready()
    (line,) = [line for line in capsys.readouterr().out.splitlines() if "Missing" in line]
    assert f"Missing: {missing} `python3 start.py data` says why" in line


def test_second_set_up_takes_none_and_starts_no_process(place, monkeypatch):
    make_ready(place)
    monkeypatch.setattr(start.subprocess, "Popen", None)
    start.set_up()


def test_interrupted_set_up_is_completed(place, steps):
    make_python(place)
    start.set_up()
    assert [title.split()[0] for title, _ in steps] == ["2/6", "3/6", "4/6", "5/6", "6/6"]
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


@pytest.mark.parametrize("name", ["pyproject.toml", *start.LOCK, start.SOURCES, ".venv/pyvenv.cfg"])
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


@pytest.mark.parametrize(("platform", "card", "reachable", "taken"), [
    ("linux", False, True, [(start.CPU_INDEX, False)]),
    ("linux", False, False, [(start.CPU_INDEX, False), (None, True)]),
    ("linux", True, True, [(None, True)]),
    ("darwin", False, True, [(None, False)]),
    ("win32", False, True, [(None, False)]),
])
def test_cuda_is_spared_where_there_is_no_card(platform, card, reachable, taken, place, monkeypatch):
    """`taken`: the index that is asked, and whether CUDA comes too."""
    asked = []

    def step(title, command, lock):
        index = command[command.index("--index-url") + 1] if "--index-url" in command else None
        asked.append((index, "lock/cuda.txt" in command))
        assert "lock/torch.txt" in command
        if index:
            assert command[command.index("--retries") + 1] == "0"
            assert int(command[command.index("--timeout") + 1]) <= 10
        if index and not reachable:
            raise start.Trouble("No network.")

    monkeypatch.setattr(start, "step", step)
    monkeypatch.setattr(start, "has_nvidia", lambda: card)
    monkeypatch.setattr(start.sys, "platform", platform)
    start.install_torch(["pip"], 0)
    assert asked == taken


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
    with open(place / "held", "w") as lock:
        start.step("1/6 hello", [sys.executable, "-c", "print('Collecting hello')"], lock.fileno())
        with pytest.raises(start.Trouble, match=r"failed at 2/6 bad \(no such thing\)"):
            start.step("2/6 bad", [sys.executable, "-c", "print('ERROR: no such thing'); exit(1)"], lock.fileno())
    shown = capfd.readouterr().out
    assert "[1/6 hello]" in shown
    assert "0 s  done" in shown
    assert "failed" in shown
    assert (start.BUILD / "set-up.log").read_text("utf-8").splitlines() == [
        "[1/6 hello]", "Collecting hello", "[2/6 bad]", "ERROR: no such thing",
    ]


def test_nothing_of_another_python_reaches_venv(monkeypatch):
    for name in ("PYTHONPATH", "PYTHONHOME", "PIP_TARGET", "PIP_USER"):
        monkeypatch.setenv(name, "1")
    found = start.environment()
    assert not {"PYTHONPATH", "PYTHONHOME", "PIP_TARGET"} & found.keys()
    assert (found["PIP_USER"], found["PYTHONNOUSERSITE"]) == ("0", "1")


def test_ask_tells_a_command_that_is_not_there():
    code, text = start.ask(["no-such-command-here"])
    assert code == 127
    assert "no-such-command-here" in text


# ------------------------------------------------------------------------------------------------- the commands


@pytest.mark.parametrize("words", [
    ["frob"], ["test", "5b"], ["--port"], ["doctor", "x"], ["--no-browser", "x"], ["test", "--processors", "x"],
])
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
    assert all(command in shown for command in ("test", "--processors", "run", "data", "doctor", "--no-browser"))


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


@pytest.mark.parametrize(("words", "module"), [
    ([], "causalrec.course.lab"),
    (["--no-browser"], "causalrec.course.lab"),
    (["test"], "causalrec.course.checks"),
    (["test", "--processors"], "causalrec.course.checks"),
    (["run"], "causalrec.course.checks"),
    (["run", "0", "5b"], "causalrec.course.checks"),
    (["data"], "causalrec"),
    (["data", "coat", "reviews"], "causalrec"),
])
@pytest.mark.parametrize("code", [0, 1, 2])
def test_a_command_is_a_module_of_the_course_in_venv_after_set_up(words, module, code, place, monkeypatch):
    called = []
    monkeypatch.setattr(start, "set_up", lambda: called.append("set up"))
    ended = SimpleNamespace(wait=lambda: code)
    monkeypatch.setattr(start.subprocess, "Popen", lambda *command, **more: called.append((*command, more)) or ended)
    assert start.main(words) == code
    assert called[0] == "set up"
    command, options = called[1]
    assert command == [start.PYTHON, "-m", module, *words]
    assert options["cwd"] == str(place)
    assert "HF_HUB_OFFLINE" not in options["env"] or "HF_HUB_OFFLINE" in start.os.environ


def test_control_c_leaves_the_answer_to_the_command(place, monkeypatch):
    answers = iter([KeyboardInterrupt, 130])

    def wait():
        answer = next(answers)
        if answer is KeyboardInterrupt:
            raise answer
        return answer

    monkeypatch.setattr(start, "set_up", lambda: None)
    monkeypatch.setattr(start.subprocess, "Popen", lambda *_, **__: SimpleNamespace(wait=wait))
    assert start.main(["test"]) == 130


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
