"""The tables of the README and of docs/results.md are those of the committed archives."""

import re
from collections import Counter

import numpy as np
import pandas as pd
import pytest

from disentangle.claims.base import KINDS
from disentangle.claims.judging import read_claims
from disentangle.config import Statistics
from disentangle.figures.style import DATASETS
from disentangle.statistics import KEY
from disentangle.statistics.accuracy import accuracy_table
from disentangle.statistics.intervals import mean_interval
from disentangle.tables.accuracy import shown
from disentangle.tables.stacking import read_table, stack
from tests.conftest import ROOT

WIRINGS = re.compile(r"^\| [^|]+ \| `(mnist/mlp\w*/\w+/[\w.]+)` \|([^|]+)\|([^|]+)\|([^|]+)\|$", re.MULTILINE)
TABLE = re.compile(r"^\| networks \| family \| density \|(.+)\|\n\|[ -|]+\|\n((?:\|.+\|\n)+)", re.MULTILINE)

CELLS = re.compile(r"^\| [^|]+ \| `(\w+/\w+/\w+/[\w.]+)` \|([^|]+)\|$", re.MULTILINE)


@pytest.fixture(scope="session")
def accuracies(unpacked):
    """The table of an archive as its readers see it."""
    made: dict[str, pd.DataFrame] = {}

    def of(archive: str) -> pd.DataFrame:
        if archive not in made:
            cells = unpacked(archive) / "cells"
            folders = sorted(file.parent for file in cells.rglob("metrics.csv"))
            metrics, masks = (
                stack({folder.relative_to(cells).parts: read_table(folder / f"{name}.csv") for folder in folders})
                for name in ("metrics", "masks")
            )
            made[archive] = shown(accuracy_table(metrics, masks, Statistics())).set_index(list(KEY))
        return made[archive]

    return of


def split_row(row: str) -> list[str]:
    return [cell.strip(" `") for cell in row.strip().strip("|").split("|")]


DOCUMENTS = "\n".join((ROOT / file).read_text() for file in ("README.md", "docs/results.md"))


def told() -> list[tuple[str, str, str, str]]:
    """Archive, n, cell and text of each accuracy; archive, n and network are the first that its section names, else mlp."""
    numbers = []
    for section in re.split(r"^##+ ", DOCUMENTS, flags=re.MULTILINE):
        archive, n = re.search(r"archive/(\w+)", section), re.search(r"\bn = (\d+)", section)
        network = re.search(r"[Nn]etwork `(\w+)`", section)
        for columns, rows in TABLE.findall(section):
            assert archive and n, columns
            datasets = [next(name for name, title in DATASETS.items() if title == column) for column in split_row(columns)]
            for row in rows.splitlines():
                _, family, density, *texts = split_row(row)
                cells = [f"{dataset}/{network[1] if network else 'mlp'}/{family}/{density}" for dataset in datasets]
                numbers += [(archive[1], n[1], cell, text) for cell, text in zip(cells, texts, strict=True)]
        for cell, text in CELLS.findall(section):
            assert archive and n, cell
            numbers.append((archive[1], n[1], cell, text.strip()))
    return numbers


def test_several_archives_are_told():
    numbers = told()
    assert len(numbers) >= 60 and len({archive for archive, *_ in numbers}) >= 3


@pytest.mark.parametrize(("archive", "n", "cell", "text"), told())
def test_an_accuracy_is_that_of_its_archive(accuracies, archive, n, cell, text):
    row = accuracies(archive).loc[tuple(cell.split("/"))]
    assert (row["n"], row["test accuracy, %"]) == (n, text)


def test_edges_bits_and_accuracies_of_weight_free_networks_are_those_of_their_archive(accuracies):
    rows = WIRINGS.findall(DOCUMENTS)
    assert len(rows) >= 10
    for path, *texts in rows:
        cell = accuracies("weight_free").loc[tuple(path.split("/"))]
        edges, *told = (text.strip() for text in texts)
        assert (cell["n"], cell["edges"]) == ("5", edges.replace(",", ""))
        assert told == [cell["wiring, kB"], cell["test accuracy, %"]], path


PUBLISHED = re.compile(r"^\| [^|]+ \| `(\w+/f[12]\w*/\w+/[\d.]+)` \|([^|]+)\|([^|]+)\|([^|]+)\|$", re.MULTILINE)


def test_networks_of_one_shared_value_are_those_of_their_archive(unpacked):
    rows = PUBLISHED.findall(DOCUMENTS)
    assert len(rows) >= 10
    for cell, *texts in rows:
        metrics = pd.read_csv(unpacked("laperm_published") / "cells" / cell / "metrics.csv")
        assert len(metrics) == 20
        last, best = (metrics[name] for name in ("test_accuracy", "best_test_accuracy"))
        means = [100 * np.array(mean_interval(values.to_numpy(), Statistics())) for values in (last, best)]
        expected = ["{:.1f} [{:.1f}, {:.1f}]".format(*mean) for mean in means]
        assert [text.strip() for text in texts] == [*expected, f"{100 * best.max():.1f}"], cell


LEDGER_ROW = re.compile(r"^\|(?! experiment|:).+$", re.MULTILINE)
LINK = re.compile(r"\]\((?!https?://)([^)#]*)(?:#([^)]*))?\)")


def anchors(document):
    """What a heading is linked by: lower case, without punctuation, a hyphen for each blank."""
    headings = re.findall(r"^#+ (.+)$", document.read_text(), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))], ids=lambda file: file.name)
def test_links_lead_somewhere(document):
    for path, anchor in LINK.findall(document.read_text()):
        target = document.parent / path if path else document
        assert target.exists(), path
        assert not anchor or anchor in anchors(target), (path, anchor)


def test_the_page_of_claims_has_the_ledger_of_today_and_counts_its_verdicts():
    page = (ROOT / "docs/claims.md").read_text()
    claims = read_claims(ROOT / "workflow/claims.yaml")
    entries = dict(re.findall(r"^### `(\w+)`\n(.*?)(?=^##|\Z)", page, flags=re.MULTILINE | re.DOTALL))
    assert sorted(entries) == sorted(claims)
    for name, claim in claims.items():
        for said in (
            f"**{claim.statement}**\n",
            f" {claim.kind}. Published: {claim.published or 'none at hand'} ({claim.source}). Fails if {claim.fails_if}.\n",
            f"Criterion: {claim.criterion}, fixed on {str(claim.fixed).replace('after', '**after**', 1)}.\n",
            claim.note,
        ):
            assert said in entries[name], (name, said)
    rows = {
        (name, row[1], row[2], row[4], row[6])
        for name, text in entries.items()
        for row in map(split_row, LEDGER_ROW.findall(text))
    }
    counted = Counter((claims[name].kind, verdict) for name, *_, verdict in rows)
    never = Counter(claims[name].kind for name, text in entries.items() if "\nNot measured: " in text)
    for kind, *counts in counts_of(page):
        if kind in KINDS:
            words = ("confirmed", "refuted", "undecided")
            assert [int(n) for n in counts] == [*(counted[kind, word] for word in words), never[kind]], kind


JUDGED = re.compile(r"^\|[^|]*\| `(\w+)` \| ([\w ]*)\| ([^|]+) \| (\w+) \|$", re.MULTILINE)


def test_verdicts_of_the_default_experiment_are_those_of_the_page_of_claims():
    rows = JUDGED.findall((ROOT / "docs/results.md").read_text())
    assert len(rows) >= 20
    page = (ROOT / "docs/claims.md").read_text()
    for name, dataset, value, verdict in rows:
        (entry,) = re.findall(rf"^### `{name}`\n(.*?)(?=^##|\Z)", page, flags=re.MULTILINE | re.DOTALL)
        told = [row for row in map(split_row, LEDGER_ROW.findall(entry)) if {"embedded", "all"} & {*row[0].split(", ")}]
        assert (dataset.strip().replace(" ", "_"), value, verdict) in [(row[1], row[4], row[6]) for row in told], name


def counts_of(document):
    """Rows of the table that counts verdicts by the kind of claim."""
    (table,) = re.findall(r"^\| *kind of claim .*\n\|[:| -]+\n((?:\|.+\n)+)", document, flags=re.MULTILINE)
    return [split_row(row) for row in table.splitlines()]


def test_the_readme_counts_verdicts_as_the_page_of_claims_does():
    readme, page = ((ROOT / file).read_text() for file in ("README.md", "docs/claims.md"))
    assert counts_of(readme) == counts_of(page), "copy the table at the top of docs/claims.md to README.md"
