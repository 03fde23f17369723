"""Masks with their edges moved to random places, in ways that keep more or less of a mask. All work on whole cohorts."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

Mask = NDArray[np.bool_]

TRADES = 10  # for each unit; a test checks that many more would not spread the masks further


def shuffle(how: str, mask: Tensor, keys: Tensor) -> Tensor:
    """Each replicate's mask (replicate, out, in, …) with its edges at random places, drawn from its key (replicate,).

    ``how`` is a name of `SHUFFLES`; of a kernel every place counts as an input.
    """
    rows = mask.flatten(2).cpu().numpy()
    made = [SHUFFLES[how](row, np.random.default_rng(key)) for row, key in zip(rows, keys.tolist(), strict=True)]
    return torch.from_numpy(np.stack(made)).view(mask.shape).to(mask.device)


def in_layer(mask: Mask, random: np.random.Generator) -> Mask:
    """The places of a layer (out, in) permuted: as many edges."""
    return random.permutation(mask.ravel()).reshape(mask.shape)


def in_units(mask: Mask, random: np.random.Generator) -> Mask:
    """The places of each unit permuted: as many edges into every unit, as LaPerm keeps them."""
    return random.permuted(mask, axis=1)


def by_degrees(mask: Mask, random: np.random.Generator) -> Mask:
    """As many edges into every unit and out of every input: units trade inputs that one of the two has (curveball).

    Source: Strona et al. 2014, Nature Communications 5, 4114.
    """
    mask = mask.copy()
    for _ in range(TRADES * len(mask) if len(mask) > 1 else 0):
        pair = random.choice(len(mask), 2, replace=False)
        (differing,) = np.nonzero(mask[pair[0]] != mask[pair[1]])
        first = random.permutation(mask[pair[0], differing])
        mask[pair[0], differing], mask[pair[1], differing] = first, ~first
    return mask


SHUFFLES = {"shuffled": in_layer, "shuffled_in_units": in_units, "shuffled_by_degrees": by_degrees}
