"""The house stays as drawn in docs/architecture.md: directions of imports, names, homes of heavy packages, sizes."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import networkx
import pytest

from causalrec.course import house
from causalrec.course.size import rooms

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "causalrec"
ROOMS = {room.name: room for room in rooms()}

BASE = {"_lazy", "errors", "types", "wording", "files"}
MAY_IMPORT = {  # besides themselves
    "": set(),
    "_lazy": set(),
    "errors": set(),
    "types": set(),
    "wording": set(),
    "files": {"errors"},
    "article": {"errors"},
    "causal": BASE,
    "shop": BASE | {"causal"},
    "recommend": BASE | {"article", "causal", "shop"},
    "teach": BASE | {"causal"},
    "course": BASE | {"causal", "shop", "recommend", "teach"},
    "commands": BASE | {"", "article", "causal", "shop", "recommend", "teach", "course"},
    "__main__": BASE | {"", "commands", "causal", "shop", "recommend", "teach", "course"},
}
FLOORS = {  # within causal: a room may import from its own floor and from those beneath; examples stand beside them
    "belief": 0, "graphs": 0, "formulas": 0, "models": 1, "identification": 1, "derivation": 2, "bounds": 2,
    "estimation": 2, "examples": 3,
}
PRINTING = ("causalrec.commands.", "causalrec.course.", "causalrec.__main__.")
HOMES = {  # modules, or packages with all their modules
    "torch": ("recommend.text", "recommend.interest"),
    "transformers": (
        "recommend.text.language_model", "recommend.text.encoder", "recommend.interest.fine_tuning",
        "recommend.interest.title_scorer",
    ),
    "dowhy": ("causal.estimation.cross_check",),
    "causallearn": ("causal.graphs.equivalence",),
    "matplotlib": ("teach.canvas", "teach.marks", "teach.diagram", "teach.figure"),
    "ipywidgets": ("teach.widget",),
    "anywidget": ("teach.widget",),
}
HEAVY = [
    "torch", "transformers", "dowhy", "causallearn", "matplotlib", "ipywidgets", "anywidget", "sklearn", "statsmodels",
    "scipy", "networkx", "IPython",
]
TOP_LEVEL = {
    "README.md", "pyproject.toml", "constraints.txt", "environment.yml", "postBuild", "start.py", "LICENSE",
    "LICENSE-CC-BY-4.0.md", "CITATION.cff", "CONTRIBUTING.md", "CHANGELOG.md", ".ci", ".gitattributes", ".github",
    ".gitignore", "lock", "notebooks", "causalrec", "data", "tests", "benchmarks", "docs",
}
MOST_LINES, MOST_LINES_OF_START = 400, 350
MOST_FILES, MOST_CODE, MOST_CODE_OF_ALL = 12, 1_200, 12_500


def module_of(path: Path) -> str:
    """causalrec/causal/graphs/graph.py → causalrec.causal.graphs.graph; a package's __init__.py → the package."""
    return ".".join(part for part in path.relative_to(ROOT).with_suffix("").parts if part != "__init__")


MODULES = {module_of(path): path for path in sorted(PACKAGE.rglob("*.py"))}


@cache
def nodes(path: Path) -> tuple[ast.AST, ...]:
    """All nodes of a file's syntax tree."""
    return tuple(ast.walk(ast.parse(path.read_text("utf-8"))))


@cache
def top(path: Path) -> tuple[ast.stmt, ...]:
    """The statements at the top of a file."""
    return tuple(ast.parse(path.read_text("utf-8")).body)


@cache
def lazy_homes(package: str) -> dict[str, str]:
    """Which module each name comes from that a package re-exports through `attach`."""
    named = {target.id: node.value for node in nodes(MODULES[package]) if isinstance(node, ast.Assign)
             for target in node.targets if isinstance(target, ast.Name)}
    for call in nodes(MODULES[package]):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "attach":
            within, table = call.args
            base = within.value if isinstance(within, ast.Constant) else package
            homes = ast.literal_eval(named[table.id] if isinstance(table, ast.Name) else table)
            return {name: f"{base}.{home}" for name, home in homes.items()}
    return {}


FACADES = [module for module in MODULES if lazy_homes(module)]


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
                    yield homes[alias.name]
                else:
                    yield node.module


def part(module: str, level: int) -> str:
    """The room (level 1) or sub-room (level 2) of a module; empty where it has none."""
    return ([*module.split("."), "", ""])[level]


OURS = {module: sorted({name for name in imported(path) if name in MODULES}) for module, path in MODULES.items()}
ARROWS = [(module, target) for module, targets in OURS.items() for target in targets if module != target]


# ------------------------------------------------------------------------------------------------------- directions


@pytest.mark.parametrize("module", sorted(MODULES))
def test_imports_point_downwards(module):
    here = part(module, 1)
    wrong = [target for target in OURS[module] if part(target, 1) not in MAY_IMPORT[here] | {here}]
    assert wrong == [], f"{here or 'causalrec'} may import from {sorted(MAY_IMPORT[here])}"


def test_within_causal_imports_point_downwards():
    inside = [pair for pair in ARROWS if {part(one, 1) for one in pair} == {"causal"} and "" not in map(subroom, pair)]
    assert {subroom(one) for pair in inside for one in pair} <= FLOORS.keys()
    wrong = [f"{module} imports {target}" for module, target in inside
             if FLOORS[subroom(module)] < FLOORS[subroom(target)]]
    assert wrong == []


def subroom(module: str) -> str:
    """The sub-room of a module: "graphs" of causalrec.causal.graphs.paths; empty where it stands in none."""
    return part(module, 2) if f"causalrec.{part(module, 1)}.{part(module, 2)}" in ROOMS else ""


def test_no_cycles():
    assert list(networkx.simple_cycles(networkx.DiGraph(ARROWS))) == []


def test_no_cycles_of_sub_rooms():
    def room(module: str) -> str:
        return f"{part(module, 1)}.{subroom(module)}"

    between = {(room(module), room(target)) for module, target in ARROWS
               if subroom(module) and subroom(target) and room(module) != room(target)}
    assert list(networkx.simple_cycles(networkx.DiGraph(sorted(between)))) == []


def test_nothing_imports_the_lessons_but_the_shelf():
    """The shelf opens them by name, at run time."""
    assert [module for module, path in MODULES.items() if any(name.startswith("notebooks") for name in imported(path))
            or (module != "causalrec.teach.shelf" and "notebooks.claims" in path.read_text("utf-8"))] == []


@pytest.mark.parametrize("package", HOMES)
def test_heavy_packages_stay_at_home(package):
    homes = tuple(f"causalrec.{home}." for home in HOMES[package])
    users = [module for module, path in MODULES.items() if package in {name.split(".")[0] for name in imported(path)}]
    assert [module for module in users if not f"{module}.".startswith(homes)] == []


def loaded_after(statement: str) -> set[str]:
    """The top-level packages that are loaded in a fresh Python after a statement."""
    code = f"import json, sys; {statement}; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return {name.split(".")[0] for name in json.loads(done.stdout)}


def test_import_causalrec_is_light():
    assert loaded_after("import causalrec") & {"numpy", "pandas", *HEAVY} == set()


def test_importing_the_rooms_is_light():
    assert loaded_after("; ".join(f"import {room}" for room in FACADES)) & {*HEAVY} == set()


# ------------------------------------------------------------------------------------------------------------ names


@pytest.mark.parametrize("module", sorted(MODULES))
def test_no_import_star_and_no_print(module):
    for node in nodes(MODULES[module]):
        if isinstance(node, ast.ImportFrom):
            assert [alias.name for alias in node.names] != ["*"], f"line {node.lineno}"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print":
            assert f"{module}.".startswith(PRINTING), f"line {node.lineno}: print outside commands and course"


def own_names(path: Path) -> set[str]:
    """What a file gives a name to: functions, classes, fields, constants, attributes of self."""
    found = set()
    for node in nodes(path):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in ("self", "cls"):
            found.add(node.attr)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
    return found


def is_private(name: str) -> bool:
    """Whether a name is meant for its own module alone."""
    return name.startswith("_") and not name.endswith("__")


def test_nothing_private_is_used_elsewhere():
    wrong = []
    for module, path in MODULES.items():
        own = own_names(path)
        for node in nodes(path):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("causalrec"):
                used = [alias.name for alias in node.names]
            elif isinstance(node, ast.Attribute) and node.attr not in own:
                used = [node.attr]
            else:
                continue
            wrong += [f"{module}, line {node.lineno}: {name}" for name in used if is_private(name)]
    assert wrong == []


def definitions(path: Path) -> set[str]:
    """The names that a file defines or imports at its top."""
    found = set()
    for node in top(path):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found |= {target.id for target in targets if isinstance(target, ast.Name)}
        elif isinstance(node, ast.ImportFrom):
            found |= {alias.asname or alias.name for alias in node.names}
    return found


@pytest.mark.parametrize("facade", FACADES)
def test_lazy_names_exist(facade):
    homes = lazy_homes(facade)
    assert [name for name, home in homes.items() if home not in MODULES or name not in definitions(MODULES[home])] == []


def test_no_function_has_the_name_of_a_module_beside_it():
    wrong = []
    for name, room in ROOMS.items():
        beside = {module.split(".")[-1] for module in MODULES if module.rpartition(".")[0] == name}
        functions = [(path.stem, node.name) for path in room.files for node in top(path)
                     if isinstance(node, ast.FunctionDef)]
        functions += [("__init__", public) for public in (lazy_homes(name) if name in MODULES else ())]
        wrong += [f"{name}.{stem}: {function}" for stem, function in functions if function in beside]
    assert wrong == []


def test_no_name_of_a_room_turns_into_a_module():
    """Importing every module must leave each public name of a room the function or class that it is."""
    modules = [name for name in MODULES if "__main__" not in name]
    code = f"""
import importlib, types
for module in {modules!r}:
    importlib.import_module(module)
for room, names in {({room: sorted(lazy_homes(room)) for room in FACADES})!r}.items():
    for name in names:
        if isinstance(getattr(importlib.import_module(room), name), types.ModuleType):
            print(room, name)
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == ""


def test_no_two_classes_share_a_name():
    homes = defaultdict(list)
    for module, path in MODULES.items():
        for node in nodes(path):
            if isinstance(node, ast.ClassDef):
                homes[node.name].append(module)
    assert {name: where for name, where in homes.items() if len(where) > 1} == {}


@pytest.mark.parametrize("module", ["causalrec", "causalrec.errors"])
def test_modules_are_named_after_their_place(module):
    assert module in MODULES


# ------------------------------------------------------------------------------------------------------------ sizes


@pytest.mark.parametrize("module", sorted(MODULES))
def test_no_file_is_long(module):
    assert len(MODULES[module].read_text("utf-8").splitlines()) <= MOST_LINES


def test_start_py_stays_readable():
    assert len((ROOT / "start.py").read_text("utf-8").splitlines()) <= MOST_LINES_OF_START


@pytest.mark.parametrize("room", ROOMS)
def test_no_room_is_large(room):
    assert len(ROOMS[room].files) <= MOST_FILES
    assert ROOMS[room].code < MOST_CODE


def test_the_house_is_small():
    assert sum(room.code for room in ROOMS.values()) <= MOST_CODE_OF_ALL


# ------------------------------------------------------------------------------------------------------- the drawing


def test_the_architecture_page_is_what_the_tree_prints():
    assert house.PAGE.read_text("utf-8") == house.page(), "python -m causalrec.course house --write"


def test_every_room_says_what_it_is_for():
    assert [room.name for room in ROOMS.values() if not room.purpose] == []


def test_top_level_is_as_drawn():
    made = {".git", ".venv", "build", "__pycache__", ".ipynb_checkpoints", ".DS_Store", ".hypothesis"}
    extra = {path.name for path in ROOT.iterdir() if path.name not in TOP_LEVEL | made
             and not path.name.endswith((".egg-info", "_cache"))}
    assert extra == set()
