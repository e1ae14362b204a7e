"""Operators on any kind of data."""
