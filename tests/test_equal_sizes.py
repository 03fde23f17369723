"""Claims about rivals of equal size: which of their cells is compared, in edges and in bits."""

import math

import numpy as np
import pandas as pd
import pytest

from disentangle.claims.evidence import Choice, Evidence, NotMeasured
from disentangle.claims.sizes import no_smaller
from disentangle.config import Statistics
from disentangle.statistics.bits import weight_bits, wiring_bits
from tests.made_up_claims import CLAIM, SPREAD, cell, judged

OURS = Choice("weight_free_top_share", "0.1", "ours")


def layer(family, density, possible, edges, values):
    key = {"dataset": "digits", "network": "mlp", "family": family, "density": density}
    rows = [{"replicate": r, "layer": "output", "possible": possible, "edges": edges, "weight_values": values} for r in (0, 1)]
    return pd.DataFrame([key | row for row in rows])


# A pruned edge has a value of its own, an edge of ours none.
MASKS = pd.concat(
    [layer("weight_free_top_share", "0.1", 2000, 200, 2)]
    + [layer("pruned", str(d), 1000, round(1000 * d), round(1000 * d) + 1) for d in (0.02, 0.1, 0.2, 0.5)]
)


def chosen(size, masks=MASKS, ours=OURS):
    return no_smaller(Evidence({"masks": masks}, ("digits", "mlp"), Statistics()), "pruned", ours, size)


def test_as_many_edges_are_exactly_as_many_where_there_are():
    assert chosen("as_many_edges")[:2] == ("pruned", "0.2")


def test_else_the_rival_is_the_next_larger():
    assert chosen("as_many_edges", MASKS[MASKS["density"] != "0.2"]).density == "0.5"


def test_as_many_bits_are_far_fewer_edges_of_their_own_weights():
    found = chosen("as_many_bits")
    ours = math.log2(math.comb(2000, 200)) + 32
    theirs = math.log2(math.comb(1000, 100)) + 32 * 100
    assert math.log2(math.comb(1000, 20)) + 32 * 20 < ours < theirs
    assert found.density == "0.1" and found.name == f"pruned at density 0.1 ({theirs:,.0f} bits against {ours:,.0f})"


def test_a_rival_that_is_always_smaller_or_not_there_is_not_measured():
    with pytest.raises(NotMeasured, match="pruned with as many edges as ours"):
        chosen("as_many_edges", MASKS[MASKS["density"].isin(["0.1", "0.02"])])
    with pytest.raises(NotMeasured, match="the edges of ours"):
        chosen("as_many_edges", MASKS[MASKS["family"] == "pruned"])
    with pytest.raises(NotMeasured, match="the bits of networks"):
        chosen("as_many_bits", MASKS.drop(columns="weight_values"))


def test_a_claim_names_the_cell_it_compared_with(tmp_path):
    accuracies = {"0.02": 0.8, "0.1": 0.9, "0.2": 0.95, "0.5": 0.97}
    metrics = pd.concat(
        [
            cell("weight_free_top_share", "0.1", 0.96 + SPREAD),
            *(cell("pruned", d, a + SPREAD / 2) for d, a in accuracies.items()),
        ]
    )
    claim = CLAIM | {"family": "weight_free_top_share", "density": 0.1, "against": "pruned", "against_density": "as_many_edges"}
    row = judged(tmp_path, claim, metrics, masks=MASKS)
    assert row["value"] == pytest.approx(0.01)
    assert row["measured"].endswith("minus that of pruned at density 0.2 (200 edges against 200)")


def test_weights_that_repeat_are_listed_once():
    masks = pd.concat([layer("edge_popup", "0.5", 1000, 500, 3), layer("edge_popup", "0.1", 1000, 1000, 2)])
    assert weight_bits(masks).tolist() == [32 * 2 + 500, 32 * 2 + 500, 32 * 2 + 1000, 32 * 2 + 1000]


def test_weights_of_their_own_take_32_bits_and_no_edge_takes_none():
    masks = pd.concat([layer("dense", "1.0", 1000, 1000, 1000), layer("random", "0.5", 1000, 0, 1)])
    assert weight_bits(masks).tolist() == [32_000, 32_000, 0, 0]
    assert np.allclose(wiring_bits(masks), 0)
