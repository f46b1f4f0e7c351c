"""Opening JupyterLab: the loopback interface, the port, the command."""

from __future__ import annotations

import socket
import sys
from types import SimpleNamespace

import pytest

from causalrec.course import lab
from causalrec.errors import MachineError


def refuse(*_: object) -> None:
    raise OSError(101, "Network is unreachable")


def is_one_sentence(text: str) -> bool:
    return text.endswith(".") and "\n" not in text and text[:1].isupper()


def test_loopback_answers_here_and_is_missed_elsewhere(monkeypatch):
    fcntl = pytest.importorskip("fcntl", reason="Windows has no way to bring the interface up")
    lab.raise_loopback()
    monkeypatch.setattr(lab.socket, "create_server", refuse)
    monkeypatch.setattr(fcntl, "ioctl", refuse)
    with pytest.raises(MachineError, match=r"127\.0\.0\.1 \(Network is unreachable\)") as caught:
        lab.raise_loopback()
    assert is_one_sentence(str(caught.value))


def test_a_loopback_that_is_down_is_brought_up(monkeypatch):
    fcntl = pytest.importorskip("fcntl", reason="Windows has no way to bring the interface up")
    asked = []
    monkeypatch.setattr(lab.socket, "create_server", refuse)
    monkeypatch.setattr(fcntl, "ioctl", lambda control, request, content: asked.append((request, content)))
    lab.raise_loopback()
    assert asked == [(0x8914, b"lo" + b"\0" * 14 + (1).to_bytes(2, sys.byteorder))]


def test_a_taken_port_is_passed_over():
    with socket.create_server(("127.0.0.1", 0)) as server:
        taken = server.getsockname()[1]
        assert taken < lab.free_port(taken) < taken + 100


def test_no_free_port(monkeypatch):
    monkeypatch.setattr(lab.socket, "create_server", refuse)
    with pytest.raises(MachineError, match="No port from 8888 to 8987") as caught:
        lab.free_port()
    assert is_one_sentence(str(caught.value))


@pytest.mark.parametrize("browser", [True, False])
def test_lab_opens_the_first_lesson_on_a_free_port(browser, monkeypatch, capsys):
    commands = []
    monkeypatch.setattr(lab, "free_port", lambda: 8890)
    ended = SimpleNamespace(wait=lambda: 0)
    monkeypatch.setattr(lab.subprocess, "Popen", lambda command, **_: commands.append(command) or ended)
    assert lab.main([] if browser else ["--no-browser"]) == 0
    assert "Port 8888 is taken" in capsys.readouterr().out
    assert "--port=8890" in commands[0]
    assert ("--no-browser" in commands[0]) is not browser
    assert any(word.endswith("0_start_here.ipynb") for word in commands[0])


def test_control_c_is_left_to_lab(monkeypatch):
    answers = iter([KeyboardInterrupt, 0])

    def wait():
        if (answer := next(answers)) is KeyboardInterrupt:
            raise answer
        return answer

    monkeypatch.setattr(lab.subprocess, "Popen", lambda *_, **__: SimpleNamespace(wait=wait))
    assert lab.open_lab() == 0


def test_trouble_is_one_line_on_the_error_stream(monkeypatch, capsys):
    monkeypatch.setattr(lab.socket, "create_server", refuse)
    monkeypatch.setattr(lab, "raise_loopback", lambda: None)
    assert lab.main([]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("start.py: No port")
    assert err.count("\n") == 1


def test_what_would_keep_it_from_opening_is_said(monkeypatch, capsys):
    assert lab.main(["--examine"]) == 0
    assert "ok     loopback  127.0.0.1 answers" in capsys.readouterr().out
    monkeypatch.setattr(lab, "free_port", lambda: 8889)
    assert lab.examine() == 0
    assert "JupyterLab would use 8889, 8888 is taken" in capsys.readouterr().out
    monkeypatch.undo()
    monkeypatch.setattr(lab.socket, "create_server", refuse)
    monkeypatch.setattr(lab, "raise_loopback", lambda: None)
    assert lab.examine() == 1
    assert "WRONG  port      No port from" in capsys.readouterr().out
