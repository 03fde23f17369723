"""Made-up results of an experiment with controls, and its cells."""

from itertools import product

import numpy as np
import pandas as pd

from disentangle.cells import list_cells
from disentangle.config import load_experiment
from tests.made_up_results import KEY
from tests.made_up_studies import studies


def controls_of(label, **common):
    """Every control of a family, under labels that say which."""
    settings = product(("found", "shuffled"), ("kept", "redrawn"), (False, True))
    return {
        f"{label}_{mask}_{values}_{'trained' if trained else 'untrained'}": common
        | {"family": "control", "of": label, "mask": mask, "values": values, "trained": trained}
        for mask, values, trained in settings
    }


CONFIG = {
    "name": "controls",
    "datasets": {"mnist": {"network": "mlp"}, "fashion_mnist": {"network": "mlp"}},
    "networks": {"mlp": {"widths": [12]}},
    "families": {
        "dense": {},
        "edge_popup": {},
        "weight_free_on_off": {"family": "weight_free", "on_off": True},
        **controls_of("edge_popup"),
        "transfer": {"family": "control", "of": "edge_popup", "found_on": "mnist"},
        "transfer_trained": {"family": "control", "of": "edge_popup", "found_on": "mnist", "trained": True},
        "ones_shuffled": {"family": "control", "of": "weight_free_on_off", "mask": "shuffled", "on_off": True},
    },
    "densities": [0.1, 0.5],
    "training": {"epochs": 6},
}


class Controls:
    """Metrics and accuracies of every cell of an experiment, from a fixed generator, and what studies compare."""

    def __init__(self, replicates=3, **changes):
        cells = list_cells(load_experiment(CONFIG | {"replicates": replicates} | changes))
        self.studies = studies(cells)
        self.chance = {cell.dataset: 0.1 for cell in cells}
        random = np.random.default_rng(0)
        metrics, accuracy = [], []
        for cell in cells:
            at = dict(zip(KEY, cell.path.split("/"), strict=True))
            level = 0.97 if cell.settings.get("trained", True) else 0.6 if cell.settings["mask"] == "found" else 0.11
            scores = level - 0.02 * random.random(replicates) - 0.05 * random.random()
            spread = (scores.min(), scores.max()) if replicates > 1 else (np.nan, np.nan)
            accuracy.append(
                at | {"replicates": replicates, "mean": scores.mean()} | dict(zip(("low", "high"), spread, strict=True))
            )
            metrics += [at | {"replicate": r, "test_accuracy": score, "epochs": 3} for r, score in enumerate(scores)]
        self.metrics, self.accuracy = map(pd.DataFrame, (metrics, accuracy))
