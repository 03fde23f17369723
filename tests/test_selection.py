"""The entry of a rank, by sampling: against NumPy's sort, on rows made to mislead the sample."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from disentangle.families import selection, top_share

LENGTH = selection.LONG + 321
PLACES = np.arange(LENGTH)
GENERATOR = np.random.default_rng(0)

ROWS = {
    "normal": GENERATOR.normal(size=LENGTH),
    "sorted": np.linspace(-1, 1, LENGTH),
    "equal": np.ones(LENGTH),
    "clipped": GENERATOR.normal(size=LENGTH).clip(1.5, 2.5),
    "few values": GENERATOR.integers(0, 5, LENGTH),
    "sampled places stand out": np.where(PLACES % selection.STRIDE == 0, 10.0, GENERATOR.normal(size=LENGTH)),
    "sampled places are equal": np.where(PLACES % selection.STRIDE == 0, 0.0, GENERATOR.normal(size=LENGTH)),
    "heavy tails": GENERATOR.standard_cauchy(size=LENGTH),
}


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
@given(rank=st.integers(0, LENGTH - 1))
def test_the_entry_is_that_of_the_sorted_row(row, rank):
    row = row.astype(np.float32)
    assert selection.select(row, rank) == np.sort(row)[rank]


@given(st.lists(st.floats(width=32, allow_nan=False), min_size=1, max_size=50), st.data())
def test_short_rows(values, data):
    rank = data.draw(st.integers(0, len(values) - 1))
    assert selection.select(np.array(values, dtype=np.float32), rank) == sorted(values)[rank]


@pytest.mark.parametrize("name", ["normal", "clipped", "few values"])
@pytest.mark.parametrize("rank", [0, LENGTH // 2, 4 * LENGTH // 5])
def test_entries_that_are_no_numbers_count_as_the_largest(name, rank):
    row = ROWS[name].astype(np.float32)
    row[::7] = np.nan
    assert selection.select(row, rank) == np.sort(row)[rank]


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
@pytest.mark.parametrize("kept", [1, 2, LENGTH // 3, LENGTH - 1])
def test_the_mask_is_that_of_a_stable_sort_on_either_device(row, kept, monkeypatch):
    rows = torch.tensor(np.stack([row, row[::-1]]), dtype=torch.float32)
    places = rows.sort(dim=1, descending=True, stable=True).indices[:, :kept]
    expected = torch.zeros_like(rows, dtype=torch.bool).scatter_(1, places, True)
    assert torch.equal(top_share.top_mask(rows, kept), expected)
    monkeypatch.setattr(top_share, "accelerated", lambda tensor: True)
    assert torch.equal(top_share.top_mask(rows, kept), expected)
