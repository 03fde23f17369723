"""What matters in a neural network, its wiring or its weights? Three papers, one pipeline.

The rooms, in the order the data goes through them, each importing only those before it:
``config -> datasets -> graphs -> networks, topology -> families -> cells -> training -> masks -> evaluation -> settling,
theory, profiles, spectra -> statistics -> figures, tables``.
``stages`` are the jobs that lead through them, ``claims`` hold the papers against what comes out, and ``pipeline`` says what is
made, in which order, from what, and by whom. ``artefacts`` (files) serves every room; ``cli`` is the door.
"""

__version__ = "0.1.0"
