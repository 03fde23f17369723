"""Families: what each promises about its tensors, whatever the network."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from disentangle.errors import InputError
from disentangle.families import Frame, Moment, family, top_share
from disentangle.networks import Layer
from disentangle.training.cohort import start_cohort

LAYERS = (Layer("hidden1", (12, 20)), Layer("hidden2", (7, 12)), Layer("output", (3, 7)))
CPU = torch.device("cpu")


def start(name, density=1.0, replicates=3, **settings):
    made, frame = family(name, settings, "test"), Frame(LAYERS, density)
    return made, frame, start_cohort(made, frame, range(replicates), CPU).state


def counts(masks):
    return {layer: mask.flatten(1).sum(1).tolist() for layer, mask in masks.items()}


# Few distinct values make ties; the shapes cover one replicate, one edge and non-contiguous memory.
scores = hnp.arrays(np.float32, hnp.array_shapes(min_dims=3, max_dims=3, max_side=9), elements=st.sampled_from([0, 0.5, 1, 2]))


@given(scores, st.data())
def test_top_mask_keeps_exactly_the_largest(array, data):
    tensor = torch.from_numpy(array)
    kept = data.draw(st.integers(1, tensor[0].numel()))
    for layout in (tensor, tensor.transpose(1, 2).contiguous().transpose(1, 2)):
        mask = top_share.top_mask(layout, kept)
        assert mask.flatten(1).sum(1).eq(kept).all()
        for row, chosen in zip(layout.flatten(1), mask.flatten(1), strict=True):
            assert chosen.all() or row[chosen].min() >= row[~chosen].max()


def test_top_mask_of_equal_scores_is_still_exact():
    assert top_share.top_mask(torch.ones(2, 10, 10), 37).flatten(1).sum(1).tolist() == [37, 37]


@pytest.mark.parametrize(("density", "kept"), [(0.1, 10), (0.3, 30), (0.9, 90), (0.001, 1), (1.0, 100), (0.015, 2)])
def test_density_becomes_a_count_without_float_surprises(density, kept):
    assert Frame((Layer("only", (10, 10)),), density).kept == {"only": kept}


def test_the_released_code_keeps_an_edge_more_of_a_thousand_at_nine_tenths():
    assert 1000 - int((1 - 0.9) * 1000) == 901
    assert Frame((Layer("only", (10, 100)),), 0.9).kept == {"only": 900}


@given(st.integers(1, 9999), st.integers(1, 3000), st.integers(1, 3000))
def test_the_released_code_keeps_as_many_edges_or_one_more(density, out, into):
    density /= 10_000
    released = out * into - int((1 - density) * (out * into))
    assert released - Frame((Layer("only", (out, into)),), density).kept["only"] in (0, 1)


def test_straight_through_gradient_of_the_top_share_is_value_times_sign_for_every_edge():
    scores = torch.tensor([[[0.9, -0.8, 0.1, -0.2]]], requires_grad=True)
    values = torch.tensor([[[1.0, -2.0, 3.0, -4.0]]])
    weights = top_share.follow_scores(values * top_share.top_mask(scores.abs(), 2), scores, values)
    assert weights.tolist() == [[[1.0, -2.0, 0.0, 0.0]]]
    upstream = torch.tensor([[[10.0, 20.0, 30.0, 40.0]]])
    (weights * upstream).sum().backward()
    assert scores.grad.tolist() == [[[10.0, 40.0, 90.0, 160.0]]]  # upstream · value · sign(score), dropped edges too


@pytest.mark.parametrize("density", [0.05, 0.5, 0.9])
@pytest.mark.parametrize("name", ["random", "edge_popup"])
def test_promised_counts_are_exact(name, density):
    made, frame, state = start(name, density)
    expected = {layer.name: [frame.kept[layer.name]] * 3 for layer in LAYERS}
    masks, weights = made.masks(frame, state), made.weights(frame, state)
    assert counts(masks) == expected
    assert counts({layer: weight != 0 for layer, weight in weights.items()}) == expected


def test_edge_popup_weights_take_three_values_per_layer_and_widen_with_density():
    made, frame, state = start("edge_popup", 0.25)
    for layer in LAYERS:
        constant = (2 / (0.25 * layer.fan_in)) ** 0.5
        values = made.weights(frame, state)[layer.name].unique().tolist()
        assert values == pytest.approx([-constant, 0, constant])


def test_weight_free_clips_its_latent_variables():
    made, frame, state = start("weight_free", clip=0.5)
    for latent in state.trained.values():
        latent.data.mul_(100)
    with torch.no_grad():
        made.after_step(frame, state, Moment(0.0, lambda stream: []))
    assert max(latent.abs().max().item() for latent in state.trained.values()) == 0.5


def test_a_density_that_leaves_a_layer_without_an_edge_is_refused_before_any_training():
    for name in ("pruned", "edge_popup"):
        made, frame = family(name, {}, "test"), Frame(LAYERS, 0.0001)
        if name == "pruned":
            with pytest.raises(InputError, match="leaves a layer without an edge; write a higher one"):
                start_cohort(made, frame, [0], CPU)
        else:
            assert min(frame.kept.values()) == 1  # rounded up: always an edge
    with pytest.raises(InputError, match="would keep no edge"):
        top_share.top_mask(torch.ones(1, 3, 3), 0)


def test_iterative_pruning_takes_as_many_rounds_as_a_fifth_at_a_time_needs():
    one, frame, _ = start("pruned", 0.1)
    many, _, _ = start("pruned", 0.1, schedule="iterative")
    assert one.rounds(frame) == 2
    assert many.rounds(frame) == 1 + 11  # 0.8^10 > 0.1 > 0.8^11, the output layer falling behind


def test_families_of_one_seed_share_their_starting_weights():
    frame = Frame(LAYERS, 0.5)
    starts = {}
    for name, role, settings in [("dense", "weight", {}), ("random", "initial", {}), ("pruned", "initial", {}),
                                 ("pruned_at_start", "weight", {}),
                                 ("edge_popup", "initial", {"values": "kaiming_normal", "scaling": "none"})]:  # fmt: skip
        made = family(name, settings, "test")
        starts[name] = start_cohort(made, frame, [4], CPU).state.role(role)
    for layer in LAYERS:
        assert all(torch.equal(starts["dense"][layer.name], other[layer.name]) for other in starts.values())


def test_he_normal_variance():
    _, _, state = start("dense", replicates=400)
    for layer in LAYERS:
        assert state.role("weight")[layer.name].var().item() == pytest.approx(2 / layer.fan_in, rel=0.1)
