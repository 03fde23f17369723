"""Where and how a training is computed: the planned device, lower precision, memory layout, compiler, and no waiting for a GPU.

There is no GPU here. Device meta stands for one: its tensors have no data, so whatever needs a value on the host raises.
"""

import json
import re
from functools import partial
from importlib.machinery import PathFinder
from types import SimpleNamespace

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode, _get_current_dispatch_mode

from disentangle.config import Training
from disentangle.datasets import Dataset, InMemory
from disentangle.errors import InputError
from disentangle.families import FAMILIES, Frame, family
from disentangle.families.given import Learning
from disentangle.hardware import planned_device
from disentangle.masks.extraction import extract
from disentangle.networks import Network, convolution, layout
from disentangle.networks.normalisation import by_batch
from disentangle.training.cohort import start_cohort
from disentangle.training.device import choose_precision, prepare_device, without_waiting
from disentangle.training.loop import Trainer
from disentangle.training.optimiser import Optimiser
from tests.project import SMOKE, Project

CPU, META = torch.device("cpu"), torch.device("meta")
NETWORKS = {"mlp": {"widths": [16]}, "conv2": {"width": 0.125}, "resnet50": {"width": 0.0625}}
# These learn too slowly, or too wildly, for the few steps here.
PACED = {
    "pruned_at_start": {"learning": {"learning_rate": 0.01}},
    "laperm": {"period": 5, "learning": {"learning_rate": 0.03}},
    "supermask": {"learning": {"optimiser": "sgd", "learning_rate": 100, "momentum": 0.9}},
}
TRAINED = [name for name in FAMILIES if name not in ("random", "control")]


def images(device=CPU):
    """Four classes of 16 x 16 images in three colours, a bright quarter each."""
    generator = torch.Generator().manual_seed(0)
    labels = torch.arange(320) % 4
    inputs = torch.randn(320, 3, 16, 16, generator=generator)
    for label in range(4):
        top, left = 8 * (label // 2), 8 * (label % 2)
        inputs[labels == label, :, top : top + 8, left : left + 8] += 1
    splits = [InMemory(inputs[rows], labels[rows]) for rows in torch.arange(320).split([200, 60, 60])]
    return Dataset("quarters", tuple("abcd"), *splits).to(device)


def trainer(data, name, kind="mlp", settings=None, epochs=4, batch_size=20, **how):
    made = family(name, settings or {}, "test")
    network = Network(kind, layout(kind, NETWORKS[kind], "test"), data.shape, len(data.classes), made.on_off)
    frame = Frame(network.layers, 1.0 if made.density == "full" else 0.4)
    return Trainer(network, made, frame, Training(epochs=epochs, batch_size=batch_size), data, **how)


def fit(trained, device=CPU):
    cohort = start_cohort(trained.family, trained.frame, [0, 1], device)
    trained.fit(cohort, [0, 1], lambda cohort: None)
    return cohort


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """A machine whose only driver is a stand-in for nvidia-smi that lists what is written into it."""
    program = tmp_path / "nvidia-smi"
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)

    def lists(words, status=0):
        program.write_text(f"#!/bin/sh\necho '{words}'\nexit {status}\n")
        program.chmod(0o755)

    return SimpleNamespace(lists=lists)


@pytest.fixture
def install(tmp_path):
    """Puts a stand-in for torch, of which only the version can be read, into a folder for the path."""

    def torch_built_for(cuda):
        package = tmp_path / "packages/torch"
        package.mkdir(parents=True, exist_ok=True)
        (package / "__init__.py").write_text("raise ImportError('a plan must not import torch')\n")
        (package / "version.py").write_text(f"cuda: str | None = {cuda!r}\n")
        return package.parent

    return torch_built_for


def test_auto_is_cuda_where_the_driver_lists_a_gpu_that_torch_is_built_for(machine, install, monkeypatch, capsys):
    machine.lists("GPU 0: Stand-in (UUID: none)")
    monkeypatch.setattr("disentangle.hardware.find_spec", lambda name: PathFinder.find_spec(name, [str(folder)]))
    folder = install(None)
    assert planned_device("auto") == "cpu" and planned_device("cuda") == "cuda"
    assert capsys.readouterr().err.startswith("a GPU is listed but this torch cannot use it; training on the CPU")
    folder = install("13.0")
    assert planned_device("auto") == "cuda" and planned_device("cpu") == "cpu"
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert planned_device("auto") == "cpu" and planned_device("cuda") == "cuda"
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES")
    for words, status in (("No devices were found", 0), ("GPU 0: behind a failed driver", 9)):
        machine.lists(words, status)
        assert planned_device("auto") == "cpu"
    assert not capsys.readouterr().err


def test_the_plan_gives_each_training_and_measurement_a_gpu_and_no_other_job(machine, install, tmp_path):
    machine.lists("GPU 0: Stand-in (UUID: none)")
    (tmp_path / "project").mkdir()
    project = Project.new(tmp_path / "project")
    project.environment["PYTHONPATH"] += f":{install('13.0')}"
    for file in project.folder.glob("workflow/rules/*.smk"):  # a rule without a message tells its resources
        file.write_text(re.sub(r" +message:\n +.+\n", "", file.read_text()))
    plan = project.snakemake("-n", *SMOKE, "--config", "device=auto", "threads=2")
    jobs = [job for job in re.split(r"\n(?=\[)", plan) if re.search("^ *(local)?rule ", job, re.MULTILINE)]
    training = [job for job in jobs if "rule train:" in job]
    measuring = [job for job in jobs if re.search("rule (sweep|gradients|profiles):", job)]
    assert len(training) == 8 and len(measuring) == 7 and len(jobs) > 20
    assert all("gpu=1" in job and "--device cuda --precision auto --compile false" in job for job in [*training, *measuring])
    (asking,) = (job for job in jobs if "rule device:" in job)
    assert "gpu=1" in asking and "python -m disentangle device cuda" in asking
    assert all("results/smoke/device.json" in job for job in [*training, *measuring])  # after it was asked for
    assert not any("gpu=1" in job for job in jobs if job not in [*training, *measuring, asking])
    memory = {rule: mb for job in jobs for rule, mb in re.findall(r"rule (\w+):.* mem_mb=(\d+)", job, re.DOTALL)}
    assert (memory["train"], memory["sweep"], memory["masks"]) == ("3000", "4000", "2000")  # only of a thread that there is


def test_names_of_devices_and_precisions():
    assert choose_precision("auto", CPU) == torch.float32 == choose_precision("float32", torch.device("cuda"))
    assert choose_precision("auto", torch.device("cuda")) == torch.bfloat16 == choose_precision("bfloat16", CPU)
    with pytest.raises(InputError, match=r"device 'gpu' does not exist; did you mean 'cpu'\? \(allowed: auto, cpu, cuda\)"):
        planned_device("gpu")
    with pytest.raises(InputError, match=r"device 'auto' does not exist; .*allowed: cpu, cuda"):
        prepare_device("auto", 1)  # settled before, by planned_device alone
    with pytest.raises(InputError, match="precision 'float16' does not exist; did you mean 'bfloat16'"):
        choose_precision("float16", CPU)


@pytest.mark.parametrize("kind", ["mlp", "conv2"])
@pytest.mark.parametrize("name", TRAINED)
def test_training_in_bfloat16_stays_near_float32_and_learns(name, kind, monkeypatch):
    data, gradients, step = images(), set(), Optimiser.step

    def watched(optimiser, given, rate):
        gradients.update(gradient.dtype for gradient in given)
        step(optimiser, given, rate)

    monkeypatch.setattr(Optimiser, "step", watched)
    whole, half = (trainer(data, name, kind, PACED.get(name), precision=p) for p in (torch.float32, torch.bfloat16))
    cohorts = [fit(t) for t in (whole, half)]
    for first, second in zip(*(cohort.history for cohort in cohorts), strict=True):
        assert torch.allclose(first["train_loss"], second["train_loss"], atol=0.1)
    assert not torch.equal(*(cohort.history[-1]["train_loss"] for cohort in cohorts))
    assert cohorts[1].history[-1]["validation_accuracy"].min() > 0.9
    assert gradients == {torch.float32}
    assert {tensor.dtype for tensor in cohorts[1].state.trained.values()} == {torch.float32}
    wiring = extract(half.network, half.family, half.frame, cohorts[1].state, data)
    for layer in half.frame.layers:
        kept = wiring.masks[layer.name].reshape(2, -1).sum(1).tolist()
        assert name != "edge_popup" or kept == [half.frame.kept[layer.name]] * 2
        assert wiring.weights[layer.name].dtype == "float32"


def test_networks_are_measured_and_scored_in_full_precision(monkeypatch):
    seen, logits = set(), Network.logits

    def watched(network, weights, inputs, normalise):
        seen.add((normalise is by_batch, torch.is_autocast_enabled("cpu")))
        return logits(network, weights, inputs, normalise)

    monkeypatch.setattr(Network, "logits", watched)
    data = images()
    t = trainer(data, "dense", "conv2", epochs=1, precision=torch.bfloat16)
    extract(t.network, t.family, t.frame, fit(t).state, data)
    assert seen == {(True, True), (False, False)}


def test_the_record_tells_the_precision(digits, small_cells, tmp_path):
    from tests.running import prepare, train

    prepare("digits", tmp_path)
    train(small_cells["dense"], tmp_path, precision="bfloat16")
    record = json.loads(next(tmp_path.glob("cells/digits/mlp/dense/1.0/meta.json")).read_text())
    assert (record["device"]["precision"], record["device"]["compiled"]) == ("bfloat16", False)


class NoWaiting(TorchDispatchMode):
    """Refuses what would make the host wait for a GPU: values read there, and copies that are not queued."""

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        name, kwargs = func.__name__.split(".")[0], kwargs or {}
        if name in ("_local_scalar_dense", "item", "is_nonzero", "nonzero", "equal", "masked_select", "unique"):
            raise AssertionError(f"{name} makes the host wait")
        if name in ("_to_copy", "copy_"):
            source = args[0] if name == "_to_copy" else args[1]
            target = kwargs.get("device") or source.device if name == "_to_copy" else args[0].device
            assert target == source.device or kwargs.get("non_blocking"), f"{name} {source.device} -> {target}"
        return func(*args, **kwargs)


@pytest.fixture(scope="module")
def fused_sgd_without_data():
    """torch has no fused SGD for tensors without data."""
    library = torch.library.Library("aten", "IMPL")
    library.impl("_fused_sgd_", lambda *args, **kwargs: None, "Meta")
    yield
    library._destroy()


@pytest.mark.parametrize(
    ("name", "kind", "settings"),
    [
        *((name, kind, {}) for name in TRAINED for kind in ("mlp", "conv2")),
        ("weight_free", "conv2", {"on_off": True}),
        *(("weight_free", "mlp", {"estimator": e, "edge_penalty": 1.0}) for e in ("soft", "identity", "stochastic")),
        ("weight_free_top_share", "mlp", {"scope": "network"}),
        ("edge_popup", "resnet50", {}),
    ],
)
def test_no_step_makes_the_host_wait_for_the_device(name, kind, settings, fused_sgd_without_data, monkeypatch):
    t = trainer(images(META), name, kind, settings, batch_size=50, augment="crop_flip")
    cohort = start_cohort(t.family, t.frame, [0, 1], META)
    cohort.restart_optimiser(t.family)
    monkeypatch.setattr("disentangle.training.loop.without_waiting", lambda device: NoWaiting())
    guarded, step = [], t._step

    def watched(*arguments):
        made = step(*arguments)
        guarded.append(isinstance(_get_current_dispatch_mode(), NoWaiting))
        return made

    monkeypatch.setattr(t, "_step", watched)
    # After its steps the epoch reads the losses, which a tensor without data cannot give: that this fails proves no step did.
    with pytest.raises(NotImplementedError, match="Cannot copy out of meta tensor"):
        t._epoch(cohort, [0, 1], 0, 0)
    assert guarded == [False, True, True, True]
    assert all(tensor.is_meta and tensor.dtype == torch.float32 for tensor in cohort.state.trained.values())


@pytest.mark.parametrize("waits", [lambda h: h.sum().item(), lambda h: h[h > 0], lambda h: h + torch.ones(2).to(META)])
def test_what_waits_is_found(waits):
    with NoWaiting(), pytest.raises((AssertionError, RuntimeError)):
        waits(torch.ones(2, device=META))


def test_torch_warns_of_waiting_inside_the_steps_and_not_after_them(monkeypatch):
    modes = ["default"]
    monkeypatch.setattr(torch.cuda, "get_sync_debug_mode", lambda: modes[-1])
    monkeypatch.setattr(torch.cuda, "set_sync_debug_mode", modes.append)
    with pytest.raises(KeyError), without_waiting(torch.device("cuda")):
        raise KeyError
    with without_waiting(CPU):
        pass
    assert modes == ["default", "warn", "default"]


def test_channels_are_last_only_in_lower_precision_on_an_accelerator(monkeypatch):
    channels = torch.randn(2, 6, 4, 4)
    assert convolution.arranged(channels).is_contiguous()
    assert convolution.arranged(channels.to(META)).is_contiguous()
    monkeypatch.setattr(convolution.torch, "is_autocast_enabled", lambda kind: kind == "cuda")
    assert convolution.arranged(channels.to(META)).is_contiguous(memory_format=torch.channels_last)


@pytest.mark.parametrize("learning", [Learning(), Learning(optimiser="sgd", momentum=0.9)])
def test_the_update_does_not_depend_on_the_memory_layout_of_the_gradient(learning):
    updated = []
    for memory_format in (torch.contiguous_format, torch.channels_last):
        parameter = torch.zeros(4, 3, 5, 5, requires_grad=True)
        gradient = torch.arange(300.0).view(4, 3, 5, 5).sin().contiguous(memory_format=memory_format)
        Optimiser(learning, {"conv1.weight": parameter}).step([gradient], 0.1)
        updated.append(parameter.detach())
    assert torch.equal(*updated)


@pytest.mark.filterwarnings("ignore:The .grad attribute")  # the compiler's own
@pytest.mark.parametrize(("name", "kind"), [("weight_free", "mlp"), ("edge_popup", "conv2")])
def test_the_compiled_training_is_the_same(name, kind, monkeypatch):
    monkeypatch.setattr(torch, "compile", partial(torch.compile, backend="aot_eager", fullgraph=True))
    torch.use_deterministic_algorithms(False)
    plain, compiled = (fit(trainer(images(), name, kind, epochs=1, compiled=c)) for c in (False, True))
    for key, tensor in plain.state.trained.items():
        assert torch.allclose(tensor, compiled.state.trained[key], rtol=1e-4, atol=1e-5)
    assert torch._inductor.config.deterministic  # or benchmarks would choose the kernels, and so the bits
