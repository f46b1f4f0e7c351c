"""JupyterLab, opened on the first lesson: on a port that is free, over the loopback interface, asking no network.

python -m causalrec.course.lab [--no-browser]   open it, and stay until it is stopped
python -m causalrec.course.lab --examine        say whether it could be opened here
"""

from __future__ import annotations

import contextlib
import os
import socket
import struct
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from causalrec.errors import CausalrecError, MachineError

ROOT = Path(__file__).resolve().parents[2]
FIRST_PORT = 8888
_SET_FLAGS, _UP = 0x8914, 1  # SIOCSIFFLAGS and IFF_UP: what `ip link set lo up` asks of Linux


def raise_loopback() -> None:
    """Nothing, once this machine reaches itself: Jupyter talks to its kernels at 127.0.0.1.

    Where the loopback interface is down, as in a fresh network namespace, it is brought up.

    Raises:
        MachineError: it is down and stays so.
    """
    try:
        with socket.create_server(("127.0.0.1", 0)) as server:
            socket.create_connection(server.getsockname(), timeout=5).close()
    except OSError as error:
        try:
            import fcntl

            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
                fcntl.ioctl(control, _SET_FLAGS, struct.pack("16sh", b"lo", _UP))
        except (ImportError, OSError):  # ImportError: Windows
            trouble = f"does not reach itself at 127.0.0.1 ({error.strerror})"
            raise MachineError(f"This machine {trouble}: bring its loopback interface up, Jupyter needs it.") from None


def free_port(first: int = FIRST_PORT) -> int:
    """The first port from `first` on that nobody uses.

    Raises:
        MachineError: a hundred of them are taken.
    """
    for port in range(first, first + 100):
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    remedy = "close another JupyterLab and start again"
    raise MachineError(f"No port from {first} to {first + 99} is free: {remedy}.")


def lab_command(port: int, root: Path = ROOT, browser: bool = True) -> list[str]:
    """The command that opens JupyterLab on the first lesson and asks nothing of the network."""
    options = ["--LabApp.default_url=/lab/tree/notebooks/0_start_here.ipynb", f"--ServerApp.root_dir={root}"]
    options += ["--LabApp.extension_manager=readonly", "--Application.log_level=ERROR"]
    options += ["--KernelManager.transport_encryption=auto"]  # otherwise each kernel warns of plain text
    options += ["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    options += [] if browser else ["--no-browser"]
    return [sys.executable, "-m", "jupyterlab", f"--port={port}", *options]


def open_lab(browser: bool = True) -> int:
    """JupyterLab's exit code, once it was opened on the first lesson and stopped. Raises `MachineError`."""
    raise_loopback()
    port = free_port()
    if port != FIRST_PORT:
        print(f"Port {FIRST_PORT} is taken (by another JupyterLab?): using {port}.", flush=True)
    print("Opening JupyterLab; to stop it, press Ctrl-C here.", flush=True)
    lab = subprocess.Popen(lab_command(port, browser=browser), cwd=ROOT)
    while True:
        with contextlib.suppress(KeyboardInterrupt):  # Lab gets the same Ctrl-C and asks what to do
            return lab.wait()


def examine() -> int:
    """How many things keep JupyterLab from opening here; a line is printed for each, as `start.py doctor` does."""
    wrong = 0
    for name, asked in (("loopback", _loopback_in_words), ("port", _port_in_words)):
        try:
            print(f"ok     {name:9} {asked()}", flush=True)
        except MachineError as error:
            wrong += 1
            print(f"WRONG  {name:9} {error}", flush=True)
    return wrong


def _loopback_in_words() -> str:
    raise_loopback()
    return "127.0.0.1 answers"


def _port_in_words() -> str:
    port = free_port()
    return f"JupyterLab would use {port}" + (f", {FIRST_PORT} is taken" if port != FIRST_PORT else "")


def main(words: Sequence[str]) -> int:
    """Do what the words say; the exit code."""
    try:
        return examine() if "--examine" in words else open_lab("--no-browser" not in words)
    except CausalrecError as error:
        print(f"start.py: {error}", file=sys.stderr, flush=True)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
