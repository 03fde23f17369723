"""Named random streams: every draw of the pipeline comes from one of these, on the CPU.

A stream is spawned from a replicate's seed and the stream's name, so replicate ``r`` draws the same numbers alone, in a cohort,
and on every machine; and a draw added to one stream moves none of the others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from disentangle.late import np

if TYPE_CHECKING:
    import torch

# The position is the stream's identity: append, never reorder.
STREAMS = ("init", "mask", "order", "augmentation", "null", "bootstrap", "split", "theory", "gates", "redraw", "labels")


def sequence(seed: int, stream: str, *key: int) -> np.random.SeedSequence:
    """Seed sequence of one stream; ``key`` distinguishes draws inside it (an epoch, a layer).

    Raises ValueError for a stream that is not in `STREAMS`.
    """
    return np.random.SeedSequence(entropy=seed, spawn_key=(STREAMS.index(stream), *key))


def numpy_generator(seed: int, stream: str, *key: int) -> np.random.Generator:
    """NumPy generator of the stream."""
    return np.random.default_rng(sequence(seed, stream, *key))


def torch_generator(seed: int, stream: str, *key: int) -> torch.Generator:
    """CPU torch generator of the stream."""
    import torch

    state = int(sequence(seed, stream, *key).generate_state(1, np.uint64)[0])
    return torch.Generator().manual_seed(state & (2**63 - 1))
