"""The table of claims: what the papers say, what was measured here, and the verdict."""

from __future__ import annotations

from typing import Any

from disentangle.claims.judging import judge
from disentangle.claims.ledger import Ledger
from disentangle.claims.registry import MEASURES, measures
from disentangle.config import Statistics
from disentangle.late import pd
from disentangle.pipeline.needs import Need, Setting, Table
from disentangle.pipeline.teller import Made
from disentangle.tables.reading import PLAIN, intervals, numbers, short_p, texts


def shown(table: pd.DataFrame) -> pd.DataFrame:
    """The table `claims`: what a claim says stands in its first row only; our value has the units of the criterion.

    ``p`` is the one that decides: corrected of a replication.
    """
    first = ~table["claim"].duplicated()
    sampled = table.assign(low=table["low"].where(table["low"] < table["high"]))  # the others are of all there are
    return pd.DataFrame(
        {
            "claim": (table["statement"] + " (" + table["paper"] + ")").where(first, ""),
            "published": (table["published"] + " (" + table["source"] + ")").where(first, ""),
            "kind": table["kind"].where(first, ""),
            "criterion": (table["criterion"] + ", fixed on " + table["fixed"]).where(first, ""),
            "fails if": table["fails_if"].where(first, ""),
            **texts(table, "dataset", "network", "measured"),
            "value": intervals(sampled[["value", "low", "high"]], PLAIN),
            "n": numbers(table["replicates"], "{:d}"),
            "p": table["p_corrected"].fillna(table["p"]).map(short_p),
            **texts(table, "verdict", "note"),
        }
    )


def judged(claims: Any, experiment: str, settings: Statistics, **found: Any) -> pd.DataFrame:
    """Every claim of the ledger; ``found`` is what their measures need."""
    return judge(claims, found, experiment, settings)


NEEDS: dict[str, Need] = {name: need for measure in measures().values() for name, need in measure.needs.items()}
TABLE = Made(
    judged,
    shown,
    heading="Claims",
    chosen=tuple(MEASURES.values()),
    claims=Ledger(),
    experiment=Setting("name"),
    settings=Setting("statistics"),
    **{"metrics": Table("metrics")} | NEEDS,
)
