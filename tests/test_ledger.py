"""The project's ledger of claims: what it asks for exists where it says."""

import pytest
import yaml
from snakemake.utils import update_config

from disentangle.cells import list_cells
from disentangle.claims.evidence import BEST
from disentangle.claims.judging import read_claims
from disentangle.config import load_experiment
from disentangle.errors import InputError
from tests.conftest import ROOT

PAIRS = (("family", "density"), ("against", "against_density"), ("family", "low"), ("family", "high"))
LEDGER = read_claims(ROOT / "workflow/claims.yaml")


def cells_of(preset):
    config = yaml.safe_load((ROOT / "config.yaml").read_text())
    if preset:
        update_config(config, yaml.safe_load((ROOT / f"workflow/presets/{preset}.yaml").read_text()))
    return list_cells(load_experiment(config))


@pytest.mark.parametrize("name", LEDGER)
def test_the_preset_of_a_claim_has_its_cells(name):
    claim, cells = LEDGER[name].model_dump(), cells_of(LEDGER[name].preset)
    networks = {*(claim["networks"] or []), claim.get("other")} - {None}
    assert networks <= {cell.network for cell in cells}
    assert set(claim["datasets"] or []) <= {cell.dataset for cell in cells}
    here = [cell for cell in cells if not networks or cell.network in networks]
    named = [(claim[family], claim.get(density) or BEST) for family, density in PAIRS if family in claim]
    for family, density in named if claim["measure"] != "transplant" else named[:1]:
        assert density in {BEST, *(cell.density for cell in here if cell.family == family)}, (family, density)
        assert family in {cell.family for cell in here}


def test_a_missing_ledger(tmp_path):
    with pytest.raises(InputError, match="cannot read"):
        read_claims(tmp_path / "claims.yaml")
