"""Operators that read files in the middle of a graph."""
