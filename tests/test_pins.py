"""The three lists of packages name the same versions."""

import re
import tomllib

import yaml

from tests.conftest import ROOT

CONDA_NAMES = {"torch": "pytorch"}


def pins(requirements, sign):
    return dict(requirement.replace(" ", "").split(sign) for requirement in requirements)


def test_conda_and_pip_pin_the_same_versions():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = {CONDA_NAMES.get(name, name): version for name, version in pins(project["dependencies"], "==").items()}
    conda = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    assert pins([line for line in conda if not re.match("python|pip$", line)], "=") == wanted
    assert f"python {project['requires-python']}" in conda


def test_the_constraints_hold_every_direct_pin():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    direct = [*project["dependencies"], *(p for extra in project["optional-dependencies"].values() for p in extra)]
    constraints = pins((ROOT / "constraints.txt").read_text().split(), "==")
    normalised = {name.lower().replace("_", "-"): version for name, version in constraints.items()}
    assert {name: normalised.get(name) for name in pins(direct, "==")} == pins(direct, "==")
