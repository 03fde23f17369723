"""One search: a state, the step from one generation to the next, and what a generation is recorded by.

A generation's draws hang on the seed and its number alone, so that a search goes on from any state to the same bits.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from disentangle.errors import InputError
from disentangle.topology.edges import edges_of
from disentangle.topology.evaluation import VALUES, Floats, batch, rewards
from disentangle.topology.genome import Arrays, Integers, Population, joined, start
from disentangle.topology.selection import choose, objectives, ranked
from disentangle.topology.variation import DRAWS, offspring


@dataclass(frozen=True)
class Settings:
    """What a search is told; as published for MNIST."""

    population: int = 960
    generations: int = 4096
    batch_size: int = 1000  # images, other ones in each generation
    enabled: float = 0.05  # probability of an edge in the first generation
    tournament: int = 32
    values: tuple[float, ...] = VALUES
    judging: int = 5_000  # images on which the best of each generation is judged, the same throughout a search


class State(NamedTuple):
    """Where a search stands."""

    generation: int  # number of the population, which is not evaluated yet
    population: Population
    best: Population  # one individual
    best_reward: float  # its mean over values, on the judging images

    def arrays(self) -> Arrays:
        """Everything as named arrays, for a file."""
        groups = {"population": self.population, "best": self.best}
        arrays = {f"{group}.{name}": array for group, p in groups.items() for name, array in p.arrays().items()}
        return arrays | {"generation": np.array(self.generation), "best_reward": np.array(self.best_reward)}

    @classmethod
    def of_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> State:
        """The state that gave these `arrays`."""
        groups: dict[str, Arrays] = {"population": {}, "best": {}}
        for name, array in arrays.items():
            group, _, part = name.partition(".")
            if part:
                groups[group][part] = array
        population, best = map(Population.of_arrays, groups.values())
        return cls(int(arrays["generation"]), population, best, float(arrays["best_reward"]))


class Search:
    """A search on training images: ``inputs`` (image, input), ``labels`` (image) below ``classes``.

    ``generators`` makes the random generator of a key: 0 draws the judging images, 1 the first generation, 2 + its number what
    a generation sees and breeds.
    """

    def __init__(
        self,
        settings: Settings,
        inputs: Floats,
        labels: Integers,
        classes: int,
        generators: Callable[[int], np.random.Generator],
        threads: int = 1,
    ) -> None:
        """Raises InputError when there are fewer images than a generation sees."""
        if len(inputs) < settings.batch_size:
            raise InputError(f"a batch of {settings.batch_size} needs as many training images, and there are {len(inputs)}.")
        self.settings, self.inputs, self.labels, self.classes = settings, inputs, labels, classes
        self.generators, self.threads = generators, threads
        judging = generators(0).permutation(len(inputs))[: settings.judging]
        self.judging = batch(inputs[judging], labels[judging], classes)

    def start(self) -> State:
        """The first generation."""
        s = self.settings
        population = start(s.population, self.inputs.shape[1], self.classes, s.enabled, self.generators(1))
        return State(0, population, population.take([0]), -np.inf)

    def step(self, state: State) -> tuple[State, dict[str, float]]:
        """Evaluate a generation and breed the next; the state after it, and what it is recorded by.

        Rewards are means over the values where a name says nothing else. The best on the generation's batch becomes the best so
        far only when it is better on the judging images, so that no lucky batch decides.
        """
        s, population = self.settings, state.population
        generator = self.generators(2 + state.generation)
        edges = edges_of(population)
        images = generator.choice(len(self.inputs), s.batch_size, replace=False)
        found = rewards(
            population, edges, batch(self.inputs[images], self.labels[images], self.classes), s.values, self.threads
        )
        means = found.mean(axis=1)
        first = int(means.argmax())
        candidate = population.take([first])
        judged = float(rewards(candidate, edges_of(candidate), self.judging, s.values, self.threads).mean())
        better = judged > state.best_reward

        order, numbers = ranked(objectives(found, edges.counts, generator))
        chosen = choose(order, s.tournament, generator)
        children = offspring(population, edges, chosen.parents, generator.random((len(chosen.parents), DRAWS)))
        following = State(
            state.generation + 1,
            joined(population.take(chosen.elites), children),
            candidate if better else state.best,
            judged if better else state.best_reward,
        )
        return following, {
            "generation": state.generation,
            "mean_reward": float(means.mean()),
            "best_reward": float(means[first]),
            "best_value_reward": float(found.max()),
            "edges": int(edges.counts[first]),
            "hidden": int(population.hidden[first]),
            "front": int((numbers == 0).sum()),
            "judged_reward": following.best_reward,
        }
