"""The theory of the weight-free search, checked: docs/theory.md has the statements and their proofs."""
