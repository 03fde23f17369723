"""Edge-popup and its variants: frozen values and their scale, exact counts in any scope and layout, what the history tells."""

from math import sqrt

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from disentangle.errors import InputError
from disentangle.families import Frame, family, top_share
from disentangle.families.contract import check_density
from disentangle.networks import Layer
from disentangle.training.cohort import start_cohort

LAYERS = (Layer("conv1", (6, 3, 3, 3)), Layer("hidden1", (20, 24)), Layer("output", (3, 20)))
WIDE = (Layer("conv1", (32, 16, 5, 5)), Layer("hidden1", (100, 200)))
CPU = torch.device("cpu")
VARIANCES = {
    "signed_constant": lambda fan_in, fan_out: 2 / fan_in,
    "unsigned_constant": lambda fan_in, fan_out: 2 / fan_in,
    "kaiming_normal": lambda fan_in, fan_out: 2 / fan_in,
    "kaiming_uniform": lambda fan_in, fan_out: 2 / fan_in,
    "xavier_normal": lambda fan_in, fan_out: 2 / (fan_in + fan_out),
    "xavier_constant": lambda fan_in, fan_out: 2 / (fan_in + fan_out),
}
popup = pytest.mark.parametrize("name", ["edge_popup", "biprop"])


def start(name="edge_popup", density=0.5, layers=LAYERS, replicates=3, **settings):
    made, frame = family(name, settings, "test"), Frame(layers, density)
    return made, frame, start_cohort(made, frame, range(replicates), CPU).state


def counts(masks):
    return {layer: mask.flatten(1).sum(1).tolist() for layer, mask in masks.items()}


@pytest.mark.parametrize("values", VARIANCES)
def test_the_second_moment_of_the_frozen_values_is_that_of_torchs_fans(values):
    _, _, state = start(layers=WIDE, values=values, scaling="none")
    for layer in WIDE:
        fan_in, fan_out = torch.nn.init._calculate_fan_in_and_fan_out(torch.empty(layer.shape))
        drawn, variance = state.role("initial")[layer.name], VARIANCES[values](fan_in, fan_out)
        assert (layer.fan_in, layer.fan_out) == (fan_in, fan_out)
        assert drawn.square().mean().item() == pytest.approx(variance, rel=0.03)
        assert len(drawn.abs().unique()) == 1 if "constant" in values else len(drawn.unique()) > 0.9 * drawn.numel()
        assert (drawn > 0).float().mean().item() == pytest.approx(1.0 if values == "unsigned_constant" else 0.5, abs=0.02)
        if values == "kaiming_uniform":
            assert drawn.abs().max().item() == pytest.approx(sqrt(3 * variance), rel=1e-3)


@pytest.mark.parametrize("values", ["signed_constant", "kaiming_normal"])
@pytest.mark.parametrize("density", [0.1, 0.3, 0.5])
def test_the_published_scale_is_by_the_share_kept_and_that_of_the_released_code_by_the_share_dropped(values, density):
    plain, kept, dropped = (
        start(density=density, values=values, scaling=scaling)[2].role("initial") for scaling in ("none", "kept", "dropped")
    )
    for layer in LAYERS:
        name = layer.name
        assert torch.allclose(kept[name], plain[name] / sqrt(density))
        assert torch.allclose(dropped[name], plain[name] / sqrt(1 - density))
        if values == "signed_constant":  # the formulas of both, in the paper's words: the standard deviation of a weight
            assert kept[name].abs().max().item() == pytest.approx(sqrt(2 / (density * layer.fan_in)))
            assert dropped[name].abs().max().item() == pytest.approx(sqrt(2 / ((1 - density) * layer.fan_in)))
    assert start(density=density, values=values)[2].role("initial").keys() == kept.keys()


def test_a_share_dropped_of_0_is_refused():
    with pytest.raises(InputError, match=r"scaling: dropped divides by .* which at density 1 is 0; write scaling: kept\."):
        start(density=1.0, scaling="dropped")
    made, frame, state = start(density=1.0)
    assert all(mask.all() for mask in made.masks(frame, state).values())


@popup
@pytest.mark.parametrize("scope", ["layer", "network"])
@given(
    density=st.floats(0.3, 1).map(lambda d: round(d, 3)),
    full=st.sampled_from([[], ["first"], ["last"], ["first", "last"]]),
    ties=st.sampled_from(["none", "some", "all"]),
    last=st.booleans(),
)
def test_counts_are_exact_whatever_ties_and_memory_layout(name, scope, density, full, ties, last):
    made, frame, state = start(name, density, scope=scope, full_layers=full)
    for key, score in state.trained.items():
        tied = {"none": score, "some": (score * 10).round(), "all": torch.ones_like(score)}[ties].detach()
        channels_last = last and score.dim() == 5
        state.trained[key] = tied.transpose(2, 4).contiguous().transpose(2, 4) if channels_last else tied
    masks, weights = made.masks(frame, state), made.weights(frame, state)
    always = {layer.name for layer, place in ((LAYERS[0], "first"), (LAYERS[-1], "last")) if place in full}
    assert all(masks[layer].all() for layer in always)
    found = counts(masks)
    if scope == "layer":
        assert found == {x.name: [x.edges if x.name in always else frame.kept[x.name]] * 3 for x in LAYERS}
    kept = sum(x.edges if x.name in always else frame.kept[x.name] for x in LAYERS)
    assert [sum(column) for column in zip(*found.values(), strict=True)] == [kept] * 3
    assert counts({layer: weight != 0 for layer, weight in weights.items()}) == found
    check_density(made, frame, masks)


def test_the_threshold_of_a_network_is_one_for_all_layers():
    made, frame, state = start(density=0.4, scope="network")
    masks, scores = made.masks(frame, state), state.role("score")
    for replicate in range(3):
        kept = [scores[x.name][replicate][masks[x.name][replicate]].abs().min() for x in LAYERS]
        dropped = [scores[x.name][replicate][~masks[x.name][replicate]].abs().max() for x in LAYERS]
        assert min(kept) >= max(dropped)
    assert counts(masks) != {layer: [kept] * 3 for layer, kept in frame.kept.items()}


@pytest.mark.parametrize("scope", ["layer", "network"])
def test_the_top_of_all_layers_is_that_of_numpy(scope):
    generator = torch.Generator().manual_seed(0)
    magnitudes = {x.name: torch.rand(2, *x.shape, generator=generator) for x in LAYERS}
    kept = Frame(LAYERS, 0.2).kept
    found = top_share.top_masks(magnitudes, kept, scope)
    for replicate in range(2):
        rows = {layer: tensor[replicate].flatten().numpy() for layer, tensor in magnitudes.items()}
        limits = {layer: np.sort(row)[-kept[layer]] for layer, row in rows.items()}
        if scope == "network":
            limits = dict.fromkeys(rows, np.sort(np.concatenate(list(rows.values())))[-sum(kept.values())])
        for layer, row in rows.items():
            assert np.array_equal(found[layer][0][replicate].flatten().numpy(), row >= limits[layer])
            assert found[layer][1][replicate].item() == limits[layer]


def test_scores_in_another_memory_layout_give_the_same_mask_of_0_and_1():
    made, frame, state = start(density=0.3)
    expected, weights = made.masks(frame, state), made.weights(frame, state)
    score = state.trained["conv1.score"].detach()
    state.trained["conv1.score"] = score.flatten(0, 1).contiguous(memory_format=torch.channels_last).view(score.shape)
    assert not state.trained["conv1.score"].is_contiguous()
    assert torch.equal(made.masks(frame, state)["conv1"], expected["conv1"])
    found = made.weights(frame, state)["conv1"]
    assert torch.equal(found, weights["conv1"])
    assert set((found / state.role("initial")["conv1"]).unique().tolist()) == {0.0, 1.0}  # a score is nowhere a soft mask


@popup
@pytest.mark.parametrize("scope", ["layer", "network"])
def test_the_gradient_is_upstream_times_value_times_sign_for_every_edge(name, scope):
    made, frame, state = start(name, 0.3, values="kaiming_normal", scope=scope, full_layers=["first"])
    upstream = {x.name: torch.randn(3, *x.shape, generator=torch.Generator().manual_seed(1)) for x in LAYERS}
    weights = made.weights(frame, state)
    assert list(weights) == [x.name for x in LAYERS] and "conv1.score" not in state.trained
    loss = sum((weights[layer] * upstream[layer]).sum() for layer in weights)
    for layer, found in zip(("hidden1", "output"), torch.autograd.grad(loss, list(state.trained.values())), strict=True):
        score = state.role("score")[layer]
        assert torch.equal(found, upstream[layer] * state.role("initial")[layer] * score.sign())


def test_a_full_layer_is_frozen_as_it_is_and_the_others_are_scaled():
    made, frame, state = start(density=0.25, full_layers=["last"])
    weights = made.weights(frame, state)
    assert weights["output"].abs().unique().tolist() == pytest.approx([sqrt(2 / 20)])
    assert weights["hidden1"].abs().unique().tolist() == pytest.approx([0, sqrt(2 / (0.25 * 24))])


def test_settings_that_leave_nothing_to_choose_are_refused():
    with pytest.raises(InputError, match="full_layers leaves no layer whose edges could be chosen"):
        start(layers=LAYERS[:1], full_layers=["first"])
    layers = (Layer("hidden1", (50, 1000)), Layer("output", (200, 50)))  # scores of the first are smaller: 1 / sqrt(fan_in)
    with pytest.raises(InputError, match=r"density 0\.1 of the whole network leaves layer hidden1 without an edge"):
        start(layers=layers, density=0.1, scope="network")


@popup
def test_the_history_tells_how_far_masks_and_scores_moved(name):
    made, frame, state = start(name, 0.3, full_layers=["last"])
    assert {k: v.tolist() for k, v in made.log(frame, state, 0.0).items()} == {"mask_moved": [0] * 3, "score_moved": [0] * 3}
    before = {layer: mask.clone() for layer, mask in made.masks(frame, state).items()}
    with torch.no_grad():
        for score in state.trained.values():
            score[1] *= -3  # another place, the same mask
            score[2] = score[2].flatten().flip(0).view(score[2].shape)
    found, masks = made.log(frame, state, 1.0), made.masks(frame, state)
    new = sum(int((masks[x.name][2] & ~before[x.name][2]).sum()) for x in LAYERS)
    kept = frame.kept["conv1"] + frame.kept["hidden1"]
    assert found["mask_moved"].tolist() == pytest.approx([0, 0, new / kept])
    assert 0.5 < found["mask_moved"][2] < 0.9  # of a shuffled mask 1 - density
    assert found["score_moved"][:2].tolist() == pytest.approx([0, 4])


def test_biprop_keeps_signs_and_the_mean_magnitude_of_the_edges_kept():
    made, frame, state = start("biprop", 0.3)
    same, _, popup_state = start("edge_popup", 0.3, values="kaiming_normal")
    first = made.masks(frame, state)
    assert all(torch.equal(mask, first[layer]) for layer, mask in same.masks(frame, popup_state).items())
    for seed in (None, 1, 2):  # at the start, and under masks that the search finds later
        for score in state.trained.values() if seed else ():
            score.data.copy_(torch.randn(score.shape, generator=torch.Generator().manual_seed(seed)))
        values, masks, weights = state.role("initial"), made.masks(frame, state), made.weights(frame, state)
        assert (seed is None) == all(torch.equal(mask, first[layer]) for layer, mask in masks.items())
        for layer in LAYERS:
            value, mask, weight = (part[layer.name].detach().numpy() for part in (values, masks, weights))
            for replicate in range(3):
                alpha = np.abs(value[replicate][mask[replicate]]).mean()
                assert weight[replicate] == pytest.approx(alpha * np.sign(value[replicate]) * mask[replicate], rel=1e-5)
