"""Figures: what is drawn is what was given, it can be read, and the same input gives the same bytes."""

import hashlib
import os
import subprocess
import sys
from functools import cache
from itertools import product
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from PIL import Image

from disentangle.errors import InputError
from disentangle.figures.shrinking import shrink
from tests.drawn import assert_readable, assert_spread_told, saved
from tests.made_up_results import DRAW, EXPERIMENTS, FORMATS, Results

figures = pytest.mark.parametrize("name", DRAW)
# Of theory only the number of starts differs between these experiments.
OTHERS = [name for name in EXPERIMENTS if name not in ("default", "one replicate", "untrained")]
DIFFERENT = [pair for pair in product(DRAW, EXPERIMENTS) if pair not in [("convergence", name) for name in OTHERS]]


@pytest.fixture(scope="module")
def results():
    return Results()


@cache
def drawn(name, experiment="default"):
    """The figure of an experiment; only to be read, since others read it too."""
    return DRAW[name](Results(**EXPERIMENTS[experiment]))


def digests(folder):
    """Write every figure of an experiment in every format; name and SHA-256 of each file."""
    small = Results(families=["dense", "pruned", "weight_free_on_off"], count=2)
    paths = [path for name, draw in DRAW.items() for path in saved(draw(small), Path(folder) / name, FORMATS)]
    return [f"{path.name} {hashlib.sha256(path.read_bytes()).hexdigest()}" for path in paths]


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    folder = tmp_path_factory.mktemp("figures")
    return folder, digests(folder)


def test_bytes_are_those_of_another_process(tmp_path, written):
    code = "import sys; from tests.test_figures import digests; print('\\n'.join(digests(sys.argv[1])))"
    environment = os.environ | {"PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo"}
    command = [sys.executable, "-c", code, str(tmp_path)]
    there = subprocess.run(command, env=environment, cwd=Path(__file__).parents[1], capture_output=True, text=True)
    assert there.returncode == 0, there.stderr
    assert there.stdout.split() == " ".join(written[1]).split()


def test_bytes_do_not_depend_on_other_formats_or_the_users_settings(tmp_path, results):
    draw = DRAW["learning_curves"]
    *_, together = saved(draw(results), tmp_path / "together", FORMATS)
    with mpl.rc_context({"font.size": 20, "axes.facecolor": "red", "savefig.dpi": 30}):
        (alone,) = saved(draw(results), tmp_path / "alone", ["png"])
    assert alone.read_bytes() == together.read_bytes()


@figures
def test_fonts_are_embedded_and_nothing_is_dated(name, written):
    pdf, svg = ((written[0] / f"{name}.{form}").read_bytes() for form in ("pdf", "svg"))
    assert b"/FontFile2" in pdf
    assert b"/Type3" not in pdf
    assert b"/CreationDate" not in pdf
    assert b"<dc:date>" not in svg


@pytest.mark.parametrize(("name", "experiment"), DIFFERENT)
def test_texts_are_on_the_page_apart_and_large_enough(name, experiment, monkeypatch):
    figure = DRAW[name](Results(**EXPERIMENTS[experiment]))
    assert_readable(figure, monkeypatch)


@figures
def test_nothing_to_show_is_said(name):
    nothing = Results(families=["dense"], datasets=["digits"])
    nothing.metrics, nothing.accuracy, nothing.history = (
        frame.head(0) for frame in (nothing.metrics, nothing.accuracy, nothing.history)
    )
    nothing.bias, nothing.convergence, nothing.enumeration = (pd.DataFrame() for _ in range(3))
    nothing.densities, nothing.degrees, nothing.comparisons = {}, {}, {}
    assert nothing.sweeps.empty and nothing.gradients.empty
    figure = DRAW[name](nothing)
    assert not figure.axes
    assert figure.texts[0].get_text().endswith(".")


@figures
def test_n_is_stated(name):
    assert ("n = 3 starts" if name == "convergence" else "n = 3 replicates") in drawn(name).get_supxlabel()


@pytest.mark.parametrize(
    "name", ["accuracy_by_family", "accuracy_by_density", "learning_curves", "shared_weight", "gradient_error"]
)
def test_bars_and_bands_are_told_of_several_replicates(name):
    assert_spread_told(drawn(name), drawn(name, "one replicate"))


@figures
def test_rows_in_another_order_give_the_same_order(name):
    turned = Results()
    for table in ("metrics", "accuracy", "history", "sweeps", "gradients", "bias", "convergence", "enumeration"):
        setattr(turned, table, getattr(turned, table).iloc[::-1])
    for mapping in ("densities", "degrees", "comparisons"):
        setattr(turned, mapping, dict(reversed(getattr(turned, mapping).items())))
    labels = [
        [t.get_text() for axes in f.findobj(mpl.axes.Axes) for t in [axes.title, axes.yaxis.label, *axes.get_yticklabels()]]
        + [t.get_text() for legend in f.legends for t in legend.get_texts()]
        for f in (drawn(name), DRAW[name](turned))
    ]
    assert labels[0] == labels[1]


def test_a_png_has_the_resolution_asked_for(tmp_path, results):
    figure = DRAW["learning_curves"](results)
    for dpi in (60, 120):
        (file,) = saved(figure, tmp_path / str(dpi), ["png"], dpi)
        with Image.open(file) as image:
            assert image.size == pytest.approx(figure.get_size_inches() * dpi, abs=1)


def test_the_copy_for_a_page_has_256_colours_and_the_same_bytes_each_time(tmp_path):
    shades = np.arange(256, dtype=np.uint8).reshape(16, 16)
    Image.fromarray(np.stack([shades, shades.T, 255 - shades], axis=2)).save(tmp_path / "figure.png")
    for page in ("one.png", "two.png"):
        shrink(tmp_path / "figure.png", tmp_path / "pages" / page)
    assert len({file.read_bytes() for file in (tmp_path / "pages").iterdir()}) == 1
    with Image.open(tmp_path / "pages/one.png") as small:
        assert small.mode == "P" and len(small.getcolors()) == 256
    with pytest.raises(InputError, match=r"^cannot read .*absent\.png"):
        shrink(tmp_path / "absent.png", tmp_path / "pages/three.png")
