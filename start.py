#!/usr/bin/env python3
"""Set up causalrec and open it.

python3 start.py                set up (once), then open JupyterLab on the first lesson
python3 start.py --no-browser   the same, but only print the address
python3 start.py test           run every check: style, types, tests, and the saved outputs of every lesson
python3 start.py run [5b ...]   execute all lessons, or those named, without a browser, into build/
python3 start.py data [...]     fetch the real data of lessons 7a to 7d, all or those named; say where the rest is
python3 start.py doctor         say what is wrong on this machine and what to do
python3 start.py --help         show this text
"""
# Standard library only; annotations that old Pythons could not evaluate are quoted: they shall say what is needed.

import contextlib
import hashlib
import importlib.util
import os
import re
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = str(VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python"))
SITE = "Lib/site-packages" if os.name == "nt" else "lib/python3*/site-packages"
STAMP = VENV / "causalrec-ready"
BUILD = ROOT / "build"
TOOLS = str(ROOT / "tests" / "lesson_tools.py")
SUPPORTED = ((3, 11), (3, 12), (3, 13))
CPU_INDEX = "https://download.pytorch.org/whl/cpu"
FIRST_PORT = 8888
# In Lab, without what asks the network for news, and without the teacher's buttons.
LAB = '{"disabledExtensions": {"@jupyterlab/apputils-extension:announcements": true, "@jupyter/nbgrader": true}}'
CHECKED = {"HF_HUB_OFFLINE": "1", "PYTHONHASHSEED": "0"}  # `run` and `test`: no model by network, sets in one order


class Trouble(Exception):
    """What is wrong and what to do, in one sentence; an exit code other than 1 may follow."""


def say(text: str, end: str = "\n") -> None:
    """Print at once, also through a pipe."""
    print(text, end=end, flush=True)


def echo(line: str) -> None:
    """Print a line that ends itself."""
    say(line, end="")


def environment(**extra: str) -> "dict[str, str]":
    """The environment for what runs in .venv: nothing of another Python, nothing installed outside .venv."""
    kept = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONHOME", "PIP_TARGET")}
    return {**kept, "PYTHONNOUSERSITE": "1", "PIP_USER": "0", "PIP_DISABLE_PIP_VERSION_CHECK": "1", **extra}


def ask(command: "list[str]", each: object = None, env: "dict[str, str] | None" = None, **options: object) -> tuple:
    """Run a command without input: its exit code and its text; `each` is called with every line as it comes."""
    try:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=str(ROOT),
            env=env or environment(), encoding="utf-8", errors="replace", **options
        )
    except OSError as error:
        return 127, str(error)
    text = []
    for line in process.stdout:
        text.append(line)
        if each:
            each(line)
    return process.wait(), "".join(text)


def check_python(version: "tuple[int, ...]" = tuple(sys.version_info[:2])) -> None:
    """Raise unless this Python is one that the pinned packages are made for."""
    if version not in SUPPORTED:
        others = ["python{}.{}".format(*pair) for pair in reversed(SUPPORTED)]
        found = [name for name in others if ask([name, "-c", ""])[0] == 0]
        remedy = f"start with `{found[0]} start.py`" if found else "install one of these"
        raise Trouble(f"This is Python {version[0]}.{version[1]}; causalrec needs Python 3.11, 3.12 or 3.13: {remedy}.")


def check_venv_module() -> None:
    """Raise where this Python cannot make virtual environments (Debian and Ubuntu ship that part apart)."""
    missing = [name for name in ("venv", "ensurepip") if importlib.util.find_spec(name) is None]
    if missing:
        package = "python{}.{}-venv".format(*sys.version_info[:2])
        remedy = f"install it (Debian and Ubuntu: sudo apt install {package}) and start again"
        raise Trouble(f"This Python cannot make a virtual environment, its module {missing[0]} is missing: {remedy}.")


def check_writable() -> None:
    """Raise where the folder takes no new files."""
    try:
        tempfile.TemporaryFile(dir=str(ROOT)).close()
    except OSError as error:
        raise Trouble(f"Nothing can be written in {ROOT} ({error.strerror}): start from a copy of your own.") from None


def check_disk() -> str:
    """How much is free; raise where the packages, and what pip unpacks meanwhile, would not fit."""
    needed = 1 if is_ready() else 12 if has_nvidia() else 5
    free = shutil.disk_usage(str(ROOT)).free / 1e9
    if free < needed:
        raise Trouble(f"Not enough disk space in {ROOT}: {free:.1f} GB free, {needed} GB needed; free some and retry.")
    return f"{free:.0f} GB free"


def check_loopback() -> None:
    """Bring the loopback interface up where it is down (as in a fresh network namespace): Jupyter talks over it."""
    try:
        with socket.create_server(("127.0.0.1", 0)) as server:
            socket.create_connection(server.getsockname(), timeout=5).close()
    except OSError as error:
        try:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:  # SIOCSIFFLAGS, IFF_UP: ip link set lo up
                fcntl.ioctl(control, 0x8914, struct.pack("16sh", b"lo", 1))
        except (AttributeError, OSError):
            remedy = "bring its loopback interface up, Jupyter needs it"
            raise Trouble(f"This machine does not reach itself at 127.0.0.1 ({error.strerror}): {remedy}.") from None


def has_nvidia() -> bool:
    """Whether an NVIDIA card answers on this machine."""
    return bool(shutil.which("nvidia-smi")) and "GPU" in ask(["nvidia-smi", "-L"])[1]


def fingerprint() -> str:
    """A hash of what a set-up depends on: both lists of packages, the version of Python in .venv, the folder."""
    config = VENV / "pyvenv.cfg"
    python = re.findall(r"^version\w* *= *\d+\.\d+", config.read_text("utf-8") if config.exists() else "", re.M)
    lists = [(ROOT / name).read_text("utf-8") for name in ("pyproject.toml", "constraints.txt")]
    return hashlib.sha256("\0".join([*lists, *python, str(ROOT)]).encode("utf-8")).hexdigest()


def is_ready() -> bool:
    """Whether .venv was set up to the end, with these very lists of packages."""
    return os.path.exists(PYTHON) and STAMP.exists() and STAMP.read_text("utf-8").strip() == fingerprint()


def check_set_up() -> str:
    """That the set-up is complete; raise where it is not."""
    if is_ready():
        return f"complete, in {VENV}"
    raise Trouble("Not complete, or the lists of packages have changed since: `python3 start.py` completes it.")


def set_up() -> None:
    """Make .venv ready: at once and offline if it is; otherwise make it, complete it or, where broken, make it anew."""
    check_python()
    if is_ready():
        return
    check_venv_module()
    check_writable()
    with one_set_up_at_a_time() as lock:
        if is_ready():  # the start that this one waited for has done it
            return
        started = time.monotonic()
        check_disk()
        if ask([PYTHON, "-m", "pip", "--version"])[0] == 0:
            say(f"Completing the set-up in {VENV} ...")
        else:
            say(f"Setting up in {VENV}: once, a few minutes, about 3 GB ...")
            python = getattr(sys, "_base_executable", None) or sys.executable
            step("1/5 virtual environment", [python, "-m", "venv", "--clear", str(VENV)], lock)
        install(lock)
        (VENV / "etc/jupyter/labconfig").mkdir(parents=True, exist_ok=True)
        (VENV / "etc/jupyter/labconfig/page_config.json").write_text(LAB, "utf-8")
        STAMP.write_text(fingerprint() + "\n", "utf-8")
        say(f"Set up in {time.monotonic() - started:.0f} s.")


@contextlib.contextmanager
def one_set_up_at_a_time() -> "object":
    """Yield the number of a locked file, after waiting for another start; the system frees the lock of a killed one."""
    BUILD.mkdir(exist_ok=True)
    with open(str(BUILD / "set-up.lock"), "a", encoding="utf-8") as lock:
        if not locked(lock.fileno()):
            say("Another start is setting up this folder: waiting for it.")
            while not locked(lock.fileno()):
                time.sleep(0.5)
        yield lock.fileno()


def locked(number: int) -> bool:
    """Whether the open file could be locked, for this process and the children that inherit it."""
    try:
        if fcntl:
            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        else:
            importlib.import_module("msvcrt").locking(number, 2, 1)  # 2: LK_NBLCK, do not wait
    except OSError:
        return False
    return True


def install(lock: int) -> None:
    """Install PyTorch, the other packages and causalrec itself into .venv; what is there already is kept."""
    for site in VENV.glob(SITE):
        # A killed pip leaves packages without their list of files, or half renamed: they must not count as installed.
        for left in [*site.glob("~*"), *(info for info in site.glob("*.dist-info") if not (info / "RECORD").exists())]:
            shutil.rmtree(str(left), ignore_errors=True)
    pip = [PYTHON, "-m", "pip", "install", "--progress-bar", "off", "--constraint", str(ROOT / "constraints.txt")]
    install_torch([*pip, "--no-deps"], lock)
    step("3/5 build tools", [*pip, "setuptools>=77"], lock)
    step("4/5 all other packages", [*pip, "--no-build-isolation", "--editable", f"{ROOT}[all]"], lock)
    step("5/5 check", [PYTHON, "-m", "pip", "check"], lock)


def install_torch(pip: "list[str]", lock: int) -> None:
    """Install PyTorch first and alone: without an NVIDIA card its small CPU build, wherever that can be had."""
    pin = re.search(r"^torch==\S+", (ROOT / "constraints.txt").read_text("utf-8"), re.M).group()
    if sys.platform == "linux" and not has_nvidia():
        with contextlib.suppress(Trouble):
            briefly = ["--index-url", CPU_INDEX, "--timeout", "8", "--retries", "0"]
            return step("2/5 PyTorch for this processor", [*pip, *briefly, pin], lock)
        say("    PyTorch's own index gave none: taking pip's default build, which may bring several GB.")
    return step("2/5 PyTorch", [*pip, pin], lock)


def step(title: str, command: "list[str]", lock: int) -> None:
    """Run a command of the set-up and show what it does and for how long; raise one sentence where it fails."""
    say(f"[{title}]")
    started, done, news = time.monotonic(), threading.Event(), [""]
    width = 72 if sys.stdout and sys.stdout.isatty() else 0  # 0: no terminal
    doing = re.compile(r"^ *((?:Collecting|Downloading|Building|Installing) .{,60})")

    def show() -> None:
        while not done.wait(0.2 if width else 10):
            say(f"    {time.monotonic() - started:4.0f} s  {news[-1]:{width}}", end="\r" if width else "\n")

    ticker = threading.Thread(target=show, daemon=True)
    ticker.start()
    # Children inherit the lock, so that it holds while a pip whose parent was killed still works.
    code, log = ask(command, lambda line: news.extend(doing.findall(line)), **({"pass_fds": (lock,)} if fcntl else {}))
    done.set()
    ticker.join()
    say(f"    {time.monotonic() - started:4.0f} s  {'failed' if code else 'done':{width}}")
    with open(str(BUILD / "set-up.log"), "a", encoding="utf-8") as file:
        file.write(f"[{title}]\n{log}")
    if code:
        raise Trouble(explain(log, title))


def explain(log: str, title: str) -> str:
    """One sentence for what a failed step of the set-up printed."""
    error = (re.findall(r"^ERROR: (.+)$", log, re.M) or log.strip().splitlines() or ["it said nothing"])[-1]
    if re.search(r"No space left on device|not enough space on the disk", log):
        return "The disk is full: free some space and start again; what is installed is kept."
    if re.search(r"Permission denied|Read-only file system|Access is denied", log):
        return f"Set-up may not write where it must ({error}): start as the owner of {ROOT}, or copy it elsewhere."
    if re.search(r"new connection|name resolution|Timeout|timed out|Proxy|Network is unreachable", log, re.I):
        return "No network: pip does not reach its package index, which set-up needs once: connect and start again."
    if title.startswith("5/5"):
        return f"The installed packages do not fit together ({error}): delete {VENV} and start again."
    return f"Set-up failed at {title} ({error}): see {BUILD / 'set-up.log'}; the next start goes on from here."


def free_port(first: int = FIRST_PORT) -> int:
    """The first port from `first` on that nobody uses."""
    for port in range(first, first + 100):
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    raise Trouble(f"No port from {first} to {first + 99} is free: close another JupyterLab and start again.")


def lab_command(port: int, root: Path = ROOT, browser: bool = True) -> "list[str]":
    """The command that opens JupyterLab on the first lesson and asks nothing of the network."""
    options = ["--LabApp.default_url=/lab/tree/notebooks/0_start_here.ipynb", f"--ServerApp.root_dir={root}"]
    options += ["--LabApp.extension_manager=readonly", "--Application.log_level=ERROR"]
    options += ["--KernelManager.transport_encryption=auto"]  # else each kernel warns of plain text
    options += ["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    return [PYTHON, "-m", "jupyterlab", f"--port={port}", *options, *([] if browser else ["--no-browser"])]


def open_lab(browser: bool) -> int:
    """Set up where needed, open JupyterLab and stay until it is stopped."""
    set_up()
    check_loopback()
    port = free_port()
    if port != FIRST_PORT:
        say(f"Port {FIRST_PORT} is taken (by another JupyterLab?): using {port}.")
    say("Opening JupyterLab; to stop it, press Ctrl-C here.")
    lab = subprocess.Popen(lab_command(port, browser=browser), cwd=str(ROOT), env=environment())
    while True:
        with contextlib.suppress(KeyboardInterrupt):  # Lab gets the same Ctrl-C and asks what to do
            return lab.wait()


def lessons(names: "list[str]") -> "list[Path]":
    """The notebooks meant by names such as "5b" or "5b_combined_ranking"; all of them where none is given."""
    found = {path: {path.stem, path.stem.split("_")[0]} for path in sorted((ROOT / "notebooks").glob("*.ipynb"))}
    for name in names:
        if not any(name in called for called in found.values()):
            known = ", ".join(path.stem.split("_")[0] for path in found) or "none yet"
            raise Trouble(f"There is no lesson {name!r}; there are: {known}.", 2)
    return [path for path, called in found.items() if not names or called & set(names)]


def test() -> int:
    """Run every check, whatever fails on the way; a line a stage, then how many passed; 1 where any failed."""
    set_up()
    check_loopback()
    pytest = ["pytest", "-n", "2", "--dist", "loadfile"]  # a file's tests, and a lesson's cells, stay together
    nbval = [*pytest, "--nbval", "--nbval-current-env", "--nbval-cell-timeout=180"]
    nbval += ask([PYTHON, TOOLS, "present"])[1].splitlines()  # those whose data are here; a test names the others
    stages = {"style": ["ruff", "check", "."], "types": ["mypy"], "tests": [*pytest, "-rs", "tests"]}
    stages.update({"lessons": nbval} if lessons([]) else {})
    total, lines = {"passed": 0, "failed": 0, "skipped": 0}, []
    for name, words in stages.items():
        say(f"--- {name}")
        started = time.monotonic()
        code, text = ask([PYTHON, "-m", *words], echo, environment(**CHECKED))
        counted = re.findall(r"(\d+) (passed|failed|skipped|error)", (text.strip().splitlines() or [""])[-1])
        found = {word: int(number) for number, word in counted}
        failed = found.get("failed", 0) + found.pop("error", 0) or int(code != 0)
        for word, number in {"passed": int(code == 0), **found, "failed": failed}.items():
            total[word] += number
        lines.append(f"{name:8} {'FAILED' if failed else 'ok':6} {time.monotonic() - started:5.0f} s")
    say("\n" + "\n".join(lines) + f"\n{total['passed']} passed, {total['failed']} failed, {total['skipped']} skipped")
    return int(total["failed"] > 0)


def run(names: "list[str]") -> int:
    """Execute lessons one after another into build/, with a line for each; 1 where any failed."""
    chosen = lessons(names)
    set_up()
    check_loopback()
    BUILD.mkdir(exist_ok=True)
    execute, env = [PYTHON, TOOLS, "execute"], environment(**CHECKED)
    codes = (ask([*execute, str(path), str(BUILD / path.name)], echo, env)[0] for path in chosen)
    ends = [{0: "passed", 5: "skipped"}.get(code, "failed") for code in codes]  # 5: its data are not here
    say(", ".join(f"{ends.count(end)} {end}" for end in ("passed", "failed", "skipped")) + f"; see {BUILD}")
    return int("failed" in ends)


def data(names: "list[str]") -> int:
    """Fetch real data, all or those named, by the command of that name in .venv; its exit code."""
    set_up()
    return subprocess.call([PYTHON, "-m", "causalrec", "data", *names], cwd=str(ROOT), env=environment())


def doctor() -> int:
    """Say what is wrong and what to do; 1 where something is."""
    examinations = {
        "Python": lambda: check_python() or sys.version.split()[0],
        "venv": lambda: check_venv_module() or "this Python can make one",
        "folder": lambda: check_writable() or f"{ROOT} can be written",
        "disk": check_disk,
        "loopback": lambda: check_loopback() or "127.0.0.1 answers",
        "port": lambda: f"JupyterLab would use {free_port()}" + (", 8888 is taken" if free_port() > FIRST_PORT else ""),
        "set-up": check_set_up,
    }
    wrong = 0
    for name, examine in examinations.items():
        try:
            say(f"ok     {name:9} {examine()}")
        except Trouble as trouble:
            wrong += 1
            say(f"WRONG  {name:9} {trouble.args[0]}")
    if os.path.exists(PYTHON):  # packages, language model, memory, threads, lessons: what only .venv can tell
        wrong += ask([PYTHON, TOOLS, "examine"], echo, environment(**CHECKED))[0]
    say("Something is to be put right; `python3 start.py` repairs the set-up." if wrong else "All is well.")
    return int(wrong > 0)


def main(words: "list[str]") -> int:
    """Do what the words on the command line say; the exit code."""
    first, rest = (words[0], words[1:]) if words else ("", [])
    alone = {"test": test, "doctor": doctor, "": lambda: open_lab(True), "--no-browser": lambda: open_lab(False)}
    try:
        if first in ("run", "data"):
            return run(rest) if first == "run" else data(rest)
        if not rest and first in ("-h", "--help", "help"):
            return say(__doc__.strip()) or 0
        if not rest and first in alone:
            return alone[first]()
        raise Trouble(f"Unknown: {' '.join(words)!r}; start.py knows test, run, data, doctor, --no-browser, --help.", 2)
    except Trouble as trouble:
        print(f"start.py: {trouble.args[0]}", file=sys.stderr, flush=True)
        return (*trouble.args, 1)[1]
    except KeyboardInterrupt:
        say("\nStopped. The next start goes on from here.")
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
