"""Spectra: wirings compared as graphs, by the eigenvalues of their Laplacians (our reconstruction of Colombo & Gao)."""
