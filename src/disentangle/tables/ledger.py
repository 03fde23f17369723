"""All claims on one page: what each of several experiments says of them."""

from collections.abc import Mapping

import pandas as pd

from disentangle.statistics import KEY
from disentangle.tables.reading import claims
from disentangle.tables.writing import markdown

SAME = [*KEY[:2], "measured", "value", "n", "verdict"]  # columns of a row that experiments share where they share the cells
NOT_MEASURED = "not measured"


def ledger(tables: Mapping[str, pd.DataFrame]) -> str:
    """Markdown: a section a paper, in it each claim with its source, its criterion, and a row for each time it was measured.

    Experiments that measured the same share a row. ``tables``: the tables `claims` of docs/files.md by experiment.
    """
    rows = pd.concat([table.assign(experiment=name) for name, table in tables.items()], ignore_index=True)
    rows = rows.astype({"published": str})  # a column of nothing but numbers is read as numbers
    rows["text"] = claims(rows)["value"]
    different = rows[rows["verdict"] != NOT_MEASURED].drop_duplicates(["claim", *KEY[:2], "measured", "text"])
    said = ", ".join(f"{n} {verdict}" for verdict, n in different["verdict"].value_counts().items())
    sections = ["# What became of the claims\n", f"Experiments: {', '.join(tables)}. Verdicts: {said}.\n"]
    for paper, of_paper in rows.groupby("paper", sort=False):
        sections.append(f"## {paper}\n")
        sections += [_entry(str(name), about) for name, about in of_paper.groupby("claim", sort=False)]
    return "\n".join(sections)


def _entry(name: str, rows: pd.DataFrame) -> str:
    claim = rows.iloc[0]
    lines = [
        f"### {claim['statement']}\n",
        f"`{name}`. Published: {claim['published']} ({claim['source']}). Criterion: {claim['criterion']}.\n",
    ]
    measured = rows[rows["verdict"] != NOT_MEASURED]
    if measured.empty:
        return "\n".join([*lines, "Not measured.\n"])
    note = min(measured["note"].fillna(""), key=len)  # the others add how few replicates there were
    lines += [f"{note}\n"] if note else []
    shown = measured.assign(value=measured["text"], n=measured["replicates"].astype(int).astype(str))
    shown = shown.fillna(dict.fromkeys(SAME, ""))
    merged = shown.groupby(SAME, sort=False)["experiment"].agg(", ".join).reset_index()
    return "\n".join([*lines, markdown(merged[["experiment", *SAME]])])
