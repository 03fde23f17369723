"""Training: one loop for all families, a cohort at a time."""
