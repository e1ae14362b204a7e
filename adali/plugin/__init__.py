"""Pipelines in other frameworks: ``adali.plugin.pytorch``, ``adali.plugin.jax``, ``adali.plugin.ray``.

None of them is imported here; import the one you use.
"""
