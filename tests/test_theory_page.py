"""What docs/theory.md says of trained networks and of the recorded descent is what the archives and the library give."""

import re
from pathlib import Path

import pandas as pd
import pytest
import torch

from disentangle.streams import torch_generator
from disentangle.theory.convergence import EDGES, HARDNESS, ROWS, STARTS, STEPS
from disentangle.theory.descent import descend
from disentangle.theory.quadratic import draw_quadratic
from tests.conftest import ROOT

PAGE = (ROOT / "docs/theory.md").read_text()


@pytest.fixture(scope="module")
def gradients(unpacked):
    """The rows of gradients.csv of an archive, with the cell and the bias as a share of its bound."""

    def of(archive: str) -> pd.DataFrame:
        cells = Path(unpacked(archive)) / "cells"
        files = sorted(cells.rglob("gradients.csv"))
        return pd.concat(
            pd.read_csv(file).assign(cell=str(file.parent.relative_to(cells)), ratio=lambda t: t["bias_norm"] / t["bound"])
            for file in files
        )

    return of


def numbers(pattern: str) -> list[float]:
    """The numbers that the page has in the groups of a pattern, which it has once."""
    (found,) = re.findall(pattern, PAGE)
    return [float(number) for number in ([found] if isinstance(found, str) else found)]


def test_the_bias_is_the_share_of_its_bound_that_is_said(gradients):
    embedded, mnist = gradients("embedded"), gradients("weight_free")
    assert numbers(r"in all (\d+) measurements \(.+?\), and is at most ([\d.]+)% of it") == [
        len(embedded), pytest.approx(100 * embedded["ratio"].max(), abs=0.05)]  # fmt: skip
    largest = embedded.sort_values("ratio").iloc[-1]
    assert (largest["cell"], largest["hardness"], largest["moment"]) == ("digits/mlp/weight_free/free", 10, "start")
    assert numbers(r"(\d+) measurements in six cells\) the bias is at most (\d)% of the bound") == [
        len(mnist), pytest.approx(100 * mnist["ratio"].max(), abs=0.5)]  # fmt: skip


def test_the_bound_says_nothing_as_often_as_is_said(gradients):
    rows = pd.concat(map(gradients, ("embedded", "paper", "weight_free")))
    rows = rows.drop_duplicates(["cell", "moment", "replicate", "hardness"]).assign(empty=lambda t: t["relative_bias"] >= 1)
    assert rows["cell"].nunique() == 12
    hard = rows[rows["hardness"] >= 10]
    said = [
        *numbers(r"in (\d+) of (\d+) measurements after training \((\d+)%\)"),
        *numbers(r"in (\d+) of (\d+) before it \((\d+)%\)"),
        *numbers(r"from hardness 10 on in (\d+) of (\d+) \((\d+)%\)"),
        *numbers(r"\) and (\d+) of (\d+) \((\d+)%\)"),
    ]
    found = []
    for table in (rows, hard):
        for moment in ("end", "start"):
            empty = table.loc[table["moment"] == moment, "empty"]
            found += [empty.sum(), len(empty), round(100 * empty.mean())]
    assert said == found
    networks = hard[hard["moment"] == "end"].groupby(["cell", "replicate"])["empty"]
    assert numbers(r"in (\d+) of the (\d+) networks and at all of them in (\d+),") == [
        networks.any().sum(), networks.ngroups, networks.all().sum()]  # fmt: skip
    times = (rows["bound"] / rows["exact_norm"]).min()
    assert numbers(r"in all (\d+) measurements: the bound of the bias is at least (\d+) times") == [len(rows), int(times)]


def test_the_recorded_descent_is_biased_as_much_as_the_gradient_as_often_as_is_said():
    generator = torch_generator(0, "theory", 1)
    quadratic = draw_quadratic(EDGES, ROWS, generator)
    latent = torch.randn(STARTS, EDGES, generator=generator, dtype=torch.float64)
    runs = [descend(quadratic, "hard_forward", latent, hardness, STEPS) for hardness in HARDNESS]
    said = numbers(r"1 or more at ([\d.]+)%, ([\d.]+)% and ([\d.]+)% of all steps and starts")
    assert said == [pytest.approx(100 * (run.biases >= run.squares).mean(), abs=0.06) for run in runs]
