"""What matters in a neural network, its wiring or its weights? Three papers, one pipeline.

The rooms, in the order the data goes through them, each importing only those before it:
``config -> datasets -> networks -> families -> cells -> training -> masks -> evaluation -> theory, profiles, spectra ->
statistics -> figures, tables``.
``artefacts`` (files and their names) and ``provenance`` (who made them, from what) serve every room; ``cli`` is the door.
"""

__version__ = "0.1.0"
