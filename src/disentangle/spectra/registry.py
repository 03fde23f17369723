"""Spectral distances and nulls: name -> "module:function". A new one is its file and its line here.

A distance takes the `disentangle.spectra.networks.Networks` of a comparison and gives a matrix (network, network), symmetric
with a zero diagonal; it stands in the table of spectral tests, and claims may name it. A null takes the
`disentangle.graphs.graph.Graph` of a network, a seed and the number of a draw, and gives a graph of the same groups.
"""

DISTANCES = {
    "raw": "disentangle.spectra.distance:raw",
    "edges": "disentangle.spectra.distance:edges",
    "matched": "disentangle.spectra.matched:matched",
}

NULLS = {
    "places": "disentangle.spectra.null:places",
}
