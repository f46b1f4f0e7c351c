"""What git brings to a learner's machine: the same bytes on every system, and the files that services read."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent


def git(*words: str, folder: Path = ROOT) -> str:
    """What git says; line ends as Windows' git would make them."""
    command = ["git", "-c", "core.autocrlf=true", "-C", str(folder), *words]
    return subprocess.run(command, capture_output=True, encoding="utf-8", check=True).stdout


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    """A clone of the last commit, made as git for Windows makes it, with core.autocrlf=true."""
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("this folder is no clone by git, so there is nothing to clone again")
    folder = tmp_path_factory.mktemp("windows") / "clone"
    git("clone", "--quiet", "--no-tags", str(ROOT), str(folder))
    return folder


def test_a_clone_with_windows_line_ends_has_the_bytes_of_the_repository(clone):
    changed = [line for line in git("ls-files", "--eol", folder=clone).splitlines()
               if re.match(r"i/(\S+)\s+w/(\S+)", line).group(1) != re.match(r"i/(\S+)\s+w/(\S+)", line).group(2)]
    assert changed == []
    assert git("status", "--porcelain", folder=clone) == ""


def test_the_sums_of_its_data_are_right(clone):
    for line in (clone / "data" / "SHA256SUMS").read_text("utf-8").splitlines():
        digest, name = line.split("  ")
        assert hashlib.sha256((clone / "data" / name).read_bytes()).hexdigest() == digest, name


@pytest.mark.parametrize("pattern", ["notebooks/*.ipynb", "notebooks/source/*.py", "lock/*.txt", "data/*", ".ci/*"])
def test_its_texts_end_their_lines_as_ours(pattern, clone):
    found = [path for path in clone.glob(pattern) if path.is_file()]
    assert found
    assert [path.name for path in found if b"\r" in path.read_bytes()] == []


def test_the_workflow_runs_readmes_commands_on_three_systems_and_says_that_it_is_untried():
    text = (ROOT / ".github" / "workflows" / "check.yml").read_text("utf-8")
    assert text.startswith("# UNTRIED")
    check = yaml.safe_load(text)["jobs"]["check"]
    assert [name.split("-")[0] for name in check["strategy"]["matrix"]["system"]] == ["ubuntu", "macos", "windows"]
    classifiers = re.findall(r"Python :: (\d\.\d+)\"", (ROOT / "pyproject.toml").read_text("utf-8"))
    assert check["strategy"]["matrix"]["python"] == classifiers
    commands = [step["run"] for step in check["steps"] if "run" in step]
    assert commands == ["python start.py run 0", "python start.py test --processors"]
