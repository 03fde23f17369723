"""Masks: how many edges each layer keeps, where they begin and end, with which weights, and how many replicates share."""

from typing import ClassVar

from disentangle import artefacts
from disentangle.pipeline.job import Run
from disentangle.stages.of_wiring import OfWiring


class Masks(OfWiring):
    """Summarise the masks of a cell."""

    stage: ClassVar = "masks"
    message: ClassVar = "Summarise the masks of {cell}"
    products: ClassVar = {
        "masks": "cells/{cell}/masks.csv",
        "degrees": "cells/{cell}/degrees.safetensors",
        "overlap": "cells/{cell}/overlap.csv",
        "histograms": "cells/{cell}/histograms.safetensors",
    }
    beside: ClassVar = "cells/{cell}/masks.meta.json"
    archived: ClassVar = ("masks", "degrees", "overlap", "histograms")

    def make(self, run: Run) -> None:
        """Summarise."""
        from disentangle.masks.histograms import histograms
        from disentangle.masks.overlap import COLUMNS, overlaps
        from disentangle.masks.storage import save_counts
        from disentangle.masks.summary import degrees, summarise
        from disentangle.masks.wiring import load_wiring

        wiring = load_wiring(run.read("wiring"))
        artefacts.write_rows(run.write("masks"), summarise(wiring))
        save_counts(run.write("degrees"), degrees(wiring))
        artefacts.write_rows(run.write("overlap"), overlaps(wiring), COLUMNS)
        save_counts(run.write("histograms"), histograms(wiring))
