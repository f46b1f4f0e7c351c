"""The house stays as drawn: directions of imports, homes of heavy packages, light imports, file lengths, top level."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import networkx
import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "causalrec"
FILES = sorted(PACKAGE.rglob("*.py"))
LAYERS = ["errors", "types", "wording", "files", "causal", "shop", "recommend", "teach", "__main__"]
ROOMS = ["causalrec.causal", "causalrec.shop", "causalrec.recommend", "causalrec.teach"]
HOMES = {  # modules, or packages with all their modules
    "torch": ("recommend.text", "recommend.interest"),
    "transformers": (
        "recommend.text.language_model", "recommend.text.encoder", "recommend.text.causal_language_model",
    ),
    "dowhy": ("causal.estimation.cross_check",),
    "causallearn": ("causal.graphs.equivalence",),
    "matplotlib": ("teach.figure",),
    "ipywidgets": ("teach.widget",),
    "anywidget": ("teach.widget",),
}
HEAVY = [
    "torch", "transformers", "dowhy", "causallearn", "matplotlib", "ipywidgets", "anywidget", "sklearn", "statsmodels",
    "scipy", "networkx", "IPython",
]
TOP_LEVEL = {
    "README.md", "pyproject.toml", "constraints.txt", "environment.yml", "start.py", "LICENSE", "LICENSE-CC-BY-4.0.md",
    "CITATION.cff", "CONTRIBUTING.md", "CHANGELOG.md", ".ci", ".gitignore", "notebooks", "causalrec", "data", "tests",
    "benchmarks", "docs",
}


def module_of(path: Path) -> str:
    """causalrec/causal/graph.py → causalrec.causal.graphs.graph; a package's __init__.py → the package."""
    return ".".join(part for part in path.relative_to(ROOT).with_suffix("").parts if part != "__init__")


@cache
def nodes(path: Path) -> tuple[ast.AST, ...]:
    """All nodes of a file's syntax tree."""
    return tuple(ast.walk(ast.parse(path.read_text("utf-8"))))


MODULES = {module_of(path): path for path in FILES}


@cache
def lazy_homes(package: str) -> dict[str, str]:
    """Which module each name comes from that a package re-exports through `attach`."""
    calls = [node for node in nodes(MODULES[package]) if isinstance(node, ast.Call)]
    given = [argument for call in calls if isinstance(call.func, ast.Name) and call.func.id == "attach"
             for argument in call.args]
    named = {node.targets[0].id: node.value for node in nodes(MODULES[package])
             if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)}
    for argument in given:
        table = named.get(argument.id) if isinstance(argument, ast.Name) else argument
        if isinstance(table, ast.Dict):
            return ast.literal_eval(table)
    return {}


def imported(path: Path) -> Iterator[str]:
    """The full names of all modules that a file imports, lazily re-exported names traced to where they are defined."""
    for node in nodes(path):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import"
            assert node.module is not None
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                if full in MODULES:
                    yield full
                elif node.module in MODULES and alias.name in (homes := lazy_homes(node.module)):
                    yield f"{node.module}.{homes[alias.name]}"
                else:
                    yield node.module


def layer(module: str) -> str:
    """The room, or the module at the top of the package, that a module belongs to."""
    return (module.split(".") + [""])[1]


OURS = {module: sorted({name for name in imported(path) if name in MODULES}) for module, path in MODULES.items()}


@pytest.mark.parametrize("module", sorted(MODULES))
def test_imports_point_downwards(module):
    here = layer(module)
    for target in OURS[module]:
        there = layer(target)
        if there in ("", "_lazy") or here == there:
            continue
        assert here != "_lazy"
        if here == "article":
            assert there == "errors", f"{module} imports {target}; article knows only errors"
        elif there == "article":
            assert LAYERS.index(here) > LAYERS.index("causal")
        elif here == "":
            pytest.fail(f"causalrec/__init__.py imports {target}; it shall import nothing")
        else:
            assert LAYERS.index(there) < LAYERS.index(here), f"{module} imports {target}, against the layers"


def test_no_cycles():
    arrows = [(module, target) for module, targets in OURS.items() for target in targets if module != target]
    assert list(networkx.simple_cycles(networkx.DiGraph(arrows))) == []


@pytest.mark.parametrize("module", sorted(MODULES))
def test_no_import_star_and_no_print(module):
    for node in nodes(MODULES[module]):
        if isinstance(node, ast.ImportFrom):
            assert [alias.name for alias in node.names] != ["*"], f"line {node.lineno}"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and module != "causalrec.__main__":
            assert node.func.id != "print", f"line {node.lineno}: print outside __main__"


@pytest.mark.parametrize("package", HOMES)
def test_heavy_packages_stay_at_home(package):
    homes = tuple(f"causalrec.{home}" for home in HOMES[package])
    users = [module for module, path in MODULES.items() if package in {name.split(".")[0] for name in imported(path)}]
    assert [module for module in users if not f"{module}.".startswith(tuple(f"{home}." for home in homes))] == []


@pytest.mark.parametrize("module", sorted(MODULES))
def test_no_file_over_400_lines(module):
    assert len(MODULES[module].read_text("utf-8").splitlines()) <= 400


def test_start_py_stays_readable():
    assert len((ROOT / "start.py").read_text("utf-8").splitlines()) <= 400


def loaded_after(statement: str) -> set[str]:
    """The top-level packages that are loaded in a fresh Python after a statement."""
    code = f"import json, sys; {statement}; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return {name.split(".")[0] for name in json.loads(done.stdout)}


def test_import_causalrec_is_light():
    assert loaded_after("import causalrec") & {"numpy", "pandas", *HEAVY} == set()


def test_importing_the_rooms_is_light():
    there = [room for room in ROOMS if room in MODULES]
    assert loaded_after("; ".join(f"import {room}" for room in there)) & {*HEAVY} == set()


@pytest.mark.parametrize("room", [room for room in ROOMS if room in MODULES])
def test_lazy_names_exist(room):
    homes = lazy_homes(room)
    missing = [name for name, home in homes.items() if f"{room}.{home}" not in MODULES or not defines(room, home, name)]
    assert missing == []


def test_no_name_of_a_room_turns_into_a_module():
    """Importing every module must leave each public name of a room the function or class that it is."""
    modules = [name for name in MODULES if not name.startswith("causalrec.teach.lessons") and "__main__" not in name]
    rooms = {room: sorted(lazy_homes(room)) for room in ROOMS if room in MODULES}
    code = f"""
import importlib, types
for module in {modules!r}:
    importlib.import_module(module)
for room, names in {rooms!r}.items():
    for name in names:
        if isinstance(getattr(importlib.import_module(room), name), types.ModuleType):
            print(room, name)
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == ""


def defines(room: str, home: str, name: str) -> bool:
    """Whether a module defines or imports a name at its top."""
    found = set()
    for node in ast.parse(MODULES[f"{room}.{home}"].read_text("utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Assign):
            found |= {target.id for target in node.targets if isinstance(target, ast.Name)}
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            found.add(node.target.id)
        elif isinstance(node, ast.ImportFrom):
            found |= {alias.asname or alias.name for alias in node.names}
    return name in found


def test_top_level_is_as_drawn():
    made = {".git", ".venv", "build", "__pycache__", ".ipynb_checkpoints", ".DS_Store"}
    extra = {
        path.name for path in ROOT.iterdir() if path.name not in TOP_LEVEL | made
        and not path.name.endswith((".egg-info", "_cache")) and path.name != ".hypothesis"
    }
    assert extra == set()


@pytest.mark.parametrize("module", ["causalrec", "causalrec.errors"])
def test_modules_are_named_after_their_place(module):
    assert module in MODULES
