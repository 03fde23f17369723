"""Claims of the papers: how each is measured, and what an experiment says of it."""
