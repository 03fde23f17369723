"""The claims ledger: read from workflow/claims.yaml, judged by what an experiment measured."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from disentangle.claims.base import Claim, Criterion
from disentangle.claims.evidence import Evidence, NotMeasured
from disentangle.claims.registry import measures
from disentangle.config import Statistics
from disentangle.errors import InputError, checked, choose
from disentangle.late import np, pd, yaml
from disentangle.statistics.intervals import NOTHING, Interval

COLUMNS = (
    *("claim", "kind", "paper", "statement", "published", "source", "dataset", "network"),
    *("measured", "value", "low", "high", "replicates", "criterion", "fixed", "before", "fails_if", "verdict", "note"),
)

# With fewer replicates the interval cannot hold its level, as `intervals.bootstrap_interval` says.
FEW = 5


def read_claims(path: Path) -> dict[str, Claim]:
    """The claims of a ledger by their names.

    Raises InputError with one sentence on the first mistake.
    """
    try:
        entries = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot read {path}: {error}; write a mapping of claims there.") from None
    except yaml.YAMLError as error:
        raise InputError(f"{path} is not YAML: {' '.join(str(error).split())}; mend it there.") from None
    if not isinstance(entries, Mapping) or not all(isinstance(entry, Mapping) for entry in entries.values()):
        raise InputError(f"{path} is not a mapping of claims; write the name of each claim and its settings below it.")
    return {str(name): _claim(entry, f"claims.{name}") for name, entry in entries.items()}


def judge(claims: Mapping[str, Claim], found: Mapping[str, Any], experiment: str, settings: Statistics) -> pd.DataFrame:
    """Table `claims` of docs/files.md: a row a claim and dataset × network that it is about.

    ``found`` is what they need, as `Evidence` has it; ``experiment`` its name, for the notes. A claim is confirmed when
    its whole interval keeps to the criterion, refuted when none of it does, and undecided when it straddles the threshold or
    there is no interval.
    """
    rows, pairs = [], list(dict.fromkeys(zip(found["metrics"]["dataset"], found["metrics"]["network"], strict=True)))
    for name, claim in claims.items():
        for dataset, network in claim.places(pairs):
            evidence = Evidence(found, (dataset, network), settings)
            rows.append(
                {
                    "claim": name,
                    "kind": claim.kind,
                    "paper": claim.paper,
                    "statement": claim.statement,
                    "published": claim.published or "none at hand",
                    "source": claim.source,
                    "dataset": dataset,
                    "network": network,
                    "criterion": str(claim.criterion),
                    "fixed": str(claim.fixed),
                    "before": claim.fixed.before(dataset),
                    "fails_if": claim.fails_if,
                    **_judged(claim, evidence, experiment),
                }
            )
    return pd.DataFrame(rows, columns=list(COLUMNS))


def verdict(criterion: Criterion, interval: Interval) -> str:
    """Confirmed, refuted or undecided; a criterion is one threshold, so the ends speak for all between them."""
    ends = {criterion.holds(interval.low), criterion.holds(interval.high)}
    if np.isnan(interval.low) or len(ends) == 2:
        return "undecided"
    return "confirmed" if ends == {True} else "refuted"


def _claim(entry: Mapping[str, Any], place: str) -> Claim:
    known = measures()
    return checked(known[choose(str(entry.get("measure", "")), list(known), f"{place}: measure")], entry, place)


def _judged(claim: Claim, evidence: Evidence, experiment: str) -> dict[str, Any]:
    try:
        what, interval, replicates, sampled = claim.measured(evidence)
    except NotMeasured as missing:
        where = f"the preset {claim.preset}" if claim.preset else "the default config.yaml"
        hint = "" if claim.preset == experiment else f"; {where} measures it"
        absent = (
            f"No preset measures it without {claim.lacks}"
            if claim.lacks
            else f"{experiment} does not have {missing} here{hint}"
        )
        notes = [claim.note, f"{absent}."]
        what, interval, replicates, word = "", NOTHING, 0, "not measured"
    else:
        few = {1: "One replicate has no interval."}.get(replicates, f"An interval of {replicates} replicates is rough.")
        notes = [claim.note, few if sampled and replicates < FEW else ""]
        word = verdict(claim.criterion, interval)
    return {
        "measured": what,
        **interval._asdict(),
        "replicates": replicates,
        "verdict": word,
        "note": " ".join(filter(None, notes)),
    }
