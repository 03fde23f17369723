"""Claims about the spectral distance between the networks of two families."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from disentangle.claims.base import PairClaim
from disentangle.claims.evidence import Evidence, Measurement, NotMeasured
from disentangle.pipeline.needs import Comparisons
from disentangle.spectra.registry import DISTANCES
from disentangle.statistics.groups import separation_estimate


def _registered(name: str) -> str:
    if name not in DISTANCES:
        raise PydanticCustomError("distance", "{sentence}", {"sentence": f"write one of {', '.join(DISTANCES)}"})
    return name


class SeparationClaim(PairClaim):
    """About the spectral distance between the networks of two families less the distance within them."""

    needs: ClassVar = {"comparisons": Comparisons()}

    measure: Literal["separation"]
    version: Annotated[str, AfterValidator(_registered)] = Field(description="name of the spectral distance")

    def measured(self, evidence: Evidence) -> Measurement:
        """Separation of the two groups of replicates; `groups.separation_estimate` says how.

        Raises NotMeasured where neither group has two, and so no distance within.
        """
        ours = evidence.choose(self.family, self.density)
        theirs = evidence.choose(self.against, self.against_density)
        distances, first = evidence.group(ours)
        _, second = evidence.group(theirs)
        if max(len(first), len(second)) < 2:
            raise NotMeasured(f"two replicates of {ours.name} or {theirs.name}")
        separation = separation_estimate(distances.matrices[self.version], first, second, evidence.settings)
        floor = f"two draws of one null: {distances.floor(first, second):.4f}"
        what = f"{self.version} spectral distance of {ours.name} and {theirs.name} minus that within them ({floor})"
        return Measurement(what, separation, min(len(first), len(second)))
