"""In a real browser: JupyterLab opens the first lesson, runs it to its end, and its exercise answers."""

from __future__ import annotations

import os
import re
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

import nbformat
import pytest

import start
from causalrec.course.lab import free_port, lab_command
from causalrec.course.notebooks import chromium

ROOT = Path(__file__).resolve().parent.parent
LESSON = ROOT / "notebooks" / "0_start_here.ipynb"
CHROMIUM = chromium()
QUIET = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]
MINUTE = 60_000  # milliseconds, as Playwright counts

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
    pytest.mark.skipif(not LESSON.exists(), reason="notebooks/0_start_here.ipynb does not exist yet"),
]


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """The address of a JupyterLab, started as start.py starts it, on a copy of the lesson, with its own settings."""
    place = tmp_path_factory.mktemp("lab")
    (place / "notebooks").mkdir()
    lesson = nbformat.read(LESSON, as_version=4)
    for cell in lesson.cells:
        if cell.cell_type == "code":  # so that a number in front of a cell tells that it was run here
            cell.outputs, cell.execution_count = [], None
    nbformat.write(lesson, place / "notebooks" / LESSON.name)
    settings = place / "settings" / "@jupyterlab" / "notebook-extension" / "tracker.jupyterlab-settings"
    settings.parent.mkdir(parents=True)
    settings.write_text('{"windowingMode": "none"}', "utf-8")  # otherwise cells out of sight are not in the page
    (place / "config" / "labconfig").mkdir(parents=True)
    (place / "config" / "labconfig" / "page_config.json").write_text(start.LAB, "utf-8")
    folders = {
        "JUPYTERLAB_SETTINGS_DIR": "settings",
        "JUPYTERLAB_WORKSPACES_DIR": "spaces",
        "JUPYTER_CONFIG_DIR": "config",
        "JUPYTER_RUNTIME_DIR": "runtime",
        "IPYTHONDIR": "ipython",
    }
    environment = {**os.environ, **{name: str(place / folder) for name, folder in folders.items()}}
    environment["PYTHONPATH"] = str(ROOT)
    port = free_port(8950)
    command = lab_command(port, root=place, browser=False)
    command.append("--IdentityProvider.token=course")
    address = f"http://127.0.0.1:{port}"
    with open(place / "log", "w") as log:
        quiet = {"stdin": subprocess.DEVNULL, "stdout": log, "stderr": log}
        process = subprocess.Popen(command, cwd=place, env=environment, **quiet)
    try:
        wait_for(f"{address}/api", process, place / "log")
        yield address
    finally:
        process.terminate()
        process.wait(20)


def wait_for(address: str, process: subprocess.Popen, log: Path) -> None:
    """Return once a server answers; fail with its log where it ended or takes a minute."""
    deadline = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < deadline:
        try:
            urllib.request.urlopen(address, timeout=5).close()
            return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.2)
    pytest.fail("JupyterLab did not start:\n" + log.read_text("utf-8"))


@pytest.fixture(scope="module")
def page(lab):
    """The first lesson in Lab, opened in Chromium and run to its end."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        page = browser.new_page(viewport={"width": 1400, "height": 1000})
        page.goto(f"{lab}/lab/tree/notebooks/{LESSON.name}?token=course&reset")
        page.locator(".jp-Notebook").wait_for(timeout=MINUTE)
        page.get_by_text(re.compile(r"Python 3.* \| Idle")).wait_for(timeout=MINUTE)
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
        prompts = "[...document.querySelectorAll('.jp-CodeCell .jp-InputPrompt')]"
        page.wait_for_function(f"{prompts}.every(prompt => /\\[\\d+\\]/.test(prompt.textContent))", timeout=3 * MINUTE)
        yield page
        browser.close()


def answer(page, value: str) -> str:
    """Put a value in place of the exercise's dots, run the cell as a learner would, and return the feedback."""
    cell = page.locator(".jp-CodeCell").filter(has_text=re.compile(r'check\("0\.1"')).first
    before = cell.locator(".jp-InputPrompt").inner_text()
    cell.locator(".cm-content").click()
    page.keyboard.press("Control+A")
    page.keyboard.insert_text(f'answer = {value}\ncheck("0.1", answer)')
    page.keyboard.press("Shift+Enter")
    prompt = cell.locator(".jp-InputPrompt").filter(has_not_text=before).filter(has_text=re.compile(r"\[\d+\]"))
    prompt.wait_for(timeout=MINUTE)
    return cell.locator(".jp-OutputArea-output").inner_text()


def test_lab_opens_the_lesson_and_runs_it_to_its_end(page):
    cells = [cell for cell in nbformat.read(LESSON, as_version=4).cells if cell.cell_type == "code"]
    numbers = [int(text.strip("[]: ")) for text in page.locator(".jp-CodeCell .jp-InputPrompt").all_inner_texts()]
    assert numbers == list(range(1, len(cells) + 1))
    assert page.locator(".jp-OutputArea [data-mime-type='application/vnd.jupyter.error']").count() == 0
    assert page.locator("h1").first.inner_text().startswith("What is this")
    assert page.locator(".jp-OutputArea img").count() >= 1


def test_lab_shows_nothing_that_is_not_for_learners(page):
    assert page.get_by_text("Jupyter news").count() == 0
    assert page.get_by_role("menuitem", name="Nbgrader").count() == 0


@pytest.mark.parametrize(("value", "verdict"), [
    ("...", "Not attempted."),
    ("0.9", "Wrong."),
    ('"many"', "Wrong."),
    ('pairs["clicked"].mean()', "Wrong. That is the mean over all pairs"),
    ('1 - pairs[pairs["browsed"] == 1]["clicked"].mean()', "Almost."),
    ('pairs[pairs["browsed"] == 1]["clicked"].mean()', "Right."),
])
def test_the_exercise_answers(page, value, verdict):
    assert answer(page, value).startswith(verdict)
