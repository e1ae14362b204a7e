"""Operators that conditional execution inserts; they have no function in ``fn``."""
