"""Claims about how many different weights a network has."""

from __future__ import annotations

from typing import ClassVar, Literal

from disentangle.claims.base import Claim
from disentangle.claims.evidence import Evidence, Measurement, NotMeasured
from disentangle.config import Label
from disentangle.pipeline.needs import Table
from disentangle.statistics.intervals import counted


class ValuesClaim(Claim):
    """About the number of distinct weights in a layer of a family, the 0 of missing edges included."""

    needs: ClassVar = {"masks": Table("masks")}

    measure: Literal["values"]
    family: Label

    def measured(self, evidence: Evidence) -> Measurement:
        """The largest number in any layer of any replicate at any density; of all there are, so it has no error of sampling."""
        masks = evidence.rows("masks")
        rows = masks[masks["family"] == self.family] if "weight_values" in masks else masks[:0]
        if rows.empty:
            raise NotMeasured(f"the numbers of weights of {self.family}")
        largest, networks = float(rows["weight_values"].max()), len(rows.drop_duplicates(["density", "replicate"]))
        what = f"distinct weights in a layer of {self.family}, the most in any layer of {networks} networks"
        return Measurement(what, counted(largest), rows["replicate"].nunique(), sampled=False)
