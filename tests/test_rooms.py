"""Data flows one way: a room imports only rooms that stand before it in the package's own account of itself."""

import ast
import re

import disentangle
from tests.conftest import ROOT

PACKAGE = ROOT / "src/disentangle"


def imported(file):
    """Modules that a file imports, and names that may be modules."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def test_rooms_import_only_those_before_them():
    (flow,) = re.findall(r"``(config -> .+?)``", disentangle.__doc__, re.DOTALL)
    place = {room: i for i, step in enumerate(flow.split("->")) for room in re.findall(r"\w+", step)}
    backwards = [
        (str(file.relative_to(PACKAGE)), module)
        for file in PACKAGE.rglob("*.py")
        if (room := file.relative_to(PACKAGE).parts[0].removesuffix(".py")) in place
        for module in imported(file)
        if module.startswith("disentangle.")
        if (other := module.split(".")[1]) in place and other != room and place[other] >= place[room]
    ]
    assert backwards == []
