"""A whole search: it goes on from any state to the same bits, and it finds something."""

from functools import partial

import numpy as np
import pytest

from disentangle.artefacts import load_arrays, save_arrays
from disentangle.errors import InputError
from disentangle.topology.evaluation import VALUES, logits
from disentangle.topology.search import Search, Settings, State

SMALL = Settings(population=40, generations=10, batch_size=100, enabled=0.3, tournament=4, judging=300)


def generator(seed, key):
    return np.random.default_rng([seed, key])


@pytest.fixture(scope="module")
def images():
    from sklearn.datasets import load_digits

    inputs, labels = load_digits(return_X_y=True)
    return (inputs / 16).astype(np.float32), labels.astype(np.int64)


def search(images, settings=SMALL, seed=0, threads=1):
    inputs, labels = images
    return Search(settings, inputs[:1200], labels[:1200], 10, partial(generator, seed), threads)


def run(searching, state, generations):
    rows = []
    for _ in range(generations):
        state, row = searching.step(state)
        rows.append(row)
    return state, rows


def bits(state):
    return {name: (array.dtype, array.tobytes()) for name, array in state.arrays().items()}


def test_a_search_goes_on_from_a_file_of_its_state_to_the_same_bits(images, tmp_path):
    first = search(images)
    whole, rows = run(first, first.start(), 10)
    half, rows_before = run(first, first.start(), 5)
    save_arrays(tmp_path / "half.safetensors", half.arrays(), {})
    read, _ = load_arrays(tmp_path / "half.safetensors")
    resumed, rows_after = run(search(images, threads=2), State.of_arrays(read), 5)
    assert bits(resumed) == bits(whole)
    assert rows_before + rows_after == rows
    assert bits(run(search(images, seed=1), first.start(), 10)[0]) != bits(whole)


def test_a_row_tells_of_the_generation(images):
    searching = search(images)
    state, rows = run(searching, searching.start(), 10)
    assert [row["generation"] for row in rows] == list(range(10))
    judged = [row["judged_reward"] for row in rows]
    assert judged == sorted(judged) and judged[-1] == state.best_reward
    assert all(row["mean_reward"] <= row["best_reward"] <= row["best_value_reward"] for row in rows)
    assert all(1 <= row["front"] <= 40 for row in rows)
    assert state.population.size == 40 and state.generation == 10
    assert searching.judging.leaves.shape == (3, 65, 128) and searching.judging.classes[:, -1].tolist() == [128, 128, 44]


def test_a_search_finds_networks_that_classify_far_better_than_chance(images):
    settings = Settings(population=96, generations=400, batch_size=300, enabled=0.1, tournament=16, judging=500)
    searching = search(images, settings)
    state, rows = run(searching, searching.start(), settings.generations)
    assert rows[-1]["best_reward"] > rows[0]["best_reward"] + 0.5
    inputs, labels = images
    accuracies = (logits(state.best, inputs[1200:], VALUES).argmax(2) == labels[1200:]).mean(1)
    assert accuracies.max() > 0.6
    assert accuracies.mean() > 0.4


def test_too_few_images_are_told(images):
    inputs, labels = images
    with pytest.raises(InputError, match=r"^a batch of 100 needs as many training images, and there are 99\.$"):
        Search(SMALL, inputs[:99], labels[:99], 10, partial(generator, 0))
