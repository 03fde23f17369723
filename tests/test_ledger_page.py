"""All claims on one page: what several experiments say of each."""

import math

import pandas as pd
from typer.testing import CliRunner

from disentangle.claims.judging import COLUMNS
from disentangle.cli import app
from disentangle.tables.claims import shown
from disentangle.tables.ledger import ledger
from disentangle.tables.writing import write_table


def claims(*rows):
    """A table `claims` of (claim, network, value, verdict)."""
    made = [
        dict.fromkeys(COLUMNS, "") | {
            "claim": claim, "paper": "One 2020" if claim.startswith("one") else "Two 2021", "statement": f"Says {claim}.",
            "published": "0.9", "source": "abstract", "dataset": "digits", "network": network, "criterion": "above 0 (ours)",
            "measured": "" if math.isnan(value) else f"accuracy on {network}", "value": value,
            "low": value - 0.1, "high": value + 0.1, "p": 0.01, "p_corrected": math.nan,
            "replicates": 0 if math.isnan(value) else 5, "verdict": verdict,
            "note": "Mind the gap." if not math.isnan(value) else "It has no such cell.",
        }
        for claim, network, value, verdict in rows
    ]  # fmt: skip
    return pd.DataFrame(made)


NOT = ("two_b", "mlp", math.nan, "not measured")
FIRST = claims(("one_a", "mlp", 0.5, "confirmed"), ("two_a", "mlp", 0.2, "undecided"), NOT)
SECOND = claims(("one_a", "mlp", 0.5, "confirmed"), ("one_a", "wide", -0.5, "refuted"), ("two_a", "mlp", 0.3, "undecided"), NOT)


def test_every_claim_stands_under_its_paper_once_with_a_row_for_each_value():
    page = ledger({"first": FIRST, "second": SECOND})
    headings = [line for line in page.splitlines() if line.startswith("#")]
    assert headings == [
        "# What became of the claims",
        "## One 2020",
        "### `one_a`",
        "## Two 2021",
        "### `two_a`",
        "### `two_b`",
    ]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in page.splitlines() if "accuracy on" in line]
    assert [(row[0], row[2], row[4], row[6]) for row in cells] == [
        ("all", "mlp", "0.500 [0.400, 0.600]", "confirmed"),  # one row for what both measured
        ("second", "wide", "-0.500 [-0.600, -0.400]", "refuted"),
        ("first", "mlp", "0.200 [0.100, 0.300]", "undecided"),
        ("second", "mlp", "0.300 [0.200, 0.400]", "undecided"),
    ]
    assert "\n\nExperiments: first, second. Verdicts: 2 undecided, 1 confirmed, 1 refuted.\n" in page
    assert "**Says one_a.**\n\nPublished: 0.9 (abstract). Criterion: above 0 (ours).\n\nMind the gap.\n" in page


def test_a_claim_that_no_experiment_measured_says_so():
    page = ledger({"first": FIRST})
    assert page.endswith("Published: 0.9 (abstract). Criterion: above 0 (ours).\n\nNot measured: It has no such cell.\n")


def test_the_command_names_experiments_by_their_folders(tmp_path):
    files = []
    for name, table in (("first", FIRST), ("second", SECOND)):
        files.append(tmp_path / "results" / name / "tables" / "claims.csv")
        write_table(files[-1], table, shown)
    told = CliRunner().invoke(app, ["ledger", *map(str, files)])
    assert told.exit_code == 0 and told.output == ledger({"first": FIRST, "second": SECOND})
