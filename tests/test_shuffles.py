"""Shuffled masks: what each way keeps, and that nothing else is kept."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from disentangle.families import shuffles
from disentangle.families.shuffles import SHUFFLES, shuffle

ways = pytest.mark.parametrize("how", SHUFFLES)


def drawn(density, seed, replicates=2, shape=(5, 3, 2, 2)):
    return torch.rand(replicates, *shape, generator=torch.Generator().manual_seed(seed)) < density


@ways
@given(st.floats(0, 1), st.integers(0, 99))
def test_each_way_keeps_what_it_says(how, density, seed):
    mask = drawn(density, seed)
    mixed = shuffle(how, mask, torch.tensor([seed, seed + 1]))
    assert mixed.shape == mask.shape and mixed.dtype == torch.bool
    kept = {"shuffled": (), "shuffled_in_units": (1,), "shuffled_by_degrees": (1, 2)}[how]
    before, after = mask.flatten(2), mixed.flatten(2)
    assert torch.equal(after.flatten(1).sum(1), before.flatten(1).sum(1))
    assert all(torch.equal(after.sum(3 - axis), before.sum(3 - axis)) for axis in kept)


@ways
def test_replicates_follow_their_keys_alone(how):
    mask = drawn(0.5, 0, replicates=1).expand(3, -1, -1, -1, -1)
    mixed = shuffle(how, mask, torch.tensor([7, 8, 7]))
    assert torch.equal(mixed[0], mixed[2]) and not torch.equal(mixed[0], mixed[1])
    assert torch.equal(shuffle(how, mask[1:2], torch.tensor([8]))[0], mixed[1])


@ways
def test_every_mask_it_allows_comes_up_equally_often(how):
    """All masks of 3 x 3 with the edges, in-degrees or degrees of this one; chi-square of 6000 draws."""
    mask = torch.tensor([[1, 1, 0], [1, 0, 0], [0, 0, 1]], dtype=torch.bool)
    mixed = shuffle(how, mask.expand(6000, 3, 3), torch.arange(6000)).flatten(1).numpy()
    counts = np.unique(mixed, axis=0, return_counts=True)[1]
    allowed = {"shuffled": 126, "shuffled_in_units": 27, "shuffled_by_degrees": 5}[how]
    assert len(counts) == allowed
    expected = 6000 / allowed
    assert ((counts - expected) ** 2 / expected).sum() < allowed + 5 * (2 * allowed) ** 0.5


def test_enough_trades_to_forget_the_mask(monkeypatch):
    """What is left of the places after our trades is what is left after ten times as many."""
    mask = drawn(0.3, 1, replicates=1, shape=(40, 60)).expand(20, -1, -1)

    def shared():
        return (shuffle("shuffled_by_degrees", mask, torch.arange(20)) & mask).sum().item() / mask.sum().item()

    ours = shared()
    monkeypatch.setattr(shuffles, "TRADES", 100)
    assert ours == pytest.approx(shared(), abs=0.02)
