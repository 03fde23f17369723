"""Claims about the spectral distance between networks of families of two kinds."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from disentangle.claims.base import Claim
from disentangle.claims.evidence import BEST, Choice, Evidence, Measurement, NotMeasured
from disentangle.config import Label
from disentangle.pipeline.needs import Comparisons
from disentangle.spectra.registry import DISTANCES
from disentangle.statistics.groups import contrast_estimate


def _registered(name: str) -> str:
    if name not in DISTANCES:
        raise PydanticCustomError("distance", "{sentence}", {"sentence": f"write one of {', '.join(DISTANCES)}"})
    return name


Families = Annotated[list[Label], Field(min_length=1)]


class SeparationClaim(Claim):
    """About the spectral distance between families of two kinds less that between different families of one kind."""

    needs: ClassVar = {"comparisons": Comparisons()}

    measure: Literal["separation"]
    version: Annotated[str, AfterValidator(_registered)] = Field(description="name of the spectral distance")
    families: Families = Field(description="those of one kind; of an experiment whichever it has, at least one")
    against: Families = Field(description="those of the other kind, likewise")

    def measured(self, evidence: Evidence) -> Measurement:
        """Contrast of the two kinds; `groups.contrast_estimate` says how.

        Of a family with several densities the best on validation takes part, as wherever a claim names none: density moves a
        spectrum, and all of them would set a family against itself.

        Raises NotMeasured where the experiment has no family of one kind, or one of each.
        """
        ours, theirs = self._choices(evidence, self.families), self._choices(evidence, self.against)
        distances, _ = evidence.group(ours[0])
        first, second = ([evidence.group(choice)[1] for choice in choices] for choices in (ours, theirs))
        contrast = contrast_estimate(distances.matrices[self.version], first, second, evidence.settings)
        if contrast is None:
            raise NotMeasured(f"a second family beside {ours[0].family} or {theirs[0].family}")
        named = " and ".join(", ".join(f"{c.family} {c.density}" for c in choices) for choices in (ours, theirs))
        what = (
            f"{self.version} spectral distance between kinds of families less that between families of one kind: {named} "
            f"(two draws of one null: {distances.floor(*first, *second):.4f})"
        )
        return Measurement(what, contrast, min(map(len, [*first, *second])))

    @staticmethod
    def _choices(evidence: Evidence, names: list[str]) -> list[Choice]:
        """The families' best cells, as far as the experiment has them and compared their spectra."""
        found = []
        for name in names:
            try:
                choice = evidence.choose(name, BEST)
                evidence.group(choice)
            except NotMeasured:
                continue
            found.append(choice)
        if not found:
            raise NotMeasured(f"the spectral comparison of {' or '.join(names)}")
        return found
