import importlib
import subprocess
import sys

import pytest

import causalrec.shop


@pytest.mark.parametrize("name", dir(causalrec.shop))
def test_every_public_name_is_there(name: str) -> None:
    assert getattr(causalrec.shop, name).__class__.__name__ != "module"


def test_simulate_stays_the_function_when_its_module_is_loaded() -> None:
    module = importlib.import_module("causalrec.shop.simulator")
    assert causalrec.shop.simulate is module.simulate
    assert callable(causalrec.shop.simulate)


def test_the_package_loads_nothing_heavy_until_it_is_used() -> None:
    code = "import causalrec.shop, sys; sys.exit(bool({'numpy', 'pandas'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
