"""What the pipeline makes: stages, tables and figures. Each is a file of its own and a line here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from disentangle.late import load

if TYPE_CHECKING:
    from disentangle.pipeline.job import Job

STAGES = (
    "disentangle.stages.prepare:Prepare",
    "disentangle.stages.train:Train",
    "disentangle.stages.sweep:Sweep",
    "disentangle.stages.gradients:Gradients",
    "disentangle.stages.profiles:Profiles",
    "disentangle.stages.masks:Masks",
    "disentangle.stages.spectra:Spectra",
    "disentangle.stages.compare:Compare",
    "disentangle.stages.theory:Theory",
    "disentangle.stages.stack:Stack",
    "disentangle.stages.table:Table",
    "disentangle.stages.figure:Figure",
    "disentangle.stages.notebook:Notebook",
)

TABLES = {
    "accuracy": "disentangle.tables.accuracy:TABLE",
    "spectral_tests": "disentangle.tables.spectral_tests:TABLE",
    "claims": "disentangle.tables.claims:TABLE",
}

FIGURES = {
    "accuracy_by_family": "disentangle.figures.accuracy_by_family:DRAWING",
    "accuracy_by_density": "disentangle.figures.accuracy_by_density:DRAWING",
    "learning_curves": "disentangle.figures.learning_curves:DRAWING",
    "spectra": "disentangle.figures.spectra:DRAWING",
    "spectral_distance": "disentangle.figures.spectral_distance:DRAWING",
    "wiring": "disentangle.figures.wiring:DRAWING",
    "weight_values": "disentangle.figures.weight_values:DRAWING",
    "mask_overlap": "disentangle.figures.mask_overlap:DRAWING",
    "shared_weight": "disentangle.figures.shared_weight:DRAWING",
    "weight_profiles": "disentangle.figures.weight_profiles:DRAWING",
    "value_transplant": "disentangle.figures.value_transplant:DRAWING",
    "gradient_error": "disentangle.figures.gradient_error:DRAWING",
    "convergence": "disentangle.figures.convergence:DRAWING",
    "drift": "disentangle.figures.drift:DRAWING",
    "hump": "disentangle.figures.hump:DRAWING",
    "laperm_regimes": "disentangle.figures.laperm_regimes:DRAWING",
    "laperm_period": "disentangle.figures.laperm_period:DRAWING",
    "estimators": "disentangle.figures.estimators:DRAWING",
    "ablation": "disentangle.figures.ablation:DRAWING",
    "density_steering": "disentangle.figures.density_steering:DRAWING",
    "controls": "disentangle.figures.controls:DRAWING",
}


def stages() -> list[type[Job]]:
    """The stages, makers before users."""
    return [load(address) for address in STAGES]
