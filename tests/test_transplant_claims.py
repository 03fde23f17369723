"""Claims about transplants: what is paired, and what is not measured."""

import pandas as pd
import pytest

from disentangle.claims.judging import judge, read_claims
from disentangle.claims.transplant import TransplantClaim
from disentangle.config import Statistics
from disentangle.profiles.treatments import NOISE, PLACES, VALUES
from tests.conftest import ROOT
from tests.made_up_claims import METRICS

LEDGER = read_claims(ROOT / "workflow/claims.yaml")
OWN = {name: claim for name, claim in LEDGER.items() if isinstance(claim, TransplantClaim)}


def table(**accuracies):
    """Accuracies of five replicates of dense under each treatment, nearly the same difference apart in each."""
    return pd.DataFrame(
        {"dataset": "digits", "network": "mlp", "family": "dense", "density": "1.0"}
        | {"replicate": r, "treatment": treatment, "test_accuracy": value + 0.01 * r + 0.0001 * (r * i % 3)}
        for i, (treatment, value) in enumerate(accuracies.items())
        for r in range(5)
    )


def judged(transplants):
    found = judge(OWN, {"metrics": METRICS, "transplants": transplants}, "embedded", Statistics(resamples=199))
    return found.set_index("claim")


def test_every_treatment_of_the_ledger_exists():
    assert len(OWN) == 4
    assert {c.treatment for c in OWN.values()} | {c.against for c in OWN.values()} <= {*VALUES, *PLACES, *NOISE}


@pytest.mark.parametrize("sign", [1, -1])
def test_treatments_are_compared_replicate_by_replicate(sign):
    made = table(own=0.9, gaussian=0.9 - 0.02 * sign, start=0.9, permuted_in_unit=0.1, two_level=0.7, noise_as_two_level=0.6)
    found = judged(made.sample(frac=1, random_state=0))
    gaussian = found.loc["values_may_be_gaussian"]
    assert gaussian["value"] == pytest.approx(gaussian["low"], abs=2e-4) == pytest.approx(-0.02 * sign, abs=2e-4)
    assert gaussian["verdict"] == ("refuted" if sign == 1 else "confirmed") and gaussian["replicates"] == 5
    assert gaussian["measured"] == "test accuracy of dense with weights gaussian minus with weights own"
    assert found.loc["places_decide", "value"] == pytest.approx(-0.8, abs=2e-4)
    assert found.loc["ranks_are_more_than_nearness", "value"] == pytest.approx(0.1, abs=2e-4)


def test_what_was_not_transplanted_is_not_measured():
    assert (
        set(judged(pd.DataFrame())["verdict"])
        == {"not measured"}
        == set(judged(table(own=0.9).assign(family="pruned"))["verdict"])
    )
    found = judged(table(own=0.9, gaussian=0.9))
    assert found.loc["values_may_be_gaussian", "verdict"] == "confirmed"
    assert "does not have the treatment 'permuted_in_unit' here" in found.loc["places_decide", "note"]
