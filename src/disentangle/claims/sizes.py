"""How large the networks of a family are, for claims that hold rivals of equal size against each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from disentangle.claims.evidence import Choice, Evidence, NotMeasured
from disentangle.statistics.bits import weight_bits, wiring_bits

if TYPE_CHECKING:
    import pandas as pd

# Instead of a density: the rival's smallest networks that are no smaller than ours, in the number of edges or in bits.
AS_MANY = {"as_many_edges": "edges", "as_many_bits": "bits"}


def no_smaller(evidence: Evidence, family: str, ours: Choice, as_many: str) -> Choice:
    """The family's smallest cell that is at least as large as ``ours``: to its advantage, where none is exactly as large.

    An edge counts, whatever its weight. Bits are those of the wiring and of the weights (`disentangle.statistics.bits`). Sizes
    are means over the replicates.

    Raises NotMeasured when the family has no such cell.
    """
    size = AS_MANY[as_many]
    sizes = _sizes(evidence.rows("masks"), size)
    if (ours.family, ours.density) not in sizes.index:
        raise NotMeasured(f"the {size} of {ours.name}")
    least = sizes[ours.family, ours.density]
    theirs = sizes[sizes.index.get_level_values("family") == family].droplevel("family")
    large = theirs[theirs >= least]
    if large.empty:
        raise NotMeasured(f"{family} with as many {size} as {ours.name}")
    density = str(large.idxmin())
    return Choice(family, density, f"{family} at density {density} ({large.min():,.0f} {size} against {least:,.0f})")


def _sizes(masks: pd.DataFrame, size: str) -> pd.Series[float]:
    """Mean edges or bits of a cell's networks, by family and density."""
    cell = ["family", "density"]
    if masks.empty or (size == "bits" and "weight_values" not in masks):
        raise NotMeasured(f"the {size} of networks")
    of_network = (
        wiring_bits(masks) + weight_bits(masks) if size == "bits" else masks.groupby([*cell, "replicate"])["edges"].sum()
    )
    mean: pd.Series[float] = of_network.groupby(cell).mean()
    return mean
