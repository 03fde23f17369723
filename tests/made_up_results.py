"""Made-up results of an experiment, and how each figure draws them."""

import numpy as np
import pandas as pd

from disentangle.config import Statistics, Sweep
from disentangle.figures import (
    accuracy_by_density,
    accuracy_by_family,
    convergence,
    gradient_error,
    learning_curves,
    shared_weight,
    spectra,
    spectral_distance,
    wiring,
)
from disentangle.figures.style import ESTIMATORS, LOOKS
from disentangle.spectra.density import densities

KEY = ["dataset", "network", "family", "density"]
DENSITIES = {"dense": ["1.0"], "weight_free": ["free"], "weight_free_on_off": ["free"]}
SHAPES = {"digits": (1, 8, 8), "breast_cancer": (30,)}
CHANCE = {"digits": 0.1, "breast_cancer": 0.5}
FORMATS = ["pdf", "svg", "png"]
EPOCHS = 5
FACTORS = Sweep().factors
ROUNDS = {"random": 0, "pruned": 2, "pruned_iterative": 3}
ALL = [family for family in LOOKS if family not in {"weight_agnostic", "laperm"} and "top_share" not in family]


def masks_of(possible):
    """Summaries of the masks of one replicate, of cells of which the possible edges of each layer are given."""
    rows = [
        dict(zip(KEY, key, strict=True)) | {"replicate": 0, "layer": layer, "possible": edges}
        for key, layers in possible.items()
        for layer, edges in layers.items()
    ]
    return pd.DataFrame(rows)


class Results:
    """What the stages before would have left of an experiment, from a fixed generator.

    ``only`` names the families of a network that does not train all.
    """

    def __init__(self, families=ALL, datasets=tuple(SHAPES), count=3, densities=("0.1", "0.5"), networks=("mlp",), only=()):
        random, only = np.random.default_rng(0), dict(only)
        keys = [
            (d, n, f, k) for d in datasets for n in networks for f in only.get(n, families) for k in DENSITIES.get(f, densities)
        ]
        metrics, history, accuracy, sweeps, gradients = [], [], [], [], []
        self.densities, self.degrees, possible = {}, {}, {}
        for key in keys:
            at = dict(zip(KEY, key, strict=True))
            level = CHANCE.get(key[0], 0.1) if key[2] == "random" else 0.95
            scores = level + 0.04 * random.random((2, count))
            realised, epochs = 0.2 if key[3] == "free" else float(key[3]), ROUNDS.get(key[2], 1) * EPOCHS
            for r, (test, validation) in enumerate(scores.T):
                shares = {"test_accuracy": test, "validation_accuracy": validation, "realised_density": realised}
                metrics.append(at | {"replicate": r, "epochs": epochs} | shares)
                for epoch in range(epochs + 1):
                    shown = {"train_loss": 2 / (epoch + 1) + 0.01 * r, "validation_accuracy": 1 - 0.8 / (epoch + 1)}
                    history.append(at | {"epoch": epoch, "replicate": r} | shown)
            interval = np.quantile(scores[0], [0.1, 0.9]) if count > 1 else [np.nan, np.nan]
            bounds = dict(zip(("low", "high"), interval, strict=True))
            accuracy.append(at | {"replicates": count, "mean": scores[0].mean()} | bounds)
            if key[2].startswith("weight_free"):
                sweeps += self._sweep(at, scores[0], realised)
                gradients += self._gradients(at, count)
            possible[key] = self._add_arrays(key, count, random)
        self.masks = masks_of(possible)
        self.metrics, self.history, self.accuracy = map(pd.DataFrame, (metrics, history, accuracy))
        self.sweeps, self.gradients = map(pd.DataFrame, (sweeps, gradients))
        self._add_theory(count)
        self.comparisons = {pair: self._compare(pair, random) for pair in dict.fromkeys(key[:2] for key in keys)}

    def _sweep(self, at, scores, frozen):
        return [
            at | {"replicate": r, "factor": factor, "statistics": statistics, "test_accuracy": score if factor > 0 else low}
            for r, score in enumerate(scores)
            for factor in FACTORS
            for statistics, low in (("frozen", frozen), ("remeasured", 0))
        ]

    def _gradients(self, at, count):
        return [
            at | {"moment": moment, "replicate": r, "hardness": h, "cosine": 0.9 - 0.1 * r, "bias_norm": 1 / (later * h + r)}
            | {"bound": h, "undecided": 0.5 / (later * h)}
            for moment, later in (("start", 1), ("end", 10))
            for r in range(count)
            for h in (1.0, 10, 100)
        ]  # fmt: skip

    def _add_arrays(self, key, count, random):
        magnitude = np.sort(1 + 0.5 * (2 * random.random((count, 40)) - 1))
        magnitude[:, 15:25], magnitude[:, -1] = 1, np.nan
        found = densities({"magnitude": magnitude, "null": np.repeat(magnitude[:, None], 2, axis=1)})
        self.densities[key] = found | {"replicates": np.array(count)}
        inputs = np.prod(SHAPES.get(key[0], (6,))) * (2 if key[2] == "weight_free_on_off" else 1)
        sizes = {"hidden1": (12, inputs), "output": (4, 12)}
        self.degrees[key] = {}
        for layer, (out, into) in sizes.items():
            mask = random.random((count, out, into)) < 0.5
            self.degrees[key] |= {f"{layer}.in_degree": mask.sum(2), f"{layer}.out_degree": mask.sum(1)}
        return {layer: out * into for layer, (out, into) in sizes.items()}

    def _add_theory(self, count):
        hardness = np.array([1.0, 10, 100])
        bounds = {name: factor * hardness for name, factor in (("independent", 1), ("expected", 5), ("worst_case", 6))}
        own = {"draws": count, "edges": 10, "gradient": hardness, "relative_bias": 0.5 / hardness + 0.3, "limit": 0.3}
        self.bias = pd.DataFrame({"hardness": hardness} | own | bounds)
        self.convergence = pd.DataFrame(
            {"run": "constant", "gradient": "hard_forward", "hardness": h, "step": t, "starts": count}
            | {"smallest": h / t, "bound": 2 * h / t + h, "bound_from_gaps": 4 * h / t + h}
            for h in hardness
            for t in (1, 10, 100)
        )
        self.enumeration = pd.DataFrame(
            {"kind": kind, "problem": p, "edges": 10, "masks": 1024, "estimator": estimator, "start": s, "rank": 1 + 30 * s * p}
            for kind in ("network", "quadratic")
            for p in range(2)
            for estimator in ESTIMATORS
            for s in range(count)
        )

    def _compare(self, pair, random):
        cells = [(key[2], key[3], int(about["replicates"])) for key, about in self.densities.items() if key[:2] == pair]
        rows = [{"family": f, "density": d, "replicate": r} for f, d, n in cells for r in range(n)]
        places = random.random((len(rows), 2))
        distances = np.linalg.norm(places[:, None] - places[None], axis=2)
        maps = {f"{version}_{axis}": places[:, i] for version in ("raw", "matched") for i, axis in enumerate("xy")}
        arrays = {"raw": distances, "matched": distances / 5, "floor": np.full(len(rows), 0.01)}
        return pd.DataFrame(rows).assign(**maps), arrays


SETTINGS = Statistics(resamples=199)
DRAW = {
    "accuracy_by_family": lambda r: accuracy_by_family.draw(r.metrics, r.accuracy, CHANCE | {"own": 0.1}),
    "accuracy_by_density": lambda r: accuracy_by_density.draw(r.metrics, r.accuracy, CHANCE | {"own": 0.1}),
    "learning_curves": lambda r: learning_curves.draw(r.history, EPOCHS),
    "spectra": lambda r: spectra.draw(r.densities),
    "spectral_distance": lambda r: spectral_distance.draw(r.comparisons),
    "shared_weight": lambda r: shared_weight.draw(r.sweeps, CHANCE | {"own": 0.1}, SETTINGS),
    "gradient_error": lambda r: gradient_error.draw(r.gradients),
    "convergence": lambda r: convergence.draw(r.bias, r.convergence, r.enumeration),
    "wiring": lambda r: wiring.draw(r.degrees, r.masks, SHAPES | {"own": (6,)}),
}
EXPERIMENTS = {
    "default": {},
    "one replicate": {"count": 1},
    "one dataset": {"datasets": ["digits"]},
    "one family": {"datasets": ["digits"], "families": ["dense"], "count": 1},
    "untrained": {"families": ["random"], "datasets": ["breast_cancer"], "count": 2},
    "no density": {"families": ["dense", "weight_free"]},
    "ablation on a second network": {
        "datasets": ["digits"],
        "networks": ("mlp", "mlp_tanh"),
        "only": {"mlp_tanh": ["weight_free"]},
    },
    "many": {
        "families": [*ALL, *(f"own_family_{i}" for i in range(6))],
        "datasets": [*SHAPES, "own"],
        "densities": ["0.01", "0.02", "0.1", "0.5", "0.9"],
    },
}
