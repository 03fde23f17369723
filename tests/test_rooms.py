"""Data flows one way: a room imports only rooms that stand before it in the package's own account of itself."""

import re

import disentangle
from disentangle.sources import imported
from tests.conftest import ROOT

PACKAGE = ROOT / "src/disentangle"


def test_rooms_import_only_those_before_them():
    (flow,) = re.findall(r"``(config -> .+?)``", disentangle.__doc__, re.DOTALL)
    place = {room: i for i, step in enumerate(flow.split("->")) for room in re.findall(r"\w+", step)}
    backwards = [
        (str(file.relative_to(PACKAGE)), module)
        for file in PACKAGE.rglob("*.py")
        if (room := file.relative_to(PACKAGE).parts[0].removesuffix(".py")) in place
        for module in imported(file)
        if (other := f"{module}.".split(".")[1]) in place and other != room and place[other] >= place[room]
    ]
    assert backwards == []
