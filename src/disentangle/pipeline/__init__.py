"""The trunk: what an experiment makes, in which order, from what, and whether it still holds."""
