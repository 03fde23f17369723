"""The claims ledger: read from workflow/claims.yaml, judged by what an experiment measured."""

from __future__ import annotations

from collections.abc import Mapping
from math import isnan, nan
from pathlib import Path
from typing import Any

from disentangle.claims.base import Claim
from disentangle.claims.evidence import Evidence, Measurement, NotMeasured
from disentangle.claims.registry import measures
from disentangle.claims.verdicts import corrected, p_value, verdict
from disentangle.config import Statistics
from disentangle.errors import InputError, checked, choose
from disentangle.late import pd, yaml
from disentangle.statistics.intervals import NOTHING

COLUMNS = (
    *("claim", "kind", "paper", "statement", "published", "source", "dataset", "network"),
    *("measured", "value", "low", "high", "p", "p_corrected", "replicates"),
    *("criterion", "fixed", "before", "fails_if", "verdict", "note"),
)

# With fewer replicates the interval cannot hold its level, as `intervals.bootstrap_estimate` says.
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

    ``found`` is what they need, as `Evidence` has it; ``experiment`` its name, for the notes. A claim is confirmed when its
    value keeps to the criterion and differs from the threshold by more than chance explains, refuted when it differs to the
    other side, and else undecided (see `verdicts`).
    """
    pairs = list(dict.fromkeys(zip(found["metrics"]["dataset"], found["metrics"]["network"], strict=True)))
    cases = [
        (name, place, claim, _measured(claim, Evidence(found, place, settings)))
        for name, claim in claims.items()
        for place in claim.places(pairs)
    ]
    p = [nan if isinstance(measured, NotMeasured) else p_value(claim.criterion, measured) for *_, claim, measured in cases]
    p_corrected = corrected([claim for _, _, claim, _ in cases], p)
    rows = [
        {
            "claim": name,
            "kind": claim.kind,
            "paper": claim.paper,
            "statement": claim.statement,
            "published": claim.published or "none at hand",
            "source": claim.source,
            "dataset": place[0],
            "network": place[1],
            "p": p[i],
            "p_corrected": p_corrected[i],
            "criterion": str(claim.criterion),
            "fixed": str(claim.fixed),
            "before": claim.fixed.before(place[0]),
            "fails_if": claim.fails_if,
            **_told(claim, measured, experiment),
            "verdict": _verdict(claim, measured, p[i] if isnan(p_corrected[i]) else p_corrected[i], settings),
        }
        for i, (name, place, claim, measured) in enumerate(cases)
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _claim(entry: Mapping[str, Any], place: str) -> Claim:
    known = measures()
    return checked(known[choose(str(entry.get("measure", "")), list(known), f"{place}: measure")], entry, place)


def _measured(claim: Claim, evidence: Evidence) -> Measurement | NotMeasured:
    try:
        return claim.measured(evidence)
    except NotMeasured as missing:
        return missing


def _told(claim: Claim, measured: Measurement | NotMeasured, experiment: str) -> dict[str, Any]:
    if isinstance(measured, NotMeasured):
        where = f"the preset {claim.preset}" if claim.preset else "the default config.yaml"
        hint = "" if claim.preset == experiment else f"; {where} measures it"
        lacking = f"No preset measures it without {claim.lacks}."
        notes = [claim.note, lacking if claim.lacks else f"{experiment} does not have {measured} here{hint}."]
        what, interval, replicates = "", NOTHING, 0
    else:
        what, (interval, *_), replicates, sampled = measured
        few = {1: "One replicate has no interval."}.get(replicates, f"An interval of {replicates} replicates is rough.")
        notes = [claim.note, few if sampled and replicates < FEW else ""]
    return {"measured": what, **interval._asdict(), "replicates": replicates, "note": " ".join(filter(None, notes))}


def _verdict(claim: Claim, measured: Measurement | NotMeasured, p: float, settings: Statistics) -> str:
    return "not measured" if isinstance(measured, NotMeasured) else verdict(claim.criterion, measured, p, settings.confidence)
