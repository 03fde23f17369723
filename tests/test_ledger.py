"""The project's ledger of claims: what it asks for exists where it says, and what is marked as evidence could have failed."""

import datetime

import pytest
import yaml
from snakemake.utils import update_config

from disentangle.cells import list_cells
from disentangle.claims.evidence import BEST
from disentangle.claims.judging import read_claims
from disentangle.claims.sizes import AS_MANY
from disentangle.config import load_experiment
from disentangle.errors import InputError
from tests.conftest import ROOT

PAIRS = (("family", "density"), ("against", "against_density"), ("family", "low"), ("family", "high"))
LEDGER = read_claims(ROOT / "workflow/claims.yaml")
LACKING = [name for name, claim in LEDGER.items() if claim.lacks]


def cells_of(preset):
    config = yaml.safe_load((ROOT / "config.yaml").read_text())
    if preset:
        update_config(config, yaml.safe_load((ROOT / f"workflow/presets/{preset}.yaml").read_text()))
    return list_cells(load_experiment(config))


@pytest.mark.parametrize("name", [name for name in LEDGER if name not in LACKING])
def test_the_preset_of_a_claim_has_its_cells(name):
    claim, cells = LEDGER[name].model_dump(), cells_of(LEDGER[name].preset)
    networks = {*(claim["networks"] or []), claim.get("other")} - {None}
    assert networks <= {cell.network for cell in cells}
    assert set(claim["datasets"] or []) <= {cell.dataset for cell in cells}
    here = [cell for cell in cells if not networks or cell.network in networks]
    named = [(claim[family], claim.get(density) or BEST) for family, density in PAIRS if family in claim]
    if claim["measure"] == "separation":
        assert all({*claim[side]} & {cell.family for cell in here} for side in ("families", "against"))
        return
    for family, density in named if claim["measure"] != "transplant" else named[:1]:
        assert density in {BEST, *AS_MANY, *(cell.density for cell in here if cell.family == family)}, (family, density)
        assert family in {cell.family for cell in here}


@pytest.mark.parametrize("name", LACKING)
def test_what_a_claim_lacks_is_really_not_there(name):
    """Else it would go on being called not measured by any preset."""
    claim = LEDGER[name].model_dump()
    cells = cells_of(claim["preset"])
    families, networks = {claim["family"], claim.get("against", claim["family"])}, {*(claim["networks"] or [])}
    assert not families <= {cell.family for cell in cells} or not networks <= {cell.network for cell in cells}


def test_every_family_of_a_separation_is_trained_by_some_preset():
    presets = [None, *(file.stem for file in (ROOT / "workflow/presets").glob("*.yaml"))]
    known = {cell.family for preset in presets for cell in cells_of(preset)}
    for claim in (claim.model_dump() for claim in LEDGER.values() if claim.measure == "separation"):
        assert {*claim["families"], *claim["against"]} <= known and not {*claim["families"]} & {*claim["against"]}


def test_no_claim_was_fixed_before_the_first_day_of_the_project_or_on_a_data_set_that_it_is_not_about():
    for name, claim in LEDGER.items():
        assert claim.fixed.day >= datetime.date(2026, 11, 20), name
        assert not {*claim.fixed.seen} & {*claim.without}, name
        assert claim.fixed.seen == ["all"] or "all" not in claim.fixed.seen, name


def test_a_missing_ledger(tmp_path):
    with pytest.raises(InputError, match="cannot read"):
        read_claims(tmp_path / "claims.yaml")
