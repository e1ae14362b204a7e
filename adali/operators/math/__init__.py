"""Arithmetic on nodes, subscripts and reductions."""
