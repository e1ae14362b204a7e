"""Operators that feed the pipeline: readers and sources."""
