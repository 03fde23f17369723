"""The three lists of packages agree: what is tried, what is allowed and what conda installs."""

import re
import tomllib

import pytest
import yaml
from packaging.requirements import Requirement

from tests.conftest import ROOT

CONDA_NAMES = {"pytorch": "torch"}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
DIRECT = [Requirement(line) for line in PROJECT["dependencies"]]
EXTRA = [Requirement(line) for extra in PROJECT["optional-dependencies"].values() for line in extra]


def versions(lines, sign):
    """Version by name, as pip spells names."""
    return {name.lower().replace("_", "-"): version for name, version in (line.replace(" ", "").split(sign) for line in lines)}


CONSTRAINTS = versions((ROOT / "constraints.txt").read_text().split(), "==")


@pytest.mark.parametrize("requirement", [*DIRECT, *EXTRA], ids=str)
def test_what_is_tried_is_the_lowest_that_is_allowed(requirement):
    (lower,) = (bound.version for bound in requirement.specifier if bound.operator == ">=")
    assert CONSTRAINTS[requirement.name] == lower


def test_conda_installs_what_is_tried():
    conda = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    found = versions([line for line in conda if not re.match("python|pip$", line)], "=")
    assert {CONDA_NAMES.get(name, name): version for name, version in found.items()} == {
        requirement.name: CONSTRAINTS[requirement.name] for requirement in DIRECT
    }
    assert f"python {PROJECT['requires-python']}" in conda
