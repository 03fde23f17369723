"""Tables as files: exact for machines, short for readers, and the same bytes every time."""

import re

import numpy as np
import pandas as pd
import pytest

from disentangle.claims.judging import COLUMNS as CLAIMS
from disentangle.errors import InputError
from disentangle.late import load
from disentangle.registry import TABLES as MADE
from disentangle.statistics.accuracy import COLUMNS as ACCURACY
from disentangle.statistics.spectral_tests import COLUMNS as SPECTRAL
from disentangle.tables.reading import short_p
from disentangle.tables.stacking import read_table, stack
from disentangle.tables.writing import latex, markdown, write_csv, write_table

NAN = np.nan
WORDS = (
    "a_claim",
    "question",
    "A & B 2020",
    "50% of {0, 1} | weights",
    "none at hand",
    "abstract_1",
    "digits",
    "mlp",
    "test accuracy",
)
FIXED = ("above 0", "2020-01-31, before any result of it was seen", True, "it is not")

LESS = (-0.0004, -0.07, 0.058)

TABLES = {
    "accuracy": pd.DataFrame(
        [
            ("digits", "mlp", "dense", "1.0", 11900.0, NAN, 0.0, 380800.0, 5, 0.98222, 0.978, 0.98611, NAN, NAN, NAN, NAN, NAN),
            ("digits", "mlp", "weight_free", "free", 1911.2, 1702.6, 25678.9, 96.0, 5, 1 / 3, 0.1, 0.9, *LESS, 1e-5, 1.2e-4),
            ("digits", "mlp", "pruned", "0.1", 1190.0, 1190.0, 5554.3, 38080.0, 1, 0.9, NAN, NAN, 0.1, NAN, NAN, NAN, NAN),
        ],
        columns=list(ACCURACY),
    ),
    "spectral_tests": pd.DataFrame(
        [("digits", "mlp", "weight_free", "free", "raw", 5, 0.0123, 0.011, 0.01349, 0.00012, 0.00031, 0.008, 0.048)],
        columns=list(SPECTRAL),
    ),
    "claims": pd.DataFrame(
        [
            (*WORDS, 0.02, 0.01, 0.03, 0.004, NAN, 5, *FIXED, "confirmed", ""),
            (*WORDS[:8], "", NAN, NAN, NAN, NAN, NAN, 0, *FIXED, "not measured", "Another preset."),
        ],
        columns=list(CLAIMS),
    ),
}
SHOWN = {name: load(address).shown for name, address in MADE.items()}


def cells(line):
    """Texts of a row of a pipe table."""
    return [text.strip() for text in re.split(r"(?<!\\)\|", line)[1:-1]]


def rows(name):
    head, _, *body = markdown(SHOWN[name](TABLES[name])).splitlines()
    return [dict(zip(cells(head), cells(line), strict=True)) for line in body]


# Files


@pytest.mark.parametrize("name", TABLES)
def test_csv_comes_back_with_every_digit(tmp_path, name):
    path = tmp_path / f"{name}.csv"
    write_table(path, TABLES[name], SHOWN[name])
    texts = TABLES[name].select_dtypes("str").columns
    pd.testing.assert_frame_equal(read_table(path).fillna(dict.fromkeys(texts, "")), TABLES[name], check_exact=True)


@pytest.mark.parametrize("name", TABLES)
def test_equal_tables_give_equal_bytes(tmp_path, name):
    first, second = tmp_path / "first", tmp_path / "second"
    for folder in (first, second):
        write_table(folder / f"{name}.csv", TABLES[name].copy(), SHOWN[name])
    assert sorted(path.suffix for path in first.iterdir()) == [".csv", ".md", ".tex"]
    for path in first.iterdir():
        assert path.read_bytes() == (second / path.name).read_bytes()
        assert path.read_bytes().endswith(b"\n") and b"\r" not in path.read_bytes()


@pytest.mark.parametrize("name", TABLES)
def test_tables_without_rows_can_be_written(tmp_path, name):
    write_table(tmp_path / f"{name}.csv", TABLES[name][:0], SHOWN[name])
    assert (tmp_path / f"{name}.csv").read_text() == ",".join(TABLES[name].columns) + "\n"


def test_labels_that_look_like_missing_values_stay_labels(tmp_path):
    frame = pd.DataFrame({"family": ["NA", "null", "nan"], "density": ["1.0", "0.10", "free"], "p": [0.5, NAN, 1.0]})
    write_csv(tmp_path / "metrics.csv", frame)
    pd.testing.assert_frame_equal(read_table(tmp_path / "metrics.csv"), frame)


@pytest.mark.parametrize("content", [None, ""])
def test_a_file_that_is_no_table(tmp_path, content):
    path = tmp_path / "metrics.csv"
    if content is not None:
        path.write_text(content)
    with pytest.raises(InputError, match="cannot read"):
        read_table(path)


# Reading forms


def test_accuracy_is_read_in_percent_with_interval_and_n():
    dense, weight_free, pruned = rows("accuracy")
    assert dense["test accuracy, %"] == "98.2 [97.8, 98.6]" and dense["n"] == "5" and dense["p (Holm)"] == ""
    assert weight_free["minus dense, points"] == "+0.0 [-7.0, +5.8]"
    assert weight_free["p (Holm)"] == "<0.001" and weight_free["edges"] == "1911"
    assert [row["effective edges"] for row in (dense, weight_free, pruned)] == ["", "1703", "1190"]
    assert [row["wiring, kB"] for row in (dense, weight_free, pruned)] == ["0.00", "3.21", "0.694"]
    assert pruned["test accuracy, %"] == "90.0" and pruned["minus dense, points"] == "+10.0"


def test_spectral_distances_are_read_with_three_digits():
    (row,) = rows("spectral_tests")
    assert row["distance to dense"] == "0.0123 [0.0110, 0.0135]"
    assert row["floor"] == "0.000310" and row["p (Holm)"] == "0.048"


def test_claims_are_read_with_their_source_once():
    first, second = rows("claims")
    assert first["claim"] == r"50% of {0, 1} \| weights (A & B 2020)"
    assert first["published"] == "none at hand (abstract_1)"
    assert first["value"] == "0.0200 [0.0100, 0.0300]" and first["p"] == "0.004"
    assert first["kind"] == "question" and first["fails if"] == "it is not"
    assert first["criterion"] == "above 0, fixed on 2020-01-31, before any result of it was seen"
    assert (
        second["claim"] == second["published"] == second["fails if"] == second["value"] == ""
        and second["note"] == "Another preset."
    )


def test_p_values_are_short():
    assert [short_p(p) for p in (0.0, 0.00099, 0.0123, 1.0, NAN)] == ["<0.001", "<0.001", "0.012", "1.000", ""]


@pytest.mark.parametrize("name", TABLES)
def test_latex_is_well_formed(name):
    reading = SHOWN[name](TABLES[name])
    text = latex(reading)
    for rule in ("toprule", "midrule", "bottomrule"):
        assert text.count(f"\\{rule}") == 1
    assert text.startswith("\\begin{tabular}{") and text.endswith("\\end{tabular}\n")
    columns = re.match(r"\\begin\{tabular\}\{((?:[lr]|p\{[\d.]+cm\})+)\}\n", text)
    assert columns and len(re.findall(r"[lr]|p\{[^}]*\}", columns[1])) == len(reading.columns)
    body = [line for line in text.splitlines() if line.endswith("\\\\")]
    assert len(body) == len(reading) + 1
    assert all(len(re.findall(r"(?<!\\)&", line)) == len(reading.columns) - 1 for line in body)
    bare = text.replace("\\{", "").replace("\\}", "")
    assert bare.count("{") == bare.count("}")
    assert not re.search(r"(?<!\\)[_%#$]|[<>]", text.replace("\\ensuremath{<}", ""))
    assert text.isascii()


# Stacking


def test_cells_are_stacked_under_their_keys():
    frame = pd.DataFrame({"replicate": [0, 1], "density": [0.26, 0.27]})
    table = stack({("digits", "mlp", "weight_free", "free"): frame, ("digits", "mlp", "dense", "1.0"): frame[:1]})
    assert table.columns.tolist() == ["dataset", "network", "family", "density", "replicate", "realised_density"]
    assert table["density"].tolist() == ["free", "free", "1.0"]
    assert table["realised_density"].tolist() == [0.26, 0.27, 0.26]


def test_nothing_to_stack():
    with pytest.raises(InputError, match="no cells to stack"):
        stack({})
