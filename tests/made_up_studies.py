"""Made-up results of an experiment on weight-free networks, and its cells."""

import numpy as np
import pandas as pd

from disentangle.cells import list_cells
from disentangle.config import load_experiment
from disentangle.late import load
from disentangle.pipeline.needs import Study as Needed
from disentangle.registry import FIGURES
from tests.made_up_results import KEY

FREE = {"family": "weight_free"}
ESTIMATORS = {
    "weight_free": FREE,
    "weight_free_soft": FREE | {"estimator": "soft"},
    "weight_free_identity": FREE | {"estimator": "identity"},
    "weight_free_stochastic": FREE | {"estimator": "stochastic"},
}
ON_OFF = {f"{label}_on_off": entry | {"on_off": True} for label, entry in ESTIMATORS.items()}
PENALTIES = {f"penalty_{i}_on_off": FREE | {"on_off": True, "edge_penalty": 0.1 * 3**i} for i in range(4)}
EXACT = {
    "weight_free_top_share": {},
    "weight_free_top_share_on_off": {"family": "weight_free_top_share", "on_off": True},
}
DENSE = {"dense": {}, "dense_on_off": {"family": "dense", "on_off": True}}
CONFIG = {
    "name": "studies",
    "datasets": {"mnist": {"network": "mlp"}, "fashion_mnist": {"network": "mlp"}},
    "networks": {"mlp": {"widths": [12]}, "mlp_tanh": {"network": "mlp", "widths": [12]}},
    "families": {**DENSE, **ESTIMATORS, **ON_OFF, **PENALTIES, **EXACT, "pruned": {}, "edge_popup": {}},
    "densities": [0.01, 0.05, 0.5],
    "training": {"epochs": 6},
}


def experiment(**changes):
    """The experiment above with some keys changed."""
    return load_experiment(CONFIG | changes)


def studies(cells):
    """What each figure that compares cells finds to compare among these."""
    drawings = {figure: load(address) for figure, address in FIGURES.items()}
    needs = [(figure, need) for figure, drawing in drawings.items() for need in drawing.needs.values()]
    found = {figure: need.find(cells) for figure, need in needs if isinstance(need, Needed)}
    return {figure: compared for figure, compared in found.items() if compared}


class Study:
    """Metrics, accuracies and histories of every cell of an experiment, from a fixed generator, and what studies compare."""

    def __init__(self, replicates=3, **changes):
        self.experiment = experiment(replicates=replicates, **changes)
        cells = list_cells(self.experiment)
        self.studies = studies(cells)
        random = np.random.default_rng(0)
        metrics, accuracy, history = [], [], []
        for cell in cells:
            at = dict(zip(KEY, cell.path.split("/"), strict=True))
            on_off = cell.settings["on_off"]
            penalty = cell.settings.get("edge_penalty", 0)
            density = {"free": 0.45 / (1 + penalty)}.get(cell.density) or float(cell.density)
            level = 0.985 - 0.1 * (not on_off and "weight_free" in cell.method) - 0.002 / density
            scores = level - 0.004 * random.random(replicates)
            spread = (scores.min(), scores.max()) if replicates > 1 else (np.nan, np.nan)
            edges = round(density * 10000 * (1 + on_off))
            effective = {"effective_edges": round(edges * (1 - 0.5 * density)) if on_off else edges}
            about = {"edges": edges, "bits": edges * (8.0 - 6 * density), "replicates": replicates, "mean": scores.mean()}
            accuracy.append(at | effective | about | dict(zip(("low", "high"), spread, strict=True)))
            for r, score in enumerate(scores):
                metrics.append(at | {"replicate": r, "test_accuracy": score, "realised_density": density, "epochs": 6})
                for epoch in range(7):
                    shares = {"validation_accuracy": score - 0.5 / (epoch + 1), "flipped": 0.1**epoch if epoch else 0.0}
                    history.append(at | {"epoch": epoch, "replicate": r, "undecided": 1 / (epoch + 1 + 0.1 * r)} | shares)
        self.metrics, self.accuracy, self.history = map(pd.DataFrame, (metrics, accuracy, history))
