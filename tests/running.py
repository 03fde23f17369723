"""Jobs run in a folder of their own, without the workflow."""

from pathlib import Path

from disentangle.config import load_experiment, read_configs
from disentangle.pipeline.job import Machine, Places
from disentangle.pipeline.plan import Plan
from disentangle.pipeline.record import execute
from disentangle.stages.prepare import Prepare
from disentangle.stages.train import Train


def places(root):
    """All that is made and told lies in one folder, the figures in one within."""
    return Places(told=root, made=root, drawn=root / "figures")


def plan_of(preset=None):
    """The plan of config.yaml in the working folder, with a preset laid over it."""
    return Plan(load_experiment(read_configs([preset] if preset else [])))


def run(job, root, **machine):
    execute(job, places(root), Machine(**machine))


def prepare(dataset, root, data_dir=None):
    run(Prepare(dataset=dataset), root, data_dir=data_dir)


def train(cell, root, **machine):
    run(Train(cell=cell), root, **machine)


def product(root, stage, name, **at):
    """Path of a product of a stage; ``at`` gives the placeholders."""
    return Path(places(root).find(stage.file(name, **at)))


def of_training(root, cell, name):
    """Path of what the training of a cell left."""
    return product(root, Train, name, cell=cell.path)
