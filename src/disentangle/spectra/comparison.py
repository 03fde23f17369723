"""All networks of a dataset and network compared by their spectra, raw and with the effective density matched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from disentangle.errors import InputError
from disentangle.late import np
from disentangle.spectra.distance import floor, matched_distance, wasserstein
from disentangle.spectra.embedding import embed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]


@dataclass(frozen=True)
class Comparison:
    """Networks against each other, ordered cell by cell and replicate by replicate.

    ``raw``, ``edges`` and ``matched`` (network, network): distances of the spectra by magnitude, by 0/1 edges, and by
    magnitude after each network's null is taken off. ``floor`` (network,): mean distance between two draws of a null.
    ``raw_xy`` and ``matched_xy`` (network, 2): maps of those distances. ``isolated`` (network,): nodes without an edge.
    """

    raw: Array
    edges: Array
    matched: Array
    floor: Array
    raw_xy: Array
    matched_xy: Array
    isolated: NDArray[np.int64]


def compare(spectra: Sequence[Mapping[str, Array]]) -> Comparison:
    """Compare the networks of some cells by what `cell.cell_spectra` gave for each cell.

    Raises InputError when there is no cell and when a network has no edge at all.
    """
    magnitude = [_present(row) for cell in spectra for row in cell["magnitude"]]
    if not magnitude:
        raise InputError("no spectra were given to compare; give those of at least one cell.")
    if empty := [index for index, spectrum in enumerate(magnitude) if not spectrum.size]:
        raise InputError(f"networks {empty} have no edges and so no spectrum; leave their cells out of the comparison.")
    edges = [_present(row) for cell in spectra for row in cell["edges"]]
    nulls = [[_present(draw) for draw in draws] for cell in spectra for draws in cell["null"]]
    raw, matched = wasserstein(magnitude), matched_distance(magnitude, nulls)
    return Comparison(
        raw=raw,
        edges=wasserstein(edges),
        matched=matched,
        floor=np.array([floor(null) for null in nulls]),
        raw_xy=embed(raw),
        matched_xy=embed(matched),
        isolated=np.array([np.isnan(row).sum() for cell in spectra for row in cell["magnitude"]]),
    )


def _present(padded: Array) -> Array:
    """The eigenvalues without the NaN that stand for isolated nodes."""
    values: Array = padded[~np.isnan(padded)]
    return values
