"""All that really runs while a job makes its products is what its code reaches."""

import sys
from pathlib import Path

from disentangle import tracking
from disentangle.config import load_experiment
from disentangle.families.registry import FAMILIES
from disentangle.pipeline.job import Machine, Run
from disentangle.pipeline.plan import Plan
from disentangle.registry import stages
from disentangle.stages.train import Train
from tests.made_up_code import SOURCE, modules
from tests.running import places, prepare


def test_all_that_a_training_runs_is_reached(tmp_path, small_config):
    """The functions that Python enters while every family is trained are those of definitions that their cells reach."""
    small_config |= {"training": {"epochs": 2, "checkpoint_epochs": 1}}
    small_config["families"] = {name: {} for name in FAMILIES if name != "control"}
    small_config["families"] |= {
        "weight_free": {"estimator": "stochastic", "on_off": True},
        "control": {"of": "edge_popup", "mask": "shuffled_by_degrees", "values": "redrawn", "trained": True, "learning": {}},
    }
    for module, _ in modules():
        if not module.endswith("__main__"):
            __import__(module)
    prepare("digits", tmp_path)
    for job in sorted(Plan(load_experiment(small_config)).of(Train), key=lambda job: job.cell.parent is not None):
        run = _entered(job, tmp_path)
        assert {"disentangle.training.loop:Trainer", FAMILIES[job.cell.method]} <= run, job
        assert run - _reached(job) == set(), job


def test_all_that_any_stage_runs_is_reached(tmp_path, small_config, monkeypatch):
    """As above, of every job of an experiment; its small problems of theory are fewer and searched for less long."""
    monkeypatch.chdir(SOURCE.parent)
    monkeypatch.setattr("disentangle.theory.enumeration.PROBLEMS", 1)
    monkeypatch.setattr("disentangle.theory.search.STEPS", 20)
    small_config |= {"training": {"epochs": 1}, "statistics": {"resamples": 99}, "densities": [0.3, 0.5]}
    small_config |= {"spectra": {"null_draws": 2}, "figures": {"formats": ["svg"]}}
    jobs = Plan(load_experiment(small_config)).to_run
    assert {job.stage for job in jobs} == {stage.stage for stage in stages() if not stage.optional}
    for job in jobs:
        run = _entered(job, tmp_path)
        assert f"{type(job).__module__}:{type(job).__name__}" in {name.partition("#")[0] for name in run}, job
        assert run - _reached(job) == set(), job


def _reached(job):
    return set(tracking.reached(*job.code))


def _entered(job, root):
    """Definitions of functions that are entered while a job makes its products, but for those of servants."""
    entered, where = set(), places(root)
    files = {name: [Path(where.find(file)) for file in of] for name, of in job.needs().items()}
    outputs = {name: Path(where.find(file)) for name, file in job.outputs.items()}
    record = {"settings": job.settings, "code": "", "inputs": {}, "versions": {}}
    run = Run(files, outputs, Machine(), record)

    def enter(frame, event, _):
        if event == "call" and frame.f_code.co_filename.startswith(str(SOURCE)):
            entered.add((frame.f_globals["__name__"], frame.f_code.co_qualname))

    sys.setprofile(enter)
    try:
        job.make(run)
    finally:
        sys.setprofile(None)
    spared = tracking.SERVANTS | {"disentangle.families.contract"}  # which refuses a class and changes none
    # Of a stage each method counts alone, of another class all of them together; what stands inside a function is part of it.
    short = {
        (module, "#".join(name.partition(".<locals>")[0].split(".")[: 1 + module.startswith(tracking.STAGES)]))
        for module, name in entered
        if module not in spared and not name.startswith("<")
    }
    return {f"{module}:{name}" for module, name in short}
