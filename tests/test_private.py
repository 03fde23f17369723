"""What src/ and workflow/ use of other packages that these never promised to keep: it is there, or told what to do instead."""

import ast
import inspect
import re
import runpy
from importlib import import_module
from pathlib import Path

import pytest
import torch
import yaml
from torch.optim.adam import adam
from torch.optim.sgd import sgd

from disentangle.datasets.torchvision_import import torchvision_datasets, torchvision_transforms
from tests.conftest import ROOT

CODE = [*sorted((ROOT / "src").rglob("*.py")), *sorted((ROOT / "workflow").rglob("*.py"))]
RULES = [ROOT / "Snakefile", *sorted((ROOT / "workflow/rules").glob("*.smk"))]

UNDERSCORED = {
    "torch._foreach_clamp_min_": "families/weight_free.py clips all latent variables at once with it: clip each with clamp_.",
    "torch._foreach_clamp_max_": "families/weight_free.py clips all latent variables at once with it: clip each with clamp_.",
}
# Documented nowhere, or as a prototype.
UNPROMISED = {
    "torch.optim.adam.adam": "training/optimiser.py calls it: write the update there, or take torch.optim.Adam.",
    "torch.optim.sgd.sgd": "training/optimiser.py calls it: write the update there, or take torch.optim.SGD.",
    "torch.cuda.get_sync_debug_mode": "training/device.py warns of waiting with it: leave `without_waiting` out.",
    "torch.cuda.set_sync_debug_mode": "training/device.py warns of waiting with it: leave `without_waiting` out.",
    "torch.default_generator": "datasets/photographs.py seeds it for a crop: seed with torch.manual_seed inside fork_rng.",
    "snakemake.exceptions.WorkflowError": "rules/common.smk ends a plan with it: raise what ends it in one sentence.",
    "pydantic_core.PydanticCustomError": "claims/base.py words a refusal with it: raise ValueError, whose text has a prefix.",
}
OF_TORCHVISION = {
    "MNIST.resources": "datasets/idx.py takes names and MD5 of the packed files from it: write them there.",
    "MNIST.mirrors": "datasets/idx.py takes the addresses from it: write them into its MIRRORS.",
    "FashionMNIST.resources": "datasets/idx.py takes names and MD5 of the packed files from it: write them there.",
    "CIFAR10.url": "datasets/cifar10.py takes the address from it: write it into its MIRRORS.",
    "CIFAR10.tgz_md5": "datasets/cifar10.py takes the MD5 of the packed file from it: write it there.",
    "folder.pil_loader": "datasets/photographs.py opens a photograph with it: open it with Pillow and convert it to RGB.",
}


def address(node):
    """A dotted name as it is written; nothing for what is no name."""
    if isinstance(node, ast.Name):
        return node.id
    before = address(node.value) if isinstance(node, ast.Attribute) else ""
    return f"{before}.{node.attr}" if before else ""


def underscored(file):
    """What a file takes with a leading underscore from another module."""
    tree = ast.parse(file.read_text())
    for node in ast.walk(tree):
        private = isinstance(node, ast.Attribute) and re.match("_[^_]", node.attr)
        if private and not (isinstance(node.value, ast.Name) and node.value.id in ("self", "cls")):
            yield address(node) or node.attr
        modules = [alias.name for alias in node.names] if isinstance(node, ast.Import | ast.ImportFrom) else []
        modules += [node.module] if isinstance(node, ast.ImportFrom) and node.module else []
        yield from (name for name in modules if re.search(r"(^|\.)_[^_]", name))


def test_every_underscored_name_is_in_the_list():
    """`_asdict` and `_replace` of a named tuple have theirs only to be no field, and are documented."""
    used = {name for file in CODE for name in underscored(file) if name.rpartition(".")[2] not in ("_asdict", "_replace")}
    assert used == set(UNDERSCORED), "name each in UNDERSCORED, with what to do when it goes; or leave it out."


def test_what_types_do_not_know_is_in_this_file():
    ignored = [line.strip() for file in CODE for line in file.read_text().splitlines() if "ignore[attr-defined]" in line]
    assert len(ignored) == 1 and ignored[0].startswith("torch.utils.deterministic.fill_uninitialized_memory = "), ignored


@pytest.mark.parametrize(("name", "remedy"), (UNDERSCORED | UNPROMISED).items())
def test_it_is_still_there(name, remedy):
    module, _, last = name.rpartition(".")
    assert hasattr(import_module(module), last), f"{name} is gone: {remedy}"


@pytest.mark.parametrize(("name", "remedy"), OF_TORCHVISION.items())
def test_torchvision_still_has_it(name, remedy):
    of, last = name.split(".")
    assert hasattr(getattr(torchvision_datasets(), of, None), last), f"torchvision.datasets.{name} is gone: {remedy}"


def test_torchvision_still_chooses_a_part_of_a_photograph_by_itself():
    chosen = torchvision_transforms().RandomResizedCrop.get_params(torch.zeros(3, 40, 50), (0.08, 1.0), (3 / 4, 4 / 3))
    assert len(chosen) == 4, "datasets/photographs.py takes the place of a crop from get_params: draw it in `place`."


@pytest.mark.parametrize(("update", "own"), [(adam, {"beta1", "beta2", "eps", "amsgrad"}), (sgd, {"momentum", "dampening"})])
def test_the_updates_of_torch_take_what_they_are_given(update, own):
    taken = set(inspect.signature(update).parameters)
    given = {"fused", "lr", "weight_decay", "maximize", *own}
    assert given <= taken, f"training/optimiser.py gives {update.__name__} {sorted(given - taken)}: write the update there."


def test_torch_still_lets_new_memory_be_as_it_is():
    """Set on a module, a name that torch no longer knows would raise nothing and do nothing.

    Memory that was freed with zeros in it is given out again as it is, at least of some size.
    """

    def filled(size):
        freed = torch.zeros(size)
        del freed
        return bool(torch.empty(size).isnan().all())

    sizes = [2**power for power in range(5, 21)]
    before = torch.get_deterministic_debug_mode(), torch.utils.deterministic.fill_uninitialized_memory
    torch.set_deterministic_debug_mode("error")
    try:
        torch.utils.deterministic.fill_uninitialized_memory = True
        with_it = [filled(size) for size in sizes]
        torch.utils.deterministic.fill_uninitialized_memory = False
        assert all(with_it) and not all(filled(size) for size in sizes), (
            "torch.utils.deterministic.fill_uninitialized_memory does nothing any more: leave it out of training/device.py, "
            "unless torch has another switch for it; training would only be slower."
        )
    finally:
        torch.set_deterministic_debug_mode(before[0])
        torch.utils.deterministic.fill_uninitialized_memory = before[1]


def test_the_file_beside_torch_tells_its_cuda():
    told = runpy.run_path(str(Path(torch.__file__).with_name("version.py")))
    assert "cuda" in told and told["cuda"] == torch.version.cuda, "hardware.py reads version.py: read another file."


# Snakemake


def test_the_rules_use_no_object_that_snakemake_keeps_to_itself():
    for file in RULES:
        used = re.findall(r"(?<![\w/])workflow\.\w+", file.read_text())
        assert used == [], f"{file.name} reaches into Snakemake: say it with a rule's directives, a profile or a setting."
        imported = re.findall(r"^ *(?:from|import) (snakemake[\w.]*)", file.read_text(), re.MULTILINE)
        assert set(imported) <= {"snakemake.exceptions"}, file.name


@pytest.mark.parametrize("profile", ["default", "slurm"])
def test_every_profile_asks_for_the_scheduler_that_solves_no_linear_program_each_second(profile):
    settings = yaml.safe_load((ROOT / f"profiles/{profile}/config.yaml").read_text())
    assert settings["scheduler"] == "greedy"
