"""Evaluation: from a wiring to its accuracies, and those of networks like it."""
