# Generated from the operators' schemas by `python -m adali.graph.stubs`; do not edit.
"""Operators of the io family."""

from adali.fn.io import file as file
