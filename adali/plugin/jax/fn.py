"""Operators that need JAX."""

from adali.plugin.jax.function import jax_function

__all__ = ["jax_function"]
