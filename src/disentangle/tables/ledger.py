"""All claims on one page: what each of several experiments says of them."""

from __future__ import annotations

from collections.abc import Mapping

from disentangle.claims.base import KINDS
from disentangle.late import pd
from disentangle.statistics import KEY
from disentangle.tables.claims import shown
from disentangle.tables.writing import markdown

SAME = [*KEY[:2], "measured", "value", "n", "verdict"]  # columns of a row that experiments share where they share the cells
NOT_MEASURED = "not measured"
VERDICTS = ("confirmed", "refuted", "undecided")
LEGEND = """Values are shares (0.98 is an accuracy of 98%) or distances, in brackets the bootstrap interval over the n
replicates. A claim is confirmed where the value keeps to the criterion and differs from its threshold by Student's t,
refuted where it differs to the other side, and undecided between these. All replications of an experiment are tested as one
family (Holm), while an interval speaks for its own value alone: one that excludes the threshold may therefore stand beside
undecided. A single replicate has no interval and decides nothing; what counts all cases there are needs none."""
KINDS_LEGEND = """Of the four kinds **only replications are evidence about the papers**. A theorem of ours is held against its
own constants, an implementation against what its method says it does, and a question is ours: a control, a stricter version or
an aim. Verdicts are counted once for each data set, network and value. Not measured are claims that no experiment measures."""


def ledger(tables: Mapping[str, pd.DataFrame]) -> str:
    """Markdown: a section a paper, in it each claim with its source, its criterion, and a row for each time it was measured.

    Experiments that measured the same share a row. ``tables``: the tables `claims` of docs/files.md by experiment.
    """
    rows = pd.concat([table.assign(experiment=name) for name, table in tables.items()], ignore_index=True)
    rows = rows.astype({"published": str})  # a column of nothing but numbers is read as numbers
    rows["text"] = shown(rows)["value"]
    sections = [f"# What became of the claims\n\n{LEGEND}\n\n{KINDS_LEGEND}\n\n{_counts(rows)}"]
    sections.append(f"Experiments: {', '.join(tables)}.\n")
    for paper, of_paper in rows.groupby("paper", sort=False):
        sections.append(f"## {paper}\n")
        sections += [_entry(str(name), about, len(tables)) for name, about in of_paper.groupby("claim", sort=False)]
    return "\n".join(sections)


def _counts(rows: pd.DataFrame) -> str:
    """How many verdicts of each sort there are by the kind of claim, and of replications whose criterion came first."""
    measured = rows[rows["verdict"] != NOT_MEASURED]
    different = measured.drop_duplicates(["claim", "dataset", "network", "text", "verdict"])
    never = rows[~rows["claim"].isin(measured["claim"])].drop_duplicates("claim")
    lines = []
    for kind in KINDS:
        of_kind, absent = different[different["kind"] == kind], never[never["kind"] == kind]
        lines.append([kind, *(str((of_kind["verdict"] == word).sum()) for word in VERDICTS), str(len(absent))])
        if kind == "replication":
            before, absent = of_kind[of_kind["before"]], absent[absent["before"]]
            name = "… criterion fixed before results"
            lines.append([name, *(str((before["verdict"] == word).sum()) for word in VERDICTS), str(len(absent))])
    return markdown(pd.DataFrame(lines, columns=["kind of claim", *VERDICTS, NOT_MEASURED]))


def _entry(name: str, rows: pd.DataFrame, experiments: int) -> str:
    claim = rows.iloc[0]
    article = "An" if claim["kind"][0] in "aeiou" else "A"
    lines = [
        f"### `{name}`\n",
        f"**{claim['statement']}**\n",
        f"{article} {claim['kind']}. Published: {claim['published']} ({claim['source']}). Fails if {claim['fails_if']}.\n",
        f"Criterion: {claim['criterion']}, fixed on {claim['fixed'].replace('after', '**after**', 1)}.\n",
    ]
    measured = rows[rows["verdict"] != NOT_MEASURED]
    if measured.empty:
        return "\n".join([*lines, f"Not measured: {claim['note']}\n"])
    note = min(measured["note"].fillna(""), key=len)  # the others add how few replicates there were
    lines += [f"{note}\n"] if note else []
    shown = measured.assign(value=measured["text"], n=measured["replicates"].astype(int).astype(str))
    shown = shown.fillna(dict.fromkeys(SAME, ""))
    merged = shown.groupby(SAME, sort=False)["experiment"].agg(list).reset_index()
    merged["experiment"] = ["all" if len(names) == experiments else ", ".join(names) for names in merged["experiment"]]
    return "\n".join([*lines, markdown(merged[["experiment", *SAME]])])
