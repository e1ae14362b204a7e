"""Filters of images and arrays: blurs and convolutions, normalisation, noise, histograms, and the user's own code."""
