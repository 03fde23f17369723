"""What is measured: our way, the way it replaces, and the ratio that is promised."""

from collections.abc import Callable
from functools import partial
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import torch

from benchmarks import node_by_node, public_way
from disentangle.config import Training
from disentangle.datasets import Dataset, InMemory
from disentangle.datasets.preparation import prepare
from disentangle.families import Frame, family, top_share
from disentangle.families.reconnection import synchronise
from disentangle.graphs.graph import Block, Graph, Group
from disentangle.networks import Network, layout
from disentangle.spectra.laplacian import eigenvalues
from disentangle.topology.edges import edges_of
from disentangle.topology.evaluation import VALUES, batch, rewards
from disentangle.topology.search import Search, Settings
from disentangle.training.cohort import start_cohort
from disentangle.training.loop import Trainer


class Rivals(NamedTuple):
    """Two ways to the same result; ``promised`` is theirs / ours, for each of the ``replicates`` that ours makes at once."""

    title: str
    ours: Callable[[], object]
    theirs: Callable[[], object]
    promised: float
    turns: int
    replicates: int = 1


def all_rivals() -> list[Rivals]:
    """Every comparison."""
    digits = prepare("digits")
    return [
        cohort_against_public_way(),
        *(cohort_against_singles(digits, name) for name in ("dense", "edge_popup", "weight_free")),
        top_share_against_sort(6_400),
        top_share_against_sort(784 * 300),
        synchronisation_against_training(),
        bipartite_against_full(),
        population_against_node_by_node(),
    ]


def cohort_against_public_way() -> Rivals:
    """An epoch of edge-popup on as many images as MNIST has, 5,000 of them for validation.

    Each has two cores the way that suits it best: ours as threads; the public way, which a second thread slows down, as workers
    that load images.
    """
    generator, seeds = torch.Generator().manual_seed(0), list(range(5))
    images = torch.randint(0, 256, (60_000, 28, 28), generator=generator, dtype=torch.uint8)
    labels = torch.randint(0, 10, (60_000,), generator=generator)
    inputs = (images.unsqueeze(1) / 255 - 0.1307) / 0.3081
    parts = slice(55_000), slice(55_000, None)
    train, held_out = (InMemory(inputs[rows], labels[rows]) for rows in parts)
    public_images = [public_way.Images(images[rows], labels[rows]) for rows in parts]
    data = Dataset("images", tuple("0123456789"), train, held_out, held_out)
    made = family("edge_popup", {}, "benchmark")
    network = Network("mlp", layout("mlp", {"widths": [300, 100]}, "benchmark"), data.train.shape, 10)
    frame = Frame(network.layers, 0.5)
    trainer = Trainer(network, made, frame, Training(epochs=1, batch_size=128), data)
    cohort = start_cohort(made, frame, seeds, torch.device("cpu"))

    def epoch() -> None:
        torch.set_num_threads(2)
        cohort.epochs = 0
        trainer.fit(cohort, seeds, lambda cohort: None)

    def public_epoch() -> None:
        torch.set_num_threads(1)
        public_way.train(*public_images, [300, 100], 128, 0.5, workers=2)

    title = "edge_popup, an epoch and replicate of MNIST: DataLoader, transforms and full sort / cohort of five"
    return Rivals(title, epoch, public_epoch, 10.0, turns=2, replicates=len(seeds))


def cohort_against_singles(data: Dataset, name: str) -> Rivals:
    """Five replicates trained as one cohort, and one after the other, by the same code."""
    made = family(name, {}, "benchmark")
    network = Network("mlp", layout("mlp", {"widths": [100, 50]}, "benchmark"), data.shape, len(data.classes))
    frame = Frame(network.layers, 0.5)
    trainer = Trainer(network, made, frame, Training(epochs=3, batch_size=32), data)

    def fit(seeds: list[int]) -> None:
        trainer.fit(start_cohort(made, frame, seeds, torch.device("cpu")), seeds, lambda cohort: None)

    singles = [partial(fit, [seed]) for seed in range(5)]
    title = f"{name} on digits: five replicates one by one / as a cohort"
    return Rivals(title, partial(fit, list(range(5))), lambda: [single() for single in singles], 2.0, 3)


def top_share_against_sort(edges: int) -> Rivals:
    """The exact top half of a cohort's scores by selection, and by sorting and scattering."""
    scores, kept = torch.rand(5, edges, generator=torch.Generator().manual_seed(0)), edges // 2

    def by_sort() -> torch.Tensor:
        places = scores.argsort(dim=1, descending=True)[:, :kept]
        return torch.zeros_like(scores, dtype=torch.bool).scatter_(1, places, True)

    assert torch.equal(by_sort(), top_share.top_mask(scores, kept))
    title = f"top share of five times {edges:,} scores: sort and scatter / selection"
    return Rivals(title, lambda: top_share.top_mask(scores, kept), by_sort, 5.0, 10)


def synchronisation_against_training() -> Rivals:
    """One synchronisation of LaPerm, and the 250 steps between two of them: it may cost 15% of these."""
    generator, seeds = torch.Generator().manual_seed(0), list(range(5))
    images = torch.rand(250 * 128, 784, generator=generator)
    data = InMemory(images, torch.randint(0, 10, (len(images),), generator=generator))
    few = data.take(torch.arange(len(images)) < 100)
    made = family("laperm", {"period": 10_000}, "benchmark")
    network = Network("mlp", layout("mlp", {"widths": [300]}, "benchmark"), data.shape, 10)
    frame = Frame(network.layers)
    trainer = Trainer(network, made, frame, Training(epochs=1, batch_size=128), Dataset("images", ("",) * 10, data, few, few))
    cohort = start_cohort(made, frame, seeds, torch.device("cpu"))
    weights = cohort.state.role("weight")["hidden1"].detach().clone()
    values = cohort.state.role("ordered")["hidden1"]

    def steps() -> None:
        cohort.epochs = 0
        trainer.fit(cohort, seeds, lambda cohort: None)

    title = "LaPerm, 784 x 300, cohort of five: 250 steps of training / one synchronisation"
    return Rivals(title, lambda: synchronise(weights, values), steps, 1 / 0.15, turns=2)


def bipartite_against_full() -> Rivals:
    """All eigenvalues of a 784-300-100-10 network from one block, and from the whole Laplacian."""
    generator, sizes = np.random.default_rng(0), (784, 300, 100, 10)
    blocks = [Block(i, i + 1, np.abs(generator.normal(size=(b, a)))) for i, (a, b) in enumerate(pairwise(sizes))]
    graph = Graph([Group(f"layer{i}", size) for i, size in enumerate(sizes)], blocks)
    starts = np.cumsum((0, *sizes))
    adjacency = np.zeros((sum(sizes), sum(sizes)))
    for i, block in enumerate(blocks):
        adjacency[starts[i + 1] : starts[i + 2], starts[i] : starts[i + 1]] = block.weights
    adjacency += adjacency.T
    root = 1 / np.sqrt(adjacency.sum(0))
    laplacian = np.eye(len(root)) - root[:, None] * adjacency * root
    assert np.allclose(eigenvalues(graph), np.linalg.eigvalsh(laplacian), atol=1e-10)
    title = "spectrum of 784-300-100-10: full eigendecomposition / bipartite shortcut"
    return Rivals(title, lambda: eigenvalues(graph), lambda: np.linalg.eigvalsh(laplacian), 2.0, 5)


def population_against_node_by_node() -> Rivals:
    """Rewards of the 960 networks of a generation of the topology search, and of four of them, node by node."""
    generator = np.random.default_rng(0)
    inputs, labels = generator.random((5000, 256), dtype=np.float32), generator.integers(10, size=5000)
    searching = Search(Settings(), inputs, labels, 10, np.random.default_rng)
    state = searching.start()
    for _ in range(100):
        state, _ = searching.step(state)
    population, some = state.population, range(0, 960, 240)
    images, classes = inputs[:1000], labels[:1000]

    def ours() -> np.ndarray:
        return rewards(population, edges_of(population), batch(images, classes, 10), VALUES)

    def one_by_one() -> list[list[float]]:
        return [node_by_node.rewards(population.take([i]), images, classes, VALUES) for i in some]

    assert np.allclose(ours()[some], one_by_one(), rtol=1e-4)
    title = "a generation of 960 searched networks, 1000 images, six weights: a column a node, one by one / as one graph"
    return Rivals(title, ours, one_by_one, 300.0, turns=3, replicates=population.size // len(some))
