"""All claims on one page: what several experiments say of each."""

import math

import pandas as pd
from typer.testing import CliRunner

from disentangle.claims.judging import COLUMNS
from disentangle.cli import app
from disentangle.tables.claims import shown
from disentangle.tables.ledger import ledger
from disentangle.tables.writing import write_table
from tests.test_documents import split_row

KINDS = {"one_a": "replication", "two_a": "question", "two_b": "replication"}
FIXED = {
    "one_a": "after results of it were seen",
    "two_a": "after results of it were seen on digits",
    "two_b": "before any result of it was seen",
}


def claims(*rows):
    """A table `claims` of (claim, network, value, verdict)."""
    made = [
        dict.fromkeys(COLUMNS, "") | {
            "claim": claim, "kind": KINDS[claim], "paper": "One 2020" if claim.startswith("one") else "Two 2021",
            "statement": f"Says {claim}.", "published": "0.9", "source": "abstract", "criterion": "above 0 (ours)",
            "fixed": f"2020-01-31, {FIXED[claim]}", "before": FIXED[claim].startswith("before"), "fails_if": "it is not so",
            "dataset": "digits", "network": network, "measured": "" if math.isnan(value) else f"accuracy on {network}",
            "value": value, "low": value - 0.1, "high": value + 0.1, "p": 0.01, "p_corrected": math.nan,
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
    cells = [split_row(line) for line in page.splitlines() if "accuracy on" in line]
    assert [(row[0], row[2], row[4], row[6]) for row in cells] == [
        ("all", "mlp", "0.500 [0.400, 0.600]", "confirmed"),  # one row for what both measured
        ("second", "wide", "-0.500 [-0.600, -0.400]", "refuted"),
        ("first", "mlp", "0.200 [0.100, 0.300]", "undecided"),
        ("second", "mlp", "0.300 [0.200, 0.400]", "undecided"),
    ]
    assert "\nExperiments: first, second.\n" in page
    about = "A replication. Published: 0.9 (abstract). Fails if it is not so."
    criterion = "Criterion: above 0 (ours), fixed on 2020-01-31, **after** results of it were seen."
    assert f"**Says one_a.**\n\n{about}\n\n{criterion}\n\nMind the gap.\n" in page


def test_verdicts_are_counted_by_kind_and_replications_by_what_came_first():
    counts = [split_row(line) for line in ledger({"first": FIRST, "second": SECOND}).splitlines() if line.startswith("|")][:7]
    assert [row for row in counts if not row[0].startswith(":")] == [
        ["kind of claim", "confirmed", "refuted", "undecided", "not measured"],
        ["replication", "1", "1", "0", "1"],  # once for what both experiments measured
        ["… criterion fixed before results", "0", "0", "0", "1"],
        ["question", "0", "0", "2", "0"],
        ["implementation", "0", "0", "0", "0"],
        ["theorem", "0", "0", "0", "0"],
    ]


def test_what_one_experiment_lacks_and_another_measured_is_measured():
    measured = claims(("two_b", "mlp", 0.5, "confirmed"))
    page = ledger({"first": FIRST, "third": measured})
    assert "| … criterion fixed before results | 1 " in page


def test_a_claim_that_no_experiment_measured_says_so():
    page = ledger({"first": FIRST})
    criterion = "Criterion: above 0 (ours), fixed on 2020-01-31, before any result of it was seen."
    assert page.endswith(f"{criterion}\n\nNot measured: It has no such cell.\n")


def test_the_command_names_experiments_by_their_folders(tmp_path):
    files = []
    for name, table in (("first", FIRST), ("second", SECOND)):
        files.append(tmp_path / "results" / name / "tables" / "claims.csv")
        write_table(files[-1], table, shown)
    told = CliRunner().invoke(app, ["ledger", *map(str, files)])
    assert told.exit_code == 0 and told.output == ledger({"first": FIRST, "second": SECOND})
