"""Training: a cohort is its replicates, a resumed training is the uninterrupted one, and a lost one says so."""

from copy import deepcopy
from dataclasses import replace
from itertools import pairwise

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from disentangle.artefacts import checksum, write_json
from disentangle.config import Training
from disentangle.datasets import Dataset, InMemory, save
from disentangle.datasets.preparation import finish, read
from disentangle.errors import InputError
from disentangle.evaluation.metrics import evaluate
from disentangle.families import Frame, family
from disentangle.families.given import Learning
from disentangle.masks.extraction import extract
from disentangle.networks import Network, layout
from disentangle.networks.scoring import losses
from disentangle.stages.prepare import Prepare
from disentangle.training.checkpoint import fingerprint_of, resume, save_checkpoint
from disentangle.training.cohort import start_cohort
from disentangle.training.device import describe_device
from disentangle.training.loop import Trainer
from disentangle.training.optimiser import Optimiser, learning_rate
from tests.running import prepare, product, train

CPU = torch.device("cpu")
FAMILIES = {
    "dense": {},
    "edge_popup": {},
    "weight_free": {"on_off": True},
    "pruned": {"schedule": "iterative", "rewind_to": 0.9},
    "pruned_at_start": {"score": "snip"},
    "supermask": {},
    "random": {},
}


def trainer(data, name, settings, epochs=3, density=0.5):
    made = family(name, settings, "test")
    network = Network("mlp", layout("mlp", {"widths": [16]}, "test"), data.shape, len(data.classes), made.on_off)
    frame = Frame(network.layers, 1.0 if made.density == "full" else density)
    return Trainer(network, made, frame, Training(epochs=epochs, batch_size=64), data)


def fit(trained, seeds, after_epoch=lambda cohort: None):
    cohort = start_cohort(trained.family, trained.frame, seeds, CPU)
    trained.fit(cohort, seeds, after_epoch)
    return cohort


def tensors(cohort):
    return {k: v.detach() for k, v in (cohort.state.trained | cohort.state.frozen).items()}


@pytest.mark.parametrize(("name", "settings"), FAMILIES.items())
def test_each_replicate_starts_as_alone_and_follows_the_same_path(digits, name, settings):
    t, seeds = trainer(digits, name, settings, epochs=1), [5, 6, 9]  # no seed is where it would be in the reversed order
    start, together = start_cohort(t.family, t.frame, seeds, CPU), fit(t, seeds)
    for replicate, seed in enumerate(seeds):
        for key, tensor in tensors(start_cohort(t.family, t.frame, [seed], CPU)).items():
            assert torch.equal(tensor[0], tensors(start)[key][replicate])
        alone = fit(t, [seed])
        for key, tensor in tensors(alone).items():
            if tensor.dtype.is_floating_point:
                assert torch.allclose(tensor[0], tensors(together)[key][replicate], atol=2e-3)
        for row, lone in zip(together.history, alone.history, strict=True):
            assert abs(row["train_loss"][replicate] - lone["train_loss"][0]) < 5e-3


@pytest.mark.parametrize(("name", "settings"), FAMILIES.items())
def test_training_twice_gives_the_same_bits(digits, name, settings):
    first, second = (fit(trainer(digits, name, settings, epochs=2), [0, 1]) for _ in range(2))
    assert all(torch.equal(tensor, tensors(second)[key]) for key, tensor in tensors(first).items())


class KilledError(Exception):
    pass


@pytest.mark.parametrize(("name", "settings"), [item for item in FAMILIES.items() if item[0] != "random"])
@pytest.mark.parametrize("kill_after", [2, 3])  # inside a round, and where a round of pruned ends
def test_a_killed_training_resumes_to_the_same_bits(digits, tmp_path, name, settings, kill_after):
    t, path = trainer(digits, name, settings), tmp_path / "checkpoint.safetensors"

    def save_then_die(cohort):
        if cohort.epochs == kill_after:
            save_checkpoint(path, cohort, "this cell")
        if cohort.epochs == min(kill_after + 1, t.epochs):
            raise KilledError

    whole = fit(t, [0, 1])
    with pytest.raises(KilledError):
        fit(t, [0, 1], save_then_die)
    cohort = start_cohort(t.family, t.frame, [0, 1], CPU)
    assert resume(path, cohort, t.family, "this cell")
    assert cohort.epochs == kill_after
    t.fit(cohort, [0, 1], lambda cohort: None)
    assert all(torch.equal(tensor, tensors(cohort)[key]) for key, tensor in tensors(whole).items())
    assert cohort.rows() == whole.rows() and list(cohort.rows()[0]) == list(whole.rows()[0])


@pytest.mark.parametrize("device", ["cpu", "cuda"])
def test_a_training_is_another_with_other_settings_code_inputs_versions_or_another_device(device):
    record = {"settings": {"epochs": 3}, "code": "a", "inputs": {"digits": "b"}, "versions": {"torch": "2"}, "git": "c"}
    record["device"] = describe_device(CPU) | {"type": device}
    others = {"settings": {"epochs": 4}, "code": "b", "inputs": {"digits": "c"}, "versions": {"torch": "3"}}
    of_device = {"type": "meta", "name": "another", "precision": "bfloat16", "compiled": True}
    threads = {"device": record["device"] | {"threads": 64}}  # sums on a GPU do not depend on them
    changed = [record | {name: other} for name, other in others.items()]
    changed += [record | {"device": record["device"] | {name: other}} for name, other in of_device.items()]
    assert (fingerprint_of(record | threads) == fingerprint_of(record)) == (device == "cuda")
    assert fingerprint_of(record) not in [fingerprint_of(other) for other in changed]
    assert fingerprint_of(dict(reversed(record.items())) | {"git": "d"}) == fingerprint_of(record)


@pytest.mark.parametrize("other", ["precision", "data"])
def test_a_killed_training_goes_on_in_another_precision_or_with_other_data_from_epoch_0(
    small_cells, tmp_path, monkeypatch, capsys, other
):
    def killed(*_):
        raise KilledError

    def histories():
        return [next((tmp_path / name).glob("cells/digits/mlp/dense/*/history.csv")).read_bytes() for name in ("a", "b")]

    cell = small_cells["dense"]
    for name in ("a", "b"):
        prepare("digits", tmp_path / name)
    with monkeypatch.context() as patched, pytest.raises(KilledError):
        patched.setattr("disentangle.settling.trained.extract", killed)
        train(cell, tmp_path / "a", precision="float32")
    for name in ("a", "b"):
        if other == "data":
            file = product(tmp_path / name, Prepare, "data", dataset="digits")
            save(file, finish("digits", replace(read("digits"), shuffled=True)))
            write_json(file.with_name("digits.meta.json"), {"outputs": {file.name: checksum(file)}})
        train(cell, tmp_path / name, precision="bfloat16" if other == "precision" else "float32")
    assert capsys.readouterr().err.count("is not used and the training starts at epoch 0") == 1
    assert len(set(histories())) == 1


def test_a_checkpoint_of_another_cell_or_a_torn_one_is_not_used(digits, tmp_path, capsys):
    t, path = trainer(digits, "dense", {}), tmp_path / "checkpoint.safetensors"
    save_checkpoint(path, fit(t, [0]), "this cell")
    cohort = start_cohort(t.family, t.frame, [0], CPU)
    assert not resume(path, cohort, t.family, "another cell")
    assert "checkpoint.safetensors is not used and the training starts at epoch 0" in capsys.readouterr().err
    path.write_bytes(path.read_bytes()[:100])
    assert not resume(path, cohort, t.family, "this cell")
    assert not resume(tmp_path / "none", cohort, t.family, "this cell")
    assert cohort.epochs == 0


@pytest.mark.filterwarnings("ignore")
def test_a_diverging_loss_stops_with_the_replicate_and_the_remedy(digits):
    settings = {"learning": {"optimiser": "sgd", "learning_rate": 1e30}}
    with pytest.raises(InputError, match=r"loss of replicate \d is (nan|inf) after epoch \d.*learning_rate below 1e\+30"):
        fit(trainer(digits, "dense", settings), [0, 1])


def test_the_first_round_of_pruning_is_the_training_of_dense(digits):
    dense, pruned = (fit(trainer(digits, name, {}), [0]) for name in ("dense", "pruned"))
    for row, other in zip(dense.history, pruned.history, strict=False):
        assert torch.equal(row["train_loss"], other["train_loss"])
    assert len(pruned.history) == 2 * len(dense.history) - 1


@pytest.mark.parametrize("settings", [{}, {"rewind_to": 0.5}, {"rewind_to": None}])
def test_iterative_pruning_brings_no_edge_back_and_what_it_pruned_stays_zero(digits, settings):
    learning = {"learning": {"learning_rate": 0.01}}
    t, left = trainer(digits, "pruned", {"schedule": "iterative"} | learning | settings, epochs=2, density=0.2), []

    def note(cohort):
        with torch.no_grad():
            masks, weights = (of(t.frame, cohort.state) for of in (t.family.masks, t.family.weights))
        assert not any(weight[~masks[layer]].any() for layer, weight in weights.items())
        left.append({layer: mask.clone() for layer, mask in masks.items()})

    fit(t, [0, 1], note)
    for earlier, later in pairwise(left):
        assert not any((mask & ~earlier[layer]).any() for layer, mask in later.items())
    edges = [sum(mask.sum().item() for mask in masks.values()) for masks in left[2::2]]  # after each round
    assert len(edges) == t.family.rounds(t.frame) == 10 and edges == sorted(set(edges), reverse=True)


@pytest.mark.parametrize("learning", [{}, {"optimiser": "sgd", "momentum": 0.9, "learning_rate": 0.1}])
def test_a_round_remembers_nothing_of_the_updates_of_the_one_before(digits, learning):
    t, kept = trainer(digits, "pruned", {"learning": learning} if learning else {}), []

    def keep(cohort):
        if cohort.epochs == t.training.epochs:  # the first of two rounds has ended
            kept.append(deepcopy(cohort))

    whole, (fresh,) = fit(t, [0, 1], keep), kept
    fresh.optimiser = None
    t.fit(fresh, [0, 1], lambda cohort: None)
    assert all(torch.equal(tensor, tensors(fresh)[key]) for key, tensor in tensors(whole).items())


def test_frozen_tensors_stay_as_they_started(digits):
    t = trainer(digits, "edge_popup", {})
    start, end = start_cohort(t.family, t.frame, [0], CPU), fit(t, [0])
    assert all(torch.equal(tensor, end.state.frozen[key]) for key, tensor in start.state.frozen.items())
    assert not any(torch.equal(tensor, end.state.trained[key]) for key, tensor in start.state.trained.items())


def test_every_image_but_the_incomplete_batch_is_seen_once_an_epoch_in_an_order_of_its_own(digits):
    t = trainer(digits, "dense", {})
    rows = t._order(digits.train, [0, 1], epoch=0, size=64)
    images = len(digits.train.labels)
    assert rows.shape == (2, images // 64 * 64)
    assert all(len(set(row.tolist())) == rows.shape[1] for row in rows)
    assert not torch.equal(rows[0], rows[1])
    assert not torch.equal(rows, t._order(digits.train, [0, 1], epoch=1, size=64))


@pytest.mark.parametrize(("name", "settings"), [item for item in FAMILIES.items() if item[0] != "random"])
def test_every_trained_family_learns_a_separable_problem(name, settings):
    generator = torch.Generator().manual_seed(0)
    labels = torch.randint(2, (600,), generator=generator)
    inputs = torch.randn(600, 10, generator=generator)
    inputs[:, 0] += 4 * labels - 2
    splits = [InMemory(inputs[rows], labels[rows]) for rows in torch.arange(600).split([400, 100, 100])]
    t = trainer(Dataset("toy", ("left", "right"), *splits), name, settings, epochs=60)
    assert fit(t, [0, 1]).history[-1]["validation_accuracy"].min() > 0.85


@pytest.mark.parametrize("settings", [{"optimiser": "adam", "weight_decay": 0.1}, {"optimiser": "sgd"}, {"epsilon": 0.3},
                                      {"optimiser": "sgd", "momentum": 0.9, "weight_decay": 0.1}])  # fmt: skip
def test_the_optimiser_is_that_of_torch(settings):
    learning = Learning(learning_rate=0.05, **settings)
    ours, theirs = ([torch.ones(3, 4, requires_grad=True), torch.ones(2, requires_grad=True)] for _ in range(2))
    optimiser = Optimiser(learning, dict(enumerate(ours)))
    decay = {"lr": 0.05, "weight_decay": learning.weight_decay}
    reference = torch.optim.Adam(theirs, eps=learning.epsilon, **decay) if learning.optimiser == "adam" else torch.optim.SGD(
        theirs, momentum=learning.momentum, **decay)  # fmt: skip
    for step in range(5):
        for parameter in theirs:
            parameter.grad = torch.cos(parameter.detach() + step)
        optimiser.step([torch.cos(parameter.detach() + step) for parameter in ours], 0.05)
        reference.step()
    assert all(torch.allclose(a, b, atol=1e-6) for a, b in zip(ours, theirs, strict=True))


def test_the_cosine_starts_at_the_rate_and_nears_zero():
    cosine, constant = Learning(learning_rate=0.1, schedule="cosine"), Learning(learning_rate=0.1)
    rates = [learning_rate(cosine, epoch, 10) for epoch in range(10)]
    assert rates[0] == 0.1 and rates[5] == pytest.approx(0.05) and rates == sorted(rates, reverse=True) and rates[9] > 0
    assert {learning_rate(constant, epoch, 10) for epoch in range(10)} == {0.1}


def test_the_exponential_falls_by_its_factor_after_every_so_many_epochs():
    falling = Learning(learning_rate=0.8, schedule="exponential", decay=0.5, decay_epochs=2)
    assert [learning_rate(falling, epoch, 6) for epoch in range(6)] == pytest.approx([0.8, 0.8, 0.4, 0.4, 0.2, 0.2])


@given(st.floats(1e-4, 10), st.integers(1, 10), st.integers(1, 90), st.sampled_from(["cosine", "constant", "exponential"]))
def test_the_warm_up_rises_by_equal_steps_to_the_rate_and_the_schedule_follows(rate, warmup, epochs, schedule):
    warmed = Learning(learning_rate=rate, schedule=schedule, decay=0.9, warmup_epochs=warmup)
    rates = [learning_rate(warmed, epoch, warmup + epochs) for epoch in range(warmup + epochs)]
    steps = [later - earlier for earlier, later in pairwise([0.0, *rates[:warmup]])]
    assert steps == pytest.approx([rate / warmup] * warmup)
    plain = Learning(learning_rate=rate, schedule=schedule, decay=0.9)
    assert rates[warmup:] == [learning_rate(plain, epoch, epochs) for epoch in range(epochs)]


def test_a_smoothed_loss_is_the_cross_entropy_against_smoothed_labels(digits):
    logits, labels = torch.randn(2, 5, 7, dtype=torch.float64), torch.randint(5, (2, 7))
    target = 0.9 * torch.nn.functional.one_hot(labels, 5).mT + 0.1 / 5
    expected = -(target * logits.log_softmax(1)).sum(1).mean(1)
    assert torch.allclose(losses(logits, labels, 0.1), expected)
    t = trainer(digits, "dense", {}, epochs=1)
    smoothed = Trainer(t.network, t.family, t.frame, t.training.model_copy(update={"label_smoothing": 0.5}), digits)
    for row, other in zip(fit(t, [0]).history, fit(smoothed, [0]).history, strict=True):
        assert row["train_loss"][0] < other["train_loss"][0] - 0.1


def test_the_test_split_is_followed_where_asked_and_changes_nothing(digits):
    t = trainer(digits, "dense", {})
    plain = fit(t, [0, 1])
    t = Trainer(t.network, t.family, t.frame, Training(epochs=3, batch_size=64, follow_test=True), digits)
    followed = fit(t, [0, 1])
    assert plain.best_of_test() == [{}, {}]
    assert [{k: v for k, v in row.items() if k != "test_accuracy"} for row in followed.rows()] == plain.rows()
    of_epochs = [row["test_accuracy"] for row in followed.history]
    assert [row["best_test_accuracy"] for row in followed.best_of_test()] == [
        max(e[r].item() for e in of_epochs[1:]) for r in (0, 1)
    ]
    last = evaluate(extract(t.network, t.family, t.frame, followed.state, digits), digits, [0, 1])
    assert of_epochs[-1].tolist() == [row["test_accuracy"] for row in last]
