"""The approximate gradient beside the exact one, in networks: against what the training itself would follow."""

import numpy as np
import pytest
import torch

from disentangle.families import Frame, Moment, State, family
from disentangle.networks import Network, layout
from disentangle.networks.scoring import losses
from disentangle.theory import gradients
from disentangle.theory.gradients import CohortLoss, gradient_rows
from disentangle.training.cohort import start_cohort

HARDNESS = (1.0, 10.0, 100.0)


def made(activation="tanh", normalisation="in_degree", **settings):
    own = family("weight_free", {"spread": 0.3, **settings}, "test")
    kind = layout("mlp", {"widths": [7, 5], "activation": activation, "normalisation": normalisation}, "test")
    network = Network("mlp", kind, (6,), 3, own.on_off)
    frame, generator = Frame(network.layers), torch.Generator().manual_seed(1)
    inputs = torch.randn(40, 6, generator=generator, dtype=torch.float64)
    labels = torch.randint(0, 3, (40,), generator=generator)
    latent = start_cohort(own, frame, [0, 1], torch.device("cpu")).state.trained
    state = State(trained={name: w.detach().double().requires_grad_() for name, w in latent.items()})
    return CohortLoss(network, own, frame, inputs, labels), state


def flat(state):
    return torch.cat([w.detach().flatten(1) for w in state.trained.values()], 1)


def followed(cohort, state, estimator, hardness):
    """Gradient (replicate, latent) that a training with that estimator would follow."""
    trained = cohort.family.model_copy(update={"estimator": estimator, "hardness": (hardness, hardness)})
    weights = trained.training_weights(cohort.frame, state, Moment(0.5, lambda stream: []))
    logits = cohort.network.training_logits(weights, cohort.inputs[None])
    loss = losses(logits, cohort.labels.expand(2, -1)).sum()
    return torch.cat([g.flatten(1) for g in torch.autograd.grad(loss, list(state.trained.values()))], 1).numpy()


@pytest.mark.parametrize(("activation", "normalisation"), [("tanh", "in_degree"), ("relu", "measured")])
@pytest.mark.parametrize("on_off", [False, True])
def test_what_is_measured_is_what_the_estimators_follow(activation, normalisation, on_off):
    cohort, state = made(activation, normalisation, on_off=on_off)
    rows = {(row["replicate"], row["hardness"]): row for row in gradient_rows(cohort, flat(state), HARDNESS)}
    assert len(rows) == 6
    for hardness in HARDNESS:
        exact, approximate = (followed(cohort, state, estimator, hardness) for estimator in ("soft", "hard_forward"))
        for replicate in range(2):
            row, g, a = rows[replicate, hardness], exact[replicate], approximate[replicate]
            assert row["exact_norm"] == pytest.approx(np.linalg.norm(g), rel=1e-9)
            assert row["bias_norm"] == pytest.approx(np.linalg.norm(a - g), rel=1e-9)
            assert row["relative_bias"] == pytest.approx(np.linalg.norm(a - g) / np.linalg.norm(g), rel=1e-9)
            assert row["cosine"] == pytest.approx(g @ a / np.linalg.norm(g) / np.linalg.norm(a), rel=1e-9)


def test_gaps_and_undecided_gates_in_closed_form():
    cohort, state = made()
    latent = np.concatenate([w.detach().numpy().reshape(2, -1) for w in state.trained.values()], 1)
    for row in gradient_rows(cohort, flat(state), HARDNESS):
        gap = 1 / (1 + np.exp(row["hardness"] * np.abs(latent[row["replicate"]])))
        assert row["gate_gap"] == pytest.approx(np.linalg.norm(gap))
        assert row["undecided"] == pytest.approx((gap > 0.1).mean())
        assert row["bound"] == pytest.approx(row["curvature"] * row["hardness"] / 4 * row["gate_gap"])


def test_curvature_is_the_largest_eigenvalue_of_the_hessian(monkeypatch):
    monkeypatch.setattr(gradients, "ITERATIONS", 300)
    cohort, state = made()
    gates = torch.sigmoid(3 * flat(state))
    for replicate in range(2):

        def loss(row, replicate=replicate):
            return cohort.loss(torch.stack([row, row]))[replicate]

        hessian = torch.autograd.functional.hessian(loss, gates[replicate])
        expected = torch.linalg.eigvalsh(hessian).abs().max().item()
        assert cohort.curvature(gates)[replicate].item() == pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize("seed", range(5))
def test_the_bias_of_a_smooth_network_keeps_to_its_bound(seed):
    cohort, _ = made()
    generator = torch.Generator().manual_seed(seed)
    latent = 0.3 * torch.randn(2, cohort.edges, generator=generator, dtype=torch.float64)
    assert all(row["bias_norm"] <= row["bound"] for row in gradient_rows(cohort, latent, HARDNESS))
