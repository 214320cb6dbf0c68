"""The contract on imports names every module of the spec: a new one has to say where it stands."""

import re
import tomllib
from pathlib import Path

import diptych

ROOT = Path(__file__).parents[2]
SPEC = Path(diptych.__file__).parent


def test_the_contract_names_every_module_of_the_spec() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    (layers,) = (contract["layers"] for contract in contracts if contract["name"].startswith("Inside the spec"))
    named = [name for layer in layers for name in re.split(r"\s*[|:]\s*", layer)]
    assert len(set(named)) == len(named)
    whole = {name for name in named if (SPEC.parent / name.replace(".", "/")).is_dir()}
    modules = {".".join(path.relative_to(SPEC.parent).with_suffix("").parts) for path in SPEC.rglob("*.py")}
    inside = {module for module in modules if any(module.startswith(f"{package}.") for package in whole)}
    packages = {module for module in modules if module.endswith("__init__")}
    assert set(named) - whole == modules - inside - packages
