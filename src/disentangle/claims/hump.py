"""Claims about the density at which a family is best."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from disentangle.claims.base import Claim, ClaimDensity
from disentangle.claims.evidence import Evidence, Measurement, NotMeasured
from disentangle.claims.own_split import with_test_images
from disentangle.config import Label
from disentangle.late import np, pd
from disentangle.pipeline.needs import Described
from disentangle.statistics.choice import best_density
from disentangle.statistics.intervals import bootstrap_estimate


class HumpClaim(Claim):
    """About the test accuracy of a family at the best density between ``low`` and ``high``, less that at either of them."""

    needs: ClassVar = {"images": Described("images")}

    measure: Literal["hump"]
    family: Label
    low: ClaimDensity
    high: ClaimDensity

    def measured(self, evidence: Evidence) -> Measurement:
        """The smaller of the two mean differences, over the seeds that all three densities have; seeds are resampled.

        The best density is chosen on validation, among those between the two ends: where an end is better, its difference
        is negative.
        """
        ends = [evidence.choose(self.family, density).density for density in (self.low, self.high)]
        metrics = evidence.metrics
        cells = metrics[metrics["family"] == self.family]
        low, high = map(float, ends)
        cells = cells[cells["density"].astype(float).between(low, high, inclusive="neither")]
        if cells.empty:
            raise NotMeasured(f"a density of {self.family} between {' and '.join(ends)}")
        best = best_density(cells)
        accuracy = {density: evidence.accuracy(evidence.choose(self.family, density)) for density in (ends[0], best, ends[1])}
        by_seed = pd.DataFrame(accuracy).dropna()
        if by_seed.empty:
            raise NotMeasured(f"a seed that the densities {', '.join(accuracy)} of {self.family} share")
        falls = np.stack([by_seed[best] - by_seed[end] for end in ends])

        def smaller(seeds: Any, axis: int = -1) -> Any:
            return falls[:, seeds].mean(axis=axis).min(axis=0)

        what = (
            f"test accuracy of {self.family} at density {best} (best of those between on validation) minus that at "
            f"{' or '.join(ends)}, whichever is less"
        )
        estimate = bootstrap_estimate([np.arange(len(by_seed))], smaller, evidence.settings)
        end = ends[int(falls.mean(axis=1).argmin())]  # from which the fall is the smaller one
        return with_test_images(Measurement(what, estimate, len(by_seed)), evidence, by_seed[best], by_seed[end])
