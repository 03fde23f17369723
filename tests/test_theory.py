"""The theory: its closed forms, its bounds on random instances, and the masks that a search finds among all masks."""

import itertools

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.optimize import minimize_scalar

from disentangle.errors import InputError
from disentangle.families.gates import soft
from disentangle.theory import bounds, gate
from disentangle.theory.bias import bias_rows
from disentangle.theory.convergence import convergence_rows
from disentangle.theory.descent import descend
from disentangle.theory.enumeration import all_losses, masks_of, ranks
from disentangle.theory.estimators import estimate, gradient
from disentangle.theory.network import draw_network
from disentangle.theory.quadratic import Quadratic, draw_quadratic
from disentangle.theory.search import search

seeds = st.integers(0, 10_000)
hardnesses = st.floats(0.1, 100)


def generator(seed):
    return torch.Generator().manual_seed(seed)


def draw(seed, edges=8, starts=3):
    """A quadratic and latents (start, edge)."""
    of = generator(seed)
    quadratic = draw_quadratic(edges, 2 * edges, of)
    return quadratic, torch.randn(starts, edges, generator=of, dtype=torch.float64)


def gradient_of(quadratic, weights):
    return (weights - quadratic.centre.numpy()) @ quadratic.matrix


@given(hardnesses)
def test_constants_of_the_gate_are_its_numeric_extremes(hardness):
    u = np.linspace(-8, 8, 20_001) / hardness
    slopes = gate.slope(u, hardness)
    assert slopes.max() == pytest.approx(gate.SLOPE * hardness, rel=1e-6)
    assert np.abs(np.gradient(slopes, u)).max() == pytest.approx(gate.CURVATURE * hardness**2, rel=1e-5)
    assert np.allclose(slopes, np.gradient(gate.gate(u, hardness), u), rtol=0, atol=1e-4 * hardness)
    assert np.allclose(gate.gap(u, hardness), np.abs((u > 0) - gate.gate(u, hardness)), rtol=0, atol=1e-12)


def test_integrals_of_the_gate():
    def over_all(integrand):
        return 2 * quad(lambda u: integrand(gate.gap(u, 1.0), gate.slope(u, 1.0)), 0, 50)[0]

    assert over_all(lambda gap, slope: gap**2) == pytest.approx(gate.SQUARED_GAP)
    assert over_all(lambda gap, slope: slope**2) == pytest.approx(gate.SQUARED_SLOPE)
    assert over_all(lambda gap, slope: (gap * slope) ** 2) == pytest.approx(gate.SQUARED_SELF)


def test_a_saturated_gate_keeps_its_digits():
    assert gate.slope(np.array([40.0]), 1.0) == pytest.approx(np.exp(-40.0), rel=1e-12)


@given(seeds)
def test_constants_of_the_quadratic_are_exact(seed):
    quadratic, _ = draw(seed, edges=5)
    corners = np.array(list(itertools.product((0.0, 1.0), repeat=5)))
    assert quadratic.largest == pytest.approx(np.abs(gradient_of(quadratic, corners)).max())
    assert quadratic.lipschitz == pytest.approx(np.linalg.eigvalsh(quadratic.matrix)[-1])


@given(seeds, st.floats(0.3, 10))
def test_soft_gradient_is_that_of_finite_differences(seed, hardness):
    problem, latent = draw_network(3, 2, True, generator(seed)), 0.5 * torch.randn(1, 8, generator=generator(seed)).double()
    step = 1e-6 * torch.eye(8, dtype=torch.float64)
    ahead, behind = (problem.loss(soft(latent + sign * step, hardness)) for sign in (1, -1))
    assert torch.allclose(gradient(problem, "soft", latent, hardness)[0], (ahead - behind) / 2e-6, atol=1e-6)


@given(seeds, hardnesses)
def test_estimators_are_what_they_are_defined_to_be(seed, hardness):
    quadratic, latent = draw(seed)
    hard, slopes = (latent > 0).double().numpy(), gate.slope(latent.numpy(), hardness)
    at_hard = gradient_of(quadratic, hard)
    assert gradient(quadratic, "hard_forward", latent, hardness).numpy() == pytest.approx(at_hard * slopes)
    assert gradient(quadratic, "identity", latent, hardness).numpy() == pytest.approx(at_hard)
    drawn = estimate("stochastic", latent, hardness, generator(seed))
    assert set(drawn.unique().tolist()) <= {0.0, 1.0}
    found = gradient(quadratic, "stochastic", latent, hardness, generator(seed)).numpy()
    assert found == pytest.approx(gradient_of(quadratic, drawn.numpy()) * slopes)


def test_mean_of_the_stochastic_gradient_is_the_soft_one_on_a_quadratic():
    quadratic, latent = draw(0)
    latent = latent[:1].repeat(100_000, 1)
    found = gradient(quadratic, "stochastic", latent, 3.0, generator(1))
    error = found.std(0) / len(found) ** 0.5
    assert ((found.mean(0) - gradient(quadratic, "soft", latent[:1], 3.0)[0]).abs() < 5 * error).all()


@given(seeds, hardnesses)
def test_bias_is_within_its_bounds(seed, hardness):
    quadratic, latent = draw(seed)
    bias = (gradient(quadratic, "hard_forward", latent, hardness) - gradient(quadratic, "soft", latent, hardness)).numpy()
    gaps, slopes = gate.gap(latent.numpy(), hardness), gate.slope(latent.numpy(), hardness)
    norms = np.linalg.norm(bias, axis=1)
    assert (norms <= bounds.bias_worst_case(quadratic.lipschitz, gaps, hardness) * (1 + 1e-12)).all()
    by_coordinate = bounds.bias_by_coordinate(np.abs(quadratic.matrix), gaps, slopes)
    assert (np.abs(bias) <= by_coordinate + 1e-12 * hardness).all()
    difference = (quadratic.loss((latent > 0).double()) - quadratic.loss(soft(latent, hardness))).abs().numpy()
    assert (difference <= bounds.rounding(quadratic.largest, gaps) * (1 + 1e-12)).all()


def test_expected_bias_of_uniform_latents_is_the_closed_form():
    """Uniform latents have the largest density everywhere, so that the bounds for independent latents hold with equality."""
    quadratic, _ = draw(3, edges=20)
    hardness, reach = 30.0, 2.0
    latent = reach * (2 * torch.rand(200_000, 20, generator=generator(0), dtype=torch.float64) - 1)
    exact = gradient(quadratic, "soft", latent, hardness)
    square = (gradient(quadratic, "hard_forward", latent, hardness) - exact).square().sum(1).mean().item()
    density = 1 / (2 * reach)
    assert square**0.5 == pytest.approx(bounds.bias_expected_independent(quadratic.matrix, density, hardness), rel=0.02)
    assert square**0.5 <= bounds.bias_expected(quadratic.lipschitz, 20, density, hardness)


def test_relative_bias_of_one_edge_is_its_limit():
    centre = 0.3
    hard, curvature = np.array([[1 - centre], [-centre]]), np.ones(1)

    def integral(of):
        return sum(quad(lambda u: of(u) ** 2, *ends)[0] for ends in ((-50, 0), (0, 50)))

    bias = integral(lambda u: ((u > 0) - gate.gate(u, 1.0)) * gate.slope(u, 1.0))
    exact = integral(lambda u: (gate.gate(u, 1.0) - centre) * gate.slope(u, 1.0))
    assert bounds.relative_bias_limit(curvature, hard) == pytest.approx((bias / exact) ** 0.5)


@given(seeds, hardnesses)
def test_relaxed_gradient_is_as_smooth_as_said(seed, hardness):
    quadratic, latent = draw(seed, starts=20)
    latent = latent / hardness
    near = latent + 1e-3 / hardness * torch.randn(latent.shape, generator=generator(seed)).double()
    moved = (gradient(quadratic, "soft", latent, hardness) - gradient(quadratic, "soft", near, hardness)).norm(dim=1)
    assert (moved <= bounds.smoothness(quadratic.lipschitz, quadratic.largest, hardness) * (latent - near).norm(dim=1)).all()


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("hardness", [0.5, 5.0, 50.0])
@pytest.mark.parametrize("name", ["hard_forward", "soft", "identity"])
def test_descent_is_within_the_theorem(seed, hardness, name):
    """Whatever the direction: its bias is measured, so the theorem covers the identity rule too."""
    quadratic, latent = draw(seed, edges=12)
    done = descend(quadratic, name, latent, hardness, 100)
    assert (done.smallest() <= done.mean()).all() and (done.mean() <= done.bound(done.biases)).all()
    if name == "hard_forward":
        assert (done.biases <= done.allowed * (1 + 1e-12)).all() and done.biases.max() > 0


def test_theorem_is_attained_where_the_approximate_gradient_vanishes():
    quadratic, latent = draw(1)
    at_mask = Quadratic(quadratic.factor, (latent[0] > 0).double())
    done = descend(at_mask, "hard_forward", latent[:1], 1.0, 1000)
    assert (done.end == latent[:1]).all()
    assert 0.99 < done.mean()[-1] / done.bound(done.biases)[-1] <= 1


def test_too_long_a_step_breaks_the_theorem():
    """The bound can fail: with steps that the theorem forbids it does."""
    quadratic, latent = draw(0)

    def excess(step):
        weights, squares = latent.numpy()[0], []
        start = weights @ quadratic.matrix @ weights / 2
        for _ in range(200):
            found = weights @ quadratic.matrix
            squares.append(found @ found)
            weights = weights - step * found
        return np.mean(squares) - bounds.stationarity(start, step, 200, 0.0)

    assert excess(1 / quadratic.lipschitz) < 0 < excess(2.5 / quadratic.lipschitz)


@given(seeds, st.floats(0, 0.9), st.floats(0, 2), st.floats(0.1, 1))
def test_polyak_lojasiewicz_bound(seed, share, absolute, length):
    """Descent on a strongly convex quadratic, with a bias as large as allowed in a direction of its own."""
    random = np.random.default_rng(seed)
    factor = random.standard_normal((12, 6))
    matrix = factor.T @ factor
    strength, smooth = np.linalg.eigvalsh(matrix)[[0, -1]]
    step, weights = length / smooth, random.standard_normal(6)
    start, squares = weights @ matrix @ weights / 2, []
    for steps in range(1, 60):
        exact = matrix @ weights
        squares.append(exact @ exact)
        direction = random.standard_normal(6)
        size = np.sqrt(share * squares[-1] + absolute)
        weights = weights - step * (exact + size * direction / np.linalg.norm(direction))
        assert np.mean(squares) <= bounds.stationarity(start, step, steps, absolute, share) * (1 + 1e-9)
        excess = weights @ matrix @ weights / 2
        assert excess <= bounds.suboptimality(start, step, steps, absolute, strength, share) * (1 + 1e-9)


@pytest.mark.parametrize("share", [0.0, 0.5])
def test_theorems_are_attained_where_the_bias_holds_up_the_descent(share):
    """F = 3/2 |w|², the bias as large as allowed and against the gradient."""
    weights, squares = np.array([2.0, 1.0]), []
    start = 1.5 * weights @ weights
    for _ in range(2000):
        squares.append(9 * weights @ weights)
        weights = weights - 0.2 * (3 * weights) * (1 - np.sqrt(share + 0.25 / squares[-1]))
    excess, allowed = 1.5 * weights @ weights, bounds.suboptimality(start, 0.2, 2000, 0.25, 3.0, share)
    assert excess == pytest.approx(allowed)
    assert np.mean(squares) == pytest.approx(bounds.stationarity(start, 0.2, 2000, 0.25, share), rel=0.2)


@given(seeds, st.floats(0.01, 1))
def test_average_mask_of_the_identity_rule_is_within_its_regret(seed, step):
    quadratic, latent = draw(seed, starts=1)
    latent = latent / 1000  # so that what the flips cost is not lost in what the start costs
    start, masks, flips = latent.numpy(), [], 0
    for _ in range(20):
        masks.append(latent > 0)
        latent = latent - step * gradient(quadratic, "identity", latent, 1.0)
        flips += int(((latent > 0) != masks[-1]).sum())
        average = torch.stack(masks).double().mean(0)
        allowed = bounds.identity_regret(start, step, flips, quadratic.largest, len(masks))
        assert (quadratic.loss(average).numpy() <= allowed).all()


@pytest.mark.parametrize("learned", [True, False])
def test_every_mask_is_tried(learned):
    problem = draw_network(3, 2, learned, generator(0))
    by_hand = {}
    for edges in itertools.product((False, True), repeat=problem.edges):
        into = torch.tensor(edges[:6], dtype=torch.float64).view(2, 3)
        out = torch.tensor(edges[6:] if learned else (1, 1), dtype=torch.float64) * torch.tensor([1.0, -1.0])
        outputs = out @ torch.tanh((2 / 3) ** 0.5 * into @ problem.inputs.T)
        by_hand[edges] = (((outputs - problem.targets) ** 2).mean() / problem.targets.var(correction=0)).item()
    losses = all_losses(problem)
    masks = [tuple(mask) for mask in masks_of(np.arange(len(losses)), problem.edges).tolist()]
    assert losses == pytest.approx([by_hand[mask] for mask in masks])
    assert len(set(masks)) == len(by_hand) == 2**problem.edges


def test_ranks_count_strictly_better_masks_and_ties_share_one():
    ordered = np.array([0.1, 0.1 + 1e-14, 0.2, 0.3])
    assert ranks(ordered, np.array([0.1 + 1e-14, 0.2, 0.1, 0.3, 0.25])).tolist() == [1, 3, 1, 4, 4]


def test_too_many_edges_are_refused():
    with pytest.raises(InputError, match="25 edges have too many masks to try all"):
        all_losses(draw_quadratic(25, 5, generator(0)))


@pytest.mark.parametrize("number", range(4))
def test_search_ends_among_the_best_masks_of_a_tiny_network(number):
    """At least 90% of the starts in the best 1%; masks drawn at random would be there once in a hundred."""
    problem = draw_network(5, 3, False, generator(number))
    (masks,) = search(problem, ["hard_forward"], 20, generator(100 + number)).values()
    losses = np.sort(all_losses(problem))
    found = ranks(losses, problem.loss(masks.double()).numpy())
    assert (found <= 0.01 * len(losses)).mean() >= 0.9


def test_rows_repeat_and_say_what_the_statements_say():
    rows = bias_rows(0)
    assert rows == bias_rows(0) and rows != bias_rows(1)
    for row in rows:
        assert row["bias"] <= min(row["worst_case"], row["by_coordinate"], row["expected"])
        assert row["bias"] <= 1.1 * row["independent"]
    assert abs(rows[-1]["relative_bias"] - rows[-1]["limit"]) < 0.05 < rows[0]["relative_bias"] - rows[0]["limit"]


@pytest.mark.slow
def test_recorded_descent_falls_at_the_rate_of_the_theorem_down_to_a_floor():
    rows = {(r["run"], r["gradient"], r["hardness"], r["step"]): r for r in convergence_rows(0)}
    assert max(row["fullest"] for row in rows.values()) <= 1
    assert all(row["rounding_gap"] <= row["rounding_bound"] for row in rows.values())
    exact = [rows["constant", "soft", 1.0, steps]["mean"] for steps in (50, 500)]
    biased = [rows["constant", "hard_forward", 1.0, steps]["mean"] for steps in (50, 500)]
    assert exact[1] < 0.15 * exact[0] and biased[1] > 0.5 * biased[0]


def test_numeric_maximum_of_the_curvature():
    found = minimize_scalar(lambda u: -gate.slope(u, 1.0) * (2 * gate.gate(u, 1.0) - 1), bounds=(0, 5), method="bounded")
    assert -found.fun == pytest.approx(gate.CURVATURE)
