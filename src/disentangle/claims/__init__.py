"""Claims of the papers: how each kind is measured, and what an experiment says of it."""
