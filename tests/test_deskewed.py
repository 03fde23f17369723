"""Images of 16 × 16 pixels, resized and made upright, against scipy's interpolation."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.ndimage import affine_transform

from disentangle.datasets.deskewed import _skew, deskew, resize
from disentangle.datasets.preparation import read
from tests import fake_images as fake


def drawn(count=3, size=16, seed=0):
    """Blurred blobs, dark at the margin."""
    random = np.random.default_rng(seed)
    row, column = np.mgrid[:size, :size]
    place, width = random.uniform(5, size - 5, (count, 2)), random.uniform(1, 3, (count, 3))
    y, x = row - place[:, :1, None], column - place[:, 1:, None]
    tilted = x - (width[:, 2:, None] - 2) * y
    return np.exp(-((y / width[:, :1, None]) ** 2) - (tilted / width[:, 1:2, None]) ** 2).astype(np.float32)


@given(st.integers(0, 100), st.sampled_from([20, 28, 32]))
def test_resizing_is_bilinear(seed, size):
    images = np.random.default_rng(seed).random((2, size, size)).astype(np.float32)
    factor = size / 16
    for image, resized in zip(images, resize(images), strict=True):
        expected = affine_transform(image, [factor, factor], 0.5 * factor - 0.5, (16, 16), order=1, mode="nearest")
        assert np.allclose(resized, expected, atol=1e-5)


def test_the_same_size_changes_nothing():
    images = drawn()
    assert np.array_equal(resize(images), images)


@given(st.integers(0, 100))
def test_rows_are_sheared_by_the_skew_about_the_middle(seed):
    images = drawn(seed=seed)
    for image, skew, upright in zip(images, _skew(images.astype(float)), deskew(images), strict=True):
        matrix = [[1, 0], [skew, 1]]
        expected = affine_transform(image, matrix, [0, -8 * skew], order=1, mode="grid-constant")
        assert np.allclose(upright, expected, atol=1e-5)


def test_a_tilted_line_becomes_upright():
    image = np.zeros((1, 16, 16), np.float32)
    for y in range(2, 14):
        image[0, y, round(8 + 0.5 * (y - 8))] = 1
    assert _skew(image.astype(float))[0] == pytest.approx(0.5, abs=0.05)
    upright = deskew(image)
    assert abs(_skew(upright.astype(float))[0]) < 0.05
    assert (upright[0].sum(0) > 0.1).sum() <= 3  # columns that it takes


@pytest.mark.parametrize("row", [slice(0, 0), slice(7, 8)], ids=["black", "one row"])
def test_an_image_without_height_stays_as_it_is(row):
    image = np.zeros((1, 16, 16), np.float32)
    image[0, row, 3:9] = 1
    assert np.array_equal(deskew(image), image)


@pytest.mark.parametrize("name", ["mnist", "fashion_mnist"])
def test_the_sets_have_grey_levels_from_0_to_1(name, tmp_path, monkeypatch):
    raw = read(f"{name}16", fake.write(tmp_path / "root", fake.idx_files(monkeypatch, name, seed=0)))
    assert raw.inputs.shape[1:] == (1, 16, 16) and raw.scale == 1
    assert 0 <= raw.inputs.min() < 0.1 and 0.9 < raw.inputs.max() <= 1
