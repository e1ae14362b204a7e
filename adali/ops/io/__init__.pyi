# Generated from the operators' schemas by `python -m adali.graph.stubs`; do not edit.
"""Operators of the io family."""

from adali.ops.io import file as file
