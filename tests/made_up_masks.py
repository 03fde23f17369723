"""Made-up results of an experiment that selects among frozen weights, with the real summaries of made-up masks."""

from functools import cached_property

import numpy as np
import pandas as pd

from disentangle.cells import list_cells
from disentangle.config import load_experiment
from disentangle.masks.histograms import histograms
from disentangle.masks.overlap import overlaps
from disentangle.masks.wiring import Wiring
from disentangle.networks import Network
from disentangle.networks.mlp import Mlp
from tests.made_up_results import KEY
from tests.made_up_studies import studies

CONFIG = {
    "name": "selecting",
    "replicates": 3,
    "datasets": {"mnist": {"network": "mlp"}, "fashion_mnist": {"network": "mlp"}},
    "networks": {"mlp": {"widths": [12]}, "mlp_wide": {"network": "mlp", "widths": [24]}},
    "families": {
        **{family: {} for family in ("dense", "random", "pruned", "weight_free", "edge_popup")},
        "edge_popup_normal": {"family": "edge_popup", "values": "kaiming_normal"},
    },
    "densities": [0.1, 0.3, 0.5, 0.9],
    "training": {"epochs": 6},
}
CHANCE = {"mnist": 0.11, "fashion_mnist": 0.1}
INPUTS = 20


class Selection:
    """Metrics, accuracies, histories and, once they are asked for, summaries of the masks of every cell.

    All are from a fixed generator. The first quarter of the inputs is left out by every mask that leaves edges out.
    """

    def __init__(self, **changes):
        self.experiment = load_experiment(CONFIG | changes)
        self.cells = list_cells(self.experiment)
        self.studies, self.families = studies(self.cells), {cell.family for cell in self.cells}
        random = np.random.default_rng(0)
        metrics, accuracy, history, self.wirings = [], [], [], {}
        for cell in self.cells:
            key = tuple(cell.path.split("/"))
            at, count = dict(zip(KEY, key, strict=True)), cell.replicates
            density = {"free": 0.2}.get(cell.density) or float(cell.density)
            level = {"random": 0.1, "dense": 0.985}.get(cell.method, 0.98 - 0.5 * (density - 0.45) ** 2)
            scores = level + 0.004 * random.random(count)
            spread = (scores.min(), scores.max()) if count > 1 else (np.nan, np.nan)
            about = {"replicates": count, "mean": scores.mean()}
            accuracy.append(at | about | dict(zip(("low", "high"), spread, strict=True)))
            for r, score in enumerate(scores):
                metrics.append(at | {"replicate": r, "test_accuracy": score, "epochs": 6, "realised_density": density})
                history += self._epochs(cell, at, r, density)
            self.wirings[key] = self._wiring(cell, count, density, random)
        self.metrics, self.accuracy, self.history = map(pd.DataFrame, (metrics, accuracy, history))

    @cached_property
    def histograms(self):
        return {key: histograms(wiring) for key, wiring in self.wirings.items()}

    @cached_property
    def overlaps(self):
        masked = {key: wiring for key, wiring in self.wirings.items() if key[3] != "1.0"}
        return pd.DataFrame(dict(zip(KEY, key, strict=True)) | row for key, of in masked.items() for row in overlaps(of))

    def _epochs(self, cell, at, replicate, density):
        for epoch in range(7):
            moved = (1 - density) * (1 - 1 / (epoch + 1)) + 0.01 * replicate * (epoch > 0)
            own = {"mask_moved": moved, "score_moved": 3 * moved} if cell.method == "edge_popup" else {}
            yield at | {"epoch": epoch, "replicate": replicate, "flipped": density * 0.1**epoch * (epoch > 0)} | own

    def _wiring(self, cell, count, density, random):
        weights = {}
        for layer, shape in (("hidden1", (12, INPUTS)), ("output", (10, 12))):
            mask = random.random((count, *shape)) < density
            if layer == "hidden1" and density < 1:
                mask[:, :, : INPUTS // 4] = False
            constant = cell.family in ("weight_free", "edge_popup")
            drawn = np.sign(random.normal(size=mask.shape)) if constant else random.normal(size=mask.shape)
            weights[layer] = (mask * (np.abs(drawn) if cell.family == "weight_free" else drawn)).astype(np.float32)
        masks = {layer: weight != 0 for layer, weight in weights.items()}
        return Wiring(Network("mlp", Mlp(widths=[12]), (INPUTS,), 10), weights, masks, {}, {})
