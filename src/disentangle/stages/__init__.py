"""The stages of the pipeline, a class each: its settings, what it makes, what it reads, when there is one, and what it does.

The code that its computing methods reach decides its products (see `disentangle.tracking`).
"""
