"""Settling: the ways in which the networks of a cell come about, from its data set to the files that it leaves."""
