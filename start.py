#!/usr/bin/env python3
"""Set up causalrec and open it.

python3 start.py                set up (once), then open JupyterLab on the first lesson
python3 start.py --no-browser   the same, but only print the address
python3 start.py test           run every check: style, types, tests, and the saved outputs of every lesson
        test --processors       the same, and the lessons again as older processors would compute them
python3 start.py run [5b ...]   execute all lessons, or those named, without a browser, into build/
python3 start.py data [...]     fetch real data, all or those named, that set-up could not get; say where the rest is
python3 start.py doctor         say what is wrong on this machine and what to do
python3 start.py --help         show this text
"""
# Standard library only, and readable by old Pythons (their annotations are quoted), which must say what is needed.

import contextlib
import hashlib
import importlib.util
import os
import platform
import re
import shutil
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
SOURCES = "causalrec/shop/sources/source.py"
LOCK = ("lock/torch.txt", "lock/cuda.txt", "lock/packages.txt")
SUPPORTED = ((3, 11), (3, 12), (3, 13))
OLDEST_MACOS = 14
CPU_INDEX = "https://download.pytorch.org/whl/cpu"
# In Lab, without what asks the network for news, and without the teacher's buttons.
LAB = '{"disabledExtensions": {"@jupyterlab/apputils-extension:announcements": true, "@jupyter/nbgrader": true}}'


class Trouble(Exception):
    """What is wrong and what to do, in one sentence; an exit code other than 1 may follow."""


def say(text: str, end: str = "\n") -> None:
    """Print at once, also through a pipe."""
    print(text, end=end, flush=True)


def echo(line: str) -> None:
    """Print a line that ends itself."""
    say(line, end="")


def environment() -> "dict[str, str]":
    """The environment for what runs in .venv: nothing of another Python, nothing installed outside .venv."""
    kept = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONHOME", "PIP_TARGET")}
    return {**kept, "PYTHONNOUSERSITE": "1", "PIP_USER": "0", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}


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


def check_processor() -> str:
    """The processor; raise on a Mac with an Intel one or an old system, for which PyTorch has no wheel."""
    if sys.platform == "darwin" and platform.machine() == "x86_64":
        remedy = "use a Mac with Apple silicon and its own (arm64) Python, Linux or Windows"
        raise Trouble(f"PyTorch has no wheel for Macs with an Intel processor, nor for their Python: {remedy}.")
    system = platform.mac_ver()[0]  # empty elsewhere
    if system and int(system.split(".")[0]) < OLDEST_MACOS:
        raise Trouble(f"This is macOS {system}; PyTorch needs macOS {OLDEST_MACOS} or newer: update it first.")
    return platform.machine()


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


def has_nvidia() -> bool:
    """Whether an NVIDIA card answers on this machine."""
    return bool(shutil.which("nvidia-smi")) and "GPU" in ask(["nvidia-smi", "-L"])[1]


def fingerprint() -> str:
    """A hash of what a set-up depends on: lists of packages and of data, the version of Python in .venv, the folder."""
    config = VENV / "pyvenv.cfg"
    python = re.findall(r"^version\w* *= *\d+\.\d+", config.read_text("utf-8") if config.exists() else "", re.M)
    lists = [(ROOT / name).read_text("utf-8") for name in ("pyproject.toml", *LOCK, SOURCES)]
    return hashlib.sha256("\0".join([*lists, *python, str(ROOT)]).encode("utf-8")).hexdigest()


def is_ready() -> bool:
    """Whether .venv was set up to the end, with these very lists of packages."""
    return os.path.exists(PYTHON) and STAMP.exists() and STAMP.read_text("utf-8").strip() == fingerprint()


def check_set_up() -> str:
    """That the set-up is complete; raise where it is not."""
    if is_ready():
        return f"complete, in {VENV}"
    raise Trouble("Not complete, or the lists of packages or data have changed: `python3 start.py` completes it.")


def set_up() -> None:
    """Make .venv ready: at once and offline if it is; otherwise make it, complete it or, where broken, make it anew."""
    check_python()
    if is_ready():
        return
    check_processor()
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
            step("1/6 virtual environment", [python, "-m", "venv", "--clear", str(VENV)], lock)
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
    pip = [PYTHON, "-m", "pip", "install", "--progress-bar", "off", "--no-deps"]
    locked_only = [*pip, "--only-binary", ":all:", "--require-hashes"]
    install_torch(locked_only, lock)
    step("3/6 all other packages", [*locked_only, "--requirement", LOCK[2]], lock)
    step("4/6 causalrec", [*pip, "--no-build-isolation", "--editable", str(ROOT)], lock)
    step("5/6 check", [PYTHON, "-m", "pip", "check"], lock)
    fetch(lock)


def install_torch(pip: "list[str]", lock: int) -> None:
    """Install PyTorch first and alone: without an NVIDIA card its small CPU build, wherever that can be had.

    Only the CUDA build asks for NVIDIA's packages, and cannot be imported without them.
    """
    torch, cuda = (["--requirement", name] for name in LOCK[:2])
    if sys.platform == "linux" and not has_nvidia():
        briefly = ["--index-url", CPU_INDEX, "--timeout", "8", "--retries", "0"]
        with contextlib.suppress(Trouble):
            return step("2/6 PyTorch for this processor", [*pip, *briefly, *torch], lock)
        say("    PyTorch's own index gave none: taking pip's default build, which brings several GB.")
    step("2/6 PyTorch", [*pip, *torch, *(cuda if sys.platform == "linux" else [])], lock)


def fetch(lock: int) -> None:
    """Fetch real data by hash; what cannot be had is named, and the set-up is complete all the same."""
    code, log = watch("6/6 real data", [PYTHON, "-m", "causalrec", "data"], lock, "not all")
    if code:
        lacking = sorted(set(re.findall(r"^(\w+)/\S+: could not be had$", log, re.M)))
        say(f"    Missing: {', '.join(lacking) or 'all'}; `python3 start.py data` says why and where else they are.")


def step(title: str, command: "list[str]", lock: int) -> None:
    """Run a command of the set-up, watched; raise one sentence where it fails."""
    code, log = watch(title, command, lock)
    if code:
        raise Trouble(explain(log, title))


def watch(title: str, command: "list[str]", lock: int, bad: str = "failed") -> tuple:
    """Run a command and show what it does and for how long: its exit code and its text, which the log keeps too."""
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
    say(f"    {time.monotonic() - started:4.0f} s  {bad if code else 'done':{width}}")
    with open(str(BUILD / "set-up.log"), "a", encoding="utf-8") as file:
        file.write(f"[{title}]\n{log}")
    return code, log


def explain(log: str, title: str) -> str:
    """One sentence for what a failed step of the set-up printed."""
    error = (re.findall(r"^ERROR: (.+)$", log, re.M) or log.strip().splitlines() or ["it said nothing"])[-1]
    if re.search(r"No space left on device|not enough space on the disk", log):
        return "The disk is full: free some space and start again; what is installed is kept."
    if re.search(r"Permission denied|Read-only file system|Access is denied", log):
        return f"Set-up may not write where it must ({error}): start as the owner of {ROOT}, or copy it elsewhere."
    if re.search(r"new connection|name resolution|Timeout|timed out|Proxy|Network is unreachable", log, re.I):
        return "No network: pip does not reach its package index, which set-up needs once: connect and start again."
    if title.startswith("5/6"):
        return f"The installed packages do not fit together ({error}): delete {VENV} and start again."
    return f"Set-up failed at {title} ({error}): see {BUILD / 'set-up.log'}; the next start goes on from here."


def call(module: str, *words: str) -> int:
    """Set up where needed, then run a module of the course in .venv; its exit code."""
    set_up()
    process = subprocess.Popen([PYTHON, "-m", module, *words], cwd=str(ROOT), env=environment())
    while True:
        with contextlib.suppress(KeyboardInterrupt):  # the module gets the same Ctrl-C and decides what follows
            return process.wait()


def doctor() -> int:
    """Say what is wrong and what to do; 1 where something is."""
    examinations = {
        "Python": lambda: check_python() or sys.version.split()[0],
        "processor": check_processor,
        "venv": lambda: check_venv_module() or "this Python can make one",
        "folder": lambda: check_writable() or f"{ROOT} can be written",
        "disk": check_disk,
        "set-up": check_set_up,
    }
    wrong = 0
    for name, examine in examinations.items():
        try:
            say(f"ok     {name:9} {examine()}")
        except Trouble as trouble:
            wrong += 1
            say(f"WRONG  {name:9} {trouble.args[0]}")
    if os.path.exists(PYTHON):  # network interface, packages, language model, memory: what only .venv can tell
        for words in (["causalrec.course.lab", "--examine"], ["causalrec.course", "examine"]):
            wrong += ask([PYTHON, "-m", *words], echo)[0]
    say("Something is to be put right; `python3 start.py` repairs the set-up." if wrong else "All is well.")
    return int(wrong > 0)


def main(words: "list[str]") -> int:
    """Do what the words on the command line say; the exit code."""
    first, rest = (words[0], words[1:]) if words else ("", [])
    try:
        if first == "data":
            return call("causalrec", *words)
        if first == "run" or (first == "test" and rest in ([], ["--processors"])):
            return call("causalrec.course.checks", *words)
        if not rest and first in ("-h", "--help", "help"):
            return say(__doc__.strip()) or 0
        if words in ([], ["--no-browser"]):
            return call("causalrec.course.lab", *words)
        if words == ["doctor"]:
            return doctor()
        raise Trouble(f"Unknown: {' '.join(words)!r}; start.py knows test, run, data, doctor, --no-browser, --help.", 2)
    except Trouble as trouble:
        print(f"start.py: {trouble.args[0]}", file=sys.stderr, flush=True)
        return (*trouble.args, 1)[1]
    except KeyboardInterrupt:
        say("\nStopped. The next start goes on from here.")
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
