# Generated from the operators' schemas by `python -m adali.graph.stubs`; do not edit.
"""Operators of the experimental family."""

from adali.ops.experimental import decoders as decoders
