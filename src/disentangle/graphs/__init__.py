"""Graphs: the one form in which every network's wiring is read, whatever its shape."""
