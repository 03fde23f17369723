"""The figures: one module each, whose ``draw`` takes tables and arrays, reads no file and never trains."""
