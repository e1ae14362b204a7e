"""Geometry and colour of images."""
